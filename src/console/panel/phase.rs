//! A phase and its time: what was meant for it, what it has taken, whether it is late.

use super::hold::{counted_from, not_before};
use crate::{
    console::{theme::Role, view::sight::Sight, widget::Row},
    engine::StepRecord,
    model::{Moment, Phase, PhaseTime, Span},
};

/// Its name, its time, and the date it does not begin before.
pub(super) fn heading(sight: &Sight<'_>, phase: &Phase) -> Row {
    let mut row = Row::of(Role::Title, phase.name.to_string());
    if let Some((role, words)) = time(sight, phase) {
        row = row.with(Role::Text, "   ").with(role, words);
    }
    match phase.terms.not_before {
        Some(span) => {
            row.with(Role::Text, "   ").with(Role::Dim, not_before(sight, span))
        }
        None => row,
    }
}

/// Every phase that has a time, for a screen with room.
pub(super) fn rows(sight: &Sight<'_>, width: usize) -> Vec<Row> {
    let phases = sight.incident.procedure.runbook.phases.iter();
    let timed = phases.filter_map(|phase| {
        let (role, words) = time(sight, phase)?;
        let row =
            Row::text(phase.name.to_string()).with(Role::Text, "   ").with(role, words);
        Some(row.cut(width, sight.ascii()))
    });
    let mut rows: Vec<Row> = timed.collect();
    if !rows.is_empty() {
        rows.insert(0, Row::of(Role::Title, "PHASES"));
    }
    rows
}

/// `12:30 of 30:00`, `0:00 to 5:00 after declaring, LATE by 0:01`.
fn time(sight: &Sight<'_>, phase: &Phase) -> Option<(Role, String)> {
    let late = |planned: String, until: Moment| {
        let over = ended(sight, phase).unwrap_or_else(|| sight.now()) - until;
        if sight.declared && over > Span::ZERO {
            (Role::ClockOver, format!("{planned}, LATE by {}", over.clock()))
        } else {
            (Role::Dim, planned)
        }
    };
    Some(match phase.time? {
        PhaseTime::Budget(budget) => spent(sight, phase, budget),
        PhaseTime::Window(from, until) => {
            let mark = counted_from(sight);
            let planned = format!("{} to {} after {mark}", from.clock(), until.clock());
            match sight.incident.window(phase) {
                Some((_, Some(until))) => late(planned, until),
                Some((_, None)) | None => (Role::Dim, planned),
            }
        }
        PhaseTime::From(from) => {
            let mark = counted_from(sight);
            (Role::Dim, format!("from {} after {mark}", from.clock()))
        }
    })
}

/// What it has taken of its budget: from four fifths on it is worth a look.
fn spent(sight: &Sight<'_>, phase: &Phase, budget: Span) -> (Role, String) {
    let Some(began) = began(sight, phase) else {
        return (Role::Dim, format!("within {}", budget.clock()));
    };
    let ended = ended(sight, phase);
    let took = ended.unwrap_or_else(|| sight.now()) - began;
    let words = format!("{} of {}", took.clock(), budget.clock());
    let near = took.as_millis().saturating_mul(5) >= budget.as_millis().saturating_mul(4);
    match (took > budget, near && ended.is_none()) {
        (true, _) => (Role::ClockOver, format!("{words} OVER")),
        (false, true) => (Role::ClockLow, words),
        (false, false) => (Role::Dim, words),
    }
}

fn records<'a>(
    sight: &'a Sight<'_>,
    phase: &'a Phase,
) -> impl Iterator<Item = &'a StepRecord> {
    phase.steps.iter().filter_map(|step| sight.incident.steps.get(&step.id))
}

/// When its first step started. What is done by hand begins with what is written of it, so
/// the first phase begins with the declaration.
fn began(sight: &Sight<'_>, phase: &Phase) -> Option<Moment> {
    if !sight.declared {
        return None;
    }
    let first = sight.incident.procedure.runbook.phases.first();
    if first.is_some_and(|first| first.id == phase.id) {
        return Some(sight.incident.clocks.declared);
    }
    records(sight, phase).filter_map(|record| record.intended_at).min()
}

/// When its last step was through; none while one is open.
fn ended(sight: &Sight<'_>, phase: &Phase) -> Option<Moment> {
    let through = phase.steps.iter().all(|step| sight.incident.lets_go(&step.id));
    records(sight, phase).filter_map(|record| record.ended_at).max().filter(|_| through)
}
