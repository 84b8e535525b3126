//! The hold of a phase: begun, counted, paused, broken, over, ended, and gone back from.

use super::*;
use crate::engine::watch::Stage;
use crate::model::{Hold, Undo};

const HOUR: i64 = 3600;

/// `a` and a hold of a day behind it, then `b`.
fn held(gate: &[&str]) -> Procedure {
    let mut procedure = chain(&["a", "b"]);
    let later = procedure.runbook.phases[0].steps.split_off(1);
    let mut second = procedure.runbook.phases[0].clone();
    (second.id, second.name, second.steps) = ("second".into(), "second".into(), later);
    procedure.runbook.phases[0].terms.hold = Some(Hold {
        length: Span::mins(24 * 60),
        gate: gate.iter().map(|id| (*id).into()).collect(),
        back: vec!["a".into()],
    });
    procedure.runbook.phases.push(second);
    procedure
}

fn words(events: &[Event]) -> Vec<String> {
    let told = events.iter().map(|event| {
        let Event::Watched { watch, .. } = event else { panic!("{event:?}") };
        match watch {
            Watch::Began => "began".to_owned(),
            Watch::Counted => "counted".to_owned(),
            Watch::Paused { why } => format!("paused {why}"),
            Watch::Broken { why } => format!("broken {why}"),
            Watch::WentOn => "went on".to_owned(),
            Watch::Passed => "passed".to_owned(),
            Watch::Ended { reason } => format!("ended {reason}"),
        }
    });
    told.collect()
}

impl Case {
    /// A pulse every half hour, with `api` seen so each time; all that was written but for
    /// what only counts.
    fn hours(&mut self, hours: i64, api: Option<bool>) -> Vec<String> {
        let mut said = Vec::new();
        for _ in 0..hours * 2 {
            self.later(HOUR / 2);
            if let Some(healthy) = api {
                self.see("api", healthy);
            }
            said.extend(words(&self.pulse()));
        }
        said.retain(|word| word != "counted");
        said
    }

    fn watch(&self) -> &WatchRecord {
        &self.incident.watches[&"all".into()]
    }
}

fn begun() -> Case {
    let mut case = Case::of(held(&["api"]));
    case.see("api", true);
    assert_eq!(case.pulse(), vec![], "the phase has work to do");
    case.done("a");
    let hold = Block::Watched { phase: "all".into(), left: None, why: None };
    assert_eq!(case.blocks("b"), vec![hold], "closed before the hold is written");
    assert_eq!(words(&case.pulse()), ["began"]);
    case
}

fn left(hours: i64, why: Option<&str>) -> Vec<Block> {
    let left = Some(Span::secs(hours * HOUR));
    vec![Block::Watched { phase: "all".into(), left, why: why.map(Text::from) }]
}

#[test]
fn the_next_phase_opens_when_all_was_well_for_the_whole_length() {
    let mut case = begun();
    assert_eq!(case.hours(23, Some(true)), Vec::<String>::new());
    assert_eq!(case.blocks("b"), left(1, None));
    let early = case.refused(&person("op"), &case.confirm("b", "west"));
    assert!(matches!(early, Refusal::Blocked(_)), "{early}");
    assert_eq!(case.hours(1, Some(true)), ["passed"]);
    assert_eq!(case.blocks("b"), vec![]);
    case.done("b");
    case.replays();
}

#[test]
fn what_is_not_well_begins_the_wait_again() {
    let mut case = begun();
    case.hours(20, Some(true));
    assert_eq!(case.hours(1, Some(false)), ["broken api: 503"]);
    assert_eq!(case.blocks("b"), left(24, Some("api: 503")));
    // Silence after it is no health.
    assert_eq!(case.hours(1, None), Vec::<String>::new());
    assert_eq!(case.hours(2, Some(true)), ["went on"]);
    // Half an hour of the two it was only found well again.
    assert_eq!(case.watch().held_at(case.now), Span::secs(3 * HOUR / 2));
    assert_eq!(case.hours(22, Some(true)), Vec::<String>::new());
    assert_eq!(case.hours(1, Some(true)), ["passed"]);
    case.replays();
}

#[test]
fn what_nobody_knows_does_not_count_and_is_not_lost() {
    let mut case = begun();
    case.hours(10, Some(true));
    assert_eq!(case.hours(5, None), ["paused api: no fresh reading"]);
    let held = case.watch().held_at(case.now);
    assert_eq!(held, Span::secs(10 * HOUR + HOUR / 2), "until it was found silent");
    assert_eq!(
        case.blocks("b")[0],
        Block::Watched {
            phase: "all".into(),
            left: Some(Span::secs(24 * HOUR) - held),
            why: Some("api: no fresh reading".into()),
        }
    );
    assert_eq!(case.hours(14, Some(true)), ["went on", "passed"]);
    case.replays();
}

#[test]
fn a_pause_that_turns_out_ill_begins_again() {
    let mut case = begun();
    case.hours(10, Some(true));
    case.hours(1, None);
    assert_eq!(case.hours(1, Some(false)), ["broken api: 503"]);
    assert_eq!(case.watch().held_at(case.now), Span::ZERO);
}

#[test]
fn a_hold_that_begins_ill_or_unseen_says_so_at_once() {
    for (seen, second) in
        [(Some(false), "broken api: 503"), (None, "paused api: no fresh reading")]
    {
        let mut case = Case::of(held(&["api"]));
        case.done("a");
        if let Some(healthy) = seen {
            case.see("api", healthy);
        }
        assert_eq!(words(&case.pulse()), ["began", second]);
    }
}

