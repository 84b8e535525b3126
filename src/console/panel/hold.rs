//! A hold and the dates of a phase: what is waited for, what each gate says, since when,
//! until when, what begins it again, and the ways out.

use super::{
    fact::{Fact, State},
    regions::probed,
};
use crate::{
    console::{
        command::{key_of, word_of},
        theme::Role,
        view::sight::Sight,
        widget::Row,
    },
    engine::{
        WatchRecord,
        watch::{self, Stage},
    },
    model::{Hold, Moment, Phase, ProbeId, Span},
};

/// One line across: what people must know of it from afar.
pub(super) fn barrier(
    sight: &Sight<'_>,
    phase: &Phase,
    hold: &Hold,
    width: usize,
) -> Row {
    let (role, words) = standing(sight, phase, hold);
    let words = Row::of(role, format!(" {words} ")).cut(width, sight.ascii());
    let dashes = width.saturating_sub(words.width());
    let (left, right) = (dashes / 2, dashes - dashes / 2);
    Row::of(Role::Frame, "-".repeat(left))
        .then(words)
        .with(Role::Frame, "-".repeat(right))
}

/// Its state in a few words, with the date it ends at.
pub(super) fn standing(sight: &Sight<'_>, phase: &Phase, hold: &Hold) -> (Role, String) {
    let length = hold.length;
    let Some(record) = sight.incident.watches.get(&phase.id) else {
        return (Role::Dim, format!("HOLD {length}"));
    };
    match &record.stage {
        Stage::Counting { .. } => {
            let left = (length - record.held_at(sight.now())).max(Span::ZERO);
            let until = record.ends(length).map(Moment::day_time).unwrap_or_default();
            (Role::Running, format!("HOLD {} left, until {until}", left.rough()))
        }
        Stage::Paused { .. } => {
            let held = record.held.rough();
            (Role::Warn, format!("HOLD STOPPED at {held} of {length}"))
        }
        Stage::Broken { .. } => (Role::Crit, format!("HOLD of {length} BEGINS AGAIN")),
        Stage::Over { at, reason: None } => {
            (Role::Dim, format!("hold of {length} over {}", at.day_time()))
        }
        Stage::Over { at, reason: Some(reason) } => {
            (Role::Dim, format!("hold ended early {}: {reason}", at.day_time()))
        }
    }
}

/// Everything else there is to say of a hold that is not over.
pub(super) fn details(
    sight: &Sight<'_>,
    phase: &Phase,
    hold: &Hold,
) -> Vec<(Role, String)> {
    let record = sight.incident.watches.get(&phase.id);
    if record.is_some_and(WatchRecord::is_over) {
        return Vec::new();
    }
    let mut told = Vec::new();
    if let Some(record) = record {
        let (began, held) = (record.began.day_time(), record.held_at(sight.now()));
        let held = held.rough();
        told.push((
            Role::Text,
            format!("since {began}, {held} of {} counted", hold.length),
        ));
        told.extend(record.stands_still().map(|why| (Role::Warn, why.to_string())));
    }
    if record.is_none() {
        told.extend(gate_ahead(sight, hold));
    } else if !hold.gate.is_empty() {
        told.extend(gates(sight, hold));
        let rule = "stops while one of them is silent, begins again when one is bad";
        told.push((Role::Dim, rule.to_owned()));
    }
    if record.is_some() {
        told.push((Role::Text, ways_out(sight, hold)));
    }
    told
}

/// How one gate of it looks now, and the word for that.
fn seen(sight: &Sight<'_>, id: &ProbeId) -> Option<(Fact, &'static str)> {
    let fact = probed(sight, sight.incident.procedure.probe(id)?);
    let word = match fact.state {
        State::Ok => "OK",
        State::Crit | State::Warn | State::Unknown | State::Expected => fact.word,
    };
    Some((fact, word))
}

/// The gates of a hold that is still to come, on one line; the worst says how it looks.
fn gate_ahead(sight: &Sight<'_>, hold: &Hold) -> Option<(Role, String)> {
    let found: Vec<_> = hold.gate.iter().map(|id| (id, seen(sight, id))).collect();
    let words: Vec<String> = found
        .iter()
        .map(|(id, seen)| {
            let word = seen.as_ref().map_or("UNKNOWN", |(_, word)| *word);
            format!("{id} {word}")
        })
        .collect();
    let states = found
        .iter()
        .map(|(_, seen)| seen.as_ref().map_or(State::Unknown, |(fact, _)| fact.state));
    let worst = states.min()?;
    Some((worst.role(), format!("only while all are well: {}", words.join(", "))))
}

/// What each of its gates says now.
fn gates(sight: &Sight<'_>, hold: &Hold) -> Vec<(Role, String)> {
    let probes = hold.gate.iter().map(|id| {
        let Some((fact, word)) = seen(sight, id) else {
            return (Role::Unknown, format!("gate {id}: UNKNOWN"));
        };
        let words =
            format!("gate {id}: {word} {} ({} old)", fact.value, fact.age_text(false));
        (fact.state.role(), words)
    });
    probes.collect()
}

fn ways_out(sight: &Sight<'_>, hold: &Hold) -> String {
    let early = format!("{} ends it early", word_of("end-hold"));
    let back: Vec<String> = watch::steps_back(&sight.incident, hold)
        .iter()
        .map(|step| step.number.to_string())
        .collect();
    if back.is_empty() {
        return early;
    }
    format!("{early}; {} at step {} goes back", key_of("undo"), back.join(", "))
}

/// `not before Tue 18 Aug 22:52Z`, or what it is counted from while that has not come.
pub(super) fn not_before(sight: &Sight<'_>, span: Span) -> String {
    let from = &sight.incident.procedure.runbook.terms.windows_from;
    let began = sight.incident.moment(from).filter(|_| sight.declared);
    match began {
        Some(began) => format!("not before {}", (began + span).day_time()),
        None => format!("not before {span} after {}", counted_from(sight)),
    }
}

/// What the runbook's windows are counted from, in words.
pub(super) fn counted_from<'a>(sight: &'a Sight<'_>) -> &'a str {
    let mark = sight.incident.procedure.runbook.terms.windows_from.as_str();
    if mark == "declared" { "declaring" } else { mark }
}
