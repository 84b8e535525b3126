//! From a command to events, or to a refusal. Everything that may happen passes here.

mod lookup;
mod people;
mod report;
mod start;
mod talk;
mod values;

use super::{
    closing,
    command::Command,
    condition,
    event::Event,
    incident::{Incident, StepRecord, StepState},
    raise, recovery,
    refusal::Refusal,
    talk::Say,
    waits, watch,
};
use crate::model::{Action, Actor, Evidence, Failure, Moment, Span, Step, Text};

/// What a decision may rest on besides the incident itself.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    pub evidence: &'a Evidence,
    pub actor: &'a Actor,
    pub now: Moment,
}

/// Decides `command`, and what the plan wants told of what comes of it. The events are not
/// yet true: they become so when the journal has them.
///
/// # Errors
/// [`Refusal`]; nothing happens then.
pub fn decide(
    incident: &Incident,
    command: &Command,
    scene: Scene<'_>,
) -> Result<Vec<Event>, Refusal> {
    let mut events = decided(incident, command, scene)?;
    events.extend(raise::raises(incident, &events, scene.now));
    events.extend(recovery::out_of_order(incident, &events));
    Ok(events)
}

fn decided(
    incident: &Incident,
    command: &Command,
    scene: Scene<'_>,
) -> Result<Vec<Event>, Refusal> {
    if incident.is_over() && !may_follow(command) {
        return Err(Refusal::Over);
    }
    match command {
        Command::MoveImpact { at, reason } => move_impact(incident, *at, reason, scene),
        Command::TakeSeat { seat, person } => {
            Ok(vec![Event::SeatTaken { seat: *seat, person: person.clone() }])
        }
        Command::Decide { words } => {
            Ok(vec![Event::Decided { words: reason(words)?.clone() }])
        }
        Command::Note { kind, text, pressed_at } => Ok(vec![Event::Noted {
            kind: *kind,
            text: reason(text)?.clone(),
            pressed_at: *pressed_at,
        }]),
        Command::Say(say) => talk::say(incident, say, scene),
        Command::Hold { reason } => Ok(hold(incident, reason)),
        Command::Resume if incident.hold.is_some() => Ok(vec![Event::Resumed]),
        Command::Resume => Err(Refusal::NotHeld),
        Command::Abort { reason: why } => {
            Ok(vec![Event::Aborted { reason: reason(why)?.clone() }])
        }
        Command::Close { summary, typed } => close(incident, summary, typed),
        Command::AskApproval { step } => people::ask(incident, step, scene),
        Command::Approve { step, words } => people::approve(incident, step, words, scene),
        Command::AskSolo { step, reason } => people::solo(incident, step, reason, scene),
        Command::Override { step, check, reason } => {
            people::accept(incident, step, check, reason, scene)
        }
        Command::Execute { step, confirmation } => {
            start::execute(incident, step, confirmation, scene)
        }
        Command::Tick { step, observed } => start::tick(incident, step, observed, scene),
        Command::Undo { step, confirmation } => {
            start::undo(incident, step, confirmation, scene)
        }
        Command::Skip { step, reason } => start::skip(incident, step, reason),
        Command::Rule { step, ruling, reason } => {
            report::rule(incident, step, *ruling, reason, scene)
        }
        Command::AdoptPlan { procedure, reason: why } => adopt(incident, procedure, why),
        Command::Report { step, attempt, report } => {
            report::report(incident, step, *attempt, report)
        }
        Command::Health { service, healthy, value } => {
            Ok(report::health(incident, service, *healthy, value))
        }
        Command::ClockStepped { by } => Ok(vec![Event::ClockStepped { by: *by }]),
        Command::LeaseTaken { holder, epoch } => {
            let mut events =
                vec![Event::LeaseTaken { holder: holder.clone(), epoch: *epoch }];
            events.extend(recover(incident));
            Ok(events)
        }
        Command::Pulse => Ok(pulse(incident, scene)),
        Command::EndWatch { phase, reason } => {
            people::end_watch(incident, phase, reason, scene)
        }
        Command::SetSeverity { severity, reason } => {
            people::set_severity(incident, severity, reason, scene)
        }
        Command::Give { values, step } => {
            values::give(incident, values, step.as_ref(), scene)
        }
    }
}

/// What may still be written down of an incident that is closed.
const fn may_follow(command: &Command) -> bool {
    matches!(command, Command::Note { .. } | Command::Say(Say::Correct { .. }))
}

