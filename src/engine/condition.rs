//! Whether the conditions of a step hold. One that does not hold passes the step over; one
//! nobody can tell blocks it, and can only be accepted by name. Pure.

use super::{
    event::Event,
    gate::{Check, Class},
    incident::{Incident, StepRecord, StepState},
    waits::missing,
};
use crate::model::{
    Action, Condition, Errand, Evidence, Mode, Moment, Span, Step, StepEnd, StepId, Text,
    errand::Respond, template::slots,
};

/// What a condition comes to, and what was seen.
struct Judged {
    class: Class,
    seen: String,
    age: Option<Span>,
}

fn holds(yes: bool, seen: String) -> Judged {
    Judged { class: if yes { Class::Pass } else { Class::Fail }, seen, age: None }
}

fn unknown(why: impl Into<String>) -> Judged {
    Judged { class: Class::Unknown, seen: why.into(), age: None }
}

/// Every condition of `step`, and what else it must know to begin, as checks of its gate.
pub(super) fn checks(
    incident: &Incident,
    step: &Step,
    evidence: &Evidence,
    now: Moment,
) -> Vec<Check> {
    let conditions = step.terms.when.iter().map(|condition| {
        let Judged { class, seen, age } = judge(incident, condition, evidence, now);
        Check { name: name(condition), class, value: Text::clean(seen), age }
    });
    conditions.chain(answerable(incident, step, evidence, now)).collect()
}

/// What the gate calls a condition, and an override too.
fn name(condition: &Condition) -> Text {
    Text::clean(format!("only when {condition}"))
}

/// Steps whose turn has come and whose conditions do not hold. HOLD holds this too.
pub(super) fn passed_over(
    incident: &Incident,
    evidence: &Evidence,
    now: Moment,
) -> Vec<Event> {
    if incident.hold.is_some() {
        return Vec::new();
    }
    let steps = incident.steps().filter_map(|(step, record)| {
        let (condition, seen) = fails(incident, (step, record), evidence, now)?;
        let (step, condition) = (step.id.clone(), condition.clone());
        Some(Event::PassedOver { step, condition, seen: Text::clean(seen) })
    });
    steps.collect()
}

/// The first condition that does not hold, when it is the turn of the step and nobody has
/// accepted it by name.
fn fails<'a>(
    incident: &Incident,
    (step, record): (&'a Step, &StepRecord),
    evidence: &Evidence,
    now: Moment,
) -> Option<(&'a Condition, String)> {
    let lives = incident.aborted.is_none() || step.terms.always;
    let turn = record.state == StepState::Todo && lives && !step.terms.when.is_empty();
    if !turn || !missing(incident, step).is_empty() {
        return None;
    }
    step.terms.when.iter().find_map(|condition| {
        let judged = judge(incident, condition, evidence, now);
        let accepted = record.overrides.contains_key(&name(condition));
        (judged.class == Class::Fail && !accepted).then_some((condition, judged.seen))
    })
}

fn judge(
    incident: &Incident,
    condition: &Condition,
    evidence: &Evidence,
    now: Moment,
) -> Judged {
    match condition {
        Condition::Step { step, is } => ended(incident, step, *is),
        Condition::Probe { probe, healthy } => {
            let reading = evidence.probes.get(probe);
            let age = reading.and_then(|reading| reading.age(now));
            match reading.and_then(|reading| reading.fresh(now)) {
                Some(answer) => {
                    let judged =
                        holds(answer.healthy == *healthy, answer.value.to_string());
                    Judged { age, ..judged }
                }
                None => Judged { age, ..unknown("no fresh reading") },
            }
        }
        Condition::Parameter { equals, value, given, .. } => {
            if !slots(given).is_empty() {
                return unknown("nobody has given it a value");
            }
            holds((given == value) == *equals, format!("it is {given}"))
        }
        Condition::Severity(wanted) => match incident.severity() {
            Some(severity) => holds(severity == wanted, format!("it is {severity}")),
            None => unknown("nobody has said how bad it is"),
        },
        Condition::Scenario(wanted) => match scenario(incident) {
            Some(scenario) => holds(scenario == wanted, format!("it is {scenario}")),
            None => unknown("nobody has said which it is"),
        },
        Condition::Drill(wanted) => {
            let drill = incident.mode == Mode::Drill;
            let seen = if drill { "it is a drill" } else { "it is live" };
            holds(drill == *wanted, seen.to_owned())
        }
    }
}

