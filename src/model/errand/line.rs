//! Errands as the command lines their own tools take: argument lists, never a shell, with
//! region, context and host in so many words. Nothing here is sent.

use serde_json::{Map, Value, json};

use super::{AwsCall, DnsCall, KubectlCall, RecordChange, SqlCall};

/// What a tool reads besides its arguments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tool {
    /// Variables of our environment by which it finds its credentials and its server's.
    pub(super) pass: &'static [&'static str],
    /// What it is always told.
    always: &'static [(&'static str, &'static str)],
    /// What it is told when it could change something.
    changing: &'static [(&'static str, &'static str)],
    /// What it is told when it must not.
    looking: &'static [(&'static str, &'static str)],
}

impl Tool {
    pub(super) fn env(
        self,
        changes: bool,
    ) -> impl Iterator<Item = (&'static str, &'static str)> {
        let more = if changes { self.changing } else { self.looking };
        self.always.iter().chain(more).copied()
    }

    pub(super) fn is_aws(self) -> bool {
        self.pass == AWS.pass
    }
}

/// The AWS command line never pages, and never sends a changing call twice by itself.
pub(super) const AWS: Tool = Tool {
    pass: &[
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_ROLE_ARN",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CA_BUNDLE",
        "AWS_EC2_METADATA_DISABLED",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
        "AWS_ENDPOINT_URL",
        "HTTPS_PROXY",
        "NO_PROXY",
    ],
    always: &[("AWS_PAGER", "")],
    changing: &[("AWS_MAX_ATTEMPTS", "1")],
    looking: &[("AWS_MAX_ATTEMPTS", "2")],
};

/// A kubeconfig may ask the AWS command line for its token.
pub(super) const KUBECTL: Tool = Tool {
    pass: &[
        "KUBECONFIG",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "HTTPS_PROXY",
        "NO_PROXY",
    ],
    always: &[],
    changing: &[],
    looking: &[],
};

/// A question to a database cannot change it, whatever functions it calls.
pub(super) const PSQL: Tool = Tool {
    pass: &[
        "PGPASSWORD",
        "PGPASSFILE",
        "PGSERVICEFILE",
        "PGSSLMODE",
        "PGSSLROOTCERT",
        "PGSSLCERT",
        "PGSSLKEY",
    ],
    always: &[("PGCONNECT_TIMEOUT", "10"), ("PGAPPNAME", "warroom")],
    changing: &[],
    looking: &[("PGOPTIONS", "-c default_transaction_read_only=on")],
};

