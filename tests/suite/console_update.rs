//! The laws of the keyboard: what no sequence of keys can do, and the one that can.

use warroom::{
    console::{
        Effect, Msg,
        command::{COMMANDS, hints, rows},
        model::{ConfirmStage, Overlay, PreviewState, Screen},
        msg::Key,
    },
    engine::{Command, Event, NoteKind},
    model::{Preview, Span, StepId},
    room::{AskError, Request},
};

use crate::desk::{Desk, Story, char_key, commands, dispatches, holds, notes};

const TOKEN: &str = "LIVE us-west-2";

/// Every state a person can be in front of, by name.
fn places() -> Vec<(&'static str, Desk)> {
    let promote = || Story::up_to("promote").approved("promote");
    let observing = |keys: &str| {
        let mut desk = Desk::new(Some(promote()));
        desk.keys(keys);
        desk
    };
    let armed = |keys: &str| {
        let mut desk = Desk::armed(promote());
        desk.keys(keys);
        desk
    };
    let mut half = Desk::confirming();
    half.keys("LIVE us-w");
    let mut refused = Desk::confirming();
    refused.keys(TOKEN);
    refused.keys("\n");
    refused.wait(Span::secs(6));
    let ticket = refused.model.ticket;
    refused.send(Msg::Answered { ticket, answer: Err(AskError::Closed) });
    vec![
        ("nothing declared", Desk::new(None)),
        ("observing", observing("")),
        ("regions", observing("2")),
        ("timeline", observing("3")),
        ("people", observing("4")),
        ("zoomed", observing("z")),
        ("help", observing("?")),
        ("palette", observing(":")),
        ("read-out", observing("r")),
        ("leaving", observing(":q\n")),
        ("note", observing("nsome")),
        ("filter", observing("/orders")),
        ("arming", observing("A")),
        ("armed", armed("")),
        ("armed, palette", armed(":execut")),
        ("armed, skipping", armed("S")),
        ("just opened", armed("X")),
        ("awake, empty line", Desk::confirming()),
        ("half a token", half),
        ("refused", refused),
        ("read-only", Desk::of(Some(promote()), "shah", true)),
    ]
}

fn every_key() -> Vec<Key> {
    let mut keys: Vec<Key> = (' '..='~').map(Key::Char).collect();
    keys.extend(('a'..='z').map(Key::Ctrl));
    keys.extend([
        Key::Enter,
        Key::Esc,
        Key::Tab,
        Key::BackTab,
        Key::Backspace,
        Key::Up,
        Key::Down,
        Key::Left,
        Key::Right,
        Key::PageUp,
        Key::PageDown,
        Key::Home,
        Key::End,
        Key::F1,
    ]);
    keys
}

#[test]
fn enter_a_hundred_times_starts_nothing() {
    for (name, mut desk) in places() {
        for _ in 0..100 {
            assert_eq!(dispatches(&desk.press(Key::Enter)), 0, "{name}");
        }
        assert_eq!(dispatches(&desk.wait(Span::secs(120))), 0, "{name}");
    }
}

#[test]
fn enter_in_an_empty_palette_or_on_an_empty_line_asks_for_nothing() {
    for keys in [":", "n", "d", "A", "/"] {
        let mut desk = Desk::new(Some(Story::up_to("promote")));
        desk.keys(keys);
        assert!(desk.press(Key::Enter).is_empty(), "{keys}");
    }
}

#[test]
fn esc_a_hundred_times_asks_for_nothing_at_all() {
    for (name, mut desk) in places() {
        for _ in 0..100 {
            let effects = desk.press(Key::Esc);
            assert!(effects.is_empty(), "{name}: {effects:?}");
        }
        assert!(desk.model.overlay.is_none(), "{name}");
    }
}

#[test]
fn no_single_key_starts_a_step_from_anywhere() {
    for key in every_key() {
        for (name, mut desk) in places() {
            let mut effects = desk.press(key);
            effects.extend(desk.wait(Span::secs(10)));
            assert_eq!(dispatches(&effects), 0, "{name}: {key:?}");
        }
    }
}

#[test]
fn a_held_key_starts_nothing_and_confirms_nothing() {
    for (name, mut desk) in places() {
        for key in every_key() {
            let effects = desk.held(key);
            let asked = commands(&effects).count();
            assert_eq!(asked, 0, "{name}: {key:?} asked {effects:?}");
        }
    }
    let mut desk = Desk::confirming();
    for c in TOKEN.chars() {
        desk.held(char_key(c));
    }
    assert_eq!(desk.typed(), "");
}

