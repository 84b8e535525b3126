//! What people say to each other at the keyboard: polls, tasks, corrections, words taken
//! back. And what only changes the picture: kinds, entries, big clocks, evidence, themes.

use warroom::{
    console::{
        Effect, Msg,
        command::rows,
        model::{Kinds, Overlay, Pane},
        msg::Key,
        panel::timeline::listed,
    },
    engine::{Command, Event, NoteKind, Say, Speech, StepState},
    model::{Mode, Moment, Span, Text},
    room::{AskError, Request},
};

use crate::desk::{Desk, Story, at, commands, dispatches, holds};

/// What was said to the room, in order.
fn said(effects: &[Effect]) -> Vec<Say> {
    commands(effects)
        .filter_map(|command| match command {
            Command::Say(say) => Some(say.clone()),
            _ => None,
        })
        .collect()
}

fn spoken(speech: Speech) -> Event {
    Event::Spoken { speech }
}

fn opened(proposal: &str) -> Event {
    spoken(Speech::PollOpened { proposal: proposal.into() })
}

fn disabled(desk: &Desk, name: &str) -> Option<String> {
    let listed = rows(&desk.model);
    listed.into_iter().find(|row| row.name == name).unwrap().disabled
}

fn noted(text: &str) -> Event {
    Event::Noted { kind: NoteKind::Note, text: text.into(), pressed_at: at(0) }
}

#[test]
fn a_poll_is_asked_by_one_key_and_what_is_next_is_suggested() {
    let mut desk = Desk::new(Some(Story::up_to("promote")));
    let effects = desk.keys("p\n");
    let proposal = "step 5, promote step".into();
    assert_eq!(said(&effects), [Say::Poll { proposal }]);
    assert!(desk.judged(&effects).iter().all(Result::is_ok));
    // Typing replaces what is suggested, Tab changes it.
    let mut desk = Desk::new(Some(Story::up_to("promote")));
    let effects = desk.keys("pwait for AWS\n");
    assert_eq!(said(&effects), [Say::Poll { proposal: "wait for AWS".into() }]);
    let mut desk = Desk::new(Some(Story::up_to("promote")));
    desk.keys("p");
    desk.press(Key::Tab);
    let effects = desk.keys(" now\n");
    let proposal = "step 5, promote step now".into();
    assert_eq!(said(&effects), [Say::Poll { proposal }]);
}

#[test]
fn hold_works_over_a_suggestion() {
    let mut desk = Desk::new(Some(Story::up_to("promote")));
    desk.keys("p");
    assert_eq!(holds(&desk.keys("!")), 1);
}

#[test]
fn a_poll_of_somebody_else_is_told_answered_and_closed_by_its_asker() {
    let mut story = Story::up_to("promote");
    story.add("okafor", opened("promote"));
    let mut desk = Desk::new(Some(story.clone()));
    for (typed, objection) in
        [("none\n", None), ("lag is unknown\n", Some("lag is unknown".into()))]
    {
        let effects = desk.keys(&format!("p{typed}"));
        assert_eq!(said(&effects), [Say::Answer { poll: 1, objection }]);
        assert!(desk.judged(&effects).iter().all(Result::is_ok));
    }
    // Enter alone is no answer.
    desk.keys("p");
    assert!(desk.press(Key::Enter).is_empty());
    desk.press(Key::Esc);
    let objection = Some(Text::clean("lag is unknown"));
    let answered = spoken(Speech::PollAnswered { poll: 1, objection });
    let mut asker = Desk::of(Some(story), "okafor", false);
    asker.happens("shah", answered);
    assert_eq!(asker.toast(), "shah objects: lag is unknown");
    let effects = asker.keys("p\n");
    let outcome = "objection by shah: lag is unknown".into();
    assert_eq!(said(&effects), [Say::ClosePoll { poll: 1, outcome }]);
    assert!(asker.judged(&effects).iter().all(Result::is_ok));
}

