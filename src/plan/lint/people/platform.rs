//! Whether steps address what the plan says is there.

use super::super::{Check, Findings, LintDef};
use crate::{
    model::{Action, AwsCall, Errand, Noun, Step, StepId},
    plan::{
        Level, Plan,
        language::{Items, Said},
    },
};

pub(super) const MIXED_PLATFORM: LintDef = LintDef {
    id: "L82",
    name: "mixed-platform",
    level: Level::Warning,
    doc: "A step addresses a platform the plan does not run, or a database is described as two things.",
    mend: "Write the step for what runs, or declare what runs as what it is.",
    check: Check::Plan(mixed_platform),
};

fn mixed_platform(plan: &Plan, findings: &mut Findings<'_>) {
    for runbook in &plan.runbooks {
        for step in runbook.steps() {
            if let Some((tool, words)) = platform(step) {
                strange_compute(
                    plan,
                    (&runbook.id.to_string(), &step.id),
                    (tool, words),
                    findings,
                );
            }
        }
    }
    managed(plan, findings);
    two_kinds(plan, findings);
}

/// What a call can only be for, and the words kinds of it have.
fn platform(step: &Step) -> Option<(&'static str, &'static [&'static str])> {
    const KUBERNETES: &[&str] = &["kube", "eks", "k8s", "gke", "aks", "openshift"];
    match &step.action {
        Action::Errand(Errand::Kubectl(_)) => Some(("kubectl", KUBERNETES)),
        Action::Errand(Errand::Aws(call)) if call.service == "eks" => {
            Some(("EKS", KUBERNETES))
        }
        Action::Errand(Errand::Aws(call)) if call.service == "ecs" => {
            Some(("ECS", &["ecs", "fargate"]))
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

type Found = (&'static str, &'static [&'static str]);

/// A call for a platform none of the declared programs runs on.
fn strange_compute(
    plan: &Plan,
    (runbook, step): (&str, &StepId),
    (tool, words): Found,
    findings: &mut Findings<'_>,
) {
    let compute = || plan.estate.iter().filter(|one| one.noun == Noun::Compute);
    let others = plan.file.resource.items().iter().filter_map(|row| row.kind.get());
    let known = compute().map(|one| &one.kind).chain(others);
    let runs = known.into_iter().any(|kind| {
        let kind = kind.to_lowercase();
        words.iter().any(|word| kind.contains(word))
    });
    let Some(first) = compute().next().filter(|_| !runs) else { return };
    findings.add(
        &format!("runbook.{runbook}.{step}"),
        format!(
            "this is a call for {tool}, and what this plan runs is {}: {}",
            first.kind,
            compute()
                .filter(|one| one.kind == first.kind)
                .map(|one| one.id.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        ),
        format!(
            "write it for {}, or declare what {tool} is to reach as a [[compute]]",
            first.kind
        ),
    );
}

/// Kinds the provider runs, and nobody logs in to.
fn is_managed(kind: &str) -> bool {
    ["rds", "aurora"].iter().any(|word| kind.contains(word))
}

/// A database somebody runs by themselves, addressed as one the provider runs.
fn managed(plan: &Plan, findings: &mut Findings<'_>) {
    let databases: Vec<_> =
        plan.estate.iter().filter(|one| one.noun == Noun::Database).collect();
    if databases.is_empty() || databases.iter().any(|one| is_managed(&one.kind)) {
        return;
    }
    let call = |step: &Step| -> Option<AwsCall> {
        match &step.action {
            Action::Errand(Errand::Aws(call)) if call.service == "rds" => {
                Some(call.clone())
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
    };
    let steps = plan
        .runbooks
        .iter()
        .flat_map(|runbook| runbook.steps().map(move |step| (runbook, step)));
    for (runbook, step) in steps {
        let Some(call) = call(step) else { continue };
        let texts = super::super::deed::texts(&call.params);
        let own = |one: &&crate::model::Resource| {
            one.sides
                .values()
                .flat_map(|side| side.params.0.values())
                .any(|value| value.as_str().is_some_and(|value| texts.contains(&value)))
        };
        let named = databases.iter().copied().find(|one| own(one));
        let shown = named.or_else(|| databases.first().copied());
        let at = named.map_or_else(
            || format!("runbook.{}.{}", runbook.id, step.id),
            |one| format!("database.{}.kind", one.id),
        );
        if let Some(one) = shown {
            findings.add(
                &at,
                format!(
                    "{} is a {}, and `{}` of {} addresses it as a database of RDS ({})",
                    one.id, one.kind, step.id, runbook.id, call.operation
                ),
                "declare it as what it is, or write the step for what it is",
            );
            return;
        }
    }
}

/// A database of the provider that follows in a way only one's own server can.
fn two_kinds(plan: &Plan, findings: &mut Findings<'_>) {
    for row in plan.file.database.items() {
        let (Some(id), Some(kind)) = (row.id.get(), row.kind.get()) else { continue };
        let Some(how) = row.replication.get().and_then(|of| of.kind.as_ref()) else {
            continue;
        };
        if is_managed(kind) && how.value == "streaming" {
            findings.at(
                &how.place,
                format!(
                    "{id} is of kind {kind}, and follows by streaming from its files: the \
                     provider lets nobody set that up, and promotes only its own replicas"
                ),
                "write kind = \"read-replica\" under `replication`, or declare the database \
                 as a server of your own",
            );
        }
    }
}
