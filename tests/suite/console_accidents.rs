//! How keys have hurt people, one test each: the accidents other consoles had, and the
//! rules that keep them from happening here.

use warroom::{
    console::{
        Effect, Msg,
        command::{COMMANDS, Reach},
        model::{Overlay, PreviewState},
        msg::Key,
        update::keeps_running,
    },
    engine::{Confirmation, Event},
    model::{Mode, Span, Text},
    room::Severity,
};

use crate::desk::{Desk, Story, commands, dispatches};

const TOKEN: &str = "LIVE us-west-2";

/// D beside E deleted a deployment; Ctrl-D deleted beside d for describe.
#[test]
fn no_capital_is_the_dangerous_twin_of_a_key_pressed_all_the_time() {
    // A slip of Shift on what is pressed most must not change the world.
    for often in "jkhlgznyrd1234".chars() {
        let twin = Key::Char(often.to_ascii_uppercase());
        let row = COMMANDS.iter().find(|command| command.keys.contains(&twin));
        assert!(
            row.is_none_or(|row| row.reach != Reach::World || often == 'r'),
            "{twin:?}"
        );
    }
    // R tries again, beside r for read-out: it cannot do anything without its dialog.
    let mut desk = Desk::new(Some(Story::up_to("fence")));
    assert!(desk.keys("R").is_empty());
}

/// Backspace and Delete deleted machines while somebody edited a filter.
#[test]
fn editing_keys_edit() {
    let mut desk = Desk::armed(Story::up_to("promote").approved("promote"));
    desk.keys("/ordersX");
    assert!(desk.press(Key::Backspace).is_empty());
    assert_eq!(desk.model.filter, "orders");
    desk.press(Key::Esc);
    assert!(desk.press(Key::Backspace).is_empty());
    assert!(desk.model.overlay.is_none());
}

/// Ctrl-K killed without a question while vim fingers moved up.
#[test]
fn chords_of_editors_and_multiplexers_do_nothing() {
    for c in "abdefghijklmnopqrstuvwxy".chars() {
        let mut desk = Desk::armed(Story::up_to("promote").approved("promote"));
        assert!(desk.press(Key::Ctrl(c)).is_empty(), "Ctrl-{c}");
        assert!(desk.model.overlay.is_none(), "Ctrl-{c}");
    }
}

/// OK was drawn as focused while Cancel was.
#[test]
fn a_dialog_has_no_focus_only_a_typed_line() {
    for key in [Key::Tab, Key::BackTab, Key::Left, Key::Right, Key::Home, Key::End] {
        let mut desk = Desk::confirming();
        desk.press(key);
        let mut effects = desk.press(Key::Enter);
        effects.extend(desk.wait(Span::secs(10)));
        assert_eq!(dispatches(&effects), 0, "{key:?}");
    }
}

/// Enter repeated itself and confirmed a forced push.
#[test]
fn a_held_enter_confirms_nothing() {
    let mut desk = Desk::confirming();
    desk.keys(TOKEN);
    let mut effects = Vec::new();
    for _ in 0..50 {
        effects.extend(desk.held(Key::Enter));
    }
    assert_eq!(dispatches(&effects), 0);
    assert_eq!(desk.typed(), TOKEN, "still waiting for a press");
}

/// What was typed ahead answered a dialog nobody had seen.
#[test]
fn keys_typed_ahead_do_not_answer() {
    let mut desk = Desk::armed(Story::up_to("scale"));
    desk.keys("Xy\n");
    desk.ready();
    assert_eq!(desk.typed(), "");
    assert_eq!(dispatches(&desk.keys("\n")), 0);
}

/// A paste ran as commands; where it is not bracketed it is a burst.
#[test]
fn a_paste_runs_nothing_and_confirms_nothing() {
    let paste = || Msg::Paste(Text::clean(format!("X{TOKEN}\n")));
    let mut desk = Desk::armed(Story::up_to("promote").approved("promote"));
    assert!(desk.send(paste()).is_empty());
    assert!(desk.model.overlay.is_none());
    let mut desk = Desk::confirming();
    desk.keys("LIVE us-w");
    desk.send(Msg::Paste(Text::clean("est-2")));
    assert_eq!(desk.typed(), "");
    let mut desk = Desk::confirming();
    desk.keys("LIVE us-w");
    desk.send(Msg::Burst { dropped: 15 });
    assert_eq!(desk.typed(), "");
    assert!(desk.toast().contains("none was used"));
}

