//! A severity is answered in its time, or everybody sees that it is not.

use warroom::{engine::Say, room::Severity};

use super::*;

/// The alarm on a severity nobody has answered, if there is one.
fn unanswered(desk: &Desk) -> Option<String> {
    let snapshot = desk.snapshot();
    let mut alarms = snapshot.alarms.iter();
    let found = alarms.find(|alarm| alarm.key.as_str().starts_with("respond "))?;
    assert_eq!(found.severity, Severity::Crit);
    Some(found.text.to_string())
}

#[tokio::test(start_paused = true)]
async fn a_severity_nobody_answers_is_an_alarm_until_somebody_does() {
    let stage = Stage::quiet();
    let desk = stage.declared("first").await;
    let named =
        Command::SetSeverity { severity: "P2".into(), reason: "some users".into() };
    desk.say(COMMANDER, named).await.unwrap();
    stage.clock.sleep(Span::mins(14)).await;
    assert_eq!(unanswered(&desk), None, "there is a minute left");
    stage.clock.sleep(Span::mins(2)).await;
    let told = unanswered(&desk).unwrap();
    assert!(told.starts_with("P2: nobody is on it, "), "{told}");
    assert!(told.ends_with(" over its 15:00"), "{told}");
    let words = "novak, on the bridge".into();
    desk.say(OPERATOR, Command::Say(Say::Respond { words })).await.unwrap();
    desk.until("answered", |_| unanswered(&desk).is_none()).await;
    // Once is enough.
    let words = "again".into();
    let again = desk.say(OPERATOR, Command::Say(Say::Respond { words })).await;
    assert!(matches!(again, Err(AskError::Refused(_))), "{again:?}");
}
