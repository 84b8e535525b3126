//! The estate: four nouns, their verbs, and how a kind of technology describes itself.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::{ResourceId, Span, Text, runbook::Tier};
use crate::model::SiteId;

/// What a thing of the estate is, whatever technology it is made of.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Noun {
    /// A store with one writer side and replica sides.
    Database,
    /// Something that serves, on each side.
    Compute,
    /// What decides where users go.
    Traffic,
    /// Files and state, replicated or copied.
    Storage,
}

impl Noun {
    pub const ALL: [Self; 4] =
        [Self::Database, Self::Compute, Self::Traffic, Self::Storage];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Compute => "compute",
            Self::Traffic => "traffic",
            Self::Storage => "storage",
        }
    }
}

impl fmt::Display for Noun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What can be done to the estate.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    Promote,
    Switchover,
    Fence,
    Unfence,
    RebuildReplica,
    Snapshot,
    CopySnapshot,
    Restore,
    Scale,
    Stop,
    Restart,
    Deploy,
    Repoint,
    Shift,
    Hold,
    RestoreVersion,
    Sync,
    Switch,
}

/// One row of the verb table.
#[derive(Debug)]
pub struct VerbDef {
    pub verb: Verb,
    pub word: &'static str,
    pub noun: Noun,
    /// The least friction this verb may ever have; a plan can only raise it.
    pub tier: Tier,
    /// Whether the value before can be put back by the same hands.
    pub undo: bool,
    /// `Promote {resource} in {side}` and so on, as people say it.
    pub phrase: &'static str,
}

/// Every verb, once. Tiers after the danger table of the confirm dialog.
pub const VERBS: &[VerbDef] = &[
    def(Verb::Promote, "promote", Noun::Database, Tier::T4, false, "Promote"),
    def(Verb::Switchover, "switchover", Noun::Database, Tier::T4, false, "Switch over"),
    def(Verb::Fence, "fence", Noun::Database, Tier::T3, true, "Fence"),
    def(Verb::Unfence, "unfence", Noun::Database, Tier::T4, false, "Unfence"),
    def(
        Verb::RebuildReplica,
        "rebuild-replica",
        Noun::Database,
        Tier::T4,
        false,
        "Rebuild",
    ),
    def(Verb::Snapshot, "snapshot", Noun::Database, Tier::T2, false, "Snapshot"),
    def(
        Verb::CopySnapshot,
        "copy-snapshot",
        Noun::Database,
        Tier::T2,
        false,
        "Copy snapshot of",
    ),
    def(Verb::Restore, "restore", Noun::Database, Tier::T3, false, "Restore"),
    def(Verb::Scale, "scale", Noun::Compute, Tier::T2, true, "Scale"),
    def(Verb::Stop, "stop", Noun::Compute, Tier::T3, true, "Stop"),
    def(Verb::Restart, "restart", Noun::Compute, Tier::T3, false, "Restart"),
    def(Verb::Deploy, "deploy", Noun::Compute, Tier::T3, true, "Deploy"),
    def(Verb::Repoint, "repoint", Noun::Compute, Tier::T3, true, "Repoint"),
    def(Verb::Shift, "shift", Noun::Traffic, Tier::T3, true, "Shift"),
    def(Verb::Hold, "hold", Noun::Traffic, Tier::T3, true, "Hold"),
    def(
        Verb::RestoreVersion,
        "restore-version",
        Noun::Storage,
        Tier::T3,
        false,
        "Restore version of",
    ),
    def(Verb::Sync, "sync", Noun::Storage, Tier::T3, false, "Sync"),
    def(Verb::Switch, "switch", Noun::Storage, Tier::T3, true, "Switch"),
];

const fn def(
    verb: Verb,
    word: &'static str,
    noun: Noun,
    tier: Tier,
    undo: bool,
    phrase: &'static str,
) -> VerbDef {
    VerbDef { verb, word, noun, tier, undo, phrase }
}

impl Verb {
    pub fn parse(word: &str) -> Option<Self> {
        VERBS.iter().find(|def| def.word == word).map(|def| def.verb)
    }

    /// The verb's row; every verb has one (a test says so).
    pub fn def(self) -> &'static VerbDef {
        const NONE: VerbDef =
            def(Verb::Hold, "unknown", Noun::Traffic, Tier::T4, false, "Change");
        VERBS.iter().find(|def| def.verb == self).unwrap_or(&NONE)
    }

    pub fn word(self) -> &'static str {
        self.def().word
    }

    /// The arguments a step may give, whatever the technology. A step has a `name` of its
    /// own, so what an action names is written `called`; a driver finds it as `name`.
    pub const fn args(self) -> &'static [Field] {
        match self {
            Self::Scale => SCALE,
            Self::Shift => SHIFT,
            Self::Deploy => DEPLOY,
            Self::Repoint => REPOINT,
            Self::Snapshot => SNAPSHOT,
            Self::CopySnapshot => COPY_SNAPSHOT,
            Self::Restore => RESTORE,
            Self::RestoreVersion => RESTORE_VERSION,
            Self::Sync => SYNC,
            Self::Promote
            | Self::Switchover
            | Self::Fence
            | Self::Unfence
            | Self::RebuildReplica
            | Self::Stop
            | Self::Restart
            | Self::Hold
            | Self::Switch => &[],
        }
    }
}

