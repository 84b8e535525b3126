//! Runbooks as they mean: phases, steps, actions, tiers, estimates.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::{
    AwsCall, Effect, Errand, Params, PhaseId, PhaseTerms, ProbeId, ResourceId, RoleId,
    RunbookId, RunbookTerms, SiteId, Span, StepId, Terms, Text, Verb, errand::Until,
};

/// How much friction stands before an action.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Tier {
    /// Only looks.
    T0,
    /// Writes to our own log, or can be taken back at once.
    T1,
    /// Reversible change: `y` on a strip.
    T2,
    /// Disruptive: the target's name is typed.
    T3,
    /// Cannot be taken back: mode and target are typed, a second person has approved.
    T4,
}

impl Tier {
    pub const fn word(self) -> &'static str {
        match self {
            Self::T0 => "T0",
            Self::T1 => "T1",
            Self::T2 => "T2",
            Self::T3 => "T3",
            Self::T4 => "T4",
        }
    }

    pub const fn meaning(self) -> &'static str {
        match self {
            Self::T0 => "only looks",
            Self::T1 => "can be taken back",
            Self::T2 => "reversible",
            Self::T3 => "disruptive",
            Self::T4 => "irreversible",
        }
    }

    /// How long any key still stops it after Enter.
    pub const fn abort_window(self) -> Span {
        match self {
            Self::T0 | Self::T1 | Self::T2 => Span::ZERO,
            Self::T3 => Span::secs(2),
            Self::T4 => Span::secs(5),
        }
    }

    /// How old a reading may be to count as a passed check at this tier.
    pub const fn preflight_age(self) -> Span {
        match self {
            Self::T0 | Self::T1 | Self::T2 | Self::T3 => Span::mins(5),
            Self::T4 => Span::secs(90),
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What a runbook is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunbookKind {
    Failover,
    Failback,
    Restore,
    Backup,
    Response,
    Maintenance,
    /// Looks whether what was recovered is well.
    Validation,
    Drill,
}

impl RunbookKind {
    /// Whether it brings something back: a backup keeps no RTO.
    pub const fn recovers(self) -> bool {
        match self {
            Self::Failover | Self::Failback | Self::Restore | Self::Response => true,
            Self::Backup | Self::Maintenance | Self::Validation | Self::Drill => false,
        }
    }
}

/// How long a phase may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PhaseTime {
    /// So much, whenever it begins.
    Budget(Span),
    /// From and until, counted from the runbook's mark: the declaration, unless it says
    /// otherwise.
    Window(Span, Span),
    /// From so long after that mark, without an end.
    From(Span),
}

/// How long a step takes: half the time no longer than `p50`, 19 times in 20 no longer
/// than `p95`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    pub p50: Span,
    pub p95: Span,
}

/// How a step's goal is awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verify {
    /// How long to wait for the observation before the step counts as failed.
    pub timeout: Span,
    /// How often to look.
    pub every: Span,
}

/// A command to run on the console's own machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandSpec {
    /// Program and arguments; no shell reads them.
    pub argv: Vec<String>,
    /// Values the program gets by environment; nothing else of ours is passed but `PATH`,
    /// `HOME`, `LANG` and the names in `pass`.
    pub env: BTreeMap<String, String>,
    /// Names of our own environment variables the program may see.
    pub pass: Vec<String>,
    pub dir: Option<String>,
    /// The plan asked for `sh -c` in so many words.
    pub shell: bool,
    /// Whether running it a second time does no harm.
    pub repeatable: bool,
}

/// An HTTP request and what counts as yes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpSpec {
    pub method: String,
    pub url: String,
    pub headers: BTreeMap<String, String>,
    pub body: Option<String>,
    /// Lowest and highest status that counts as success.
    pub status: (u16, u16),
    pub contains: Option<String>,
    pub repeatable: bool,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Action {
    /// A verb on one side of a resource.
    Estate {
        resource: ResourceId,
        side: SiteId,
        verb: Verb,
        args: Params,
    },
    Command(CommandSpec),
    Http(HttpSpec),
    /// Looks at a probe and passes when it is healthy.
    Check {
        probe: ProbeId,
    },
    /// A person does it and writes down what was observed.
    Manual {
        text: Text,
        expect: Option<Text>,
    },
    /// A named role says go.
    Approval {
        question: Text,
        role: RoleId,
    },
    Wait {
        length: Span,
    },
    Notify {
        text: Text,
        channel: Text,
    },
    /// A call written as what it is.
    Errand(Errand),
}

impl Action {
    /// The tier this action has by nature.
    pub fn tier(&self) -> Tier {
        match self {
            Self::Estate { verb, .. } => verb.def().tier,
            Self::Command(_) => Tier::T3,
            Self::Http(spec) if is_read(&spec.method) => Tier::T0,
            Self::Http(_) => Tier::T3,
            Self::Check { .. } | Self::Wait { .. } => Tier::T0,
            Self::Manual { .. } | Self::Approval { .. } | Self::Notify { .. } => Tier::T1,
            Self::Errand(errand) => errand.tier(),
        }
    }

