//! Whether what is changed or brought back ever reaches what users use.

use super::super::{
    Check, Findings, LintDef, Subject,
    act::{self, What},
};
use crate::{
    model::{
        Action, Errand, Runbook, RunbookKind, Step, Verb,
        template::{Slot, slots},
    },
    plan::{
        Level,
        language::{Items, Said},
    },
};

pub(super) const WITHOUT_EFFECT: LintDef = LintDef {
    id: "L08",
    name: "config-without-effect",
    level: Level::Warning,
    doc: "Configuration is changed and nobody reads it anew, or something is brought back and never used.",
    mend: "Start what reads the configuration again, and use what was brought back.",
    check: Check::Runbook(without_effect),
};

fn without_effect(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let asked = asked(subject);
    for step in subject.runbook.steps() {
        let at = subject.at(&step.id);
        if let Some(config) = configures(&step.action)
            && !read_anew(subject, step)
        {
            let readers = readers(subject, config);
            findings.add(
                &at,
                format!(
                    "{config} is changed, and nothing starts {readers} again: what runs \
                     keeps the old values"
                ),
                "add a step after it: kubectl = { args = [\"rollout\", \"restart\", ...] }, \
                 or do = \"restart\"",
            );
        }
        let idle = act::made(step).into_iter().find(|one| {
            one.what == What::Restored
                && subject.runbook.kind == RunbookKind::Restore
                && !put_to_use(subject, step, one.name)
        });
        match idle {
            Some(idle) => findings.add(
                &at,
                format!(
                    "{} is restored beside the old one, and no step uses it: users stay \
                     on what was lost",
                    idle.name
                ),
                "add steps that point services at it, or that give it the old one's name",
            ),
            None => unused_outputs(subject, step, &asked, findings),
        }
    }
}

/// The configuration a step changes, when changing it starts nothing again.
fn configures(action: &Action) -> Option<&str> {
    match action {
        Action::Errand(Errand::Kubectl(call)) => {
            let args: Vec<&str> = call.args.iter().map(String::as_str).collect();
            let [verb, kind, rest @ ..] = args.as_slice() else { return None };
            if !["patch", "create", "replace", "edit"].contains(verb) {
                return None;
            }
            let (kind, name) = match kind.split_once('/') {
                Some((kind, name)) => (kind, name),
                None => {
                    (*kind, rest.iter().copied().find(|word| !word.starts_with('-'))?)
                }
            };
            ["configmap", "configmaps", "cm", "secret", "secrets"]
                .contains(&kind)
                .then_some(name)
        }
        Action::Errand(Errand::Aws(call)) => {
            let keys = [
                ("PutParameter", "Name"),
                ("PutSecretValue", "SecretId"),
                ("UpdateSecret", "SecretId"),
            ];
            let (_, key) =
                keys.iter().find(|(operation, _)| *operation == call.operation)?;
            call.params.get(key)?.as_str()
        }
        Action::Errand(_)
        | Action::Estate { .. }
        | Action::Command(_)
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. } => None,
    }
}

/// Who reads a configuration, where the plan says so.
fn readers(subject: &Subject<'_>, config: &str) -> String {
    let rows = subject.plan.file.compute.items().iter();
    let reading = rows.filter(|row| {
        let told = row.config.get().and_then(|of| of.get("configmap")?.as_str());
        told == Some(config)
    });
    let ids: Vec<&str> =
        reading.filter_map(|row| row.id.get().map(String::as_str)).collect();
    if ids.is_empty() { "what reads it".to_owned() } else { ids.join(", ") }
}

/// Whether something is started again after `step`, or from nothing around it.
fn read_anew(subject: &Subject<'_>, step: &Step) -> bool {
    let steps = || subject.runbook.steps();
    let before = |one: &&Step| subject.is_before(&one.id, &step.id);
    let stopped = steps().filter(before).any(|one| act::count(&one.action) == Some(0));
    let grown = |one: &Step| act::count(&one.action).is_some_and(|count| count > 0);
    steps()
        .filter(|one| one.id != step.id && !before(one))
        .any(|one| restarts(one) || (stopped && grown(one)))
}

/// Words a script or a person starts something again with.
const RESTARTS: &[&str] = &["restart", "reload", "rollout", "redeploy"];

