//! Work under way: one task per (step, attempt, stage), never two. It only carries out
//! and reports; what a report means is the engine's to say.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tokio::{
    sync::mpsc,
    task::{AbortHandle, JoinSet},
};

use super::{poller::Sighting, reach::Reach};
use crate::{
    clock::Clock,
    driver::{Driver, Progress, Recalled, Subject},
    engine::{Due, Job, Report, Stage},
    model::{
        Expect, Noun, Observation, Order, Procedure, Reconciled, Seen, Span, StepId,
        Text, Trouble, Unknown, Vigil, Work, answer,
        goal::{self, Goal},
    },
};

/// Names one task.
pub(super) type Key = (StepId, u32, Stage);

/// Longest wait for a driver's changing call before its outcome counts as unknown.
/// Drivers end their own calls sooner; this is for one that does not.
const ACT_LIMIT: Span = Span::mins(3);

/// From the intent to the call it is a matter of milliseconds. After this long, half the
/// life of a lease, it is not made any more.
const SEND_WITHIN: Span = Span::secs(5);

/// Longest wait for one look at the world.
const LOOK_LIMIT: Span = Span::secs(30);

/// What workers tell the room.
#[derive(Debug)]
pub(super) enum Told {
    Report { step: StepId, attempt: u32, report: Report },
    Line { step: StepId, line: Text },
}

/// All running tasks.
#[derive(Debug)]
pub(super) struct Executor {
    reach: Arc<Reach>,
    clock: Clock,
    /// Bounded: a worker with much to say waits.
    told: mpsc::Sender<Told>,
    sightings: mpsc::Sender<Sighting>,
    tasks: JoinSet<Key>,
    running: BTreeMap<Key, AbortHandle>,
    /// Calls this process has made: never made again, whatever is still due.
    spent: BTreeSet<Key>,
}

impl Executor {
    pub(super) fn new(
        reach: Arc<Reach>,
        clock: Clock,
        told: mpsc::Sender<Told>,
        sightings: mpsc::Sender<Sighting>,
    ) -> Self {
        Self {
            reach,
            clock,
            told,
            sightings,
            tasks: JoinSet::new(),
            running: BTreeMap::new(),
            spent: BTreeSet::new(),
        }
    }

    /// Makes the running tasks those that are due: starts what is missing, ends looking
    /// that nobody waits for any more. A call that was sent is never cut off.
    pub(super) fn align(&mut self, procedure: &Arc<Procedure>, due: Vec<Due>) {
        let wanted: Vec<Key> = due.iter().map(key).collect();
        self.running.retain(|key, handle| {
            let keep = key.2 == Stage::Act || wanted.contains(key);
            if !keep {
                handle.abort();
            }
            keep
        });
        for due in due {
            let key = key(&due);
            if self.running.contains_key(&key) || self.spent.contains(&key) {
                continue;
            }
            let worker = Worker {
                reach: Arc::clone(&self.reach),
                clock: self.clock.clone(),
                procedure: Arc::clone(procedure),
                told: self.told.clone(),
                sightings: self.sightings.clone(),
                due,
            };
            let done = key.clone();
            let handle = self.tasks.spawn(async move {
                worker.run().await;
                done
            });
            self.running.insert(key, handle);
        }
    }

    /// Calls that were sent and not yet answered.
    pub(super) fn acting(&self) -> bool {
        self.running.keys().any(|(_, _, stage)| *stage == Stage::Act)
    }

    /// The next task that ended; a task that died is reported as one nobody knows about.
    /// Waits for ever when nothing runs.
    pub(super) async fn ended(&mut self) -> Option<(Key, bool)> {
        match self.tasks.join_next_with_id().await {
            None => std::future::pending().await,
            Some(Ok((_, key))) => {
                self.forget(&key);
                Some((key, false))
            }
            Some(Err(error)) => {
                let dead = self
                    .running
                    .iter()
                    .find(|(_, handle)| handle.id() == error.id())
                    .map(|(key, _)| key.clone())?;
                self.forget(&dead);
                Some((dead, true))
            }
        }
    }

    fn forget(&mut self, key: &Key) {
        self.running.remove(key);
        if key.2 == Stage::Act {
            self.spent.insert(key.clone());
        }
    }

    /// Ends all looking; sent calls go on.
    pub(super) fn stop_looking(&mut self) {
        self.running.retain(|key, handle| {
            if key.2 != Stage::Act {
                handle.abort();
            }
            key.2 == Stage::Act
        });
    }
}

fn key(due: &Due) -> Key {
    (due.attempt.step.clone(), due.attempt.number, due.job.stage())
}

pub(super) struct Worker {
    pub(super) reach: Arc<Reach>,
    pub(super) clock: Clock,
    procedure: Arc<Procedure>,
    told: mpsc::Sender<Told>,
    sightings: mpsc::Sender<Sighting>,
    due: Due,
}

/// Passes progress lines on; drops them when the room is behind.
pub(super) struct Lines<'a> {
    step: &'a StepId,
    told: &'a mpsc::Sender<Told>,
}

