//! Whether anybody asks how far a replica is behind before it becomes the writer. The
//! console asks by itself before a verb; a call or a script promotes whatever there is.

use super::{
    super::{Check, Deed, Findings, LintDef, Subject, act},
    follow::copies,
};
use crate::{
    model::{
        Action, Compare, Condition, Errand, Expect, Look, Probe, ProbeId, ProbeKind,
        ResourceId, RunbookKind, Span, Step, Verb, errand::Until,
    },
    plan::{
        Level, Plan,
        language::{Items, Said},
    },
};

pub(super) const NO_LAG_GATE: LintDef = LintDef {
    id: "L04",
    name: "promote-without-lag-gate",
    level: Level::Error,
    doc: "A replica is promoted without a look at how far it is behind.",
    mend: "Compare the lag with the RPO before the promotion, or promote with `do = \"promote\"`, which does so by itself.",
    check: Check::Runbook(no_lag_gate),
};

fn no_lag_gate(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let by_call = |deed: &Deed<'_>| {
        matches!(deed.verb, Verb::Promote | Verb::Switchover) && deed.args.is_none()
    };
    for promotion in subject.deeds().filter(by_call) {
        let database = promotion.resource;
        // What was brought back from a copy is no replica, and behind nobody.
        if is_restored(subject, &promotion) {
            continue;
        }
        let lookers = subject.order.before(&promotion.step.id);
        let gates: Vec<Gate> = lookers
            .filter_map(|step| gate(subject.plan, step, database))
            .chain(conditions(subject.plan, promotion.step, database))
            .collect();
        let rpo = subject.rpo();
        let held = |step: &Step| {
            gate(subject.plan, step, database).is_some_and(|gate| gate.holds(rpo))
        };
        if gates.iter().any(|gate| gate.holds(rpo)) || subject.around.callers_have(held) {
            continue;
        }
        let (message, help) = words(&promotion, gates.first(), rpo);
        findings.add(&subject.at(&promotion.step.id), message, help);
    }
}

/// Whether an earlier step brought it back from a snapshot, a dump or a log.
fn is_restored(subject: &Subject<'_>, promotion: &Deed<'_>) -> bool {
    let copied = copies(subject).into_iter().any(|copy| {
        copy.of.id == *promotion.resource
            && subject.is_before(&copy.step.id, &promotion.step.id)
    });
    let restores = |step: &Step| {
        let words = act::words(&step.action);
        RESTORES.iter().any(|word| words.contains(word))
    };
    let by_program = subject.runbook.kind == RunbookKind::Restore
        && subject.order.before(&promotion.step.id).any(restores);
    let by_verb = subject.is_done_before(&promotion.step.id, |deed| {
        deed.verb == Verb::Restore && deed.resource == promotion.resource
    });
    copied || by_program || by_verb
}

/// Words programs bring a database back with.
const RESTORES: &[&str] =
    &["restore", "recover", "backup-fetch", "pg_restore", "mongorestore"];

fn words(
    promotion: &Deed<'_>,
    gate: Option<&Gate>,
    rpo: Option<Span>,
) -> (String, String) {
    let (database, side) = (promotion.resource, promotion.side);
    let most = rpo.map_or(300, Span::as_secs);
    let stake = rpo.map_or_else(
        || "and nobody will know how much was lost".to_owned(),
        |rpo| format!("and the RPO here is {rpo}"),
    );
    match gate {
        Some(Gate::Bound(probe, Some(bound))) => (
            format!(
                "{database} is promoted in {side} as long as `{probe}` is below {bound} s, \
                 {stake}"
            ),
            format!("write `critical = \"> {most}\"` in [[probe]] {probe}"),
        ),
        Some(Gate::Bound(probe, None)) => (
            format!("{database} is promoted in {side} whatever `{probe}` says, {stake}"),
            format!("write `critical = \"> {most}\"` in [[probe]] {probe}"),
        ),
        Some(Gate::Asked(bound)) => (
            format!(
                "{database} is promoted in {side} as long as the lag is no more than \
                 {bound} s, {stake}"
            ),
            format!("write `at_most = {most}` in the `verify` of the step that asks"),
        ),
        Some(Gate::Bytes(bound)) => (
            format!(
                "{database} is promoted in {side} while {bound} bytes of the log may be \
                 missing, and nobody knows how long that is, {stake}"
            ),
            "let it answer 0 once the old writer is stopped, or ask for the lag in seconds"
                .to_owned(),
        ),
        Some(Gate::Person) | None => (
            format!(
                "{database} is promoted in {side} however far it is behind: what it has \
                 not received is gone, {stake}"
            ),
            format!(
                "let it wait for a `check` of a probe of its lag with `critical = \"> \
                 {most}\"`, or write do = \"promote\", resource = \"{database}\", side = \
                 \"{side}\": the console then compares the lag itself"
            ),
        ),
    }
}

