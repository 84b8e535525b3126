//! The words everyone speaks: ids, time, the estate's nouns and verbs, observations,
//! runbooks, objectives, outcomes. Values only: no I/O, no async, no clock.

pub mod estate;
pub mod goal;
pub mod id;
pub mod observation;
pub mod outcome;
pub mod people;
pub mod procedure;
pub mod runbook;
pub mod text;
pub mod time;
pub mod work;

pub use estate::{Field, FieldType, KindSpec, Noun, Params, Resource, Side, VERBS, Verb};
pub use id::{
    IncidentId, PersonId, PhaseId, ProbeId, ResourceId, RoleId, RunbookId, ServiceId,
    SiteId, StepId,
};
pub use observation::{
    ComputeView, DatabaseRole, DatabaseView, Evidence, Fence, Lag, Observation,
    ProbeAnswer, Reading, StorageView, TrafficView, Unknown,
};
pub use outcome::{Evidenced, Failure, Reconciled, Trouble};
pub use people::{Actor, Mode, Seat};
pub use procedure::{
    Objective, Person, PlanRef, Probe, ProbeKind, Procedure, Service, Site,
};
pub use runbook::{
    Action, CommandSpec, Estimate, HttpSpec, Phase, PhaseTime, Runbook, RunbookKind,
    Step, Tier, Verify,
};
pub use text::Text;
pub use time::{Moment, Span, Stamp};
pub use work::{Attempt, Call, Preview, Work};
