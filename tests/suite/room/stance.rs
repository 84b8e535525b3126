//! What a process may be there for: looking only, speaking only, and never a real journal
//! with a simulated world.

use super::*;

/// One of every request there is.
fn requests(now: Moment) -> Vec<Request> {
    let note = Command::Note { kind: NoteKind::Note, text: "?".into(), pressed_at: now };
    let seat = Command::TakeSeat { seat: Seat::Scribe, person: OPERATOR.into() };
    vec![
        Request::Declare { impact_at: now, reason: "down".into() },
        Request::Command(note),
        Request::Command(seat),
        Request::Command(Command::Hold { reason: "wait".into() }),
        Request::Command(Command::Resume),
        Request::Command(Command::Abort { reason: "no".into() }),
        Request::Command(Command::Decide { words: "go".into() }),
        Request::Command(Command::AskApproval { step: "promote".into() }),
        Request::Command(Command::Skip { step: "tell".into(), reason: "no".into() }),
        Request::Command(Command::Close {
            summary: "done".into(),
            typed: "CLOSE".into(),
        }),
        Request::Command(Command::Pulse),
        Request::TakeOver,
        Request::LookNow,
    ]
}

#[tokio::test(start_paused = true)]
async fn read_only_refuses_every_request_and_takes_no_lease() {
    let stage = Stage::quiet();
    let empty = stage.sit("early", Stance::ReadOnly);
    assert_eq!(empty.declare(START).await, Err(AskError::ReadOnly));
    let first = stage.declared("first").await;
    first.room.close().await;
    let before = stage.records();
    let reader = stage.sit("reader", Stance::ReadOnly);
    for request in requests(stage.clock.now()) {
        let name = format!("{request:?}");
        let answer = reader.room.handle.ask(person(COMMANDER), request).await;
        assert_eq!(answer, Err(AskError::ReadOnly), "{name}");
    }
    assert_eq!(reader.start("scale").await, Err(AskError::ReadOnly));
    // It looks, and a preview changes nothing.
    reader.room.handle.preview("scale".into()).await.unwrap();
    stage.clock.sleep(Span::mins(5)).await;
    assert!(!reader.snapshot().evidence.estate.is_empty());
    assert_eq!(stage.records(), before);
    assert_eq!(stage.store.lease(&stage.id().unwrap()).unwrap(), None);
    assert_eq!(stage.ledger(), []);
    reader.room.close().await;
    assert_eq!(stage.records(), before);
}

#[tokio::test(start_paused = true)]
async fn a_guest_speaks_and_never_takes_the_lease() {
    let stage = Stage::quiet();
    let early = stage.sit("early", Stance::Guest);
    assert_eq!(early.declare(START).await, Err(AskError::Guest));
    let first = stage.declared("first").await;
    first.room.close().await;
    let guest = stage.sit("guest", Stance::Guest);
    guest.note("seen").await.unwrap();
    guest.hold().await.unwrap();
    guest.say(COMMANDER, Command::Resume).await.unwrap();
    assert!(matches!(guest.start("scale").await, Err(AskError::Elsewhere { .. })));
    assert_eq!(guest.take_over().await, Err(AskError::Guest));
    stage.clock.sleep(Span::mins(5)).await;
    assert_eq!(stage.store.lease(&stage.id().unwrap()).unwrap(), None);
    assert_eq!(stage.events(|event| matches!(event, Event::LeaseTaken { .. })), 1);
    assert_eq!(stage.ledger(), []);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_of_an_incident_that_is_not_there() {
    let stage = Stage::quiet();
    let desk = stage.sit("first", Stance::Executor);
    assert_eq!(desk.note("hello").await, Err(AskError::NotDeclared));
    assert_eq!(desk.take_over().await, Err(AskError::NotDeclared));
    assert_eq!(desk.snapshot().executor, Executor::Nobody);
    desk.declare(START).await.unwrap();
    let id = stage.id().unwrap();
    assert_eq!(desk.declare(START).await, Err(AskError::AlreadyDeclared(id)));
    let handle = desk.room.handle.clone();
    desk.room.close().await;
    let late = handle.ask(person(OPERATOR), Request::LookNow).await;
    assert_eq!(late, Err(AskError::Closed));
}

#[tokio::test(start_paused = true)]
async fn a_drill_does_not_open_on_a_live_journal() {
    let stage = Stage::quiet();
    let setup = room::Setup {
        journal: Box::new(Memory::new(Mode::Live)),
        ..stage.setup("first", Stance::Executor)
    };
    let refused = room::open(setup);
    assert!(
        matches!(
            refused,
            Err(room::OpenError::MixedWorlds { journal: Mode::Live, world: Mode::Drill })
        ),
        "{refused:?}"
    );
}
