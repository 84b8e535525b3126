//! Whether everything that was promised back is brought back by something.

use std::collections::BTreeSet;

use super::super::{Check, Findings, LintDef, deed, promise::services};
use crate::{
    model::{Action, Errand, Runbook, RunbookKind, ServiceId, Verb},
    plan::{
        Level, Plan,
        language::{Items, RunbookRow, Said},
    },
};

pub(super) const NOT_RESTORED: LintDef = LintDef {
    id: "L34",
    name: "service-not-restored",
    level: Level::Error,
    doc: "A service has an objective, and no step of a failover or a restore brings it back.",
    mend: "Write `restores = [...]` in the step that brings it back, or add that step.",
    check: Check::Runbooks(not_restored),
};

fn not_restored(plan: &Plan, findings: &mut Findings<'_>) {
    for row in plan.file.runbook.items() {
        only_promised(plan, row, findings);
    }
    let mut back = BTreeSet::new();
    for runbook in plan.runbooks.iter().filter(|one| recovers(one)) {
        back.extend(brought_back(plan, runbook));
    }
    for one in services(plan).filter(|one| !back.contains(&one.service.id)) {
        let promised = match (one.rto(), one.rpo(), one.tier.and_then(|row| row.id.get()))
        {
            (Some(rto), _, _) => format!("must be back in {rto}"),
            (None, Some(rpo), _) => format!("may lose {rpo}"),
            (None, None, Some(tier)) => format!("is in tier {tier}"),
            (None, None, None) => continue,
        };
        let uses = if one.service.uses.is_empty() {
            "; nothing is declared that it lives on either"
        } else {
            ""
        };
        let id = one.id();
        findings.add(
            &format!("service.{id}"),
            format!(
                "{id} {promised}, and no step of a failover or a restore brings it \
                 back{uses}"
            ),
            format!(
                "write `restores = [\"{id}\"]` in the step after which it works again, or \
                 name it in `services` of the runbook that brings it back"
            ),
        );
    }
}

/// A failover that names a service, says of others after which step they are back, and of
/// this one nothing.
fn only_promised(plan: &Plan, row: &RunbookRow, findings: &mut Findings<'_>) {
    let Some(runbook) = row.id.get().and_then(|id| plan.runbook(&id.as_str().into()))
    else {
        return;
    };
    if runbook.kind != RunbookKind::Failover || runbook.terms.stub {
        return;
    }
    let steps = runbook.steps().chain(called(plan, runbook).flat_map(Runbook::steps));
    let done: BTreeSet<&str> = steps
        .flat_map(|step| &step.terms.meaning.restores)
        .map(ServiceId::as_str)
        .collect();
    if done.is_empty() {
        return;
    }
    for named in row.services.items().iter().filter(|one| !done.contains(&*one.value)) {
        findings.at(
            &named.place,
            format!(
                "{} promises to bring {} back, and none of its steps says that it does: \
                 {} are told back by a step each",
                runbook.id,
                named.value,
                done.iter().copied().collect::<Vec<_>>().join(", ")
            ),
            format!(
                "write `restores = [\"{}\"]` in the step after which it works",
                named.value
            ),
        );
    }
}

/// Runbooks one calls.
fn called<'p>(plan: &'p Plan, runbook: &'p Runbook) -> impl Iterator<Item = &'p Runbook> {
    runbook.steps().filter_map(|step| match &step.action {
        Action::Errand(Errand::Call { runbook, .. }) => plan.runbook(runbook),
        Action::Errand(_)
        | Action::Estate { .. }
        | Action::Command(_)
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. } => None,
    })
}

fn recovers(runbook: &Runbook) -> bool {
    let kind = match runbook.kind {
        RunbookKind::Failover | RunbookKind::Restore | RunbookKind::Response => true,
        RunbookKind::Failback
        | RunbookKind::Backup
        | RunbookKind::Maintenance
        | RunbookKind::Validation
        | RunbookKind::Drill => false,
    };
    kind && !runbook.terms.stub
}

/// What a runbook brings back, with all that depends on: what it says; when it says
/// nothing, whoever lives on what it works on.
pub(super) fn brought_back(plan: &Plan, runbook: &Runbook) -> BTreeSet<ServiceId> {
    let own =
        |row: &&RunbookRow| row.id.get().is_some_and(|id| id == runbook.id.as_str());
    let row = plan.file.runbook.items().iter().find(own);
    let named = row.map(|row| row.services.items()).unwrap_or_default();
    let mut back: BTreeSet<ServiceId> =
        named.iter().map(|found| found.value.as_str().into()).collect();
    back.extend(runbook.steps().flat_map(|step| step.terms.meaning.restores.clone()));
    if back.is_empty() {
        let deeds = runbook.steps().flat_map(|step| deed::of(plan, runbook, step));
        let worked: BTreeSet<_> =
            deeds.filter(|deed| restores(deed.verb)).map(|deed| deed.resource).collect();
        let lives = plan
            .services
            .iter()
            .filter(|service| service.uses.iter().any(|used| worked.contains(used)));
        back.extend(lives.map(|service| service.id.clone()));
    }
    loop {
        let needed: Vec<ServiceId> = plan
            .services
            .iter()
            .filter(|service| back.contains(&service.id))
            .flat_map(|service| &service.depends_on)
            .filter(|id| !back.contains(*id))
            .cloned()
            .collect();
        if needed.is_empty() {
            return back;
        }
        back.extend(needed);
    }
}

/// Verbs after which something works that did not.
pub(super) const fn restores(verb: Verb) -> bool {
    match verb {
        Verb::Promote
        | Verb::Switchover
        | Verb::Restore
        | Verb::Scale
        | Verb::Restart
        | Verb::Deploy
        | Verb::Repoint
        | Verb::Shift
        | Verb::RestoreVersion
        | Verb::Sync
        | Verb::Switch => true,
        Verb::Fence
        | Verb::Unfence
        | Verb::RebuildReplica
        | Verb::Snapshot
        | Verb::CopySnapshot
        | Verb::Stop
        | Verb::Hold => false,
    }
}
