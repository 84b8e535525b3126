//! Facts about clouds and engines that rules ask: tables in `assets/data`, each with its
//! source, part of the program. Nothing here draws a conclusion.
//!
//! To add a row, edit the file; to add a table, a struct and a line in [`Data`].

use std::sync::LazyLock;

use serde::Deserialize;

/// Every table.
#[derive(Clone, Debug, Default)]
pub struct Data {
    pub alias_zones: AliasZones,
    pub control_planes: ControlPlanes,
    pub engines: Engines,
}

/// Hosted zones of load balancers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AliasZones {
    pub source: String,
    pub zone: Vec<AliasZone>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AliasZone {
    pub region: String,
    /// Of application and classic load balancers.
    pub application: String,
    /// Of network load balancers, where it is known.
    pub network: Option<String>,
}

/// Where control planes and metrics live.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlPlanes {
    pub source: String,
    pub plane: Vec<ControlPlane>,
    pub metrics: Vec<MetricsHome>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlPlane {
    /// As the command line names it.
    pub service: String,
    /// The region it lives in.
    pub home: String,
    /// What works without it.
    pub goes_on: String,
    /// What to use instead.
    pub instead: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricsHome {
    pub namespace: String,
    pub home: String,
}

/// What engines can and cannot do.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Engines {
    pub source: String,
    pub gone: Vec<Gone>,
    pub promotion: Vec<Promotion>,
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
}

/// An operation and the technologies it makes a writer of.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promotion {
    pub operation: String,
    pub fits: Vec<String>,
}

const FILES: [&str; 3] = [
    include_str!("../../assets/data/alias-zones.toml"),
    include_str!("../../assets/data/control-planes.toml"),
    include_str!("../../assets/data/engines.toml"),
];

/// A test reads every file: what cannot be read here is empty, and cannot be committed.
static DATA: LazyLock<Data> = LazyLock::new(|| {
    let [zones, planes, engines] = FILES;
    Data {
        alias_zones: toml::from_str(zones).unwrap_or_default(),
        control_planes: toml::from_str(planes).unwrap_or_default(),
        engines: toml::from_str(engines).unwrap_or_default(),
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
        let [zones, planes, engines] = FILES;
        toml::from_str::<AliasZones>(zones).unwrap();
        toml::from_str::<ControlPlanes>(planes).unwrap();
        toml::from_str::<Engines>(engines).unwrap();
        let data = data();
        for source in
            [&data.alias_zones.source, &data.control_planes.source, &data.engines.source]
        {
            assert!(source.contains("https://"), "{source}");
        }
    }

    #[test]
    fn no_two_zones_are_the_same() {
        let zones = &data().alias_zones.zone;
        let mut ids: Vec<&String> = zones
            .iter()
            .flat_map(|one| [Some(&one.application), one.network.as_ref()])
            .flatten()
            .collect();
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), all);
        assert!(ids.iter().all(|id| id.starts_with('Z')));
    }
}