    /// The resource, side and verb, when the action is about the estate.
    pub fn estate(&self) -> Option<(&ResourceId, &SiteId, Verb)> {
        match self {
            Self::Estate { resource, side, verb, .. } => Some((resource, side, *verb)),
            Self::Command(_)
            | Self::Http(_)
            | Self::Check { .. }
            | Self::Manual { .. }
            | Self::Approval { .. }
            | Self::Wait { .. }
            | Self::Notify { .. }
            | Self::Errand(_) => None,
        }
    }

    /// What is done beside the estate, when the action is that.
    pub fn errand(&self) -> Option<&Errand> {
        match self {
            Self::Errand(errand) => Some(errand),
            Self::Estate { .. }
            | Self::Command(_)
            | Self::Http(_)
            | Self::Check { .. }
            | Self::Manual { .. }
            | Self::Approval { .. }
            | Self::Wait { .. }
            | Self::Notify { .. } => None,
        }
    }

    /// The call of a cloud's own interface, when the action is one.
    pub fn aws(&self) -> Option<&AwsCall> {
        let Errand::Aws(call) = self.errand()? else { return None };
        Some(call)
    }

    /// The probe that is to be seen healthy, by a check or by waiting for it.
    pub fn probe(&self) -> Option<&ProbeId> {
        if let Self::Check { probe } = self {
            return Some(probe);
        }
        let Errand::Until { until: Until::Probe(probe) } = self.errand()? else {
            return None;
        };
        Some(probe)
    }

    /// Whether the same hands can put the recorded value back.
    pub fn can_undo(&self) -> bool {
        self.estate().is_some_and(|(_, _, verb)| verb.def().undo)
    }

    /// Whether doing it a second time does no harm, so that a retry needs no ruling.
    pub fn repeatable(&self) -> bool {
        match self {
            // Convergent by law: a driver looks before it acts.
            Self::Estate { .. } => true,
            Self::Command(spec) => spec.repeatable,
            Self::Http(spec) => spec.repeatable || is_read(&spec.method),
            Self::Check { .. } | Self::Wait { .. } | Self::Manual { .. } => true,
            Self::Approval { .. } | Self::Notify { .. } => true,
            Self::Errand(errand) => errand.effect() <= Effect::Note,
        }
    }

    /// Whether the world can be asked what became of it.
    pub fn observable(&self) -> bool {
        match self {
            Self::Estate { .. } | Self::Check { .. } | Self::Wait { .. } => true,
            Self::Http(spec) => is_read(&spec.method),
            // What only looks can be asked again.
            Self::Errand(errand) => errand.effect() == Effect::Read,
            Self::Command(_)
            | Self::Manual { .. }
            | Self::Approval { .. }
            | Self::Notify { .. } => false,
        }
    }
}

/// What says nothing is not written down.
pub(super) fn is_plain<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn is_read(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS")
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub id: StepId,
    /// 1-based place in the runbook: what the screen calls it.
    pub number: u32,
    pub name: Text,
    pub action: Action,
    pub tier: Tier,
    pub owner: Option<RoleId>,
    /// Steps that must be done first. Empty for the first step, and for one whose author
    /// wrote `needs = []`: it may start at once.
    pub needs: Vec<StepId>,
    pub estimate: Estimate,
    pub verify: Verify,
    pub optional: bool,
    /// Roles one of whom must approve; a T4 step always needs a second person.
    pub approval: Option<RoleId>,
    /// On what terms it runs.
    #[serde(default, skip_serializing_if = "is_plain")]
    pub terms: Terms,
}

impl Step {
    /// Its name, after its tenant's where it is one lane's own: `acme: Promote the database`.
    pub fn title(&self) -> String {
        match &self.terms.lane {
            Some(lane) => format!("{lane}: {}", self.name),
            None => self.name.to_string(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    pub id: PhaseId,
    pub name: Text,
    pub time: Option<PhaseTime>,
    #[serde(default, skip_serializing_if = "is_plain")]
    pub terms: PhaseTerms,
    pub steps: Vec<Step>,
}

/// One procedure, resolved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Runbook {
    pub id: RunbookId,
    pub name: Text,
    pub kind: RunbookKind,
    /// The side being left.
    pub from: SiteId,
    /// The side being gone to: what T3 and T4 tokens name.
    pub to: SiteId,
    pub phases: Vec<Phase>,
    #[serde(default, skip_serializing_if = "is_plain")]
    pub terms: RunbookTerms,
}

impl Runbook {
    /// From where to where it goes; work at one site goes nowhere.
    pub fn way(&self) -> String {
        if self.from == self.to {
            self.to.to_string()
        } else {
            format!("{} > {}", self.from, self.to)
        }
    }

    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.phases.iter().flat_map(|phase| &phase.steps)
    }

    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.steps().find(|step| step.id == *id)
    }
}
