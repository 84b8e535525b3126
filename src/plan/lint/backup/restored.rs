//! Whether anybody can bring a backup back.

use super::super::{
    Check, Findings, LintDef,
    shell::Command,
    written::{Written, covers, side_named, steps},
};
use crate::{
    model::{RunbookKind, Verb},
    plan::{
        Level, Plan,
        language::{BackupRow, Items, Said},
    },
};

pub(super) const NEVER_RESTORED: LintDef = LintDef {
    id: "L78",
    name: "backup-without-restore",
    level: Level::Warning,
    doc: "No runbook brings a backup back.",
    mend: "Write a runbook of kind \"restore\" for it, and name it in `restored_by`.",
    check: Check::Plan(never_restored),
};

/// What one step of a runbook that brings something back has to say.
struct Step<'p> {
    written: Written<'p>,
    texts: Vec<&'p str>,
    commands: Vec<Command>,
    /// Names of it that say restore, each as its words.
    names: Vec<String>,
    title: String,
}

/// Every step that may bring something back.
fn restoring(plan: &Plan) -> Vec<Step<'_>> {
    let kinds = [RunbookKind::Restore, RunbookKind::Drill, RunbookKind::Failover];
    let may = |written: &Written<'_>| {
        written.runbook.kind.get().is_some_and(|kind| kinds.contains(kind))
    };
    let read = |written: Written<'_>| {
        let title = written.title();
        let program = written.step.run.items().first().map(|word| word.value.as_str());
        let runbook = written.runbook.id.get().map(String::as_str);
        let names = [runbook, program, Some(title.as_str())].into_iter().flatten();
        let says = |said: &String| said.contains(" restore") || said.contains(" recover");
        names.map(words).filter(says).collect()
    };
    let steps = steps(plan).filter(may);
    steps
        .map(|written| Step {
            texts: written.texts().into_iter().map(|(text, _)| text).collect(),
            commands: written.commands().map(|(command, _)| command).collect(),
            names: read(written),
            title: written.title(),
            written,
        })
        .collect()
}

fn never_restored(plan: &Plan, findings: &mut Findings<'_>) {
    let steps = restoring(plan);
    for row in plan.file.backup.items() {
        let kind = row.kind.get().map_or("", String::as_str);
        // A replica is used as it is, and a verification is no copy.
        let no_copy = kind.contains("replication") && !kind.contains("registry");
        if no_copy || kind == "verification" || row.restored_by.is_some() {
            continue;
        }
        let names = names_of(row);
        let back = |step: &Step<'_>| {
            by_name(step, &names)
                || by_service(plan, step, row)
                || by_program(step, row)
                || by_place(step, row)
        };
        if !steps.iter().any(back) {
            say(row, findings);
        }
    }
}

fn say(row: &BackupRow, findings: &mut Findings<'_>) {
    let id = row.id.get().map_or("", String::as_str);
    let covers: Vec<&str> =
        row.covers.items().iter().map(|one| one.value.as_str()).collect();
    let of = match covers.as_slice() {
        [] => String::new(),
        [one] if *one == id => String::new(),
        all => format!(" of {}", all.join(", ")),
    };
    let lies =
        row.location.get().map_or_else(String::new, |place| format!(" from {place}"));
    findings.at(
        &row.place,
        format!("no runbook brings {id}{of} back{lies}: whoever needs it improvises"),
        "write a runbook of kind \"restore\", and name it: restored_by = [\"...\"]",
    );
}

/// RDS brings back what RDS made.
fn by_service(plan: &Plan, step: &Step<'_>, row: &BackupRow) -> bool {
    let kind = row.kind.get().map_or("", String::as_str);
    if !["rds", "aurora"].iter().any(|service| kind.starts_with(service)) {
        return false;
    }
    let own = step.written.step;
    if own.verb.get().is_some_and(|verb| verb == Verb::Restore.word()) {
        return own.resource.get().is_some_and(|id| covers(plan, row, id));
    }
    let Some(call) = own.aws.get() else { return false };
    let snapshots = kind.contains("snapshot") || kind.contains("automated");
    let times = kind.contains("automated") || kind.contains("logs");
    let operation = call.named();
    let fits = operation.starts_with("Restore")
        && (operation.ends_with("Snapshot") && snapshots
            || operation.ends_with("ToPointInTime") && times);
    if !fits {
        return false;
    }
    // A backup of words only may be of any database.
    let named = side_named(plan, &call.texts());
    named.is_none_or(|(database, _)| {
        covers(plan, row, database.id.as_str()) || !is_database(plan, row)
    })
}

/// Whether what a backup covers is a database of the plan, as far as one can tell.
fn is_database(plan: &Plan, row: &BackupRow) -> bool {
    let mut ids = plan.file.database.items().iter().filter_map(|one| one.id.get());
    ids.any(|id| covers(plan, row, id))
}

/// A dump is loaded, a log replayed, a base unpacked.
fn by_program(step: &Step<'_>, row: &BackupRow) -> bool {
    let kind = row.kind.get().map_or("", String::as_str);
    let says = |words: &[&str]| {
        step.texts.iter().any(|text| words.iter().any(|word| text.contains(word)))
    };
    if kind.contains("dump") {
        return step.commands.iter().any(|command| {
            matches!(command.program(), "pg_restore" | "mysql" | "mongorestore")
                || command.program() == "psql" && command.has("<")
        });
    }
    if kind.starts_with("wal") {
        let mut words = step.title.split(|c: char| !c.is_alphanumeric());
        return words.any(|word| word == "WAL")
            || says(&["restore_command", "recovery_target"]);
    }
    let physical = ["pg_basebackup", "base_backup", "pgbackrest", "barman", "wal-g"];
    kind.contains("base") && says(&physical)
}

/// The place it lies at stands in the step.
fn by_place(step: &Step<'_>, row: &BackupRow) -> bool {
    let places = [row.location.get(), row.copy_to.get()];
    places.into_iter().flatten().any(|place| {
        // Up to the part that differs from copy to copy.
        let fixed = place.split("${").next().unwrap_or_default();
        let fixed = fixed.rsplit_once('/').map_or("", |(folder, _)| folder);
        let telling = fixed.trim_start_matches("s3://").contains('/');
        telling && step.texts.iter().any(|text| text.contains(fixed))
    })
}

/// What a backup is called, and what it is of, each as its words.
fn names_of(row: &BackupRow) -> Vec<String> {
    let id = row.id.get().map_or("", String::as_str);
    let name = row.name.get().map(ToString::to_string).unwrap_or_default();
    let covered = row.covers.items().iter().map(|one| one.value.as_str());
    let all = [id, &name].into_iter().chain(covered).map(words);
    all.filter(|one| one.len() > 2).collect()
}

/// A runbook, or a program, that says it restores this.
fn by_name(step: &Step<'_>, names: &[String]) -> bool {
    step.names.iter().any(|said| names.iter().any(|one| said.contains(one.as_str())))
}

/// The words of a name, each with a space before it and the last with one behind it.
fn words(name: &str) -> String {
    let parts =
        name.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    let joined: Vec<String> = parts.map(str::to_lowercase).collect();
    format!(" {} ", joined.join(" "))
}
