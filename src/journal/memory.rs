//! A journal that is gone with the process: rehearsals and tests. Same chain, same lease,
//! same errors as the one on disk; must never be chosen for a run a person cares about.

use std::{fmt, sync::Arc};

use super::{
    GENESIS, Head, Holder, Journal, JournalError, Lease,
    chain::{Verdict, Walk},
    lease::Tenure,
    record::{self, Sealed, Tip},
};
use crate::{
    engine::event::{Entry, Record},
    model::{IncidentId, Mode, Moment},
};

#[expect(
    clippy::disallowed_types,
    reason = "the handles of one store stand for processes that share a file: there is no \
              actor both could send to; held only for the length of a map operation"
)]
type Shared = std::sync::Mutex<Store>;

/// A handle of a store in memory. A clone is another handle of the same store, as another
/// process would have; the store is gone with its last handle.
#[derive(Clone)]
pub struct Memory {
    mode: Mode,
    store: Arc<Shared>,
}

#[derive(Clone, Debug, Default)]
struct Store {
    /// Number `n` is incident `n + 1`.
    chains: Vec<Chain>,
    /// Appends until one fails; 1 means the next.
    fuse: Option<u64>,
    full: bool,
}

#[derive(Clone, Debug)]
struct Chain {
    id: IncidentId,
    lines: Vec<Sealed>,
    tenure: Tenure,
}

impl Memory {
    pub fn new(mode: Mode) -> Self {
        Self { mode, store: Arc::new(Shared::default()) }
    }

    /// The same store as a new process would find it after this one was killed: the lease
    /// of the dead holder included.
    #[must_use]
    pub fn reopen(&self) -> Self {
        self.clone()
    }

    /// A store of its own that begins as this one is now: what a crash at this moment would
    /// have left, while the original goes on.
    #[must_use]
    pub fn fork(&self) -> Self {
        let store = self.with(|store| store.clone());
        Self { mode: self.mode, store: Arc::new(Shared::new(store)) }
    }

    /// As [`Memory::fork`], with `id` as it was when `seq` was its newest record, and held
    /// by nobody.
    #[must_use]
    pub fn fork_at(&self, id: &IncidentId, seq: u64) -> Self {
        let fork = self.fork();
        fork.with(|store| {
            for chain in store.chains.iter_mut().filter(|chain| chain.id == *id) {
                chain.lines.retain(|line| line.record.seq <= seq);
                chain.tenure.holder = None;
            }
        });
        fork
    }

    /// Lets the `nth` append from now (1 is the next) fail as a disk would; later ones work.
    pub fn fail_append(&self, nth: u64) {
        self.with(|store| store.fuse = (nth > 0).then_some(nth));
    }

    /// Lets every append and renewal fail, as on a full disk, until it is called with
    /// `false`.
    pub fn set_full(&self, full: bool) {
        self.with(|store| store.full = full);
    }

    fn with<T>(&self, act: impl FnOnce(&mut Store) -> T) -> T {
        // A test thread that panicked has already said why; the store is still whole.
        let mut store =
            self.store.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        act(&mut store)
    }

    fn on<T>(
        &self,
        id: &IncidentId,
        act: impl FnOnce(&mut Chain) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        self.with(|store| act(store.chain(id)?))
    }
}

impl Store {
    fn chain(&mut self, id: &IncidentId) -> Result<&mut Chain, JournalError> {
        self.chains
            .iter_mut()
            .find(|chain| chain.id == *id)
            .ok_or_else(|| JournalError::NoSuchIncident(id.clone()))
    }

    /// The injected failure of this append, if it is its turn.
    fn burn(&mut self) -> Result<(), JournalError> {
        self.fuse = self.fuse.map(|left| left.saturating_sub(1));
        let blown = self.fuse.take_if(|left| *left == 0).is_some();
        if blown || self.full {
            return Err(full_disk());
        }
        Ok(())
    }
}

fn full_disk() -> JournalError {
    JournalError::Storage("the disk is full (injected)".to_owned())
}

impl Chain {
    fn tip(&self) -> Tip {
        self.lines.last().map_or_else(
            || Tip { seq: 0, hash: GENESIS.to_owned() },
            |line| Tip { seq: line.record.seq, hash: line.record.hash.clone() },
        )
    }