#[test]
fn a_poll_that_opens_is_told_once_and_not_to_its_asker() {
    let mut desk = Desk::new(Some(Story::up_to("promote")));
    desk.happens("okafor", opened("promote"));
    assert_eq!(desk.toast(), "okafor asks: strong objections to promote?");
    desk.model.toast = None;
    desk.refresh();
    assert_eq!(desk.toast(), "");
    let mut asker = Desk::of(Some(Story::up_to("promote")), "okafor", false);
    asker.happens("okafor", opened("promote"));
    assert_eq!(asker.toast(), "");
}

#[test]
fn a_task_names_one_person_and_a_time() {
    let give = |to: &str, text: &str, mins| Say::GiveTask {
        to: to.into(),
        text: text.into(),
        within: Span::mins(mins),
    };
    for (typed, wanted) in [
        ("t@okafor 5m count lost writes\n", give("okafor", "count lost writes", 5)),
        ("t@OKA count\n", give("okafor", "count", 10)),
        ("t@b.wilson 1m warm the cache\n", give("b.wilson", "warm the cache", 1)),
        ("n@okafor 2m from a note\n", give("okafor", "from a note", 2)),
        (":task @okafor 3m from the palette\n", give("okafor", "from the palette", 3)),
    ] {
        let mut desk = Desk::new(Some(Story::up_to("fence")));
        let effects = desk.keys(typed);
        assert_eq!(said(&effects), [wanted], "{typed}");
        assert!(desk.judged(&effects).iter().all(Result::is_ok), "{typed}");
    }
    for unclear in ["tsomebody should count\n", "t@okafor 5m\n", "t@ 5m x\n", "tdone x\n"]
    {
        let mut desk = Desk::new(Some(Story::up_to("fence")));
        assert!(desk.keys(unclear).is_empty(), "{unclear}");
        assert!(desk.toast().contains("@name 5m"), "{unclear}: {}", desk.toast());
        assert_eq!(desk.typed(), unclear.trim_end().get(1..).unwrap(), "kept");
    }
}

fn given(to: &str, due: Moment) -> Event {
    spoken(Speech::TaskGiven { to: to.into(), text: "count".into(), due })
}

#[test]
fn a_task_for_me_is_told_turns_over_and_is_finished_by_its_number() {
    let mut desk = Desk::new(Some(Story::up_to("fence")));
    desk.happens("okafor", given("shah", at(20)));
    assert_eq!(desk.toast(), "okafor asks you: count");
    desk.wait(Span::secs(15));
    desk.model.toast = None;
    desk.wait(Span::secs(4));
    assert_eq!(desk.toast(), "");
    desk.wait(Span::secs(2));
    assert_eq!(desk.toast(), "task 1 is OVER: @shah count");
    let effects = desk.keys("tdone 1 412 writes\n");
    assert_eq!(said(&effects), [Say::FinishTask { task: 1, words: "412 writes".into() }]);
    assert!(desk.judged(&effects).iter().all(Result::is_ok));
}

#[test]
fn my_last_note_is_taken_back_within_half_a_minute() {
    let mut story = Story::up_to("fence");
    let entry = story.records.len() as u64 + 1;
    story.add("shah", noted("wrong window"));
    // Recorded at -30 s of the desk's clock.
    let mut desk = Desk::new(Some(story.clone()));
    desk.now = at(-20);
    desk.model.now = at(-20);
    let effects = desk.keys("u");
    assert_eq!(said(&effects), [Say::TakeBack { entry }]);
    assert!(desk.judged(&effects).iter().all(Result::is_ok));
    desk.wait(Span::secs(21));
    assert!(desk.keys("u").is_empty());
    assert!(desk.toast().contains("e corrects it"), "{}", desk.toast());
    let why = disabled(&desk, "take-back").unwrap();
    assert!(why.starts_with("that was 0:3"), "{why}");
    // A note of somebody else is not mine to take back.
    let other = Desk::of(Some(story), "okafor", false);
    let why = disabled(&other, "take-back").unwrap();
    assert_eq!(why, "you wrote no tick and no note lately");
}

