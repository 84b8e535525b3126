//! The plan's terms at the console: what is waited for is said, and the ways out work.

use std::collections::BTreeMap;

use warroom::{
    console::{model::Session, plain::Teller},
    engine::{Command, Event, Ruling, Watch},
    model::{
        Action, CommandSpec, Failure, Hold, Mode, Procedure, Severity, Span, Step, Undo,
    },
};

use crate::desk::{Desk, Story, at, commands, dispatches, snapshot};

/// The story so far, as if its plan had been written otherwise.
fn written(mut story: Story, write: impl FnOnce(&mut Procedure)) -> Story {
    let Event::Declared { procedure, .. } = &mut story.records[0].event else { panic!() };
    write(procedure);
    story
}

fn of<'p>(procedure: &'p mut Procedure, id: &str) -> &'p mut Step {
    let mut steps =
        procedure.runbook.phases.iter_mut().flat_map(|phase| &mut phase.steps);
    steps.find(|step| step.id.as_str() == id).unwrap()
}

/// What comes next, as somebody who listens is told.
pub(crate) fn next(story: &Story) -> String {
    let session = Session {
        mode: Mode::Live,
        person: "shah".into(),
        tty: "tty1".into(),
        read_only: false,
    };
    let mut teller = Teller::new(session, snapshot(Some(story), at(0), true, &[]));
    let said = teller.news();
    let found = said.iter().find(|line| line.starts_with("NEXT > "));
    found.unwrap_or_else(|| panic!("{said:#?}")).clone()
}

/// The steps from `fence` on are a phase behind a hold of a day.
fn held(procedure: &mut Procedure) {
    let mut later = procedure.runbook.phases[0].clone();
    later.steps = procedure.runbook.phases[0].steps.split_off(2);
    (later.id, later.name) = ("later".into(), "Later".into());
    let (length, back) = (Span::mins(24 * 60), vec!["call".into()]);
    procedure.runbook.phases[0].terms.hold =
        Some(Hold { length, gate: Vec::new(), back });
    procedure.runbook.phases.push(later);
}

fn holding() -> Story {
    let mut story = written(Story::up_to("fence"), held);
    let phase = || "all".into();
    story.add("system", Event::Watched { phase: phase(), watch: Watch::Began });
    story
}

#[test]
fn what_only_time_brings_is_said_with_its_moment() {
    let late = written(Story::up_to("fence"), |procedure| {
        of(procedure, "fence").terms.not_before = Some(Span::mins(26 * 60));
    });
    // Declared half a minute ago.
    assert!(
        next(&late).ends_with("not before Tue 18 Aug 22:52Z (in 1d 1h)"),
        "{}",
        next(&late)
    );
    let line = next(&holding());
    assert!(line.contains("the hold of All is not over (in 23h 59m)"), "{line}");
    assert!(!line.contains("step back"), "nothing takes step 2 back: {line}");
    let story = written(holding(), |procedure| {
        let by_hand = Action::Manual { text: "call again".into(), expect: None };
        of(procedure, "call").terms.undo = Undo::Action(Box::new(by_hand));
    });
    assert!(next(&story).ends_with("; step back: U at step 2"), "{}", next(&story));
}

#[test]
fn a_hold_is_ended_early_with_a_reason_and_hot_keys() {
    let mut cold = Desk::new(Some(holding()));
    let effects = cold.keys(":end-hold the vendor waits\n");
    assert_eq!(commands(&effects).count(), 0, "{}", cold.toast());
    let mut desk = Desk::armed(holding());
    let effects = desk.keys(":end-hold\n");
    assert_eq!(commands(&effects).count(), 0, "a reason is asked for");
    let effects = desk.keys("the vendor waits\n");
    let ended: Vec<_> = commands(&effects).collect();
    assert!(
        matches!(ended[..], [Command::EndWatch { phase, .. }] if phase.as_str() == "all")
    );
    assert!(desk.judged(&effects).iter().all(Result::is_ok));
    let mut desk = Desk::armed(Story::up_to("fence"));
    desk.keys(":end-hold now\n");
    assert!(desk.toast().contains("no hold of a phase is running"), "{}", desk.toast());
}

