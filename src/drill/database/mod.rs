//! The database model: writer and replica sides, lag while the source lives, promotions
//! whose status lags behind the truth, fences with proof.
//!
//! It shows split brain honestly: who promotes without a fence gets two writers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    chance,
    lag::{self, Spike},
    latency::Timing,
    thing::Scene,
};
use crate::model::{
    DatabaseRole, DatabaseView, Fence, Lag, Moment, Resource, SiteId, Span, Text, Verb,
};

mod calls;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::drill) struct Database {
    kind: String,
    pub(in crate::drill) sides: BTreeMap<SiteId, Instance>,
    pub(in crate::drill) spikes: Vec<Spike>,
}

/// One side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::drill) struct Instance {
    pub(in crate::drill) identifier: String,
    pub(in crate::drill) endpoint: String,
    role: Role,
    phase: Phase,
    gate: Gate,
    snapshot: Option<(Text, Moment)>,
    /// When each verb was last accepted, as the service's own event log would show it.
    accepted: BTreeMap<Verb, Moment>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Role {
    Writer,
    Replica { source: SiteId },
}

/// What an instance is busy with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Phase {
    Steady,
    /// A promotion was accepted and does not show yet.
    Accepted,
    Promoting {
        since: Moment,
    },
    SwitchingOver {
        from: SiteId,
    },
    BackingUp {
        name: Text,
    },
    Copying {
        name: Text,
    },
    Rebuilding,
    Restoring,
    /// Deleted, or known by another name now.
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Gate {
    Open,
    Closing,
    Closed { at: Moment },
    Opening,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::drill) enum DatabaseChange {
    /// The accepted promotion becomes visible; the rest of it takes `rest`.
    Shows {
        rest: Span,
    },
    Promoted,
    SwitchedOver,
    BackedUp,
    Copied,
    Rebuilt,
    Restored,
    Closed,
    Opened,
}

impl Database {
    pub(in crate::drill) fn new(resource: &Resource) -> Self {
        let side = |site: &SiteId| {
            let identifier = resource
                .setting(site, "identifier")
                .or_else(|| resource.setting(site, "instance"))
                .or_else(|| resource.setting(site, "cluster"))
                .map_or_else(|| format!("{}-{site}", resource.id), str::to_owned);
            let endpoint = resource.setting(site, "endpoint").map_or_else(
                || format!("{identifier}.{site}.drill.example"),
                str::to_owned,
            );
            let role = if *site == resource.primary {
                Role::Writer
            } else {
                Role::Replica { source: resource.primary.clone() }
            };
            Instance {
                identifier,
                endpoint,
                role,
                phase: Phase::Steady,
                gate: Gate::Open,
                snapshot: None,
                accepted: BTreeMap::new(),
            }
        };
        let sides = resource.sides.keys().map(|site| (site.clone(), side(site)));
        Self { kind: resource.kind.clone(), sides: sides.collect(), spikes: Vec::new() }
    }

    pub(in crate::drill) fn view(
        &self,
        side: &SiteId,
        scene: &Scene<'_>,
    ) -> Option<DatabaseView> {
        let it = self.sides.get(side)?;
        let lost = scene.lost(side).is_some();
        let role = match &it.role {
            _ if it.phase == Phase::Gone => DatabaseRole::Absent,
            Role::Writer => DatabaseRole::Writer,
            Role::Replica { source } => DatabaseRole::Replica {
                source: Text::clean(
                    self.sides.get(source).map_or(source.as_str(), |s| &s.identifier),
                ),
            },
        };
        Some(DatabaseView {
            role,
            status: Text::clean(if lost { "unavailable" } else { it.phase.status() }),
            available: !lost && it.phase.takes_connections(),
            lag: self.lag(side, it, scene),
            fence: it.fence(lost),
            connections: it.connections(side, lost, scene),
            endpoint: (it.phase != Phase::Gone).then(|| Text::clean(&it.endpoint)),
            newest_snapshot: it.snapshot.clone(),
        })
    }

    /// Whether an application at any site can write to `side`.
    pub(in crate::drill) fn takes_writes(
        &self,
        side: &SiteId,
        scene: &Scene<'_>,
    ) -> bool {
        self.sides.get(side).is_some_and(|it| {
            it.role == Role::Writer
                && it.gate.lets_through()
                && it.phase.takes_connections()
                && scene.lost(side).is_none()
        })
    }

