//! Who may append: the rule of the lease, for every store. Pure; a store only keeps the
//! [`Tenure`] and asks.
//!
//! Times come from the steady clocks of the processes involved. A beat that lies in the
//! future (another process' clock runs ahead) counts as alive until `now` has passed it by
//! [`LEASE_TTL`]; a person who knows better forces. Whatever the clocks say, the epoch
//! decides: two holders can believe that they hold, only the newest can append.

use super::{Holder, JournalError, LEASE_TTL, Lease};
use crate::model::{IncidentId, Moment, Span, Text};

/// What is kept of one incident's leases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tenure {
    /// The newest epoch ever given. Never goes back, not even when nobody holds.
    pub(super) epoch: u64,
    /// None before the first and after a release.
    pub(super) holder: Option<Holder>,
    pub(super) beat: Moment,
}

impl Tenure {
    pub(super) fn lease(&self) -> Option<Lease> {
        let holder = self.holder.clone()?;
        Some(Lease { holder, epoch: self.epoch, beat: self.beat })
    }

    /// The tenure after `holder` took it. A holder who asks again keeps the epoch.
    pub(super) fn claimed(
        &self,
        id: &IncidentId,
        holder: &Holder,
        now: Moment,
        force: bool,
    ) -> Result<Self, JournalError> {
        let epoch = match &self.holder {
            Some(current) if current.token == holder.token => self.epoch,
            Some(_) if !force && now < self.beat + LEASE_TTL => {
                return Err(self.held(id, now));
            }
            Some(_) | None => self.epoch.saturating_add(1),
        };
        Ok(Self { epoch, holder: Some(holder.clone()), beat: now })
    }

    /// Whether `lease` is the newest one. Age does not matter: a late holder whom nobody
    /// replaced is still the only one.
    pub(super) fn admit(
        &self,
        id: &IncidentId,
        lease: &Lease,
        now: Moment,
    ) -> Result<(), JournalError> {
        let ours =
            self.holder.as_ref().is_some_and(|holder| holder.token == lease.holder.token);
        if ours && self.epoch == lease.epoch { Ok(()) } else { Err(self.held(id, now)) }
    }

    fn held(&self, id: &IncidentId, now: Moment) -> JournalError {
        JournalError::Held {
            id: id.clone(),
            by: self
                .holder
                .as_ref()
                .map_or_else(|| Text::from("nobody"), |holder| holder.name.clone()),
            epoch: self.epoch,
            ago: (now - self.beat).max(Span::ZERO),
        }
    }
}
