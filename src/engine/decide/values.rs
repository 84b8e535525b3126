//! Values of a run that somebody gives: looked at, and then on record. The only place where
//! one becomes true.

use std::collections::BTreeMap;

use super::{
    Scene,
    lookup::{person, step},
};
use crate::{
    engine::{
        event::{Confirmation, Event},
        gate::{Block, gate},
        incident::Incident,
        refusal::Refusal,
        values::{asked, open_value},
    },
    model::{Action, Errand, ParameterId, Step, StepId, Text, template::Slot},
};

/// Values, and the step that asked for them, when all it asks for is then given.
pub(super) fn give(
    incident: &Incident,
    given: &BTreeMap<ParameterId, Text>,
    of: Option<&StepId>,
    scene: Scene<'_>,
) -> Result<Vec<Event>, Refusal> {
    person(scene.actor)?;
    let mut values = BTreeMap::new();
    for (id, value) in given {
        let value = checked(incident, id, value)?;
        if incident.value(id) != Some(&value) {
            values.insert(id.clone(), value);
        }
    }
    let mut events = Vec::new();
    if !values.is_empty() {
        events.push(Event::ValuesGiven { values: values.clone(), made_up: false });
    }
    if let Some(id) = of {
        events.extend(answered(incident, id, &values, scene)?);
    }
    Ok(events)
}

fn checked(incident: &Incident, id: &ParameterId, value: &Text) -> Result<Text, Refusal> {
    let Some(open) = open_value(incident, id) else {
        let open = incident.procedure.brief.values.iter();
        let known: Vec<&str> = open
            .filter(|open| open.secret().is_none())
            .map(|open| open.id.as_str())
            .collect();
        let known = if known.is_empty() {
            "nothing is asked for here".to_owned()
        } else {
            format!("there are: {}", known.join(", "))
        };
        return Err(Refusal::NoSuchValue(id.clone(), Text::clean(known)));
    };
    let value =
        open.check(value.as_str()).map_err(|why| Refusal::BadValue(Text::clean(why)))?;
    if incident.value(id).is_none_or(|known| *known == value) {
        return Ok(value);
    }
    match used(incident, id) {
        Some(step) => Err(Refusal::ValueUsed(id.clone(), step)),
        None => Ok(value),
    }
}

/// The first step that has begun with the value: it can be another one no more.
fn used(incident: &Incident, id: &ParameterId) -> Option<StepId> {
    let uses = |step: &Step| {
        step.slots()
            .iter()
            .any(|(slot, _)| matches!(slot, Slot::Parameter(name) if name == id.as_str()))
    };
    let mut begun = incident.steps().filter(|(_, record)| record.attempt > 0);
    begun.find(|(step, _)| uses(step)).map(|(step, _)| step.id.clone())
}

/// The step that asked is done with the answer, as a tick is with what was seen.
fn answered(
    incident: &Incident,
    id: &StepId,
    values: &BTreeMap<ParameterId, Text>,
    scene: Scene<'_>,
) -> Result<Vec<Event>, Refusal> {
    let (found, record) = step(incident, id)?;
    if !matches!(found.action, Action::Errand(Errand::Prompt { .. })) {
        return Err(Refusal::NotAsked(id.clone()));
    }
    let gate = gate(incident, id, scene.evidence, scene.now).unwrap_or_default();
    let blocks: Vec<Block> = gate
        .blocks
        .into_iter()
        .filter(|block| !matches!(block, Block::Unset(_)))
        .collect();
    if !blocks.is_empty() {
        return Err(Refusal::Blocked(blocks));
    }
    if asked(incident, found).iter().any(|open| !values.contains_key(open)) {
        // The rest is asked for next.
        return Ok(Vec::new());
    }
    let value = answers(incident, found, values);
    let attempt = record.attempt + 1;
    let confirmation = Confirmation {
        typed: value.clone(),
        opened_at: scene.now,
        plan_digest: incident.procedure.plan.digest.clone(),
        checks: String::new(),
    };
    let intended = Event::Intended {
        step: id.clone(),
        attempt,
        undo: false,
        confirmation,
        before: None,
        seal: None,
        solo: false,
    };
    Ok(vec![intended, Event::Verified { step: id.clone(), attempt, value }])
}

/// What a step asked for, with the answers: `snapshot = orders-2026, zone = Z1`.
pub(super) fn answers(
    incident: &Incident,
    step: &Step,
    values: &BTreeMap<ParameterId, Text>,
) -> Text {
    let Action::Errand(Errand::Prompt { parameters }) = &step.action else {
        return Text::default();
    };
    let pairs = parameters.iter().filter_map(|id| {
        let value = values.get(id).or_else(|| incident.value(id))?;
        Some(format!("{id} = {value}"))
    });
    Text::clean(pairs.collect::<Vec<_>>().join(", "))
}