/// A pasted line break finished the line.
#[test]
fn a_paste_into_a_note_is_text_and_a_person_finishes_it() {
    let mut desk = Desk::new(Some(Story::up_to("fence")));
    desk.keys("n");
    let effects = desk.send(Msg::Paste(Text::clean("two\nlines")));
    assert!(effects.is_empty());
    assert_eq!(desk.typed(), "two lines");
}

/// Ctrl-S froze the output; Ctrl-B is tmux's, Ctrl-A screen's.
#[test]
fn flow_control_and_prefix_chords_are_not_bound() {
    for c in ['s', 'q', 'a', 'b'] {
        let bound = COMMANDS.iter().any(|row| row.keys.contains(&Key::Ctrl(c)));
        assert!(!bound, "Ctrl-{c}");
    }
}

/// Esc waits half a second in old tmux, and Alt is Esc and a letter.
#[test]
fn esc_is_only_ever_the_harmless_answer() {
    let mut desk = Desk::confirming();
    desk.keys(TOKEN);
    assert!(desk.press(Key::Esc).is_empty());
    assert!(desk.model.overlay.is_none());
    assert_eq!(dispatches(&desk.wait(Span::secs(10))), 0);
}

/// The program left, or hung, when a region did not answer.
#[test]
fn a_preview_that_never_comes_leaves_every_other_key_alive() {
    let mut desk = Desk::armed(Story::up_to("promote").approved("promote"));
    desk.keys("X");
    desk.drawn(1);
    desk.wait(Span::secs(20));
    assert!(matches!(desk.confirm().preview, PreviewState::Waiting));
    desk.press(Key::Esc);
    desk.keys("n");
    assert!(matches!(desk.model.overlay, Some(Overlay::Prompt(_))));
}

/// The wrong one of two look-alike shells; a wrong region in a tired head.
#[test]
fn the_target_is_what_is_typed() {
    for wrong in ["LIVE us-east-1", "us-west-2", "live us-west-2", "LIVE us-west-2 ", "y"]
    {
        let mut desk = Desk::confirming();
        let mut effects = desk.keys(wrong);
        effects.extend(desk.press(Key::Enter));
        effects.extend(desk.wait(Span::secs(10)));
        assert_eq!(dispatches(&effects), 0, "{wrong}");
    }
}

#[test]
fn a_resize_clears_a_half_typed_token_and_keeps_a_half_typed_note() {
    let resize = || Msg::Resize { columns: 100, rows: 30 };
    let mut desk = Desk::confirming();
    desk.keys("LIVE us-w");
    desk.send(resize());
    assert_eq!(desk.typed(), "");
    desk.keys("L");
    assert_eq!(desk.typed(), "", "not drawn at this size yet");
    let mut desk = Desk::new(Some(Story::up_to("fence")));
    desk.keys("nhalf a no");
    desk.send(resize());
    assert_eq!(desk.typed(), "half a no");
}

#[test]
fn in_a_tiny_window_only_hold_help_and_leaving_work() {
    let tiny = || {
        let mut desk = Desk::armed(Story::up_to("promote").approved("promote"));
        desk.send(Msg::Resize { columns: 59, rows: 15 });
        desk
    };
    for c in "XRSUPTndasry234zj./ ".chars() {
        let mut desk = tiny();
        assert!(desk.keys(&c.to_string()).is_empty(), "{c}");
        assert!(desk.model.overlay.is_none(), "{c}");
    }
    let mut desk = tiny();
    desk.keys("?");
    assert!(matches!(desk.model.overlay, Some(Overlay::Help { .. })));
    let mut desk = tiny();
    desk.keys(":q\n");
    assert!(matches!(desk.model.overlay, Some(Overlay::Leave { .. })));
    desk.wait(Span::secs(1));
    assert!(matches!(desk.keys("y").as_slice(), [Effect::Quit { .. }]));
}

#[test]
fn keys_cool_with_time_without_attention_in_the_shell_and_on_hold() {
    let armed = || Desk::armed(Story::up_to("promote"));
    let mut desk = armed();
    desk.wait(Span::secs(14 * 60));
    assert!(!desk.is_safe());
    desk.wait(Span::secs(2 * 60));
    assert!(desk.is_safe());
    let mut desk = armed();
    desk.send(Msg::Focus { gained: false, at: desk.now });
    desk.wait(Span::secs(119));
    assert!(!desk.is_safe());
    desk.wait(Span::secs(3));
    assert!(desk.is_safe());
    let mut desk = armed();
    assert!(matches!(desk.press(Key::Ctrl('z')).as_slice(), [Effect::Suspend]));
    assert!(desk.is_safe());
    let mut desk = armed();
    desk.keys("!");
    assert!(desk.is_safe());
}

