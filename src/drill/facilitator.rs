//! What the facilitator of a drill does: makes true in the world what a person says they
//! did by hand, and does not let anybody sit through a day of waiting. Pure: both are read
//! off the incident.

use crate::{
    engine::{Block, Incident, StepRecord, StepState, gate, waits, watch, watch::Stage},
    model::{
        Action, Evidence, Moment, ResourceId, SiteId, Span, Step, StepId, Text, Verb,
    },
};

/// A wait is seen to run for so long before it is cut short.
const LINGER: Span = Span::secs(10);

/// What is left of a wait is lived through when it is shorter.
const SHORT: Span = Span::mins(2);

/// Something a person did with their own hands, and that the world has to learn of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByHand {
    /// The manual step that was ticked, and what it is called.
    pub step: StepId,
    pub name: Text,
    /// The database whose name on that side is free from now on.
    pub frees: (ResourceId, SiteId),
}

/// Everything done by hand so far that the world can know of: a manual step a rebuild
/// waits for has freed the name the replica is built under.
pub fn by_hand(incident: &Incident) -> Vec<ByHand> {
    let mut done = Vec::new();
    for (rebuild, _) in incident.steps() {
        let Some((resource, side, Verb::RebuildReplica)) = rebuild.action.estate() else {
            continue;
        };
        let ticked = rebuild.needs.iter().filter_map(|need| incident.step(need));
        let ticked = ticked.filter(|(step, record)| is_ticked(step, record));
        done.extend(ticked.map(|(step, _)| ByHand {
            step: step.id.clone(),
            name: step.name.clone(),
            frees: (resource.clone(), side.clone()),
        }));
    }
    done
}

fn is_ticked(step: &Step, record: &StepRecord) -> bool {
    matches!(step.action, Action::Manual { .. })
        && matches!(record.state, StepState::Done { .. })
}

/// How far time may leap at `now`: to the next moment only time brings (the end of a wait
/// or of a hold, the time of a step), when waiting is all there is to do.
pub fn leap(incident: &Incident, evidence: &Evidence, now: Moment) -> Option<Span> {
    if incident.is_over() || incident.hold.is_some() {
        return None;
    }
    // A hold that stands still wants somebody to look, not time.
    let still = watch::present(incident)
        .is_some_and(|(.., record)| record.stands_still().is_some());
    let busy = incident.steps().any(|(step, record)| {
        let waits = matches!(step.action, Action::Wait { .. });
        let rests = waits && record.state == StepState::Awaiting;
        let open = !record.lets_go(step) && could_start(incident, step, evidence, now);
        record.state.is_in_flight() && !rests || open
    });
    if still || busy || now - last_move(incident) < LINGER {
        return None;
    }
    let left = waits::next_moment(incident, now)? - now;
    (left > SHORT).then_some(left)
}

/// When something last began or ended, or a hold began to count.
fn last_move(incident: &Incident) -> Moment {
    let steps =
        incident.steps().flat_map(|(_, record)| [record.acted_at, record.ended_at]);
    let holds = incident.watches.values().map(|record| match record.stage {
        Stage::Counting { since } => Some(since),
        Stage::Over { at, .. } => Some(at),
        Stage::Paused { .. } | Stage::Broken { .. } => None,
    });
    steps.chain(holds).flatten().max().unwrap_or(incident.clocks.declared)
}

/// Whether people, or what is seen next, could get `step` going: it does not wait for time
/// alone, nor for another step.
fn could_start(
    incident: &Incident,
    step: &Step,
    evidence: &Evidence,
    now: Moment,
) -> bool {
    let found = gate(incident, &step.id, evidence, now).unwrap_or_default();
    !found.blocks.iter().any(|block| match block {
        Block::Over
        | Block::Aborted
        | Block::Done
        | Block::InFlight
        | Block::Needs(_)
        | Block::NotBefore { .. }
        | Block::AwaitsMark(_)
        | Block::Watched { .. } => true,
        Block::Held
        | Block::InDoubt
        | Block::Unset(_)
        | Block::NotRepeatable
        | Block::NeedsApproval
        | Block::AwaitsApproval
        | Block::SoloWait(_) => false,
    })
}
