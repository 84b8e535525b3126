//! The actor itself: one loop, one owner. Every change of the incident goes through
//! [`Room::submit`]: decide, append, apply, in that order and nowhere else.

use std::{collections::BTreeMap, sync::Arc};

use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use super::{
    Ask, AskError, PreviewAsk, Request, Stance,
    alarms::Memory,
    executor::{Executor, Told},
    poller::{Sighting, Watcher},
    publish::Shown,
    reach::Reach,
    snapshot::{Choices, JournalHealth, Snapshot},
};
use crate::{
    clock::Clock,
    engine::{
        Command, Entry, Event, Incident, Record, Refusal, Report, Scene, Stage, decide,
        due,
    },
    health::Board,
    journal::{Holder, Journal, JournalError, Lease},
    model::{Actor, IncidentId, Moment, Procedure, Span, StepId, Text, Trouble},
};

/// How often time alone is looked at.
pub(super) const PULSE: Span = Span::millis(500);

/// A wall clock further off than this was set; a leap second is less.
const WALL_STEP: Span = Span::secs(2);

/// How long the moment eyes look with before anything is declared may be behind.
const CURRENT_FOR: Span = Span::mins(10);

/// How often a conflict is decided again before the person is asked to.
const CONFLICTS: usize = 5;

/// What the loop receives.
pub(super) struct Inbox {
    pub(super) asks: mpsc::Receiver<Ask>,
    pub(super) previews: mpsc::Receiver<PreviewAsk>,
    pub(super) told: mpsc::Receiver<Told>,
    pub(super) sightings: mpsc::Receiver<Sighting>,
    pub(super) stop: CancellationToken,
}

pub(super) struct Room {
    pub(super) procedure: Arc<Procedure>,
    pub(super) reach: Arc<Reach>,
    pub(super) clock: Clock,
    pub(super) journal: Box<dyn Journal>,
    pub(super) holder: Holder,
    pub(super) gone: fn(&Holder) -> bool,
    pub(super) stance: Stance,
    pub(super) incident: Option<Incident>,
    pub(super) timeline: Arc<Vec<Record>>,
    pub(super) lease: Option<Lease>,
    pub(super) board: Board,
    pub(super) executor: Executor,
    pub(super) watcher: Watcher,
    pub(super) looking: JoinSet<()>,
    pub(super) previewing: JoinSet<()>,
    pub(super) progress: BTreeMap<StepId, Text>,
    pub(super) choices: Arc<Choices>,
    pub(super) alarms: Memory,
    pub(super) health: JournalHealth,
    /// Reports the journal could not take yet. At most one per step and stage.
    pub(super) backlog: Vec<(StepId, u32, Report)>,
    pub(super) beat_at: Moment,
    pub(super) looked_anew_at: Moment,
    pub(super) shown: Shown,
    pub(super) out: watch::Sender<Arc<Snapshot>>,
}

impl Room {
    /// Runs until stopped, then gives the lease back.
    pub(super) async fn run(mut self, mut inbox: Inbox) {
        self.look_anew();
        self.align();
        self.publish();
        let mut pulse_at = self.clock.now() + PULSE;
        loop {
            let clock = self.clock.clone();
            let mut reply = None;
            tokio::select! {
                () = inbox.stop.cancelled() => break,
                Some(ask) = inbox.asks.recv() => {
                    reply = Some((self.answer(&ask), ask.answer));
                }
                Some(ask) = inbox.previews.recv() => self.preview(ask),
                Some(told) = inbox.told.recv() => self.told(told),
                Some(sighting) = inbox.sightings.recv() => self.sighted(sighting),
                Some((key, died)) = self.executor.ended() => self.ended(&key, died),
                Some(_) = self.previewing.join_next(), if !self.previewing.is_empty() => {}
                () = clock.until(pulse_at) => pulse_at = self.pulse(),
            }
            self.publish();
            // Who asked sees what came of it in the snapshot; it may have gone, and what
            // was decided stands.
            if let Some((answer, asker)) = reply {
                drop(asker.send(answer));
            }
        }
        self.leave(&mut inbox).await;
    }

