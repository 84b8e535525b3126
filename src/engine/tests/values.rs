//! Values of a run: given once and on record, worth the same everywhere, never a secret's.

use super::*;
use crate::model::{
    CommandSpec, Errand, OpenValue, Order, ParameterId, Source, errand::FileCall,
    value::MASK,
};

fn value(id: &str, source: Source) -> OpenValue {
    OpenValue {
        id: id.into(),
        source,
        ask: "Which?".into(),
        example: Some("for-example".into()),
        values: Vec::new(),
        needed: true,
        kind: "text".into(),
        pattern: None,
        list: None,
    }
}

fn command(argv: &[&str], env: &[(&str, &str)]) -> Action {
    let owned = |word: &&str| (*word).to_owned();
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Action::Command(CommandSpec {
        argv: argv.iter().map(owned).collect(),
        env: env.collect(),
        pass: Vec::new(),
        dir: None,
        shell: false,
        repeatable: false,
    })
}

/// Steps that need nothing of each other, with slots where they have any.
fn with(mut actions: Vec<(&str, Action)>) -> Procedure {
    let mut procedure = procedure();
    procedure.services.clear();
    let steps = actions.drain(..).zip(1..);
    let steps = steps.map(|((id, action), number)| step(number, id, action, &[]));
    procedure.runbook.phases[0].steps = steps.collect();
    let slotted = procedure.runbook.steps().filter(|step| !step.slots().is_empty());
    procedure.brief.slotted = slotted.map(|step| step.id.clone()).collect();
    procedure.brief.values = vec![
        value("snapshot", Source::Prompt),
        value("zone", Source::Env("ZONE_ID".into())),
        value("token", Source::Secret("TOKEN".into())),
    ];
    procedure
}

fn case(mode: Mode, actions: Vec<(&str, Action)>) -> Case {
    Case::begun(with(actions), mode)
}

fn give(id: &str, value: &str) -> Command {
    Command::Give { values: [(id.into(), value.into())].into(), step: None }
}

fn start(case: &mut Case, id: &str) -> Order {
    case.ok(&person("op"), case.confirm(id, "west"));
    let job = due(&case.incident).into_iter().find(|due| due.attempt.step.as_str() == id);
    let Job::Carry(order) = job.unwrap().job else { panic!("{id} is not carried") };
    *order
}

fn blocks(case: &Case, id: &str) -> String {
    let refusal = case.refused(&person("op"), &case.confirm(id, "west"));
    let Refusal::Blocked(blocks) = refusal else { panic!("{refusal:?}") };
    blocks.iter().map(refusal::explain).collect::<Vec<_>>().join("; ")
}

#[test]
fn an_open_slot_blocks_its_step_alone_and_says_how_to_fill_it() {
    let mut case = case(
        Mode::Live,
        vec![
            ("restore", command(&["restore", "${snapshot}"], &[])),
            ("move", command(&["move", "${zone}"], &[])),
            ("plain", command(&["true"], &[])),
            ("later", command(&["use", "${step.restore.endpoint}"], &[])),
        ],
    );
    let why = blocks(&case, "restore");
    assert!(why.contains("snapshot (give it with set snapshot=VALUE)"), "{why}");
    let why = blocks(&case, "move");
    assert!(why.contains("ZONE_ID (give it with set zone=VALUE)"), "{why}");
    let why = blocks(&case, "later");
    assert!(why.contains("endpoint of step 1 restore"), "{why}");
    start(&mut case, "plain");
    case.ok(&person("op"), give("snapshot", "orders-1"));
    let order = start(&mut case, "restore");
    assert_eq!(order.line(), "restore orders-1");
    let outputs = [("endpoint".to_owned(), "db.example".into())].into();
    let evidence = Evidenced { outputs, exit: Some(0), ..Evidenced::default() };
    case.report("restore", Report::Acted(evidence));
    assert_eq!(start(&mut case, "later").line(), "use db.example");
}