impl Progress for Lines<'_> {
    fn say(&self, line: Text) {
        let told = Told::Line { step: self.step.clone(), line };
        // A full queue means newer lines are already waiting.
        drop(self.told.try_send(told));
    }
}

impl Worker {
    async fn run(self) {
        if self.due.job.stage() == Stage::Act && self.is_late() {
            let why = Text::clean(
                "this process was held up between the intent and the call; it was not made",
            );
            return self.report(Report::Trouble(Trouble::NotSent(why))).await;
        }
        match &self.due.job {
            Job::Execute(work) => self.execute(work).await,
            Job::Await { work, vigils, every } => {
                self.wait_for(work, vigils, *every).await;
            }
            Job::Reconcile { work, every } => self.reconcile(work, *every).await,
            Job::Carry(order) => {
                let lines = self.lines();
                let run = self.reach.errands.carry(order, &lines);
                self.finished(self.bounded(order.limit + ACT_LIMIT, run).await).await;
            }
            Job::Recall { order, every } => self.recall(order, *every).await,
            Job::Expect { vigils, every } => self.expect(vigils, *every).await,
            Job::Look { probe, healthy, every } => {
                if let Some(probe) = self.procedure.probe(probe) {
                    if *healthy {
                        self.look(probe, *every).await;
                    } else {
                        self.look_for_failure(probe, *every).await;
                    }
                }
            }
        }
    }

    /// Whether so much time went by since the intent that another process may have taken
    /// over meanwhile and looked: this one was stopped, or its machine asleep.
    fn is_late(&self) -> bool {
        let since = self.clock.now() - self.due.attempt.intended_at;
        since > Span::millis(SEND_WITHIN.as_millis() * i64::from(self.clock.speed()))
    }

