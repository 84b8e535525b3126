//! Whether users are moved by themselves to a database that waits for a person.

use super::super::{Check, Findings, LintDef, promise::list};
use crate::{
    model::{Noun, Resource},
    plan::{
        Level, Plan,
        language::{DatabaseRow, Items, Said, TrafficRow, words::Policy},
    },
};

pub(super) const AUTO_DNS: LintDef = LintDef {
    id: "L52",
    name: "auto-dns-without-auto-db",
    level: Level::Error,
    doc: "Users are moved by a health check, while the database they write to is promoted by people.",
    mend: "Let people move both, in that order, or let the database fail over by itself, too.",
    check: Check::Plan(auto_dns),
};

fn auto_dns(plan: &Plan, findings: &mut Findings<'_>) {
    for row in plan.file.traffic.items() {
        let (Some(id), Some(how)) = (row.id.get(), automatic(plan, row)) else {
            continue;
        };
        let served = plan
            .services
            .iter()
            .filter(|service| service.uses.iter().any(|used| used.as_str() == id));
        let used: Vec<_> = served.flat_map(|service| &service.uses).collect();
        let waiting: Vec<&str> = plan
            .estate
            .iter()
            .filter(|one| one.noun == Noun::Database && used.contains(&&one.id))
            .filter(|one| waits(plan, one))
            .map(|one| one.id.as_str())
            .collect();
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
            "write `automatic = false` and a policy that people move (weighted), and move \
             users after the promotion",
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
