//! What `warroom doctor --plan` looks at: whether the plan loads, what of it has hands and
//! eyes in the real world, the files it names, and what a person must tick. Asks nobody
//! outside this machine.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use sha2::{Digest, Sha256};

use super::doctor::{Finding, Mark, fine, note, unfit};
use crate::{
    clock::Clock,
    config::Config,
    driver::{DRIVERS, vocabulary},
    model::{
        Action, Condition, Errand, Expect, Probe, ProbeId, Resource, Runbook, Step,
        errand::Until,
    },
    plan::{
        self, Plan, Sources,
        language::{Closed, Items, Said},
    },
    probe::live::LiveEyes,
};

/// What stands between a plan and a live run on this machine.
pub(super) fn plan(config: &Config, path: &Path) -> Vec<Finding> {
    let loaded = plan::load(path, &vocabulary(), config.env.all());
    let verdict = plan::verdict(&loaded.problems);
    let broken = format!("{verdict}; `warroom check {}` shows where", path.display());
    let Some(plan) = loaded.seen() else { return vec![unfit("plan", broken)] };
    let digest = plan.digest.get(..7).unwrap_or_default();
    let mut all = vec![if loaded.plan.is_some() {
        fine("plan", format!("{} @{digest}, {verdict}", plan.name))
    } else {
        unfit("plan", broken)
    }];
    all.push(hands(plan));
    all.push(eyes(plan));
    all.push(parameters(plan));
    all.extend(plan.beside.keys().map(|name| file(plan, &loaded.sources, name)));
    all.extend(prerequisites(plan));
    all
}

fn listed(counts: &BTreeMap<&str, Vec<String>>) -> String {
    let told = counts.iter().map(|(kind, ids)| format!("{kind} ({})", ids.join(", ")));
    told.collect::<Vec<_>>().join("; ")
}

/// Kinds only the drill world has hands for. What no step acts on needs none.
fn hands(plan: &Plan) -> Finding {
    let steps = plan.runbooks.iter().flat_map(Runbook::steps);
    let acted: BTreeSet<_> =
        steps.filter_map(|step| step.action.estate().map(|(id, ..)| id)).collect();
    let live = |kind: &str| DRIVERS.iter().any(|def| def.spec.kind == kind);
    let missing = plan.estate.iter().filter(|one| !live(&one.kind));
    let (needed, idle): (Vec<&Resource>, Vec<&Resource>) =
        missing.partition(|one| acted.contains(&one.id));
    let of = |all: &[&Resource]| {
        let mut kinds: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for one in all {
            kinds.entry(one.kind.as_str()).or_default().push(one.id.to_string());
        }
        listed(&kinds)
    };
    match (needed.is_empty(), idle.is_empty()) {
        (true, true) => fine("hands", "for everything".to_owned()),
        (true, false) => note(
            "hands",
            format!(
                "for all that steps act on; its state is unknown live: {}",
                of(&idle)
            ),
        ),
        (false, _) => {
            let acting = plan.runbooks.iter().filter(|runbook| {
                let mut acts = runbook.steps().filter_map(|step| step.action.estate());
                acts.any(|(id, ..)| needed.iter().any(|one| one.id == *id))
            });
            let acting: Vec<&str> = acting.map(|one| one.id.as_str()).collect();
            unfit(
                "hands",
                format!(
                    "kinds only the drill world has: {}. These runbooks act on them and do \
                     not run live: {}",
                    of(&needed),
                    acting.join(", ")
                ),
            )
        }
    }
}

/// Probes nobody can look at live. A step that must see one of them never gets past it.
fn eyes(plan: &Plan) -> Finding {
    let blind: Vec<&Probe> =
        plan.probes.iter().filter(|probe| !LiveEyes::sees(&probe.look)).collect();
    if blind.is_empty() {
        return fine("eyes", format!("for all {} probes", plan.probes.len()));
    }
    let rows = plan.file.probe.items();
    let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for probe in &blind {
        let row = rows
            .iter()
            .find(|row| row.id.get().is_some_and(|id| probe.id.as_str() == id));
        let kind = row
            .and_then(|row| row.kind.get())
            .map_or_else(String::new, |kind| kind.word_of().to_owned());
        kinds.entry(kind).or_default().push(probe.id.to_string());
    }
    let told: Vec<String> =
        kinds.iter().map(|(kind, ids)| format!("{kind} {}", ids.len())).collect();
    let value = format!(
        "{} of {} probes cannot be looked at live, and are unknown there: {}",
        blind.len(),
        plan.probes.len(),
        told.join(", ")
    );
    let is_blind = |id: &&ProbeId| blind.iter().any(|probe| probe.id == **id);
    let stuck: Vec<String> = plan
        .runbooks
        .iter()
        .flat_map(|runbook| runbook.steps().map(move |step| (runbook, step)))
        .filter(|(_, step)| seen(step).iter().any(is_blind))
        .map(|(runbook, step)| format!("{}/{}", runbook.id, step.id))
        .collect();
    if stuck.is_empty() {
        return note("eyes", value);
    }
    unfit("eyes", format!("{value}. Steps that must see one: {}", stuck.join(", ")))
}

