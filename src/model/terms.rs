//! On what terms a step, a phase or a runbook runs: conditions, holds, marks, what must be
//! seen afterwards, what takes it back. A small closed set; there is no expression
//! language. The plan writes it, the engine keeps it.

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    Action, AwsCall, ChecklistId, KubectlCall, ParameterId, ProbeId, ResourceId,
    ScenarioId, ServiceId, SeverityId, SiteId, Span, SqlCall, StepId, TenantId, Text,
};

/// A stamped moment of an incident: one of [`Mark::KNOWN`], or one a step makes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mark(Arc<str>);

impl Mark {
    /// Moments every incident has, in the order they come.
    pub const KNOWN: [&'static str; 8] = [
        "impact",
        "detected",
        "declared",
        "decided",
        "started",
        "verified",
        "announced",
        "closed",
    ];

    pub fn new(word: &str) -> Self {
        Self(word.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_known(&self) -> bool {
        Self::KNOWN.contains(&self.as_str())
    }
}

/// Between which moments recovery is measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RtoClock {
    pub start: Mark,
    pub stop: Mark,
}

impl Default for RtoClock {
    /// From the impact until everything was seen healthy for its window.
    fn default() -> Self {
        Self { start: Mark::new("impact"), stop: Mark::new("verified") }
    }
}

impl Default for Mark {
    /// What windows are counted from when a plan does not say.
    fn default() -> Self {
        Self::new("declared")
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// How a step or probe stands, as a condition asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepEnd {
    Done,
    Failed,
    Skipped,
}

/// What must hold for a step to be run; one that does not hold is skipped, and says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// An earlier step ended so. A check that wants failure has failed, as a condition
    /// asks, when it saw what it wants: `failed` and `done` both hold then.
    Step { step: StepId, is: StepEnd },
    /// A probe is healthy, or is not. Unknown is neither: it blocks.
    Probe { probe: ProbeId, healthy: bool },
    /// A parameter has this value, or has any other. `given` is what it was given: its
    /// slot, `${parameter}`, while nobody has said.
    Parameter { parameter: ParameterId, equals: bool, value: Text, given: Text },
    /// The incident is of this severity.
    Severity(SeverityId),
    /// The incident is this scenario.
    Scenario(ScenarioId),
    /// It is a drill, or it is not.
    Drill(bool),
}

/// As the screen and the record say what must hold.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = |yes: &bool| if *yes { "" } else { "not " };
        match self {
            Self::Step { step, is } => match is {
                StepEnd::Done => write!(f, "step {step} is done"),
                StepEnd::Failed => write!(f, "step {step} failed"),
                StepEnd::Skipped => write!(f, "step {step} is skipped"),
            },
            Self::Probe { probe, healthy } => {
                write!(f, "probe {probe} is {}healthy", not(healthy))
            }
            Self::Parameter { parameter, equals, value, .. } => {
                write!(f, "{parameter} is {}{value}", not(equals))
            }
            Self::Severity(severity) => write!(f, "the severity is {severity}"),
            Self::Scenario(scenario) => write!(f, "the scenario is {scenario}"),
            Self::Drill(true) => f.write_str("it is a drill"),
            Self::Drill(false) => f.write_str("it is no drill"),
        }
    }
}

/// What a failed step means for those after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFail {
    /// Nothing that waits for it starts.
    #[default]
    Stop,
    /// The others go on; the failure stays in the record.
    Continue,
}

/// How an observed value is compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Compare {
    /// There is an answer, whatever it is.
    Any,
    Equals(serde_json::Value),
    AtLeast(f64),
    AtMost(f64),
    Contains(Text),
    /// The same as, or not less than, the value of the last run.
    NotLess,
}

/// What must be seen before a step counts as done, besides what its kind looks at itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expect {
    /// A value in the answer of a call.
    Aws {
        call: AwsCall,
        path: Option<String>,
        is: Compare,
    },
    /// One of the cloud's own waiters.
    Waiter {
        waiter: String,
        identifier: Option<String>,
        region: Option<String>,
    },
    ExitCode(i32),
    /// A name answers with an address of this site.
    Dns {
        name: String,
        site: Option<SiteId>,
    },
    Sql {
        call: SqlCall,
        is: Compare,
    },
    Kubectl(KubectlCall),
    Probe(ProbeId),
    /// The value the step itself answered with.
    Answer(Compare),
    /// A part of what the step itself answered, by its path.
    Part {
        path: String,
        is: Compare,
    },
}

