//! Values of a run at the keyboard, and the lists they are picked from: asked for by a key
//! and by nothing else, never taken from an empty line, on record only once the room says so.

use std::{collections::BTreeMap, sync::Arc};

use warroom::{
    console::{
        Effect,
        model::{Asking, Overlay, Prompt},
        msg::Key,
        update::choices,
    },
    engine::{Command, Event},
    model::{Action, Errand, Mode, OpenValue, ParameterId, Procedure, Source, Text},
};

use crate::{
    console_keys::next,
    desk::{Desk, Story, commands, dispatches},
};

fn value(id: &str, needed: bool, values: &[&str]) -> OpenValue {
    OpenValue {
        id: id.into(),
        source: if values.is_empty() {
            Source::Prompt
        } else {
            Source::Pick("list".into())
        },
        ask: Text::clean(format!("which {id}")),
        example: Some(Text::clean("orders-2026-01-31")),
        values: values.iter().copied().map(Text::clean).collect(),
        needed,
        kind: Text::default(),
        pattern: None,
        list: None,
    }
}

fn asking(mode: Mode, write: impl FnOnce(&mut Procedure)) -> Story {
    let mut story = Story::declared(mode);
    let Event::Declared { procedure, .. } = &mut story.records[0].event else { panic!() };
    procedure.brief.values = vec![
        value("ticket", false, &[]),
        value("snapshot", true, &[]),
        value("zone", true, &["zone-a", "zone-b", "zone-c"]),
    ];
    write(procedure);
    story
}

fn desk() -> Desk {
    Desk::new(Some(asking(Mode::Live, |_| {})))
}

fn given(effects: &[Effect]) -> Vec<BTreeMap<ParameterId, Text>> {
    let all = commands(effects).filter_map(|command| {
        if let Command::Give { values, .. } = command {
            Some(values.clone())
        } else {
            None
        }
    });
    all.collect()
}

fn one(id: &str, value: &str) -> BTreeMap<ParameterId, Text> {
    [(id.into(), Text::clean(value))].into()
}

/// What the line asks for.
fn asked(desk: &Desk) -> Option<&ParameterId> {
    let Some(Overlay::Prompt(Prompt { asking: Asking::Value { id, .. }, .. })) =
        &desk.model.overlay
    else {
        return None;
    };
    Some(id)
}

/// The room says that it was done: the record, and the answer to the question.
fn recorded(desk: &mut Desk, values: BTreeMap<ParameterId, Text>) {
    let tickets: Vec<u64> = desk.model.pending.keys().copied().collect();
    for ticket in tickets {
        desk.send(warroom::console::Msg::Answered { ticket, answer: Ok(()) });
    }
    desk.happens("shah", Event::ValuesGiven { values, made_up: false });
}

#[test]
fn set_asks_for_what_a_run_does_not_begin_without_first() {
    let mut desk = desk();
    desk.keys(":set\n");
    assert_eq!(asked(&desk), Some(&"snapshot".into()), "what is needed comes first");
    let effects = desk.keys("\n\n");
    assert_eq!(given(&effects), [], "Enter alone gives nothing");
    assert!(desk.toast().contains("write something"), "{}", desk.toast());
    let effects = desk.keys("orders-1\n");
    assert_eq!(given(&effects), [one("snapshot", "orders-1")]);
    assert!(desk.judged(&effects).iter().all(Result::is_ok));
    recorded(&mut desk, one("snapshot", "orders-1"));
    assert_eq!(asked(&desk), None, "no line opens by itself");
    desk.keys(":set\n");
    assert_eq!(asked(&desk), Some(&"zone".into()));
    desk.press(Key::Tab);
    let effects = desk.press(Key::Enter);
    assert_eq!(given(&effects), [one("zone", "zone-a")]);
    recorded(&mut desk, one("zone", "zone-a"));
    desk.keys(":set\n");
    assert_eq!(asked(&desk), Some(&"ticket".into()));
}

