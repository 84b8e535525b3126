//! The contract of every driver, held against the drill world's: what was done is seen,
//! what was seen is not done again, what was lost is found by looking.

use serde_json::json;
use warroom::{
    drill::{Fault, Happening, Scenario},
    model::{DatabaseRole, Observation, Reconciled, Span, Trouble, Verb, Work},
};

use super::{
    Stage,
    estate::{DR_ADDRESS, EAST, WEST},
};

/// Every verb that works on a healthy estate without another before it.
fn cases(stage: &Stage) -> Vec<Work> {
    let none = json!({});
    [
        (("main", EAST), Verb::Fence, none.clone()),
        (("main", WEST), Verb::Promote, none.clone()),
        (("main", WEST), Verb::Switchover, none.clone()),
        (("main", EAST), Verb::Snapshot, json!({"name": "before"})),
        (("nodes", WEST), Verb::Scale, json!({"count": 9})),
        (("nodes", EAST), Verb::Scale, json!({"count": 2})),
        (("orders", WEST), Verb::Stop, none.clone()),
        (("orders", WEST), Verb::Restart, none.clone()),
        (("orders", WEST), Verb::Deploy, json!({"version": "orders:42"})),
        (("orders", WEST), Verb::Repoint, json!({"to": DR_ADDRESS})),
        (("site", WEST), Verb::Shift, json!({"percent": 10})),
        (("site", WEST), Verb::Hold, none.clone()),
        (("data", WEST), Verb::RestoreVersion, json!({"key": "a", "version": "1"})),
        (("data", WEST), Verb::Sync, none.clone()),
        (("data", WEST), Verb::Switch, none),
    ]
    .into_iter()
    .map(|(subject, verb, args)| stage.work(subject, verb, &args))
    .collect()
}

fn count() -> usize {
    15
}

/// Runs `check` on a fresh world for every case.
async fn each<F: Future<Output = ()>>(
    scenario: impl Fn(Verb) -> Scenario,
    check: impl Fn(Stage, Work) -> F,
) {
    for at in 0..count() {
        let verb = cases(&Stage::quiet(0))[at].verb;
        let stage = Stage::new(&scenario(verb), 7);
        let work = cases(&stage).swap_remove(at);
        check(stage, work).await;
    }
}

fn quiet(_: Verb) -> Scenario {
    Scenario::quiet()
}

