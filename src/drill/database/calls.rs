//! What can be asked of a simulated database, what the service answers, and what follows.
//! Only here do sides change.

use super::{Database, DatabaseChange, Gate, Instance, Phase, Role};
use crate::{
    drill::{
        latency::Timing,
        thing::{Change, Planned, Scene, Standing},
    },
    model::{Moment, Observation, SiteId, Span, Text, Verb, Work},
};

/// The verbs of a database, and no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Own {
    Promote,
    Switchover,
    Fence,
    Unfence,
    Rebuild,
    Snapshot,
    Copy,
    Restore,
}

const OWN: &[(Verb, Own)] = &[
    (Verb::Promote, Own::Promote),
    (Verb::Switchover, Own::Switchover),
    (Verb::Fence, Own::Fence),
    (Verb::Unfence, Own::Unfence),
    (Verb::RebuildReplica, Own::Rebuild),
    (Verb::Snapshot, Own::Snapshot),
    (Verb::CopySnapshot, Own::Copy),
    (Verb::Restore, Own::Restore),
];

impl Own {
    fn of(work: &Work) -> Option<Self> {
        OWN.iter().find(|(verb, _)| *verb == work.verb).map(|(_, own)| *own)
    }
}

impl Database {
    pub(in crate::drill) fn standing(
        &self,
        work: &Work,
        seen: &Observation,
        value: &Text,
    ) -> Standing {
        let (Some(it), Some(own)) = (self.sides.get(&work.side), Own::of(work)) else {
            return Standing::Not(format!("no {} there", work.verb));
        };
        if let Some(wanted) = &work.undo_to {
            let moving = matches!(it.gate, Gate::Closing | Gate::Opening);
            return Standing::back(wanted, value, moving);
        }
        let moving = it.moving(own);
        match own {
            Own::Snapshot | Own::Copy | Own::Restore => {
                let newest = it.accepted.get(&work.verb).copied();
                Standing::marked(work, seen, newest, moving)
            }
            Own::Promote | Own::Switchover | Own::Fence | Own::Unfence | Own::Rebuild => {
                Standing::of(work, seen, moving)
            }
        }
    }

    pub(in crate::drill) fn value(&self, work: &Work) -> String {
        let (Some(it), Some(own)) = (self.sides.get(&work.side), Own::of(work)) else {
            return "absent".to_owned();
        };
        match own {
            Own::Fence | Own::Unfence => match it.gate {
                Gate::Open | Gate::Opening => "open".to_owned(),
                Gate::Closing | Gate::Closed { .. } => "closed".to_owned(),
            },
            Own::Snapshot | Own::Copy => {
                it.snapshot.as_ref().map_or("none", |(name, _)| name.as_str()).to_owned()
            }
            Own::Promote | Own::Switchover | Own::Rebuild | Own::Restore => {
                match &it.role {
                    Role::Writer if it.phase == Phase::Gone => "absent".to_owned(),
                    Role::Writer => format!("writer, {}", it.phase.status()),
                    Role::Replica { source } => {
                        format!("replica of {source}, {}", it.phase.status())
                    }
                }
            }
        }
    }

    pub(in crate::drill) fn wanted(work: &Work) -> String {
        match Own::of(work) {
            Some(Own::Fence) => "closed".to_owned(),
            Some(Own::Unfence) => "open".to_owned(),
            Some(Own::Rebuild) => "replica, available".to_owned(),
            Some(Own::Snapshot | Own::Copy) => snapshot_name(work).to_string(),
            Some(Own::Promote | Own::Switchover | Own::Restore) => {
                "writer, available".to_owned()
            }
            None => "absent".to_owned(),
        }
    }

