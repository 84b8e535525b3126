//! Commands that write to our own log: ticks, notes, decisions, alarms seen or put aside.

use super::{ask_for, lead::is_open, leave::is_active, say, wish};
use crate::{
    console::{Effect, Model, command::Call, model::Asking},
    engine::{Command as Wish, NoteKind, StepState},
    model::{Action, Text},
    room::Alarm,
};

pub(in crate::console) fn can_tick(model: &Model) -> Result<(), String> {
    is_open(model)?;
    let (_, step, record) = super::act::here(model)?;
    let taken_back = record.undoing && record.state == StepState::Awaiting;
    let action = if taken_back { record.action(step) } else { &step.action };
    if !matches!(action, Action::Manual { .. }) {
        return Err(format!("step {} is not one a person ticks", step.number));
    }
    if taken_back {
        return Ok(());
    }
    match record.state {
        StepState::Todo
        | StepState::Failed { .. }
        | StepState::Refused { .. }
        | StepState::Undone => Ok(()),
        StepState::Dispatched
        | StepState::Awaiting
        | StepState::Done { .. }
        | StepState::InDoubt { .. }
        | StepState::Skipped { .. } => Err(format!("step {} is settled", step.number)),
    }
}

/// A tick is what was observed, never a bare mark.
pub(in crate::console) fn tick(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    match super::act::cursor(model) {
        Some(id) => ask_for(model, Asking::Observed(id), call),
        None => Vec::new(),
    }
}

pub(in crate::console) fn note(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    ask_for(model, Asking::Note, call)
}

pub(in crate::console) fn decide(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    ask_for(model, Asking::Decision, call)
}

/// The alarm on the alarm line: the worst, then the oldest, that nobody has seen or put
/// aside; expected ones make no claim.
pub fn alarm(model: &Model) -> Option<&Alarm> {
    let alarms = model.snapshot.alarms.iter();
    alarms
        .filter(|alarm| !alarm.expected && !model.shelved.contains_key(&alarm.key))
        .min_by_key(|alarm| {
            let seen = model.acknowledged.contains_key(&alarm.key);
            (seen, alarm.severity, alarm.since)
        })
}

pub(in crate::console) fn has_alarm(model: &Model) -> Result<(), String> {
    alarm(model).map(|_| ()).ok_or_else(|| "there is no alarm".to_owned())
}

pub(in crate::console) fn acknowledge(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    let Some(alarm) = alarm(model).cloned() else {
        return Vec::new();
    };
    if model.acknowledged.contains_key(&alarm.key) {
        say(model, "already seen");
        return Vec::new();
    }
    model.acknowledged.insert(alarm.key, call.at);
    say(model, format!("seen: {}", alarm.text));
    remark(model, format!("seen: {}", alarm.text), call, "seen")
}

pub(in crate::console) fn shelve(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    let Some(key) = alarm(model).map(|alarm| alarm.key.clone()) else {
        return Vec::new();
    };
    ask_for(model, Asking::ShelveReason(key), call)
}

/// A line of our own in the timeline, while there is one; `done` is what is said once it
/// stands there.
pub(super) fn remark(
    model: &mut Model,
    words: String,
    call: Call<'_>,
    done: &'static str,
) -> Vec<Effect> {
    if !is_active(model) {
        return Vec::new();
    }
    let text = Text::clean(words);
    let note = Wish::Note { kind: NoteKind::Note, text, pressed_at: call.at };
    wish(model, note, done)
}
