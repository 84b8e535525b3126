//! Whether anybody sees that a change has come about, and whether a check expects
//! anything.

use super::super::{Check, Findings, LintDef, Subject, act, look, promise::list};
use crate::{
    model::{
        Action, AwsCall, Compare, Effect, Errand, Expect, KubectlCall, Look, Noun,
        ProbeId, ProbeKind, RunbookKind, Step, errand::Until,
    },
    plan::Level,
};

pub(super) const UNVERIFIED_CHANGE: LintDef = LintDef {
    id: "L09",
    name: "unverified-change",
    level: Level::Error,
    doc: "A change is asked for and never seen to be done, or a check expects nothing.",
    mend: "Write what must be seen under `verify`, with a comparison.",
    check: Check::Runbook(unverified_change),
};

fn unverified_change(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for step in subject.runbook.steps() {
        let found = change(subject, step)
            .or_else(|| question(subject, step))
            .or_else(|| statement(subject, step))
            .or_else(|| declared(subject, step))
            .or_else(|| idle_verify(step))
            .or_else(|| idle_probe(subject, step));
        if let Some((message, help)) = found {
            findings.add(&subject.at(&step.id), message, help);
        }
    }
}

type Words = (String, String);

/// A call that answers before it is done, and nothing looks afterwards.
fn change(subject: &Subject<'_>, step: &Step) -> Option<Words> {
    let of = act::pending(&step.action)?;
    if look::seen(subject, step, of, None) {
        return None;
    }
    let next = subject.runbook.steps().find(|later| later.needs.contains(&step.id));
    let last = subject.runbook.steps().last().is_some_and(|last| last.id == step.id);
    let then = next.map_or_else(
        || {
            if last { "and the runbook ends there" } else { "and no step waits for it" }
                .to_owned()
        },
        |next| format!("and `{}` goes on without knowing", next.id),
    );
    Some((
        format!(
            "{} is answered when it is accepted, not when it is done; nothing looks \
             whether it was, {then}",
            what(&step.action)
        ),
        help(&step.action, of),
    ))
}

fn what(action: &Action) -> String {
    match action {
        Action::Errand(Errand::Aws(call)) => match name(call) {
            Some(name) => format!("`{}` of {name}", call.operation),
            None => format!("`{}`", call.operation),
        },
        Action::Errand(Errand::Kubectl(call)) => {
            let words = call.args.iter().take_while(|word| !word.starts_with('-'));
            let words: Vec<&str> = words.take(3).map(String::as_str).collect();
            format!("`kubectl {}`", words.join(" "))
        }
        Action::Errand(_)
        | Action::Estate { .. }
        | Action::Command(_)
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. } => "a change of records".to_owned(),
    }
}

/// What a call is about.
fn name(call: &AwsCall) -> Option<&str> {
    const KEYS: &[&str] = &[
        "DBInstanceIdentifier",
        "DBClusterIdentifier",
        "service",
        "nodegroupName",
        "Id",
    ];
    let keyed = || KEYS.iter().find_map(|key| call.params.get(key)?.as_str());
    act::by_call(call).map(|made| made.name).or_else(keyed)
}

fn help(action: &Action, of: Noun) -> String {
    match action {
        Action::Errand(Errand::Aws(call)) if of == Noun::Database => waiter(call),
        Action::Errand(Errand::Aws(call)) => described(call),
        Action::Errand(Errand::Kubectl(call)) => rollout(call),
        Action::Errand(Errand::Dns(call)) => {
            let name = call.changes.first().map_or("...", |change| change.name.as_str());
            format!("write verify = [{{ record = \"{name}\", site = \"...\" }}]")
        }
        Action::Errand(_)
        | Action::Estate { .. }
        | Action::Command(_)
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. } => "write `verify`".to_owned(),
    }
}

/// Services, the call that describes what they were asked for, and where its state stands.
const DESCRIBED: &[(&str, &str, &str)] = &[
    ("ecs", "DescribeServices", "path = \"services[0].runningCount\", equals = 3"),
    ("eks", "DescribeNodegroup", "path = \"nodegroup.status\", equals = \"ACTIVE\""),
    (
        "cloudformation",
        "DescribeStacks",
        "path = \"Stacks[0].StackStatus\", contains = \"_COMPLETE\"",
    ),
    (
        "cloudfront",
        "GetDistribution",
        "path = \"Distribution.Status\", equals = \"Deployed\"",
    ),
];