#[test]
fn armed_then_x_then_the_token_then_the_wait_starts_it_and_the_engine_agrees() {
    let mut desk = Desk::confirming();
    let mut effects = desk.keys(TOKEN);
    effects.extend(desk.press(Key::Enter));
    assert_eq!(dispatches(&effects), 0, "the abort window comes first");
    effects.extend(desk.wait(Span::secs(4)));
    assert_eq!(dispatches(&effects), 0, "five seconds, not four");
    let effects = desk.wait(Span::secs(2));
    assert_eq!(dispatches(&effects), 1);
    let judged = desk.judged(&effects);
    let [Ok(events)] = judged.as_slice() else { panic!("{judged:?}") };
    assert!(matches!(events.as_slice(), [Event::Intended { solo: false, .. }]));
    let ticket = desk.model.ticket;
    desk.send(Msg::Answered { ticket, answer: Ok(()) });
    assert!(desk.model.overlay.is_none());
}

#[test]
fn every_tier_has_its_own_way_and_the_engine_takes_each() {
    // Step, keys after X, seconds of abort window.
    let cases = [("look", "", 0), ("scale", "y\n", 0), ("fence", "us-east-1\n", 2)];
    for (step, keys, window) in cases {
        let mut desk = Desk::armed(Story::up_to(step));
        let mut effects = desk.keys("X");
        if desk.model.overlay.is_some() {
            assert_eq!(dispatches(&effects), 0, "{step}");
            desk.ready();
            effects = desk.keys(keys);
            if window > 0 {
                assert_eq!(dispatches(&effects), 0, "{step}");
                effects = desk.wait(Span::secs(window));
            }
        }
        assert_eq!(dispatches(&effects), 1, "{step}");
        let judged = desk.judged(&effects);
        assert!(judged.iter().all(Result::is_ok), "{step}: {judged:?}");
    }
}

#[test]
fn putting_back_goes_through_the_same_dialog() {
    let mut desk = Desk::armed(Story::up_to("promote"));
    desk.keys("k");
    assert_eq!(desk.model.cursor(), Some(&StepId::from("scale")));
    desk.keys("U");
    assert!(desk.confirm().undo);
    assert!(matches!(desk.confirm().preview, PreviewState::Ready(_)));
    desk.drawn(1);
    desk.wait(Span::secs(1));
    let effects = desk.keys("y\n");
    assert!(matches!(commands(&effects).next(), Some(Command::Undo { .. })));
    assert!(desk.judged(&effects).iter().all(Result::is_ok));
}

#[test]
fn a_check_that_turns_red_clears_the_line_and_enter_at_that_instant_does_nothing() {
    let mut desk = Desk::confirming();
    desk.keys(TOKEN);
    desk.turn_red();
    assert_eq!(desk.typed(), "");
    let notice = desk.confirm().notice.clone().unwrap();
    assert!(notice.as_str().contains("orders in us-east-1 is fenced is now fail"));
    let mut effects = desk.press(Key::Enter);
    effects.extend(desk.wait(Span::secs(10)));
    assert_eq!(dispatches(&effects), 0);
    desk.keys(TOKEN);
    assert_eq!(desk.typed(), "", "the line stays shut while a check fails");
}

#[test]
fn a_reading_that_grows_old_between_two_keys_stops_enter_too() {
    let mut desk = Desk::confirming();
    desk.keys(TOKEN);
    // No tick, no snapshot: only the key itself says how late it is.
    desk.now = desk.now + Span::secs(95);
    let mut effects = desk.press(Key::Enter);
    effects.extend(desk.wait(Span::secs(6)));
    assert_eq!(dispatches(&effects), 0);
}

#[test]
fn hold_by_another_seat_clears_the_line_and_stops_the_window() {
    let held = || Event::Held { reason: "wait".into() };
    let mut desk = Desk::confirming();
    desk.keys("LIVE us");
    desk.happens("okafor", held());
    assert_eq!(desk.typed(), "");
    let mut desk = Desk::confirming();
    desk.keys(TOKEN);
    desk.press(Key::Enter);
    desk.happens("okafor", held());
    assert_eq!(desk.confirm().stage, ConfirmStage::Typing);
    assert_eq!(dispatches(&desk.wait(Span::secs(10))), 0);
}

#[test]
fn any_key_stops_the_abort_window() {
    for key in every_key() {
        let mut desk = Desk::confirming();
        desk.keys(TOKEN);
        desk.press(Key::Enter);
        let mut effects = desk.press(key);
        effects.extend(desk.wait(Span::secs(10)));
        assert_eq!(dispatches(&effects), 0, "{key:?}");
    }
}

