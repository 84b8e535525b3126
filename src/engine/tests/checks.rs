//! What a gate knows, and does not know.

use super::*;

#[test]
fn unknown_is_never_a_pass() {
    let cases = [
        (Evidence::default(), "nothing was read"),
        (fenced(Lag::NoData, at(0)), "lag was never measured"),
        (lagging(301, at(0)), "lag is over the RPO"),
        (open_fence(), "the primary is open"),
    ];
    for (evidence, why) in cases {
        let mut case = Case::declared();
        case.fence();
        case.approve("promote");
        case.evidence = evidence;
        let refusal = case.refused(&person("op"), &case.confirm("promote", "LIVE west"));
        assert!(matches!(refusal, Refusal::Checks(_)), "{why}: {refusal}");
    }
}

/// Both sides write, and nobody ever saw one follow the other.
fn strangers() -> Evidence {
    let mut evidence = open_fence();
    let other = view(DatabaseRole::Writer, Lag::NoData, Fence::Open);
    let reading =
        Reading { last: Some((other, at(0))), lost: None, max_age: Span::secs(45) };
    evidence.estate.insert(("db".into(), "west".into()), reading);
    evidence
}

#[test]
fn a_writer_that_never_followed_is_no_standby() {
    let mut case = Case::declared();
    case.evidence = strangers();
    let found = gate(&case.incident, &"promote".into(), &case.evidence, case.now);
    let checks = found.unwrap().checks;
    let lost = checks.iter().find(|check| check.name.as_str().starts_with("data lost"));
    let lost = lost.unwrap();
    assert_eq!(lost.class, Class::Unknown, "{lost:?}");
    let risk = exposure::at_rest(&case.incident.procedure, &case.evidence, case.now);
    assert_eq!(risk[0].0, Class::Fail, "{risk:?}");
    assert_eq!(
        exposure::worst_at_rest(&case.incident.procedure, &case.evidence, case.now),
        None
    );
    // Fenced, the other one is what a failover leaves behind: nothing to lose any more.
    let closed = Fence::Closed { proof: "stopped".into() };
    let old = view(DatabaseRole::Writer, Lag::NoData, closed);
    let reading = case.evidence.estate.get_mut(&("db".into(), "east".into())).unwrap();
    reading.last = Some((old, at(0)));
    let risk = exposure::at_rest(&case.incident.procedure, &case.evidence, case.now);
    assert_eq!(risk[0].0, Class::Pass, "{risk:?}");
}

#[test]
fn an_old_reading_is_no_preflight() {
    let mut case = Case::declared();
    case.fence();
    case.approve("promote");
    case.now = case.now + Span::secs(91);
    let refusal = case.refused(&person("op"), &case.confirm("promote", "LIVE west"));
    let Refusal::Checks(checks) = refusal else { panic!("{refusal}") };
    assert!(checks.iter().any(|check| check.class == Class::Unknown));
}

#[test]
fn a_named_override_lets_one_check_pass_and_no_other() {
    let mut case = Case::declared();
    case.fence();
    case.evidence = fenced(Lag::NoData, case.now);
    let check = Text::from("data lost by db within RPO");
    let accept = |who| {
        (
            person(who),
            Command::Override {
                step: "promote".into(),
                check: check.clone(),
                reason: "the region is gone".into(),
            },
        )
    };
    let (op, command) = accept("op");
    assert_eq!(case.refused(&op, &command), Refusal::NotApprover("op".into()));
    let (ic, command) = accept("ic");
    case.ok(&ic, command);
    case.approve("promote");
    let events = case.ok(&person("op"), case.confirm("promote", "LIVE west"));
    let [Event::Intended { seal: Some(seal), .. }] = &events[..] else { panic!() };
    assert_eq!(seal.lost, None);
}
