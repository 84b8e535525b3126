//! A lane for each tenant: its own steps, its own things, one clock for all. What no
//! tenant's parameter stands in is shared.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    rename::{self, Names},
    unfold::{Part, Placed},
};
use crate::{
    model::{
        Condition, Lane, ParameterId, Probe, ProbeId, Resource, ResourceId, Service,
        ServiceId, StepId, TenantId, Text,
        template::{Slot, fill_all, slots},
    },
    plan::{
        Plan,
        language::{Items, Said},
    },
};

/// The estate of a procedure.
#[derive(Clone, Debug, Default)]
pub(super) struct Things {
    pub estate: Vec<Resource>,
    pub services: Vec<Service>,
    pub probes: Vec<Probe>,
}

/// One tenant and its values.
#[derive(Clone, Debug)]
pub(super) struct Tenant {
    pub lane: Lane,
    values: BTreeMap<ParameterId, String>,
}

/// The tenants a run takes: those that were chosen, else the plan's default, else all.
pub(super) fn tenants(plan: &Plan, chosen: &[TenantId]) -> Vec<Tenant> {
    let Some(tenancy) = plan.file.tenancy.get() else { return Vec::new() };
    let usual: Vec<&str> =
        tenancy.default.items().iter().map(|found| found.value.as_str()).collect();
    let wanted = |id: &str| {
        if chosen.is_empty() {
            usual.is_empty() || usual.contains(&id)
        } else {
            chosen.iter().any(|tenant| tenant.as_str() == id)
        }
    };
    let apart = tenancy.parameter.get();
    let rows = plan.file.tenant.items().iter();
    rows.filter_map(|row| {
        let id = row.id.get().filter(|id| wanted(id))?;
        let mut values: BTreeMap<ParameterId, String> = row
            .set
            .items()
            .iter()
            .map(|(key, found)| (key.as_str().into(), found.value.clone()))
            .collect();
        values.extend(apart.map(|parameter| (parameter.as_str().into(), id.clone())));
        let name = row.name.get().cloned().unwrap_or_else(|| Text::clean(id));
        Some(Tenant { lane: Lane { tenant: id.as_str().into(), name }, values })
    })
    .collect()
}

/// Ids of what differs from lane to lane.
struct Apart {
    estate: BTreeSet<ResourceId>,
    services: BTreeSet<ServiceId>,
    probes: BTreeSet<ProbeId>,
}

impl Apart {
    /// The probes `id` has become: one in each lane, where lanes differ in it.
    fn watched(&self, id: &ProbeId, tenants: &[Tenant]) -> Vec<ProbeId> {
        if !self.probes.contains(id) {
            return vec![id.clone()];
        }
        let lane = |tenant: &Tenant| ProbeId::new(format!("{}.{id}", tenant.lane.tenant));
        tenants.iter().map(lane).collect()
    }

    /// The services `ids` have become, as what all lanes share calls them.
    fn served(&self, ids: &[ServiceId], tenants: &[Tenant]) -> Vec<ServiceId> {
        let lanes = |id: &ServiceId| -> Vec<ServiceId> {
            if !self.services.contains(id) {
                return vec![id.clone()];
            }
            let lane = |one: &Tenant| ServiceId::new(format!("{}.{id}", one.lane.tenant));
            tenants.iter().map(lane).collect()
        };
        ids.iter().flat_map(lanes).collect()
    }
}

fn apart(plan: &Plan, things: &Things) -> Apart {
    let differs = |slots: Vec<(Slot, String)>| {
        slots.iter().any(|(slot, _)| {
            let Slot::Parameter(id) = slot else { return false };
            plan.parameters.iter().any(|one| one.per_tenant && one.id == *id)
        })
    };
    let estate: BTreeSet<ResourceId> = things
        .estate
        .iter()
        .filter(|one| differs(slots(one)))
        .map(|one| one.id.clone())
        .collect();
    let probes: BTreeSet<ProbeId> = things
        .probes
        .iter()
        .filter(|one| differs(slots(one)))
        .map(|one| one.id.clone())
        .collect();
    let services = things
        .services
        .iter()
        .filter(|one| {
            one.uses.iter().any(|id| estate.contains(id))
                || one.probes.iter().any(|id| probes.contains(id))
        })
        .map(|one| one.id.clone())
        .collect();
    Apart { estate, services, probes }
}

