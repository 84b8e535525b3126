//! A cloud that does not answer: nobody waits for it, what is not known is shown as not
//! known and blocks, and work goes on when it answers again.

use warroom::{
    engine::{Class, Refusal},
    model::{ResourceId, SiteId},
};

use super::*;

fn silent() -> Happening {
    Happening::Unreachable { site: TO.into() }
}

fn back() -> Happening {
    Happening::Reachable { site: TO.into() }
}

/// Whether the database on `side` may be acted on, and whether looking fails there now.
fn reading(desk: &Desk, side: &str) -> (bool, bool) {
    let snapshot = desk.snapshot();
    let key = (ResourceId::from("inventory"), SiteId::from(side));
    let reading = &snapshot.evidence.estate[&key];
    (reading.fresh(snapshot.at).is_some(), reading.lost.is_some())
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_look_that_hangs() {
    let stage = Stage::quiet();
    stage.inject(&silent());
    let desk = stage.declared("first").await;
    // Looks at the silent side are under way by now, and hang.
    stage.clock.sleep(Span::secs(5)).await;
    let handle = desk.room.handle.clone();
    let asked_at = stage.clock.now();
    let preview = async {
        let preview = handle.preview("scale".into()).await;
        (preview, stage.clock.now())
    };
    let speak = async {
        for number in 0..100 {
            desk.note(&format!("note {number}")).await.unwrap();
        }
        desk.hold().await.unwrap();
        desk.say(COMMANDER, Command::Resume).await.unwrap();
        stage.clock.now()
    };
    let ((preview, answered_at), spoke_at) = tokio::join!(preview, speak);
    assert_eq!(spoke_at, asked_at, "an ask waited");
    assert!(preview.is_err());
    assert!(answered_at > asked_at, "the preview did not hang: nothing was tested");
    // And the picture is as young as ever.
    assert!(stage.clock.now() - desk.snapshot().at <= Span::secs(1));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_seen_becomes_unknown_and_closes_the_gate() {
    let stage = Stage::quiet();
    let desk = stage.declared("first").await;
    stage.clock.sleep(Span::secs(30)).await;
    assert_eq!(
        (reading(&desk, FROM), reading(&desk, TO)),
        ((true, false), (true, false))
    );
    assert_eq!(desk.check("promote", "can be promoted").class, Class::Pass);
    // Nothing is wrong here: whoever commands says that it is left all the same.
    for step in ["fence", "promote"] {
        let accept = Command::Override {
            step: step.into(),
            check: "eu-west-1 looks healthy".into(),
            reason: "a rehearsal".into(),
        };
        desk.say(COMMANDER, accept).await.unwrap();
    }
    desk.start("fence").await.unwrap();
    desk.until_state("fence", done).await;
    let ask = Command::AskApproval { step: "promote".into() };
    desk.say(OPERATOR, ask).await.unwrap();

    stage.inject(&silent());
    stage.clock.sleep(Span::mins(3)).await;
    assert_eq!(reading(&desk, TO), (false, true));
    assert_eq!(reading(&desk, FROM), (true, false), "the other side is still seen");
    let check = desk.check("promote", "can be promoted");
    assert_eq!(check.class, Class::Unknown, "{check:?}");
    let alarms = desk.snapshot();
    let alarm = |alarm: &&room::Alarm| {
        alarm.key.as_str() == format!("reading inventory {TO}") && !alarm.expected
    };
    assert!(alarms.alarms.iter().find(alarm).is_some());
    let yes = Command::Approve { step: "promote".into(), words: "yes".into() };
    desk.say(COMMANDER, yes.clone()).await.unwrap();
    let refused = desk.start("promote").await;
    assert!(matches!(refused, Err(AskError::Refused(Refusal::Checks(_)))), "{refused:?}");

    stage.inject(&back());
    desk.until("seen again", |_| reading(&desk, TO) == (true, false)).await;
    assert_eq!(desk.check("promote", "can be promoted").class, Class::Pass);
    if !desk.gate("promote").blocks.is_empty() {
        // The yes has expired meanwhile, as it should.
        let ask = Command::AskApproval { step: "promote".into() };
        desk.say(OPERATOR, ask).await.unwrap();
        desk.say(COMMANDER, yes).await.unwrap();
    }
    desk.start("promote").await.unwrap();
    desk.until_state("promote", done).await;
    once_each(&stage.ledger());
}

/// Whoever is to declare must be told that there is something to declare.
#[tokio::test(start_paused = true)]
async fn what_is_down_is_told_before_anything_is_declared() {
    let stage = Stage::quiet();
    let desk = stage.sit("first", Stance::Executor);
    stage.clock.sleep(Span::mins(2)).await;
    let crit = |snapshot: &Snapshot| {
        let all = snapshot.alarms.iter();
        all.filter(|alarm| alarm.severity == room::Severity::Crit).count()
    };
    assert_eq!(crit(&desk.snapshot()), 0, "{:?}", desk.snapshot().alarms);
    stage.inject(&Happening::RegionLost { site: FROM.into() });
    desk.until("told", |snapshot| crit(snapshot) > 0).await;
    let told = desk.snapshot();
    let service = &stage.procedure.services[0];
    let of = format!("service {}", service.id);
    assert!(
        told.alarms.iter().any(|alarm| alarm.key.as_str() == of),
        "{:?}",
        told.alarms
    );
}

#[tokio::test(start_paused = true)]
async fn a_step_without_checks_fails_before_it_leaves_and_can_be_tried_again() {
    let stage = Stage::quiet();
    let desk = stage.declared("first").await;
    stage.inject(&silent());
    desk.start("scale").await.unwrap();
    desk.until_state("scale", |state| matches!(state, StepState::Failed { .. })).await;
    assert_eq!(stage.ledger(), []);
    stage.inject(&back());
    desk.start("scale").await.unwrap();
    desk.until_state("scale", done).await;
    assert_eq!(stage.ledger().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_hangs_is_doubted_and_then_looked_up() {
    let stage = Stage::quiet();
    let desk = stage.declared("first").await;
    desk.start("scale").await.unwrap();
    // It has looked, and is about to send.
    let sending = |snapshot: &Snapshot| {
        let line = snapshot.progress.get(&"scale".into());
        line.is_some_and(|line| line.as_str().starts_with("drill "))
    };
    desk.until("sending", sending).await;
    stage.inject(&silent());
    stage.clock.sleep(Span::mins(20)).await;
    // Whatever became of it, it is not claimed to be done while nobody can look.
    let now = desk.state("scale");
    assert!(!done(&now), "{now:?}");
    stage.inject(&back());
    desk.until_state("scale", |state| !state.is_in_flight()).await;
    if !done(&desk.state("scale")) {
        desk.start("scale").await.unwrap();
        desk.until_state("scale", done).await;
    }
    once_each(&stage.ledger());
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_doubted_and_then_found_done() {
    let stage = Stage::quiet();
    let desk = stage.declared("first").await;
    stage.inject(&Happening::LoseReply { verb: warroom::model::Verb::Scale, nth: 1 });
    desk.start("scale").await.unwrap();
    desk.until_state("scale", in_doubt).await;
    desk.until_state("scale", done).await;
    let doubted = stage.events(|event| matches!(event, Event::Doubted { .. }));
    assert_eq!((doubted, stage.ledger().len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn look_now_does_not_wait_for_the_next_turn() {
    let stage = Stage::quiet();
    let desk = stage.declared("first").await;
    stage.clock.sleep(Span::mins(1)).await;
    let looked = |snapshot: &Snapshot| {
        let last = snapshot.evidence.estate.values().filter_map(|reading| {
            let (_, at) = reading.last.as_ref()?;
            Some(*at)
        });
        last.min()
    };
    let rung_at = stage.clock.now();
    desk.room.handle.ask(person(OPERATOR), Request::LookNow).await.unwrap();
    desk.until("looked", |snapshot| looked(snapshot) > Some(rung_at)).await;
    // One round trip, not the ten seconds of the interval.
    assert!(stage.clock.now() - rung_at < Span::secs(3));
}

/// On threads, where the asker runs on while the room does: an answer that came before
/// its snapshot would show within a few rounds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_comes_after_its_snapshot() {
    let stage = Stage::quiet();
    let desk = stage.sit("first", Stance::Executor);
    desk.declare(stage.clock.now()).await.unwrap();
    assert!(desk.snapshot().incident.is_some());
    for round in 0..300 {
        let words = format!("note {round}");
        desk.note(&words).await.unwrap();
        let snapshot = desk.snapshot();
        let noted = |record: &Record| matches!(&record.event, Event::Noted { text, .. } if text.as_str() == words);
        assert!(snapshot.timeline.iter().any(noted), "{words} was not in the snapshot");
    }
}

/// Readings and time come several times a second: they alone are no reason for a frame.
#[tokio::test(start_paused = true)]
async fn readings_alone_are_no_news() {
    let stage = Stage::quiet();
    let desk = stage.declared("first").await;
    stage.clock.sleep(Span::secs(30)).await;
    let before = desk.snapshot();
    stage.clock.sleep(Span::secs(30)).await;
    let read = desk.snapshot();
    assert!(read.at > before.at && read.evidence.estate != before.evidence.estate);
    assert!(!read.is_news(&before));
    desk.note("somebody said something").await.unwrap();
    assert!(desk.snapshot().is_news(&read));
    let quiet = desk.snapshot();
    stage.inject(&silent());
    desk.until("an alarm", |snapshot| snapshot.alarms.len() > quiet.alarms.len()).await;
    assert!(desk.snapshot().is_news(&quiet));
}
