//! What eyes report: one type per noun, always with the moment it was true, and with
//! "unknown" as a value of its own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Moment, ProbeId, ResourceId, SiteId, Span, Text};

/// How far a replica is behind its source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lag {
    /// Measured at that moment.
    Ok { lag: Span, at: Moment },
    /// The last good measurement, now too old to be called current.
    Stale { lag: Span, at: Moment },
    /// The replica says it is not replicating; the last good measurement, if any.
    NotReplicating { reason: Text, last: Option<(Span, Moment)> },
    /// Nothing was ever measured.
    NoData,
}

impl Lag {
    /// The newest good measurement, however old.
    pub fn last_good(&self) -> Option<(Span, Moment)> {
        match self {
            Self::Ok { lag, at } | Self::Stale { lag, at } => Some((*lag, *at)),
            Self::NotReplicating { last, .. } => *last,
            Self::NoData => None,
        }
    }

    /// The same measurement, as if it had been made `by` later.
    #[must_use]
    pub fn later(self, by: Span) -> Self {
        match self {
            Self::Ok { lag, at } => Self::Ok { lag, at: at + by },
            Self::Stale { lag, at } => Self::Stale { lag, at: at + by },
            Self::NotReplicating { reason, last } => {
                let last = last.map(|(lag, at)| (lag, at + by));
                Self::NotReplicating { reason, last }
            }
            Self::NoData => Self::NoData,
        }
    }
}

/// Which part a side of a database plays, as the service itself says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DatabaseRole {
    Writer,
    Replica {
        source: Text,
    },
    /// Declared, but the service does not know it.
    Absent,
}

/// Whether writes can still reach a side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fence {
    Open,
    /// Closed, with what was seen that proves it.
    Closed {
        proof: Text,
    },
    /// Nobody looked, or looking was not possible.
    Unproven,
}

/// One side of a database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatabaseView {
    pub role: DatabaseRole,
    /// The service's own status word.
    pub status: Text,
    /// Whether the service says it takes connections now.
    pub available: bool,
    pub lag: Lag,
    pub fence: Fence,
    pub connections: Option<u32>,
    pub endpoint: Option<Text>,
    /// The newest finished snapshot the driver knows of.
    pub newest_snapshot: Option<(Text, Moment)>,
}

/// One side of a compute resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComputeView {
    pub desired: u32,
    pub running: u32,
    /// Healthy behind the load balancer, where that can be asked.
    pub healthy: Option<u32>,
    /// What it runs or points at: a task definition, an image, a database address.
    pub config: Option<Text>,
    /// Whether a deployment is still moving.
    pub settling: bool,
}

/// The whole of a traffic resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrafficView {
    /// Percent of users sent to each site.
    pub share: BTreeMap<SiteId, u8>,
    pub ttl: Option<Span>,
    /// Whether the last change has reached every name server; none when that cannot be
    /// told: nothing was changed, or the service cannot be asked about the change.
    pub in_sync: Option<bool>,
    /// Health-check verdict per site, where one is attached.
    pub healthy: BTreeMap<SiteId, bool>,
}

/// One side of a storage resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StorageView {
    pub replicating: Option<bool>,
    pub lag: Lag,
    pub versioned: Option<bool>,
    /// Whether this side is the one in use.
    pub active: bool,
}

/// What was seen of one side of one resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Observation {
    Database(DatabaseView),
    Compute(ComputeView),
    Traffic(TrafficView),
    Storage(StorageView),
}

impl Observation {
    /// As an answer a path is looked up in: its fields under their own names, and a
    /// database's address where the cloud's own interface has it.
    pub fn answer(&self) -> serde_json::Value {
        let fields = match self {
            Self::Database(view) => serde_json::to_value(view),
            Self::Compute(view) => serde_json::to_value(view),
            Self::Traffic(view) => serde_json::to_value(view),
            Self::Storage(view) => serde_json::to_value(view),
        };
        let mut answer = fields.unwrap_or_default();
        if let (Self::Database(view), Some(all)) = (self, answer.as_object_mut())
            && let Some(at) = &view.endpoint
        {
            let (host, port) = at.as_str().split_once(':').unwrap_or((at.as_str(), ""));
            let endpoint = serde_json::json!({ "Address": host, "Port": port });
            all.insert("Endpoint".to_owned(), endpoint);
        }
        answer
    }
}

/// Why there is no reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unknown {
    pub why: Text,
}

/// The last thing eyes said about one subject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading<T> {
    /// The newest good value with the moment it was read.
    pub last: Option<(T, Moment)>,
    /// The newest failure after it, if the newest attempt failed.
    pub lost: Option<(Unknown, Moment)>,
    /// How old a value may get before it counts as unknown.
    pub max_age: Span,
}

impl<T> Reading<T> {
    /// Before the first answer.
    pub const fn none(max_age: Span) -> Self {
        Self { last: None, lost: None, max_age }
    }

    /// The value, if it is young enough to act on.
    pub fn fresh(&self, now: Moment) -> Option<&T> {
        self.last
            .as_ref()
            .filter(|(_, at)| now - *at <= self.max_age)
            .map(|(value, _)| value)
    }

    pub fn age(&self, now: Moment) -> Option<Span> {
        self.last.as_ref().map(|(_, at)| now - *at)
    }

    /// The same reading, as if it had been taken `by` later.
    pub fn delay(&mut self, by: Span) {
        for at in self.last.iter_mut().map(|(_, at)| at) {
            *at = *at + by;
        }
        for at in self.lost.iter_mut().map(|(_, at)| at) {
            *at = *at + by;
        }
    }
}

/// What one probe said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeAnswer {
    pub healthy: bool,
    /// `200 in 0.2 s`, `3 of 3`.
    pub value: Text,
}

/// All readings a decision may rest on, as the board holds them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// Traffic is kept under its primary site.
    pub estate: BTreeMap<(ResourceId, SiteId), Reading<Observation>>,
    pub probes: BTreeMap<ProbeId, Reading<ProbeAnswer>>,
}

impl Evidence {
    pub fn of(
        &self,
        resource: &ResourceId,
        site: &SiteId,
    ) -> Option<&Reading<Observation>> {
        self.estate.get(&(resource.clone(), site.clone()))
    }

    pub fn database(
        &self,
        resource: &ResourceId,
        site: &SiteId,
    ) -> Option<(&DatabaseView, Moment, &Reading<Observation>)> {
        let reading = self.of(resource, site)?;
        match reading.last.as_ref()? {
            (Observation::Database(view), at) => Some((view, *at, reading)),
            (
                Observation::Compute(_)
                | Observation::Traffic(_)
                | Observation::Storage(_),
                _,
            ) => None,
        }
    }
}
