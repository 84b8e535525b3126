//! Whether what stands by can do without what it stands by for.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    super::{Check, Findings, LintDef, act},
    compose::{self, After},
};
use crate::{
    model::{Noun, Resource, RunbookKind},
    plan::{
        Level, Place, Plan,
        language::{ComputeRow, Found, Items, Said, StepRow, WorkloadRow},
    },
};

pub(super) const DEPENDS_ON_PRIMARY: LintDef = LintDef {
    id: "L83",
    name: "standby-depends-on-primary",
    level: Level::Error,
    doc: "What stands by, or what switches to it, needs what it stands by for.",
    mend: "Let it start, and be switched to, without the other side.",
    check: Check::Plan(depends_on_primary),
};

pub(super) const SHARED_COMPONENT: LintDef = LintDef {
    id: "L90",
    name: "shared-component",
    level: Level::Warning,
    doc: "What serves and what stands by share a host or a component, and are lost together.",
    mend: "Give each side its own.",
    check: Check::Plan(shared_component),
};

/// Words people call what stands by with.
const STANDBY: &[&str] = &["secondary", "standby", "failover", "dr"];

/// Words people call what serves with.
const SERVING: &[&str] = &["primary", "main", "active", "master"];

/// Words of what sends users to one or the other.
const SWITCH: &[&str] =
    &["balancer", "nginx", "haproxy", "traefik", "envoy", "proxy", "lb"];

fn among(text: &str, words: &[&str]) -> bool {
    text.split(|c: char| !c.is_alphanumeric())
        .any(|part| words.iter().any(|word| part.eq_ignore_ascii_case(word)))
}

fn has(workload: &WorkloadRow, words: &[&str]) -> bool {
    let mut own = workload.name.get().into_iter().chain(workload.image.get());
    own.any(|text| among(text, words))
}

fn stands_by(workload: &WorkloadRow) -> bool {
    let mut own = workload.name.get().into_iter().chain(workload.profile.get());
    own.any(|text| among(text, STANDBY))
}

/// Whether `one` serves what `reserve` stands by for.
fn serves_for(one: &WorkloadRow, reserve: &WorkloadRow) -> bool {
    let alike = one.image.get().is_some_and(|image| reserve.image.get() == Some(image));
    let named = one.name.get().is_some_and(|name| among(name, SERVING));
    !stands_by(one) && !has(one, SWITCH) && (alike || named)
}

fn depends_on_primary(plan: &Plan, findings: &mut Findings<'_>) {
    for row in plan.file.compute.items() {
        let workloads: Vec<&WorkloadRow> =
            row.workloads.items().iter().map(|found| &found.value).collect();
        let reserve: Vec<&WorkloadRow> =
            workloads.iter().copied().filter(|one| stands_by(one)).collect();
        let serving: Vec<&str> = workloads
            .iter()
            .filter(|one| reserve.iter().any(|other| serves_for(one, other)))
            .filter_map(|one| one.name.get().map(String::as_str))
            .collect();
        for one in workloads.iter().filter(|_| !reserve.is_empty()) {
            started_with(row, one, &serving, findings);
        }
        for one in reserve {
            reads_primary(plan, row, one, findings);
        }
        in_its_file(plan, row, (&workloads, &serving), findings);
    }
    super::lost::needed(plan, findings);
    for runbook in plan.file.runbook.items() {
        let leaves = runbook.kind.get() == Some(&RunbookKind::Failover);
        let Some(from) = runbook.from.get().filter(|_| leaves) else { continue };
        if runbook.to.get() == Some(from) {
            continue;
        }
        for step in runbook.step.items() {
            runs_at(plan, from, step, findings);
        }
    }
}

/// Something that cannot be started without what is lost.
fn started_with(
    row: &ComputeRow,
    one: &WorkloadRow,
    serving: &[&str],
    findings: &mut Findings<'_>,
) {
    let reserve = stands_by(one);
    let switch = !reserve && has(one, SWITCH);
    let mut needs = one.depends_on.items().iter();
    let needed = needs.find(|need| serving.contains(&need.value.as_str()));
    let (Some(name), Some(need)) = (one.name.get(), needed) else { return };
    if !(reserve || switch) {
        return;
    }
    let message = if reserve {
        format!(
            "{name} stands by for {0}, and cannot be started without it: when {0} is lost, \
             nothing takes its place",
            need.value
        )
    } else {
        format!(
            "{name} sends users to what is left, and cannot be started without {}: when \
             that is lost, nobody reaches the other",
            need.value
        )
    };
    findings.at(
        &place(row, &need.place),
        message,
        format!("take {} out of its `depends_on`", need.value),
    );
}