    /// A sent call is given a moment to answer; then what is open stays in doubt.
    async fn leave(&mut self, inbox: &mut Inbox) {
        self.looking.shutdown().await;
        self.executor.stop_looking();
        let clock = self.clock.clone();
        let limit = clock.now() + Span::secs(5);
        while self.executor.acting() && clock.now() < limit {
            tokio::select! {
                Some(told) = inbox.told.recv() => self.told(told),
                Some(_) = self.executor.ended() => {}
                () = clock.until(limit) => {}
            }
        }
        while let Ok(told) = inbox.told.try_recv() {
            self.told(told);
        }
        if let (Some(incident), Some(lease)) = (&self.incident, &self.lease)
            && let Err(error) = self.journal.release(&incident.id, lease)
        {
            tracing::warn!(%error, "the lease was not given back; it expires by itself");
        }
        self.publish();
    }

    fn answer(&mut self, ask: &Ask) -> Result<(), AskError> {
        self.stance.permits(&ask.request)?;
        match &ask.request {
            Request::Declare { impact_at, reason } => {
                self.declare(&ask.actor, *impact_at, reason)
            }
            Request::Command(command) => self.submit(&ask.actor, command),
            Request::TakeOver => self.take_over(true),
            Request::LookNow => {
                self.watcher.now.notify_waiters();
                Ok(())
            }
            Request::Leap { over_work } => self.leap(&ask.actor, *over_work),
        }
    }

    fn declare(
        &mut self,
        actor: &Actor,
        impact_at: Moment,
        reason: &Text,
    ) -> Result<(), AskError> {
        if let Some(incident) = self.incident.as_ref().filter(|open| !open.is_over()) {
            return Err(AskError::AlreadyDeclared(incident.id.clone()));
        }
        let (now, stamp) = self.clock.reading();
        let id = self.journal.open_incident().map_err(|error| self.broken(&error))?;
        let lease = self
            .journal
            .acquire(&id, &self.holder, now, false)
            .map_err(|error| self.broken(&error))?;
        let entry =
            |event| Entry { at: now, stamp: stamp.clone(), actor: actor.clone(), event };
        let given = self.procedure.brief.given.clone();
        let mut entries = vec![
            entry(Event::Declared {
                mode: self.reach.mode(),
                procedure: Box::new(self.procedure.as_ref().clone()),
                impact_at,
                reason: reason.clone(),
            }),
            entry(Event::LeaseTaken {
                holder: self.holder.name.clone(),
                epoch: lease.epoch,
            }),
        ];
        if !given.is_empty() {
            entries.push(entry(Event::ValuesGiven { values: given, made_up: false }));
        }
        let records = self
            .journal
            .append(&id, 0, Some(&lease), &entries)
            .map_err(|error| self.broken(&error))?;
        let incident = Incident::fold(&id, &records)
            .map_err(|error| AskError::Journal(Text::clean(error.to_string())))?;
        let procedure = Arc::clone(&incident.procedure);
        self.incident = Some(incident);
        self.timeline = Arc::new(records);
        self.follow(procedure);
        self.lease = Some(lease);
        self.health = JournalHealth::Ok;
        self.verdicts();
        Ok(())
    }

    /// Decide, append, apply. Work that became due starts only after all three.
    pub(super) fn submit(
        &mut self,
        actor: &Actor,
        command: &Command,
    ) -> Result<(), AskError> {
        for _ in 0..CONFLICTS {
            let Some(incident) = &self.incident else {
                return Err(AskError::NotDeclared);
            };
            if self.lease.is_none() && command.needs_lease() {
                let holder = incident.holder.clone().unwrap_or_default();
                return Err(AskError::Elsewhere { holder });
            }
            let (now, stamp) = self.clock.reading();
            let scene = Scene { evidence: self.board.evidence(), actor, now };
            let events = decide(incident, command, scene)?;
            if events.is_empty() {
                return Ok(());
            }
            let (id, seq) = (incident.id.clone(), incident.seq);
            let entries: Vec<Entry> = events
                .into_iter()
                .map(|event| Entry {
                    at: now,
                    stamp: stamp.clone(),
                    actor: actor.clone(),
                    event,
                })
                .collect();
            match self.journal.append(&id, seq, self.lease.as_ref(), &entries) {
                Ok(records) => {
                    self.health = JournalHealth::Ok;
                    self.fold(records)?;
                    self.align();
                    return Ok(());
                }
                Err(JournalError::Conflict { .. }) => self.catch_up()?,
                Err(error) => return Err(self.broken(&error)),
            }
        }
        Err(AskError::Journal(Text::clean("others keep writing; try again")))
    }

