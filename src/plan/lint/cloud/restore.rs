//! Rules about databases brought back from a copy: whether anything can connect to them,
//! and whether the copy is where it is asked for.

use std::collections::BTreeMap;

use super::super::{
    Check, Findings, LintDef,
    written::{Part, Written, calls, side_named, steps},
};
use crate::{
    model::{
        RunbookKind,
        template::{Part as Piece, Slot, parts},
    },
    plan::{
        Level, Plan,
        language::{AwsStep, DatabaseRow, Items, Said, StepRow},
    },
};

pub(super) const WITHOUT_INSTANCE: LintDef = LintDef {
    id: "L59",
    name: "aurora-restore-without-instance",
    level: Level::Error,
    doc: "An Aurora cluster is restored and given no instance to connect to.",
    mend: "Put a step after it: CreateDBInstance with the cluster's DBClusterIdentifier.",
    check: Check::Plan(without_instance),
};

pub(super) const WITHOUT_NETWORK: LintDef = LintDef {
    id: "L60",
    name: "restore-without-network",
    level: Level::Warning,
    doc: "A restored database is left to the default network, where nothing can reach it.",
    mend: "Give the call the subnet group, security groups and parameter group of the original.",
    check: Check::Plan(without_network),
};

pub(super) const WITHOUT_COPY: LintDef = LintDef {
    id: "L68",
    name: "cross-region-without-copy",
    level: Level::Error,
    doc: "A snapshot made in one region is restored in another, and nothing copies it there.",
    mend: "Copy the snapshot to the region it is restored in, and wait for the copy.",
    check: Check::Plan(without_copy),
};

const CLUSTERS: [&str; 3] = [
    "RestoreDBClusterFromSnapshot",
    "RestoreDBClusterToPointInTime",
    "RestoreDBClusterFromS3",
];

fn without_instance(plan: &Plan, findings: &mut Findings<'_>) {
    for written in steps(plan) {
        let Some(call) = written.call() else { continue };
        let is_cluster = CLUSTERS.iter().any(|name| call.row.is(name));
        // With a class of its own it is a Multi-AZ cluster, which has its instances.
        if !is_cluster || call.row.param("DBClusterInstanceClass").is_some() {
            continue;
        }
        let cluster = call.row.text("DBClusterIdentifier").unwrap_or_default();
        let own = written.step.id.get().map_or("", String::as_str);
        let answer = format!("${{step.{own}.");
        let made = |step: Written<'_>| {
            let by_call = step.call().is_some_and(|other| {
                let of = other.row.text("DBClusterIdentifier");
                other.row.is("CreateDBInstance")
                    && of.is_some_and(|of| of == cluster || of.starts_with(&answer))
            });
            let called = step.step.call.get();
            let within = called.is_some_and(|id| {
                let all = plan.file.runbook.items().iter();
                let mut named = all.filter(|one| one.id.get() == Some(id));
                named.any(|one| one.step.items().iter().any(makes_instance))
            });
            let by_line = step.commands().any(|(command, _)| {
                command.program() == "aws" && command.has("create-db-instance")
            });
            by_call || by_line || within
        };
        let runbook = written.runbook;
        let later = runbook
            .step
            .items()
            .iter()
            .skip_while(|step| !std::ptr::eq(*step, written.step));
        if !later.skip(1).any(|step| made(Written { runbook, step })) {
            findings.at(
                call.place,
                format!(
                    "{} brings back the cluster {cluster} and no instance of it: its \
                     endpoint answers nobody",
                    call.row.named()
                ),
                format!(
                    "put a step after it: CreateDBInstance with DBClusterIdentifier = \
                     \"{cluster}\", and wait until it is available"
                ),
            );
        }
    }
}

/// Whether a step makes an instance of some cluster: which one, its caller may say.
fn makes_instance(step: &StepRow) -> bool {
    step.aws.get().is_some_and(|row| {
        row.is("CreateDBInstance") && row.param("DBClusterIdentifier").is_some()
    })
}

/// What RDS falls back on when a restore does not say. A cluster restored to a point in
/// time keeps its subnet group.
const RESTORES: [(&str, &[&str]); 4] = [
    ("RestoreDBInstanceFromDBSnapshot", &["DBSubnetGroupName", "VpcSecurityGroupIds"]),
    ("RestoreDBInstanceToPointInTime", &["DBSubnetGroupName", "VpcSecurityGroupIds"]),
    ("RestoreDBClusterFromSnapshot", &["DBSubnetGroupName", "VpcSecurityGroupIds"]),
    ("RestoreDBClusterToPointInTime", &["VpcSecurityGroupIds"]),
];

fn without_network(plan: &Plan, findings: &mut Findings<'_>) {
    for call in calls(plan) {
        let wanted = RESTORES.iter().find(|(name, _)| call.row.is(name));
        let Some((_, wanted)) = wanted else { continue };
        let missing: Vec<&str> =
            wanted.iter().copied().filter(|key| call.row.param(key).is_none()).collect();
        if missing.is_empty() {
            continue;
        }
        let named = |key: &&str| match *key {
            "DBSubnetGroupName" => "no subnet group",
            _ => "no security groups",
        };
        let lacks: Vec<&str> = missing.iter().map(named).collect();
        let keys =
            ["DBInstanceIdentifier", "TargetDBInstanceIdentifier", "DBClusterIdentifier"];
        let new = keys.iter().find_map(|key| call.row.text(key)).unwrap_or("it");
        findings.at(
            call.place,
            format!(
                "{new} is restored with {}: RDS takes the default ones, and what uses \
                 the database cannot reach it",
                lacks.join(" and ")
            ),
            format!("write {}", networks(plan, &call, &missing)),
        );
    }
}

