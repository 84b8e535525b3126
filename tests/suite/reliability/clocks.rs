//! R13: whatever becomes of the wall clock, and of the machine's sleep, elapsed times are
//! true to a second, every record tells both clocks, and a step of the wall is an event.
//!
//! Here on a machine made up; `walls` does the same to the real program.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering::SeqCst},
};

use tokio::time::Instant;
use warroom::{
    clock::{Clock, Dials},
    driver::{
        Parts,
        aws::{Clients, Options},
    },
    engine::{Command as Ask, Confirmation, Event, Record, gate, gate::token},
    journal::{Journal, LEASE_TTL, memory::Memory},
    model::{Actor, Mode, Moment, Span, Text},
    report::outcome::outcome,
    room::{self, Executor, Request, Snapshot, Stance, reach::Reach},
};

use super::bench::{Fine, Hands, holder, procedure};

const START: Moment = Moment::from_millis(1_788_000_000_000);
const HOUR: Span = Span::secs(3600);

/// A machine whose hands a test turns. Its time goes on with the runtime's.
#[derive(Clone, Debug)]
struct Turned {
    origin: Instant,
    name: &'static str,
    /// Milliseconds it was asleep: the runtime's timers know nothing of them.
    asleep: Arc<AtomicI64>,
    /// How far somebody has set the wall clock, in milliseconds.
    set: Arc<AtomicI64>,
}

impl Turned {
    fn new() -> Self {
        let (asleep, set) = (Arc::default(), Arc::default());
        Self { origin: Instant::now(), name: "one", asleep, set }
    }

    /// Another machine, or this one after it was started again: the same world's time, its
    /// own counter, and a wall clock that is off by so much.
    fn other(&self, off: Span) -> Self {
        let (asleep, set) = (Arc::new(AtomicI64::new(-777_000)), Arc::default());
        let other = Self { origin: self.origin, name: "other", asleep, set };
        other.set.store(off.as_millis() - other.asleep.load(SeqCst), SeqCst);
        other
    }

    fn sleep(&self, span: Span) {
        self.asleep.fetch_add(span.as_millis(), SeqCst);
    }

    fn step(&self, by: Span) {
        self.set.fetch_add(by.as_millis(), SeqCst);
    }

    fn clock(&self) -> Clock {
        Clock::of(Arc::new(self.clone()))
    }

    /// What a good watch would say has passed.
    fn truth(&self) -> Span {
        Span::from(self.origin.elapsed()) + Span::millis(self.asleep.load(SeqCst))
    }
}

impl Dials for Turned {
    fn wall(&self) -> Moment {
        START + self.truth() + Span::millis(self.set.load(SeqCst))
    }

    fn boot(&self) -> Span {
        Span::secs(1000) + self.truth()
    }

    fn machine(&self) -> Text {
        self.name.into()
    }
}

/// One process, on `store`, by the clock of `machine`.
struct Desk {
    room: room::Open,
    clock: Clock,
}

impl Desk {
    fn sit(name: &str, store: &Memory, machine: &Turned) -> Self {
        let clock = machine.clock();
        let parts =
            Parts { clock: clock.clone(), aws: Clients::live(Options::default()) };
        let resume = store.heads().unwrap().last().map(|head| head.id.clone());
        let setup = room::Setup {
            procedure: procedure(),
            reach: Reach::live(&parts, Arc::new(Hands::default()), Arc::new(Fine)),
            journal: Box::new(store.reopen()),
            clock: clock.clone(),
            holder: holder(name),
            stance: Stance::Successor,
            resume,
            gone: |_| false,
        };
        Self { room: room::open(setup).unwrap(), clock }
    }

    async fn ask(&self, request: Request) {
        let actor = Actor::Person { name: "ada".into(), from: "tty1".into() };
        self.room.handle.ask(actor, request).await.unwrap();
    }

    async fn declare(&self) {
        let impact_at = self.clock.now();
        self.ask(Request::Declare { impact_at, reason: "it is down".into() }).await;
    }