    /// Another side that can be written to.
    fn other_writer<'a>(
        &'a self,
        side: &'a SiteId,
        scene: &Scene<'_>,
    ) -> Option<&'a SiteId> {
        self.sides.keys().find(|other| *other != side && self.takes_writes(other, scene))
    }

    pub(in crate::drill) fn refusal(
        &self,
        work: &Work,
        scene: &Scene<'_>,
    ) -> Option<String> {
        let side = &work.side;
        let (Some(it), Some(own)) = (self.sides.get(side), Own::of(work)) else {
            return Some(format!("DBInstanceNotFound: no side {side}"));
        };
        if it.phase == Phase::Gone && own != Own::Rebuild {
            return Some(format!("DBInstanceNotFound: {}", it.identifier));
        }
        // Access rules are the control plane's: they hold for what is down, too.
        if matches!(own, Own::Fence | Own::Unfence) {
            return None;
        }
        if work.undo_to.is_some() {
            return Some("InvalidAction: it has no way back".to_owned());
        }
        let state = |why: &str| Some(format!("InvalidDBInstanceState: {why}"));
        if scene.lost(side).is_some() {
            return state("unavailable");
        }
        if !matches!(it.phase, Phase::Steady | Phase::Gone) {
            return state(it.phase.status());
        }
        let replica = matches!(it.role, Role::Replica { .. });
        let alone = self.other_writer(side, scene).is_none();
        match own {
            Own::Promote | Own::Switchover if !replica => state("it is not a replica"),
            Own::Switchover if alone => {
                state("the writer does not answer; a switchover needs both sides")
            }
            Own::Rebuild if alone => state("there is no other writer to copy from"),
            // These hands never delete what may hold the only copy of the last writes.
            Own::Rebuild if self.wants_free_name() && it.phase != Phase::Gone => {
                Some(format!(
                    "DBInstanceAlreadyExists: {} stands alone, and a replica needs a free \
                     name: rename or delete it first",
                    it.identifier
                ))
            }
            Own::Copy if !self.snapshot_elsewhere(side) => {
                Some("DBSnapshotNotFound: no finished snapshot elsewhere".to_owned())
            }
            Own::Restore if it.snapshot.is_none() => {
                Some("DBSnapshotNotFound: no finished snapshot here".to_owned())
            }
            Own::Promote
            | Own::Switchover
            | Own::Fence
            | Own::Unfence
            | Own::Rebuild
            | Own::Snapshot
            | Own::Copy
            | Own::Restore => None,
        }
    }

    fn snapshot_elsewhere(&self, side: &SiteId) -> bool {
        self.sides.iter().any(|(other, it)| other != side && it.snapshot.is_some())
    }

    pub(in crate::drill) fn accept(
        &mut self,
        work: &Work,
        scene: &Scene<'_>,
    ) -> Vec<Planned> {
        let from = self.other_writer(&work.side, scene).cloned();
        let promotion = self.promotion();
        let (Some(it), Some(own)) = (self.sides.get_mut(&work.side), Own::of(work))
        else {
            return Vec::new();
        };
        it.accepted.insert(work.verb, scene.now);
        let takes = |timing| scene.takes(timing, work);
        let (after, change) = match own {
            Own::Fence if reopens(work) => it.open(takes(Timing::Fence)),
            Own::Fence => {
                it.gate = Gate::Closing;
                (takes(Timing::Fence), DatabaseChange::Closed)
            }
            Own::Unfence => it.open(takes(Timing::Fence)),
            Own::Promote => {
                it.phase = Phase::Accepted;
                let lag = takes(Timing::StatusLag);
                let rest = (takes(promotion) - lag).max(Span::secs(1));
                (lag, DatabaseChange::Shows { rest })
            }
            Own::Switchover => {
                let Some(from) = from else { return Vec::new() };
                it.phase = Phase::SwitchingOver { from };
                (takes(Timing::Switchover), DatabaseChange::SwitchedOver)
            }
            Own::Rebuild => {
                let Some(source) = from else { return Vec::new() };
                it.role = Role::Replica { source };
                it.phase = Phase::Rebuilding;
                it.gate = Gate::Open;
                (takes(Timing::RebuildReplica), DatabaseChange::Rebuilt)
            }
            Own::Snapshot => {
                it.phase = Phase::BackingUp { name: snapshot_name(work) };
                (takes(Timing::Snapshot), DatabaseChange::BackedUp)
            }
            Own::Copy => {
                it.phase = Phase::Copying { name: snapshot_name(work) };
                (takes(Timing::CopySnapshot), DatabaseChange::Copied)
            }
            Own::Restore => {
                it.phase = Phase::Restoring;
                (takes(Timing::Restore), DatabaseChange::Restored)
            }
        };
        let change = Change::Database(change);
        vec![Planned { after, side: work.side.clone(), change }]
    }

    /// Whether this technology builds a replica only under a name nothing bears.
    fn wants_free_name(&self) -> bool {
        self.kind == "rds-replica"
    }

    /// A person renames or deletes the instance of `side`, where a replica cannot be built
    /// while it is there. What it was, if it was there to be freed.
    pub(in crate::drill) fn free(&mut self, side: &SiteId) -> Option<Text> {
        let wanted = self.wants_free_name();
        let it = self.sides.get_mut(side)?;
        if !wanted || it.role != Role::Writer || it.phase != Phase::Steady {
            return None;
        }
        it.phase = Phase::Gone;
        it.snapshot = None;
        Some(Text::clean(format!("{}, a standalone instance", it.identifier)))
    }

    fn promotion(&self) -> Timing {
        match self.kind.as_str() {
            kind if kind.starts_with("aurora") => Timing::PromoteAurora,
            "postgres" => Timing::PromotePostgres,
            _ => Timing::Promote,
        }
    }

    /// Lets a planned change happen. The second half of a promotion is planned when the
    /// first one shows.
    pub(in crate::drill) fn apply(
        &mut self,
        side: &SiteId,
        change: DatabaseChange,
        now: Moment,
    ) -> Option<Planned> {
        let it = self.sides.get_mut(side)?;
        let was = it.phase.clone();
        match change {
            DatabaseChange::Closed => {
                if it.gate == Gate::Closing {
                    it.gate = Gate::Closed { at: now };
                }
            }
            DatabaseChange::Opened => {
                if it.gate == Gate::Opening {
                    it.gate = Gate::Open;
                }
            }
            DatabaseChange::Shows { rest } => {
                it.phase = Phase::Promoting { since: now };
                let change = Change::Database(DatabaseChange::Promoted);
                return Some(Planned { after: rest, side: side.clone(), change });
            }
            DatabaseChange::Promoted | DatabaseChange::Restored => {
                it.role = Role::Writer;
                it.phase = Phase::Steady;
            }
            DatabaseChange::Rebuilt => it.phase = Phase::Steady,
            DatabaseChange::BackedUp | DatabaseChange::Copied => {
                if let Phase::BackingUp { name } | Phase::Copying { name } = was {
                    it.snapshot = Some((name, now));
                }
                it.phase = Phase::Steady;
            }
            DatabaseChange::SwitchedOver => {
                it.role = Role::Writer;
                it.phase = Phase::Steady;
                if let Phase::SwitchingOver { from } = was {
                    self.follow(&from, side);
                }
            }
        }
        None
    }

    /// After a switchover the old writer, and whoever followed it, follows the new one.
    fn follow(&mut self, old: &SiteId, new: &SiteId) {
        for (site, it) in self.sides.iter_mut().filter(|(site, _)| *site != new) {
            let followed = it.role == Role::Replica { source: old.clone() };
            if site == old || followed {
                it.role = Role::Replica { source: new.clone() };
            }
        }
    }
}