#[test]
fn in_a_drill_the_half_minute_is_the_persons() {
    let mut story = Story::declared(Mode::Drill);
    story.add("shah", noted("wrong window"));
    let mut desk = Desk::new(Some(story));
    desk.model.session.mode = Mode::Drill;
    let mut fast = (*desk.model.snapshot).clone();
    fast.speed = 10;
    desk.model.snapshot = fast.into();
    // Recorded 30 steady seconds before: three of the person's.
    for (later, taken) in [(0, 1), (200, 1), (71, 0)] {
        desk.now = desk.now + Span::secs(later);
        assert_eq!(said(&desk.keys("u")).len(), taken, "{later}");
    }
}

#[test]
fn a_tick_taken_back_opens_its_step_again() {
    let mut desk = Desk::new(Some(Story::up_to("call")));
    let effects = desk.keys(" bank confirmed\n");
    for events in desk.judged(&effects) {
        for event in events.unwrap() {
            desk.happens("shah", event);
        }
    }
    let ticked = |desk: &Desk| {
        let incident = desk.model.snapshot.incident.clone().unwrap();
        let state = &incident.step(&"call".into()).unwrap().1.state;
        matches!(state, StepState::Done { .. })
    };
    assert!(ticked(&desk));
    // The record stands at -30 s: still in time at 0.
    desk.now = at(-1);
    desk.model.now = at(-1);
    let effects = desk.keys("u");
    let events = desk.judged(&effects).remove(0).unwrap();
    for event in events {
        desk.happens("shah", event);
    }
    assert!(!ticked(&desk));
    assert_eq!(desk.model.cursor(), Some(&"call".into()));
}

#[test]
fn a_correction_is_of_my_newest_entry_or_of_the_one_under_the_cursor() {
    let mut story = Story::up_to("fence");
    story.add("shah", noted("14 tickets"));
    let mine = story.records.len() as u64;
    story.add("okafor", noted("region is back"));
    let mut desk = Desk::new(Some(story));
    let corrected = |effects: &[Effect]| match said(effects).as_slice() {
        [Say::Correct { entry, text, .. }] => (*entry, text.to_string()),
        other => panic!("{other:?}"),
    };
    let effects = desk.keys("e15 tickets\n");
    assert_eq!(corrected(&effects), (mine, "15 tickets".to_owned()));
    assert!(desk.judged(&effects).iter().all(Result::is_ok));
    desk.keys("3jk");
    assert_eq!(desk.model.entry, None, "at the top the newest is followed");
    desk.keys("jj");
    assert_eq!(desk.model.entry, Some(mine - 1));
    let effects = desk.keys("eother\n");
    assert_eq!(corrected(&effects).0, mine - 1);
    // Esc gives the selection up before it leaves anything else.
    desk.keys("1");
    desk.press(Key::Esc);
    assert_eq!(desk.model.entry, None);
    let nobody = Desk::of(Some(Story::up_to("fence")), "visitor", false);
    let why = disabled(&nobody, "correct").unwrap();
    assert_eq!(why, "choose an entry: 3, then j and k");
}

#[test]
fn new_records_do_not_move_the_entry_somebody_reads() {
    let mut story = Story::up_to("fence");
    for n in 0..40 {
        story.add("okafor", noted(&format!("note {n}")));
    }
    let mut desk = Desk::new(Some(story));
    desk.keys("3");
    for _ in 0..25 {
        desk.keys("j");
    }
    let before = (desk.model.entry, desk.model.scrolled());
    desk.happens("okafor", noted("news"));
    desk.happens("okafor", noted("more news"));
    assert_eq!(desk.model.entry, before.0);
    assert_eq!(desk.model.scrolled(), before.1 + 2);
}

