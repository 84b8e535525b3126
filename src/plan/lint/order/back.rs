//! Whether the way back is there, and brings back everything that was moved.

use super::super::{
    Check, Deed, Findings, LintDef, Subject,
    act::{self, What},
    around,
    promise::list,
};
use crate::{
    model::{ResourceId, Runbook, RunbookKind, Verb},
    plan::{Level, Plan, language::Closed},
};

pub(super) const NO_FAILBACK: LintDef = LintDef {
    id: "L12",
    name: "no-failback",
    level: Level::Error,
    doc: "A failover names no runbook that brings everything back.",
    mend: "Write a failback and name it, or say `no_failback = \"why\"`.",
    check: Check::Runbook(no_failback),
};

fn no_failback(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let reason = subject.runbook.terms.no_failback.as_ref();
    let given_up = reason.is_some_and(|why| !why.as_str().trim().is_empty());
    if subject.runbook.kind != RunbookKind::Failover || given_up {
        return;
    }
    let promise = subject.plan.promises.get(&subject.runbook.id);
    let named = promise.and_then(|promise| promise.failback.as_ref());
    let back = named.and_then(|id| subject.plan.runbook(id));
    if let Some(back) = back.filter(|back| back.terms.stub) {
        findings.add(
            &format!("runbook.{}", back.id),
            format!("the way back from {} is only a name", subject.runbook.id),
            "write its steps: a script nobody can read is no procedure",
        );
    } else if let Some(back) = back {
        elsewhere(subject, back, findings);
        left_there(subject, back, findings);
    }
    if promise.is_some_and(|promise| promise.failback.is_none()) {
        unnamed(subject, findings);
    }
}

/// Whether a runbook leads where this one came from.
fn returns(subject: &Subject<'_>, back: &Runbook) -> bool {
    back.from == subject.runbook.to && back.to == subject.runbook.from
}

fn unnamed(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let Runbook { id, from, to, .. } = subject.runbook;
    let mut all = subject.plan.runbooks.iter();
    let known =
        all.find(|one| one.kind == RunbookKind::Failback && returns(subject, one));
    let help = known.map_or_else(
        || {
            format!(
                "write a runbook of kind \"failback\" from {to} to {from}, and name it: \
                 failback = \"...\""
            )
        },
        |known| {
            format!("write failback = \"{}\": it leads from {to} to {from}", known.id)
        },
    );
    findings.add(
        &subject.whole(),
        format!(
            "this failover has no way back: once {id} is done, everything stays in {to}"
        ),
        help,
    );
}

/// What is named as the way back leads somewhere else.
fn elsewhere(subject: &Subject<'_>, back: &Runbook, findings: &mut Findings<'_>) {
    let Runbook { id, from, to, .. } = subject.runbook;
    let moves = matches!(back.kind, RunbookKind::Failback | RunbookKind::Failover);
    if !moves {
        findings.add(
            &format!("{}.failback", subject.whole()),
            format!(
                "the way back from {to}, {}, is a {}: it brings nobody back to {from}",
                back.id,
                back.kind.word_of()
            ),
            format!("name a runbook of kind \"failback\" from {to} to {from}"),
        );
    } else if !returns(subject, back) {
        findings.add(
            &format!("{}.failback", subject.whole()),
            format!(
                "{id} goes from {from} to {to}, and its way back, {}, from {} to {}",
                back.id, back.from, back.to
            ),
            format!("name a failback from {to} to {from}"),
        );
    }
}

/// What was moved and stays where it was moved to. A way back that moves nobody is no list
/// of what is brought back.
fn left_there(subject: &Subject<'_>, back: &Runbook, findings: &mut Findings<'_>) {
    let deeds = all(subject.plan, back);
    let home = |deed: &Deed<'_>| *deed.side == subject.runbook.from;
    if !deeds.iter().any(|deed| deed.verb == Verb::Shift && home(deed)) {
        return;
    }
    let copied = back
        .steps()
        .any(|step| act::made(step).iter().any(|made| made.what == What::Restored));
    let mut left: Vec<&ResourceId> = Vec::new();
    for deed in subject.deeds() {
        let same = |one: &Deed<'_>| one.resource == deed.resource && home(one);
        let back = match deed.verb {
            Verb::Shift | Verb::Switch => {
                deeds.iter().any(|one| one.verb == deed.verb && same(one))
            }
            // One that is brought up from a copy has rules of its own.
            Verb::Promote | Verb::Switchover | Verb::Restore => {
                copied || deeds.iter().any(|one| one.makes_writer() && same(one))
            }
            Verb::Fence
            | Verb::Unfence
            | Verb::RebuildReplica
            | Verb::Snapshot
            | Verb::CopySnapshot
            | Verb::Scale
            | Verb::Stop
            | Verb::Restart
            | Verb::Deploy
            | Verb::Repoint
            | Verb::RestoreVersion
            | Verb::Sync
            | Verb::Hold => true,
        };
        if *deed.side == subject.runbook.to && !back && !left.contains(&deed.resource) {
            left.push(deed.resource);
        }
    }
    if left.is_empty() {
        return;
    }
    let names: Vec<&str> = left.iter().map(|id| id.as_str()).collect();
    let (from, to) = (&subject.runbook.from, &subject.runbook.to);
    findings.add(
        &format!("runbook.{}", back.id),
        format!(
            "{} takes {} to {to}, and {} brings users back to {from} without it",
            subject.runbook.id,
            list(&names),
            back.id
        ),
        format!("add a step for each, with side = \"{from}\""),
    );
}

/// Everything a runbook does, and those it calls.
fn all<'p>(plan: &'p Plan, runbook: &'p Runbook) -> Vec<Deed<'p>> {
    runbook.steps().flat_map(|step| around::deep(plan, runbook, step, 0)).collect()
}
