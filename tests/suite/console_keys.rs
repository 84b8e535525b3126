//! What a person is told to press, and what a key they pressed came to: nothing is taken in
//! silence, nothing acts on what the NEXT row does not show, nobody is asked in secret.

use std::sync::Arc;

use warroom::{
    console::{
        Msg,
        command::hints,
        model::{ConfirmStage, Overlay},
        msg::Key,
    },
    engine::Event,
    model::{Action, Mode, Preview, Procedure, Span},
    room::Executor,
};

use crate::{
    desk::{Desk, Story, commands, dispatches},
    view::{drawn, lines, look},
};

const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];

/// The screen as its rows.
fn screen(desk: &mut Desk, size: (u16, u16)) -> Vec<String> {
    (desk.model.columns, desk.model.rows) = size;
    lines(&drawn(&desk.model, &look(), size))
}

/// The row that says what comes next.
pub(crate) fn next(desk: &mut Desk, size: (u16, u16)) -> String {
    let rows = screen(desk, size);
    rows.into_iter().find(|row| row.starts_with("NEXT > ")).unwrap_or_default()
}

/// Fails unless the row says all of `wanted` at both sizes.
fn says(desk: &mut Desk, wanted: &[&str]) {
    for size in SIZES {
        let row = next(desk, size);
        for words in wanted {
            assert!(row.contains(words), "{size:?} lacks {words:?}: {row}");
        }
    }
}

fn footer(desk: &Desk) -> String {
    let all = hints(&desk.model).into_iter();
    let told: Vec<String> =
        all.map(|hint| format!("{} {}", hint.key, hint.label)).collect();
    told.join("  ")
}

fn procedure(story: &mut Story) -> &mut Procedure {
    let Event::Declared { procedure, .. } = &mut story.records[0].event else { panic!() };
    procedure
}

/// Two steps that can start, neither behind a dialog.
fn forked() -> Story {
    let mut story = Story::declared(Mode::Live);
    let steps = &mut procedure(&mut story).runbook.phases[0].steps;
    steps[1].needs.clear();
    steps[1].action = Action::Check { probe: "api".into() };
    story
}

fn notice(desk: &Desk) -> String {
    desk.confirm().notice.as_ref().map_or_else(String::new, ToString::to_string)
}

/// X took the row under the cursor while NEXT named another: customers were told before
/// anybody had looked.
#[test]
fn what_next_does_not_show_is_said_and_asked_about() {
    let mut desk = Desk::armed(forked());
    says(&mut desk, &["1 look step", "press X"]);
    assert_eq!(dispatches(&desk.keys("X")), 1, "NEXT itself goes at once");

    let mut desk = Desk::armed(forked());
    desk.keys("j");
    says(&mut desk, &["1 look step", "X acts", "2", "Esc"]);
    assert!(!next(&mut desk, (120, 40)).contains("press X"));
    assert_eq!(dispatches(&desk.keys("X")), 0, "it is asked about first");
    assert!(notice(&desk).contains("step 2; NEXT is step 1"), "{}", notice(&desk));
    desk.drawn(1);
    desk.wait(Span::secs(1));
    assert_eq!(dispatches(&desk.press(Key::Enter)), 0);
    desk.wait(Span::secs(1));
    let effects = desk.keys("y");
    assert_eq!(dispatches(&effects), 1);
    assert!(desk.judged(&effects).iter().all(Result::is_ok));
    assert_eq!(desk.model.selected, None, "the cursor follows NEXT again");

    let mut back = Desk::armed(forked());
    back.keys("j");
    back.press(Key::Esc);
    says(&mut back, &["1 look step", "press X"]);
}

#[test]
fn a_refused_step_is_spoken_of_by_its_number_and_the_way_to_next_is_said() {
    let mut desk = Desk::armed(forked());
    desk.keys("jjX");
    let toast = desk.toast();
    assert!(toast.contains("needs 2 call step"), "{toast}");
    assert!(toast.contains("NEXT is step 1: Esc goes there"), "{toast}");
}

/// A tick left the cursor on its step, and the next X was refused as already done.
#[test]
fn the_cursor_follows_next_once_its_step_is_dealt_with() {
    for (keys, words) in [(" ", "seen\n"), ("S", "not needed\n")] {
        let mut desk = Desk::armed(Story::up_to("call"));
        desk.keys(":step 2\n");
        assert!(desk.model.selected.is_some());
        desk.keys(keys);
        assert_eq!(commands(&desk.keys(words)).count(), 1, "{keys:?}");
        assert_eq!(desk.model.selected, None, "{keys:?}");
    }
}

