//! One step: who does it, after what, how long it takes, how carefully.

use super::{action, defaults, id, name, terms};
use crate::{
    model::{Action, Estimate, PhaseId, RoleId, Span, Step, StepId, Tier, Verify},
    plan::{
        Plan,
        cx::{Cx, Named, Names},
        language::{Found, Said, StepRow, words::Risk},
        problem::Place,
    },
};

/// What a step may refer to.
#[derive(Debug)]
pub(super) struct Scope<'p> {
    pub plan: &'p Plan,
    /// Phases and steps of this runbook.
    pub local: &'p Names,
    pub phases: &'p [PhaseId],
}

/// A step before its place among the others is known.
#[derive(Debug)]
pub(super) struct Draft {
    pub step: Step,
    pub phase: Option<PhaseId>,
    /// As written; none when the plan leaves it to the order.
    pub needs: Option<Vec<StepId>>,
    pub place: Place,
}

/// Reads one step; none when it cannot be told what it does or waits for.
pub(super) fn read(cx: &mut Cx<'_>, row: &StepRow, scope: &Scope<'_>) -> Option<Draft> {
    let phase = phase(cx, row, scope);
    let (needs, whole) = needs(cx, row, scope);
    let action = action::read(cx, row, scope.plan);
    let tier = tier(cx, row, action.as_ref());
    let approval = approval(cx, row, tier, scope);
    let estimate = estimate(cx, row, action.as_ref());
    let verify = verify(cx, row, action.as_ref());
    let terms = terms::read(cx, row);
    let (own, action) = (row.id.get()?, action?);
    let step = Step {
        id: own.as_str().into(),
        number: 0,
        name: match &row.name {
            Some(_) => name(row.name.as_ref(), own),
            None => action::title(&action, scope.plan),
        },
        action,
        tier,
        owner: id(row.owner.as_ref()),
        needs: Vec::new(),
        estimate,
        verify,
        optional: row.optional.get() == Some(&true),
        approval,
        terms,
    };
    whole.then(|| Draft { step, phase, needs, place: row.place.clone() })
}

fn phase(cx: &mut Cx<'_>, row: &StepRow, scope: &Scope<'_>) -> Option<PhaseId> {
    let Some(found) = &row.phase else {
        if let Some(first) = scope.phases.first() {
            cx.error(
                "P-missing-key",
                &row.place,
                "`phase` is missing",
                format!("write `phase = \"{first}\"`"),
            );
        }
        return None;
    };
    scope
        .local
        .refer(Named::Phase, &found.value, &found.place, &mut cx.problems)
        .then(|| found.value.as_str().into())
}

/// The steps it waits for, and whether all of them exist.
fn needs(
    cx: &mut Cx<'_>,
    row: &StepRow,
    scope: &Scope<'_>,
) -> (Option<Vec<StepId>>, bool) {
    let Some(items) = &row.needs else {
        return (None, !row.unread.contains(&"needs"));
    };
    let mut whole = true;
    let mut needs: Vec<StepId> = Vec::new();
    for item in &items.value {
        let known =
            scope.local.refer(Named::Step, &item.value, &item.place, &mut cx.problems);
        let step = StepId::new(&item.value);
        if known && !needs.contains(&step) {
            needs.push(step);
        }
        whole &= known;
    }
    (Some(needs), whole)
}

/// The action's own tier, or a higher one if the plan wants it.
fn tier(cx: &mut Cx<'_>, row: &StepRow, action: Option<&Action>) -> Tier {
    let nature = action.map_or(Tier::T0, Action::tier);
    let least = match row.risk.get() {
        Some(Risk::Change) => nature.max(Tier::T2),
        Some(Risk::Disruptive) => nature.max(Tier::T3),
        Some(Risk::Irreversible | Risk::DataLoss) => nature.max(Tier::T4),
        None => nature,
    };
    let Some(found) = &row.tier else { return least };
    if found.value < least {
        let what = match action {
            Some(Action::Estate { verb, .. }) => format!("`{verb}`"),
            Some(_) | None => "what this step does".to_owned(),
        };
        cx.error(
            "P-tier-lowered",
            &found.place,
            format!("{what} is {least} ({}): a plan can only raise it", least.meaning()),
            format!("write `tier = \"{least}\"`, or take the line away"),
        );
    }
    least.max(found.value)
}

fn approval(
    cx: &mut Cx<'_>,
    row: &StepRow,
    tier: Tier,
    scope: &Scope<'_>,
) -> Option<RoleId> {
    let named = row.approval.is_some() || row.unread.contains(&"approval");
    if named || tier < Tier::T4 {
        return id(row.approval.as_ref());
    }
    if scope.plan.commander.is_none() {
        cx.error(
            "P-missing-key",
            &row.place,
            "a T4 step needs a second person, and the plan names no commander",
            "write `approval = \"<role>\"` here, or `commander = \"<role>\"` in [plan]",
        );
    }
    scope.plan.commander.clone()
}

fn estimate(cx: &mut Cx<'_>, row: &StepRow, action: Option<&Action>) -> Estimate {
    let usual = action.map_or(Estimate { p50: Span::ZERO, p95: Span::ZERO }, |action| {
        defaults::estimate(action)
    });
    let p50 = row.estimate.get().copied().unwrap_or(usual.p50);
    // Twice the median is what most declared pairs come to.
    let told = if row.estimate.is_some() { p50 + p50 } else { usual.p95 };
    let p95 = row.estimate_p95.get().copied().unwrap_or(told);
    if let Some(most) = &row.estimate_p95
        && most.value < p50
    {
        cx.error(
            "P-bad-value",
            &most.place,
            format!("19 runs in 20 cannot be faster than half of them ({p50})"),
            "make `estimate_p95` at least as long as `estimate`",
        );
    }
    Estimate { p50, p95: p95.max(p50) }
}

fn verify(cx: &mut Cx<'_>, row: &StepRow, action: Option<&Action>) -> Verify {
    let usual = action.map_or(
        Verify { timeout: Span::mins(1), every: Span::secs(2) },
        defaults::verify,
    );
    let mut read = |written: &Option<Found<Span>>, key, usual| {
        let Some(found) = written else { return usual };
        if found.value == Span::ZERO {
            cx.error(
                "P-bad-value",
                &found.place,
                format!("`{key}` cannot be zero"),
                format!("write `{key} = \"{usual}\"`"),
            );
        }
        found.value
    };
    Verify {
        timeout: read(&row.timeout, "timeout", usual.timeout),
        every: read(&row.every, "every", usual.every),
    }
}
