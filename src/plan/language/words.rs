//! The closed sets of words a plan chooses from.

use crate::model::{OnFail, RunbookKind, Tier, errand::Respond};

/// An enumeration with a word for each of its values.
pub trait Closed: Copy + std::fmt::Debug + PartialEq + 'static {
    const WORDS: &'static [(&'static str, Self)];

    /// The word of a value.
    fn word_of(self) -> &'static str {
        let found = Self::WORDS.iter().find(|(_, value)| *value == self);
        found.map_or("", |(word, _)| word)
    }
}

macro_rules! words {
    ($($(#[doc = $doc:literal])+ $name:ident { $($value:ident = $word:literal),+ $(,)? })+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($value),+
        }

        impl Closed for $name {
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$value)),+];
        }
    )+};
}

words! {
    /// What a parameter's value is.
    Pick {
        Text = "text", Id = "id", Arn = "arn", Region = "region", Time = "time",
        Date = "date", Number = "number", Host = "host", Port = "port", Path = "path", Pick = "pick", Tenant = "tenant",
    }
    /// How many tenants a run takes.
    Select { Many = "many", One = "one" }
    /// What a failing lane means to the others.
    Lanes { Independent = "independent", Together = "together" }
    /// What a site is for.
    SiteRole { Primary = "primary", Dr = "dr", Witness = "witness" }
    /// Whether a site serves in normal operation.
    SiteState { Active = "active", Standby = "standby" }
    /// Where proof of who writes is carried.
    Auth { Header = "header", Query = "query" }
    /// Whether a commit waits for the other side.
    Sync { Async = "async", Sync = "sync", SemiSync = "semi-sync" }
    /// What a tier is a class of.
    TierOf { Systems = "systems", Data = "data", Priority = "priority" }
    /// How a value of a probe that has no answer counts.
    Missing { Unknown = "unknown", Critical = "critical", Warning = "warning", Ok = "ok" }
    /// What kind of look a probe takes.
    Look {
        Http = "http", Command = "command", Aws = "aws", Cloudwatch = "cloudwatch",
        Dns = "dns", Sql = "sql", Postgres = "postgres", Log = "log", Files = "files",
        Host = "host", Route53 = "route53", Tcp = "tcp",
    }
    /// How a step, or a probe, stands.
    Is {
        Done = "done", Failed = "failed", Skipped = "skipped", Healthy = "healthy",
        Unhealthy = "unhealthy",
    }
    /// How much an action risks; it can only raise a step's tier.
    Risk {
        Change = "change", Disruptive = "disruptive", Irreversible = "irreversible",
        DataLoss = "data-loss",
    }
    /// How a drill is held.
    Practice {
        Simulated = "simulated", Live = "live", Tabletop = "tabletop",
        Checklist = "checklist",
    }
    /// An HTTP method.
    Method {
        Get = "GET", Head = "HEAD", Options = "OPTIONS", Post = "POST", Put = "PUT",
        Patch = "PATCH", Delete = "DELETE",
    }
    /// How a record answers.
    Policy {
        Simple = "simple", Weighted = "weighted", Failover = "failover",
        Latency = "latency", Geolocation = "geolocation", Multivalue = "multivalue",
    }
    /// What a resource serves in normal operation.
    Duty { Active = "active", Standby = "standby", Test = "test" }
}

impl Closed for RunbookKind {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("failover", Self::Failover),
        ("failback", Self::Failback),
        ("restore", Self::Restore),
        ("backup", Self::Backup),
        ("response", Self::Response),
        ("maintenance", Self::Maintenance),
        ("validation", Self::Validation),
        ("drill", Self::Drill),
    ];
}

impl Closed for Tier {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("T0", Self::T0),
        ("T1", Self::T1),
        ("T2", Self::T2),
        ("T3", Self::T3),
        ("T4", Self::T4),
    ];
}

impl Closed for OnFail {
    const WORDS: &'static [(&'static str, Self)] =
        &[("stop", Self::Stop), ("continue", Self::Continue)];
}

impl Closed for Respond {
    const WORDS: &'static [(&'static str, Self)] =
        &[("severity", Self::Severity), ("incident-type", Self::IncidentType)];
}