/// A line that opened by itself took the keys that were meant for arming: `At` was the
/// snapshot that would have been restored.
#[test]
fn no_line_opens_that_nobody_asked_for() {
    for mode in [Mode::Live, Mode::Drill] {
        let mut desk = Desk::new(None);
        desk.model.session.mode = mode;
        let effects = desk.keys(":declare bad data\n");
        assert_eq!(effects.len(), 1, "{effects:?}");
        let tickets: Vec<u64> = desk.model.pending.keys().copied().collect();
        for ticket in tickets {
            desk.send(warroom::console::Msg::Answered { ticket, answer: Ok(()) });
        }
        let story = asking(mode, |_| {});
        let fresh = crate::desk::snapshot(Some(&story), desk.now, true, &[]);
        desk.send(warroom::console::Msg::Snapshot(fresh));
        assert!(desk.model.overlay.is_none(), "{mode:?}: {:?}", desk.model.overlay);
        // The habitual next key does what it always does.
        desk.keys("Atesting\n");
        assert!(desk.model.armed_for().is_some(), "{mode:?}");
    }
}

/// A value nothing asks for by itself is said, with the way to give it.
#[test]
fn next_says_which_value_is_open_and_how_it_is_given() {
    let mut desk = desk();
    let row = next(&mut desk, (120, 40));
    assert!(row.contains("open: snapshot, :set"), "{row}");
    recorded(&mut desk, one("snapshot", "orders-1"));
    let row = next(&mut desk, (120, 40));
    assert!(!row.contains(":set"), "what is picked is asked at its step: {row}");
}

/// The first step sends a value nobody has given.
fn sending() -> Story {
    asking(Mode::Live, |procedure| {
        let text = "restored from ${zone}".into();
        let channel = "bridge".into();
        procedure.brief.slotted.insert("look".into());
        procedure.runbook.phases[0].steps[0].action = Action::Notify { text, channel };
    })
}

#[test]
fn a_step_asks_for_the_value_it_sends_when_its_key_is_pressed() {
    let mut cold = Desk::new(Some(sending()));
    let mut desk = Desk::armed(sending());
    for size in [(80, 24), (120, 40)] {
        let row = next(&mut cold, size);
        assert!(row.contains("wants zone: A then X, or :set"), "{row}");
        let row = next(&mut desk, size);
        assert!(row.contains("wants zone: X, or :set"), "{row}");
    }
    desk.keys("X");
    assert_eq!(asked(&desk), Some(&"zone".into()), "{}", desk.toast());
    desk.press(Key::Tab);
    let effects = desk.press(Key::Enter);
    assert_eq!(given(&effects), [one("zone", "zone-a")]);
    assert!(desk.judged(&effects).iter().all(Result::is_ok));
    recorded(&mut desk, one("zone", "zone-a"));
    assert_eq!(asked(&desk), None);
    assert_eq!(dispatches(&desk.keys("X")), 1, "{}", desk.toast());
}

#[test]
fn what_the_list_does_not_hold_is_given_by_name_only() {
    let mut desk = desk();
    let mut snapshot = desk.model.snapshot.as_ref().clone();
    let listed = Ok(vec!["orders-9".into(), "orders-8".into()]);
    snapshot.choices = Arc::new([("snapshot".into(), listed)].into());
    desk.model.snapshot = Arc::new(snapshot);
    desk.keys(":set snapshot\n");
    for _ in 0..3 {
        assert_eq!(given(&desk.keys("\n")), [], "nothing is typed");
    }
    assert_eq!(given(&desk.keys("At\n\n\n")), [], "however often it is entered");
    assert!(desk.toast().contains("`At` is not listed"), "{}", desk.toast());
    assert_eq!(desk.typed(), "At", "the words stay");
    desk.press(Key::Ctrl('u'));
    assert_eq!(given(&desk.keys("orders-8\n")), [one("snapshot", "orders-8")]);
    desk.press(Key::Esc);
    let named = desk.keys(":set snapshot=orders-7\n");
    assert_eq!(given(&named), [one("snapshot", "orders-7")]);
}

