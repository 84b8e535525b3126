//! One executor: a second process watches and may speak, a stale one can do nothing, and
//! a dead one is succeeded, never before its lease has run out.

use warroom::{
    engine::{Block, Refusal},
    journal::LEASE_TTL,
    play::{Ending, Player},
};

use super::*;

#[tokio::test(start_paused = true)]
async fn a_second_process_watches_and_names_the_first() {
    let stage = Stage::quiet();
    let first = stage.declared("first").await;
    let second = stage.sit("second", Stance::Executor);
    // At once, not after some time.
    assert_eq!(elsewhere(&second.snapshot()).as_deref(), Some("first"));
    let refused = second.start("scale").await;
    assert_eq!(refused, Err(AskError::Elsewhere { holder: "first".into() }));
    stage.clock.sleep(Span::mins(2)).await;
    assert_eq!(elsewhere(&second.snapshot()).as_deref(), Some("first"));
    assert_eq!(first.snapshot().executor, Executor::Here);
    assert_eq!(stage.ledger(), []);
    assert_eq!(stage.events(|event| matches!(event, Event::LeaseTaken { .. })), 1);
}

#[tokio::test(start_paused = true)]
async fn a_watcher_may_speak_approve_and_stop() {
    let stage = Stage::quiet();
    let first = stage.declared("first").await;
    let second = stage.sit("second", Stance::Executor);
    second.note("seen from the other desk").await.unwrap();
    let ask = Command::AskApproval { step: "promote".into() };
    first.say(OPERATOR, ask.clone()).await.unwrap();
    stage.clock.sleep(Span::secs(1)).await;
    let refused = second.say(OPERATOR, ask).await;
    assert_eq!(refused, Err(AskError::Elsewhere { holder: "first".into() }));
    let yes = Command::Approve { step: "promote".into(), words: "yes".into() };
    second.say(COMMANDER, yes).await.unwrap();
    second.hold().await.unwrap();
    // Without the first having looked: its next append finds the newer records.
    assert!(first.incident().hold.is_none(), "nothing is tested: it has looked already");
    let refused = first.start("scale").await;
    assert_eq!(
        refused,
        Err(AskError::Refused(Refusal::Blocked(vec![Block::Held]))),
        "HOLD from the watcher did not stop the executor"
    );
    let incident = first.incident();
    assert!(incident.hold.is_some());
    assert!(incident.steps[&"promote".into()].approval.is_some());
    stage.clock.sleep(Span::mins(1)).await;
    assert_eq!(stage.ledger(), []);
    assert_eq!(first.incident().seq, second.incident().seq, "they do not see the same");
}

#[tokio::test(start_paused = true)]
async fn what_a_watcher_says_reaches_the_executor_by_itself() {
    let stage = Stage::quiet();
    let first = stage.declared("first").await;
    let second = stage.sit("second", Stance::Executor);
    second.hold().await.unwrap();
    let asked_at = stage.clock.now();
    let held = |snapshot: &Snapshot| {
        snapshot.incident.as_ref().is_some_and(|incident| incident.hold.is_some())
    };
    first.until("hold", held).await;
    assert!(stage.clock.now() - asked_at <= Span::secs(1));
}

/// Everybody else saw it run by nobody in particular, heard 0 s ago, for ever.
#[tokio::test(start_paused = true)]
async fn what_its_executor_left_is_run_by_nobody_until_somebody_takes_over() {
    let stage = Stage::quiet();
    let first = stage.declared("first").await;
    let second = stage.sit("second", Stance::Executor);
    second.until("seen", |snapshot| elsewhere(snapshot).is_some()).await;
    first.room.close().await;
    second.until("left", |snapshot| snapshot.executor == Executor::Left).await;
    assert!(second.start("scale").await.is_err());
    assert_eq!(stage.ledger(), []);
    second.take_over().await.unwrap();
    assert_eq!(second.snapshot().executor, Executor::Here);
}

#[tokio::test(start_paused = true)]
async fn a_stale_executor_writes_nothing_and_starts_nothing() {
    let stage = Stage::quiet();
    let first = stage.declared("first").await;
    let second = stage.sit("second", Stance::Executor);
    second.take_over().await.unwrap();
    assert_eq!(second.snapshot().executor, Executor::Here);
    let taken = stage.records().len();
    // It does not know yet.
    assert_eq!(first.snapshot().executor, Executor::Here);
    let refused = first.start("scale").await;
    assert_eq!(refused, Err(AskError::Elsewhere { holder: "second".into() }));
    assert_eq!(elsewhere(&first.snapshot()).as_deref(), Some("second"));
    stage.clock.sleep(Span::mins(5)).await;
    let since = stage.records().split_off(taken);
    assert!(since.iter().all(|record| record.epoch == 2), "the stale one wrote");
    assert_eq!(stage.events(|event| matches!(event, Event::Intended { .. })), 0);
    assert_eq!(stage.ledger(), []);
    assert_eq!(elsewhere(&first.snapshot()).as_deref(), Some("second"));
}

