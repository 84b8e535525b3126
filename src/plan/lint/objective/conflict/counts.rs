//! Numbers and lengths of time that are said twice.

use std::collections::BTreeMap;

use super::super::{
    super::{Deed, Findings, deed},
    schedule::scheduled,
};
use crate::{
    model::{Action, Errand, Runbook, RunbookKind, Span, Step, Verb, errand::FileCall},
    plan::{
        Plan,
        language::{
            BackupRow, Cadence, ComputeRow, DrillRow, Either, Items, ProbeRow, Said,
            WorkloadRow,
        },
    },
};

pub(super) fn check(plan: &Plan, findings: &mut Findings<'_>) {
    let failovers = plan.runbooks.iter().filter(|one| one.kind == RunbookKind::Failover);
    for runbook in failovers {
        scaled(plan, runbook, findings);
    }
    for runbook in plan.runbooks.iter().filter(|one| one.kind == RunbookKind::Failback) {
        grown_back(plan, runbook, findings);
    }
    let started = started(plan);
    for row in plan.file.compute.items() {
        practised(&started, row, findings);
    }
    for row in plan.file.backup.items() {
        between(row, findings);
        kept(plan, row, findings);
    }
    for row in plan.file.drill.items() {
        due(row, findings);
    }
    for row in plan.file.probe.items() {
        limits(plan, row, findings);
    }
}

/// How many a step grows to, and how many must run after a failover.
fn scaled(plan: &Plan, runbook: &Runbook, findings: &mut Findings<'_>) {
    let deeds = runbook.steps().flat_map(|step| deed::of(plan, runbook, step));
    for deed in deeds.filter(|deed| deed.verb == Verb::Scale && *deed.side == runbook.to)
    {
        let (Some(count), Some(must)) = (count(&deed), must_run(plan, &deed)) else {
            continue;
        };
        if count != must {
            findings.add(
                &format!("runbook.{}.{}", runbook.id, deed.step.id),
                format!(
                    "{} grows to {count} here, and {must} of it must run after a failover",
                    deed.resource
                ),
                format!("write {must} here, or `failover = {count}` in its workload"),
            );
        }
    }
}

/// How many a failback grows to, and how many run there at any time the plan knows.
fn grown_back(plan: &Plan, runbook: &Runbook, findings: &mut Findings<'_>) {
    let deeds = runbook.steps().flat_map(|step| deed::of(plan, runbook, step));
    for deed in deeds.filter(|deed| deed.verb == Verb::Scale && *deed.side == runbook.to)
    {
        let home = plan.estate.iter().find(|one| one.id == *deed.resource);
        let home = home.is_some_and(|one| one.primary == runbook.to);
        let (Some(count), Some(row)) = (count(&deed), row_of(plan, &deed)) else {
            continue;
        };
        let [one] = row.workloads.items() else { continue };
        let WorkloadRow { normal, recovery, failover, .. } = &one.value;
        let Some(usual) = normal.get().filter(|_| home) else { continue };
        let known = [Some(usual), recovery.get(), failover.get()];
        if count > 0 && !known.contains(&Some(&count)) {
            findings.add(
                &format!("runbook.{}.{}", runbook.id, deed.step.id),
                format!(
                    "{} comes back with {count} here, and {usual} of it run in normal \
                     operation",
                    deed.resource
                ),
                format!("write {usual} here, or `recovery = {count}` in its workload"),
            );
        }
    }
}

fn count(deed: &Deed<'_>) -> Option<u64> {
    if let Some(args) = deed.args {
        return args.number("count").map(u64::from);
    }
    match &deed.step.action {
        Action::Errand(Errand::Aws(call)) => {
            let sizes = call.params.get("scalingConfig").unwrap_or(&call.params);
            let keys = ["desiredCount", "desiredSize", "DesiredCapacity"];
            keys.iter().find_map(|key| sizes.get(key)?.as_u64())
        }
        Action::Errand(Errand::Kubectl(call)) => {
            let mut words = call.args.iter();
            words.find_map(|word| word.strip_prefix("--replicas=")?.parse().ok())
        }
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

/// How many must run after a failover, when one workload says so.
fn must_run(plan: &Plan, deed: &Deed<'_>) -> Option<u64> {
    match row_of(plan, deed)?.workloads.items() {
        [one] => one.value.failover.get().copied(),
        _ => None,
    }
}

fn row_of<'p>(plan: &'p Plan, deed: &Deed<'_>) -> Option<&'p ComputeRow> {
    let own =
        |row: &&ComputeRow| row.id.get().is_some_and(|id| id == deed.resource.as_str());
    plan.file.compute.items().iter().find(own)
}

/// Drills by what they grow, and to how many.
type Started<'p> = BTreeMap<(&'p str, u64), &'p Runbook>;

fn started(plan: &Plan) -> Started<'_> {
    let drills = plan.runbooks.iter().filter(|one| one.kind == RunbookKind::Drill);
    let deeds = drills.flat_map(|runbook| {
        let deeds = runbook.steps().flat_map(|step| deed::of(plan, runbook, step));
        deeds.map(move |deed| (runbook, deed))
    });
    let scales = deeds.filter(|(_, deed)| deed.verb == Verb::Scale);
    scales
        .filter_map(|(runbook, deed)| {
            Some(((deed.resource.as_str(), count(&deed)?), runbook))
        })
        .collect()
}

