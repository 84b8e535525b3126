//! What workers and the board report, and a person's ruling on what nobody can look up.

use super::{
    Scene,
    lookup::{person, step},
    reason,
};
use crate::{
    engine::{
        command::Report,
        event::{Event, Ruling},
        gate::is_spent,
        incident::{Incident, StepRecord, StepState},
        refusal::Refusal,
        values,
    },
    model::{
        Action, Evidenced, Expect, Failure, Moment, Reconciled, ResourceId, Service,
        ServiceId, Step, StepId, Text, Trouble,
    },
};

pub(super) fn report(
    incident: &Incident,
    id: &StepId,
    attempt: u32,
    report: &Report,
) -> Result<Vec<Event>, Refusal> {
    let (found, record) = step(incident, id)?;
    let stale = || Err(Refusal::Stale(id.clone()));
    if record.attempt != attempt {
        return stale();
    }
    // A program outlives the console that began it, and leaves word of its end.
    let outlives = record.action(found).leaves_word();
    match (&record.state, report) {
        (StepState::Dispatched, Report::Acted(evidence)) => {
            Ok(acted(incident, found, record, evidence))
        }
        (StepState::InDoubt { .. }, Report::Trouble(Trouble::Unknown(_))) if outlives => {
            Ok(Vec::new())
        }
        (StepState::InDoubt { .. } | StepState::Awaiting, Report::Acted(evidence))
            if outlives =>
        {
            Ok(acted(incident, found, record, evidence))
        }
        (StepState::Dispatched, Report::Trouble(trouble)) => {
            Ok(vec![troubled(found, attempt, trouble)])
        }
        (StepState::InDoubt { .. } | StepState::Awaiting, Report::Trouble(trouble))
            if outlives =>
        {
            Ok(vec![troubled(found, attempt, trouble)])
        }
        (StepState::Awaiting, Report::Reached(value)) => {
            Ok(vec![Event::Verified { step: id.clone(), attempt, value: value.clone() }])
        }
        (StepState::Awaiting, Report::Seen { value, outputs }) => {
            let (step, outputs) = (id.clone(), outputs.clone());
            let read = (!outputs.is_empty()).then_some(Event::OutputsRead {
                step,
                attempt,
                outputs,
            });
            let (step, value) = (id.clone(), value.clone());
            let verified = Event::Verified { step, attempt, value };
            Ok(read.into_iter().chain([verified]).collect())
        }
        (StepState::Awaiting, Report::Missed { failure, reason }) => {
            Ok(vec![Event::Failed {
                step: id.clone(),
                attempt,
                failure: failure.clone(),
                reason: reason.clone(),
            }])
        }
        (StepState::InDoubt { .. }, Report::Reconciled(verdict)) => {
            Ok(reconciled(id, attempt, verdict))
        }
        _ => stale(),
    }
}

fn acted(
    incident: &Incident,
    found: &Step,
    record: &StepRecord,
    evidence: &Evidenced,
) -> Vec<Event> {
    let (id, attempt) = (found.id.clone(), record.attempt);
    let acted = Event::Acted { step: id.clone(), attempt, evidence: evidence.clone() };
    let value = evidence.summary.clone();
    let verified = Event::Verified { step: id.clone(), attempt, value };
    match record.action(found) {
        Action::Estate { .. } => return vec![acted],
        // Nothing further can be seen of these: their own answer is the observation, unless
        // the plan says what else is expected.
        Action::Command(_)
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Errand(_)
        | Action::Notify { .. } => {}
    }
    if record.undoing || found.terms.expect.is_empty() {
        return vec![acted, verified];
    }
    let step = values::for_hands(incident, found);
    let last = incident.procedure.brief.last.get(&id).map(Text::as_str);
    let expects = &step.terms.expect;
    let missed = expects.iter().find_map(|expect| expect.missed(evidence, last));
    match missed {
        // It can be asked again until it answers otherwise.
        Some(_) if step.action.looks() => vec![acted],
        Some(reason) => {
            let failure = Failure::NotVerified;
            vec![acted, Event::Failed { step: id, attempt, failure, reason }]
        }
        None if expects.iter().all(Expect::is_own) => vec![acted, verified],
        None => vec![acted],
    }
}

