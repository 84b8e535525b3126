//! Facts about clouds and engines that rules ask: tables in `assets/data`, each with its
//! source, part of the program. Nothing here draws a conclusion.
//!
//! To add a row, edit the file; to add a table, a struct and a line in [`Data`].

use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, de::Error as _};

use crate::model::{Noun, Span};

/// Every table.
#[derive(Clone, Debug, Default)]
pub struct Data {
    pub alias_zones: AliasZones,
    pub control_planes: ControlPlanes,
    pub engines: Engines,
    pub options: Options,
    pub metrics: Metrics,
    pub copies: Copies,
}

/// Hosted zones of what alias records stand for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AliasZones {
    pub source: String,
    pub zone: Vec<AliasZone>,
    pub everywhere: Vec<Everywhere>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AliasZone {
    pub region: String,
    /// Of application and classic load balancers.
    pub application: String,
    /// Of network load balancers.
    pub network: String,
}

/// A service with one zone for all regions.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Everywhere {
    /// What the name of each of them ends with.
    pub suffix: String,
    pub zone: String,
    /// What people call them.
    pub what: String,
    pub source: String,
}

/// Where control planes and metrics live.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlPlanes {
    pub source: String,
    /// Services the command line needs no region for.
    pub no_region: Vec<String>,
    pub plane: Vec<ControlPlane>,
    pub metrics: Vec<MetricsHome>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlPlane {
    /// As the command line names it.
    pub service: String,
    /// As people name it.
    pub name: String,
    /// The region it lives in.
    pub home: String,
    /// How the operations begin that need it; all but those that only look when empty.
    #[serde(default)]
    pub operations: Vec<String>,
    /// What works without it.
    pub goes_on: String,
    /// What to use instead.
    pub instead: String,
    /// How long it takes to come back elsewhere, in minutes, where that was arranged
    /// beforehand.
    pub again_minutes: Option<i64>,
    pub source: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricsHome {
    pub namespace: String,
    pub home: String,
    pub source: String,
}

/// What engines can and cannot do.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Engines {
    pub source: String,
    pub gone: Vec<Gone>,
    pub promotion: Vec<Promotion>,
    pub multi_writer: Vec<MultiWriter>,
}

/// Kinds each side of which takes writes in normal operation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MultiWriter {
    /// As a plan writes them in `kind`, of a store or of its replication.
    pub kinds: Vec<String>,
    pub source: String,
}

/// Words that are gone since a version.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gone {
    pub engine: String,
    /// The first version without them.
    pub since: u32,
    pub words: Vec<String>,
    pub effect: String,
    pub instead: String,
    pub source: String,
}

/// An operation and the technologies it makes a writer of.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promotion {
    pub operation: String,
    pub fits: Vec<String>,
    /// What to write for a technology it fits.
    pub how: String,
    pub source: String,
}

/// What calls do not do, whatever their titles say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    pub source: String,
    pub wants: Vec<Wants>,
    pub idle: Vec<Idle>,
    pub answer: Vec<Answer>,
    pub form: Vec<Form>,
}

/// A title and what the call under it must be given.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wants {
    pub operation: String,
    /// One of these in the title, in small letters.
    pub says: Vec<String>,
    /// One of these among the parameters.
    pub needs: Vec<String>,
    pub because: String,
    pub source: String,
}

/// An operation that moves no user and starts nothing.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Idle {
    pub operation: String,
    pub does: String,
    pub instead: String,
    pub source: String,
}

/// A field an answer does not have.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub operation: String,
    pub lacks: String,
    pub has: String,
    pub instead: String,
    pub source: String,
}

/// A field a form does not have.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// Whom it is sent to.
    pub host: String,
    /// What a plan calls them.
    pub provider: String,
    pub wrong: String,
    pub right: String,
    /// What comes of the wrong one.
    pub shows: String,
    pub source: String,
}

/// What metrics measure, and what an alarm that is for something must watch.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    pub source: String,
    pub purpose: Vec<Purpose>,
    pub metric: Vec<Metric>,
}

/// What an alarm can be for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    pub id: String,
    /// Other words for it.
    pub also: Vec<String>,
    /// What to watch for it, in words.
    #[serde(rename = "use")]
    pub advice: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// None when many namespaces have it.
    pub namespace: Option<String>,
    pub name: String,
    /// The purposes it tells of.
    pub tells: Vec<String>,
    pub unit: String,
    /// `high` or `low`; none when either may be.
    pub worse: Option<String>,
    /// What it is of.
    pub noun: Option<Noun>,
    /// The value that means it is not measured at all.
    pub broken: Option<f64>,
}

