//! Users a move leaves behind: a share that nobody moves later, a name nobody moves at all.

use std::collections::BTreeSet;

use super::{
    super::{Deed, Findings, Subject, promise::list},
    dns::{batch, same_name},
};
use crate::{
    model::{Noun, Resource, ResourceId, RunbookKind, Service, Verb},
    plan::language::{Items, Said},
};

/// Says which users stay at the side that is left.
pub(super) fn behind(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    shares(subject, findings);
    if subject.runbook.kind == RunbookKind::Failover {
        names(subject, findings);
    }
}

/// A step that says it moves a name, with a batch of other names only.
pub(super) fn other_name(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for step in subject.runbook.steps() {
        let Some(call) = batch(step).filter(|call| !call.changes.is_empty()) else {
            continue;
        };
        for id in &step.terms.meaning.moves {
            let of = subject.plan.estate.iter().find(|one| one.id == *id);
            let Some(record) = of.and_then(|one| one.params.text("record")) else {
                continue;
            };
            let open = |name: &str| name.contains("${") || record.contains("${");
            let mut names = call.changes.iter().map(|change| change.name.as_str());
            if names.any(|name| same_name(name, record) || open(name)) {
                continue;
            }
            let first = call.changes.first().map_or("", |change| change.name.as_str());
            findings.add(
                &subject.at(&step.id),
                format!(
                    "this is to move {id}, and its batch changes {first}: {record}, which \
                     users ask for, answers as before"
                ),
                format!("write name = \"{record}\" in its changes"),
            );
        }
    }
}

/// The last move of a name, when it moves some of its users only.
fn shares(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let (from, to) = (&subject.runbook.from, &subject.runbook.to);
    // A runbook that is only called is one stage of its caller's.
    if !subject.around.callers.is_empty() {
        return;
    }
    let moved: Vec<Deed<'_>> = subject
        .deeds()
        .filter(|deed| deed.verb == Verb::Shift && deed.side == to)
        .collect();
    let all: Vec<&Deed<'_>> =
        moved.iter().chain(subject.around.called.iter().map(|(_, deed)| deed)).collect();
    let mut told: BTreeSet<&ResourceId> = BTreeSet::new();
    for deed in &moved {
        let share = |one: &Deed<'_>| {
            one.args.map_or(100, |args| args.number("percent").unwrap_or(100))
        };
        let most = all
            .iter()
            .filter(|one| {
                one.verb == Verb::Shift && one.resource == deed.resource && one.side == to
            })
            .map(|one| share(one))
            .max()
            .unwrap_or(100);
        let own = share(deed);
        if own < most || !(1..100).contains(&most) || !told.insert(deed.resource) {
            continue;
        }
        findings.add(
            &format!("{}.percent", subject.at(&deed.step.id)),
            format!(
                "{most} % of the users of {} go to {to}, and no later step moves the other \
                 {} %: they stay in {from}",
                deed.resource,
                100 - most
            ),
            "leave `percent` out for all of them, or add a later step that moves the rest",
        );
    }
}

/// Names the services of a failover are reached by, that no step of it moves.
fn names(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let (plan, runbook) = (subject.plan, subject.runbook);
    let shifts: BTreeSet<&ResourceId> = subject
        .deeds()
        .chain(subject.around.called.iter().map(|(_, deed)| *deed))
        .filter(|deed| deed.verb == Verb::Shift)
        .map(|deed| deed.resource)
        .collect();
    let batches = subject.runbook.steps().any(|step| batch(step).is_some());
    if shifts.is_empty() || batches {
        return;
    }
    let promised = plan.promises.get(&runbook.id).map(|promise| &promise.services);
    let concerned = |service: &&Service| {
        promised.is_some_and(|all| all.contains(&service.id))
            || service.uses.iter().any(|used| shifts.contains(used))
    };
    let services: Vec<&Service> = plan.services.iter().filter(concerned).collect();
    let by_itself = |one: &Resource| {
        let mut rows = plan.file.traffic.items().iter();
        rows.any(|row| {
            row.automatic.get() == Some(&true)
                && row.id.get().is_some_and(|id| id == one.id.as_str())
        })
    };
    for one in plan.estate.iter().filter(|one| one.noun == Noun::Traffic) {
        let left = one.primary == runbook.from && one.sides.contains_key(&runbook.to);
        if !left || shifts.contains(&one.id) || by_itself(one) {
            continue;
        }
        let users: Vec<&str> = services
            .iter()
            .filter(|service| service.uses.contains(&one.id))
            .map(|service| service.id.as_str())
            .collect();
        if users.is_empty() {
            continue;
        }
        findings.add(
            &subject.whole(),
            format!(
                "no step of {} moves {}, and {} is reached by it: its users stay in {}",
                runbook.id,
                one.id,
                list(&users),
                runbook.from
            ),
            format!(
                "add a step: do = \"shift\", resource = \"{}\", side = \"{}\"",
                one.id, runbook.to
            ),
        );
    }
}
