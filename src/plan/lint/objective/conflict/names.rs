//! Names that should be the same, and names that should not.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::super::{Findings, deed, promise::list};
use crate::{
    model::{Action, AwsCall, DnsCall, Errand, Noun, Resource, Runbook, Step, Verb},
    plan::{
        Plan,
        language::{ComputeRow, Items, Said},
    },
};

pub(super) fn check(plan: &Plan, findings: &mut Findings<'_>) {
    twins(plan, findings);
    for runbook in &plan.runbooks {
        zones(plan, runbook, findings);
        hosts(plan, runbook, findings);
        snapshots(runbook, findings);
    }
}

/// Settings that tell one thing from all others wherever it runs: with two alike there are
/// not two.
const WORLDWIDE: &[&str] = &["context", "endpoint", "host"];

/// Two sides that are one and the same, and are to have different counts. That there is
/// one where two are needed is L90's to say.
fn twins(plan: &Plan, findings: &mut Findings<'_>) {
    for resource in &plan.estate {
        let mut sides = resource.sides.iter();
        let twin = sides.find_map(|(site, side)| {
            let told = WORLDWIDE.iter().find(|key| side.params.text(key).is_some())?;
            let others = resource.sides.iter().skip_while(|(other, _)| *other != site);
            let (other, _) =
                others.skip(1).find(|(_, other)| other.params == side.params)?;
            Some((site, other, side.params.text(told)?))
        });
        let Some((site, other, same)) = twin else { continue };
        let Some(counts) = counts(plan, resource) else { continue };
        let id = &resource.id;
        findings.add(
            &format!("{}.{id}", resource.noun),
            format!(
                "{id} is the same thing in {site} and in {other} (\"{same}\"): what is done \
                 to one side is done to the other, and it is to have {counts} at once"
            ),
            "write what each side is really called",
        );
    }
}

/// How many it is said to have, when that is more than one number.
fn counts(plan: &Plan, resource: &Resource) -> Option<String> {
    let own =
        |row: &&ComputeRow| row.id.get().is_some_and(|id| id == resource.id.as_str());
    let row = plan.file.compute.items().iter().find(own)?;
    let said: BTreeSet<u64> = row
        .workloads
        .items()
        .iter()
        .flat_map(|one| [&one.value.normal, &one.value.standby, &one.value.failover])
        .filter_map(|count| count.get().copied())
        .collect();
    let said: Vec<String> = said.iter().map(ToString::to_string).collect();
    (said.len() > 1).then(|| list(&said))
}

fn at(runbook: &Runbook, step: &Step) -> String {
    format!("runbook.{}.{}", runbook.id, step.id)
}

fn dns(step: &Step) -> Option<&DnsCall> {
    let Action::Errand(Errand::Dns(call)) = &step.action else { return None };
    Some(call)
}

fn aws(step: &Step) -> Option<&AwsCall> {
    let Action::Errand(Errand::Aws(call)) = &step.action else { return None };
    Some(call)
}

/// The zone of a record, in the step that changes it and where it is declared.
fn zones(plan: &Plan, runbook: &Runbook, findings: &mut Findings<'_>) {
    for step in runbook.steps() {
        let Some(call) = dns(step) else { continue };
        for deed in deed::of(plan, runbook, step) {
            let resource = plan.resource(deed.resource.as_str());
            let zone = resource.and_then(|one| one.params.text("zone"));
            let (Verb::Shift, Some(zone)) = (deed.verb, zone) else { continue };
            let declared = format!("traffic.{}.zone", deed.resource);
            let of = |path: &str| {
                plan.parameters.iter().find(|one| {
                    one.variable.is_some() && one.users.iter().any(|user| user == path)
                })
            };
            let here = format!("{}.dns_change.zone", at(runbook, step));
            let what = match (of(&declared), of(&here)) {
                _ if call.zone != zone => format!(
                    "this changes zone {}, and {} is in {zone}",
                    call.zone, deed.resource
                ),
                (Some(parameter), None) => format!(
                    "zone {} is written out here, and is `${{{}}}` in {}: once that is \
                     set they differ",
                    call.zone, parameter.id, deed.resource
                ),
                (Some(_) | None, _) => continue,
            };
            let written = of(&declared).map_or_else(
                || zone.to_owned(),
                |parameter| format!("${{{}}}", parameter.id),
            );
            findings.add(&here, what, format!("write `zone = \"{written}\"`"));
        }
    }
}

