//! What a step does to the estate, however it is written: a verb, a call whose names are
//! those of a declared thing, or a plain word of the plan's author (`promotes`, `moves`).
//! Rules about order ask deeds, and so hold for scripts and calls as well as for verbs.

use std::collections::BTreeSet;

use crate::{
    model::{
        Action, AwsCall, DnsCall, Errand, KubectlCall, Params, Resource, ResourceId,
        Runbook, SiteId, Step, Verb,
    },
    plan::{
        Plan,
        language::{Items, Said, TrafficRow},
    },
};

/// One thing done to one side of one resource.
#[derive(Clone, Copy, Debug)]
pub(in crate::plan) struct Deed<'p> {
    pub step: &'p Step,
    pub resource: &'p ResourceId,
    pub side: &'p SiteId,
    pub verb: Verb,
    /// Of a verb; none where a call or a word says it.
    pub args: Option<&'p Params>,
}

impl Deed<'_> {
    /// Whether it sends users to `side`.
    pub(in crate::plan) fn moves_users(&self) -> bool {
        let nobody = self.args.is_some_and(|args| args.number("percent") == Some(0));
        self.verb == Verb::Shift && !nobody
    }

    /// Whether it makes `side` the one that takes writes.
    pub(in crate::plan) fn makes_writer(&self) -> bool {
        matches!(self.verb, Verb::Promote | Verb::Switchover | Verb::Restore)
    }
}

/// All of a step's, each once.
pub(in crate::plan) fn of<'p>(
    plan: &'p Plan,
    runbook: &'p Runbook,
    step: &'p Step,
) -> Vec<Deed<'p>> {
    let mut deeds: Vec<Deed<'p>> = Vec::new();
    let mut add = |deed: Deed<'p>| {
        let same = |one: &Deed<'_>| {
            one.resource == deed.resource
                && one.verb == deed.verb
                && one.side == deed.side
        };
        if !deeds.iter().any(same) {
            deeds.push(deed);
        }
    };
    match &step.action {
        Action::Estate { resource, side, verb, args } => {
            add(Deed { step, resource, side, verb: *verb, args: Some(args) });
        }
        Action::Errand(Errand::Aws(call)) => {
            for (resource, side, verb) in aws(plan, call) {
                add(Deed { step, resource, side, verb, args: None });
            }
        }
        Action::Errand(Errand::Kubectl(call)) => {
            for (resource, side, verb) in kubectl(plan, call) {
                add(Deed { step, resource, side, verb, args: None });
            }
        }
        Action::Errand(Errand::Dns(call)) => {
            let side = step.terms.meaning.site.as_ref().unwrap_or(&runbook.to);
            for resource in records(plan, call) {
                add(Deed { step, resource, side, verb: Verb::Shift, args: None });
            }
        }
        Action::Errand(_)
        | Action::Command(_)
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. } => {}
    }
    let meaning = &step.terms.meaning;
    let gone = meaning.site.as_ref().unwrap_or(&runbook.to);
    let left = meaning.site.as_ref().unwrap_or(&runbook.from);
    for (list, verb, side) in [
        (&meaning.promotes, Verb::Promote, gone),
        (&meaning.fences, Verb::Fence, left),
        (&meaning.moves, Verb::Shift, gone),
        (&meaning.repoints, Verb::Repoint, gone),
        (&meaning.scales, Verb::Scale, gone),
    ] {
        for resource in list {
            add(Deed { step, resource, side, verb, args: None });
        }
    }
    deeds
}

type Found<'p> = Vec<(&'p ResourceId, &'p SiteId, Verb)>;

fn aws<'p>(plan: &'p Plan, call: &AwsCall) -> Found<'p> {
    let Some(verb) = call.verb() else { return Vec::new() };
    sides(plan, verb, call.region.as_deref(), texts(&call.params))
}

