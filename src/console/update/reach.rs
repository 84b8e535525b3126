//! Who was reached: that one is on it oneself, people outside, stages of the escalation.

use super::{ask_for, lead::is_open, say};
use crate::{
    console::{
        Effect, Model,
        command::{Call, key_of},
        model::Asking,
    },
    engine::{Event, Incident, Say, respond},
    model::Text,
    room::Snapshot,
};

fn incident(model: &Model) -> Result<&Incident, String> {
    is_open(model)?;
    model.snapshot.incident.as_deref().ok_or_else(|| "nothing is declared".to_owned())
}

pub(in crate::console) fn can_respond(model: &Model) -> Result<(), String> {
    let incident = incident(model)?;
    let severity = key_of("severity");
    respond::awaited(incident)
        .map(|_| ())
        .ok_or_else(|| format!("no answer is awaited: {severity} says how bad it is"))
}

pub(in crate::console) fn respond(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    ask_for(model, Asking::Respond, call)
}

pub(in crate::console) fn can_contact(model: &Model) -> Result<(), String> {
    if respond::outside(incident(model)?).is_empty() {
        return Err("the plan names nobody outside".to_owned());
    }
    Ok(())
}

pub(in crate::console) fn contacted(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    ask_for(model, Asking::Contact, call)
}

pub(in crate::console) fn can_escalate(model: &Model) -> Result<(), String> {
    if respond::stages(incident(model)?).is_empty() {
        return Err("the plan has no escalation".to_owned());
    }
    Ok(())
}

pub(in crate::console) fn escalated(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    ask_for(model, Asking::Escalate, call)
}

/// A number, and words after it.
fn numbered(line: &str) -> Option<(u32, Text)> {
    let (number, words) = line.trim().split_once(char::is_whitespace)?;
    Some((number.parse().ok()?, Text::clean(words.trim())))
}

/// `2 case 4711 opened`, by the number the screen gives them.
///
/// # Errors
/// What is missing, for the line that stays open.
pub(super) fn contact(model: &Model, line: &str) -> Result<Say, &'static str> {
    const HOW: &str = "write their number and what came of it: 2 case 4711 opened";
    let (number, words) = numbered(line).ok_or(HOW)?;
    let known = incident(model).map(respond::outside).unwrap_or_default();
    let place = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
    let one = place.and_then(|place| known.get(place));
    let contact = one.ok_or("nobody outside has that number")?.name.clone();
    Ok(Say::Contact { contact, words })
}

/// `1 called at home`, by the stage's own number.
///
/// # Errors
/// What is missing, for the line that stays open.
pub(super) fn escalate(model: &Model, line: &str) -> Result<Say, &'static str> {
    const HOW: &str = "write the stage's number and how they were told: 1 called";
    let (stage, words) = numbered(line).ok_or(HOW)?;
    let all = incident(model).map(respond::stages).unwrap_or_default();
    if !all.iter().any(|(one, _)| one.order == stage) {
        return Err("the escalation has no such stage");
    }
    Ok(Say::Escalate { stage, words })
}

/// What a severity that was just named asks for: told once.
pub(super) fn named(model: &mut Model, before: &Snapshot) {
    let last = before.timeline.last().map_or(0, |record| record.seq);
    let mut new = model.snapshot.timeline.iter().rev();
    let named = new.by_ref().take_while(|record| record.seq > last).find_map(|record| {
        let Event::SeveritySet { severity, .. } = &record.event else { return None };
        Some(severity.clone())
    });
    let asks = named.and_then(|severity| {
        let incident = model.snapshot.incident.as_deref()?;
        let asks = respond::asks(incident, &severity)?;
        let key = key_of("respond");
        let awaited = respond::awaited(incident).map(|_| format!(": {key} when you are"));
        Some(format!("{severity}: {asks}{}", awaited.unwrap_or_default()))
    });
    if let Some(words) = asks {
        say(model, words);
    }
}
