//! P6 and P7: the journal beside a bare fdatasync in the same directory.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark measures with the machine's own clock"
)]

use std::{fs::File, io::Write, path::Path, sync::Arc, time::Instant};

use tokio::sync::mpsc;
use warroom::{
    clock::Clock,
    driver::{
        Answer, Errands, Parts, Progress, Recalled,
        aws::{Clients, Options},
    },
    engine::{
        Command, Confirmation, Entry, Event, Incident, NoteKind, gate, gate::token,
    },
    journal::{Journal, sqlite::Sqlite},
    model::{
        Action, Actor, CommandSpec, Evidenced, IncidentId, Listing, Mode, Order, Preview,
        Probe, ProbeAnswer, Procedure, Seen, Span, Step, StepId, Text, Trouble, Unknown,
        Vigil,
    },
    probe::Eyes,
    room::{self, Handle, Request, Stance, reach::Reach},
};

mod common;
use common::{
    START, head, holder, in_turns, median, millis, operator, quantile, row, shipped,
    timed,
};

const APPENDS: usize = 301;
const RECORDS: u64 = 10_000;
const RUNS: usize = 11;

fn note(number: u64) -> Entry {
    let event = Event::Noted {
        kind: NoteKind::Note,
        text: format!("record {number} of many, as long as people write").into(),
        pressed_at: START,
    };
    Entry { at: START, stamp: None, actor: operator(), event }
}

/// An incident with `records` records below `dir`.
fn written(dir: &Path, procedure: &Procedure, records: u64) -> (Sqlite, IncidentId) {
    let mut journal = Sqlite::open(dir, Mode::Drill).unwrap();
    let id = journal.open_incident().unwrap();
    let declared = Event::Declared {
        mode: Mode::Drill,
        procedure: Box::new(procedure.clone()),
        impact_at: START,
        reason: "bench".into(),
    };
    let first = Entry { at: START, stamp: None, actor: Actor::System, event: declared };
    let rest = (2..=records).map(note);
    let entries: Vec<Entry> = std::iter::once(first).chain(rest).collect();
    journal.append(&id, 0, None, &entries).unwrap();
    (journal, id)
}

/// A bare append of 512 bytes that is on the disk when it returns.
fn sync(file: &mut File) {
    file.write_all(&[b'x'; 512]).unwrap();
    file.sync_data().unwrap();
}

fn append(dir: &Path, procedure: &Procedure) {
    let (mut journal, id) = written(dir, procedure, 1);
    let mut bare = File::create(dir.join("bare")).unwrap();
    let mut seq = 1;
    let (measured, reference) = in_turns(
        APPENDS,
        || {
            journal.append(&id, seq, None, &[note(seq)]).unwrap();
            seq += 1;
        },
        || sync(&mut bare),
    );
    for (name, share) in [("append p50", 0.5), ("append p99", 0.99)] {
        let pair = (quantile(&measured, share), quantile(&reference, share));
        row(name, pair.0, Some(pair.1), "ms", "lab 1.34x");
    }
}

fn read(dir: &Path, procedure: &Procedure) {
    let (journal, id) = written(dir, procedure, RECORDS);
    drop(journal);
    let often = |act: &dyn Fn()| -> f64 {
        median(&(0..RUNS).map(|_| timed(act)).collect::<Vec<_>>())
    };
    let open = || Sqlite::open(dir, Mode::Drill).unwrap();
    row("open, 10^4 records", often(&|| drop(open())), None, "ms", "<= 5 ms");
    let journal = open();
    let records = journal.read(&id, 0).unwrap();
    let resume = || drop(Incident::fold(&id, &journal.read(&id, 0).unwrap()).unwrap());
    let goal = "<= 1000 ms (R1)";
    row("read, check and fold 10^4 records", often(&resume), None, "ms", goal);
    let fold = || drop(Incident::fold(&id, &records).unwrap());
    row("of that, fold", often(&fold), None, "ms", "-");
    let each = often(&|| drop(journal.verify(&id).unwrap())) / 10.0;
    row("verify, per record", each, None, "us", "<= 1 us");
}

/// Hands that say when they were called.
#[derive(Debug)]
struct Bell(mpsc::Sender<Instant>);

impl Errands for Bell {
    fn carry<'a>(
        &'a self,
        _: &'a Order,
        _: &'a dyn Progress,
    ) -> Answer<'a, Result<Evidenced, Trouble>> {
        let called = Instant::now();
        Box::pin(async move {
            self.0.send(called).await.unwrap();
            Ok(Evidenced::default())
        })
    }

    fn recall<'a>(&'a self, _: &'a Order) -> Answer<'a, Recalled> {
        Box::pin(async { Recalled::Lost("nobody kept word of it".into()) })
    }

    fn preview<'a>(&'a self, _: &'a Order) -> Answer<'a, Result<Preview, Unknown>> {
        Box::pin(async { Ok(Preview::default()) })
    }
}

