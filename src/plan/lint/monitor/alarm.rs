//! Rules about alarms: what they watch, what they are made of, what silence means.

use super::super::{
    Check, Findings, LintDef,
    promise::list,
    watched::{Metric, Named},
};
use crate::plan::{
    Level, Plan,
    data::{self, data},
    language::{AlarmRow, Items, ProbeRow, Said, words::Missing},
};

pub(super) const WRONG_METRIC: LintDef = LintDef {
    id: "L41",
    name: "alarm-wrong-metric",
    level: Level::Error,
    doc: "An alarm watches a metric that does not tell what the alarm is for, or fires when all is well.",
    mend: "Watch what the purpose is about; the table of purposes and metrics is part of the program.",
    check: Check::Plan(wrong_metric),
};

pub(super) const INCOMPLETE: LintDef = LintDef {
    id: "L42",
    name: "alarm-incomplete",
    level: Level::Error,
    doc: "An alarm lacks what it cannot be made, or cannot wake anybody, without.",
    mend: "Write namespace, metric, dimensions, period, threshold, comparison, evaluations and actions.",
    check: Check::Plan(incomplete),
};

pub(super) const MISSING_DATA_UNSET: LintDef = LintDef {
    id: "L48",
    name: "missing-data-unset",
    level: Level::Warning,
    doc: "Nobody says what it means when there is no value, or the value that means nothing works counts as a small one.",
    mend: "Write `missing`, and `broken = \"= -1\"` for a replica's lag.",
    check: Check::Plan(missing_data_unset),
};

/// What an alarm is for, by the table's word for it.
fn purpose(row: &AlarmRow) -> Option<&'static data::Purpose> {
    let word = row.purpose.get()?.to_lowercase().replace(['_', ' '], "-");
    let mut known = data().metrics.purpose.iter();
    known.find(|one| one.id == word || one.also.contains(&word))
}

fn id(row: &AlarmRow) -> &str {
    row.id.get().map_or("", String::as_str)
}

fn wrong_metric(plan: &Plan, findings: &mut Findings<'_>) {
    for row in plan.file.alarm.items() {
        let (Some(purpose), Some(metric)) = (purpose(row), &row.metric) else { continue };
        let Some(fact) = Metric::of_alarm(row).fact else { continue };
        if !fact.tells.contains(&purpose.id) {
            let tells: Vec<&str> = fact.tells.iter().map(String::as_str).collect();
            findings.at(
                &metric.place,
                format!(
                    "{} is for {} and watches {}, which tells of {}",
                    id(row),
                    purpose.id,
                    metric.value,
                    list(&tells)
                ),
                format!("watch {}", purpose.advice),
            );
            continue;
        }
        backwards(row, fact, findings);
    }
}

/// Fires for what is well, and is silent when it is not.
fn backwards(row: &AlarmRow, fact: &data::Metric, findings: &mut Findings<'_>) {
    let (Some(comparison), Some(worse)) = (&row.comparison, fact.worse.as_deref()) else {
        return;
    };
    let how = comparison.value.as_str();
    let fires = match (how.starts_with("Less"), how.starts_with("Greater")) {
        // Both bounds at once.
        _ if how.contains("Or") && !how.contains("OrEqual") => return,
        (true, _) => "low",
        (_, true) => "high",
        (false, false) => return,
    };
    // -1 is how a lag says that it is not measured.
    let unmeasured =
        fact.broken.is_some() && row.threshold.get().is_some_and(|at| *at <= 0.0);
    if fires != worse && !unmeasured {
        findings.at(
            &comparison.place,
            format!(
                "{} fires when {} is {fires}, and {worse} is what is bad",
                id(row),
                fact.name
            ),
            match worse {
                "high" => "write `comparison = \"GreaterThanThreshold\"`",
                _ => "write `comparison = \"LessThanThreshold\"`",
            },
        );
    }
}

fn incomplete(plan: &Plan, findings: &mut Findings<'_>) {
    for row in plan.file.alarm.items() {
        // Metrics of one's own may have no dimensions.
        let own = row.namespace.get().is_some_and(|name| !name.starts_with("AWS/"));
        let there = [
            ("namespace", row.namespace.is_some()),
            ("metric", row.metric.is_some()),
            ("dimensions", own || !row.dimensions.items().is_empty()),
            ("statistic", row.statistic.is_some()),
            ("period", row.period.is_some()),
            ("threshold", row.threshold.is_some()),
            ("comparison", row.comparison.is_some()),
            ("evaluations", row.evaluations.is_some()),
            ("actions", !row.actions.items().is_empty()),
        ];
        let lacking: Vec<&str> = there
            .into_iter()
            .filter(|(key, there)| !there && !row.unread.contains(key))
            .map(|(key, _)| key)
            .collect();
        if lacking.is_empty() {
            continue;
        }
        let then = match (lacking.contains(&"actions"), lacking.contains(&"dimensions")) {
            (true, _) => "it fires, and nobody hears it",
            (false, true) => "it is of nothing in particular, and has no data",
            (false, false) => "it cannot be made from this",
        };
        findings.at(
            &row.place,
            format!("{} lacks {}: {then}", id(row), list(&lacking)),
            format!("write {}", list(&lacking)),
        );
    }
}

/// Purposes for which no data is bad news.
const WATCHES: &[&str] = &[
    "replica-lag",
    "backup-failure",
    "replication-failure",
    "region-health",
    "target-health",
];

fn missing_data_unset(plan: &Plan, findings: &mut Findings<'_>) {
    for row in plan.file.alarm.items() {
        let watches = purpose(row).is_some_and(|one| WATCHES.contains(&one.id.as_str()));
        match &row.missing {
            None => findings.at(
                &row.place,
                format!(
                    "when {} has no data, nobody knows whether that is good or bad: a dead \
                     source sends none",
                    id(row)
                ),
                "write `missing = \"critical\"` (or \"ok\" where only events are counted)",
            ),
            Some(missing) if missing.value == Missing::Ok && watches => findings.at(
                &missing.place,
                format!("{} calls it well when what it watches is silent", id(row)),
                "write `missing = \"critical\"`: what is lost sends nothing",
            ),
            Some(_) => {}
        }
    }
    let named = Named::of(plan);
    for row in plan.file.probe.items() {
        probe(row, findings);
        super::lag::probe(plan, &named, row, findings);
    }
    for row in plan.file.alarm.items() {
        super::lag::alarm(plan, &named, row, findings);
    }
}

fn probe(row: &ProbeRow, findings: &mut Findings<'_>) {
    let id = row.id.get().map_or("", String::as_str);
    let metric = Metric::of_probe(row);
    let silence = row.missing.as_ref().filter(|one| one.value == Missing::Ok);
    let counts = metric.as_ref().and_then(|metric| metric.fact).is_some_and(|fact| {
        fact.tells.iter().all(|tells| !WATCHES.contains(&tells.as_str()))
    });
    if let Some(missing) = silence.filter(|_| !counts) {
        findings.at(
            &missing.place,
            format!("{id} calls it well when there is no answer at all"),
            "write `missing = \"unknown\"` or \"critical\"",
        );
    }
    let fact = metric.and_then(|metric| metric.fact);
    if let Some((fact, broken)) = fact.and_then(|fact| Some((fact, fact.broken?)))
        && row.broken.is_none()
        && row.critical.as_ref().or(row.warning.as_ref()).is_some()
    {
        findings.at(
            &row.place,
            format!(
                "{} is {broken} when nothing replicates, and {id} would call that a small \
                 lag",
                fact.name
            ),
            format!("write `broken = \"= {broken}\"`"),
        );
    }
}
