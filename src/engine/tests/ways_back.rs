//! What must not be done twice, and what takes a step back.

use super::*;
use crate::model::{Tier, Undo};

fn undo(case: &Case, id: &str, typed: &str) -> Command {
    let confirmation =
        Confirmation::of(&case.incident, &Gate::default(), typed, case.now);
    Command::Undo { step: id.into(), confirmation }
}

fn rule(id: &str, ruling: Ruling) -> Command {
    Command::Rule { step: id.into(), ruling, reason: "I looked".into() }
}

#[test]
fn what_is_wanted_once_is_repeated_only_when_it_certainly_never_was() {
    type End = fn() -> Report;
    let rows: [(End, bool); 3] = [
        (|| Report::Trouble(Trouble::NotSent("no route".into())), true),
        (|| Report::Trouble(Trouble::Refused("exit 3".into())), false),
        (|| Report::Trouble(Trouble::Unknown("reset".into())), false),
    ];
    for (end, again) in rows {
        let mut procedure = chain(&["a"]);
        of(&mut procedure, "a").terms.once = true;
        let mut case = Case::of(procedure);
        case.ends("a", end());
        assert_eq!(case.blocks("a").is_empty(), again, "{:?}", case.state("a"));
        // A person who knows says so, and then it may.
        if !again {
            case.ok(&person("op"), rule("a", Ruling::NotDone));
            assert_eq!(case.blocks("a"), vec![]);
            case.done("a");
        }
        case.replays();
    }
}

#[test]
fn a_look_that_is_wanted_once_is_in_doubt_after_a_crash() {
    for once in [false, true] {
        let mut procedure = chain(&["a"]);
        let a = of(&mut procedure, "a");
        a.terms.once = once;
        a.action = Action::Http(crate::model::HttpSpec {
            method: "GET".to_owned(),
            url: "https://example.com/once".to_owned(),
            headers: BTreeMap::new(),
            body: None,
            status: (200, 299),
            contains: None,
            repeatable: true,
        });
        a.tier = Tier::T0;
        let mut case = Case::of(procedure);
        case.ok(&person("op"), case.confirm("a", ""));
        let holder = Text::from("next");
        case.ok(&Actor::System, Command::LeaseTaken { holder, epoch: 2 });
        let doubt = matches!(case.state("a"), StepState::InDoubt { .. });
        assert_eq!(doubt, once, "{:?}", case.state("a"));
    }
}

#[test]
fn a_ruling_is_for_what_nobody_else_can_say() {
    let mut case = Case::of(chain(&["a"]));
    let refused = |case: &Case| case.refused(&person("op"), &rule("a", Ruling::Done));
    assert_eq!(refused(&case), Refusal::NotInDoubt("a".into()));
    case.fail("a");
    assert_eq!(refused(&case), Refusal::NotInDoubt("a".into()), "it may be repeated");
    case.done("a");
    assert_eq!(refused(&case), Refusal::NotInDoubt("a".into()));
}

#[test]
fn what_was_taken_back_and_is_wanted_once_starts_again_by_ruling_only() {
    let mut procedure = chain(&["a"]);
    let a = of(&mut procedure, "a");
    (a.terms.once, a.terms.undo) = (true, Undo::Action(Box::new(shell(true))));
    let mut case = Case::of(procedure);
    case.done("a");
    case.ok(&person("op"), undo(&case, "a", "west"));
    case.report("a", Report::Acted(Evidenced::default()));
    assert_eq!(case.blocks("a"), vec![Block::NotRepeatable]);
    case.ok(&person("op"), rule("a", Ruling::NotDone));
    case.done("a");
    case.replays();
}