/// What stands between a replica and its promotion.
enum Gate {
    /// A probe of the lag, and from how many seconds on it is bad.
    Bound(ProbeId, Option<f64>),
    /// A question for the lag, and the seconds it may answer.
    Asked(f64),
    /// A question for what is missing, and the bytes of the log it may answer.
    Bytes(f64),
    /// Somebody reads it, writes it down or accepts it.
    Person,
}

impl Gate {
    fn holds(&self, rpo: Option<Span>) -> bool {
        match self {
            Self::Person => true,
            Self::Bound(_, None) => false,
            Self::Bytes(most) => *most <= ONE_FILE,
            Self::Bound(_, Some(bound)) | Self::Asked(bound) => {
                rpo.is_none_or(|rpo| *bound <= rpo.as_secs_f64())
            }
        }
    }
}

fn gate(plan: &Plan, step: &Step, database: &ResourceId) -> Option<Gate> {
    let told = |text: &str| {
        let lower = text.to_lowercase();
        act::names(&lower, "lag") || act::names(&lower, "behind")
    };
    match &step.action {
        Action::Check { probe }
        | Action::Errand(Errand::Until { until: Until::Probe(probe) })
            if !step.terms.wants_failure =>
        {
            bound(plan, probe, database)
        }
        Action::Manual { text, expect } => {
            let expected = expect.as_ref().is_some_and(|expect| told(expect.as_str()));
            (expected || told(text.as_str())).then_some(Gate::Person)
        }
        Action::Approval { question, .. } => {
            told(question.as_str()).then_some(Gate::Person)
        }
        Action::Errand(Errand::Sql(call)) => {
            let most = step.terms.expect.iter().find_map(most)?;
            asked(&call.text, most)
        }
        Action::Check { .. }
        | Action::Errand(_)
        | Action::Estate { .. }
        | Action::Command(_)
        | Action::Http(_)
        | Action::Wait { .. }
        | Action::Notify { .. } => None,
    }
}

/// The most an expectation lets pass.
fn most(expect: &Expect) -> Option<f64> {
    let (Expect::Answer(is)
    | Expect::Part { is, .. }
    | Expect::Sql { is, .. }
    | Expect::Aws { is, .. }) = expect
    else {
        return None;
    };
    match is {
        Compare::AtMost(most) => Some(*most),
        Compare::Equals(told) => {
            (told.to_string().trim_matches('"') == "0").then_some(0.0)
        }
        Compare::Any | Compare::AtLeast(_) | Compare::Contains(_) | Compare::NotLess => {
            None
        }
    }
}

/// What is not written yet, in bytes, is as good as nothing up to one file of the log.
const ONE_FILE: f64 = 16.0 * 1024.0 * 1024.0;

/// What a bound on the answer of a question is worth: bytes of the log have no length in
/// time, and few of them are none.
fn asked(text: &str, most: f64) -> Option<Gate> {
    let text = text.to_lowercase();
    if in_bytes(&text) {
        return Some(Gate::Bytes(most));
    }
    let lag = QUESTIONS.iter().any(|question| text.contains(question));
    lag.then_some(Gate::Asked(most))
}

