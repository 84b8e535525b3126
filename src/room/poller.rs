//! Looking, without anybody waiting for it: one task per subject, one look at a time,
//! each bounded, spread over time, backing off while it fails.

use std::sync::Arc;

use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::{
    sync::{Notify, mpsc},
    task::JoinSet,
};

use super::reach::Reach;
use crate::{
    clock::Clock,
    driver::Subject,
    model::{
        Listing, Moment, Noun, Observation, OpenValue, ParameterId, Probe, ProbeAnswer,
        Procedure, Resource, ResourceId, SiteId, Span, Text, Unknown, template::slots,
    },
};

/// How often the estate is looked at. Six subjects at this pace use less than a tenth of
/// the RDS account limit of 12 calls per second.
pub(super) const ESTATE_EVERY: Span = Span::secs(10);

/// How old an estate reading may be to count. Four looks, so that one lost answer does
/// not blind the board.
pub(super) const ESTATE_MAX_AGE: Span = Span::secs(45);

/// How long one look at the estate may take before it counts as lost.
const LOOK_LIMIT: Span = Span::secs(20);

/// What a look brought.
#[derive(Debug)]
pub(super) enum Sighting {
    Estate {
        subject: (ResourceId, SiteId),
        look: Result<Observation, Unknown>,
        at: Moment,
    },
    Probe {
        probe: Arc<Probe>,
        look: Result<ProbeAnswer, Unknown>,
        at: Moment,
    },
    /// What there is to pick from.
    Choices {
        id: ParameterId,
        look: Result<Vec<Text>, Text>,
    },
}

/// The shared parts of every looking task.
#[derive(Clone, Debug)]
pub(super) struct Watcher {
    pub(super) reach: Arc<Reach>,
    pub(super) clock: Clock,
    /// Bounded: when the room is behind, looking waits for it.
    pub(super) sightings: mpsc::Sender<Sighting>,
    /// Rung by "look now".
    pub(super) now: Arc<Notify>,
}

impl Watcher {
    /// Starts a task for every side of the estate and every probe.
    pub(super) fn start(&self, procedure: &Arc<Procedure>, tasks: &mut JoinSet<()>) {
        for resource in &procedure.estate {
            for site in subjects(resource) {
                let (watcher, procedure) = (self.clone(), Arc::clone(procedure));
                let (id, site) = (resource.id.clone(), site.clone());
                tasks.spawn(async move { watcher.estate(&procedure, &id, &site).await });
            }
        }
        for probe in &procedure.probes {
            let open = not_given(procedure, probe);
            let (watcher, probe) = (self.clone(), Arc::new(probe.clone()));
            tasks.spawn(async move { watcher.probe(probe, open).await });
        }
        for value in &procedure.brief.values {
            let Some(listing) = value.list.clone() else { continue };
            let open = not_given(procedure, &listing);
            let (watcher, id) = (self.clone(), value.id.clone());
            tasks.spawn(async move { watcher.list(&id, &listing, open).await });
        }
    }

    /// Once, and again when somebody looks anew: a list is for a person who is picking.
    async fn list(&self, id: &ParameterId, listing: &Listing, open: Option<Unknown>) {
        loop {
            let look = if let Some(open) = &open {
                Err(open.clone())
            } else {
                let look = self.reach.eyes.list(listing, LOOK_LIMIT);
                let look = self.clock.timeout(LOOK_LIMIT, look).await;
                look.unwrap_or_else(|late| Err(unknown(&late.to_string())))
            };
            let look = look.map_err(|unknown| unknown.why);
            let sighting = Sighting::Choices { id: id.clone(), look };
            if self.sightings.send(sighting).await.is_err() {
                return;
            }
            self.now.notified().await;
        }
    }

