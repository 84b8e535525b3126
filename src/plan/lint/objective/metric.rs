//! Rules about what drills measured: targets against budgets, parts against the whole.

use super::super::{Check, Findings, LintDef, promise};
use crate::{
    model::{Phase, PhaseTime, Runbook, Span, Step},
    plan::{
        Level, Plan,
        language::{Items, MetricRow, Said},
        order::Order,
    },
};

pub(super) const TARGET_VS_BUDGET: LintDef = LintDef {
    id: "L28",
    name: "target-vs-budget",
    level: Level::Warning,
    doc: "What a drill may take, or took, does not fit into the phase it measures, or nobody acts on it.",
    mend: "Give the phase what the drill took, or the metric a target that fits, and say what is done about a miss.",
    check: Check::Plan(target_vs_budget),
};

fn target_vs_budget(plan: &Plan, findings: &mut Findings<'_>) {
    for row in plan.file.drill_metric.items() {
        if let Some(timed) = timed(plan, row) {
            past_the_phase(row, &timed, findings);
        }
        past_the_promise(plan, row, findings);
        unattended(row, findings);
    }
    more_than_the_whole(plan, findings);
}

/// The phase a metric is the time of, and how long that may take.
struct Timed<'p> {
    runbook: &'p Runbook,
    phase: &'p Phase,
    length: Span,
}

/// None when the phase has no length, or when several are called so.
fn timed<'p>(plan: &'p Plan, row: &MetricRow) -> Option<Timed<'p>> {
    let written = row.phase.get()?;
    let (of, name) = match written.split_once('/') {
        Some((of, name)) => (Some(of), name),
        None => (None, written.as_str()),
    };
    let runbooks = plan.runbooks.iter();
    let mut found = runbooks
        .filter(|one| of.is_none_or(|of| one.id.as_str() == of))
        .flat_map(|runbook| runbook.phases.iter().map(move |phase| (runbook, phase)))
        .filter(|(_, phase)| phase.id.as_str() == name)
        .filter_map(|(runbook, phase)| {
            Some(Timed { runbook, phase, length: length(phase)? })
        });
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

fn length(phase: &Phase) -> Option<Span> {
    match phase.time? {
        PhaseTime::Budget(budget) => Some(budget),
        PhaseTime::Window(from, until) => Some(until - from),
        PhaseTime::From(_) => None,
    }
}

fn past_the_phase(row: &MetricRow, timed: &Timed<'_>, findings: &mut Findings<'_>) {
    let Timed { runbook, phase, length } = timed;
    let name = row.id.get().map_or("", String::as_str);
    let took = row.last.get().filter(|last| *last > length);
    let took = took.map(|last| format!("; the last drill took {last}"));
    if let Some(target) = row.target.as_ref().filter(|target| target.value > *length) {
        findings.at(
            &target.place,
            format!(
                "{name} passes with {}, and phase {} of {} has {length}{}",
                target.value,
                phase.id,
                runbook.id,
                took.unwrap_or_default()
            ),
            format!(
                "write `target = \"{length}\"`, or give the phase {} and look whether the \
                 runbook still meets its RTO",
                target.value
            ),
        );
    } else if let (None, Some(last)) = (&row.target, row.last.as_ref())
        && last.value > *length
    {
        findings.at(
            &last.place,
            format!(
                "{name} took {}, and phase {} of {} has {length}",
                last.value, phase.id, runbook.id
            ),
            format!("give the phase {}, or write what makes it faster", last.value),
        );
    }
}

const FAILING: &[&str] =
    &["fail", "missed", "improve", "not met", "not ok", "red", "exceeded"];