fn kubectl<'p>(plan: &'p Plan, call: &KubectlCall) -> Found<'p> {
    let args: Vec<&str> = call.args.iter().map(String::as_str).collect();
    let verb = match args.as_slice() {
        ["scale", ..] => Verb::Scale,
        ["set", "env", ..] | ["patch", ..] => Verb::Repoint,
        ["rollout", "restart", ..] => Verb::Restart,
        ["set", "image", ..] | ["apply", ..] => Verb::Deploy,
        _ => return Vec::new(),
    };
    let bare = |word: &str| word.rsplit('/').next().unwrap_or_default().to_owned();
    let words: Vec<String> = args.iter().map(|word| bare(word)).collect();
    let context = call.context.as_deref();
    let mut found = sides(plan, verb, None, &words);
    if verb == Verb::Repoint {
        found.extend(configured(plan, &words));
    }
    // The same deployment may run in both clusters: the context tells them apart.
    let in_context = |side: &SiteId, resource: &ResourceId| {
        let known = plan.resource(resource.as_str());
        known.and_then(|one| one.setting(side, "context")) == context
    };
    if found.iter().any(|(resource, side, _)| in_context(side, resource)) {
        found.retain(|(resource, side, _)| in_context(side, resource));
    }
    found
}

/// Compute whose `ConfigMap` is among the words of a call, at each of its sides.
fn configured<'p>(plan: &'p Plan, words: &[String]) -> Found<'p> {
    let rows = plan.file.compute.items().iter().filter(|row| {
        let map = row.config.get().and_then(|config| config.get("configmap")?.as_str());
        map.is_some_and(|map| words.iter().any(|word| word == map))
    });
    let mut found = Vec::new();
    for id in rows.filter_map(|row| row.id.get()) {
        if let Some(resource) = plan.resource(id) {
            let sides = resource.sides.keys();
            found.extend(sides.map(|side| (&resource.id, side, Verb::Repoint)));
        }
    }
    found
}

/// Sides of resources one of whose own names is in the call.
fn sides<'p>(
    plan: &'p Plan,
    verb: Verb,
    region: Option<&str>,
    named: impl IntoIterator<Item = impl AsRef<str>>,
) -> Found<'p> {
    let elsewhere = |site: &SiteId| {
        let here = plan.sites.iter().find(|one| one.id == *site);
        let own = here.and_then(|here| here.region.as_deref());
        own.zip(region).is_some_and(|(own, region)| own != region)
    };
    let called = plan.sides_called(named).into_iter();
    called
        .filter(|(resource, _)| resource.noun == verb.def().noun)
        .filter(|(_, site)| !elsewhere(site))
        .map(|(resource, site)| (&resource.id, site, verb))
        .collect()
}

/// Every text anywhere in a call's parameters.
pub(in crate::plan::lint) fn texts(value: &serde_json::Value) -> Vec<&str> {
    use serde_json::Value;
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(entries) => entries.values().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// Traffic whose record, or whose file of changes, a batch is about.
fn records<'p>(plan: &'p Plan, call: &DnsCall) -> Vec<&'p ResourceId> {
    let changed_by = |row: &&TrafficRow| {
        let mut files = row.change_files.items().iter();
        files.any(|(_, found)| Some(&found.value) == call.file.as_ref())
    };
    let rows = plan.file.traffic.items().iter().filter(changed_by);
    let by_file: BTreeSet<&str> =
        rows.filter_map(|row| row.id.get().map(String::as_str)).collect();
    let about = |resource: &&Resource| {
        let record =
            resource.params.text("record").map(|name| name.trim_end_matches('.'));
        let changed = |name: &str| Some(name.trim_end_matches('.')) == record;
        call.changes.iter().any(|change| changed(&change.name))
            || by_file.contains(resource.id.as_str())
    };
    let traffic =
        plan.estate.iter().filter(|one| one.noun == crate::model::Noun::Traffic);
    traffic.filter(about).map(|one| &one.id).collect()
}
