//! Whether a promise to lose nothing has anything behind it.

use super::super::{
    Check, Findings, LintDef,
    promise::{list, services},
};
use crate::{
    model::{Noun, Resource, Service, Span},
    plan::{
        Level, Plan,
        data::data,
        language::{Items, ReplicationRow, Said, words::Sync},
    },
};

pub(super) const ZERO_ASYNC: LintDef = LintDef {
    id: "L32",
    name: "rpo-zero-async",
    level: Level::Error,
    doc: "Nothing may be lost, and what keeps the data follows later, or nothing does.",
    mend: "Use a store that commits at both sides, or promise what really is kept.",
    check: Check::Plan(zero_async),
};

fn zero_async(plan: &Plan, findings: &mut Findings<'_>) {
    for one in services(plan).filter(|one| one.any_rpo() == Some(Span::ZERO)) {
        let Some(why) = weak(plan, one.service) else { continue };
        let at = format!("service.{}.rpo", one.id());
        findings.add(&at, format!("{} may lose nothing, and {why}", one.id()), ADVICE);
    }
    for row in plan.file.scenario.items() {
        let (Some(id), Some(rpo)) = (row.id.get(), &row.rpo) else { continue };
        if rpo.value > Span::ZERO {
            continue;
        }
        let answers = plan.runbooks.iter().filter(|runbook| {
            runbook.terms.scenarios.iter().any(|own| own.as_str() == id)
                || row.runbooks.items().iter().any(|own| own.value == runbook.id.as_str())
        });
        let promises = answers.filter_map(|runbook| plan.promises.get(&runbook.id));
        let back: Vec<_> = promises.flat_map(|promise| &promise.services).collect();
        let mut all = plan.services.iter().filter(|service| back.contains(&&service.id));
        if let Some(why) = all.find_map(|service| weak(plan, service)) {
            findings.at(
                &rpo.place,
                format!("in {id} nothing may be lost, and {why}"),
                ADVICE,
            );
        }
    }
}

const ADVICE: &str = "keep it in a store that commits at both sides (`replication.mode = \
                      \"sync\"`), or write the RPO that can be kept; until then a \
                      [[waiver]] that expires says who accepts it";

/// Why what a service writes can be lost; none when each store commits at both sides.
fn weak(plan: &Plan, service: &Service) -> Option<String> {
    let used = || plan.estate.iter().filter(|one| service.uses.contains(&one.id));
    let databases: Vec<&Resource> =
        used().filter(|one| one.noun == Noun::Database).collect();
    let stores: Vec<&Resource> = if databases.is_empty() {
        used().filter(|one| one.noun == Noun::Storage).collect()
    } else {
        databases
    };
    if stores.is_empty() {
        return Some("nothing is declared that keeps what it writes".to_owned());
    }
    let all: Vec<String> = stores.iter().filter_map(|one| loses(plan, one)).collect();
    (!all.is_empty()).then(|| list(&all))
}

fn loses(plan: &Plan, resource: &Resource) -> Option<String> {
    let id = &resource.id;
    let how = replication(plan, resource);
    let mode = how.and_then(|how| how.mode.get()).copied();
    let kind = how.and_then(|how| how.kind.get()).map_or("", String::as_str);
    if resource.sides.len() < 2 || kind == "none" {
        return Some(format!("{id} is in {} alone", resource.primary));
    }
    let later = data().copies.follower.iter().any(|one| one.kind == resource.kind);
    let lost = format!(
        "{id} ({}) follows later: what was committed in the last moments before a loss is \
         gone",
        resource.kind
    );
    match mode {
        Some(Sync::Async) => Some(lost),
        Some(Sync::Sync | Sync::SemiSync) | None if later => Some(lost),
        Some(Sync::Sync | Sync::SemiSync) => None,
        None if kind.contains("multi") => None,
        None => {
            Some(format!("nobody says that a commit in {id} waits for the other side"))
        }
    }
}

/// How a store's other sides follow, as it was written.
fn replication<'p>(plan: &'p Plan, resource: &Resource) -> Option<&'p ReplicationRow> {
    let id = resource.id.as_str();
    let databases = plan.file.database.items().iter();
    let mut found = databases
        .map(|row| (&row.id, &row.replication))
        .chain(plan.file.storage.items().iter().map(|row| (&row.id, &row.replication)));
    let (_, row) = found.find(|(own, _)| own.get().is_some_and(|own| own == id))?;
    row.get()
}
