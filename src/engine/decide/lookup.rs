//! Finding what a command names.

use crate::{
    engine::{
        incident::{Incident, StepRecord},
        refusal::Refusal,
    },
    model::{
        Action, Actor, Evidence, Noun, PersonId, Step, StepId,
        goal::{self, Goal},
    },
};

pub(super) fn step<'a>(
    incident: &'a Incident,
    id: &StepId,
) -> Result<(&'a Step, &'a StepRecord), Refusal> {
    incident.step(id).ok_or_else(|| Refusal::NoSuchStep(id.clone()))
}

pub(super) fn person(actor: &Actor) -> Result<&PersonId, Refusal> {
    actor.person().ok_or(Refusal::NotAPerson)
}

/// How far from its goal a step's resource was, by the newest reading; none for a step that
/// changes no resource, and when nothing was read.
pub(super) fn last_seen(
    incident: &Incident,
    step: &Step,
    evidence: &Evidence,
) -> Option<String> {
    let Action::Estate { resource, side, verb, args } = &step.action else {
        return None;
    };
    let resource = incident.procedure.resource(resource)?;
    let site = if resource.noun == Noun::Traffic { &resource.primary } else { side };
    let (seen, _) = evidence.of(&resource.id, site)?.last.as_ref()?;
    match goal::reached(*verb, side, args, seen) {
        Goal::Met(value) | Goal::NotYet(value) => Some(value),
    }
}
