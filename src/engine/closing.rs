//! What is said before an incident is closed: what is left of it, and how what it moved is
//! brought back. Pure.

use super::incident::Incident;
use crate::model::{RunbookKind, Service};

/// The word that closes an incident of which something is left.
pub const WORD: &str = "CLOSE";

/// `23 steps open, 5 services not healthy`; none when nothing is left.
pub fn left(incident: &Incident) -> Option<String> {
    let steps = incident.steps().filter(|(step, record)| !record.lets_go(step)).count();
    let services = &incident.procedure.services;
    let ill = services.iter().filter(|service| is_ill(incident, service)).count();
    let count = |number: usize, one: &str, what: &str| match number {
        0 => None,
        1 => Some(format!("1 {one} {what}")),
        many => Some(format!("{many} {one}s {what}")),
    };
    let said = [count(steps, "step", "open"), count(ill, "service", "not healthy")];
    let said: Vec<String> = said.into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join(", "))
}

/// Whether `service` is not seen healthy by a run that brings services back, or seen down by
/// any other.
fn is_ill(incident: &Incident, service: &Service) -> bool {
    let record = incident.services.get(&service.id);
    let back = record.is_some_and(|record| record.recovered.is_some());
    let unseen = incident.procedure.runbook.kind.recovers() && !back;
    record.and_then(|record| record.healthy).map_or(unseen, |healthy| !healthy)
}

/// How what a failover moved is brought back, once anything was moved: the runbook, or that
/// there is none.
pub fn way_back(incident: &Incident) -> Option<String> {
    let procedure = &incident.procedure;
    let begun = incident
        .steps()
        .any(|(step, record)| record.attempt > 0 && step.action.estate().is_some());
    if procedure.runbook.kind != RunbookKind::Failover || !begun {
        return None;
    }
    let none = procedure.runbook.terms.no_failback.as_ref();
    Some(match (&procedure.brief.way_back, none) {
        (Some(runbook), _) => format!("runbook {runbook}"),
        (None, Some(why)) => format!("none on purpose: {why}"),
        (None, None) => "the plan has none".to_owned(),
    })
}
