//! Names and addresses that are spelled in two ways where one thing is meant.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::Findings;
use crate::{
    model::{Noun, Resource, Runbook},
    plan::{
        Place, Plan,
        language::{AwsStep, Either, Items, Said, StepRow, words::Look},
        lint::{act, written},
    },
};

pub(super) fn check(plan: &Plan, findings: &mut Findings<'_>) {
    let known = Known::of(plan);
    for row in plan.file.probe.items() {
        if let Some(call) = &row.aws {
            known.ask(&call.value, &call.place, findings);
        }
    }
    for call in written::calls(plan) {
        known.ask(call.row, call.place, findings);
    }
    ports(plan, findings);
    let watched = watched(plan);
    for written in written::steps(plan) {
        pointed(&watched, written.step, findings);
    }
}

/// Keys a call names a thing with, and what a side calls the same.
const KEYS: &[(&str, &str)] = &[
    ("Bucket", "bucket"),
    ("DBInstanceIdentifier", "instance"),
    ("DBClusterIdentifier", "cluster"),
];

/// Names that are declared, and those the plan makes by itself.
#[derive(Debug, Default)]
struct Known<'p> {
    declared: BTreeSet<(&'static str, &'p str)>,
    /// By their letters in order, and by their letters sorted: what is spelled nearly alike
    /// is found there, however many there are.
    alike: BTreeMap<(&'static str, String), Vec<&'p str>>,
    made: BTreeSet<&'p str>,
}

impl<'p> Known<'p> {
    fn of(plan: &'p Plan) -> Self {
        let steps = plan.runbooks.iter().flat_map(Runbook::steps);
        let made = steps.flat_map(|step| act::made(step).into_iter().map(|one| one.name));
        let mut known = Self { made: made.collect(), ..Self::default() };
        let sides = plan.estate.iter().flat_map(|one| one.sides.values());
        let names = sides.flat_map(|side| {
            KEYS.iter().filter_map(|(_, key)| Some((*key, side.params.text(key)?)))
        });
        for (key, name) in names {
            if known.declared.insert((key, name)) {
                for letters in [bare(name), sorted(name)] {
                    known.alike.entry((key, letters)).or_default().push(name);
                }
            }
        }
        known
    }

    fn ask(&self, call: &AwsStep, place: &Place, findings: &mut Findings<'_>) {
        for (key, own) in KEYS {
            let Some(name) = call.text(key).filter(|name| name.len() > 7) else {
                continue;
            };
            if self.made.contains(name) || self.declared.contains(&(*own, name)) {
                continue;
            }
            let near = [bare(name), sorted(name)].into_iter();
            let mut near = near.filter_map(|letters| self.alike.get(&(*own, letters)));
            let meant = near.find_map(|all| all.iter().find(|one| is_slip(one, name)));
            if let Some(meant) = meant {
                findings.at(
                    place,
                    format!(
                        "this asks for `{name}`, and what the plan declares is `{meant}`"
                    ),
                    format!("write {key} = \"{meant}\""),
                );
            }
        }
    }
}

/// Letters and digits without what stands between them.
fn bare(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|c| c.to_ascii_lowercase()).collect()
}

fn sorted(name: &str) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    letters.sort_unstable();
    letters.into_iter().collect()
}

/// Whether two names differ in their dashes only, or by two letters that changed places.
fn is_slip(one: &str, other: &str) -> bool {
    let swapped = || {
        let pairs = one.chars().zip(other.chars());
        let apart: Vec<(char, char)> = pairs.filter(|(a, b)| a != b).collect();
        match apart.as_slice() {
            [(a, b), (c, d)] => {
                a == d && b == c && a.is_alphabetic() && b.is_alphabetic()
            }
            _ => false,
        }
    };
    one != other && (bare(one) == bare(other) || one.len() == other.len() && swapped())
}

