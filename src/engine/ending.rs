//! How one step ends: what an event makes of the state of the step it names. Pure; knows
//! nothing of other steps.

use super::{
    event::{Event, Ruling},
    incident::{StepRecord, StepState},
};
use crate::model::{Actor, Failure, Moment, Text};

/// Events that end an attempt, or put it in doubt; others leave the step as it is.
pub(super) fn end(step: &mut StepRecord, event: &Event, actor: &Actor, at: Moment) {
    if matches!((event, &step.state), (Event::Ruled { .. }, StepState::Undone)) {
        // It is the step a person rules on then, not what took it back.
        step.undoing = false;
    }
    let undoing = step.undoing;
    let Some(state) = ended(undoing, event) else {
        return;
    };
    if step.by.is_none() {
        step.by = actor.person().cloned();
    }
    step.ended_at = Some(at);
    step.state = state;
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "most events do not end an attempt, and a new one that does fails its own test"
)]
fn ended(undoing: bool, event: &Event) -> Option<StepState> {
    Some(match event {
        Event::Verified { .. } if undoing => StepState::Undone,
        Event::Verified { value, .. } => StepState::Done { value: value.clone() },
        Event::Failed { failure, reason, .. } => {
            StepState::Failed { failure: failure.clone(), reason: reason.clone() }
        }
        Event::Refused { reason, .. } => StepState::Refused { reason: reason.clone() },
        Event::Doubted { why, .. } => StepState::InDoubt { why: why.clone() },
        Event::Ruled { ruling: Ruling::Done, .. } if undoing => StepState::Undone,
        Event::Ruled { ruling: Ruling::Done, reason, .. } => {
            StepState::Done { value: Text::clean(format!("ruled done: {reason}")) }
        }
        Event::Ruled { ruling: Ruling::NotDone, reason, .. } => StepState::Failed {
            failure: Failure::FoundUndone,
            reason: Text::clean(format!("ruled not done: {reason}")),
        },
        Event::Skipped { reason, .. } => StepState::Skipped { reason: reason.clone() },
        Event::PassedOver { condition, seen, .. } => StepState::Skipped {
            reason: Text::clean(format!("only when {condition}; {seen}")),
        },
        _ => return None,
    })
}