#[test]
fn the_line_opens_only_on_what_was_seen_and_read() {
    let open = || {
        let mut desk = Desk::armed(Story::up_to("promote").approved("promote"));
        desk.keys("X");
        desk
    };
    let preview =
        || Msg::Previewed { step: "promote".into(), preview: Ok(Preview::default()) };
    // Never drawn.
    let mut desk = open();
    desk.send(preview());
    desk.wait(Span::secs(5));
    desk.keys("L");
    assert_eq!(desk.typed(), "");
    // Drawn, not yet read: nobody knows what would be sent.
    let mut desk = open();
    desk.drawn(1);
    desk.wait(Span::secs(5));
    desk.keys("L");
    assert_eq!(desk.typed(), "");
    // Read, and too fast.
    let mut desk = open();
    desk.send(preview());
    desk.drawn(1);
    desk.keys("LIVE");
    assert_eq!(desk.typed(), "", "480 ms are within the dead time");
    desk.keys("LIVE");
    assert_eq!(desk.typed(), "LIVE");
    // Three pages.
    let mut desk = open();
    desk.send(preview());
    desk.drawn(3);
    desk.wait(Span::secs(1));
    for (key, typed) in [(Key::PageDown, ""), (Key::PageDown, "L")] {
        desk.press(key);
        desk.keys("L");
        assert_eq!(desk.typed(), typed);
    }
}

#[test]
fn a_preview_that_cannot_be_read_keeps_the_line_shut_and_v_looks_again() {
    let mut desk = Desk::armed(Story::up_to("promote").approved("promote"));
    let effects = desk.keys("X");
    assert!(matches!(effects.as_slice(), [Effect::Preview { .. }]));
    let step: StepId = "promote".into();
    desk.send(Msg::Previewed { step, preview: Err("no route to us-west-2".into()) });
    desk.drawn(1);
    desk.wait(Span::secs(1));
    desk.keys("L");
    assert_eq!(desk.typed(), "");
    assert!(desk.confirm().notice.as_ref().unwrap().as_str().contains("no route"));
    assert!(matches!(desk.keys("v").as_slice(), [Effect::Preview { .. }]));
    desk.ready();
    desk.keys("L");
    assert_eq!(desk.typed(), "L");
}

#[test]
fn a_dialog_nobody_touches_closes_and_its_facts_never_grow_old() {
    let mut desk = Desk::confirming();
    desk.wait(Span::secs(61));
    assert!(desk.model.overlay.is_none());
    let mut desk = Desk::confirming();
    let opened = desk.confirm().opened_at;
    for _ in 0..3 {
        desk.wait(Span::secs(20));
        desk.press(Key::PageUp);
    }
    assert!(desk.confirm().opened_at > opened, "read and shown anew");
}

#[test]
fn approval_is_asked_for_first_and_given_by_another() {
    let mut desk = Desk::armed(Story::up_to("promote"));
    let effects = desk.keys("X");
    assert!(matches!(commands(&effects).next(), Some(Command::AskApproval { .. })));
    assert!(desk.toast().contains("okafor"), "{}", desk.toast());
    assert!(desk.model.overlay.is_none());
    desk.happens("shah", Event::ApprovalAsked { step: "promote".into() });
    desk.keys("P");
    assert!(desk.toast().contains("another person"), "{}", desk.toast());
    let mut story = Story::up_to("promote");
    story.add("shah", Event::ApprovalAsked { step: "promote".into() });
    let mut other = Desk::of(Some(story), "okafor", false);
    other.keys("Aat the bridge\n");
    let effects = other.keys("Pno strong objections\n");
    assert!(matches!(commands(&effects).next(), Some(Command::Approve { .. })));
    assert!(other.judged(&effects).iter().all(Result::is_ok));
}

#[test]
fn hold_works_from_everywhere_and_disarms() {
    for (name, mut desk) in places() {
        let text = matches!(name, "note" | "filter" | "armed, palette");
        if matches!(name, "nothing declared" | "read-only") || text {
            continue;
        }
        assert_eq!(holds(&desk.keys("!")), 1, "{name}");
        assert!(desk.is_safe(), "{name}");
        assert!(!matches!(desk.model.overlay, Some(Overlay::Confirm(_))), "{name}");
    }
    let mut tiny = Desk::new(Some(Story::up_to("promote")));
    tiny.send(Msg::Resize { columns: 20, rows: 4 });
    assert_eq!(holds(&tiny.keys("!")), 1);
    let mut reader = Desk::of(Some(Story::up_to("promote")), "shah", true);
    assert_eq!(holds(&reader.keys("!")), 0);
    assert!(reader.toast().contains("this console is read-only"));
}