/// Probes that ask a database's own address at another port.
fn ports(plan: &Plan, findings: &mut Findings<'_>) {
    let databases = plan.estate.iter().filter(|one| one.noun == Noun::Database);
    let sides = databases.flat_map(|one| one.sides.values().map(move |side| (one, side)));
    let declared: BTreeMap<&str, (&Resource, u64)> = sides
        .filter_map(|(one, side)| {
            let port = u64::from(side.params.number("port")?);
            Some((side.params.text("endpoint")?, (one, port)))
        })
        .collect();
    for row in plan.file.probe.items() {
        let (Some(host), Some(asked)) = (row.host.get(), &row.port) else { continue };
        let Either::Short(number) = &asked.value else { continue };
        // What stands before a database may listen beside it.
        let asks =
            row.kind.get().is_some_and(|kind| matches!(kind, Look::Postgres | Look::Sql));
        let known = declared.get(host.as_str()).filter(|_| asks);
        if let Some((one, port)) = known.filter(|(_, port)| port != number) {
            findings.at(
                &asked.place,
                format!(
                    "{} asks {host} at {number}, and {} listens there at {port}",
                    row.id.get().map_or("", String::as_str),
                    one.id
                ),
                format!("write port = {port}"),
            );
        }
    }
}

/// By site, the addresses databases are watched at there.
fn watched(plan: &Plan) -> BTreeMap<&str, Vec<&str>> {
    let databases = plan.estate.iter().filter(|one| one.noun == Noun::Database);
    let databases: BTreeSet<&str> = databases.map(|one| one.id.as_str()).collect();
    let mut hosts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in plan.file.probe.items() {
        if let (Some(of), Some(site), Some(host)) =
            (row.resource.get(), row.site.get(), row.host.get())
            && databases.contains(of.as_str())
        {
            hosts.entry(site).or_default().push(host);
        }
    }
    hosts
}

/// A repoint to an address that is nearly the one the database is watched at there.
fn pointed(
    watched: &BTreeMap<&str, Vec<&str>>,
    step: &StepRow,
    findings: &mut Findings<'_>,
) {
    let to = step.rest.iter().find(|(key, _)| key == "to");
    let (Some((_, to)), Some(side)) = (to, step.side.get()) else { return };
    let Some(host) = to.value.as_str().map(|to| to.split(':').next().unwrap_or(to))
    else {
        return;
    };
    let Some(hosts) = watched.get(side.as_str()) else { return };
    if host.contains("${") || hosts.contains(&host) {
        return;
    }
    if let Some(near) = hosts.iter().find(|known| is_shortened(known, host)) {
        findings.at(
            &to.place,
            format!(
                "programs are pointed at {host}, and the database is watched at {near} in \
                 {side}"
            ),
            format!("write to = \"{near}\", or ask the same address in the probe"),
        );
    }
}

/// Whether two hosts of one domain have names of which one has all words of the other.
fn is_shortened(one: &str, other: &str) -> bool {
    let (Some((a, domain)), Some((b, same))) =
        (one.split_once('.'), other.split_once('.'))
    else {
        return false;
    };
    let words =
        |name: &str| -> BTreeSet<String> { name.split('-').map(str::to_owned).collect() };
    let (a, b) = (words(a), words(b));
    let shared = a.intersection(&b).count();
    domain == same && shared > 1 && (a.is_superset(&b) || b.is_superset(&a))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_no_other_name() {
        for (one, other, slip) in [
            ("shop-data-us-east-1", "shop-data-useast-1", true),
            ("shop-data-us-east-1", "shop-data-su-east-1", true),
            ("shop-data-us-east-1", "shop-data-us-east-2", false),
            ("shop-data-a", "shop-data-b", false),
            ("shop-data", "shop-data", false),
        ] {
            assert_eq!(is_slip(one, other), slip, "{one} {other}");
        }
        assert!(is_shortened("shop-db-replica-west.internal", "shop-db-west.internal"));
        assert!(!is_shortened("shop-db-west.internal", "pool-west.internal"));
    }
}