impl Instance {
    fn open(&mut self, after: Span) -> (Span, DatabaseChange) {
        self.gate = Gate::Opening;
        (after, DatabaseChange::Opened)
    }

    /// Whether what `own` began is visibly going on.
    fn moving(&self, own: Own) -> bool {
        match own {
            Own::Promote => matches!(self.phase, Phase::Promoting { .. }),
            Own::Switchover => matches!(self.phase, Phase::SwitchingOver { .. }),
            Own::Fence => self.gate == Gate::Closing,
            Own::Unfence => self.gate == Gate::Opening,
            Own::Rebuild => self.phase == Phase::Rebuilding,
            Own::Snapshot => matches!(self.phase, Phase::BackingUp { .. }),
            Own::Copy => matches!(self.phase, Phase::Copying { .. }),
            Own::Restore => self.phase == Phase::Restoring,
        }
    }
}

/// Whether this is the way back of a fence, to a gate that was open.
fn reopens(work: &Work) -> bool {
    work.undo_to.as_ref().is_some_and(|value| value.as_str() != "closed")
}

/// Derived from the attempt, so that a repeat names the same snapshot.
fn snapshot_name(work: &Work) -> Text {
    let key = work.key();
    Text::clean(
        work.args
            .text("name")
            .map_or_else(|| key.clone(), |name| format!("{name}-{key}")),
    )
}