#[test]
fn kinds_of_entries_go_round() {
    let mut story = Story::up_to("fence");
    story.add("shah", noted("14 tickets"));
    let health = Event::HealthChanged {
        service: "shop".into(),
        healthy: None,
        value: "no reading".into(),
    };
    story.add("okafor", health);
    let all = story.records.len();
    let mut desk = Desk::new(Some(story));
    let mut counts = vec![listed(&desk.model).count()];
    for kinds in [Kinds::Deeds, Kinds::Words, Kinds::Sights, Kinds::All] {
        desk.keys("f");
        assert_eq!(desk.model.kinds, kinds);
        counts.push(listed(&desk.model).count());
    }
    let [whole, deeds, words, sights, again] = counts.as_slice() else { panic!() };
    assert_eq!((whole, again), (&all, &all));
    assert_eq!((deeds + words + sights, *words), (all, 1));
}

#[test]
fn big_clocks_evidence_themes_and_steps_change_only_the_picture() {
    let mut desk = Desk::new(Some(Story::up_to("fence")));
    assert!(!desk.model.is_wall());
    desk.keys("w");
    assert!(desk.model.is_wall());
    desk.send(Msg::Resize { columns: 79, rows: 40 });
    assert!(!desk.model.is_wall(), "no room");
    assert_eq!(disabled(&desk, "wall").unwrap(), "big clocks need 80x24");
    desk.send(Msg::Resize { columns: 200, rows: 60 });
    assert!(desk.model.is_wall());
    desk.keys("w");
    assert!(!desk.model.is_wall(), "chosen");
    // Evidence scrolls from wherever the cursor is.
    desk.keys("1JJJK");
    assert_eq!(desk.model.pane, Pane::Plan);
    assert_eq!(desk.model.scroll.get(&Pane::Regions), Some(&2));
    assert_eq!(desk.model.card_scroll, 2);
    desk.keys(":theme cvd-dark\n");
    assert!(desk.model.theme.is_some());
    let was = desk.model.theme.clone();
    desk.keys(":theme nosuch\n");
    assert!(desk.toast().contains("projector"), "{}", desk.toast());
    assert_eq!(desk.model.theme, was);
    desk.keys(":step 5\n");
    assert_eq!(desk.model.cursor(), Some(&"promote".into()));
    desk.keys(":step 99\n");
    assert_eq!(desk.model.cursor(), Some(&"promote".into()));
}

#[test]
fn looking_again_asks_the_room_and_nobody_else() {
    let mut desk = Desk::new(Some(Story::up_to("fence")));
    let effects = desk.keys("v");
    assert!(matches!(
        effects.as_slice(),
        [Effect::Ask { request: Request::LookNow, .. }]
    ));
    let mut reader = Desk::of(Some(Story::up_to("fence")), "shah", true);
    assert!(reader.keys("v").is_empty());
    assert!(disabled(&reader, "look").unwrap().contains("read-only"));
}

/// Words are words: none of these keys starts a step, and a refusal keeps what was typed.
#[test]
fn nothing_said_starts_anything() {
    let lines = ["p\n", "pX\n", "t@okafor 5m X\n", "u", "eX\n", "f", "w", "J", "K", "v"];
    for keys in lines {
        let mut desk = Desk::armed(Story::up_to("promote").approved("promote"));
        let mut effects = desk.keys(keys);
        effects.extend(desk.wait(Span::secs(10)));
        assert_eq!(dispatches(&effects), 0, "{keys:?}");
    }
    let mut desk = Desk::new(Some(Story::up_to("promote")));
    desk.keys("t@okafor 5m count\n");
    let ticket = desk.model.ticket;
    desk.send(Msg::Answered { ticket, answer: Err(AskError::Closed) });
    assert!(matches!(desk.model.overlay, Some(Overlay::Prompt(_))));
    assert_eq!(desk.typed(), "@okafor 5m count");
}