fn troubled(found: &Step, attempt: u32, trouble: &Trouble) -> Event {
    let step = found.id.clone();
    match trouble {
        Trouble::NotSent(reason) => Event::Failed {
            step,
            attempt,
            failure: Failure::NotSent,
            reason: reason.clone(),
        },
        // What only looks has changed nothing, whatever became of its answer.
        Trouble::Unknown(reason)
            if matches!(found.action, Action::Errand(_)) && found.action.looks() =>
        {
            let (failure, reason) = (Failure::NotSent, reason.clone());
            Event::Failed { step, attempt, failure, reason }
        }
        Trouble::Unknown(why) => Event::Doubted { step, attempt, why: why.clone() },
        Trouble::Refused(reason) => {
            Event::Refused { step, attempt, reason: reason.clone() }
        }
    }
}

fn reconciled(id: &StepId, attempt: u32, verdict: &Reconciled) -> Vec<Event> {
    let step = id.clone();
    match verdict {
        Reconciled::Done(evidence) => {
            vec![Event::Acted { step, attempt, evidence: evidence.clone() }]
        }
        Reconciled::Underway(seen) => vec![Event::Acted {
            step,
            attempt,
            evidence: Evidenced {
                summary: Text::clean(format!("found under way: {seen}")),
                ..Default::default()
            },
        }],
        Reconciled::NotDone(reason) => vec![Event::Failed {
            step,
            attempt,
            failure: Failure::FoundUndone,
            reason: reason.clone(),
        }],
        // Still in doubt: looking goes on, nothing new to write.
        Reconciled::CannotTell(_) => Vec::new(),
    }
}

pub(super) fn rule(
    incident: &Incident,
    id: &StepId,
    ruling: Ruling,
    why: &Text,
    scene: Scene<'_>,
) -> Result<Vec<Event>, Refusal> {
    let (found, record) = step(incident, id)?;
    person(scene.actor)?;
    if !matches!(record.state, StepState::InDoubt { .. }) && !is_spent(found, record) {
        return Err(Refusal::NotInDoubt(id.clone()));
    }
    Ok(vec![Event::Ruled {
        step: id.clone(),
        attempt: record.attempt,
        ruling,
        reason: reason(why)?.clone(),
    }])
}

/// Only a change of verdict is worth a record.
pub(super) fn health(
    incident: &Incident,
    id: &ServiceId,
    healthy: Option<bool>,
    value: &Text,
) -> Vec<Event> {
    // Not having looked yet is no news.
    let known = incident.services.get(id).and_then(|record| record.healthy);
    if known == healthy || !incident.procedure.services.iter().any(|s| s.id == *id) {
        return Vec::new();
    }
    vec![Event::HealthChanged { service: id.clone(), healthy, value: value.clone() }]
}

/// Services that have now been healthy for their window, counted from the moment the last
/// step that touches what they live on was done.
pub(super) fn recoveries(
    incident: &Incident,
    now: Moment,
) -> impl Iterator<Item = Event> + use<'_> {
    incident.procedure.services.iter().filter_map(move |service| {
        let record = incident.services.get(&service.id)?;
        let healthy_since = (record.healthy == Some(true)).then_some(record.since)?;
        let stable = service.objective.stable;
        // Asked at every pulse: most are answered without a look at the steps.
        if record.recovered.is_some() || now - healthy_since < stable {
            return None;
        }
        (now - ready_at(incident, service)? >= stable)
            .then(|| Event::ServiceRecovered { service: service.id.clone() })
    })
}

/// When the last step touching what `service` lives on was through; none while one is not.
/// Where none touches it, all steps count.
fn ready_at(incident: &Incident, service: &Service) -> Option<Moment> {
    let needs = lifeline(incident, service);
    let touches = |step: &Step| {
        step.action.estate().is_some_and(|(resource, ..)| needs.contains(&resource))
    };
    let through = |step: &Step, record: &StepRecord| {
        record.ended_at.filter(|_| record.lets_go(step))
    };
    let declared = Some(incident.clocks.declared);
    let (mut of_all, mut touching) = (declared, None);
    for (step, record) in incident.steps() {
        let at = through(step, record);
        if touches(step) {
            touching = Some(touching.unwrap_or(incident.clocks.declared).max(at?));
        }
        of_all = of_all.zip(at).map(|(latest, at)| latest.max(at));
    }
    touching.or(of_all)
}

/// The resources of a service and of all it depends on.
fn lifeline<'a>(incident: &'a Incident, service: &'a Service) -> Vec<&'a ResourceId> {
    let all = &incident.procedure.services;
    let mut seen: Vec<&ServiceId> = Vec::new();
    let mut open = vec![service];
    let mut resources = Vec::new();
    while let Some(service) = open.pop() {
        if seen.contains(&&service.id) {
            continue;
        }
        seen.push(&service.id);
        resources.extend(&service.uses);
        open.extend(all.iter().filter(|other| service.depends_on.contains(&other.id)));
    }
    resources
}
