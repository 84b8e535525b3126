//! One declared thing of the simulated estate, whatever its noun: what every noun model
//! offers, in one place, so that the state need not know which is which.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    compute::{Compute, ComputeChange},
    database::{Database, DatabaseChange},
    lag::Spike,
    latency::Timing,
    storage::{Storage, StorageChange},
    traffic::{Traffic, TrafficChange},
};
use crate::model::{
    Moment, Noun, Observation, Resource, SiteId, Span, Text, Verb, Work,
    goal::{self, Goal},
};

/// A site as faults have left it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Since when nothing runs there.
    pub lost: Option<Moment>,
    /// Since when its control plane has taken seconds.
    pub slow: Option<Moment>,
    /// Since when its control plane has not answered.
    pub silent: Option<Moment>,
    pub throttled_until: Option<Moment>,
}

/// What a noun model may know beyond itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene<'a> {
    pub now: Moment,
    pub started: Moment,
    pub seed: u64,
    pub places: &'a BTreeMap<SiteId, Place>,
}

impl Scene<'_> {
    pub(super) fn lost(&self, site: &SiteId) -> Option<Moment> {
        self.places.get(site).and_then(|place| place.lost)
    }

    /// How long something takes for this attempt, whatever else happens meanwhile.
    pub(super) fn takes(&self, timing: Timing, work: &Work) -> Span {
        self.takes_nth(timing, work, 0)
    }

    pub(super) fn takes_nth(&self, timing: Timing, work: &Work, nth: u32) -> Span {
        let (attempt, nth) = (work.attempt.to_string(), nth.to_string());
        let (resource, side) = (work.resource.id.as_str(), work.side.as_str());
        let step = work.step.as_str();
        let undo = if work.undo_to.is_some() { "undo" } else { "do" };
        let verb = work.verb.word();
        timing.draw(self.seed, &[resource, side, verb, step, undo, &attempt, &nth])
    }
}

/// Something that will happen to a side of a thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Change {
    Database(DatabaseChange),
    Compute(ComputeChange),
    Traffic(TrafficChange),
    Storage(StorageChange),
}

/// A change with its delay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Planned {
    pub after: Span,
    pub side: SiteId,
    pub change: Change,
}

/// How far what is visible is from what a piece of work wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Met(String),
    /// Visibly on its way: no call is needed.
    Underway(String),
    Not(String),
}

impl Standing {
    /// From the goal every technology shares, and whether the change is visibly on its
    /// way.
    pub(super) fn of(work: &Work, seen: &Observation, moving: bool) -> Self {
        match goal::reached(work.verb, &work.side, &work.args, seen) {
            Goal::Met(value) => Self::Met(value),
            Goal::NotYet(value) if moving => Self::Underway(value),
            Goal::NotYet(value) => Self::Not(value),
        }
    }

    /// For verbs whose goal looks the same before and after: done by us or after us when
    /// the service shows one newer than the intent.
    pub(super) fn marked(
        work: &Work,
        seen: &Observation,
        newest: Option<Moment>,
        moving: bool,
    ) -> Self {
        if newest.is_none_or(|at| at < work.intended_at) {
            return Self::Not(format!("no {} since the intent", work.verb));
        }
        match Self::of(work, seen, moving) {
            Self::Not(value) => Self::Underway(value),
            Self::Met(value) if moving => Self::Underway(value),
            Self::Met(value) => Self::Met(value),
            Self::Underway(value) => Self::Underway(value),
        }
    }

    /// For an undo: whether the recorded value is back.
    pub(super) fn back(wanted: &Text, now: &Text, moving: bool) -> Self {
        match (wanted == now, moving) {
            (true, false) => Self::Met(format!("back at {now}")),
            (true, true) => Self::Underway(format!("returning to {now}")),
            (false, _) => Self::Not(format!("{now}, not {wanted}")),
        }
    }
}

/// A resource of the simulated estate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Thing {
    Database(Database),
    Compute(Compute),
    Traffic(Traffic),
    Storage(Storage),
}

impl Thing {
    /// As declared, in normal operation.
    pub(super) fn new(resource: &Resource) -> Self {
        match resource.noun {
            Noun::Database => Self::Database(Database::new(resource)),
            Noun::Compute => Self::Compute(Compute::new(resource)),
            Noun::Traffic => Self::Traffic(Traffic::new(resource)),
            Noun::Storage => Self::Storage(Storage::new(resource)),
        }
    }

    pub(super) const fn noun(&self) -> Noun {
        match self {
            Self::Database(_) => Noun::Database,
            Self::Compute(_) => Noun::Compute,
            Self::Traffic(_) => Noun::Traffic,
            Self::Storage(_) => Noun::Storage,
        }
    }

