//! What promoting now would cost: the upper bound of writes that never reached the
//! replica.

use super::{
    gate::Class,
    incident::{Incident, StepState},
};
use crate::model::{
    DatabaseRole, DatabaseView, Evidence, Fence, Moment, Noun, Observation, Procedure,
    Resource, ResourceId, SiteId, Span, Verb,
};

/// The live cost of a promotion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    pub database: ResourceId,
    /// Where the promotion would happen.
    pub side: SiteId,
    /// Upper bound of the writes lost; none when nothing was ever measured.
    pub lost: Option<Span>,
    /// The sample the bound rests on.
    pub sampled_at: Option<Moment>,
    pub limit: Span,
}

/// The cost for every database of the procedure that would be promoted on the side the
/// runbook goes to: its standby, and on the way back the replica built where it was at home.
pub fn exposures(incident: &Incident, evidence: &Evidence, now: Moment) -> Vec<Exposure> {
    let to = &incident.procedure.runbook.to;
    incident
        .procedure
        .estate
        .iter()
        .filter(|resource| resource.noun == Noun::Database)
        .filter(|resource| resource.sides.contains_key(to))
        .filter(|resource| resource.primary != *to || follows(evidence, resource, to))
        .map(|resource| exposure(incident, resource, to, evidence, now))
        .collect()
}

/// Whether `side` was seen as a replica that could be promoted.
fn follows(evidence: &Evidence, resource: &Resource, side: &SiteId) -> bool {
    evidence.database(&resource.id, side).is_some_and(|(view, ..)| {
        view.available && matches!(view.role, DatabaseRole::Replica { .. })
    })
}

/// The cost of promoting `resource` on `side` now.
///
/// The bound is the last good lag plus all time between that sample and the moment the
/// source stopped taking writes. A source nobody has seen stop is still taking them.
pub fn exposure(
    incident: &Incident,
    resource: &Resource,
    side: &SiteId,
    evidence: &Evidence,
    now: Moment,
) -> Exposure {
    let sample =
        evidence.database(&resource.id, side).and_then(|(view, ..)| view.lag.last_good());
    let stop = stopped(incident, resource, side, evidence).unwrap_or(now).min(now);
    let lost = sample.map(|(lag, at)| lag + (stop - at).max(Span::ZERO));
    Exposure {
        database: resource.id.clone(),
        side: side.clone(),
        lost,
        sampled_at: sample.map(|(_, at)| at),
        limit: incident.procedure.rpo_of(&resource.id),
    }
}

/// When the other sides stopped taking writes, if that was seen.
fn stopped(
    incident: &Incident,
    resource: &Resource,
    side: &SiteId,
    evidence: &Evidence,
) -> Option<Moment> {
    let others = resource.sides.keys().filter(|other| *other != side);
    let mut latest = None;
    for other in others {
        let fenced = fenced_at(incident, &resource.id, other);
        let seen = evidence
            .database(&resource.id, other)
            .and_then(|(view, at, _)| stopped_as_seen(view, at, incident.clocks.impact));
        // Down before it was fenced: the fence proves it, it does not date it.
        let at = fenced.into_iter().chain(seen).min()?;
        latest = latest.max(Some(at));
    }
    latest
}

/// When a side seen like this stopped taking writes, at the latest.
fn stopped_as_seen(view: &DatabaseView, at: Moment, impact: Moment) -> Option<Moment> {
    if !view.available {
        // It stopped with the impact, which can be moved.
        return Some(impact);
    }
    match (&view.fence, &view.role) {
        (Fence::Closed { .. }, _) => Some(at),
        (_, DatabaseRole::Absent | DatabaseRole::Replica { .. }) => Some(at),
        (Fence::Open | Fence::Unproven, DatabaseRole::Writer) => None,
    }
}

/// When our own fence of that side was proved.
fn fenced_at(
    incident: &Incident,
    database: &ResourceId,
    site: &SiteId,
) -> Option<Moment> {
    incident.steps().find_map(|(step, record)| {
        let ours = step.action.estate() == Some((database, site, Verb::Fence));
        let done = matches!(record.state, StepState::Done { .. });
        (ours && done).then_some(record.ended_at)?
    })
}

/// What promoting each standby now would lose, with nothing declared: the lag, and all
/// time since it was sampled. The worst one; none when any of them is unknown.
pub fn worst_at_rest(
    procedure: &Procedure,
    evidence: &Evidence,
    now: Moment,
) -> Option<Span> {
    let costs: Vec<Option<Span>> = standbys(procedure)
        .map(|(resource, side)| resting(resource, side, evidence, now))
        .collect();
    costs.into_iter().collect::<Option<Vec<Span>>>()?.into_iter().max()
}

/// A line per standby: its verdict against the RPO, what it is, what was seen.
pub fn at_rest(
    procedure: &Procedure,
    evidence: &Evidence,
    now: Moment,
) -> Vec<(Class, String, String)> {
    standbys(procedure)
        .map(|(resource, side)| {
            let limit = procedure.rpo_of(&resource.id);
            let name = format!("{} lag", resource.id);
            if beside_a_writer(resource, side, evidence) {
                let value = "a writer on both sides: it follows nothing".to_owned();
                return (Class::Fail, name, value);
            }
            match resting(resource, side, evidence, now) {
                None => (Class::Unknown, name, "never measured".to_owned()),
                Some(lost) => {
                    let class = if lost <= limit { Class::Pass } else { Class::Fail };
                    (class, name, format!("{} of {}", lost.clock(), limit.clock()))
                }
            }
        })
        .collect()
}

fn standbys(procedure: &Procedure) -> impl Iterator<Item = (&Resource, &SiteId)> {
    let to = &procedure.runbook.to;
    procedure
        .estate
        .iter()
        .filter(|resource| resource.noun == Noun::Database && resource.primary != *to)
        .filter(|resource| resource.sides.contains_key(to))
        .map(move |resource| (resource, to))
}

fn resting(
    resource: &Resource,
    side: &SiteId,
    evidence: &Evidence,
    now: Moment,
) -> Option<Span> {
    let (view, ..) = evidence.database(&resource.id, side)?;
    if view.role == DatabaseRole::Writer {
        // Two of them share nothing, so nothing can be said of what one has of the other.
        return (!beside_a_writer(resource, side, evidence)).then_some(Span::ZERO);
    }
    let (lag, at) = view.lag.last_good()?;
    Some(lag + (now - at).max(Span::ZERO))
}

/// Whether `side` takes writes of its own while another side takes writes too.
fn beside_a_writer(resource: &Resource, side: &SiteId, evidence: &Evidence) -> bool {
    let writes = |site: &SiteId| {
        evidence.database(&resource.id, site).is_some_and(|(view, ..)| {
            view.role == DatabaseRole::Writer && view.fence == Fence::Open
        })
    };
    writes(side) && resource.sides.keys().any(|other| other != side && writes(other))
}

/// Whether `side` of `resource` is an available writer, by a reading young enough.
pub fn is_writer(
    evidence: &Evidence,
    resource: &ResourceId,
    side: &SiteId,
    now: Moment,
) -> Option<bool> {
    let reading = evidence.of(resource, side)?;
    match reading.fresh(now)? {
        Observation::Database(view) => {
            Some(view.available && view.role == DatabaseRole::Writer)
        }
        Observation::Compute(_) | Observation::Traffic(_) | Observation::Storage(_) => {
            None
        }
    }
}