#[test]
fn a_restart_goes_on_from_what_was_written_and_not_from_what_nobody_saw() {
    let mut case = begun();
    case.hours(10, Some(true));
    // The process dies; nobody looks for six hours.
    case.now = case.now + Span::secs(6 * HOUR);
    let holder = Text::from("next");
    case.ok(&Actor::System, Command::LeaseTaken { holder, epoch: 2 });
    assert!(matches!(case.watch().stage, Stage::Paused { .. }));
    assert_eq!(case.watch().held_at(case.now), Span::secs(10 * HOUR));
    assert_eq!(case.hours(14, Some(true)), ["went on"]);
    assert_eq!(case.hours(1, Some(true)), ["passed"]);
    case.replays();
}

#[test]
fn a_hold_that_looks_at_nothing_is_time_alone_also_while_nobody_is_there() {
    let mut case = Case::of(held(&[]));
    case.done("a");
    assert_eq!(words(&case.pulse()), ["began"]);
    case.now = case.now + Span::secs(24 * HOUR);
    let holder = Text::from("next");
    case.ok(&Actor::System, Command::LeaseTaken { holder, epoch: 2 });
    assert_eq!(words(&case.pulse()), ["passed"]);
}

#[test]
fn a_person_ends_it_early_with_a_reason_and_only_the_commander() {
    let end = |phase: &str, reason: &str| Command::EndWatch {
        phase: phase.into(),
        reason: reason.into(),
    };
    let mut case = begun();
    let nothing = case.refused(&person("ic"), &end("second", "now"));
    assert_eq!(nothing, Refusal::NotWatched("second".into()));
    assert_eq!(case.refused(&person("ic"), &end("all", " ")), Refusal::ReasonMissing);
    let other = case.refused(&person("op"), &end("all", "now"));
    assert_eq!(other, Refusal::NotCommander("op".into()));
    assert_eq!(case.refused(&Actor::System, &end("all", "now")), Refusal::NotAPerson);
    let events = case.ok(&person("ic"), end("all", "the vendor waits"));
    assert_eq!(words(&events), ["ended the vendor waits"]);
    assert_eq!(case.blocks("b"), vec![]);
    let told = story::sentence(case.records.last().unwrap(), &case.incident);
    assert_eq!(told, "the hold of all was ended early: the vendor waits");
    case.replays();
}

#[test]
fn stepping_back_opens_the_phase_and_the_hold_is_still_to_come() {
    let mut procedure = held(&["api"]);
    of(&mut procedure, "a").terms.undo = Undo::Action(Box::new(shell(true)));
    let mut case = Case::of(procedure);
    case.see("api", true);
    case.done("a");
    case.pulse();
    case.hours(20, Some(true));
    let (_, hold, _) = watch::present(&case.incident).unwrap();
    let back = watch::steps_back(&case.incident, hold);
    assert_eq!(back.iter().map(|step| step.id.as_str()).collect::<Vec<_>>(), ["a"]);
    let confirmation =
        Confirmation::of(&case.incident, &Gate::default(), "west", case.now);
    case.ok(&person("op"), Command::Undo { step: "a".into(), confirmation });
    assert!(watch::present(&case.incident).is_none(), "nothing to wait for now");
    case.report("a", Report::Acted(Evidenced::default()));
    assert_eq!(*case.state("a"), StepState::Undone);
    assert_eq!(case.hours(2, Some(true)), Vec::<String>::new());
    assert_eq!(case.blocks("b")[0], Block::Needs(vec!["a".into()]));
    case.done("a");
    assert_eq!(case.hours(1, Some(true)), ["began"]);
    assert_eq!(case.watch().held_at(case.now), Span::secs(HOUR / 2));
    case.replays();
}

#[test]
fn an_abort_ends_the_waiting() {
    let mut case = begun();
    case.ok(&person("ic"), Command::Abort { reason: "enough".into() });
    assert_eq!(case.hours(30, Some(true)), Vec::<String>::new());
}

/// Days of waiting may be a phase of their own, without a step.
#[test]
fn a_bare_wait_begins_when_all_before_it_is_through() {
    let mut procedure = held(&[]);
    let hold = procedure.runbook.phases[0].terms.hold.take();
    let mut rest = procedure.runbook.phases[0].clone();
    (rest.id, rest.name, rest.steps) = ("rest".into(), "rest".into(), Vec::new());
    rest.terms.hold = hold;
    procedure.runbook.phases.insert(1, rest);
    let mut case = Case::of(procedure);
    assert_eq!(case.pulse(), vec![]);
    case.done("a");
    assert_eq!(words(&case.pulse()), ["began"]);
    case.now = case.now + Span::secs(24 * HOUR);
    assert_eq!(words(&case.pulse()), ["passed"]);
    assert_eq!(case.blocks("b"), vec![]);
}

#[test]
fn the_holds_of_two_phases_come_one_after_the_other() {
    let mut procedure = held(&[]);
    let hold = procedure.runbook.phases[0].terms.hold.clone();
    procedure.runbook.phases[1].terms.hold = hold;
    let mut case = Case::of(procedure);
    case.done("a");
    assert_eq!(words(&case.pulse()), ["began"]);
    case.now = case.now + Span::secs(24 * HOUR);
    assert_eq!(words(&case.pulse()), ["passed"]);
    case.done("b");
    assert!(!waits::is_through(&case.incident));
    assert_eq!(words(&case.pulse()), ["began"]);
    assert_eq!(waits::next_moment(&case.incident, case.now), Some(at(48 * HOUR)));
    case.now = case.now + Span::secs(24 * HOUR);
    assert_eq!(words(&case.pulse()), ["passed"]);
    assert!(waits::is_through(&case.incident));
}
