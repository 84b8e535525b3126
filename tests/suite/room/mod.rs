//! The room from outside, on paused time: every test opens real rooms on a journal in
//! memory and on the drill world, asks as a client would, and judges by snapshots, records
//! and the world's ledger. Nothing here waits for real.

use std::sync::Arc;

use warroom::{
    clock::Clock,
    drill::{Effect, Happening, Scenario, World},
    engine::{
        Check, Command, Confirmation, Event, Gate, Incident, NoteKind, Record, StepState,
        gate, gate::token,
    },
    journal::{Holder, Journal, memory::Memory},
    model::{Actor, IncidentId, Mode, Moment, PersonId, Procedure, Seat, Span},
    room::{
        self, AskError, Executor, JournalHealth, Request, Snapshot, Stance, reach::Reach,
    },
};

mod lease;
mod looking;
mod memory;
mod severity;
mod stance;
mod workers;

const START: Moment = Moment::from_millis(1_788_000_000_000);
/// The side being left, and the side gone to, of the plan all tests here play.
const FROM: &str = "eu-west-1";
const TO: &str = "eu-central-1";
/// Of the plan's people: one who may approve, and one who types.
const COMMANDER: &str = "byrne";
const OPERATOR: &str = "novak";

fn person(name: &str) -> Actor {
    Actor::Person { name: PersonId::from(name), from: "test".into() }
}

/// The shipped `MyComputer` failover, with its steps free of each other: each test starts
/// the one it is about.
fn loose() -> Procedure {
    let mut procedure = whole().as_ref().clone();
    for phase in &mut procedure.runbook.phases {
        for step in &mut phase.steps {
            step.needs.clear();
        }
    }
    procedure
}

fn whole() -> Arc<Procedure> {
    super::laws::shipped("mycomputer", "multi-region-failover")
}

/// A world, its clock and one store: what processes share.
struct Stage {
    procedure: Arc<Procedure>,
    clock: Clock,
    world: Arc<World>,
    store: Memory,
}

impl Stage {
    fn new(procedure: impl Into<Arc<Procedure>>, scenario: &Scenario) -> Self {
        let procedure = procedure.into();
        let clock = Clock::drill(START);
        let world = World::new(&procedure, scenario, 7, clock.clone());
        Self { procedure, clock, world, store: Memory::new(Mode::Drill) }
    }

    /// Nothing goes wrong unless the test lets it.
    fn quiet() -> Self {
        Self::new(loose(), &Scenario::quiet())
    }

    fn setup(&self, name: &str, stance: Stance) -> room::Setup {
        room::Setup {
            procedure: Arc::clone(&self.procedure),
            reach: Reach::drill(&self.world),
            journal: Box::new(self.store.reopen()),
            clock: self.clock.clone(),
            holder: holder(name),
            stance,
            resume: self.id(),
            gone: |_| false,
        }
    }

    /// One more process on the store: it goes on with the incident there is.
    fn sit(&self, name: &str, stance: Stance) -> Desk {
        let room = room::open(self.setup(name, stance)).unwrap();
        Desk { room, clock: self.clock.clone() }
    }

    /// The first process, with something declared.
    async fn declared(&self, name: &str) -> Desk {
        let desk = self.sit(name, Stance::Executor);
        desk.declare(self.clock.now()).await.unwrap();
        let seat = Command::TakeSeat { seat: Seat::Commander, person: COMMANDER.into() };
        desk.say(COMMANDER, seat).await.unwrap();
        desk
    }

    fn id(&self) -> Option<IncidentId> {
        self.store.heads().unwrap().last().map(|head| head.id.clone())
    }

    fn records(&self) -> Vec<Record> {
        self.id().map(|id| self.store.read(&id, 0).unwrap()).unwrap_or_default()
    }

    fn ledger(&self) -> Vec<Effect> {
        self.world.ledger()
    }

    fn inject(&self, what: &Happening) {
        self.world.inject(what);
    }

    fn events(&self, what: impl Fn(&Event) -> bool) -> usize {
        self.records().iter().filter(|record| what(&record.event)).count()
    }
}

fn holder(name: &str) -> Holder {
    Holder { name: name.into(), token: name.to_owned() }
}