/// The compose file beside the plan, where it says what the plan's own words do not.
fn in_its_file(
    plan: &Plan,
    row: &ComputeRow,
    (workloads, serving): (&[&WorkloadRow], &[&str]),
    findings: &mut Findings<'_>,
) {
    let Some(file) = &row.file else { return };
    let name = file.value.trim_start_matches("./");
    let Some(text) = plan.beside.get(name).and_then(|one| one.text.as_ref()) else {
        return;
    };
    for After { service, needs } in compose::depends(text) {
        let own = workloads.iter().find(|one| one.name.get() == Some(&service));
        let Some(own) = own.filter(|_| serving.contains(&needs.as_str())) else {
            continue;
        };
        let told = own.depends_on.items().iter().any(|one| one.value == needs);
        if told || !(stands_by(own) || has(own, SWITCH)) {
            continue;
        }
        findings.at(
            &file.place,
            format!(
                "in {name} {service} depends on {needs}: when {needs} is lost, {service}, \
                 which is there for that, cannot be started"
            ),
            format!("take {needs} out of its `depends_on`"),
        );
    }
}

/// A program of the second side that is told to use the first side's database.
fn reads_primary(
    plan: &Plan,
    row: &ComputeRow,
    one: &WorkloadRow,
    findings: &mut Findings<'_>,
) {
    for (key, found) in one.env.items() {
        let primary = plan.estate.iter().find(|of| {
            of.noun == Noun::Database
                && of.sides.len() > 1
                && names_primary(of, &found.value)
        });
        let (Some(of), Some(name)) = (primary, one.name.get()) else { continue };
        findings.at(
            &place(row, &found.place),
            format!(
                "{name} stands by, and its {key} names {} in {}: without that side it has \
                 no database",
                of.id, of.primary
            ),
            "name the side it stands by at",
        );
    }
}

fn names_primary(of: &Resource, text: &str) -> bool {
    let Some(side) = of.sides.get(&of.primary) else { return false };
    let others = of.sides.iter().filter(|(site, _)| **site != of.primary);
    let same = |name: &str| {
        others.clone().any(|(_, side)| {
            side.params.0.values().any(|value| value.as_str() == Some(name))
        })
    };
    side.params
        .0
        .values()
        .filter_map(|value| value.as_str())
        .any(|name| name != "localhost" && !same(name) && act::names(text, name))
}

/// A step of a failover that runs on a machine of the side that is left.
fn runs_at(plan: &Plan, from: &str, step: &StepRow, findings: &mut Findings<'_>) {
    let Some(host) = &step.host else { return };
    let rows = plan.file.host.items().iter();
    let there = rows
        .filter(|row| row.id.get() == Some(&host.value))
        .any(|row| row.site.get().is_some_and(|site| site == from));
    // To stop the old side is worth a try while it still answers.
    let stops = !step.fences.items().is_empty();
    if there && !stops && step.optional.get() != Some(&true) {
        findings.at(
            &host.place,
            format!(
                "this runs on {}, which stands in {from}: the side that is lost",
                host.value
            ),
            "run it on a machine of the other side, or on the console's own",
        );
    }
}

/// A place inside a workload, told as its compute: workloads have no path of their own.
fn place(row: &ComputeRow, inner: &Place) -> Place {
    Place { spot: inner.spot, at: format!("{}.workloads", row.place.at) }
}

fn shared_component(plan: &Plan, findings: &mut Findings<'_>) {
    for row in plan.file.compute.items() {
        let workloads = row.workloads.items();
        let pair = workloads.iter().find_map(|one| {
            let reserve = Some(&one.value).filter(|reserve| stands_by(reserve))?;
            let serving = workloads.iter().find(|one| serves_for(&one.value, reserve))?;
            Some((&serving.value, reserve))
        });
        if let Some(pair) = pair {
            one_host(row, pair, findings);
            one_store(plan, row, pair, findings);
        }
    }
    same_place(plan, findings);
    strange_host(plan, findings);
    same_region(plan, findings);
    for row in plan.file.resource.items() {
        let sites: BTreeSet<&str> = plan
            .sites
            .iter()
            .map(|site| site.id.as_str())
            .filter(|site| row.shared_by.items().iter().any(|one| one.value == *site))
            .collect();
        let (Some(id), true) = (row.id.get(), sites.len() > 1) else { continue };
        findings.at(
            &row.place,
            format!(
                "{id} is shared by {}: when it is lost, none of them is left",
                sites.into_iter().collect::<Vec<_>>().join(" and ")
            ),
            "give each site its own",
        );
    }
}

type Pair<'a> = (&'a WorkloadRow, &'a WorkloadRow);

fn called(pair: Pair<'_>) -> Option<(&String, &String)> {
    pair.0.name.get().zip(pair.1.name.get())
}

