//! R7: a holder that was stopped for longer than its lease sends nothing when it wakes,
//! wherever it was stopped. A process is stopped here in the middle of an append, while
//! another one takes over and does the work.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use rand::{Rng, SeedableRng};
use rusqlite::Connection;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use tokio::runtime::Runtime;
use warroom::{
    clock::{Clock, Dials},
    driver::{
        Parts,
        aws::{Clients, Options},
    },
    engine::{Command, Confirmation, Entry, Event, Ruling, StepState, gate, gate::token},
    journal::{Journal, JournalError, LEASE_TTL, memory::Memory},
    model::{Actor, Mode, Moment, Procedure, Span, Text},
    room::{self, AskError, Executor, Request, Snapshot, Stance, reach::Reach},
};

use super::{
    bench::{Fine, Hands, holder, procedure},
    home::{Gate, Home, PATIENCE, until},
};
use crate::support::journal::{Watch, Watched};

const CYCLES: usize = 1_000;

/// A clock that moves only when the test says so, the same for every process.
#[derive(Clone, Debug, Default)]
struct Hand(Arc<AtomicI64>);

impl Dials for Hand {
    fn wall(&self) -> Moment {
        Moment::from_millis(1_788_000_000_000) + self.boot()
    }

    fn boot(&self) -> Span {
        Span::millis(self.0.load(SeqCst))
    }

    fn machine(&self) -> Text {
        "one".into()
    }
}

/// One process: it runs only while [`Process::runs`] does.
struct Process {
    runtime: Runtime,
    room: room::Open,
    clock: Clock,
    hands: Arc<Hands>,
}

impl Process {
    fn open(
        name: &str,
        journal: Box<dyn Journal>,
        hand: &Hand,
        plan: &Arc<Procedure>,
    ) -> Self {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (clock, hands) = (Clock::of(Arc::new(hand.clone())), Arc::<Hands>::default());
        let parts =
            Parts { clock: clock.clone(), aws: Clients::live(Options::default()) };
        let setup = room::Setup {
            procedure: Arc::clone(plan),
            reach: Reach::live(&parts, Arc::clone(&hands) as _, Arc::new(Fine)),
            clock: clock.clone(),
            holder: holder(name),
            stance: Stance::Executor,
            resume: journal.heads().unwrap().last().map(|head| head.id.clone()),
            journal,
            gone: |_| false,
        };
        let entered = runtime.enter();
        let room = room::open(setup).unwrap();
        drop(entered);
        Self { runtime, room, clock, hands }
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        self.room.handle.snapshot()
    }

    fn request(request: Request) -> (Actor, Request) {
        (Actor::Person { name: "ada".into(), from: "tty1".into() }, request)
    }

    /// Runs until the answer is there, and not a step further.
    fn ask(&self, request: Request) -> Result<(), AskError> {
        let (actor, request) = Self::request(request);
        self.runtime.block_on(self.room.handle.ask(actor, request))
    }

    /// Starts the step, as the dialog would.
    fn execute(&self) -> Request {
        let snapshot = self.snapshot();
        let incident = snapshot.incident.as_ref().unwrap();
        let (step, _) = incident.step(&"one".into()).unwrap();
        let now = self.clock.now();
        let gate = gate(incident, &step.id, &snapshot.evidence, now).unwrap();
        let typed = token(incident, step).unwrap();
        let confirmation = Confirmation::of(incident, &gate, &typed, now);
        Request::Command(Command::Execute { step: "one".into(), confirmation })
    }

    fn state(&self) -> StepState {
        let snapshot = self.snapshot();
        snapshot.incident.as_ref().unwrap().steps[&"one".into()].state.clone()
    }

    /// Runs everything there is to run, until it is so.
    fn runs(&self, what: &str, seen: impl Fn(&Snapshot) -> bool) {
        let wait = async {
            let mut snapshots = self.room.handle.watch();
            while !seen(&snapshots.borrow_and_update()) {
                snapshots.changed().await.unwrap();
            }
        };
        let come =
            self.runtime.block_on(async { tokio::time::timeout(PATIENCE, wait).await });
        assert!(come.is_ok(), "never came: {what}: {:?}", self.snapshot().executor);
    }

