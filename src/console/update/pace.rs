//! How fast a drill's time goes: at the pace that was chosen while there is something to
//! press, at the real one in a dialog, faster while only the world has work. Must never
//! touch live time.

use crate::{
    console::{Effect, Model, model::Overlay},
    engine::{Block, Incident, gate},
    model::{Evidence, Mode, Moment},
};

/// How many times the chosen pace time goes while nobody can do anything.
const HASTE: u32 = 3;

/// Faster than this the world's answers come in heaps.
const FASTEST: u32 = 60;

/// Asks for another speed when this moment wants one.
pub(super) fn follow(model: &mut Model) -> Option<Effect> {
    if model.session.mode != Mode::Drill {
        return None;
    }
    let times = wanted(model);
    (times != model.paced).then(|| {
        model.paced = times;
        Effect::Speed { times }
    })
}

fn wanted(model: &Model) -> u32 {
    if matches!(model.overlay, Some(Overlay::Confirm(_))) {
        // The real gesture is trained at the real pace.
        return 1;
    }
    let snapshot = &model.snapshot;
    let waits = snapshot
        .incident
        .as_ref()
        .is_some_and(|incident| only_waits(incident, &snapshot.evidence, model.now));
    // Who asked for real time gets it all through; a line being typed is somebody at work.
    if waits && model.overlay.is_none() && model.pace > 1 {
        return model.pace.saturating_mul(HASTE).min(FASTEST).max(model.pace);
    }
    model.pace
}

/// Whether nothing is left for people to do until something that was begun has ended.
fn only_waits(incident: &Incident, evidence: &Evidence, now: Moment) -> bool {
    let stands =
        incident.hold.is_some() || incident.is_over() || incident.aborted.is_some();
    if stands || incident.clocks.verified.is_some() {
        return false;
    }
    incident.steps().filter(|(_, record)| !record.state.is_settled()).all(|(step, _)| {
        gate(incident, &step.id, evidence, now)
            .is_some_and(|found| found.blocks.iter().any(ends_by_itself))
    })
}

const fn ends_by_itself(block: &Block) -> bool {
    match block {
        Block::InFlight
        | Block::Needs(_)
        | Block::AwaitsApproval
        | Block::SoloWait(_) => true,
        Block::Over
        | Block::Aborted
        | Block::Held
        | Block::Done
        | Block::InDoubt
        | Block::Unset(_)
        | Block::Unkept(_)
        | Block::NotRepeatable
        | Block::NeedsApproval => false,
    }
}
