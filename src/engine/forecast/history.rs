//! How long each step took before, from the records of past runs. Pure; who reads the
//! journals hands their records in.
//!
//! What counts: a step that was done, from its first intent to the moment its goal was
//! seen, attempts in between with it. What does not: what was left out, undone, or settled
//! by a person's ruling. What people do (manual steps, questions) is counted from the
//! moment it was their turn, and only in live incidents: the time of a drill runs faster
//! than people.

use std::collections::BTreeMap;

use crate::{
    engine::{
        event::{Event, Record},
        forecast::curve::percentile,
    },
    model::{
        Action, Actor, History, Mode, Moment, Procedure, RunbookId, Span, Step, StepId,
        Text, Took,
    },
};

/// Only the newest runs of a step count: an estate changes.
const NEWEST: usize = 20;

/// What is remembered of one plan's past runs.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    took: BTreeMap<(RunbookId, StepId), Seen>,
}

/// Lengths in milliseconds, the newest run first.
#[derive(Clone, Debug, Default)]
struct Seen {
    live: Vec<f64>,
    drills: Vec<f64>,
}

impl Memory {
    /// Takes in the records of one run, when it is one of `plan`; newest run first.
    /// Whether it was.
    pub fn take(&mut self, plan: &Text, records: &[Record]) -> bool {
        let Some(Event::Declared { mode, procedure, .. }) =
            records.first().map(|record| &record.event)
        else {
            return false;
        };
        if procedure.plan.name != *plan {
            return false;
        }
        let run = Run { mode: *mode, procedure };
        for (step, took) in run.lengths(records) {
            let key = (procedure.runbook.id.clone(), step);
            let seen = self.took.entry(key).or_default();
            let list = match mode {
                Mode::Live => &mut seen.live,
                Mode::Drill => &mut seen.drills,
            };
            if list.len() < NEWEST {
                list.push(super::millis(took));
            }
        }
        true
    }

    /// What is known of the steps of `procedure`.
    pub fn of(&self, procedure: &Procedure) -> BTreeMap<StepId, History> {
        let runbook = &procedure.runbook;
        let known = |step: &Step| {
            let seen = self.took.get(&(runbook.id.clone(), bare(step)))?;
            let history = History { live: took(&seen.live), drills: took(&seen.drills) };
            Some((step.id.clone(), history))
        };
        runbook.steps().filter_map(known).collect()
    }
}

fn took(lengths: &[f64]) -> Option<Took> {
    let mut sorted = lengths.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = u32::try_from(sorted.len()).ok().filter(|count| *count > 0)?;
    let at = |share| super::span(percentile(&sorted, share));
    Some(Took { count, p50: at(0.5), p95: at(0.95) })
}

/// A step's name without its tenant's: lanes do the same thing.
fn bare(step: &Step) -> StepId {
    let lane = step.terms.lane.as_ref().map(|lane| format!("{lane}."));
    let own = lane.and_then(|lane| step.id.as_str().strip_prefix(&lane));
    own.map_or_else(|| step.id.clone(), StepId::new)
}

/// One run being read.
struct Run<'r> {
    mode: Mode,
    procedure: &'r Procedure,
}

impl Run<'_> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "most events say nothing about how long a step took"
    )]
    fn lengths(&self, records: &[Record]) -> Vec<(StepId, Span)> {
        let mut began: BTreeMap<&StepId, Moment> = BTreeMap::new();
        let mut ended: BTreeMap<&StepId, Moment> = BTreeMap::new();
        let mut out = Vec::new();
        let declared = records.first().map(|record| record.at);
        for record in records {
            match &record.event {
                Event::Intended { step, undo: false, .. } => {
                    began.entry(step).or_insert(record.at);
                }
                Event::Intended { step, undo: true, .. } => {
                    began.remove(step);
                    ended.remove(step);
                }
                Event::Ruled { step, .. } | Event::Skipped { step, .. } => {
                    began.remove(step);
                    ended.insert(step, record.at);
                }
                Event::Verified { step, .. } => {
                    let from = began.remove(step);
                    let found = self.procedure.runbook.step(step);
                    if let (Some(from), Some(found)) = (from, found) {
                        let turn = turn(found, &ended).or(declared);
                        out.extend(self.length(found, record, from, turn));
                    }
                    ended.insert(step, record.at);
                }
                _ => {}
            }
        }
        out
    }

    fn length(
        &self,
        step: &Step,
        record: &Record,
        from: Moment,
        turn: Option<Moment>,
    ) -> Option<(StepId, Span)> {
        let from = match &step.action {
            // Its length is what the plan says.
            Action::Wait { .. } => return None,
            Action::Manual { .. } | Action::Approval { .. } => {
                let person = matches!(record.actor, Actor::Person { .. });
                if self.mode == Mode::Drill || !person {
                    return None;
                }
                turn?
            }
            Action::Estate { .. }
            | Action::Command(_)
            | Action::Http(_)
            | Action::Check { .. }
            | Action::Notify { .. }
            | Action::Errand(_) => from,
        };
        Some((bare(step), (record.at - from).max(Span::ZERO)))
    }
}

/// When it was this step's turn: when the last step it needs was over.
fn turn(step: &Step, ended: &BTreeMap<&StepId, Moment>) -> Option<Moment> {
    step.needs.iter().filter_map(|need| ended.get(need)).max().copied()
}
