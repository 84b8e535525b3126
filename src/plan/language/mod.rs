//! The plan language as data: every table of a plan is described once, here, and that one
//! description is its reader, its errors, its reference page and its JSON Schema.
//!
//! A row is a struct made by [`tables!`]: each key has a name, a [`Shape`], whether it is
//! needed, a sentence and an example. The struct keeps every value with the place it was
//! written at, so that a rule can point at it. There is no other way to read a key: what is
//! not described is unknown, and what is described is read.
//!
//! Nothing here says what a key means; `read` turns rows into a [`super::Plan`].

#[macro_use]
mod macros;

mod action;
mod estate;
mod head;
mod people;
mod practise;
mod protect;
pub(in crate::plan) mod reader;
pub mod refs;
mod runbook;
mod shape;
mod step;
mod watch;
pub mod words;

pub use action::{
    AppendFile, AwsStep, DnsStep, FileStep, HttpCall, KubectlStep, RecordRow, SqlStep,
    UndoStep, UntilStep, VerifyRow, WhenRow,
};
pub use estate::{
    ComputeRow, DatabaseRow, LifecycleRow, NetworkRow, RecordEntry, ReplicationRow,
    ResourceRow, SideRow, StorageRow, TrafficRow, WorkloadRow,
};
pub use head::{
    BreakerRow, ClockRow, HostRow, ListRow, ModeRow, ObjectivesRow, ParameterRow,
    PlanRow, SiteRow, TenancyRow, TenantRow, WaiverRow,
};
pub use people::{
    AccessRow, AudienceRow, ChannelRow, ContactRow, EscalationRow, NotificationRow,
    PersonRow, RoleRow, StatusPageRow,
};
pub use practise::{
    AuditRow, ChecklistItem, ChecklistRow, ComplianceRow, DocumentRow, DrillRow, KpiRow,
    MetricRow, ReportRow, ReportSection, ReviewRow,
};
pub use protect::{AlarmRow, BackupRow, RetentionRow};
pub use reader::Reader;
pub use runbook::{HoldRow, PhaseRow, RunbookRow};
pub use shape::quoted;
pub use shape::{
    AllOr, Any, Bound, Cadence, Count, Date, Dur, Either, Every, Filled, Flag, Inner,
    Json, Limit, Listed, Many, MapOf, Number, OneOf, OrTable, OwnId, Prose, Ref, Script,
    Seen, Shape, Tenth, Window, Written,
};
pub use step::StepRow;
pub use watch::{
    CloudwatchRow, HealthCheckRow, IncidentTypeRow, ProbeRow, ScenarioRow, ServiceRow,
    SeverityRow, TierRow,
};
pub use words::Closed;

use super::{cx::Cx, cx::Named, problem::Place};

/// A value and where it stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found<T> {
    pub value: T,
    pub place: Place,
}

/// A table of the language.
#[derive(Debug)]
pub struct TableDef {
    /// As a plan writes it: `[[service]]`, `[plan]`, or a key's name for a table inside
    /// another.
    pub head: &'static str,
    /// Sentences, each line with a space before it, as doc comments have it.
    pub doc: &'static str,
    pub columns: &'static [Column],
    /// Where more keys come from than are described here.
    pub open: Open,
}

/// One key of a table.
#[derive(Debug)]
pub struct Column {
    pub key: &'static str,
    pub need: bool,
    pub doc: &'static str,
    /// A value as it would stand in a plan; text without its quotes.
    pub example: &'static str,
    pub ty: fn() -> Ty,
}

/// What else a table may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// Nothing: an unknown key is an error.
    No,
    /// The keys its kind of technology describes.
    Kind,
    /// The keys of one side, as the kind describes them.
    Side,
    /// The arguments of the verb.
    Verb,
}