impl Eyes for Bell {
    fn look<'a>(&'a self, _: &'a Probe) -> Answer<'a, Result<ProbeAnswer, Unknown>> {
        Box::pin(std::future::pending())
    }

    fn expect<'a>(&'a self, _: &'a Vigil, _: Span) -> Answer<'a, Result<Seen, Unknown>> {
        Box::pin(std::future::pending())
    }

    fn list<'a>(
        &'a self,
        _: &'a Listing,
        _: Span,
    ) -> Answer<'a, Result<Vec<Text>, Unknown>> {
        Box::pin(std::future::pending())
    }
}

/// A runbook of nothing but commands.
fn commands(procedure: &Procedure) -> Procedure {
    let mut procedure = procedure.clone();
    procedure.estate.clear();
    procedure.unset.clear();
    let phase = procedure.runbook.phases.first_mut().unwrap();
    let step = phase.steps.first().unwrap().clone();
    phase.steps = (0..APPENDS)
        .map(|number| Step {
            id: StepId::new(format!("command-{number}")),
            needs: Vec::new(),
            approval: None,
            action: Action::Command(CommandSpec {
                argv: vec!["none".to_owned()],
                env: std::collections::BTreeMap::new(),
                pass: Vec::new(),
                dir: None,
                shell: false,
                repeatable: true,
            }),
            ..step.clone()
        })
        .collect();
    procedure.runbook.phases.truncate(1);
    procedure
}

/// From the key that confirms to the call, through a whole room.
async fn confirm(dir: &Path, procedure: Procedure) {
    let clock = Clock::system();
    let (ring, mut rung) = mpsc::channel(1);
    let bell = Arc::new(Bell(ring));
    let parts = Parts { clock: clock.clone(), aws: Clients::live(Options::default()) };
    let room = room::open(room::Setup {
        reach: Reach::live(&parts, Arc::clone(&bell) as Arc<dyn Errands>, bell),
        procedure: Arc::new(procedure),
        journal: Box::new(Sqlite::open(dir, Mode::Live).unwrap()),
        clock: clock.clone(),
        holder: holder(),
        stance: Stance::Executor,
        resume: None,
        gone: |_| false,
    })
    .unwrap();
    let impact_at = clock.now();
    let declare = Request::Declare { impact_at, reason: "bench".into() };
    room.handle.ask(operator(), declare).await.unwrap();
    let mut bare = File::create(dir.join("bare")).unwrap();
    let (mut measured, mut reference) = (Vec::new(), Vec::new());
    for number in 0..APPENDS {
        let request = execute(&room.handle, &format!("command-{number}"), &clock);
        let pressed = Instant::now();
        room.handle.ask(operator(), request).await.unwrap();
        let called = rung.recv().await.unwrap();
        measured.push(millis(called.saturating_duration_since(pressed)));
        reference.push(timed(|| sync(&mut bare)));
    }
    room.close().await;
    let (ours, bare) = (median(&measured), median(&reference));
    let goal = format!("<= {:.3} ms = 1.5 x + 0.5 ms", 1.5 * bare + 0.5);
    row("confirm to call p50", ours, Some(bare), "ms", &goal);
    let p99 = (quantile(&measured, 0.99), quantile(&reference, 0.99));
    row("confirm to call p99", p99.0, Some(p99.1), "ms", "-");
}

fn execute(handle: &Handle, step: &str, clock: &Clock) -> Request {
    let snapshot = handle.snapshot();
    let incident = snapshot.incident.as_ref().unwrap();
    let (now, id) = (clock.now(), StepId::new(step));
    let (found, _) = incident.step(&id).unwrap();
    let gate = gate(incident, &id, &snapshot.evidence, now).unwrap();
    let typed = token(incident, found).unwrap_or_default();
    let confirmation = Confirmation::of(incident, &gate, &typed, now);
    Request::Command(Command::Execute { step: id, confirmation })
}

fn main() {
    if !common::asked() {
        return;
    }
    let procedure = shipped("ecommerce", "region-failover");
    let place = || tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    head("journal (P6, P7; the reference is 512 B and an fdatasync)");
    append(place().path(), &procedure);
    read(place().path(), &procedure);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async { confirm(place().path(), commands(&procedure)).await });
}
