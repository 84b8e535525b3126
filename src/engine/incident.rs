//! The incident as it stands: the fold of its records and of nothing else.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    ending::end,
    event::{Event, Record, RpoSeal},
    raise::Raised,
    talk::{Speech, Talk},
    values::Values,
    watch::WatchRecord,
};
use crate::model::{
    Action, Evidenced, Failure, IncidentId, Mode, Moment, Observation, OnFail, PersonId,
    PhaseId, Procedure, Seat, ServiceId, SeverityId, SiteId, Span, Step, StepId, Text,
    Verb, goal,
};

/// Where one step stands.
#[derive(Clone, Debug, PartialEq)]
pub enum StepState {
    Todo,
    /// The intent is durable; the call may be on its way.
    Dispatched,
    /// Accepted; the goal is awaited.
    Awaiting,
    Done {
        value: Text,
    },
    Failed {
        failure: Failure,
        reason: Text,
    },
    /// The service, or the answer of a named person, was no.
    Refused {
        reason: Text,
    },
    /// Sent, and nobody knows what became of it.
    InDoubt {
        why: Text,
    },
    Skipped {
        reason: Text,
    },
    Undone,
}

impl StepState {
    /// Whether it needs nothing more. What waits for it may go on sooner: see
    /// [`StepRecord::lets_go`].
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Skipped { .. })
    }

    /// Whether work is going on, or may be.
    pub fn is_in_flight(&self) -> bool {
        matches!(self, Self::Dispatched | Self::Awaiting | Self::InDoubt { .. })
    }
}

/// An approval as given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    pub by: PersonId,
    pub words: Text,
    pub at: Moment,
    pub until: Moment,
}

/// One step's history.
#[derive(Clone, Debug, PartialEq)]
pub struct StepRecord {
    pub state: StepState,
    /// Attempts so far, undo attempts included.
    pub attempt: u32,
    /// Whether the newest attempt is an undo.
    pub undoing: bool,
    pub intended_at: Option<Moment>,
    pub acted_at: Option<Moment>,
    /// What the service said when it accepted the newest attempt, an undo's too.
    pub accepted: Vec<Text>,
    pub ended_at: Option<Moment>,
    pub by: Option<PersonId>,
    /// What the newest non-undo attempt brought back, with the value to put back: the one
    /// before the first attempt since it was last undone.
    pub evidence: Option<Evidenced>,
    /// What was seen when the newest non-undo attempt was intended.
    seen: Option<Observation>,
    pub asked_at: Option<(Moment, PersonId)>,
    pub approval: Option<Approval>,
    pub solo: Option<(Moment, PersonId, Text)>,
    /// Checks accepted by name, with reason and person.
    pub overrides: BTreeMap<Text, (Text, PersonId)>,
}

impl StepRecord {
    /// Whether what waits for `step`, whose record this is, may go on: it is settled, or it
    /// failed and the plan says to go on then.
    pub fn lets_go(&self, step: &Step) -> bool {
        let failed =
            matches!(self.state, StepState::Failed { .. } | StepState::Refused { .. });
        self.state.is_settled() || failed && step.terms.on_fail == OnFail::Continue
    }

    /// Takes in what an attempt at `verb` brought back. An answer that was lost took the
    /// value before with it: then what was seen at the intent may tell it, and a second
    /// attempt that found the work done saw it too late.
    fn acted(&mut self, verb: Option<Verb>, evidence: &Evidenced) {
        let first = self.evidence.take().and_then(|evidence| evidence.before);
        let told = || evidence.before.clone();
        let seen = || goal::value(verb?, self.seen.as_ref()?);
        let before = first.or_else(told).or_else(seen);
        self.evidence = Some(Evidenced { before, ..evidence.clone() });
    }

    const fn new() -> Self {
        Self {
            state: StepState::Todo,
            attempt: 0,
            undoing: false,
            intended_at: None,
            acted_at: None,
            accepted: Vec::new(),
            ended_at: None,
            by: None,
            evidence: None,
            seen: None,
            asked_at: None,
            approval: None,
            solo: None,
            overrides: BTreeMap::new(),
        }
    }
}