#[test]
fn set_takes_a_name_and_a_value_and_says_which_there_are() {
    let mut desk = desk();
    let effects = desk.keys(":set snapshot=orders-2\n");
    assert_eq!(given(&effects), [one("snapshot", "orders-2")]);
    assert!(desk.judged(&effects).iter().all(Result::is_ok));
    let mut other = self::desk();
    let effects = other.keys(":set snapshots=orders-2\n");
    let refused: Vec<_> =
        other.judged(&effects).into_iter().filter_map(Result::err).collect();
    assert!(refused[0].contains("ticket, snapshot, zone"), "{refused:?}");
    let mut named = self::desk();
    named.keys(":set zone\n");
    assert_eq!(asked(&named), Some(&"zone".into()));
    let mut none = Desk::new(Some(Story::declared(Mode::Live)));
    none.keys(":set\n");
    assert!(none.toast().contains("asks for no values"), "{}", none.toast());
}

#[test]
fn tab_goes_round_the_list_and_changes_nothing_but_the_line() {
    let mut desk = desk();
    desk.keys(":set zone\n");
    let walk = [
        (Key::Tab, "zone-a"),
        (Key::Tab, "zone-b"),
        (Key::Down, "zone-c"),
        (Key::Tab, "zone-a"),
        (Key::BackTab, "zone-c"),
        (Key::Up, "zone-b"),
    ];
    for (key, wanted) in walk {
        let effects = desk.press(key);
        assert_eq!(given(&effects), []);
        assert_eq!(desk.typed(), wanted, "{key:?}");
    }
    // A held Enter is no Enter; Esc gives nothing.
    let effects = desk.held(Key::Enter);
    assert_eq!(given(&effects), []);
    let effects = desk.press(Key::Esc);
    assert_eq!((given(&effects).len(), asked(&desk)), (0, None));
}

#[test]
fn what_is_listed_outside_is_picked_from_and_a_list_nobody_has_says_why() {
    let mut desk = desk();
    desk.keys(":set snapshot\n");
    desk.press(Key::Tab);
    assert_eq!(desk.typed(), "", "there is nothing to pick yet");
    let mut listed = |answer: Result<Vec<Text>, Text>| {
        let mut snapshot = desk.model.snapshot.as_ref().clone();
        snapshot.choices = Arc::new([("snapshot".into(), answer)].into());
        desk.model.snapshot = Arc::new(snapshot);
        desk.press(Key::Tab);
        (desk.typed().to_owned(), choices(&desk.model, &"snapshot".into()))
    };
    let (typed, why) = listed(Err("AccessDenied".into()));
    assert_eq!((typed.as_str(), why), ("", Err("AccessDenied".into())));
    let (typed, _) = listed(Ok(vec!["orders-9".into(), "orders-8".into()]));
    assert_eq!(typed, "orders-9");
}

/// The first step asks for a value before it can be done.
fn prompting(mode: Mode) -> Story {
    asking(mode, |procedure| {
        let parameters = vec!["zone".into()];
        procedure.runbook.phases[0].steps[0].action =
            Action::Errand(Errand::Prompt { parameters });
    })
}

#[test]
fn a_step_that_asks_is_begun_by_answering_it() {
    let mut cold = Desk::new(Some(prompting(Mode::Live)));
    cold.keys("X");
    assert_eq!(asked(&cold), None, "cold keys ask for nothing");
    let mut desk = Desk::armed(prompting(Mode::Live));
    desk.keys("X");
    assert_eq!(asked(&desk), Some(&"zone".into()));
    assert_eq!(given(&desk.keys("\n")), [], "live suggests nothing");
    desk.press(Key::Tab);
    let effects = desk.press(Key::Enter);
    let all: Vec<_> = commands(&effects).collect();
    assert!(
        matches!(all[..], [Command::Give { step: Some(step), .. }] if step.as_str() == "look"),
        "{all:?}"
    );
    assert!(
        desk.judged(&effects).iter().all(Result::is_ok),
        "{:?}",
        desk.judged(&effects)
    );
}

#[test]
fn only_a_drill_suggests_a_value_and_says_that_it_does() {
    for (mode, wanted) in [(Mode::Live, ""), (Mode::Drill, "orders-2026-01-31")] {
        let mut desk = Desk::armed(prompting(mode));
        desk.keys("X");
        let Some(Overlay::Prompt(prompt)) = &desk.model.overlay else {
            panic!("no line: {}", desk.toast());
        };
        assert_eq!(prompt.suggested, wanted, "{mode:?}");
        assert_eq!(prompt.typed, "", "it is shown, not typed");
    }
}