/// Everything once for each tenant, and what is shared once.
pub(super) fn spread(
    plan: &Plan,
    parts: Vec<Part>,
    things: &Things,
    tenants: &[Tenant],
) -> (Vec<Part>, Things) {
    let apart = apart(plan, things);
    let shared: BTreeSet<StepId> = parts
        .iter()
        .flat_map(|part| &part.steps)
        .filter(|placed| placed.step.terms.shared)
        .map(|placed| placed.step.id.clone())
        .collect();
    let spread = parts.into_iter().map(|part| lanes_of(part, &apart, &shared, tenants));
    (spread.collect(), copies(things, &apart, tenants))
}

fn lanes_of(
    part: Part,
    apart: &Apart,
    shared: &BTreeSet<StepId>,
    tenants: &[Tenant],
) -> Part {
    let mut phase = part.phase;
    if let Some(hold) = &mut phase.terms.hold {
        hold.back = in_lanes(&hold.back, shared, tenants);
        hold.gate = hold.gate.iter().flat_map(|id| apart.watched(id, tenants)).collect();
    }
    let mut steps: Vec<Placed> = Vec::new();
    for placed in part.steps {
        if placed.step.terms.shared {
            let needs = in_lanes(&placed.step.needs, shared, tenants);
            let mut step = placed.step.clone();
            step.needs = needs;
            let restores = apart.served(&step.terms.meaning.restores, tenants);
            step.terms.meaning.restores = restores;
            step.terms.when = step
                .terms
                .when
                .iter()
                .flat_map(|one| in_all(one, apart, shared, tenants))
                .collect();
            steps.push(Placed { step, ..placed });
            continue;
        }
        for tenant in tenants {
            steps.push(in_lane(&placed, apart, shared, tenant));
        }
    }
    Part { phase, steps }
}

/// What a step all lanes share asks of each of them.
fn in_all(
    condition: &Condition,
    apart: &Apart,
    shared: &BTreeSet<StepId>,
    tenants: &[Tenant],
) -> Vec<Condition> {
    match condition {
        Condition::Step { step, is } => {
            let ids = in_lanes(std::slice::from_ref(step), shared, tenants);
            ids.into_iter().map(|step| Condition::Step { step, is: *is }).collect()
        }
        Condition::Probe { probe, healthy } => {
            let ids = apart.watched(probe, tenants).into_iter();
            ids.map(|probe| Condition::Probe { probe, healthy: *healthy }).collect()
        }
        Condition::Parameter { .. }
        | Condition::Severity(_)
        | Condition::Scenario(_)
        | Condition::Drill(_) => vec![condition.clone()],
    }
}

fn in_lanes(
    ids: &[StepId],
    shared: &BTreeSet<StepId>,
    tenants: &[Tenant],
) -> Vec<StepId> {
    let mut out = Vec::new();
    for id in ids {
        if shared.contains(id) {
            out.push(id.clone());
        } else {
            out.extend(tenants.iter().map(|tenant| lane_id(tenant, id)));
        }
    }
    out
}

fn lane_id(tenant: &Tenant, id: &StepId) -> StepId {
    StepId::new(format!("{}.{id}", tenant.lane.tenant))
}

