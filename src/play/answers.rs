//! What scripted colleagues say when somebody asks them: answers to polls, tasks done.
//! Pure: derived from the incident alone. They open no poll and give no task.

use crate::{
    drill::{Act, Cast},
    engine::{Command, Incident, Poll, Say, StepState, Task},
    model::{Actor, Moment, PersonId, Seat, Span, Text},
};

/// The first answer comes after this long; a game must not take minutes.
const FIRST: Span = Span::secs(6);

/// The next seat answers that much later.
const APART: Span = Span::secs(4);

/// Parts of its time, in percent, that a task takes: every third one is late, for people
/// are, and an operator has to learn to ask.
const TAKES: [i64; 3] = [50, 80, 120];

/// The first thing to be said by `now`.
pub(super) fn due(cast: &Cast, incident: &Incident, now: Moment) -> Option<Act> {
    if incident.is_over() {
        return None;
    }
    let polled = incident.talk.open_poll();
    let answers = seated(cast, incident).filter_map(|(at, seat, who)| {
        let poll =
            polled.filter(|poll| poll.by != *who && !poll.answers.contains_key(who))?;
        Some(answer(cast, incident, poll, (at, seat, who)))
    });
    let tasks = incident.talk.open_tasks().into_iter();
    let done = tasks.filter_map(|task| finish(cast, incident, task));
    answers.chain(done).find(|act| act.due_at <= now)
}

/// Seats that are theirs now, in order.
fn seated<'a>(
    cast: &'a Cast,
    incident: &'a Incident,
) -> impl Iterator<Item = (usize, Seat, &'a PersonId)> {
    let all = cast.seats.iter().enumerate();
    all.filter(|(_, (seat, who))| incident.seats.get(seat) == Some(who))
        .map(|(at, (seat, who))| (at, *seat, who))
}

fn answer(
    cast: &Cast,
    incident: &Incident,
    poll: &Poll,
    (at, seat, who): (usize, Seat, &PersonId),
) -> Act {
    let later =
        i64::try_from(at).unwrap_or(0) * APART.as_secs() + luck(cast, poll.number);
    let objection = if seat == Seat::Commander { objection(incident) } else { None };
    Act {
        actor: Actor::Scripted { name: who.clone() },
        command: Command::Say(Say::Answer { poll: poll.number, objection }),
        due_at: poll.at + FIRST + Span::secs(later),
    }
}

/// A commander lets nobody go on while nobody knows what was done.
fn objection(incident: &Incident) -> Option<Text> {
    let mut steps = incident.steps();
    let doubted =
        steps.find(|(_, record)| matches!(record.state, StepState::InDoubt { .. }));
    let (step, _) = doubted?;
    Some(Text::clean(format!("step {} is in doubt: look first", step.number)))
}

fn finish(cast: &Cast, incident: &Incident, task: &Task) -> Option<Act> {
    let (.., who) = seated(cast, incident).find(|(.., who)| **who == task.to)?;
    let part = usize::try_from(luck(cast, task.number)).ok();
    let percent = part.and_then(|part| TAKES.get(part)).copied().unwrap_or(100);
    let takes = (task.due - task.given_at).as_millis() * percent / 100;
    Some(Act {
        actor: Actor::Scripted { name: who.clone() },
        command: Command::Say(Say::FinishTask {
            task: task.number,
            words: "done".into(),
        }),
        due_at: task.given_at + Span::millis(takes),
    })
}

/// 0, 1 or 2, and another one in another drill.
fn luck(cast: &Cast, number: u32) -> i64 {
    i64::try_from(cast.seed.wrapping_add(u64::from(number)) % 3).unwrap_or(0)
}
