//! What faults look like from outside.

use serde_json::json;
use warroom::{
    drill::Happening,
    driver::{Errands, Subject},
    model::{
        Action, DatabaseView, Fence, HttpSpec, Lag, Observation, Reconciled, Span,
        TrafficView, Trouble, Verb,
    },
};

use super::{
    Deaf, Stage, builtin,
    estate::{self, DR_ADDRESS, EAST, WEST},
};

async fn database(stage: &Stage, side: &str) -> DatabaseView {
    for _ in 0..10 {
        let work = stage.work(("main", side), Verb::Fence, &json!({}));
        let seen = stage.world.driver().observe(Subject::of(&work)).await;
        if let Ok(Observation::Database(view)) = seen {
            return view;
        }
    }
    panic!("the control plane of {side} never answered")
}

async fn traffic(stage: &Stage) -> TrafficView {
    match stage.see("site", WEST).await {
        Observation::Traffic(view) => view,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn before_the_loss_all_is_well() {
    let stage = Stage::quiet(1);
    for probe in ["orders", "orders-east", "customers-west", "products"] {
        assert!(stage.healthy(probe).await, "{probe}");
    }
    let replica = database(&stage, WEST).await;
    assert!(matches!(replica.lag, Lag::Ok { .. }) && replica.available);
    assert_eq!(traffic(&stage).await.in_sync, None);
}

#[tokio::test(start_paused = true)]
async fn a_lost_region_is_seen_by_every_eye() {
    for seed in 0..10 {
        let stage = Stage::region_loss(seed);
        for probe in ["orders", "orders-east", "products"] {
            let before = stage.clock.now();
            assert!(!stage.healthy(probe).await, "{probe}");
            assert_eq!(stage.clock.now() - before, Span::secs(5), "it waits in vain");
        }
        // The standby answers, and its database is read-only there.
        assert!(!stage.healthy("orders-west").await);
        let writer = database(&stage, EAST).await;
        assert!(!writer.available);
        assert_eq!(writer.fence, Fence::Unproven);
        let Lag::NotReplicating { last: Some((lag, at)), .. } =
            database(&stage, WEST).await.lag
        else {
            panic!("still replicating")
        };
        assert!(at <= estate::start() && lag >= Span::secs(38), "{lag} at {at}");
        stage.clock.sleep(Span::secs(90)).await;
        assert!(!traffic(&stage).await.healthy[&EAST.into()]);
        assert!(traffic(&stage).await.healthy[&WEST.into()]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_writer_can_be_fenced_with_proof() {
    let stage = Stage::region_loss(4);
    let mut fence = stage.work(("main", EAST), Verb::Fence, &json!({}));
    while stage.execute(&fence).await.is_err() {
        fence.attempt += 1;
    }
    assert!(stage.reach(&fence).await.contains("0 connections"));
    // It comes back fenced: no second writer.
    stage.world.inject(&Happening::RegionBack { site: EAST.into() });
    let writer = database(&stage, EAST).await;
    assert!(matches!(writer.fence, Fence::Closed { .. }) && writer.available);
    assert_eq!(writer.connections, Some(0));
}

#[tokio::test(start_paused = true)]
async fn a_lag_grows_while_the_source_lives() {
    let stage = Stage::quiet(2);
    let lag = || async {
        match database(&stage, WEST).await.lag {
            Lag::Ok { lag, .. } => lag,
            other => panic!("{other:?}"),
        }
    };
    let calm = lag().await;
    let by = Span::mins(10);
    stage.world.inject(&Happening::LagSpike { by, over: Span::mins(2) });
    stage.clock.sleep(Span::mins(3)).await;
    assert!(lag().await > calm + Span::mins(9));
    stage.clock.sleep(Span::mins(10)).await;
    assert!(lag().await < Span::mins(1));
}

#[tokio::test(start_paused = true)]
async fn a_fenced_source_lets_its_replica_catch_up() {
    let stage = Stage::quiet(2);
    stage.world.inject(&Happening::LagSpike { by: Span::mins(1), over: Span::mins(60) });
    stage.clock.sleep(Span::mins(60)).await;
    let fence = stage.work(("main", EAST), Verb::Fence, &json!({}));
    stage.execute(&fence).await.unwrap();
    stage.reach(&fence).await;
    stage.clock.sleep(Span::mins(5)).await;
    let Lag::Ok { lag, .. } = database(&stage, WEST).await.lag else { panic!() };
    assert_eq!(lag, Span::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_fenced_writer_serves_nobody() {
    let stage = Stage::quiet(2);
    let fence = stage.work(("main", EAST), Verb::Fence, &json!({}));
    stage.execute(&fence).await.unwrap();
    assert!(stage.healthy("orders-east").await, "the gate is still closing");
    stage.reach(&fence).await;
    assert!(!stage.healthy("orders-east").await);
    let unfence = stage.work(("main", EAST), Verb::Unfence, &json!({}));
    stage.execute(&unfence).await.unwrap();
    stage.reach(&unfence).await;
    assert!(stage.healthy("orders-east").await);
}

#[tokio::test(start_paused = true)]
async fn a_silent_control_plane_ends_by_the_callers_limit() {
    let stage = Stage::quiet(1);
    stage.world.inject(&Happening::Unreachable { site: WEST.into() });
    let work = stage.work(("nodes", WEST), Verb::Scale, &json!({"count": 9}));
    let before = stage.clock.now();
    let seen = stage.world.driver().observe(Subject::of(&work)).await;
    assert!(seen.is_err());
    assert_eq!(stage.clock.now() - before, Span::secs(15));
    assert!(matches!(stage.execute(&work).await, Err(Trouble::NotSent(_))));
    assert!(matches!(stage.reconcile(&work).await, Reconciled::CannotTell(_)));
    // What already runs there goes on running.
    assert!(stage.healthy("orders-west").await);
    stage.world.inject(&Happening::Reachable { site: WEST.into() });
    assert!(stage.execute(&work).await.is_ok());
    assert_eq!(stage.ledger().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_change_that_hangs_half_way_is_unknown_and_has_no_effect() {
    let stage = Stage::quiet(1);
    let work = stage.work(("nodes", WEST), Verb::Scale, &json!({"count": 9}));
    let said = Cut { stage: &stage };
    let answer = stage.world.driver().execute(&work, &said).await;
    assert!(matches!(answer, Err(Trouble::Unknown(_))), "{answer:?}");
    assert!(stage.ledger().is_empty());
}

/// Cuts the line when the driver says that it is about to send.
struct Cut<'a> {
    stage: &'a Stage,
}

impl warroom::driver::Progress for Cut<'_> {
    fn say(&self, line: warroom::model::Text) {
        if line.as_str().starts_with("drill ") {
            self.stage.world.inject(&Happening::Unreachable { site: WEST.into() });
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttled_service_turns_most_calls_away_and_none_half() {
    let stage = Stage::quiet(1);
    let lasting = Span::mins(10);
    stage.world.inject(&Happening::Throttle { site: WEST.into(), lasting });
    let mut turned_away = 0;
    for count in 10..40 {
        let args = json!({ "count": count });
        let work = stage.work(("nodes", WEST), Verb::Scale, &args);
        let before = stage.ledger().len();
        match stage.execute(&work).await {
            Ok(_) => assert_eq!(stage.ledger().len(), before + 1),
            Err(Trouble::NotSent(_)) => {
                turned_away += 1;
                assert_eq!(stage.ledger().len(), before);
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!((15..30).contains(&turned_away), "{turned_away} of 30");
}

#[tokio::test(start_paused = true)]
async fn a_promotion_is_refused_once_while_backing_up() {
    let stage = Stage::quiet(1);
    stage.world.inject(&Happening::PromoteFailsOnce);
    let work = stage.work(("main", WEST), Verb::Promote, &json!({}));
    let objections = stage.world.driver().preview(&work).await.unwrap().objections;
    assert!(objections[0].as_str().contains("backing-up"));
    assert!(matches!(stage.execute(&work).await, Err(Trouble::Refused(_))));
    assert!(stage.ledger().is_empty());
    assert!(stage.execute(&work).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn users_follow_the_records_later_than_the_name_servers() {
    let stage = Stage::quiet(5);
    let shift = stage.work(("site", WEST), Verb::Shift, &json!({}));
    stage.execute(&shift).await.unwrap();
    assert_eq!(traffic(&stage).await.in_sync, Some(false));
    stage.world.inject(&Happening::RegionLost { site: EAST.into() });
    stage.reach(&shift).await;
    assert!(!stage.healthy("orders").await, "some users are still sent to the dead side");
    // The standby is still pointed at the dead database.
    stage.clock.sleep(Span::mins(60)).await;
    assert!(!stage.healthy("orders").await);
    for (subject, verb, args) in [
        (("main", WEST), Verb::Promote, json!({})),
        (("orders", WEST), Verb::Repoint, json!({"to": DR_ADDRESS})),
    ] {
        let work = stage.work(subject, verb, &args);
        stage.execute(&work).await.unwrap();
        assert!(!stage.healthy("orders").await, "{verb} is not over yet");
        stage.reach(&work).await;
    }
    assert!(stage.healthy("orders").await);
    assert!(!stage.healthy("customers").await, "nobody repointed it");
}

#[tokio::test(start_paused = true)]
async fn errands_are_remembered_and_their_answers_can_be_lost() {
    let stage = Stage::quiet(1);
    stage.world.inject(&Happening::LoseErrand { nth: 2 });
    let page = || Action::Command(estate::command(&["./page.sh", "all"]));
    let order = estate::order(page(), Span::mins(10));
    let run = || stage.world.carry(&order, &Deaf);
    assert!(run().await.is_ok());
    assert!(matches!(run().await, Err(Trouble::Unknown(_))));
    let short = estate::order(page(), Span::millis(1));
    let short = stage.world.carry(&short, &Deaf).await;
    assert!(matches!(short, Err(Trouble::Unknown(_))));
    let repeats: Vec<bool> =
        stage.ledger().iter().map(|effect| effect.repeated).collect();
    assert_eq!(repeats, [false, true, true]);
}

#[tokio::test(start_paused = true)]
async fn a_request_to_a_sick_service_is_refused() {
    let procedure = estate::procedure();
    let warroom::model::ProbeKind::Http(spec) = &procedure.probes[0].look else {
        panic!()
    };
    let quiet = Stage::quiet(1);
    let ask = |spec: &HttpSpec| estate::order(Action::Http(spec.clone()), Span::secs(5));
    assert!(quiet.world.carry(&ask(spec), &Deaf).await.is_ok());
    assert!(quiet.ledger().is_empty(), "reading is no effect");
    let lost = Stage::new(&builtin("region-loss"), 1);
    let answer = lost.world.carry(&ask(spec), &Deaf).await;
    assert!(matches!(answer, Err(Trouble::Refused(_))), "{answer:?}");
    let post = HttpSpec { method: "POST".to_owned(), ..spec.clone() };
    let _answer = lost.world.carry(&ask(&post), &Deaf).await;
    assert_eq!(lost.ledger().len(), 1);
}
