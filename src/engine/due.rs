//! What workers should be doing right now, derived from the state each time: there is no
//! queue that could be lost or replayed.

use super::{
    incident::{Incident, StepRecord, StepState},
    order::{order, vigils},
    values,
};
use crate::model::{
    Action, Attempt, Errand, IncidentId, Moment, Order, ProbeId, Procedure, Span, Step,
    StepId, Text, Vigil, Work, errand::Until,
};

/// One piece of work for the executor.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    pub attempt: Attempt,
    pub job: Job,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Job {
    /// Make the call. Started once per attempt and process, never after a restart.
    Execute(Work),
    /// Look until the goal is reached, and with it what else is expected; the engine ends it
    /// at the deadline.
    Await { work: Work, vigils: Vec<Vigil>, every: Span },
    /// Look until it is clear what became of a lost answer.
    Reconcile { work: Work, every: Span },
    /// Make the one attempt at something outside the estate. As [`Job::Execute`].
    Carry(Box<Order>),
    /// Look for what an attempt left whose end was not heard.
    Recall { order: Box<Order>, every: Span },
    /// Look until all that is expected was seen.
    Expect { vigils: Vec<Vigil>, every: Span },
    /// Look at a probe until it is `healthy`, or until it is certainly not.
    Look { probe: ProbeId, healthy: bool, every: Span },
}

impl Job {
    /// Which of an attempt's jobs this is: a worker exists once per (step, attempt, stage).
    pub const fn stage(&self) -> Stage {
        match self {
            Self::Execute(_) | Self::Carry(_) => Stage::Act,
            Self::Await { .. } | Self::Look { .. } | Self::Expect { .. } => Stage::Await,
            Self::Reconcile { .. } | Self::Recall { .. } => Stage::Reconcile,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    Act,
    Await,
    Reconcile,
}

/// All work that is due.
pub fn due(incident: &Incident) -> Vec<Due> {
    if incident.is_over() {
        return Vec::new();
    }
    incident
        .steps()
        .filter_map(|(step, record)| {
            let job = job(incident, step, record)?;
            let attempt = Attempt {
                incident: incident.id.clone(),
                step: step.id.clone(),
                number: record.attempt,
                intended_at: record.intended_at?,
            };
            Some(Due { attempt, job })
        })
        .collect()
}

fn job(incident: &Incident, step: &Step, record: &StepRecord) -> Option<Job> {
    // Filling a step takes a while, and most are not under way.
    if !record.state.is_in_flight() {
        return None;
    }
    let every = step.verify.every;
    let filled = values::for_hands(incident, step);
    let work = || current(incident, &filled, record);
    let order = || order(incident, &filled, record).map(Box::new);
    let vigils = || vigils(incident, &filled, record);
    match (&record.state, record.action(&filled)) {
        (StepState::Dispatched, Action::Estate { .. }) => Some(Job::Execute(work()?)),
        (
            StepState::Dispatched,
            Action::Command(_) | Action::Errand(_) | Action::Http(_),
        ) => Some(Job::Carry(order()?)),
        (StepState::Awaiting, Action::Estate { .. }) => {
            Some(Job::Await { work: work()?, vigils: vigils(), every })
        }
        (
            StepState::Awaiting,
            Action::Check { probe }
            | Action::Errand(Errand::Until { until: Until::Probe(probe) }),
        ) if step.terms.expect.is_empty() => {
            let healthy = !step.terms.wants_failure;
            Some(Job::Look { probe: probe.clone(), healthy, every })
        }
        (StepState::InDoubt { .. }, Action::Estate { .. }) => {
            Some(Job::Reconcile { work: work()?, every })
        }
        (StepState::InDoubt { .. }, action) if action.leaves_word() => {
            Some(Job::Recall { order: order()?, every })
        }
        // Its program was found running; it has not ended yet.
        (StepState::Awaiting, action) if action.leaves_word() && !has_ended(record) => {
            Some(Job::Recall { order: order()?, every })
        }
        (StepState::Awaiting, _) if !vigils().is_empty() => {
            Some(Job::Expect { vigils: vigils(), every })
        }
        _ => None,
    }
}

fn has_ended(record: &StepRecord) -> bool {
    record.evidence.as_ref().is_some_and(|evidence| evidence.exit.is_some())
}

fn current(incident: &Incident, step: &Step, record: &StepRecord) -> Option<Work> {
    let at = record.intended_at?;
    let undo_to = record
        .undoing
        .then(|| record.evidence.as_ref().and_then(|evidence| evidence.before.clone()))
        .flatten();
    let intended = Intended {
        incident: incident.id.clone(),
        declared_at: incident.clocks.declared,
        attempt: record.attempt,
        at,
        deadline: record.acted_at.unwrap_or(at) + step.verify.timeout,
        undo_to,
        accepted: record.accepted.clone(),
    };
    work(&incident.procedure, (step, record.action(step)), intended)
}

/// The work `step` would be if it were started now: for previews.
pub fn proposal(incident: &Incident, id: &StepId, now: Moment) -> Option<Work> {
    let (step, record) = incident.step(id)?;
    let step = &values::for_hands(incident, step);
    let intended = Intended {
        incident: incident.id.clone(),
        declared_at: incident.clocks.declared,
        attempt: record.attempt + 1,
        at: now,
        deadline: now + step.verify.timeout,
        undo_to: None,
        accepted: Vec::new(),
    };
    work(&incident.procedure, (step, &step.action), intended)
}

/// As [`proposal`], before anything is declared.
pub fn sketch(procedure: &Procedure, id: &StepId, now: Moment) -> Option<Work> {
    let step = procedure.runbook.step(id)?;
    let intended = Intended {
        incident: "undeclared".into(),
        declared_at: now,
        attempt: 1,
        at: now,
        deadline: now + step.verify.timeout,
        undo_to: None,
        accepted: Vec::new(),
    };
    work(procedure, (step, &step.action), intended)
}

struct Intended {
    incident: IncidentId,
    declared_at: Moment,
    attempt: u32,
    at: Moment,
    deadline: Moment,
    undo_to: Option<Text>,
    accepted: Vec<Text>,
}

fn work(
    procedure: &Procedure,
    (step, action): (&Step, &Action),
    intended: Intended,
) -> Option<Work> {
    let Action::Estate { resource, side, verb, args } = action else {
        return None;
    };
    Some(Work {
        incident: intended.incident,
        declared_at: intended.declared_at,
        step: step.id.clone(),
        attempt: intended.attempt,
        resource: procedure.resource(resource)?.clone(),
        side: side.clone(),
        verb: *verb,
        args: args.clone(),
        sites: procedure.sites.clone(),
        intended_at: intended.at,
        undo_to: intended.undo_to,
        accepted: intended.accepted,
        deadline: intended.deadline,
    })
}
