//! Given a condition, when it is the step's turn, then it runs, is passed over, or waits.

use super::*;
use crate::model::{Condition, StepEnd};

/// What becomes of a step with that condition.
#[derive(Debug, PartialEq)]
enum Fate {
    Runs,
    PassedOver,
    Waits,
}

fn fate(case: &mut Case, id: &str) -> Fate {
    let events = case.pulse();
    let passed = events.iter().any(
        |event| matches!(event, Event::PassedOver { step, .. } if step.as_str() == id),
    );
    match (passed, case.gate(id).is_open()) {
        (true, _) => Fate::PassedOver,
        (false, true) => Fate::Runs,
        (false, false) => Fate::Waits,
    }
}

/// `b` after `a`, on one condition.
fn on(condition: Condition) -> Procedure {
    let mut procedure = chain(&["a", "b", "c"]);
    of(&mut procedure, "b").terms.when = vec![condition];
    procedure
}

const fn after(is: StepEnd) -> impl Fn() -> Condition {
    move || Condition::Step { step: StepId::from("a"), is }
}

fn probe(healthy: bool) -> Condition {
    Condition::Probe { probe: "api".into(), healthy }
}

#[test]
fn a_probe_decides_when_it_is_seen_and_waits_when_it_is_not() {
    type Seen = fn(&mut Case);
    let rows: [(&str, bool, Seen, Fate); 6] = [
        ("healthy", true, |case| case.see("api", true), Fate::Runs),
        ("ill", true, |case| case.see("api", false), Fate::PassedOver),
        ("ill", false, |case| case.see("api", false), Fate::Runs),
        ("healthy", false, |case| case.see("api", true), Fate::PassedOver),
        ("never seen", false, |_| {}, Fate::Waits),
        (
            "seen too long ago",
            false,
            |case| {
                case.see("api", true);
                case.now = case.now + Span::secs(36);
            },
            Fate::Waits,
        ),
    ];
    for (what, healthy, seen, wanted) in rows {
        let mut case = Case::of(on(probe(healthy)));
        case.done("a");
        seen(&mut case);
        assert_eq!(fate(&mut case, "b"), wanted, "{what}, wanted healthy: {healthy}");
        case.replays();
    }
}

#[test]
fn an_earlier_step_decides_by_how_it_ended() {
    type Ends = fn(&mut Case);
    let skip: Ends = |case| {
        let reason = Text::from("not today");
        case.ok(&person("op"), Command::Skip { step: "a".into(), reason });
    };
    let rows: [(StepEnd, Ends, Fate); 7] = [
        (StepEnd::Done, |case| case.done("a"), Fate::Runs),
        (StepEnd::Failed, |case| case.done("a"), Fate::PassedOver),
        (StepEnd::Failed, |case| case.fail("a"), Fate::Runs),
        (StepEnd::Done, |case| case.fail("a"), Fate::PassedOver),
        (StepEnd::Skipped, skip, Fate::Runs),
        (StepEnd::Done, skip, Fate::PassedOver),
        (StepEnd::Failed, |_| {}, Fate::Waits),
    ];
    for (at, (is, ends, wanted)) in rows.into_iter().enumerate() {
        let mut procedure = on(after(is)());
        // What it asks about is not what it waits for.
        of(&mut procedure, "b").needs.clear();
        let mut case = Case::of(procedure);
        ends(&mut case);
        assert_eq!(fate(&mut case, "b"), wanted, "row {at}");
    }
}

/// A check the plan wants to fail has failed, in its own words, when it saw what it wants.
#[test]
fn a_check_that_wants_failure_has_failed_when_it_saw_it() {
    let seen = |report: Report, is: StepEnd| {
        let mut procedure = on(after(is)());
        let check = of(&mut procedure, "a");
        check.action = Action::Check { probe: "api".into() };
        check.tier = crate::model::Tier::T0;
        check.terms.wants_failure = true;
        of(&mut procedure, "b").needs.clear();
        let mut case = Case::of(procedure);
        case.ok(&person("op"), case.confirm("a", ""));
        case.report("a", report);
        fate(&mut case, "b")
    };
    let missed =
        || Report::Missed { failure: Failure::Negative, reason: "healthy: 200".into() };
    let reached = || Report::Reached("503".into());
    assert_eq!(seen(reached(), StepEnd::Failed), Fate::Runs);
    assert_eq!(seen(reached(), StepEnd::Done), Fate::Runs);
    assert_eq!(seen(missed(), StepEnd::Failed), Fate::PassedOver, "it is well");
    assert_eq!(seen(missed(), StepEnd::Done), Fate::PassedOver);
}

#[test]
fn a_check_that_wants_failure_is_looked_at_for_failure() {
    let mut procedure = chain(&["a"]);
    let check = of(&mut procedure, "a");
    check.action = Action::Check { probe: "api".into() };
    check.tier = crate::model::Tier::T0;
    for wants in [false, true] {
        of(&mut procedure, "a").terms.wants_failure = wants;
        let mut case = Case::of(procedure.clone());
        case.ok(&person("op"), case.confirm("a", ""));
        let due = due(&case.incident);
        let [Due { job: Job::Look { healthy, .. }, .. }] = &due[..] else {
            panic!("{due:?}")
        };
        assert_eq!(*healthy, !wants);
    }
}

