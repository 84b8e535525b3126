//! What may start, and what it is bound to.

use std::sync::Arc;

use super::*;
use crate::model::{
    AwsCall, Condition, DnsCall, Errand, Expect, Hold, KubectlCall, OnFail, SqlCall,
    Terms, Undo, errand::Respond,
};

#[test]
fn nothing_starts_without_the_exact_words() {
    let case = Case::declared();
    for typed in ["", "y", "west", "EAST", "east ", "LIVE east", "eas"] {
        let refusal = case.refused(&person("op"), &case.confirm("fence", typed));
        assert_eq!(refusal, Refusal::WrongToken("east".to_owned()), "{typed:?}");
    }
}

#[test]
fn an_intent_is_the_only_way_to_work() {
    let mut case = Case::declared();
    assert_eq!(due(&case.incident), vec![]);
    let events = case.ok(&person("op"), case.confirm("fence", "east"));
    assert!(matches!(events[..], [Event::Intended { attempt: 1, .. }]));
    let due = due(&case.incident);
    assert!(matches!(
        due[..],
        [Due { attempt: crate::model::Attempt { number: 1, .. }, job: Job::Execute(_) }]
    ));
}

#[test]
fn a_step_in_flight_is_never_started_again() {
    let mut case = Case::declared();
    case.ok(&person("op"), case.confirm("fence", "east"));
    let again = case.refused(&person("op"), &case.confirm("fence", "east"));
    assert_eq!(again, Refusal::Blocked(vec![Block::InFlight]));
    case.report("fence", Report::Trouble(Trouble::Unknown("reset".into())));
    let again = case.refused(&person("op"), &case.confirm("fence", "east"));
    assert_eq!(again, Refusal::Blocked(vec![Block::InDoubt]));
}

#[test]
fn a_command_that_may_do_harm_twice_is_not_retried() {
    let mut case = Case::declared();
    case.promoted();
    case.ok(&person("op"), case.confirm("script", "west"));
    case.report("script", Report::Trouble(Trouble::Refused("exit 3".into())));
    let again = case.refused(&person("op"), &case.confirm("script", "west"));
    assert_eq!(again, Refusal::Blocked(vec![Block::NotRepeatable]));
}

#[test]
fn a_confirmation_is_bound_to_what_was_shown() {
    let mut case = Case::declared();
    case.fence();
    case.approve("promote");
    let shown = case.confirm("promote", "LIVE west");
    case.evidence = fenced(Lag::NoData, case.now);
    let check = Text::from("data lost by db within RPO");
    let reason = Text::from("accepted");
    case.ok(&person("ic"), Command::Override { step: "promote".into(), check, reason });
    assert_eq!(case.refused(&person("op"), &shown), Refusal::ChecksChanged);
    let old = case.confirm("promote", "LIVE west");
    case.later(66);
    assert_eq!(case.refused(&person("op"), &old), Refusal::Expired(Span::secs(66)));
}

#[test]
fn hold_stops_starts_and_nothing_else() {
    let mut case = Case::declared();
    case.ok(&person("op"), case.confirm("fence", "east"));
    case.ok(&person("x"), Command::Hold { reason: Text::default() });
    assert_eq!(case.ok(&person("x"), Command::Hold { reason: Text::default() }), vec![]);
    case.report("fence", Report::Acted(Evidenced::default()));
    case.report("fence", Report::Reached("0 connections".into()));
    let held = case.refused(&person("op"), &case.confirm("promote", "LIVE west"));
    assert_eq!(held, Refusal::Blocked(vec![Block::Held]));
    case.ok(&person("op"), Command::Resume);
    assert!(case.incident.hold.is_none());
}

#[test]
fn a_closed_incident_takes_notes_and_nothing_else() {
    let mut case = Case::declared();
    case.ok(&person("op"), case.confirm("fence", "east"));
    let close = Command::Close { summary: "over".into() };
    assert!(matches!(case.refused(&person("op"), &close), Refusal::InFlight(_)));
    case.fence_reports();
    case.ok(&person("op"), close);
    let hold = Command::Hold { reason: Text::default() };
    assert_eq!(case.refused(&person("op"), &hold), Refusal::Over);
    let note = Command::Note {
        kind: NoteKind::Note,
        text: "late thought".into(),
        pressed_at: case.now,
    };
    case.ok(&person("op"), note);
}

