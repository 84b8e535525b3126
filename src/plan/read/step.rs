//! One step: who does it, after what, how long it takes, how carefully.

use super::{action, defaults, id, name, word};
use crate::{
    model::{Action, Estimate, PhaseId, RoleId, Span, Step, StepId, Tier, Verify},
    plan::{
        Plan,
        cx::{Cx, Named, Names},
        keys::Keys,
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
pub(super) fn read(
    cx: &mut Cx<'_>,
    mut keys: Keys<'_>,
    scope: &Scope<'_>,
) -> Option<Draft> {
    let id = id(cx, &mut keys, "promote");
    let phase = phase(cx, &mut keys, scope);
    let (needs, whole) = needs(cx, &mut keys, scope);
    let action = action::read(cx, &mut keys, scope);
    let label = keys.has("name").then(|| name(cx, &mut keys, id));
    keys.know("name");
    let owner = keys.id_of(cx, "owner", Named::Role).map(RoleId::new);
    let tier = tier(cx, &mut keys, action.as_ref());
    let approval = approval(cx, &mut keys, tier, scope);
    let estimate = estimate(cx, &mut keys, action.as_ref());
    let verify = verify(cx, &mut keys, action.as_ref());
    let optional = keys.flag(cx, "optional").unwrap_or(false);
    let place = keys.place.clone();
    keys.finish(cx, &describe(action.as_ref()));
    let (id, action) = (id?, action?);
    let step = Step {
        id: id.into(),
        number: 0,
        name: label.unwrap_or_else(|| action::title(&action, scope)),
        action,
        tier,
        owner,
        needs: Vec::new(),
        estimate,
        verify,
        optional,
        approval,
        terms: crate::model::Terms::default(),
    };
    whole.then_some(Draft { step, phase, needs, place })
}

fn describe(action: Option<&Action>) -> String {
    match action {
        Some(Action::Estate { verb, .. }) => format!("a `{verb}` step"),
        Some(
            Action::Command(_)
            | Action::Http(_)
            | Action::Check { .. }
            | Action::Manual { .. }
            | Action::Approval { .. }
            | Action::Wait { .. }
            | Action::Notify { .. }
            | Action::Errand(_),
        )
        | None => "this kind of step".to_owned(),
    }
}

fn phase(cx: &mut Cx<'_>, keys: &mut Keys<'_>, scope: &Scope<'_>) -> Option<PhaseId> {
    if let Some(first) = scope.phases.first() {
        keys.need(cx, "phase", &format!("\"{first}\""));
    }
    let found = keys.raw(cx, "phase")?;
    scope
        .local
        .refer(Named::Phase, found.value, &found.place, &mut cx.problems)
        .then(|| found.value.into())
}

/// The steps it waits for, and whether all of them exist.
fn needs(
    cx: &mut Cx<'_>,
    keys: &mut Keys<'_>,
    scope: &Scope<'_>,
) -> (Option<Vec<StepId>>, bool) {
    let had = keys.has("needs");
    let Some(items) = keys.list(cx, "needs") else { return (None, !had) };
    let mut whole = true;
    let mut needs: Vec<StepId> = Vec::new();
    for item in items {
        let known =
            scope.local.refer(Named::Step, item.value, &item.place, &mut cx.problems);
        let step = StepId::new(item.value);
        if known && !needs.contains(&step) {
            needs.push(step);
        }
        whole &= known;
    }
    (Some(needs), whole)
}

const TIERS: &[(&str, Tier)] = &[
    ("T0", Tier::T0),
    ("T1", Tier::T1),
    ("T2", Tier::T2),
    ("T3", Tier::T3),
    ("T4", Tier::T4),
];

/// The action's own tier, or a higher one if the plan wants it.
fn tier(cx: &mut Cx<'_>, keys: &mut Keys<'_>, action: Option<&Action>) -> Tier {
    let least = action.map_or(Tier::T0, Action::tier);
    let Some(found) = keys.raw(cx, "tier") else { return least };
    let Some(written) = word(cx, &found, "a tier", TIERS) else { return least };
    if written < least {
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
    least.max(written)
}

fn approval(
    cx: &mut Cx<'_>,
    keys: &mut Keys<'_>,
    tier: Tier,
    scope: &Scope<'_>,
) -> Option<RoleId> {
    let named = keys.has("approval");
    let written = keys.id_of(cx, "approval", Named::Role).map(RoleId::new);
    if named || tier < Tier::T4 {
        return written;
    }
    if scope.plan.commander.is_none() {
        cx.error(
            "P-missing-key",
            &keys.place,
            "a T4 step needs a second person, and the plan names no commander",
            "write `approval = \"<role>\"` here, or `commander = \"<role>\"` in [plan]",
        );
    }
    scope.plan.commander.clone()
}

fn estimate(cx: &mut Cx<'_>, keys: &mut Keys<'_>, action: Option<&Action>) -> Estimate {
    let usual = action.map_or(Estimate { p50: Span::ZERO, p95: Span::ZERO }, |action| {
        defaults::estimate(action)
    });
    let half = keys.duration(cx, "estimate").map(|found| found.value);
    let most = keys.duration(cx, "estimate_p95");
    let p50 = half.unwrap_or(usual.p50);
    // Twice the median is what most declared pairs come to.
    let p95 = most.as_ref().map(|found| found.value);
    let p95 = p95.unwrap_or(if half.is_some() { p50 + p50 } else { usual.p95 });
    if let Some(most) = most
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

fn verify(cx: &mut Cx<'_>, keys: &mut Keys<'_>, action: Option<&Action>) -> Verify {
    let usual = action.map_or(
        Verify { timeout: Span::mins(1), every: Span::secs(2) },
        defaults::verify,
    );
    let mut read = |key, usual| {
        let Some(found) = keys.duration(cx, key) else { return usual };
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
    Verify { timeout: read("timeout", usual.timeout), every: read("every", usual.every) }
}
