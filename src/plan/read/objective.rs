//! What a runbook is measured by. Promises are made at five levels, and by the mode in
//! force: a runbook's own go before its scenario's, those before its services' (a
//! service's own before its tier's), those before the mode's and the plan's. All of them
//! count down; the tightest is shown first.

use super::id;
use crate::{
    model::{Countdown, Objective, ScenarioId, Span, Text, brief::Level},
    plan::{
        Plan,
        cx::Cx,
        language::{Found, Items, RunbookRow, Said, ScenarioRow},
        read::head::UNPROMISED,
    },
};

/// Refuses what no objective can be.
pub(super) fn read(cx: &mut Cx<'_>, plan: &mut Plan) {
    let scenarios = plan.file.scenario.items().iter().map(|row| &row.rto);
    let tiers = plan.file.tier.items().iter().map(|row| &row.rto);
    for zero in scenarios.chain(tiers).flatten().filter(|rto| rto.value == Span::ZERO) {
        cx.error(
            "P-bad-value",
            &zero.place,
            "an RTO of zero cannot be met",
            "write the longest time users may be without it, as in \"30m\"",
        );
    }
}

fn scenario<'p>(plan: &'p Plan, wanted: &ScenarioId) -> Option<&'p ScenarioRow> {
    let is = |row: &&ScenarioRow| row.id.get().is_some_and(|id| id == wanted.as_str());
    plan.file.scenario.items().iter().find(is)
}

/// What decides: the first level that says anything, each of the two for itself.
pub(in crate::plan) fn decisive(
    plan: &Plan,
    row: &RunbookRow,
    services: Option<Objective>,
) -> Objective {
    let answered = super::ids::<ScenarioId>(&row.scenarios);
    let told: Vec<&ScenarioRow> =
        answered.iter().filter_map(|id| scenario(plan, id)).collect();
    let least = |pick: fn(&ScenarioRow) -> &Option<Found<Span>>| {
        told.iter().filter_map(|row| pick(row).get().copied()).min()
    };
    let base = services.unwrap_or(plan.objective);
    Objective {
        rto: row.rto.get().copied().or_else(|| least(|row| &row.rto)).unwrap_or(base.rto),
        rpo: row.rpo.get().copied().or_else(|| least(|row| &row.rpo)).unwrap_or(base.rpo),
        stable: row.stable.get().copied().unwrap_or(base.stable),
    }
}

/// Every promise that applies to a runbook, the tightest first.
pub(in crate::plan) fn countdowns(
    plan: &Plan,
    row: &RunbookRow,
    services: &[crate::model::ServiceId],
) -> Vec<Countdown> {
    let mut all = Vec::new();
    let mut add = |level, of: &str, rto: Option<Span>, rpo: Option<Span>| {
        if rto.is_some() || rpo.is_some() {
            all.push(Countdown { level, of: Text::clean(of), rto, rpo });
        }
    };
    let name = row.id.get().map_or("", String::as_str);
    add(Level::Runbook, name, row.rto.get().copied(), row.rpo.get().copied());
    for answered in super::ids::<ScenarioId>(&row.scenarios) {
        if let Some(row) = scenario(plan, &answered) {
            let (rto, rpo) = (row.rto.get().copied(), row.rpo.get().copied());
            add(Level::Scenario, answered.as_str(), rto, rpo);
        }
    }
    let mut tiers: Vec<crate::model::TierId> = Vec::new();
    for service in plan.file.service.items() {
        let Some(own) = service.id.get() else { continue };
        if services.iter().any(|known| known.as_str() == own) {
            let (rto, rpo) = (service.rto.get().copied(), service.rpo.get().copied());
            add(Level::Service, own, rto, rpo);
            tiers.extend(id::<crate::model::TierId>(service.tier.as_ref()));
        }
    }
    for tier in plan.file.tier.items() {
        let Some(own) = tier.id.get() else { continue };
        if tiers.iter().any(|known| known.as_str() == own) {
            add(Level::Tier, own, tier.rto.get().copied(), tier.rpo.get().copied());
        }
    }
    let current =
        |row: &&crate::plan::language::ModeRow| row.current.get() == Some(&true);
    if let Some(mode) = plan.file.mode.items().iter().find(current) {
        let name = mode.id.get().map_or("", String::as_str);
        add(Level::Mode, name, mode.rto.get().copied(), mode.rpo.get().copied());
    } else if plan.objective != UNPROMISED {
        let written = plan.file.objectives.get();
        let rto = written.and_then(|row| row.rto.get().copied());
        let rpo = written.and_then(|row| row.rpo.get().copied());
        add(Level::Plan, plan.name.as_str(), rto, rpo);
    }
    all.sort_by_key(|one| (one.rto.unwrap_or(UNPROMISED.rto), one.rpo, one.level));
    all
}
