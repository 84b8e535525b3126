//! The laws over a whole run, in the drill world: whatever happens to the process, no
//! effect comes before its intent, none comes twice, and the run can be finished.

use std::{path::Path, sync::Arc};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::sync::Notify;
use warroom::{
    clock::Clock,
    config::Env,
    drill::{Deed, Effect, Scenario, World, past},
    driver,
    engine::{Entry, Event, Incident, Record, waits},
    journal::{Holder, Journal, JournalError, memory::Memory},
    model::{Actor, IncidentId, Mode, Moment, Procedure, Span, Verb},
    plan::{self, Choice},
    play::{Colleagues, Ending, Facilitator, Player},
    room::{self, Request, reach::Reach},
};

use crate::support::journal::{Watch, Watched};

pub(crate) const START: Moment = Moment::from_millis(1_788_000_000_000);

pub(crate) fn plan(name: &str) -> plan::Plan {
    let (_, files) = plan::EMBEDDED.iter().find(|(known, _)| *known == name).unwrap();
    let env = Env::default();
    let loaded = plan::load_embedded(name, files, &driver::vocabulary(), env.all());
    loaded.plan.expect("shipped plans have no errors")
}

pub(crate) fn shipped(name: &str, runbook: &str) -> Arc<Procedure> {
    let procedure = plan(name).procedure(&runbook.into());
    Arc::new(procedure.expect("the runbook is in the plan"))
}

/// A runbook with what it is played in.
pub(crate) struct Played {
    pub(crate) procedure: Arc<Procedure>,
    pub(crate) past: Option<Procedure>,
    pub(crate) scenario: Scenario,
    seed: u64,
    /// Whether time leaps over what only the world is busy with: most of a long runbook.
    hurried: bool,
}

impl Played {
    /// In the scenario of that name, else in the runbook's own.
    pub(crate) fn new(name: &str, runbook: &str, scenario: Option<&str>) -> Self {
        Self::of(&plan(name), runbook, scenario)
    }

    /// A runbook of any plan.
    pub(crate) fn of(plan: &plan::Plan, runbook: &str, scenario: Option<&str>) -> Self {
        Self::chosen(plan, runbook, scenario, &Choice::default())
    }

    /// As [`Played::of`], for what people chose.
    pub(crate) fn chosen(
        plan: &plan::Plan,
        runbook: &str,
        scenario: Option<&str>,
        choice: &Choice,
    ) -> Self {
        let procedure = plan.procedure_for(&runbook.into(), choice);
        let procedure = Arc::new(procedure.expect("the runbook is in the plan"));
        let past = past::before(&procedure.runbook, plan.runbooks.iter());
        let past = past.and_then(|past| plan.procedure_for(&past.id, choice));
        let scenario = Scenario::choose(scenario, &procedure.runbook).unwrap();
        Self { procedure, past, scenario, seed: 7, hurried: false }
    }

    /// The same, where nobody watches.
    pub(crate) fn hurried(self, seed: u64) -> Self {
        Self { seed, hurried: true, ..self }
    }

    pub(crate) fn world(&self, clock: &Clock) -> Arc<World> {
        let Self { procedure, past, scenario, seed, .. } = self;
        match past {
            Some(past) => World::after(past, procedure, scenario, *seed, clock.clone()),
            None => World::new(procedure, scenario, *seed, clock.clone()),
        }
    }
}

/// Where the process dies.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wire {
    /// Never.
    Loose,
    /// Instead of the append that would write record `n`.
    Before(u64),
    /// After record `n` is durable and before anybody hears of it.
    After(u64),
    /// At a moment, in the middle of whatever is under way then.
    At(Moment),
}

/// Kills the process at one record.
struct Tripwire {
    wire: Wire,
    tripped: Arc<Notify>,
    dead: bool,
}

impl Tripwire {
    fn die(&mut self) -> Result<(), JournalError> {
        self.dead = true;
        self.tripped.notify_one();
        Err(JournalError::Storage("killed".to_owned()))
    }
}

