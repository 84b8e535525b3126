//! Lanes: one tenant's part of an incident each. How every one of them stands, what is next
//! in it, and which steps a person sees who looks at one. Pure; it decides nothing, and a
//! lane in trouble never stands before the others.

use super::Model;
use crate::{
    engine::{Incident, StepRecord, StepState},
    model::{Lane, Step, TenantId},
};

/// How one lane stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub lane: Lane,
    pub done: usize,
    pub all: usize,
    pub state: State,
}

/// What is to be said of a lane first; the number is the step's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Failed(u32),
    InDoubt(u32),
    Running(u32),
    Next(u32),
    Through,
}

impl State {
    /// Whether somebody must look.
    pub const fn is_trouble(self) -> bool {
        matches!(self, Self::Failed(_) | Self::InDoubt(_))
    }

    /// `FAILED 13`.
    pub fn told(self) -> String {
        match self {
            Self::Failed(step) => format!("FAILED {step}"),
            Self::InDoubt(step) => format!("IN DOUBT {step}"),
            Self::Running(step) => format!("running {step}"),
            Self::Next(step) => format!("next {step}"),
            Self::Through => "through".to_owned(),
        }
    }

    fn of(step: &Step, record: &StepRecord) -> Self {
        match record.state {
            StepState::Failed { .. } | StepState::Refused { .. }
                if !record.lets_go(step) =>
            {
                Self::Failed(step.number)
            }
            StepState::InDoubt { .. } => Self::InDoubt(step.number),
            StepState::Dispatched | StepState::Awaiting => Self::Running(step.number),
            StepState::Todo | StepState::Undone => Self::Next(step.number),
            StepState::Done { .. }
            | StepState::Skipped { .. }
            | StepState::Failed { .. }
            | StepState::Refused { .. } => Self::Through,
        }
    }
}

/// Every lane, in the plan's order: one pass over the steps.
pub fn standings(incident: &Incident) -> Vec<Standing> {
    let lanes = incident.procedure.brief.lanes.iter();
    let mut all: Vec<Standing> = lanes
        .map(|lane| Standing {
            lane: lane.clone(),
            done: 0,
            all: 0,
            state: State::Through,
        })
        .collect();
    if all.is_empty() {
        return all;
    }
    for (step, record) in incident.steps() {
        let Some(id) = &step.terms.lane else { continue };
        let Some(one) = all.iter_mut().find(|one| one.lane.tenant == *id) else {
            continue;
        };
        one.all += 1;
        one.done += usize::from(record.state.is_settled());
        // Trouble is said before what runs, and that before what comes.
        one.state = one.state.min(State::of(step, record));
    }
    all
}

/// Whether somebody who looks at `lane` sees `step`: its own, and what all lanes share.
pub fn shows(lane: Option<&TenantId>, step: &Step) -> bool {
    lane.is_none() || step.terms.lane.is_none() || step.terms.lane.as_ref() == lane
}

/// What comes next for somebody who looks at `lane`, or at all of them. Where the first
/// that is open failed or is in doubt in one lane, what another can begin goes before it.
pub fn next<'a>(incident: &'a Incident, lane: Option<&TenantId>) -> Option<&'a Step> {
    let first = || incident.next();
    if incident.procedure.brief.lanes.is_empty() {
        return first();
    }
    let open = |(step, record): &(&Step, &StepRecord)| {
        let starts = incident.aborted.is_none() || step.terms.always;
        let done = record.lets_go(step) || record.state.is_in_flight();
        starts && !done && shows(lane, step)
    };
    let mut open_steps = incident.steps().filter(open);
    let (step, record) = open_steps.next()?;
    if !is_stuck(incident, step, record) || lane.is_some() {
        return Some(step);
    }
    open_steps
        .find(|(step, record)| is_free(incident, step, record))
        .map_or(Some(step), |(other, _)| Some(other))
}

/// Whether it was not begun and waits for no step.
fn is_free(incident: &Incident, step: &Step, record: &StepRecord) -> bool {
    matches!(record.state, StepState::Todo | StepState::Undone)
        && step.needs.iter().all(|need| incident.lets_go(need))
}

/// Whether a lane's own step waits for a person, or for a step that does.
fn is_stuck(incident: &Incident, step: &Step, record: &StepRecord) -> bool {
    let trouble = |step: &Step, record: &StepRecord| State::of(step, record).is_trouble();
    let behind = || {
        let mut needs = step.needs.iter().filter_map(|need| incident.step(need));
        needs.any(|(step, record)| trouble(step, record))
    };
    step.terms.lane.is_some() && (trouble(step, record) || behind())
}

/// A step in doubt that is to be said before anything else: one that all lanes wait for,
/// of the lane that is looked at, or of any while no other lane can go on.
pub fn in_doubt<'a>(incident: &'a Incident, lane: Option<&TenantId>) -> Option<&'a Step> {
    let doubt = |record: &StepRecord| matches!(record.state, StepState::InDoubt { .. });
    let mut found = incident.steps().filter(|(_, record)| doubt(record));
    let (step, _) = found.find(|(step, _)| shows(lane, step))?;
    let elsewhere = || {
        let found = next(incident, lane).and_then(|next| incident.step(&next.id));
        found.is_some_and(|found| is_free(incident, found.0, found.1))
    };
    let own = step.terms.lane.is_some() && lane.is_none();
    (!own || !elsewhere()).then_some(step)
}

impl Model {
    /// Every lane of what runs, or would be run.
    pub fn lanes(&self) -> &[Lane] {
        let incident = self.snapshot.incident.as_ref();
        let procedure = incident.map(|incident| &incident.procedure);
        &procedure.unwrap_or(&self.snapshot.procedure).brief.lanes
    }

    /// The lane that is looked at, while the run has it.
    pub fn lane(&self) -> Option<&TenantId> {
        let lanes = self.lanes();
        self.lane.as_ref().filter(|id| lanes.iter().any(|lane| lane.tenant == **id))
    }
}
