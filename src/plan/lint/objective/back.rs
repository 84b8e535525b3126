//! When each service is back, by the times of a runbook's phases.

use std::collections::BTreeSet;

use super::{
    super::{Findings, Subject, deed, promise::list, promise::services},
    restored::{brought_back, restores},
};
use crate::{
    model::{
        Action, Errand, Phase, PhaseId, PhaseTime, ResourceId, RunbookKind, ServiceId,
        Span, Step,
    },
    plan::language::{Items, Said, ScenarioRow},
};

/// Says which services are back too late, and where nothing begins in time.
pub(super) fn too_late(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    match subject.runbook.kind {
        RunbookKind::Failover => each(subject, findings),
        RunbookKind::Response | RunbookKind::Restore => begins_late(subject, findings),
        RunbookKind::Failback
        | RunbookKind::Backup
        | RunbookKind::Maintenance
        | RunbookKind::Validation
        | RunbookKind::Drill => {}
    }
}

/// From when to when a phase lasts, counted like the RTO; none where nobody knows.
fn times<'p>(subject: &Subject<'p>) -> Vec<(&'p Phase, Option<Span>, Option<Span>)> {
    let mut before = Some(Span::ZERO);
    let phases = subject.runbook.phases.iter();
    phases
        .map(|phase| {
            let (from, until) = match phase.time {
                Some(PhaseTime::Budget(budget)) => {
                    (before, before.map(|end| end + budget))
                }
                Some(PhaseTime::Window(from, until)) => (Some(from), Some(until)),
                Some(PhaseTime::From(from)) => (Some(from), None),
                None => (before, None),
            };
            before = until;
            (phase, from, until)
        })
        .collect()
}

fn each(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let times = times(subject);
    let back = brought_back(subject.plan, subject.runbook);
    let says =
        subject.runbook.steps().any(|step| !step.terms.meaning.restores.is_empty());
    let worked = worked(subject);
    let estate = subject.plan.estate.iter();
    let there: BTreeSet<&ResourceId> = estate
        .filter(|resource| resource.primary == subject.runbook.from)
        .map(|resource| &resource.id)
        .collect();
    let id = &subject.runbook.id;
    for one in services(subject.plan) {
        let Some(rto) = one.rto() else { continue };
        let lost = one.service.uses.iter().any(|used| there.contains(used));
        let named = back.contains(&one.service.id);
        if !(named || says && lost) {
            continue;
        }
        let does = |phase: &Phase| {
            let mut told =
                phase.steps.iter().flat_map(|step| &step.terms.meaning.restores);
            told.any(|told| *told == one.service.id)
                || !says
                    && one
                        .service
                        .uses
                        .iter()
                        .any(|used| worked.contains(&(&phase.id, used)))
        };
        let mut doing = times.iter().filter(|(phase, ..)| does(phase));
        let (phase, end) = match (doing.next_back(), times.last()) {
            (Some((phase, _, end)), _) => (Some(phase), end),
            (None, Some((_, _, end))) => (None, end),
            (None, None) => continue,
        };
        let Some(end) = end.filter(|end| *end > rto) else { continue };
        let service = one.id();
        let what = match phase {
            Some(phase) => format!(
                "{service} is back when phase {} of {id} has ended, after {end}",
                phase.id
            ),
            None => format!(
                "no step of {id} says that it brings {service} back: it is back when the \
                 last has ended, after {end}"
            ),
        };
        findings.at(
            one.row.rto.place().unwrap_or(&one.row.place),
            format!("{what}; its RTO is {rto}"),
            "bring it back in an earlier phase (`restores` in its step), cut the budgets \
             before it, or promise a longer RTO",
        );
    }
}

/// What is made to work, by the phase it is done in.
fn worked<'p>(subject: &Subject<'p>) -> BTreeSet<(&'p PhaseId, &'p ResourceId)> {
    let (plan, runbook) = (subject.plan, subject.runbook);
    let mut worked = BTreeSet::new();
    for phase in &runbook.phases {
        let deeds = phase.steps.iter().flat_map(|step| deed::of(plan, runbook, step));
        let working = deeds.filter(|deed| restores(deed.verb));
        worked.extend(working.map(|deed| (&phase.id, deed.resource)));
    }
    worked
}

/// Whether it, or what it answers, has an RTO of its own: that goes before its services'.
fn has_its_own(subject: &Subject<'_>) -> bool {
    let file = &subject.plan.file;
    let id = subject.runbook.id.as_str();
    let own = file
        .runbook
        .items()
        .iter()
        .any(|row| row.rto.is_some() && row.id.get().is_some_and(|own| own == id));
    let answers = |row: &ScenarioRow| {
        let mut told = subject.runbook.terms.scenarios.iter();
        row.rto.is_some()
            && told.any(|one| row.id.get().is_some_and(|id| id == one.as_str()))
    };
    own || file.scenario.items().iter().any(answers)
}

/// Whether an RTO counts for a runbook: it brings something back, or has one of its own.
pub(super) fn is_measured(subject: &Subject<'_>) -> bool {
    let brings = match subject.runbook.kind {
        RunbookKind::Failover
        | RunbookKind::Failback
        | RunbookKind::Restore
        | RunbookKind::Drill => true,
        RunbookKind::Response
        | RunbookKind::Backup
        | RunbookKind::Maintenance
        | RunbookKind::Validation => false,
    };
    brings || has_its_own(subject) || {
        let named = subject.row().is_some_and(|row| !row.services.items().is_empty());
        named || subject.runbook.steps().any(|step| recovers(subject, step))
    }
}

/// Nothing is brought back before some promise is broken.
fn begins_late(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    if has_its_own(subject) {
        return;
    }
    let times = times(subject);
    let first = times
        .iter()
        .find(|(phase, ..)| phase.steps.iter().any(|step| recovers(subject, step)));
    let Some((phase, Some(start), _)) = first else { return };
    let promise = subject.plan.promises.get(&subject.runbook.id);
    let concerned: &[ServiceId] = promise.map_or(&[], |promise| &promise.services);
    let late: Vec<(&str, Span)> = services(subject.plan)
        .filter(|one| concerned.contains(&one.service.id))
        .filter_map(|one| Some((one.id(), one.rto()?)))
        .filter(|(_, rto)| rto <= start)
        .collect();
    let Some(rto) = late.iter().map(|(_, rto)| *rto).max() else { return };
    let names: Vec<&str> = late.iter().map(|(name, _)| *name).collect();
    findings.add(
        &subject.whole(),
        format!(
            "nothing is brought back before {start}, when phase {} begins; {} must be \
             back in {rto}",
            phase.id,
            list(&names)
        ),
        "tell people beside the work instead of before it, or promise a longer RTO",
    );
}

fn recovers(subject: &Subject<'_>, step: &Step) -> bool {
    let calls = match &step.action {
        Action::Errand(Errand::Call { runbook, .. }) => {
            subject.plan.runbook(runbook).is_some_and(|called| {
                matches!(called.kind, RunbookKind::Failover | RunbookKind::Restore)
            })
        }
        Action::Errand(_)
        | Action::Estate { .. }
        | Action::Command(_)
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. } => false,
    };
    let deeds = deed::of(subject.plan, subject.runbook, step);
    calls
        || !step.terms.meaning.restores.is_empty()
        || deeds.iter().any(|deed| restores(deed.verb))
}
