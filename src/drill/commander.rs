//! The automatic player of a headless drill: decides what to do next from the incident
//! alone. Pure. It has the same gestures as a person and no others; whether they are
//! allowed is the engine's to say.

use crate::{
    drill::ledger::Effect,
    engine::{Incident, Ruling, StepRecord, StepState},
    model::{Action, Failure, Moment, Seat, Span, Step, StepId, Text, Tier},
};

/// A step is tried so often before it is given up. Calls that fail before they leave
/// count too, and a sick cloud fails several in a row.
const ATTEMPTS: u32 = 6;

/// The rest before a second attempt; each further one waits that much longer.
const REST: Span = Span::secs(30);

/// What the player does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    TakeSeat(Seat),
    /// Ask for approval.
    Ask(StepId),
    /// Start it, or try again.
    Start(StepId),
    /// Say that a manual step was done, and what was seen.
    Tick(StepId, Text),
    Rule(StepId, Ruling, Text),
    /// Leave out what is optional and cannot be done.
    Skip(StepId, Text),
    /// Everything was done and every service was seen healthy.
    Close(Text),
    /// No move leads on; a person would be needed. The words say why.
    Stuck(Option<StepId>, Text),
}

/// Everything to do now, independent steps side by side; empty means wait.
///
/// `ledger` is what really happened: the automatic player answers for what nobody can
/// look up, and must not guess.
pub fn moves(incident: &Incident, ledger: &[Effect], now: Moment) -> Vec<Move> {
    if incident.is_over() || incident.hold.is_some() {
        return Vec::new();
    }
    if let Some((_, why)) = &incident.aborted {
        return vec![Move::Stuck(None, Text::clean(format!("aborted: {why}")))];
    }
    if !incident.seats.contains_key(&Seat::Operator) {
        return vec![Move::TakeSeat(Seat::Operator)];
    }
    if incident.clocks.decided.is_none() {
        return Vec::new();
    }
    let steps: Vec<Move> = incident
        .steps()
        .filter_map(|(step, record)| next(incident, step, record, ledger, now))
        .collect();
    let stuck = |it: &Move| matches!(it, Move::Stuck(..));
    if steps.iter().any(|it| !stuck(it)) {
        // Something leads on: what does not can wait for it.
        return steps.into_iter().filter(|it| !stuck(it)).collect();
    }
    if incident.in_flight().next().is_some() {
        return Vec::new();
    }
    if !steps.is_empty() {
        return steps;
    }
    close(incident).into_iter().collect()
}

fn close(incident: &Incident) -> Option<Move> {
    let done = incident.steps().all(|(_, record)| record.state.is_settled());
    let measured =
        incident.clocks.verified.is_some() || incident.procedure.services.is_empty();
    (done && measured).then(|| Move::Close("the drill was played to its end".into()))
}

fn next(
    incident: &Incident,
    step: &Step,
    record: &StepRecord,
    ledger: &[Effect],
    now: Moment,
) -> Option<Move> {
    match &record.state {
        StepState::InDoubt { .. } => rule(step, record, ledger),
        StepState::Dispatched
        | StepState::Awaiting
        | StepState::Done { .. }
        | StepState::Skipped { .. } => None,
        StepState::Todo | StepState::Undone => {
            ready(incident, step).then(|| start(step, record, now)).flatten()
        }
        StepState::Failed { failure, reason } => {
            let harmless = matches!(failure, Failure::NotSent | Failure::FoundUndone)
                || step.action.repeatable();
            retry(step, record, harmless, reason, now)
        }
        StepState::Refused { reason } => {
            retry(step, record, step.action.repeatable(), reason, now)
        }
    }
}

/// Tries again after a rest that grows: who was busy may not be any more.
fn retry(
    step: &Step,
    record: &StepRecord,
    harmless: bool,
    reason: &Text,
    now: Moment,
) -> Option<Move> {
    if !harmless || record.attempt >= ATTEMPTS {
        return Some(give_up(step, reason));
    }
    let rest = Span::secs(REST.as_secs() * i64::from(record.attempt));
    let rested = record.ended_at.is_none_or(|at| now - at >= rest);
    rested.then(|| start(step, record, now)).flatten()
}

fn give_up(step: &Step, reason: &Text) -> Move {
    let why = Text::clean(format!("{}: {reason}", step.id));
    if step.optional {
        Move::Skip(step.id.clone(), why)
    } else {
        Move::Stuck(Some(step.id.clone()), why)
    }
}

fn ready(incident: &Incident, step: &Step) -> bool {
    step.needs.iter().all(|need| {
        incident.steps.get(need).is_some_and(|record| record.state.is_settled())
    })
}

/// The gesture that starts `step`; none while an answer is awaited.
fn start(step: &Step, record: &StepRecord, now: Moment) -> Option<Move> {
    let id = step.id.clone();
    let question = matches!(step.action, Action::Approval { .. });
    let second = step.tier == Tier::T4 || step.approval.is_some();
    let approved = record.approval.as_ref().is_some_and(|given| given.until > now);
    if (question || second) && !approved {
        let answered = record.approval.as_ref().map(|given| given.at);
        let waits = record.asked_at.as_ref().is_some_and(|(at, _)| Some(*at) > answered);
        return (!waits).then_some(Move::Ask(id));
    }
    match &step.action {
        Action::Approval { .. } => None,
        Action::Manual { expect, .. } => {
            let seen = expect.clone().unwrap_or_else(|| "done, nothing unusual".into());
            Some(Move::Tick(id, seen))
        }
        Action::Estate { .. }
        | Action::Command(_)
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Wait { .. }
        | Action::Errand(_)
        | Action::Notify { .. } => Some(Move::Start(id)),
    }
}

/// The ruling on what nobody can look up, by what really happened.
fn rule(step: &Step, record: &StepRecord, ledger: &[Effect]) -> Option<Move> {
    match &step.action {
        Action::Command(_) | Action::Errand(_) | Action::Http(_) => {}
        Action::Estate { .. }
        | Action::Check { .. }
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. } => return None,
    }
    let since = record.intended_at?;
    let done = ledger.iter().any(|effect| effect.is_errand_of(&step.id, since));
    let (ruling, words) = if done {
        (Ruling::Done, "the drill's ledger shows it")
    } else {
        (Ruling::NotDone, "the drill's ledger does not show it")
    };
    Some(Move::Rule(step.id.clone(), ruling, words.into()))
}