    /// What the service says of `side`; none when it does not have one.
    pub(super) fn observe(
        &self,
        side: &SiteId,
        scene: &Scene<'_>,
    ) -> Option<Observation> {
        match self {
            Self::Database(it) => it.view(side, scene).map(Observation::Database),
            Self::Compute(it) => it.view(side, scene).map(Observation::Compute),
            Self::Traffic(it) => Some(Observation::Traffic(it.view())),
            Self::Storage(it) => it.view(side, scene).map(Observation::Storage),
        }
    }

    /// How far what is visible is from what `work` wants.
    pub(super) fn standing(&self, work: &Work, scene: &Scene<'_>) -> Standing {
        let Some(seen) = self.observe(&work.side, scene) else {
            return Standing::Not(format!("no side {}", work.side));
        };
        let value = self.value(work);
        match self {
            Self::Database(it) => it.standing(work, &seen, &value),
            Self::Compute(it) => it.standing(work, &seen, &value),
            Self::Traffic(it) => it.standing(work, &seen, &value),
            Self::Storage(it) => it.standing(work, &seen, &value),
        }
    }

    /// The value `work` would change, in the notation an undo puts back.
    pub(super) fn value(&self, work: &Work) -> Text {
        Text::clean(match self {
            Self::Database(it) => it.value(work),
            Self::Compute(it) => it.value(work),
            Self::Traffic(it) => it.value(work),
            Self::Storage(it) => it.value(),
        })
    }

    /// The value after `work`, in the same notation.
    pub(super) fn wanted(&self, work: &Work) -> Text {
        if let Some(value) = &work.undo_to {
            return value.clone();
        }
        Text::clean(match self {
            Self::Database(_) => Database::wanted(work),
            Self::Compute(it) => it.wanted(work),
            Self::Traffic(it) => it.wanted(work),
            Self::Storage(it) => it.wanted(work),
        })
    }

    /// Why the service would say no.
    pub(super) fn refusal(&self, work: &Work, scene: &Scene<'_>) -> Option<String> {
        if work.verb.def().noun != self.noun() {
            return Some(format!(
                "InvalidAction: {} is not a verb of {}",
                work.verb,
                self.noun()
            ));
        }
        match self {
            Self::Database(it) => it.refusal(work, scene),
            Self::Compute(it) => it.refusal(work),
            Self::Traffic(it) => it.refusal(work),
            Self::Storage(it) => it.refusal(work, scene),
        }
    }

    /// Takes the call. What follows from it comes back as planned changes.
    pub(super) fn accept(&mut self, work: &Work, scene: &Scene<'_>) -> Vec<Planned> {
        match self {
            Self::Database(it) => it.accept(work, scene),
            Self::Compute(it) => it.accept(work, scene),
            Self::Traffic(it) => it.accept(work, scene),
            Self::Storage(it) => it.accept(work, scene),
        }
    }

    /// Lets a planned change happen, and says what follows from it; one that was
    /// overtaken does nothing.
    pub(super) fn apply(
        &mut self,
        side: &SiteId,
        change: &Change,
        now: Moment,
    ) -> Option<Planned> {
        match (self, change) {
            (Self::Database(it), Change::Database(change)) => {
                return it.apply(side, *change, now);
            }
            (Self::Compute(it), Change::Compute(change)) => it.apply(side, change),
            (Self::Traffic(it), Change::Traffic(change)) => it.apply(side, change),
            (Self::Storage(it), Change::Storage(change)) => it.apply(side, *change),
            (
                Self::Database(_)
                | Self::Compute(_)
                | Self::Traffic(_)
                | Self::Storage(_),
                Change::Database(_)
                | Change::Compute(_)
                | Change::Traffic(_)
                | Change::Storage(_),
            ) => {}
        }
        None
    }

    /// Lets replication fall behind.
    pub(super) fn fall_behind(&mut self, spike: Spike) {
        match self {
            Self::Database(it) => it.spikes.push(spike),
            Self::Compute(_) | Self::Traffic(_) | Self::Storage(_) => {}
        }
    }
}

/// Whether a verb can make data on its side unlike what it was before, for good.
pub(super) const fn irreversible(verb: Verb) -> Option<&'static str> {
    match verb {
        Verb::Promote => Some(
            "The replica stops following for good; what it has not received is lost.",
        ),
        Verb::Switchover => Some("The sides change places."),
        Verb::Unfence => Some("Writes are possible there again."),
        Verb::RebuildReplica => {
            Some("What is on that side now is deleted before the copy begins.")
        }
        Verb::Restore => Some("What is on that side now is replaced."),
        Verb::RestoreVersion => Some("A newer version stops being the current one."),
        Verb::Sync => Some("What differs on that side is overwritten."),
        Verb::Fence
        | Verb::Snapshot
        | Verb::CopySnapshot
        | Verb::Scale
        | Verb::Stop
        | Verb::Restart
        | Verb::Deploy
        | Verb::Repoint
        | Verb::Shift
        | Verb::Hold
        | Verb::Switch => None,
    }
}
