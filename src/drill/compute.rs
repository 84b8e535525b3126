//! The compute model: the desired number changes at once, instances join one by one, a
//! rollout settles later than it is accepted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    latency::Timing,
    thing::{Change, Planned, Scene, Standing},
};
use crate::model::{
    ComputeView, Moment, Observation, Resource, SiteId, Span, Text, Verb, Work,
};

/// Keys under which kinds declare how many run in normal operation.
const COUNT_KEYS: &[&str] =
    &["count", "desired", "normal", "running", "replicas", "nodes", "desired_count"];

/// Keys under which kinds declare what runs, or what it points at.
const CONFIG_KEYS: &[&str] = &["config", "database", "points_at", "version", "image"];

/// How many run on a side that declares nothing.
const DEFAULT_COUNT: u32 = 3;

/// The verbs of compute, and no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Own {
    Scale,
    Stop,
    Restart,
    Deploy,
    Repoint,
}

const OWN: &[(Verb, Own)] = &[
    (Verb::Scale, Own::Scale),
    (Verb::Stop, Own::Stop),
    (Verb::Restart, Own::Restart),
    (Verb::Deploy, Own::Deploy),
    (Verb::Repoint, Own::Repoint),
];

impl Own {
    fn of(work: &Work) -> Option<Self> {
        OWN.iter().find(|(verb, _)| *verb == work.verb).map(|(_, own)| *own)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Compute {
    kind: String,
    pub(super) sides: BTreeMap<SiteId, Fleet>,
}

/// One side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Fleet {
    desired: u32,
    running: u32,
    healthy: u32,
    pub(super) config: Option<Text>,
    /// What the instances that answer use; follows `config` when a rollout settles.
    pub(super) live: Option<Text>,
    settling: bool,
    /// The release that never becomes healthy, where there was one.
    #[serde(default)]
    bad: Option<Text>,
    /// Grows with every change of the desired number; older joins are void.
    wave: u32,
    /// As `wave`, for rollouts.
    rollout: u32,
    accepted: BTreeMap<Verb, Moment>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ComputeChange {
    Runs { wave: u32, count: u32 },
    Healthy { wave: u32, count: u32 },
    Settled { rollout: u32 },
}

impl Compute {
    pub(super) fn new(resource: &Resource) -> Self {
        let side = |site: &SiteId| {
            let count = COUNT_KEYS.iter().find_map(|key| resource.count(site, key));
            let desired = count.unwrap_or(DEFAULT_COUNT);
            let config = CONFIG_KEYS.iter().find_map(|key| resource.setting(site, key));
            let config = config.map(Text::clean);
            Fleet {
                desired,
                running: desired,
                healthy: desired,
                live: config.clone(),
                config,
                settling: false,
                bad: None,
                wave: 0,
                rollout: 0,
                accepted: BTreeMap::new(),
            }
        };
        let sides = resource.sides.keys().map(|site| (site.clone(), side(site)));
        Self { kind: resource.kind.clone(), sides: sides.collect() }
    }

    /// Points sides that declare nothing at `address`.
    pub(super) fn point_at(&mut self, address: &str) {
        for fleet in self.sides.values_mut().filter(|fleet| fleet.config.is_none()) {
            fleet.config = Some(Text::clean(address));
            fleet.live.clone_from(&fleet.config);
        }
    }

    /// A release that does not work takes the place of what runs on `side`.
    pub(super) fn break_release(&mut self, side: &SiteId) {
        if let Some(fleet) = self.sides.get_mut(side) {
            let bad = Some(Text::clean("the-release-that-fails"));
            fleet.config.clone_from(&bad);
            fleet.live.clone_from(&bad);
            fleet.bad = bad;
        }
    }

    pub(super) fn view(&self, side: &SiteId, scene: &Scene<'_>) -> Option<ComputeView> {
        let it = self.sides.get(side)?;
        let up = scene.lost(side).is_none();
        Some(ComputeView {
            desired: it.desired,
            running: if up { it.running } else { 0 },
            healthy: Some(if up && !it.is_broken() { it.healthy } else { 0 }),
            config: it.config.clone(),
            settling: it.settling,
        })
    }

    pub(super) fn standing(
        &self,
        work: &Work,
        seen: &Observation,
        value: &Text,
    ) -> Standing {
        let (Some(it), Some(own)) = (self.sides.get(&work.side), Own::of(work)) else {
            return Standing::Not(format!("no {} there", work.verb));
        };
        if let Some(wanted) = &work.undo_to {
            let moving = it.settling || it.healthy != it.desired;
            return Standing::back(wanted, value, moving);
        }
        let newest = it.accepted.get(&work.verb).copied();
        let aimed = *value == Text::clean(self.wanted(work));
        match own {
            Own::Restart => Standing::marked(work, seen, newest, it.settling),
            Own::Scale | Own::Stop | Own::Deploy | Own::Repoint if aimed => {
                Standing::of(work, seen, true)
            }
            // More than enough counts as reached, but a scale-down must still be sent.
            Own::Scale | Own::Stop | Own::Deploy | Own::Repoint => {
                Standing::Not(value.to_string())
            }
        }
    }

    pub(super) fn value(&self, work: &Work) -> String {
        let (Some(it), Some(own)) = (self.sides.get(&work.side), Own::of(work)) else {
            return "absent".to_owned();
        };
        match own {
            Own::Deploy | Own::Repoint => {
                it.config.as_ref().map_or("-", Text::as_str).to_owned()
            }
            Own::Scale | Own::Stop | Own::Restart => it.desired.to_string(),
        }
    }

    pub(super) fn wanted(&self, work: &Work) -> String {
        let same = || self.value(work);
        match Own::of(work) {
            Some(Own::Scale) => {
                work.args.number("count").map_or_else(same, |count| count.to_string())
            }
            Some(Own::Stop) => "0".to_owned(),
            Some(Own::Deploy) => {
                work.args.text("version").map_or_else(same, str::to_owned)
            }
            Some(Own::Repoint) => work.args.text("to").map_or_else(same, str::to_owned),
            Some(Own::Restart) | None => same(),
        }
    }

    pub(super) fn refusal(&self, work: &Work) -> Option<String> {
        let (Some(_), Some(own)) = (self.sides.get(&work.side), Own::of(work)) else {
            return Some(format!("ServiceNotFound: no side {}", work.side));
        };
        let value = work.undo_to.as_ref()?;
        match own {
            Own::Scale | Own::Stop => value
                .as_str()
                .parse::<u32>()
                .is_err()
                .then(|| format!("InvalidParameter: `{value}` is not a count")),
            Own::Restart => Some("InvalidAction: it has no way back".to_owned()),
            Own::Deploy | Own::Repoint => None,
        }
    }

    pub(super) fn accept(&mut self, work: &Work, scene: &Scene<'_>) -> Vec<Planned> {
        let wanted =
            work.undo_to.as_ref().map_or_else(|| self.wanted(work), Text::to_string);
        let (first, behind_balancer) = match self.kind.as_str() {
            kind if kind.starts_with("ecs") => (Timing::EcsTask, true),
            kind if kind.starts_with("eks") => (Timing::EksNode, false),
            _ => (Timing::Rollout, false),
        };
        let (Some(it), Some(own)) = (self.sides.get_mut(&work.side), Own::of(work))
        else {
            return Vec::new();
        };
        it.accepted.insert(work.verb, scene.now);
        let changes = match own {
            Own::Scale | Own::Stop => {
                it.wave += 1;
                it.desired = wanted.parse().unwrap_or(it.desired);
                let first = scene.takes(first, work);
                let target = scene.takes(Timing::Target, work);
                let target = if behind_balancer { target } else { Span::ZERO };
                it.ramp(work, scene, first, target)
            }
            Own::Deploy | Own::Repoint | Own::Restart => {
                if own != Own::Restart {
                    it.config = (wanted != "-").then(|| Text::clean(&wanted));
                }
                it.rollout += 1;
                it.settling = true;
                let settled = ComputeChange::Settled { rollout: it.rollout };
                vec![(scene.takes(Timing::Rollout, work), settled)]
            }
        };
        let planned = |(after, change)| Planned {
            after,
            side: work.side.clone(),
            change: Change::Compute(change),
        };
        changes.into_iter().map(planned).collect()
    }

    pub(super) fn apply(&mut self, side: &SiteId, change: &ComputeChange) {
        let Some(it) = self.sides.get_mut(side) else {
            return;
        };
        match *change {
            ComputeChange::Runs { wave, count } if wave == it.wave => {
                it.running = count;
                it.healthy = it.healthy.min(count);
            }
            ComputeChange::Healthy { wave, count } if wave == it.wave => {
                it.healthy = count;
            }
            ComputeChange::Settled { rollout } if rollout == it.rollout => {
                it.settling = false;
                it.live.clone_from(&it.config);
            }
            ComputeChange::Runs { .. }
            | ComputeChange::Healthy { .. }
            | ComputeChange::Settled { .. } => {}
        }
    }
}

impl Fleet {
    fn is_broken(&self) -> bool {
        self.bad.is_some() && self.live == self.bad
    }

    /// The way to the desired number: up one by one, down at once after a drain.
    fn ramp(
        &self,
        work: &Work,
        scene: &Scene<'_>,
        first: Span,
        target: Span,
    ) -> Vec<(Span, ComputeChange)> {
        let (wave, wanted) = (self.wave, self.desired);
        if wanted <= self.running {
            let drain = scene.takes(Timing::InstanceDrain, work);
            // What was not healthy yet becomes so, up to what stays.
            let healthy = ComputeChange::Healthy { wave, count: wanted };
            let runs = ComputeChange::Runs { wave, count: wanted };
            return vec![(drain, runs), (drain + target, healthy)];
        }
        let mut after = first;
        let mut changes = Vec::new();
        for count in self.running + 1..=wanted {
            changes.push((after, ComputeChange::Runs { wave, count }));
            changes.push((after + target, ComputeChange::Healthy { wave, count }));
            // Beyond this many the pace is that of the last one.
            after = after + scene.takes_nth(Timing::NextInstance, work, count.min(64));
        }
        changes
    }
}
