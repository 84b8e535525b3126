//! Which steps of a runbook cannot be run once a place is lost: what the report of a loss
//! says of a step, for a rule that asks about one runbook and not about people and clocks.
//! Tells what is asked of the lost place, and judges nothing by itself.

use super::{
    Judge, Loss, Verdict,
    reach::{At, Call},
};
use crate::{
    model::{Action, Condition, Errand, OnFail, Runbook, Step},
    plan::Plan,
};

/// Calls deeper than this were reported as a circle.
const DEEPEST: u32 = 8;

/// A step that cannot be run, and why.
#[derive(Debug)]
pub(in crate::plan) struct Stuck<'p> {
    pub step: &'p Step,
    /// What is asked there: `ssm in eu-west-1`.
    pub why: String,
}

/// A plan with a loss, asked again and again.
#[derive(Debug)]
pub(in crate::plan) struct Lost<'p>(Judge<'p>);

impl<'p> Lost<'p> {
    pub(in crate::plan) fn of(plan: &'p Plan, loss: &'p Loss) -> Self {
        Self(Judge::new(plan, loss))
    }

    /// Every step of `runbook` the run cannot get past. What people may leave out, what its
    /// failure stops nobody of, and what a condition may pass over is none; nor is what
    /// only stops things in the place that is lost.
    pub(in crate::plan) fn stuck(&self, runbook: &'p Runbook) -> Vec<Stuck<'p>> {
        let steps = runbook.steps().filter(|step| is_certain(step));
        steps
            .filter_map(|step| {
                let why = self.why(runbook, step, 0)?;
                Some(Stuck { step, why })
            })
            .collect()
    }

    fn why(&self, runbook: &'p Runbook, step: &'p Step, depth: u32) -> Option<String> {
        if let Action::Errand(Errand::Call { runbook: called, .. }) = &step.action {
            return self.called(called.as_str(), depth);
        }
        let judge = &self.0;
        let row = judge.rows.get(&(&runbook.id, &step.id)).copied();
        // Control planes with one home are a rule of their own.
        let regional = |call: &Call| !matches!(call.at, At::Plane(_));
        let mut calls = judge.map().of_step(step, row);
        calls.retain(regional);
        match judge.verdict(runbook, step, &calls) {
            Verdict::Cannot(why) => Some(why.join("; ")),
            Verdict::Runs | Verdict::Moot(_) | Verdict::Unknown(_) => None,
        }
    }

    /// The first step of a called runbook that cannot be run.
    fn called(&self, id: &str, depth: u32) -> Option<String> {
        let mut all = self.0.plan.runbooks.iter();
        let called = all.find(|one| one.id.as_str() == id).filter(|_| depth < DEEPEST)?;
        let mut steps = called.steps().filter(|step| is_certain(step));
        steps.find_map(|step| {
            let why = self.why(called, step, depth + 1)?;
            Some(format!("`{}` of {id}: {why}", step.id))
        })
    }
}

/// Whether a live run has to get past it.
fn is_certain(step: &Step) -> bool {
    let live = |one: &Condition| matches!(one, Condition::Drill(false));
    !step.optional
        && step.terms.on_fail != OnFail::Continue
        && step.terms.when.iter().all(live)
}
