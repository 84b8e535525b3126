//! What a failure means for the others, and what is done whatever happened.

use super::*;
use crate::model::OnFail;

fn close() -> Command {
    Command::Close { summary: "over".into(), typed: "CLOSE".into() }
}

fn abort(case: &mut Case) {
    case.ok(&person("ic"), Command::Abort { reason: "enough".into() });
}

fn skip(step: &str) -> Command {
    Command::Skip { step: step.into(), reason: "nothing to clean".into() }
}

/// `a`, `b`, then clean-up `c` and its report `d`.
fn cleaned() -> Procedure {
    let mut procedure = chain(&["a", "b", "c", "d"]);
    for id in ["c", "d"] {
        of(&mut procedure, id).terms.always = true;
    }
    procedure
}

#[test]
fn a_failure_stops_the_others_unless_the_plan_says_go_on() {
    for (on_fail, blocks) in
        [(OnFail::Stop, vec![Block::Needs(vec!["a".into()])]), (OnFail::Continue, vec![])]
    {
        let mut procedure = chain(&["a", "b"]);
        of(&mut procedure, "a").terms.on_fail = on_fail;
        let mut case = Case::of(procedure);
        case.fail("a");
        assert_eq!(case.blocks("b"), blocks, "{on_fail:?}");
        // It failed, and stays failed; and may be tried again.
        assert!(matches!(case.state("a"), StepState::Refused { .. }));
        assert_eq!(case.blocks("a"), vec![]);
        let goes_on = on_fail == OnFail::Continue;
        let next = case.incident.next().map(|step| step.id.to_string());
        assert_eq!(next.as_deref(), Some(if goes_on { "b" } else { "a" }));
        if goes_on {
            case.done("b");
            assert!(waits::is_through(&case.incident));
        }
    }
}

#[test]
fn what_is_in_doubt_lets_nothing_go_on() {
    let mut procedure = chain(&["a", "b"]);
    of(&mut procedure, "a").terms.on_fail = OnFail::Continue;
    let mut case = Case::of(procedure);
    case.ends("a", Report::Trouble(Trouble::Unknown("reset".into())));
    assert_eq!(case.blocks("b"), vec![Block::Needs(vec!["a".into()])]);
}

#[test]
fn clean_up_waits_for_its_turn_and_for_nothing_that_cannot_come() {
    let needs = |id: &str| vec![Block::Needs(vec![id.into()])];
    let mut case = Case::of(cleaned());
    assert_eq!(case.blocks("c"), needs("b"), "nothing has happened");
    case.ok(&person("op"), case.confirm("a", "west"));
    assert_eq!(case.blocks("c"), needs("b"), "it may still come to b");
    case.report("a", Report::Trouble(Trouble::Unknown("reset".into())));
    assert_eq!(case.blocks("c"), needs("b"), "nobody knows what became of a");
    let reason = Text::from("I looked");
    let ruling = Ruling::NotDone;
    case.ok(&person("op"), Command::Rule { step: "a".into(), ruling, reason });
    assert_eq!(case.blocks("c"), vec![], "b will not come by itself");
    assert_eq!(case.blocks("b"), needs("a"));
    assert_eq!(case.blocks("d"), needs("c"), "clean-up has an order of its own");
    assert!(waits::is_last_resort(&case.incident, of(&mut cleaned(), "c")));
    case.done("c");
    assert_eq!(case.blocks("d"), vec![]);
    // What went on all the same is cleaned up in its turn.
    let mut case = Case::of(cleaned());
    case.done("a");
    case.done("b");
    assert_eq!(case.blocks("c"), vec![]);
    assert!(!waits::is_last_resort(&case.incident, of(&mut cleaned(), "c")));
}

#[test]
fn after_an_abort_only_clean_up_is_left_and_it_is_not_over_before() {
    let mut case = Case::of(cleaned());
    case.done("a");
    abort(&mut case);
    assert_eq!(case.blocks("b"), vec![Block::Aborted]);
    assert_eq!(case.blocks("c"), vec![]);
    assert_eq!(case.incident.next().map(|step| step.id.as_str()), Some("c"));
    let left = |ids: &[&str]| {
        Refusal::CleanUpLeft(ids.iter().map(|id| StepId::from(*id)).collect())
    };
    assert_eq!(case.refused(&person("ic"), &close()), left(&["c", "d"]));
    case.done("c");
    assert_eq!(case.refused(&person("ic"), &close()), left(&["d"]));
    case.ok(&person("ic"), skip("d"));
    assert_eq!(case.incident.next(), None);
    case.ok(&person("ic"), close());
    case.replays();
}

#[test]
fn hold_holds_clean_up_too_and_a_failed_one_is_still_left() {
    let mut case = Case::of(cleaned());
    case.done("a");
    abort(&mut case);
    case.ok(&person("x"), Command::Hold { reason: Text::default() });
    assert_eq!(case.blocks("c"), vec![Block::Held]);
    case.ok(&person("x"), Command::Resume);
    case.fail("c");
    case.ok(&person("ic"), skip("d"));
    let left = Refusal::CleanUpLeft(vec!["c".into()]);
    assert_eq!(case.refused(&person("ic"), &close()), left);
    case.ok(&person("ic"), skip("c"));
    case.ok(&person("ic"), close());
}

#[test]
fn where_nothing_was_begun_nothing_is_to_be_cleaned_up() {
    let mut case = Case::of(cleaned());
    abort(&mut case);
    case.ok(&person("ic"), close());
}

#[test]
fn a_service_recovers_although_a_step_the_plan_does_not_insist_on_failed() {
    let mut procedure = procedure();
    procedure.runbook.phases[0].steps.truncate(1);
    of(&mut procedure, "fence").terms.on_fail = OnFail::Continue;
    let mut case = Case::of(procedure);
    let healthy = Command::Health {
        service: "shop".into(),
        healthy: Some(true),
        value: "200".into(),
    };
    case.ok(&Actor::System, healthy);
    case.ok(&person("op"), case.confirm("fence", "east"));
    case.report("fence", Report::Trouble(Trouble::Refused("no".into())));
    case.later(60);
    assert!(matches!(case.pulse()[..], [Event::ServiceRecovered { .. }]));
}

/// What stands before clean-up in its turn may never come when something failed.
#[test]
fn past_a_failure_neither_a_hold_nor_a_moment_keeps_clean_up_closed() {
    let mut procedure = cleaned();
    let mut later = procedure.runbook.phases[0].clone();
    later.steps = procedure.runbook.phases[0].steps.split_off(2);
    later.id = "later".into();
    later.terms.not_before = Some(Span::mins(60));
    let (length, gate, back) = (Span::mins(60), Vec::new(), Vec::new());
    procedure.runbook.phases[0].terms.hold =
        Some(crate::model::Hold { length, gate, back });
    procedure.runbook.phases.push(later);
    let mut case = Case::of(procedure.clone());
    case.done("a");
    case.fail("b");
    assert_eq!(case.blocks("c"), vec![]);
    case.done("c");
    assert_eq!(case.blocks("d"), vec![], "nor what comes after it");
    // In its turn it waits for both.
    let mut case = Case::of(procedure);
    case.done("a");
    case.done("b");
    let blocks = case.blocks("c");
    assert!(
        matches!(blocks[..], [Block::NotBefore { .. }, Block::Watched { .. }]),
        "{blocks:?}"
    );
}
