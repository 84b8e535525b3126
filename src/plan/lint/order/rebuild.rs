//! A server of one's own that is made a replica again by its own programs, and how to write
//! that for what kind.

use super::{
    super::{Deed, act},
    drill::machine,
};
use crate::{
    model::{Noun, Resource, SiteId},
    plan::Plan,
};

/// One side of a database that is built anew as a replica.
#[derive(Debug)]
pub(super) struct Rebuilt<'p> {
    pub database: &'p Resource,
    pub side: &'p SiteId,
}

/// Programs that make a replica of what there is, each with words one of which must stand
/// beside it: without them it is a copy that follows nobody.
const PROGRAMS: &[(&str, &[&str])] = &[
    ("pg_basebackup", &["-R", "--write-recovery-conf", "standby.signal"]),
    ("pg_rewind", &[]),
    ("repmgr", &["clone", "rejoin"]),
    ("patronictl", &["reinit"]),
    ("pgbackrest", &["--type=standby"]),
];

/// Every side some step of some runbook rebuilds so.
pub(super) fn by_hand(plan: &Plan) -> Vec<Rebuilt<'_>> {
    let mut found = Vec::new();
    for runbook in &plan.runbooks {
        for step in runbook.steps() {
            let words = act::words(&step.action);
            let makes = PROGRAMS.iter().any(|(program, how)| {
                let named =
                    words.iter().any(|word| word.rsplit('/').next() == Some(program));
                let follows =
                    || how.iter().any(|how| words.iter().any(|word| word.ends_with(how)));
                named && (how.is_empty() || follows())
            });
            if !makes {
                continue;
            }
            let site = step.terms.meaning.site.clone().or(machine(plan, runbook, step));
            let databases = plan.estate.iter().filter(|one| one.noun == Noun::Database);
            for database in databases.filter(|one| !is_managed(&one.kind)) {
                let side = match &site {
                    Some(site) => database.sides.get_key_value(site).map(|(id, _)| id),
                    None => unnamed(database, &words),
                };
                found.extend(side.map(|side| Rebuilt { database, side }));
            }
        }
    }
    found
}

/// The only side that is not the one the copy is taken from.
fn unnamed<'p>(database: &'p Resource, words: &[&str]) -> Option<&'p SiteId> {
    let named = |params: &crate::model::Params| {
        let mut values = params.0.values().filter_map(|value| value.as_str());
        values.any(|value| words.contains(&value))
    };
    let mut others = database.sides.iter().filter(|(_, side)| !named(&side.params));
    let only = others.next().filter(|_| others.next().is_none());
    only.map(|(id, _)| id)
}

/// Kinds the provider runs, and nobody logs in to.
fn is_managed(kind: &str) -> bool {
    ["rds", "aurora", "cloud-sql", "azure"].iter().any(|word| kind.contains(word))
}

/// What to write so that the side that is left follows again.
pub(super) fn how(plan: &Plan, promotion: &Deed<'_>) -> String {
    let id = promotion.resource;
    let known = plan.resource(id.as_str());
    let own = known.is_some_and(|one| {
        !is_managed(&one.kind) && !plan.self_watching.contains(one.kind.as_str())
    });
    let left =
        known.and_then(|one| one.sides.keys().find(|side| *side != promotion.side));
    let at = left.map_or_else(String::new, |side| format!(", side = \"{side}\""));
    let site = left.map_or("the old side", SiteId::as_str);
    if own {
        format!(
            "in the failback, on a [[host]] of {site}: run = [\"pg_basebackup\", \"-h\", \
             \"...\", \"-D\", \"...\", \"-R\"], then start it and check its lag"
        )
    } else {
        format!("in the failback: do = \"rebuild-replica\", resource = \"{id}\"{at}")
    }
}