impl Watch for Tripwire {
    fn before(&mut self, last: u64, _: &[Entry]) -> Result<(), JournalError> {
        if self.dead || matches!(self.wire, Wire::Before(n) if last >= n) {
            return self.die();
        }
        Ok(())
    }

    fn after(&mut self, last: u64, _: &[Entry]) -> Result<(), JournalError> {
        if matches!(self.wire, Wire::After(n) if last >= n) {
            return self.die();
        }
        Ok(())
    }
}

/// One life of the process: a runtime of its own, dropped with everything in it.
struct Life<'a> {
    played: &'a Played,
    journal: Memory,
    wire: Wire,
    world_file: &'a Path,
    /// Which life of the incident this is.
    number: u32,
}

/// What a life left behind.
pub(crate) struct Left {
    pub(crate) ending: Option<Ending>,
    pub(crate) ledger: Vec<Effect>,
    pub(crate) records: Vec<Record>,
}

impl Life<'_> {
    fn live(&self) -> Left {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        let left = runtime.block_on(self.play());
        // Whatever was under way is gone, in the middle of whatever it was doing.
        drop(runtime);
        left
    }

    async fn play(&self) -> Left {
        let tripped = Arc::new(Notify::new());
        let resume = self.journal.heads().unwrap().first().map(|head| head.id.clone());
        let (clock, world) = self.world(resume.as_ref());
        let watch =
            Tripwire { wire: self.wire, tripped: Arc::clone(&tripped), dead: false };
        let journal = Watched { store: self.journal.reopen(), watch };
        let setup = room::Setup {
            procedure: Arc::clone(&self.played.procedure),
            reach: Reach::drill(&world),
            journal: Box::new(journal),
            clock: clock.clone(),
            holder: Holder {
                name: format!("life {}", self.number).as_str().into(),
                token: self.number.to_string(),
            },
            stance: room::Stance::Successor,
            resume: resume.clone(),
            gone: |_| true,
        };
        let cut = async {
            match self.wire {
                Wire::At(at) => clock.until(at).await,
                Wire::Loose | Wire::Before(_) | Wire::After(_) => {
                    std::future::pending::<()>().await;
                }
            }
        };
        let ending = tokio::select! {
            biased;
            () = tripped.notified() => None,
            () = cut => None,
            ending = self.run(setup, &clock, &world) => ending,
        };
        let id = self.journal.heads().unwrap().first().map(|head| head.id.clone());
        let records = id.map(|id| self.journal.read(&id, 0).unwrap()).unwrap_or_default();
        Left { ending, ledger: world.ledger(), records }
    }

    fn world(&self, resume: Option<&IncidentId>) -> (Clock, Arc<World>) {
        let written = resume.map(|id| self.journal.read(id, 0).unwrap());
        let last = written.and_then(|records| records.last().map(|record| record.at));
        if !self.world_file.exists() {
            let clock = Clock::drill(last.unwrap_or(START));
            let world = self.played.world(&clock);
            world.persist_to(self.world_file).unwrap();
            return (clock, world);
        }
        let saved = World::saved_at(self.world_file).unwrap();
        let clock = Clock::drill(last.map_or(saved, |last| last.max(saved)));
        let world = World::resume(self.world_file, clock.clone()).unwrap();
        (clock, world)
    }

    async fn run(
        &self,
        setup: room::Setup,
        clock: &Clock,
        world: &Arc<World>,
    ) -> Option<Ending> {
        let fresh = setup.resume.is_none();
        let room = match room::open(setup) {
            Ok(room) => room,
            // The wire may trip while the room is opened; without one this is a fault.
            Err(error) if matches!(self.wire, Wire::Loose) => panic!("{error}"),
            Err(_) => return None,
        };
        if fresh {
            let caller = Actor::Scripted { name: "A.Roy".into() };
            let impact_at = world.started();
            let declare = Request::Declare { impact_at, reason: "lost".into() };
            room.handle.ask(caller, declare).await.ok()?;
        }
        let colleagues = Colleagues::join(&room.handle, clock, self.played.seed);
        let join =
            if self.played.hurried { Facilitator::hurry } else { Facilitator::join };
        let facilitator = join(&room.handle, clock, world);
        let player = Player {
            handle: room.handle.clone(),
            clock: clock.clone(),
            world: Arc::clone(world),
            operator: Actor::Person { name: "P.Shah".into(), from: "test".into() },
        };
        let ending = match player.play().await {
            Err(error) if matches!(self.wire, Wire::Loose) => panic!("{error}"),
            ended => ended.ok(),
        };
        colleagues.leave().await;
        facilitator.leave().await;
        room.close().await;
        ending
    }
}

