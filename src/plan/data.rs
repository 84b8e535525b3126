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
    pub options: Options,
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

#[derive(Clone, Debug, Deserialize)]
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

const FILES: [&str; 4] = [
    include_str!("../../assets/data/alias-zones.toml"),
    include_str!("../../assets/data/control-planes.toml"),
    include_str!("../../assets/data/engines.toml"),
    include_str!("../../assets/data/options.toml"),
];

/// A test reads every file: what cannot be read here is empty, and cannot be committed.
static DATA: LazyLock<Data> = LazyLock::new(|| {
    let [zones, planes, engines, options] = FILES;
    Data {
        alias_zones: toml::from_str(zones).unwrap_or_default(),
        control_planes: toml::from_str(planes).unwrap_or_default(),
        engines: toml::from_str(engines).unwrap_or_default(),
        options: toml::from_str(options).unwrap_or_default(),
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
        let [zones, planes, engines, options] = FILES;
        toml::from_str::<AliasZones>(zones).unwrap();
        toml::from_str::<ControlPlanes>(planes).unwrap();
        toml::from_str::<Engines>(engines).unwrap();
        toml::from_str::<Options>(options).unwrap();
        for file in FILES {
            let rows = file.matches("\n[[").count();
            let shared = file.matches("\n[[zone]]").count();
            let sources = file.matches("\nsource = \"https://").count();
            assert_eq!(sources, 1 + rows - shared, "each row says where it is from");
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