#[tokio::test(start_paused = true)]
async fn a_stale_executor_notices_by_itself() {
    let stage = Stage::quiet();
    let first = stage.declared("first").await;
    let second = stage.sit("second", Stance::Executor);
    second.take_over().await.unwrap();
    let lost = |snapshot: &Snapshot| elsewhere(snapshot).is_some();
    let taken_at = stage.clock.now();
    first.until("lost", lost).await;
    assert!(stage.clock.now() - taken_at <= Span::secs(4));
}

/// The call of the one is under way when the other takes over: its answer is not heard,
/// the new one looks, and it happened once.
#[tokio::test(start_paused = true)]
async fn a_call_under_way_at_a_takeover_is_looked_up_and_not_repeated() {
    let stage = Stage::quiet();
    let first = stage.declared("first").await;
    let second = stage.sit("second", Stance::Executor);
    first.start("scale").await.unwrap();
    second.take_over().await.unwrap();
    assert!(in_doubt(&second.state("scale")), "{:?}", second.state("scale"));
    second.until_state("scale", |state| !in_doubt(state)).await;
    if !matches!(second.state("scale"), StepState::Failed { .. }) {
        second.until_state("scale", done).await;
    }
    stage.clock.sleep(Span::mins(5)).await;
    once_each(&stage.ledger());
    // All the first ever wrote of it is the intent.
    let epochs: Vec<u64> = stage
        .records()
        .iter()
        .filter(|record| {
            matches!(&record.event,
                Event::Acted { step, .. } | Event::Verified { step, .. }
                    if step.as_str() == "scale")
        })
        .map(|record| record.epoch)
        .collect();
    assert!(epochs.iter().all(|epoch| *epoch == 2), "{epochs:?}");
}

/// Two processes take the lease from each other all the way through a run.
#[tokio::test(start_paused = true)]
async fn a_run_survives_two_processes_that_take_over_from_each_other() {
    let scenario = Scenario::builtin("region-loss", &FROM.into(), &TO.into()).unwrap();
    let stage = Stage::new(whole(), &scenario);
    let desks = [stage.sit("first", Stance::Executor), {
        // Opened on an empty journal as well: it has to be told of the incident.
        stage.sit("spare", Stance::Executor)
    }];
    desks[0].declare(stage.world.started()).await.unwrap();
    let second = stage.sit("second", Stance::Executor);
    let colleagues =
        warroom::play::Colleagues::join(&desks[0].room.handle, &stage.clock, 7);
    let mut turns = 0;
    let ending = loop {
        let desk = if turns % 2 == 0 { &desks[0] } else { &second };
        desk.take_over().await.unwrap();
        turns += 1;
        let player = Player {
            handle: desk.room.handle.clone(),
            clock: stage.clock.clone(),
            world: Arc::clone(&stage.world),
            operator: person(OPERATOR),
        };
        if let Ok(played) = stage.clock.timeout(Span::secs(23), player.play()).await {
            break played.unwrap();
        }
    };
    colleagues.leave().await;
    assert_eq!(ending, Ending::Verified);
    assert!(turns > 10, "only {turns} turns");
    once_each(&stage.ledger());
}

#[tokio::test(start_paused = true)]
async fn a_successor_waits_until_the_lease_has_run_out() {
    let stage = Stage::quiet();
    let first = stage.declared("first").await;
    first.room.close().await;
    let id = stage.id().unwrap();
    let died_at = stage.clock.now();
    stage.store.reopen().acquire(&id, &holder("dead"), died_at, false).unwrap();
    let executor = stage.sit("executor", Stance::Executor);
    let successor = stage.sit("successor", Stance::Successor);
    assert_eq!(elsewhere(&successor.snapshot()).as_deref(), Some("dead"));
    successor.until("taken", |snapshot| snapshot.executor == Executor::Here).await;
    let waited = stage.clock.now() - died_at;
    assert!(LEASE_TTL <= waited && waited <= LEASE_TTL + Span::secs(1), "{waited}");
    // Only who said so beforehand succeeds by itself.
    stage.clock.sleep(Span::mins(2)).await;
    assert_eq!(elsewhere(&executor.snapshot()).as_deref(), Some("successor"));
}

#[tokio::test(start_paused = true)]
async fn a_holder_that_is_certainly_gone_is_not_waited_for() {
    let stage = Stage::quiet();
    let first = stage.declared("first").await;
    first.room.close().await;
    let id = stage.id().unwrap();
    let now = stage.clock.now();
    stage.store.reopen().acquire(&id, &holder("dead"), now, false).unwrap();
    let setup = room::Setup {
        gone: |holder| holder.token == "dead",
        ..stage.setup("next", Stance::Executor)
    };
    let room = room::open(setup).unwrap();
    assert_eq!(room.handle.snapshot().executor, Executor::Here);
}

/// Time must not stand still in a room where something always happens: its lease would
/// run out, and a successor would take the incident from a living executor.
#[tokio::test(start_paused = true)]
async fn a_busy_room_keeps_its_lease() {
    let stage = Stage::quiet();
    let first = stage.declared("first").await;
    let successor = stage.sit("successor", Stance::Successor);
    let until = stage.clock.now() + Span::mins(2);
    while stage.clock.now() < until {
        first.note("again").await.unwrap();
        stage.clock.sleep(Span::millis(100)).await;
    }
    assert_eq!(elsewhere(&successor.snapshot()).as_deref(), Some("first"));
    assert_eq!(first.snapshot().executor, Executor::Here);
}
