//! What is measured: data lost, recovery; and the fold of every prefix.

use super::*;

#[test]
fn the_seal_is_the_lag_at_the_fence_not_at_the_key() {
    let mut case = Case::declared();
    case.fence();
    case.approve("promote");
    // The sample is a minute old; the source has been fenced since before it.
    let sampled = case.now;
    case.now = case.now + Span::secs(60);
    let events = case.ok(&person("op"), case.confirm("promote", "LIVE west"));
    let [Event::Intended { seal: Some(seal), .. }] = &events[..] else { panic!() };
    assert_eq!(seal.lost, Some(Span::secs(42)));
    assert_eq!(seal.sampled_at, Some(sampled));
}

#[test]
fn recovery_needs_the_steps_and_the_whole_window() {
    let mut case = Case::declared();
    let healthy = Command::Health {
        service: "shop".into(),
        healthy: Some(true),
        value: "200".into(),
    };
    case.ok(&Actor::System, healthy);
    case.later(600);
    assert_eq!(
        case.ok(&Actor::System, Command::Pulse),
        vec![],
        "healthy before any step"
    );
    case.promoted();
    case.later(59);
    assert_eq!(case.ok(&Actor::System, Command::Pulse), vec![]);
    case.later(1);
    let events = case.ok(&Actor::System, Command::Pulse);
    assert!(matches!(events[..], [Event::ServiceRecovered { .. }]));
    assert_eq!(case.incident.clocks.verified, Some(case.now));
}

#[test]
fn every_prefix_of_a_journal_is_a_past_state() {
    let mut case = Case::declared();
    case.promoted();
    case.ok(&person("op"), case.confirm("script", "west"));
    case.report("script", Report::Acted(Evidenced::default()));
    let observed = Text::from("all green");
    case.ok(&person("op"), Command::Tick { step: "look".into(), observed });
    let id = case.incident.id.clone();
    for length in 1..=case.records.len() {
        let prefix = &case.records[..length];
        let mut state = Incident::fold(&id, prefix).unwrap();
        for record in &case.records[length..] {
            state.apply(record).unwrap();
        }
        assert_eq!(state, case.incident, "from a prefix of {length}");
    }
}