fn unattended(row: &MetricRow, findings: &mut Findings<'_>) {
    if row.action.is_some() {
        return;
    }
    let name = row.id.get().map_or("", String::as_str);
    let help = "write `action = \"...\"`: what is done about it, and by whom";
    let status = row.status.get().map(|status| status.as_str().to_lowercase());
    let admitted = status.as_deref().is_some_and(|status| {
        let mut words = status.split(|c: char| !c.is_alphanumeric());
        let red = words.any(|word| word == "red");
        red || FAILING.iter().any(|bad| *bad != "red" && status.contains(bad))
    });
    if let (Some(target), Some(last)) = (row.target.get(), &row.last)
        && last.value > *target
    {
        let called = match (&status, admitted) {
            (Some(status), false) => format!(", is called \"{status}\""),
            (Some(_) | None, _) => String::new(),
        };
        let what = format!("{name} took {} of {target}{called}", last.value);
        findings.at(&last.place, format!("{what}, and nothing is done about it"), help);
    } else if let (true, Some(status)) = (admitted, &row.status) {
        findings.at(
            &status.place,
            format!("{name} is \"{}\", and nothing is done about it", status.value),
            help,
        );
    }
}

/// The metric of a whole recovery: one of no phase, called so.
fn is_whole(row: &MetricRow) -> bool {
    let called = |word: &str| {
        let word = word.trim().to_lowercase();
        word == "rto" || word == "total" || word == "recovery-time"
    };
    row.phase.is_none()
        && (row.id.get().is_some_and(|id| called(id))
            || row.name.get().is_some_and(|name| called(name.as_str())))
}

/// A drill that passes, and would not be a recovery.
fn past_the_promise(plan: &Plan, row: &MetricRow, findings: &mut Findings<'_>) {
    let promised = plan.objective.rto;
    if let Some(target) = row.target.as_ref().filter(|target| target.value > promised)
        && is_whole(row)
    {
        findings.at(
            &target.place,
            format!("a drill passes with {}, and the RTO is {promised}", target.value),
            format!("write `target = \"{promised}\"` or less"),
        );
    }
}

fn more_than_the_whole(plan: &Plan, findings: &mut Findings<'_>) {
    let rows = plan.file.drill_metric.items();
    let Some(whole) = rows.iter().find(|row| is_whole(row)) else { return };
    let Some(measured) = &whole.last else { return };
    let parts: Vec<(&MetricRow, Timed<'_>)> = rows
        .iter()
        .filter(|row| row.last.is_some())
        .filter_map(|row| Some((row, timed(plan, row)?)))
        .collect();
    let Some((_, first)) = parts.first() else { return };
    let one = parts.iter().all(|(_, part)| part.runbook.id == first.runbook.id);
    let order = Order::of(first.runbook);
    let apart = parts.iter().enumerate().all(|(index, (_, part))| {
        let mut later = parts.iter().skip(index + 1);
        later.all(|(_, other)| {
            follows(&order, part.phase, other.phase)
                || follows(&order, other.phase, part.phase)
        })
    });
    let lasts = parts.iter().filter_map(|(row, _)| row.last.get().copied());
    let sum = lasts.fold(Span::ZERO, |sum, last| sum + last);
    if one && apart && sum > measured.value {
        let names: Vec<&str> = parts
            .iter()
            .filter_map(|(row, _)| row.id.get().map(String::as_str))
            .collect();
        findings.at(
            &measured.place,
            format!(
                "{} come one after another and took {sum} together, and the whole is said \
                 to have taken {}",
                promise::list(&names),
                measured.value
            ),
            "measure all of them in one drill, from one clock",
        );
    }
}

/// Whether `later` begins only when something of `earlier` is done.
fn follows(order: &Order<'_>, earlier: &Phase, later: &Phase) -> bool {
    if let (Some(PhaseTime::Window(_, until)), Some(PhaseTime::Window(from, _))) =
        (earlier.time, later.time)
    {
        return until <= from;
    }
    let inside = |step: &Step| earlier.steps.iter().any(|one| one.id == step.id);
    !later.steps.is_empty()
        && later.steps.iter().all(|step| order.before(&step.id).any(inside))
}