    /// Runs the one step there is, and waits until the service counts as recovered.
    async fn finish(&self) {
        let snapshot = self.room.handle.snapshot();
        let incident = snapshot.incident.as_ref().unwrap();
        let (step, _) = incident.step(&"one".into()).unwrap();
        let now = self.clock.now();
        let gate = gate(incident, &step.id, &snapshot.evidence, now).unwrap();
        let typed = token(incident, step).unwrap();
        let confirmation = Confirmation::of(incident, &gate, &typed, now);
        self.ask(Request::Command(Ask::Execute { step: "one".into(), confirmation }))
            .await;
        let verified = |snapshot: &Arc<Snapshot>| {
            snapshot.incident.as_ref().is_some_and(|i| i.clocks.verified.is_some())
        };
        self.room.handle.watch().wait_for(verified).await.unwrap();
    }

    fn rto(&self) -> Span {
        let snapshot = self.room.handle.snapshot();
        outcome(snapshot.incident.as_ref().unwrap(), &snapshot.timeline).rto.unwrap()
    }

    fn records(&self) -> Vec<Record> {
        self.room.handle.snapshot().timeline.to_vec()
    }
}

async fn wait(span: Span) {
    tokio::time::sleep(span.to_std()).await;
}

/// By how much the wall was set, as the records have it.
fn steps(records: &[Record]) -> Vec<Span> {
    let by = |record: &Record| match record.event {
        Event::ClockStepped { by } => Some(by),
        _ => None,
    };
    records.iter().filter_map(by).collect()
}

fn near(found: Span, wanted: Span) -> bool {
    (found - wanted).abs() <= Span::secs(1)
}

#[tokio::test(start_paused = true)]
async fn an_elapsed_time_is_true_whatever_the_clocks_do() {
    let (machine, store) = (Turned::new(), Memory::new(Mode::Live));
    let desk = Desk::sit("first", &store, &machine);
    let began = machine.truth();
    desk.declare().await;
    wait(Span::secs(10)).await;
    machine.step(HOUR);
    wait(Span::secs(10)).await;
    machine.step(-(HOUR + HOUR));
    wait(Span::secs(10)).await;
    machine.sleep(Span::mins(10));
    wait(Span::secs(10)).await;
    // A leap second, and whatever a daemon trims: no news.
    machine.step(Span::secs(-1));
    wait(Span::secs(10)).await;
    desk.finish().await;
    let passed = machine.truth() - began;
    assert!(passed > Span::mins(10), "{passed}");
    assert!(near(desk.rto(), passed), "{} for {passed}", desk.rto());
    let records = desk.records();
    let found = steps(&records);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(near(found[0], HOUR) && near(found[1], -(HOUR + HOUR)), "{found:?}");
    assert!(records.is_sorted_by_key(|record| record.at));
}

#[tokio::test(start_paused = true)]
async fn every_record_tells_both_clocks_and_whose_they_are() {
    let (machine, store) = (Turned::new(), Memory::new(Mode::Live));
    let desk = Desk::sit("first", &store, &machine);
    desk.declare().await;
    machine.step(HOUR);
    wait(Span::secs(5)).await;
    desk.finish().await;
    let records = desk.records();
    assert!(records.len() > 5);
    for record in &records {
        let stamp = record.stamp.as_ref().unwrap();
        assert_eq!(stamp.machine.as_str(), "one");
        // Steady time and the counter differ by the same amount in every record.
        assert_eq!(record.at - START, stamp.boot - Span::secs(1000));
        let set = stamp.wall - record.at;
        assert!(set == Span::ZERO || set == HOUR, "{set}");
    }
    assert_eq!(records.last().unwrap().stamp.as_ref().unwrap().wall, machine.wall());
}

