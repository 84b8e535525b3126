//! Who may start steps: taking the lease of an incident, keeping it, and seeing who else
//! has it. Must never let a step start before the taking is on disk.

use super::{
    AskError,
    actor::Room,
    snapshot::{self, JournalHealth},
};
use crate::{
    engine::Command,
    journal::{LEASE_BEAT, Lease},
    model::{Actor, Moment, Span},
};

impl Room {
    /// Becomes the executor of an incident that was read, and puts in doubt what the
    /// last one left open. Nothing is started before that is on disk.
    pub(super) fn take_over(&mut self, force: bool) -> Result<(), AskError> {
        let Some(id) = self.incident.as_ref().map(|incident| incident.id.clone()) else {
            return Err(AskError::NotDeclared);
        };
        let now = self.clock.now();
        let dead = |lease: Lease| (self.gone)(&lease.holder);
        let force = force || self.journal.lease(&id).ok().flatten().is_some_and(dead);
        let lease = self
            .journal
            .acquire(&id, &self.holder, now, force)
            .map_err(|error| self.broken(&error))?;
        self.catch_up()?;
        let epoch = lease.epoch;
        let holder = self.holder.name.clone();
        self.lease = Some(lease);
        self.beat_at = now;
        let taken = self.submit(&Actor::System, &Command::LeaseTaken { holder, epoch });
        if taken.is_err() {
            // Unwritten, it is none: what is open would never be looked up, and nothing
            // that is confirmed would start.
            self.lease = None;
        }
        taken
    }

    /// Says that this process is alive, every [`LEASE_BEAT`].
    pub(super) fn renew(&mut self, now: Moment) {
        if now - self.beat_at < LEASE_BEAT {
            return;
        }
        let (Some(incident), Some(lease)) = (&self.incident, &mut self.lease) else {
            return;
        };
        self.beat_at = now;
        match self.journal.renew(&incident.id, lease, now) {
            // It is a write like any other: the journal works again.
            Ok(()) => self.health = JournalHealth::Ok,
            Err(error) => {
                tracing::warn!(%error, "the lease could not be renewed");
                self.broken(&error);
            }
        }
    }

    pub(super) fn executor_state(&self, now: Moment) -> snapshot::Executor {
        let Some(incident) = &self.incident else {
            return snapshot::Executor::Nobody;
        };
        if self.lease.is_some() {
            return snapshot::Executor::Here;
        }
        match self.journal.lease(&incident.id) {
            Ok(Some(lease)) => snapshot::Executor::Elsewhere {
                holder: lease.holder.name,
                silent: now - lease.beat,
            },
            Ok(None) => snapshot::Executor::Left,
            Err(_) => snapshot::Executor::Elsewhere {
                holder: "somebody (the journal cannot be read)".into(),
                silent: Span::ZERO,
            },
        }
    }
}
