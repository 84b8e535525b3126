//! How long things take in the drill world: the figures of `assets/drill/latency.json`,
//! each with where it comes from. What has no source is an assumption and is listed as
//! one.

use std::{collections::BTreeMap, sync::LazyLock};

use rand::Rng;
use rand_distr::StandardNormal;
use serde::Deserialize;

use super::chance;
use crate::model::Span;

/// Everything that takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    Describe,
    Mutate,
    Impaired,
    Promote,
    StatusLag,
    PromoteAurora,
    PromotePostgres,
    Switchover,
    DatabaseLag,
    DatabaseLagAurora,
    Fence,
    Snapshot,
    CopySnapshot,
    Restore,
    RebuildReplica,
    EcsTask,
    EksNode,
    Rollout,
    Target,
    NextInstance,
    InstanceDrain,
    InSync,
    Distribution,
    ClientDrain,
    Detect,
    StorageLag,
    StorageSync,
    StorageSwitch,
    Probe,
    Command,
}

/// Every timing with its key in the data file.
const TIMINGS: &[(Timing, &str)] = &[
    (Timing::Describe, "api.describe"),
    (Timing::Mutate, "api.mutate"),
    (Timing::Impaired, "api.impaired"),
    (Timing::Promote, "db.promote"),
    (Timing::StatusLag, "db.status_lag"),
    (Timing::PromoteAurora, "db.promote_aurora"),
    (Timing::PromotePostgres, "db.promote_postgres"),
    (Timing::Switchover, "db.switchover"),
    (Timing::DatabaseLag, "db.lag"),
    (Timing::DatabaseLagAurora, "db.lag_aurora"),
    (Timing::Fence, "db.fence"),
    (Timing::Snapshot, "db.snapshot"),
    (Timing::CopySnapshot, "db.copy_snapshot"),
    (Timing::Restore, "db.restore"),
    (Timing::RebuildReplica, "db.rebuild_replica"),
    (Timing::EcsTask, "compute.ecs_task"),
    (Timing::EksNode, "compute.eks_node"),
    (Timing::Rollout, "compute.rollout"),
    (Timing::Target, "compute.target"),
    (Timing::NextInstance, "compute.next"),
    (Timing::InstanceDrain, "compute.drain"),
    (Timing::InSync, "traffic.insync"),
    (Timing::Distribution, "traffic.distribution"),
    (Timing::ClientDrain, "traffic.drain"),
    (Timing::Detect, "traffic.detect"),
    (Timing::StorageLag, "storage.lag"),
    (Timing::StorageSync, "storage.sync"),
    (Timing::StorageSwitch, "storage.switch"),
    (Timing::Probe, "probe.answer"),
    (Timing::Command, "errand.command"),
];

impl Timing {
    fn key(self) -> &'static str {
        TIMINGS.iter().find(|(timing, _)| *timing == self).map_or("", |(_, key)| key)
    }

    /// One draw, for the purpose that `parts` name.
    pub(super) fn draw(self, seed: u64, parts: &[&str]) -> Span {
        let figures = TABLE.get(self.key()).unwrap_or(&FALLBACK);
        let z: f64 = {
            let mut purpose = vec![self.key()];
            purpose.extend(parts);
            chance::generator(seed, &purpose).sample(StandardNormal)
        };
        figures.at(z)
    }
}

/// A log-normal distribution, cut at both ends, in seconds.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    pub min: f64,
    pub p50: f64,
    pub p95: f64,
    pub cap: f64,
    /// A, B, S or C; see the data file.
    pub evidence: String,
    pub source: String,
}

impl Figures {
    /// The value `z` standard deviations from the middle.
    fn at(&self, z: f64) -> Span {
        /// Standard deviations from the middle to the 95th percentile.
        const Z95: f64 = 1.644_853_6;
        let sigma = (self.p95 / self.p50).ln() / Z95;
        Span::from_secs_f64((self.p50.ln() + sigma * z).exp().max(self.min).min(self.cap))
    }
}

/// What the drill assumes without a source, for players to know: key and figures.
pub fn assumptions() -> impl Iterator<Item = (&'static str, &'static Figures)> {
    TABLE
        .iter()
        .filter(|(_, figures)| figures.evidence == "C")
        .map(|(key, figures)| (key.as_str(), figures))
}

#[derive(Debug, Deserialize)]
struct File {
    timings: BTreeMap<String, Figures>,
}

/// A broken file gives an empty table; a test keeps that from being shipped.
static TABLE: LazyLock<BTreeMap<String, Figures>> = LazyLock::new(|| {
    serde_json::from_str::<File>(include_str!("../../assets/drill/latency.json"))
        .map(|file| file.timings)
        .unwrap_or_default()
});

/// For a key the file lacks; see [`TABLE`].
static FALLBACK: LazyLock<Figures> = LazyLock::new(|| Figures {
    min: 1.0,
    p50: 1.0,
    p95: 1.0,
    cap: 1.0,
    evidence: "C".to_owned(),
    source: "missing".to_owned(),
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_timing_has_sound_figures_and_no_figure_is_unused() {
        for (_, key) in TIMINGS {
            let figures = TABLE.get(*key).unwrap_or_else(|| panic!("no {key}"));
            let ordered = [figures.min, figures.p50, figures.p95, figures.cap];
            assert!(figures.min > 0.0 && ordered.is_sorted(), "{key}: {ordered:?}");
            assert!(["A", "B", "S", "C"].contains(&figures.evidence.as_str()), "{key}");
            assert!(!figures.source.is_empty(), "{key}");
        }
        for key in TABLE.keys() {
            assert!(TIMINGS.iter().any(|(_, used)| used == key), "{key} is unused");
        }
        assert!(assumptions().count() > 0);
    }

    #[test]
    fn half_of_all_draws_are_below_the_middle_and_none_is_outside() {
        let draws: Vec<Span> =
            (0..2000).map(|n| Timing::Promote.draw(n, &["x"])).collect();
        let below = draws.iter().filter(|span| **span <= Span::secs(300)).count();
        let tail = draws.iter().filter(|span| **span <= Span::secs(720)).count();
        assert!((900..1100).contains(&below), "{below} of 2000 below the median");
        assert!((1860..1940).contains(&tail), "{tail} of 2000 below p95");
        let range = Span::secs(120)..=Span::secs(1800);
        assert!(draws.iter().all(|span| range.contains(span)));
    }
}
