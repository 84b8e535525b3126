//! What a runbook may count on from others: what those it calls have done before a step, and,
//! where it is only ever called, what all of its callers have done before they call it.

use std::collections::{BTreeMap, BTreeSet};

use super::deed::{self, Deed};
use crate::{
    model::{Action, Condition, Errand, Runbook, Step, StepId},
    plan::Plan,
};

/// Calls deeper than this were reported as a circle.
const DEEPEST: u32 = 8;

#[derive(Debug, Default)]
pub(super) struct Around<'p> {
    /// Of each call, what the runbook it calls does.
    pub called: Vec<(&'p StepId, Deed<'p>)>,
    /// None where nobody calls it, or where it answers something by itself.
    pub callers: Vec<Caller<'p>>,
}

/// Everything that is certain to be settled before a caller calls.
#[derive(Debug)]
pub(super) struct Caller<'p> {
    pub steps: Vec<&'p Step>,
    pub deeds: Vec<Deed<'p>>,
}

impl<'p> Around<'p> {
    pub(super) fn of(plan: &'p Plan, runbook: &'p Runbook) -> Self {
        let calls = runbook.steps().filter(|step| call(step).is_some());
        let called = calls.flat_map(|step| {
            let deeds = within(plan, step, 0).into_iter();
            deeds.map(|deed| (&step.id, deed))
        });
        let called = called.collect();
        if !runbook.terms.scenarios.is_empty() {
            return Self { called, callers: Vec::new() };
        }
        let callers = plan.runbooks.iter().filter_map(|other| {
            let mut steps = other.steps();
            let at = steps.find(|step| call(step) == Some(&runbook.id))?;
            let steps: Vec<&Step> = before(other, at);
            let deeds = steps.iter().flat_map(|step| deep(plan, other, step, 0));
            Some(Caller { deeds: deeds.collect(), steps })
        });
        Self { called, callers: callers.collect() }
    }

    /// Whether every caller has done something like this before it calls.
    pub(super) fn callers_did(&self, done: impl Fn(&Deed<'_>) -> bool) -> bool {
        let did = |caller: &Caller<'_>| {
            caller.deeds.iter().any(|deed| certain(deed.step) && done(deed))
        };
        !self.callers.is_empty() && self.callers.iter().all(did)
    }

    /// Whether every caller has a step like this before it calls.
    pub(super) fn callers_have(&self, is: impl Fn(&Step) -> bool) -> bool {
        let has = |caller: &Caller<'_>| caller.steps.iter().any(|step| is(step));
        !self.callers.is_empty() && self.callers.iter().all(has)
    }
}

fn call(step: &Step) -> Option<&crate::model::RunbookId> {
    match &step.action {
        Action::Errand(Errand::Call { runbook, .. }) => Some(runbook),
        Action::Errand(_)
        | Action::Estate { .. }
        | Action::Command(_)
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. } => None,
    }
}

/// The steps that are settled before `at`, through any chain of `needs`.
fn before<'p>(runbook: &'p Runbook, at: &'p Step) -> Vec<&'p Step> {
    let steps: BTreeMap<&StepId, &Step> =
        runbook.steps().map(|step| (&step.id, step)).collect();
    let mut open: Vec<&StepId> = at.needs.iter().collect();
    let mut found: BTreeSet<&StepId> = BTreeSet::new();
    while let Some(id) = open.pop() {
        if found.insert(id) {
            open.extend(steps.get(id).into_iter().flat_map(|step| &step.needs));
        }
    }
    found.iter().filter_map(|id| steps.get(*id).copied()).collect()
}

/// What a step does, and what the runbook it calls does.
pub(super) fn deep<'p>(
    plan: &'p Plan,
    runbook: &'p Runbook,
    step: &'p Step,
    depth: u32,
) -> Vec<Deed<'p>> {
    let mut deeds = deed::of(plan, runbook, step);
    deeds.extend(within(plan, step, depth));
    deeds
}

fn within<'p>(plan: &'p Plan, step: &'p Step, depth: u32) -> Vec<Deed<'p>> {
    let called = call(step).filter(|_| depth < DEEPEST);
    let Some(called) = called.and_then(|id| plan.runbook(id)) else { return Vec::new() };
    let steps = called.steps().filter(|one| certain(one));
    steps.flat_map(|one| deep(plan, called, one, depth + 1)).collect()
}

/// Whether a live run cannot leave it out.
pub(super) fn certain(step: &Step) -> bool {
    !step.optional && !only_in_drills(step)
}

pub(super) fn only_in_drills(step: &Step) -> bool {
    step.terms.when.contains(&Condition::Drill(true))
}
