//! What one frame is drawn from: the model, and what the engine's pure functions make of
//! it at this moment. Computed once a frame, so that two panes never disagree.

use std::sync::Arc;

use super::look::Look;
use crate::{
    console::{Model, lane, widget::Border},
    engine::{Exposure, Forecast, Gate, Incident, Time, exposures, gate},
    model::{Evidence, Mode, Moment, Step, StepId, Text},
    room::{Alarm, Executor, JournalHealth, SILENCE, Severity, Snapshot},
};

#[derive(Debug)]
pub struct Sight<'a> {
    pub model: &'a Model,
    pub look: &'a Look,
    /// The incident, or what it would be if it were declared now.
    pub incident: Arc<Incident>,
    pub declared: bool,
    pub forecast: Forecast,
    pub exposures: Vec<Exposure>,
    /// How every lane stands; empty where the run has none.
    pub lanes: Vec<lane::Standing>,
    /// The step the plan pane points at.
    pub cursor: Option<StepId>,
}

/// Counted once for header and alarm line.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlarmCount {
    pub crit: usize,
    pub warn: usize,
    pub shelved: usize,
}

impl<'a> Sight<'a> {
    /// None only if an incident cannot even be imagined, which the fold rules out.
    pub fn of(model: &'a Model, look: &'a Look) -> Option<Self> {
        let snapshot = &model.snapshot;
        let (incident, declared) = match &snapshot.incident {
            Some(incident) => (Arc::clone(incident), true),
            None => (Arc::new(imagined(model)?), false),
        };
        let ahead = model.forecast(&incident);
        let at_risk = exposures(&incident, &snapshot.evidence, model.now);
        let lanes = lane::standings(&incident);
        let cursor = model.cursor().cloned();
        let (forecast, exposures) = (ahead, at_risk);
        Some(Self { model, look, incident, declared, forecast, exposures, lanes, cursor })
    }

    /// What comes next for whoever looks here.
    pub fn next(&self) -> Option<&Step> {
        lane::next(&self.incident, self.model.lane())
    }

    pub const fn now(&self) -> Moment {
        self.model.now
    }

    pub fn snapshot(&self) -> &Snapshot {
        &self.model.snapshot
    }

    pub fn evidence(&self) -> &Evidence {
        &self.model.snapshot.evidence
    }

    pub const fn ascii(&self) -> bool {
        self.look.ascii
    }

    pub fn gate(&self, step: &Step) -> Gate {
        gate(&self.incident, &step.id, self.evidence(), self.now()).unwrap_or_default()
    }

    /// How long a step takes, and who says so.
    pub fn time(&self, step: &Step) -> Time {
        Time::of(&self.incident.procedure, step)
    }

    /// The border of panes: a drill is hatched, everything else is plain.
    pub const fn border(&self) -> Border {
        match self.model.session.mode {
            Mode::Drill => Border::Hatched,
            Mode::Live => Border::Plain,
        }
    }

    /// The border of a dialog that can change the world it names.
    pub const fn danger(&self) -> Border {
        match self.model.session.mode {
            Mode::Drill => Border::Hatched,
            Mode::Live => Border::Double,
        }
    }

    /// Why no step can be started from here, whatever its gate says.
    pub fn powerless(&self) -> Option<String> {
        let snapshot = self.snapshot();
        if let JournalHealth::Failing { .. } = &snapshot.journal {
            return Some("journal fails: nothing new starts".to_owned());
        }
        let over = if self.model.session.read_only { "" } else { ": :take-over" };
        match &snapshot.executor {
            Executor::Left if self.is_left() => {
                return Some(format!("NOBODY RUNS IT{over}"));
            }
            Executor::Elsewhere { holder, silent } if *silent > SILENCE => {
                return Some(format!(
                    "{} silent {}{over}",
                    name_of(holder),
                    silent.age()
                ));
            }
            Executor::Elsewhere { holder, .. } => {
                return Some(format!("{} runs it", name_of(holder)));
            }
            Executor::Left | Executor::Here | Executor::Nobody => {}
        }
        self.model.session.read_only.then(|| "read-only".to_owned())
    }

    /// Whether there is something to run and whoever ran it has left.
    pub fn is_left(&self) -> bool {
        let open = self.declared && !self.incident.is_over();
        open && self.snapshot().executor == Executor::Left
    }

    /// Alarms that make noise: not expected, not shelved; the worst and oldest first.
    pub fn alarms(&self) -> Vec<&Alarm> {
        let mut shown: Vec<&Alarm> =
            self.snapshot().alarms.iter().filter(|alarm| !self.is_quiet(alarm)).collect();
        shown.sort_by_key(|alarm| {
            let seen = self.model.acknowledged.contains_key(&alarm.key);
            (alarm.severity, seen, alarm.since)
        });
        shown
    }

    pub fn alarm_count(&self) -> AlarmCount {
        let mut count = AlarmCount::default();
        for alarm in self.snapshot().alarms.iter().filter(|alarm| !alarm.expected) {
            match alarm.severity {
                _ if self.is_quiet(alarm) => count.shelved += 1,
                Severity::Crit => count.crit += 1,
                Severity::Warn => count.warn += 1,
            }
        }
        count
    }

    fn is_quiet(&self, alarm: &Alarm) -> bool {
        let put_aside = self.model.shelved.get(&alarm.key);
        alarm.expected || put_aside.is_some_and(|(until, _)| *until > self.now())
    }
}

/// The incident as it would begin now: what readiness is measured by.
fn imagined(model: &Model) -> Option<Incident> {
    Incident::imagined(model.session.mode, &model.snapshot.procedure, model.now)
}

/// `anna` of `anna (pts/11 on bastion-7, pid 20988)`: who, without where.
pub(super) fn name_of(holder: &Text) -> &str {
    holder.as_str().split(" (").next().unwrap_or_default()
}
