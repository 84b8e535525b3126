//! What people say to each other: who may say what, and when it is too late.

use super::{Scene, lookup::person, reason};
use crate::{
    engine::{
        event::Event,
        incident::{Incident, StepState},
        refusal::Refusal,
        respond,
        talk::{Poll, Say, Speech, take_back_limit},
    },
    model::{Moment, PersonId, Span, StepId, Text},
};

/// The longest a task may take: a week. A longer one belongs into a ticket.
const LONGEST_TASK: Span = Span::mins(7 * 24 * 60);

pub(super) fn say(
    incident: &Incident,
    say: &Say,
    scene: Scene<'_>,
) -> Result<Vec<Event>, Refusal> {
    let who = person(scene.actor)?;
    let speech = match say {
        Say::Poll { proposal } => poll(incident, proposal)?,
        Say::Answer { poll, objection } => answer(incident, *poll, objection.as_ref())?,
        Say::ClosePoll { poll, outcome } => {
            let poll = open(incident, *poll)?.number;
            Speech::PollClosed { poll, outcome: reason(outcome)?.clone() }
        }
        Say::GiveTask { to, text, within } => give(to, text, *within, scene.now)?,
        Say::FinishTask { task, words } => {
            let open = incident.talk.open_tasks();
            if !open.iter().any(|known| known.number == *task) {
                return Err(Refusal::NoSuchTask(*task));
            }
            Speech::TaskDone { task: *task, words: reason(words)?.clone() }
        }
        Say::Correct { entry, text, pressed_at } => {
            if *entry == 0 || *entry > incident.seq {
                return Err(Refusal::NoSuchEntry(*entry));
            }
            let text = reason(text)?.clone();
            Speech::Corrected { entry: *entry, text, pressed_at: *pressed_at }
        }
        Say::TakeBack { entry } => take_back(incident, who, *entry, scene.now)?,
        Say::Respond { words }
        | Say::Contact { words, .. }
        | Say::Escalate { words, .. } => {
            reason(words)?;
            let known = respond::known(incident, say);
            known.ok_or_else(|| unknown(incident, say))?
        }
    };
    Ok(vec![Event::Spoken { speech }])
}

/// Why nothing can be said of it.
fn unknown(incident: &Incident, say: &Say) -> Refusal {
    let list = |names: Vec<String>| {
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    };
    let brief = &incident.procedure.brief;
    let words = match say {
        Say::Contact { contact, .. } => {
            let known = brief.contacts.iter().map(|one| one.name.to_string());
            format!(
                "the plan knows nobody outside called `{contact}`; it knows: {}",
                list(known.collect())
            )
        }
        Say::Escalate { stage, .. } => {
            let known = brief.escalation.iter().map(|one| one.order.to_string());
            format!(
                "the escalation has no stage {stage}; it has: {}",
                list(known.collect())
            )
        }
        Say::Respond { .. }
        | Say::Poll { .. }
        | Say::Answer { .. }
        | Say::ClosePoll { .. }
        | Say::GiveTask { .. }
        | Say::FinishTask { .. }
        | Say::Correct { .. }
        | Say::TakeBack { .. } => "no answer to a severity is awaited".to_owned(),
    };
    Refusal::NothingToSay(Text::clean(words))
}

fn poll(incident: &Incident, proposal: &Text) -> Result<Speech, Refusal> {
    match incident.talk.open_poll() {
        Some(poll) => Err(Refusal::PollOpen(poll.proposal.clone())),
        None => Ok(Speech::PollOpened { proposal: reason(proposal)?.clone() }),
    }
}

fn open(incident: &Incident, number: u32) -> Result<&Poll, Refusal> {
    let poll = incident.talk.open_poll().filter(|poll| poll.number == number);
    poll.ok_or(Refusal::NoOpenPoll)
}

fn answer(
    incident: &Incident,
    number: u32,
    objection: Option<&Text>,
) -> Result<Speech, Refusal> {
    let poll = open(incident, number)?.number;
    let objection = objection.map(reason).transpose()?.cloned();
    Ok(Speech::PollAnswered { poll, objection })
}

fn give(
    to: &PersonId,
    text: &Text,
    within: Span,
    now: Moment,
) -> Result<Speech, Refusal> {
    if to.as_str().trim().is_empty() {
        return Err(Refusal::NobodyNamed);
    }
    if within <= Span::ZERO || within > LONGEST_TASK {
        return Err(Refusal::BadLength(within));
    }
    let text = reason(text)?.clone();
    Ok(Speech::TaskGiven { to: to.clone(), text, due: now + within })
}

/// Only one's own newest words, only soon, and only while nothing was built on them.
fn take_back(
    incident: &Incident,
    who: &PersonId,
    entry: u64,
    now: Moment,
) -> Result<Speech, Refusal> {
    let last = incident.talk.last.get(who).filter(|last| last.entry == entry);
    let last = last.ok_or(Refusal::NothingToTakeBack)?;
    let age = now - last.at;
    if age > take_back_limit(incident.mode) {
        return Err(Refusal::TooLate(age));
    }
    if let Some(step) = &last.step {
        unbuilt(incident, step)?;
    }
    Ok(Speech::TakenBack { entry, step: last.step.clone() })
}

/// Whether nothing that needs `step` has begun.
fn unbuilt(incident: &Incident, step: &StepId) -> Result<(), Refusal> {
    let built = incident
        .steps()
        .find(|(other, record)| other.needs.contains(step) && record.attempt > 0);
    if let Some((other, _)) = built {
        return Err(Refusal::BuiltOn(other.id.clone()));
    }
    match incident.step(step) {
        Some((_, record)) if matches!(record.state, StepState::Done { .. }) => Ok(()),
        Some(_) | None => Err(Refusal::NothingToTakeBack),
    }
}