/// A live step is not run on other terms than its author's; a drill passes over them.
#[test]
fn terms_the_engine_does_not_keep_are_refused_live() {
    type Write = fn(&mut Terms);
    let written: [(&str, Write); 8] = [
        ("when", |terms| terms.when = vec![Condition::Drill(true)]),
        ("continue_if", |terms| terms.wants_failure = true),
        ("always", |terms| terms.always = true),
        ("not_before", |terms| terms.not_before = Some(Span::mins(1))),
        ("delay", |terms| terms.delay = Some(Span::mins(1))),
        ("on_fail", |terms| terms.on_fail = OnFail::Continue),
        ("retry", |terms| terms.once = true),
        ("verify", |terms| terms.expect = vec![Expect::ExitCode(0)]),
    ];
    for (word, write) in written {
        let mut case = Case::declared();
        let mut procedure = procedure();
        write(&mut procedure.runbook.phases[0].steps[0].terms);
        case.incident.procedure = Arc::new(procedure);
        let refused = case.refused(&person("op"), &case.confirm("fence", "east"));
        assert_eq!(refused, Refusal::Blocked(vec![Block::Unkept(vec![word])]));
        case.incident.mode = Mode::Drill;
        let gate = gate(&case.incident, &"fence".into(), &case.evidence, case.now);
        assert!(gate.unwrap().blocks.is_empty(), "{word}");
    }
}

#[test]
fn errands_only_drills_carry_out_are_refused_live() {
    let errands = [
        Errand::Aws(AwsCall::default()),
        Errand::Kubectl(KubectlCall::default()),
        Errand::Sql(SqlCall::default()),
        Errand::Dns(DnsCall::default()),
        Errand::Prompt { parameters: Vec::new() },
        Errand::Respond { respond: Respond::Severity },
    ];
    for errand in errands {
        let mut case = Case::declared();
        let mut procedure = procedure();
        let word = errand.word();
        procedure.runbook.phases[0].steps[0].action = Action::Errand(errand);
        case.incident.procedure = Arc::new(procedure);
        let gate = gate(&case.incident, &"fence".into(), &case.evidence, case.now);
        assert_eq!(gate.unwrap().blocks, vec![Block::Unkept(vec![word])]);
    }
}

/// What the plan says takes a step back, or that nothing does, goes before its nature.
#[test]
fn a_step_is_put_back_by_its_value_only_where_the_plan_says_nothing_else() {
    let mut step = procedure().runbook.phases[0].steps[0].clone();
    assert!(step.can_undo(), "a fence can be lifted");
    step.terms.undo = Undo::Recorded(None);
    assert!(step.can_undo());
    step.terms.undo = Undo::None("the group is shared".into());
    assert!(!step.can_undo());
    step.terms.undo = Undo::Action(Box::new(step.action.clone()));
    assert!(!step.can_undo());
}

#[test]
fn what_stands_behind_a_hold_is_refused_live() {
    let mut case = Case::declared();
    let mut procedure = procedure();
    let later = procedure.runbook.phases[0].steps.split_off(1);
    let mut second = procedure.runbook.phases[0].clone();
    (second.id, second.steps) = ("later".into(), later);
    procedure.runbook.phases.push(second);
    let (length, gate, back) = (Span::mins(60), Vec::new(), Vec::new());
    procedure.runbook.phases[0].terms.hold = Some(Hold { length, gate, back });
    let id = procedure.runbook.phases[1].steps[0].id.clone();
    case.incident.procedure = Arc::new(procedure);
    let blocks =
        |id| super::gate(&case.incident, id, &case.evidence, case.now).unwrap().blocks;
    assert!(blocks(&id).contains(&Block::Unkept(vec!["hold"])));
    assert!(!blocks(&"fence".into()).iter().any(|one| matches!(one, Block::Unkept(_))));
}
