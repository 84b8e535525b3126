//! Whether an alias names the zone its target is in.

use super::super::{Check, Findings, LintDef, written::steps};
use crate::{
    model::Noun,
    plan::{
        Level, Place, Plan,
        data::{AliasZone, data},
        language::{Items, Said},
    },
};

pub(super) const ALIAS_ZONE: LintDef = LintDef {
    id: "L62",
    name: "alias-zone-mismatch",
    level: Level::Error,
    doc: "An alias names another zone than its target's: Route 53 refuses the whole batch.",
    mend: "Write the zone of the target's region and type, or its CanonicalHostedZoneId.",
    check: Check::Plan(alias_zone),
};

/// What a name is the name of, and the zone it is in.
struct Target {
    what: String,
    zone: Option<&'static str>,
}

fn alias_zone(plan: &Plan, findings: &mut Findings<'_>) {
    for row in plan.file.traffic.items().iter().filter(|row| row.entries.is_some()) {
        let resource = plan.estate.iter().find(|one| {
            one.noun == Noun::Traffic
                && row.id.get().is_some_and(|id| id == one.id.as_str())
        });
        let own = resource.and_then(|one| one.params.text("zone"));
        for entry in row.entries.items() {
            if let (Some(alias), Some(zone)) =
                (entry.value.alias.get(), &entry.value.alias_zone)
            {
                judge((alias, &zone.value, own), &zone.place, findings);
            }
        }
    }
    for written in steps(plan) {
        let Some(batch) = written.step.dns_change.get() else { continue };
        let own = batch.zone.get().map(String::as_str);
        for change in batch.changes.items() {
            let Some(alias) = change.value.alias.get() else { continue };
            match &change.value.alias_zone {
                Some(zone) => judge((alias, &zone.value, own), &zone.place, findings),
                None => missing(alias, &change.place, findings),
            }
        }
    }
    in_files(plan, findings);
}

/// Batches in files beside the plan, which have no place but the step's.
fn in_files(plan: &Plan, findings: &mut Findings<'_>) {
    use crate::model::{Action, Errand};
    for runbook in &plan.runbooks {
        for step in runbook.steps() {
            let Action::Errand(Errand::Dns(call)) = &step.action else { continue };
            let at = format!("runbook.{}.{}", runbook.id, step.id);
            let inline = steps(plan).any(|written| {
                written.at() == at
                    && written
                        .step
                        .dns_change
                        .get()
                        .is_some_and(|row| row.changes.is_some())
            });
            for change in call.changes.iter().filter(|_| !inline) {
                if let (Some(alias), Some(zone)) = (&change.alias, &change.alias_zone)
                    && let Some((message, help)) = wrong((alias, zone, Some(&call.zone)))
                {
                    findings.add(&at, message, help);
                }
            }
        }
    }
}

fn judge(
    (alias, zone, own): (&str, &str, Option<&str>),
    place: &Place,
    findings: &mut Findings<'_>,
) {
    if let Some((message, help)) = wrong((alias, zone, own)) {
        findings.at(place, message, help);
    }
}

fn missing(alias: &str, place: &Place, findings: &mut Findings<'_>) {
    if let Some(Target { what, zone: Some(zone) }) = target(alias) {
        findings.at(
            place,
            format!("the alias of {alias} names no zone, which Route 53 wants"),
            format!("write alias_zone = \"{zone}\", the zone of {what}"),
        );
    }
}

fn wrong((alias, zone, own): (&str, &str, Option<&str>)) -> Option<(String, String)> {
    let target = target(alias)?;
    let is_own = own == Some(zone);
    if target.zone == Some(zone) || (zone.contains("${") && !is_own) {
        return None;
    }
    // Of a region nobody has written down here, only the own zone is certainly wrong.
    if target.zone.is_none() && !is_own {
        return None;
    }
    let whose = if is_own {
        "the zone the record itself is in".to_owned()
    } else {
        owner(zone).map_or_else(
            || "the zone of no load balancer known here".to_owned(),
            |owner| format!("the zone of {owner}"),
        )
    };
    let help = target.zone.map_or_else(
        || "write the load balancer's CanonicalHostedZoneId".to_owned(),
        |right| format!("write alias_zone = \"{right}\""),
    );
    Some((
        format!(
            "{alias} is in the zone of {}, and {zone} is {whose}: Route 53 refuses the \
             whole batch",
            target.what
        ),
        help,
    ))
}

/// What a name belongs to, by how AWS names things: `NAME.REGION.elb.amazonaws.com` is an
/// application or classic load balancer, `NAME.elb.REGION.amazonaws.com` a network one.
fn target(alias: &str) -> Option<Target> {
    let alias = alias.trim_end_matches('.').to_ascii_lowercase();
    let zones = &data().alias_zones;
    if let Some(one) = zones.everywhere.iter().find(|one| alias.ends_with(&one.suffix)) {
        return Some(Target { what: one.what.clone(), zone: Some(&one.zone) });
    }
    let name = alias.strip_suffix(".amazonaws.com")?;
    let (rest, last) = name.rsplit_once('.')?;
    let (_, before) = rest.rsplit_once('.')?;
    let (region, network) = match (before, last) {
        (region, "elb") => (region, false),
        ("elb", region) => (region, true),
        _ => return None,
    };
    let zone = zones.zone.iter().find(|one| one.region == region);
    let of =
        |one: &'static AliasZone| if network { &one.network } else { &one.application };
    let kind = if network { "network" } else { "application and classic" };
    Some(Target {
        what: format!("{kind} load balancers in {region}"),
        zone: zone.map(|one| of(one).as_str()),
    })
}

/// Whose zone an id is.
fn owner(zone: &str) -> Option<String> {
    let zones = &data().alias_zones;
    let everywhere = zones.everywhere.iter().find(|one| one.zone == zone);
    let balancer = || {
        zones.zone.iter().find_map(|one| {
            let kind = if one.application == zone {
                "application and classic"
            } else if one.network == zone {
                "network"
            } else {
                return None;
            };
            Some(format!("{kind} load balancers in {}", one.region))
        })
    };
    everywhere.map(|one| one.what.clone()).or_else(balancer)
}
