//! The ledger of effects: what was really done to the world, in order, whoever believes
//! what about it. Tests hold the engine's word against it; it must never be edited.

use serde::{Deserialize, Serialize};

use crate::model::{Moment, ResourceId, SiteId, StepId, Text, Verb};

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Deed {
    Verb {
        resource: ResourceId,
        side: SiteId,
        verb: Verb,
        step: StepId,
        attempt: u32,
        undo: bool,
    },
    /// A command, request or call; `line` is the program with its arguments, or method and
    /// address.
    Errand {
        line: Text,
        /// The step it was run for, and the attempt.
        #[serde(default)]
        step: Option<(StepId, u32)>,
    },
}

/// One effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// 1 for the first; no gaps.
    pub seq: u64,
    pub at: Moment,
    pub deed: Deed,
    pub before: Text,
    pub after: Text,
    /// It was not needed: the world was already as wanted, or the errand had been run.
    pub repeated: bool,
}

impl Effect {
    /// Whether this is `verb` on that side.
    pub fn is(&self, resource: &ResourceId, side: &SiteId, verb: Verb) -> bool {
        match &self.deed {
            Deed::Verb { resource: r, side: s, verb: v, .. } => {
                r == resource && s == side && *v == verb
            }
            Deed::Errand { .. } => false,
        }
    }

    /// Whether this is an errand of `step`, run at `since` or later.
    pub fn is_errand_of(&self, step: &StepId, since: Moment) -> bool {
        match &self.deed {
            Deed::Errand { step: Some((of, _)), .. } => of == step && self.at >= since,
            Deed::Errand { step: None, .. } | Deed::Verb { .. } => false,
        }
    }
}
