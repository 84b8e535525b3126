//! Whether a question for a replica's lag can have the answer it is judged by: it is asked
//! where the replica runs, and judged in the unit it comes in.

use super::super::{
    Findings,
    watched::{Metric, Named},
};
use crate::{
    model::{Resource, Span},
    plan::{
        Place, Plan,
        language::{AlarmRow, Found, Limit, ProbeRow, Said},
    },
};

/// A bound below this is no bound on a replica in another region: it is always passed.
const LEAST: Span = Span::millis(250);

pub(super) fn probe(
    plan: &Plan,
    named: &Named<'_>,
    row: &ProbeRow,
    findings: &mut Findings<'_>,
) {
    let id = row.id.get().map_or("", String::as_str);
    if let (Some(metric), Some(found)) = (Metric::of_probe(row), &row.metric) {
        let region = &found.value.region;
        asked_elsewhere(plan, named, (id, &metric, region), &found.place, findings);
        let bounds: [&Option<Found<Limit>>; 2] = [&row.warning, &row.critical];
        for limit in bounds.into_iter().flatten() {
            if limit.value.sign.starts_with('>') {
                too_small((id, &metric), limit.value.value, None, &limit.place, findings);
            }
        }
    }
    unheeded(id, row, findings);
}

pub(super) fn alarm(
    plan: &Plan,
    named: &Named<'_>,
    row: &AlarmRow,
    findings: &mut Findings<'_>,
) {
    let id = row.id.get().map_or("", String::as_str);
    let metric = Metric::of_alarm(row);
    asked_elsewhere(plan, named, (id, &metric, &row.region), &row.place, findings);
    if row.region.is_none() {
        nowhere(plan, named, id, &metric, row, findings);
    }
    let greater = row.comparison.get().is_none_or(|how| how.starts_with("Greater"));
    if let Some(threshold) = row.threshold.as_ref().filter(|_| greater) {
        let unit = row.unit.get().map(String::as_str);
        too_small((id, &metric), threshold.value, unit, &threshold.place, findings);
    }
}

/// A metric of a replica is where the replica is, and nowhere else.
fn asked_elsewhere(
    plan: &Plan,
    named: &Named<'_>,
    (id, metric, region): (&str, &Metric<'_>, &Option<Found<String>>),
    place: &Place,
    findings: &mut Findings<'_>,
) {
    let aws = metric.namespace.is_some_and(|name| name.starts_with("AWS/"));
    let of_database =
        metric.fact.is_some_and(|fact| fact.noun == Some(crate::model::Noun::Database));
    if !metric.is_lag() || !aws || !of_database {
        return;
    }
    for name in &metric.of {
        for (resource, site) in sides(&named.called(name), name) {
            let mut sites = plan.sites.iter();
            let there = sites.find(|one| one.id.as_str() == site);
            let lives = there.and_then(|one| one.region.as_deref());
            let (Some(lives), Some(asked)) = (lives, region) else { continue };
            if asked.value != lives && !asked.value.contains("${") {
                findings.at(
                    &asked.place,
                    format!(
                        "{id} asks {} for {name}, the side of {} that runs in {lives}: there \
                         is no such metric there, and never a value",
                        asked.value, resource.id
                    ),
                    format!("write region = \"{lives}\""),
                );
                return;
            }
        }
        let known = !named.called(name).is_empty() || name.contains("${");
        let any = plan.estate.iter().any(|one| one.noun == crate::model::Noun::Database);
        if !known && any && metric.of.len() == 1 {
            findings.at(
                place,
                format!("{id} asks for the lag of {name}, which is no side of any database here"),
                "write the name its side has",
            );
        }
    }
}

/// An alarm lives where its metric is; one that names no region is made anywhere.
fn nowhere(
    plan: &Plan,
    named: &Named<'_>,
    id: &str,
    metric: &Metric<'_>,
    row: &AlarmRow,
    findings: &mut Findings<'_>,
) {
    let aws = metric.namespace.is_some_and(|name| name.starts_with("AWS/"));
    if !metric.is_lag() || !aws || row.unread.contains(&"region") {
        return;
    }
    for name in &metric.of {
        for (resource, site) in sides(&named.called(name), name) {
            let there = plan.sites.iter().find(|one| one.id.as_str() == site);
            let Some(lives) = there.and_then(|one| one.region.as_deref()) else {
                continue;
            };
            findings.at(
                &row.place,
                format!(
                    "{id} names no region, and is made where whoever makes it happens to \
                     be: {name}, the side of {} it watches, runs in {lives}, and elsewhere \
                     there is never a value",
                    resource.id
                ),
                format!("write region = \"{lives}\""),
            );
            return;
        }
    }
}

/// The sides of these that are called so.
fn sides<'p>(of: &[&'p Resource], name: &str) -> Vec<(&'p Resource, &'p str)> {
    let mut found = Vec::new();
    for resource in of {
        for (site, side) in &resource.sides {
            let mut values = side.params.0.values().filter_map(|value| value.as_str());
            if values.any(|value| value == name) {
                found.push((*resource, site.as_str()));
            }
        }
    }
    if let [one] = found.as_slice() { vec![*one] } else { Vec::new() }
}

fn too_small(
    (id, metric): (&str, &Metric<'_>),
    value: f64,
    unit: Option<&str>,
    place: &Place,
    findings: &mut Findings<'_>,
) {
    let own = metric.fact.map_or("", |fact| fact.unit.as_str());
    let Some(at) = metric.lag(value, unit) else { return };
    if value > 0.0 && at < LEAST && own.to_lowercase().starts_with("milli") {
        findings.at(
            place,
            format!(
                "{} comes in milliseconds: {id} speaks at {at}, which a healthy replica in \
                 another region passes all the time ({value} s are {})",
                metric.name.unwrap_or("the lag"),
                value * 1000.0
            ),
            format!("write {} for {} s", value * 1000.0, value),
        );
    }
}

/// A question that answers -1 when nothing replicates, and nobody heeds it.
fn unheeded(id: &str, row: &ProbeRow, findings: &mut Findings<'_>) {
    let Some(sql) = &row.sql else { return };
    let bare: String = sql.value.to_lowercase().split_whitespace().collect();
    let says = ["else-1", ",-1)"].iter().any(|word| bare.contains(word));
    let judged = [&row.critical, &row.warning]
        .into_iter()
        .flatten()
        .any(|limit| limit.value.sign.starts_with('>'));
    if says && judged && row.broken.is_none() {
        findings.at(
            &sql.place,
            format!(
                "this answers -1 when nothing replicates, and {id} calls -1 healthy: it is \
                 below every bound"
            ),
            "write `broken = \"= -1\"`",
        );
    }
}
