//! Finding what a command names.

use crate::{
    engine::{
        incident::{Incident, StepRecord},
        refusal::Refusal,
    },
    model::{Actor, PersonId, Step, StepId},
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
