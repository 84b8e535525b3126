//! The whole simulated world as one value. Time moves it forward, faults break it, calls
//! change it; nothing else does. No clock, no waiting, no files: what it is at a moment is
//! a function of the seed and of the calls before that moment.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    chance,
    compute::Compute,
    facilitator::ByHand,
    lag::Spike,
    latency::Timing,
    ledger::{Deed, Effect},
    past,
    scenario::{Happening, Scenario},
    thing::{Change, Place, Planned, Scene, Standing, Thing},
    traffic::TrafficChange,
};
use crate::engine::Incident;
use crate::model::{
    Action, Attempt, Evidenced, Mode, Moment, Observation, Order, Probe, Procedure,
    Resource, ResourceId, Service, Site, SiteId, Span, StepId, Text, Unknown, Verb, Work,
};

/// Everything there is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) seed: u64,
    pub(super) started: Moment,
    /// How far time has come. Never goes back.
    pub(super) now: Moment,
    pub(super) places: BTreeMap<SiteId, Place>,
    pub(super) things: BTreeMap<ResourceId, Thing>,
    /// As the plan declares them: by which names calls know them.
    #[serde(default)]
    pub(super) estate: Vec<Resource>,
    #[serde(default)]
    pub(super) sites: Vec<Site>,
    pub(super) services: Vec<Service>,
    pub(super) probes: Vec<Probe>,
    pub(super) ledger: Vec<Effect>,
    pub(super) tricks: Tricks,
    /// The steps people did with their own hands.
    #[serde(default)]
    by_hand: BTreeSet<StepId>,
    /// What will happen, soonest first; equal times in the order they were planned.
    agenda: Vec<Appointment>,
}

