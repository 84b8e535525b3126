//! What follows from what a plan says: every promise that applies, the tightest first; what
//! a step waits for and calls; when a backup is stale and a drill is due.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Value, json};

use super::Times;
use crate::{
    model::{
        Countdown, Phase, Runbook, RunbookId, RunbookKind, ServiceId, Span, Step, StepId,
    },
    plan::{
        Plan,
        domain::{self, Call},
        language::{BackupRow, DrillRow, Items, RunbookRow, Said},
        read::{UNPROMISED, countdowns},
    },
};

/// Every promise that applies to a service, whichever runbook brings it back, the tightest
/// first. A way back home has a promise of its own, and none of the service's.
pub(super) fn promises(plan: &Plan, service: &ServiceId) -> Vec<Countdown> {
    let one = std::slice::from_ref(service);
    let mut all = countdowns(plan, &RunbookRow::default(), one);
    for row in plan.file.runbook.items() {
        let brings = brings(plan, row, service);
        if brings {
            for more in countdowns(plan, row, one) {
                if !all.contains(&more) {
                    all.push(more);
                }
            }
        }
    }
    all.sort_by_key(|one| (one.rto.unwrap_or(UNPROMISED.rto), one.rpo, one.level));
    all
}

/// Whether a runbook says, or its steps do, that it brings a service back: the service
/// itself, not one that depends on it. What works on nothing promises nothing.
fn brings(plan: &Plan, row: &RunbookRow, service: &ServiceId) -> bool {
    let is = |id: &str| id == service.as_str();
    if row.kind.get() == Some(&RunbookKind::Failback) {
        return false;
    }
    if !row.services.items().is_empty() {
        return row.services.items().iter().any(|one| is(&one.value));
    }
    let id = row.id.get().map(RunbookId::new);
    let Some(runbook) = id.and_then(|id| plan.runbook(&id)) else { return false };
    let known = plan.services.iter().find(|one| one.id == *service);
    let uses = known.map(|one| one.uses.as_slice()).unwrap_or_default();
    runbook.steps().any(|step| {
        let meaning = &step.terms.meaning;
        let lists =
            [&meaning.promotes, &meaning.moves, &meaning.repoints, &meaning.scales];
        let of_estate = step.action.estate().map(|(resource, ..)| resource);
        let mut worked = of_estate.into_iter().chain(lists.into_iter().flatten());
        meaning.restores.contains(service) || worked.any(|one| uses.contains(one))
    })
}

/// `tier critical 1h / 15m`, RTO before RPO.
pub(super) fn promise(one: &Countdown) -> String {
    let span =
        |span: Option<Span>| span.map_or_else(|| "-".to_owned(), |it| it.to_string());
    format!("{} {} {} / {}", one.level.word(), one.of, span(one.rto), span(one.rpo))
}

/// What its objective comes to, and who made it.
pub(super) fn tightest(promises: &[Countdown]) -> Option<String> {
    let of = |pick: fn(&Countdown) -> Option<Span>| {
        let least = promises.iter().filter_map(|one| Some((pick(one)?, one)));
        let least = least.min_by_key(|(span, one)| (*span, one.level));
        least.map(|(span, one)| format!("{span} ({} {})", one.level.word(), one.of))
    };
    let told = [("RTO", of(|one| one.rto)), ("RPO", of(|one| one.rpo))];
    let told: Vec<String> = told
        .into_iter()
        .filter_map(|(word, value)| Some(format!("{word} {}", value?)))
        .collect();
    (!told.is_empty()).then(|| told.join(", "))
}

/// The places a runbook's steps have: resolved step and phase by id.
pub(super) struct Steps<'p> {
    pub steps: BTreeMap<&'p str, (&'p Step, &'p Phase)>,
    pub calls: BTreeMap<&'p StepId, Vec<Call>>,
}