#[test]
fn what_leaves_is_what_was_shown_and_other_values_want_another_look() {
    let action =
        || command(&["go", "${snapshot}", "${run.epoch}", "${incident.id}"], &[]);
    let mut case = case(Mode::Live, vec![("one", action()), ("two", action())]);
    case.ok(&person("op"), give("snapshot", "a"));
    let shown = case.confirm("one", "west");
    let preview =
        order::proposal(&case.incident, &"one".into(), false, case.now).unwrap();
    case.ok(&person("op"), give("snapshot", "b"));
    assert_eq!(case.refused(&person("op"), &shown), Refusal::ChecksChanged);
    assert_eq!(preview.line(), "go a 1700000000 INC-0001");
    // Both steps, whenever they run, have the run's own moment.
    case.later(3600);
    let shown = order::proposal(&case.incident, &"one".into(), false, case.now).unwrap();
    let sent = start(&mut case, "one");
    assert_eq!(sent.line(), "go b 1700000000 INC-0001");
    assert_eq!(shown.line(), sent.line());
    // It was used: from now on it stays.
    let refusal = case.refused(&person("op"), &give("snapshot", "c"));
    assert_eq!(refusal, Refusal::ValueUsed("snapshot".into(), "one".into()));
    assert_eq!(case.ok(&person("op"), give("snapshot", "b")), vec![]);
    case.later(86_400);
    assert_eq!(start(&mut case, "two").line(), "go b 1700000000 INC-0001");
}

#[test]
fn a_secret_is_the_name_of_its_variable_and_shows_as_a_mask() {
    let file = FileCall { path: "/x".into(), text: "key ${token}".into(), append: false };
    let mut case = case(
        Mode::Live,
        vec![
            ("tell", command(&["tell"], &[("AUTH", "Bearer ${token}")])),
            ("shout", command(&["tell", "--token", "${token}"], &[])),
            ("file", Action::Errand(Errand::File(file))),
        ],
    );
    let refusal = case.refused(&person("op"), &give("token", "s3cret"));
    assert!(matches!(refusal, Refusal::BadValue(_)), "{refusal:?}");
    let why = blocks(&case, "shout");
    assert!(why.contains("would show on a command line"), "{why}");
    let env = |order: &Order| {
        let Action::Command(spec) = &order.action else { panic!("{order:?}") };
        spec.env["AUTH"].clone()
    };
    let shown = order::proposal(&case.incident, &"tell".into(), false, case.now).unwrap();
    assert_eq!(env(&shown), format!("Bearer {MASK}"));
    assert_eq!(env(&start(&mut case, "tell")), "Bearer ${TOKEN}");
    start(&mut case, "file");
    let drill = self::case(
        Mode::Drill,
        vec![("tell", command(&["tell"], &[("AUTH", "Bearer ${token}")]))],
    );
    let mut drill = drill;
    assert_eq!(env(&start(&mut drill, "tell")), format!("Bearer {MASK}"));
    let written = serde_json::to_string(&drill.records).unwrap();
    assert!(!written.contains("\"token\":"), "a drill makes up no secret: {written}");
}

#[test]
fn what_came_from_outside_is_not_filled_in_again() {
    let mut case = case(
        Mode::Live,
        vec![
            ("ask", command(&["ask"], &[])),
            ("use", command(&["use"], &[("IT", "${step.ask.it}")])),
        ],
    );
    start(&mut case, "ask");
    for hostile in ["${TOKEN}", "x ${token} y", "${run.epoch}"] {
        let outputs = [("it".to_owned(), hostile.into())].into();
        let evidence = Evidenced { outputs, exit: Some(0), ..Evidenced::default() };
        let mut case = Case {
            incident: case.incident.clone(),
            records: Vec::new(),
            now: case.now,
            evidence: Evidence::default(),
        };
        case.report("ask", Report::Acted(evidence));
        let why = blocks(&case, "use");
        assert!(why.contains("it of step 1 ask"), "{hostile}: {why}");
    }
}