#[test]
fn how_bad_it_is_is_said_in_the_plan_s_own_words() {
    let story = written(Story::up_to("fence"), |procedure| {
        procedure.brief.severities = ["P1", "P2"]
            .map(|id| Severity {
                id: id.into(),
                name: id.into(),
                examples: Vec::new(),
                respond_within: None,
                procedure: None,
                on_raise: Vec::new(),
            })
            .to_vec();
    });
    let mut desk = Desk::new(Some(story));
    let effects = desk.keys(":severity P9 all users\n");
    assert_eq!(commands(&effects).count(), 0);
    assert!(desk.toast().contains("one of P1, P2"), "{}", desk.toast());
    let effects = desk.keys(":severity P2 some users\n");
    let said: Vec<_> = commands(&effects).collect();
    assert!(
        matches!(said[..], [Command::SetSeverity { severity, .. }] if severity.as_str() == "P2")
    );
    assert!(desk.judged(&effects).iter().all(Result::is_ok));
}

#[test]
fn the_plan_s_own_way_back_is_shown_typed_and_asked_for() {
    let back = || CommandSpec {
        argv: vec!["put".to_owned(), "back".to_owned()],
        env: BTreeMap::new(),
        pass: Vec::new(),
        dir: None,
        shell: false,
        repeatable: false,
    };
    let story = written(Story::up_to("scale"), |procedure| {
        let way = Box::new(Action::Command(back()));
        of(procedure, "call").terms.undo = Undo::Action(way);
        of(procedure, "fence").terms.undo = Undo::None("the key is broken".into());
    });
    let mut desk = Desk::armed(story);
    desk.keys(":step 3\nU");
    assert!(desk.toast().contains("the key is broken"), "{}", desk.toast());
    desk.keys(":step 2\nU");
    assert_eq!(desk.confirm().token, "us-west-2", "as its own command would be");
    desk.ready();
    let effects = desk.keys("us-west-2\n");
    assert_eq!(dispatches(&effects), 0, "the abort window of its tier");
    let effects = desk.wait(Span::secs(3));
    assert_eq!(dispatches(&effects), 1);
    assert!(
        desk.judged(&effects).iter().all(Result::is_ok),
        "{:?}",
        desk.judged(&effects)
    );
}

#[test]
fn what_may_have_happened_is_ruled_on_at_the_console() {
    let mut story = written(Story::up_to("scale"), |procedure| {
        of(procedure, "scale").terms.once = true;
    });
    story.done("scale");
    let failed = |reason: &str| Event::Failed {
        step: "scale".into(),
        attempt: 1,
        failure: Failure::NotVerified,
        reason: reason.into(),
    };
    story.add("system", failed("not seen in time"));
    let mut desk = Desk::armed(story);
    desk.keys("R");
    assert!(desk.toast().contains("it may have happened"), "{}", desk.toast());
    let effects = desk.keys(":rule not-done I looked\n");
    let ruled: Vec<_> = commands(&effects).collect();
    assert!(matches!(ruled[..], [Command::Rule { ruling: Ruling::NotDone, .. }]));
    assert!(desk.judged(&effects).iter().all(Result::is_ok));
}

#[test]
fn after_an_abort_clean_up_is_next_and_close_says_what_is_left() {
    let mut story = written(Story::up_to("scale"), |procedure| {
        of(procedure, "go").terms.always = true;
    });
    story.add("okafor", Event::Aborted { reason: "enough".into() });
    let line = next(&story);
    assert!(line.contains("6 go step") && line.contains("ABORTED, clean-up"), "{line}");
    let mut desk = Desk::armed(story);
    let effects = desk.keys(":close over\n");
    assert_eq!(commands(&effects).count(), 0);
    assert!(desk.toast().contains("clean-up is left: step 6"), "{}", desk.toast());
}
