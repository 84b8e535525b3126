//! A journal that fails: nothing starts, the screen says so at once, looking goes on, and
//! what could not be written is written when there is space again.

use warroom::{
    model::{ResourceId, SiteId},
    play::{Ending, Player},
};

use super::*;

/// When the side gone to was last seen.
fn seen(desk: &Desk) -> Moment {
    let key = (ResourceId::from("app"), SiteId::from(TO));
    let snapshot = desk.snapshot();
    snapshot.evidence.estate[&key].last.as_ref().unwrap().1
}

#[tokio::test(start_paused = true)]
async fn an_append_that_fails_starts_nothing_and_is_shown_in_the_same_tick() {
    let stage = Stage::quiet();
    let desk = stage.declared("first").await;
    stage.clock.sleep(Span::secs(20)).await;
    let before = stage.records();
    stage.store.set_full(true);
    let asked_at = stage.clock.now();
    assert!(matches!(desk.start("scale").await, Err(AskError::Journal(_))));
    // Not a millisecond later.
    assert_eq!(stage.clock.now(), asked_at);
    let snapshot = desk.snapshot();
    assert_eq!((failing_since(&snapshot), snapshot.at), (Some(asked_at), asked_at));
    assert!(snapshot.alarms.iter().any(|alarm| alarm.key.as_str() == "journal"));
    assert_eq!(desk.state("scale"), StepState::Todo);
    let looked = seen(&desk);
    stage.clock.sleep(Span::mins(2)).await;
    assert!(seen(&desk) > looked, "looking stopped");
    assert_eq!(failing_since(&desk.snapshot()), Some(asked_at), "since when is kept");
    assert_eq!(stage.ledger(), []);
    assert_eq!(stage.records(), before);
    stage.store.set_full(false);
    desk.start("scale").await.unwrap();
    assert_eq!(failing_since(&desk.snapshot()), None);
    desk.until_state("scale", done).await;
    assert_eq!(stage.ledger().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_works_again_is_seen_without_anybody_asking() {
    let stage = Stage::quiet();
    let desk = stage.declared("first").await;
    // Every verdict is in by now: the room itself has nothing more to write.
    stage.clock.sleep(Span::mins(1)).await;
    let before = stage.records().len();
    stage.store.set_full(true);
    assert!(matches!(desk.note("lost").await, Err(AskError::Journal(_))));
    stage.clock.sleep(Span::mins(1)).await;
    assert!(failing_since(&desk.snapshot()).is_some());
    stage.store.set_full(false);
    desk.until("the journal works", |snapshot| failing_since(snapshot).is_none()).await;
    assert_eq!(stage.records().len(), before);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_declared_on_a_full_disk() {
    let stage = Stage::quiet();
    let desk = stage.sit("first", Stance::Executor);
    stage.store.set_full(true);
    let refused = desk.declare(START).await;
    assert!(matches!(refused, Err(AskError::Journal(_))), "{refused:?}");
    assert!(desk.snapshot().incident.is_none());
    assert!(failing_since(&desk.snapshot()).is_some());
    stage.store.set_full(false);
    desk.declare(START).await.unwrap();
    assert_eq!(failing_since(&desk.snapshot()), None);
    assert!(matches!(desk.snapshot().executor, Executor::Here));
}

#[tokio::test(start_paused = true)]
async fn a_report_waits_for_the_journal_and_is_written_once() {
    let stage = Stage::quiet();
    let desk = stage.declared("first").await;
    desk.start("scale").await.unwrap();
    stage.store.set_full(true);
    stage.clock.sleep(Span::mins(1)).await;
    // It happened, and the record of it cannot be written: still only an intent.
    assert_eq!(stage.ledger().len(), 1);
    assert_eq!(desk.state("scale"), StepState::Dispatched);
    assert!(failing_since(&desk.snapshot()).is_some());
    stage.store.set_full(false);
    stage.clock.sleep(Span::secs(1)).await;
    assert_eq!(failing_since(&desk.snapshot()), None);
    desk.until_state("scale", done).await;
    let acted = stage.events(
        |event| matches!(event, Event::Acted { step, .. } if step.as_str() == "scale"),
    );
    assert_eq!(acted, 1);
    once_each(&stage.ledger());
}

/// Whoever takes over on a full disk has not taken over: what the last one left open is
/// not yet in doubt, and nothing may start before it is.
#[tokio::test(start_paused = true)]
async fn a_takeover_that_cannot_be_written_is_none() {
    let stage = Stage::quiet();
    let first = stage.declared("first").await;
    first.room.close().await;
    stage.store.set_full(true);
    let second = stage.sit("second", Stance::Executor);
    assert!(elsewhere(&second.snapshot()).is_some(), "{:?}", second.snapshot().executor);
    stage.store.set_full(false);
    assert!(matches!(second.start("scale").await, Err(AskError::Elsewhere { .. })));
    second.take_over().await.unwrap();
    second.start("scale").await.unwrap();
    second.until_state("scale", done).await;
    assert_eq!(stage.events(|event| matches!(event, Event::LeaseTaken { .. })), 2);
}

#[tokio::test(start_paused = true)]
async fn a_successor_that_could_not_write_takes_over_when_it_can() {
    let stage = Stage::quiet();
    let first = stage.declared("first").await;
    first.room.close().await;
    stage.store.set_full(true);
    let second = stage.sit("second", Stance::Successor);
    stage.clock.sleep(Span::mins(1)).await;
    stage.store.set_full(false);
    second.until("taken over", |snapshot| snapshot.executor == Executor::Here).await;
    second.start("scale").await.unwrap();
    second.until_state("scale", done).await;
}

/// The disk fills up under a whole run, again and again, at another moment each time.
#[tokio::test(start_paused = true)]
async fn a_run_can_be_finished_after_the_disk_was_full() {
    let scenario = Scenario::builtin("region-loss", &FROM.into(), &TO.into()).unwrap();
    let stage = Stage::new(whole(), &scenario);
    let desk = stage.sit("first", Stance::Executor);
    desk.declare(stage.world.started()).await.unwrap();
    let colleagues = warroom::play::Colleagues::join(&desk.room.handle, &stage.clock, 7);
    let player = Player {
        handle: desk.room.handle.clone(),
        clock: stage.clock.clone(),
        world: Arc::clone(&stage.world),
        operator: person(OPERATOR),
    };
    let mut shown = 0;
    let trouble = async {
        loop {
            stage.clock.sleep(Span::secs(7)).await;
            stage.store.set_full(true);
            stage.clock.sleep(Span::secs(5)).await;
            shown += usize::from(failing_since(&desk.snapshot()).is_some());
            stage.store.set_full(false);
        }
    };
    let play = async {
        loop {
            match player.play().await {
                Ok(ending) => return ending,
                Err(AskError::Journal(_)) => {}
                Err(error) => panic!("{error}"),
            }
            stage.clock.sleep(Span::secs(1)).await;
        }
    };
    let ending = tokio::select! {
        ending = play => ending,
        () = trouble => unreachable!("the disk never ends"),
    };
    colleagues.leave().await;
    assert_eq!(ending, Ending::Verified);
    assert!(shown > 10, "the disk was full, and shown to be, {shown} times only");
    once_each(&stage.ledger());
    stage.store.verify(&stage.id().unwrap()).unwrap();
}
