//! Rules about scripts that make and bring back copies: a failure nobody hears of, the
//! wrong copy taken for the newest, a name that is another the second time.

use super::super::{
    Check, Findings, LintDef,
    shell::{Command, Pipe, pipes},
    written::{Part, Script, Written, calls, scripts, steps},
};
use crate::{
    model::template::{Part as Piece, Slot, parts},
    plan::{
        Level, Place, Plan,
        language::{AwsStep, BackupRow, Items, Said},
    },
};

pub(super) const HIDES_FAILURE: LintDef = LintDef {
    id: "L75",
    name: "pipeline-hides-failure",
    level: Level::Warning,
    doc: "A part of a pipe may fail, and the script goes on as if it had not.",
    mend: "Leave `strict` away in a step, and begin a script with `set -euo pipefail`.",
    check: Check::Plan(hides_failure),
};

pub(super) const UNSAFE_LATEST: LintDef = LintDef {
    id: "L79",
    name: "unsafe-latest",
    level: Level::Error,
    doc: "The newest copy is taken from the end of a list nobody has sorted or filtered.",
    mend: "Filter by what it is a copy of, sort by when it was made, and show it before it is used.",
    check: Check::Plan(unsafe_latest),
};

pub(super) const TWICE: LintDef = LintDef {
    id: "L80",
    name: "name-computed-twice",
    level: Level::Error,
    doc: "A name with the time in it is made twice in one run, and is another the second time.",
    mend: "Write ${run.time}, ${run.date} or ${run.epoch}: they are the same all through a run.",
    check: Check::Plan(twice),
};

fn joined(pipe: &[Command]) -> String {
    let programs: Vec<&str> = pipe.iter().map(Command::program).collect();
    programs.join(" | ")
}

/// The first pipe of a script, when a failing part of it passes unnoticed.
fn leaky(script: &str) -> Option<Pipe> {
    let strict = script.contains("pipefail");
    pipes(script).into_iter().find(|pipe| pipe.len() > 1 && !strict)
}

fn hides_failure(plan: &Plan, findings: &mut Findings<'_>) {
    for written in steps(plan) {
        let loose = written.step.strict.get() == Some(&false);
        for script in written.scripts() {
            // What a step writes as `shell` is strict unless it says otherwise.
            let own = written.step.shell.place() == Some(script.place);
            let pipe = leaky(script.row).filter(|_| loose || !own);
            if let Some(pipe) = pipe {
                findings.at(
                    written.step.strict.place().filter(|_| own).unwrap_or(script.place),
                    format!(
                        "of `{}` only the last part counts: when {} fails half way, the \
                         step is done all the same",
                        joined(&pipe),
                        pipe.first().map_or("the first", Command::program)
                    ),
                    "take `strict = false` away; in `sh -c`, begin with `set -euo pipefail` and bash",
                );
            } else if script.row.contains("set +e") {
                findings.at(
                    script.place,
                    "`set +e` lets this script go on after a command has failed",
                    "take it away, and write `|| true` behind the one command that may fail",
                );
            }
        }
    }
    for row in plan.file.backup.items() {
        backup(row, findings);
    }
    beside(plan, findings);
}

/// Scripts beside the plan, which no key of it makes strict.
fn beside(plan: &Plan, findings: &mut Findings<'_>) {
    for Script { name, text, place } in scripts(plan) {
        if let Some(pipe) = leaky(text) {
            findings.at(
                place,
                format!(
                    "in {name} only the last part of `{}` counts: when another fails, the \
                     script goes on",
                    joined(&pipe)
                ),
                "begin it with `#!/usr/bin/env bash` and `set -euo pipefail`",
            );
        } else if lets_go(text) {
            findings.at(
                place,
                format!(
                    "from `set +e` on {name} goes on after a command has failed, and ends \
                     as if all were well"
                ),
                "take it away, and write `|| true` behind the one command that may fail",
            );
        }
    }
}

/// Whether a script stops caring for failures, and never begins again.
fn lets_go(text: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let at = lines.iter().rposition(|line| *line == "set +e");
    let rest = at.and_then(|at| lines.get(at + 1..));
    rest.is_some_and(|rest| !rest.iter().any(|line| line.starts_with("set -e")))
}