    /// Gives every task that can run its turn.
    fn settles(&self) {
        self.runtime.block_on(async {
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
        });
    }
}

/// Where the first process is stopped.
#[derive(Clone, Copy, Debug)]
enum Stopped {
    /// With a confirmed step, and its intent not yet on disk.
    BeforeTheIntent,
    /// With the intent on disk, and the call not yet made.
    BeforeTheCall,
}

/// What happens meanwhile.
type Meanwhile = Box<dyn FnOnce() + Send>;

/// Stops the process once, when it writes an intent.
struct Stopping {
    at: Stopped,
    meanwhile: Option<Meanwhile>,
}

impl Stopping {
    /// On a thread of its own: another process has its own runtime.
    fn stop(&mut self, entries: &[Entry]) {
        let intent = |entry: &Entry| matches!(entry.event, Event::Intended { .. });
        if entries.iter().any(intent)
            && let Some(meanwhile) = self.meanwhile.take()
        {
            std::thread::spawn(meanwhile).join().unwrap();
        }
    }
}

impl Watch for Stopping {
    fn before(&mut self, _: u64, entries: &[Entry]) -> Result<(), JournalError> {
        if matches!(self.at, Stopped::BeforeTheIntent) {
            self.stop(entries);
        }
        Ok(())
    }

    fn after(&mut self, _: u64, entries: &[Entry]) -> Result<(), JournalError> {
        if matches!(self.at, Stopped::BeforeTheCall) {
            self.stop(entries);
        }
        Ok(())
    }
}

fn elsewhere(snapshot: &Snapshot) -> bool {
    matches!(snapshot.executor, Executor::Elsewhere { .. })
}

/// Takes over from somebody silent, and runs the step, however it was left.
fn succeed(second: &Process) {
    second.ask(Request::TakeOver).unwrap();
    if matches!(second.state(), StepState::InDoubt { .. }) {
        let (step, ruling) = ("one".into(), Ruling::NotDone);
        let reason = "I have looked: it was not run".into();
        second.ask(Request::Command(Command::Rule { step, ruling, reason })).unwrap();
    }
    second.ask(second.execute()).unwrap();
    let done = |snapshot: &Snapshot| {
        let step = &snapshot.incident.as_ref().unwrap().steps[&"one".into()];
        matches!(step.state, StepState::Done { .. })
    };
    second.runs("done by the second", done);
}

fn cycle(stopped: Stopped, silent: Span, plan: &Arc<Procedure>) {
    let (store, hand) = (Memory::new(Mode::Live), Hand::default());
    let ran = Arc::new(AtomicUsize::new(0));
    let meanwhile: Meanwhile = {
        let (store, hand, plan) = (store.reopen(), hand.clone(), Arc::clone(plan));
        let ran = Arc::clone(&ran);
        Box::new(move || {
            hand.0.fetch_add(silent.as_millis(), SeqCst);
            let second = Process::open("second", Box::new(store), &hand, &plan);
            succeed(&second);
            ran.store(second.hands.ran(), SeqCst);
        })
    };
    let watch = Stopping { at: stopped, meanwhile: Some(meanwhile) };
    let stopping = Watched { store: store.reopen(), watch };
    let first = Process::open("first", Box::new(stopping), &hand, plan);
    let impact_at = first.clock.now();
    let declare = Request::Declare { impact_at, reason: "it is down".into() };
    first.ask(declare).unwrap();
    let answer = first.ask(first.execute());
    match stopped {
        Stopped::BeforeTheIntent => {
            assert_eq!(answer, Err(AskError::Elsewhere { holder: "second".into() }));
        }
        Stopped::BeforeTheCall => assert_eq!(answer, Ok(())),
    }
    // It is awake again, with all it had left to do.
    first.settles();
    hand.0.fetch_add(4_000, SeqCst);
    first.runs("told", elsewhere);
    first.settles();
    let ran = (first.hands.ran(), ran.load(SeqCst));
    assert_eq!(ran, (0, 1), "calls of the stale and of the new: {stopped:?} {silent}");
    let id = store.heads().unwrap()[0].id.clone();
    let records = store.read(&id, 0).unwrap();
    assert!(records.is_sorted_by_key(|record| record.epoch), "the stale one wrote");
    let acted = records.iter().filter(|r| matches!(r.event, Event::Acted { .. }));
    assert_eq!(acted.count(), 1);
}

