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
        gate::{Block, CONFIRM_TTL, Gate, gate, token, wants_second},
        incident::{Incident, StepRecord, StepState},
        raise,
        refusal::Refusal,
        undo::{self, Back, way_back},
        values,
    },
    model::{Action, Errand, Observation, Step, StepId, Text, Tier, Verb, errand::Until},
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
    let words = token(incident, found);
    confirmed(incident, confirmation, (words, found.tier), scene)?;
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
    let mut events =
        intents(incident, found, record, Intent { confirmation, scene, solo });
    events.extend(raise::answers(incident, found, scene.evidence, scene.now));
    Ok(events)
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
    let shown = values::for_eyes(incident, found);
    let made_up = values::made_up(incident, found);
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
    let ours = |value: Text| {
        vec![intended.clone(), Event::Verified { step: id.clone(), attempt, value }]
    };
    let events = match &shown.action {
        // Nothing leaves for these: looking and waiting begin with the intent.
        Action::Check { probe } => vec![intended, acted(&format!("looking at {probe}"))],
        Action::Wait { length } => vec![intended, acted(&format!("waiting {length}"))],
        Action::Notify { text, channel } => {
            ours(Text::clean(format!("shown here for {channel}: {text}")))
        }
        Action::Errand(Errand::Until { until: Until::Probe(probe) }) => {
            vec![intended, acted(&format!("waiting for {probe}"))]
        }
        Action::Errand(Errand::Prompt { .. }) => {
            ours(super::values::answers(incident, &shown, &made_up))
        }
        // Ours alone: it is done with its record.
        Action::Errand(
            errand @ (Errand::Mark { .. } | Errand::Respond { .. } | Errand::Call { .. }),
        ) => ours(errand.line()),
        Action::Estate { .. }
        | Action::Command(_)
        | Action::Http(_)
        | Action::Errand(_)
        | Action::Manual { .. }
        | Action::Approval { .. } => vec![intended],
    };
    let told = (!made_up.is_empty())
        .then(|| Event::ValuesGiven { values: made_up.clone(), made_up: true });
    told.into_iter().chain(events).collect()
}

pub(super) fn open(gate: &Gate) -> Result<(), Refusal> {
    if !gate.blocks.is_empty() {
        return Err(Refusal::Blocked(gate.blocks.clone()));
    }
    let failed: Vec<_> =
        gate.checks.iter().filter(|check| check.blocks()).cloned().collect();
    if failed.is_empty() { Ok(()) } else { Err(Refusal::Checks(failed)) }
}

/// Whether the words are those asked for at this tier, of this plan, and young enough.
fn confirmed(
    incident: &Incident,
    confirmation: &Confirmation,
    (token, tier): (Option<String>, Tier),
    scene: Scene<'_>,
) -> Result<(), Refusal> {
    if let Some(token) = token
        && confirmation.typed.as_str() != token
    {
        return Err(Refusal::WrongToken(token));
    }
    if confirmation.plan_digest != incident.procedure.plan.digest {
        return Err(Refusal::PlanChanged);
    }
    let age = scene.now - confirmation.opened_at;
    let limit = CONFIRM_TTL + tier.abort_window();
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
    let by_hand = |action: &Action| matches!(action, Action::Manual { .. });
    let taken_back = record.undoing && record.state == StepState::Awaiting;
    if !by_hand(if taken_back { record.action(found) } else { &found.action }) {
        return Err(Refusal::NotManual(id.clone()));
    }
    if taken_back {
        // It was confirmed before, and is done now.
        let (step, value) = (id.clone(), reason(observed)?.clone());
        return Ok(vec![Event::Verified { step, attempt: record.attempt, value }]);
    }
    open(&gate(incident, id, scene.evidence, scene.now).unwrap_or_default())?;
    let attempt = record.attempt + 1;
    let confirmation = Confirmation {
        typed: reason(observed)?.clone(),
        opened_at: scene.now,
        plan_digest: incident.procedure.plan.digest.clone(),
        checks: String::new(),
    };
    let intended = Event::Intended {
        step: id.clone(),
        attempt,
        undo: false,
        confirmation,
        before: None,
        seal: None,
        solo: false,
    };
    // What a person says they did still has to be seen, where the plan says what.
    let done = if found.terms.expect.iter().all(crate::model::Expect::is_own) {
        Event::Verified { step: id.clone(), attempt, value: observed.clone() }
    } else {
        let summary = observed.clone();
        let evidence = crate::model::Evidenced { summary, ..Default::default() };
        Event::Acted { step: id.clone(), attempt, evidence }
    };
    Ok(vec![intended, done])
}

pub(super) fn undo(
    incident: &Incident,
    id: &StepId,
    confirmation: &Confirmation,
    scene: Scene<'_>,
) -> Result<Vec<Event>, Refusal> {
    let (found, record) = step(incident, id)?;
    person(scene.actor)?;
    let back = way_back(found, record)
        .map_err(|why| Refusal::NotUndoable { step: id.clone(), why })?;
    if incident.hold.is_some() {
        return Err(Refusal::Blocked(vec![Block::Held]));
    }
    let words = undo::token(incident, found);
    confirmed(incident, confirmation, (words, undo::tier(found)), scene)?;
    let attempt = record.attempt + 1;
    let intended = Event::Intended {
        step: id.clone(),
        attempt,
        undo: true,
        confirmation: confirmation.clone(),
        before: before(found, scene),
        seal: None,
        solo: false,
    };
    let Back::Action(Action::Manual { text, .. }) = back else {
        return Ok(vec![intended]);
    };
    // Nothing leaves for it: a person does it, and ticks it.
    let evidence = crate::model::Evidenced {
        summary: Text::clean(format!("by hand: {text}")),
        ..Default::default()
    };
    Ok(vec![intended, Event::Acted { step: id.clone(), attempt, evidence }])
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
