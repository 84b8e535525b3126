//! What the simulated estate can say to a call that asks about a thing it has: answers in
//! the shape of the service's own, as far as the world knows. None for everything else.

use serde_json::{Value, json};

use super::super::{state::State, thing::Thing};
use crate::model::{
    AwsCall, ComputeView, DatabaseRole, DatabaseView, Errand, Expect, KubectlCall, Noun,
    Observation, Params, Resource, ResourceId, Seen, SiteId, Text, TrafficView, Verb,
    Vigil, answer,
};

/// What the world knows of an errand's question.
pub(super) fn answer(state: &State, errand: &Errand) -> Option<Value> {
    match errand {
        Errand::Aws(call) => {
            let whole = cloud(state, call)?;
            match &call.query {
                Some(query) => answer::part(&whole, query),
                None => Some(whole),
            }
        }
        Errand::Kubectl(call) => kubectl(state, call).map(Value::from),
        Errand::Sql(_)
        | Errand::Dns(_)
        | Errand::File(_)
        | Errand::Prompt { .. }
        | Errand::Mark { .. }
        | Errand::Until { .. }
        | Errand::Respond { .. }
        | Errand::Call { .. } => None,
    }
}

/// What is seen of an expectation that no value tells: a name's answer, a waiter, a rollout.
pub(super) fn expected(state: &State, vigil: &Vigil) -> Option<Seen> {
    let seen = |met: bool, value: String| {
        Some(Seen { met, value: Text::clean(value), ..Seen::default() })
    };
    match &vigil.expect {
        Expect::Dns { name, site: Some(site) } => {
            let view = traffic(state, name)?;
            let share = view.share.get(site).copied().unwrap_or(0);
            let others = view.share.iter().filter(|(other, _)| *other != site);
            let rest: u32 = others.map(|(_, share)| u32::from(*share)).sum();
            // A share that was meant: then one of several answers is the site's.
            let met =
                share > 0 && (rest == 0 || share >= 50) && view.in_sync != Some(false);
            seen(met, format!("{name}: {share}% at {site}"))
        }
        Expect::Waiter { waiter, identifier: Some(name), .. }
            if waiter.starts_with("db-instance")
                || waiter.starts_with("db-cluster-a") =>
        {
            let (_, side) = database_at(state, name)?;
            let view = database(state, name)?;
            seen(view.available, format!("{name} in {side}: {}", view.status))
        }
        Expect::Kubectl(call) => {
            let (_, view) = deployment(state, call)?;
            let met = !view.settling && view.running >= view.desired;
            seen(met, format!("{} of {} updated", view.running, view.desired))
        }
        Expect::Dns { .. }
        | Expect::Waiter { .. }
        | Expect::Aws { .. }
        | Expect::ExitCode(_)
        | Expect::Sql { .. }
        | Expect::Probe(_)
        | Expect::Answer(_)
        | Expect::Part { .. } => None,
    }
}

fn cloud(state: &State, call: &AwsCall) -> Option<Value> {
    let text = |key: &str| call.params.get(key).and_then(Value::as_str);
    match call.operation.as_str() {
        "DescribeDBInstances" | "PromoteReadReplica" => {
            let name = text("DBInstanceIdentifier")?;
            let view = database(state, name)?;
            let one = instance(name, &view, "DBInstanceIdentifier", "DBInstanceStatus");
            Some(if call.operation.starts_with("Describe") {
                json!({ "DBInstances": [one] })
            } else {
                json!({ "DBInstance": one })
            })
        }
        "DescribeDBClusters" => {
            let name = text("DBClusterIdentifier")?;
            let view = database(state, name)?;
            let mut one = instance(name, &view, "DBClusterIdentifier", "Status");
            // A cluster's endpoint is a name alone.
            if let Some(endpoint) = one.get_mut("Endpoint") {
                *endpoint = endpoint.get("Address").cloned().unwrap_or_default();
            }
            Some(json!({ "DBClusters": [one] }))
        }
        "DescribeDBSnapshots" => {
            let view = database(state, text("DBInstanceIdentifier")?)?;
            let (name, at) = view.newest_snapshot?;
            Some(json!({ "DBSnapshots": [{
                "DBSnapshotIdentifier": name, "SnapshotCreateTime": at.rfc3339(),
                "Status": "available",
            }] }))
        }
        "DescribeServices" => {
            let names = texts(&call.params);
            let named = |name: &str| names.contains(&name);
            let (resource, side) =
                sides(state, Verb::Scale, call.region.as_deref(), &named)
                    .into_iter()
                    .next()?;
            let view = compute(state, &resource, &side)?;
            Some(json!({ "services": [{
                "serviceName": names.last(), "status": "ACTIVE",
                "desiredCount": view.desired, "runningCount": view.running,
                "pendingCount": view.desired.saturating_sub(view.running),
                "taskDefinition": view.config,
            }] }))
        }
        _ => None,
    }
}

fn instance(name: &str, view: &DatabaseView, id: &str, status: &str) -> Value {
    let source = match &view.role {
        DatabaseRole::Replica { source } => Some(source.clone()),
        DatabaseRole::Writer | DatabaseRole::Absent => None,
    };
    let at = view.endpoint.as_ref().map(Text::as_str).unwrap_or_default();
    let (host, port) = at.split_once(':').unwrap_or((at, "5432"));
    json!({
        id: name, status: view.status,
        "Endpoint": { "Address": host, "Port": port },
        "ReadReplicaSourceDBInstanceIdentifier": source,
    })
}

