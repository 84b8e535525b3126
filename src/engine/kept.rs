//! What of the plan language this engine does not keep yet. A drill passes over it; a live
//! step is never run on other terms than its author's. Pure.

use super::incident::Incident;
use crate::model::{Action, Errand, OnFail, Phase, Step, Terms, errand::Until};

/// What the plan writes on `step` and this engine would pass over, as the plan spells it.
pub(super) fn unkept(incident: &Incident, step: &Step) -> Vec<&'static str> {
    let Terms {
        when,
        wants_failure,
        always,
        not_before,
        delay,
        on_fail,
        once,
        expect,
        ..
    } = &step.terms;
    let phases = &incident.procedure.runbook.phases;
    let own = |phase: &Phase| phase.steps.iter().any(|other| other.id == step.id);
    let place = phases.iter().position(own).unwrap_or(phases.len());
    let held = |phase: &Phase| phase.terms.hold.is_some();
    let late = phases.get(place).is_some_and(|phase| phase.terms.not_before.is_some());
    let said = [
        ("when", !when.is_empty()),
        ("continue_if", *wants_failure),
        ("always", *always),
        ("not_before", not_before.is_some() || late),
        ("delay", delay.is_some()),
        ("on_fail", *on_fail == OnFail::Continue),
        ("retry", *once),
        ("verify", !expect.is_empty()),
        ("hold", phases.iter().take(place).any(held)),
    ];
    let said = said.into_iter().filter(|(_, said)| *said).map(|(word, _)| word);
    errand(&step.action).into_iter().chain(said).collect()
}

/// The word of an errand that has been carried out in drills only.
fn errand(action: &Action) -> Option<&'static str> {
    let Action::Errand(errand) = action else { return None };
    match errand {
        Errand::Mark { .. } | Errand::Until { until: Until::Probe(_) } => None,
        Errand::Aws(_)
        | Errand::Kubectl(_)
        | Errand::Sql(_)
        | Errand::Dns(_)
        | Errand::File(_)
        | Errand::Until { until: Until::Waiter { .. } }
        | Errand::Prompt { .. }
        | Errand::Respond { .. }
        | Errand::Call { .. } => Some(errand.word()),
    }
}
