//! What is said before an incident is closed.

use super::*;
use crate::engine::closing;

fn close(typed: &str) -> Command {
    Command::Close { summary: "over".into(), typed: typed.into() }
}

#[test]
fn what_is_left_is_closed_with_a_word_only() {
    let mut procedure = procedure();
    procedure.brief.way_back = Some("failback".into());
    let mut case = Case::of(procedure);
    assert_eq!(closing::way_back(&case.incident), None, "nothing was moved");
    case.promoted();
    let left = "3 steps open, 1 service not healthy";
    assert_eq!(closing::left(&case.incident).as_deref(), Some(left));
    assert_eq!(closing::way_back(&case.incident).as_deref(), Some("runbook failback"));
    for typed in ["", "close", "yes"] {
        let refusal = case.refused(&person("op"), &close(typed));
        assert_eq!(refusal, Refusal::NotThrough(left.into()), "{typed}");
    }
    case.ok(&person("op"), close("CLOSE"));
    assert!(case.incident.is_over());
    case.replays();
}

#[test]
fn nothing_is_asked_when_nothing_is_left() {
    let mut case = Case::of(chain(&["a"]));
    case.done("a");
    let health = |healthy| Command::Health {
        service: "shop".into(),
        healthy,
        value: "200".into(),
    };
    case.ok(&Actor::System, health(Some(false)));
    assert_eq!(closing::left(&case.incident).as_deref(), Some("1 service not healthy"));
    case.ok(&Actor::System, health(Some(true)));
    assert_eq!(closing::left(&case.incident), None);
    case.ok(&person("op"), close(""));
}

#[test]
fn a_run_that_brings_nothing_back_waits_for_no_service() {
    let mut procedure = chain(&["a"]);
    procedure.runbook.kind = RunbookKind::Backup;
    let mut case = Case::of(procedure);
    case.done("a");
    assert_eq!(closing::left(&case.incident), None);
    assert_eq!(closing::way_back(&case.incident), None);
}

#[test]
fn a_failover_without_a_way_back_says_so() {
    let mut case = Case::declared();
    case.fence();
    assert_eq!(closing::way_back(&case.incident).as_deref(), Some("the plan has none"));
    let mut given_up = procedure();
    given_up.runbook.terms.no_failback = Some("the hall is sold".into());
    let mut case = Case::of(given_up);
    case.fence();
    let said = closing::way_back(&case.incident);
    assert_eq!(said.as_deref(), Some("none on purpose: the hall is sold"));
}
