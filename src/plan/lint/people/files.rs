//! Whether the files a plan names are there.

use std::collections::BTreeSet;

use super::super::{Check, Findings, LintDef};
use crate::{
    model::Action,
    plan::{
        Level, Plan,
        language::{Items, Said},
    },
};

pub(super) const FILE_MISSING: LintDef = LintDef {
    id: "L88",
    name: "file-missing",
    level: Level::Error,
    doc: "A script, a batch of changes or a configuration the plan names is not beside it.",
    mend: "Keep the file beside the plan, or write what it does as steps.",
    check: Check::Plan(file_missing),
};

fn file_missing(plan: &Plan, findings: &mut Findings<'_>) {
    no_program(plan, findings);
    for (name, beside) in &plan.beside {
        if beside.text.is_some() {
            continue;
        }
        let mut wanted = beside.places.iter().filter(|place| is_needed(plan, &place.at));
        let Some(first) = wanted.next() else { continue };
        let more = wanted.count();
        let also = match more {
            0 => String::new(),
            1 => " (and in one more place)".to_owned(),
            more => format!(" (and in {more} more places)"),
        };
        findings.at(
            first,
            format!(
                "{name} is named here{also} and is not beside the plan: {}",
                loss(name)
            ),
            help(name),
        );
    }
}

/// A step that starts a script as a program, which it is not.
fn no_program(plan: &Plan, findings: &mut Findings<'_>) {
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for runbook in &plan.runbooks {
        for step in runbook.steps() {
            let Action::Command(spec) = &step.action else { continue };
            let program = spec.argv.first().filter(|_| !spec.shell && spec.dir.is_none());
            let Some(name) = program.map(|name| name.trim_start_matches("./")) else {
                continue;
            };
            let starts = plan.beside.get(name).and_then(|file| file.starts);
            if starts == Some(false) && told.insert(name) {
                findings.add(
                    &format!("runbook.{}.{}", runbook.id, step.id),
                    format!(
                        "{name} is there and is no program: it may be read and not run, and \
                         `{}` fails at once",
                        step.id
                    ),
                    format!("chmod +x {name}"),
                );
            }
        }
    }
}

/// What is missing with it.
fn loss(name: &str) -> &'static str {
    let ending = name.rsplit('.').next().unwrap_or_default();
    if ["json", "yml", "yaml", "toml", "conf", "tf", "sql"].contains(&ending) {
        "nobody can see what it would change"
    } else {
        "there is nothing to run, and nobody can read what it does"
    }
}

fn help(name: &str) -> String {
    let inside = !name.starts_with("../");
    if inside {
        format!(
            "put it at {name} in the plan's directory, or write what it does as steps"
        )
    } else {
        "files outside the plan's directory are never read: copy it into the directory"
            .to_owned()
    }
}

/// A document may lie elsewhere, unless it must be there before a run.
fn is_needed(plan: &Plan, at: &str) -> bool {
    let Some(rest) = at.strip_prefix("document.") else { return true };
    let id = rest.split('.').next().unwrap_or_default();
    let mut rows = plan.file.document.items().iter();
    rows.any(|row| {
        row.id.get().is_some_and(|own| own == id) && row.needed.get() == Some(&true)
    })
}