/// The stamped facts objectives are measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clocks {
    pub impact: Moment,
    pub declared: Moment,
    pub decided: Option<Moment>,
    pub first_action: Option<Moment>,
    /// Every service of the runbook was seen healthy for its window.
    pub verified: Option<Moment>,
    pub closed: Option<Moment>,
}

/// A service since its steps were done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceRecord {
    pub healthy: Option<bool>,
    pub value: Text,
    /// Since when the verdict has been what it is.
    pub since: Moment,
    pub recovered: Option<Moment>,
}

/// One incident or drill.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    pub id: IncidentId,
    pub mode: Mode,
    pub procedure: Arc<Procedure>,
    pub reason: Text,
    pub clocks: Clocks,
    pub seats: BTreeMap<Seat, PersonId>,
    pub steps: BTreeMap<StepId, StepRecord>,
    pub services: BTreeMap<ServiceId, ServiceRecord>,
    /// Set while on HOLD.
    pub hold: Option<(Moment, Text)>,
    pub aborted: Option<(Moment, Text)>,
    pub closed: Option<Text>,
    pub seals: Vec<RpoSeal>,
    /// The waits at the ends of phases that have begun.
    pub watches: BTreeMap<PhaseId, WatchRecord>,
    /// What the plan wants people told, oldest first.
    pub raised: Vec<Raised>,
    /// As people said; else see [`Incident::severity`].
    pub(super) severity: Option<(SeverityId, Moment)>,
    pub talk: Talk,
    pub values: Values,
    pub holder: Option<Text>,
    /// The lease that was taken last and has put in doubt what was open before it.
    pub epoch: u64,
    /// How far the wall clock is known to stand from steady time: as in the first record
    /// that tells, moved by every step recorded since. None in a drill.
    pub wall: Option<Span>,
    /// The newest record folded in.
    pub seq: u64,
    /// Its hash.
    pub head: String,
}

/// A journal that cannot be folded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    #[error("the journal of {0} is empty")]
    Empty(IncidentId),
    #[error("record 1 of {0} is not a declaration")]
    NotDeclared(IncidentId),
    #[error("record {seq} names step `{step}`, which the procedure does not have")]
    NoSuchStep { seq: u64, step: StepId },
}

impl Incident {
    /// Folds a whole journal.
    ///
    /// # Errors
    /// [`FoldError`] when the records do not tell a story.
    pub fn fold(id: &IncidentId, records: &[Record]) -> Result<Self, FoldError> {
        let (first, rest) =
            records.split_first().ok_or_else(|| FoldError::Empty(id.clone()))?;
        let mut incident = Self::declared(id, first)?;
        for record in rest {
            incident.apply(record)?;
        }
        Ok(incident)
    }

    fn declared(id: &IncidentId, record: &Record) -> Result<Self, FoldError> {
        let Event::Declared { mode, procedure, impact_at, reason } = &record.event else {
            return Err(FoldError::NotDeclared(id.clone()));
        };
        let steps = procedure
            .runbook
            .steps()
            .map(|step| (step.id.clone(), StepRecord::new()))
            .collect();
        let mut incident = Self {
            id: id.clone(),
            mode: *mode,
            procedure: Arc::new(procedure.as_ref().clone()),
            reason: reason.clone(),
            clocks: Clocks {
                impact: *impact_at,
                declared: record.at,
                decided: None,
                first_action: None,
                verified: None,
                closed: None,
            },
            seats: BTreeMap::new(),
            steps,
            services: BTreeMap::new(),
            hold: None,
            aborted: None,
            closed: None,
            seals: Vec::new(),
            watches: BTreeMap::new(),
            raised: Vec::new(),
            severity: None,
            talk: Talk::default(),
            values: Values::default(),
            holder: None,
            epoch: 0,
            wall: None,
            seq: record.seq,
            head: record.hash.clone(),
        };
        incident.told_time(record);
        incident.settle(Arc::clone(&incident.procedure));
        Ok(incident)
    }

    /// The first record that tells says where the wall clock stood.
    fn told_time(&mut self, record: &Record) {
        if let (None, Some(stamp)) = (self.wall, &record.stamp) {
            self.wall = Some(stamp.wall - record.at);
        }
    }

    pub fn step(&self, id: &StepId) -> Option<(&Step, &StepRecord)> {
        Some((self.procedure.runbook.step(id)?, self.steps.get(id)?))
    }

