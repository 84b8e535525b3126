//! The values a procedure leaves open, and which of its parts have slots: what a run asks
//! for, and where it fills in.

use std::collections::BTreeSet;

use super::Choice;
use crate::{
    model::{
        Action, Condition, Errand, OpenValue, ParameterId, Procedure, Source, Text,
        template::{Slot, slots},
    },
    plan::{
        Plan,
        language::{Closed, Items, Said},
        parameter::Parameter,
    },
};

impl Plan {
    /// The parameter of that name, as a run asks for it; none when it has its value.
    pub fn open_value(&self, id: &ParameterId) -> Option<OpenValue> {
        let one = self.parameters.iter().find(|one| one.id == id.as_str())?;
        one.value.is_none().then(|| open(self, one, &[]))
    }
}

/// Notes in the procedure's brief what is open in it.
pub(super) fn settle(plan: &Plan, procedure: &mut Procedure, choice: &Choice) {
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    let mut want = |found: Vec<(Slot, String)>| {
        let named = found.into_iter().filter_map(|(slot, _)| name(slot));
        wanted.extend(named);
    };
    let beside =
        [slots(&procedure.estate), slots(&procedure.sites), slots(&procedure.probes)];
    procedure.brief.slots_beside = beside.iter().any(|found| !found.is_empty());
    beside.into_iter().for_each(&mut want);
    let mut slotted = BTreeSet::new();
    for step in procedure.runbook.steps() {
        let found = step.slots();
        if !found.is_empty() {
            slotted.insert(step.id.clone());
        }
        want(found);
        // What takes it back has slots of its own.
        want(slots(&step.terms.undo));
    }
    procedure.brief.slotted = slotted;
    wanted.extend(asked(procedure));
    let inputs = &procedure.runbook.terms.inputs;
    let open = plan.parameters.iter().filter(|one| {
        let given = choice.inputs.contains_key(&ParameterId::new(&one.id));
        one.value.is_none() && !given && wanted.contains(&one.id)
    });
    procedure.brief.values = open.map(|one| self::open(plan, one, inputs)).collect();
    let lists = procedure.brief.values.iter().filter_map(|open| open.list.as_ref());
    procedure.brief.slots_beside |= lists.into_iter().any(|list| !slots(list).is_empty());
    let known =
        |id: &ParameterId| plan.parameters.iter().any(|one| one.id == id.as_str());
    let given = choice.inputs.iter().filter(|(id, _)| known(id));
    procedure.brief.given =
        given.map(|(id, value)| (id.clone(), Text::clean(value))).collect();
    let hosts = plan.file.host.items().iter().filter_map(|row| {
        let via = row.via.items().iter().map(|word| word.value.clone());
        Some((row.id.get()?.clone(), via.collect()))
    });
    procedure.brief.hosts = hosts.collect();
}

/// Parameters a run asks for without their standing anywhere.
fn asked(procedure: &Procedure) -> Vec<String> {
    let mut asked: Vec<ParameterId> = procedure.runbook.terms.inputs.clone();
    for step in procedure.runbook.steps() {
        if let Action::Errand(Errand::Prompt { parameters }) = &step.action {
            asked.extend(parameters.iter().cloned());
        }
        asked.extend(step.terms.when.iter().filter_map(|condition| match condition {
            Condition::Parameter { parameter, .. } => Some(parameter.clone()),
            Condition::Step { .. }
            | Condition::Probe { .. }
            | Condition::Severity(_)
            | Condition::Scenario(_)
            | Condition::Drill(_) => None,
        }));
    }
    asked.into_iter().map(|id| id.to_string()).collect()
}

fn name(slot: Slot) -> Option<String> {
    match slot {
        Slot::Parameter(id) => Some(id),
        Slot::RunTime { .. }
        | Slot::RunEpoch
        | Slot::Incident { .. }
        | Slot::Output { .. }
        | Slot::Each
        | Slot::ProbeValue
        | Slot::Between { .. }
        | Slot::Listed { .. } => None,
    }
}

fn open(plan: &Plan, one: &Parameter, inputs: &[ParameterId]) -> OpenValue {
    let (id, row) = (ParameterId::new(&one.id), &one.row);
    let list = match &one.source {
        Source::Pick(list) => plan.lists.get(list).cloned(),
        Source::Literal | Source::Env(_) | Source::Secret(_) | Source::Prompt => None,
    };
    OpenValue {
        source: one.source.clone(),
        ask: row.doc.get().cloned().unwrap_or_else(|| Text::clean(&one.id)),
        example: row.example.get().map(Text::clean),
        values: row
            .values
            .items()
            .iter()
            .map(|found| Text::clean(&found.value))
            .collect(),
        needed: row.required.get() == Some(&true) || inputs.contains(&id),
        kind: row.kind.get().map(|kind| Text::clean(kind.word_of())).unwrap_or_default(),
        pattern: row.pattern.get().map(Text::clean),
        list,
        id,
    }
}