fn restarts(step: &Step) -> bool {
    match &step.action {
        Action::Estate { verb, .. } => {
            matches!(verb, Verb::Restart | Verb::Deploy | Verb::Repoint)
        }
        Action::Errand(Errand::Kubectl(call)) => {
            let args: Vec<&str> = call.args.iter().map(String::as_str).collect();
            match args.as_slice() {
                ["rollout", "restart", ..] | ["set", "env" | "image", ..] => true,
                ["delete", what, ..] => what.starts_with("pod") || *what == "po",
                _ => false,
            }
        }
        Action::Errand(Errand::Aws(call)) => {
            call.operation == "UpdateService"
                && ["forceNewDeployment", "taskDefinition"]
                    .iter()
                    .any(|key| call.params.get(key).is_some())
        }
        Action::Command(_) => {
            act::words(&step.action).iter().any(|word| RESTARTS.contains(word))
        }
        Action::Manual { text, .. } => {
            let text = text.as_str().to_lowercase();
            RESTARTS.iter().any(|word| text.contains(word))
        }
        Action::Errand(_)
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. } => false,
    }
}

/// Words a person puts something to use with.
const USES: &[&str] = &["point", "switch", "swap", "rename", "cut over", "use "];

/// Whether a later step, of this runbook or of one that calls it, uses what `step` made.
fn put_to_use(subject: &Subject<'_>, step: &Step, name: &str) -> bool {
    let outputs = format!("${{step.{}.", step.id);
    let uses = |one: &Step| {
        if let Action::Manual { text, .. } = &one.action {
            let text = text.as_str().to_lowercase();
            return USES.iter().any(|word| text.contains(word));
        }
        let told = || act::told(&one.action).into_iter();
        matches!(&one.action, Action::Estate { verb: Verb::Repoint, .. })
            || !one.terms.meaning.repoints.is_empty()
            || act::changes(&one.action)
                && told().any(|text| act::names(text, name) || text.contains(&outputs))
    };
    let own = subject
        .runbook
        .steps()
        .filter(|one| one.id != step.id && !subject.is_before(&one.id, &step.id));
    own.chain(callers(subject).flat_map(Runbook::steps)).any(uses)
}

/// Parts of answers that are asked for, here and in what calls this runbook.
fn asked(subject: &Subject<'_>) -> Vec<(String, String)> {
    if subject.runbook.steps().all(|step| step.terms.outputs.is_empty()) {
        return Vec::new();
    }
    let steps = subject.runbook.steps().chain(callers(subject).flat_map(Runbook::steps));
    let asked = steps.flat_map(slots).filter_map(|(slot, _)| {
        let Slot::Output { step, output } = slot else { return None };
        Some((step, output))
    });
    asked.collect()
}

/// Runbooks that call this one.
fn callers<'p>(subject: &Subject<'p>) -> impl Iterator<Item = &'p Runbook> + use<'p> {
    let own = &subject.runbook.id;
    let calls = move |step: &Step| {
        matches!(&step.action, Action::Errand(Errand::Call { runbook, .. })
            if runbook == own)
    };
    subject.plan.runbooks.iter().filter(move |other| other.steps().any(calls))
}

/// Names given to parts of an answer that no step asks for.
fn unused_outputs(
    subject: &Subject<'_>,
    step: &Step,
    asked: &[(String, String)],
    findings: &mut Findings<'_>,
) {
    // A list is shown to whoever picks from it.
    if !act::changes(&step.action) {
        return;
    }
    for (name, path) in &step.terms.outputs {
        if is_its_name(subject, step, path) {
            continue;
        }
        // In a caller the step has the call's name before its own.
        let inner = format!(".{}", step.id);
        let used = asked.iter().any(|(from, output)| {
            output == name && (from == step.id.as_str() || from.ends_with(&inner))
        });
        let alike = subject.plan.parameters.iter().any(|one| one.id == *name);
        let instead = if alike {
            format!(": `${{{name}}}` is the parameter of that name, not this answer")
        } else {
            String::new()
        };
        if !used {
            findings.add(
                &subject.at(&step.id),
                format!(
                    "`{name}` is taken from the answer of `{}` and used by no step{instead}",
                    step.id
                ),
                format!(
                    "write `${{step.{}.{name}}}` where it is needed, or take it away",
                    step.id
                ),
            );
        }
    }
}

/// Whether a part of an answer only says what the step's own call says, the name of what it
/// makes, and a later step uses that name.
fn is_its_name(subject: &Subject<'_>, step: &Step, path: &str) -> bool {
    path.ends_with("Identifier")
        && act::made(step).iter().any(|made| {
            let mut steps = subject.runbook.steps();
            steps.any(|one| one.id != step.id && act::mentions(&one.action, made.name))
        })
}
