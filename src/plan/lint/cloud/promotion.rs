//! Rules about making a writer: whether the call can do it at all, and what a new writer
//! has lost on the way.

use super::super::{
    Check, Findings, LintDef,
    written::{Part, Written, calls, side_named, steps},
};
use crate::{
    model::{Action, Noun, Resource, RunbookKind, Verb},
    plan::{
        Level, Plan,
        data::{Promotion, data},
        language::{AwsStep, DatabaseRow, Items, Said},
    },
};

pub(super) const WRONG_OPERATION: LintDef = LintDef {
    id: "L57",
    name: "wrong-promotion-operation",
    level: Level::Error,
    doc: "A call promotes a database of a technology it does not fit.",
    mend: "Choose the operation by the technology the database is declared with.",
    check: Check::Plan(wrong_operation),
};

pub(super) const DEFAULTS: LintDef = LintDef {
    id: "L58",
    name: "promotion-defaults",
    level: Level::Warning,
    doc: "A promotion leaves backups and Multi-AZ to RDS, whose defaults are one day and no.",
    mend: "Give BackupRetentionPeriod in the call, and set MultiAZ once the writer is available.",
    check: Check::Plan(defaults),
};

/// What a database is made of, as `assets/data/engines.toml` names it.
fn technology(database: &Resource) -> String {
    let engine = database.params.text("engine").unwrap_or_default().to_ascii_lowercase();
    let kind = database.kind.to_ascii_lowercase();
    if engine.starts_with("aurora") {
        return if engine == "aurora" { "aurora-mysql".to_owned() } else { engine };
    }
    if kind.starts_with("aurora") {
        return match engine.as_str() {
            "postgres" | "postgresql" => "aurora-postgresql".to_owned(),
            "mysql" => "aurora-mysql".to_owned(),
            _ => "aurora".to_owned(),
        };
    }
    if kind.starts_with("rds") { "rds".to_owned() } else { kind }
}

fn fits(promotion: &Promotion, technology: &str) -> bool {
    // Which of the two Auroras it is nobody has said.
    let either = technology == "aurora";
    let fit = |one: &String| one == technology || either && one.starts_with("aurora");
    promotion.fits.iter().any(fit)
}

/// A switchover asks both sides, and one of them is what a failover answers the loss of.
fn needs_both(plan: &Plan, findings: &mut Findings<'_>) {
    let lost = plan.runbooks.iter().filter(|runbook| {
        let planned = |id: &str| id.contains("planned") || id.contains("maintenance");
        runbook.kind == RunbookKind::Failover
            && runbook.terms.scenarios.first().is_some_and(|id| !planned(id.as_str()))
    });
    for runbook in lost {
        for step in runbook.steps() {
            let Action::Estate { resource, verb: Verb::Switchover, .. } = &step.action
            else {
                continue;
            };
            findings.add(
                &format!("runbook.{}.{}", runbook.id, step.id),
                format!(
                    "a switchover of {resource} asks {}, too, and {} is run because {} is \
                     lost: it fails then",
                    runbook.from, runbook.id, runbook.from
                ),
                format!("write do = \"promote\": it goes without {}", runbook.from),
            );
        }
    }
}

fn wrong_operation(plan: &Plan, findings: &mut Findings<'_>) {
    needs_both(plan, findings);
    let promotions = &data().engines.promotion;
    for call in calls(plan) {
        let Some(promotion) = promotions.iter().find(|one| call.row.is(&one.operation))
        else {
            continue;
        };
        let names = call.row.texts();
        let database =
            side_named(plan, &names).filter(|(one, _)| one.noun == Noun::Database);
        if let Some((database, _)) = database {
            let technology = technology(database);
            let judged = technology == "rds" || technology.starts_with("aurora");
            if judged && !fits(promotion, &technology) {
                let how: Vec<&str> = promotions
                    .iter()
                    .filter(|one| fits(one, &technology))
                    .map(|one| one.how.as_str())
                    .collect();
                findings.at(
                    call.place,
                    format!(
                        "{} is {technology}, which {} does not promote: RDS refuses the \
                         call, and {} stays read-only",
                        database.id,
                        promotion.operation,
                        names.first().copied().unwrap_or(database.id.as_str())
                    ),
                    format!("for {technology}: {}", how.join("; or ")),
                );
                continue;
            }
        }
        switchover_in_disaster(&call, findings);
    }
}