#[tokio::test(start_paused = true)]
async fn what_is_done_is_seen_and_not_done_again() {
    each(quiet, |stage, work| async move {
        let what = format!("{} {}", work.verb, work.resource.id);
        let driver = stage.world.driver();
        let before = driver.preview(&work).await.unwrap();
        assert!(!before.already && before.objections.is_empty(), "{what}: {before:?}");
        assert_eq!(before.calls.len(), 1, "{what}");
        assert!(stage.ledger().is_empty(), "{what}: a preview had an effect");

        let evidence = stage.execute(&work).await.unwrap();
        assert!(evidence.before.is_some(), "{what}: nothing to put back");
        stage.reach(&work).await;
        stage.clock.sleep(Span::mins(30)).await;
        let found = stage.reconcile(&work).await;
        assert!(matches!(found, Reconciled::Done(_)), "{what}: {found:?}");

        let again = stage.execute(&work).await.unwrap();
        assert!(again.summary.as_str().starts_with("already"), "{what}: {again:?}");
        assert!(driver.preview(&work).await.unwrap().already, "{what}");
        assert_eq!(stage.ledger().len(), 1, "{what} was done twice");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_found_by_looking() {
    let losing = |verb| Scenario {
        faults: vec![Fault {
            at: Span::ZERO,
            what: Happening::LoseReply { verb, nth: 1 },
        }],
        ..Scenario::quiet()
    };
    each(losing, |stage, work| async move {
        let what = format!("{} {}", work.verb, work.resource.id);
        let lost = stage.execute(&work).await;
        assert!(matches!(lost, Err(Trouble::Unknown(_))), "{what}: {lost:?}");
        let found = loop {
            match stage.reconcile(&work).await {
                found @ Reconciled::Done(_) => break found,
                Reconciled::NotDone(why) => panic!("{what} was done, not: {why}"),
                Reconciled::Underway(_) | Reconciled::CannotTell(_) => {
                    stage.clock.sleep(Span::secs(5)).await;
                }
            }
        };
        assert!(matches!(found, Reconciled::Done(_)));
        assert_eq!(stage.ledger().len(), 1, "{what}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_never_left_is_found_undone() {
    each(quiet, |stage, work| async move {
        stage.clock.sleep(Span::mins(5)).await;
        let work = Work { intended_at: work.intended_at + Span::millis(1), ..work };
        let found = stage.reconcile(&work).await;
        assert!(matches!(found, Reconciled::NotDone(_)), "{}: {found:?}", work.verb);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_undo_puts_the_recorded_value_back_once() {
    each(quiet, |stage, work| async move {
        if !work.verb.def().undo {
            return;
        }
        let what = format!("{} {}", work.verb, work.resource.id);
        let evidence = stage.execute(&work).await.unwrap();
        stage.reach(&work).await;
        let undo = Work { attempt: 2, undo_to: evidence.before, ..work };
        stage.execute(&undo).await.unwrap();
        stage.clock.sleep(Span::mins(30)).await;
        let found = stage.reconcile(&undo).await;
        assert!(matches!(found, Reconciled::Done(_)), "{what}: {found:?}");
        stage.execute(&undo).await.unwrap();
        let ledger = stage.ledger();
        assert_eq!(ledger.len(), 2, "{what}");
        assert_eq!(ledger[0].before, ledger[1].after, "{what}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn two_calls_at_once_are_one_effect_and_one_repeat() {
    let stage = Stage::quiet(3);
    let work = stage.work(("nodes", WEST), Verb::Scale, &json!({"count": 9}));
    let (one, two) = tokio::join!(stage.execute(&work), stage.execute(&work));
    assert!(one.is_ok() && two.is_ok());
    let repeats: Vec<bool> =
        stage.ledger().iter().map(|effect| effect.repeated).collect();
    assert_eq!(repeats, [false, true]);
}

#[tokio::test(start_paused = true)]
async fn an_accepted_promotion_does_not_show_at_once_and_is_never_called_undone() {
    let mut hidden = 0;
    for seed in 0..20 {
        let stage = Stage::quiet(seed);
        let work = stage.work(("main", WEST), Verb::Promote, &json!({}));
        stage.execute(&work).await.unwrap();
        let Observation::Database(view) = stage.look(&work).await else { panic!() };
        assert!(matches!(view.role, DatabaseRole::Replica { .. }), "{seed}: {view:?}");
        if view.available && view.status.as_str() == "available" {
            hidden += 1;
        }
        let second = stage.execute(&Work { attempt: 2, ..work.clone() }).await;
        match second {
            Err(Trouble::Refused(_)) => {}
            Ok(evidence) => assert!(evidence.summary.as_str().starts_with("already")),
            Err(other) => panic!("{seed}: {other:?}"),
        }
        let mut seen = Vec::new();
        loop {
            let found = stage.reconcile(&work).await;
            let verdict = match found {
                Reconciled::CannotTell(_) => "cannot tell",
                Reconciled::Underway(_) => "under way",
                Reconciled::Done(_) => "done",
                Reconciled::NotDone(why) => panic!("{seed}: {why}"),
            };
            seen.push(verdict);
            if verdict == "done" {
                break;
            }
            stage.clock.sleep(Span::secs(1)).await;
        }
        seen.dedup();
        assert!(seen.ends_with(&["under way", "done"]), "{seed}: {seen:?}");
        assert_eq!(stage.ledger().len(), 1);
    }
    assert!(hidden >= 15, "the race shows in {hidden} of 20 worlds only");
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_and_calls_give_the_same_bytes() {
    async fn played(seed: u64, turned: bool) -> String {
        let stage = Stage::region_loss(seed);
        let fence = stage.work(("main", EAST), Verb::Fence, &json!({}));
        let scale = stage.work(("nodes", WEST), Verb::Scale, &json!({"count": 9}));
        let shift = stage.work(("site", WEST), Verb::Shift, &json!({}));
        // Which call is polled first must change nothing but the order of ties.
        let answers = if turned {
            let (c, b, a) = tokio::join!(
                stage.execute(&shift),
                stage.execute(&scale),
                stage.execute(&fence)
            );
            (a, b, c)
        } else {
            tokio::join!(
                stage.execute(&fence),
                stage.execute(&scale),
                stage.execute(&shift)
            )
        };
        stage.reach(&scale).await;
        stage.reach(&shift).await;
        let ledger = serde_json::to_string(&stage.ledger()).unwrap();
        format!("{ledger} {answers:?} {}", stage.clock.now())
    }
    for seed in 0..5 {
        assert_eq!(played(seed, false).await, played(seed, false).await);
        assert_eq!(played(seed, false).await, played(seed, true).await);
    }
    assert_ne!(played(1, false).await, played(2, false).await);
}
