//! Starting, ticking, undoing and skipping steps. The only place an intent is made.

use super::{
    Scene,
    lookup::{person, step},
    reason,
};
use crate::{
    engine::{
        event::{Confirmation, Event, RpoSeal},
        exposure::exposure,
        gate::{CONFIRM_TTL, Gate, gate, token, wants_second},
        incident::{Incident, StepRecord, StepState},
        refusal::Refusal,
    },
    model::{Action, Errand, Observation, Step, StepId, Text, Verb, errand::Until},
};

pub(super) fn execute(
    incident: &Incident,
    id: &StepId,
    confirmation: &Confirmation,
    scene: Scene<'_>,
) -> Result<Vec<Event>, Refusal> {
    let (found, record) = step(incident, id)?;
    let who = person(scene.actor)?;
    if matches!(found.action, Action::Manual { .. } | Action::Approval { .. }) {
        return Err(Refusal::AskFirst(id.clone()));
    }
    let gate = gate(incident, id, scene.evidence, scene.now).unwrap_or_default();
    open(&gate)?;
    confirmed(incident, found, confirmation, scene)?;
    if confirmation.checks != gate.fingerprint() {
        return Err(Refusal::ChecksChanged);
    }
    let solo = wants_second(found) && record.approval.is_none();
    if solo && record.solo.as_ref().is_none_or(|(_, by, _)| by != who) {
        return Err(Refusal::AskFirst(id.clone()));
    }
    if record.approval.as_ref().is_some_and(|approval| approval.by == *who) {
        return Err(Refusal::SelfApproval(who.clone()));
    }
    Ok(intents(incident, found, record, Intent { confirmation, scene, solo }))
}

#[derive(Clone, Copy)]
struct Intent<'a> {
    confirmation: &'a Confirmation,
    scene: Scene<'a>,
    solo: bool,
}

fn intents(
    incident: &Incident,
    found: &Step,
    record: &StepRecord,
    intent: Intent<'_>,
) -> Vec<Event> {
    let (id, attempt) = (found.id.clone(), record.attempt + 1);
    let intended = Event::Intended {
        step: id.clone(),
        attempt,
        undo: false,
        confirmation: intent.confirmation.clone(),
        before: before(found, intent.scene),
        seal: seal(incident, found, intent.scene),
        solo: intent.solo,
    };
    let acted = |summary: &str| Event::Acted {
        step: id.clone(),
        attempt,
        evidence: crate::model::Evidenced {
            summary: Text::clean(summary),
            ..Default::default()
        },
    };
    match &found.action {
        // Nothing leaves for these: looking and waiting begin with the intent.
        Action::Check { probe } => vec![intended, acted(&format!("looking at {probe}"))],
        Action::Wait { length } => vec![intended, acted(&format!("waiting {length}"))],
        Action::Notify { text, channel } => vec![
            intended,
            Event::Verified {
                step: id.clone(),
                attempt,
                value: Text::clean(format!("shown here for {channel}: {text}")),
            },
        ],
        Action::Errand(Errand::Until { until: Until::Probe(probe) }) => {
            vec![intended, acted(&format!("waiting for {probe}"))]
        }
        // Ours alone: it is done with its record.
        Action::Errand(errand) if errand.command().is_none() => {
            let value = errand.line();
            vec![intended, Event::Verified { step: id.clone(), attempt, value }]
        }
        Action::Estate { .. }
        | Action::Command(_)
        | Action::Http(_)
        | Action::Errand(_)
        | Action::Manual { .. }
        | Action::Approval { .. } => vec![intended],
    }
}

fn open(gate: &Gate) -> Result<(), Refusal> {
    if !gate.blocks.is_empty() {
        return Err(Refusal::Blocked(gate.blocks.clone()));
    }
    let failed: Vec<_> =
        gate.checks.iter().filter(|check| check.blocks()).cloned().collect();
    if failed.is_empty() { Ok(()) } else { Err(Refusal::Checks(failed)) }
}

