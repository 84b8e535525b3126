//! Who acts, from which seat, and in which world.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{PersonId, Text};

/// Which world an incident lives in. Journals of the two worlds are separate trees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    Live,
    Drill,
}

impl Mode {
    /// The word at both ends of the screen and in the typed token.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Live => "LIVE",
            Self::Drill => "DRILL",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A place at the table. One person holds each at a time.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Seat {
    Commander,
    Operator,
    Scribe,
    Liaison,
}

impl Seat {
    pub const ALL: [Self; 4] =
        [Self::Commander, Self::Operator, Self::Scribe, Self::Liaison];

    /// As the header shows it.
    pub const fn short(self) -> &'static str {
        match self {
            Self::Commander => "IC",
            Self::Operator => "OP",
            Self::Scribe => "SCRIBE",
            Self::Liaison => "LIAISON",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "commander" | "ic" => Some(Self::Commander),
            "operator" | "op" => Some(Self::Operator),
            "scribe" => Some(Self::Scribe),
            "liaison" => Some(Self::Liaison),
            _ => None,
        }
    }
}

/// Who caused a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    Person {
        name: PersonId,
        /// Terminal or host the key was pressed on.
        from: Text,
    },
    /// A colleague the drill plays; shown as such everywhere.
    Scripted {
        name: PersonId,
    },
    System,
}

impl Actor {
    pub fn person(&self) -> Option<&PersonId> {
        match self {
            Self::Person { name, .. } | Self::Scripted { name } => Some(name),
            Self::System => None,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person { name, .. } => f.pad(name.as_str()),
            Self::Scripted { name } => f.pad(&format!("{name} (scripted)")),
            Self::System => f.pad("system"),
        }
    }
}
