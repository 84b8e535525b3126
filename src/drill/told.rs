//! What a probe's answer reads like in the drill world, for every kind of look there is:
//! the world's own value where it has one (how far a replica is behind, who a name leads
//! to), else one a healthy thing would give. Words and numbers only: whether it is well is
//! decided in `eyes`.

use super::{chance, errand, state::State};
use crate::model::{
    Expect, Lag, Observation, Probe, ProbeKind, Span, answer,
    look::{Bound, Look},
};

/// The value of a probe that is well.
pub(super) fn well(state: &State, probe: &Probe, took: Span) -> String {
    let quick = format!("{:.2} s", took.as_secs_f64());
    match &probe.look {
        ProbeKind::Http(_) => format!("200 in {quick}"),
        ProbeKind::Command(_) => format!("exit 0 in {quick}"),
        ProbeKind::Look(look) => looked(state, probe, look, &quick),
    }
}

/// The value of a probe that is not.
pub(super) fn ill(probe: &Probe, why: &str) -> String {
    match &probe.look {
        ProbeKind::Http(_) => format!("503: {why}"),
        ProbeKind::Command(_) => format!("exit 1: {why}"),
        ProbeKind::Look(look) => format!("{}: {why}", look.word()),
    }
}

fn looked(state: &State, probe: &Probe, look: &Look, quick: &str) -> String {
    let number = || number(state, probe);
    match look {
        Look::Metric(metric) => {
            let lag = behind(state, probe, metric.name.as_deref().unwrap_or_default());
            lag.unwrap_or_else(number)
        }
        Look::Sql(call) => {
            let lag = behind(state, probe, &call.text);
            lag.or_else(|| hoped(probe)).unwrap_or_else(number)
        }
        Look::Aws(_) => hoped(probe).unwrap_or_else(|| format!("answered in {quick}")),
        Look::Dns { record } => leads_to(state, record),
        Look::Ready { .. } => format!("accepts connections, {quick}"),
        Look::Tcp { host, port } => format!("connected to {host}:{port} in {quick}"),
        Look::HealthCheck { .. } => "healthy".to_owned(),
        Look::Log { .. } | Look::Files { .. } | Look::Host { .. } => {
            hoped(probe).unwrap_or_else(number)
        }
    }
}

/// How far the replica is behind, where that is what is asked for.
fn behind(state: &State, probe: &Probe, words: &str) -> Option<String> {
    let words = words.to_ascii_lowercase();
    let (resource, side) = (probe.terms.resource.as_ref()?, probe.site.as_ref()?);
    let asked = ["lag", "replay", "latency"].iter().any(|word| words.contains(word));
    let thing = state.things.get(resource).filter(|_| asked)?;
    let lag = match thing.observe(side, &state.scene())? {
        Observation::Database(view) => view.lag,
        Observation::Storage(view) => view.lag,
        Observation::Compute(_) | Observation::Traffic(_) => return None,
    };
    let secs = |lag: Span| format!("{:.1} s", lag.as_secs_f64());
    match &lag {
        Lag::Ok { lag, .. } => Some(secs(*lag)),
        Lag::NotReplicating { reason, .. } => {
            let (last, _) = lag.last_good()?;
            Some(format!("{} when last seen; {reason}", secs(last)))
        }
        Lag::Stale { .. } | Lag::NoData => None,
    }
}

/// The value the plan expects.
fn hoped(probe: &Probe) -> Option<String> {
    let is = probe.terms.expect.as_ref().and_then(Expect::compare)?;
    Some(answer::told(&errand::plausible(is)).to_string())
}

/// A number on the good side of the bounds, nearer to the middle than to the edge; the same
/// one in the same drill.
fn number(state: &State, probe: &Probe) -> String {
    let terms = &probe.terms;
    let bound = terms.warning.as_ref().or(terms.critical.as_ref());
    let Some(Bound { sign, value }) = bound else { return "as usual".to_owned() };
    let luck = chance::fraction(state.seed, &["usual", probe.id.as_str()]);
    let usual = if sign.starts_with('>') {
        value * 0.3_f64.mul_add(luck, 0.3)
    } else {
        // Below is bad, or one value is: well above either.
        value.abs().mul_add(0.3_f64.mul_add(luck, 0.3), value + 1.0)
    };
    if usual.abs() < 10.0 { format!("{usual:.1}") } else { format!("{usual:.0}") }
}

/// Who a name leads to, by the share of users.
fn leads_to(state: &State, record: &str) -> String {
    let Some(view) = errand::traffic(state, record) else {
        return format!("{record} has an answer");
    };
    let shares = view.share.iter().filter(|(_, share)| **share > 0);
    let shares: Vec<String> =
        shares.map(|(site, share)| format!("{share}% {site}")).collect();
    format!("{record}: {}", shares.join(", "))
}
