//! What happened: the only thing state is made of. Past tense; never changed, only added.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Gate, Incident, Speech, raise::Because, watch::Watch};
use crate::model::{
    Actor, Condition, Evidenced, Failure, Mode, Moment, Observation, ParameterId,
    PersonId, PhaseId, Procedure, ResourceId, Seat, ServiceId, SeverityId, Span, Stamp,
    StepId, Text,
};

/// How a person confirmed a step: what they typed, at which dialog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The words typed, for example `LIVE us-west-2`.
    pub typed: Text,
    /// When the dialog that showed the facts was opened.
    pub opened_at: Moment,
    /// The plan the dialog was drawn from.
    pub plan_digest: String,
    /// The class of every check as the dialog showed it (see `gate::fingerprint`).
    pub checks: String,
}

impl Confirmation {
    /// What `typed` confirms: the step as `gate` shows it, under the incident's plan.
    pub fn of(incident: &Incident, gate: &Gate, typed: &str, opened_at: Moment) -> Self {
        Self {
            typed: Text::clean(typed),
            opened_at,
            plan_digest: incident.procedure.plan.digest.clone(),
            checks: gate.fingerprint(),
        }
    }
}

/// The data a promotion gives up, fixed when its intent was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RpoSeal {
    pub database: ResourceId,
    /// Upper bound of the writes lost; none when it could not be known and a person
    /// accepted that.
    pub lost: Option<Span>,
    /// The replication sample the bound rests on.
    pub sampled_at: Option<Moment>,
}

/// What a note is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoteKind {
    Note,
    Decision,
    Question,
    Todo,
    Correction,
}

/// A person's word on a step nobody can look up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ruling {
    Done,
    NotDone,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum Event {
    /// Always the first record.
    Declared {
        mode: Mode,
        procedure: Box<Procedure>,
        impact_at: Moment,
        reason: Text,
    },
    /// The impact was found to have begun at another time.
    ImpactMoved {
        at: Moment,
        reason: Text,
    },
    SeatTaken {
        seat: Seat,
        person: PersonId,
    },
    /// The commander decided to run the plan.
    Decided {
        words: Text,
    },
    Noted {
        kind: NoteKind,
        text: Text,
        pressed_at: Moment,
    },
    /// What people say to each other beside the steps.
    Spoken {
        speech: Speech,
    },
    Held {
        reason: Text,
    },
    Resumed,
    /// No further step starts, ever.
    Aborted {
        reason: Text,
    },
    ApprovalAsked {
        step: StepId,
    },
    ApprovalGiven {
        step: StepId,
        words: Text,
        until: Moment,
    },
    /// Nobody else could be reached: the wait for going alone began.
    SoloAsked {
        step: StepId,
        reason: Text,
    },
    /// A failed or unknown check was accepted by name.
    Overridden {
        step: StepId,
        check: Text,
        reason: Text,
        /// What the check showed when it was accepted. None in records of before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<Text>,
    },
    /// Durable before anything leaves. Undo attempts are intents too.
    Intended {
        step: StepId,
        attempt: u32,
        undo: bool,
        confirmation: Confirmation,
        before: Option<Observation>,
        seal: Option<RpoSeal>,
        /// Confirmed by one person alone, after the wait.
        solo: bool,
    },
    /// The service accepted it; the goal is now awaited.
    Acted {
        step: StepId,
        attempt: u32,
        evidence: Evidenced,
    },
    /// The goal was observed.
    Verified {
        step: StepId,
        attempt: u32,
        value: Text,
    },
    Failed {
        step: StepId,
        attempt: u32,
        failure: Failure,
        reason: Text,
    },
    Refused {
        step: StepId,
        attempt: u32,
        reason: Text,
    },
    /// Nobody knows whether it happened.
    Doubted {
        step: StepId,
        attempt: u32,
        why: Text,
    },
    /// A person answered for it.
    Ruled {
        step: StepId,
        attempt: u32,
        ruling: Ruling,
        reason: Text,
    },
    Skipped {
        step: StepId,
        reason: Text,
    },
    /// A service's verdict changed; silence is not health.
    HealthChanged {
        service: ServiceId,
        healthy: Option<bool>,
        value: Text,
    },
    /// Seen healthy for its whole stability window.
    ServiceRecovered {
        service: ServiceId,
    },
    /// A service is back while others that have to be back before it are not.
    OutOfOrder {
        service: ServiceId,
        ahead: Vec<ServiceId>,
    },
    /// The wall clock was set by this much; steady time did not move.
    ClockStepped {
        by: Span,
    },
    /// This process became the executor.
    LeaseTaken {
        holder: Text,
        epoch: u64,
    },
    /// The run goes on under other plan files than it began with.
    PlanAdopted {
        procedure: Box<Procedure>,
        reason: Text,
    },
    Closed {
        summary: Text,
    },
    /// A condition of the plan does not hold: the step is not run, and what waits for it
    /// goes on.
    PassedOver {
        step: StepId,
        condition: Condition,
        seen: Text,
    },
    /// How the wait at the end of a phase goes.
    Watched {
        phase: PhaseId,
        watch: Watch,
    },
    /// Something the plan wants people told, or an alarm it wants raised.
    Raised {
        step: StepId,
        /// As the plan calls it: an event, or a channel.
        what: Text,
        because: Because,
    },
    /// People said how bad it is.
    SeveritySet {
        severity: SeverityId,
        reason: Text,
    },
    /// Values of parameters. Never one of a secret.
    ValuesGiven {
        values: BTreeMap<ParameterId, Text>,
        /// A drill made them up from the plan's examples.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        made_up: bool,
    },
    /// Parts of what a step's goal or its own second look answered, by the names the plan
    /// gives them. Those of its first answer are in its evidence.
    OutputsRead {
        step: StepId,
        attempt: u32,
        outputs: BTreeMap<String, Text>,
    },
}

