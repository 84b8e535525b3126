//! Rules about time.

use super::super::{Check, Findings, LintDef, Subject};
use crate::{
    model::{PhaseTime, Span, Step},
    plan::Level,
};

pub(super) const EXCEEDS_RTO: LintDef = LintDef {
    id: "L25",
    name: "budgets-exceed-rto",
    level: Level::Error,
    doc: "The phases are given more time than the objective allows.",
    mend: "Let phases run side by side, cut budgets, or promise a longer RTO.",
    check: Check::Runbook(exceeds_rto),
};

pub(super) const SERVICE_RTO_MISSED: LintDef = LintDef {
    id: "L26",
    name: "service-rto-missed",
    level: Level::Error,
    doc: "The steps' own estimates add up to more than the objective allows, or the phase that brings a service back ends too late for it.",
    mend: "Let steps run side by side, bring services back earlier, or promise a longer RTO.",
    check: Check::Runbook(service_rto_missed),
};

pub(super) const NO_SLACK: LintDef = LintDef {
    id: "L27",
    name: "no-slack",
    level: Level::Warning,
    doc: "The phases use the objective to its last minute.",
    mend: "Keep a tenth or a fifth of the RTO free.",
    check: Check::Runbook(no_slack),
};

/// What the phases are given: budgets add up, a window says when it ends.
fn given(subject: &Subject<'_>) -> Span {
    let times = subject.runbook.phases.iter().filter_map(|phase| phase.time);
    times.fold(Span::ZERO, |end, time| match time {
        PhaseTime::Budget(budget) => end + budget,
        PhaseTime::Window(_, until) => end.max(until),
        PhaseTime::From(from) => end.max(from),
    })
}

/// The RTO that counts for it: none where it brings nothing back and promises nothing.
fn rto(subject: &Subject<'_>) -> Option<Span> {
    if !super::back::is_measured(subject) {
        return None;
    }
    let promise = subject.plan.promises.get(&subject.runbook.id)?;
    Some(promise.objective.rto)
}

fn exceeds_rto(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let Some(rto) = rto(subject) else { return };
    let given = given(subject);
    if given > rto {
        findings.add(
            &subject.whole(),
            format!(
                "the phases take {given}, and the RTO is {rto}: {} ends {} too late{}",
                subject.runbook.id,
                given - rto,
                longest(subject)
            ),
            "cut budgets, run phases side by side, or promise a longer RTO",
        );
    }
}

/// The phase that is given most.
fn longest(subject: &Subject<'_>) -> String {
    let lengths = subject.runbook.phases.iter().filter_map(|phase| {
        let length = match phase.time? {
            PhaseTime::Budget(budget) => budget,
            PhaseTime::Window(from, until) => until - from,
            PhaseTime::From(_) => return None,
        };
        Some((length, &phase.id))
    });
    let longest = lengths.max_by_key(|(length, _)| *length);
    longest.map_or_else(String::new, |(length, id)| format!("; {id} alone has {length}"))
}

fn no_slack(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    if rto(subject) == Some(given(subject)) {
        findings.add(
            &subject.whole(),
            format!("the phases use the RTO of {} to its last minute", given(subject)),
            "keep a tenth or a fifth of it free",
        );
    }
}

fn service_rto_missed(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    super::back::too_late(subject, findings);
    let Some(rto) = rto(subject) else { return };
    let (length, path) = subject.order.longest();
    let stable = subject.plan.promises.get(&subject.runbook.id);
    let stable = stable.map_or(Span::ZERO, |promise| promise.objective.stable);
    if length + stable > rto {
        let ids: Vec<&str> = path.iter().map(|step| step.id.as_str()).collect();
        findings.add(
            &subject.whole(),
            format!(
                "estimated {length} and {stable} of seeing it healthy; the RTO is {rto}: {}{}",
                ids.join(" > "),
                slowest(&path)
            ),
            "let steps run side by side with `needs`, or promise a longer RTO",
        );
    }
}

/// The step of a chain that takes longest.
fn slowest(path: &[&Step]) -> String {
    let slowest = path.iter().max_by_key(|step| step.estimate.p50);
    let slowest = slowest.filter(|_| path.len() > 1);
    slowest.map_or_else(String::new, |step| {
        format!("; `{}` alone takes {}", step.id, step.estimate.p50)
    })
}
