//! Identifiers. One type per thing that can be named, so that a step can never be
//! passed where a site is meant.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps a name that was already checked (`plan`) or is our own.
            pub fn new(name: impl AsRef<str>) -> Self {
                Self(Arc::from(name.as_ref()))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self::new(name)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.as_str())
            }
        }
    )+};
}

ids! {
    /// A place the estate runs: a region, a data centre.
    SiteId
    /// A declared thing of the estate.
    ResourceId
    /// What users would miss.
    ServiceId
    /// A procedure of the plan.
    RunbookId
    /// A part of a runbook with its own time.
    PhaseId
    /// One step of a runbook. Unique within its runbook.
    StepId
    /// A declared probe.
    ProbeId
    /// A person, by the name they work under.
    PersonId
    /// A role people fill.
    RoleId
    /// A value a plan leaves open.
    ParameterId
    /// One whose environment is its own: a customer.
    TenantId
    /// A class of services or data.
    TierId
    /// Something that may happen.
    ScenarioId
    /// How bad an incident is.
    SeverityId
    /// A way to reach people.
    ChannelId
    /// A list that is ticked.
    ChecklistId
    /// One incident or drill, for example `INC-0007` or `DRILL-0003`.
    IncidentId
}
