//! What may start, and what it is bound to.

use super::*;

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
    let close = Command::Close { summary: "over".into(), typed: "CLOSE".into() };
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