/// What `kubectl rollout status` and its like print.
fn kubectl(state: &State, call: &KubectlCall) -> Option<String> {
    let (name, view) = deployment(state, call)?;
    match call.args.first().map(String::as_str) {
        Some("rollout") if !view.settling && view.running >= view.desired => {
            Some(format!("deployment \"{name}\" successfully rolled out"))
        }
        Some("rollout") => Some(format!(
            "Waiting for deployment \"{name}\" rollout to finish: {} of {} updated",
            view.running, view.desired
        )),
        Some("get") => Some(format!("{name} {}/{}", view.running, view.desired)),
        Some(_) | None => None,
    }
}

fn deployment(state: &State, call: &KubectlCall) -> Option<(String, ComputeView)> {
    let bare = |word: &String| word.rsplit('/').next().unwrap_or_default().to_owned();
    let words: Vec<String> = call.args.iter().map(bare).collect();
    let named = |name: &str| words.iter().any(|word| word == name);
    let found = sides(state, Verb::Scale, None, &named);
    let (resource, side) = found.into_iter().find(|(resource, side)| {
        let known = state.estate.iter().find(|one| one.id == *resource);
        let context = known.and_then(|one| one.setting(side, "context"));
        context.is_none() || context == call.context.as_deref()
    })?;
    let view = compute(state, &resource, &side)?;
    Some((resource.to_string(), view))
}

fn compute(state: &State, id: &ResourceId, side: &SiteId) -> Option<ComputeView> {
    match state.things.get(id)?.observe(side, &state.scene())? {
        Observation::Compute(view) => Some(view),
        Observation::Database(_) | Observation::Traffic(_) | Observation::Storage(_) => {
            None
        }
    }
}

fn database(state: &State, name: &str) -> Option<DatabaseView> {
    let (id, side) = database_at(state, name)?;
    match state.things.get(&id)?.observe(&side, &state.scene())? {
        Observation::Database(view) => Some(view),
        Observation::Compute(_) | Observation::Traffic(_) | Observation::Storage(_) => {
            None
        }
    }
}

/// The side of a database that is called so, or answers at that address.
pub(super) fn database_at(state: &State, name: &str) -> Option<(ResourceId, SiteId)> {
    state.things.iter().find_map(|(id, thing)| {
        let Thing::Database(database) = thing else { return None };
        let side = database.sides.iter().find(|(_, it)| {
            let host = it.endpoint.split(':').next().unwrap_or_default();
            it.identifier == name || it.endpoint == name || host == name
        });
        side.map(|(side, _)| (id.clone(), side.clone()))
    })
}

/// What decides where users of a name go.
pub(in crate::drill) fn traffic(state: &State, name: &str) -> Option<TrafficView> {
    let plain = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
    let of = |one: &&Resource| {
        one.noun == Noun::Traffic
            && one.params.text("record").map(plain) == Some(plain(name))
    };
    let resource = state.estate.iter().find(of)?;
    match state.things.get(&resource.id)?.observe(&resource.primary, &state.scene())? {
        Observation::Traffic(view) => Some(view),
        Observation::Database(_) | Observation::Compute(_) | Observation::Storage(_) => {
            None
        }
    }
}

/// As many as run at any side of it: what a side that takes over needs.
pub(super) fn most(state: &State, id: &ResourceId) -> u32 {
    let known = state.estate.iter().find(|one| one.id == *id);
    let sides = known.into_iter().flat_map(|one| one.sides.keys());
    let desired = sides.filter_map(|side| Some(compute(state, id, side)?.desired));
    desired.max().unwrap_or(1).max(1)
}

/// The address of a database that stands in `line`; else of the writer at `side`.
pub(super) fn address_in(state: &State, line: &str, side: &SiteId) -> Option<String> {
    let databases = || {
        state.things.values().filter_map(|thing| match thing {
            Thing::Database(database) => Some(database),
            Thing::Compute(_) | Thing::Traffic(_) | Thing::Storage(_) => None,
        })
    };
    let named = databases()
        .flat_map(|database| database.sides.values())
        .filter(|it| line.contains(&it.endpoint) || line.contains(&it.identifier))
        .max_by_key(|it| it.identifier.len())
        .map(|it| it.endpoint.clone());
    let there = || {
        databases().find_map(|database| Some(database.sides.get(side)?.endpoint.clone()))
    };
    named.or_else(there)
}

/// Sides of resources one of whose own names is in a call.
pub(super) fn sides(
    state: &State,
    verb: Verb,
    region: Option<&str>,
    named: &dyn Fn(&str) -> bool,
) -> Vec<(ResourceId, SiteId)> {
    let mut found = Vec::new();
    for resource in state.estate.iter().filter(|one| one.noun == verb.def().noun) {
        for (site, side) in &resource.sides {
            let here = state.sites.iter().find(|one| one.id == *site);
            let own = here.and_then(|here| here.region.as_deref());
            let elsewhere = region.is_some() && own.is_some() && region != own;
            if !elsewhere && names(resource, &side.params).any(named) {
                found.push((resource.id.clone(), site.clone()));
            }
        }
    }
    found
}

/// What tells a side from all others: everything but what names its surroundings.
fn names<'r>(resource: &'r Resource, side: &'r Params) -> impl Iterator<Item = &'r str> {
    const AROUND: &[&str] = &["cluster", "context", "namespace", "region", "zone"];
    let own = side.0.iter().chain(&resource.params.0);
    own.filter(|(key, _)| !AROUND.contains(&key.as_str()))
        .filter_map(|(_, value)| value.as_str())
        .filter(|name| name.len() > 2)
}

/// Every text anywhere in a call's parameters.
pub(super) fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(entries) => entries.values().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}