/// One process at the table.
struct Desk {
    room: room::Open,
    clock: Clock,
}

impl Desk {
    fn snapshot(&self) -> Arc<Snapshot> {
        self.room.handle.snapshot()
    }

    fn incident(&self) -> Arc<Incident> {
        Arc::clone(self.snapshot().incident.as_ref().unwrap())
    }

    fn state(&self, step: &str) -> StepState {
        self.incident().steps[&step.into()].state.clone()
    }

    async fn declare(&self, impact_at: Moment) -> Result<(), AskError> {
        let declare = Request::Declare { impact_at, reason: "it is down".into() };
        self.room.handle.ask(person(OPERATOR), declare).await
    }

    async fn say(&self, who: &str, command: Command) -> Result<(), AskError> {
        self.room.handle.ask(person(who), Request::Command(command)).await
    }

    async fn note(&self, text: &str) -> Result<(), AskError> {
        let pressed_at = self.clock.now();
        let text = text.into();
        self.say(OPERATOR, Command::Note { kind: NoteKind::Note, text, pressed_at }).await
    }

    async fn hold(&self) -> Result<(), AskError> {
        self.say(COMMANDER, Command::Hold { reason: "wait".into() }).await
    }

    async fn take_over(&self) -> Result<(), AskError> {
        self.room.handle.ask(person(OPERATOR), Request::TakeOver).await
    }

    fn gate(&self, step: &str) -> Gate {
        let snapshot = self.snapshot();
        gate(&self.incident(), &step.into(), &snapshot.evidence, self.clock.now())
            .unwrap()
    }

    /// The check of `step` whose name holds `words`.
    fn check(&self, step: &str, words: &str) -> Check {
        let checks = self.gate(step).checks;
        checks.into_iter().find(|check| check.name.as_str().contains(words)).unwrap()
    }

    /// Confirms `step` as the dialog would, with the words it asks for.
    async fn start(&self, step: &str) -> Result<(), AskError> {
        let incident = self.incident();
        let (found, _) = incident.step(&step.into()).unwrap();
        let typed = token(&incident, found).unwrap_or_default();
        let confirmation =
            Confirmation::of(&incident, &self.gate(step), &typed, self.clock.now());
        self.say(OPERATOR, Command::Execute { step: step.into(), confirmation }).await
    }

    /// Lets time go on until `done`, for at most an hour of it.
    async fn until(&self, what: &str, done: impl Fn(&Snapshot) -> bool) {
        let mut snapshots = self.room.handle.watch();
        let wait = snapshots.wait_for(|snapshot| done(snapshot));
        let wait = async { wait.await.is_ok() };
        let reached = self.clock.timeout(Span::mins(60), wait).await;
        assert_eq!(reached, Ok(true), "{what}: not within an hour");
    }

    async fn until_state(&self, step: &str, done: impl Fn(&StepState) -> bool) {
        let of = |snapshot: &Snapshot| {
            snapshot
                .incident
                .as_ref()
                .is_some_and(|incident| done(&incident.steps[&step.into()].state))
        };
        self.until(step, of).await;
    }
}

fn done(state: &StepState) -> bool {
    matches!(state, StepState::Done { .. })
}

fn in_doubt(state: &StepState) -> bool {
    matches!(state, StepState::InDoubt { .. })
}

fn elsewhere(snapshot: &Snapshot) -> Option<String> {
    match &snapshot.executor {
        Executor::Elsewhere { holder, .. } => Some(holder.to_string()),
        Executor::Here | Executor::Left | Executor::Nobody => None,
    }
}

fn failing_since(snapshot: &Snapshot) -> Option<Moment> {
    match &snapshot.journal {
        JournalHealth::Ok => None,
        JournalHealth::Failing { since, .. } => Some(*since),
    }
}

/// No effect was repeated, and none came twice.
fn once_each(ledger: &[Effect]) {
    for effect in ledger {
        assert!(!effect.repeated, "{effect:?}");
        let same = ledger.iter().filter(|other| other.deed == effect.deed);
        assert_eq!(same.count(), 1, "{effect:?}");
    }
}