/// What takes a step back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Undo {
    /// What the verb itself offers: the value recorded before the change, or nothing.
    #[default]
    ByNature,
    /// The value recorded before the change, of this field.
    Recorded(Option<Text>),
    Action(Box<Action>),
    /// Nothing does, and the plan says why.
    None(Text),
}

/// What a step means to the estate, where its action cannot tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meaning {
    /// Services that are back once it is done.
    pub restores: Vec<ServiceId>,
    /// Databases whose old writer takes no writes once it is done.
    pub fences: Vec<ResourceId>,
    /// Databases that are writable at this side once it is done.
    pub promotes: Vec<ResourceId>,
    /// What decides where users go, and is moved.
    pub moves: Vec<ResourceId>,
    /// What is pointed at another database.
    pub repoints: Vec<ResourceId>,
    /// What is grown.
    pub scales: Vec<ResourceId>,
    /// Copies that are made and later must go.
    pub creates: Vec<Text>,
    /// What is gone once it is done.
    pub destroys: Vec<Text>,
    /// The side it works on.
    pub site: Option<SiteId>,
}

/// On what terms a step runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one key of the language, and any of them may stand beside another"
)]
pub struct Terms {
    /// The lane it belongs to; none for a step all lanes share.
    pub lane: Option<TenantId>,
    /// One step for all lanes, in a runbook that has lanes.
    pub shared: bool,
    /// The calls it came from, outermost first: its id begins with theirs.
    pub within: Vec<StepId>,
    /// All must hold.
    pub when: Vec<Condition>,
    /// It is a check that passes when what it looks at is not healthy.
    pub wants_failure: bool,
    /// Once for each of these. A procedure has none: there is a step for each.
    pub each: Vec<String>,
    /// Runs whatever became of the steps before it, also after an abort: clean-up.
    pub always: bool,
    /// Not before so long after the runbook's `windows_from`.
    pub not_before: Option<Span>,
    /// So long after what it needs was done.
    pub delay: Option<Span>,
    pub on_fail: OnFail,
    /// The events to tell, when it fails and when it is done.
    pub tell: Tell,
    /// Running it a second time does harm.
    pub once: bool,
    pub undo: Undo,
    pub expect: Vec<Expect>,
    /// Names for parts of its answer, as paths into it: `${step.ID.NAME}` elsewhere.
    pub outputs: BTreeMap<String, String>,
    /// The machine its command runs on, when that is not the console's own.
    pub host: Option<String>,
    /// Stamped when it is done.
    pub marks: Option<Mark>,
    pub meaning: Meaning,
    /// A script that does the same, when a person would rather start that.
    pub script: Option<Text>,
    /// What its display is grouped under.
    pub group: Option<Text>,
    /// Words that make its command only say what it would do.
    pub dry_run: Vec<String>,
    /// The alarm that is raised when what it measured is more.
    pub limit: Option<(Span, Text)>,
    /// Raised when it goes on past its time limit on purpose: it survives the console.
    pub long: bool,
}

/// Which events a step tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tell {
    pub failed: Option<Text>,
    pub done: Option<Text>,
}

/// A wait of hours or days at the end of a phase that keeps looking, and can go back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    pub length: Span,
    /// Must be healthy all the while; the wait begins again when one was not.
    pub gate: Vec<ProbeId>,
    /// The steps that are undone when people step back: one in each lane.
    pub back: Vec<StepId>,
}

/// On what terms a phase runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PhaseTerms {
    /// Not before so long after the runbook's `windows_from`, also across restarts.
    pub not_before: Option<Span>,
    pub hold: Option<Hold>,
    pub checklist: Option<ChecklistId>,
}

/// On what terms a runbook runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one key of the language, and any of them may stand beside another"
)]
pub struct RunbookTerms {
    /// What the windows of its phases are counted from.
    pub windows_from: Mark,
    pub scenarios: Vec<ScenarioId>,
    pub severity: Option<SeverityId>,
    /// A lane for each tenant.
    pub per_tenant: bool,
    /// Parameters it asks for before it begins.
    pub inputs: Vec<ParameterId>,
    /// What must be true before it begins, in words.
    pub precondition: Option<Text>,
    /// It only has a name: nobody has written it.
    pub stub: bool,
    /// It works on what users use, although it is a drill.
    pub touches_production: bool,
    /// The environment it works on, when that is not production.
    pub environment: Option<Text>,
    /// Why it has no way back, when it has none on purpose.
    pub no_failback: Option<Text>,
}