/// The first letters of the typed words went nowhere, without a word.
#[test]
fn a_key_before_its_time_is_told_so_and_the_line_is_not_offered() {
    for size in SIZES {
        let mut desk = Desk::armed(Story::up_to("promote").approved("promote"));
        desk.keys("X");
        let step = desk.confirm().step.clone();
        desk.send(Msg::Previewed { step, preview: Ok(Preview::default()) });
        desk.drawn(1);
        let early = screen(&mut desk, size).join("\n");
        assert!(early.contains("Read it first"), "{early}");
        assert!(!early.contains("and press Enter"), "{early}");
        desk.keys("LI");
        assert_eq!(desk.typed(), "");
        assert!(notice(&desk).contains("too early"), "{}", notice(&desk));
        let told = screen(&mut desk, size).join("\n");
        assert!(told.contains("too early"), "{told}");
        desk.wait(Span::secs(1));
        let awake = screen(&mut desk, size).join("\n");
        assert!(awake.contains("Type  LIVE us-west-2  and press Enter"), "{awake}");
        assert!(!awake.contains("Read it first"), "{awake}");
        desk.keys("L");
        assert_eq!((desk.typed(), notice(&desk).as_str()), ("L", ""));
    }
}

/// `the line must read ...` stayed while the line already matched.
#[test]
fn what_was_said_of_a_line_goes_with_it() {
    let mut desk = Desk::confirming();
    for mend in [Key::Backspace, Key::Ctrl('u'), Key::Char('x')] {
        desk.keys("LIVX\n");
        assert!(notice(&desk).contains("must read"), "{mend:?}");
        desk.press(mend);
        assert_eq!(notice(&desk), "", "{mend:?}");
        desk.press(Key::Ctrl('u'));
    }
}

/// One stray key made a strip deaf for ever, and it was not shown.
#[test]
fn a_strip_takes_its_one_key_whatever_was_pressed_before() {
    for stray in ["k", "\n", "K 7", "n\n"] {
        let mut desk = Desk::armed(Story::up_to("scale"));
        desk.keys("X");
        // Within the dead time.
        assert_eq!(dispatches(&desk.keys("y")), 0);
        assert!(notice(&desk).contains("too early"), "{}", notice(&desk));
        desk.ready();
        assert_eq!(dispatches(&desk.keys(stray)), 0, "{stray:?}");
        assert_eq!(desk.typed(), "", "{stray:?}");
        assert!(notice(&desk).contains("only y counts"), "{}", notice(&desk));
        desk.wait(Span::secs(1));
        assert_eq!(dispatches(&desk.keys("y")), 1, "{stray:?}");
    }
}

/// A strip that skips what it does not want would find its letter in any sentence.
#[test]
fn words_meant_for_elsewhere_do_not_answer_a_strip() {
    for words in ["why not\n", "they say so", "k y"] {
        let mut desk = Desk::armed(Story::up_to("scale"));
        desk.keys("X");
        desk.ready();
        assert_eq!(dispatches(&desk.keys(words)), 0, "{words:?}");
        assert!(notice(&desk).starts_with("only y") || notice(&desk).starts_with("too"));
    }
}

#[test]
fn a_strip_says_its_keys_and_no_others() {
    let mut desk = Desk::armed(Story::up_to("scale"));
    desk.keys("X");
    for size in SIZES {
        let early = screen(&mut desk, size).join("\n");
        assert!(!early.contains(" y scale"), "{early}");
    }
    desk.ready();
    let told = footer(&desk);
    assert!(told.starts_with("y scale  Esc do nothing  ! HOLD"), "{told}");
    assert!(!told.contains("Enter") && !told.contains("Ctrl-U"), "{told}");
    assert!(screen(&mut desk, (80, 24)).iter().any(|row| row.contains(" y scale")));
}

/// The approver's console said that somebody else ran it, and nothing else.
#[test]
fn who_is_asked_sees_it_in_next_whoever_runs_it() {
    let story = Story::up_to("promote");
    let mut desk = Desk::of(Some(story), "okafor", false);
    let rings = desk.happens("shah", Event::ApprovalAsked { step: "promote".into() });
    assert_eq!(rings.len(), 1, "it rings once: {rings:?}");
    assert!(desk.toast().contains("shah asks YOU"), "{}", desk.toast());
    assert!(desk.refresh().is_empty(), "the same question is no news");
    let mut snapshot = desk.model.snapshot.as_ref().clone();
    let holder = "anna (pts/5 on vm, pid 29132)".into();
    snapshot.executor = Executor::Elsewhere { holder, silent: Span::secs(1) };
    desk.model.snapshot = Arc::new(snapshot);
    says(&mut desk, &["5 promote", "shah asks YOU: A, then P"]);
    assert!(footer(&desk).contains("P approve"), "{}", footer(&desk));
    desk.keys("Aat the bridge\n");
    says(&mut desk, &["shah asks YOU: P"]);
    desk.keys("P");
    assert!(matches!(desk.model.overlay, Some(Overlay::Prompt(_))), "{}", desk.toast());
    // Whoever may not answer is not asked, nor a console that cannot.
    for (who, read_only) in [("diaz", false), ("okafor", true)] {
        let mut story = Story::up_to("promote");
        story.add("shah", Event::ApprovalAsked { step: "promote".into() });
        let mut other = Desk::of(Some(story), who, read_only);
        assert!(!next(&mut other, (120, 40)).contains("asks YOU"), "{who}");
        assert!(!footer(&other).contains("P approve"), "{who}");
    }
}

