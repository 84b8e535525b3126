//! What an errand does to the simulated estate: what the plan's author says it means, and
//! what a call does whose names are those of a declared thing. As the verb would.

use serde_json::{Value, json};

use super::{super::state::State, known};
use crate::model::{
    Action, AwsCall, DnsCall, Errand, KubectlCall, Order, Params, ResourceId, SiteId,
    Text, Verb, Work,
};

/// One thing an errand does.
struct Deed {
    resource: ResourceId,
    side: SiteId,
    verb: Verb,
    args: Params,
}

/// Does all of it, or says why the first of it is refused.
pub(super) fn act(state: &mut State, order: &Order) -> Result<(), Text> {
    for work in works(state, order) {
        state.meddle(&work)?;
    }
    Ok(())
}

/// What a preview says of it.
pub(super) fn told(state: &State, order: &Order) -> (Vec<(Text, Text, Text)>, Vec<Text>) {
    let works = works(state, order);
    let changes = works.iter().filter_map(|work| {
        let (before, after) = state.values(work)?;
        let name = Text::clean(format!("{} in {}", work.resource.id, work.side));
        (before != after).then_some((name, before, after))
    });
    let objections = works.iter().filter_map(|work| state.refusal(work));
    (changes.collect(), objections.collect())
}

/// What it does to the estate, as the verbs would.
pub(in crate::drill) fn works(state: &State, order: &Order) -> Vec<Work> {
    let mut works: Vec<Work> = Vec::new();
    for deed in deeds(state, order) {
        let Some(resource) = state.estate.iter().find(|one| one.id == deed.resource)
        else {
            continue;
        };
        let same = |work: &Work| {
            (&work.resource.id, &work.side, work.verb)
                == (&deed.resource, &deed.side, deed.verb)
        };
        if works.iter().any(same) {
            continue;
        }
        works.push(Work {
            incident: order.attempt.incident.clone(),
            declared_at: state.started,
            step: order.attempt.step.clone(),
            attempt: order.attempt.number,
            resource: resource.clone(),
            side: deed.side,
            verb: deed.verb,
            args: deed.args,
            sites: state.sites.clone(),
            intended_at: order.attempt.intended_at,
            undo_to: None,
            accepted: Vec::new(),
            deadline: order.attempt.intended_at + order.limit,
        });
    }
    works
}

fn deeds(state: &State, order: &Order) -> Vec<Deed> {
    let mut deeds = match &order.action {
        Action::Errand(Errand::Aws(call)) => cloud(state, call),
        Action::Errand(Errand::Kubectl(call)) => kubectl(state, call),
        Action::Errand(Errand::Dns(call)) => dns(state, call),
        Action::Errand(_)
        | Action::Command(_)
        | Action::Http(_)
        | Action::Estate { .. }
        | Action::Check { .. }
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. } => Vec::new(),
    };
    let meaning = &order.meaning;
    let gone = meaning.site.as_ref().unwrap_or(&order.way.1);
    let left = meaning.site.as_ref().unwrap_or(&order.way.0);
    for (list, verb, side) in [
        (&meaning.fences, Verb::Fence, left),
        (&meaning.promotes, Verb::Promote, gone),
        (&meaning.scales, Verb::Scale, gone),
        (&meaning.repoints, Verb::Repoint, gone),
        (&meaning.moves, Verb::Shift, gone),
    ] {
        for resource in list {
            let said = deeds.iter().any(|deed| {
                deed.resource == *resource && deed.verb == verb && deed.side == *side
            });
            if !said {
                let args = usual(state, (resource, side), verb, &order.line());
                deeds.push(Deed {
                    resource: resource.clone(),
                    side: side.clone(),
                    verb,
                    args,
                });
            }
        }
    }
    deeds
}

/// What a verb is given where the errand's own words do not say it: as many as run at the
/// other side, the address that stands in the line, all users.
fn usual(
    state: &State,
    (resource, side): (&ResourceId, &SiteId),
    verb: Verb,
    line: &str,
) -> Params {
    let args = match verb {
        Verb::Scale => json!({ "count": known::most(state, resource) }),
        Verb::Repoint => match known::address_in(state, line, side) {
            Some(address) => json!({ "to": address }),
            None => json!({}),
        },
        Verb::Shift => json!({ "percent": 100 }),
        Verb::Promote
        | Verb::Switchover
        | Verb::Fence
        | Verb::Unfence
        | Verb::RebuildReplica
        | Verb::Snapshot
        | Verb::CopySnapshot
        | Verb::Restore
        | Verb::Stop
        | Verb::Restart
        | Verb::Deploy
        | Verb::Hold
        | Verb::RestoreVersion
        | Verb::Sync
        | Verb::Switch => json!({}),
    };
    params(&args)
}

