//! What the row of the next step says about a yes: who asks whom, how it is answered, and
//! what somebody alone can do. It decides nothing.

use super::sight::Sight;
use crate::{
    console::{
        command::{key_of, word_of},
        theme::Role,
        update::act::{answerers, approvers},
        widget::{Field, Row},
    },
    engine::StepRecord,
    model::{Person, PersonId, Step},
};

/// How much what is to be pressed weighs: more than the title, which gives way to it.
pub(super) const PRESS: u8 = 6;

/// By whom and for how long; then only for how long.
pub(super) fn given(sight: &Sight<'_>, record: &StepRecord) -> (Row, Row) {
    match &record.approval {
        Some(approval) if approval.until > sight.now() => {
            let valid = format!("valid {}", (approval.until - sight.now()).clock());
            let long = format!("approved by {}, {valid}", approval.by);
            (Row::text(long), Row::text(format!("approved, {valid}")))
        }
        Some(_) | None => (Row::new(), Row::new()),
    }
}

/// A yes is wanted of whoever sits here.
pub(super) fn asks_you(sight: &Sight<'_>, record: &StepRecord) -> Field {
    let who = record.asked_at.as_ref().map(|(_, who)| name(sight, who));
    let who = who.unwrap_or_else(|| "somebody".to_owned());
    let key = key_of("approve");
    let armed = sight.model.armed_for().is_some();
    let keys = if armed { key } else { format!("{}, then {key}", key_of("arm")) };
    Field::new(PRESS, Row::of(Role::Armed, format!("{who} asks YOU: {keys}")))
        .or(Row::of(Role::Armed, format!("asks YOU: {keys}")))
}

/// What asks for a yes, and whom.
pub(super) fn to_ask(sight: &Sight<'_>, step: &Step) -> Field {
    let execute = key_of("execute");
    let armed = sight.model.armed_for().is_some();
    let keys = if armed { execute } else { format!("{} then {execute}", key_of("arm")) };
    let who = approvers(&sight.incident, step);
    Field::new(PRESS, Row::text(format!("{keys} asks {who} for approval")))
        .or(Row::text(format!("{keys} asks for approval")))
        .or(Row::text(format!("{keys}: approval")))
}

/// It was asked for here: who can answer, where they are reached, and the way alone.
pub(super) fn by_another(sight: &Sight<'_>, step: &Step) -> Field {
    let people = answerers(&sight.incident, step);
    let (approve, solo) = (key_of("approve"), word_of("solo"));
    let told = |one: fn(&Person) -> String| {
        let names: Vec<String> = people.iter().map(|person| one(person)).collect();
        if names.is_empty() { "the commander".to_owned() } else { names.join(" or ") }
    };
    let reached = told(|person| match &person.contact {
        Some(contact) => format!("{} ({contact})", person.name),
        None => person.name.to_string(),
    });
    let names = told(|person| person.name.to_string());
    let row = |words: String| Row::text(words);
    Field::new(PRESS, row(format!("asked {reached}: {approve} there; alone: {solo}")))
        .or(row(format!("asked {reached}; alone: {solo}")))
        .or(row(format!("asked {names}; alone: {solo}")))
        .or(row(format!("asked; alone: {solo}")))
}

/// A person as the plan calls them.
fn name(sight: &Sight<'_>, id: &PersonId) -> String {
    let found = sight.incident.procedure.people.iter().find(|person| person.id == *id);
    found.map_or_else(|| id.to_string(), |person| person.name.to_string())
}
