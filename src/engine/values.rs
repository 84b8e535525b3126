//! What the slots of a run are worth: values people gave, the moment it was declared, what
//! steps answered. The same slot is worth the same in a preview and in the call. Pure.
//!
//! Nothing of a secret is here but the name of its variable: a step keeps a slot of that
//! name, and hands put the value in when they send it. In a drill every slot that nobody
//! filled gets a stand-in, for nothing real is called.

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

use sha2::{Digest, Sha256};

use super::{
    event::{Event, Record},
    incident::Incident,
};
use crate::model::{
    Actor, Errand, IncidentId, Mark, Mode, Moment, OpenValue, ParameterId, PersonId,
    Procedure, Seat, Span, Step, Text,
    template::{self, Slot},
    value::{MASK, is_plain},
};

/// A value as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    pub value: Text,
    /// Who gave it, or began the step for which a drill made it up.
    pub by: Option<PersonId>,
    pub at: Moment,
}

/// All values of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values {
    /// The procedure as it was recorded, with its slots; none where it has none beside its
    /// steps.
    written: Option<Arc<Procedure>>,
    pub given: BTreeMap<ParameterId, Given>,
}

/// Who looks at what was filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum For {
    /// Hands: a secret is the slot of its variable.
    Hands,
    /// People, and the record: a secret is masked.
    Eyes,
}

impl Incident {
    /// The incident as it would begin if `procedure` were declared now: nothing is.
    pub fn imagined(mode: Mode, procedure: &Procedure, now: Moment) -> Option<Self> {
        let declared = Event::Declared {
            mode,
            procedure: Box::new(procedure.clone()),
            impact_at: now,
            reason: Text::default(),
        };
        let given =
            Event::ValuesGiven { values: procedure.brief.given.clone(), made_up: false };
        let record = |seq, event| Record {
            seq,
            at: now,
            stamp: None,
            actor: Actor::System,
            epoch: 0,
            event,
            prev: String::new(),
            hash: String::new(),
        };
        let mut records = vec![record(1, declared)];
        if !procedure.brief.given.is_empty() {
            records.push(record(2, given));
        }
        Self::fold(&IncidentId::new("undeclared"), &records).ok()
    }

    /// The value of a parameter, if somebody gave it.
    pub fn value(&self, id: &ParameterId) -> Option<&Text> {
        self.values.given.get(id).map(|given| &given.value)
    }

    /// Takes in what `record` gives.
    pub(super) fn take_values(
        &mut self,
        record: &Record,
        values: &BTreeMap<ParameterId, Text>,
    ) {
        let (by, at) = (record.actor.person(), record.at);
        for (id, value) in values {
            let given = Given { value: value.clone(), by: by.cloned(), at };
            self.values.given.insert(id.clone(), given);
        }
        self.refill();
    }

    /// Another procedure is in force: its estate, sites and probes are filled as far as
    /// they can be.
    pub(super) fn settle(&mut self, procedure: Arc<Procedure>) {
        if procedure.brief.slots_beside {
            self.values.written = Some(Arc::clone(&procedure));
            self.procedure = procedure;
            self.refill();
        } else {
            self.values.written = None;
            self.procedure = procedure;
        }
    }

    /// What is known has changed.
    pub(super) fn refill(&mut self) {
        let Some(written) = self.values.written.clone() else { return };
        let mut worth = |slot: &Slot| steady(self, slot);
        let estate = written.estate.iter();
        let estate = estate.map(|one| template::fill_all(one, &mut worth)).collect();
        let sites = written.sites.iter();
        let sites = sites.map(|one| template::fill_all(one, &mut worth)).collect();
        let probes = written.probes.iter();
        let probes = probes.map(|one| template::fill_all(one, &mut worth)).collect();
        let mut filled = Procedure { sites, estate, probes, ..written.as_ref().clone() };
        for open in &mut filled.brief.values {
            let list = open.list.take();
            open.list = list.map(|list| template::fill_all(&list, &mut worth));
        }
        self.procedure = Arc::new(filled);
    }
}

/// What does not change while a run goes on, once it is known: what eyes look with.
fn steady(incident: &Incident, slot: &Slot) -> Option<String> {
    match slot {
        Slot::Parameter(_)
        | Slot::RunTime { .. }
        | Slot::RunEpoch
        | Slot::Output { .. } => worth(incident, slot, For::Hands),
        Slot::Incident { .. }
        | Slot::Each
        | Slot::ProbeValue
        | Slot::Between { .. }
        | Slot::Listed { .. } => None,
    }
}

/// `step` as hands are given it. What still is a slot is the variable of a secret, or
/// nobody can fill it, and then [`missing`] says so.
pub fn for_hands(incident: &Incident, step: &Step) -> Step {
    filled(incident, step, For::Hands)
}

