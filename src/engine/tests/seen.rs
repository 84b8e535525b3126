//! What must be seen after an act, before its step is done.

use super::*;
use crate::model::{AwsCall, Compare, Errand, Expect};

fn aws(operation: &str) -> AwsCall {
    AwsCall {
        service: "rds".into(),
        operation: operation.into(),
        region: Some("us-west-2".into()),
        ..AwsCall::default()
    }
}

fn available() -> Expect {
    let path = Some("DBInstances[0].DBInstanceStatus".to_owned());
    let is = Compare::Equals("available".into());
    Expect::Aws { call: aws("DescribeDBInstances"), path, is }
}

/// One step that does `action` and expects `expects`.
fn case(action: Action, expects: Vec<Expect>) -> Case {
    let mut procedure = procedure();
    procedure.services.clear();
    let mut only = step(1, "one", action, &[]);
    only.terms.expect = expects;
    procedure.runbook.phases[0].steps = vec![only];
    Case::begun(procedure, Mode::Live)
}

fn acted(case: &mut Case, answer: &str) -> Vec<Event> {
    case.ok(&person("op"), case.confirm("one", "west"));
    let answer = Some(Text::clean(answer));
    let evidence = Evidenced { answer, exit: Some(0), ..Evidenced::default() };
    case.report("one", Report::Acted(evidence))
}

fn expects(case: &Case) -> usize {
    match &due(&case.incident)[..] {
        [Due { job: Job::Expect { vigils, .. }, .. }] => vigils.len(),
        [] => 0,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_act_is_not_done_before_what_is_expected_was_seen() {
    let change = Action::Errand(Errand::Aws(aws("RestoreDBInstanceFromDBSnapshot")));
    for action in [change, shell(false)] {
        let mut case = case(action, vec![available()]);
        let events = acted(&mut case, "");
        assert!(matches!(events[..], [Event::Acted { .. }]), "{events:?}");
        assert_eq!(*case.state("one"), StepState::Awaiting);
        assert_eq!(expects(&case), 1);
        let outputs = BTreeMap::new();
        case.report("one", Report::Seen { value: "available".into(), outputs });
        assert!(matches!(case.state("one"), StepState::Done { .. }));
        assert_eq!(due(&case.incident), vec![]);
    }
}

#[test]
fn what_is_never_seen_fails_as_not_verified() {
    let mut case = case(shell(false), vec![available()]);
    acted(&mut case, "");
    case.later(10 * 60 - 1);
    assert_eq!(case.ok(&Actor::System, Command::Pulse), vec![]);
    case.later(1);
    case.ok(&Actor::System, Command::Pulse);
    let StepState::Failed { failure, .. } = case.state("one") else {
        panic!("{:?}", case.state("one"));
    };
    assert_eq!(*failure, Failure::NotVerified);
    // It was done: nobody does it again by mistake.
    let again = case.refused(&person("op"), &case.confirm("one", "west"));
    assert_eq!(again, Refusal::Blocked(vec![Block::NotRepeatable]));
}

#[test]
fn its_own_answer_decides_at_once_unless_it_can_be_asked_again() {
    let enough = || vec![Expect::Answer(Compare::AtLeast(10.0))];
    let change = || Action::Errand(Errand::Aws(aws("CreateDBSnapshot")));
    let look = || Action::Errand(Errand::Aws(aws("DescribeDBSnapshots")));
    let mut good = case(change(), enough());
    acted(&mut good, "10");
    assert!(matches!(good.state("one"), StepState::Done { .. }));
    let mut bad = case(change(), enough());
    acted(&mut bad, "9");
    let StepState::Failed { failure, reason } = bad.state("one") else { panic!() };
    assert_eq!((failure, reason.as_str()), (&Failure::NotVerified, "9, not at least 10"));
    let mut again = case(look(), enough());
    acted(&mut again, "9");
    assert_eq!(*again.state("one"), StepState::Awaiting);
    assert_eq!(expects(&again), 1);
}

#[test]
fn what_a_second_look_answers_is_on_record_for_later_steps() {
    let mut case = case(shell(false), vec![available()]);
    acted(&mut case, "");
    let outputs = [("endpoint".to_owned(), Text::from("db.example"))].into();
    let events = case.report("one", Report::Seen { value: "there".into(), outputs });
    assert!(matches!(events[..], [Event::OutputsRead { .. }, Event::Verified { .. }]));
    let record = &case.incident.steps[&"one".into()];
    assert_eq!(
        record.evidence.as_ref().unwrap().outputs["endpoint"].as_str(),
        "db.example"
    );
}

#[test]
fn a_look_whose_answer_was_lost_has_changed_nothing_and_a_change_is_in_doubt() {
    for (operation, doubted) in
        [("DescribeDBInstances", false), ("DeleteDBInstance", true)]
    {
        let mut lost = case(Action::Errand(Errand::Aws(aws(operation))), Vec::new());
        let words = if doubted { "LIVE west" } else { "" };
        if doubted {
            lost.approve("one");
        }
        lost.ok(&person("op"), lost.confirm("one", words));
        lost.report("one", Report::Trouble(Trouble::Unknown("timeout".into())));
        let is = matches!(lost.state("one"), StepState::InDoubt { .. });
        assert_eq!(is, doubted, "{operation}: {:?}", lost.state("one"));
        let recalls =
            matches!(&due(&lost.incident)[..], [Due { job: Job::Recall { .. }, .. }]);
        assert_eq!(recalls, doubted);
        let runs = due(&lost.incident).iter().any(|due| due.job.stage() == Stage::Act);
        assert!(!runs, "{operation} is made again by itself");
    }
}

#[test]
fn a_person_s_word_still_has_to_be_seen() {
    let manual = Action::Manual { text: "restore it".into(), expect: None };
    let mut case = case(manual, vec![available()]);
    let tick = Command::Tick { step: "one".into(), observed: "done".into() };
    case.ok(&person("op"), tick);
    assert_eq!(*case.state("one"), StepState::Awaiting);
    assert_eq!(expects(&case), 1);
}

#[test]
fn an_exit_status_is_compared_with_the_one_that_is_expected() {
    let mut case = case(shell(false), vec![Expect::ExitCode(3)]);
    case.ok(&person("op"), case.confirm("one", "west"));
    let Job::Carry(order) = due(&case.incident).remove(0).job else { panic!() };
    assert_eq!(order.wanted.exit, 3);
    let evidence = Evidenced { exit: Some(3), ..Evidenced::default() };
    case.report("one", Report::Acted(evidence));
    assert!(matches!(case.state("one"), StepState::Done { .. }));
}
