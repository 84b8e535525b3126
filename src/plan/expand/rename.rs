//! New names for what a step refers to, when the step gets a new name itself: under a call,
//! in a lane. Nothing else of the step changes.

use crate::model::{
    Action, Condition, Errand, Expect, ProbeId, ResourceId, Step, StepId, Undo,
    errand::Until, template::Slot,
};

/// Who is called what from now on. What is not named keeps its name.
pub(super) struct Names<'n> {
    pub step: &'n dyn Fn(&StepId) -> StepId,
    pub resource: &'n dyn Fn(&ResourceId) -> ResourceId,
    pub probe: &'n dyn Fn(&ProbeId) -> ProbeId,
}

/// The step under its new name. What it waits for is the caller's to settle: one step may
/// become several.
pub(super) fn step(old: &Step, names: &Names<'_>) -> Step {
    let mut new = old.filled(&mut |slot| match slot {
        Slot::Output { step, output } => {
            let renamed = (names.step)(&StepId::new(step));
            Some(format!("${{step.{renamed}.{output}}}"))
        }
        Slot::Parameter(_)
        | Slot::RunTime { .. }
        | Slot::RunEpoch
        | Slot::Incident { .. }
        | Slot::Each
        | Slot::ProbeValue
        | Slot::Between { .. }
        | Slot::Listed { .. } => None,
    });
    new.id = (names.step)(&old.id);
    action(&mut new.action, names);
    for condition in &mut new.terms.when {
        match condition {
            Condition::Step { step, .. } => *step = (names.step)(step),
            Condition::Probe { probe, .. } => *probe = (names.probe)(probe),
            Condition::Parameter { .. }
            | Condition::Severity(_)
            | Condition::Scenario(_)
            | Condition::Drill(_) => {}
        }
    }
    for expect in &mut new.terms.expect {
        if let Expect::Probe(probe) = expect {
            *probe = (names.probe)(probe);
        }
    }
    if let Undo::Action(undo) = &mut new.terms.undo {
        action(undo, names);
    }
    let meaning = &mut new.terms.meaning;
    for list in [
        &mut meaning.fences,
        &mut meaning.promotes,
        &mut meaning.moves,
        &mut meaning.repoints,
        &mut meaning.scales,
    ] {
        for resource in list.iter_mut() {
            *resource = (names.resource)(resource);
        }
    }
    new
}

fn action(action: &mut Action, names: &Names<'_>) {
    match action {
        Action::Estate { resource, .. } => *resource = (names.resource)(resource),
        Action::Check { probe }
        | Action::Errand(Errand::Until { until: Until::Probe(probe) }) => {
            *probe = (names.probe)(probe);
        }
        Action::Command(_)
        | Action::Http(_)
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. }
        | Action::Errand(_) => {}
    }
}
