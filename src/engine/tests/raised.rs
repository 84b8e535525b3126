//! What the plan wants told and raised: written with what it is about, standing as long.

use super::*;
use crate::engine::raise::Because;
use crate::model::{Errand, IncidentType, Mark, Route, Severity, errand::Respond};

/// What was raised, as the alarm line and the timeline say it, with whether it stands.
fn raised(case: &Case) -> Vec<(String, bool)> {
    let all = case.incident.raised.iter();
    all.map(|it| (it.words(&case.incident), it.stands(&case.incident))).collect()
}

fn says(words: &str, stands: bool) -> (String, bool) {
    (words.to_owned(), stands)
}

fn routed(mut procedure: Procedure) -> Procedure {
    procedure.brief.routes = vec![Route {
        event: "over".into(),
        to: vec!["leadership".into(), "teams".into()],
        via: vec!["incident".into()],
        text: None,
    }];
    procedure
}

#[test]
fn a_step_raises_what_it_should_when_it_ends() {
    let mut procedure = routed(chain(&["a"]));
    let tell = &mut of(&mut procedure, "a").terms.tell;
    (tell.failed, tell.done) = (Some("down".into()), Some("over".into()));
    let mut case = Case::of(procedure);
    case.fail("a");
    assert_eq!(raised(&case), [says("down: failed", true)]);
    case.later(5);
    case.done("a");
    assert_eq!(
        raised(&case),
        [
            says("down: failed", false),
            says("over: tell leadership, teams via incident", false),
        ]
    );
    let told = story::sentence(case.records.last().unwrap(), &case.incident);
    assert_eq!(told, "over: tell leadership, teams via incident (1 a)");
    case.replays();
}

#[test]
fn taking_back_raises_nothing() {
    let mut procedure = chain(&["a"]);
    let a = of(&mut procedure, "a");
    a.terms.tell.done = Some("over".into());
    a.terms.undo = crate::model::Undo::Action(Box::new(shell(true)));
    let mut case = Case::of(procedure);
    case.done("a");
    let confirmation =
        Confirmation::of(&case.incident, &Gate::default(), "west", case.now);
    case.ok(&person("op"), Command::Undo { step: "a".into(), confirmation });
    let events = case.report("a", Report::Acted(Evidenced::default()));
    assert!(!events.iter().any(|event| matches!(event, Event::Raised { .. })));
}

#[test]
fn what_took_more_than_the_plan_allows_is_raised() {
    for (took, over) in [(240, false), (241, true)] {
        let mut procedure = chain(&["a"]);
        of(&mut procedure, "a").terms.limit = Some((Span::mins(4), "slow".into()));
        let mut case = Case::of(procedure);
        case.ok(&person("op"), case.confirm("a", "west"));
        case.later(took);
        case.report("a", Report::Acted(Evidenced::default()));
        let wanted = over.then(|| says("slow: took 4:01, more than 4:00", true));
        assert_eq!(raised(&case), wanted.as_slice());
    }
}

#[test]
fn what_a_step_measures_is_what_its_limit_is_about() {
    for (took, over) in [(14_400, false), (14_401, true)] {
        let mut procedure = chain(&["a", "b", "c"]);
        of(&mut procedure, "a").terms.marks = Some(Mark::new("failure"));
        of(&mut procedure, "b").terms.marks = Some(Mark::new("recovered"));
        let c = of(&mut procedure, "c");
        c.name = "took ${span.failure.recovered}s".into();
        c.terms.limit = Some((Span::secs(14_400), "RTO_EXCEEDED".into()));
        let mut case = Case::of(procedure);
        case.done("a");
        case.later(took);
        case.done("b");
        case.later(9999);
        case.done("c");
        let found = raised(&case);
        assert_eq!(!found.is_empty(), over, "{found:?}");
    }
}

fn severity(id: &str, on_raise: &[&str]) -> Severity {
    Severity {
        id: id.into(),
        name: id.into(),
        examples: Vec::new(),
        respond_within: None,
        procedure: None,
        on_raise: on_raise.iter().map(|it| Text::from(*it)).collect(),
    }
}

fn responding(respond: Respond) -> Procedure {
    let mut procedure = chain(&["a"]);
    let a = of(&mut procedure, "a");
    a.action = Action::Errand(Errand::Respond { respond });
    a.tier = a.action.tier();
    procedure
}

#[test]
fn an_answer_to_how_bad_it_is_raises_what_that_asks_for() {
    let mut procedure = responding(Respond::Severity);
    procedure.brief.severities =
        vec![severity("P1", &["notify:oncall", "war-room"]), severity("P4", &[])];
    procedure.brief.channels = vec![crate::model::Channel {
        id: "war-room".into(),
        kind: "slack".to_owned(),
        address: Some("#war".into()),
        purpose: None,
        fallback_for: None,
    }];
    let mut case = Case::of(procedure);
    let unknown = case.refused(&person("op"), &case.confirm("a", ""));
    assert!(unknown.to_string().contains("nobody has said how bad"), "{unknown}");
    let say = Command::SetSeverity { severity: "P1".into(), reason: "all".into() };
    case.ok(&person("ic"), say);
    case.ok(&person("op"), case.confirm("a", ""));
    assert!(matches!(case.state("a"), StepState::Done { .. }));
    assert_eq!(
        raised(&case),
        [
            says("oncall: severity P1", true),
            says("war-room: severity P1; tell slack #war", true),
        ]
    );
    case.replays();
}

#[test]
fn the_type_of_an_incident_is_told_by_its_probe() {
    let mut procedure = responding(Respond::IncidentType);
    let kind = |id: &str, probe: &str| IncidentType {
        id: id.into(),
        severity: None,
        probe: Some(probe.into()),
        message: Some("no answer".into()),
        auto_action: vec!["./restart.sh".into()],
    };
    procedure.brief.incident_types = vec![kind("APP", "app"), kind("DB", "db")];
    let mut case = Case::of(procedure);
    case.see("app", false);
    let unknown = case.refused(&person("op"), &case.confirm("a", ""));
    assert!(unknown.to_string().contains("whether it is DB"), "{unknown}");
    case.see("db", true);
    case.ok(&person("op"), case.confirm("a", ""));
    assert_eq!(raised(&case), [says("APP: no answer; it starts: ./restart.sh", true)]);
    let Because::Type { .. } = &case.incident.raised[0].because else { panic!() };
}