    fn fold(&mut self, records: Vec<Record>) -> Result<(), AskError> {
        if let Some(incident) = &mut self.incident {
            for record in &records {
                incident
                    .apply(record)
                    .map_err(|error| AskError::Journal(Text::clean(error.to_string())))?;
            }
            let procedure = Arc::clone(&incident.procedure);
            self.follow(procedure);
        }
        Arc::make_mut(&mut self.timeline).extend(records);
        Ok(())
    }

    /// Goes on with `procedure`. Where what is looked at has other names by it, or is other
    /// things, looking begins anew.
    fn follow(&mut self, procedure: Arc<Procedure>) {
        if Arc::ptr_eq(&self.procedure, &procedure) {
            return;
        }
        let before = std::mem::replace(&mut self.procedure, procedure);
        let now = &self.procedure;
        let same = before.estate == now.estate && before.sites == now.sites;
        if !same || before.probes != now.probes || now.brief.slots_beside {
            self.look_anew();
        }
    }

    /// Before anything is declared, eyes look with what would be filled in if it were now.
    fn look_anew(&mut self) {
        self.looked_anew_at = self.clock.now();
        let imagine = || {
            let mode = self.reach.mode();
            let imagined =
                Incident::imagined(mode, &self.procedure, self.looked_anew_at)?;
            Some(imagined.procedure)
        };
        let asked = self.procedure.brief.slots_beside && self.incident.is_none();
        let procedure = if asked { imagine() } else { None };
        let procedure = procedure.unwrap_or_else(|| Arc::clone(&self.procedure));
        self.looking = JoinSet::new();
        self.watcher.start(&procedure, &mut self.looking);
    }

    /// A moment that eyes look with (`${run.date}`) grows old while nothing is declared.
    fn stay_current(&mut self, now: Moment) {
        let open = self.incident.is_none() && self.procedure.brief.slots_beside;
        if open && now - self.looked_anew_at > CURRENT_FOR {
            self.look_anew();
        }
    }

    /// Reads what others appended.
    pub(super) fn catch_up(&mut self) -> Result<(), AskError> {
        let Some((id, seq)) =
            self.incident.as_ref().map(|incident| (incident.id.clone(), incident.seq))
        else {
            return Ok(());
        };
        let records = self.journal.read(&id, seq).map_err(|error| self.broken(&error))?;
        if !records.is_empty() {
            self.fold(records)?;
            self.align();
        }
        Ok(())
    }

    /// A journal that failed: nothing new starts, and the screen says so.
    pub(super) fn broken(&mut self, error: &JournalError) -> AskError {
        match error {
            JournalError::Held { by, .. } => {
                self.lease = None;
                self.executor.stop_looking();
                AskError::Elsewhere { holder: by.clone() }
            }
            JournalError::Conflict { .. }
            | JournalError::NoSuchIncident(_)
            | JournalError::Damaged { .. }
            | JournalError::Newer { .. }
            | JournalError::Storage(_)
            | JournalError::Unsafe(_) => {
                let why = Text::clean(error.to_string());
                if self.health == JournalHealth::Ok {
                    let since = self.clock.now();
                    self.health = JournalHealth::Failing { why: why.clone(), since };
                }
                AskError::Journal(why)
            }
        }
    }

    /// Lets running work follow the state. Only the executor's state starts work.
    fn align(&mut self) {
        let (Some(lease), Some(incident)) = (&self.lease, &self.incident) else {
            return;
        };
        // Not before the record is on disk that puts the last executor's calls in doubt.
        if incident.epoch == lease.epoch {
            self.executor.align(&incident.procedure, due(incident));
        }
    }

    fn told(&mut self, told: Told) {
        match told {
            Told::Line { step, line } => {
                self.progress.insert(step, line);
            }
            Told::Report { step, attempt, report } => self.report(step, attempt, report),
        }
    }

