//! What every client of the room sees: one immutable value, replaced as a whole.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    engine::{Incident, Record},
    model::{Evidence, Moment, ParameterId, Procedure, Span, StepId, Text},
};

/// The state of the world and of the incident, as the room knew it at `at`.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub at: Moment,
    /// What is watched, and would be run: the runbook chosen at the start, or the
    /// incident's own.
    pub procedure: Arc<Procedure>,
    /// None until something is declared.
    pub incident: Option<Arc<Incident>>,
    /// All records, oldest first.
    pub timeline: Arc<Vec<Record>>,
    pub evidence: Arc<Evidence>,
    /// The newest line of each step's worker.
    pub progress: Arc<BTreeMap<StepId, Text>>,
    /// What there is to pick from for values that are picked, or why it is not known.
    pub choices: Arc<Choices>,
    pub alarms: Arc<Vec<Alarm>>,
    pub executor: Executor,
    pub journal: JournalHealth,
    /// Steady seconds per real second: more than 1 only in a drill.
    pub speed: u32,
}

/// What lists of the plan offer, by the value they are for.
pub type Choices = BTreeMap<ParameterId, Result<Vec<Text>, Text>>;

impl Snapshot {
    /// Whether it says more than `before`: a record, an alarm, a worker's line, another
    /// holder. Readings and time alone do not.
    pub fn is_news(&self, before: &Self) -> bool {
        let holder = |executor: &Executor| match executor {
            Executor::Here => Some(None),
            Executor::Elsewhere { holder, .. } => Some(Some(holder.clone())),
            // Nobody is called nothing.
            Executor::Left => Some(Some(Text::default())),
            Executor::Nobody => None,
        };
        let said = |alarm: &Alarm| (alarm.key.clone(), alarm.severity, alarm.expected);
        !Arc::ptr_eq(&self.procedure, &before.procedure)
            || self.timeline.len() != before.timeline.len()
            || self.progress != before.progress
            || !self.alarms.iter().map(said).eq(before.alarms.iter().map(said))
            || holder(&self.executor) != holder(&before.executor)
            || self.journal != before.journal
            || self.speed != before.speed
    }
}

/// Beyond this silence of whoever runs it, everybody else is told how to take over: the
/// next beat is long due.
pub const SILENCE: Span = Span::secs(10);

/// Which process may start steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Executor {
    /// This one.
    Here,
    /// Another one, heard from that long ago.
    Elsewhere { holder: Text, silent: Span },
    /// None: whoever did has left.
    Left,
    /// Nothing is declared.
    Nobody,
}

/// Whether the memory works. While it does not, nothing new starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JournalHealth {
    Ok,
    Failing { why: Text, since: Moment },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Crit,
    Warn,
}

/// Something abnormal, derived from the readings each time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Stays the same while the condition lasts: what acknowledging refers to.
    pub key: Text,
    pub severity: Severity,
    pub text: Text,
    pub since: Moment,
    /// We caused it ourselves: it makes no noise.
    pub expected: bool,
}