/// What a process must write before it acts on a journal it has just read: every call
/// whose answer it never saw is in doubt. What only looks is simply undone.
fn recover(incident: &Incident) -> Vec<Event> {
    incident
        .steps()
        .filter(|(_, record)| record.state == StepState::Dispatched)
        .map(|(step, record)| {
            let (id, attempt) = (step.id.clone(), record.attempt);
            let action = record.action(step);
            let looks = matches!(action, Action::Http(_) | Action::Errand(_))
                && action.observable();
            if looks && !step.terms.once {
                let reason = Text::clean("the console ended before the answer came");
                Event::Failed { step: id, attempt, failure: Failure::FoundUndone, reason }
            } else {
                let why = Text::clean("the console ended before it knew the outcome");
                Event::Doubted { step: id, attempt, why }
            }
        })
        .collect()
}

/// What time alone brings about: missed deadlines, finished waits, stability windows, steps
/// whose conditions do not hold, holds of phases.
fn pulse(incident: &Incident, scene: Scene<'_>) -> Vec<Event> {
    let now = scene.now;
    let steps = incident.steps().filter_map(|(step, record)| {
        let since = now - record.acted_at?;
        if record.state != StepState::Awaiting {
            return None;
        }
        let (id, attempt) = (step.id.clone(), record.attempt);
        if let Action::Wait { length } = record.action(step) {
            let value = Text::clean(format!("waited {}", length.clock()));
            return (since >= *length).then_some(Event::Verified {
                step: id,
                attempt,
                value,
            });
        }
        (since >= step.verify.timeout).then(|| unseen(incident, step, record, scene))
    });
    steps
        .chain(condition::passed_over(incident, scene.evidence, now))
        .chain(watch::pulse(incident, scene.evidence, now))
        .chain(report::recoveries(incident, now))
        .collect()
}

/// Its goal was not observed in time. What a program did that never ended nobody knows.
fn unseen(
    incident: &Incident,
    step: &Step,
    record: &StepRecord,
    scene: Scene<'_>,
) -> Event {
    let (id, attempt) = (step.id.clone(), record.attempt);
    let mut why = format!("not observed within {}", step.verify.timeout);
    if let Some(seen) = lookup::last_seen(incident, step, scene.evidence) {
        why += &format!("; last seen: {seen}");
    }
    let why = Text::clean(why);
    let evidence = record.evidence.as_ref();
    let ended = evidence.is_some_and(|evidence| evidence.exit.is_some());
    if record.action(step).leaves_word() && !ended {
        return Event::Doubted { step: id, attempt, why };
    }
    Event::Failed { step: id, attempt, failure: Failure::NotVerified, reason: why }
}

fn hold(incident: &Incident, why: &Text) -> Vec<Event> {
    if incident.hold.is_some() {
        // HOLD on HOLD is a yes already given.
        return Vec::new();
    }
    vec![Event::Held { reason: why.clone() }]
}

fn close(
    incident: &Incident,
    summary: &Text,
    typed: &Text,
) -> Result<Vec<Event>, Refusal> {
    let busy: Vec<_> = incident.in_flight().map(|step| step.id.clone()).collect();
    if !busy.is_empty() {
        return Err(Refusal::InFlight(busy));
    }
    let left = waits::clean_up(incident);
    if !left.is_empty() {
        let left = left.into_iter().map(|step| step.id.clone()).collect();
        return Err(Refusal::CleanUpLeft(left));
    }
    if let Some(left) = closing::left(incident)
        && typed.as_str() != closing::WORD
    {
        return Err(Refusal::NotThrough(Text::clean(left)));
    }
    Ok(vec![Event::Closed { summary: summary.clone() }])
}

/// How far back an impact may be dated.
const OLDEST_IMPACT: Span = Span::mins(60 * 24 * 30);

fn move_impact(
    incident: &Incident,
    at: Moment,
    why: &Text,
    scene: Scene<'_>,
) -> Result<Vec<Event>, Refusal> {
    let bad = |why| Refusal::BadMoment(Text::clean(at.rfc3339()), why);
    if at > scene.now {
        return Err(bad("it has not come yet"));
    }
    if incident.clocks.declared - at > OLDEST_IMPACT {
        return Err(bad("more than 30 days before the declaration"));
    }
    Ok(vec![Event::ImpactMoved { at, reason: reason(why)?.clone() }])
}

fn adopt(
    incident: &Incident,
    procedure: &crate::model::Procedure,
    why: &Text,
) -> Result<Vec<Event>, Refusal> {
    let why = reason(why)?;
    let lost = incident.steps().find(|(step, record)| {
        record.attempt > 0 && procedure.runbook.step(&step.id).is_none()
    });
    if let Some((step, _)) = lost {
        return Err(Refusal::PlanLosesStep(step.id.clone()));
    }
    Ok(vec![Event::PlanAdopted {
        procedure: Box::new(procedure.clone()),
        reason: why.clone(),
    }])
}

/// A text somebody has to have written.
fn reason(text: &Text) -> Result<&Text, Refusal> {
    if text.as_str().trim().is_empty() { Err(Refusal::ReasonMissing) } else { Ok(text) }
}
