//! Whether those who must know are told, by something that still works then.

use std::collections::BTreeSet;

use super::super::{Check, Findings, LintDef};
use crate::{
    model::{Action, Errand, Runbook, RunbookId, RunbookKind},
    plan::{
        Level, Place, Plan,
        language::{Items, NotificationRow, Said},
    },
};

pub(super) const GAP: LintDef = LintDef {
    id: "L87",
    name: "notification-gap",
    level: Level::Warning,
    doc: "Somebody who must know is not told, or only by something that may be lost itself.",
    mend: "Name recipients and two channels for every event, failure and failback included, hosted elsewhere.",
    check: Check::Plan(gap),
};

fn gap(plan: &Plan, findings: &mut Findings<'_>) {
    let rows = plan.file.notification.items();
    for row in rows {
        nobody(plan, row, findings);
    }
    if !rows.is_empty() {
        missing_events(plan, rows, findings);
        one_channel(plan, rows, findings);
    }
    super::events::unheard(plan, findings);
    super::events::misspelt(plan, findings);
    lost_with_site(plan, findings);
    silent_failover(plan, findings);
}

/// An event nobody, or no channel, hears of.
fn nobody(plan: &Plan, row: &NotificationRow, findings: &mut Findings<'_>) {
    let Some(event) = row.event.get() else { return };
    if row.via.items().is_empty() && row.script.is_none() {
        findings.at(
            &row.place,
            format!("no channel is named by which {event} is told"),
            "write via = [\"...\"]: channels, the first before the others",
        );
    }
    if let Some(to) = row.to.as_ref().filter(|to| to.value.is_empty()) {
        findings.at(
            &to.place,
            format!("{event} is told to nobody: `to` is empty"),
            "write to = [\"...\"]: roles and audiences",
        );
    }
    for one in row.to.items() {
        let mut audiences = plan.file.audience.items().iter();
        let empty = audiences.find(|known| {
            known.id.get() == Some(&one.value) && known.members.items().is_empty()
        });
        if let Some(audience) = empty {
            findings.at(
                &audience.place,
                format!("{} is told of events, and nobody is in it", one.value),
                "write members = [\"...\"]: roles, people, addresses",
            );
        }
    }
}

fn steps_tell(runbook: &Runbook) -> bool {
    runbook.steps().any(|step| {
        matches!(step.action, Action::Notify { .. })
            || step.terms.tell.done.is_some()
            || step.terms.tell.failed.is_some()
    })
}

/// No event for what goes wrong, or for the way back.
fn missing_events(plan: &Plan, rows: &[NotificationRow], findings: &mut Findings<'_>) {
    let is = |words: &[&str]| {
        rows.iter().filter_map(|row| row.event.get()).any(|event| {
            // A failover is no failure.
            let event = event.to_lowercase().replace("failover", "");
            words.iter().any(|word| event.contains(word))
        })
    };
    let recovers = |runbook: &&Runbook| {
        matches!(
            runbook.kind,
            RunbookKind::Failover | RunbookKind::Failback | RunbookKind::Restore
        )
    };
    let mut missing: Vec<String> = Vec::new();
    let told = plan
        .runbooks
        .iter()
        .flat_map(Runbook::steps)
        .any(|step| step.terms.tell.failed.is_some());
    let first = plan.runbooks.iter().find(recovers);
    if let Some(first) = first.filter(|_| {
        !told
            && !is(&[
                "failed", "failure", "fails", "abort", "exceed", "overdue", "anomal",
                "stuck",
            ])
    }) {
        missing.push(format!("a step of {} fails", first.id));
    }
    let back = plan.runbooks.iter().find(|runbook| {
        runbook.kind == RunbookKind::Failback
            && !runbook.terms.stub
            && !steps_tell(runbook)
    });
    if let Some(back) =
        back.filter(|_| !is(&["failback", "clear", "resolved", "restored", "closed"]))
    {
        missing.push(format!("{} begins or ends", back.id));
    }
    if !missing.is_empty() {
        let events: Vec<&str> =
            rows.iter().filter_map(|row| row.event.get().map(String::as_str)).collect();
        findings.add(
            "notification",
            format!(
                "nobody is told when {}: the events are {}",
                missing.join(", or when "),
                events.join(", ")
            ),
            "write a [[notification]] for it, and `tell_failed` or `event` in the steps",
        );
    }
}

/// Everything goes by one channel, and nothing stands in for it.
fn one_channel(plan: &Plan, rows: &[NotificationRow], findings: &mut Findings<'_>) {
    let used: BTreeSet<&str> = rows
        .iter()
        .flat_map(|row| row.via.items())
        .map(|found| found.value.as_str())
        .collect();
    let mut used = used.into_iter();
    let (Some(only), None) = (used.next(), used.next()) else { return };
    let channels = plan.file.channel.items();
    let stands_in = channels
        .iter()
        .any(|row| row.fallback_for.get().is_some_and(|channel| channel == only));
    if !stands_in {
        findings.add(
            &format!("channel.{only}"),
            format!("every event is told by {only} alone: when it is down, nobody hears"),
            format!(
                "name a second channel in `via`, or one with fallback_for = \"{only}\""
            ),
        );
    }
}

/// A way to tell people that is lost with the side whose loss is told.
fn lost_with_site(plan: &Plan, findings: &mut Findings<'_>) {
    let left: BTreeSet<&str> = plan
        .runbooks
        .iter()
        .filter(|runbook| {
            runbook.kind == RunbookKind::Failover && runbook.from != runbook.to
        })
        .map(|runbook| runbook.from.as_str())
        .collect();
    let channels = plan
        .file
        .channel
        .items()
        .iter()
        .filter_map(|row| Some((row.id.get()?.as_str(), row.site.as_ref()?)));
    let page = plan.file.status_page.get().and_then(|row| row.site.as_ref());
    for (what, site) in channels.chain(page.map(|site| ("the status page", site))) {
        if left.contains(site.value.as_str()) {
            let place: &Place = &site.place;
            findings.at(
                place,
                format!(
                    "{what} runs in {}, and is lost with it: nobody could be told that it is",
                    site.value
                ),
                "use one that runs elsewhere, or name another with `fallback_for`",
            );
        }
    }
}

/// A failover that tells nobody, in a plan that has ways to.
fn silent_failover(plan: &Plan, findings: &mut Findings<'_>) {
    let told = !plan.file.notification.items().is_empty();
    let ways = told
        || !plan.file.channel.items().is_empty()
        || plan.runbooks.iter().any(steps_tell);
    let called = |id: &RunbookId| {
        plan.runbooks.iter().any(|other| {
            let calls = other.steps().any(|step| {
                matches!(&step.action, Action::Errand(Errand::Call { runbook, .. })
                    if runbook == id)
            });
            calls && steps_tell(other)
        })
    };
    for runbook in plan.runbooks.iter().filter(|_| ways) {
        // Where events are declared, the missing one has been named.
        let moves = match runbook.kind {
            RunbookKind::Failover => true,
            RunbookKind::Failback => !told,
            RunbookKind::Restore
            | RunbookKind::Backup
            | RunbookKind::Response
            | RunbookKind::Maintenance
            | RunbookKind::Validation
            | RunbookKind::Drill => false,
        };
        let silent =
            moves && !runbook.terms.stub && !steps_tell(runbook) && !called(&runbook.id);
        if silent {
            findings.add(
                &format!("runbook.{}", runbook.id),
                format!(
                    "{} tells nobody, neither that it begins nor what became of it",
                    runbook.id
                ),
                "add steps with `event` or `notify`, and `tell_failed` where it may fail",
            );
        }
    }
}