/// The scenario that was chosen, or the only one the runbook answers.
fn scenario(incident: &Incident) -> Option<&crate::model::ScenarioId> {
    let answered = &incident.procedure.runbook.terms.scenarios;
    let only = answered.first().filter(|_| answered.len() == 1);
    incident.procedure.brief.scenario.as_ref().or(only)
}

/// How a step ended; a call or a loop, whose steps stand in its place, ends as they all do.
fn ended(incident: &Incident, id: &StepId, is: StepEnd) -> Judged {
    let under = format!("{id}.");
    let of = incident
        .steps()
        .filter(|(step, _)| step.id == *id || step.id.as_str().starts_with(&under));
    let ends: Vec<Option<Ended>> = of.map(|(step, record)| end(step, record)).collect();
    let all = ends.iter().all(Option::is_some) && !ends.is_empty();
    let any = |wanted: Ended| ends.contains(&Some(wanted));
    if !all {
        return unknown(format!("step {id} has not ended"));
    }
    let (failed, wanted, well) =
        (any(Ended::Failed), any(Ended::Wanted), any(Ended::Well));
    let skipped = ends.iter().all(|end| *end == Some(Ended::Skipped));
    let yes = match is {
        StepEnd::Done => !failed && !well && !skipped,
        StepEnd::Failed => failed || wanted,
        StepEnd::Skipped => skipped,
    };
    let word = match (failed, wanted, well, skipped) {
        (true, ..) => "it failed",
        (_, true, ..) => "it saw the failure it wants",
        (.., true, _) => "it saw no failure",
        (.., true) => "it was skipped",
        (false, false, false, false) => "it is done",
    };
    holds(yes, word.to_owned())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    Done,
    /// A check that wants failure has seen it.
    Wanted,
    Failed,
    /// One that wants failure saw none: it has not failed as a condition asks, for then
    /// what is well would be recovered.
    Well,
    Skipped,
}

fn end(step: &Step, record: &StepRecord) -> Option<Ended> {
    let wants = step.terms.wants_failure;
    match &record.state {
        StepState::Done { .. } if wants => Some(Ended::Wanted),
        StepState::Done { .. } => Some(Ended::Done),
        StepState::Failed { .. } | StepState::Refused { .. } if wants => {
            Some(Ended::Well)
        }
        StepState::Failed { .. } | StepState::Refused { .. } => Some(Ended::Failed),
        StepState::Skipped { .. } => Some(Ended::Skipped),
        StepState::Todo
        | StepState::Dispatched
        | StepState::Awaiting
        | StepState::InDoubt { .. }
        | StepState::Undone => None,
    }
}

/// What an answer to how bad it is must know.
fn answerable(
    incident: &Incident,
    step: &Step,
    evidence: &Evidence,
    now: Moment,
) -> Vec<Check> {
    let Action::Errand(Errand::Respond { respond }) = &step.action else {
        return Vec::new();
    };
    let check = |name: String, seen: Result<String, &str>| {
        let (class, value) = match seen {
            Ok(value) => (Class::Pass, value),
            Err(why) => (Class::Unknown, why.to_owned()),
        };
        Check { name: Text::clean(name), class, value: Text::clean(value), age: None }
    };
    match respond {
        Respond::Severity => {
            let said = incident.severity().map(ToString::to_string);
            let said = said.ok_or("nobody has said how bad it is");
            vec![check("the severity is known".to_owned(), said)]
        }
        Respond::IncidentType => {
            let types = incident.procedure.brief.incident_types.iter();
            types
                .filter_map(|kind| {
                    let reading = evidence.probes.get(kind.probe.as_ref()?);
                    let seen = reading.and_then(|reading| reading.fresh(now));
                    let seen = seen.map(|answer| answer.value.to_string());
                    let name = format!("whether it is {} can be told", kind.id);
                    Some(check(name, seen.ok_or("no fresh reading")))
                })
                .collect()
        }
    }
}