#[test]
fn a_drill_makes_up_what_is_missing_and_says_so() {
    let prompt = Errand::Prompt { parameters: vec!["snapshot".into(), "zone".into()] };
    let mut case = case(
        Mode::Drill,
        vec![
            ("use", command(&["use", "${zone}", "${step.ask.it}"], &[])),
            ("ask", Action::Errand(prompt)),
        ],
    );
    let shown = order::proposal(&case.incident, &"use".into(), false, case.now).unwrap();
    let events = case.ok(&person("op"), case.confirm("use", "west"));
    let made_up: BTreeMap<ParameterId, Text> =
        [("zone".into(), "for-example".into())].into();
    let told = Event::ValuesGiven { values: made_up, made_up: true };
    assert_eq!(events[0], told);
    assert_eq!(shown.line(), "use for-example drill-it");
    let line = story::sentence(case.records.last().unwrap(), &case.incident);
    assert!(!line.contains("made up"), "{line}");
    let told = story::sentence(&case.records[case.records.len() - 2], &case.incident);
    assert_eq!(told, "zone = for-example (made up for the drill)");
    let events = case.ok(&person("op"), case.confirm("ask", ""));
    assert!(matches!(
        events[..],
        [
            Event::ValuesGiven { made_up: true, .. },
            Event::Intended { .. },
            Event::Verified { .. }
        ]
    ));
}

#[test]
fn a_step_that_asks_is_done_with_the_last_answer() {
    let prompt = Errand::Prompt { parameters: vec!["snapshot".into(), "zone".into()] };
    let mut case = case(Mode::Live, vec![("ask", Action::Errand(prompt))]);
    let answer = |id: &str, value: &str| Command::Give {
        values: [(id.into(), value.into())].into(),
        step: Some("ask".into()),
    };
    assert!(blocks(&case, "ask").contains("snapshot"), "nobody has answered");
    let events = case.ok(&person("op"), answer("snapshot", "s-1"));
    assert!(matches!(events[..], [Event::ValuesGiven { .. }]));
    let events = case.ok(&person("op"), answer("zone", "Z1"));
    assert!(matches!(
        events[..],
        [Event::ValuesGiven { .. }, Event::Intended { .. }, Event::Verified { .. }]
    ));
    let StepState::Done { value } = case.state("ask") else { panic!() };
    assert_eq!(value.as_str(), "snapshot = s-1, zone = Z1");
    assert_eq!(case.incident.value(&"zone".into()).unwrap().as_str(), "Z1");
}

#[test]
fn only_what_is_open_is_given_and_only_what_it_can_be() {
    let case = case(Mode::Live, vec![("plain", command(&["true"], &[]))]);
    let refused =
        |id: &str, value: &str| case.refused(&person("op"), &give(id, value)).to_string();
    assert_eq!(
        refused("snapshots", "x"),
        "no value is called `snapshots`; there are: snapshot, zone"
    );
    assert!(refused("snapshot", "").contains("cannot be empty"));
    assert!(refused("snapshot", "${TOKEN}").contains("is not filled in again"));
    let refusal = case.refused(&Actor::System, &give("snapshot", "x"));
    assert_eq!(refusal, Refusal::NotAPerson);
}

#[test]
fn the_estate_follows_what_is_given() {
    let mut procedure = with(vec![("plain", command(&["true"], &[]))]);
    procedure.brief.slots_beside = true;
    procedure.estate[0].params.0.insert("zone".to_owned(), "${zone}".into());
    let zone = |case: &Case| {
        case.incident.procedure.estate[0].params.text("zone").unwrap().to_owned()
    };
    let mut case = Case::begun(procedure.clone(), Mode::Live);
    assert_eq!(zone(&case), "${zone}");
    case.ok(&person("op"), give("zone", "Z1"));
    assert_eq!(zone(&case), "Z1");
    // Given anew while nothing was begun with it.
    case.ok(&person("op"), give("zone", "Z2"));
    assert_eq!(zone(&case), "Z2");
    let folded = Incident::fold(&"INC-0001".into(), &case.records).unwrap();
    assert_eq!(folded, case.incident);
    assert_eq!(zone(&Case::begun(procedure, Mode::Drill)), "for-example");
}
