//! Who says yes to what, and for how long.

use super::*;

#[test]
fn nobody_promotes_alone_or_by_their_own_word() {
    let mut case = Case::declared();
    case.fence();
    let alone = case.refused(&person("op"), &case.confirm("promote", "LIVE west"));
    assert_eq!(alone, Refusal::Blocked(vec![Block::NeedsApproval]));
    case.ok(&person("ic"), Command::AskApproval { step: "promote".into() });
    let own = Command::Approve { step: "promote".into(), words: "go".into() };
    assert_eq!(case.refused(&person("ic"), &own), Refusal::SelfApproval("ic".into()));
    assert_eq!(case.refused(&person("x"), &own), Refusal::NotApprover("x".into()));
}

#[test]
fn who_approved_does_not_execute() {
    let mut case = Case::declared();
    case.fence();
    case.approve("promote");
    let own = case.refused(&person("ic"), &case.confirm("promote", "LIVE west"));
    assert_eq!(own, Refusal::SelfApproval("ic".into()));
}

#[test]
fn an_approval_expires_and_is_used_up() {
    let mut case = Case::declared();
    case.fence();
    case.approve("promote");
    case.later(5 * 60 + 1);
    let late = case.refused(&person("op"), &case.confirm("promote", "LIVE west"));
    assert_eq!(late, Refusal::Blocked(vec![Block::AwaitsApproval]));
    case.approve("promote");
    case.ok(&person("op"), case.confirm("promote", "LIVE west"));
    case.report("promote", Report::Trouble(Trouble::NotSent("no route".into())));
    let again = case.refused(&person("op"), &case.confirm("promote", "LIVE west"));
    assert_eq!(again, Refusal::Blocked(vec![Block::NeedsApproval]));
}

#[test]
fn going_alone_takes_a_minute_and_is_recorded() {
    let mut case = Case::declared();
    case.fence();
    let alone = Command::AskSolo { step: "promote".into(), reason: "3 am".into() };
    case.ok(&person("op"), alone);
    let early = case.refused(&person("op"), &case.confirm("promote", "LIVE west"));
    assert_eq!(early, Refusal::Blocked(vec![Block::SoloWait(Span::secs(60))]));
    case.later(60);
    let other = case.refused(&person("x"), &case.confirm("promote", "LIVE west"));
    assert_eq!(other, Refusal::AskFirst("promote".into()));
    let events = case.ok(&person("op"), case.confirm("promote", "LIVE west"));
    assert!(matches!(events[..], [Event::Intended { solo: true, .. }]));
}
