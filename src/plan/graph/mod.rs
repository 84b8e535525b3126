//! A runbook drawn: what waits for what, in phases, with the chain that decides how long it
//! takes. For terminals, for Graphviz, and as a picture of its own; nothing is started to
//! draw it. What a plan wrote is text in all of them, never markup.

mod dot;
mod svg;
mod text;

use std::collections::{BTreeMap, BTreeSet};

pub use dot::dot;
pub use svg::svg;
pub use text::text;

use crate::model::{Phase, PhaseTime, Runbook, Step, StepId};

/// What is drawn.
#[derive(Clone, Debug)]
pub struct Graph<'p> {
    pub runbook: &'p Runbook,
    /// The chain of steps that decides when it is over.
    pub critical: BTreeSet<StepId>,
    /// How long each step takes: `~5m`.
    pub takes: BTreeMap<StepId, String>,
    /// How long all of it takes, in words.
    pub total: String,
}

impl Graph<'_> {
    fn is_critical(&self, step: &StepId) -> bool {
        self.critical.contains(step)
    }

    /// Whether the critical path runs from one to the other: both are on it, and the second
    /// waits for the first.
    fn is_critical_edge(&self, from: &StepId, to: &Step) -> bool {
        self.is_critical(from) && self.is_critical(&to.id)
    }

    fn takes(&self, step: &StepId) -> &str {
        self.takes.get(step).map_or("", String::as_str)
    }

    /// Needs that are steps of this runbook.
    fn needs<'s>(&'s self, step: &'s Step) -> impl Iterator<Item = &'s Step> {
        step.needs.iter().filter_map(|need| self.runbook.step(need))
    }
}

/// `budget 10m`, `from 5m to 10m`, `not before 2d`, `holds 1d`: when a phase may run, and
/// how long it is watched at its end.
fn terms(phase: &Phase) -> Vec<String> {
    let time = phase.time.map(|time| match time {
        PhaseTime::Budget(budget) => format!("budget {budget}"),
        PhaseTime::Window(from, until) => format!("{from} to {until}"),
        PhaseTime::From(from) => format!("from {from}"),
    });
    let later = phase.terms.not_before.map(|span| format!("not before {span}"));
    let hold = phase.terms.hold.as_ref().map(|hold| format!("holds {}", hold.length));
    time.into_iter().chain(later).chain(hold).collect()
}

/// At most `limit` characters.
fn cut(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let kept: String = text.chars().take(limit.saturating_sub(2)).collect();
    format!("{}..", kept.trim_end())
}
