//! Whether a step that runs something does anything: a script of comments, a program that
//! always agrees. A step without any action is the reader's to say.

use super::super::{
    Check, Findings, LintDef, reading,
    shell::{Command, Pipe, pipes},
    written::{For, Written, steps},
};
use crate::plan::{Level, Place, Plan, language::Items};

pub(super) const STUB_STEP: LintDef = LintDef {
    mend: "Say what the step does, make it a `manual` one, or take it away.",
    check: Check::Plan(stub_step),
    ..reading("L24", "stub-step", "A step has no action, or its action does nothing.")
};

fn stub_step(plan: &Plan, findings: &mut Findings<'_>) {
    for written in steps(plan) {
        if let Some((place, what, level)) = idle(plan, written) {
            let message = format!("{what}: the step counts as done, and nothing was");
            let help =
                "write what it is to do; or manual = \"...\" for what a person does";
            match level {
                Level::Error => findings.at(place, message, help),
                Level::Warning => findings.warn_at(place, message, help),
            }
        }
    }
}

type Idle<'p> = (&'p Place, String, Level);

fn idle<'p>(plan: &'p Plan, written: Written<'p>) -> Option<Idle<'p>> {
    // What it prints is somebody's answer.
    if !written.step.outputs.items().is_empty() {
        return None;
    }
    let mut scripts = written.scripts().into_iter();
    if let Some(script) = scripts.find(|script| script.used == For::Doing) {
        let (what, level) = judge(&pipes(script.row), "this script")?;
        return Some((script.place, what, level));
    }
    let words = written.step.run.items();
    let first = words.first()?;
    let name = first.value.as_str();
    if let Some(file) = plan.beside.get(name.trim_start_matches("./")) {
        let text = file.text.as_deref()?;
        let shell = text.lines().next().is_none_or(|line| {
            !line.starts_with("#!") || line.trim_end().ends_with("sh")
        });
        let (what, level) = judge(&pipes(text), name).filter(|_| shell)?;
        return Some((&first.place, what, level));
    }
    let (always, says) = word(name)?;
    let what = format!("`{name}` {says}");
    Some((&first.place, what, if always { Level::Error } else { Level::Warning }))
}

/// What is known of a program that does nothing, and whether nobody could mean it.
fn word(program: &str) -> Option<(bool, &'static str)> {
    match program.rsplit('/').next().unwrap_or_default() {
        "true" | ":" => Some((true, "does nothing and always agrees")),
        "echo" | "printf" => Some((false, "only prints")),
        _ => None,
    }
}

fn judge(pipes: &[Pipe], what: &str) -> Option<(String, Level)> {
    let commands = || pipes.iter().flatten().filter(|one| !one.words.is_empty());
    let quiet = ["set", "exit", "true", ":"];
    // `exit 1` does nothing either, and does not agree.
    let fails = |one: &Command| {
        one.program() == "exit" && one.words.get(1).is_some_and(|code| code != "0")
    };
    if commands().any(fails) {
        return None;
    }
    if commands().all(|one| quiet.contains(&one.program())) {
        let empty = commands().next().is_none();
        let says = if empty { "has no command in it" } else { "does nothing and agrees" };
        return Some((format!("{what} {says}"), Level::Error));
    }
    let prints = pipes.iter().all(|pipe| pipe.len() == 1)
        && commands().all(|one| {
            let idle = quiet.contains(&one.program()) || word(one.program()).is_some();
            idle && !one.words.iter().any(|word| word.contains('>'))
        });
    prints.then(|| (format!("{what} only prints"), Level::Warning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_that_does_nothing_is_told_from_one_that_does() {
        for (script, level) in [
            ("# TODO", Some(Level::Error)),
            ("#!/bin/bash\nset -e\nexit 0", Some(Level::Error)),
            ("echo verified", Some(Level::Warning)),
            ("echo verified >> log", None),
            ("echo \"$(curl -f https://a)\"", None),
            ("echo x | tee log", None),
            ("./work", None),
            ("exit 3", None),
            ("exit 0", Some(Level::Error)),
        ] {
            let found = judge(&pipes(script), "it").map(|(_, level)| level);
            assert_eq!(found, level, "{script}");
        }
    }
}
