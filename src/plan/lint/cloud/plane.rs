//! Whether a failover needs something that is lost with the region it leaves.

use std::collections::BTreeMap;

use super::super::{Check, Findings, LintDef, Subject, shell::pipes};
use crate::{
    model::{Action, Effect, Errand, RunbookKind, Span, Step},
    plan::{
        Level, Plan,
        data::{ControlPlane, data},
        language::{Items, Said},
    },
};

pub(super) const IN_FAILED_REGION: LintDef = LintDef {
    id: "L56",
    name: "control-plane-in-failed-region",
    level: Level::Error,
    doc: "A step of a failover needs a control plane that lives in the region that is left.",
    mend: "Move users by what goes on without the control plane: ARC routing controls, or records that health checks move.",
    check: Check::Runbook(in_failed_region),
};

fn in_failed_region(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let (plan, runbook) = (subject.plan, subject.runbook);
    if runbook.kind != RunbookKind::Failover || runbook.from == runbook.to {
        return;
    }
    let left = super::region(plan, runbook.from.as_str());
    let gone_to = super::region(plan, runbook.to.as_str());
    let mut switches: BTreeMap<&str, &ControlPlane> = BTreeMap::new();
    for step in runbook.steps() {
        for plane in needed(plan, step) {
            if plane.home == left {
                say(subject, step, plane, findings);
            } else if plane.home == gone_to {
                switches.insert(&plane.name, plane);
            }
        }
    }
    if !switches.is_empty() {
        let names: Vec<&str> = switches.keys().copied().collect();
        let instead: Vec<&str> =
            switches.values().map(|plane| plane.instead.as_str()).collect();
        findings.warn(
            &format!("site.{}", runbook.to),
            format!(
                "{gone_to} stands by for {left}, and is the home of the control plane of {}: \
                 once `{}` has sent users there, losing it leaves no way to send them back",
                names.join(" and "),
                runbook.id
            ),
            format!("use {}; or stand by elsewhere", instead.join(", and ")),
        );
    }
}

fn say(
    subject: &Subject<'_>,
    step: &Step,
    plane: &ControlPlane,
    findings: &mut Findings<'_>,
) {
    let (plan, runbook) = (subject.plan, subject.runbook);
    let at = subject.at(&step.id);
    let rto = plan.promises.get(&runbook.id).map(|promise| promise.objective.rto);
    let again = plane.again_minutes.map(Span::mins);
    let mut message = format!(
        "this needs the control plane of {}, which lives in {}, the region that is left",
        plane.name, plane.home
    );
    if let (Some(rto), Some(again)) = (rto, again)
        && rto <= again
    {
        message.push_str(&format!(
            "; accelerated recovery aims at {again}, and the RTO is {rto}"
        ));
    }
    let help = format!("{} Use {}", plane.goes_on, plane.instead);
    let waits = rto.zip(again).is_some_and(|(rto, again)| rto > again);
    if waits && accelerated(plan, step) {
        findings.warn(&at, message, help);
    } else {
        findings.add(&at, message, help);
    }
}

/// Whether the plan says that the zone's accelerated recovery is on.
fn accelerated(plan: &Plan, step: &Step) -> bool {
    let zone = match &step.action {
        Action::Estate { resource, .. } => Some(resource.as_str()),
        Action::Command(_)
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. }
        | Action::Errand(_) => None,
    };
    plan.file.traffic.items().iter().any(|row| {
        let settings = row.settings.get();
        let on = settings.and_then(|all| all.get("accelerated_recovery")?.as_bool());
        let own = row.id.get().map(String::as_str);
        on == Some(true) && zone.is_none_or(|zone| own == Some(zone))
    })
}

/// The control planes a step cannot do without.
fn needed(plan: &Plan, step: &Step) -> Vec<&'static ControlPlane> {
    match &step.action {
        Action::Estate { resource, .. } => {
            let known = plan.resource(resource.as_str());
            known.map(|one| planes(&one.kind, "Change")).unwrap_or_default()
        }
        Action::Errand(Errand::Dns(_)) => planes("route53", "Change"),
        Action::Errand(Errand::Aws(call)) => {
            let looks = step_reads(&step.action);
            if looks { Vec::new() } else { planes(&call.service, &call.operation) }
        }
        Action::Command(spec) => {
            let script = if spec.shell { spec.argv.last() } else { None };
            let line = script.cloned().unwrap_or_else(|| spec.argv.join(" "));
            let commands = pipes(&line).into_iter().flatten();
            commands
                .filter(|command| command.program() == "aws")
                .flat_map(|command| {
                    let mut words = command.words.iter().skip(1);
                    let service = words.next().map_or("", String::as_str);
                    let operation = words.next().map_or("", String::as_str);
                    if looks(operation) {
                        Vec::new()
                    } else {
                        planes(service, &camel(operation))
                    }
                })
                .collect()
        }
        Action::Errand(_)
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. } => Vec::new(),
    }
}

fn step_reads(action: &Action) -> bool {
    matches!(action, Action::Errand(errand @ Errand::Aws(_)) if errand.effect() == Effect::Read)
}

/// Whether an operation of the command line only looks.
fn looks(operation: &str) -> bool {
    let looks = ["describe-", "list-", "get-", "head-", "test-", "wait"];
    operation.is_empty() || looks.iter().any(|word| operation.starts_with(word))
}

/// `put-bucket-policy` as the interface has it: `PutBucketPolicy`.
fn camel(operation: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    operation.split('-').map(word).collect()
}

fn planes(service: &str, operation: &str) -> Vec<&'static ControlPlane> {
    let service = if service == "s3" { "s3api" } else { service };
    let of = |plane: &&ControlPlane| {
        plane.service == service
            && (plane.operations.is_empty()
                || plane.operations.iter().any(|begin| operation.starts_with(begin)))
    };
    data().control_planes.plane.iter().filter(of).collect()
}
