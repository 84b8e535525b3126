//! R23: state is the fold of the journal at every prefix of it, and journals of all releases
//! open. Those of each format lie in a directory of their own under
//! `tests/suite/journal/golden`. One that was released must never be written again: a change
//! that cannot read it is the fault. `v2` is of a format no release has written yet.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use warroom::{
    clock::Clock,
    drill::{Scenario, World},
    engine::{
        Confirmation, Entry, Event, Incident, NoteKind, Record, RpoSeal, Ruling, Speech,
        StepState, Watch, raise::Because,
    },
    journal::{Journal, memory::Memory, sqlite::Sqlite},
    model::{
        Actor, Condition, Evidenced, Failure, IncidentId, Mode, Moment, Procedure, Seat,
        Span, Stamp, Text,
    },
    play::{Colleagues, Ending, Player},
    room::{self, Request, Stance, reach::Reach},
};

use super::bench::{holder, procedure};
use crate::laws::shipped;

const START: Moment = Moment::from_millis(1_788_000_000_000);

/// Plays a whole drill on `journal` and returns every state that was shown.
async fn played(
    plan: Arc<Procedure>,
    scenario: &str,
    journal: Box<dyn Journal>,
) -> Vec<Incident> {
    let clock = Clock::drill(START);
    let (from, to) = (&plan.runbook.from, &plan.runbook.to);
    let scenario = Scenario::builtin(scenario, from, to).unwrap();
    let world = World::new(&plan, &scenario, 7, clock.clone());
    let room = room::open(room::Setup {
        procedure: plan,
        reach: Reach::drill(&world),
        journal,
        clock: clock.clone(),
        holder: holder("first"),
        stance: Stance::Executor,
        resume: None,
        gone: |_| false,
    })
    .unwrap();
    let caller = Actor::Scripted { name: "A.Roy".into() };
    let declare = Request::Declare { impact_at: world.started(), reason: "lost".into() };
    room.handle.ask(caller, declare).await.unwrap();
    let mut snapshots = room.handle.watch();
    let watching = async {
        let mut seen: BTreeMap<u64, Incident> = BTreeMap::new();
        loop {
            if let Some(incident) = &snapshots.borrow_and_update().incident {
                seen.insert(incident.seq, incident.as_ref().clone());
            }
            if snapshots.changed().await.is_err() {
                return seen.into_values().collect();
            }
        }
    };
    let playing = async {
        let colleagues = Colleagues::join(&room.handle, &clock, 7);
        let operator = Actor::Person { name: "P.Shah".into(), from: "test".into() };
        let handle = room.handle.clone();
        let player = Player { handle, clock: clock.clone(), world, operator };
        let ending = player.play().await.unwrap();
        colleagues.leave().await;
        room.close().await;
        ending
    };
    let (states, ending): (Vec<Incident>, Ending) = tokio::join!(watching, playing);
    assert_eq!(ending, Ending::Verified);
    states
}

#[tokio::test(start_paused = true)]
async fn what_is_shown_is_the_fold_of_what_is_written() {
    for (name, runbook, scenario) in [
        ("ecommerce", "region-failover", "lost-reply"),
        ("mycomputer", "multi-region-failover", "region-loss"),
        ("ecommerce", "region-failover", "slow-cloud"),
    ] {
        let store = Memory::new(Mode::Drill);
        let plan = shipped(name, runbook);
        let shown = played(plan, scenario, Box::new(store.reopen())).await;
        let id = IncidentId::from("DRILL-0001");
        let records = store.read(&id, 0).unwrap();
        for state in &shown {
            let upto = usize::try_from(state.seq).unwrap();
            let folded = Incident::fold(&id, &records[..upto]).unwrap();
            assert_eq!(*state, folded, "{name}: at record {upto}");
        }
        // Each of them but those written together with the next.
        assert!(shown.len() * 2 > records.len(), "{} of {}", shown.len(), records.len());
        // And at every prefix: one record after the other is all at once.
        let mut step = Incident::fold(&id, &records[..1]).unwrap();
        for upto in 2..=records.len() {
            step.apply(&records[upto - 1]).unwrap();
            assert_eq!(step, Incident::fold(&id, &records[..upto]).unwrap(), "{upto}");
        }
    }
}

/// The journals a format left behind.
fn golden(format: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/journal/golden").join(format)
}

/// What is known of one golden incident: `live INC-0001 27 <head> 3`.
fn summary(mode: Mode, id: &IncidentId, records: &[Record]) -> String {
    let incident = Incident::fold(id, records).unwrap();
    let done = |state: &StepState| matches!(state, StepState::Done { .. });
    let done = incident.steps().filter(|(_, record)| done(&record.state)).count();
    let head = &records.last().unwrap().hash;
    format!("{} {id} {} {head} {done}\n", mode.word().to_lowercase(), records.len())
}