/// Every probe a step must see before it is done, or before it begins.
fn seen(step: &Step) -> Vec<&ProbeId> {
    let own = match &step.action {
        Action::Check { probe }
        | Action::Errand(Errand::Until { until: Until::Probe(probe) }) => Some(probe),
        Action::Errand(_)
        | Action::Estate { .. }
        | Action::Command(_)
        | Action::Http(_)
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. } => None,
    };
    let when = step.terms.when.iter().filter_map(|condition| match condition {
        Condition::Probe { probe, .. } => Some(probe),
        Condition::Step { .. }
        | Condition::Parameter { .. }
        | Condition::Severity(_)
        | Condition::Scenario(_)
        | Condition::Drill(_) => None,
    });
    let expect = step.terms.expect.iter().filter_map(|expect| match expect {
        Expect::Probe(probe) => Some(probe),
        Expect::Aws { .. }
        | Expect::Waiter { .. }
        | Expect::Sql { .. }
        | Expect::Kubectl(_)
        | Expect::Dns { .. }
        | Expect::ExitCode(_)
        | Expect::Answer(_)
        | Expect::Part { .. } => None,
    });
    own.into_iter().chain(when).chain(expect).collect()
}

fn parameters(plan: &Plan) -> Finding {
    let unset: Vec<&str> = plan
        .parameters
        .iter()
        .filter(|parameter| parameter.is_unset() && !parameter.per_tenant)
        // What has no variable is asked for when a run begins.
        .filter_map(|parameter| parameter.variable.as_deref())
        .collect();
    if unset.is_empty() {
        return fine("parameters", "all set".to_owned());
    }
    unfit("parameters", format!("not set, and steps need them: {}", unset.join(", ")))
}

/// Whether a file the plan names is there, what it holds, and since when.
fn file(plan: &Plan, sources: &Sources, name: &str) -> Finding {
    let there = sources.place(name).and_then(|path| {
        let bytes = fs::read(&path).ok()?;
        Some((hashed(&bytes), age(&path)))
    });
    if let Some((hash, age)) = there {
        let age =
            age.map_or_else(|| "of unknown age".to_owned(), |age| format!("{age} old"));
        return fine("file", format!("{name}: present, sha256 {hash}, {age}"));
    }
    let mut documents = plan.file.document.items().iter();
    let document = documents.find(|row| {
        row.path.get().is_some_and(|path| path.trim_start_matches("./") == name)
    });
    if document.is_some_and(|row| row.needed.get() != Some(&true)) {
        let value = format!("{name}: absent; a document the plan does not need in a run");
        return note("file", value);
    }
    unfit("file", format!("{name}: absent"))
}

/// The first seven characters.
fn hashed(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let nibbles = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let digits = nibbles.filter_map(|nibble| char::from_digit(nibble.into(), 16));
    digits.take(7).collect()
}

/// `3 days`, `5 h`: since it was last written.
fn age(path: &Path) -> Option<String> {
    let modified = fs::metadata(path).ok()?.modified().ok()?;
    let then = modified.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs();
    let now = u64::try_from(Clock::system().now().as_millis() / 1000).ok()?;
    let secs = now.saturating_sub(then);
    Some(match secs {
        0..172_800 => format!("{} h", secs / 3600),
        _ => format!("{} days", secs / 86_400),
    })
}

/// What must be there before the plan is worth anything, in the plan's own words.
fn prerequisites(plan: &Plan) -> Vec<Finding> {
    let Some(head) = plan.file.plan.get() else { return Vec::new() };
    let items = head.prerequisites.items().iter();
    items
        .map(|one| Finding {
            mark: Mark::Ask,
            what: "prerequisite",
            value: format!("tick by hand: {}", one.value),
        })
        .collect()
}
