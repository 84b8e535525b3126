//! The stamped moments of an incident, those every incident has and those its steps make,
//! and what is counted from them: windows of phases, the clock of the RTO.

use super::incident::{Incident, StepRecord, StepState};
use crate::model::{
    Action, Errand, Mark, Moment, Phase, PhaseTime, RtoClock, SeverityId, Span, Step,
};

impl Incident {
    /// When `mark` was stamped. One that several steps make (each lane its own) is stamped
    /// once the last of them is through.
    pub fn moment(&self, mark: &Mark) -> Option<Moment> {
        let clocks = &self.clocks;
        match mark.as_str() {
            "impact" => Some(clocks.impact),
            // Nobody declares what nobody has detected.
            "detected" => self.made(mark).or(Some(clocks.declared)),
            "declared" => Some(clocks.declared),
            "decided" => clocks.decided.or_else(|| self.made(mark)),
            "started" => clocks.first_action,
            "verified" => clocks.verified,
            "closed" => clocks.closed,
            _ => self.made(mark),
        }
    }

    fn made(&self, mark: &Mark) -> Option<Moment> {
        self.made_by(mark, |step, record| record.lets_go(step))
    }

    /// When the last step that makes `mark` was done; none while one of them is not
    /// `through`.
    fn made_by(
        &self,
        mark: &Mark,
        through: impl Fn(&Step, &StepRecord) -> bool,
    ) -> Option<Moment> {
        let mut last = None;
        for (step, record) in self.steps().filter(|(step, _)| makes(step) == Some(mark)) {
            if !through(step, record) {
                return None;
            }
            if matches!(record.state, StepState::Done { .. }) {
                last = last.max(record.ended_at);
            }
        }
        last
    }

    /// As [`Incident::moment`], when `step` is done at `now`: for what is decided together
    /// with its end.
    pub(super) fn moment_with(
        &self,
        mark: &Mark,
        step: &Step,
        now: Moment,
    ) -> Option<Moment> {
        if makes(step) != Some(mark) {
            return self.moment(mark);
        }
        let others =
            |one: &Step, record: &StepRecord| one.id == step.id || record.lets_go(one);
        let mut making = self.steps().filter(|(one, _)| makes(one) == Some(mark));
        making.all(|(one, record)| others(one, record)).then_some(now)
    }

    /// Moments only this runbook knows, in the order its steps make them.
    pub fn own_marks(&self) -> Vec<(&Mark, Option<Moment>)> {
        let mut marks: Vec<(&Mark, Option<Moment>)> = Vec::new();
        for mark in self.procedure.runbook.steps().filter_map(makes) {
            let own =
                !mark.is_known() || ["detected", "announced"].contains(&mark.as_str());
            if own && !marks.iter().any(|(known, _)| *known == mark) {
                marks.push((mark, self.moment(mark)));
            }
        }
        marks
    }

    /// Between which moments recovery is measured.
    pub fn rto_clock(&self) -> RtoClock {
        self.procedure.brief.clock.clone().unwrap_or_default()
    }

    /// When the clock of the RTO started; none while it has not.
    pub fn rto_began(&self) -> Option<Moment> {
        self.moment(&self.rto_clock().start)
    }

    /// When it stopped.
    pub fn rto_ended(&self) -> Option<Moment> {
        self.moment(&self.rto_clock().stop)
    }

    /// What recovery took by that clock; none while it runs, and before it does.
    pub fn rto_took(&self) -> Option<Span> {
        Some(self.rto_ended()? - self.rto_began()?)
    }

    /// When work on a phase began: with the first of its steps, at the latest when all
    /// before it was through; none while there is something to do before it.
    fn phase_began(&self, phase: &Phase) -> Option<Moment> {
        let record = |step: &Step| self.steps.get(&step.id);
        let own = phase.steps.iter().filter_map(|step| record(step)?.intended_at).min();
        let phases = &self.procedure.runbook.phases;
        let at = phases.iter().position(|one| one.id == phase.id)?;
        // From the nearest backwards: what is not through stands there, as a rule.
        let earlier = phases.get(..at)?.iter().rev();
        let before = earlier.flat_map(|one| one.steps.iter().rev());
        let through = before.clone().all(|step| self.lets_go(&step.id));
        let last = || before.filter_map(|step| record(step)?.ended_at).max();
        let free = through.then(|| last().unwrap_or(self.clocks.declared));
        own.into_iter().chain(free).min()
    }

    /// When the last step of a phase was through; none while one is not.
    pub fn phase_ended(&self, phase: &Phase) -> Option<Moment> {
        let ends = phase.steps.iter().map(|step| {
            let record = self.steps.get(&step.id)?;
            record.ended_at.filter(|_| record.lets_go(step))
        });
        ends.collect::<Option<Vec<Moment>>>()?.into_iter().max()
    }

    /// From and until of the phase's window, or of its budget, where it has one and what it
    /// is counted from has come.
    pub fn window(&self, phase: &Phase) -> Option<(Moment, Option<Moment>)> {
        let began = || self.moment(&self.procedure.runbook.terms.windows_from);
        match phase.time? {
            PhaseTime::Budget(budget) => {
                let began = self.phase_began(phase)?;
                Some((began, Some(began + budget)))
            }
            PhaseTime::Window(from, until) => {
                let began = began()?;
                Some((began + from, Some(began + until)))
            }
            PhaseTime::From(from) => Some((began()? + from, None)),
        }
    }

    /// How bad it is: as people said last, else as the runbook is meant for.
    pub fn severity(&self) -> Option<&SeverityId> {
        let said = self.severity.as_ref().map(|(severity, _)| severity);
        said.or(self.procedure.runbook.terms.severity.as_ref())
    }
}

/// The moment `step` stamps when it is done.
pub(super) fn makes(step: &Step) -> Option<&Mark> {
    if let Action::Errand(Errand::Mark { mark }) = &step.action {
        return Some(mark);
    }
    step.terms.marks.as_ref()
}