#[test]
fn who_asked_sees_whom_to_call_and_the_way_alone() {
    let mut story = Story::up_to("promote");
    let okafor = &mut procedure(&mut story).people[1];
    okafor.contact = Some("+44 20 7946 0000".into());
    let mut desk = Desk::armed(story);
    says(&mut desk, &["X asks okafor for approval"]);
    desk.happens("shah", Event::ApprovalAsked { step: "promote".into() });
    says(&mut desk, &["asked okafor (+44 20 7946 0000)", "alone: :solo"]);
}

/// HOLD makes the keys cold: `:resume lifts it` was a promise that was refused.
#[test]
fn hold_says_what_lifts_it_from_here() {
    let held = || Event::Held { reason: "wait".into() };
    let mut desk = Desk::armed(Story::up_to("fence"));
    desk.keys("!");
    desk.happens("shah", held());
    says(&mut desk, &["HOLD since", "A, then :resume lifts it"]);
    desk.keys("Aall clear\n");
    says(&mut desk, &["HOLD since", ":resume lifts it"]);
    assert!(!next(&mut desk, (80, 24)).contains("A, then"));
    let mut story = Story::up_to("fence");
    story.add("shah", held());
    let mut reader = Desk::of(Some(story), "okafor", true);
    says(&mut reader, &["read-only: another console lifts it"]);
}

#[test]
fn read_only_keeps_the_world_in_sight_and_offers_no_hold() {
    for (mode, word) in [(Mode::Live, "LIVE"), (Mode::Drill, "DRILL")] {
        let mut desk = Desk::of(Some(Story::declared(mode)), "okafor", true);
        desk.model.session.mode = mode;
        for size in SIZES {
            let top = screen(&mut desk, size).remove(0);
            assert!(top.contains("READ-ONLY") && top.contains(word), "{top}");
        }
        assert!(!footer(&desk).contains("HOLD"), "{}", footer(&desk));
    }
    assert!(footer(&Desk::new(Some(Story::up_to("fence")))).contains("! HOLD"));
}

/// The title stayed and the key went.
#[test]
fn a_long_title_gives_way_to_what_is_to_be_pressed() {
    let long = || {
        let mut story = Story::up_to("promote");
        let steps = &mut procedure(&mut story).runbook.phases[0].steps;
        for step in steps {
            step.name = "replay every critical transaction in one transaction".into();
        }
        story
    };
    let row = |desk: &mut Desk, wanted: &str| {
        let row = next(desk, (80, 24));
        assert!(row.contains(wanted), "{row}");
    };
    row(&mut Desk::armed(long()), "X asks okafor for approval");
    row(&mut Desk::new(Some(long())), "A then X asks okafor for approval");
    row(&mut Desk::armed(long().approved("promote")), "READY, press X");
    let mut red = Desk::armed(long().approved("promote"));
    red.turn_red();
    row(&mut red, "not passed: orders in us-east-1 is fenced");
}

/// A region that is lost answers nobody: the dialog named no way on.
#[test]
fn a_fence_that_cannot_be_seen_names_the_way_out() {
    for size in SIZES {
        let mut desk = Desk::armed(Story::up_to("fence"));
        desk.keys("X");
        let (step, why) = (desk.confirm().step.clone(), "timed out".into());
        desk.send(Msg::Previewed { step, preview: Err(why) });
        desk.drawn(1);
        assert_eq!(desk.confirm().stage, ConfirmStage::Typing);
        let rows = screen(&mut desk, size);
        let text = rows.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
        for words in ["fence it another way", "S skips", "Step 5", ":override"] {
            assert!(text.contains(words), "{size:?} lacks {words:?}: {text}");
        }
    }
}

#[test]
fn arming_is_answered_by_what_it_did() {
    let mut desk = Desk::new(Some(Story::up_to("fence")));
    desk.keys("Abridge agreed\n");
    let tickets: Vec<u64> = desk.model.pending.keys().copied().collect();
    assert_eq!(tickets.len(), 1, "the reason is written down");
    for ticket in tickets {
        desk.send(Msg::Answered { ticket, answer: Ok(()) });
    }
    assert!(desk.toast().contains("armed for 15:00"), "{}", desk.toast());
}

#[test]
fn a_command_without_a_key_is_offered_as_it_is_written() {
    let told = footer(&Desk::new(None));
    assert!(told.contains(":declare an incident"), "{told}");
    let open = footer(&Desk::new(Some(Story::up_to("fence"))));
    assert!(!open.contains("declare"), "{open}");
}