/// `PromoteReadReplica` as the command line has it: `promote-read-replica`.
pub(super) fn kebab(operation: &str) -> String {
    let letters: Vec<char> = operation.chars().collect();
    let mut out = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(index + 1);
        let begins = letter.is_ascii_uppercase()
            && before.is_some_and(|one| !one.is_ascii_uppercase())
            || letter.is_ascii_uppercase()
                && before.is_some_and(char::is_ascii_uppercase)
                && after.is_some_and(char::is_ascii_lowercase);
        if begins {
            out.push('-');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

pub(super) fn aws(call: &AwsCall) -> Vec<String> {
    // The command line keeps the calls of S3's interface under a name of their own.
    let service = if call.service == "s3" { "s3api" } else { &call.service };
    let mut argv = ["aws", service, &kebab(&call.operation)].map(str::to_owned).to_vec();
    if let Some(region) = &call.region {
        argv.extend(["--region".to_owned(), region.clone()]);
    }
    argv.extend(["--output", "json"].map(str::to_owned));
    if let Some(query) = &call.query {
        argv.extend(["--query".to_owned(), query.clone()]);
    }
    if call.params.as_object().is_some_and(|params| !params.is_empty()) {
        argv.extend(["--cli-input-json".to_owned(), call.params.to_string()]);
    }
    argv.extend(call.save_as.clone());
    argv
}

pub(super) fn kubectl(call: &KubectlCall) -> Vec<String> {
    let mut argv = vec!["kubectl".to_owned()];
    if let Some(context) = &call.context {
        argv.extend(["--context".to_owned(), context.clone()]);
    }
    if let Some(namespace) = &call.namespace {
        argv.extend(["--namespace".to_owned(), namespace.clone()]);
    }
    argv.extend(call.args.iter().cloned());
    argv
}

pub(super) fn sql(call: &SqlCall) -> Vec<String> {
    // Without the settings of whoever sits here: they could print more than the answer.
    let mut argv =
        ["psql", "--no-psqlrc", "--host", &call.host].map(str::to_owned).to_vec();
    if let Some(port) = call.port {
        argv.extend(["--port".to_owned(), port.to_string()]);
    }
    if let Some(user) = &call.user {
        argv.extend(["--username".to_owned(), user.clone()]);
    }
    if let Some(database) = &call.database {
        argv.extend(["--dbname".to_owned(), database.clone()]);
    }
    if let Some(path) = &call.save_as {
        argv.extend(["--output".to_owned(), path.clone()]);
    }
    // Stops at the first error, and never asks for a password nobody can type.
    argv.extend(
        [
            "--no-password",
            "--set=ON_ERROR_STOP=1",
            "--quiet",
            "--no-align",
            "--tuples-only",
        ]
        .map(str::to_owned),
    );
    argv.extend(["--command".to_owned(), call.text.clone()]);
    argv
}

pub(super) fn dns(call: &DnsCall) -> Vec<String> {
    let batch = match (&call.file, call.changes.is_empty()) {
        (Some(file), true) => format!("file://{file}"),
        (Some(_) | None, _) => change_batch(&call.changes).to_string(),
    };
    let mut argv = ["aws", "route53", "change-resource-record-sets", "--hosted-zone-id"]
        .map(str::to_owned)
        .to_vec();
    argv.extend([call.zone.clone(), "--change-batch".to_owned(), batch]);
    argv.extend(["--output", "json"].map(str::to_owned));
    argv
}

/// Waiters of the AWS command line by how they begin: the service, and what names the thing
/// that is waited for. The longest that fits is meant.
const WAITERS: &[(&str, &str, &str)] = &[
    ("db-instance-", "rds", "DBInstanceIdentifier"),
    ("db-cluster-", "rds", "DBClusterIdentifier"),
    ("db-snapshot-", "rds", "DBSnapshotIdentifier"),
    ("db-cluster-snapshot-", "rds", "DBClusterSnapshotIdentifier"),
    ("services-", "ecs", "services"),
    ("tasks-", "ecs", "tasks"),
    ("cluster-", "eks", "name"),
    ("nodegroup-", "eks", "nodegroupName"),
    ("stack-", "cloudformation", "StackName"),
    ("distribution-", "cloudfront", "Id"),
    ("bucket-", "s3api", "Bucket"),
    ("object-", "s3api", "Key"),
    ("resource-record-sets-changed", "route53", "Id"),
];

/// The service of a waiter and the parameter its `identifier` is; none for one nobody here
/// has heard of.
pub fn waits_for(waiter: &str) -> Option<(&'static str, &'static str)> {
    let fits = WAITERS.iter().filter(|(begins, ..)| waiter.starts_with(begins));
    let longest = fits.max_by_key(|(begins, ..)| begins.len())?;
    Some((longest.1, longest.2))
}

pub(super) fn waiter(waiter: &str, region: Option<&str>, params: &Value) -> Vec<String> {
    let bare = waiter.strip_prefix("ecs-").unwrap_or(waiter);
    let service = waits_for(bare).map_or("cloudformation", |(service, _)| service);
    let mut argv = ["aws", service, "wait", bare].map(str::to_owned).to_vec();
    if let Some(region) = region {
        argv.extend(["--region".to_owned(), region.to_owned()]);
    }
    for (key, value) in params.as_object().into_iter().flatten() {
        argv.push(format!("--{}", kebab(key)));
        match value {
            Value::Array(items) => {
                argv.extend(
                    items.iter().filter_map(|item| item.as_str()).map(str::to_owned),
                );
            }
            Value::String(text) => argv.push(text.clone()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
                argv.push(value.to_string());
            }
        }
    }
    argv
}

/// The batch as Route 53 takes it.
pub fn change_batch(changes: &[RecordChange]) -> Value {
    let one = |change: &RecordChange| {
        let mut set = Map::new();
        let mut put = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                set.insert(key.to_owned(), value);
            }
        };
        put("Name", Some(json!(change.name)));
        put("Type", Some(json!(change.record_type)));
        put("SetIdentifier", change.set_identifier.as_ref().map(|id| json!(id)));
        put("Weight", change.weight.map(|weight| json!(weight)));
        put("Failover", change.failover.as_ref().map(|role| json!(role)));
        put("Region", change.region.as_ref().map(|region| json!(region)));
        put("TTL", change.ttl.map(|ttl| json!(ttl.as_secs())));
        put("HealthCheckId", change.health_check.as_ref().map(|id| json!(id)));
        let values: Vec<Value> =
            change.values.iter().map(|value| json!({ "Value": value })).collect();
        put("ResourceRecords", (!values.is_empty()).then(|| json!(values)));
        put(
            "AliasTarget",
            change.alias.as_ref().map(|alias| {
                json!({
                    "DNSName": alias,
                    "HostedZoneId": change.alias_zone.clone().unwrap_or_default(),
                    "EvaluateTargetHealth": change.evaluate_target_health.unwrap_or(true),
                })
            }),
        );
        json!({ "Action": change.action, "ResourceRecordSet": set })
    };
    json!({ "Changes": changes.iter().map(one).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Errand, RecordChange, Until},
        *,
    };
    use crate::model::Span;

    fn words(errand: &Errand) -> String {
        errand.program(None).unwrap().argv.join(" ")
    }

    /// The argument lists as they are made, word for word.
    #[test]
    fn an_errand_is_the_line_its_own_tool_takes() {
        let aws = |service: &str, operation: &str, params: Value| {
            Errand::Aws(AwsCall {
                service: service.into(),
                operation: operation.into(),
                region: Some("us-west-2".into()),
                params,
                ..AwsCall::default()
            })
        };
        let change = RecordChange {
            action: "UPSERT".into(),
            name: "shop.example.com".into(),
            record_type: "A".into(),
            set_identifier: Some("east".into()),
            weight: Some(0),
            ttl: Some(Span::secs(60)),
            values: vec!["203.0.113.10".into()],
            ..RecordChange::default()
        };
        let dns = Errand::Dns(DnsCall {
            zone: "Z1".into(),
            changes: vec![change],
            ..DnsCall::default()
        });
        let until = Errand::Until {
            until: Until::Waiter {
                waiter: "db-cluster-snapshot-available".into(),
                region: Some("us-west-2".into()),
                params: json!({ "DBClusterSnapshotIdentifier": "s-1" }),
            },
        };
        for (errand, line) in [
            (
                aws("rds", "PromoteReadReplica", json!({ "DBInstanceIdentifier": "db" })),
                "aws rds promote-read-replica --region us-west-2 --output json \
                 --cli-input-json {\"DBInstanceIdentifier\":\"db\"}",
            ),
            (
                aws("s3", "ListObjectVersions", json!({})),
                "aws s3api list-object-versions --region us-west-2 --output json",
            ),
            (
                dns,
                "aws route53 change-resource-record-sets --hosted-zone-id Z1 \
                 --change-batch {\"Changes\":[{\"Action\":\"UPSERT\",\
                 \"ResourceRecordSet\":{\"Name\":\"shop.example.com\",\
                 \"ResourceRecords\":[{\"Value\":\"203.0.113.10\"}],\
                 \"SetIdentifier\":\"east\",\"TTL\":60,\"Type\":\"A\",\"Weight\":0}}]} \
                 --output json",
            ),
            (
                until,
                "aws rds wait db-cluster-snapshot-available --region us-west-2 \
                 --db-cluster-snapshot-identifier s-1",
            ),
        ] {
            assert_eq!(words(&errand), line);
        }
    }

    #[test]
    fn a_cluster_and_a_database_are_named_on_their_lines() {
        let kubectl = Errand::Kubectl(KubectlCall {
            context: Some("shop-dr".into()),
            namespace: Some("production".into()),
            args: ["rollout", "restart", "deployment/api"].map(str::to_owned).to_vec(),
        });
        let sql = Errand::Sql(SqlCall {
            host: "db.example".into(),
            port: Some(5433),
            user: Some("monitor".into()),
            database: Some("orders".into()),
            text: "SELECT count(*) FROM orders".into(),
            save_as: None,
        });
        for (errand, line) in [
            (
                kubectl,
                "kubectl --context shop-dr --namespace production rollout restart \
                 deployment/api",
            ),
            (
                sql,
                "psql --no-psqlrc --host db.example --port 5433 --username monitor \
                 --dbname orders --no-password --set=ON_ERROR_STOP=1 --quiet --no-align \
                 --tuples-only --command SELECT count(*) FROM orders",
            ),
        ] {
            assert_eq!(words(&errand), line);
        }
    }

    #[test]
    fn an_operation_has_the_name_the_command_line_gives_it() {
        for (operation, word) in [
            ("RestoreDBInstanceFromDBSnapshot", "restore-db-instance-from-db-snapshot"),
            ("RestoreDBClusterToPointInTime", "restore-db-cluster-to-point-in-time"),
            ("UpdateService", "update-service"),
            ("CreateDBClusterSnapshot", "create-db-cluster-snapshot"),
            ("DescribeDBLogFiles", "describe-db-log-files"),
            ("ModifyTargetGroup", "modify-target-group"),
        ] {
            assert_eq!(kebab(operation), word);
        }
    }

    #[test]
    fn a_changing_call_is_sent_once_and_a_question_changes_nothing() {
        let env = |errand: &Errand, name: &str| {
            errand.program(None).unwrap().env.get(name).cloned().unwrap_or_default()
        };
        let aws = |operation: &str| {
            Errand::Aws(AwsCall { operation: operation.into(), ..AwsCall::default() })
        };
        assert_eq!(env(&aws("DeleteDBInstance"), "AWS_MAX_ATTEMPTS"), "1");
        assert_eq!(env(&aws("DescribeDBInstances"), "AWS_MAX_ATTEMPTS"), "2");
        let sql =
            |text: &str| Errand::Sql(SqlCall { text: text.into(), ..SqlCall::default() });
        let read_only = "-c default_transaction_read_only=on";
        assert_eq!(env(&sql("select f()"), "PGOPTIONS"), read_only);
        assert_eq!(env(&sql("update a set b = 1"), "PGOPTIONS"), "");
    }
}
