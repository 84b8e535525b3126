//! How a probe looks where neither a web request nor a program of the plan's own does:
//! a cloud's description, a metric, a name, a question to a database, a log. Values only.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{AwsCall, Expect, ResourceId, Span, SqlCall, Text};

/// One metric of `CloudWatch`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Metric {
    pub namespace: Option<String>,
    pub name: Option<String>,
    pub dimensions: BTreeMap<String, String>,
    pub statistic: Option<String>,
    pub period: Option<Span>,
    pub region: Option<String>,
    /// A file of queries beside the plan, instead of one metric.
    pub queries_file: Option<String>,
}

/// What a probe looks at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "look")]
pub enum Look {
    Aws(AwsCall),
    Metric(Metric),
    /// A name that is resolved.
    Dns {
        record: String,
    },
    Sql(SqlCall),
    /// Whether a server accepts connections.
    Ready {
        host: String,
        port: Option<u16>,
        user: Option<String>,
        database: Option<String>,
    },
    /// A line of a log.
    Log {
        file: String,
        pattern: Option<String>,
        measure: Option<String>,
    },
    /// Files by a pattern.
    Files {
        glob: String,
        measure: Option<String>,
    },
    /// The machine itself: `disk-percent:/`, `memory-percent`.
    Host {
        measure: String,
    },
    /// A health check somebody else runs.
    HealthCheck {
        id: String,
    },
    Tcp {
        host: String,
        port: u16,
    },
}

impl Look {
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Aws(_) => "aws",
            Self::Metric(_) => "cloudwatch",
            Self::Dns { .. } => "dns",
            Self::Sql(_) => "sql",
            Self::Ready { .. } => "postgres",
            Self::Log { .. } => "log",
            Self::Files { .. } => "files",
            Self::Host { .. } => "host",
            Self::HealthCheck { .. } => "route53",
            Self::Tcp { .. } => "tcp",
        }
    }
}

/// What an answer without data means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoData {
    /// Unknown is not healthy: it blocks.
    #[default]
    Unknown,
    Critical,
    Warning,
    Ok,
}

/// A bound on a measured value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    /// `>`, `>=`, `<`, `<=` or `=`.
    pub sign: String,
    pub value: f64,
}

/// What a probe's values mean.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProbeTerms {
    /// What it tells of.
    pub resource: Option<ResourceId>,
    /// Where it is shown: regions, replication, backups, checks.
    pub panel: Option<Text>,
    /// Where it looks from, in words.
    pub vantage: Option<Text>,
    /// The machine it looks at, when that is not the console's own.
    pub host: Option<String>,
    pub missing: NoData,
    pub warning: Option<Bound>,
    pub critical: Option<Bound>,
    /// The value that means nothing works: `= -1` of a replica's lag.
    pub broken: Option<Bound>,
    pub expect: Option<Expect>,
    /// The event it raises when it turns bad, and when there is no data.
    pub raises: Option<Text>,
    pub on_missing: Option<Text>,
}