fn in_bytes(text: &str) -> bool {
    ["wal_lsn_diff", "xlog_location_diff"].iter().any(|word| text.contains(word))
}

/// Conditions of the promotion itself.
fn conditions(
    plan: &Plan,
    step: &Step,
    database: &ResourceId,
) -> impl Iterator<Item = Gate> {
    step.terms.when.iter().filter_map(move |condition| match condition {
        Condition::Probe { probe, healthy: true } => bound(plan, probe, database),
        Condition::Probe { .. }
        | Condition::Step { .. }
        | Condition::Parameter { .. }
        | Condition::Severity(_)
        | Condition::Scenario(_)
        | Condition::Drill(_) => None,
    })
}

/// The bound of a probe that tells how far `database` is behind.
fn bound(plan: &Plan, id: &ProbeId, database: &ResourceId) -> Option<Gate> {
    let probe = plan.probes.iter().find(|probe| probe.id == *id)?;
    let other = probe.terms.resource.as_ref().is_some_and(|of| of != database);
    let rows = plan.file.database.items();
    let row =
        rows.iter().find(|row| row.id.get().is_some_and(|id| id == database.as_str()));
    let watching = row.map(|row| row.watched_by.items()).unwrap_or_default();
    let watched = watching.iter().any(|found| found.value == id.as_str());
    if other || !(watched || measures_lag(probe)) {
        return None;
    }
    let critical = probe.terms.critical.as_ref();
    let above = critical.filter(|bound| bound.sign.starts_with('>'));
    let expected = match &probe.terms.expect {
        Some(
            Expect::Answer(Compare::AtMost(most))
            | Expect::Sql { is: Compare::AtMost(most), .. }
            | Expect::Aws { is: Compare::AtMost(most), .. },
        ) => Some(*most),
        Some(
            Expect::Answer(_)
            | Expect::Part { .. }
            | Expect::Sql { .. }
            | Expect::Aws { .. }
            | Expect::Waiter { .. }
            | Expect::ExitCode(_)
            | Expect::Dns { .. }
            | Expect::Kubectl(_)
            | Expect::Probe(_),
        )
        | None => None,
    };
    let most = above.map(|bound| bound.value).or(expected);
    if let (ProbeKind::Look(Look::Sql(call)), Some(most)) = (&probe.look, most)
        && in_bytes(&call.text.to_lowercase())
    {
        return Some(Gate::Bytes(most));
    }
    Some(Gate::Bound(probe.id.clone(), most.map(|most| most / per_second(probe))))
}

/// Ways an engine tells how far it is behind.
const QUESTIONS: &[&str] = &[
    "replay_timestamp",
    "replay_lag",
    "seconds_behind",
    "pg_stat_replication",
    "lsn_diff",
];

fn measures_lag(probe: &Probe) -> bool {
    let named = act::names(probe.id.as_str(), "lag")
        || probe.id.as_str().split(['-', '_']).any(|word| word == "lag");
    let looks = match &probe.look {
        ProbeKind::Look(Look::Metric(metric)) => {
            metric.name.as_ref().is_some_and(|name| name.contains("Lag"))
        }
        ProbeKind::Look(Look::Sql(call)) => {
            let text = call.text.to_lowercase();
            QUESTIONS.iter().any(|question| text.contains(question))
        }
        ProbeKind::Look(_) | ProbeKind::Http(_) | ProbeKind::Command(_) => false,
    };
    named || looks
}

/// Aurora tells its lag in milliseconds, all others in seconds: the `CloudWatch` reference
/// of Amazon RDS and Aurora.
fn per_second(probe: &Probe) -> f64 {
    let ProbeKind::Look(Look::Metric(metric)) = &probe.look else { return 1.0 };
    let aurora = metric.name.as_ref().is_some_and(|name| name.starts_with("Aurora"));
    if aurora { 1000.0 } else { 1.0 }
}
