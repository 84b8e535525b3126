//! The storage model: one side in use, the others copies with a lag of their own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    lag,
    latency::Timing,
    thing::{Change, Planned, Scene, Standing},
};
use crate::model::{
    Lag, Moment, Observation, Resource, ResourceId, SiteId, Span, StorageView, Text,
    Verb, Work,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Storage {
    id: ResourceId,
    versioned: bool,
    active: SiteId,
    sides: BTreeMap<SiteId, Copy>,
}

/// One side.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Copy {
    busy: Option<Verb>,
    accepted: BTreeMap<Verb, Moment>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum StorageChange {
    Finished { verb: Verb },
    Switched,
}

impl Storage {
    pub(super) fn new(resource: &Resource) -> Self {
        Self {
            id: resource.id.clone(),
            versioned: resource.params.flag("versioned").unwrap_or(true),
            active: resource.primary.clone(),
            sides: resource
                .sides
                .keys()
                .map(|site| (site.clone(), Copy::default()))
                .collect(),
        }
    }

    pub(super) fn view(&self, side: &SiteId, scene: &Scene<'_>) -> Option<StorageView> {
        self.sides.get(side)?;
        let active = *side == self.active;
        let source_lost = scene.lost(&self.active);
        Some(StorageView {
            replicating: (!active).then_some(source_lost.is_none()),
            lag: self.lag(side, source_lost, scene),
            versioned: Some(self.versioned),
            active,
        })
    }

    fn lag(&self, side: &SiteId, source_lost: Option<Moment>, scene: &Scene<'_>) -> Lag {
        if *side == self.active {
            return Lag::Ok { lag: Span::ZERO, at: scene.now };
        }
        let name = format!("{}/{side}", self.id);
        let sample = |at| lag::sample(scene, Timing::StorageLag, &name, &[], at);
        source_lost.map_or_else(
            || {
                let (lag, at) = sample(scene.now);
                Lag::Ok { lag, at }
            },
            |since| Lag::NotReplicating {
                reason: Text::clean("the side in use does not answer"),
                last: Some(sample(since.min(scene.now))),
            },
        )
    }

    pub(super) fn standing(
        &self,
        work: &Work,
        seen: &Observation,
        value: &Text,
    ) -> Standing {
        let Some(it) = self.sides.get(&work.side) else {
            return Standing::Not("no such side".to_owned());
        };
        let moving = it.busy == Some(work.verb);
        if let Some(wanted) = &work.undo_to {
            let moving = self.sides.values().any(|it| it.busy == Some(Verb::Switch));
            return Standing::back(wanted, value, moving);
        }
        let newest = it.accepted.get(&work.verb).copied();
        if work.verb == Verb::Switch {
            Standing::of(work, seen, moving)
        } else {
            Standing::marked(work, seen, newest, moving)
        }
    }

    pub(super) fn value(&self) -> String {
        self.active.to_string()
    }

    pub(super) fn wanted(&self, work: &Work) -> String {
        if work.verb == Verb::Switch { work.side.to_string() } else { self.value() }
    }

    pub(super) fn refusal(&self, work: &Work, scene: &Scene<'_>) -> Option<String> {
        if !self.sides.contains_key(&work.side) {
            return Some(format!("NoSuchBucket: no side {}", work.side));
        }
        if scene.lost(&work.side).is_some() {
            return Some(format!("ServiceUnavailable: {} does not answer", work.side));
        }
        if let Some(value) = &work.undo_to {
            let known = self.sides.keys().any(|side| side.as_str() == value.as_str());
            return (!known).then(|| format!("NoSuchBucket: no side {value}"));
        }
        if work.verb == Verb::RestoreVersion && !self.versioned {
            return Some("InvalidBucketState: it is not versioned".to_owned());
        }
        let from_lost = work.verb == Verb::Sync && scene.lost(&self.active).is_some();
        from_lost.then(|| format!("ServiceUnavailable: {} does not answer", self.active))
    }

    pub(super) fn accept(&mut self, work: &Work, scene: &Scene<'_>) -> Vec<Planned> {
        let side =
            work.undo_to.as_ref().map_or(work.side.clone(), |s| SiteId::new(s.as_str()));
        let Some(it) = self.sides.get_mut(&side) else {
            return Vec::new();
        };
        it.busy = Some(work.verb);
        it.accepted.insert(work.verb, scene.now);
        let verb = work.verb;
        let (timing, change) = if verb == Verb::Switch {
            (Timing::StorageSwitch, StorageChange::Switched)
        } else {
            (Timing::StorageSync, StorageChange::Finished { verb })
        };
        let change = Change::Storage(change);
        vec![Planned { after: scene.takes(timing, work), side, change }]
    }

    pub(super) fn apply(&mut self, side: &SiteId, change: StorageChange) {
        let Some(it) = self.sides.get_mut(side) else {
            return;
        };
        match change {
            StorageChange::Finished { verb } => {
                it.busy = it.busy.filter(|busy| *busy != verb);
            }
            StorageChange::Switched => {
                it.busy = None;
                self.active = side.clone();
            }
        }
    }
}
