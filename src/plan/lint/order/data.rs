//! Rules about databases: one writer, and everybody using it.

use super::{
    super::{Check, Deed, Findings, LintDef, Subject, act, around, deed, look},
    follow, rebuild,
    traffic::beneath,
};
use crate::{
    model::{Noun, Resource, ResourceId, Runbook, RunbookKind, Verb},
    plan::{
        Level, Plan,
        data::data,
        language::{Items, Said},
    },
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
    check: Check::Runbook(follow::consumers_not_repointed),
};

pub(super) const REPLICATION_NOT_REBUILT: LintDef = LintDef {
    id: "L13",
    name: "replication-not-rebuilt",
    level: Level::Error,
    doc: "A promotion ends replication for good, and no runbook builds it again.",
    mend: "Build the replica anew in the failback, and see its lag before calling the side ready.",
    check: Check::Runbooks(replication_not_rebuilt),
};

/// A fence that attaches what was attached before shuts nobody out.
fn same_groups(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for fence in subject.deeds().filter(|deed| deed.verb == Verb::Fence) {
        let Some(resource) = subject.plan.resource(fence.resource.as_str()) else {
            continue;
        };
        let Some(side) = resource.sides.get(fence.side) else { continue };
        let text = |key: &str| side.params.text(key);
        let (Some(closed), Some(open)) = (text("fence_group"), text("open_groups"))
        else {
            continue;
        };
        if open.split(',').any(|group| group.trim() == closed) {
            let (noun, resource, site) = (resource.noun, &resource.id, fence.side);
            findings.add(
                &format!("{noun}.{resource}.side.{site}"),
                format!(
                    "fencing {resource} in {site} attaches {closed} alone, and that is one of \
                     its open_groups: nobody is shut out"
                ),
                "name a group that lets nobody in as fence_group, and leave it out of \
                 open_groups",
            );
        }
    }
}

fn no_fencing(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    same_groups(subject, findings);
    for promotion in subject.deeds().filter(|deed| deed.verb == Verb::Promote) {
        let fences = |deed: &Deed<'_>| {
            deed.verb == Verb::Fence
                && deed.resource == promotion.resource
                && deed.side != promotion.side
        };
        if subject.is_done_before(&promotion.step.id, fences) {
            continue;
        }
        let left_out = subject.deeds_before(&promotion.step.id).find(|deed| fences(deed));
        if let Some(fence) = left_out {
            skipped_fence(subject, &promotion, &fence, findings);
        } else {
            findings.add(
                &subject.at(&promotion.step.id),
                format!(
                    "{} is promoted in {} while the other side may still take writes",
                    promotion.resource, promotion.side
                ),
                fence_help(subject, &promotion),
            );
        }
    }
    for started in follow::started(subject) {
        let fenced = subject.is_done_before(&started.step.id, |deed| {
            deed.verb == Verb::Fence && *deed.resource == started.database.id
        });
        if !fenced {
            findings.add(
                &subject.at(&started.step.id),
                format!(
                    "{} writes to {} in {} from here on, while {} may still take writes",
                    started.workload,
                    started.database.id,
                    started.side,
                    started.database.primary
                ),
                format!(
                    "add a step it waits for that stops the old writer: fences = [\"{}\"]",
                    started.database.id
                ),
            );
        }
    }
}

/// What to write: about the fence that is there and no use, where there is one.
fn fence_help(subject: &Subject<'_>, promotion: &Deed<'_>) -> String {
    let mut fences = subject
        .deeds()
        .filter(|deed| deed.verb == Verb::Fence && deed.resource == promotion.resource);
    match fences.next() {
        Some(fence) if fence.side == promotion.side => format!(
            "`{}` fences {}, the side promoted here: write the other side in it",
            fence.step.id, fence.side
        ),
        Some(fence) => format!(
            "`{0}` is there and is not waited for: needs = [..., \"{0}\"]",
            fence.step.id
        ),
        None => format!(
            "add a step it waits for: do = \"fence\", resource = \"{}\", side = the one \
             that is left",
            promotion.resource
        ),
    }
}

/// There is a fence, and a live run may go past it.
fn skipped_fence(
    subject: &Subject<'_>,
    promotion: &Deed<'_>,
    fence: &Deed<'_>,
    findings: &mut Findings<'_>,
) {
    let (why, key) = if around::only_in_drills(fence.step) {
        ("is run in drills only", "when")
    } else {
        ("may be left out", "optional")
    };
    findings.add(
        &subject.at(&promotion.step.id),
        format!(
            "{} is promoted in {} while {} may still take writes: `{}` {why}",
            promotion.resource, promotion.side, fence.side, fence.step.id
        ),
        format!("take `{key}` away from `{}`", fence.step.id),
    );
}

