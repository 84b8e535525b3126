//! The forecast of the frames of one second. Trying out the rest of a long run takes longer
//! than all else of a frame, and comes to the same until a record or a second is added.
//! It draws nothing and reads no clock.

use std::sync::{Arc, OnceLock};

use super::Model;
use crate::{
    engine::{Forecast, Incident, Tried},
    model::{Moment, Procedure},
    room::Snapshot,
};

/// What was tried out last. [`super::update()`] forgets it when it holds no more; a frame that
/// finds nothing, or something else, tries out anew.
#[derive(Debug, Default)]
pub struct Ahead(OnceLock<(Subject, Tried)>);

/// What a trial is of.
#[derive(Debug)]
struct Subject {
    procedure: Arc<Procedure>,
    /// The newest record of the incident; none before one is declared.
    seq: Option<u64>,
    second: i64,
}

impl Subject {
    fn of(snapshot: &Snapshot, now: Moment) -> Self {
        Self {
            procedure: Arc::clone(&snapshot.procedure),
            seq: snapshot.incident.as_ref().map(|incident| incident.seq),
            second: now.as_millis().div_euclid(1000),
        }
    }

    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.procedure, &other.procedure)
            && (self.seq, self.second) == (other.seq, other.second)
    }
}

impl Model {
    /// Where `incident` is heading: that of the snapshot, or what it would be if it were
    /// declared now.
    pub fn forecast(&self, incident: &Incident) -> Forecast {
        let wanted = Subject::of(&self.snapshot, self.now);
        let try_out = || Tried::out(incident, self.now);
        let (of, tried) = self
            .ahead
            .0
            .get_or_init(|| (Subject::of(&self.snapshot, self.now), try_out()));
        let tried = if of.is(&wanted) { *tried } else { try_out() };
        tried.at(incident, self.now)
    }

    /// Forgets what was tried out of another second or before the newest record.
    pub(super) fn forget_the_past(&mut self) {
        let now = Subject::of(&self.snapshot, self.now);
        if self.ahead.0.get().is_some_and(|(of, _)| !of.is(&now)) {
            self.ahead = Ahead::default();
        }
    }
}
