//! Errands written as what they are: a call of a cloud's interface, of a cluster, of a
//! database, a batch of record sets. Rules read them as data; hands send them as the
//! technology's own command line, until a driver of their own exists. Values only.

mod effect;
mod line;
mod verb;

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

pub use line::{change_batch, waits_for};

use super::{
    Mark, ParameterId, ProbeId, RunbookId, SeverityId, Site, Span, Text, Tier,
    runbook::CommandSpec,
};

/// One call of an AWS service, as its API names it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AwsCall {
    /// `rds`, `route53`: the name the command line has for it.
    pub service: String,
    /// `PromoteReadReplica`.
    pub operation: String,
    /// None is a finding: a regional call without one goes wherever the shell points.
    pub region: Option<String>,
    /// An object; strings may hold `${}`.
    pub params: serde_json::Value,
    /// A `JMESPath`, as the command line takes it.
    pub query: Option<String>,
    /// An error code that counts as done: `ResourceAlreadyExistsException`.
    pub ok_if: Option<String>,
    /// Where the answer's body is written.
    pub save_as: Option<String>,
}

/// One call of `kubectl`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KubectlCall {
    /// None is a finding: the call would hit whatever cluster is current.
    pub context: Option<String>,
    pub namespace: Option<String>,
    pub args: Vec<String>,
}

/// One statement for a database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlCall {
    pub host: String,
    pub port: Option<u16>,
    pub user: Option<String>,
    pub database: Option<String>,
    pub text: String,
    pub save_as: Option<String>,
}

/// One change of one record set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RecordChange {
    /// `UPSERT`, `CREATE` or `DELETE`.
    pub action: String,
    pub name: String,
    /// `A`, `CNAME`.
    pub record_type: String,
    pub set_identifier: Option<String>,
    pub weight: Option<u32>,
    /// `PRIMARY` or `SECONDARY`.
    pub failover: Option<String>,
    pub region: Option<String>,
    pub ttl: Option<Span>,
    pub values: Vec<String>,
    pub alias: Option<String>,
    pub alias_zone: Option<String>,
    pub evaluate_target_health: Option<bool>,
    pub health_check: Option<String>,
}

/// A batch of record sets, changed together or not at all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DnsCall {
    pub zone: String,
    pub changes: Vec<RecordChange>,
    /// The file beside the plan the batch came from, where it did.
    pub file: Option<String>,
    /// Shares the batch is meant to come to, by site.
    pub weights: BTreeMap<String, u32>,
}

/// Text for a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileCall {
    pub path: String,
    pub text: String,
    /// Added at the end, instead of replacing what was there.
    pub append: bool,
}

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Until {
    /// A probe is healthy.
    Probe(ProbeId),
    /// One of the cloud's own waiters: `db-instance-available`.
    Waiter { waiter: String, region: Option<String>, params: serde_json::Value },
}

/// What is answered to how bad the incident is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Respond {
    /// Do what the severity raises.
    Severity,
    /// Do what the type of incident starts by itself.
    IncidentType,
}

/// An errand no noun of the estate describes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "errand")]
pub enum Errand {
    Aws(AwsCall),
    Kubectl(KubectlCall),
    Sql(SqlCall),
    Dns(DnsCall),
    File(FileCall),
    /// Asks for values nobody has given yet.
    Prompt {
        parameters: Vec<ParameterId>,
    },
    /// Stamps a moment.
    Mark {
        mark: Mark,
    },
    /// Waits until something is seen.
    Until {
        until: Until,
    },
    Respond {
        respond: Respond,
    },
    /// Another runbook, with values for its inputs. A procedure never holds one: its steps
    /// have taken its place, under this step's name, when an incident begins.
    Call {
        runbook: RunbookId,
        inputs: BTreeMap<ParameterId, String>,
        /// With which severity it is raised, when it answers one.
        severity: Option<SeverityId>,
    },
}

/// How an errand touches the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Only looks.
    Read,
    /// Writes to our own files and log.
    Note,
    /// Changes something.
    Change,
    /// Ends something that does not come back.
    Destroy,
}

