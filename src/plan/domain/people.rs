//! Who can still sign in, and who can still be told.

use std::collections::BTreeSet;

use super::Judge;
use crate::{
    model::{PersonId, RoleId, SiteId},
    plan::language::{AccessRow, ChannelRow, Found, Items, PersonRow, Said},
};

/// Whether a person can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// By this way.
    By(String),
    /// Every way they have is lost; why, for each.
    Lost(Vec<String>),
    /// The plan does not say how they sign in.
    Unsaid,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: PersonId,
    pub sign_in: SignIn,
}

/// A channel that is lost, and what stands in for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    pub id: String,
    pub why: String,
    /// A channel that stands in for it and is not lost.
    pub instead: Option<String>,
}

type Ids = Option<Found<Vec<Found<String>>>>;

impl Judge<'_> {
    pub(super) fn people(&self) -> Vec<Person> {
        let rows = self.plan.file.person.items().iter();
        rows.filter_map(|row| {
            let id = PersonId::new(row.id.get()?);
            Some(Person { id, sign_in: self.sign_in(row) })
        })
        .collect()
    }

    fn sign_in(&self, row: &PersonRow) -> SignIn {
        let usual: &Ids = match self.plan.file.plan.get() {
            Some(plan) => &plan.sign_in,
            None => &None,
        };
        let ways = if row.sign_in.is_some() { &row.sign_in } else { usual };
        if ways.items().is_empty() {
            return SignIn::Unsaid;
        }
        let mut lost = Vec::new();
        for way in ways.items() {
            match self.closed(&way.value, &mut BTreeSet::new()) {
                None => return SignIn::By(way.value.clone()),
                Some(why) => lost.push(why),
            }
        }
        SignIn::Lost(lost)
    }

    fn access(&self, id: &str) -> Option<&AccessRow> {
        let mut rows = self.plan.file.access.items().iter();
        rows.find(|row| row.id.get().is_some_and(|own| own == id))
    }

    /// Why a way in is closed; none when it is open.
    fn closed(&self, id: &str, seen: &mut BTreeSet<String>) -> Option<String> {
        // Ways that need one another are none.
        if !seen.insert(id.to_owned()) {
            return Some(format!("{id} needs itself"));
        }
        let row = self.access(id)?;
        let site = row.site.get().filter(|site| self.loss.site(&SiteId::new(site)));
        let region = row.region.get().filter(|region| self.loss.region(region));
        if let Some(place) = site.or(region) {
            return Some(format!("{id} runs in {place}"));
        }
        let why =
            row.needs.items().iter().find_map(|need| self.closed(&need.value, seen));
        seen.remove(id);
        why.map(|why| format!("{id} cannot do without: {why}"))
    }

    /// Roles somebody holds, and nobody who can sign in.
    pub(super) fn empty_roles(&self, people: &[Person]) -> BTreeSet<RoleId> {
        let lost = |id: &PersonId| {
            let found = people.iter().find(|person| person.id == *id);
            found.is_some_and(|person| matches!(person.sign_in, SignIn::Lost(_)))
        };
        let roles = self.plan.roles.iter();
        roles
            .filter(|role| !role.people.is_empty() && role.people.iter().all(lost))
            .map(|role| role.id.clone())
            .collect()
    }

    pub(super) fn channels(&self) -> Vec<Channel> {
        let rows = self.plan.file.channel.items();
        let id = |row: &ChannelRow| row.id.get().cloned().unwrap_or_default();
        let lost = |row: &ChannelRow| {
            let site = row.site.get().map(SiteId::new)?;
            self.loss.site(&site).then(|| format!("it runs in {site}"))
        };
        let instead = |of: &str| {
            let stands = |row: &&ChannelRow| {
                row.fallback_for.get().is_some_and(|id| id == of) && lost(row).is_none()
            };
            rows.iter().find(stands).map(id)
        };
        let gone = rows.iter().filter_map(|row| {
            let (id, why) = (id(row), lost(row)?);
            Some(Channel { instead: instead(&id), id, why })
        });
        let page = self.plan.file.status_page.get().and_then(|page| {
            let site =
                page.site.get().filter(|site| self.loss.site(&SiteId::new(site)))?;
            let id = "the status page".to_owned();
            Some(Channel { id, why: format!("it runs in {site}"), instead: None })
        });
        gone.chain(page).collect()
    }
}