/// `step` as people read it.
pub fn for_eyes(incident: &Incident, step: &Step) -> Step {
    filled(incident, step, For::Eyes)
}

fn filled(incident: &Incident, step: &Step, of: For) -> Step {
    if !is_slotted(incident, step) {
        return step.clone();
    }
    step.filled(&mut |slot| worth(incident, slot, of))
}

/// Looking through a step takes a while, and screens ask for all of them.
fn is_slotted(incident: &Incident, step: &Step) -> bool {
    incident.procedure.brief.slotted.contains(&step.id)
}

fn slots(incident: &Incident, step: &Step) -> Vec<(Slot, String)> {
    if is_slotted(incident, step) { step.slots() } else { Vec::new() }
}

fn worth(incident: &Incident, slot: &Slot, of: For) -> Option<String> {
    let drill = incident.mode == Mode::Drill;
    let found = known(incident, slot, of);
    // What came from outside is never filled in again.
    let found = found.filter(|text| is_plain(text) || is_variable(incident, slot, of));
    found.or_else(|| drill.then(|| stand_in(incident, slot)).flatten())
}

fn known(incident: &Incident, slot: &Slot, of: For) -> Option<String> {
    let declared = incident.clocks.declared;
    match slot {
        Slot::Parameter(id) => {
            let id = ParameterId::new(id);
            if let Some(given) = incident.value(&id) {
                return Some(given.to_string());
            }
            let variable = open_value(incident, &id)?.secret()?;
            Some(match (of, incident.mode) {
                (For::Hands, Mode::Live) => format!("${{{variable}}}"),
                (For::Hands, Mode::Drill) | (For::Eyes, _) => MASK.to_owned(),
            })
        }
        Slot::RunTime { shift, format } => {
            Some(template::time(declared, *shift, format.as_deref()))
        }
        Slot::RunEpoch => Some((declared.as_millis() / 1000).to_string()),
        Slot::Incident { field, format } => {
            about(incident, field, format.as_deref()).map(|text| text.to_string())
        }
        Slot::Output { step, output } => {
            let record = incident.steps.get(&step.as_str().into())?;
            let evidence = record.evidence.as_ref()?;
            evidence.outputs.get(output).map(ToString::to_string)
        }
        Slot::Between { from, to } => {
            let moment = |mark: &str| incident.moment(&Mark::new(mark));
            let length = moment(to)? - moment(from)?;
            Some(length.as_secs().to_string())
        }
        Slot::Each | Slot::ProbeValue | Slot::Listed { .. } => None,
    }
}

fn is_variable(incident: &Incident, slot: &Slot, of: For) -> bool {
    let Slot::Parameter(id) = slot else { return false };
    let open = open_value(incident, &ParameterId::new(id));
    of == For::Hands && open.is_some_and(|open| open.secret().is_some())
}

/// Declared as one a run may still need.
pub fn open_value<'a>(incident: &'a Incident, id: &ParameterId) -> Option<&'a OpenValue> {
    incident.procedure.brief.values.iter().find(|open| open.id == *id)
}

fn about(incident: &Incident, field: &str, format: Option<&str>) -> Option<Text> {
    let procedure = &incident.procedure;
    let text = |id: &str| Some(Text::clean(id));
    match field {
        "id" => text(incident.id.as_str()),
        "time" => text(&template::time(incident.clocks.declared, Span::ZERO, format)),
        "scenario" => text(procedure.brief.scenario.as_ref()?.as_str()),
        "severity" => text(procedure.runbook.terms.severity.as_ref()?.as_str()),
        "commander" => text(incident.seats.get(&Seat::Commander)?.as_str()),
        _ => None,
    }
}

/// Made up for a drill: what the plan gives as an example, else a name that says what it is.
fn stand_in(incident: &Incident, slot: &Slot) -> Option<String> {
    match slot {
        Slot::Parameter(id) => {
            let open = open_value(incident, &ParameterId::new(id));
            let made = open.map(|open| open.stand_in().to_string());
            Some(made.unwrap_or_else(|| format!("drill-{id}")))
        }
        Slot::Output { output, .. } => Some(format!("drill-{output}")),
        Slot::Incident { field, .. } => Some(format!("drill-{field}")),
        Slot::Listed { list, index } => Some(format!("drill-{list}-{index}")),
        Slot::ProbeValue | Slot::Between { .. } => Some("0".to_owned()),
        Slot::Each | Slot::RunTime { .. } | Slot::RunEpoch => None,
    }
}