/// Both on the one machine a compose file or a unit is for.
fn one_host(row: &ComputeRow, pair: Pair<'_>, findings: &mut Findings<'_>) {
    let single = row.kind.as_ref().filter(|kind| {
        ["compose", "systemd", "docker"].iter().any(|word| kind.value.contains(word))
    });
    let (Some(kind), Some((serving, reserve))) = (single, called(pair)) else { return };
    if row.side.items().len() > 1 {
        return;
    }
    let site = row.primary.get().map_or("one site", String::as_str);
    findings.at(
        &kind.place,
        format!(
            "{serving} and {reserve}, which stands by for it, run on one host in {site}: \
             they are lost together"
        ),
        format!("give {reserve} a [[compute]] of its own, on another host"),
    );
}

/// Both told to use the same store.
fn one_store(plan: &Plan, row: &ComputeRow, pair: Pair<'_>, findings: &mut Findings<'_>) {
    let Some((serving, reserve)) = called(pair) else { return };
    for (key, found) in pair.1.env.items() {
        let same = pair.0.env.items().iter().any(|(other, theirs)| {
            other == key && theirs.value == found.value && found.value.contains("://")
        });
        let Some(host) = host(&found.value).filter(|_| same) else { continue };
        let service = plan.file.service.items().iter().find_map(|row| {
            let id = row.id.as_ref()?;
            let first = host.split(['-', '.']).next()?;
            (id.value == host || id.value == first).then_some(id)
        });
        let own = service.map(|id: &Found<String>| Place {
            spot: id.place.spot,
            at: format!("service.{}", id.value),
        });
        findings.at(
            &own.unwrap_or_else(|| place(row, &found.place)),
            format!(
                "{serving} and {reserve}, which stands by for it, both use {host} ({key}): \
                 when it is lost, neither works"
            ),
            "give each a store of its own, or one that survives the loss of a side",
        );
    }
}

fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    rest.split([':', '/']).next().filter(|host| !host.is_empty() && *host != "localhost")
}

/// Two sides that are one thing under one address.
fn same_place(plan: &Plan, findings: &mut Findings<'_>) {
    const ADDRESS: &[&str] = &["context", "host", "endpoint", "address", "url"];
    for one in &plan.estate {
        let mut sides = one.sides.iter();
        let (Some((first, a)), Some((second, b))) = (sides.next(), sides.next()) else {
            continue;
        };
        let key = ADDRESS.iter().find(|key| {
            a.params.text(key).is_some_and(|value| b.params.text(key) == Some(value))
        });
        if let Some(key) = key.filter(|_| a == b) {
            findings.add(
                &format!("{}.{}.side", one.noun, one.id),
                format!(
                    "{} in {first} and in {second} have the same {key} ({}): they are one \
                     thing, and lost together",
                    one.id,
                    a.params.text(key).unwrap_or_default()
                ),
                format!("write each side's own {key}"),
            );
        }
    }
}

/// A side that is to run on a machine which stands at another site.
fn strange_host(plan: &Plan, findings: &mut Findings<'_>) {
    let rows = plan.file.host.items().iter();
    let hosts: BTreeMap<&str, &str> = rows
        .filter_map(|row| Some((row.id.get()?.as_str(), row.site.get()?.as_str())))
        .collect();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for one in &plan.estate {
        for (site, side) in &one.sides {
            let listed = side.params.0.get("hosts").and_then(Value::as_array);
            let listed = listed.into_iter().flatten().filter_map(Value::as_str);
            for host in listed.chain(side.params.text("host")) {
                let Some(stands) = hosts.get(host).filter(|at| **at != site.as_str())
                else {
                    continue;
                };
                if !told.insert(host) {
                    continue;
                }
                findings.add(
                    &format!("{}.{}.side.{site}", one.noun, one.id),
                    format!(
                        "{} in {site} is to run on {host}, which stands in {stands}: with \
                         {stands} it is lost too",
                        one.id
                    ),
                    format!("name a host of {site}, or write {host}'s own site"),
                );
            }
        }
    }
}

/// Two sites in one region, with nothing that tells them apart there.
fn same_region(plan: &Plan, findings: &mut Findings<'_>) {
    let rows = plan.file.site.items();
    for (index, row) in rows.iter().enumerate() {
        let (Some(region), Some(id)) = (&row.region, row.id.get()) else { continue };
        let other = rows.iter().take(index).find(|other| {
            let apart = row.zones.is_some() && row.zones != other.zones;
            other.region.get() == Some(&region.value) && !apart
        });
        let Some(other) = other.and_then(|other| other.id.get()) else { continue };
        findings.at(
            &region.place,
            format!(
                "{other} and {id} are both in {}: when it is lost, there is no other side",
                region.value
            ),
            "write the other side's own region, or each side's own `zones`",
        );
    }
}
