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
        Failure, Noun, Observation, Probe, ProbeAnswer, Procedure, Reconciled, Span,
        StepId, Text, Trouble, Work,
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

struct Worker {
    reach: Arc<Reach>,
    clock: Clock,
    procedure: Arc<Procedure>,
    told: mpsc::Sender<Told>,
    sightings: mpsc::Sender<Sighting>,
    due: Due,
}

/// Passes progress lines on; drops them when the room is behind.
struct Lines<'a> {
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
            Job::Await { work, every } => self.wait_for(work, *every).await,
            Job::Reconcile { work, every } => self.reconcile(work, *every).await,
            Job::Command { spec, limit } => {
                let lines = self.lines();
                let attempt = &self.due.attempt;
                let run = self.reach.errands.command(attempt, spec, *limit, &lines);
                self.finished(self.bounded(*limit + ACT_LIMIT, run).await).await;
            }
            Job::Http { spec, limit } => {
                let call = self.reach.errands.http(spec, *limit);
                self.finished(self.bounded(*limit + ACT_LIMIT, call).await).await;
            }
            Job::Recall { every } => self.recall(*every).await,
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

    const fn lines(&self) -> Lines<'_> {
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

    /// Looks until the goal is reached. The engine's pulse ends it at the deadline.
    async fn wait_for(&self, work: &Work, every: Span) {
        let Some(driver) = self.reach.driver(&work.resource) else {
            return;
        };
        loop {
            let goal = if work.undo_to.is_some() {
                self.put_back(driver.as_ref(), work).await
            } else {
                self.goal(driver.as_ref(), work).await
            };
            match goal {
                Some(Goal::Met(value)) => {
                    return self.report(Report::Reached(Text::clean(value))).await;
                }
                Some(Goal::NotYet(value)) => self.lines().say(Text::clean(value)),
                None => {}
            }
            self.clock.sleep(every).await;
        }
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

    async fn goal(&self, driver: &dyn Driver, work: &Work) -> Option<Goal> {
        let look = driver.observe(Subject::of(work));
        let seen = self.clock.timeout(LOOK_LIMIT, look).await.ok()?.ok()?;
        let goal = goal::reached(work.verb, &work.side, &work.args, &seen);
        self.share(work, seen).await;
        Some(goal)
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

    /// What a program's supervisor wrote, once it has.
    async fn recall(&self, every: Span) {
        loop {
            match self.reach.errands.recall(&self.due.attempt).await {
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

    async fn look(&self, probe: &Probe, every: Span) {
        loop {
            let line = match self.glance(probe).await {
                Ok(answer) if answer.healthy => {
                    return self.report(Report::Reached(answer.value)).await;
                }
                Ok(answer) => answer.value,
                Err(why) => why,
            };
            self.lines().say(line);
            self.clock.sleep(every).await;
        }
    }

    /// So many bad answers in a row are what is wanted, so many good ones the refusal to go
    /// on: as many as the probe itself needs to turn. Silence is neither.
    async fn look_for_failure(&self, probe: &Probe, every: Span) {
        let (mut bad, mut good) = (0, 0);
        loop {
            let line = match self.glance(probe).await {
                Ok(answer) if answer.healthy => {
                    (bad, good) = (0, good + 1);
                    if good >= probe.rise.max(1) {
                        let reason = Text::clean(format!("healthy: {}", answer.value));
                        let failure = Failure::Negative;
                        return self.report(Report::Missed { failure, reason }).await;
                    }
                    answer.value
                }
                Ok(answer) => {
                    (bad, good) = (bad + 1, 0);
                    if bad >= probe.fall.max(1) {
                        return self.report(Report::Reached(answer.value)).await;
                    }
                    answer.value
                }
                Err(why) => why,
            };
            self.lines().say(line);
            self.clock.sleep(every).await;
        }
    }

    /// One look, or why it saw nothing.
    async fn glance(&self, probe: &Probe) -> Result<ProbeAnswer, Text> {
        let limit = probe.timeout + Span::secs(1);
        match self.clock.timeout(limit, self.reach.eyes.look(probe)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(unknown)) => Err(unknown.why),
            Err(late) => Err(Text::clean(late.to_string())),
        }
    }

    async fn report(&self, report: Report) {
        let (step, attempt) = (self.due.attempt.step.clone(), self.due.attempt.number);
        // Fails only when the room has gone; then recovery asks the world instead.
        drop(self.told.send(Told::Report { step, attempt, report }).await);
    }
}
