//! Errands as the command lines their own tools take. Nothing here is sent.

use super::{AwsCall, DnsCall, KubectlCall, RecordChange, SqlCall};

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
    let mut argv = vec!["aws".to_owned(), call.service.clone(), kebab(&call.operation)];
    if let Some(region) = &call.region {
        argv.extend(["--region".to_owned(), region.clone()]);
    }
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
    let mut argv = vec!["psql".to_owned(), "--host".to_owned(), call.host.clone()];
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
        ["--no-password", "--set=ON_ERROR_STOP=1", "--no-align", "--tuples-only"]
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
    argv
}

pub(super) fn waiter(
    waiter: &str,
    region: Option<&str>,
    params: &serde_json::Value,
) -> Vec<String> {
    let service = if waiter.starts_with("db-") {
        "rds"
    } else if waiter.starts_with("services-") || waiter.starts_with("ecs-") {
        "ecs"
    } else {
        "cloudformation"
    };
    let name = waiter.strip_prefix("ecs-").unwrap_or(waiter);
    let mut argv = ["aws", service, "wait", name].map(str::to_owned).to_vec();
    if let Some(region) = region {
        argv.extend(["--region".to_owned(), region.to_owned()]);
    }
    for (key, value) in params.as_object().into_iter().flatten() {
        argv.push(format!("--{}", kebab(key)));
        match value {
            serde_json::Value::Array(items) => {
                argv.extend(
                    items.iter().filter_map(|item| item.as_str()).map(str::to_owned),
                );
            }
            serde_json::Value::String(text) => argv.push(text.clone()),
            serde_json::Value::Null
            | serde_json::Value::Bool(_)
            | serde_json::Value::Number(_)
            | serde_json::Value::Object(_) => argv.push(value.to_string()),
        }
    }
    argv
}

/// The batch as Route 53 takes it.
pub fn change_batch(changes: &[RecordChange]) -> serde_json::Value {
    use serde_json::{Map, Value, json};
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