#[test]
fn a_holder_stopped_longer_than_its_lease_sends_nothing() {
    let plan = procedure();
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(7);
    for number in 0..CYCLES {
        let stopped = [Stopped::BeforeTheIntent, Stopped::BeforeTheCall][number % 2];
        let more = Span::millis(random.random_range(0..120_000));
        cycle(stopped, LEASE_TTL + more, &plan);
    }
}

/// It learns by itself, without anybody asking.
#[test]
fn it_says_who_runs_it_now() {
    let (store, hand) = (Memory::new(Mode::Live), Hand::default());
    let plan = procedure();
    let first = Process::open("first", Box::new(store.reopen()), &hand, &plan);
    let impact_at = first.clock.now();
    first.ask(Request::Declare { impact_at, reason: "it is down".into() }).unwrap();
    hand.0.fetch_add(LEASE_TTL.as_millis(), SeqCst);
    let second = Process::open("second", Box::new(store), &hand, &plan);
    second.ask(Request::TakeOver).unwrap();
    hand.0.fetch_add(4_000, SeqCst);
    first.runs("told", elsewhere);
}

/// Stops a child where it is not writing: one stopped in the middle of a write keeps
/// everyone out of the journal, which says so: [`a_journal_held_by_a_stopped_one_says_so`].
fn stop_between_writes(child: Pid, home: &Home) {
    let journal = home.state().join("live/journal.sqlite");
    until("stopped between two writes", || {
        kill_process(child, Signal::STOP).unwrap();
        let (_, status) = waitpid(Some(child), WaitOptions::UNTRACED).unwrap().unwrap();
        assert!(status.stopped(), "{status:?}");
        let tried = Connection::open(&journal).unwrap();
        tried.busy_timeout(Duration::ZERO).unwrap();
        let free = tried.execute_batch("BEGIN IMMEDIATE; ROLLBACK").is_ok();
        if !free {
            kill_process(child, Signal::CONT).unwrap();
        }
        free
    });
}

/// The real program, stopped as a shell or a debugger stops it.
#[test]
fn a_stopped_console_that_goes_on_runs_nothing() {
    let script = "echo here > began; read go < gate; echo slow >> ledger";
    let home = Home::new(&[
        ("slow", format!("run = [\"sh\", \"-c\", \"{script}\"]")),
        ("next", "run = [\"sh\", \"-c\", \"echo next >> ledger\"]".to_owned()),
    ]);
    let (began, gate) = (Gate::new(&home, "began"), Gate::new(&home, "gate"));
    let mut first = home.start(home.run(&[]));
    let pid = Pid::from_child(&first);
    began.hear();
    stop_between_writes(pid, &home);
    gate.open();
    // It is there, and silent: it is waited for as long as its lease lives.
    let second = home.resume().output().unwrap();
    assert_eq!(second.status.code(), Some(0), "{second:?}");
    kill_process(pid, Signal::CONT).unwrap();
    // It finds the run finished by the other, or taken from it: either is true.
    first.wait().unwrap();
    assert_eq!(home.read("ledger"), "slow\nnext\n");
    assert_eq!((home.count("intended", "slow"), home.count("intended", "next")), (1, 1));
    let epochs: Vec<u64> =
        home.records().iter().map(|record| record["epoch"].as_u64().unwrap()).collect();
    assert!(epochs.is_sorted() && epochs.last() == Some(&2), "{epochs:?}");
}

/// Stopped in the middle of a write, it keeps the next one out, which says why and what to
/// do, and has done nothing.
#[test]
fn a_journal_held_by_a_stopped_one_says_so() {
    let deed = "run = [\"sh\", \"-c\", \"echo one >> ledger\"]".to_owned();
    let home = Home::new(&[("one", deed)]);
    let first = home.run(&[]).output().unwrap();
    assert_eq!(first.status.code(), Some(0), "{first:?}");
    let writer = Connection::open(home.state().join("live/journal.sqlite")).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let second = home.run(&[]).output().unwrap();
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(said.contains("state T in ps"), "{second:?}");
    assert_eq!(second.status.code(), Some(2), "{second:?}");
    assert_eq!(home.read("ledger"), "one\n");
}