impl Event {
    /// The upper-case word of the timeline.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Declared { .. } => "DECLARE",
            Self::ImpactMoved { .. } => "IMPACT",
            Self::SeatTaken { .. } => "ROLE",
            Self::Decided { .. } => "DECIDE",
            Self::Noted { kind, .. } => match kind {
                NoteKind::Note => "NOTE",
                NoteKind::Decision => "DECIDE",
                NoteKind::Question => "ASK",
                NoteKind::Todo => "TODO",
                NoteKind::Correction => "CORRECT",
            },
            Self::Spoken { speech } => speech.word(),
            Self::Held { .. } => "HOLD",
            Self::Resumed => "RESUME",
            Self::Aborted { .. } => "ABORT",
            Self::ApprovalAsked { .. } => "ASK",
            Self::ApprovalGiven { .. } => "APPROVE",
            Self::SoloAsked { .. } => "SOLO",
            Self::Overridden { .. } => "OVERRIDE",
            Self::Intended { undo: true, .. } => "UNDO",
            Self::Intended { undo: false, .. } => "EXEC",
            Self::Acted { .. } => "SENT",
            Self::Verified { .. } => "DONE",
            Self::Failed { .. } => "FAIL",
            Self::Refused { .. } => "REFUSED",
            Self::Doubted { .. } => "DOUBT",
            Self::Ruled { .. } => "RULING",
            Self::Skipped { .. } => "SKIP",
            Self::HealthChanged { .. } => "HEALTH",
            Self::ServiceRecovered { .. } => "RECOVER",
            Self::OutOfOrder { .. } => "ORDER",
            Self::ClockStepped { .. } => "CLOCK",
            Self::LeaseTaken { .. } => "LEASE",
            Self::PlanAdopted { .. } => "PLAN",
            Self::Closed { .. } => "CLOSE",
            Self::PassedOver { .. } => "PASS",
            Self::Watched { .. } => "WATCH",
            Self::Raised { .. } => "RAISE",
            Self::SeveritySet { .. } => "SEVERITY",
            Self::ValuesGiven { .. } => "VALUE",
            Self::OutputsRead { .. } => "ANSWER",
        }
    }
}

/// An event with where, when and by whom: one link of the journal's chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// 1 for the first; no gaps.
    pub seq: u64,
    /// Steady time: differences of it are elapsed times.
    pub at: Moment,
    /// What the machine's clocks said. None in a drill, whose time is its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<Stamp>,
    pub actor: Actor,
    /// The lease it was written under.
    pub epoch: u64,
    pub event: Event,
    /// SHA-256 of the record before, hexadecimal; zeros for the first.
    pub prev: String,
    /// SHA-256 of this record, hexadecimal.
    pub hash: String,
}

/// An event about to become a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub at: Moment,
    pub stamp: Option<Stamp>,
    pub actor: Actor,
    pub event: Event,
}
