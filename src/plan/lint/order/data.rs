//! Rules about databases: one writer, and everybody using it.

use std::collections::BTreeSet;

use super::{
    super::{Check, Deed, Findings, LintDef, Subject, deed},
    traffic::beneath,
};
use crate::{
    model::{Noun, Resource, ResourceId, RunbookKind, Verb},
    plan::{Level, Plan},
};

pub(super) const NO_FENCING: LintDef = LintDef {
    id: "L03",
    name: "no-fencing",
    level: Level::Error,
    doc: "A database is promoted while the old writer may still take writes.",
    mend: "Fence the old writer first, or have somebody accept in words that it cannot be reached.",
    check: Check::Runbook(no_fencing),
};

pub(super) const FAILOVER_WITHOUT_DATABASE: LintDef = LintDef {
    id: "L05",
    name: "failover-without-database",
    level: Level::Error,
    doc: "A failover moves users of a database and never promotes it.",
    mend: "Promote or restore the database before users come, or say that the other side has a writer of its own.",
    check: Check::Runbook(failover_without_database),
};

pub(super) const REPOINT_BEFORE_PROMOTED: LintDef = LintDef {
    id: "L06",
    name: "repoint-before-verified",
    level: Level::Error,
    doc: "A service is pointed at a database that is not yet promoted.",
    mend: "Let it wait for the step that promotes the database, and take the address from its answer.",
    check: Check::Runbook(repoint_before_promoted),
};

pub(super) const CONSUMERS_NOT_REPOINTED: LintDef = LintDef {
    id: "L07",
    name: "consumers-not-repointed",
    level: Level::Error,
    doc: "Some services are pointed at the promoted database and others forgotten.",
    mend: "Repoint every service that uses the database.",
    check: Check::Runbook(consumers_not_repointed),
};

pub(super) const REPLICATION_NOT_REBUILT: LintDef = LintDef {
    id: "L13",
    name: "replication-not-rebuilt",
    level: Level::Error,
    doc: "A promotion ends replication for good, and no runbook builds it again.",
    mend: "Build the replica anew in the failback, and see its lag before calling the side ready.",
    check: Check::Runbooks(replication_not_rebuilt),
};

fn no_fencing(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for promotion in subject.deeds().filter(|deed| deed.verb == Verb::Promote) {
        let fenced = subject.deeds_before(&promotion.step.id).any(|deed| {
            deed.verb == Verb::Fence
                && deed.resource == promotion.resource
                && deed.side != promotion.side
        });
        if !fenced {
            findings.add(
                &subject.at(&promotion.step.id),
                format!(
                    "{} is promoted in {} while the other side may still take writes",
                    promotion.resource, promotion.side
                ),
                format!(
                    "add a step it waits for: do = \"fence\", resource = \"{}\"",
                    promotion.resource
                ),
            );
        }
    }
}

fn failover_without_database(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    if subject.runbook.kind != RunbookKind::Failover {
        return;
    }
    for shift in subject.moves() {
        let without = |database: &&Resource| {
            database.primary != *shift.side
                && !subject.deeds().any(|deed| {
                    deed.makes_writer()
                        && *deed.resource == database.id
                        && deed.side == shift.side
                })
        };
        for database in
            beneath(subject, shift.resource, Noun::Database).into_iter().filter(without)
        {
            findings.add(
                &subject.at(&shift.step.id),
                format!(
                    "users of {} are sent to {}, where it stays read-only",
                    database.id, shift.side
                ),
                format!(
                    "add a step before: do = \"promote\", resource = \"{}\", side = \"{}\"",
                    database.id, shift.side
                ),
            );
        }
    }
}

/// Compute that lives on `database` through some service and knows how to be repointed.
fn consumers<'p>(plan: &'p Plan, database: &Deed<'_>) -> Vec<&'p Resource> {
    let services = plan.services.iter();
    let used: BTreeSet<&ResourceId> = services
        .filter(|service| service.uses.contains(database.resource))
        .flat_map(|service| &service.uses)
        .collect();
    let estate = plan.estate.iter().filter(|one| one.noun == Noun::Compute);
    estate.filter(|one| used.contains(&one.id)).collect()
}

fn repoint_before_promoted(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for promotion in subject.deeds().filter(Deed::makes_writer) {
        let consumers = consumers(subject.plan, &promotion);
        for repoint in subject.deeds().filter(|deed| deed.verb == Verb::Repoint) {
            let concerned = consumers.iter().any(|one| one.id == *repoint.resource);
            let waits = subject
                .deeds_before(&repoint.step.id)
                .any(|deed| deed.step.id == promotion.step.id);
            if concerned && !waits {
                findings.add(
                    &subject.at(&repoint.step.id),
                    format!(
                        "{} is pointed at a database before `{}` is verified",
                        repoint.resource, promotion.step.id
                    ),
                    format!(
                        "let it come after: needs = [..., \"{}\"]",
                        promotion.step.id
                    ),
                );
            }
        }
    }
}

/// Once one consumer of a promoted database is repointed, all of them must be.
fn consumers_not_repointed(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for promotion in subject.deeds().filter(Deed::makes_writer) {
        let repointed: Vec<Deed<'_>> = subject
            .deeds()
            .filter(|deed| deed.verb == Verb::Repoint && deed.side == promotion.side)
            .collect();
        let kind_of = |deed: &Deed<'_>| {
            let mut estate = subject.plan.estate.iter();
            estate.find(|one| one.id == *deed.resource).map(|one| one.kind.as_str())
        };
        let kinds: Vec<&str> = repointed.iter().filter_map(kind_of).collect();
        let forgotten = |one: &&Resource| {
            kinds.contains(&one.kind.as_str())
                && one.sides.contains_key(promotion.side)
                && !repointed.iter().any(|deed| *deed.resource == one.id)
        };
        for one in consumers(subject.plan, &promotion).into_iter().filter(forgotten) {
            findings.add(
                &subject.at(&promotion.step.id),
                format!("{} is left pointing at the old writer", one.id),
                format!(
                    "add a step after it: do = \"repoint\", resource = \"{}\"",
                    one.id
                ),
            );
        }
    }
}

fn replication_not_rebuilt(plan: &Plan, findings: &mut Findings<'_>) {
    let deeds = || {
        plan.runbooks.iter().flat_map(|runbook| {
            let deeds =
                runbook.steps().flat_map(move |step| deed::of(plan, runbook, step));
            deeds.map(move |deed| (runbook, deed))
        })
    };
    for (runbook, promotion) in deeds().filter(|(_, deed)| deed.verb == Verb::Promote) {
        // The side left behind must become a replica again.
        let rebuilt = deeds().any(|(_, deed)| {
            deed.verb == Verb::RebuildReplica
                && deed.resource == promotion.resource
                && deed.side != promotion.side
        });
        if !rebuilt {
            findings.add(
                &format!("runbook.{}.{}", runbook.id, promotion.step.id),
                format!(
                    "promoting {} in {} ends its replication, and nothing rebuilds it",
                    promotion.resource, promotion.side
                ),
                format!(
                    "in the failback: do = \"rebuild-replica\", resource = \"{}\"",
                    promotion.resource
                ),
            );
        }
    }
}
