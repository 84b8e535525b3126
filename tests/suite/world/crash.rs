//! What a killed process, or a dropped call, leaves behind.

use std::fs;

use serde_json::json;
use warroom::{
    clock::Clock,
    drill::{Happening, World, WorldError},
    model::{Moment, Reconciled, Span, Verb},
};

use super::{
    Deaf, Stage,
    estate::{EAST, WEST},
};

/// The stage as another process would find it.
fn resumed(path: &std::path::Path, at: Moment) -> Stage {
    let clock = Clock::drill(at);
    let world = World::resume(path, clock.clone()).unwrap();
    Stage { world, clock }
}

#[tokio::test(start_paused = true)]
async fn effects_and_what_follows_from_them_survive_the_process() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("world.json");
    let stage = Stage::region_loss(9);
    stage.world.persist_to(&path).unwrap();
    let promote = stage.work(("main", WEST), Verb::Promote, &json!({}));
    stage.execute(&promote).await.unwrap();
    let ledger = stage.ledger();
    // Killed here: the first world is never asked again.
    let at = World::saved_at(&path).unwrap();
    assert!(at >= ledger[0].at && at <= stage.clock.now());
    let twin = resumed(&path, at);
    assert_eq!(twin.ledger(), ledger);
    assert_eq!(twin.world.started(), stage.world.started());
    twin.reach(&promote).await;
    stage.reach(&promote).await;
    assert!(matches!(twin.reconcile(&promote).await, Reconciled::Done(_)));
    assert_eq!(twin.ledger(), ledger);
    assert!(!twin.healthy("orders-east").await, "the fault is still there");
    assert_eq!(twin.world.unsaved(), None);
}

#[tokio::test(start_paused = true)]
async fn a_clock_behind_the_file_does_not_turn_time_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("world.json");
    let stage = Stage::quiet(9);
    stage.world.persist_to(&path).unwrap();
    let scale = stage.work(("nodes", WEST), Verb::Scale, &json!({"count": 9}));
    stage.execute(&scale).await.unwrap();
    stage.reach(&scale).await;
    let twin = resumed(&path, stage.world.started());
    assert!(matches!(twin.reconcile(&scale).await, Reconciled::Done(_)));
    let less = twin.work(("nodes", WEST), Verb::Scale, &json!({"count": 4}));
    twin.execute(&less).await.unwrap();
    assert!(twin.ledger().is_sorted_by_key(|effect| effect.at), "{:?}", twin.ledger());
}

#[tokio::test(start_paused = true)]
async fn an_injected_fault_is_saved_too() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("world.json");
    let stage = Stage::quiet(9);
    stage.world.persist_to(&path).unwrap();
    stage.world.inject(&Happening::RegionLost { site: EAST.into() });
    let twin = resumed(&path, World::saved_at(&path).unwrap());
    assert!(!twin.healthy("orders-east").await);
}

#[tokio::test(start_paused = true)]
async fn a_world_that_cannot_be_read_is_not_made_up() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("world.json");
    let missing = World::saved_at(&path);
    assert!(matches!(missing, Err(WorldError::File { .. })), "{missing:?}");
    fs::write(&path, "{\"format\": 99, \"state\": {}}").unwrap();
    let newer = World::saved_at(&path);
    assert!(matches!(newer, Err(WorldError::Format { found: 99, .. })), "{newer:?}");
    let stage = Stage::quiet(9);
    stage.world.persist_to(&path).unwrap();
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let torn = World::saved_at(&path);
    assert!(matches!(torn, Err(WorldError::Damaged { .. })), "{torn:?}");
}

#[tokio::test(start_paused = true)]
async fn a_world_that_cannot_be_saved_says_so_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let stage = Stage::quiet(9);
    stage.world.persist_to(&dir.path().join("world.json")).unwrap();
    dir.close().unwrap();
    let scale = stage.work(("nodes", WEST), Verb::Scale, &json!({"count": 9}));
    assert!(stage.execute(&scale).await.is_ok());
    assert!(stage.world.unsaved().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_call_dropped_at_any_moment_is_found_as_the_ledger_has_it() {
    let (mut done, mut undone) = (0, 0);
    for millis in (0..2000).step_by(25) {
        let stage = Stage::quiet(11);
        let work = stage.work(("main", WEST), Verb::Promote, &json!({}));
        let driver = stage.world.driver();
        let cut = stage.clock.timeout(Span::millis(millis), driver.execute(&work, &Deaf));
        let _dropped = cut.await;
        let effects = stage.ledger().len();
        assert!(effects <= 1);
        let found = loop {
            match stage.reconcile(&work).await {
                Reconciled::Done(_) => break 1,
                Reconciled::NotDone(_) => break 0,
                Reconciled::Underway(_) | Reconciled::CannotTell(_) => {
                    stage.clock.sleep(Span::secs(5)).await;
                }
            }
        };
        assert_eq!(found, effects, "dropped after {millis} ms");
        if found == 1 { done += 1 } else { undone += 1 }
    }
    assert!(done > 0 && undone > 0, "{done} done, {undone} undone: not a test");
}