fn backup(row: &BackupRow, findings: &mut Findings<'_>) {
    let id = row.id.get().map_or("", String::as_str);
    let settings = row.settings.get();
    let strict = settings.and_then(|all| all.get("strict"));
    let safe = strict.is_some_and(|value| {
        let words = value.as_str().unwrap_or_default();
        value.as_bool() == Some(true)
            || words.contains("pipefail")
                && !words.contains("no pipefail")
                && !words.contains("without pipefail")
    });
    let packed = settings.and_then(|all| all.get("compress")?.as_str());
    let dumped = row.kind.get().filter(|kind| kind.contains("dump"));
    let script = row.command.items().iter().find_map(|word| leaky(&word.value));
    let pipe = match (dumped, packed, script) {
        (_, _, Some(pipe)) => joined(&pipe),
        (Some(kind), Some(packed), None) => format!("{kind} | {packed}"),
        (Some(_) | None, _, None) => return,
    };
    if !safe {
        let place = row.settings.place().or_else(|| row.command.place());
        findings.at(
            place.unwrap_or(&row.place),
            format!(
                "of `{pipe}` only the last part counts: half a dump is kept as {id} as if \
                 it were whole"
            ),
            "begin its script with `set -euo pipefail`, and write settings = { strict = true }",
        );
    }
}

/// Parameters that name the copy that is restored.
const COPIES: [&str; 3] =
    ["DBSnapshotIdentifier", "SnapshotIdentifier", "DBClusterSnapshotIdentifier"];

fn unsafe_latest(plan: &Plan, findings: &mut Findings<'_>) {
    for call in calls(plan) {
        named(&call, findings);
        if let Some(query) = &call.row.query {
            listed(&call, &query.value, &query.place, findings);
        }
        for (_, path) in call.of.step.outputs.items() {
            listed(&call, &path.value, &path.place, findings);
        }
    }
    for written in steps(plan) {
        for (text, place) in written.texts() {
            if let Some(slot) = from_list(text) {
                say_list(&slot, place, findings);
            }
        }
        for (pipe, place) in written.pipes() {
            last_line(&pipe, place, findings);
            pattern(&pipe, (written, place), findings);
        }
    }
}

/// `${list:snapshots[0]}`: the first of a live list, whatever that is.
fn from_list(text: &str) -> Option<String> {
    parts(text).into_iter().find_map(|piece| match piece {
        Piece::Slot(Slot::Listed { list, index }, _) => Some(format!("{list}[{index}]")),
        Piece::Slot(..) | Piece::Text(_) | Piece::Bad(_) | Piece::Open => None,
    })
}

fn say_list(slot: &str, place: &Place, findings: &mut Findings<'_>) {
    findings.at(
        place,
        format!(
            "{slot} is whatever stands there in the list of that moment: another \
             database's, or one of last year"
        ),
        "make it a [[parameter]] with source = \"list:...\", so that a person picks it and sees of what and when it is",
    );
}

fn named(call: &Part<'_, AwsStep>, findings: &mut Findings<'_>) {
    for key in COPIES {
        let Some(name) = call.row.text(key) else { continue };
        if let Some(slot) = from_list(name) {
            say_list(&slot, call.place, findings);
        } else if call.row.named().starts_with("Restore") && is_symbolic(name) {
            findings.at(
                call.place,
                format!(
                    "no snapshot is called `{name}`, unless somebody moves that name \
                     along: RDS has no newest one by name"
                ),
                "make it a [[parameter]] with source = \"list:snapshots\"; or restore to a point in time",
            );
        }
    }
}

fn is_symbolic(name: &str) -> bool {
    let name = name.to_lowercase();
    let mut words = name.split(|c: char| !c.is_alphanumeric());
    !name.contains("${") && words.any(|word| matches!(word, "latest" | "newest"))
}

