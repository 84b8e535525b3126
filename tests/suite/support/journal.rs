//! A store whose appends a test watches, and can stop or refuse. Everything else goes
//! through to the store.

use std::fmt;

use warroom::{
    engine::{Entry, Record},
    journal::{
        Head, Holder, Journal, JournalError, Lease, chain::Verdict, memory::Memory,
        record::Sealed,
    },
    model::{IncidentId, Mode, Moment},
};

/// What happens around each append. `last` is the number its last record has, or would have.
pub(crate) trait Watch: Send {
    /// An error is the append's: nothing is written.
    fn before(&mut self, last: u64, entries: &[Entry]) -> Result<(), JournalError>;

    /// The records are written; with an error nobody hears of it.
    fn after(&mut self, last: u64, entries: &[Entry]) -> Result<(), JournalError>;
}

pub(crate) struct Watched<W> {
    pub(crate) store: Memory,
    pub(crate) watch: W,
}

impl<W> fmt::Debug for Watched<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").field("store", &self.store).finish_non_exhaustive()
    }
}

impl<W: Watch> Journal for Watched<W> {
    fn mode(&self) -> Mode {
        self.store.mode()
    }
    fn heads(&self) -> Result<Vec<Head>, JournalError> {
        self.store.heads()
    }
    fn open_incident(&mut self) -> Result<IncidentId, JournalError> {
        self.store.open_incident()
    }
    fn read(&self, id: &IncidentId, after: u64) -> Result<Vec<Record>, JournalError> {
        self.store.read(id, after)
    }
    fn lines(&self, id: &IncidentId) -> Result<Vec<Sealed>, JournalError> {
        self.store.lines(id)
    }
    fn verify(&self, id: &IncidentId) -> Result<Verdict, JournalError> {
        self.store.verify(id)
    }
    fn append(
        &mut self,
        id: &IncidentId,
        expected: u64,
        lease: Option<&Lease>,
        entries: &[Entry],
    ) -> Result<Vec<Record>, JournalError> {
        let last = expected + entries.len() as u64;
        self.watch.before(last, entries)?;
        let written = self.store.append(id, expected, lease, entries)?;
        self.watch.after(last, entries)?;
        Ok(written)
    }
    fn acquire(
        &mut self,
        id: &IncidentId,
        holder: &Holder,
        now: Moment,
        force: bool,
    ) -> Result<Lease, JournalError> {
        self.store.acquire(id, holder, now, force)
    }
    fn renew(
        &mut self,
        id: &IncidentId,
        lease: &mut Lease,
        now: Moment,
    ) -> Result<(), JournalError> {
        self.store.renew(id, lease, now)
    }
    fn release(&mut self, id: &IncidentId, lease: &Lease) -> Result<(), JournalError> {
        self.store.release(id, lease)
    }
    fn lease(&self, id: &IncidentId) -> Result<Option<Lease>, JournalError> {
        self.store.lease(id)
    }
}
