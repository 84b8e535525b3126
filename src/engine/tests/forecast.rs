//! What is left of a run, how surely, and what that rests on.

use super::*;
use crate::{
    engine::forecast::{Basis, Spread, Time, history::Memory, stated, waits_for},
    model::{History, Hold, Took},
};

/// The procedure of all cases, with certain lengths of four minutes.
fn certainly() -> Procedure {
    let mut procedure = procedure();
    certain(&mut procedure);
    procedure
}

fn under(procedure: Procedure) -> Case {
    let mut case = Case::declared();
    case.incident.procedure = std::sync::Arc::new(procedure);
    case
}

fn step_of<'p>(procedure: &'p mut Procedure, id: &str) -> &'p mut Step {
    let mut steps =
        procedure.runbook.phases.iter_mut().flat_map(|phase| &mut phase.steps);
    steps.find(|step| step.id.as_str() == id).unwrap()
}

#[test]
fn go_by_is_the_deadline_less_what_remains_until_services_are_healthy() {
    let case = under(certainly());
    let ahead = forecast(&case.incident, case.now);
    // The service lives on the database: fence and promote, 4:00 each, and a window of
    // 1:00. The script, the look and the rest come after it is back. Impact a minute ago.
    assert_eq!(ahead.remaining, Span::mins(9));
    assert_eq!(
        (ahead.remaining_low, ahead.remaining_p95),
        (Span::mins(9), Span::mins(9))
    );
    assert_eq!(ahead.left, Span::mins(29));
    assert_eq!(ahead.go_by, at(-60) + Span::mins(30) - Span::mins(9));
    assert_eq!(ahead.go_by_sure, ahead.go_by);
    assert_eq!(ahead.margin, Span::mins(20));
    assert_eq!(outlook(&certainly()).end.p50, Span::mins(20));
}

#[test]
fn a_service_waits_for_what_brings_it_back_and_for_all_where_nothing_says_so() {
    let ids = |procedure: &Procedure| -> Vec<String> {
        let waits = waits_for(procedure, &procedure.services[0]);
        waits.iter().map(ToString::to_string).collect()
    };
    let mut one = certainly();
    assert_eq!(ids(&one), ["fence", "promote"]);
    step_of(&mut one, "script").terms.meaning.restores = vec!["shop".into()];
    // What is said goes before what is told from the estate.
    assert_eq!(ids(&one), ["script"]);
    let reached = &outlook(&one).services[0];
    assert_eq!(reached.by, Some("script".into()));
    assert_eq!((reached.spread.p50, reached.whole_run), (Span::mins(13), false));
    one.services[0].uses.clear();
    step_of(&mut one, "script").terms.meaning.restores.clear();
    assert_eq!(ids(&one), [""; 0]);
    let reached = &outlook(&one).services[0];
    assert_eq!((reached.spread.p50, reached.whole_run), (Span::mins(21), true));
}

/// What a change of the procedure makes of the end of its run, 20 minutes without it.
fn ends(change: impl Fn(&mut Procedure), minutes: i64) {
    let mut procedure = certainly();
    change(&mut procedure);
    assert_eq!(outlook(&procedure).end.p50, Span::mins(minutes));
}

#[test]
fn delays_holds_and_moments_to_wait_for_count() {
    ends(|one| step_of(one, "look").terms.delay = Some(Span::mins(3)), 23);
    ends(|one| step_of(one, "fence").terms.not_before = Some(Span::mins(60)), 80);
    // It is later than that anyway.
    ends(|one| step_of(one, "look").terms.not_before = Some(Span::mins(12)), 20);
    ends(|one| step_of(one, "look").terms.not_before = Some(Span::mins(13)), 21);
    let hold = |length| Hold { length, gate: Vec::new(), back: Vec::new() };
    // At the end of all.
    ends(|one| one.runbook.phases[0].terms.hold = Some(hold(Span::mins(30))), 50);
    let split = |one: &mut Procedure| {
        let steps = one.runbook.phases[0].steps.split_off(2);
        let second = Phase { id: "later".into(), steps, ..one.runbook.phases[0].clone() };
        one.runbook.phases.push(second);
    };
    ends(split, 20);
    ends(
        |one| {
            split(one);
            one.runbook.phases[0].terms.hold = Some(hold(Span::mins(30)));
            // Even what needs nothing waits for the hold.
            step_of(one, "script").needs.clear();
        },
        50,
    );
    ends(
        |one| {
            split(one);
            one.runbook.phases[1].terms.not_before = Some(Span::mins(100));
        },
        112,
    );
}

