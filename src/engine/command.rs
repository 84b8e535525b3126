//! What somebody asks for, and what workers report back. Imperative.

use std::collections::BTreeMap;

use super::{
    Say,
    event::{Confirmation, NoteKind, Ruling},
};
use crate::model::{
    Evidenced, Failure, Moment, ParameterId, PersonId, PhaseId, Procedure, Reconciled,
    Seat, ServiceId, SeverityId, Span, StepId, Text, Trouble,
};

#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    MoveImpact {
        at: Moment,
        reason: Text,
    },
    TakeSeat {
        seat: Seat,
        person: PersonId,
    },
    Decide {
        words: Text,
    },
    Note {
        kind: NoteKind,
        text: Text,
        pressed_at: Moment,
    },
    /// Polls, tasks, corrections, words taken back.
    Say(Say),
    /// Always allowed while the incident is open.
    Hold {
        reason: Text,
    },
    Resume,
    Abort {
        reason: Text,
    },
    AskApproval {
        step: StepId,
    },
    Approve {
        step: StepId,
        words: Text,
    },
    AskSolo {
        step: StepId,
        reason: Text,
    },
    Override {
        step: StepId,
        check: Text,
        reason: Text,
    },
    /// Start a step, or the next attempt of one that failed or was found undone.
    Execute {
        step: StepId,
        confirmation: Confirmation,
    },
    /// A person did it and says what they saw.
    Tick {
        step: StepId,
        observed: Text,
    },
    Undo {
        step: StepId,
        confirmation: Confirmation,
    },
    Skip {
        step: StepId,
        reason: Text,
    },
    Rule {
        step: StepId,
        ruling: Ruling,
        reason: Text,
    },
    AdoptPlan {
        procedure: Box<Procedure>,
        reason: Text,
    },
    Close {
        summary: Text,
        /// `CLOSE`, where something is left to do or not seen healthy; else nothing.
        typed: Text,
    },
    /// From a worker.
    Report {
        step: StepId,
        attempt: u32,
        report: Report,
    },
    /// From the board.
    Health {
        service: ServiceId,
        healthy: Option<bool>,
        value: Text,
    },
    ClockStepped {
        by: Span,
    },
    /// This process became the executor: whatever the last one left open is in doubt,
    /// in the same append.
    LeaseTaken {
        holder: Text,
        epoch: u64,
    },
    /// Time passed: deadlines, stability windows, conditions, holds of phases.
    Pulse,
    /// Ends the hold of a phase before its time.
    EndWatch {
        phase: PhaseId,
        reason: Text,
    },
    SetSeverity {
        severity: SeverityId,
        reason: Text,
    },
    /// Values of parameters; with the step that asks for them, which is then done.
    Give {
        values: BTreeMap<ParameterId, Text>,
        step: Option<StepId>,
    },
}

impl Command {
    /// Whether only the executor may ask it. What people say to each other, and HOLD,
    /// works from every console on the journal.
    pub const fn needs_lease(&self) -> bool {
        match self {
            Self::MoveImpact { .. }
            | Self::TakeSeat { .. }
            | Self::Decide { .. }
            | Self::Note { .. }
            | Self::Say(_)
            | Self::Hold { .. }
            | Self::Resume
            | Self::Abort { .. }
            | Self::Approve { .. }
            | Self::Override { .. }
            | Self::EndWatch { .. }
            | Self::SetSeverity { .. }
            | Self::Give { step: None, .. } => false,
            Self::AskApproval { .. }
            | Self::AskSolo { .. }
            | Self::Execute { .. }
            | Self::Tick { .. }
            | Self::Undo { .. }
            | Self::Skip { .. }
            | Self::Rule { .. }
            | Self::AdoptPlan { .. }
            | Self::Close { .. }
            | Self::Report { .. }
            | Self::Health { .. }
            | Self::ClockStepped { .. }
            | Self::LeaseTaken { .. }
            | Self::Give { step: Some(_), .. }
            | Self::Pulse => true,
        }
    }
}

/// What became of a piece of work.
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    Acted(Evidenced),
    Trouble(Trouble),
    /// The goal was observed.
    Reached(Text),
    /// The goal was observed, and what was seen has parts others want.
    Seen {
        value: Text,
        outputs: BTreeMap<String, Text>,
    },
    /// Looked, and it is certain that it will not come: an exit status, a probe's no.
    Missed {
        failure: Failure,
        reason: Text,
    },
    Reconciled(Reconciled),
}
