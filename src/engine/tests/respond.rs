//! How soon somebody must answer, who was reached, and what came back too early.

use super::*;
use crate::{
    engine::{recovery, respond},
    model::{Contact, Escalation, ServiceBrief, Severity},
};

fn graded(mut procedure: Procedure) -> Procedure {
    let severity = |id: &str, mins, runbook: &str| Severity {
        id: id.into(),
        name: id.into(),
        examples: Vec::new(),
        respond_within: Some(Span::mins(mins)),
        procedure: Some(runbook.into()),
        on_raise: Vec::new(),
    };
    procedure.brief.severities =
        vec![severity("P1", 15, "failover"), severity("P2", 60, "triage")];
    procedure.brief.contacts = vec![Contact {
        name: "Cloud support".into(),
        ways: vec!["+44".into()],
        escalation: None,
        sla: None,
        when: None,
    }];
    let stage = |order, mins: Option<i64>| Escalation {
        order,
        from: "detected".into(),
        to: vec!["lead".into()],
        after: mins.map(Span::mins),
    };
    procedure.brief.escalation =
        vec![stage(2, Some(10)), stage(1, Some(5)), stage(3, None)];
    procedure
}

fn named(severity: &str) -> Command {
    Command::SetSeverity { severity: severity.into(), reason: "all users".into() }
}

fn on_it(words: &str) -> Command {
    Command::Say(Say::Respond { words: words.into() })
}

#[test]
fn a_severity_counts_down_until_somebody_is_on_it() {
    let mut case = Case::of(graded(procedure()));
    assert_eq!(respond::awaited(&case.incident), None, "nobody has said how bad it is");
    assert!(matches!(
        case.refused(&person("op"), &on_it("me")),
        Refusal::NothingToSay(_)
    ));
    case.ok(&person("ic"), named("P1"));
    let told = story::sentence(case.records.last().unwrap(), &case.incident);
    // It runs its own procedure: that goes without saying.
    assert_eq!(told, "P1 P1: all users (somebody within 15:00)");
    let due = respond::awaited(&case.incident).unwrap().due;
    assert_eq!(due, case.now + Span::mins(15));
    case.later(192);
    assert_eq!(case.refused(&Actor::System, &on_it("me")), Refusal::NotAPerson);
    assert_eq!(case.refused(&person("op"), &on_it(" ")), Refusal::ReasonMissing);
    case.ok(&person("op"), on_it("op on the bridge"));
    let told = story::sentence(case.records.last().unwrap(), &case.incident);
    assert_eq!(told, "is on it: op on the bridge");
    assert_eq!(respond::awaited(&case.incident), None);
    let answered = respond::response(&case.incident).unwrap().answered.unwrap();
    assert_eq!((answered.by.as_str(), answered.at), ("op", case.now));
    // Another severity is another question, and names its procedure.
    case.later(1);
    case.ok(&person("ic"), named("P2"));
    let told = story::sentence(case.records.last().unwrap(), &case.incident);
    assert_eq!(
        told,
        "P2 P2: all users (its procedure is triage, somebody within 1:00:00)"
    );
    assert_eq!(respond::awaited(&case.incident).unwrap().severity.as_str(), "P2");
    case.replays();
}

#[test]
fn who_was_reached_stays_with_who_when_and_how() {
    let mut case = Case::of(graded(procedure()));
    let reached = |contact: &str| {
        let (contact, words) = (contact.into(), "case 4711".into());
        Command::Say(Say::Contact { contact, words })
    };
    let stranger = case.refused(&person("op"), &reached("Press"));
    assert!(stranger.to_string().contains("it knows: Cloud support"), "{stranger}");
    case.ok(&person("op"), reached("Cloud support"));
    let told = story::sentence(case.records.last().unwrap(), &case.incident);
    assert_eq!(told, "Cloud support: case 4711");
    let word = &case.incident.talk.contacted[&Text::from("Cloud support")];
    assert_eq!((word.by.as_str(), word.at), ("op", case.now));
    case.replays();
}

#[test]
fn each_stage_is_due_after_the_one_before() {
    let mut case = Case::of(graded(procedure()));
    let dues = |case: &Case| -> Vec<Option<i64>> {
        let since = |at: Moment| (at - case.incident.clocks.declared).as_secs();
        let all = respond::stages(&case.incident).into_iter();
        all.map(|(_, due)| due.map(since)).collect()
    };
    assert_eq!(dues(&case), [Some(300), Some(900), None]);
    let tell = |stage| Command::Say(Say::Escalate { stage, words: "called".into() });
    assert!(case.refused(&person("op"), &tell(9)).to_string().contains("has: 2, 1, 3"));
    case.later(60);
    case.ok(&person("op"), tell(1));
    assert_eq!(
        dues(&case),
        [Some(300), Some(660), None],
        "counted from when it was told"
    );
    let told = story::sentence(case.records.last().unwrap(), &case.incident);
    assert_eq!(told, "stage 1, lead told: called");
    // Told again, the first time stands.
    case.later(60);
    case.ok(&person("op"), tell(1));
    assert_eq!(dues(&case), [Some(300), Some(660), None]);
    case.replays();
}

/// `late` has to be back after `shop`.
fn ordered() -> Case {
    let mut procedure = chain(&["a"]);
    let mut late = procedure.services[0].clone();
    (late.id, late.name) = ("late".into(), "late".into());
    procedure.services.push(late);
    let place = |order, tier: &str| ServiceBrief {
        order: Some(order),
        tier: Some(tier.into()),
        availability: None,
    };
    procedure.brief.services =
        [("shop".into(), place(1, "P0")), ("late".into(), place(2, "P1"))].into();
    let mut case = Case::of(procedure);
    case.done("a");
    case
}

fn well(case: &mut Case, service: &str) {
    let (service, value) = (service.into(), "200".into());
    case.ok(&Actor::System, Command::Health { service, healthy: Some(true), value });
}

#[test]
fn what_is_back_before_its_turn_is_on_record_until_the_others_are() {
    let mut case = ordered();
    well(&mut case, "late");
    case.later(61);
    let events = case.pulse();
    let [Event::ServiceRecovered { .. }, early @ Event::OutOfOrder { .. }] = &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!(early.word(), "ORDER");
    let told = story::sentence(case.records.last().unwrap(), &case.incident);
    assert_eq!(told, "late is back before shop (P1 before P0)");
    assert_eq!(recovery::early(&case.incident).len(), 1);
    well(&mut case, "shop");
    case.later(61);
    let events = case.pulse();
    assert!(!events.iter().any(|event| matches!(event, Event::OutOfOrder { .. })));
    assert!(recovery::early(&case.incident).is_empty());
    case.replays();
}

#[test]
fn what_comes_back_together_or_in_turn_is_in_order() {
    let mut case = ordered();
    well(&mut case, "late");
    well(&mut case, "shop");
    case.later(61);
    let events = case.pulse();
    assert_eq!(events.len(), 2, "{events:?}");
    assert!(recovery::early(&case.incident).is_empty());
}