    /// Steps in the runbook's order with their records.
    pub fn steps(&self) -> impl Iterator<Item = (&Step, &StepRecord)> {
        self.procedure
            .runbook
            .steps()
            .filter_map(|step| Some((step, self.steps.get(&step.id)?)))
    }

    /// The next step a person would start: the first, in order, that others wait for and
    /// that is not in flight. After an abort only clean-up is left.
    pub fn next(&self) -> Option<&Step> {
        let open = |(step, record): &(&Step, &StepRecord)| {
            let starts = self.aborted.is_none() || step.terms.always;
            starts && !record.lets_go(step) && !record.state.is_in_flight()
        };
        self.steps().find(open).map(|(step, _)| step)
    }

    /// Whether what waits for step `id` may go on.
    pub fn lets_go(&self, id: &StepId) -> bool {
        let Some(record) = self.steps.get(id) else { return false };
        let step = || self.procedure.runbook.step(id);
        record.state.is_settled() || step().is_some_and(|step| record.lets_go(step))
    }

    pub fn in_flight(&self) -> impl Iterator<Item = &Step> {
        self.steps()
            .filter(|(_, record)| record.state.is_in_flight())
            .map(|(step, _)| step)
    }

    pub fn is_over(&self) -> bool {
        self.closed.is_some()
    }

    /// Whether we ourselves took writes away from `site`: then "down" is expected.
    pub fn took_down(&self, site: &SiteId) -> bool {
        self.steps().any(|(step, record)| {
            let done = matches!(record.state, StepState::Done { .. });
            done && step.action.estate().is_some_and(|(_, side, verb)| {
                side == site && matches!(verb, Verb::Fence | Verb::Stop)
            })
        })
    }

    /// Folds in the next record.
    ///
    /// # Errors
    /// [`FoldError`] when the record names what does not exist.
    pub fn apply(&mut self, record: &Record) -> Result<(), FoldError> {
        self.seq = record.seq;
        self.head.clone_from(&record.hash);
        self.told_time(record);
        self.talk.hear(record, &self.procedure);
        match &record.event {
            Event::Declared { .. } => {
                return Err(FoldError::NotDeclared(self.id.clone()));
            }
            Event::ImpactMoved { at, .. } => self.clocks.impact = *at,
            Event::SeatTaken { seat, person } => {
                self.seats.insert(*seat, person.clone());
            }
            Event::Decided { .. } => {
                self.clocks.decided.get_or_insert(record.at);
            }
            Event::Held { reason } => self.hold = Some((record.at, reason.clone())),
            Event::Resumed => self.hold = None,
            Event::Aborted { reason } => self.aborted = Some((record.at, reason.clone())),
            Event::HealthChanged { service, healthy, value } => {
                self.health(service, *healthy, value, record.at);
            }
            Event::ServiceRecovered { service } => self.recovered(service, record.at),
            Event::LeaseTaken { holder, epoch } => {
                self.holder = Some(holder.clone());
                self.epoch = *epoch;
                self.unwatched();
            }
            Event::Watched { phase, watch } => self.watched(phase, watch, record.at),
            Event::Raised { step, what, because } => {
                self.raised.push(Raised::of(record.at, step, what, because));
            }
            Event::SeveritySet { severity, .. } => self.named(severity, record.at),
            Event::PlanAdopted { procedure, .. } => self.adopt(procedure),
            Event::Closed { summary } => {
                self.closed = Some(summary.clone());
                self.clocks.closed = Some(record.at);
            }
            Event::Spoken { speech: Speech::TakenBack { step: Some(step), .. } } => {
                self.reopen(step, record.seq)?;
            }
            Event::ClockStepped { by } => self.wall = self.wall.map(|wall| wall + *by),
            Event::Noted { .. } | Event::Spoken { .. } | Event::OutOfOrder { .. } => {}
            Event::ValuesGiven { values, .. } => self.take_values(record, values),
            Event::Acted { step, .. } | Event::OutputsRead { step, .. } => {
                self.apply_to(&step.clone(), record)?;
                self.refill();
            }
            Event::ApprovalAsked { step }
            | Event::ApprovalGiven { step, .. }
            | Event::SoloAsked { step, .. }
            | Event::Overridden { step, .. }
            | Event::Intended { step, .. }
            | Event::Verified { step, .. }
            | Event::Failed { step, .. }
            | Event::Refused { step, .. }
            | Event::Doubted { step, .. }
            | Event::Ruled { step, .. }
            | Event::Skipped { step, .. }
            | Event::PassedOver { step, .. } => {
                self.apply_to(step, record)?;
                self.reopened(step);
            }
        }
        Ok(())
    }