/// The first or last of an answer nobody has sorted.
fn listed(
    call: &Part<'_, AwsStep>,
    path: &str,
    place: &Place,
    findings: &mut Findings<'_>,
) {
    let lists = ["DescribeDBSnapshots", "DescribeDBClusterSnapshots", "ListObject"];
    let operation = call.row.named();
    let picks = path.contains("[0]") || path.contains("[-1]");
    let sorted = path.contains("sort_by(") || path.contains("max_by(");
    if lists.iter().any(|list| operation.starts_with(list)) && picks && !sorted {
        findings.at(
            place,
            format!("`{path}` is the end of a list that {operation} gives in no order"),
            "sort it: max_by(DBSnapshots[?Status=='available'], &SnapshotCreateTime)",
        );
    }
}

/// `ls ... | tail -n 1`: the end of a listing.
fn last_line(pipe: &[Command], place: &Place, findings: &mut Findings<'_>) {
    let Some(listing) = pipe.iter().find(|command| lists(command)) else { return };
    let one = pipe.iter().any(|command| {
        matches!(command.program(), "tail" | "head")
            && (command.has("-1")
                || command.has("-n1")
                || command.option("-n") == Some("1"))
    });
    let filters = ["grep", "egrep", "rg"];
    let filtered = pipe.iter().any(|command| filters.contains(&command.program()))
        || listing.words.iter().any(|word| word.contains('*'));
    let sorted = listing.program() == "ls"
        || pipe.iter().any(|command| command.program() == "sort");
    // `ls` gives the names in their order: the first is the oldest that is dated.
    let oldest = listing.program() == "ls"
        && !listing.words.iter().any(|word| word.starts_with('-') && word.contains('r'))
        && pipe.iter().any(|command| command.program() == "head")
        && !pipe.iter().any(|command| command.program() == "sort")
        && ["backup", "dump"].iter().any(|word| listing.line().contains(word));
    if one && oldest {
        findings.at(
            place,
            format!(
                "`{}` lists by name, and the first of it is the oldest copy there is",
                listing.line()
            ),
            "take the last (`tail -n 1`) of names with their date in them, and let a person see which it is",
        );
    } else if one && !(filtered && sorted) {
        findings.at(
            place,
            format!(
                "the last line of `{}` is what the listing happens to end with: any file \
                 put there since, of any database",
                listing.line()
            ),
            "list only names of this backup, sort by when they were made, and let a person see which it is",
        );
    }
}

/// Whether a command lists files or objects, but for what lists the newest first or last.
fn lists(command: &Command) -> bool {
    let by_time = || {
        command.words.iter().any(|word| {
            word.starts_with('-') && !word.starts_with("--") && word.contains('t')
        })
    };
    match command.program() {
        "ls" => !by_time(),
        "aws" => command.has("ls") || command.has("list-objects-v2"),
        "find" => !command.words.iter().any(|word| word.contains("%T")),
        _ => false,
    }
}

/// A pattern that is handed to a program which takes one file.
fn pattern(
    pipe: &[Command],
    (written, place): (Written<'_>, &Place),
    findings: &mut Findings<'_>,
) {
    if written.step.shell.is_none() {
        return;
    }
    for command in pipe {
        let program = command.program().to_lowercase();
        let takes_one = program.contains("restore") || program == "psql";
        let glob = command.words.iter().skip(1).find(|word| {
            word.contains('/') && word.contains('*') && !word.starts_with('-')
        });
        if let Some(glob) = glob.filter(|_| takes_one) {
            findings.at(
                place,
                format!(
                    "`{glob}` may be several files, and {} takes the first by name",
                    command.program()
                ),
                "ask for the one file: a [[parameter]] with source = \"prompt\", shown before it is used",
            );
        }
    }
}

/// What a script asks the clock, and how it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    /// `date +%Y%m%d`.
    how: String,
    /// The variable it is kept in.
    kept: Option<String>,
}

fn twice(plan: &Plan, findings: &mut Findings<'_>) {
    for runbook in plan.file.runbook.items() {
        let mut seen: Vec<(Asked, &Place, String)> = Vec::new();
        for step in runbook.step.items() {
            let written = Written { runbook, step };
            for script in written.scripts() {
                say_again(&script, &seen, findings);
                let asked = dates(script.row).into_iter();
                seen.extend(asked.map(|one| (one, script.place, written.title())));
            }
        }
    }
    twice_beside(plan, findings);
}

