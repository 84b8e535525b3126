//! Variables of scripts: those nobody sets, and those that are set for a script that never
//! reads them. A program sees no more of our environment than it is given.

use std::collections::BTreeSet;

use super::super::{
    Check, Findings, LintDef, expansion,
    promise::list,
    reading,
    shell::{Command, pipes},
    written::{For, Part, Written, steps},
};
use crate::plan::{
    Plan,
    language::{Either, Found, Items, Said},
};

pub(super) const UNRESOLVED: LintDef = LintDef {
    mend: "Declare it as a [[parameter]] with a source, set it in `env`, use it, or take it away.",
    check: Check::Plan(unresolved),
    ..reading(
        "L81",
        "unresolved-variable",
        "A parameter or a variable is undeclared, set by nobody, or unused.",
    )
};

/// What every program sees; see `driver/errands`.
const SEEN: &[&str] = &["PATH", "HOME", "LANG"];

/// What a login on another machine sets besides.
const OF_A_LOGIN: &[&str] =
    &["USER", "LOGNAME", "MAIL", "SSH_CLIENT", "SSH_CONNECTION", "SSH_TTY", "TZ"];

fn unresolved(plan: &Plan, findings: &mut Findings<'_>) {
    for written in steps(plan) {
        for script in written.scripts() {
            unset(plan, &script, findings);
        }
        unread(plan, written, findings);
    }
}

type Pair = (String, Found<String>);

/// What the script is given, by itself or as part of its step.
fn given<'p>(script: &Part<'p, str>) -> BTreeSet<&'p str> {
    let step = script.of.step;
    let own = step.env.items().iter().map(|(name, _)| name.as_str());
    let passed = step.pass.items().iter().map(|one| one.value.as_str());
    let mut all: BTreeSet<&str> = own.chain(passed).chain(SEEN.iter().copied()).collect();
    if let Some(Either::Table(undo)) =
        step.undo.get().filter(|_| script.used == For::Undoing)
    {
        all.extend(undo.env.items().iter().map(|(name, _)| name.as_str()));
    }
    if step.host.is_some() {
        all.extend(OF_A_LOGIN);
    }
    all
}

/// Names a script reads, and nobody gives it.
fn unset(plan: &Plan, script: &Part<'_, str>, findings: &mut Findings<'_>) {
    let step = script.of.step;
    // A shell's own `${}` is the plan's where the plan writes its words.
    let own = step.shell.place() == Some(script.place);
    let undo = step.undo.get().and_then(|undo| match undo {
        Either::Table(undo) => undo.shell.place(),
        Either::Short(_) => None,
    });
    let slots = !own && undo != Some(script.place);
    let given = given(script);
    let mut names = expansion::wanted(script.row, slots);
    names.retain(|name| !given.contains(name.as_str()));
    let Some(first) = names.first() else { return };
    let told: Vec<String> = names.iter().map(|name| format!("${name}")).collect();
    let loose = step.strict.get() == Some(&false) || slots && !script.row.contains("-u");
    let end = if loose { "it is empty there" } else { "the script stops there" };
    let (what, verb) = if names.len() == 1 { ("it", "is") } else { ("them", "are") };
    let message = format!(
        "{} {verb} read, and nobody sets {what}: a program sees PATH, HOME, LANG and what \
         `env` and `pass` name, and {end}",
        list(&told)
    );
    let help = advice(plan, script.of, first);
    // What is set on another machine nobody can tell from here.
    if step.host.is_some() {
        findings.warn_at(script.place, message, help);
    } else {
        findings.at(script.place, message, help);
    }
}

/// As another step of the plan gives it; else as a parameter of its name would.
fn advice(plan: &Plan, of: Written<'_>, name: &str) -> String {
    let in_step = |(own, value): &Pair| {
        (own == name).then(|| format!("write env = {{ {name} = \"{}\" }}", value.value))
    };
    let beside = of.runbook.step.items().iter();
    let mut beside = beside.filter_map(|step| {
        let told = step.env.items().iter().find_map(in_step)?;
        let id = step.id.get().map_or("", String::as_str);
        Some(format!("{told}, as `{id}` has it"))
    });
    let lower = name.to_lowercase();
    let known = plan.parameters.iter().any(|one| one.id == lower);
    beside.next().unwrap_or_else(|| {
        let value = if known { format!("${{{lower}}}") } else { "...".to_owned() };
        format!(
            "write env = {{ {name} = \"{value}\" }}, or pass = [\"{name}\"] when whoever \
             runs it has it set"
        )
    })
}

/// Programs that read no variable but those of [`READ_BY`], and words of the shell.
const PLAIN: &[&str] = &[
    "curl",
    "jq",
    "echo",
    "printf",
    "cat",
    "grep",
    "sed",
    "awk",
    "cut",
    "tr",
    "sort",
    "head",
    "tail",
    "date",
    "sleep",
    "test",
    "[",
    "[[",
    "mkdir",
    "cp",
    "mv",
    "rm",
    "ls",
    "wc",
    "true",
    "false",
    "read",
    "cd",
    "set",
    "trap",
    "exit",
    "return",
    "shift",
    "for",
    "done",
    "fi",
    "esac",
    "case",
    "}",
    "mktemp",
    "aws",
    "kubectl",
    "psql",
    "pg_dump",
    "pg_restore",
    "createdb",
    "dropdb",
    "gzip",
    "gunzip",
    "tar",
    "sha256sum",
    "diff",
];

/// What programs read by themselves begins so.
const READ_BY: &[&str] = &[
    "AWS_",
    "PG",
    "KUBE",
    "LC_",
    "LANG",
    "TZ",
    "TERM",
    "PATH",
    "HOME",
    "HTTP",
    "http",
    "NO_PROXY",
    "no_proxy",
    "ALL_PROXY",
    "CURL_",
    "SSL_",
    "TMPDIR",
    "GZIP",
    "TAR_",
];

/// Values given to a script that never reads them, as far as it can be told.
fn unread(plan: &Plan, written: Written<'_>, findings: &mut Findings<'_>) {
    let env = written.step.env.items();
    if env.is_empty() {
        return;
    }
    let Some((name, text)) = program(plan, written) else { return };
    let function = |program: &str| text.contains(&format!("{program}()"));
    let plain = |command: &Command| {
        let program = command.program();
        program.is_empty() || PLAIN.contains(&program) || function(program)
    };
    if !pipes(text).iter().flatten().all(plain) {
        return;
    }
    for (own, value) in env {
        let read = READ_BY.iter().any(|begin| own.starts_with(begin))
            || super::super::act::names(text, own)
            || text.contains(own.as_str());
        if !read {
            findings.warn_at(
                &value.place,
                format!(
                    "{own} is given to {name}, which never reads it: whatever it is to \
                     decide, it does not"
                ),
                "read it there, or take it away",
            );
        }
    }
}

/// The script a step runs, and what people call it.
fn program<'p>(plan: &'p Plan, written: Written<'p>) -> Option<(&'p str, &'p str)> {
    if let Some(script) = written.step.shell.get() {
        return Some(("this script", script));
    }
    let words = written.step.run.items();
    let first = words.first()?.value.as_str();
    let file = plan.beside.get(first.trim_start_matches("./"))?;
    let given = words.iter().skip(1).all(|word| !word.value.contains("-c"));
    Some((first, file.text.as_deref().filter(|_| given)?))
}