fn described(call: &AwsCall) -> String {
    let known = DESCRIBED.iter().find(|(service, ..)| *service == call.service);
    let (_, operation, seen) =
        known.unwrap_or(&("", "Describe...", "path = \"...\", equals = \"...\""));
    format!(
        "write verify = [{{ aws = {{ service = \"{}\", operation = \"{operation}\", ... }}, \
         {seen} }}]",
        call.service
    )
}

fn waiter(call: &AwsCall) -> String {
    let made = act::by_call(call);
    let snapshot = made.is_some_and(|made| made.what == act::What::Snapshot);
    let what = match (call.operation.contains("Cluster"), snapshot) {
        (true, true) => "db-cluster-snapshot",
        (true, false) => "db-cluster",
        (false, true) => "db-snapshot",
        (false, false) => "db-instance",
    };
    let name = name(call).unwrap_or("...");
    format!(
        "write verify = [{{ waiter = \"{what}-available\", identifier = \"{name}\" }}]"
    )
}

fn rollout(call: &KubectlCall) -> String {
    let kinds = ["deployment", "statefulset", "daemonset"];
    let words = || call.args.iter().map(String::as_str);
    let joined = words()
        .find(|word| word.split_once('/').is_some_and(|(kind, _)| kinds.contains(&kind)));
    let apart = words().zip(words().skip(1)).find(|(kind, _)| kinds.contains(kind));
    let object = joined
        .map(str::to_owned)
        .or_else(|| apart.map(|(kind, name)| format!("{kind}/{name}")))
        .unwrap_or_else(|| "deployment/...".to_owned());
    let context = call.context.as_deref().unwrap_or("...");
    format!(
        "write verify = [{{ kubectl = {{ context = \"{context}\", args = [\"rollout\", \
         \"status\", \"{object}\"] }} }}]"
    )
}

/// Functions whose one value is meant to be looked at.
const SUMS: &[&str] = &["count(", "sum(", "max(", "min(", "avg("];

/// A question to a database whose answer is compared with nothing.
fn question(subject: &Subject<'_>, step: &Step) -> Option<Words> {
    let Action::Errand(Errand::Sql(call)) = &step.action else { return None };
    let used = !step.terms.outputs.is_empty();
    let compared = step.terms.expect.iter().any(look::compares);
    if act::effect(&step.action) != Effect::Read || used || compared {
        return None;
    }
    let text = call.text.to_lowercase();
    let sums = SUMS.iter().any(|sum| text.replace(" (", "(").contains(sum));
    let tests =
        matches!(subject.runbook.kind, RunbookKind::Drill | RunbookKind::Validation);
    (sums || tests).then(|| {
        (
            format!(
                "`{}` is asked of {} and its answer is compared with nothing: an empty \
                 table passes as well",
                call.text, call.host
            ),
            "write verify = [{ at_least = 1 }], or { not_less = true } for not less than \
             the last run saw"
                .to_owned(),
        )
    })
}

/// A statement that changes rows, and nobody looks how many or which.
fn statement(subject: &Subject<'_>, step: &Step) -> Option<Words> {
    let Action::Errand(Errand::Sql(call)) = &step.action else { return None };
    let text = call.text.to_lowercase();
    let rows = ["update ", "insert into ", "delete from "];
    let changes = rows.iter().find(|word| text.contains(**word))?;
    let looked = !step.terms.outputs.is_empty()
        || look::seen(subject, step, Noun::Database, None)
        || looked_at_later(subject, step);
    (act::changes(&step.action) && !looked).then(|| {
        (
            format!(
                "`{}` is sent to {}, and nobody looks which rows it changed: none at all \
                 is no error",
                changes.split(' ').next().unwrap_or_default().to_uppercase(),
                call.host
            ),
            "write verify = [{ sql = { ... }, at_least = 1 }], with a count of the rows as they must be"
                .to_owned(),
        )
    })
}

