//! Whom to call beyond those who are here: roles with who stands in, escalation, channels
//! and what stands in for them, people outside, lists to tick.

use crate::{
    console::{
        command::key_of,
        theme::Role,
        view::sight::Sight,
        widget::{Row, wrap},
    },
    engine::{respond, talk::Word},
    model::{Channel, ChannelId, Contact, PersonId, Role as Duty, Text},
};

/// All of it, part by part; what the plan does not say is left out.
pub(super) fn parts(sight: &Sight<'_>, width: usize) -> Vec<Vec<Row>> {
    vec![
        roles(sight, width),
        escalation(sight, width),
        channels(sight, width),
        contacts(sight, width),
        checklists(sight, width),
    ]
}

fn part(title: &str, words: impl Iterator<Item = String>, width: usize) -> Vec<Row> {
    told(title, words.map(|words| vec![(Role::Text, words)]), width)
}

/// Entries of sentences, each in its own colour; further lines of an entry stand in from it.
fn told(
    title: &str,
    entries: impl Iterator<Item = Vec<(Role, String)>>,
    width: usize,
) -> Vec<Row> {
    let mut rows = Vec::new();
    for entry in entries {
        let mut first = true;
        for (role, words) in entry {
            for line in wrap(&words, width.saturating_sub(2)) {
                let line = if first { line } else { format!("  {line}") };
                rows.push(Row::of(role, line));
                first = false;
            }
        }
    }
    if !rows.is_empty() {
        rows.insert(0, Row::of(Role::Title, title));
    }
    rows
}

fn roles(sight: &Sight<'_>, width: usize) -> Vec<Row> {
    let words = |duty: &Duty| {
        let named = |id: &PersonId| reached(sight, id);
        let mut people = duty.people.iter().map(named);
        let first = people.next().unwrap_or_else(|| "NOBODY".to_owned());
        let rest: Vec<String> = people.collect();
        let backup = if rest.is_empty() {
            String::new()
        } else {
            format!("; else {}", rest.join(", "))
        };
        let own =
            duty.contact.as_ref().map_or_else(String::new, |own| format!("; {own}"));
        format!("{}: {first}{backup}{own}", duty.title)
    };
    part("ROLES", sight.incident.procedure.brief.roles.iter().map(words), width)
}

/// A name and its number.
fn reached(sight: &Sight<'_>, id: &PersonId) -> String {
    let mut people = sight.incident.procedure.people.iter();
    let Some(person) = people.find(|person| person.id == *id) else {
        return format!("{id} MISSING");
    };
    match &person.contact {
        Some(contact) => format!("{} {contact}", person.name),
        None => format!("{} (no contact)", person.name),
    }
}

fn escalation(sight: &Sight<'_>, width: usize) -> Vec<Row> {
    let stages = respond::stages(&sight.incident).into_iter();
    let words = stages.map(|(one, due)| {
        let to: Vec<&str> = one.to.iter().map(Text::as_str).collect();
        let after = one.after.map(|after| format!(" after {after} without an answer"));
        let after = after.unwrap_or_default();
        let stage = format!("{} {} > {}{after}", one.order, one.from, to.join(", "));
        let word = sight.incident.talk.escalated.get(&one.order);
        let mut entry = vec![(Role::Text, stage)];
        entry.extend(word.map(|word| (Role::Dim, told_by(word))));
        let due = due.filter(|_| word.is_none() && sight.declared);
        entry.extend(due.map(|due| {
            let left = due - sight.now();
            if left.is_negative() {
                return (Role::Warn, format!("OVER by {}", left.clock()));
            }
            (Role::Text, format!("due in {}", left.clock()))
        }));
        entry
    });
    let key = key_of("escalated");
    told(&format!("ESCALATION  ({key} tells that a stage was told)"), words, width)
}

/// `told 03:12:31 by shah: called at home`.
fn told_by(word: &Word) -> String {
    format!("told {} by {}: {}", word.at.time_of_day(), word.by, word.words)
}

fn channels(sight: &Sight<'_>, width: usize) -> Vec<Row> {
    let words = |channel: &Channel| {
        let said = |text: &Option<Text>, before: &str| {
            text.as_ref().map_or_else(String::new, |text| format!("{before}{text}"))
        };
        let instead = channel.fallback_for.as_ref().map(ChannelId::as_str);
        let instead = instead.map(|id| format!("; when {id} fails"));
        format!(
            "{} ({}){}{}{}",
            channel.id,
            channel.kind,
            said(&channel.address, " "),
            said(&channel.purpose, "; "),
            instead.unwrap_or_default()
        )
    };
    part("CHANNELS", sight.incident.procedure.brief.channels.iter().map(words), width)
}

fn contacts(sight: &Sight<'_>, width: usize) -> Vec<Row> {
    let entry = |(contact, number): (&Contact, u32)| {
        let ways: Vec<&str> = contact.ways.iter().map(Text::as_str).collect();
        let mut words = format!("{number} {}: {}", contact.name, ways.join(", "));
        let more = [
            ("escalation ", &contact.escalation),
            ("SLA ", &contact.sla),
            ("", &contact.when),
        ];
        for (label, said) in more {
            if let Some(said) = said {
                words += &format!("; {label}{said}");
            }
        }
        let reached = sight.incident.talk.contacted.get(&contact.name);
        let reached = reached.map(|word| (Role::Dim, told_by(word)));
        std::iter::once((Role::Text, words)).chain(reached).collect::<Vec<_>>()
    };
    let all = respond::outside(&sight.incident).iter().zip(1..).map(entry);
    let key = key_of("contacted");
    told(&format!("OUTSIDE  ({key} tells that one was reached)"), all, width)
}

/// The lists that phases of this run name.
fn checklists(sight: &Sight<'_>, width: usize) -> Vec<Row> {
    let procedure = &sight.incident.procedure;
    let phases = &procedure.runbook.phases;
    let used = procedure.brief.checklists.iter().filter(|list| {
        phases.iter().any(|phase| phase.terms.checklist.as_ref() == Some(&list.id))
    });
    let words = used.flat_map(|list| {
        let when =
            list.when.as_ref().map_or_else(String::new, |when| format!(" ({when})"));
        let items = list.items.iter().map(|item| format!("- {item}"));
        std::iter::once(format!("{}{when}", list.name)).chain(items).collect::<Vec<_>>()
    });
    part("CHECKLISTS", words, width)
}