/// Every effect on the estate, with how often it happened unneeded or again.
fn never_twice(ledger: &[Effect], at: &str) {
    let mut seen = Vec::new();
    for effect in ledger {
        assert!(!effect.repeated, "{at}: repeated {effect:?}");
        let what = match &effect.deed {
            Deed::Verb { resource, side, verb, undo, step, .. } => {
                // What is copied again by another step is what was written since.
                let of = (*verb == Verb::Sync).then(|| step.to_string());
                let of = of.unwrap_or_default();
                format!("{of} {verb} {resource} {side} {undo} {}", effect.after)
            }
            Deed::Errand { line, step } => {
                let of = step.as_ref().map(|(step, _)| step.to_string());
                format!("{} {line}", of.unwrap_or_default())
            }
        };
        assert!(!seen.contains(&what), "{at}: twice: {what}\n{ledger:#?}");
        seen.push(what);
    }
}

/// Every effect has an intent that was durable before it.
pub(crate) fn intent_first(ledger: &[Effect], records: &[Record], at: &str) {
    for effect in ledger {
        let (step, attempt) = match &effect.deed {
            Deed::Verb { step, attempt, .. } => (step, attempt),
            // People's own hands wait for no record.
            Deed::Errand { line, .. } if line.as_str().starts_with("by hand") => continue,
            Deed::Errand { step: Some((step, attempt)), .. } => (step, attempt),
            Deed::Errand { step: None, .. } => continue,
        };
        let intent = records.iter().find(|record| {
            matches!(&record.event, Event::Intended { step: s, attempt: a, .. }
                if s == step && a == attempt)
        });
        let intent = intent.unwrap_or_else(|| panic!("{at}: no intent for {effect:?}"));
        assert!(intent.at <= effect.at, "{at}: {effect:?} came before its intent");
    }
}

fn finished(left: &Left, id: &IncidentId, at: &str) {
    assert_eq!(left.ending, Some(Ending::Verified), "{at}");
    let incident = Incident::fold(id, &left.records).unwrap();
    assert!(waits::is_through(&incident), "{at}");
    assert!(incident.clocks.verified.is_some(), "{at}");
}

/// Plays as far as it goes, without a kill.
pub(crate) fn one_life(played: &Played) -> Left {
    let dir = tempfile::tempdir().unwrap();
    let life = Life {
        played,
        journal: Memory::new(Mode::Drill),
        wire: Wire::Loose,
        world_file: &dir.path().join("world.json"),
        number: 1,
    };
    life.live()
}

/// Plays to the end without a kill; everything that is left then.
pub(crate) fn whole(played: &Played) -> Left {
    let left = one_life(played);
    let id = IncidentId::from("DRILL-0001");
    let at = format!("{} in {}", played.procedure.runbook.id, played.scenario.name);
    finished(&left, &id, &at);
    never_twice(&left.ledger, &at);
    intent_first(&left.ledger, &left.records, &at);
    left
}