/// How technologies follow, how near to now backups restore, how long archives take.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Copies {
    pub source: String,
    pub follower: Vec<Follower>,
    pub backup: Vec<Continuous>,
    pub class: Vec<StorageClass>,
}

/// A kind whose other sides follow by themselves, some time later.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Follower {
    pub kind: String,
    /// The metric that tells how much later.
    pub lag: String,
}

/// A kind of backup that keeps what is written between two copies.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Continuous {
    pub kind: String,
    /// It restores to any moment up to so long ago.
    #[serde(deserialize_with = "written")]
    pub within: Span,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorageClass {
    /// Any of these in its name, in small letters, tells it.
    pub words: Vec<String>,
    /// How long fetching something from it takes at most, as a rule.
    #[serde(deserialize_with = "written")]
    pub wait: Span,
}

/// A duration as a plan writes it.
fn written<'de, D: Deserializer<'de>>(from: D) -> Result<Span, D::Error> {
    String::deserialize(from)?.parse().map_err(D::Error::custom)
}

const FILES: [&str; 6] = [
    include_str!("../../assets/data/alias-zones.toml"),
    include_str!("../../assets/data/control-planes.toml"),
    include_str!("../../assets/data/engines.toml"),
    include_str!("../../assets/data/options.toml"),
    include_str!("../../assets/data/metrics.toml"),
    include_str!("../../assets/data/copies.toml"),
];

/// A test reads every file: what cannot be read here is empty, and cannot be committed.
static DATA: LazyLock<Data> = LazyLock::new(|| {
    let [zones, planes, engines, options, metrics, copies] = FILES;
    Data {
        alias_zones: toml::from_str(zones).unwrap_or_default(),
        control_planes: toml::from_str(planes).unwrap_or_default(),
        engines: toml::from_str(engines).unwrap_or_default(),
        options: toml::from_str(options).unwrap_or_default(),
        metrics: toml::from_str(metrics).unwrap_or_default(),
        copies: toml::from_str(copies).unwrap_or_default(),
    }
});

/// All facts.
pub fn data() -> &'static Data {
    &DATA
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_can_be_read_and_says_where_it_is_from() {
        let [zones, planes, engines, options, metrics, copies] = FILES;
        toml::from_str::<AliasZones>(zones).unwrap();
        toml::from_str::<ControlPlanes>(planes).unwrap();
        toml::from_str::<Engines>(engines).unwrap();
        toml::from_str::<Options>(options).unwrap();
        for file in [zones, planes, engines, options] {
            let rows = file.matches("\n[[").count();
            let shared = file.matches("\n[[zone]]").count();
            let sources = file.matches("\nsource = \"https://").count();
            assert_eq!(sources, 1 + rows - shared, "each row says where it is from");
        }
        let metrics = toml::from_str::<Metrics>(metrics).unwrap();
        let copies = toml::from_str::<Copies>(copies).unwrap();
        for source in [metrics.source, copies.source] {
            assert!(source.contains("https://"), "{source}");
        }
    }

    #[test]
    fn metrics_tell_of_purposes_there_are_and_point_one_way() {
        let metrics = &data().metrics;
        let known: Vec<&str> =
            metrics.purpose.iter().map(|one| one.id.as_str()).collect();
        for metric in &metrics.metric {
            let tells = metric.tells.iter().map(String::as_str);
            assert!(tells.clone().count() > 0, "{}", metric.name);
            assert!(tells.into_iter().all(|one| known.contains(&one)), "{}", metric.name);
            let worse = metric.worse.as_deref();
            assert!(matches!(worse, None | Some("high" | "low")), "{}", metric.name);
        }
        for purpose in &metrics.purpose {
            assert!(purpose.also.iter().all(|word| !known.contains(&word.as_str())));
        }
    }

    #[test]
    fn no_two_zones_are_the_same() {
        let zones = &data().alias_zones.zone;
        let mut ids: Vec<&String> = zones
            .iter()
            .flat_map(|one| [&one.application, &one.network])
            .chain(data().alias_zones.everywhere.iter().map(|one| &one.zone))
            .collect();
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), all);
        assert!(ids.iter().all(|id| id.starts_with('Z')));
    }
}