#[test]
fn a_hold_that_began_is_shorter_by_what_passed() {
    let mut procedure = certainly();
    let steps = procedure.runbook.phases[0].steps.split_off(1);
    let second =
        Phase { id: "later".into(), steps, ..procedure.runbook.phases[0].clone() };
    procedure.runbook.phases.push(second);
    let hold = Hold { length: Span::mins(30), gate: Vec::new(), back: Vec::new() };
    procedure.runbook.phases[0].terms.hold = Some(hold);
    let mut case = under(procedure);
    case.fence();
    case.ok(&Actor::System, Command::Pulse);
    case.later(600);
    // 20 of 30 minutes, then the promotion and the window.
    let ahead = forecast(&case.incident, case.now);
    assert_eq!(ahead.remaining, Span::mins(20 + 4 + 1));
    case.later(36_000);
    case.ok(&Actor::System, Command::Pulse);
    let ahead = forecast(&case.incident, case.now);
    assert_eq!(ahead.remaining, Span::mins(5), "a hold that is over is over");
}

#[test]
fn the_spread_of_a_sum_is_less_than_the_sum_of_spreads_and_more_than_of_independent_ones()
{
    let mut procedure = procedure();
    let steps: Vec<Step> = (0..10_u32)
        .map(|n| {
            let needs = if n == 0 { String::new() } else { format!("s{}", n - 1) };
            let needs: &[&str] = if n == 0 { &[] } else { &[&needs] };
            step(n + 1, &format!("s{n}"), shell(true), needs)
        })
        .collect();
    procedure.runbook.phases[0].steps = steps.clone();
    let row = outlook(&procedure).end;
    assert_eq!(row, outlook(&procedure).end, "the same run, the same forecast");
    // Ten steps of 4 min, 19 in 20 below 8: the sum of the 95th percentiles is 80 min.
    // Independent ones would have their 95th at about 54 min (a normal sum).
    assert!(row.p95 < Span::mins(70), "{row:?}");
    assert!(row.p95 > Span::mins(56), "{row:?}");
    assert!(row.p50 > Span::mins(40) && row.p50 < Span::mins(48), "{row:?}");
    // Side by side the slowest decides: half the time it is later than one median.
    for step in &mut procedure.runbook.phases[0].steps {
        step.needs.clear();
    }
    let beside = outlook(&procedure).end;
    assert!(beside.p50 > Span::mins(5) && beside.p50 < Span::mins(9), "{beside:?}");
}

#[test]
fn what_runs_longer_than_it_should_is_not_over_in_a_moment() {
    let mut case = Case::declared();
    case.ok(&person("op"), case.confirm("fence", "east"));
    let mut before = case.now;
    for minutes in [1, 3, 6, 12, 30] {
        case.now = at(minutes * 60);
        let ahead = forecast(&case.incident, case.now);
        assert!(ahead.finish >= before, "{minutes}: {} < {before}", ahead.finish);
        assert!(ahead.remaining_low <= ahead.remaining);
        assert!(ahead.remaining <= ahead.remaining_p95);
        assert!(ahead.go_by_sure <= ahead.go_by);
        // The promotion and the window are ahead in any case.
        assert!(ahead.remaining > Span::mins(5), "{minutes}: {}", ahead.remaining);
        before = ahead.finish;
    }
}

const fn took(count: u32, mins: i64) -> Took {
    Took { count, p50: Span::mins(mins), p95: Span::mins(mins) }
}

