//! What a service lives on, and what becomes of each such thing when a place is lost: it
//! stays, it is lost, or it goes on alone. Says nothing about services.

use super::Judge;
use crate::{
    model::{Resource, ResourceId, SiteId},
    plan::language::{
        Items, ResourceRow, Said, SiteRow,
        words::{SiteRole, SiteState},
    },
};

/// Something a service lives on.
pub(super) enum Thing<'p> {
    /// With sides: one of the four nouns.
    Sided(&'p Resource),
    /// In one place: whatever else the estate has.
    Placed(&'p ResourceRow),
}

impl Thing<'_> {
    pub(super) fn id(&self) -> ResourceId {
        match self {
            Self::Sided(one) => one.id.clone(),
            Self::Placed(row) => ResourceId::new(row.id.get().map_or("", String::as_str)),
        }
    }
}

/// What becomes of one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Stays,
    /// It goes on, and has nowhere left to go.
    Alone,
    Lost,
}

impl Judge<'_> {
    pub(super) fn thing(&self, id: &ResourceId) -> Option<Thing<'_>> {
        let known = self.plan.resource(id.as_str());
        let mut others = self.plan.file.resource.items().iter();
        let other = others.find(|row| row.id.get().is_some_and(|own| own == id.as_str()));
        known.map(Thing::Sided).or_else(|| other.map(Thing::Placed))
    }

    pub(super) fn fate(&self, thing: &Thing<'_>) -> Fate {
        match thing {
            // It serves, or takes writes, where nothing answers any more.
            Thing::Sided(one) if self.loss.site(&one.primary) => Fate::Lost,
            Thing::Sided(one) => {
                let mut others = one.sides.keys().filter(|side| **side != one.primary);
                let had = others.clone().next().is_some();
                if had && others.all(|side| self.loss.site(side)) {
                    Fate::Alone
                } else {
                    Fate::Stays
                }
            }
            Thing::Placed(row) => match self.lost_place(row) {
                Some(_) if self.stands_by(row) => Fate::Alone,
                Some(_) => Fate::Lost,
                None => Fate::Stays,
            },
        }
    }

    /// The lost place something stands in that has one place only.
    pub(super) fn lost_place(&self, row: &ResourceRow) -> Option<String> {
        let site = row.site.get().filter(|site| self.loss.site(&SiteId::new(site)));
        let region = row.region.get().filter(|region| self.loss.region(region));
        site.or(region).cloned()
    }

    /// Whether all sites it may stand at only stand by in normal operation.
    fn stands_by(&self, row: &ResourceRow) -> bool {
        let (at, region) = (row.site.get(), row.region.get());
        let here = |site: &&SiteRow| match at {
            Some(_) => site.id.get() == at,
            None => region.is_some() && site.region.get() == region,
        };
        let sites: Vec<&SiteRow> =
            self.plan.file.site.items().iter().filter(here).collect();
        !sites.is_empty()
            && sites.iter().all(|site| match site.state.get() {
                Some(state) => *state == SiteState::Standby,
                None => site.role.get().is_some_and(|role| *role != SiteRole::Primary),
            })
    }
}