/// Faults of the wire rather than of a place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Tricks {
    /// Every control plane takes seconds.
    pub(super) slow: bool,
    /// Promotions still to be refused.
    refusals: u32,
    lost_replies: Vec<(Verb, u32)>,
    lost_errands: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Appointment {
    at: Moment,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum What {
    Fault(Happening),
    Change { resource: ResourceId, side: SiteId, change: Change },
}

/// What a call that reached the service brought about.
#[derive(Debug)]
pub(super) struct Receipt {
    pub(super) evidence: Evidenced,
    /// It happened, and nobody will hear of it.
    pub(super) lost: bool,
}

impl State {
    /// Normal operation, or what `past` made of it.
    pub(super) fn new(
        procedure: &Procedure,
        past: Option<&Procedure>,
        scenario: &Scenario,
        (seed, started): (u64, Moment),
    ) -> Self {
        // What nobody fills in has a stand-in here, the same one its calls have.
        let filled = Incident::imagined(Mode::Drill, procedure, started);
        let filled = filled.map(|imagined| imagined.procedure);
        let procedure = filled.as_deref().unwrap_or(procedure);
        let things = procedure.estate.iter();
        let things = things.map(|thing| (thing.id.clone(), Thing::new(thing)));
        let places = procedure.sites.iter();
        let places = places.map(|site| (site.id.clone(), Place::default()));
        let faults = scenario.faults.iter().map(|fault| started + fault.at);
        let history = faults.chain(past.map(|_| started - past::AGO)).min();
        let mut state = Self {
            seed,
            started,
            now: history.map_or(started, |first| first.min(started)),
            places: places.collect(),
            things: things.collect(),
            estate: procedure.estate.clone(),
            sites: procedure.sites.clone(),
            services: procedure.services.clone(),
            probes: procedure.probes.clone(),
            ledger: Vec::new(),
            tricks: Tricks::default(),
            by_hand: BTreeSet::new(),
            agenda: Vec::new(),
        };
        state.point_at_the_database(procedure);
        if let Some(past) = past {
            state.live_through(past);
        }
        for fault in &scenario.faults {
            state.plan(started + fault.at, What::Fault(fault.what.clone()));
        }
        state.advance(started);
        state
    }

    /// What a runbook repoints must point somewhere to begin with: at the writer.
    fn point_at_the_database(&mut self, procedure: &Procedure) {
        for step in procedure.runbook.steps() {
            let Action::Estate { resource: id, verb: Verb::Repoint, .. } = &step.action
            else {
                continue;
            };
            let Some(address) = self.address_for(id, procedure) else { continue };
            if let Some(Thing::Compute(compute)) = self.things.get_mut(id) {
                Compute::point_at(compute, &address);
            }
        }
    }

    /// The writer's address in the database that services of `id` use as well.
    fn address_for(&self, id: &ResourceId, procedure: &Procedure) -> Option<String> {
        let mates = procedure.services.iter().filter(|service| service.uses.contains(id));
        let mates = mates.flat_map(|service| &service.uses);
        mates.chain(self.things.keys()).find_map(|mate| {
            let Some(Thing::Database(database)) = self.things.get(mate) else {
                return None;
            };
            let primary = &procedure.resource(mate)?.primary;
            database.sides.get(primary).map(|side| side.endpoint.clone())
        })
    }

    pub(super) const fn scene(&self) -> Scene<'_> {
        Scene {
            now: self.now,
            started: self.started,
            seed: self.seed,
            places: &self.places,
        }
    }

    /// When something next happens by itself.
    pub(super) fn next_change(&self) -> Option<Moment> {
        self.agenda.first().map(|next| next.at)
    }

    fn plan(&mut self, at: Moment, what: What) {
        let place = self.agenda.partition_point(|other| other.at <= at);
        self.agenda.insert(place, Appointment { at, what });
    }

    /// Something outside the estate's verbs does what `work` would: at once, and no service
    /// keeps a record of it but the ledger's line of the errand itself.
    pub(super) fn meddle(&mut self, work: &Work) -> Result<(), Text> {
        if let Some(why) = self.refusal(work) {
            if work.verb == Verb::Promote {
                self.tricks.refusals = self.tricks.refusals.saturating_sub(1);
            }
            return Err(why);
        }
        if matches!(self.standing(work), Standing::Not(_)) {
            let id = &work.resource.id;
            let Self { things, places, seed, started, now, .. } = self;
            let scene = Scene { now: *now, started: *started, seed: *seed, places };
            let planned = things.get_mut(id).map(|thing| thing.accept(work, &scene));
            self.plan_all(id, planned.unwrap_or_default());
        }
        Ok(())
    }

    fn plan_all(&mut self, resource: &ResourceId, planned: Vec<Planned>) {
        for Planned { after, side, change } in planned {
            let what = What::Change { resource: resource.clone(), side, change };
            self.plan(self.now + after, what);
        }
    }

    /// Lets everything happen that is due by `now`. Says whether anything did.
    pub(super) fn advance(&mut self, now: Moment) -> bool {
        let mut any = false;
        while self.agenda.first().is_some_and(|next| next.at <= now) {
            let Appointment { at, what } = self.agenda.remove(0);
            self.now = self.now.max(at);
            any = true;
            match what {
                What::Fault(happening) => self.happen(&happening),
                What::Change { resource, side, change } => {
                    let now = self.now;
                    let follows = self
                        .things
                        .get_mut(&resource)
                        .and_then(|thing| thing.apply(&side, &change, now));
                    self.plan_all(&resource, follows.into_iter().collect());
                }
            }
        }
        self.now = self.now.max(now);
        any
    }

    /// Lets `what` happen now.
    pub(super) fn happen(&mut self, what: &Happening) {
        let now = self.now;
        match what {
            Happening::RegionLost { site } => {
                let place = self.places.entry(site.clone()).or_default();
                place.lost.get_or_insert(now);
                place.slow.get_or_insert(now);
                self.detect(site, false);
            }
            Happening::RegionBack { site } => {
                self.places.insert(site.clone(), Place::default());
                self.detect(site, true);
            }
            Happening::Unreachable { site } => {
                self.places.entry(site.clone()).or_default().silent = Some(now);
            }
            Happening::Reachable { site } => {
                let place = self.places.entry(site.clone()).or_default();
                place.silent = None;
                place.slow = None;
                place.throttled_until = None;
            }
            Happening::Slow { site: Some(site) } => {
                self.places.entry(site.clone()).or_default().slow = Some(now);
            }
            Happening::Slow { site: None } => self.tricks.slow = true,
            Happening::Throttle { site, lasting } => {
                self.places.entry(site.clone()).or_default().throttled_until =
                    Some(now + *lasting);
            }
            Happening::PromoteFailsOnce => self.tricks.refusals += 1,
            Happening::LoseReply { verb, nth } => {
                self.tricks.lost_replies.push((*verb, *nth));
            }
            Happening::LoseErrand { nth } => self.tricks.lost_errands.push(*nth),
            Happening::BadRelease { resource, site } => {
                if let Some(Thing::Compute(compute)) = self.things.get_mut(resource) {
                    compute.break_release(site);
                }
            }
            Happening::LagSpike { by, over } => {
                for thing in self.things.values_mut() {
                    thing.fall_behind(Spike { from: now, by: *by, over: *over });
                }
            }
        }
    }

    /// Health checks of every traffic resource notice, a little later.
    fn detect(&mut self, site: &SiteId, healthy: bool) {
        let traffic: Vec<ResourceId> = self
            .things
            .iter()
            .filter(|(_, thing)| matches!(thing, Thing::Traffic(_)))
            .map(|(id, _)| id.clone())
            .collect();
        for id in traffic {
            let since = self.now.as_millis().to_string();
            let after =
                Timing::Detect.draw(self.seed, &[id.as_str(), site.as_str(), &since]);
            let change = Change::Traffic(TrafficChange::Health { healthy });
            self.plan_all(&id, vec![Planned { after, side: site.clone(), change }]);
        }
    }

    /// What the service says of one side. Who waits for `work` is shown its own snapshot
    /// and nobody else's.
    pub(super) fn observe(
        &self,
        resource: &ResourceId,
        side: &SiteId,
        work: Option<&Work>,
    ) -> Result<Observation, Unknown> {
        let seen = self
            .things
            .get(resource)
            .and_then(|thing| thing.observe(side, &self.scene()))
            .ok_or_else(|| Unknown {
                why: Text::clean(format!("the drill world has no {resource} in {side}")),
            })?;
        let taken =
            work.filter(|it| matches!(it.verb, Verb::Snapshot | Verb::CopySnapshot));
        Ok(match (seen, taken) {
            (Observation::Database(mut view), Some(work)) => {
                let own =
                    |(name, _): &(Text, Moment)| name.as_str().ends_with(&work.key());
                view.newest_snapshot = view.newest_snapshot.filter(own);
                Observation::Database(view)
            }
            (seen, _) => seen,
        })
    }

    /// How far what is visible is from what `work` wants.
    pub(super) fn standing(&self, work: &Work) -> Standing {
        self.things.get(&work.resource.id).map_or_else(
            || Standing::Not("it does not exist".to_owned()),
            |thing| thing.standing(work, &self.scene()),
        )
    }

    /// The value `work` would change, and the value after.
    pub(super) fn values(&self, work: &Work) -> Option<(Text, Text)> {
        let thing = self.things.get(&work.resource.id)?;
        Some((thing.value(work), thing.wanted(work)))
    }

    /// Why the service would turn `work` down now.
    pub(super) fn refusal(&self, work: &Work) -> Option<Text> {
        let Some(thing) = self.things.get(&work.resource.id) else {
            return Some(Text::clean(format!("NotFound: no {}", work.resource.id)));
        };
        if work.verb == Verb::Promote && self.tricks.refusals > 0 {
            return Some(Text::clean("InvalidDBInstanceState: backing-up"));
        }
        thing.refusal(work, &self.scene()).map(Text::clean)
    }

    /// The call arrives: the service takes it, or says why not.
    pub(super) fn receive(&mut self, work: &Work) -> Result<Receipt, Text> {
        if let Some(why) = self.refusal(work) {
            if work.verb == Verb::Promote {
                self.tricks.refusals = self.tricks.refusals.saturating_sub(1);
            }
            return Err(why);
        }
        let repeated = !matches!(self.standing(work), Standing::Not(_));
        let Some((before, after)) = self.values(work) else {
            return Err(Text::clean("NotFound"));
        };
        if !repeated {
            let id = &work.resource.id;
            let Self { things, places, seed, started, now, .. } = self;
            let scene = Scene { now: *now, started: *started, seed: *seed, places };
            let planned = things.get_mut(id).map(|thing| thing.accept(work, &scene));
            self.plan_all(id, planned.unwrap_or_default());
        }
        let deed = Deed::Verb {
            resource: work.resource.id.clone(),
            side: work.side.clone(),
            verb: work.verb,
            step: work.step.clone(),
            attempt: work.attempt,
            undo: work.undo_to.is_some(),
        };
        self.record(deed, before.clone(), after.clone(), repeated);
        Ok(Receipt {
            evidence: Evidenced {
                summary: Text::clean(format!(
                    "{} {} in {}: accepted, {before} > {after}",
                    work.verb, work.resource.id, work.side
                )),
                before: Some(before),
                raw: vec![Text::clean(self.request_id(work))],
                ..Evidenced::default()
            },
            lost: self.loses_reply(work.verb),
        })
    }

    fn request_id(&self, work: &Work) -> String {
        let (seq, key) = (self.ledger.len().to_string(), work.key());
        format!("request id {}", chance::name(self.seed, &["request", &key, &seq]))
    }

    fn loses_reply(&mut self, verb: Verb) -> bool {
        let done = self.ledger.iter().filter(|effect| match &effect.deed {
            Deed::Verb { verb: done, .. } => *done == verb,
            Deed::Errand { .. } => false,
        });
        let nth = done.count();
        lose(&mut self.tricks.lost_replies, |(lost, at)| {
            *lost == verb && *at as usize == nth
        })
    }

    /// What people do with their own hands is in the ledger too; the second time there is
    /// nothing left to do.
    pub(super) fn by_hand(&mut self, done: &ByHand) {
        if !self.by_hand.insert(done.step.clone()) {
            return;
        }
        let (id, side) = &done.frees;
        let Some(Thing::Database(database)) = self.things.get_mut(id) else { return };
        if let Some(before) = database.free(side) {
            let line = format!("by hand: {}", done.name).into();
            let deed = Deed::Errand { line, step: Some((done.step.clone(), 1)) };
            self.record(deed, before, Text::clean("absent"), false);
        }
    }

    /// An errand is run. Says whether its answer gets lost.
    pub(super) fn run(&mut self, order: &Order) -> bool {
        let Attempt { step, number, .. } = &order.attempt;
        let line = Text::clean(order.line());
        let deed = Deed::Errand { line, step: Some((step.clone(), *number)) };
        let again =
            self.ledger.iter().any(|effect| effect.is_errand_of(step, self.started));
        let repeatable = order.action.repeatable();
        let ran = |effect: &&Effect| matches!(effect.deed, Deed::Errand { .. });
        let nth = self.ledger.iter().filter(ran).count() + 1;
        self.record(deed, Text::default(), Text::clean("run"), again && !repeatable);
        lose(&mut self.tricks.lost_errands, |at| *at as usize == nth)
    }

    fn record(&mut self, deed: Deed, before: Text, after: Text, repeated: bool) {
        let seq = self.ledger.len() as u64 + 1;
        self.ledger.push(Effect { seq, at: self.now, deed, before, after, repeated });
    }

    /// How long a draw takes now, for a call named by `parts`. The moment is part of the
    /// name, so that looking twice is two draws and no count must be kept.
    pub(super) fn takes(&self, timing: Timing, parts: &[&str]) -> Span {
        let now = (self.now - self.started).as_millis().to_string();
        let mut name = vec![now.as_str()];
        name.extend(parts);
        timing.draw(self.seed, &name)
    }

    /// As [`State::takes`], for a coin: 0 up to 1.
    pub(super) fn luck(&self, parts: &[&str]) -> f64 {
        let now = (self.now - self.started).as_millis().to_string();
        let mut name = vec![now.as_str(), "luck"];
        name.extend(parts);
        chance::fraction(self.seed, &name)
    }
}

/// Takes the first trick that fits out of the bag.
fn lose<T>(bag: &mut Vec<T>, fits: impl Fn(&T) -> bool) -> bool {
    let found = bag.iter().position(fits);
    found.map(|place| bag.remove(place)).is_some()
}