    fn report(&mut self, step: StepId, attempt: u32, report: Report) {
        let command = Command::Report { step, attempt, report };
        match self.submit(&Actor::System, &command) {
            Ok(()) | Err(AskError::Refused(Refusal::Stale(_))) => {}
            Err(error) => {
                tracing::warn!(%error, "a report waits for the journal");
                if let Command::Report { step, attempt, report } = command {
                    self.backlog.push((step, attempt, report));
                }
            }
        }
    }

    fn ended(&mut self, key: &super::executor::Key, died: bool) {
        if died && key.2 == Stage::Act {
            let why = Text::clean("the worker making the call died");
            let trouble = Report::Trouble(Trouble::Unknown(why));
            self.report(key.0.clone(), key.1, trouble);
        }
        self.align();
    }

    fn sighted(&mut self, sighting: Sighting) {
        match sighting {
            Sighting::Estate { subject, look, at } => {
                self.board.saw(subject, look, at, super::poller::ESTATE_MAX_AGE);
            }
            Sighting::Choices { id, look } => {
                Arc::make_mut(&mut self.choices).insert(id, look);
            }
            Sighting::Probe { probe, look, at } => {
                self.board.probed(&probe, look, at);
                self.verdicts();
            }
        }
    }

    /// Only a change of verdict becomes a record.
    fn verdicts(&mut self) {
        if self.lease.is_none() {
            return;
        }
        let now = self.clock.now();
        let procedure = Arc::clone(&self.procedure);
        for service in &procedure.services {
            let (healthy, value) = self.board.service(service, now);
            let service = service.id.clone();
            self.quietly(&Command::Health { service, healthy, value });
        }
    }

    /// What time alone brings; says when to come again. However busy the room is, this
    /// must come: the lease lives on it.
    fn pulse(&mut self) -> Moment {
        let now = self.clock.now();
        self.renew(now);
        for (step, attempt, report) in std::mem::take(&mut self.backlog) {
            self.report(step, attempt, report);
        }
        if self.lease.is_some() {
            self.quietly(&Command::Pulse);
            self.verdicts();
            self.watch_the_wall();
        }
        if self.stance == Stance::Successor
            && self.lease.is_none()
            && self.incident.as_ref().is_some_and(|incident| !incident.is_over())
            && let Err(error) = self.take_over(false)
        {
            tracing::debug!(%error, "not the executor yet");
        }
        if let Err(error) = self.catch_up() {
            tracing::warn!(%error, "the journal could not be read");
        }
        self.stay_current(now);
        now + PULSE
    }

    /// A wall clock that was set is news, and only that: no elapsed time moves with it. Told
    /// from the records, so that a step between two processes is found as well.
    fn watch_the_wall(&mut self) {
        let known = self.incident.as_ref().and_then(|incident| incident.wall);
        let by = known.map_or(Span::ZERO, |known| self.clock.wall_offset() - known);
        if by.abs() > WALL_STEP {
            self.quietly(&Command::ClockStepped { by });
        }
    }

    /// What the room tells itself; a failure shows in the journal's health.
    fn quietly(&mut self, command: &Command) {
        if self.incident.as_ref().is_none_or(Incident::is_over) {
            return;
        }
        if let Err(error) = self.submit(&Actor::System, command) {
            tracing::warn!(%error, ?command, "not recorded");
        }
    }

    pub(super) fn load(&mut self, id: &IncidentId) -> Result<(), JournalError> {
        let records = self.journal.read(id, 0)?;
        let incident = Incident::fold(id, &records).map_err(|error| {
            JournalError::Damaged { id: id.clone(), seq: 0, what: error.to_string() }
        })?;
        // From here on by the clock of whoever wrote it, and so is their lease's beat.
        if let Some((at, stamp)) = records
            .iter()
            .rev()
            .find_map(|record| Some((record.at, record.stamp.as_ref()?)))
        {
            self.clock.follow(at, stamp);
        }
        self.beat_at = self.clock.now();
        self.procedure = Arc::clone(&incident.procedure);
        self.incident = Some(incident);
        self.timeline = Arc::new(records);
        Ok(())
    }
}
