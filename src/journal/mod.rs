//! The memory: append-only records per incident, hash-chained, written before anything
//! acts. Knows nothing of what records mean.
//!
//! Two implementations pass one contract (`tests/suite/journal/`): [`sqlite`] for every
//! run a person cares about, [`memory`] for what may be forgotten.

use std::fmt;

use self::record::Sealed;
use crate::{
    engine::event::{Entry, Record},
    model::{IncidentId, Mode, Moment, Span, Text},
};

pub mod chain;
pub mod export;
mod lease;
pub mod memory;
pub mod record;
pub mod sqlite;
mod words;

pub use words::{Kept, NoHead};

/// The `prev` of a first record.
pub const GENESIS: &str =
    "0000000000000000000000000000000000000000000000000000000000000000";

/// How long a lease lives without being renewed.
pub const LEASE_TTL: Span = Span::secs(10);

/// How often its holder renews it.
pub const LEASE_BEAT: Span = Span::secs(3);

/// Who wants to be, or is, the executor of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// `P.Shah on bastion-2, pid 4711`.
    pub name: Text,
    /// Unlike any other process, ever.
    pub token: String,
}

/// The right to append, as long as it is renewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub holder: Holder,
    /// Grows with every new holder. An append under an old epoch conflicts.
    pub epoch: u64,
    pub beat: Moment,
}

/// Why an append, or a lease, was not had.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Somebody else appended first: decide again.
    #[error("the journal of {id} is at record {found}, not {expected}")]
    Conflict { id: IncidentId, expected: u64, found: u64 },
    /// This process is no longer the executor.
    #[error("the journal of {id} is held by {by} (epoch {epoch}, heard from {ago} ago)")]
    Held { id: IncidentId, by: Text, epoch: u64, ago: Span },
    #[error("no incident {0} in this journal")]
    NoSuchIncident(IncidentId),
    /// A record does not match its hash, its neighbour, or cannot be read.
    #[error("record {seq} of {id} is damaged: {what}")]
    Damaged { id: IncidentId, seq: u64, what: String },
    /// Written by a newer program.
    #[error("the journal has format {found}; this program reads up to {known}")]
    Newer { found: u32, known: u32 },
    /// Disk full, input/output error, read-only, busy: nothing was acknowledged, and while
    /// this process lives nobody sees any of it.
    ///
    /// Not quite "nothing was written": when it is the sync that fails and the process then
    /// ends, the records may be found, whole and in their place. Whoever opens next must
    /// treat an intent it finds as one that may have been dispatched, and look.
    #[error("the journal cannot be used: {0}")]
    Storage(String),
    /// The store is not what it must be: owner, mode, durability settings.
    #[error("{0}")]
    Unsafe(String),
}

/// What `incident list` shows without folding anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub id: IncidentId,
    /// 0 when a process ended between opening the incident and declaring it.
    pub records: u64,
    /// 1970 without records.
    pub last_at: Moment,
    pub hash: String,
    pub lease: Option<Lease>,
}

/// A store of records.
///
/// All calls block for as long as the disk takes; the room, which owns the journal,
/// is the only caller while an incident runs.
pub trait Journal: Send + fmt::Debug {
    /// Which world this journal belongs to.
    fn mode(&self) -> Mode;

    /// All incidents, oldest first.
    ///
    /// # Errors
    /// [`JournalError::Storage`] when the store cannot be read.
    fn heads(&self) -> Result<Vec<Head>, JournalError>;

    /// Reserves the next identifier (`INC-0001`, `DRILL-0001`, …). Durable on return.
    ///
    /// # Errors
    /// [`JournalError::Storage`].
    fn open_incident(&mut self) -> Result<IncidentId, JournalError>;

    /// Records from `after + 1` on, each checked against its hash and its neighbour. A
    /// reader who remembers record `after` compares its hash with the first `prev`.
    ///
    /// # Errors
    /// [`JournalError::Damaged`] with the number of the first bad record.
    fn read(&self, id: &IncidentId, after: u64) -> Result<Vec<Record>, JournalError>;

    /// All records with the lines that say them, checked as by [`Journal::read`]: what an
    /// export is made of.
    ///
    /// # Errors
    /// As [`Journal::read`].
    fn lines(&self, id: &IncidentId) -> Result<Vec<Sealed>, JournalError>;

    /// Checks the whole chain against its tip in one pass, without reading events.
    ///
    /// # Errors
    /// [`JournalError::Damaged`] with the number of the first bad record.
    fn verify(&self, id: &IncidentId) -> Result<chain::Verdict, JournalError>;

    /// Appends all entries or none. On return they are on stable storage.
    ///
    /// # Errors
    /// [`JournalError::Conflict`] when the newest record is not `expected`;
    /// [`JournalError::Held`] when `lease` is not the newest one: compared in the same
    /// transaction as the write. Without a lease only `expected` is compared: what people
    /// say to each other needs no executor (`Command::needs_lease`).
    fn append(
        &mut self,
        id: &IncidentId,
        expected: u64,
        lease: Option<&Lease>,
        entries: &[Entry],
    ) -> Result<Vec<Record>, JournalError>;

    /// Becomes the executor if nobody is, or the last one has been silent for
    /// [`LEASE_TTL`]. `force` takes it from a living holder, whose appends then fail.
    ///
    /// # Errors
    /// [`JournalError::Held`] with who holds it.
    fn acquire(
        &mut self,
        id: &IncidentId,
        holder: &Holder,
        now: Moment,
        force: bool,
    ) -> Result<Lease, JournalError>;

    /// Says that the holder is alive.
    ///
    /// # Errors
    /// [`JournalError::Held`] when somebody else took it.
    fn renew(
        &mut self,
        id: &IncidentId,
        lease: &mut Lease,
        now: Moment,
    ) -> Result<(), JournalError>;

    /// Gives it back, so that the next process need not wait.
    ///
    /// # Errors
    /// [`JournalError::Storage`].
    fn release(&mut self, id: &IncidentId, lease: &Lease) -> Result<(), JournalError>;

    /// Who took it last and did not give it back; by its beat the caller judges whether
    /// they are still there.
    ///
    /// # Errors
    /// [`JournalError::Storage`].
    fn lease(&self, id: &IncidentId) -> Result<Option<Lease>, JournalError>;
}

/// The identifier of the `number`th incident of a journal, from 1.
fn numbered(mode: Mode, number: impl fmt::Display) -> IncidentId {
    let prefix = match mode {
        Mode::Live => "INC",
        Mode::Drill => "DRILL",
    };
    IncidentId::new(format!("{prefix}-{number:0>4}"))
}

/// Compares the newest record with the one the caller decided on.
fn expect(id: &IncidentId, tip: &record::Tip, expected: u64) -> Result<(), JournalError> {
    if tip.seq == expected {
        return Ok(());
    }
    Err(JournalError::Conflict { id: id.clone(), expected, found: tip.seq })
}

/// The reader says that it has seen record `after`; the store has no such record.
fn lost(id: &IncidentId, tip: &record::Tip, after: u64) -> JournalError {
    let (seq, fault) = if after > tip.seq {
        (tip.seq + 1, chain::Fault::CutOff { tip: after })
    } else {
        (after, chain::Fault::Missing { next: after + 1 })
    };
    chain::Damage { seq, fault }.of(id)
}