impl<'p> Steps<'p> {
    pub(super) fn of(plan: &'p Plan, runbook: &'p Runbook) -> Self {
        let of_phase =
            |phase: &'p Phase| phase.steps.iter().map(move |step| (step, phase));
        let all = runbook.phases.iter().flat_map(of_phase);
        Self {
            steps: all.map(|(step, phase)| (step.id.as_str(), (step, phase))).collect(),
            calls: domain::calls(plan, runbook),
        }
    }

    /// `rds in us-west-2`, each once.
    pub(super) fn called(&self, step: &StepId) -> Vec<String> {
        let calls = self.calls.get(step).map(Vec::as_slice).unwrap_or_default();
        let mut told: Vec<String> = Vec::new();
        for call in calls {
            let one = format!("{} in {}", call.what, call.at.told());
            let one = one.replace(" in unknown: ", ": ");
            if !told.contains(&one) {
                told.push(one);
            }
        }
        told
    }
}

/// How old the newest backup may be: as written, else a tenth or two hours more than the
/// interval, whichever is longer.
pub(super) fn stale_after(row: &BackupRow) -> Option<Span> {
    let more = |interval: Span| {
        let tenth = Span::millis(interval.as_millis() / 10);
        interval + tenth.max(Span::mins(120))
    };
    row.max_age.get().copied().or_else(|| row.interval.get().map(|it| more(*it)))
}

/// The day a drill is due, and whether that is past.
pub(super) fn due(plan: &Plan, row: &DrillRow) -> Option<(Date, bool)> {
    let last: Date = row.last.get()?.as_str().parse().ok()?;
    let due = row.every.get()?.after(last)?;
    Some((due, plan.today.is_some_and(|today| today > due)))
}

fn told(promises: &[Countdown]) -> Vec<Value> {
    promises
        .iter()
        .map(|one| {
            json!({
                "level": one.level.word(),
                "of": one.of,
                "rto_s": one.rto.map(Span::as_secs_f64),
                "rpo_s": one.rpo.map(Span::as_secs_f64),
            })
        })
        .collect()
}

/// Services with every promise that applies.
pub(super) fn services(plan: &Plan) -> Vec<Value> {
    let one = |service: &crate::model::Service| {
        let promises = promises(plan, &service.id);
        json!({
            "id": service.id,
            "stable_s": service.objective.stable.as_secs_f64(),
            "promises": told(&promises),
            "tightest": tightest(&promises),
        })
    };
    plan.services.iter().map(one).collect()
}

/// Runbooks with their promises and steps.
pub(super) fn runbooks(
    plan: &Plan,
    only: Option<&RunbookId>,
    times: &Times,
) -> Vec<Value> {
    let wanted = |one: &&Runbook| only.is_none_or(|id| one.id == *id);
    plan.runbooks.iter().filter(wanted).map(|runbook| one(plan, runbook, times)).collect()
}

fn one(plan: &Plan, runbook: &Runbook, times: &Times) -> Value {
    let numbers = plan.numbers(&runbook.id);
    let known = Steps::of(plan, runbook);
    let promise = plan.promises.get(&runbook.id);
    let steps: Vec<Value> = runbook
        .phases
        .iter()
        .flat_map(|phase| phase.steps.iter().map(move |step| (phase, step)))
        .map(|(phase, step)| {
            let seen = times.get(&(runbook.id.clone(), step.id.clone()));
            let takes = seen.map_or(step.estimate, |seen| seen.estimate);
            json!({
                "id": step.id,
                "numbers": numbers.get(&step.id),
                "name": step.name,
                "phase": phase.id,
                "tier": step.tier.word(),
                "owner": step.owner,
                "approval": step.approval,
                "waits_for": step.needs,
                "p50_s": takes.p50.as_secs_f64(),
                "p95_s": takes.p95.as_secs_f64(),
                "calls": known.called(&step.id),
            })
        })
        .collect();
    json!({
        "id": runbook.id,
        "from": runbook.from,
        "to": runbook.to,
        "services": promise.map(|promise| &promise.services),
        "promises": promise.map(|promise| told(&promise.countdowns)),
        "steps": steps,
    })
}
