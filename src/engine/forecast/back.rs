//! Which steps bring a service back. Pure; knows no lengths.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Procedure, ResourceId, Service, ServiceId, Step, StepId};

/// What each step brings back, gathered once for all services.
#[derive(Debug)]
pub(super) struct Back<'p> {
    services: BTreeMap<&'p ServiceId, &'p Service>,
    /// Steps that say so.
    said: BTreeMap<&'p ServiceId, Vec<&'p StepId>>,
    /// Steps by what they work on.
    worked: BTreeMap<&'p ResourceId, Vec<&'p StepId>>,
}

impl<'p> Back<'p> {
    pub(super) fn of(procedure: &'p Procedure) -> Self {
        let services = procedure.services.iter().map(|one| (&one.id, one)).collect();
        let mut said: BTreeMap<&ServiceId, Vec<&StepId>> = BTreeMap::new();
        let mut worked: BTreeMap<&ResourceId, Vec<&StepId>> = BTreeMap::new();
        for step in procedure.runbook.steps() {
            for service in &step.terms.meaning.restores {
                said.entry(service).or_default().push(&step.id);
            }
            for resource in works_on(step) {
                worked.entry(resource).or_default().push(&step.id);
            }
        }
        Self { services, said, worked }
    }

    /// The steps a service waits for. Where steps say that they bring it back (`restores`),
    /// those and no others; else those that work on what it lives on, and whatever the
    /// services it depends on wait for. None when nothing says so.
    pub(super) fn waits_for(&self, service: &'p Service) -> BTreeSet<StepId> {
        let mut seen: BTreeSet<&ServiceId> = BTreeSet::new();
        let mut open = vec![service];
        let mut waits = BTreeSet::new();
        while let Some(service) = open.pop() {
            if !seen.insert(&service.id) {
                continue;
            }
            if let Some(said) = self.said.get(&service.id) {
                waits.extend(said.iter().copied().cloned());
                continue;
            }
            let worked = service.uses.iter().filter_map(|used| self.worked.get(used));
            waits.extend(worked.flatten().copied().cloned());
            let above = service.depends_on.iter();
            open.extend(above.filter_map(|id| self.services.get(id).copied()));
        }
        waits
    }
}

/// The steps one service waits for, by the same rule as in a forecast.
pub fn waits_for(procedure: &Procedure, service: &Service) -> BTreeSet<StepId> {
    Back::of(procedure).waits_for(service)
}

fn works_on(step: &Step) -> impl Iterator<Item = &ResourceId> {
    let meaning = &step.terms.meaning;
    let lists = [&meaning.promotes, &meaning.moves, &meaning.repoints, &meaning.scales];
    let of_estate = step.action.estate().map(|(resource, ..)| resource);
    of_estate.into_iter().chain(lists.into_iter().flatten())
}