#[test]
fn the_plan_s_own_way_back_is_what_is_run() {
    let mut procedure = chain(&["a", "b"]);
    let back = Action::Command(CommandSpec {
        argv: vec!["put".to_owned(), "back".to_owned()],
        env: BTreeMap::new(),
        pass: Vec::new(),
        dir: None,
        shell: false,
        repeatable: false,
    });
    of(&mut procedure, "a").terms.undo = Undo::Action(Box::new(back));
    let mut case = Case::of(procedure);
    let todo = case.refused(&person("op"), &undo(&case, "a", "west"));
    assert!(matches!(todo, Refusal::NotUndoable { .. }), "{todo}");
    case.done("a");
    let wrong = case.refused(&person("op"), &undo(&case, "a", "y"));
    assert_eq!(wrong, Refusal::WrongToken("west".to_owned()));
    let events = case.ok(&person("op"), undo(&case, "a", "west"));
    assert!(matches!(events[..], [Event::Intended { undo: true, attempt: 2, .. }]));
    let due = due(&case.incident);
    let [Due { job: Job::Carry(order), .. }] = &due[..] else { panic!("{due:?}") };
    assert!(order.line().contains("put back"), "{}", order.line());
    // It may do harm twice: refused, it is for a person to say what became of it.
    case.report("a", Report::Trouble(Trouble::Refused("exit 1".into())));
    let again = case.refused(&person("op"), &undo(&case, "a", "west"));
    assert!(again.to_string().contains("rule on it"), "{again}");
    case.ok(&person("op"), rule("a", Ruling::NotDone));
    case.ok(&person("op"), undo(&case, "a", "west"));
    case.report("a", Report::Acted(Evidenced::default()));
    assert_eq!(*case.state("a"), StepState::Undone);
    assert_eq!(case.blocks("b"), vec![Block::Needs(vec!["a".into()])]);
    case.done("a");
    case.replays();
}

#[test]
fn a_way_back_that_ends_something_wants_more_than_the_step_did() {
    let destroy = Action::Errand(crate::model::Errand::Aws(crate::model::AwsCall {
        service: "cloudwatch".to_owned(),
        operation: "DeleteAlarms".to_owned(),
        ..Default::default()
    }));
    assert_eq!(destroy.tier(), Tier::T4);
    let mut procedure = chain(&["a"]);
    of(&mut procedure, "a").terms.undo = Undo::Action(Box::new(destroy));
    let mut case = Case::of(procedure);
    case.done("a");
    let wrong = case.refused(&person("op"), &undo(&case, "a", "west"));
    assert_eq!(wrong, Refusal::WrongToken("LIVE west".to_owned()));
    case.ok(&person("op"), undo(&case, "a", "LIVE west"));
}

#[test]
fn taken_back_by_hand_it_is_ticked_when_it_is_done() {
    let by_hand = Action::Manual { text: "turn the key back".into(), expect: None };
    let mut procedure = chain(&["a"]);
    of(&mut procedure, "a").terms.undo = Undo::Action(Box::new(by_hand));
    let mut case = Case::of(procedure);
    let tick = |seen: &str| Command::Tick { step: "a".into(), observed: seen.into() };
    let not_yet = Refusal::NotManual("a".into());
    assert_eq!(case.refused(&person("op"), &tick("done")), not_yet);
    case.done("a");
    case.ok(&person("op"), undo(&case, "a", "west"));
    assert_eq!(*case.state("a"), StepState::Awaiting);
    assert_eq!(due(&case.incident), vec![], "nothing leaves for it");
    assert_eq!(case.refused(&person("op"), &tick(" ")), Refusal::ReasonMissing);
    case.ok(&person("op"), tick("it is turned"));
    assert_eq!(*case.state("a"), StepState::Undone);
    // The step itself is no tick.
    assert_eq!(case.refused(&person("op"), &tick("done")), not_yet);
    case.replays();
}

#[test]
fn where_nothing_takes_it_back_the_plan_says_why() {
    for (why, said) in [
        ("the old data is gone", "the old data is gone"),
        ("", "the plan says that nothing takes it back"),
    ] {
        let mut procedure = procedure();
        of(&mut procedure, "fence").terms.undo = Undo::None(why.into());
        let mut case = Case::of(procedure);
        case.fence();
        let refusal = case.refused(&person("op"), &undo(&case, "fence", "east"));
        let wanted = Refusal::NotUndoable { step: "fence".into(), why: said.into() };
        assert_eq!(refusal, wanted);
    }
}