pub(crate) fn killed_at(played: &Played, wire: Wire) {
    let at = format!("{wire:?} in {}", played.scenario.name);
    let dir = tempfile::tempdir().unwrap();
    let journal = Memory::new(Mode::Drill);
    let world_file = dir.path().join("world.json");
    let life = |wire, number| Life {
        played,
        journal: journal.reopen(),
        wire,
        world_file: &world_file,
        number,
    };
    let first = life(wire, 1).live();
    if first.records.is_empty() {
        // Killed before the declaration: there is nothing to resume.
        assert!(first.ledger.is_empty(), "{at}: an effect before anything was declared");
        return;
    }
    let second = life(Wire::Loose, 2).live();
    // Nothing acknowledged is lost, and nothing is rewritten.
    assert_eq!(second.records[..first.records.len()], first.records[..], "{at}");
    finished(&second, &IncidentId::from("DRILL-0001"), &at);
    never_twice(&second.ledger, &at);
    intent_first(&second.ledger, &second.records, &at);
}

fn matrix(name: &str, runbook: &str, scenario: &str) {
    killed_everywhere(&Played::new(name, runbook, Some(scenario)));
}

fn killed_everywhere(played: &Played) {
    let left = whole(played);
    let records = left.records.len() as u64;
    for record in 1..=records {
        killed_at(played, Wire::Before(record));
        killed_at(played, Wire::After(record));
    }
    // In the call: just before it has its effect, and just after, before its answer.
    for at in left.ledger.iter().map(|effect| effect.at) {
        killed_at(played, Wire::At(at - Span::millis(1)));
        killed_at(played, Wire::At(at + Span::millis(1)));
    }
}

#[test]
fn ecommerce_survives_a_kill_at_every_record() {
    matrix("ecommerce", "region-failover", "region-loss");
}

#[test]
fn ecommerce_survives_a_kill_at_every_record_when_answers_get_lost() {
    matrix("ecommerce", "region-failover", "lost-reply");
}

#[test]
fn mycomputer_survives_a_kill_at_every_record() {
    matrix("mycomputer", "multi-region-failover", "region-loss");
}

/// Conditions, a hold of a day, what is wanted to fail, what may fail, delays, clean-up.
#[test]
fn every_term_survives_a_kill_at_every_record() {
    killed_everywhere(&Played::of(&super::terms::plan(), "move", None));
}

/// Random kills, at any moment of the run, again and again until it is over. A handful here;
/// `WARROOM_TEST_KILLS=10000 cargo test --test suite laws::random` for a night.
#[test]
fn random_kills_lose_nothing_and_repeat_nothing() {
    let kills = kills();
    let played = Played::new("mycomputer", "multi-region-failover", Some("lost-reply"));
    let length = (whole(&played).ledger.last().unwrap().at - START).as_millis();
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut killed = 0;
    while killed < kills {
        let dir = tempfile::tempdir().unwrap();
        let journal = Memory::new(Mode::Drill);
        let world_file = dir.path().join("world.json");
        let life = |wire, number| Life {
            played: &played,
            journal: journal.reopen(),
            wire,
            world_file: &world_file,
            number,
        };
        let mut number = 1;
        let mut now = START;
        let mut written = Vec::new();
        loop {
            now = now + Span::millis(random.random_range(1..length / 3));
            let left = life(Wire::At(now), number).live();
            let at = format!("life {number} of a run, until {now}");
            assert_eq!(left.records[..written.len()], written[..], "{at}: lost");
            never_twice(&left.ledger, &at);
            intent_first(&left.ledger, &left.records, &at);
            if left.ending.is_some() {
                finished(&left, &IncidentId::from("DRILL-0001"), &at);
                break;
            }
            let last = left.records.last().map(|record| record.at);
            now = now.max(last.unwrap_or(now));
            written = left.records;
            killed += 1;
            number += 1;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "how a person speaks to a test")]
fn kills() -> usize {
    let told = std::env::var("WARROOM_TEST_KILLS").ok();
    told.and_then(|kills| kills.parse().ok()).unwrap_or(40)
}
