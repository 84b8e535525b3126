//! Whether what is to be told has somebody to tell it to: every event that is raised is one
//! the plan has a notification, or a channel, for.

use std::collections::BTreeSet;

use super::super::Findings;
use crate::{
    model::Text,
    plan::{
        Plan,
        language::{Found, Items, Said},
        suggest,
    },
};

/// Events every incident has, whether or not anybody is told of them.
const OWN: &[&str] = &["declared", "decided", "verified", "closed", "resolved"];

/// Says whose names are all but those of somebody the plan has.
pub(super) fn misspelt(plan: &Plan, findings: &mut Findings<'_>) {
    let file = &plan.file;
    let text = |found: &Option<Found<Text>>| found.get().map(ToString::to_string);
    let roles = file
        .role
        .items()
        .iter()
        .flat_map(|row| [row.id.get().cloned(), text(&row.title)]);
    let people = file
        .person
        .items()
        .iter()
        .flat_map(|row| [row.id.get().cloned(), text(&row.name)]);
    let groups = file
        .audience
        .items()
        .iter()
        .flat_map(|row| [row.id.get().cloned(), text(&row.name)]);
    let others = file
        .contact
        .items()
        .iter()
        .flat_map(|row| [row.id.get().cloned(), text(&row.name)]);
    let known: BTreeSet<String> =
        roles.chain(people).chain(groups).chain(others).flatten().collect();
    let escalated = file.escalation.items().iter().flat_map(|row| row.to.items());
    let members = file.audience.items().iter().flat_map(|row| row.members.items());
    let practised = file.drill.items().iter().flat_map(|row| row.participants.items());
    for found in escalated.chain(members).chain(practised) {
        let word = found.value.as_str();
        let same = known.iter().any(|one| one.eq_ignore_ascii_case(word));
        if same || word.contains(['@', '+', ' ', '#']) {
            continue;
        }
        let all = || known.iter().map(String::as_str);
        let meant = suggest::nearest(word, all())
            .or_else(|| all().find(|one| abbreviates(word, one)));
        let Some(meant) = meant else { continue };
        findings.at(
            &found.place,
            format!("nobody and no group here is called {word}: it is told to no one"),
            format!("did you mean `{meant}`?"),
        );
    }
}

/// Whether each part of a name begins that of the other: `infra-lead`,
/// `infrastructure-lead`.
fn abbreviates(short: &str, whole: &str) -> bool {
    let (mut short, mut whole) = (short.split('-'), whole.split('-'));
    let mut parts = 0;
    loop {
        match (short.next(), whole.next()) {
            (Some(one), Some(other)) if one.len() > 1 && other.starts_with(one) => {
                parts += 1;
            }
            (None, None) => return parts > 1,
            _ => return false,
        }
    }
}

/// Says which events are raised that the plan has no notification for.
pub(super) fn unheard(plan: &Plan, findings: &mut Findings<'_>) {
    let file = &plan.file;
    let events: BTreeSet<&str> = file
        .notification
        .items()
        .iter()
        .filter_map(|row| row.event.get())
        .map(|id| &**id)
        .collect();
    if events.is_empty() {
        return;
    }
    let channels = file.channel.items().iter().filter_map(|row| row.id.get());
    let kinds = file.incident_type.items().iter().filter_map(|row| row.id.get());
    let known: BTreeSet<&str> = events
        .iter()
        .copied()
        .chain(channels.chain(kinds).map(String::as_str))
        .chain(OWN.iter().copied())
        .collect();
    for (what, found) in raised(plan) {
        let event = found.value.strip_prefix("notify:").unwrap_or(&found.value);
        if known.contains(event) || event.contains("${") || event.contains(':') {
            continue;
        }
        let help = suggest::nearest(event, known.iter().copied()).map_or_else(
            || {
                format!(
                    "write a [[notification]] with event = \"{event}\", or one of {}",
                    events.iter().copied().collect::<Vec<_>>().join(", ")
                )
            },
            |meant| format!("did you mean `{meant}`?"),
        );
        findings.at(
            &found.place,
            format!("{what} tells `{event}`, and no notification is of that event: nobody hears it"),
            help,
        );
    }
}

/// Every event something raises, with who does.
fn raised(plan: &Plan) -> Vec<(String, &Found<String>)> {
    let file = &plan.file;
    let mut all: Vec<(String, &Found<String>)> = Vec::new();
    for runbook in file.runbook.items() {
        for step in runbook.step.items() {
            let id = step.id.get().map_or("a step", String::as_str);
            let events = [&step.tell_done, &step.tell_failed, &step.over_limit];
            all.extend(events.into_iter().flatten().map(|one| (format!("`{id}`"), one)));
        }
    }
    for row in file.probe.items() {
        let id = row.id.get().map_or("a probe", String::as_str);
        let events = [&row.raises, &row.on_missing];
        all.extend(events.into_iter().flatten().map(|one| (id.to_owned(), one)));
    }
    for row in file.severity.items() {
        let id = row.id.get().map_or("a severity", String::as_str);
        all.extend(row.on_raise.items().iter().map(|one| (id.to_owned(), one)));
    }
    for row in file.alarm.items() {
        let id = row.id.get().map_or("an alarm", String::as_str);
        let told =
            row.actions.items().iter().filter(|one| one.value.starts_with("notify:"));
        all.extend(told.map(|one| (id.to_owned(), one)));
    }
    all
}