/// Parameters of `step` a drill makes up, with what it makes of them: said when it begins.
pub fn made_up(incident: &Incident, step: &Step) -> BTreeMap<ParameterId, Text> {
    if incident.mode == Mode::Live {
        return BTreeMap::new();
    }
    let asked = match step.action.errand() {
        Some(Errand::Prompt { parameters }) => parameters.clone(),
        Some(_) | None => Vec::new(),
    };
    let slots = slots(incident, step).into_iter().filter_map(|(slot, _)| match slot {
        Slot::Parameter(id) => Some(ParameterId::new(id)),
        Slot::RunTime { .. }
        | Slot::RunEpoch
        | Slot::Incident { .. }
        | Slot::Output { .. }
        | Slot::Each
        | Slot::ProbeValue
        | Slot::Between { .. }
        | Slot::Listed { .. } => None,
    });
    asked
        .into_iter()
        .chain(slots)
        .filter(|id| incident.value(id).is_none())
        .filter_map(|id| Some((open_value(incident, &id)?, id)))
        .filter(|(open, _)| open.secret().is_none())
        .map(|(open, id)| (id, open.stand_in()))
        .collect()
}

/// Values `step` itself asks for and nobody has given.
pub fn asked(incident: &Incident, step: &Step) -> Vec<ParameterId> {
    let Some(Errand::Prompt { parameters }) = step.action.errand() else {
        return Vec::new();
    };
    parameters.iter().filter(|id| incident.value(id).is_none()).cloned().collect()
}

/// What `step` comes to with its slots filled, as a digest: a dialog that was drawn from
/// other values confirms nothing. None for a step without slots.
pub fn digest(incident: &Incident, step: &Step) -> Option<String> {
    if slots(incident, step).is_empty() {
        return None;
    }
    let filled = for_eyes(incident, step);
    let text = serde_json::to_string(&(&filled.action, &filled.terms.expect)).ok()?;
    let digest = Sha256::digest(text.as_bytes());
    let word = digest.iter().take(6).fold(String::from("values="), |mut word, byte| {
        // Writing to a string cannot fail.
        write!(word, "{byte:02x}").ok();
        word
    });
    Some(word)
}

/// What keeps `step` from the real world: each value nobody can fill in, with how it is
/// given. Nothing in a drill.
pub fn missing(incident: &Incident, step: &Step) -> Vec<Text> {
    if incident.mode == Mode::Drill {
        return Vec::new();
    }
    let mut missing: Vec<Text> = Vec::new();
    let mut add = |words: String| {
        let words = Text::clean(words);
        if !missing.contains(&words) {
            missing.push(words);
        }
    };
    let open = slots(incident, step);
    let secret = |slot: &Slot| is_variable(incident, slot, For::Hands);
    if open.iter().any(|(slot, _)| secret(slot)) {
        let exposed = step.action.exposed(step.terms.host.is_some());
        for (_, written) in exposed.iter().filter(|(slot, _)| secret(slot)) {
            add(format!(
                "{written} is a secret and would show on a command line; give it by `env`"
            ));
        }
    }
    for (slot, written) in open {
        if worth(incident, &slot, For::Hands).is_none() {
            add(lacking(incident, &slot, &written));
        }
    }
    for id in asked(incident, step) {
        let open = open_value(incident, &id);
        add(open.map_or_else(|| id.to_string(), OpenValue::how));
    }
    for name in beside(incident, step) {
        add(name);
    }
    missing
}

/// Parameters nobody had set when the procedure was made, that what the step works on
/// cannot do without.
fn beside(incident: &Incident, step: &Step) -> Vec<String> {
    let unset = incident.procedure.unset.get(&step.id);
    let words = |name: &Text| {
        let of = |open: &&OpenValue| {
            open.id.as_str() == name.as_str() || open.variable() == Some(name.as_str())
        };
        let open = incident.procedure.brief.values.iter().find(of);
        match open {
            Some(open) if incident.value(&open.id).is_some() => None,
            Some(open) => Some(open.how()),
            None => Some(format!("{name} (set it, then resume with --plan and --adopt)")),
        }
    };
    unset.into_iter().flatten().filter_map(words).collect()
}

fn lacking(incident: &Incident, slot: &Slot, written: &str) -> String {
    match slot {
        Slot::Parameter(id) => {
            let open = open_value(incident, &ParameterId::new(id));
            open.map_or_else(
                || format!("{id} (the plan gives it no value)"),
                OpenValue::how,
            )
        }
        Slot::Output { step, output } => {
            let found = incident.procedure.runbook.step(&step.as_str().into());
            let number =
                found.map_or_else(String::new, |step| format!("{} ", step.number));
            format!("{output} of step {number}{step}, which has not answered with it")
        }
        Slot::Between { from, to } => {
            format!("{written} ({from} and {to} are not both stamped)")
        }
        Slot::Incident { field, .. } => {
            format!("the incident's {field}, which nobody has said")
        }
        Slot::Listed { .. } => {
            format!("{written} (which one is a choice: make it a parameter)")
        }
        Slot::ProbeValue | Slot::Each | Slot::RunTime { .. } | Slot::RunEpoch => {
            format!("{written} (nothing here gives it a value)")
        }
    }
}
