//! Scripted colleagues who are asked something: they answer polls, finish what they were
//! given, by the same door as people, and not before a person could.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use warroom::{
    clock::Clock,
    engine::{Command, Event, Say, Scene, Speech, decide},
    model::{Actor, Mode, Moment, Seat, Span},
    play::Colleagues,
    room::{Ask, Handle, Request, Snapshot},
};

use crate::desk::{Story, at, evidence, snapshot};

/// A table at which everybody sits and the commander has decided.
fn seated() -> Story {
    let mut story = Story::declared(Mode::Drill);
    for (seat, who) in [
        (Seat::Operator, "shah"),
        (Seat::Commander, "M.Okafor"),
        (Seat::Scribe, "R.Diaz"),
        (Seat::Liaison, "A.Roy"),
    ] {
        story.add(who, Event::SeatTaken { seat, person: who.into() });
    }
    story.add("M.Okafor", Event::Decided { words: "we go".into() });
    story
}

/// What colleagues say within `span` of the clock; each of it becomes true, as in a room.
async fn said(mut story: Story, span: Span) -> Vec<(String, Moment, Say)> {
    let clock = Clock::drill(at(-30));
    let fresh =
        |story: &Story| -> Arc<Snapshot> { snapshot(Some(story), at(0), true, &[]) };
    let (asks, mut asked) = mpsc::channel::<Ask>(8);
    let (previews, _kept) = mpsc::channel(1);
    let (tell, snapshots) = watch::channel(fresh(&story));
    let handle = Handle::new(asks, previews, snapshots);
    let colleagues = Colleagues::join(&handle, &clock, 1);
    let (end, mut heard) = (clock.now() + span, Vec::new());
    loop {
        let ask = tokio::select! {
            Some(ask) = asked.recv() => ask,
            () = clock.until(end) => break,
        };
        assert!(matches!(ask.actor, Actor::Scripted { .. }));
        let Request::Command(Command::Say(say)) = &ask.request else {
            panic!("{:?}", ask.request);
        };
        let who = ask.actor.person().unwrap().to_string();
        let incident = story.incident();
        let (evidence, now) = (evidence(at(0), true), clock.now());
        let scene = Scene { evidence: &evidence, actor: &ask.actor, now };
        let events = decide(&incident, &Command::Say(say.clone()), scene).unwrap();
        for event in events {
            story.add(&who, event);
        }
        heard.push((who, now, say.clone()));
        tell.send_replace(fresh(&story));
        ask.answer.send(Ok(())).unwrap();
    }
    colleagues.leave().await;
    heard
}

fn spoken(speech: Speech) -> Event {
    Event::Spoken { speech }
}

#[tokio::test(start_paused = true)]
async fn everybody_answers_a_poll_once_and_takes_a_moment() {
    let mut story = seated();
    story.add("shah", spoken(Speech::PollOpened { proposal: "promote".into() }));
    let heard = said(story, Span::mins(5)).await;
    let who: Vec<&str> = heard.iter().map(|(who, ..)| who.as_str()).collect();
    assert_eq!(who, ["M.Okafor", "R.Diaz", "A.Roy"]);
    for (who, when, say) in &heard {
        assert_eq!(*say, Say::Answer { poll: 1, objection: None }, "{who}");
        assert!(*when >= at(-24), "{who} at {when:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_commander_objects_while_nobody_knows_what_was_done() {
    let mut story = seated();
    story.done("look");
    let doubt =
        Event::Doubted { step: "look".into(), attempt: 1, why: "no answer".into() };
    story.add("system", doubt);
    story.add("shah", spoken(Speech::PollOpened { proposal: "go on".into() }));
    let heard = said(story, Span::mins(5)).await;
    let objections: Vec<_> = heard
        .iter()
        .filter_map(|(who, _, say)| match say {
            Say::Answer { objection, .. } => Some((who.as_str(), objection.is_some())),
            _ => None,
        })
        .collect();
    assert_eq!(objections, [("M.Okafor", true), ("R.Diaz", false), ("A.Roy", false)]);
}

#[tokio::test(start_paused = true)]
async fn a_task_is_finished_by_whom_it_was_given_to_and_by_nobody_else() {
    let mut story = seated();
    for to in ["A.Roy", "C.Brown"] {
        let due = at(-30) + Span::mins(5);
        let given = Speech::TaskGiven { to: to.into(), text: "count".into(), due };
        story.add("shah", spoken(given));
    }
    let heard = said(story, Span::mins(10)).await;
    let [(who, when, Say::FinishTask { task: 1, .. })] = heard.as_slice() else {
        panic!("{heard:?}");
    };
    assert_eq!(who, "A.Roy");
    assert!(*when >= at(-30) + Span::mins(2), "not at once: {when:?}");
}

#[tokio::test(start_paused = true)]
async fn nobody_asked_says_nothing() {
    assert!(said(seated(), Span::mins(30)).await.is_empty());
}
