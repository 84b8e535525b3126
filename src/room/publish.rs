//! What clients are shown. What has not changed since the last snapshot is shared with it:
//! time alone makes a new one twice a second.

use std::sync::Arc;

use super::{actor::Room, alarms::Facts, snapshot::Snapshot};
use crate::{engine::Incident, model::Evidence};

/// What the newest snapshot shares with the next one.
#[derive(Debug, Default)]
pub(super) struct Shown {
    incident: Option<Arc<Incident>>,
    /// With the board's revision it was taken at.
    evidence: Option<(u64, Arc<Evidence>)>,
}

impl Room {
    pub(super) fn publish(&mut self) {
        let now = self.clock.now();
        let alarms = self.alarms.alarms(Facts {
            procedure: &self.procedure,
            incident: self.incident.as_ref(),
            evidence: self.board.evidence(),
            journal: &self.health,
            now,
        });
        let snapshot = Snapshot {
            at: now,
            procedure: Arc::clone(&self.procedure),
            incident: self.shown_incident(),
            timeline: Arc::clone(&self.timeline),
            evidence: self.shown_evidence(),
            progress: Arc::new(self.progress.clone()),
            choices: Arc::clone(&self.choices),
            alarms: Arc::new(alarms),
            executor: self.executor_state(now),
            journal: self.health.clone(),
            speed: self.clock.speed(),
        };
        self.out.send_replace(Arc::new(snapshot));
    }

    /// An incident is the fold of its records: the same newest record, the same incident.
    fn shown_incident(&mut self) -> Option<Arc<Incident>> {
        let incident = self.incident.as_ref()?;
        let other = |shown: &Arc<Incident>| {
            (&shown.id, &shown.head, shown.seq)
                != (&incident.id, &incident.head, incident.seq)
        };
        if self.shown.incident.as_ref().is_none_or(other) {
            self.shown.incident = Some(Arc::new(incident.clone()));
        }
        self.shown.incident.clone()
    }

    fn shown_evidence(&mut self) -> Arc<Evidence> {
        let revision = self.board.revision();
        if let Some((_, shown)) =
            self.shown.evidence.as_ref().filter(|(taken, _)| *taken == revision)
        {
            return Arc::clone(shown);
        }
        let evidence = Arc::new(self.board.evidence().clone());
        self.shown.evidence = Some((revision, Arc::clone(&evidence)));
        evidence
    }
}
