//! What users would miss: services and what they depend on.

use super::{id, ids, name, probe};
use crate::{
    model::{Service, ServiceId, TierId},
    plan::{
        Plan,
        cx::Cx,
        language::{Items, Said, ServiceRow, TierRow},
    },
};

pub(super) fn read(cx: &mut Cx<'_>, plan: &mut Plan) {
    let rows = plan.file.probe.items().iter();
    plan.probes = rows.filter_map(|row| probe::read(cx, row)).collect();
    let rows = plan.file.service.items().iter();
    plan.services = rows.filter_map(|row| service(cx, row, plan)).collect();
    circles(cx, &plan.services);
}

fn service(cx: &mut Cx<'_>, row: &ServiceRow, plan: &Plan) -> Option<Service> {
    let own = row.id.get()?;
    let objective = super::head::objective(
        cx,
        (&row.rto, &row.rpo, &row.stable),
        of_tier(row, plan).unwrap_or(plan.objective),
    );
    // A list whose ids are all wrong has been reported as such.
    let none = row.probes.as_ref().is_none_or(|list| {
        list.value.is_empty() && list.place.spot.end - list.place.spot.start < 3
    });
    if none && !row.unread.contains(&"probes") {
        cx.error(
            "P-unwatched",
            &row.place,
            format!("nobody would see whether {own} is healthy"),
            "write `probes = [\"...\"]` with at least one [[probe]]",
        );
    }
    Some(Service {
        id: own.as_str().into(),
        name: name(row.name.as_ref(), own),
        objective,
        depends_on: ids(&row.depends_on),
        uses: ids(&row.uses),
        probes: ids(&row.probes),
    })
}

/// What the service's tier promises, over what the plan does.
fn of_tier(row: &ServiceRow, plan: &Plan) -> Option<crate::model::Objective> {
    let wanted: TierId = id(row.tier.as_ref())?;
    let is = |tier: &&TierRow| tier.id.get().is_some_and(|id| *id == wanted.as_str());
    let tier = plan.file.tier.items().iter().find(is)?;
    Some(crate::model::Objective {
        rto: tier.rto.get().copied().unwrap_or(plan.objective.rto),
        rpo: tier.rpo.get().copied().unwrap_or(plan.objective.rpo),
        stable: plan.objective.stable,
    })
}

/// Services that wait for one another would never be called recovered.
fn circles(cx: &mut Cx<'_>, services: &[Service]) {
    let edges = services
        .iter()
        .map(|service| (service.id.clone(), service.depends_on.clone()))
        .collect();
    let Some(circle) = super::needs::cycle(&edges) else { return };
    let first: Option<&ServiceId> = circle.first();
    let place = first.and_then(|id| cx.place(&format!("service.{id}")));
    if let Some(place) = place {
        let path: Vec<&str> = circle.iter().map(ServiceId::as_str).collect();
        cx.error(
            "L92",
            &place,
            format!("services depend on one another in a circle: {}", path.join(" > ")),
            "take one of the `depends_on` away",
        );
    }
}