    async fn estate(&self, procedure: &Procedure, id: &ResourceId, site: &SiteId) {
        let Some(resource) = procedure.resource(id) else {
            return;
        };
        let Some(driver) = self.reach.driver(resource) else {
            let why = format!("nothing here can look at kind `{}`", resource.kind);
            let subject = (id.clone(), site.clone());
            let at = self.clock.now();
            let sighting = Sighting::Estate { subject, look: Err(unknown(&why)), at };
            // Nobody listens any more: it is over.
            drop(self.sightings.send(sighting).await);
            return;
        };
        let mut pace = Pace::new(ESTATE_EVERY, &format!("{id}/{site}"));
        let open = not_given(procedure, &(resource, &procedure.sites));
        self.clock.sleep(pace.offset()).await;
        loop {
            let subject =
                Subject { resource, side: site, sites: &procedure.sites, work: None };
            let look = if let Some(open) = &open {
                Err(open.clone())
            } else {
                let look = driver.observe(subject);
                let look = self.clock.timeout(LOOK_LIMIT, look).await;
                look.unwrap_or_else(|late| Err(unknown(&late.to_string())))
            };
            let next = pace.next(look.is_ok());
            let sighting = Sighting::Estate {
                subject: (id.clone(), site.clone()),
                look,
                at: self.clock.now(),
            };
            if self.sightings.send(sighting).await.is_err() {
                return;
            }
            self.rest(next).await;
        }
    }

    async fn probe(&self, probe: Arc<Probe>, open: Option<Unknown>) {
        let mut pace = Pace::new(probe.every, probe.id.as_str());
        self.clock.sleep(pace.offset()).await;
        loop {
            let limit = probe.timeout + Span::secs(1);
            let look = if let Some(open) = &open {
                Err(open.clone())
            } else {
                let look = self.reach.eyes.look(&probe);
                let look = self.clock.timeout(limit, look).await;
                look.unwrap_or_else(|late| Err(unknown(&late.to_string())))
            };
            let next = pace.next(look.is_ok());
            let sighting =
                Sighting::Probe { probe: Arc::clone(&probe), look, at: self.clock.now() };
            if self.sightings.send(sighting).await.is_err() {
                return;
            }
            self.rest(next).await;
        }
    }

    async fn rest(&self, span: Span) {
        tokio::select! {
            () = self.clock.sleep(span) => {}
            () = self.now.notified() => {}
        }
    }
}

/// The sides one looks at: traffic is one thing, seen from its primary side.
pub fn subjects(resource: &Resource) -> Vec<&SiteId> {
    match resource.noun {
        Noun::Traffic => vec![&resource.primary],
        Noun::Database | Noun::Compute | Noun::Storage => resource.sides.keys().collect(),
    }
}

/// Why `thing` cannot be looked at: a value of it nobody has given. A secret's variable is
/// none: eyes put it in.
fn not_given<T: Serialize>(procedure: &Procedure, thing: &T) -> Option<Unknown> {
    if !procedure.brief.slots_beside {
        return None;
    }
    let secrets = procedure.brief.values.iter().filter_map(OpenValue::secret);
    let secrets: Vec<String> = secrets.map(|name| format!("${{{name}}}")).collect();
    let open = slots(thing).into_iter().map(|(_, written)| written);
    let open: Vec<String> = open.filter(|written| !secrets.contains(written)).collect();
    let why = || unknown(&format!("no value for {}", open.join(", ")));
    (!open.is_empty()).then(why)
}

fn unknown(why: &str) -> Unknown {
    Unknown { why: Text::clean(why) }
}

/// When to look next: the interval, doubled while looking fails.
#[derive(Debug)]
struct Pace {
    every: Span,
    failures: u32,
    /// A part of the interval, 0 to 255, fixed by the subject's name: looks are spread
    /// over time the same way on every machine.
    phase: u8,
}

impl Pace {
    fn new(every: Span, name: &str) -> Self {
        let phase = Sha256::digest(name.as_bytes()).first().copied().unwrap_or(0);
        Self { every, failures: 0, phase }
    }

    /// The first look comes within a fifth of the interval, and soon: until then nobody
    /// knows anything.
    fn offset(&self) -> Span {
        const SOON: Span = Span::secs(5);
        let fifth = Span::millis(self.every.as_millis() / 5).min(SOON);
        Span::millis(fifth.as_millis() * i64::from(self.phase) / 256)
    }

    fn next(&mut self, answered: bool) -> Span {
        self.failures = if answered { 0 } else { (self.failures + 1).min(1) };
        Span::millis(self.every.as_millis() << self.failures)
    }
}