/// A program that is said to bring something about, and nobody looks whether it did.
fn declared(subject: &Subject<'_>, step: &Step) -> Option<Words> {
    if !matches!(step.action, Action::Command(_)) {
        return None;
    }
    let meaning = &step.terms.meaning;
    let estate = [&meaning.promotes, &meaning.moves, &meaning.repoints, &meaning.scales];
    let named = estate.into_iter().flatten().map(ToString::to_string);
    let named: Vec<String> =
        meaning.restores.iter().map(ToString::to_string).chain(named).collect();
    let looked = !step.terms.expect.is_empty() || looked_at_later(subject, step);
    (!named.is_empty() && !looked).then(|| {
        (
            format!(
                "this is to bring about {}, and nothing looks whether it did: neither its \
                 own `verify` nor any step that waits for it",
                list(&named)
            ),
            "write `verify` with what must be seen: a probe, a record, a rollout; or a step with `check` after it"
                .to_owned(),
        )
    })
}

/// Whether any step that waits for `step` looks at something, or a person does.
fn looked_at_later(subject: &Subject<'_>, step: &Step) -> bool {
    let looks = |later: &Step| {
        let by_itself = match &later.action {
            Action::Check { .. }
            | Action::Manual { .. }
            | Action::Approval { .. }
            | Action::Http(_)
            | Action::Errand(Errand::Until { .. } | Errand::Call { .. }) => true,
            Action::Errand(errand) => {
                errand.effect() == Effect::Read && !later.terms.outputs.is_empty()
            }
            Action::Estate { .. }
            | Action::Command(_)
            | Action::Wait { .. }
            | Action::Notify { .. } => false,
        };
        by_itself || later.terms.expect.iter().any(look::compares)
    };
    let mut later =
        subject.runbook.steps().filter(|later| subject.is_before(&step.id, &later.id));
    later.any(looks)
}

/// A `verify` that looks and compares with nothing.
fn idle_verify(step: &Step) -> Option<Words> {
    let idle = step.terms.expect.iter().find(|expect| !look::compares(expect))?;
    let what = match idle {
        Expect::Aws { call, .. } => format!("`{}`", call.operation),
        Expect::Sql { call, .. } => format!("`{}`", call.text),
        Expect::Dns { name, .. } => format!("what {name} resolves to"),
        Expect::Part { path, .. } => format!("`{path}` of its answer"),
        Expect::Waiter { .. }
        | Expect::ExitCode(_)
        | Expect::Kubectl(_)
        | Expect::Probe(_)
        | Expect::Answer(_) => return None,
    };
    Some((
        format!("{what} is looked at and compared with nothing: any answer passes"),
        "write what must be seen: `equals`, `at_least`, `at_most`, `contains`, or `site` \
         beside a record"
            .to_owned(),
    ))
}

/// A check of a probe that only lists or describes: an empty list is an answer too.
fn idle_probe(subject: &Subject<'_>, step: &Step) -> Option<Words> {
    let id: &ProbeId = match &step.action {
        Action::Check { probe }
        | Action::Errand(Errand::Until { until: Until::Probe(probe) }) => probe,
        Action::Errand(_)
        | Action::Estate { .. }
        | Action::Command(_)
        | Action::Http(_)
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. } => return None,
    };
    let probe = subject.plan.probes.iter().find(|probe| probe.id == *id)?;
    let ProbeKind::Look(Look::Aws(call)) = &probe.look else { return None };
    let lists =
        call.operation.starts_with("Describe") || call.operation.starts_with("List");
    let terms = &probe.terms;
    let bounded = terms.critical.is_some() || terms.warning.is_some();
    // A path alone is looked up and compared with nothing.
    let idle = matches!(&terms.expect, Some(Expect::Answer(Compare::Any)));
    let compared = terms.expect.as_ref().is_some_and(look::compares) && !idle;
    ((lists || idle) && !bounded && !compared).then(|| {
        (
            format!(
                "`{id}` passes whatever `{}` answers, nothing at all included",
                call.operation
            ),
            format!(
                "write in [[probe]] {id}: expect = {{ path = \"...\", equals = \"available\" \
                 }}"
            ),
        )
    })
}