/// Without `AllowDataLoss`, a failover of a global database is a switchover, which waits
/// for the region that is lost.
fn switchover_in_disaster(call: &Part<'_, AwsStep>, findings: &mut Findings<'_>) {
    let unplanned = call.of.runbook.kind.get() == Some(&RunbookKind::Failover);
    let allowed = call.row.param("AllowDataLoss").is_some_and(|value| {
        value.as_bool() == Some(true)
            || value.as_str().is_some_and(|text| text != "false")
    });
    if unplanned && call.row.is("FailoverGlobalCluster") && !allowed {
        let left = call.of.runbook.from.get().map_or("the region left", String::as_str);
        findings.at(
            call.place,
            format!(
                "without AllowDataLoss this is a switchover, which needs {left} to be well"
            ),
            "write AllowDataLoss = true, behind a gate on the lag and a person's yes",
        );
    }
}

fn defaults(plan: &Plan, findings: &mut Findings<'_>) {
    for call in calls(plan).filter(|call| call.row.is("PromoteReadReplica")) {
        let named = side_named(plan, &call.row.texts());
        let row = named.and_then(|(database, _)| {
            let mut rows = plan.file.database.items().iter();
            rows.find(|row| row.id.get().is_some_and(|id| id == database.id.as_str()))
        });
        let writer = call.row.text("DBInstanceIdentifier").unwrap_or("it");
        let mut lost = Vec::new();
        let mut write = Vec::new();
        if call.row.param("BackupRetentionPeriod").is_none() {
            let kept = row.and_then(|row| retention(plan, row));
            let kept = kept.map_or_else(
                || "one day only".to_owned(),
                |(backup, kept)| format!("one day, not the {kept} of `{backup}`"),
            );
            lost.push(format!("{writer} keeps backups for {kept}"));
            write.push("write BackupRetentionPeriod in the call");
        }
        let multi_az = row.is_some_and(|row| row.multi_az.get() == Some(&true));
        if multi_az && !made_multi_az(&call) {
            lost.push("nobody sees to the second zone its database has now".to_owned());
            write.push("look at DBInstances[0].MultiAZ after it, or set it");
        }
        if !lost.is_empty() {
            findings.at(
                call.place,
                format!("once promoted, {}", lost.join(", and ")),
                format!(
                    "{}; and look that it is not `backing-up` first, for then it cannot \
                     be promoted",
                    write.join(", and ")
                ),
            );
        }
    }
}

/// How long automated backups of a database are kept, and by which backup.
fn retention(plan: &Plan, row: &DatabaseRow) -> Option<(String, String)> {
    use crate::plan::language::Either;
    let id = row.id.get()?;
    let uses = |name: &str| {
        plan.services.iter().any(|service| {
            service.id.as_str() == name
                && service.uses.iter().any(|one| one.as_str() == id)
        })
    };
    let covers = |name: &str| name == id || uses(name);
    let backup = plan.file.backup.items().iter().find(|backup| {
        backup.kind.get().is_some_and(|kind| kind.ends_with("automated"))
            && backup.covers.items().iter().any(|one| covers(&one.value))
    })?;
    let kept = match backup.retention.get()? {
        Either::Short(kept) => kept.words.to_string(),
        Either::Table(by) => by.production.get()?.words.to_string(),
    };
    Some((backup.id.get()?.clone(), kept))
}

/// Whether a step of its runbook asks for a second zone, or looks at it.
fn made_multi_az(call: &Part<'_, AwsStep>) -> bool {
    call.of.runbook.step.items().iter().any(|step| {
        let set = step.aws.get().is_some_and(|row| {
            row.is("ModifyDBInstance")
                && row.param("MultiAZ").is_some_and(|on| on.as_bool() != Some(false))
        });
        let mut looks = step.verify.items().iter().filter_map(|row| row.path.get());
        set || looks.any(|path| path.contains("MultiAZ"))
    })
}

pub(super) const NOT_A_REPLICA: LintDef = LintDef {
    id: "L67",
    name: "not-a-replica",
    level: Level::Error,
    doc: "Something is called a replica and nothing replicates into it.",
    mend: "Declare it as a copy with an age, or build a replica with a source.",
    check: Check::Plan(not_a_replica),
};