/// A drill has the time it makes; it does not pretend to be of a day and a machine.
#[tokio::test(start_paused = true)]
async fn a_drills_clock_has_no_machine_and_follows_nobody() {
    let clock = Clock::drill(START);
    let (at, stamp) = clock.reading();
    assert_eq!((at, stamp), (START, None));
    let (_, other) = Turned::new().clock().reading();
    clock.follow(START + HOUR, &other.unwrap());
    assert_eq!((clock.now(), clock.wall_offset()), (START, Span::ZERO));
}

/// The wall is set, or not, while no process runs; the next one goes on as if there had
/// been none in between.
#[tokio::test(start_paused = true)]
async fn the_next_process_goes_on_by_the_same_clock() {
    for off in [Span::ZERO, HOUR, -HOUR] {
        let (machine, store) = (Turned::new(), Memory::new(Mode::Live));
        let first = Desk::sit("first", &store, &machine);
        let began = machine.truth();
        first.declare().await;
        wait(Span::secs(30)).await;
        first.room.close().await;
        machine.step(off);
        machine.sleep(Span::mins(3));
        wait(Span::secs(30)).await;
        let second = Desk::sit("second", &store, &machine);
        second.finish().await;
        let passed = machine.truth() - began;
        assert!(near(second.rto(), passed), "{off}: {} for {passed}", second.rto());
        // Found although nobody was there to see it.
        let found = steps(&second.records());
        let wanted: Vec<Span> = (off != Span::ZERO).then_some(off).into_iter().collect();
        assert_eq!(found, wanted);
    }
}

/// Started again, or copied to another machine, there are only the walls: then time goes
/// on by them, and never back.
#[tokio::test(start_paused = true)]
async fn on_another_machine_time_goes_on_by_the_wall_and_never_back() {
    for (off, error) in [
        (Span::ZERO, Span::ZERO),
        (Span::secs(40), Span::secs(40)),
        // Its wall is behind what was written: as if no time had passed.
        (-HOUR, Span::mins(-5)),
    ] {
        let (machine, store) = (Turned::new(), Memory::new(Mode::Live));
        let first = Desk::sit("first", &store, &machine);
        let began = machine.truth();
        first.declare().await;
        first.room.close().await;
        wait(Span::mins(5)).await;
        let second = Desk::sit("second", &store, &machine.other(off));
        second.finish().await;
        let passed = machine.truth() - began;
        let found = second.rto();
        assert!(near(found, passed + error), "{off}: {found} for {passed}");
        assert!(second.records().is_sorted_by_key(|record| record.at));
    }
}

/// Two processes that read their wall clocks an hour apart agree on how long a holder has
/// been silent: nobody is robbed, and nobody waits an hour for the dead.
#[tokio::test(start_paused = true)]
async fn a_lease_does_not_depend_on_what_the_wall_says() {
    for off in [HOUR, -HOUR] {
        let (machine, store) = (Turned::new(), Memory::new(Mode::Live));
        let first = Desk::sit("first", &store, &machine);
        first.declare().await;
        machine.step(off);
        let second = Desk::sit("second", &store, &machine);
        wait(Span::mins(5)).await;
        let seen = second.room.handle.snapshot();
        let Executor::Elsewhere { holder: by, silent } = &seen.executor else {
            panic!("{off}: it was robbed: {:?}", seen.executor);
        };
        assert_eq!(by.as_str(), "first");
        assert!((Span::ZERO..=Span::secs(4)).contains(silent), "{off}: {silent}");
        // The first dies without a word: its lease stands at its last beat.
        let id = store.heads().unwrap()[0].id.clone();
        let now = first.clock.now();
        first.room.close().await;
        store.reopen().acquire(&id, &holder("first"), now, true).unwrap();
        let here = |snapshot: &Arc<Snapshot>| snapshot.executor == Executor::Here;
        second.room.handle.watch().wait_for(here).await.unwrap();
        let took = second.clock.now() - now;
        assert!(took >= LEASE_TTL, "{off}: after {took}");
        assert!(took <= LEASE_TTL + Span::secs(2), "{off}: after {took}");
    }
}