    pub(super) const fn lines(&self) -> Lines<'_> {
        Lines { step: &self.due.attempt.step, told: &self.told }
    }

    async fn bounded<T>(
        &self,
        limit: Span,
        call: impl Future<Output = Result<T, Trouble>>,
    ) -> Result<T, Trouble> {
        let late = |late: crate::clock::TimedOut| {
            Err(Trouble::Unknown(Text::clean(late.to_string())))
        };
        self.clock.timeout(limit, call).await.unwrap_or_else(late)
    }

    async fn finished(&self, result: Result<crate::model::Evidenced, Trouble>) {
        let report = match result {
            Ok(evidence) => Report::Acted(evidence),
            Err(trouble) => Report::Trouble(trouble),
        };
        self.report(report).await;
    }

    async fn execute(&self, work: &Work) {
        let result = match self.reach.driver(&work.resource) {
            Some(driver) => {
                let lines = self.lines();
                self.bounded(ACT_LIMIT, driver.execute(work, &lines)).await
            }
            None => Err(Trouble::NotSent(Text::clean(format!(
                "no driver for kind `{}`",
                work.resource.kind
            )))),
        };
        self.finished(result).await;
    }

    /// Looks until the goal is reached, and then for what else is expected. The engine's
    /// pulse ends it at the deadline.
    async fn wait_for(&self, work: &Work, vigils: &[Vigil], every: Span) {
        let Some(driver) = self.reach.driver(&work.resource) else {
            return;
        };
        loop {
            let (goal, seen) = if work.undo_to.is_some() {
                (self.put_back(driver.as_ref(), work).await, None)
            } else {
                self.goal(driver.as_ref(), work).await.unzip()
            };
            match goal {
                Some(Goal::Met(value)) => {
                    let others = self.others(vigils, seen.as_ref()).await;
                    let outputs = self.outputs(seen.as_ref());
                    let seen = Seen { met: true, value: Text::clean(value), outputs };
                    if self.all_met(std::iter::once(seen).chain(others)).await {
                        return;
                    }
                }
                Some(Goal::NotYet(value)) => self.lines().say(Text::clean(value)),
                None => {}
            }
            self.clock.sleep(every).await;
        }
    }

    /// Looks until all that is expected was seen, in one round of looks.
    async fn expect(&self, vigils: &[Vigil], every: Span) {
        loop {
            let seen = self.others(vigils, None).await;
            if self.all_met(seen.into_iter()).await {
                return;
            }
            self.clock.sleep(every).await;
        }
    }

    /// One look at each of them.
    async fn others(&self, vigils: &[Vigil], own: Option<&Observation>) -> Vec<Seen> {
        let mut all = Vec::new();
        for vigil in vigils {
            let seen = match (own, &vigil.expect) {
                // What the step itself changed was just seen.
                (Some(own), expect) if expect.is_own() => {
                    let last = vigil.last.as_ref().map(Text::as_str);
                    let found = answer::part(&own.answer(), expect.path());
                    expect.judge(found.as_ref(), last).unwrap_or_default()
                }
                _ => self.watch(vigil).await,
            };
            all.push(seen);
        }
        all
    }

    async fn watch(&self, vigil: &Vigil) -> Seen {
        let unseen = |why: Text| Seen { value: why, ..Seen::default() };
        if let Expect::Probe(id) = &vigil.expect {
            let Some(probe) = self.procedure.probe(id) else {
                return unseen(Text::clean(format!("there is no probe {id}")));
            };
            let (met, value) = match self.glance(probe).await {
                Ok(answer) => (answer.healthy, answer.value),
                Err(why) => (false, why),
            };
            return Seen { met, value, ..Seen::default() };
        }
        let look = self.reach.eyes.expect(vigil, LOOK_LIMIT);
        match self.clock.timeout(LOOK_LIMIT + Span::secs(1), look).await {
            Ok(Ok(seen)) => seen,
            Ok(Err(Unknown { why })) => unseen(Text::clean(format!("unknown: {why}"))),
            Err(late) => unseen(Text::clean(late.to_string())),
        }
    }

    /// Reports when all of it is as expected; else says what is not.
    async fn all_met(&self, all: impl Iterator<Item = Seen>) -> bool {
        let all: Vec<Seen> = all.collect();
        let words = |of: &mut dyn Iterator<Item = &Seen>| {
            Text::clean(of.map(|seen| seen.value.as_str()).collect::<Vec<_>>().join("; "))
        };
        if let Some(missing) = all.iter().find(|seen| !seen.met) {
            self.lines().say(missing.value.clone());
            return false;
        }
        let value = words(&mut all.iter());
        let outputs = all.into_iter().flat_map(|seen| seen.outputs).collect();
        self.report(Report::Seen { value, outputs }).await;
        true
    }

    /// Parts of what was seen of the estate, as the step names them.
    fn outputs(&self, seen: Option<&Observation>) -> BTreeMap<String, Text> {
        let step = self.procedure.runbook.step(&self.due.attempt.step);
        let (Some(step), Some(seen)) = (step, seen) else { return BTreeMap::new() };
        let answer = seen.answer();
        let named = step.terms.outputs.iter();
        named
            .filter_map(|(name, path)| {
                let found = answer::part(&answer, path)?;
                Some((name.clone(), answer::told(&found)))
            })
            .collect()
    }

    /// What the value before was, only the driver knows.
    async fn put_back(&self, driver: &dyn Driver, work: &Work) -> Option<Goal> {
        let back = self.clock.timeout(LOOK_LIMIT, driver.reconcile(work)).await.ok()?;
        match back {
            Reconciled::Done(evidence) => Some(Goal::Met(evidence.summary.to_string())),
            Reconciled::Underway(seen)
            | Reconciled::NotDone(seen)
            | Reconciled::CannotTell(seen) => Some(Goal::NotYet(seen.to_string())),
        }
    }

    async fn goal(
        &self,
        driver: &dyn Driver,
        work: &Work,
    ) -> Option<(Goal, Observation)> {
        let look = driver.observe(Subject::of(work));
        let seen = self.clock.timeout(LOOK_LIMIT, look).await.ok()?.ok()?;
        let goal = goal::reached(work.verb, &work.side, &work.args, &seen);
        self.share(work, seen.clone()).await;
        Some((goal, seen))
    }

    /// What was seen while waiting is news for the board too.
    async fn share(&self, work: &Work, seen: Observation) {
        let site = match work.resource.noun {
            Noun::Traffic => &work.resource.primary,
            Noun::Database | Noun::Compute | Noun::Storage => &work.side,
        };
        let sighting = Sighting::Estate {
            subject: (work.resource.id.clone(), site.clone()),
            look: Ok(seen),
            at: self.clock.now(),
        };
        drop(self.sightings.send(sighting).await);
    }

    async fn reconcile(&self, work: &Work, every: Span) {
        let Some(driver) = self.reach.driver(&work.resource) else {
            return;
        };
        loop {
            let verdict = self.clock.timeout(LOOK_LIMIT, driver.reconcile(work)).await;
            match verdict {
                Ok(Reconciled::CannotTell(why)) => {
                    self.lines().say(Text::clean(format!("cannot tell yet: {why}")));
                }
                Ok(verdict) => return self.report(Report::Reconciled(verdict)).await,
                Err(late) => self.lines().say(Text::clean(late.to_string())),
            }
            self.clock.sleep(every).await;
        }
    }

    /// What an order left, once it has.
    async fn recall(&self, order: &Order, every: Span) {
        loop {
            match self.reach.errands.recall(order).await {
                Recalled::Ended(Ok(evidence)) => {
                    return self.report(Report::Acted(evidence)).await;
                }
                Recalled::Running(seen) => {
                    self.lines().say(seen.clone());
                    let found = Reconciled::Underway(seen);
                    self.report(Report::Reconciled(found)).await;
                }
                Recalled::Ended(Err(Trouble::Unknown(why))) | Recalled::Lost(why) => {
                    self.lines().say(why.clone());
                    self.report(Report::Trouble(Trouble::Unknown(why))).await;
                }
                Recalled::Ended(Err(trouble)) => {
                    return self.report(Report::Trouble(trouble)).await;
                }
            }
            self.clock.sleep(every).await;
        }
    }

    pub(super) async fn report(&self, report: Report) {
        let (step, attempt) = (self.due.attempt.step.clone(), self.due.attempt.number);
        // Fails only when the room has gone; then recovery asks the world instead.
        drop(self.told.send(Told::Report { step, attempt, report }).await);
    }
}
