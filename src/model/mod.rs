//! The words everyone speaks: ids, time, the estate's nouns and verbs, observations,
//! runbooks, objectives, outcomes. Values only: no I/O, no async, no clock.

pub mod answer;
pub mod brief;
pub mod errand;
pub mod estate;
pub mod fill;
pub mod goal;
pub mod id;
pub mod look;
pub mod observation;
pub mod order;
pub mod outcome;
pub mod pattern;
pub mod people;
pub mod procedure;
pub mod runbook;
pub mod template;
pub mod terms;
pub mod text;
pub mod time;
pub mod value;
pub mod work;

pub use brief::{
    Answered, Brief, Channel, Checklist, Contact, Countdown, Escalation, History,
    IncidentType, Lane, Role, Route, ServiceBrief, Severity, Took,
};
pub use errand::{AwsCall, DnsCall, Effect, Errand, KubectlCall, RecordChange, SqlCall};
pub use estate::{Field, FieldType, KindSpec, Noun, Params, Resource, Side, VERBS, Verb};
pub use id::{
    ChannelId, ChecklistId, IncidentId, ParameterId, PersonId, PhaseId, ProbeId,
    ResourceId, RoleId, RunbookId, ScenarioId, ServiceId, SeverityId, SiteId, StepId,
    TenantId, TierId,
};
pub use look::{Bound, Look, Metric, NoData, ProbeTerms};
pub use observation::{
    ComputeView, DatabaseRole, DatabaseView, Evidence, Fence, Lag, Observation,
    ProbeAnswer, Reading, StorageView, TrafficView, Unknown,
};
pub use order::{Order, Seen, Vigil, Wanted};
pub use outcome::{Evidenced, Failure, Reconciled, Trouble};
pub use people::{Actor, Mode, Seat};
pub use procedure::{
    Objective, Person, PlanRef, Probe, ProbeKind, Procedure, Service, Site,
};
pub use runbook::{
    Action, CommandSpec, Estimate, HttpSpec, Phase, PhaseTime, Runbook, RunbookKind,
    Step, Tier, Verify,
};
pub use terms::{
    Compare, Condition, Expect, Hold, Mark, Meaning, OnFail, PhaseTerms, RtoClock,
    RunbookTerms, StepEnd, Tell, Terms, Undo,
};
pub use text::Text;
pub use time::{Moment, Span, Stamp};
pub use value::{ListCall, Listing, OpenValue, Source};
pub use work::{Attempt, Call, Preview, Work};
