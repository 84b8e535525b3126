//! One runbook with the steps of those it calls in their place, and a step for each item
//! of a loop. What is called shares the caller's clock; its steps' ids begin with the
//! step that called them.

use std::collections::BTreeMap;

use super::rename::{self, Names};
use crate::{
    model::{
        Action, Errand, ParameterId, Phase, PhaseId, PhaseTerms, Runbook, RunbookId,
        Step, StepId, Text, template::Slot,
    },
    plan::Plan,
};

/// A step and where it was written.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub step: Step,
    pub from: (RunbookId, StepId),
    /// The step of the runbook that is run which it stands for, or in place of.
    pub of: StepId,
}

/// A phase and its steps.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub phase: Phase,
    pub steps: Vec<Placed>,
}

/// Calls deeper than this are a circle, and were reported as one.
const DEEPEST: u32 = 8;

/// The parts of `runbook`, without calls and loops.
pub(super) fn unfold(plan: &Plan, runbook: &Runbook) -> Vec<Part> {
    unfold_to(plan, runbook, 0)
}

fn unfold_to(plan: &Plan, runbook: &Runbook, depth: u32) -> Vec<Part> {
    let mut parts = Vec::new();
    // What now stands for a step others wait for.
    let mut ends: BTreeMap<StepId, Vec<StepId>> = BTreeMap::new();
    for phase in &runbook.phases {
        let bare = Phase { steps: Vec::new(), ..phase.clone() };
        let mut part = Part { phase: bare, steps: Vec::new() };
        let mut after = Vec::new();
        for step in &phase.steps {
            let placed = Placed {
                step: step.clone(),
                from: (runbook.id.clone(), step.id.clone()),
                of: step.id.clone(),
            };
            match callee(plan, step).filter(|_| depth < DEEPEST) {
                Some((called, inputs)) => {
                    let inner = unfold_to(plan, called, depth + 1);
                    let (inner, sinks) = under(step, &inner, inputs);
                    ends.insert(step.id.clone(), sinks);
                    place(&mut part, &mut after, inner);
                }
                None if step.terms.each.is_empty() => part.steps.push(placed),
                None => {
                    let copies = loops(&placed);
                    let ids = copies.iter().map(|one| one.step.id.clone()).collect();
                    ends.insert(step.id.clone(), ids);
                    part.steps.extend(copies);
                }
            }
        }
        parts.push(part);
        parts.append(&mut after);
    }
    for placed in parts.iter_mut().flat_map(|part| &mut part.steps) {
        let needs = std::mem::take(&mut placed.step.needs);
        let stands =
            |need: StepId| ends.get(&need).cloned().unwrap_or_else(|| vec![need]);
        placed.step.needs = needs.into_iter().flat_map(stands).collect();
    }
    parts
}

type Inputs<'p> = &'p BTreeMap<ParameterId, String>;

fn callee<'p>(plan: &'p Plan, step: &'p Step) -> Option<(&'p Runbook, Inputs<'p>)> {
    let Action::Errand(Errand::Call { runbook, inputs, .. }) = &step.action else {
        return None;
    };
    plan.runbook(runbook).map(|runbook| (runbook, inputs))
}

/// One part without a time of its own is merged into the caller's; several keep theirs.
fn place(part: &mut Part, after: &mut Vec<Part>, mut inner: Vec<Part>) {
    let plain =
        |one: &Part| one.phase.time.is_none() && one.phase.terms == PhaseTerms::default();
    if inner.len() == 1 && inner.iter().all(plain) {
        part.steps.extend(inner.remove(0).steps);
    } else {
        after.append(&mut inner);
    }
}

