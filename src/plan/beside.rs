//! The files a plan names: scripts, batches of record sets, configuration. Which there are,
//! where they are named, and what stands in them. A file that is not there is `None` and
//! nothing else: that is a rule's to judge.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Plan,
    cx::Cx,
    language::{Found, Items, Said},
    problem::Place,
    source::Sources,
};
use crate::model::{Action, DnsCall, Errand, RecordChange, Span, Step};

/// One file that is named.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Beside {
    /// Everywhere it is named.
    pub places: Vec<Place>,
    /// What stands in it; none when it is not beside the plan, or is no text.
    pub text: Option<String>,
    /// Whether there is such a file, text or not.
    pub there: bool,
    /// Whether it may be started as a program, where that can be told.
    pub starts: Option<bool>,
}

/// Finds every file the plan names, reads those that are there, and puts the record sets
/// of a batch where the step says `file`.
pub(super) fn read(cx: &mut Cx<'_>, plan: &mut Plan, sources: &Sources) {
    for (name, place) in named(cx, plan) {
        let one = plan.beside.entry(name.clone()).or_insert_with(|| Beside {
            places: Vec::new(),
            text: sources.beside(&name),
            there: sources.has(&name),
            starts: sources.starts(&name),
        });
        if !one.places.contains(&place) {
            one.places.push(place);
        }
    }
    let batches: BTreeMap<String, Option<Vec<RecordChange>>> = plan
        .beside
        .iter()
        .filter_map(|(name, one)| Some((name.clone(), batch(one.text.as_ref()?))))
        .collect();
    let mut bad = Vec::new();
    for runbook in &mut plan.runbooks {
        let id = runbook.id.clone();
        for step in runbook.phases.iter_mut().flat_map(|phase| &mut phase.steps) {
            let at = format!("runbook.{id}.{}", step.id);
            let Some(call) = dns(step) else { continue };
            let Some(found) = call.file.as_ref().and_then(|file| batches.get(file))
            else {
                continue;
            };
            match found {
                Some(changes) if call.changes.is_empty() => {
                    call.changes.clone_from(changes);
                }
                Some(_) => {}
                None => bad.push((at, call.file.clone().unwrap_or_default())),
            }
        }
    }
    for (at, file) in bad {
        let place = cx.place(&at).unwrap_or_default();
        cx.error(
            "P-bad-value",
            &place,
            format!("`{file}` is no batch of record sets"),
            "write it as Route 53 takes it: {\"Changes\": [{\"Action\": \"UPSERT\", ...}]}",
        );
    }
}

fn dns(step: &mut Step) -> Option<&mut DnsCall> {
    let Action::Errand(Errand::Dns(call)) = &mut step.action else { return None };
    Some(call)
}

/// A path that means something beside the plan: `./scripts/check.sh`, `failover.json`.
fn is_beside(name: &str) -> bool {
    !name.is_empty()
        && !name.contains("${")
        && !name.contains("://")
        && !name.starts_with(['/', '~'])
        && !name.contains(char::is_whitespace)
}

fn named(cx: &Cx<'_>, plan: &Plan) -> Vec<(String, Place)> {
    let mut found: Vec<(String, Place)> = Vec::new();
    let mut add = |name: &str, place: &Place| {
        let name = name.trim_start_matches("./");
        if is_beside(name) {
            found.push((name.to_owned(), place.clone()));
        }
    };
    for (name, place) in rows(plan) {
        add(&name, &place);
    }
    for runbook in &plan.runbooks {
        for step in runbook.steps() {
            let at = format!("runbook.{}.{}", runbook.id, step.id);
            let place = cx.place(&at).unwrap_or_default();
            for name in of_step(step) {
                add(&name, &place);
            }
        }
    }
    found
}

/// Files a step's action cannot do without.
fn of_step(step: &Step) -> Vec<String> {
    match &step.action {
        Action::Errand(Errand::Dns(call)) => call.file.iter().cloned().collect(),
        Action::Errand(Errand::Aws(call)) => in_params(&call.params),
        Action::Errand(Errand::Kubectl(call)) => applied(&call.args),
        // A path is then one of that directory, on whatever machine it is.
        Action::Command(spec) if spec.dir.is_some() => Vec::new(),
        Action::Command(spec) if spec.shell => {
            let script = spec.argv.last().map(String::as_str).unwrap_or_default();
            script
                .split_whitespace()
                .filter(|word| word.starts_with("./"))
                .map(str::to_owned)
                .collect()
        }
        Action::Command(spec) => {
            let program = spec.argv.first().filter(|program| program.contains('/'));
            // `k6 run scripts/load.js`: what is to be run, whatever runs it.
            let code = spec.argv.iter().skip(1).filter(|word| is_code(word));
            let reaches = spec.argv.first().is_some_and(|first| is_remote(first));
            program.into_iter().chain(code.filter(|_| !reaches)).cloned().collect()
        }
        Action::Errand(_)
        | Action::Estate { .. }
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. } => Vec::new(),
    }
}

/// Whether a word is a path to code in a directory beside the plan.
fn is_code(word: &str) -> bool {
    let ends = [".sh", ".js", ".mjs", ".py", ".rb", ".pl"];
    let plain = |c: char| c.is_ascii_alphanumeric() || "./_-".contains(c);
    !word.starts_with('-')
        && word.contains('/')
        && word.chars().all(plain)
        && ends.iter().any(|end| word.ends_with(end))
}

/// Programs that run what they are given elsewhere.
fn is_remote(program: &str) -> bool {
    let name = program.rsplit('/').next().unwrap_or_default();
    ["ssh", "scp", "rsync", "docker", "docker-compose", "kubectl", "podman", "sudo"]
        .contains(&name)
}