#[test]
fn what_stands_for_a_call_or_a_loop_ends_as_all_of_it_does() {
    let mut procedure = chain(&["call.x", "call.y", "b"]);
    let call = |is| Condition::Step { step: "call".into(), is };
    for (ends_well, is, wanted) in [
        (true, StepEnd::Done, Fate::Runs),
        (false, StepEnd::Done, Fate::PassedOver),
        (false, StepEnd::Failed, Fate::Runs),
    ] {
        let b = of(&mut procedure, "b");
        b.needs.clear();
        b.terms.when = vec![call(is)];
        let mut case = Case::of(procedure.clone());
        case.done("call.x");
        assert_eq!(fate(&mut case, "b"), Fate::Waits, "half of it");
        if ends_well {
            case.done("call.y");
        } else {
            case.fail("call.y");
        }
        assert_eq!(fate(&mut case, "b"), wanted, "{ends_well} {is:?}");
    }
}

#[test]
fn parameters_severity_scenario_and_world_decide() {
    let parameter = |equals, given: &str| Condition::Parameter {
        parameter: "target".into(),
        equals,
        value: "latest".into(),
        given: given.into(),
    };
    let rows = [
        (parameter(true, "latest"), Fate::Runs),
        (parameter(true, "2026-06-30"), Fate::PassedOver),
        (parameter(false, "2026-06-30"), Fate::Runs),
        (parameter(false, "latest"), Fate::PassedOver),
        (parameter(false, "${target}"), Fate::Waits),
        (Condition::Severity("P1".into()), Fate::Waits),
        (Condition::Scenario("fire".into()), Fate::Waits),
        (Condition::Drill(false), Fate::Runs),
        (Condition::Drill(true), Fate::PassedOver),
    ];
    for (condition, wanted) in rows {
        let mut case = Case::of(on(condition.clone()));
        case.done("a");
        assert_eq!(fate(&mut case, "b"), wanted, "{condition}");
    }
    let mut drill = Case::begun(on(Condition::Drill(true)), Mode::Drill);
    drill.done("a");
    assert_eq!(fate(&mut drill, "b"), Fate::Runs);
    for (said, wanted) in [("fire", Fate::Runs), ("flood", Fate::PassedOver)] {
        let mut procedure = on(Condition::Scenario("fire".into()));
        procedure.brief.scenario = Some(said.into());
        let mut case = Case::of(procedure);
        case.done("a");
        assert_eq!(fate(&mut case, "b"), wanted, "{said}");
    }
}

#[test]
fn people_say_how_bad_it_is_and_only_what_the_plan_knows() {
    let mut procedure = on(Condition::Severity("P1".into()));
    let row = |id: &str| crate::model::Severity {
        id: id.into(),
        name: id.into(),
        examples: Vec::new(),
        respond_within: None,
        procedure: None,
        on_raise: Vec::new(),
    };
    procedure.brief.severities = vec![row("P1"), row("P2")];
    for (said, wanted) in [("P1", Fate::Runs), ("P2", Fate::PassedOver)] {
        let mut case = Case::of(procedure.clone());
        case.done("a");
        assert_eq!(fate(&mut case, "b"), Fate::Waits);
        let say = |severity: &str| Command::SetSeverity {
            severity: severity.into(),
            reason: "all users".into(),
        };
        let unknown = case.refused(&person("ic"), &say("P9"));
        assert_eq!(unknown, Refusal::NoSuchSeverity("P9".into()));
        assert_eq!(case.refused(&Actor::System, &say("P1")), Refusal::NotAPerson);
        case.ok(&person("ic"), say(said));
        assert_eq!(fate(&mut case, "b"), wanted, "{said}");
        case.replays();
    }
}

#[test]
fn what_waits_for_a_step_that_is_passed_over_goes_on_and_the_record_says_why() {
    let mut case = Case::of(on(probe(false)));
    case.see("api", true);
    assert_eq!(case.pulse(), vec![], "not before it is its turn");
    case.done("a");
    case.pulse();
    assert_eq!(case.blocks("b"), vec![Block::Done]);
    assert_eq!(case.blocks("c"), vec![]);
    assert_eq!(case.pulse(), vec![], "once");
    let told = story::sentence(case.records.last().unwrap(), &case.incident);
    assert_eq!(told, "2 b is only for when probe api is not healthy: 200");
    let StepState::Skipped { reason } = case.state("b") else { panic!() };
    assert_eq!(reason.as_str(), "only when probe api is not healthy; 200");
    case.replays();
}

#[test]
fn an_unknown_is_accepted_by_name_and_a_condition_too_but_never_under_hold() {
    let accept = |case: &mut Case| {
        let reason = Text::from("I looked myself");
        let check = Text::from("only when probe api is not healthy");
        let command = Command::Override { step: "b".into(), check, reason };
        case.ok(&person("ic"), command);
    };
    let mut case = Case::of(on(probe(false)));
    case.done("a");
    let unknown = case.refused(&person("op"), &case.confirm("b", "west"));
    assert!(matches!(unknown, Refusal::Checks(_)), "{unknown}");
    accept(&mut case);
    assert_eq!(fate(&mut case, "b"), Fate::Runs);
    // HOLD is for looking: nothing is decided under it.
    let mut case = Case::of(on(probe(false)));
    case.done("a");
    case.see("api", true);
    case.ok(&person("x"), Command::Hold { reason: Text::default() });
    assert_eq!(case.pulse(), vec![]);
    accept(&mut case);
    case.ok(&person("x"), Command::Resume);
    assert_eq!(fate(&mut case, "b"), Fate::Runs, "accepted");
}
