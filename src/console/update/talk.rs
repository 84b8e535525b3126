//! What people say to each other: polls, tasks, corrections, words taken back.

use std::collections::BTreeSet;

use super::{
    ask_for,
    lead::{is_declared, is_open},
    say, suggest, wish,
};
use crate::{
    console::{
        Effect, Model,
        command::{Call, key_of},
        model::Asking,
    },
    engine::{
        Command as Wish, Incident, Poll, Record, Say,
        talk::{Last, TAKE_BACK},
    },
    model::{Mode, Moment, PersonId, Span, Text},
    room::Snapshot,
};

/// How long a task takes when nobody says.
const TASK_FOR: Span = Span::mins(10);

pub(in crate::console) fn can_talk(model: &Model) -> Result<(), String> {
    is_open(model)
}

fn incident(model: &Model) -> Option<&Incident> {
    model.snapshot.incident.as_deref()
}

/// One key for the three parts of a poll: ask, answer, close.
pub(in crate::console) fn poll(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    let me = &model.session.person;
    let (asking, suggested) = match incident(model).and_then(|open| open.talk.open_poll())
    {
        None => (Asking::Proposal, proposed(model)),
        Some(poll) if poll.by == *me || poll.answers.contains_key(me) => {
            (Asking::Outcome(poll.number), poll.tally())
        }
        Some(poll) => (Asking::Objection(poll.number), String::new()),
    };
    suggest(model, asking, suggested, call)
}

/// What is most likely asked about: the next step, with where it happens.
fn proposed(model: &Model) -> String {
    let step = incident(model).and_then(Incident::next);
    step.map_or_else(String::new, |step| {
        format!("step {}, {}", step.number, step.title())
    })
}

pub(in crate::console) fn task(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    ask_for(model, Asking::Task, call)
}

