//! What a step waits for besides people: steps before it, moments, holds of phases. Pure;
//! every moment is counted from a journalled one, so that a restart changes nothing.

use super::{
    gate::Block,
    incident::{Incident, StepRecord, StepState},
    watch,
};
use crate::model::{Moment, Phase, Span, Step, StepId};

/// Steps that must end first. Clean-up waits only for what may still happen.
pub(super) fn missing(incident: &Incident, step: &Step) -> Vec<StepId> {
    let still = |need: &&StepId| {
        let past = || step.terms.always && is_past(incident, need, &mut Vec::new());
        !incident.lets_go(need) && !past()
    };
    step.needs.iter().filter(still).cloned().collect()
}

/// Whether a step has ended, however it did, or will never begin as things stand: what it
/// waits for failed, or the incident was aborted.
fn is_past<'a>(
    incident: &'a Incident,
    id: &'a StepId,
    asked: &mut Vec<&'a StepId>,
) -> bool {
    let Some((step, record)) = incident.step(id) else { return true };
    match &record.state {
        StepState::Done { .. }
        | StepState::Failed { .. }
        | StepState::Refused { .. }
        | StepState::Skipped { .. }
        | StepState::Undone => true,
        StepState::Dispatched | StepState::Awaiting | StepState::InDoubt { .. } => false,
        // Clean-up is never out of the running.
        StepState::Todo if step.terms.always => false,
        StepState::Todo if incident.aborted.is_some() => true,
        StepState::Todo => {
            if asked.contains(&id) {
                return false;
            }
            asked.push(id);
            step.needs
                .iter()
                .any(|need| !incident.lets_go(need) && is_past(incident, need, asked))
        }
    }
}

/// Whether clean-up goes on past what failed, itself or by the clean-up before it: else it
/// would wait for ever. Those who act by themselves do this last.
pub fn is_last_resort(incident: &Incident, step: &Step) -> bool {
    let (mut open, mut asked) = (vec![step], Vec::new());
    while let Some(step) = open.pop() {
        if !step.terms.always || asked.contains(&&step.id) {
            continue;
        }
        asked.push(&step.id);
        if step.needs.iter().any(|need| !incident.lets_go(need)) {
            return true;
        }
        let runbook = &incident.procedure.runbook;
        open.extend(step.needs.iter().filter_map(|need| runbook.step(need)));
    }
    false
}

/// Clean-up that is still to be done, once anything was begun at all.
pub fn clean_up(incident: &Incident) -> Vec<&Step> {
    let begun = incident.steps().any(|(_, record)| record.attempt > 0);
    let open = |(step, record): &(&Step, &StepRecord)| {
        begun && step.terms.always && !record.lets_go(step)
    };
    incident.steps().filter(open).map(|(step, _)| step).collect()
}

/// Whether nothing is left that anybody waits for: steps are through, and holds over.
pub fn is_through(incident: &Incident) -> bool {
    incident.steps().all(|(step, record)| record.lets_go(step))
        && watch::open(incident).next().is_none()
}

/// Moments and holds that stand before `step`. None of them but its own delay stops
/// clean-up that goes on past an abort or a failure: they may never come.
pub(super) fn blocks(incident: &Incident, step: &Step, now: Moment) -> Vec<Block> {
    let Some((place, phase)) = home(incident, &step.id) else { return Vec::new() };
    let mut blocks = Vec::new();
    let not_before = step.terms.not_before.or(phase.terms.not_before);
    let freed = is_freed(incident, step);
    if not_before.is_some() && !freed && began(incident).is_none() {
        let from = incident.procedure.runbook.terms.windows_from.clone();
        blocks.push(Block::AwaitsMark(from));
    }
    if let Some(at) = earliest_of(incident, step, phase).filter(|at| *at > now) {
        blocks.push(Block::NotBefore { at, left: at - now });
    }
    if !freed {
        blocks.extend(watch::barrier(incident, place, step, now));
    }
    blocks
}

fn is_freed(incident: &Incident, step: &Step) -> bool {
    let past = || is_last_resort(incident, step) && missing(incident, step).is_empty();
    incident.aborted.is_some() || past()
}

/// The phase of a step and its place among the phases.
pub(super) fn home<'a>(
    incident: &'a Incident,
    id: &StepId,
) -> Option<(usize, &'a Phase)> {
    let phases = incident.procedure.runbook.phases.iter().enumerate();
    let mut homes =
        phases.filter(|(_, phase)| phase.steps.iter().any(|step| step.id == *id));
    homes.next()
}

/// What `not_before` is counted from.
fn began(incident: &Incident) -> Option<Moment> {
    incident.moment(&incident.procedure.runbook.terms.windows_from)
}

/// The moment `span` after what `not_before` is counted from.
pub(super) fn after(incident: &Incident, span: Option<Span>) -> Option<Moment> {
    let span = span?;
    Some(began(incident)? + span)
}

/// The first moment `step` may start at, as far as moments say.
pub(super) fn earliest_of(
    incident: &Incident,
    step: &Step,
    phase: &Phase,
) -> Option<Moment> {
    let counted = if is_freed(incident, step) {
        None
    } else {
        let own = after(incident, step.terms.not_before);
        own.max(after(incident, phase.terms.not_before))
    };
    // What it is counted from has not come while anything is missing.
    let ready = |_: &Span| missing(incident, step).is_empty();
    let delay = step.terms.delay.filter(ready);
    counted.max(delay.map(|delay| ready_since(incident, step) + delay))
}

/// When the last of what `step` needs ended; the declaration when it needs nothing.
fn ready_since(incident: &Incident, step: &Step) -> Moment {
    let needs = step.needs.iter().filter_map(|need| incident.steps.get(need));
    let last = needs.filter_map(|record| record.ended_at).max();
    last.unwrap_or(incident.clocks.declared)
}

/// When what only time brings comes next: the end of a wait, of a hold that counts, the
/// moment a step may start at. None when nothing waits for time alone.
pub fn next_moment(incident: &Incident, now: Moment) -> Option<Moment> {
    let steps = incident.steps().filter_map(|(step, record)| {
        if let (StepState::Awaiting, crate::model::Action::Wait { length }) =
            (&record.state, &step.action)
        {
            return Some(record.acted_at? + *length);
        }
        let waits = matches!(record.state, StepState::Todo | StepState::Undone);
        let ready = waits && missing(incident, step).is_empty();
        let lives = incident.aborted.is_none() || step.terms.always;
        let (_, phase) = home(incident, &step.id).filter(|_| ready && lives)?;
        earliest_of(incident, step, phase)
    });
    let holds = watch::open(incident).filter_map(|(phase, hold, record)| match record {
        Some(record) => record.ends(hold.length),
        None if phase.steps.is_empty() => after(incident, phase.terms.not_before),
        None => None,
    });
    steps.chain(holds).filter(|at| *at > now).min()
}
