//! Moments of an incident, and the clock between two of them.

use super::*;
use crate::model::{Errand, Mark, RtoClock};

fn mark(name: &str) -> Mark {
    Mark::new(name)
}

#[test]
fn every_incident_has_its_moments() {
    let mut case = Case::of(chain(&["a"]));
    case.later(30);
    case.ok(&person("ic"), Command::Decide { words: "go".into() });
    case.later(10);
    case.done("a");
    for (name, moment) in [
        ("impact", Some(at(-60))),
        ("detected", Some(at(0))),
        ("declared", Some(at(0))),
        ("decided", Some(at(30))),
        ("started", Some(at(40))),
        ("verified", None),
        ("announced", None),
        ("closed", None),
        ("nobody-makes-this", None),
    ] {
        assert_eq!(case.incident.moment(&mark(name)), moment, "{name}");
    }
}

#[test]
fn a_step_stamps_its_mark_when_it_is_done_and_not_when_it_is_left_out() {
    let mut procedure = chain(&["a", "b", "c"]);
    of(&mut procedure, "a").terms.marks = Some(mark("failure"));
    let b = of(&mut procedure, "b");
    b.action = Action::Errand(Errand::Mark { mark: mark("activation") });
    b.tier = crate::model::Tier::T1;
    of(&mut procedure, "c").terms.marks = Some(mark("recovered"));
    let mut case = Case::of(procedure);
    case.later(5);
    case.done("a");
    case.later(5);
    case.ok(&person("op"), case.confirm("b", ""));
    let reason = Text::from("not today");
    case.ok(&person("op"), Command::Skip { step: "c".into(), reason });
    let moment = |name: &str| case.incident.moment(&mark(name));
    assert_eq!(moment("failure"), Some(at(5)));
    assert_eq!(moment("activation"), Some(at(10)));
    assert_eq!(moment("recovered"), None);
    let told = case.records.iter().map(|it| story::sentence(it, &case.incident));
    assert!(told.into_iter().any(|line| line.ends_with("[failure]")));
}

#[test]
fn a_mark_of_several_lanes_is_stamped_by_the_last_of_them() {
    let mut procedure = chain(&["north.a", "south.a"]);
    for id in ["north.a", "south.a"] {
        let step = of(&mut procedure, id);
        step.needs.clear();
        step.terms.marks = Some(mark("well"));
    }
    let mut case = Case::of(procedure);
    case.done("south.a");
    assert_eq!(case.incident.moment(&mark("well")), None);
    case.later(7);
    case.done("north.a");
    assert_eq!(case.incident.moment(&mark("well")), Some(at(7)));
}

#[test]
fn recovery_is_measured_between_the_moments_the_plan_names() {
    let mut procedure = chain(&["a", "b", "c"]);
    of(&mut procedure, "a").terms.marks = Some(mark("activation"));
    of(&mut procedure, "b").terms.marks = Some(mark("well"));
    let clock = RtoClock { start: mark("activation"), stop: mark("well") };
    procedure.brief.clock = Some(clock);
    certain(&mut procedure);
    let mut case = Case::of(procedure);
    case.later(600);
    // Not begun: all of it is left, whenever it begins.
    let ahead = forecast(&case.incident, case.now);
    assert_eq!(ahead.left, Span::mins(30));
    // Two steps of 4:00 to the mark; what comes after it is not recovery.
    assert_eq!(ahead.remaining, Span::mins(8));
    case.done("a");
    case.later(60);
    let ahead = forecast(&case.incident, case.now);
    assert_eq!((ahead.left, ahead.remaining), (Span::mins(29), Span::mins(4)));
    case.done("b");
    case.later(60);
    assert_eq!(case.incident.rto_took(), Some(Span::mins(1)));
    let ahead = forecast(&case.incident, case.now);
    assert_eq!((ahead.left, ahead.margin), (Span::mins(29), Span::mins(29)));
}