fn failover_without_database(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    if subject.runbook.kind != RunbookKind::Failover {
        return;
    }
    for started in follow::started(subject) {
        let promoted = subject.is_done(|deed| {
            deed.makes_writer()
                && *deed.resource == started.database.id
                && deed.side == started.side
        });
        if !promoted {
            findings.add(
                &subject.at(&started.step.id),
                format!(
                    "{} is started on {} in {}, which nothing makes a writer",
                    started.workload, started.database.id, started.side
                ),
                format!(
                    "add a step before it that makes it one: promotes = [\"{}\"], at = \
                     \"{}\"",
                    started.database.id, started.side
                ),
            );
        }
    }
    for shift in subject.moves() {
        let without = |database: &&Resource| {
            database.primary != *shift.side
                && !writes_everywhere(subject.plan, database)
                && !subject.is_done(|deed| {
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
                    "add a step before: do = \"promote\", resource = \"{}\", side = \"{}\"; \
                     where every side takes writes by itself, say so: replication = {{ kind \
                     = \"multi-active\" }}",
                    database.id, shift.side
                ),
            );
        }
    }
}

/// Whether each of its sides takes writes in normal operation: nothing is promoted there.
fn writes_everywhere(plan: &Plan, database: &Resource) -> bool {
    let words = &data().engines.multi_writer;
    let known =
        |kind: &str| words.iter().any(|row| row.kinds.iter().any(|one| one == kind));
    let mut rows = plan.file.database.items().iter();
    let row = rows.find(|row| row.id.get().is_some_and(|id| id == database.id.as_str()));
    let how = row.and_then(|row| row.replication.get()?.kind.get());
    known(&database.kind) || how.is_some_and(|how| known(how))
}

/// Compute that lives on `database` through some service and knows how to be repointed.
pub(super) fn consumers<'p>(plan: &'p Plan, database: &ResourceId) -> Vec<&'p Resource> {
    let used = plan.users(database).flat_map(|service| &service.uses);
    plan.resources(used).filter(|one| one.noun == Noun::Compute).collect()
}

fn repoint_before_promoted(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for promotion in subject.deeds().filter(Deed::makes_writer) {
        let consumers = consumers(subject.plan, promotion.resource);
        for repoint in subject.deeds().filter(|deed| deed.verb == Verb::Repoint) {
            let concerned = consumers.iter().any(|one| one.id == *repoint.resource);
            // One step may do both.
            if !concerned || repoint.step.id == promotion.step.id {
                continue;
            }
            let at = subject.at(&repoint.step.id);
            let told = format!(
                "{} is pointed at a database before `{}` is verified",
                repoint.resource, promotion.step.id
            );
            let until = Some(&repoint.step.id);
            if !subject.is_before(&promotion.step.id, &repoint.step.id) {
                let help = format!(
                    "let it come after: needs = [..., \"{}\"]",
                    promotion.step.id
                );
                findings.add(&at, told, help);
            } else if promotion.args.is_none()
                && act::pending(&promotion.step.action).is_some()
                && !look::seen(subject, promotion.step, Noun::Database, until)
            {
                findings.add(
                    &at,
                    format!(
                        "{told}: it waits for the call, not for {} to be the writer",
                        promotion.resource
                    ),
                    format!(
                        "write `verify = [{{ waiter = \"db-instance-available\", \
                         identifier = \"...\" }}]` in `{}`",
                        promotion.step.id
                    ),
                );
            }
        }
    }
}

fn replication_not_rebuilt(plan: &Plan, findings: &mut Findings<'_>) {
    let deeds: Vec<(&Runbook, Deed<'_>)> = plan
        .runbooks
        .iter()
        .flat_map(|runbook| runbook.steps().map(move |step| (runbook, step)))
        .flat_map(|(runbook, step)| {
            let deeds = deed::of(plan, runbook, step).into_iter();
            deeds.map(move |deed| (runbook, deed))
        })
        .collect();
    let by_hand = rebuild::by_hand(plan);
    let promotions = deeds.iter().filter(|(_, deed)| deed.verb == Verb::Promote);
    for (runbook, promotion) in promotions {
        // The side left behind must become a replica again.
        let rebuilt = deeds.iter().any(|(_, deed)| {
            deed.verb == Verb::RebuildReplica
                && deed.resource == promotion.resource
                && deed.side != promotion.side
        });
        let by_hand = by_hand.iter().any(|one| {
            one.database.id == *promotion.resource && one.side != promotion.side
        });
        if !rebuilt && !by_hand {
            findings.add(
                &format!("runbook.{}.{}", runbook.id, promotion.step.id),
                format!(
                    "promoting {} in {} ends its replication, and nothing rebuilds it",
                    promotion.resource, promotion.side
                ),
                rebuild::how(plan, promotion),
            );
        }
    }
}