/// What to write: the values, where the plan has them.
fn networks(plan: &Plan, call: &Part<'_, AwsStep>, missing: &[&str]) -> String {
    let rows = plan.file.database.items();
    let named = side_named(plan, &call.row.texts());
    let own = |row: &&DatabaseRow| {
        let id = row.id.get().map(String::as_str);
        named.is_some_and(|(database, _)| id == Some(database.id.as_str()))
    };
    let row = rows.iter().find(own).or_else(|| rows.first().filter(|_| rows.len() == 1));
    let network = row.and_then(|row| row.network.get());
    let value = |key: &str| {
        if key == "DBSubnetGroupName" {
            return Some(format!("{key} = \"{}\"", network?.subnet_group.get()?));
        }
        let groups = network?.security_groups.items().iter();
        let groups: Vec<&str> = groups.map(|one| one.value.as_str()).collect();
        (!groups.is_empty()).then(|| format!("{key} = {groups:?}"))
    };
    let mut write = Vec::new();
    let mut unknown = Vec::new();
    for key in missing {
        match value(key) {
            Some(value) => write.push(value),
            None => unknown.push(*key),
        }
    }
    if !unknown.is_empty() {
        write.push(format!("the original's {}", unknown.join(" and ")));
    }
    let group = ["DBParameterGroupName", "DBClusterParameterGroupName"];
    if group.iter().any(|key| call.row.param(key).is_some()) {
        return write.join(", ");
    }
    format!("{}, and its parameter group", write.join(", "))
}

/// A snapshot's name and the regions it is in.
type Known<'p> = BTreeMap<&'p str, Vec<&'p str>>;

fn without_copy(plan: &Plan, findings: &mut Findings<'_>) {
    let known = snapshots(plan);
    for call in calls(plan) {
        let key = match call.row.named() {
            "RestoreDBInstanceFromDBSnapshot" => "DBSnapshotIdentifier",
            "RestoreDBClusterFromSnapshot" => "SnapshotIdentifier",
            _ => continue,
        };
        let Some(name) = call.row.text(key) else { continue };
        let Some(here) = place_of(plan, &call, true) else { continue };
        let there = match name.strip_prefix("arn:") {
            // arn:aws:rds:REGION:ACCOUNT:snapshot:NAME
            Some(rest) => rest.split(':').nth(2).map(|region| vec![region]),
            None => known.get(name).cloned().or_else(|| found(plan, &call, name)),
        };
        let Some(there) = there.filter(|there| !there.contains(&here)) else { continue };
        findings.at(
            call.place,
            format!(
                "`{name}` is in {}, and this restores it in {here}, where RDS knows no \
                 snapshot of that name",
                there.join(" and ")
            ),
            format!(
                "put a step before it: CopyDBSnapshot with region = \"{here}\" and the \
                 snapshot's ARN as its source"
            ),
        );
    }
}

/// Where an earlier step of the runbook found a snapshot, when its answer names it.
fn found<'p>(
    plan: &'p Plan,
    call: &Part<'p, AwsStep>,
    name: &str,
) -> Option<Vec<&'p str>> {
    let pieces = parts(name);
    let [Piece::Slot(Slot::Output { step, .. }, _)] = pieces.as_slice() else {
        return None;
    };
    let runbook = call.of.runbook;
    let mut steps = runbook.step.items().iter();
    let step = steps.find(|row| row.id.get().is_some_and(|id| id == step))?;
    let look = Written { runbook, step }.call()?;
    let listed = look.row.named().starts_with("Describe");
    place_of(plan, &look, false).filter(|_| listed).map(|region| vec![region])
}

/// Every snapshot a step makes or copies under a name of its own.
fn snapshots(plan: &Plan) -> Known<'_> {
    let mut known: Known<'_> = BTreeMap::new();
    for call in calls(plan) {
        let key = match call.row.named() {
            "CreateDBSnapshot" => "DBSnapshotIdentifier",
            "CreateDBClusterSnapshot" => "DBClusterSnapshotIdentifier",
            "CopyDBSnapshot" => "TargetDBSnapshotIdentifier",
            "CopyDBClusterSnapshot" => "TargetDBClusterSnapshotIdentifier",
            _ => continue,
        };
        let copied = key.starts_with("Target");
        if let Some(name) = call.row.text(key)
            && let Some(region) = place_of(plan, &call, copied)
        {
            known.entry(name).or_default().push(region);
        }
    }
    known
}

/// The region a call works in: the one it names, else that of the database it names, else,
/// for what is made `anew`, the one a failover or a failback goes to.
fn place_of<'p>(plan: &'p Plan, call: &Part<'p, AwsStep>, anew: bool) -> Option<&'p str> {
    if let Some(region) = call.row.region.get() {
        return Some(region);
    }
    if let Some((_, site)) = side_named(plan, &call.row.texts()) {
        return Some(super::region(plan, site.as_str()));
    }
    let runbook = call.of.runbook;
    let goes =
        matches!(runbook.kind.get(), Some(RunbookKind::Failover | RunbookKind::Failback));
    let to = runbook.to.get().filter(|_| anew && goes)?;
    Some(super::region(plan, to))
}