/// What a value looks like.
#[derive(Clone, Debug)]
pub enum Ty {
    /// Text with `${}` filled in.
    Text,
    /// Text taken as it is.
    Script,
    /// A new id.
    Id,
    /// The id of something declared.
    Ref(Named),
    Duration,
    Cadence,
    /// A sign and a number.
    Bound,
    /// From and to, both included.
    Whole(u64, u64),
    /// From and to, both included.
    Number(f64, f64),
    Flag,
    Date,
    Word(Vec<&'static str>),
    Window,
    /// Anything at all.
    Any,
    List(Box<Self>),
    Map(Box<Self>),
    Table(&'static TableDef),
    Tables(&'static TableDef),
    Either(Box<Self>, Box<Self>),
}

impl Ty {
    /// The table it is, or is many of.
    pub fn table(&self) -> Option<&'static TableDef> {
        match self {
            Self::Table(def) | Self::Tables(def) => Some(def),
            Self::Text
            | Self::Script
            | Self::Id
            | Self::Ref(_)
            | Self::Duration
            | Self::Cadence
            | Self::Bound
            | Self::Whole(..)
            | Self::Number(..)
            | Self::Flag
            | Self::Date
            | Self::Word(_)
            | Self::Window
            | Self::Any
            | Self::List(_)
            | Self::Map(_)
            | Self::Either(..) => None,
        }
    }
}

/// A described table that can be read.
pub trait Table: Sized {
    const DEF: &'static TableDef;

    fn read(cx: &mut Cx<'_>, reader: Reader<'_>) -> Self;

    /// Every key that was written, in the order of the description, for showing.
    fn written(&self) -> Vec<(&'static str, String)>;

    /// The same for programs, with the keys a table is open to: tables stay tables, text
    /// with its known slots filled in.
    fn json(&self) -> serde_json::Value;
}

tables! {
    /// A plan: what exists, what should be true, and what may be done about it. It is one
    /// file, or a directory with `plan.toml` and a runbook a file under `runbooks/`.
    FileRow "plan.toml" {
        /// The version of the language the plan is written in: 1.
        need schema: Count<1, 4_294_967_295> = "1";
        /// Values that differ from one use of the plan to the next.
        may parameter: Seen<Many<ParameterRow>> = "";
        /// What there is to pick from, for parameters that are picked.
        may list: Many<ListRow> = "";
        /// Who the plan belongs to.
        need plan: Inner<PlanRow> = r#"{ name = "shop" }"#;
        /// What recovery is measured by, when nothing more particular says so.
        may objectives: Inner<ObjectivesRow> = r#"{ rto = "30m", rpo = "5m" }"#;
        /// How one procedure becomes a lane for each tenant.
        may tenancy: Inner<TenancyRow> = r#"{ parameter = "customer" }"#;
        /// Those who have an environment of their own.
        may tenant: Many<TenantRow> = "";
        /// Places the estate runs.
        need site: Many<SiteRow> = "";
        /// Machines commands run on, when that is not the console's own.
        may host: Many<HostRow> = "";
        /// Ways of standing by, with their own promises.
        may mode: Many<ModeRow> = "";
        /// Roles people fill.
        may role: Many<RoleRow> = "";
        /// People by name.
        may person: Many<PersonRow> = "";
        /// Ways people sign in to work.
        may access: Many<AccessRow> = "";
        /// Outside parties: vendors, counsel, insurers.
        may contact: Many<ContactRow> = "";
        /// Who is told after whom.
        may escalation: Many<EscalationRow> = "";
        /// Groups that are told together.
        may audience: Many<AudienceRow> = "";
        /// Ways to reach people.
        may channel: Many<ChannelRow> = "";
        /// Which event is told to whom, by which channels.
        may notification: Many<NotificationRow> = "";
        /// A page customers read.
        may status_page: Inner<StatusPageRow> = r#"{ provider = "statuspage.io" }"#;
        /// Stores with one writer side and replica sides.
        may database: Many<DatabaseRow> = "";
        /// What serves, on each side.
        may compute: Many<ComputeRow> = "";
        /// What decides where users go.
        may traffic: Many<TrafficRow> = "";
        /// Files and state, replicated or copied.
        may storage: Many<StorageRow> = "";
        /// Everything else the estate has: registries, lock tables, load balancers.
        may resource: Many<ResourceRow> = "";
        /// How something is watched.
        may probe: Many<ProbeRow> = "";
        /// Health checks somebody else runs, such as Route 53.
        may health_check: Many<HealthCheckRow> = "";
        /// Classes of services or data with a promise of their own.
        may tier: Many<TierRow> = "";
        /// What users would miss.
        may service: Many<ServiceRow> = "";
        /// How bad an incident is, and how soon somebody answers.
        may severity: Many<SeverityRow> = "";
        /// What a probe raises by itself.
        may incident_type: Many<IncidentTypeRow> = "";
        /// What may happen, and which runbooks answer it.
        may scenario: Many<ScenarioRow> = "";
        /// Copies that are kept.
        may backup: Many<BackupRow> = "";
        /// Alarms of the monitoring.
        may alarm: Many<AlarmRow> = "";
        /// Procedures.
        may runbook: Many<RunbookRow> = "";
        /// Lists that are ticked.
        may checklist: Many<ChecklistRow> = "";
        /// Drills and when they are due.
        may drill: Many<DrillRow> = "";
        /// What a drill measures.
        may drill_metric: Many<MetricRow> = "";
        /// What is looked at after an incident, and by when.
        may review: Many<ReviewRow> = "";
        /// Reports and when they are due.
        may report: Many<ReportRow> = "";
        /// Figures that are kept over time.
        may kpi: Many<KpiRow> = "";
        /// What is recorded for auditors.
        may audit: Inner<AuditRow> = r#"{ scope = "all recovery" }"#;
        /// Rules of law and contract that apply.
        may compliance: Many<ComplianceRow> = "";
        /// Documents that belong to the plan.
        may document: Many<DocumentRow> = "";
        /// How calls to a failing system are held back.
        may circuit_breaker: Inner<BreakerRow> = r#"{ failures = 5, timeout = "60s" }"#;
        /// Findings somebody has accepted, for a while.
        may waiver: Many<WaiverRow> = "";
    }
}

/// Every table of the language, the plan's own first, each once.
pub fn all() -> Vec<&'static TableDef> {
    let mut found: Vec<&'static TableDef> = vec![FileRow::DEF];
    let mut next = 0;
    while let Some(table) = found.get(next).copied() {
        next += 1;
        for column in table.columns {
            inside(&(column.ty)(), &mut found);
        }
    }
    found
}

fn inside(ty: &Ty, found: &mut Vec<&'static TableDef>) {
    if let Ty::List(of) | Ty::Map(of) = ty {
        inside(of, found);
    } else if let Ty::Either(one, other) = ty {
        inside(one, found);
        inside(other, found);
    } else if let Some(table) = ty.table()
        && !found.iter().any(|known| known.head == table.head && known.doc == table.doc)
    {
        found.push(table);
    }
}

/// A value that may have been written.
pub trait Said<T> {
    fn get(&self) -> Option<&T>;

    /// Where it stands.
    fn place(&self) -> Option<&Place>;
}

impl<T> Said<T> for Option<Found<T>> {
    fn get(&self) -> Option<&T> {
        self.as_ref().map(|found| &found.value)
    }

    fn place(&self) -> Option<&Place> {
        self.as_ref().map(|found| &found.place)
    }
}

/// A list that may have been written; one that was not is empty.
pub trait Items<T> {
    fn items(&self) -> &[T];
}

impl<T> Items<T> for Option<Found<Vec<T>>> {
    fn items(&self) -> &[T] {
        self.as_ref().map_or(&[], |found| &found.value)
    }
}
