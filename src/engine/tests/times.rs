//! Moments a step waits for: counted from what is journalled, and from nothing else.

use super::*;
use crate::model::{Hold, Mark, PhaseTime, Terms};

fn not_before(secs: i64, left: i64) -> Vec<Block> {
    vec![Block::NotBefore { at: at(secs), left: Span::secs(left) }]
}

#[test]
fn a_delay_is_counted_from_the_end_of_what_it_needs() {
    let mut procedure = chain(&["a", "b"]);
    of(&mut procedure, "b").terms.delay = Some(Span::secs(30));
    let mut case = Case::of(procedure);
    assert_eq!(case.blocks("b"), vec![Block::Needs(vec!["a".into()])], "no moment yet");
    case.later(100);
    case.done("a");
    assert_eq!(case.blocks("b"), not_before(130, 30));
    case.later(29);
    let early = case.refused(&person("op"), &case.confirm("b", "west"));
    let Refusal::Blocked(blocks) = early else { panic!("{early}") };
    assert_eq!(blocks, not_before(130, 1));
    assert_eq!(refusal::explain(&blocks[0]), "not before Tue 14 Nov 22:15Z (in 1s)");
    case.later(1);
    case.done("b");
}

#[test]
fn not_before_is_counted_from_the_run_s_mark_also_by_another_process() {
    let day = Span::mins(24 * 60);
    let by_step: fn(&mut Procedure, Span) =
        |plan, span| of(plan, "b").terms.not_before = Some(span);
    let by_phase: fn(&mut Procedure, Span) =
        |plan, span| plan.runbook.phases[0].terms.not_before = Some(span);
    for write in [by_step, by_phase] {
        let mut procedure = chain(&["a", "b"]);
        write(&mut procedure, day);
        // The longer of the two counts.
        of(&mut procedure, "a").terms = Terms::default();
        let mut case = Case::of(procedure);
        case.now = at(0) + day;
        case.done("a");
        case.now = at(3600);
        let left = 24 * 3600 - 3600;
        assert_eq!(case.blocks("b"), not_before(24 * 3600, left));
        let holder = Text::from("another machine");
        case.ok(&Actor::System, Command::LeaseTaken { holder, epoch: 2 });
        assert_eq!(case.blocks("b"), not_before(24 * 3600, left));
        assert_eq!(waits::next_moment(&case.incident, case.now), Some(at(0) + day));
        case.now = at(0) + day;
        assert_eq!(case.blocks("b"), vec![]);
        assert_eq!(waits::next_moment(&case.incident, case.now), None);
    }
}

#[test]
fn what_is_counted_from_a_mark_waits_for_the_mark() {
    let mut procedure = chain(&["a", "b"]);
    procedure.runbook.terms.windows_from = Mark::new("activation");
    of(&mut procedure, "a").terms.marks = Some(Mark::new("activation"));
    let b = of(&mut procedure, "b");
    b.needs.clear();
    b.terms.not_before = Some(Span::mins(10));
    let mut case = Case::of(procedure);
    assert_eq!(case.blocks("b"), vec![Block::AwaitsMark(Mark::new("activation"))]);
    case.later(60);
    case.done("a");
    assert_eq!(case.blocks("b"), not_before(660, 600));
}

#[test]
fn windows_are_counted_from_where_the_plan_says() {
    for (from, offset) in [("declared", 0), ("impact", -60)] {
        let mut procedure = chain(&["a"]);
        procedure.runbook.terms.windows_from = Mark::new(from);
        let phase = &mut procedure.runbook.phases[0];
        phase.time = Some(PhaseTime::Window(Span::mins(5), Span::mins(10)));
        let case = Case::of(procedure);
        let phase = &case.incident.procedure.runbook.phases[0];
        let window = case.incident.window(phase);
        assert_eq!(window, Some((at(300 + offset), Some(at(600 + offset)))), "{from}");
    }
}

#[test]
fn the_forecast_waits_as_the_steps_do() {
    let remaining = |write: fn(&mut Procedure)| {
        let mut procedure = chain(&["a", "b"]);
        let later = procedure.runbook.phases[0].steps.split_off(1);
        let mut second = procedure.runbook.phases[0].clone();
        (second.id, second.steps) = ("later".into(), later);
        procedure.runbook.phases.push(second);
        write(&mut procedure);
        certain(&mut procedure);
        let scratch = outlook(&procedure).spread.p50;
        let case = Case::of(procedure);
        let ahead = forecast(&case.incident, case.now);
        assert_eq!(ahead.go_by, at(-60) + Span::mins(30) - ahead.remaining);
        assert_eq!(ahead.remaining, scratch, "as before anything was declared");
        ahead.remaining
    };
    // Two steps of 4:00 and a window of 1:00.
    assert_eq!(remaining(|_| {}), Span::mins(9));
    assert_eq!(
        remaining(|p| of(p, "b").terms.delay = Some(Span::mins(2))),
        Span::mins(11)
    );
    let late = |p: &mut Procedure| of(p, "b").terms.not_before = Some(Span::mins(20));
    assert_eq!(remaining(late), Span::mins(25));
    let late = |p: &mut Procedure| {
        p.runbook.phases[1].terms.not_before = Some(Span::mins(20));
    };
    assert_eq!(remaining(late), Span::mins(25));
    let hold = |p: &mut Procedure| {
        let (length, gate, back) = (Span::mins(60), Vec::new(), Vec::new());
        p.runbook.phases[0].terms.hold = Some(Hold { length, gate, back });
    };
    assert_eq!(remaining(hold), Span::mins(69));
}

#[test]
fn an_early_window_costs_the_forecast_nothing_and_no_circle_blows_it_up() {
    // What a call brought stands behind the phase that calls it, and is needed by it.
    let mut procedure = chain(&["call.x", "b"]);
    let caller = procedure.runbook.phases[0].steps.split_off(1);
    let mut first = procedure.runbook.phases[0].clone();
    (first.id, first.steps) = ("caller".into(), caller);
    let (length, gate, back) = (Span::mins(60), Vec::new(), Vec::new());
    first.terms.hold = Some(Hold { length, gate, back });
    procedure.runbook.phases.insert(0, first);
    certain(&mut procedure);
    assert_eq!(outlook(&procedure).spread.p50, Span::mins(9));
    let case = Case::of(procedure);
    assert_eq!(case.blocks("call.x"), vec![], "its caller's hold does not close it");
}
