//! What the estate is called: found by an id or a name where rules would else walk all of it
//! for each of their questions. Built once, when estate and services have been read; it
//! answers what a walk would, in the plan's order.

use std::{
    borrow::Borrow,
    collections::{BTreeSet, HashMap},
};

use super::Plan;
use crate::model::{Params, Resource, ResourceId, Service, SiteId};

/// Places in the lists of a plan, by what is found there.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Index {
    resources: HashMap<String, usize>,
    called: HashMap<String, Vec<Called>>,
    /// Services, by what they live on.
    users: HashMap<ResourceId, Vec<usize>>,
}

/// A value of a resource, or of one of its sides.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Called {
    resource: usize,
    /// None for what all its sides share.
    side: Option<usize>,
    /// Whether it tells a side from all others.
    tells: bool,
}

/// Keys that name surroundings: many sides have them in common.
const AROUND: &[&str] = &["cluster", "context", "namespace", "region", "zone"];

impl Index {
    pub(super) fn of(estate: &[Resource], services: &[Service]) -> Self {
        let mut index = Self::default();
        for (at, resource) in estate.iter().enumerate() {
            // Of two with one id the first counts, as in a walk; the second was reported.
            index.resources.entry(resource.id.as_str().to_owned()).or_insert(at);
            for (side, of) in resource.sides.values().enumerate() {
                index.note(&of.params, at, Some(side));
            }
            index.note(&resource.params, at, None);
        }
        for (at, service) in services.iter().enumerate() {
            for used in &service.uses {
                let users = index.users.entry(used.clone()).or_default();
                if users.last() != Some(&at) {
                    users.push(at);
                }
            }
        }
        index
    }

    fn note(&mut self, params: &Params, resource: usize, side: Option<usize>) {
        for (key, value) in &params.0 {
            let Some(name) = value.as_str() else { continue };
            let tells = name.len() > 2 && !AROUND.contains(&key.as_str());
            let called = Called { resource, side, tells };
            match self.called.get_mut(name) {
                Some(known) => known.push(called),
                None => drop(self.called.insert(name.to_owned(), vec![called])),
            }
        }
    }

    fn named(&self, name: &str) -> &[Called] {
        self.called.get(name).map_or(&[], Vec::as_slice)
    }
}

impl Plan {
    /// The thing of that id.
    pub(in crate::plan) fn resource(&self, id: &str) -> Option<&Resource> {
        self.estate.get(*self.index.resources.get(id)?)
    }

    /// Things of these ids, each once and in the plan's order.
    pub(in crate::plan) fn resources(
        &self,
        ids: impl IntoIterator<Item = impl Borrow<ResourceId>>,
    ) -> impl Iterator<Item = &Resource> {
        let place = |id: &ResourceId| self.index.resources.get(id.as_str()).copied();
        let known: BTreeSet<usize> =
            ids.into_iter().filter_map(|id| place(id.borrow())).collect();
        known.into_iter().filter_map(|at| self.estate.get(at))
    }

    /// Services that live on it, in the plan's order.
    pub(in crate::plan) fn users(
        &self,
        id: &ResourceId,
    ) -> impl Iterator<Item = &Service> {
        let users = self.index.users.get(id).into_iter().flatten();
        users.filter_map(|at| self.services.get(*at))
    }

    /// Everything that, or a side of which, has such a value, in the plan's order.
    pub(in crate::plan) fn called(&self, name: &str) -> Vec<&Resource> {
        let mut found: Vec<usize> =
            self.index.named(name).iter().map(|one| one.resource).collect();
        found.dedup();
        found.into_iter().filter_map(|at| self.estate.get(at)).collect()
    }

    /// Sides that one of these names tells from all others, each once and in the plan's
    /// order.
    pub(in crate::plan) fn sides_called(
        &self,
        names: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Vec<(&Resource, &SiteId)> {
        let telling = names.into_iter().flat_map(|name| self.index.named(name.as_ref()));
        let mut found: BTreeSet<(usize, usize)> = BTreeSet::new();
        for one in telling.filter(|one| one.tells) {
            let Some(resource) = self.estate.get(one.resource) else { continue };
            let sides = one.side.map_or(0..resource.sides.len(), |side| side..side + 1);
            found.extend(sides.map(|side| (one.resource, side)));
        }
        let side = |(resource, side): (usize, usize)| {
            let resource = self.estate.get(resource)?;
            Some((resource, resource.sides.keys().nth(side)?))
        };
        found.into_iter().filter_map(side).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{EMBEDDED, Env, load_embedded};

    fn plans() -> Vec<Plan> {
        let load = |(name, files): &(&str, &[(&str, &str)])| {
            load_embedded(name, files, &[], &Env::new()).seen().cloned().unwrap()
        };
        EMBEDDED.iter().map(load).collect()
    }

    fn params(one: &Resource) -> impl Iterator<Item = &Params> {
        one.sides.values().map(|side| &side.params).chain([&one.params])
    }

    fn has(params: &Params, name: &str) -> bool {
        params.0.values().any(|value| value.as_str() == Some(name))
    }

    /// Whether it is told from all others by `name`.
    fn told(params: &Params, name: &str) -> bool {
        let mut own = params.0.iter().filter(|(_, value)| value.as_str() == Some(name));
        own.any(|(key, _)| name.len() > 2 && !AROUND.contains(&key.as_str()))
    }

    /// A walk for each question that can be asked about a value.
    fn asked(plan: &Plan, name: &str) {
        let called = |one: &&Resource| params(one).any(|params| has(params, name));
        let walk: Vec<&Resource> = plan.estate.iter().filter(called).collect();
        assert_eq!(plan.called(name), walk, "{name}");
        let sides = plan.estate.iter().flat_map(|one| {
            let all = one.sides.iter();
            let told = all
                .filter(|(_, side)| told(&side.params, name) || told(&one.params, name));
            told.map(move |(site, _)| (one, site))
        });
        assert_eq!(plan.sides_called([name]), sides.collect::<Vec<_>>(), "{name}");
    }

    #[test]
    fn it_answers_what_a_walk_would() {
        for plan in plans() {
            for one in &plan.estate {
                let found = plan.resource(one.id.as_str());
                assert_eq!(found.map(|found| &found.id), Some(&one.id));
                let uses = |service: &&Service| service.uses.contains(&one.id);
                let users: Vec<&Service> = plan.services.iter().filter(uses).collect();
                assert_eq!(plan.users(&one.id).collect::<Vec<_>>(), users);
            }
            let values =
                plan.estate.iter().flat_map(params).flat_map(|all| all.0.values());
            let names: Vec<&str> = values.filter_map(|value| value.as_str()).collect();
            assert!(!names.is_empty(), "{} names nothing", plan.name);
            for name in names {
                asked(&plan, name);
            }
            let backwards = plan.estate.iter().rev().map(|one| &one.id);
            assert!(plan.resources(backwards).eq(plan.estate.iter()), "the plan's order");
            assert_eq!(plan.resource("nothing of the kind"), None);
        }
    }

    #[test]
    fn of_two_with_one_id_the_first_counts() {
        let mut plan = plans().remove(0);
        let first = plan.estate.first().cloned().unwrap();
        plan.estate.push(Resource { kind: "other".into(), ..first.clone() });
        plan.index = Index::of(&plan.estate, &plan.services);
        assert_eq!(plan.resource(first.id.as_str()), Some(&first));
    }
}