fn params(value: &Value) -> Params {
    serde_json::from_value(value.clone()).unwrap_or_default()
}

fn cloud(state: &State, call: &AwsCall) -> Vec<Deed> {
    let Some(verb) = call.verb() else { return Vec::new() };
    let given = match (verb == Verb::Scale, verb == Verb::Deploy, call.count()) {
        (true, _, Some(count)) => json!({ "count": count }),
        // Only its bounds are changed.
        (true, _, None) => return Vec::new(),
        (_, true, _) => json!({ "version": call.at("taskDefinition") }),
        (false, false, _) => json!({}),
    };
    let named = |name: &str| known::texts(&call.params).contains(&name);
    known::sides(state, verb, call.region.as_deref(), &named)
        .into_iter()
        .map(|(resource, side)| Deed { resource, side, verb, args: params(&given) })
        .collect()
}

fn kubectl(state: &State, call: &KubectlCall) -> Vec<Deed> {
    let args: Vec<&str> = call.args.iter().map(String::as_str).collect();
    let replicas = args.iter().find_map(|word| word.strip_prefix("--replicas="));
    let line = args.join(" ");
    let (verb, given) = match args.as_slice() {
        ["scale", ..] => {
            let count: Option<u32> = replicas.and_then(|count| count.parse().ok());
            (Verb::Scale, json!({ "count": count.unwrap_or(1) }))
        }
        ["rollout", "restart", ..] => (Verb::Restart, json!({})),
        ["set", "image", ..] => {
            let image = args.last().and_then(|word| word.split_once('='));
            (Verb::Deploy, json!({ "version": image.map_or("new", |(_, image)| image) }))
        }
        ["set", "env", ..] | ["patch", ..] => (Verb::Repoint, json!({})),
        _ => return Vec::new(),
    };
    let bare = |word: &&str| word.rsplit('/').next().unwrap_or_default().to_owned();
    let words: Vec<String> = args.iter().map(bare).collect();
    let named = |name: &str| words.iter().any(|word| word == name);
    let mut found = known::sides(state, verb, None, &named);
    let here = |(resource, side): &(ResourceId, SiteId)| {
        let known = state.estate.iter().find(|one| one.id == *resource);
        let context = known.and_then(|one| one.setting(side, "context"));
        context.is_none() || context == call.context.as_deref()
    };
    found.retain(here);
    let deeds = found.into_iter().filter_map(|(resource, side)| {
        let mut args = params(&given);
        if verb == Verb::Repoint {
            let address = known::address_in(state, &line, &side)?;
            args = params(&json!({ "to": address }));
        }
        Some(Deed { resource, side, verb, args })
    });
    deeds.collect()
}

/// The share each side gets, by the set identifiers of its records, or as the batch says.
fn dns(state: &State, call: &DnsCall) -> Vec<Deed> {
    let plain = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
    let about = state.estate.iter().filter(|resource| {
        let record = resource.params.text("record").map(plain);
        record.is_some()
            && call.changes.iter().any(|change| Some(plain(&change.name)) == record)
    });
    let mut deeds = Vec::new();
    for resource in about {
        let share = |side: &SiteId| {
            if let Some(share) = call.weights.get(side.as_str()) {
                return Some(*share);
            }
            let own = resource.setting(side, "set_identifier")?;
            let change = call.changes.iter().find(|change| {
                change.set_identifier.as_deref() == Some(own) && change.action != "DELETE"
            })?;
            match change.failover.as_deref() {
                Some("PRIMARY") => Some(100),
                Some(_) => Some(0),
                None => change.weight,
            }
        };
        let shares: Vec<(&SiteId, u32)> =
            resource.sides.keys().filter_map(|side| Some((side, share(side)?))).collect();
        let total: u32 = shares.iter().map(|(_, share)| share).sum();
        // The side that gets most; the others share the rest.
        if let Some((side, most)) = shares.iter().max_by_key(|(_, share)| *share)
            && let Some(percent) = (most * 100).checked_div(total)
        {
            deeds.push(Deed {
                resource: resource.id.clone(),
                side: (*side).clone(),
                verb: Verb::Shift,
                args: params(&json!({ "percent": percent.min(100) })),
            });
        }
    }
    deeds
}