/// `@name 5m text`, or `done 2 words`.
///
/// # Errors
/// What is missing, for the line that stays open.
pub(super) fn task_of(
    model: &Model,
    words: &str,
) -> Result<(Say, &'static str), &'static str> {
    let (first, rest) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
    let rest = rest.trim();
    if let Some(name) = first.strip_prefix('@').filter(|name| !name.is_empty()) {
        let (word, text) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let (within, text) = match word.parse::<Span>() {
            Ok(within) => (within, text.trim()),
            Err(_) => (TASK_FOR, rest),
        };
        if text.is_empty() {
            return Err("say what is to be done: @name 5m text");
        }
        let to = person(model, name);
        let text = Text::clean(text);
        return Ok((Say::GiveTask { to, text, within }, "the task is given"));
    }
    let (word, said) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    match (first, word.parse()) {
        ("done", Ok(task)) => {
            let said = if said.trim().is_empty() { "done" } else { said.trim() };
            let words = Text::clean(said);
            Ok((Say::FinishTask { task, words }, "the task is done"))
        }
        _ => Err("a task goes to one person: @name 5m text, or done NUMBER"),
    }
}

/// The one person `word` can mean: of those at the table, else of the plan, else somebody
/// nobody here knows.
fn person(model: &Model, word: &str) -> PersonId {
    let seated: BTreeSet<&PersonId> =
        incident(model).into_iter().flat_map(|open| open.seats.values()).collect();
    let people = model.snapshot.procedure.people.iter();
    let planned = people.map(|person| &person.id).collect();
    let known = one_of(&seated, word).or_else(|| one_of(&planned, word));
    known.unwrap_or_else(|| PersonId::new(Text::clean(word).as_str()))
}

/// The name that is `word`, else the only one with `word` in it.
fn one_of(names: &BTreeSet<&PersonId>, word: &str) -> Option<PersonId> {
    let wanted = word.to_lowercase();
    let lower = |id: &PersonId| id.as_str().to_lowercase();
    if let Some(id) = names.iter().find(|id| lower(id) == wanted) {
        return Some((*id).clone());
    }
    let mut parts = names.iter().filter(|id| lower(id).contains(&wanted));
    match (parts.next(), parts.next()) {
        (Some(one), None) => Some((*one).clone()),
        (Some(_) | None, _) => None,
    }
}

/// The record that would be corrected: the one under the cursor, else my newest.
fn target(model: &Model) -> Option<&Record> {
    let mut newest = model.snapshot.timeline.iter().rev();
    match model.entry {
        Some(seq) => newest.find(|record| record.seq == seq),
        None => newest.find(|record| {
            record.actor.person().is_some_and(|who| *who == model.session.person)
        }),
    }
}

pub(in crate::console) fn can_correct(model: &Model) -> Result<(), String> {
    is_declared(model)?;
    let choose = || format!("choose an entry: {}, then j and k", key_of("timeline"));
    target(model).map(|_| ()).ok_or_else(choose)
}

/// Entries never change: a correction stands beside its entry.
pub(in crate::console) fn correct(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    match target(model).map(|record| record.seq) {
        Some(seq) => ask_for(model, Asking::Correction(seq), call),
        None => Vec::new(),
    }
}

fn last(model: &Model) -> Option<&Last> {
    incident(model)?.talk.last.get(&model.session.person)
}

pub(in crate::console) fn can_take_back(model: &Model) -> Result<(), String> {
    is_open(model)?;
    let last = last(model).ok_or("you wrote no tick and no note lately")?;
    let age = model.now - last.at;
    let limit = match model.session.mode {
        Mode::Live => TAKE_BACK,
        Mode::Drill => model.human(TAKE_BACK),
    };
    if age > limit {
        let correct = key_of("correct");
        return Err(format!("that was {} ago: {correct} corrects it", age.clock()));
    }
    Ok(())
}

/// My last tick or note. The record stays, and says that it was taken back.
pub(in crate::console) fn take_back(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    let Some((entry, tick)) = last(model).map(|last| (last.entry, last.step.is_some()))
    else {
        return Vec::new();
    };
    let done = if tick {
        "the tick is taken back: the step is open again"
    } else {
        "the note is taken back; its record stays"
    };
    wish(model, Wish::Say(Say::TakeBack { entry }), done)
}

/// What others said that wants an answer here: told once, when it comes.
pub(super) fn heard(model: &mut Model, before: &Snapshot) {
    let me = model.session.person.clone();
    let (Some(now), was) = (incident(model), before.incident.as_deref()) else {
        return;
    };
    let known = |count: fn(&Incident) -> usize| was.map_or(0, count);
    let polls = known(|was| was.talk.polls.len());
    let tasks = known(|was| was.talk.tasks.len());
    let poll = now.talk.polls.iter().skip(polls).find(|poll| poll.by != me);
    let given = now.talk.tasks.iter().skip(tasks).find(|task| task.to == me);
    let words = if let Some(poll) = poll {
        Some(format!("{} asks: strong objections to {}?", poll.by, poll.proposal))
    } else if let Some(task) = given {
        Some(format!("{} asks you: {}", task.by, task.text))
    } else {
        objected(now.talk.open_poll(), was)
    };
    if let Some(words) = words {
        say(model, words);
    }
}

/// An objection nobody had made before.
fn objected(poll: Option<&Poll>, was: Option<&Incident>) -> Option<String> {
    let poll = poll?;
    let old = was.and_then(|was| was.talk.open_poll());
    let (who, why) = poll.objections().find(|(who, why)| {
        let answer = old.and_then(|old| old.answers.get(*who));
        answer.is_none_or(|answer| answer.as_ref() != Some(*why))
    })?;
    Some(format!("{who} objects: {why}"))
}

/// A task whose time ran out between two looks: somebody has to ask.
pub(super) fn overdue(model: &mut Model, before: Moment) {
    let now = model.now;
    let late = incident(model).and_then(|open| {
        let open = open.talk.open_tasks();
        let over = open.iter().find(|task| task.due > before && task.due <= now)?;
        Some(format!("task {} is OVER: @{} {}", over.number, over.to, over.text))
    });
    if let Some(words) = late {
        say(model, words);
    }
}