#[test]
fn a_read_only_console_asks_the_room_for_nothing() {
    for key in every_key() {
        let mut desk = Desk::of(Some(Story::up_to("promote")), "shah", true);
        let effects = desk.press(key);
        assert_eq!(commands(&effects).count(), 0, "{key:?}");
    }
    for row in rows(&Desk::of(Some(Story::up_to("call")), "shah", true).model) {
        let command = COMMANDS.iter().find(|one| one.name == row.name).unwrap();
        let looks = command.reach == warroom::console::command::Reach::Look;
        assert_eq!(row.disabled.as_deref() == Some("this console is read-only"), !looks);
    }
}

#[test]
fn a_key_that_cannot_work_stays_listed_with_its_reason() {
    let mut desk = Desk::new(Some(Story::up_to("fence")));
    desk.keys("X");
    assert!(desk.toast().contains("press A to arm first"), "{}", desk.toast());
    let listed = rows(&desk.model);
    assert_eq!(listed.len(), COMMANDS.len());
    let why = |name| {
        let row = listed.iter().find(|row| row.name == name).unwrap();
        row.disabled.clone().unwrap_or_default()
    };
    assert_eq!(why("execute"), "press A to arm first");
    assert_eq!(why("approve"), "nobody asks for approval");
    assert_eq!(why("undo"), "step 3: it is not done");
    assert!(hints(&desk.model).iter().any(|hint| hint.key == "!"));
}

#[test]
fn a_note_is_stamped_when_its_key_was_pressed_and_survives_a_refusal() {
    let mut desk = Desk::new(Some(Story::up_to("fence")));
    desk.keys("n");
    let pressed = desk.now;
    desk.wait(Span::secs(30));
    let effects = desk.keys("todo: count lost writes\n");
    let expected = (NoteKind::Todo, "count lost writes".to_owned(), pressed);
    assert_eq!(notes(&effects), [expected]);
    let ticket = desk.model.ticket;
    desk.send(Msg::Answered { ticket, answer: Err(AskError::Closed) });
    assert_eq!(desk.typed(), "todo: count lost writes");
}

#[test]
fn a_tick_is_what_was_observed() {
    let mut desk = Desk::new(Some(Story::up_to("call")));
    let effects = desk.keys(" \n");
    assert_eq!(commands(&effects).count(), 0, "a bare tick is none");
    let effects = desk.keys("bank confirmed, ref 17\n");
    assert!(matches!(commands(&effects).next(), Some(Command::Tick { .. })));
    assert!(desk.judged(&effects).iter().all(Result::is_ok));
}

#[test]
fn the_palette_reaches_what_has_no_key() {
    let check = |story: Story, line: &str, fits: fn(&Request) -> bool| {
        let mut desk = Desk::armed(story);
        let effects = desk.keys(line);
        let asked = effects.iter().any(|effect| match effect {
            Effect::Ask { request, .. } => fits(request),
            Effect::Preview { .. }
            | Effect::Copy { .. }
            | Effect::Bell
            | Effect::Suspend
            | Effect::Speed { .. }
            | Effect::Quit { .. } => false,
        });
        assert!(asked, "{line}: {effects:?} {:?}", desk.toast());
    };
    let promote = || Story::up_to("promote");
    check(promote(), ":seat operator\n", |request| {
        matches!(request, Request::Command(Command::TakeSeat { .. }))
    });
    check(promote(), ":solo nobody answers\n", |request| {
        matches!(request, Request::Command(Command::AskSolo { .. }))
    });
    check(promote(), ":impact 00:00:01 first alarm\n", |request| {
        matches!(request, Request::Command(Command::MoveImpact { .. }))
    });
    check(promote(), ":abort region is back\n", |request| {
        matches!(request, Request::Command(Command::Abort { .. }))
    });
    check(promote(), ":close all verified\nCLOSE\n", |request| {
        matches!(request, Request::Command(Command::Close { .. }))
    });
    let mut desk = Desk::new(None);
    let effects = desk.keys(":declare region lost\n");
    assert!(matches!(
        effects.as_slice(),
        [Effect::Ask { request: Request::Declare { .. }, .. }]
    ));
}

#[test]
fn screens_panes_and_the_cursor_move() {
    let mut desk = Desk::new(Some(Story::up_to("promote")));
    desk.keys("3");
    assert_eq!(desk.model.screen, Screen::Timeline);
    desk.press(Key::Esc);
    assert_eq!(desk.model.screen, Screen::Main);
    for (keys, step) in [("j", "go"), ("j", "go"), ("gj", "call"), ("G", "go")] {
        desk.keys(keys);
        assert_eq!(desk.model.cursor(), Some(&StepId::from(step)), "{keys}");
    }
    desk.press(Key::Esc);
    assert_eq!(desk.model.cursor(), Some(&StepId::from("promote")));
}