    fn lag(&self, side: &SiteId, it: &Instance, scene: &Scene<'_>) -> Lag {
        let Role::Replica { source } = &it.role else {
            return Lag::NoData;
        };
        let sample = |at: Moment| {
            let timing = if self.kind.starts_with("aurora") {
                Timing::DatabaseLagAurora
            } else {
                Timing::DatabaseLag
            };
            let name = format!("{}/{side}", it.identifier);
            lag::sample(scene, timing, &name, &self.spikes, at)
        };
        let broken = |reason: &str, since: Moment| Lag::NotReplicating {
            reason: Text::clean(reason),
            last: Some(sample(since.min(scene.now))),
        };
        match &it.phase {
            Phase::Promoting { since } => return broken("being promoted", *since),
            Phase::Gone => return Lag::NoData,
            Phase::Rebuilding | Phase::Restoring => {
                return Lag::NotReplicating {
                    reason: Text::clean("the first copy is being made"),
                    last: None,
                };
            }
            Phase::Steady
            | Phase::Accepted
            | Phase::SwitchingOver { .. }
            | Phase::BackingUp { .. }
            | Phase::Copying { .. } => {}
        }
        if let Some(since) = scene.lost(source) {
            return broken("the source does not answer", since);
        }
        if let Some(since) = scene.lost(side) {
            return broken("the replica does not answer", since);
        }
        let (lag, at) = sample(scene.now);
        match self.sides.get(source).map(|source| source.gate) {
            // Nothing new is written at a fenced source: the replica catches up.
            Some(Gate::Closed { at: closed }) => {
                let (behind, _) = sample(closed);
                Lag::Ok { lag: (behind - (at - closed)).max(Span::ZERO), at }
            }
            Some(Gate::Open | Gate::Closing | Gate::Opening) | None => {
                Lag::Ok { lag, at }
            }
        }
    }
}

impl Instance {
    fn fence(&self, lost: bool) -> Fence {
        if self.phase == Phase::Gone {
            return Fence::Unproven;
        }
        match self.gate {
            Gate::Closed { at } => Fence::Closed {
                proof: Text::clean(format!(
                    "ingress revoked at {}, 0 connections",
                    at.time_of_day()
                )),
            },
            // Nobody can connect to see whether somebody can connect.
            Gate::Open | Gate::Closing if lost => Fence::Unproven,
            Gate::Open | Gate::Closing => Fence::Open,
            Gate::Opening => Fence::Unproven,
        }
    }

    fn connections(&self, side: &SiteId, lost: bool, scene: &Scene<'_>) -> Option<u32> {
        if lost || self.phase == Phase::Gone {
            return None;
        }
        let wobble = || {
            let minute = ((scene.now - scene.started).as_secs() / 60).to_string();
            let share = chance::fraction(
                scene.seed,
                &["connections", &self.identifier, side.as_str(), &minute],
            );
            [0.2, 0.4, 0.6, 0.8].iter().filter(|bound| share > **bound).count()
        };
        let base = match (&self.role, self.gate) {
            (_, Gate::Closed { .. }) => return Some(0),
            (Role::Writer, Gate::Open | Gate::Closing | Gate::Opening) => 118,
            (Role::Replica { .. }, Gate::Open | Gate::Closing | Gate::Opening) => 4,
        };
        Some(base + u32::try_from(wobble()).unwrap_or(0))
    }
}

impl Gate {
    /// Until the gate is closed somebody may still write.
    const fn lets_through(self) -> bool {
        match self {
            Self::Open | Self::Closing => true,
            Self::Closed { .. } | Self::Opening => false,
        }
    }
}

impl Phase {
    const fn status(&self) -> &'static str {
        match self {
            Self::Steady | Self::Accepted | Self::Copying { .. } => "available",
            Self::Promoting { .. } | Self::SwitchingOver { .. } => "modifying",
            Self::BackingUp { .. } => "backing-up",
            Self::Rebuilding | Self::Restoring => "creating",
            Self::Gone => "absent",
        }
    }

    const fn takes_connections(&self) -> bool {
        match self {
            Self::Steady
            | Self::Accepted
            | Self::Copying { .. }
            | Self::BackingUp { .. } => true,
            Self::Promoting { .. }
            | Self::SwitchingOver { .. }
            | Self::Rebuilding
            | Self::Restoring
            | Self::Gone => false,
        }
    }
}