fn in_lane(
    placed: &Placed,
    apart: &Apart,
    shared: &BTreeSet<StepId>,
    tenant: &Tenant,
) -> Placed {
    let lane = tenant.lane.tenant.as_str();
    let step = |id: &StepId| {
        if shared.contains(id) { id.clone() } else { lane_id(tenant, id) }
    };
    let resource = |id: &ResourceId| {
        if apart.estate.contains(id) {
            ResourceId::new(format!("{lane}.{id}"))
        } else {
            id.clone()
        }
    };
    let probe = |id: &ProbeId| {
        if apart.probes.contains(id) {
            ProbeId::new(format!("{lane}.{id}"))
        } else {
            id.clone()
        }
    };
    let names = Names { step: &step, resource: &resource, probe: &probe };
    let filled = placed.step.filled(&mut |slot| value(tenant, slot));
    let mut new = rename::step(&filled, &names);
    new.needs = placed.step.needs.iter().map(step).collect();
    new.terms.lane = Some(tenant.lane.tenant.clone());
    for service in &mut new.terms.meaning.restores {
        if apart.services.contains(service) {
            *service = ServiceId::new(format!("{lane}.{service}"));
        }
    }
    Placed { step: new, ..placed.clone() }
}

fn value(tenant: &Tenant, slot: &Slot) -> Option<String> {
    match slot {
        Slot::Parameter(id) => tenant.values.get(&ParameterId::new(id)).cloned(),
        Slot::RunTime { .. }
        | Slot::RunEpoch
        | Slot::Incident { .. }
        | Slot::Output { .. }
        | Slot::Each
        | Slot::ProbeValue
        | Slot::Between { .. }
        | Slot::Listed { .. } => None,
    }
}

fn copies(things: &Things, apart: &Apart, tenants: &[Tenant]) -> Things {
    let mut all = Things::default();
    let kept = things.estate.iter().filter(|one| !apart.estate.contains(&one.id));
    all.estate.extend(kept.cloned());
    let kept = things.probes.iter().filter(|one| !apart.probes.contains(&one.id));
    all.probes.extend(kept.cloned());
    let kept = things.services.iter().filter(|one| !apart.services.contains(&one.id));
    all.services.extend(kept.map(|one| Service {
        depends_on: apart.served(&one.depends_on, tenants),
        ..one.clone()
    }));
    for tenant in tenants {
        let lane = tenant.lane.tenant.as_str();
        let label = |name: &Text| Text::clean(format!("{name} ({})", tenant.lane.name));
        for one in things.estate.iter().filter(|one| apart.estate.contains(&one.id)) {
            let mut copy = fill_all(one, &mut |slot| value(tenant, slot));
            copy.id = ResourceId::new(format!("{lane}.{}", one.id));
            copy.name = label(&copy.name);
            all.estate.push(copy);
        }
        for one in things.probes.iter().filter(|one| apart.probes.contains(&one.id)) {
            let mut copy = fill_all(one, &mut |slot| value(tenant, slot));
            copy.id = ProbeId::new(format!("{lane}.{}", one.id));
            copy.name = label(&copy.name);
            let of = copy.terms.resource.as_mut();
            if let Some(of) = of.filter(|of| apart.estate.contains(of)) {
                *of = ResourceId::new(format!("{lane}.{of}"));
            }
            all.probes.push(copy);
        }
        for one in things.services.iter().filter(|one| apart.services.contains(&one.id)) {
            all.services.push(service(one, apart, tenant, label(&one.name)));
        }
    }
    all
}

fn service(one: &Service, apart: &Apart, tenant: &Tenant, name: Text) -> Service {
    let lane = tenant.lane.tenant.as_str();
    let mut copy = one.clone();
    copy.id = ServiceId::new(format!("{lane}.{}", one.id));
    copy.name = name;
    for id in copy.uses.iter_mut().filter(|id| apart.estate.contains(*id)) {
        *id = ResourceId::new(format!("{lane}.{id}"));
    }
    for id in copy.probes.iter_mut().filter(|id| apart.probes.contains(*id)) {
        *id = ProbeId::new(format!("{lane}.{id}"));
    }
    for id in copy.depends_on.iter_mut().filter(|id| apart.services.contains(*id)) {
        *id = ServiceId::new(format!("{lane}.{id}"));
    }
    copy
}
