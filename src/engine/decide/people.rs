//! What needs a second person, or a named one: approvals, going alone, overrides.

use super::{
    Scene,
    lookup::{person, step},
    reason,
};
use crate::{
    engine::{
        event::{Confirmation, Event},
        gate::{APPROVAL_TTL, Check, gate, may_approve, wants_second},
        incident::{Incident, StepState},
        refusal::Refusal,
        watch::Watch,
    },
    model::{Action, PhaseId, Seat, SeverityId, StepId, Text},
};

pub(super) fn ask(
    incident: &Incident,
    id: &StepId,
    scene: Scene<'_>,
) -> Result<Vec<Event>, Refusal> {
    let (found, record) = step(incident, id)?;
    person(scene.actor)?;
    let question = matches!(found.action, Action::Approval { .. });
    if record.state.is_settled() || record.state.is_in_flight() {
        return Err(Refusal::NotAsked(id.clone()));
    }
    if question || wants_second(found) {
        Ok(vec![Event::ApprovalAsked { step: id.clone() }])
    } else {
        Err(Refusal::NotAsked(id.clone()))
    }
}

pub(super) fn approve(
    incident: &Incident,
    id: &StepId,
    words: &Text,
    scene: Scene<'_>,
) -> Result<Vec<Event>, Refusal> {
    let (found, record) = step(incident, id)?;
    let who = person(scene.actor)?;
    let Some((_, asker)) = &record.asked_at else {
        return Err(Refusal::NotAsked(id.clone()));
    };
    if asker == who {
        return Err(Refusal::SelfApproval(who.clone()));
    }
    if !may_approve(incident, found, who) {
        return Err(Refusal::NotApprover(who.clone()));
    }
    let until = scene.now + APPROVAL_TTL;
    let given = Event::ApprovalGiven { step: id.clone(), words: words.clone(), until };
    if !matches!(found.action, Action::Approval { .. }) {
        return Ok(vec![given]);
    }
    // A step that is itself the question is done with the answer.
    super::start::open(
        &gate(incident, id, scene.evidence, scene.now).unwrap_or_default(),
    )?;
    let attempt = record.attempt + 1;
    Ok(vec![
        given,
        Event::Intended {
            step: id.clone(),
            attempt,
            undo: false,
            confirmation: Confirmation {
                typed: words.clone(),
                opened_at: scene.now,
                plan_digest: incident.procedure.plan.digest.clone(),
                checks: String::new(),
            },
            before: None,
            seal: None,
            solo: false,
        },
        Event::Verified {
            step: id.clone(),
            attempt,
            value: Text::clean(format!("{who}: {words}")),
        },
    ])
}

pub(super) fn solo(
    incident: &Incident,
    id: &StepId,
    why: &Text,
    scene: Scene<'_>,
) -> Result<Vec<Event>, Refusal> {
    let (found, record) = step(incident, id)?;
    person(scene.actor)?;
    let startable = matches!(
        record.state,
        StepState::Todo
            | StepState::Failed { .. }
            | StepState::Refused { .. }
            | StepState::Undone
    );
    if !startable || !wants_second(found) {
        return Err(Refusal::NotAsked(id.clone()));
    }
    Ok(vec![Event::SoloAsked { step: id.clone(), reason: reason(why)?.clone() }])
}

pub(super) fn accept(
    incident: &Incident,
    id: &StepId,
    check: &Text,
    why: &Text,
    scene: Scene<'_>,
) -> Result<Vec<Event>, Refusal> {
    let (found, _) = step(incident, id)?;
    let who = person(scene.actor)?;
    if !may_approve(incident, found, who) {
        return Err(Refusal::NotApprover(who.clone()));
    }
    let gate = gate(incident, id, scene.evidence, scene.now).unwrap_or_default();
    let named = |shown: &&Check| shown.name == *check && shown.blocks();
    let Some(shown) = gate.checks.iter().find(named) else {
        return Err(Refusal::NothingToOverride(id.clone()));
    };
    let age = shown.age.map_or_else(String::new, |age| format!(", {} ago", age.age()));
    Ok(vec![Event::Overridden {
        step: id.clone(),
        check: check.clone(),
        reason: reason(why)?.clone(),
        seen: Some(Text::clean(format!("{}{age}", shown.value))),
    }])
}

/// The commander ends a hold; while nobody commands, whoever is there.
pub(super) fn end_watch(
    incident: &Incident,
    phase: &PhaseId,
    why: &Text,
    scene: Scene<'_>,
) -> Result<Vec<Event>, Refusal> {
    let who = person(scene.actor)?;
    let running = incident.watches.get(phase).is_some_and(|record| !record.is_over());
    if !running {
        return Err(Refusal::NotWatched(phase.clone()));
    }
    if incident.seats.get(&Seat::Commander).is_some_and(|commander| commander != who) {
        return Err(Refusal::NotCommander(who.clone()));
    }
    let watch = Watch::Ended { reason: reason(why)?.clone() };
    Ok(vec![Event::Watched { phase: phase.clone(), watch }])
}

pub(super) fn set_severity(
    incident: &Incident,
    severity: &SeverityId,
    why: &Text,
    scene: Scene<'_>,
) -> Result<Vec<Event>, Refusal> {
    person(scene.actor)?;
    let known = &incident.procedure.brief.severities;
    if !known.iter().any(|row| row.id == *severity) {
        return Err(Refusal::NoSuchSeverity(severity.clone()));
    }
    let reason = reason(why)?.clone();
    Ok(vec![Event::SeveritySet { severity: severity.clone(), reason }])
}