/// All incidents below `state`, each verified, read and folded.
fn told(state: &Path) -> String {
    let mut text = String::new();
    for mode in [Mode::Live, Mode::Drill] {
        let journal = Sqlite::open(state, mode).unwrap();
        for head in journal.heads().unwrap() {
            journal.verify(&head.id).unwrap();
            text += &summary(mode, &head.id, &journal.read(&head.id, 0).unwrap());
        }
    }
    text
}

#[test]
fn the_journals_of_every_release_open() {
    for format in ["v1", "v2"] {
        opens(&golden(format));
    }
}

fn opens(golden: &Path) {
    let copy = tempfile::tempdir().unwrap();
    for tree in ["live", "drill"] {
        let (from, to) = (golden.join(tree), copy.path().join(tree));
        fs::create_dir(&to).unwrap();
        fs::set_permissions(&to, fs::Permissions::from_mode(0o700)).unwrap();
        let file = to.join("journal.sqlite");
        fs::copy(from.join("journal.sqlite"), &file).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let expected = fs::read_to_string(golden.join("expected.txt")).unwrap();
    assert!(expected.lines().count() >= 3, "{expected}");
    assert_eq!(told(copy.path()), expected);
    // And can be gone on with.
    let mut journal = Sqlite::open(copy.path(), Mode::Live).unwrap();
    let head = journal.heads().unwrap().remove(0);
    let lease = journal.acquire(&head.id, &holder("later"), START, true).unwrap();
    let note = entry(99, all_events().remove(2));
    journal.append(&head.id, head.records, Some(&lease), &[note]).unwrap();
    assert_eq!(journal.verify(&head.id).unwrap().records, head.records + 1);
}

fn entry(secs: i64, event: Event) -> Entry {
    let at = START + Span::secs(secs);
    let stamp =
        Stamp { wall: at, boot: Span::secs(5000 + secs), machine: "golden".into() };
    let actor = Actor::Person { name: "ada".into(), from: "tty1".into() };
    Entry { at, stamp: Some(stamp), actor, event }
}

/// One of each, in an order an incident could have them.
#[expect(clippy::too_many_lines, reason = "a list")]
fn all_events() -> Vec<Event> {
    let (step, attempt) = (|| "one".into(), 1);
    let text = |text: &str| Text::clean(text);
    let spoken = |speech| Event::Spoken { speech };
    let plan = || Box::new(procedure().as_ref().clone());
    let raised = |because| Event::Raised { step: step(), what: text("page"), because };
    let evidence = Evidenced {
        summary: text("exit 0"),
        before: Some(text("3")),
        raw: vec![text("a line")],
        ..Evidenced::default()
    };
    let confirmation = Confirmation {
        typed: text("there"),
        opened_at: START,
        plan_digest: "3f9c2e1d".to_owned(),
        checks: "pass".to_owned(),
    };
    let seal = RpoSeal {
        database: "db".into(),
        lost: Some(Span::secs(42)),
        sampled_at: Some(START),
    };
    let intended = |attempt, undo| Event::Intended {
        step: step(),
        attempt,
        undo,
        confirmation: confirmation.clone(),
        before: None,
        seal: Some(seal.clone()),
        solo: undo,
    };
    vec![
        Event::Declared {
            mode: Mode::Live,
            procedure: plan(),
            impact_at: START,
            reason: text("it is down"),
        },
        Event::LeaseTaken { holder: text("ada"), epoch: 1 },
        Event::Noted { kind: NoteKind::Todo, text: text("call"), pressed_at: START },
        Event::ImpactMoved { at: START - Span::mins(3), reason: text("alarms say so") },
        Event::SeatTaken { seat: Seat::Commander, person: "ben".into() },
        Event::Decided { words: text("we go") },
        Event::HealthChanged {
            service: "shop".into(),
            healthy: Some(false),
            value: text("503"),
        },
        spoken(Speech::PollOpened { proposal: text("leave it") }),
        spoken(Speech::PollAnswered { poll: 1, objection: Some(text("too soon")) }),
        spoken(Speech::PollClosed { poll: 1, outcome: text("one objection") }),
        spoken(Speech::TaskGiven { to: "ben".into(), text: text("ask"), due: START }),
        spoken(Speech::TaskDone { task: 1, words: text("asked") }),
        spoken(Speech::Corrected { entry: 3, text: text("called"), pressed_at: START }),
        spoken(Speech::TakenBack { entry: 3, step: None }),
        Event::Held { reason: text("wait") },
        Event::Resumed,
        Event::ClockStepped { by: Span::mins(60) },
        Event::ApprovalAsked { step: step() },
        Event::ApprovalGiven { step: step(), words: text("yes"), until: START },
        Event::SoloAsked { step: step(), reason: text("nobody else is here") },
        Event::Overridden {
            step: step(),
            check: text("lag"),
            reason: text("seen"),
            seen: Some(text("7:00 of 5:00, 4s ago")),
        },
        intended(1, false),
        Event::Doubted { step: step(), attempt, why: text("no answer") },
        Event::Ruled {
            step: step(),
            attempt,
            ruling: Ruling::NotDone,
            reason: text("I looked"),
        },
        intended(2, false),
        Event::Refused { step: step(), attempt: 2, reason: text("no") },
        intended(3, false),
        Event::Failed {
            step: step(),
            attempt: 3,
            failure: Failure::NotSent,
            reason: text("no route"),
        },
        Event::Skipped { step: step(), reason: text("not needed") },
        Event::PlanAdopted { procedure: plan(), reason: text("mended") },
        intended(4, true),
        intended(5, false),
        Event::Acted { step: step(), attempt: 5, evidence },
        Event::Verified { step: step(), attempt: 5, value: text("exit 0") },
        Event::ServiceRecovered { service: "shop".into() },
        Event::OutOfOrder { service: "shop".into(), ahead: vec!["db".into()] },
        Event::PassedOver {
            step: step(),
            condition: Condition::Probe { probe: "alive".into(), healthy: false },
            seen: text("200"),
        },
        Event::Watched { phase: "run".into(), watch: Watch::Began },
        Event::Watched { phase: "run".into(), watch: Watch::Counted },
        Event::Watched { phase: "run".into(), watch: Watch::Paused { why: text("?") } },
        Event::Watched { phase: "run".into(), watch: Watch::WentOn },
        Event::Watched { phase: "run".into(), watch: Watch::Broken { why: text("503") } },
        Event::Watched { phase: "run".into(), watch: Watch::Passed },
        Event::Watched { phase: "run".into(), watch: Watch::Ended { reason: text("x") } },
        raised(Because::Done),
        raised(Because::Failed),
        raised(Because::Over { took: Span::secs(9), limit: Span::secs(8) }),
        raised(Because::Severity { severity: "P1".into() }),
        raised(Because::Type { message: text("no answer") }),
        Event::SeveritySet { severity: "P1".into(), reason: text("all users") },
        Event::ValuesGiven {
            values: [("zone".into(), text("Z1"))].into(),
            made_up: false,
        },
        Event::OutputsRead {
            step: step(),
            attempt: 5,
            outputs: [("endpoint".to_owned(), text("db.example"))].into(),
        },
        spoken(Speech::Responded { words: text("ben, on the bridge") }),
        spoken(Speech::Contacted { contact: text("Counsel"), words: text("called") }),
        spoken(Speech::Escalated { stage: 1, words: text("called") }),
        Event::Aborted { reason: text("enough") },
        Event::Closed { summary: text("over") },
    ]
}

/// A kind of event that is in no golden journal would not be held to anything.
#[test]
fn the_golden_journal_has_every_kind_of_event() {
    let mut words: Vec<String> = all_events()
        .iter()
        .map(|event| serde_json::to_value(event).unwrap()["event"].to_string())
        .collect();
    words.sort_unstable();
    words.dedup();
    let source = include_str!("../../../src/engine/event.rs");
    let (_, rest) = source.split_once("pub enum Event {").unwrap();
    let (body, _) = rest.split_once("\n}\n").unwrap();
    let variant = |line: &&str| {
        line.strip_prefix("    ").is_some_and(|line| line.starts_with(char::is_uppercase))
    };
    let variants: Vec<&str> = body.lines().filter(variant).collect();
    assert_eq!(words.len(), variants.len(), "{words:?}\n{variants:?}");
}

#[tokio::test(start_paused = true)]
#[ignore = "writes the golden journals: only for a release with a new format, in its own directory"]
async fn write_golden() {
    let state = tempfile::tempdir().unwrap();
    let mut live = Sqlite::open(state.path(), Mode::Live).unwrap();
    let id = live.open_incident().unwrap();
    let lease = live.acquire(&id, &holder("first"), START, false).unwrap();
    let entries: Vec<Entry> = (0..).zip(all_events()).map(|(n, e)| entry(n, e)).collect();
    live.append(&id, 0, Some(&lease), &entries).unwrap();
    drop(live);
    for (name, runbook, scenario) in [
        ("ecommerce", "region-failover", "region-loss"),
        ("mycomputer", "multi-region-failover", "lost-reply"),
    ] {
        let journal = Sqlite::open(state.path(), Mode::Drill).unwrap();
        played(shipped(name, runbook), scenario, Box::new(journal)).await;
    }
    for tree in ["live", "drill"] {
        fs::create_dir_all(golden("v2").join(tree)).unwrap();
        let file = Path::new(tree).join("journal.sqlite");
        fs::copy(state.path().join(&file), golden("v2").join(&file)).unwrap();
    }
    fs::write(golden("v2").join("expected.txt"), told(state.path())).unwrap();
}
