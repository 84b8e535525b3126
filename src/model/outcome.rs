//! How an attempt to change the world can end.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Text;

/// What hands bring back: request ids, the value before and after, output.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidenced {
    /// One sentence for the timeline.
    pub summary: Text,
    /// The value recorded before the change, for undo; the driver's own notation.
    pub before: Option<Text>,
    /// Request ids and raw answers, capped and cleaned.
    pub raw: Vec<Text>,
    /// How a program ended; none where there was none, and while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<i32>,
    /// The answer itself, where it is short enough to be compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Text>,
    /// Parts of the answer the plan asked for, by the names it gives them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outputs: BTreeMap<String, Text>,
}

/// How certain it is that a failed call did nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "certainty", content = "reason")]
pub enum Trouble {
    /// It never left: trying again is free.
    NotSent(Text),
    /// It may have happened: only looking can tell.
    Unknown(Text),
    /// The service said no: a person decides.
    Refused(Text),
}

impl Trouble {
    pub fn reason(&self) -> &Text {
        match self {
            Self::NotSent(why) | Self::Unknown(why) | Self::Refused(why) => why,
        }
    }
}

/// Why a step is in the failed state. Nothing is in doubt here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// Nothing was changed.
    NotSent,
    /// It was done, and what was wanted was not seen within the time allowed.
    NotVerified,
    /// A check looked and found otherwise, or a command ended with an error.
    Negative,
    /// Looking after a lost answer showed that nothing had happened.
    FoundUndone,
}

/// What a driver answers when asked what became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reconciled {
    Done(Evidenced),
    /// It was started and is still moving.
    Underway(Text),
    NotDone(Text),
    CannotTell(Text),
}
