//! Whether a backup says what makes it one: when it is made, how long it is kept, how old
//! the newest may be, and whether anybody looks.

use super::super::{
    Check, Findings, LintDef,
    written::{calls, steps},
};
use crate::plan::{
    Level, Plan,
    language::{BackupRow, Either, Items, Said},
};

pub(super) const UNDECLARED: LintDef = LintDef {
    id: "L77",
    name: "backup-undeclared",
    level: Level::Warning,
    doc: "A backup does not say when it is made, how long it is kept, or how anybody knows.",
    mend: "Write `schedule` and `interval`, `retention`, and a `check` or `verified_by`.",
    check: Check::Plan(undeclared),
};

/// What kind of copy it is, as far as rules care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Make {
    /// It goes on all the time: replication, archived logs.
    Continuous,
    /// Looks at another backup.
    Look,
    /// Made and expired by the service itself.
    Automated,
    /// A snapshot somebody asks for; it stays until somebody deletes it.
    Snapshot,
    /// A script of one's own.
    Own,
}

fn make(row: &BackupRow) -> Make {
    let kind = row.kind.get().map(|kind| kind.to_lowercase()).unwrap_or_default();
    let schedule = row.schedule.get().map(|words| words.to_string().to_lowercase());
    let has = |words: &[&str]| words.iter().any(|word| kind.contains(word));
    if has(&["verification"]) {
        Make::Look
    } else if has(&["replication", "wal", "logs", "registry"])
        || schedule.is_some_and(|words| words.contains("continuous"))
    {
        Make::Continuous
    } else if has(&["automated"]) {
        Make::Automated
    } else if has(&["snapshot"]) {
        Make::Snapshot
    } else {
        Make::Own
    }
}

fn undeclared(plan: &Plan, findings: &mut Findings<'_>) {
    for row in plan.file.backup.items() {
        let make = make(row);
        let gaps = gaps(row, make);
        let id = row.id.get().map_or("", String::as_str);
        if let Some(((last, _), first)) = gaps.split_last() {
            let first: Vec<&str> = first.iter().map(|(told, _)| *told).collect();
            let told = if first.is_empty() {
                (*last).to_owned()
            } else {
                format!("{}, and {last}", first.join(", "))
            };
            let keys: Vec<&str> = gaps.iter().map(|(_, key)| *key).collect();
            findings.at(
                &row.place,
                format!("nothing says of {id} {told}"),
                format!("write {}", keys.join(", ")),
            );
        } else if make == Make::Snapshot && !is_deleted(plan) && !expires(row) {
            let kept = row.retention.get().map_or_else(String::new, |kept| match kept {
                Either::Short(kept) => kept.words.to_string(),
                Either::Table(_) => "their time".to_owned(),
            });
            findings.at(
                row.retention.place().unwrap_or(&row.place),
                format!(
                    "snapshots of {id} are to be kept for {kept}, and nothing deletes \
                     them: one that is made by hand never expires"
                ),
                "add a step with DeleteDBSnapshot for what is older; where a vault or a lifecycle \
                 rule deletes them, say so in `location`, `features` or `settings`",
            );
        }
    }
}

/// What is not said, and the key that says it.
fn gaps(row: &BackupRow, make: Make) -> Vec<(&'static str, &'static str)> {
    let mut gaps = Vec::new();
    let settings = row.settings.get();
    let setting = |key: &str| settings.is_some_and(|all| all.get(key).is_some());
    if make == Make::Look {
        return gaps;
    }
    let scheduled =
        row.schedule.is_some() || row.interval.is_some() || row.window.is_some();
    if !scheduled && make != Make::Continuous {
        gaps.push(("when it is made", "schedule"));
    }
    let kept = row.retention.is_some() || setting("keep") || setting("retention");
    if !kept && make != Make::Continuous {
        gaps.push(("how long it is kept", "retention"));
    }
    // What a person makes before a change is as old as that change.
    let asked_for = row.runbook.is_some() && row.interval.is_none();
    let aged = row.interval.is_some() || row.max_age.is_some() || row.check.is_some();
    if !aged && !asked_for && make != Make::Continuous {
        gaps.push(("how old the newest may be", "interval"));
    }
    let looked_at = row.check.is_some() || row.verified_by.is_some();
    if !looked_at && make == Make::Own {
        gaps.push(("how anybody knows that it was made", "check"));
    }
    gaps
}

/// Whether it says that what keeps it also ends it: a vault, a rule for its lifecycle.
fn expires(row: &BackupRow) -> bool {
    let texts = [&row.schedule, &row.name, &row.note].into_iter().flatten();
    let texts = texts.map(|found| found.value.to_string());
    let plain = [&row.kind, &row.location, &row.copy_to].into_iter().flatten();
    let features = row.features.items().iter().map(|found| found.value.to_string());
    let settings = row.settings.get().map(ToString::to_string);
    let mut said = texts
        .chain(plain.map(|found| found.value.clone()))
        .chain(features)
        .chain(settings);
    said.any(|text| {
        let text = text.to_lowercase();
        ["vault", "lifecycle", "aws backup", "aws-backup", "delete_after", "expire"]
            .iter()
            .any(|word| text.contains(word))
    })
}

/// Whether anything deletes old snapshots.
fn is_deleted(plan: &Plan) -> bool {
    let calls = ["DeleteDBSnapshot", "DeleteDBClusterSnapshot"];
    let lines = ["delete-db-snapshot", "delete-db-cluster-snapshot"];
    self::calls(plan).any(|call| calls.iter().any(|name| call.row.is(name)))
        || steps(plan).any(|written| {
            let mut commands = written.commands();
            commands.any(|(command, _)| lines.iter().any(|line| command.has(line)))
        })
}