/// Whether the words fit the step, the plan and the moment.
fn confirmed(
    incident: &Incident,
    found: &Step,
    confirmation: &Confirmation,
    scene: Scene<'_>,
) -> Result<(), Refusal> {
    if let Some(token) = token(incident, found)
        && confirmation.typed.as_str() != token
    {
        return Err(Refusal::WrongToken(token));
    }
    if confirmation.plan_digest != incident.procedure.plan.digest {
        return Err(Refusal::PlanChanged);
    }
    let age = scene.now - confirmation.opened_at;
    let limit = CONFIRM_TTL + found.tier.abort_window();
    if age > limit || age.is_negative() {
        return Err(Refusal::Expired(age));
    }
    Ok(())
}

/// What is seen before the step, if it is young enough to be put back some day.
fn before(found: &Step, scene: Scene<'_>) -> Option<Observation> {
    let (resource, side, _) = found.action.estate()?;
    scene.evidence.of(resource, side)?.fresh(scene.now).cloned()
}

fn seal(incident: &Incident, found: &Step, scene: Scene<'_>) -> Option<RpoSeal> {
    let Action::Estate { resource, side, verb: Verb::Promote, .. } = &found.action else {
        return None;
    };
    let resource = incident.procedure.resource(resource)?;
    let cost = exposure(incident, resource, side, scene.evidence, scene.now);
    Some(RpoSeal {
        database: cost.database,
        lost: cost.lost,
        sampled_at: cost.sampled_at,
    })
}

pub(super) fn tick(
    incident: &Incident,
    id: &StepId,
    observed: &Text,
    scene: Scene<'_>,
) -> Result<Vec<Event>, Refusal> {
    let (found, record) = step(incident, id)?;
    person(scene.actor)?;
    if !matches!(found.action, Action::Manual { .. }) {
        return Err(Refusal::NotManual(id.clone()));
    }
    open(&gate(incident, id, scene.evidence, scene.now).unwrap_or_default())?;
    let attempt = record.attempt + 1;
    let confirmation = Confirmation {
        typed: reason(observed)?.clone(),
        opened_at: scene.now,
        plan_digest: incident.procedure.plan.digest.clone(),
        checks: String::new(),
    };
    Ok(vec![
        Event::Intended {
            step: id.clone(),
            attempt,
            undo: false,
            confirmation,
            before: None,
            seal: None,
            solo: false,
        },
        Event::Verified { step: id.clone(), attempt, value: observed.clone() },
    ])
}

pub(super) fn undo(
    incident: &Incident,
    id: &StepId,
    confirmation: &Confirmation,
    scene: Scene<'_>,
) -> Result<Vec<Event>, Refusal> {
    let (found, record) = step(incident, id)?;
    person(scene.actor)?;
    let cannot = |why| Err(Refusal::NotUndoable { step: id.clone(), why });
    if !found.can_undo() {
        return cannot("it has no way back; use the failback runbook");
    }
    let ended = matches!(record.state, StepState::Done { .. } | StepState::Failed { .. });
    if !ended || record.undoing {
        return cannot("it is not done");
    }
    if record.evidence.as_ref().and_then(|evidence| evidence.before.as_ref()).is_none() {
        return cannot(
            "nobody recorded a value to put back (an answer that is lost takes it along); \
             put it back by hand",
        );
    }
    if incident.hold.is_some() {
        return Err(Refusal::Blocked(vec![crate::engine::gate::Block::Held]));
    }
    confirmed(incident, found, confirmation, scene)?;
    Ok(vec![Event::Intended {
        step: id.clone(),
        attempt: record.attempt + 1,
        undo: true,
        confirmation: confirmation.clone(),
        before: before(found, scene),
        seal: None,
        solo: false,
    }])
}

pub(super) fn skip(
    incident: &Incident,
    id: &StepId,
    why: &Text,
) -> Result<Vec<Event>, Refusal> {
    let (_, record) = step(incident, id)?;
    match record.state {
        StepState::Todo
        | StepState::Failed { .. }
        | StepState::Refused { .. }
        | StepState::Undone => {
            Ok(vec![Event::Skipped { step: id.clone(), reason: reason(why)?.clone() }])
        }
        StepState::Dispatched
        | StepState::Awaiting
        | StepState::Done { .. }
        | StepState::InDoubt { .. }
        | StepState::Skipped { .. } => Err(Refusal::NotSkippable(id.clone())),
    }
}