#[test]
fn arming_wants_a_reason_and_a_used_key_stays_hot() {
    let mut desk = Desk::new(Some(Story::up_to("scale")));
    desk.keys("A\n");
    assert!(desk.is_safe());
    desk.keys("bridge agreed\n");
    assert!(!desk.is_safe());
    desk.wait(Span::secs(10 * 60));
    desk.refresh();
    desk.keys("X");
    desk.ready();
    assert_eq!(dispatches(&desk.keys("y\n")), 1);
    desk.wait(Span::secs(10 * 60));
    assert!(!desk.is_safe(), "used ten minutes ago");
}

#[test]
fn keys_that_cooled_while_a_reason_was_written_do_nothing() {
    let mut desk = Desk::armed(Story::up_to("promote"));
    desk.keys("Snot need");
    desk.wait(Span::secs(16 * 60));
    let effects = desk.keys("ed\n");
    assert_eq!(commands(&effects).count(), 0);
    assert_eq!(desk.typed(), "not needed");
}

#[test]
fn q_never_leaves_an_incident_and_leaving_says_what_keeps_running() {
    let mut desk = Desk::new(Some(Story::up_to("fence")));
    for _ in 0..20 {
        assert!(desk.keys("q").is_empty());
    }
    assert!(desk.model.overlay.is_none());
    desk.happens("shah", in_flight("fence"));
    desk.press(Key::Ctrl('c'));
    assert!(matches!(desk.model.overlay, Some(Overlay::Leave { .. })));
    let lines = keeps_running(&desk.model).join(" ");
    assert!(lines.contains("the call has been sent and will not be taken back"));
    assert!(desk.keys("y").is_empty(), "too soon to be an answer");
    desk.wait(Span::secs(1));
    let effects = desk.keys("y");
    let [Effect::Quit { summary: Some(words) }] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert!(words.as_str().contains("its outcome will be looked up on resume"));
}

fn in_flight(step: &str) -> Event {
    Event::Intended {
        step: step.into(),
        attempt: 1,
        undo: false,
        confirmation: Confirmation {
            typed: Text::default(),
            opened_at: crate::desk::at(0),
            plan_digest: String::new(),
            checks: String::new(),
        },
        before: None,
        seal: None,
        solo: false,
    }
}

#[test]
fn the_bell_is_for_crit_in_live_and_rests_a_minute() {
    let bells = |effects: &[Effect]| {
        effects.iter().filter(|effect| matches!(effect, Effect::Bell)).count()
    };
    let mut desk = Desk::new(Some(Story::up_to("fence")));
    assert_eq!(bells(&desk.alarm("lag", Severity::Warn)), 0);
    assert_eq!(bells(&desk.alarm("writer", Severity::Crit)), 1);
    assert_eq!(bells(&desk.refresh()), 0, "the same alarm is not news");
    assert_eq!(bells(&desk.alarm("api", Severity::Crit)), 0, "within the minute");
    desk.wait(Span::secs(61));
    assert_eq!(bells(&desk.alarm("dns", Severity::Crit)), 1);
    let mut desk = Desk::new(Some(Story::declared(Mode::Drill)));
    desk.model.session.mode = Mode::Drill;
    assert_eq!(bells(&desk.alarm("writer", Severity::Crit)), 0);
}

#[test]
fn an_alarm_is_seen_once_and_shelved_with_a_reason_for_a_time() {
    let mut desk = Desk::new(Some(Story::up_to("fence")));
    desk.alarm("lag", Severity::Crit);
    desk.keys("a");
    assert!(desk.model.acknowledged.contains_key(&Text::clean("lag")));
    desk.keys("s\n");
    assert!(desk.model.shelved.is_empty(), "a reason is needed");
    desk.keys("10m known, ticket 17\n");
    assert_eq!(desk.model.shelved.len(), 1);
    desk.wait(Span::secs(11 * 60));
    assert!(desk.model.shelved.is_empty(), "back when its time is over");
}

/// A line that asked about a step somebody else had ticked stayed open, and took the words
/// that were meant for the next one.
#[test]
fn a_line_about_what_was_settled_meanwhile_goes_unless_it_has_words() {
    for (typed, stays) in [("", false), ("seen", true)] {
        let mut desk = Desk::new(Some(Story::up_to("call")));
        desk.keys(" ");
        assert!(matches!(desk.model.overlay, Some(Overlay::Prompt(_))), "no line");
        desk.keys(typed);
        let (step, reason) = ("call".into(), "the bank called us".into());
        desk.happens("okafor", Event::Skipped { step, reason });
        let open = matches!(desk.model.overlay, Some(Overlay::Prompt(_)));
        assert_eq!(open, stays, "{typed:?}");
    }
}
