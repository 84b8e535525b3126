//! Values of a run at the keyboard: asked for one after the other, each on record as soon as
//! it is written. What was only typed here is nobody's value yet.

use super::{ask_for, say, suggest};
use crate::{
    console::{
        Effect, Model,
        command::{Call, word_of},
        model::{Asking, Overlay, Wanting},
    },
    engine::{
        Command as Wish, Incident,
        values::{asked, open_value},
    },
    model::{Mode, OpenValue, ParameterId, Step, StepId, Text},
};

/// Values people are asked for and nobody has given.
fn open(incident: &Incident) -> impl Iterator<Item = &OpenValue> {
    let values = incident.procedure.brief.values.iter();
    values.filter(|open| open.secret().is_none() && incident.value(&open.id).is_none())
}

pub(in crate::console) fn can_give(model: &Model) -> Result<(), String> {
    super::lead::is_open(model)?;
    let incident = model.snapshot.incident.as_ref();
    let any = incident.is_some_and(|incident| {
        incident.procedure.brief.values.iter().any(|open| open.secret().is_none())
    });
    if any { Ok(()) } else { Err("this run asks for no values".to_owned()) }
}

/// `set NAME=VALUE` gives it; `set NAME` asks for it; `set` asks for the first that is open.
pub(in crate::console) fn give(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    let Some(incident) = model.snapshot.incident.clone() else { return Vec::new() };
    let (name, value) = match call.args.split_once('=') {
        Some((name, value)) => (name.trim(), Some(value.trim())),
        None => (call.args.trim(), None),
    };
    let id = if name.is_empty() {
        let mut values: Vec<&OpenValue> = open(&incident).collect();
        values.sort_by_key(|open| !open.needed);
        let Some(first) = values.first() else {
            let why = format!("every value is given; {} changes one", word_of("set"));
            say(model, why);
            return Vec::new();
        };
        first.id.clone()
    } else {
        ParameterId::new(name)
    };
    let asking = Asking::Value { id, step: None };
    let args = value.unwrap_or_default();
    ask_for(model, asking, Call { args, at: call.at })
}

/// Asks for what `step` asks for; none when it has all it wants.
pub(super) fn of_step(
    model: &mut Model,
    incident: &Incident,
    step: &Step,
    call: Call<'_>,
) -> Option<Vec<Effect>> {
    let id = asked(incident, step).into_iter().next()?;
    let made_up = stand_in(incident, &id);
    let asking = Asking::Value { id, step: Some(step.id.clone()) };
    Some(suggest(model, asking, made_up, Call { args: "", at: call.at }))
}

/// What Enter takes in a drill while nothing is typed.
fn stand_in(incident: &Incident, id: &ParameterId) -> String {
    let open = open_value(incident, id).filter(|_| incident.mode == Mode::Drill);
    open.map(|open| open.stand_in().to_string()).unwrap_or_default()
}

/// What was written, to the room. The next one is asked for once it is on record.
pub(super) fn written(
    model: &mut Model,
    id: &ParameterId,
    step: Option<&StepId>,
    value: Text,
) -> Wish {
    model.wanting = Some(step.map_or(Wanting::Needed, |id| Wanting::Step(id.clone())));
    Wish::Give { values: [(id.clone(), value)].into(), step: step.cloned() }
}

/// A new snapshot: if somebody began giving values, the next open one is asked for.
pub(super) fn go_on(model: &mut Model) {
    if model.overlay.is_some() || !model.pending.is_empty() {
        return;
    }
    let Some(incident) = model.snapshot.incident.clone() else { return };
    let Some(wanting) = model.wanting.take() else { return };
    let (id, step) = match wanting {
        Wanting::Needed => {
            let next = open(&incident).find(|open| open.needed && open.is_asked());
            (next.map(|open| open.id.clone()), None)
        }
        Wanting::Step(id) => {
            let step = incident.procedure.runbook.step(&id);
            let next = step.and_then(|step| asked(&incident, step).into_iter().next());
            (next, Some(id))
        }
    };
    let Some(id) = id else { return };
    let made_up = stand_in(&incident, &id);
    let at = model.now;
    // It only opens a line: nothing is asked of the room.
    drop(suggest(model, Asking::Value { id, step }, made_up, Call { args: "", at }));
}

/// What there is to pick from, and why there is nothing where there should be.
pub fn choices(model: &Model, id: &ParameterId) -> Result<Vec<Text>, Text> {
    let Some(incident) = &model.snapshot.incident else { return Ok(Vec::new()) };
    let written = open_value(incident, id).map(|open| open.values.clone());
    match written.filter(|values| !values.is_empty()) {
        Some(values) => Ok(values),
        None => model.snapshot.choices.get(id).cloned().unwrap_or_else(|| Ok(Vec::new())),
    }
}

/// Puts the next thing there is to pick on the line, or the one before.
pub(super) fn pick(model: &mut Model, forward: bool) {
    let Some(Overlay::Prompt(prompt)) = &model.overlay else { return };
    let Asking::Value { id, .. } = &prompt.asking else { return };
    let choices = choices(model, id).unwrap_or_default();
    let at = choices.iter().position(|choice| choice.as_str() == prompt.typed);
    let next = match (at, forward) {
        (Some(at), true) => at + 1,
        (Some(at), false) => at + choices.len().saturating_sub(1),
        (None, true) => 0,
        (None, false) => choices.len().saturating_sub(1),
    };
    let found = choices.get(next.checked_rem(choices.len()).unwrap_or(0));
    if let (Some(Overlay::Prompt(prompt)), Some(found)) = (&mut model.overlay, found) {
        found.as_str().clone_into(&mut prompt.typed);
    }
}