/// Scripts beside the plan. Of what is indented nobody can tell whether both are run.
fn twice_beside(plan: &Plan, findings: &mut Findings<'_>) {
    for Script { name, text, place } in scripts(plan) {
        let outer: Vec<&str> =
            text.lines().filter(|line| !line.starts_with([' ', '\t', '#'])).collect();
        let asked = dates(&outer.join("\n"));
        let again = asked.iter().enumerate().find(|(index, one)| {
            let mut earlier = asked.iter().take(*index);
            one.kept.is_none() && earlier.any(|other| is_again(other, one))
        });
        if let Some((_, one)) = again {
            findings.at(
                place,
                format!(
                    "`{}` is asked twice in {name}: the second answer is another, and so \
                     is the name made of it",
                    one.how
                ),
                "ask once, keep the answer in a variable, and use that",
            );
        }
    }
}

/// Says the first thing a script asks that was asked before it, or twice in it.
fn say_again(
    script: &Part<'_, str>,
    seen: &[(Asked, &Place, String)],
    findings: &mut Findings<'_>,
) {
    let asked = dates(script.row);
    let elsewhere = asked.iter().find_map(|asked| {
        let (_, _, title) = seen.iter().find(|(one, ..)| is_again(one, asked))?;
        Some((asked, format!("here and in `{title}`")))
    });
    // A script that keeps it under one name twice has its reasons.
    let here = || {
        asked.iter().enumerate().find_map(|(index, one)| {
            let earlier = asked.get(..index)?.iter();
            let again = earlier.filter(|other| is_again(other, one)).count() > 0;
            (again && one.kept.is_none()).then(|| (one, "twice here".to_owned()))
        })
    };
    if let Some((one, also)) = elsewhere.or_else(here) {
        findings.at(
            script.place,
            format!(
                "`{}` is asked {also}: the second answer is another, and so is the name \
                 made of it",
                one.how
            ),
            "write ${run.time}, ${run.date} or ${run.epoch} into `env`: they are the same all through a run",
        );
    }
}

/// Whether the same is asked again for a name. Seconds kept under two names are two ends
/// of a measurement.
fn is_again(one: &Asked, other: &Asked) -> bool {
    let measured =
        one.how.ends_with("+%s") && one.kept.is_some() && one.kept != other.kept;
    one.how == other.how && !measured
}

/// Every time a script asks the clock, but for lines of a log.
fn dates(script: &str) -> Vec<Asked> {
    let mut found = Vec::new();
    let mut rest = script;
    while let Some((begin, end)) = asked(rest) {
        let (before, after) = rest.split_at(begin);
        let (_, after) = after.split_at(end.len() + 4);
        let Some((format, tail)) = after.split_once(if end == "`" { '`' } else { ')' })
        else {
            break;
        };
        let line = before.rsplit(['\n', ';']).next().unwrap_or_default().trim_start();
        let log = ["echo", "printf", "logger", "log "];
        let inner = line.rsplit('{').next().unwrap_or_default().trim_start();
        if !log.iter().any(|word| line.starts_with(word) || inner.starts_with(word)) {
            let kept = line.trim_end_matches('"').strip_suffix('=');
            let kept = kept.map(|name| {
                name.rsplit(char::is_whitespace).next().unwrap_or_default().to_owned()
            });
            let how = format!("date{format}").replace(['"', '\''], "");
            found.push(Asked { how: how.trim().to_owned(), kept });
        }
        rest = tail;
    }
    found
}

/// Where the clock is asked next, and by which sign.
fn asked(script: &str) -> Option<(usize, &'static str)> {
    let signs = ["$(", "`"];
    let found = signs
        .iter()
        .filter_map(|sign| Some((script.find(&format!("{sign}date"))?, *sign)));
    found.min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_heard_where_it_is_asked() {
        let how = |script: &str| -> Vec<(String, Option<String>)> {
            dates(script).into_iter().map(|one| (one.how, one.kept)).collect()
        };
        assert_eq!(
            how("A=$(date +%s); echo \"$(date): done\""),
            [("date +%s".to_owned(), Some("A".to_owned()))]
        );
        assert_eq!(how("cp x \"x-$(date '+%F')\""), [("date +%F".to_owned(), None)]);
        assert_eq!(how("mv y y-`date`"), [("date".to_owned(), None)]);
        assert_eq!(how("no clock"), []);
    }
}
