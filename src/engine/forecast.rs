//! When it will be over: the critical path of what remains, and GO BY, the last moment at
//! which starting still meets the objective.

use std::collections::BTreeMap;

use super::{
    incident::{Incident, StepRecord, StepState},
    marks,
    waits::earliest_of,
    watch::{WatchRecord, needed_by},
};
use crate::model::{
    Estimate, Mark, Moment, Phase, Procedure, Runbook, Span, Step, StepId,
};

/// Where the incident is heading. Estimates are the plan's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// RTO after its clock started; from now on while it has not.
    pub deadline: Moment,
    /// Time from now until healthy for the stability window; half the time no longer.
    pub remaining: Span,
    /// The same, 19 times in 20 no longer.
    pub remaining_p95: Span,
    pub finish: Moment,
    /// Deadline minus finish: negative is a miss.
    pub margin: Span,
    /// The last moment a start of what remains still meets the RTO.
    pub go_by: Moment,
    /// RTO left on the clock; negative is over.
    pub left: Span,
}

/// Looks ahead from `now`; once the clock has stopped, reports what was achieved.
pub fn forecast(incident: &Incident, now: Moment) -> Forecast {
    let objective = incident.procedure.objective;
    let deadline = incident.rto_began().unwrap_or(now) + objective.rto;
    if let Some(ended) = incident.rto_ended() {
        return Forecast {
            deadline,
            remaining: Span::ZERO,
            remaining_p95: Span::ZERO,
            finish: ended,
            margin: deadline - ended,
            go_by: deadline,
            left: deadline - ended,
        };
    }
    let path = |pick: fn(&Estimate) -> Span| remaining(incident, now, pick);
    let remaining = path(|estimate| estimate.p50);
    let finish = now + remaining;
    Forecast {
        deadline,
        remaining,
        remaining_p95: path(|estimate| estimate.p95),
        finish,
        margin: deadline - finish,
        go_by: deadline - remaining,
        left: deadline - now,
    }
}

/// How long the runbook would take if it were started now: half the time no longer.
pub fn from_scratch(procedure: &Procedure) -> Span {
    let ahead = Ahead {
        runbook: &procedure.runbook,
        left: &|step| step.estimate.p50,
        waits: &|step, phase| {
            let floor = step.terms.not_before.max(phase.terms.not_before);
            let delay = step.terms.delay.unwrap_or(Span::ZERO);
            Some(Wait { floor: floor.unwrap_or(Span::ZERO), delay })
        },
        hold: &|phase| phase.terms.hold.as_ref().map(|hold| hold.length),
    };
    ahead.longest(&clock_stop(procedure)) + window(procedure)
}

/// The mark that stops the clock, where a step makes it.
fn clock_stop(procedure: &Procedure) -> Mark {
    procedure.brief.clock.clone().unwrap_or_default().stop
}

/// How long it must stay healthy at the end; nothing where the clock stops at a step.
fn window(procedure: &Procedure) -> Span {
    let stop = clock_stop(procedure);
    let by_step = procedure.runbook.steps().any(|step| marks::makes(step) == Some(&stop));
    if by_step { Span::ZERO } else { procedure.objective.stable }
}

/// The longest chain of what is left, with what only time brings.
fn remaining(incident: &Incident, now: Moment, pick: fn(&Estimate) -> Span) -> Span {
    let ahead = Ahead {
        runbook: &incident.procedure.runbook,
        left: &|step| {
            let record = incident.steps.get(&step.id);
            record.map_or(Span::ZERO, |record| left_of(step, record, now, pick))
        },
        waits: &|step, phase| {
            let record = incident.steps.get(&step.id)?;
            if record.lets_go(step) || record.state.is_in_flight() {
                return None;
            }
            let at = earliest_of(incident, step, phase).unwrap_or(now);
            // A delay that is being counted stands in that moment already.
            let counted = |_: &Span| step.needs.iter().all(|need| incident.lets_go(need));
            let delay = step.terms.delay.filter(|delay| !counted(delay));
            let floor = (at - now).max(Span::ZERO);
            Some(Wait { floor, delay: delay.unwrap_or(Span::ZERO) })
        },
        hold: &|phase| {
            let hold = phase.terms.hold.as_ref()?;
            let record = incident.watches.get(&phase.id);
            if record.is_some_and(WatchRecord::is_over) {
                return None;
            }
            let held = record.map_or(Span::ZERO, |record| record.held_at(now));
            Some((hold.length - held).max(Span::ZERO))
        },
    };
    ahead.longest(&clock_stop(&incident.procedure)) + window(&incident.procedure)
}