fn not_a_replica(plan: &Plan, findings: &mut Findings<'_>) {
    for row in plan.file.database.items() {
        declared(plan, row, findings);
    }
    for written in steps(plan) {
        let Some(call) = written.call() else { continue };
        let Some(source) = source_of(call.row) else { continue };
        let new = ["DBClusterIdentifier", "DBInstanceIdentifier"];
        let new = new.iter().find_map(|key| call.row.text(key)).unwrap_or_default();
        // A copy of a replica may have its name in its own.
        let called = if call.row.named().starts_with("Create") {
            is_replica(new) || is_replica(&written.title())
        } else {
            new.to_ascii_lowercase().ends_with("replica")
        };
        if !called {
            continue;
        }
        let snapshot = call.row.text("SnapshotIdentifier");
        let more = match snapshot.filter(|_| call.row.named().starts_with("Create")) {
            Some(name) => {
                format!(" ({} takes no snapshot, `{name}` or other)", call.row.named())
            }
            None => String::new(),
        };
        findings.at(
            call.place,
            format!(
                "`{new}` is called a replica, and {} without a source makes a database \
                 that follows nobody{more}",
                call.row.named()
            ),
            format!("write {source}; or call it a copy, and say how old it may be"),
        );
    }
}

/// What would make the new database a replica, when the call does not have it.
fn source_of(row: &AwsStep) -> Option<&'static str> {
    let has = |keys: &[&str]| keys.iter().any(|key| row.param(key).is_some());
    match row.named() {
        "CreateDBCluster"
            if !has(&["ReplicationSourceIdentifier", "GlobalClusterIdentifier"]) =>
        {
            Some("ReplicationSourceIdentifier, or GlobalClusterIdentifier for Aurora")
        }
        "CreateDBInstance" if !has(&["DBClusterIdentifier"]) => {
            Some("operation = \"CreateDBInstanceReadReplica\" with its source")
        }
        "RestoreDBInstanceFromDBSnapshot" => {
            Some("operation = \"CreateDBInstanceReadReplica\" with its source")
        }
        "RestoreDBClusterFromSnapshot" => {
            Some("operation = \"CreateDBCluster\" with ReplicationSourceIdentifier")
        }
        _ => None,
    }
}

fn is_replica(name: &str) -> bool {
    name.to_ascii_lowercase().contains("replica")
}

/// A database whose sides do not follow its writer, although a side is called a replica or
/// is promoted like one.
fn declared(plan: &Plan, row: &DatabaseRow, findings: &mut Findings<'_>) {
    let Some(id) = row.id.get() else { return };
    let Some(replication) = row.replication.get() else {
        unsaid(plan, row, id, findings);
        return;
    };
    let Some(kind) = replication.kind.as_ref() else { return };
    if !matches!(kind.value.as_str(), "none" | "snapshot-copy") {
        return;
    }
    let resource = plan.resource(id);
    let called = resource.and_then(|one| {
        let mut names = one.sides.values().flat_map(|side| side.params.0.values());
        names.find_map(|value| value.as_str().filter(|name| is_replica(name)))
    });
    let promoted = promoter(plan, id);
    let why = match (called, promoted) {
        (Some(name), _) => format!("`{name}` is called a replica"),
        (None, Some(written)) => {
            format!("{} promotes it as if it followed", written.at())
        }
        (None, None) => return,
    };
    let age = match kind.value.as_str() {
        "none" => "nothing is copied to it",
        _ => "it is as old as the last copied snapshot",
    };
    findings.at(
        &kind.place,
        format!("{why}, and {id} is not replicated ({}): {age}", kind.value),
        "build a replica and write its kind; or declare a [[backup]] with an `interval` and restore from it",
    );
}

/// The step that makes a writer of a database's other side.
fn promoter<'p>(plan: &'p Plan, id: &str) -> Option<Written<'p>> {
    steps(plan).find(|written| {
        let verb = written.step.verb.get().is_some_and(|verb| verb == "promote");
        let this = written.step.resource.get().is_some_and(|one| one == id);
        let meant = written.step.promotes.items().iter().any(|one| one.value == *id);
        verb && this || meant
    })
}

/// Servers one of which follows another only when somebody made it.
const ALONE: &[&str] = &["postgres", "postgresql", "mysql", "mariadb"];

/// Two servers, one of which is promoted, and not a word on how it follows the other.
fn unsaid(plan: &Plan, row: &DatabaseRow, id: &str, findings: &mut Findings<'_>) {
    let kind = row.kind.get().map_or("", String::as_str);
    let several = row.side.items().len() > 1 && row.replication.is_none();
    let unread = row.unread.contains(&"replication");
    if !ALONE.contains(&kind) || !several || unread {
        return;
    }
    if let Some(written) = promoter(plan, id) {
        findings.warn_at(
            &row.place,
            format!(
                "{} promotes {id}, and no `replication` says that its other side follows: \
                 {kind} does not by itself, and what it would lose nobody can tell",
                written.at()
            ),
            "write replication = { kind = \"streaming\", mode = \"async\" } as it is set up; or restore from a [[backup]] instead",
        );
    }
}
