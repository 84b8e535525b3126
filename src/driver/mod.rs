//! Hands. A driver translates between one technology and its noun: it observes, previews,
//! executes and reconciles. It never reads a plan, never writes a journal and never
//! decides whether something may happen.
//!
//! To add a technology: one file with a [`DriverDef`], one line in [`DRIVERS`].

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use crate::{
    clock::Clock,
    model::{
        Evidenced, KindSpec, Observation, Order, Preview, Reconciled, Resource, Site,
        SiteId, Text, Trouble, Unknown, Work,
    },
};

pub mod aws;
pub mod errands;
mod kinds;

pub use kinds::vocabulary;

/// A boxed future: drivers are chosen at run time.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Which side of which resource is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    pub resource: &'a Resource,
    pub side: &'a SiteId,
    pub sites: &'a [Site],
    /// The work whose goal is awaited, if any: what only this work made (a snapshot) is
    /// looked for by the name this work gave it.
    pub work: Option<&'a Work>,
}

impl<'a> Subject<'a> {
    /// A look for its own sake.
    pub fn at(resource: &'a Resource, side: &'a SiteId, sites: &'a [Site]) -> Self {
        Self { resource, side, sites, work: None }
    }

    pub fn of(work: &'a Work) -> Self {
        Self {
            resource: &work.resource,
            side: &work.side,
            sites: &work.sites,
            work: Some(work),
        }
    }

    /// The site the side lives at.
    pub fn site(&self) -> Option<&'a Site> {
        self.sites.iter().find(|site| site.id == *self.side)
    }
}

/// Receives one line at a time while an attempt runs; dropping lines is allowed.
pub trait Progress: Send + Sync {
    fn say(&self, line: Text);
}

/// One kind of technology.
///
/// Every call ends by itself: a driver puts a timeout on each request it makes. A future
/// that is dropped may leave an effect behind; who drops it must call
/// [`Driver::reconcile`].
pub trait Driver: Send + Sync + fmt::Debug {
    /// What is true now. Changes nothing.
    ///
    /// # Errors
    /// [`Unknown`] when it could not be read: unreachable, denied, throttled.
    fn observe<'a>(&'a self, of: Subject<'a>)
    -> Answer<'a, Result<Observation, Unknown>>;

    /// The exact calls `work` would make, before and after. Changes nothing.
    ///
    /// # Errors
    /// [`Unknown`] when the present state could not be read.
    fn preview<'a>(&'a self, work: &'a Work) -> Answer<'a, Result<Preview, Unknown>>;

    /// Looks, and makes the call if it is still needed. Each changing request is sent at
    /// most once. Returns when the service has accepted it, not when the goal is reached.
    ///
    /// # Errors
    /// [`Trouble`] with its certainty.
    fn execute<'a>(
        &'a self,
        work: &'a Work,
        progress: &'a dyn Progress,
    ) -> Answer<'a, Result<Evidenced, Trouble>>;

    /// What became of an attempt whose answer was lost. Only looks.
    fn reconcile<'a>(&'a self, work: &'a Work) -> Answer<'a, Reconciled>;
}

/// Errands outside the estate: what a step does that no noun describes. Nobody repeats one
/// that could change something without a ruling, unless the plan says it is harmless.
pub trait Errands: Send + Sync + fmt::Debug {
    /// Carries out an order, once for each attempt. A program's whole process group ends
    /// with the time limit; it does not end with this process, and neither does the word of
    /// how it ended. A request is sent once.
    ///
    /// # Errors
    /// [`Trouble::NotSent`] when nothing left (no such program, no connection, a secret that
    /// is not there), [`Trouble::Refused`] when it ended with an error or an answer that is
    /// not what was expected, [`Trouble::Unknown`] when it was killed at the limit, its
    /// answer was lost, and, where it could change something, for a 5xx.
    fn carry<'a>(
        &'a self,
        order: &'a Order,
        progress: &'a dyn Progress,
    ) -> Answer<'a, Result<Evidenced, Trouble>>;

    /// What became of an order whose end was not heard. Only looks: a program that was asked
    /// for and has not begun will not begin any more.
    fn recall<'a>(&'a self, order: &'a Order) -> Answer<'a, Recalled>;

    /// The exact calls it would make, before and after where that can be seen. Changes
    /// nothing, and shows no secret.
    ///
    /// # Errors
    /// [`Unknown`] when the present state could not be read.
    fn preview<'a>(&'a self, order: &'a Order) -> Answer<'a, Result<Preview, Unknown>>;
}

/// What is left of an order whose end was not heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recalled {
    /// It ended, and this is what [`Errands::carry`] would have answered.
    Ended(Result<Evidenced, Trouble>),
    /// It still runs.
    Running(Text),
    /// Nobody can say.
    Lost(Text),
}

/// One row of the driver table.
#[derive(Debug)]
pub struct DriverDef {
    pub spec: KindSpec,
    pub build: fn(&Parts) -> Arc<dyn Driver>,
}

/// What a driver may be built from.
#[derive(Clone, Debug)]
pub struct Parts {
    pub clock: Clock,
    pub aws: aws::Clients,
}

/// Every technology with real hands.
pub const DRIVERS: &[&DriverDef] =
    &[&aws::rds_replica::DEF, &aws::ecs_service::DEF, &aws::route53::DEF];