/// Every text anywhere in a value.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(entries) => entries.values().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// Addresses of databases that are called otherwise: an endpoint of RDS begins with the
/// name of its instance or cluster.
fn hosts(plan: &Plan, runbook: &Runbook, findings: &mut Findings<'_>) {
    if plan.estate.iter().all(|one| one.noun != Noun::Database) {
        return;
    }
    for step in runbook.steps() {
        let Ok(action) = serde_json::to_value(&step.action) else { continue };
        for name in texts(&action).into_iter().flat_map(endpoints) {
            if is_known(plan, name) {
                continue;
            }
            let near = plan
                .estate
                .iter()
                .flat_map(|one| {
                    one.sides.values().filter_map(|side| side.params.text("instance"))
                })
                .max_by_key(|known| alike(known, name));
            let near = near.map_or_else(String::new, |near| format!("; there is {near}"));
            findings.add(
                &at(runbook, step),
                format!(
                    "this asks {name} (an address of RDS begins with the instance's own \
                     name), and nothing of the plan is called so{near}"
                ),
                "take the address from the answer of the step that makes the writer: \
                 `outputs = { endpoint = \"DBInstances[0].Endpoint.Address\" }`",
            );
        }
    }
}

/// The first words of RDS addresses in a text.
fn endpoints(text: &str) -> Vec<&str> {
    const END: &str = ".rds.amazonaws.com";
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-._${}".contains(c);
    text.split(|c: char| !is_part(c))
        .filter_map(|word| word.split_once(END).map(|(before, _)| before))
        .filter(|before| !before.contains("${") && !before.contains("proxy-"))
        .filter(|before| !before.contains("cluster-custom-"))
        .filter_map(|before| before.split('.').next())
        .filter(|name| !name.is_empty())
        .collect()
}

/// Whether anything of the estate, or that any step makes, is called so.
fn is_known(plan: &Plan, name: &str) -> bool {
    let called = |text: &str| {
        text == name || text.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'))
    };
    let estate = plan.estate.iter().any(|one| {
        let sides = one.sides.values().map(|side| &side.params);
        let mut params = sides.chain([&one.params]).flat_map(|params| params.0.values());
        params.any(|value| value.as_str().is_some_and(called))
    });
    let made = || {
        let steps = plan.runbooks.iter().flat_map(Runbook::steps);
        steps.filter_map(aws).any(|call| texts(&call.params).into_iter().any(called))
    };
    estate || made()
}

/// How many letters two names share from their beginning.
fn alike(one: &str, other: &str) -> usize {
    one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count()
}

/// A snapshot that is made under one name and copied under another.
fn snapshots(runbook: &Runbook, findings: &mut Findings<'_>) {
    let calls = || runbook.steps().filter_map(|step| Some((step, aws(step)?)));
    let made: Vec<&str> = calls()
        .filter(|(_, call)| call.operation.starts_with("Create"))
        .filter(|(_, call)| call.operation.ends_with("Snapshot"))
        .flat_map(|(_, call)| named(call, "", "SnapshotIdentifier"))
        .collect();
    for (step, call) in calls().filter(|(_, call)| call.operation.starts_with("Copy")) {
        for copied in named(call, "Source", "SnapshotIdentifier") {
            let name = copied.rsplit("snapshot:").next().unwrap_or(copied);
            if !made.is_empty() && !made.contains(&name) {
                findings.add(
                    &at(runbook, step),
                    format!("this copies {name}, and {} is what was made", list(&made)),
                    "copy the very name the snapshot was made under, or take it from the \
                     answer of that step",
                );
            }
        }
    }
}

/// Values of a call whose keys begin and end so.
fn named<'c>(call: &'c AwsCall, begin: &str, end: &str) -> Vec<&'c str> {
    let entries = call.params.as_object().into_iter().flatten();
    entries
        .filter(|(key, _)| key.starts_with(begin) && key.ends_with(end))
        .filter_map(|(_, value)| value.as_str())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_in_an_address_of_rds_is_its_first_word() {
        for (text, want) in [
            (
                "jdbc:postgresql://shop-dr.us-west-2.rds.amazonaws.com:5432/x",
                vec!["shop-dr"],
            ),
            (
                "{\"H\":\"a.b.rds.amazonaws.com\",\"I\":\"c.rds.amazonaws.com\"}",
                vec!["a", "c"],
            ),
            ("${step.p.host}.eu-west-1.rds.amazonaws.com", vec![]),
            ("pool.proxy-c9ak.eu-west-1.rds.amazonaws.com", vec![]),
            ("shop-dr.us-west-2.shop.internal", vec![]),
        ] {
            assert_eq!(endpoints(text), want, "{text}");
        }
    }
}