/// What is called, under the name of the step that calls it, and what others then wait for.
fn under(call: &Step, inner: &[Part], inputs: Inputs<'_>) -> (Vec<Part>, Vec<StepId>) {
    let steps = || inner.iter().flat_map(|part| &part.steps);
    if steps().next().is_none() {
        return (vec![stub(call)], vec![call.id.clone()]);
    }
    let name = |id: &StepId| StepId::new(format!("{}.{id}", call.id));
    let names = Names { step: &name, resource: &Clone::clone, probe: &Clone::clone };
    let mut given = |slot: &Slot| match slot {
        Slot::Parameter(id) => inputs.get(&ParameterId::new(id)).cloned(),
        Slot::RunTime { .. }
        | Slot::RunEpoch
        | Slot::Incident { .. }
        | Slot::Output { .. }
        | Slot::Each
        | Slot::ProbeValue
        | Slot::Between { .. }
        | Slot::Listed { .. } => None,
    };
    let sinks: Vec<StepId> = steps()
        .filter(|one| !steps().any(|other| other.step.needs.contains(&one.step.id)))
        .map(|one| name(&one.step.id))
        .collect();
    let mut parts = Vec::new();
    for part in inner {
        let mut phase = part.phase.clone();
        phase.id = PhaseId::new(format!("{}.{}", call.id, phase.id));
        if let Some(hold) = &mut phase.terms.hold {
            hold.back = hold.back.iter().map(name).collect();
        }
        let steps = part.steps.iter().map(|placed| {
            let renamed = rename::step(&placed.step.filled(&mut given), &names);
            Placed {
                step: called(call, renamed, &placed.step, &name),
                of: call.id.clone(),
                ..placed.clone()
            }
        });
        parts.push(Part { phase, steps: steps.collect() });
    }
    if let Some(last) = sinks.last() {
        let mut all = parts.iter_mut().flat_map(|part| &mut part.steps);
        if let Some(last) = all.find(|one| one.step.id == *last) {
            let restores = &mut last.step.terms.meaning.restores;
            restores.extend(call.terms.meaning.restores.iter().cloned());
        }
    }
    (parts, sinks)
}

/// A step of what is called, on its caller's terms as well as its own.
fn called(
    call: &Step,
    mut step: Step,
    inner: &Step,
    name: &dyn Fn(&StepId) -> StepId,
) -> Step {
    step.needs = if inner.needs.is_empty() {
        call.needs.clone()
    } else {
        inner.needs.iter().map(name).collect()
    };
    step.owner = step.owner.or_else(|| call.owner.clone());
    step.optional |= call.optional;
    let terms = &mut step.terms;
    terms.within.insert(0, call.id.clone());
    terms.when = call.terms.when.iter().cloned().chain(terms.when.drain(..)).collect();
    terms.always |= call.terms.always;
    terms.shared |= call.terms.shared;
    terms.not_before = terms.not_before.max(call.terms.not_before);
    if inner.needs.is_empty() {
        terms.delay = terms.delay.max(call.terms.delay);
    }
    step
}

/// A runbook nobody has written: a person does it.
fn stub(call: &Step) -> Part {
    let text = Text::clean(format!("{}: nobody has written this runbook", call.name));
    let action = Action::Manual { text, expect: None };
    let step = Step { action, ..call.clone() };
    let phase = Phase {
        id: PhaseId::new(call.id.as_str()),
        name: call.name.clone(),
        time: None,
        terms: PhaseTerms::default(),
        steps: Vec::new(),
    };
    let from = (RunbookId::new(call.id.as_str()), call.id.clone());
    Part { phase, steps: vec![Placed { step, from, of: call.id.clone() }] }
}

/// A step for each item.
fn loops(placed: &Placed) -> Vec<Placed> {
    let step = &placed.step;
    step.terms
        .each
        .iter()
        .enumerate()
        .map(|(index, item)| {
            let mut copy = step.filled(&mut |slot| match slot {
                Slot::Each => Some(item.clone()),
                Slot::Parameter(_)
                | Slot::RunTime { .. }
                | Slot::RunEpoch
                | Slot::Incident { .. }
                | Slot::Output { .. }
                | Slot::ProbeValue
                | Slot::Between { .. }
                | Slot::Listed { .. } => None,
            });
            let word: String = item
                .chars()
                .filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
                .collect();
            let word = if word.is_empty() { (index + 1).to_string() } else { word };
            copy.id = StepId::new(format!("{}.{word}", step.id));
            copy.name = Text::clean(format!("{}: {item}", step.name));
            copy.terms.each.clear();
            Placed { step: copy, ..placed.clone() }
        })
        .collect()
}