    /// A tick that was taken back: the step waits as it did before; its attempts count on.
    fn reopen(&mut self, id: &StepId, seq: u64) -> Result<(), FoldError> {
        let missing = || FoldError::NoSuchStep { seq, step: id.clone() };
        let step = self.steps.get_mut(id).ok_or_else(missing)?;
        step.state = StepState::Todo;
        (step.intended_at, step.ended_at, step.by) = (None, None, None);
        self.reopened(id);
        Ok(())
    }

    fn health(
        &mut self,
        id: &ServiceId,
        healthy: Option<bool>,
        value: &Text,
        at: Moment,
    ) {
        let recovered = self.services.get(id).and_then(|service| service.recovered);
        self.services.insert(
            id.clone(),
            ServiceRecord { healthy, value: value.clone(), since: at, recovered },
        );
    }

    fn recovered(&mut self, id: &ServiceId, at: Moment) {
        if let Some(service) = self.services.get_mut(id) {
            service.recovered = Some(at);
        }
        let all = self.procedure.services.iter().all(|service| {
            self.services
                .get(&service.id)
                .is_some_and(|record| record.recovered.is_some())
        });
        if all {
            self.clocks.verified.get_or_insert(at);
        }
    }

    fn adopt(&mut self, procedure: &Procedure) {
        for step in procedure.runbook.steps() {
            self.steps.entry(step.id.clone()).or_insert_with(StepRecord::new);
        }
        self.settle(Arc::new(procedure.clone()));
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "`apply` sends only events about a step here; the rest ends attempts"
    )]
    fn apply_to(&mut self, id: &StepId, record: &Record) -> Result<(), FoldError> {
        let missing = || FoldError::NoSuchStep { seq: record.seq, step: id.clone() };
        let action = self.procedure.runbook.step(id).map(|step| &step.action);
        let verb = action.and_then(Action::estate).map(|(_, _, verb)| verb);
        let step = self.steps.get_mut(id).ok_or_else(missing)?;
        let at = record.at;
        let who = || record.actor.person().cloned().unwrap_or_else(|| "system".into());
        match &record.event {
            Event::ApprovalAsked { .. } => step.asked_at = Some((at, who())),
            Event::ApprovalGiven { words, until, .. } => {
                let words = words.clone();
                step.approval = Some(Approval { by: who(), words, at, until: *until });
            }
            Event::SoloAsked { reason, .. } => {
                step.solo = Some((at, who(), reason.clone()));
            }
            Event::Overridden { check, reason, .. } => {
                step.overrides.insert(check.clone(), (reason.clone(), who()));
            }
            Event::Intended { attempt, undo, seal, before, .. } => {
                if !undo {
                    if step.state == StepState::Undone {
                        step.evidence = None;
                    }
                    step.seen.clone_from(before);
                }
                step.state = StepState::Dispatched;
                step.attempt = *attempt;
                step.undoing = *undo;
                step.intended_at = Some(at);
                step.acted_at = None;
                step.accepted.clear();
                step.ended_at = None;
                step.by = Some(who());
                // Used up: another attempt needs another yes.
                step.approval = None;
                step.asked_at = None;
                step.solo = None;
                step.overrides.clear();
                self.seals.extend(seal.clone());
                self.clocks.first_action.get_or_insert(at);
            }
            Event::Acted { evidence, .. } => {
                step.state = StepState::Awaiting;
                step.acted_at = Some(at);
                step.accepted.clone_from(&evidence.raw);
                if !step.undoing {
                    step.acted(verb, evidence);
                }
            }
            Event::OutputsRead { outputs, .. } => {
                step.evidence.get_or_insert_default().outputs.extend(outputs.clone());
            }
            event => end(step, event, &record.actor, at),
        }
        Ok(())
    }
}
