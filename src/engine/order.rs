//! What hands and eyes are asked beside the estate's verbs, made from a step whose slots are
//! filled: the order of one attempt, and what is looked for once it was made.

use std::collections::BTreeMap;

use super::{
    incident::{Incident, StepRecord},
    undo::plan_action,
    values,
};
use crate::model::{
    Action, Attempt, Errand, Expect, HttpSpec, Moment, Order, Probe, ProbeKind,
    Procedure, Site, SiteId, Step, StepId, Vigil, Wanted, errand::Until, look::Look,
};

/// The order of the newest attempt of `step`; none before there was one.
pub(super) fn order(
    incident: &Incident,
    step: &Step,
    record: &StepRecord,
) -> Option<Order> {
    let attempt = Attempt {
        incident: incident.id.clone(),
        step: step.id.clone(),
        number: record.attempt,
        intended_at: record.intended_at?,
    };
    Some(of(&incident.procedure, step, record.action(step), attempt))
}

/// The order `step`, or what takes it back, would be if it were started now: for previews.
pub fn proposal(
    incident: &Incident,
    id: &StepId,
    undo: bool,
    now: Moment,
) -> Option<Order> {
    let (step, record) = incident.step(id)?;
    let attempt = Attempt {
        incident: incident.id.clone(),
        step: step.id.clone(),
        number: record.attempt + 1,
        intended_at: now,
    };
    let step = values::for_eyes(incident, step);
    let back = plan_action(&step).filter(|_| undo);
    let action = back.unwrap_or(&step.action);
    let carried =
        matches!(action, Action::Command(_) | Action::Http(_) | Action::Errand(_));
    carried.then(|| of(&incident.procedure, &step, action, attempt))
}

fn of(procedure: &Procedure, step: &Step, action: &Action, attempt: Attempt) -> Order {
    let host = step.terms.host.as_ref();
    let via = host.and_then(|host| procedure.brief.hosts.get(host));
    Order {
        via: via.cloned().unwrap_or_default(),
        site: site(procedure, step, action).cloned(),
        wanted: wanted(step),
        estimate: step.estimate,
        meaning: step.terms.meaning.clone(),
        way: (procedure.runbook.from.clone(), procedure.runbook.to.clone()),
        ..Order::of(attempt, action.clone(), step.verify.timeout)
    }
}

/// The site whose region a call names; else the one the step says it works at.
fn site<'p>(procedure: &'p Procedure, step: &Step, action: &Action) -> Option<&'p Site> {
    let region = match action.errand() {
        Some(Errand::Until { until: Until::Waiter { region, .. } }) => region.as_ref(),
        Some(_) | None => action.aws().and_then(|call| call.region.as_ref()),
    };
    let in_region = |site: &&Site| region.is_some() && site.region.as_ref() == region;
    let named = step.terms.meaning.site.as_ref();
    let mut sites = procedure.sites.iter();
    sites.find(in_region).or_else(|| procedure.site(named?))
}

fn wanted(step: &Step) -> Wanted {
    let own = step.terms.expect.iter().filter(|expect| expect.is_own()).cloned();
    let mut wanted =
        Wanted { outputs: step.terms.outputs.clone(), exit: 0, own: own.collect() };
    for expect in &step.terms.expect {
        match expect {
            Expect::ExitCode(code) => wanted.exit = *code,
            // Found again under its own path.
            Expect::Part { path, .. } => {
                wanted.outputs.insert(path.clone(), path.clone());
            }
            Expect::Aws { .. }
            | Expect::Waiter { .. }
            | Expect::Dns { .. }
            | Expect::Sql { .. }
            | Expect::Kubectl(_)
            | Expect::Probe(_)
            | Expect::Answer(_) => {}
        }
    }
    wanted
}

/// What is still to be seen once `step` was done. What its own answer decides was decided
/// with it, unless it only looks: then it is asked again.
pub(super) fn vigils(
    incident: &Incident,
    step: &Step,
    record: &StepRecord,
) -> Vec<Vigil> {
    let (Some(since), Some(own)) = (record.acted_at, order(incident, step, record))
    else {
        return Vec::new();
    };
    if record.undoing {
        return Vec::new();
    }
    let again = step.action.looks() || step.action.estate().is_some();
    let expects = step.terms.expect.iter().filter(|expect| again || !expect.is_own());
    // A check with more to be seen is one more thing to be seen.
    let probe = step.action.probe().map(|probe| Expect::Probe(probe.clone()));
    let probe = probe.filter(|_| !step.terms.expect.is_empty());
    probe
        .iter()
        .chain(expects)
        .map(|expect| Vigil {
            expect: waiter(expect, &own),
            own: own.clone(),
            since,
            last: incident.procedure.brief.last.get(&step.id).cloned(),
            hosts: hosts(&incident.procedure, expect, &step.action),
        })
        .collect()
}

/// A waiter looks where the act was done, unless it says otherwise.
fn waiter(expect: &Expect, own: &Order) -> Expect {
    let mut expect = expect.clone();
    if let Expect::Waiter { region: region @ None, .. } = &mut expect {
        let there = || own.site.as_ref().and_then(|site| site.region.clone());
        let named = own.action.aws().and_then(|call| call.region.clone());
        *region = named.or_else(there);
    }
    expect
}

/// Names whose addresses are those of the site a name must answer with: what probes of the
/// site ask, and where a batch of the same step sends users.
fn hosts(procedure: &Procedure, expect: &Expect, action: &Action) -> Vec<String> {
    let Expect::Dns { name, site: Some(site) } = expect else { return Vec::new() };
    let probes = procedure.probes.iter();
    let mut hosts: Vec<String> = probes
        .filter(|probe| probe.site.as_ref() == Some(site))
        .filter_map(host)
        .collect();
    if let Action::Errand(Errand::Dns(call)) = action {
        let shares = share_of(&call.weights, site);
        for change in call.changes.iter().filter(|change| {
            let plain = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
            plain(&change.name) == plain(name) && change.action != "DELETE"
        }) {
            let answers = change.weight.is_none_or(|weight| weight > 0)
                && change.failover.as_deref() != Some("SECONDARY");
            if answers && shares {
                hosts.extend(change.values.iter().chain(&change.alias).cloned());
            }
        }
    }
    hosts
}

/// Whether a batch that says its shares leaves nobody else any: else its records are not
/// one site's.
fn share_of(weights: &BTreeMap<String, u32>, site: &SiteId) -> bool {
    weights.iter().all(|(other, share)| other == site.as_str() || *share == 0)
}

/// The machine a probe asks by name.
fn host(probe: &Probe) -> Option<String> {
    match &probe.look {
        ProbeKind::Http(HttpSpec { url, .. }) => {
            let rest = url.split_once("://")?.1;
            let end = rest.find(['/', ':', '?']).unwrap_or(rest.len());
            rest.get(..end).map(str::to_owned)
        }
        ProbeKind::Look(Look::Tcp { host, .. } | Look::Ready { host, .. }) => {
            Some(host.clone())
        }
        ProbeKind::Look(
            Look::Aws(_)
            | Look::Metric(_)
            | Look::Dns { .. }
            | Look::Sql(_)
            | Look::Log { .. }
            | Look::Files { .. }
            | Look::Host { .. }
            | Look::HealthCheck { .. },
        )
        | ProbeKind::Command(_) => None,
    }
}