    fn head(&self) -> Head {
        let Tip { seq, hash } = self.tip();
        Head {
            id: self.id.clone(),
            records: seq,
            last_at: self.lines.last().map_or(Moment::default(), |line| line.record.at),
            hash,
            lease: self.tenure.lease(),
        }
    }

    fn read(&self, mode: Mode, after: u64) -> Result<Vec<Record>, JournalError> {
        let start = match self.lines.iter().find(|line| line.record.seq == after) {
            Some(line) => Tip { seq: after, hash: line.record.hash.clone() },
            None if after == 0 => Tip { seq: 0, hash: GENESIS.to_owned() },
            None => return Err(super::lost(&self.id, &self.tip(), after)),
        };
        let mut walk = Walk::after(&self.id, mode, start);
        self.lines
            .iter()
            .filter(|line| line.record.seq > after)
            .map(|line| walk.read(&line.stored()).map_err(|damage| damage.of(&self.id)))
            .collect()
    }
}

impl Journal for Memory {
    fn mode(&self) -> Mode {
        self.mode
    }

    fn heads(&self) -> Result<Vec<Head>, JournalError> {
        Ok(self.with(|store| store.chains.iter().map(Chain::head).collect()))
    }

    fn open_incident(&mut self) -> Result<IncidentId, JournalError> {
        let mode = self.mode;
        self.with(|store| {
            let id = super::numbered(mode, store.chains.len() + 1);
            store.chains.push(Chain {
                id: id.clone(),
                lines: Vec::new(),
                tenure: Tenure::default(),
            });
            Ok(id)
        })
    }

    fn read(&self, id: &IncidentId, after: u64) -> Result<Vec<Record>, JournalError> {
        self.on(id, |chain| chain.read(self.mode, after))
    }

    fn lines(&self, id: &IncidentId) -> Result<Vec<Sealed>, JournalError> {
        self.read(id, 0)?;
        self.on(id, |chain| Ok(chain.lines.clone()))
    }

    fn verify(&self, id: &IncidentId) -> Result<Verdict, JournalError> {
        self.on(id, |chain| {
            let lines: Vec<_> = chain.lines.iter().map(Sealed::stored).collect();
            super::chain::verify(id, self.mode, &lines, &chain.tip())
                .map_err(|damage| damage.of(id))
        })
    }

    fn append(
        &mut self,
        id: &IncidentId,
        expected: u64,
        lease: Option<&Lease>,
        entries: &[Entry],
    ) -> Result<Vec<Record>, JournalError> {
        let mode = self.mode;
        self.with(|store| {
            let chain = store.chain(id)?;
            let tip = chain.tip();
            let epoch = chain.tenure.writes(id, lease, entries)?;
            super::expect(id, &tip, expected)?;
            let lines = record::seal(id, mode, &tip, epoch, entries)?;
            store.burn()?;
            let records = lines.iter().map(|line| line.record.clone()).collect();
            store.chain(id)?.lines.extend(lines);
            Ok(records)
        })
    }

    fn acquire(
        &mut self,
        id: &IncidentId,
        holder: &Holder,
        now: Moment,
        force: bool,
    ) -> Result<Lease, JournalError> {
        self.on(id, |chain| {
            chain.tenure = chain.tenure.claimed(id, holder, now, force)?;
            Ok(Lease { holder: holder.clone(), epoch: chain.tenure.epoch, beat: now })
        })
    }

    fn renew(
        &mut self,
        id: &IncidentId,
        lease: &mut Lease,
        now: Moment,
    ) -> Result<(), JournalError> {
        self.with(|store| {
            let full = store.full;
            let chain = store.chain(id)?;
            chain.tenure.admit(id, lease, now)?;
            if full {
                return Err(full_disk());
            }
            chain.tenure.beat = now;
            lease.beat = now;
            Ok(())
        })
    }

    fn release(&mut self, id: &IncidentId, lease: &Lease) -> Result<(), JournalError> {
        self.on(id, |chain| {
            if chain.tenure.admit(id, lease, lease.beat).is_ok() {
                chain.tenure.holder = None;
            }
            Ok(())
        })
    }

    fn lease(&self, id: &IncidentId) -> Result<Option<Lease>, JournalError> {
        self.on(id, |chain| Ok(chain.tenure.lease()))
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("mode", &self.mode).finish_non_exhaustive()
    }
}