impl Errand {
    /// The key a plan writes it under.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Aws(_) => "aws",
            Self::Kubectl(_) => "kubectl",
            Self::Sql(_) => "sql",
            Self::Dns(_) => "dns_change",
            Self::File(file) if file.append => "append",
            Self::File(_) => "write",
            Self::Prompt { .. } => "prompt",
            Self::Mark { .. } => "mark",
            Self::Until { .. } => "until",
            Self::Respond { .. } => "respond",
            Self::Call { .. } => "call",
        }
    }

    /// By nature; a plan can only raise it. An operation nobody has heard of changes
    /// something.
    pub fn effect(&self) -> Effect {
        match self {
            Self::Aws(call) => effect::aws(&call.operation),
            Self::Kubectl(call) => effect::kubectl(&call.args),
            Self::Sql(call) => effect::sql(&call.text),
            Self::Dns(_) => Effect::Change,
            Self::File(file) if file.append => Effect::Note,
            Self::File(_) => Effect::Change,
            Self::Prompt { .. } | Self::Mark { .. } => Effect::Note,
            Self::Until { .. } => Effect::Read,
            Self::Respond { .. } | Self::Call { .. } => Effect::Note,
        }
    }

    /// The least friction it may ever have.
    pub fn tier(&self) -> Tier {
        match (self, self.effect()) {
            (_, Effect::Read) => Tier::T0,
            (_, Effect::Note) => Tier::T1,
            (_, Effect::Change) => Tier::T3,
            (_, Effect::Destroy) => Tier::T4,
        }
    }

    /// The technology's own command line; none for what we do ourselves. `site` says whose
    /// profile of the AWS command line is used.
    pub fn program(&self, site: Option<&Site>) -> Option<CommandSpec> {
        let (argv, own) = match self {
            Self::Aws(call) => (line::aws(call), line::AWS),
            Self::Kubectl(call) => (line::kubectl(call), line::KUBECTL),
            Self::Sql(call) => (line::sql(call), line::PSQL),
            Self::Dns(call) => (line::dns(call), line::AWS),
            Self::Until { until: Until::Waiter { waiter, region, params } } => {
                (line::waiter(waiter, region.as_deref(), params), line::AWS)
            }
            Self::File(_)
            | Self::Until { until: Until::Probe(_) }
            | Self::Prompt { .. }
            | Self::Mark { .. }
            | Self::Respond { .. }
            | Self::Call { .. } => return None,
        };
        let changes = self.effect() != Effect::Read;
        let mut env: BTreeMap<String, String> =
            own.env(changes).map(|(name, value)| (name.into(), value.into())).collect();
        let profile = site.and_then(|site| site.profile.as_ref());
        if let Some(profile) = profile.filter(|_| own.is_aws()) {
            env.insert("AWS_PROFILE".to_owned(), profile.clone());
        }
        Some(CommandSpec {
            argv,
            env,
            pass: own.pass.iter().map(|name| (*name).to_owned()).collect(),
            dir: None,
            shell: false,
            repeatable: !changes,
        })
    }

    /// As the screen says it.
    pub fn line(&self) -> Text {
        let line = match self {
            Self::Prompt { parameters } => {
                let names: Vec<&str> =
                    parameters.iter().map(ParameterId::as_str).collect();
                format!("ask for {}", names.join(", "))
            }
            Self::Mark { mark } => format!("note the moment as {mark}"),
            Self::Until { until: Until::Probe(probe) } => {
                format!("wait until {probe} is healthy")
            }
            Self::Respond { respond: Respond::Severity } => {
                "do what the severity asks".to_owned()
            }
            Self::Respond { respond: Respond::IncidentType } => {
                "do what this type of incident starts".to_owned()
            }
            Self::Call { runbook, .. } => format!("run {runbook}"),
            Self::File(file) if file.append => format!("add a line to {}", file.path),
            Self::File(file) => format!("write {}", file.path),
            Self::Aws(_)
            | Self::Kubectl(_)
            | Self::Sql(_)
            | Self::Dns(_)
            | Self::Until { until: Until::Waiter { .. } } => {
                self.program(None).map(|spec| spec.argv.join(" ")).unwrap_or_default()
            }
        };
        Text::clean(line)
    }
}

impl fmt::Display for Errand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.line().as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aws(operation: &str) -> Errand {
        Errand::Aws(AwsCall {
            service: "rds".into(),
            operation: operation.into(),
            region: Some("us-west-2".into()),
            params: serde_json::json!({ "DBInstanceIdentifier": "orders" }),
            ..AwsCall::default()
        })
    }

    #[test]
    fn what_an_operation_does_is_told_by_its_name() {
        for (operation, effect) in [
            ("DescribeDBInstances", Effect::Read),
            ("ListObjectVersions", Effect::Read),
            ("PromoteReadReplica", Effect::Destroy),
            ("DeleteDBCluster", Effect::Destroy),
            ("UpdateService", Effect::Change),
            ("NeverHeardOf", Effect::Change),
        ] {
            assert_eq!(aws(operation).effect(), effect, "{operation}");
        }
        let sql = |text: &str| {
            Errand::Sql(SqlCall { text: text.into(), ..SqlCall::default() }).effect()
        };
        assert_eq!(sql("SELECT COUNT(*) FROM orders;"), Effect::Read);
        assert_eq!(sql("begin; insert into a select 1; commit"), Effect::Change);
        assert_eq!(sql("SELECT 1; DROP TABLE orders"), Effect::Destroy);
        let kubectl = |args: &[&str]| {
            let args = args.iter().map(|word| (*word).to_owned()).collect();
            Errand::Kubectl(KubectlCall { args, ..KubectlCall::default() }).effect()
        };
        assert_eq!(kubectl(&["get", "pods"]), Effect::Read);
        assert_eq!(kubectl(&["rollout", "status", "x"]), Effect::Read);
        assert_eq!(kubectl(&["rollout", "restart", "x"]), Effect::Change);
    }
}