/// What a step waits for besides steps.
struct Wait {
    /// How far off it may begin at the earliest.
    floor: Span,
    /// How long after what it needs.
    delay: Span,
}

/// What is left of a runbook, seen from now.
struct Ahead<'a> {
    runbook: &'a Runbook,
    /// How long a step still takes.
    left: &'a dyn Fn(&Step) -> Span,
    /// What it waits for besides steps; none for one that has begun.
    waits: &'a dyn Fn(&Step, &Phase) -> Option<Wait>,
    /// How long the hold of a phase still takes; none without one.
    hold: &'a dyn Fn(&Phase) -> Option<Span>,
}

impl Ahead<'_> {
    /// The end of the longest chain of steps; of those that make `stop`, where some do.
    fn longest(&self, stop: &Mark) -> Span {
        // A plan's needs point at steps of the same runbook and have no cycle; resolving
        // them until nothing changes needs no order and ends after at most one pass per
        // step.
        let mut ends: BTreeMap<&StepId, Span> = BTreeMap::new();
        let phases = self.runbook.phases.iter();
        let holds: Vec<(&Phase, Span, Vec<&StepId>)> = phases
            .filter_map(|phase| {
                Some((phase, (self.hold)(phase)?, needed_by(self.runbook, phase)))
            })
            .collect();
        for _ in 0..self.runbook.steps().count() {
            if !self.pass(&mut ends, &holds) {
                break;
            }
        }
        let making = self.runbook.steps().filter(|step| marks::makes(step) == Some(stop));
        let stops = making.filter_map(|step| ends.get(&step.id)).max().copied();
        stops.or_else(|| ends.into_values().max()).unwrap_or(Span::ZERO)
    }

    /// One pass over all steps; whether anything moved.
    fn pass<'s>(
        &'s self,
        ends: &mut BTreeMap<&'s StepId, Span>,
        holds: &[(&'s Phase, Span, Vec<&'s StepId>)],
    ) -> bool {
        let mut changed = false;
        // Ends of the holds so far, each with the steps it is not closed to.
        let mut closed: Vec<(Span, &[&StepId])> = Vec::new();
        for phase in &self.runbook.phases {
            let mut begins = Span::ZERO;
            for step in &phase.steps {
                let end = self.end(step, phase, ends, &closed);
                changed |= ends.insert(&step.id, end) != Some(end);
                begins = begins.max(end);
            }
            if let Some((_, length, needed)) =
                holds.iter().find(|(held, ..)| held.id == phase.id)
            {
                let before = closed.iter().map(|(end, _)| *end).max();
                let begins = begins.max(before.unwrap_or(Span::ZERO));
                closed.push((begins + *length, needed));
            }
        }
        changed
    }

    fn end(
        &self,
        step: &Step,
        phase: &Phase,
        ends: &BTreeMap<&StepId, Span>,
        closed: &[(Span, &[&StepId])],
    ) -> Span {
        let left = (self.left)(step);
        let Some(wait) = (self.waits)(step, phase) else { return left };
        let needed = step.needs.iter().filter_map(|need| ends.get(need)).max();
        let opens = closed.iter().filter(|(_, open)| !open.contains(&&step.id));
        let opens = opens.map(|(end, _)| *end).max().unwrap_or(Span::ZERO);
        let begins = needed.copied().unwrap_or(Span::ZERO) + wait.delay;
        begins.max(wait.floor).max(opens) + left
    }
}

fn left_of(
    step: &Step,
    record: &StepRecord,
    now: Moment,
    pick: fn(&Estimate) -> Span,
) -> Span {
    let whole = pick(&step.estimate);
    if record.lets_go(step) {
        return Span::ZERO;
    }
    match &record.state {
        StepState::Done { .. } | StepState::Skipped { .. } => Span::ZERO,
        StepState::Dispatched | StepState::Awaiting => {
            let since = record.intended_at.map_or(Span::ZERO, |at| now - at);
            (whole - since).max(Span::ZERO)
        }
        StepState::Todo
        | StepState::Failed { .. }
        | StepState::Refused { .. }
        | StepState::InDoubt { .. }
        | StepState::Undone => whole,
    }
}
