//! What a room can touch. A live reach holds real hands; a drill reach is made from a
//! simulated world and from nothing else: there is no way to put a real driver into one.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    drill::World,
    driver::{DRIVERS, Driver, Errands, Parts},
    model::{Mode, Procedure, Resource, ResourceId},
    probe::Eyes,
};

#[derive(Debug)]
enum Hands {
    /// One per kind.
    Real(BTreeMap<&'static str, Arc<dyn Driver>>),
    /// One for everything: it speaks nouns.
    Simulated(Arc<World>),
}

/// Hands, errands and eyes of one world.
#[derive(Debug)]
pub struct Reach {
    hands: Hands,
    pub(super) errands: Arc<dyn Errands>,
    pub(super) eyes: Arc<dyn Eyes>,
}

impl Reach {
    /// The real world.
    pub fn live(parts: &Parts, errands: Arc<dyn Errands>, eyes: Arc<dyn Eyes>) -> Self {
        let drivers =
            DRIVERS.iter().map(|def| (def.spec.kind, (def.build)(parts))).collect();
        Self { hands: Hands::Real(drivers), errands, eyes }
    }

    /// A simulated world.
    pub fn drill(world: &Arc<World>) -> Self {
        Self {
            hands: Hands::Simulated(Arc::clone(world)),
            errands: world.errands(),
            eyes: world.eyes(),
        }
    }

    pub fn mode(&self) -> Mode {
        match self.hands {
            Hands::Real(_) => Mode::Live,
            Hands::Simulated(_) => Mode::Drill,
        }
    }

    /// The hands for `resource`; none for a kind only the drill world knows.
    pub(super) fn driver(&self, resource: &Resource) -> Option<Arc<dyn Driver>> {
        match &self.hands {
            Hands::Real(table) => table.get(resource.kind.as_str()).map(Arc::clone),
            Hands::Simulated(world) => Some(world.driver()),
        }
    }

    /// The world of a drill.
    pub(super) fn world(&self) -> Option<&Arc<World>> {
        match &self.hands {
            Hands::Real(_) => None,
            Hands::Simulated(world) => Some(world),
        }
    }

    /// What steps of `procedure` act on and no hands exist for in this world. What no step
    /// touches needs none: it is shown as unknown.
    pub fn missing<'a>(&self, procedure: &'a Procedure) -> Vec<&'a Resource> {
        let acts = procedure.runbook.steps().filter_map(|step| step.action.estate());
        let touched: BTreeSet<&ResourceId> = acts.map(|(id, _, _)| id).collect();
        let without = |one: &&Resource| self.driver(one).is_none();
        let estate = procedure.estate.iter();
        estate.filter(|one| touched.contains(&one.id)).filter(without).collect()
    }
}
