//! What the reading of a plan carries along: the names that exist, the parameters, the
//! places of things, and what was wrong so far.

use std::collections::{BTreeSet, HashMap};

use toml::de::DeTable;

use super::{
    parameter::Parameters,
    placeholder::{placeholder, unwritten},
    problem::{Place, Problems},
    source::Spot,
    suggest,
};
use crate::model::{KindSpec, RunbookId};

/// What an id can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    Parameter,
    List,
    Tenant,
    Site,
    Host,
    Mode,
    Role,
    Person,
    Access,
    Contact,
    Audience,
    Channel,
    Resource,
    Probe,
    Tier,
    Service,
    Severity,
    Scenario,
    Backup,
    Alarm,
    Checklist,
    Runbook,
    Phase,
    Step,
}

impl Named {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Parameter => "parameter",
            Self::List => "list",
            Self::Tenant => "tenant",
            Self::Site => "site",
            Self::Host => "host",
            Self::Mode => "mode",
            Self::Role => "role",
            Self::Person => "person",
            Self::Access => "access",
            Self::Contact => "contact",
            Self::Audience => "audience",
            Self::Channel => "channel",
            Self::Resource => "resource",
            Self::Probe => "probe",
            Self::Tier => "tier",
            Self::Service => "service",
            Self::Severity => "severity",
            Self::Scenario => "scenario",
            Self::Backup => "backup",
            Self::Alarm => "alarm",
            Self::Checklist => "checklist",
            Self::Runbook => "runbook",
            Self::Phase => "phase",
            Self::Step => "step",
        }
    }
}

/// The ids that exist, so that a reference can be checked wherever it stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(BTreeSet<(Named, String)>);

impl Names {
    /// Notes an id; a second thing of that name is an error.
    pub(super) fn declare(
        &mut self,
        named: Named,
        id: &str,
        place: &Place,
        problems: &mut Problems,
    ) {
        if !is_id(id) {
            return problems.error(
                "P-bad-id",
                place,
                format!("`{id}` cannot be an id"),
                "use 1 to 64 letters a-z, digits, - and _, as in \"orders-db\"",
            );
        }
        if !self.0.insert((named, id.to_owned())) {
            problems.error(
                "L92",
                place,
                format!(
                    "there are two of the {} `{id}`; this is the second",
                    named.word()
                ),
                "give each its own id",
            );
        }
    }

    /// Whether `id` exists; says so when it does not.
    pub(super) fn refer(
        &self,
        named: Named,
        id: &str,
        place: &Place,
        problems: &mut Problems,
    ) -> bool {
        if self.0.contains(&(named, id.to_owned())) {
            return true;
        }
        let known = self.all(named);
        let word = named.word();
        let help = if known.is_empty() {
            format!("there is none yet: declare it as a [[{word}]]")
        } else if named == Named::Runbook {
            let label = format!("write runbooks/{id}.toml, or use one of");
            suggest::advice(id, &known, &label)
        } else {
            suggest::advice(id, &known, "declare it, or use one of")
        };
        problems.error("L92", place, format!("there is no {word} `{id}`"), help);
        false
    }

    pub(super) fn all(&self, named: Named) -> Vec<&str> {
        self.0
            .iter()
            .filter(|(kind, _)| *kind == named)
            .map(|(_, id)| id.as_str())
            .collect()
    }

    /// Collects the ids of one kind of table, for references that come before it.
    pub(super) fn collect<'a>(
        &mut self,
        named: Named,
        tables: impl Iterator<Item = (&'a DeTable<'a>, Place)>,
        problems: &mut Problems,
    ) {
        for (table, place) in tables {
            if let Some((key, value)) = table.get_key_value("id")
                && let Some(id) = value.get_ref().as_str()
            {
                let span = value.span();
                let spot =
                    Spot { file: place.spot.file, start: span.start, end: span.end };
                let place =
                    Place { spot, at: super::problem::join(&place.at, key.get_ref()) };
                self.declare(named, id, &place, problems);
            }
        }
    }
}

/// Letters, digits, `-` and `_`, so that an id can stand in a file name, a dotted path and
/// on a screen.
pub(super) fn is_id(word: &str) -> bool {
    (1..=64).contains(&word.len())
        && word.starts_with(|c: char| c.is_ascii_alphanumeric())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// Where each thing was written, by its dotted path.
#[derive(Debug, Default)]
pub struct Places(HashMap<String, Spot>);

impl Places {
    /// Makes room for what so many bytes of a plan note; a key and its value have some 20.
    pub(super) fn expect(&mut self, bytes: usize) {
        self.0.reserve(bytes / 20);
    }

    pub(super) fn get(&self, at: &str) -> Option<Place> {
        let spot = *self.0.get(at)?;
        Some(Place { spot, at: at.to_owned() })
    }
}

/// The reader's hands. Only `plan` can make or use one.
#[derive(Debug)]
pub struct Cx<'a> {
    pub kinds: &'a [KindSpec],
    pub(super) names: Names,
    pub(super) parameters: Parameters,
    pub problems: Problems,
    /// Where each thing was written, by its dotted path.
    pub places: Places,
    /// Runbooks that could not be read whole: a rule about what is missing from them
    /// would accuse the innocent.
    pub broken: BTreeSet<RunbookId>,
}

impl<'a> Cx<'a> {
    pub(super) fn new(kinds: &'a [KindSpec]) -> Self {
        Self {
            kinds,
            names: Names::default(),
            parameters: Parameters::default(),
            problems: Problems::default(),
            places: Places::default(),
            broken: BTreeSet::new(),
        }
    }

    pub(super) fn error(
        &mut self,
        lint: &'static str,
        place: &Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.problems.error(lint, place, message, help);
    }

    pub(super) fn refer(&mut self, named: Named, id: &str, place: &Place) -> bool {
        self.names.refer(named, id, place, &mut self.problems)
    }

    /// `raw` with parameters filled in; says when it was never filled in.
    pub(super) fn fill(&mut self, raw: &str, place: &Place) -> String {
        let key = place.at.rsplit('.').next().unwrap_or_default();
        let prose = ["name", "title", "summary", "doc"].contains(&key);
        let left = if prose { unwritten(raw) } else { placeholder(raw) };
        if let Some(part) = left {
            self.error(
                "L43",
                place,
                format!("`{part}` looks like a value nobody filled in"),
                "write the real value, or make it a [[parameter]] and write `${id}`",
            );
        }
        self.parameters.fill(raw, place, &mut self.problems)
    }

    pub(super) fn note(&mut self, at: String, spot: Spot) {
        self.places.0.insert(at, spot);
    }

    /// Where the thing with this path was written.
    pub(super) fn place(&self, at: &str) -> Option<Place> {
        self.places.get(at)
    }
}