/// The files of `kubectl apply -f`; a directory is none.
fn applied(args: &[String]) -> Vec<String> {
    let flags = ["-f", "--filename"];
    // `-f` of `logs` is no file.
    let takes = ["apply", "create", "replace", "delete", "diff"];
    if !args.first().is_some_and(|word| takes.contains(&word.as_str())) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut words = args.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let file = match word.strip_prefix("--filename=") {
            Some(file) => Some(file),
            None if flags.contains(&word) => words.next(),
            None => None,
        };
        let file = file.filter(|file| *file != "-" && !file.ends_with('/'));
        found.extend(file.map(str::to_owned));
    }
    found
}

/// `file:config.json` anywhere in the parameters of a call.
fn in_params(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => {
            let name =
                text.strip_prefix("file://").or_else(|| text.strip_prefix("file:"));
            name.map(str::to_owned).into_iter().collect()
        }
        Value::Array(items) => items.iter().flat_map(in_params).collect(),
        Value::Object(entries) => entries.values().flat_map(in_params).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// Files named by keys whose value is one.
fn rows(plan: &Plan) -> Vec<(String, Place)> {
    let file = &plan.file;
    let mut keys: Vec<&Option<Found<String>>> = Vec::new();
    keys.extend(file.backup.items().iter().map(|row| &row.script));
    keys.extend(file.notification.items().iter().map(|row| &row.script));
    keys.extend(file.compute.items().iter().map(|row| &row.file));
    keys.extend(file.document.items().iter().map(|row| &row.path));
    for runbook in file.runbook.items() {
        keys.push(&runbook.script);
        keys.extend(runbook.step.items().iter().map(|row| &row.script));
    }
    let workloads = file.compute.items().iter().flat_map(|row| row.workloads.items());
    let configs: Vec<(String, Place)> = workloads
        .filter_map(|one| {
            let config = one.value.config.as_ref()?;
            // `./nginx.conf -> /etc/nginx/nginx.conf`: the first is ours.
            let own = config.value.split(" -> ").next()?.trim();
            own.starts_with("./").then(|| (own.to_owned(), config.place.clone()))
        })
        .collect();
    let metrics = file.probe.items().iter().filter_map(|row| row.metric.get());
    keys.extend(metrics.map(|metric| &metric.queries_file));
    let copies = file.storage.items().iter().filter_map(|row| row.replication.get());
    keys.extend(copies.map(|one| &one.config_file));
    let mut found: Vec<(String, Place)> = keys
        .into_iter()
        .flatten()
        .map(|key| (key.value.clone(), key.place.clone()))
        .chain(configs)
        .collect();
    let scripts = file.channel.items().iter();
    found.extend(
        scripts
            .filter(|row| row.kind.get().is_some_and(|kind| kind == "script"))
            .filter_map(|row| row.address.as_ref())
            .map(|key| (key.value.clone(), key.place.clone())),
    );
    for row in file.traffic.items() {
        let files = row.change_files.items().iter();
        found.extend(files.map(|(_, key)| (key.value.clone(), key.place.clone())));
    }
    for row in file.compute.items() {
        // `./nginx.conf -> /etc/nginx/nginx.conf`; a workload has no path of its own.
        let configs =
            row.workloads.items().iter().filter_map(|one| one.value.config.as_ref());
        found.extend(configs.filter_map(|key| {
            let (own, _) = key.value.split_once("->")?;
            let at = format!("{}.workloads", row.place.at);
            let own = own.trim().strip_prefix("./")?;
            Some((own.to_owned(), Place { spot: key.place.spot, at }))
        }));
    }
    // The first word of a program, when it is a path.
    let programs = file
        .incident_type
        .items()
        .iter()
        .map(|row| row.auto_action.items())
        .chain(file.probe.items().iter().map(|row| row.argv.items()))
        .chain(file.audit.get().map(|row| row.raise_with.items()));
    for words in programs {
        let first = words.first().filter(|word| word.value.contains('/'));
        found.extend(first.map(|word| (word.value.clone(), word.place.clone())));
    }
    found
}

/// A batch of changes as Route 53 takes it; none when it is none.
fn batch(text: &str) -> Option<Vec<RecordChange>> {
    let value: Value = serde_json::from_str(text).ok()?;
    let changes = value.get("Changes")?.as_array()?;
    changes.iter().map(change).collect()
}

fn change(value: &Value) -> Option<RecordChange> {
    let set = value.get("ResourceRecordSet")?;
    let text = |key: &str| set.get(key).and_then(Value::as_str).map(str::to_owned);
    let number = |key: &str| set.get(key).and_then(Value::as_u64);
    let alias = set.get("AliasTarget");
    let of_alias =
        |key: &str| alias.and_then(|one| one.get(key)?.as_str().map(str::to_owned));
    let values = set.get("ResourceRecords").and_then(Value::as_array);
    Some(RecordChange {
        action: value.get("Action")?.as_str()?.to_owned(),
        name: text("Name")?,
        record_type: text("Type")?,
        set_identifier: text("SetIdentifier"),
        weight: number("Weight").and_then(|weight| u32::try_from(weight).ok()),
        failover: text("Failover"),
        region: text("Region"),
        ttl: number("TTL").and_then(|ttl| i64::try_from(ttl).ok()).map(Span::secs),
        values: values
            .into_iter()
            .flatten()
            .filter_map(|one| one.get("Value")?.as_str().map(str::to_owned))
            .collect(),
        alias: of_alias("DNSName"),
        alias_zone: of_alias("HostedZoneId"),
        evaluate_target_health: alias
            .and_then(|one| one.get("EvaluateTargetHealth")?.as_bool()),
        health_check: text("HealthCheckId"),
    })
}
