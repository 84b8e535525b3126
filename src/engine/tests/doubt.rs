//! What became of a call: asked of the world, never assumed.

use super::*;

#[test]
fn a_new_executor_asks_the_world_before_anything_else() {
    let mut case = Case::declared();
    case.ok(&person("op"), case.confirm("fence", "east"));
    let holder = Text::from("other");
    let events = case.ok(&Actor::System, Command::LeaseTaken { holder, epoch: 2 });
    assert!(matches!(events[..], [Event::LeaseTaken { .. }, Event::Doubted { .. }]));
    assert!(matches!(due(&case.incident)[..], [Due { job: Job::Reconcile { .. }, .. }]));
    case.report("fence", Report::Reconciled(Reconciled::NotDone("open".into())));
    assert!(matches!(
        case.state("fence"),
        StepState::Failed { failure: Failure::FoundUndone, .. }
    ));
    // Not by itself: a person confirms again.
    assert_eq!(due(&case.incident), vec![]);
    let events = case.ok(&person("op"), case.confirm("fence", "east"));
    assert!(matches!(events[..], [Event::Intended { attempt: 2, .. }]));
}

#[test]
fn what_cannot_be_looked_up_waits_for_a_ruling() {
    let mut case = Case::declared();
    case.promoted();
    case.ok(&person("op"), case.confirm("script", "west"));
    case.ok(&Actor::System, Command::LeaseTaken { holder: "other".into(), epoch: 2 });
    assert!(matches!(case.state("script"), StepState::InDoubt { .. }));
    // Never again; only for what it left behind is looked.
    assert!(matches!(due(&case.incident)[..], [Due { job: Job::Recall { .. }, .. }]));
    case.report("script", Report::Trouble(Trouble::Unknown("no trace of it".into())));
    assert!(matches!(case.state("script"), StepState::InDoubt { .. }));
    let (step, reason) = (StepId::from("script"), Text::from("I saw the file"));
    case.ok(&person("op"), Command::Rule { step, ruling: Ruling::Done, reason });
    assert!(matches!(case.state("script"), StepState::Done { .. }));
}

#[test]
fn the_word_a_program_left_settles_its_doubt() {
    type Wanted = fn(&StepState) -> bool;
    let ended =
        || Report::Acted(Evidenced { summary: "exit 0".into(), ..Default::default() });
    let running = || Report::Reconciled(Reconciled::Underway("it runs".into()));
    let trouble = |trouble| Report::Trouble(trouble);
    let rows: [(Vec<Report>, Wanted); 6] = [
        (vec![ended()], |state| matches!(state, StepState::Done { .. })),
        (vec![running()], |state| *state == StepState::Awaiting),
        (vec![running(), ended()], |state| matches!(state, StepState::Done { .. })),
        (vec![running(), trouble(Trouble::Refused("exit 3".into()))], |state| {
            matches!(state, StepState::Refused { .. })
        }),
        (vec![running(), trouble(Trouble::Unknown("gone".into()))], |state| {
            matches!(state, StepState::InDoubt { .. })
        }),
        (vec![trouble(Trouble::NotSent("never began".into()))], |state| {
            matches!(state, StepState::Failed { failure: Failure::NotSent, .. })
        }),
    ];
    for (reports, wanted) in rows {
        let mut case = Case::declared();
        case.promoted();
        case.ok(&person("op"), case.confirm("script", "west"));
        case.ok(&Actor::System, Command::LeaseTaken { holder: "x".into(), epoch: 2 });
        for report in reports.clone() {
            case.report("script", report);
        }
        assert!(wanted(case.state("script")), "{reports:?}: {:?}", case.state("script"));
        let runs = |due: &Due| matches!(due.job, Job::Carry(_));
        assert!(!due(&case.incident).iter().any(runs), "run again after {reports:?}");
    }
}

#[test]
fn a_program_found_running_that_never_ends_is_in_doubt_not_failed() {
    let mut case = Case::declared();
    case.promoted();
    case.ok(&person("op"), case.confirm("script", "west"));
    case.ok(&Actor::System, Command::LeaseTaken { holder: "x".into(), epoch: 2 });
    case.report("script", Report::Reconciled(Reconciled::Underway("it runs".into())));
    case.now = case.now + Span::mins(60);
    case.ok(&Actor::System, Command::Pulse);
    assert!(matches!(case.state("script"), StepState::InDoubt { .. }));
}

#[test]
fn a_goal_not_seen_in_time_is_a_failure_not_a_success() {
    let mut case = Case::declared();
    case.ok(&person("op"), case.confirm("fence", "east"));
    case.report("fence", Report::Acted(Evidenced::default()));
    case.later(10 * 60 - 1);
    case.evidence = open_fence();
    assert_eq!(case.ok(&Actor::System, Command::Pulse), vec![]);
    case.later(1);
    case.ok(&Actor::System, Command::Pulse);
    let StepState::Failed { failure, reason } = case.state("fence") else {
        panic!("{:?}", case.state("fence"));
    };
    assert_eq!(*failure, Failure::NotVerified);
    let told = "not observed within 10m; last seen: writes still possible";
    assert_eq!(reason.as_str(), told);
}

#[test]
fn late_reports_change_nothing() {
    let mut case = Case::declared();
    case.ok(&person("op"), case.confirm("fence", "east"));
    let late =
        |attempt, report| Command::Report { step: "fence".into(), attempt, report };
    let stale = Refusal::Stale("fence".into());
    let other = late(2, Report::Acted(Evidenced::default()));
    assert_eq!(case.refused(&Actor::System, &other), stale);
    case.fence_reports();
    let twice = late(1, Report::Acted(Evidenced::default()));
    assert_eq!(case.refused(&Actor::System, &twice), stale);
}
