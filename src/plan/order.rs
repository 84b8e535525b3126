//! What is certain to have happened before a step begins. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Runbook, Span, Step, StepId};

/// Which steps come before which, through any chain of `needs`.
#[derive(Debug)]
pub(super) struct Order<'p> {
    steps: BTreeMap<&'p StepId, &'p Step>,
    before: BTreeMap<&'p StepId, BTreeSet<&'p StepId>>,
}

impl<'p> Order<'p> {
    /// Steps of one name count as one, and a circle comes before itself: whatever is wrong
    /// with a runbook, this ends.
    pub(super) fn of(runbook: &'p Runbook) -> Self {
        let steps: BTreeMap<&StepId, &Step> =
            runbook.steps().map(|step| (&step.id, step)).collect();
        let mut before: BTreeMap<&StepId, BTreeSet<&StepId>> = BTreeMap::new();
        let mut changed = true;
        while changed {
            changed = false;
            for step in runbook.steps() {
                let mut all: BTreeSet<&StepId> = step.needs.iter().collect();
                for need in &step.needs {
                    all.extend(before.get(need).into_iter().flatten().copied());
                }
                let known = before.entry(&step.id).or_default();
                let count = known.len();
                known.append(&mut all);
                changed |= known.len() > count;
            }
        }
        Self { steps, before }
    }

    /// The steps that must be settled before `step` begins.
    pub(super) fn before(&self, step: &StepId) -> impl Iterator<Item = &'p Step> {
        let ids = self.before.get(step).into_iter().flatten();
        ids.filter_map(|id| self.steps.get(*id).copied())
    }

    /// Whether `one` must be settled before `other` begins.
    pub(super) fn is_before(&self, one: &StepId, other: &StepId) -> bool {
        self.before.get(other).is_some_and(|before| before.contains(one))
    }

    /// How long the longest chain of steps takes, each at its median, and its steps.
    pub(super) fn longest(&self) -> (Span, Vec<&'p Step>) {
        let mut ends: BTreeMap<&StepId, (Span, Vec<&'p Step>)> = BTreeMap::new();
        let mut open: Vec<&'p Step> = self.steps.values().copied().collect();
        // Fewest before it first: a step's needs are always done with.
        open.sort_by_key(|step| self.before.get(&step.id).map_or(0, BTreeSet::len));
        for step in open {
            let longest = step.needs.iter().filter_map(|need| ends.get(need));
            let (start, mut path) =
                longest.max_by_key(|(end, _)| *end).cloned().unwrap_or_default();
            path.push(step);
            ends.insert(&step.id, (start + step.estimate.p50, path));
        }
        ends.into_values().max_by_key(|(end, _)| *end).unwrap_or_default()
    }
}
