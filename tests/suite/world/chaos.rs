//! Properties over any sequence of calls: nothing panics, shares stay whole, and two
//! writers come only from a promotion without a fence.

use proptest::prelude::*;
use serde_json::json;
use warroom::{
    driver::Subject,
    model::{DatabaseRole, Fence, Observation, Span, VERBS, Verb, Work},
};

use super::{
    Stage,
    estate::{APPS, DR_ADDRESS, EAST, WEST},
};

/// One call: verb, resource, side, a number for its arguments, seconds to wait after.
type Call = (usize, usize, bool, u32, i64);

const THINGS: [&str; 7] = ["main", "nodes", "site", "data", APPS[0], APPS[1], APPS[2]];

fn work(stage: &Stage, call: &Call) -> Work {
    let (verb, thing, east, number, _) = *call;
    let side = if east { EAST } else { WEST };
    let args = json!({
        "count": number % 12,
        "percent": number,
        "version": format!("v{number}"),
        "to": if number % 2 == 0 { DR_ADDRESS } else { "ecommerce-db" },
    });
    stage.work((THINGS[thing], side), VERBS[verb].verb, &args)
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let call = (0..VERBS.len(), 0..THINGS.len(), any::<bool>(), 0..120_u32, 0..1200_i64);
    prop::collection::vec(call, 1..40)
}

/// Role and fence of both sides; the world is quiet, so every look is answered.
async fn open_writers(stage: &Stage) -> Vec<&'static str> {
    let mut open = Vec::new();
    for side in [EAST, WEST] {
        let Observation::Database(view) = stage.see("main", side).await else { panic!() };
        if view.role == DatabaseRole::Writer && view.fence == Fence::Open {
            open.push(side);
        }
    }
    open
}

async fn shares(stage: &Stage) -> u32 {
    let Observation::Traffic(view) = stage.see("site", EAST).await else { panic!() };
    view.share.values().map(|share| u32::from(*share)).sum()
}

/// Whether `work` could make a second writer: a promotion, a restore or an opened gate.
fn opens(work: &Work) -> bool {
    matches!(work.verb, Verb::Promote | Verb::Restore | Verb::Unfence)
}

async fn play(seed: u64, calls: Vec<Call>) {
    let stage = Stage::quiet(seed);
    let mut risked = false;
    for (at, call) in calls.iter().enumerate() {
        let attempt = u32::try_from(at).unwrap() + 1;
        let work = Work { attempt, ..work(&stage, call) };
        let other = if work.side.as_str() == EAST { WEST } else { EAST };
        let other_open = open_writers(&stage).await.contains(&other);
        let preview = stage.world.driver().preview(&work).await.unwrap();
        let answer = stage.execute(&work).await;
        if opens(&work) && answer.is_ok() && !preview.already && other_open {
            risked = true;
        }
        // Whoever opens a gate while the other side is becoming a writer risks it too.
        if work.verb == Verb::Unfence && answer.is_ok() {
            risked = true;
        }
        stage.clock.sleep(Span::secs(call.4)).await;
        assert!(risked || open_writers(&stage).await.len() <= 1, "{work:?}");
        assert_eq!(shares(&stage).await, 100, "{work:?}");
        let again = stage.world.driver().observe(Subject::of(&work)).await;
        assert!(again.is_ok());
    }
    assert!(stage.ledger().iter().all(|effect| !effect.repeated));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_calls_leave_the_world_whole(seed in any::<u64>(), calls in calls()) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(play(seed, calls));
    }
}

#[tokio::test(start_paused = true)]
async fn a_promotion_without_a_fence_is_a_split_brain_and_looks_like_one() {
    let stage = Stage::quiet(1);
    let promote = stage.work(("main", WEST), Verb::Promote, &json!({}));
    stage.execute(&promote).await.unwrap();
    stage.reach(&promote).await;
    assert_eq!(open_writers(&stage).await, [EAST, WEST]);
}
