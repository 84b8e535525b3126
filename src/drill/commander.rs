//! The automatic player of a headless drill: decides what to do next from the incident
//! alone. Pure. It has the same gestures as a person and no others; whether they are
//! allowed is the engine's to say.

use crate::{
    drill::ledger::Effect,
    engine::{
        Block, Incident, Ruling, StepRecord, StepState,
        gate::{blocks, may_repeat},
        waits,
    },
    model::{Action, Moment, Seat, Span, Step, StepId, Text, Tier},
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
    if let Some((_, why)) = &incident.aborted
        && waits::clean_up(incident).is_empty()
    {
        return vec![Move::Stuck(None, Text::clean(format!("aborted: {why}")))];
    }
    if !incident.seats.contains_key(&Seat::Operator) {
        return vec![Move::TakeSeat(Seat::Operator)];
    }
    if incident.clocks.decided.is_none() && incident.aborted.is_none() {
        return Vec::new();
    }
    let all: Vec<Next> = incident
        .steps()
        .map(|(step, record)| next(incident, (step, record), ledger, now))
        .collect();
    let of = |wanted: fn(&Next) -> Option<&Move>| -> Vec<Move> {
        all.iter().filter_map(wanted).cloned().collect()
    };
    let lead_on = of(|next| if let Next::Now(it) = next { Some(it) } else { None });
    let resting = all.iter().any(|next| matches!(next, Next::Rest));
    let goes_on = resting
        || incident.in_flight().next().is_some()
        || waits::next_moment(incident, now).is_some();
    if !lead_on.is_empty() || goes_on {
        // Something leads on, or will: what does not can wait for it.
        return lead_on;
    }
    // Nothing else will happen: clean-up first, then it is said where it ended.
    let last = of(|next| if let Next::Last(it) = next { Some(it) } else { None });
    if !last.is_empty() {
        return last;
    }
    let stuck = of(|next| if let Next::Stuck(it) = next { Some(it) } else { None });
    if !stuck.is_empty() {
        return stuck;
    }
    close(incident).into_iter().collect()
}

/// What one step asks for now.
enum Next {
    Nothing,
    Now(Move),
    /// Once nothing else is left to do: clean-up past what failed.
    Last(Move),
    /// It is tried again after a rest.
    Rest,
    Stuck(Move),
}

impl From<Option<Move>> for Next {
    fn from(next: Option<Move>) -> Self {
        next.map_or(Self::Nothing, Self::Now)
    }
}

fn close(incident: &Incident) -> Option<Move> {
    let measured =
        incident.clocks.verified.is_some() || incident.procedure.services.is_empty();
    (waits::is_through(incident) && measured)
        .then(|| Move::Close("the drill was played to its end".into()))
}

fn next(
    incident: &Incident,
    (step, record): (&Step, &StepRecord),
    ledger: &[Effect],
    now: Moment,
) -> Next {
    match &record.state {
        StepState::InDoubt { .. } => rule(step, record, ledger).into(),
        StepState::Dispatched
        | StepState::Awaiting
        | StepState::Done { .. }
        | StepState::Skipped { .. } => Next::Nothing,
        StepState::Todo | StepState::Undone => begin(incident, (step, record), now),
        StepState::Failed { failure, reason } => {
            let harmless = may_repeat(step, Some(failure));
            retry(incident, (step, record), harmless, reason, now)
        }
        StepState::Refused { reason } => {
            retry(incident, (step, record), may_repeat(step, None), reason, now)
        }
    }
}

/// A step nobody has tried, when its turn has come.
fn begin(incident: &Incident, (step, record): (&Step, &StepRecord), now: Moment) -> Next {
    if !ready(incident, (step, record), now) {
        return Next::Nothing;
    }
    match start(step, record, now) {
        Some(it) if waits::is_last_resort(incident, step) => Next::Last(it),
        other => other.into(),
    }
}

/// Tries again after a rest that grows: who was busy may not be any more. What the others
/// do not wait for is left as it is.
fn retry(
    incident: &Incident,
    (step, record): (&Step, &StepRecord),
    harmless: bool,
    reason: &Text,
    now: Moment,
) -> Next {
    let over = incident.aborted.is_some() && !step.terms.always;
    if over || record.lets_go(step) {
        return Next::Nothing;
    }
    if !harmless || record.attempt >= ATTEMPTS {
        return give_up(step, reason);
    }
    let rest = Span::secs(REST.as_secs() * i64::from(record.attempt));
    if record.ended_at.is_some_and(|at| now - at < rest) {
        return Next::Rest;
    }
    start(step, record, now).into()
}

fn give_up(step: &Step, reason: &Text) -> Next {
    let why = Text::clean(format!("{}: {reason}", step.id));
    if step.optional {
        Next::Now(Move::Skip(step.id.clone(), why))
    } else {
        Next::Stuck(Move::Stuck(Some(step.id.clone()), why))
    }
}

/// Whether only a yes is missing, if anything.
fn ready(incident: &Incident, (step, record): (&Step, &StepRecord), now: Moment) -> bool {
    blocks(incident, step, record, now).iter().all(|block| {
        matches!(block, Block::NeedsApproval | Block::AwaitsApproval | Block::SoloWait(_))
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
    match record.action(step) {
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
