//! Rules about `PostgreSQL`: what its recovery needs, what it no longer knows, and how much
//! of its log is not yet archived.

use serde_json::Value;

use super::super::{
    Check, Findings, LintDef,
    shell::{Command, pipes},
    written::{Script, Written, covers, scripts, steps},
};
use crate::{
    model::Span,
    plan::{
        Level, Place, Plan,
        data::{Gone, data},
        language::{BackupRow, DatabaseRow, Items, RunbookRow, Said},
    },
};

pub(super) const WITHOUT_BASE: LintDef = LintDef {
    id: "L72",
    name: "pitr-without-base",
    level: Level::Error,
    doc: "WAL is to be replayed, and there is no physical base backup to replay it on.",
    mend: "Take base backups with pg_basebackup, and unpack one before WAL is replayed.",
    check: Check::Plan(without_base),
};

pub(super) const OBSOLETE: LintDef = LintDef {
    id: "L73",
    name: "obsolete-postgres",
    level: Level::Error,
    doc: "A file, setting or function is used that the stated version of PostgreSQL does not have.",
    mend: "Write what has taken its place, as the message names it.",
    check: Check::Plan(obsolete),
};

pub(super) const WITHOUT_TIMEOUT: LintDef = LintDef {
    id: "L74",
    name: "wal-without-timeout",
    level: Level::Warning,
    doc: "WAL is archived by full segments only, or over segments that are there already.",
    mend: "Set archive_timeout to half the RPO at most, and let archive_command refuse a segment that is there.",
    check: Check::Plan(without_timeout),
};

/// Databases made of `PostgreSQL`, with how to tell.
fn postgres(plan: &Plan) -> impl Iterator<Item = &DatabaseRow> {
    plan.file.database.items().iter().filter(|row| {
        let kind = row.kind.get().is_some_and(|kind| kind.contains("postgres"));
        let engine = row.rest.iter().find(|(key, _)| key == "engine");
        let engine = engine.and_then(|(_, engine)| engine.value.as_str());
        kind || engine.is_some_and(|engine| engine.contains("postgres"))
    })
}

