//! The order in which services have to be back, and what came back too early. Pure.

use super::{event::Event, incident::Incident};
use crate::model::{Lane, Service, ServiceId};

/// The lane a service is of.
pub fn lane<'a>(incident: &'a Incident, id: &ServiceId) -> Option<&'a Lane> {
    let lanes = &incident.procedure.brief.lanes;
    let (prefix, _) = id.as_str().split_once('.')?;
    lanes.iter().find(|lane| lane.tenant.as_str() == prefix)
}

/// The id the plan knows a service by: without its lane.
pub fn plain(incident: &Incident, id: &ServiceId) -> ServiceId {
    let bare = id.as_str().split_once('.').filter(|_| lane(incident, id).is_some());
    bare.map_or_else(|| id.clone(), |(_, bare)| ServiceId::new(bare))
}

/// Its place in the order of recovery: 1 is first.
pub fn place(incident: &Incident, id: &ServiceId) -> Option<u32> {
    let brief = &incident.procedure.brief;
    brief.services.get(&plain(incident, id)).and_then(|said| said.order)
}

/// Services of the same lane that have to be back before `service`, and are not.
pub fn ahead<'a>(incident: &'a Incident, service: &'a ServiceId) -> Vec<&'a Service> {
    let Some(own) = place(incident, service) else { return Vec::new() };
    let of = lane(incident, service);
    let services = incident.procedure.services.iter();
    services
        .filter(|other| {
            let before = place(incident, &other.id).is_some_and(|place| place < own);
            let lane = lane(incident, &other.id);
            before && (lane.is_none() || lane == of) && !is_back(incident, &other.id)
        })
        .collect()
}

/// Whether it was seen healthy for its whole window.
pub fn is_back(incident: &Incident, id: &ServiceId) -> bool {
    incident.services.get(id).is_some_and(|record| record.recovered.is_some())
}

/// Services that are back while others that come before them are not, with those.
pub fn early(incident: &Incident) -> Vec<(&Service, Vec<&Service>)> {
    let services = incident.procedure.services.iter();
    let back = services.filter(|service| is_back(incident, &service.id));
    back.map(|service| (service, ahead(incident, &service.id)))
        .filter(|(_, ahead)| !ahead.is_empty())
        .collect()
}

/// `Files is back before Database (P1 before P0)`, as the alarm line says it.
pub fn told(incident: &Incident, early: &ServiceId, ahead: &[ServiceId]) -> String {
    let services = &incident.procedure.services;
    let name = |id: &ServiceId| {
        let found = services.iter().find(|one| one.id == *id);
        found.map_or_else(|| id.to_string(), |one| one.name.to_string())
    };
    let class = |id: &ServiceId| {
        let brief = incident.procedure.brief.services.get(&plain(incident, id))?;
        brief.tier.as_ref().map(ToString::to_string)
    };
    let names: Vec<String> = ahead.iter().map(name).collect();
    let words = format!("{} is back before {}", name(early), names.join(", "));
    let first = ahead.iter().find_map(class);
    match class(early).zip(first).filter(|(own, first)| own != first) {
        Some((own, first)) => format!("{words} ({own} before {first})"),
        None => words,
    }
}

/// What `events`, about to be written, bring back too early.
pub(super) fn out_of_order(incident: &Incident, events: &[Event]) -> Vec<Event> {
    let now = |id: &ServiceId| {
        events.iter().any(
            |event| matches!(event, Event::ServiceRecovered { service } if service == id),
        )
    };
    let early = events.iter().filter_map(|event| {
        let Event::ServiceRecovered { service } = event else { return None };
        let ahead = ahead(incident, service).into_iter().map(|one| one.id.clone());
        let ahead: Vec<ServiceId> = ahead.filter(|id| !now(id)).collect();
        (!ahead.is_empty()).then(|| Event::OutOfOrder { service: service.clone(), ahead })
    });
    early.collect()
}
