//! Rules about promises that do not fit one another: a service and its tier, a service and
//! what it cannot work without.

use std::collections::BTreeMap;

use super::super::{
    Check, Findings, LintDef,
    promise::{Promising, list, services},
};
use crate::{
    model::{Noun, Span},
    plan::{
        Level, Plan,
        language::{Found, Items, Said, TierRow, words::TierOf},
    },
};

pub(super) const STRICTER_THAN_TIER: LintDef = LintDef {
    id: "L29",
    name: "stricter-than-tier",
    level: Level::Warning,
    doc: "A service promises more than the class it is in.",
    mend: "Put it into a stricter tier, or say why in `stricter_because`.",
    check: Check::Plan(stricter_than_tier),
};

pub(super) const DEPENDENCY_OBJECTIVE: LintDef = LintDef {
    id: "L30",
    name: "dependency-objective",
    level: Level::Warning,
    doc: "What a service cannot work without promises less than the service, or nothing; or a class promises nothing.",
    mend: "Give what others wait for an objective, at most theirs.",
    check: Check::Plan(dependency_objective),
};

/// A promise that is stricter than the one beside it.
fn stricter(
    own: Option<&Found<Span>>,
    tier: Option<Span>,
) -> Option<(&Found<Span>, Span)> {
    let (own, tier) = (own?, tier?);
    (own.value < tier).then_some((own, tier))
}

/// The least any class of systems promises.
fn least(plan: &Plan, pick: fn(&TierRow) -> Option<Span>) -> Option<Span> {
    let classes = plan.file.tier.items().iter();
    let systems = classes.filter(|tier| tier.kind.get() != Some(&TierOf::Data));
    systems.filter_map(pick).min()
}

fn stricter_than_tier(plan: &Plan, findings: &mut Findings<'_>) {
    for one in services(plan).filter(|one| one.row.stricter_because.is_none()) {
        let promised = |pick: fn(&TierRow) -> Option<Span>| match one.tier {
            Some(tier) => pick(tier),
            None if one.row.tier.is_none() => least(plan, pick),
            None => None,
        };
        let rto =
            stricter(one.row.rto.as_ref(), promised(|tier| tier.rto.get().copied()));
        let rpo =
            stricter(one.row.rpo.as_ref(), promised(|tier| tier.rpo.get().copied()));
        let Some(place) = rto.or(rpo).map(|(own, _)| &own.place) else { continue };
        let said: Vec<String> = [("RTO", rto), ("RPO", rpo)]
            .into_iter()
            .filter_map(|(word, found)| {
                let (own, tier) = found?;
                Some(format!("an {word} of {} where it says {tier}", own.value))
            })
            .collect();
        let class = one.tier.and_then(|tier| tier.id.get());
        let class = class.map_or_else(
            || "the strictest tier there is".to_owned(),
            |tier| format!("its tier {tier}"),
        );
        findings.at(
            place,
            format!("{} promises more than {class}: {}", one.id(), list(&said)),
            "put it into a tier that promises this, or write `stricter_because = \"...\"`",
        );
    }
}

fn dependency_objective(plan: &Plan, findings: &mut Findings<'_>) {
    let all: Vec<Promising<'_>> = services(plan).collect();
    waited_for(&all, findings);
    for one in &all {
        looser(one, &all, findings);
    }
    beneath(plan, &all, findings);
    for one in all.iter().filter(|one| one.rto().is_none() && one.rpo().is_none()) {
        let Some(tier) = one.tier.and_then(|tier| tier.id.get()) else { continue };
        let instead = one.any_rto().map_or_else(String::new, |rto| {
            format!("; it falls back on the {rto} that count for everything")
        });
        findings.add(
            &format!("service.{}", one.id()),
            format!(
                "neither {} nor its tier {tier} promises anything{instead}",
                one.id()
            ),
            format!("write `rto` and `rpo` in the tier {tier}, or in {}", one.id()),
        );
    }
}

/// Services others depend on, and that promise nothing.
fn waited_for(all: &[Promising<'_>], findings: &mut Findings<'_>) {
    let mut waiting: BTreeMap<&str, Vec<&Promising<'_>>> = BTreeMap::new();
    for one in all {
        for needed in &one.service.depends_on {
            waiting.entry(needed.as_str()).or_default().push(one);
        }
    }
    let silent = |one: &&Promising<'_>| {
        one.rto().is_none() && one.rpo().is_none() && one.tier.is_none()
    };
    for needed in all.iter().filter(silent) {
        let Some(waiting) = waiting.get(needed.id()) else { continue };
        let names: Vec<&str> = waiting.iter().map(|one| one.id()).collect();
        let soonest = waiting.iter().filter_map(|one| Some((one.any_rto()?, one.id())));
        let soonest =
            soonest.min_by_key(|(rto, _)| *rto).map_or_else(String::new, |(rto, who)| {
                format!("; {who} itself must be back in {rto}")
            });
        findings.add(
            &format!("service.{}", needed.id()),
            format!(
                "{} cannot work without {}, and nobody says how soon that must be \
                 back{soonest}",
                list(&names),
                needed.id()
            ),
            format!("write `rto` and `rpo` for {}, at most theirs", needed.id()),
        );
    }
}

/// A promise that cannot be kept, because what it needs promises less.
fn looser(one: &Promising<'_>, all: &[Promising<'_>], findings: &mut Findings<'_>) {
    for needed in one.row.depends_on.items() {
        let Some(other) = all.iter().find(|other| other.id() == needed.value) else {
            continue;
        };
        let pairs = [("RTO", one.rto(), other.rto()), ("RPO", one.rpo(), other.rpo())];
        for (word, own, theirs) in pairs {
            let (Some(own), Some(theirs)) = (own, theirs) else { continue };
            if theirs > own {
                findings.at(
                    &needed.place,
                    format!(
                        "{} promises an {word} of {own} and depends on {}, which promises \
                         {theirs}",
                        one.id(),
                        other.id()
                    ),
                    format!(
                        "give {} an {word} of {own} or less, or {} one of {theirs}",
                        other.id(),
                        one.id()
                    ),
                );
            }
        }
    }
}

/// Services that live on a database which another service brings back later: one that is
/// that database and nothing else.
fn beneath(plan: &Plan, all: &[Promising<'_>], findings: &mut Findings<'_>) {
    for database in plan.estate.iter().filter(|known| known.noun == Noun::Database) {
        let is_database = |other: &&Promising<'_>| {
            let called =
                || other.service.name.as_str().to_lowercase().contains("database");
            other.service.uses.first() == Some(&database.id)
                && other.service.uses.len() == 1
                && (other.id() == database.id.as_str() || called())
        };
        let Some(other) = all.iter().find(is_database) else { continue };
        let Some(theirs) = other.rto() else { continue };
        for one in all.iter().filter(|one| one.id() != other.id()) {
            let told = one.service.depends_on.contains(&other.service.id);
            let lives = one.service.uses.contains(&database.id);
            let Some(own) = one.rto().filter(|own| lives && !told && *own < theirs)
            else {
                continue;
            };
            findings.at(
                one.row.rto.place().unwrap_or(&one.row.place),
                format!(
                    "{} must be back in {own} and lives on {}, which {} brings back in \
                     {theirs}",
                    one.id(),
                    database.id,
                    other.id()
                ),
                format!(
                    "give {} an RTO of less than {own}, or {} one of more than {theirs}",
                    other.id(),
                    one.id()
                ),
            );
        }
    }
}
