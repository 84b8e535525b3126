//! Whether a drill leaves nothing behind.

use super::super::{Check, Findings, LintDef, Subject, act};
use crate::{
    model::{RunbookKind, Step},
    plan::Level,
};

pub(super) const LEAVES_RESOURCES: LintDef = LintDef {
    id: "L18",
    name: "drill-leaves-resources",
    level: Level::Warning,
    doc: "What a drill makes is not taken away whatever becomes of it.",
    mend: "Take it away in a step with `always = true`.",
    check: Check::Runbook(leaves_resources),
};

fn leaves_resources(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    if subject.runbook.kind != RunbookKind::Drill {
        return;
    }
    for step in subject.runbook.steps() {
        let mut made: Vec<(String, String)> = act::made(step)
            .iter()
            .map(|made| (made.name.to_owned(), made.name.to_owned()))
            .collect();
        made.extend(composed(step).map(|file| {
            let what = format!("what {file} brings up");
            (file, what)
        }));
        for (name, what) in made {
            let mut steps = subject.runbook.steps();
            let end = steps.find(|end| end.id != step.id && act::ends(end, &name));
            let (message, help) = match end {
                Some(end) if end.terms.always => continue,
                Some(end) => (
                    format!(
                        "{what} stays when a step between `{}` and `{}` fails",
                        step.id, end.id
                    ),
                    format!("write `always = true` in `{}`", end.id),
                ),
                None => (
                    format!("{what} is there for the drill, and nothing takes it away"),
                    format!(
                        "add a step with `always = true` that takes it away; where a script \
                         does so, write destroys = [\"{name}\"] beside it"
                    ),
                ),
            };
            findings.add(&subject.at(&step.id), message, help);
        }
    }
}

/// The file of what a step brings up with compose.
fn composed(step: &Step) -> Option<String> {
    let words = act::words(&step.action);
    let composes =
        words.iter().any(|word| word.contains("compose")) && words.contains(&"up");
    let at = words.iter().position(|word| *word == "-f").filter(|_| composes)?;
    words.get(at + 1).map(|file| (*file).to_owned())
}