/// Every key and text anywhere in a value.
pub(super) fn words_of(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(words_of).collect(),
        Value::Object(entries) => entries
            .iter()
            .flat_map(|(key, value)| std::iter::once(key.as_str()).chain(words_of(value)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// What a backup is made by, as text.
fn made_by(backup: &BackupRow) -> Vec<&str> {
    let settings = backup.settings.get().map(words_of).unwrap_or_default();
    let command = backup.command.items().iter().map(|word| word.value.as_str());
    let own = [backup.kind.get(), backup.script.get()].into_iter().flatten();
    settings.into_iter().chain(command).chain(own.map(String::as_str)).collect()
}

/// Words of programs that make, or bring back, the files of a server.
const PHYSICAL: &[&str] =
    &["basebackup", "base-backup", "pgbackrest", "barman", "wal-g", "snapshot"];

fn is_physical(texts: &[&str]) -> bool {
    texts.iter().any(|text| {
        let text = text.to_lowercase();
        PHYSICAL.iter().any(|word| text.contains(word))
    })
}

/// Whether a backup is the files of a server. What a managed service keeps is its own.
fn is_base(backup: &BackupRow) -> bool {
    let kind = backup.kind.get().map_or("", String::as_str);
    let managed = kind.starts_with("rds") || kind.starts_with("aurora");
    !managed && is_physical(&made_by(backup))
}

fn without_base(plan: &Plan, findings: &mut Findings<'_>) {
    let archives =
        |row: &BackupRow| row.kind.get().is_some_and(|kind| kind.starts_with("wal"));
    let archived = plan.file.backup.items().iter().any(archives);
    if !archived && !steps(plan).any(says_replay) {
        return;
    }
    let rows: Vec<&DatabaseRow> = postgres(plan).collect();
    for row in &rows {
        let Some(id) = row.id.get() else { continue };
        let all = plan.file.backup.items().iter();
        let backups: Vec<&BackupRow> =
            all.filter(|backup| covers(plan, backup, id)).collect();
        let based = backups.iter().any(|backup| is_base(backup));
        let mut told = false;
        for runbook in plan.file.runbook.items() {
            let about = rows.len() == 1 || works_on(runbook, row);
            let wrong = replayed(runbook, row, (based, &backups)).filter(|_| about);
            if let Some((place, message)) = wrong {
                told = true;
                let help = "add a [[backup]] of kind \"base-backup\" (pg_basebackup), and \
                            unpack its newest before the moment that is wanted";
                findings.at(place, message, help);
            }
        }
        let archive = backups.iter().find(|one| archives(one));
        if let Some(archive) = archive.filter(|_| !based && !told) {
            findings.at(
                &archive.place,
                format!(
                    "WAL of {id} is archived, and no backup of it is a base backup: there \
                     is nothing to replay it on"
                ),
                "add a [[backup]] of kind \"base-backup\" (pg_basebackup)",
            );
        }
    }
}

/// Whether a runbook names the directory of a database.
fn works_on(runbook: &RunbookRow, row: &DatabaseRow) -> bool {
    row.data_directory.get().is_some_and(|dir| {
        runbook.step.items().iter().any(|step| {
            let texts = Written { runbook, step }.texts();
            texts.iter().any(|(text, _)| text.contains(dir.as_str()))
        })
    })
}

fn says_replay(written: Written<'_>) -> bool {
    let words =
        ["restore_command", "recovery_target", "recovery.signal", "recovery.conf"];
    let texts = written.texts();
    let title = written.title();
    let titled = title.split(|c: char| !c.is_alphanumeric()).any(|word| word == "WAL");
    titled && !title.to_lowercase().contains("archiv")
        || texts.iter().any(|(text, _)| words.iter().any(|word| text.contains(word)))
}

/// What is wrong with a runbook that replays WAL, and where.
fn replayed<'p>(
    runbook: &'p RunbookRow,
    row: &DatabaseRow,
    (based, backups): (bool, &[&BackupRow]),
) -> Option<(&'p Place, String)> {
    let steps = runbook.step.items();
    let of = |step| Written { runbook, step };
    let at = steps.iter().position(|step| says_replay(of(step)))?;
    let before: Vec<Written<'_>> = steps.get(..at)?.iter().map(of).collect();
    let id = row.id.get()?;
    let directory = row.data_directory.get();
    let unpacked = before.iter().find(|written| {
        let texts: Vec<&str> =
            written.texts().into_iter().map(|(text, _)| text).collect();
        let title = written.title();
        let into = directory.is_some_and(|dir| {
            let mut commands = written.commands();
            commands.any(|(command, _)| {
                command.program() == "tar"
                    && command.words.iter().any(|word| word.starts_with(dir.as_str()))
            })
        });
        into || is_physical(&texts) || title.to_lowercase().contains("base backup")
    });
    let loaded = before.iter().find(|written| {
        written.commands().any(|(command, _)| {
            let dump = command.has("<") || command.option("-f").is_some();
            command.program() == "pg_restore" || command.program() == "psql" && dump
        })
    });
    let replay = &steps.get(at)?.place;
    match (unpacked, loaded) {
        (Some(unpacked), _) if !based => {
            let kinds: Vec<&str> =
                backups.iter().filter_map(|one| Some(one.kind.get()?.as_str())).collect();
            let kinds =
                if kinds.is_empty() { "none".to_owned() } else { kinds.join(", ") };
            Some((
                &unpacked.step.place,
                format!(
                    "this unpacks a base backup of {id}, and no backup of {id} makes one \
                     ({kinds})"
                ),
            ))
        }
        (None, Some(loaded)) => Some((
            replay,
            format!(
                "WAL cannot be replayed on what `{}` loaded: a logical dump has other \
                 files than those the WAL of {id} is the log of",
                loaded.title()
            ),
        )),
        (Some(_) | None, _) => None,
    }
}

/// The first number of a version: `13.4` is 13.
fn major(row: &DatabaseRow) -> Option<u32> {
    let digits = row.engine_version.get()?.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

fn obsolete(plan: &Plan, findings: &mut Findings<'_>) {
    let rows: Vec<&DatabaseRow> = postgres(plan).collect();
    for row in &rows {
        let own = [
            row.settings.as_ref(),
            row.replication.get().and_then(|one| one.settings.as_ref()),
        ];
        for found in own.into_iter().flatten() {
            say_gone(row, &words_of(&found.value), &found.place, findings);
        }
    }
    for backup in plan.file.backup.items() {
        let texts = made_by(backup);
        if !data().engines.gone.iter().any(|gone| is_used(gone, &texts)) {
            continue;
        }
        let place = backup.settings.place().or_else(|| backup.command.place());
        let place = place.unwrap_or(&backup.place);
        for row in &rows {
            if row.id.get().is_some_and(|id| covers(plan, backup, id)) {
                say_gone(row, &texts, place, findings);
            }
        }
    }
    for written in steps(plan) {
        let texts = written.texts();
        let words: Vec<&str> = texts.iter().map(|(text, _)| *text).collect();
        // The server whose directory is worked on; without one, the only one there is.
        let here = rows.iter().find(|row| {
            row.data_directory
                .get()
                .is_some_and(|dir| words.iter().any(|text| text.contains(dir.as_str())))
        });
        let row = here.or_else(|| rows.first().filter(|_| rows.len() == 1));
        let place = texts.first().map(|(_, place)| *place);
        if let (Some(row), Some(place)) = (row, place) {
            let used = uses(written);
            let used: Vec<&str> = used.iter().map(String::as_str).collect();
            say_gone(row, &used, place, findings);
        }
    }
    for Script { text, place, .. } in scripts(plan) {
        let here = rows.iter().find(|row| {
            row.data_directory.get().is_some_and(|dir| text.contains(dir.as_str()))
        });
        let row = here.or_else(|| rows.first().filter(|_| rows.len() == 1));
        let used: Vec<String> =
            pipes(text).iter().flatten().filter_map(used_by).collect();
        let used: Vec<&str> = used.iter().map(String::as_str).collect();
        if let Some(row) = row {
            say_gone(row, &used, place, findings);
        }
    }
}

/// What a step writes or runs, without commands that only look whether something is there,
/// or take it away.
fn uses(written: Written<'_>) -> Vec<String> {
    let commands = written.commands().filter_map(|(command, _)| used_by(&command));
    let step = written.step;
    let files =
        [&step.write.get().map(|row| &row.file), &step.write.get().map(|row| &row.text)];
    let lines =
        [&step.append.get().map(|row| &row.text), &step.sql.get().map(|row| &row.text)];
    let texts = files.into_iter().chain(lines).copied().flatten();
    let texts = texts.filter_map(|found| found.get().cloned());
    commands.chain(texts).collect()
}

/// A command as it is written, unless it only looks or takes away.
fn used_by(command: &Command) -> Option<String> {
    const LOOKS: &[&str] =
        &["test", "[", "[[", "ls", "stat", "grep", "rm", "echo", "find"];
    (!LOOKS.contains(&command.program())).then(|| command.line())
}

/// Whether a word stands in a text and not within another word.
fn holds(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

fn is_used(gone: &Gone, texts: &[&str]) -> bool {
    gone.engine == "postgres"
        && gone.words.iter().any(|word| texts.iter().any(|text| holds(text, word)))
}

fn say_gone(
    row: &DatabaseRow,
    texts: &[&str],
    place: &Place,
    findings: &mut Findings<'_>,
) {
    let id = row.id.get().map_or("", String::as_str);
    for gone in data().engines.gone.iter().filter(|gone| is_used(gone, texts)) {
        let words: Vec<&String> = gone
            .words
            .iter()
            .filter(|word| texts.iter().any(|text| holds(text, word)))
            .collect();
        let word = words.first().map_or("", |word| word.as_str());
        match major(row) {
            Some(version) if version < gone.since => {}
            Some(version) => findings.at(
                place,
                format!(
                    "`{word}` is gone since PostgreSQL {}, and {id} is {version}: {}",
                    gone.since, gone.effect
                ),
                format!("use {}", gone.instead),
            ),
            None => findings.warn_at(
                place,
                format!(
                    "`{word}` is gone since PostgreSQL {}, and nothing says which version \
                     {id} is: from {} on {}",
                    gone.since, gone.since, gone.effect
                ),
                format!(
                    "write engine_version; from {} on use {}",
                    gone.since, gone.instead
                ),
            ),
        }
    }
}

fn without_timeout(plan: &Plan, findings: &mut Findings<'_>) {
    for row in postgres(plan) {
        let Some(settings) = &row.settings else { continue };
        let get = |key: &str| settings.value.get(key);
        let Some(command) = get("archive_command").and_then(Value::as_str) else {
            continue;
        };
        let id = row.id.get().map_or("", String::as_str);
        let rpo = tightest(plan, id);
        let timeout =
            get("archive_timeout").and_then(span).filter(|one| *one > Span::ZERO);
        let within =
            rpo.map_or_else(String::new, |rpo| format!(", and the RPO is {rpo}"));
        let half = rpo.map_or(60, |rpo| (rpo.as_secs() / 2).max(1));
        let help = format!("write archive_timeout = \"{half}s\" into its settings");
        match timeout {
            None => findings.at(
                &settings.place,
                format!(
                    "{id} archives a segment when its 16 MB are full: in a quiet hour that \
                     is not at all{within}"
                ),
                help,
            ),
            Some(timeout) if rpo.is_some_and(|rpo| timeout >= rpo) => findings.at(
                &settings.place,
                format!("{id} archives what it wrote after {timeout} at the latest{within}"),
                help,
            ),
            Some(_) => {}
        }
        if overwrites(command) {
            findings.at(
                &settings.place,
                format!(
                    "archive_command of {id} copies over a segment that is there already: a \
                     second server on one archive destroys the first one's log"
                ),
                "let it fail instead: test ! -f TARGET && cp ..., a bucket with versions and `--if-none-match`, or pgBackRest",
            );
        }
    }
}

fn overwrites(command: &str) -> bool {
    let guards =
        ["! -f", "! -e", "--no-clobber", "cp -n", "--ignore-existing", "if-none-match"];
    let copies = ["cp ", "rsync ", "scp ", "aws s3 cp", "gsutil cp"];
    copies.iter().any(|word| command.contains(word))
        && !guards.iter().any(|word| command.contains(word))
}

/// The tightest RPO of what lives on a database, when there is any.
fn tightest(plan: &Plan, id: &str) -> Option<Span> {
    // Longer than this nobody has promised anything.
    let promised = |rpo: &Span| *rpo < Span::mins(60 * 24 * 3650);
    let uses = |service: &&crate::model::Service| {
        service.uses.iter().any(|one| one.as_str() == id)
    };
    let services = plan.services.iter().filter(uses);
    services.map(|service| service.objective.rpo).filter(promised).min()
}

/// A length of time as `PostgreSQL` reads it: seconds without a unit.
fn span(value: &Value) -> Option<Span> {
    if let Some(seconds) = value.as_i64() {
        return Some(Span::secs(seconds));
    }
    let text = value.as_str()?.trim();
    let cut = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(cut);
    let number: i64 = number.parse().ok()?;
    let unit = match unit.trim() {
        "ms" => 1,
        "" | "s" => 1000,
        "min" | "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    Some(Span::millis(number.saturating_mul(unit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_not_part_of_another() {
        assert!(holds("trigger_file = '/tmp/x'", "trigger_file"));
        assert!(!holds("promote_trigger_file = ''", "trigger_file"));
        assert!(holds("/var/lib/13/main/recovery.conf", "recovery.conf"));
        assert!(!holds("recovery.config", "recovery.conf"));
    }

    #[test]
    fn times_are_read_as_the_server_reads_them() {
        for (written, seconds) in [
            (serde_json::json!(60), Some(60)),
            (serde_json::json!("60"), Some(60)),
            (serde_json::json!("5min"), Some(300)),
            (serde_json::json!("1 h"), Some(3600)),
            (serde_json::json!("soon"), None),
        ] {
            assert_eq!(span(&written), seconds.map(Span::secs), "{written}");
        }
    }
}