/// A drill that starts fewer proves fewer. A number nobody starts is only a budget.
fn practised(started: &Started<'_>, row: &ComputeRow, findings: &mut Findings<'_>) {
    let Some(id) = row.id.get() else { return };
    for workload in row.workloads.items() {
        let WorkloadRow { name, failover, drill, .. } = &workload.value;
        let (Some(failover), Some(drill)) = (failover.get(), drill) else { continue };
        let runbook = started.get(&(id.as_str(), drill.value));
        let Some(runbook) = runbook.filter(|_| drill.value < *failover) else { continue };
        let name = name.get().map_or("it", String::as_str);
        findings.at(
            &drill.place,
            format!(
                "{} runs {} of {name} and a failover {failover}: the drill proves nothing \
                 about the last {}",
                runbook.id,
                drill.value,
                failover - drill.value
            ),
            format!("write `drill = {failover}`, or what a failover really needs"),
        );
    }
}

/// Whether two lengths of time are the same to people: a month has 28 to 31 days.
fn same(one: Span, other: Span) -> bool {
    let (low, high) = (one.min(other).as_millis(), one.max(other).as_millis());
    high.saturating_mul(9) <= low.saturating_mul(10)
}

/// A schedule in words, and the longest time between two of it.
fn between(row: &BackupRow, findings: &mut Findings<'_>) {
    let (Some(interval), Some(words)) = (&row.interval, row.schedule.get()) else {
        return;
    };
    let Some(meant) = scheduled(words.as_str()).filter(|meant| *meant > Span::ZERO)
    else {
        return;
    };
    // A copy that may come late has a longer interval than its schedule.
    let late = interval.value > meant && interval.value < meant + meant;
    if !late && !same(interval.value, meant) {
        findings.at(
            &interval.place,
            format!(
                "the schedule says \"{words}\", which is every {meant}, and the interval \
                 is {}",
                interval.value
            ),
            "write the schedule it really has, and the longest time between two of it",
        );
    }
}

/// How long a database keeps its backups, and how long its backup says.
fn kept(plan: &Plan, row: &BackupRow, findings: &mut Findings<'_>) {
    if row.kind.get().is_none_or(|kind| kind != "rds-automated") {
        return;
    }
    let Some(retention) = &row.retention else { return };
    let length = match &retention.value {
        Either::Short(Cadence { length, .. }) => *length,
        Either::Table(table) => table.production.get().and_then(|kept| kept.length),
    };
    let covered = row.covers.items().iter().map(|one| one.value.as_str());
    let covered = covered.filter_map(|id| plan.resource(id));
    for resource in covered {
        let days = resource.params.number("backup_retention").map(i64::from);
        let own = days.map(|days| Span::mins(days * 24 * 60));
        if let (Some(own), Some(length)) = (own, length)
            && own != length
        {
            findings.at(
                &retention.place,
                format!("this is kept {length}, and {} keeps its backups {own}", resource.id),
                "write the same in both: a promoted side is set to what the database says",
            );
        }
    }
}

/// How often, by the words people use for it.
fn spoken(words: &str) -> Option<Span> {
    let days = match words.trim().to_lowercase().as_str() {
        "daily" => 1,
        "weekly" => 7,
        "fortnightly" | "every two weeks" => 14,
        "monthly" => 30,
        "quarterly" | "every quarter" => 91,
        "twice a year" | "half-yearly" | "semi-annually" => 182,
        "yearly" | "annually" | "once a year" | "every year" => 365,
        other => return Cadence::parse(other).length,
    };
    Some(Span::mins(days * 24 * 60))
}

fn due(row: &DrillRow, findings: &mut Findings<'_>) {
    let (Some(every), Some(words)) = (&row.every, row.frequency_text.get()) else {
        return;
    };
    let (Some(length), Some(meant)) = (every.value.length, spoken(words.as_str())) else {
        return;
    };
    if !same(length, meant) {
        findings.at(
            &every.place,
            format!("it is due every {length} here, and \"{words}\" to people"),
            "write both the same, or leave `frequency_text` out",
        );
    }
}

/// A value that one step writes with a limit, and a probe reads with another.
fn limits(plan: &Plan, row: &ProbeRow, findings: &mut Findings<'_>) {
    let (Some(file), Some(critical)) = (row.file.get(), &row.critical) else { return };
    let steps =
        plan.runbooks.iter().flat_map(|one| one.steps().map(move |step| (one, step)));
    let mut writing = steps.filter(|(_, step)| writes(step, file));
    let Some((runbook, limit)) =
        writing.find_map(|(runbook, step)| Some((runbook, step.terms.limit.as_ref()?.0)))
    else {
        return;
    };
    let bound = Span::from_secs_f64(critical.value.value);
    if bound != limit && critical.value.sign.starts_with('>') {
        findings.at(
            &critical.place,
            format!(
                "{} calls it bad from {bound} on, and {}, which writes {file}, from {limit} \
                 on",
                row.id.get().map_or("", String::as_str),
                runbook.id
            ),
            format!("write one limit in both; for an early word use `warning = \"> {bound}\"`"),
        );
    }
}

fn writes(step: &Step, wanted: &str) -> bool {
    let Action::Errand(Errand::File(FileCall { path, .. })) = &step.action else {
        return false;
    };
    path == wanted
}
