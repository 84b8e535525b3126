//! A unit of work for hands, and what hands say about it beforehand.

use serde::{Deserialize, Serialize};

use super::{IncidentId, Moment, Params, Resource, Site, SiteId, StepId, Text, Verb};

/// A verb on one side of one resource, wanted by one attempt of one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Work {
    pub incident: IncidentId,
    /// When the incident was declared: what an incident leaves outside outlives its
    /// journal, and numbers begin anew with a new one.
    pub declared_at: Moment,
    pub step: StepId,
    /// 1 for the first try; a retry is a new number.
    pub attempt: u32,
    pub resource: Resource,
    pub side: SiteId,
    pub verb: Verb,
    pub args: Params,
    /// Sites of the plan: regions and identities.
    pub sites: Vec<Site>,
    /// When the intent became durable. What is found newer than this was done by us or
    /// after us.
    pub intended_at: Moment,
    /// The value to put back, when this attempt is an undo.
    pub undo_to: Option<Text>,
    /// What the service said when it accepted this attempt, as recorded: request ids, change
    /// ids, in the driver's own notation. Empty before that, and when its answer was lost.
    pub accepted: Vec<Text>,
    /// The moment past which the goal counts as missed.
    pub deadline: Moment,
}

/// One attempt of one step: what traces of it outside the journal are found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub incident: IncidentId,
    pub step: StepId,
    /// 1 for the first try.
    pub number: u32,
    /// When its intent became durable: an identifier given anew to another incident, after
    /// a journal was moved away, does not find these traces.
    pub intended_at: Moment,
}

impl Work {
    /// Names this attempt within its journal.
    pub fn key(&self) -> String {
        // A step of a lane or of a call has dots, which few names outside may have.
        format!("{}-{}-a{}", self.incident, self.step, self.attempt)
            .replace('.', "-")
            .to_ascii_lowercase()
    }

    /// Names this attempt to the outside, where other journals left names too: its key and
    /// the second the incident was declared, as fourteen digits.
    pub fn name(&self) -> String {
        let digits = |c: &char| c.is_ascii_digit();
        let declared = self.declared_at.rfc3339();
        let declared: String = declared.chars().filter(digits).take(14).collect();
        format!("{}-{declared}", self.key())
    }

    pub fn site(&self) -> Option<&Site> {
        self.sites.iter().find(|site| site.id == self.side)
    }
}

/// One call hands would make, in the notation of the technology's own command line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    pub line: Text,
}

/// What would happen. Reading it changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    pub calls: Vec<Call>,
    /// Value now, value after: `weight 100 > 0`.
    pub changes: Vec<(Text, Text, Text)>,
    /// What cannot be undone, in one sentence.
    pub irreversible: Option<Text>,
    /// Why the call would be refused or pointless.
    pub objections: Vec<Text>,
    /// Nothing needs to be sent: the world is already as wanted.
    pub already: bool,
}
