//! What takes a step back: the value recorded before it, an action of the plan's own, or
//! nothing, and then why. The one place that knows; whoever offers an undo asks here.

use super::{
    gate::{may_repeat_action, words_for},
    incident::{Incident, StepRecord, StepState},
};
use crate::model::{Action, Step, Text, Tier, Undo};

/// A way back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Back<'a> {
    /// The value that was recorded before the change.
    Value(&'a Text),
    /// What the plan says takes it back.
    Action(&'a Action),
}

impl StepRecord {
    /// What the newest attempt does: the step's own action, or what takes it back.
    pub fn action<'a>(&self, step: &'a Step) -> &'a Action {
        match &step.terms.undo {
            Undo::Action(action) if self.undoing => action,
            Undo::Action(_) | Undo::ByNature | Undo::Recorded(_) | Undo::None(_) => {
                &step.action
            }
        }
    }
}

/// What would take `step` back now.
///
/// # Errors
/// Why nothing does, in words.
pub fn way_back<'a>(step: &'a Step, record: &'a StepRecord) -> Result<Back<'a>, Text> {
    if let Undo::None(why) = &step.terms.undo {
        let why = why.as_str().trim();
        return Err(Text::clean(if why.is_empty() {
            "the plan says that nothing takes it back"
        } else {
            why
        }));
    }
    let own = plan_action(step);
    if own.is_none() && !step.action.can_undo() {
        return Err("it has no way back; use the failback runbook".into());
    }
    if let Some(why) = not_now(record, own.unwrap_or(&step.action)) {
        return Err(why);
    }
    if let Some(action) = own {
        return Ok(Back::Action(action));
    }
    let before = record.evidence.as_ref().and_then(|evidence| evidence.before.as_ref());
    before.map(Back::Value).ok_or_else(|| {
        Text::from(
            "nobody recorded a value to put back (an answer that is lost takes it along); \
             put it back by hand",
        )
    })
}

/// The action of the plan that takes `step` back, where there is one.
pub fn plan_action(step: &Step) -> Option<&Action> {
    match &step.terms.undo {
        Undo::Action(action) => Some(action),
        Undo::ByNature | Undo::Recorded(_) | Undo::None(_) => None,
    }
}

/// Why it cannot be taken back at this moment, whatever takes it back.
fn not_now(record: &StepRecord, action: &Action) -> Option<Text> {
    let again = match (&record.state, record.undoing) {
        (StepState::Done { .. } | StepState::Failed { .. }, false) => true,
        // An undo that did not come off may be tried again where that does no harm.
        (StepState::Failed { failure, .. }, true) => {
            may_repeat_action(action, Some(failure))
        }
        (StepState::Refused { .. }, true) => may_repeat_action(action, None),
        (StepState::Refused { .. }, false)
        | (StepState::Done { .. }, true)
        | (
            StepState::Todo
            | StepState::Dispatched
            | StepState::Awaiting
            | StepState::InDoubt { .. }
            | StepState::Skipped { .. }
            | StepState::Undone,
            _,
        ) => return Some("it is not done".into()),
    };
    (!again).then(|| "the undo may have happened: rule on it first".into())
}

/// How much friction stands before an undo of `step`: never less than before the step.
pub fn tier(step: &Step) -> Tier {
    plan_action(step).map_or(step.tier, |action| action.tier().max(step.tier))
}

/// The words that confirm an undo of `step`; none when a key is enough.
pub fn token(incident: &Incident, step: &Step) -> Option<String> {
    words_for(incident.mode, &incident.procedure.runbook, step, tier(step))
}
