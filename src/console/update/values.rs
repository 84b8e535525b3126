//! Values of a run at the keyboard: each is asked for because somebody pressed a key, and is
//! on record as soon as it is written. What was only typed here is nobody's value yet. No
//! line opens by itself: it would eat keys that were meant for something else.

use super::{ask_for, say, suggest};
use crate::{
    console::{
        Effect, Model,
        command::{Call, word_of},
        model::{Asking, Overlay, Prompt},
    },
    engine::{
        Incident,
        values::{asked, open_value},
    },
    model::{Errand, Mode, OpenValue, ParameterId, Source, Step, Text, template::Slot},
};

/// Values people are asked for and nobody has given.
fn open(incident: &Incident) -> impl Iterator<Item = &OpenValue> {
    let values = incident.procedure.brief.values.iter();
    values.filter(|open| open.secret().is_none() && incident.value(&open.id).is_none())
}

/// Values people can give that `step` cannot begin without, in the order of the plan. A
/// drill makes up what no step asks for itself.
pub(in crate::console) fn wanted(incident: &Incident, step: &Step) -> Vec<ParameterId> {
    let own = asked(incident, step);
    if incident.mode == Mode::Drill {
        return own;
    }
    let slots = step.slots();
    let unset = incident.procedure.unset.get(&step.id);
    let unset: Vec<&str> = unset.into_iter().flatten().map(Text::as_str).collect();
    let filled = |id: &ParameterId| {
        let is_it =
            |slot: &Slot| matches!(slot, Slot::Parameter(name) if name == id.as_str());
        slots.iter().any(|(slot, _)| is_it(slot))
    };
    let wants = |open: &&OpenValue| {
        let variable = open.variable().is_some_and(|name| unset.contains(&name));
        own.contains(&open.id)
            || filled(&open.id)
            || variable
            || unset.contains(&open.id.as_str())
    };
    open(incident).filter(wants).map(|open| open.id.clone()).collect()
}

/// What a run does not begin without and somebody can know before any step looks: what is
/// picked from a list is asked for at the step that needs it.
pub(in crate::console) fn known_before(incident: &Incident) -> Option<&ParameterId> {
    let now = |value: &&OpenValue| value.needed && value.source == Source::Prompt;
    let live = incident.mode == Mode::Live;
    open(incident).find(now).map(|value| &value.id).filter(|_| live)
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

/// Asks for what `step` wants; none when it has all of it.
pub(super) fn of_step(
    model: &mut Model,
    incident: &Incident,
    step: &Step,
    call: Call<'_>,
) -> Option<Vec<Effect>> {
    let id = wanted(incident, step).into_iter().next()?;
    let made_up = stand_in(incident, &id);
    // Only a step that is a question is done by its answer.
    let question = matches!(step.action.errand(), Some(Errand::Prompt { .. }));
    let asking = Asking::Value { id, step: question.then(|| step.id.clone()) };
    Some(suggest(model, asking, made_up, Call { args: "", at: call.at }))
}

/// What Enter takes in a drill while nothing is typed.
fn stand_in(incident: &Incident, id: &ParameterId) -> String {
    let open = open_value(incident, id).filter(|_| incident.mode == Mode::Drill);
    open.map(|open| open.stand_in().to_string()).unwrap_or_default()
}

/// Why what stands on the line is not taken: the list that is known does not hold it. Said
/// with its name in the palette it is.
pub(super) fn unlisted(model: &Model, prompt: &Prompt) -> Option<String> {
    let Asking::Value { id, .. } = &prompt.asking else { return None };
    let typed = prompt.typed.trim();
    let known = choices(model, id).unwrap_or_default();
    let listed = known.iter().any(|choice| choice.as_str() == typed);
    if typed.is_empty() || known.is_empty() || listed {
        return None;
    }
    let set = word_of("set");
    Some(format!(
        "`{typed}` is not listed: Tab picks; {set} {id}={typed} gives it anyway"
    ))
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