const SCALE: &[Field] = &[Field {
    name: "count",
    ty: FieldType::Number,
    required: true,
    doc: "How many must be running and healthy.",
    example: "9",
}];

const SHIFT: &[Field] = &[Field {
    name: "percent",
    ty: FieldType::Number,
    required: false,
    doc: "Share of users sent to this side, 0 to 100; all of them when left out.",
    example: "10",
}];

const DEPLOY: &[Field] =
    &[text("version", true, "What to run, by an exact version.", "inventory-service:42")];

const REPOINT: &[Field] = &[text(
    "to",
    true,
    "The address it must use from now on.",
    "db.us-west-2.example.com:5432",
)];

const SNAPSHOT: &[Field] =
    &[text("called", false, "How the snapshot's name begins.", "before-failover")];

const COPY_SNAPSHOT: &[Field] =
    &[text("called", false, "How the copied snapshot's name begins.", "before-failover")];

const RESTORE: &[Field] = &[
    text("snapshot", false, "The snapshot to restore.", "before-failover"),
    text("time", false, "The moment to restore to, RFC 3339.", "2026-01-31T09:30:00Z"),
    text("called", false, "What the restored database is called.", "orders-restored"),
];

const RESTORE_VERSION: &[Field] = &[
    text("key", true, "The object.", "orders/2026/01/31.json"),
    text("version", true, "The version to bring back.", "3HL4kqtJlcpXroDTDmJ"),
];

const SYNC: &[Field] =
    &[text("prefix", false, "Only objects whose name begins so.", "orders/")];

const fn text(
    name: &'static str,
    required: bool,
    doc: &'static str,
    example: &'static str,
) -> Field {
    Field { name, ty: FieldType::Text, required, doc, example }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Settings of a resource, a side or a step, as the plan wrote them.
///
/// Values are JSON scalars or lists; which keys exist is the [`KindSpec`]'s to say and
/// `plan` has checked it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Params(pub BTreeMap<String, serde_json::Value>);

impl Params {
    pub fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(serde_json::Value::as_str)
    }

    pub fn number(&self, key: &str) -> Option<u32> {
        self.0
            .get(key)
            .and_then(serde_json::Value::as_u64)
            .and_then(|n| n.try_into().ok())
    }

    pub fn flag(&self, key: &str) -> Option<bool> {
        self.0.get(key).and_then(serde_json::Value::as_bool)
    }

    /// A duration written as `90s`.
    pub fn span(&self, key: &str) -> Option<Span> {
        self.text(key).and_then(|text| text.parse().ok())
    }

    pub fn list(&self, key: &str) -> Vec<&str> {
        self.0
            .get(key)
            .and_then(serde_json::Value::as_array)
            .map(|items| items.iter().filter_map(serde_json::Value::as_str).collect())
            .unwrap_or_default()
    }
}

/// One side of a resource: how it is called there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Side {
    pub params: Params,
}

/// A declared thing of the estate with its two (or more) sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    pub id: ResourceId,
    pub noun: Noun,
    /// The technology, for example `rds-replica`; the key of a driver.
    pub kind: String,
    pub name: Text,
    /// The side that is the writer, or serves, in normal operation.
    pub primary: SiteId,
    pub sides: BTreeMap<SiteId, Side>,
    pub params: Params,
}

impl Resource {
    /// A side's own setting, else the resource's.
    pub fn setting<'a>(&'a self, site: &SiteId, key: &str) -> Option<&'a str> {
        self.sides
            .get(site)
            .and_then(|side| side.params.text(key))
            .or_else(|| self.params.text(key))
    }

    /// As [`Resource::setting`], for numbers.
    pub fn count(&self, site: &SiteId, key: &str) -> Option<u32> {
        self.sides
            .get(site)
            .and_then(|side| side.params.number(key))
            .or_else(|| self.params.number(key))
    }
}

/// What a value in the plan may look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    Text,
    Number,
    Flag,
    Duration,
    List,
    /// One of these.
    Word(&'static [&'static str]),
}

/// A key a kind or verb understands.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    pub ty: FieldType,
    pub required: bool,
    /// One sentence, for the plan reference and for error messages.
    pub doc: &'static str,
    pub example: &'static str,
}

/// How a kind of technology describes itself to the plan: its keys and what it can do.
#[derive(Clone, Copy, Debug)]
pub struct KindSpec {
    pub kind: &'static str,
    pub noun: Noun,
    /// One sentence ending with a full stop.
    pub doc: &'static str,
    pub verbs: &'static [Verb],
    /// Keys of the resource itself.
    pub shared: &'static [Field],
    /// Keys of each side.
    pub side: &'static [Field],
    /// Whether a real driver exists, or only the drill world's twin.
    pub live: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_verb_table_reads_back_as_its_verb() {
        for def in VERBS {
            assert_eq!(Verb::parse(def.word), Some(def.verb));
            assert_eq!(def.verb.word(), def.word);
        }
    }

    #[test]
    fn what_cannot_be_undone_asks_for_the_highest_tier() {
        for verb in [Verb::Promote, Verb::Unfence, Verb::RebuildReplica, Verb::Switchover]
        {
            assert_eq!(verb.def().tier, Tier::T4, "{verb}");
        }
    }
}
