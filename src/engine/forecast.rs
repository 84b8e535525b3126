//! When it will be over: the critical path of what remains, and GO BY, the last moment at
//! which starting still meets the objective.

use std::collections::BTreeMap;

use super::incident::{Incident, StepRecord, StepState};
use crate::model::{Estimate, Moment, Procedure, Span, Step, StepId};

/// Where the incident is heading. Estimates are the plan's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// Impact plus RTO.
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

/// Looks ahead from `now`; once verified, reports what was achieved.
pub fn forecast(incident: &Incident, now: Moment) -> Forecast {
    let objective = incident.procedure.objective;
    let deadline = incident.clocks.impact + objective.rto;
    if let Some(verified) = incident.clocks.verified {
        return Forecast {
            deadline,
            remaining: Span::ZERO,
            remaining_p95: Span::ZERO,
            finish: verified,
            margin: deadline - verified,
            go_by: deadline,
            left: deadline - verified,
        };
    }
    let path = |pick: fn(&Estimate) -> Span| {
        critical_path(incident, now, pick) + objective.stable
    };
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
    let steps: Vec<(&Step, Span)> =
        procedure.runbook.steps().map(|step| (step, step.estimate.p50)).collect();
    longest(&steps) + procedure.objective.stable
}

/// The longest chain of unsettled steps.
fn critical_path(incident: &Incident, now: Moment, pick: fn(&Estimate) -> Span) -> Span {
    let steps: Vec<(&Step, Span)> = incident
        .steps()
        .map(|(step, record)| (step, left_of(step, record, now, pick)))
        .collect();
    longest(&steps)
}

/// The longest chain through steps of the given lengths.
fn longest(steps: &[(&Step, Span)]) -> Span {
    // A plan's needs point at steps of the same runbook and have no cycle; resolving them
    // until nothing changes needs no order and ends after at most one pass per step.
    let mut ends: BTreeMap<&StepId, Span> = BTreeMap::new();
    for _ in 0..steps.len() {
        let mut changed = false;
        for (step, length) in steps {
            let needed = step.needs.iter().filter_map(|need| ends.get(need)).max();
            let end = needed.copied().unwrap_or(Span::ZERO) + *length;
            changed |= ends.insert(&step.id, end) != Some(end);
        }
        if !changed {
            break;
        }
    }
    ends.into_values().max().unwrap_or(Span::ZERO)
}

fn left_of(
    step: &Step,
    record: &StepRecord,
    now: Moment,
    pick: fn(&Estimate) -> Span,
) -> Span {
    let whole = pick(&step.estimate);
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
