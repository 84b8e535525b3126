//! Whether users are moved by themselves to a database that waits for a person.

use super::super::{Check, Findings, LintDef, promise::list};
use crate::{
    model::{Noun, Resource},
    plan::{
        Level, Plan,
        language::{
            DatabaseRow, Items, Said, TrafficRow,
            words::{Policy, SiteRole},
        },
    },
};

pub(super) const AUTO_DNS: LintDef = LintDef {
    id: "L52",
    name: "auto-dns-without-auto-db",
    level: Level::Error,
    doc: "Users come to a side by a health check, or by weight, while the database they write to is promoted there by people.",
    mend: "Let people move both, in that order, or let the database fail over by itself, too.",
    check: Check::Plan(auto_dns),
};

fn auto_dns(plan: &Plan, findings: &mut Findings<'_>) {
    for row in plan.file.traffic.items() {
        shared(plan, row, findings);
        let (Some(id), Some(how)) = (row.id.get(), automatic(plan, row)) else {
            continue;
        };
        let waiting = beneath(plan, id);
        if waiting.is_empty() {
            continue;
        }
        let place = row.automatic.place().or(row.policy.place()).unwrap_or(&row.place);
        findings.at(
            place,
            format!(
                "{id} moves users by itself ({how}), and {} is read-only there until \
                 somebody promotes it",
                list(&waiting)
            ),
            "give it a policy that people move (weighted, 100 and 0) with `automatic = false`, \
             or take the check off the PRIMARY record, and move users after the promotion",
        );
    }
}

/// Whether a record has a health check that asks the side itself: Route 53 then moves users
/// whatever the plan calls it. A check of what people throw as a switch moves nobody by itself.
fn asks_the_side(plan: &Plan, row: &TrafficRow) -> bool {
    let is_side = |check: &String| {
        let mut rows = plan.file.health_check.items().iter();
        let host = rows.find(|one| one.id.get() == Some(check));
        let host = host.and_then(|one| one.host.get());
        host.is_some_and(|host| {
            plan.file.probe.items().iter().any(|probe| {
                probe.site.is_some()
                    && probe.url.get().is_some_and(|url| url.contains(host.as_str()))
            })
        })
    };
    let mut entries =
        row.entries.items().iter().filter(|entry| {
            entry.value.failover.get().is_some_and(|role| role == "PRIMARY")
        });
    row.policy.get() == Some(&Policy::Failover)
        && entries.any(|entry| {
            let asked = entry.value.health_check.get();
            entry.value.evaluate_target_health.get() == Some(&true)
                || asked.is_some_and(|check| !is_switch(plan, check) && is_side(check))
        })
}

/// Whether a health check is a switch that people throw.
fn is_switch(plan: &Plan, check: &String) -> bool {
    let mut rows = plan.file.health_check.items().iter();
    let row = rows.find(|row| row.id.get() == Some(check));
    row.is_some_and(|row| row.inverted.get() == Some(&true))
}

/// How it moves users by itself, if it does: failover records do what their checks say.
fn automatic(plan: &Plan, row: &TrafficRow) -> Option<&'static str> {
    let mut entries = row.entries.items().iter();
    let checked = entries.any(|entry| {
        entry.value.health_check.get().is_some_and(|check| !is_switch(plan, check))
    });
    match row.automatic.get() {
        Some(true) => Some("`automatic = true`"),
        Some(false) if asks_the_side(plan, row) => Some(
            "`automatic = false`, but the PRIMARY record has a check of the side's own health",
        ),
        Some(false) => None,
        None if row.policy.get() == Some(&Policy::Failover) && checked => {
            Some("failover records with health checks")
        }
        None => None,
    }
}

/// Databases of what a name leads to that take no writes on their other side.
fn beneath<'p>(plan: &'p Plan, traffic: &str) -> Vec<&'p str> {
    let served = plan
        .services
        .iter()
        .filter(|service| service.uses.iter().any(|used| used.as_str() == traffic));
    let used: Vec<_> = served.flat_map(|service| &service.uses).collect();
    let databases = plan.estate.iter().filter(|one| one.noun == Noun::Database);
    let waiting = databases.filter(|one| used.contains(&&one.id) && waits(plan, one));
    waiting.map(|one| one.id.as_str()).collect()
}

/// A side that only stands by, and is given users in normal operation.
fn shared(plan: &Plan, row: &TrafficRow, findings: &mut Findings<'_>) {
    let (Some(id), Some(primary)) = (row.id.get(), row.primary.get()) else { return };
    let entries = row.entries.items();
    let sum: u64 = entries.iter().filter_map(|one| one.value.weight.get()).sum();
    let standby = |site: &str| {
        let mut sites = plan.file.site.items().iter();
        sites.any(|one| {
            one.id.get().is_some_and(|id| id == site)
                && one.role.get() == Some(&SiteRole::Dr)
        })
    };
    for entry in entries {
        let (Some(site), Some(weight)) = (entry.value.site.get(), &entry.value.weight)
        else {
            continue;
        };
        if weight.value == 0 || site == primary || !standby(site) {
            continue;
        }
        let waiting = beneath(plan, id);
        if !waiting.is_empty() {
            findings.at(
                &weight.place,
                format!(
                    "{} % of the users of {id} come to {site} in normal operation, where {} \
                     is read-only",
                    weight.value * 100 / sum.max(1),
                    list(&waiting)
                ),
                "write weight = 0: people give it users once the database is promoted",
            );
        }
    }
}

/// Whether its other side takes no writes before somebody promotes it.
fn waits(plan: &Plan, resource: &Resource) -> bool {
    let own =
        |row: &&DatabaseRow| row.id.get().is_some_and(|id| id == resource.id.as_str());
    let Some(row) = plan.file.database.items().iter().find(own) else { return false };
    let how = row.replication.get();
    let kind = how.and_then(|how| how.kind.get()).map_or("", String::as_str);
    let settings = row.settings.get().and_then(|settings| settings.as_object());
    let by_itself = settings
        .into_iter()
        .flatten()
        .any(|(key, value)| key.contains("automatic") && value.as_bool() == Some(true));
    !by_itself && !kind.contains("multi") && resource.sides.len() > 1
}