#[test]
fn what_was_seen_replaces_what_is_declared_from_the_third_time_on() {
    let told = |live, drills| {
        let mut procedure = procedure();
        let history = History { live, drills };
        procedure.brief.history.insert("fence".into(), history);
        let fence = procedure.runbook.step(&"fence".into()).unwrap();
        Time::of(&procedure, fence).told()
    };
    assert_eq!(told(None, None), "~4m (to 8m, declared)");
    assert_eq!(told(None, Some(took(2, 7))), "~4m (to 8m, declared)");
    assert_eq!(told(None, Some(took(3, 7))), "~7m (3 drills)");
    assert_eq!(told(Some(took(2, 9)), Some(took(3, 7))), "~7m (3 drills)");
    assert_eq!(told(Some(took(3, 9)), Some(took(30, 7))), "~9m (3 incidents)");
}

#[test]
fn a_forecast_says_what_it_rests_on() {
    let mut procedure = certainly();
    let drills = History { live: None, drills: Some(took(7, 4)) };
    for id in ["fence", "promote", "script", "look"] {
        procedure.brief.history.insert(id.into(), drills);
    }
    let mut case = under(procedure);
    let ahead = forecast(&case.incident, case.now);
    assert_eq!(ahead.basis.told(), "7 drills, rest declared");
    case.promoted();
    let open = forecast(&case.incident, case.now).basis;
    assert_eq!(open, Basis { declared: 1, live: None, drills: Some((2, 7)) });
    let exact = Spread { low: Span::mins(9), p50: Span::mins(9), p95: Span::mins(9) };
    assert_eq!(stated(exact, open), "~9m (9m, 7 drills, rest declared)");
}

/// A run in which the fence took `secs`, as its records tell.
fn run(secs: i64) -> Case {
    let mut case = Case::declared();
    case.later(10);
    case.ok(&person("op"), case.confirm("fence", "east"));
    case.later(secs);
    case.fence_reports();
    case.approve("promote");
    case.ok(&person("op"), case.confirm("promote", "LIVE west"));
    case.later(60);
    case.report("promote", Report::Acted(Evidenced::default()));
    case.report("promote", Report::Reached("writer".into()));
    case.ok(&person("op"), case.confirm("script", "west"));
    case.later(5);
    case.report("script", Report::Acted(Evidenced::default()));
    case.later(90);
    let observed = Text::from("all green");
    case.ok(&person("op"), Command::Tick { step: "look".into(), observed });
    case
}

/// As a drill's.
fn drilled(mut records: Vec<Record>) -> Vec<Record> {
    if let Event::Declared { mode, .. } = &mut records[0].event {
        *mode = Mode::Drill;
    }
    records
}

#[test]
fn past_runs_tell_how_long_steps_take() {
    let mut memory = Memory::default();
    for secs in [100, 200, 300] {
        assert!(memory.take(&"p".into(), &run(secs).records));
    }
    assert!(memory.take(&"p".into(), &drilled(run(50).records)));
    assert!(!memory.take(&"another".into(), &run(1).records));
    let known = memory.of(&procedure());
    let fence = known[&StepId::from("fence")];
    let live = fence.live.unwrap();
    assert_eq!((live.count, live.p50), (3, Span::secs(200)));
    assert_eq!(live.p95, Span::secs(290), "between the second and the third");
    assert_eq!(fence.drills.unwrap().count, 1);
    assert_eq!(known[&StepId::from("promote")].live.unwrap().p50, Span::secs(60));
    // A person's time runs from their turn, and not in drills.
    let look = known[&StepId::from("look")];
    assert_eq!(look.live.unwrap().p50, Span::secs(90));
    assert_eq!(look.drills, None);
    assert!(!known.contains_key(&StepId::from("rest")), "a wait is as long as it is");
}

#[test]
fn what_a_person_settled_tells_nothing_about_time() {
    let mut case = Case::declared();
    case.ok(&person("op"), case.confirm("fence", "east"));
    case.ok(&Actor::System, Command::LeaseTaken { holder: "other".into(), epoch: 2 });
    case.later(1000);
    let (step, reason) =
        (StepId::from("fence"), Text::from("the console shows it stopped"));
    case.ok(&person("op"), Command::Rule { step, ruling: Ruling::Done, reason });
    let mut memory = Memory::default();
    assert!(memory.take(&"p".into(), &case.records));
    assert!(memory.of(&procedure()).is_empty());
}
