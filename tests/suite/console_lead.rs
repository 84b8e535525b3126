//! What is said about the incident itself at the console: how bad it is and who is on it,
//! who was reached, how it is closed.

use warroom::{
    console::{
        model::{Asking, Overlay},
        msg::Key,
    },
    engine::{Command, Event, Say, Speech},
    model::{Contact, Escalation, RunbookId, Severity, Span},
};

use crate::desk::{Desk, Story, commands, dispatches};

fn asking(desk: &Desk) -> Option<&Asking> {
    match &desk.model.overlay {
        Some(Overlay::Prompt(prompt)) => Some(&prompt.asking),
        _ => None,
    }
}

#[test]
fn what_is_left_is_closed_with_a_word_and_with_nothing_else() {
    let mut desk = Desk::new(Some(Story::up_to("promote")));
    let effects = desk.keys(":close all done\n");
    assert_eq!(commands(&effects).count(), 0, "two steps are open");
    let summary = || Asking::CloseAnyway("all done".into());
    assert_eq!(asking(&desk), Some(&summary()));
    // Enter by habit, and any other word, close nothing.
    for words in ["\n", "y\n", "\n"] {
        let effects = desk.keys(words);
        assert_eq!(commands(&effects).count(), 0, "{words:?}");
        assert_eq!(asking(&desk), Some(&summary()), "{words:?}");
    }
    desk.press(Key::Ctrl('u'));
    let effects = desk.keys("CLOSE\n");
    let closed: Vec<_> = commands(&effects).collect();
    assert!(
        matches!(&closed[..], [Command::Close { summary, typed }]
            if summary.as_str() == "all done" && typed.as_str() == "CLOSE"),
        "{closed:?}"
    );
    assert!(desk.judged(&effects).iter().all(Result::is_ok));
    let mut desk = Desk::new(Some(Story::up_to("promote")));
    desk.keys(":close all done\n");
    desk.press(Key::Esc);
    assert!(desk.model.overlay.is_none());
}

#[test]
fn what_is_through_is_closed_at_once_and_reminds_of_the_way_back() {
    let mut story = Story::up_to("nothing");
    let Event::Declared { procedure, .. } = &mut story.records[0].event else { panic!() };
    procedure.brief.way_back = Some(RunbookId::new("failback"));
    let mut desk = Desk::new(Some(story.clone()));
    let effects = desk.keys(":close all done\n");
    assert_eq!(commands(&effects).count(), 1, "{}", desk.toast());
    assert!(desk.judged(&effects).iter().all(Result::is_ok));
    story.add("okafor", Event::Closed { summary: "all done".into() });
    let said = super::console_terms::next(&story);
    assert!(
        said.ends_with("nothing: closed, all done; the way back: runbook failback"),
        "{said}"
    );
}

/// The promotion is next, in a plan with severities, somebody outside and an escalation.
fn graded() -> Story {
    let mut story = Story::up_to("promote");
    let Event::Declared { procedure, .. } = &mut story.records[0].event else { panic!() };
    procedure.brief.severities = vec![Severity {
        id: "P1".into(),
        name: "Critical".into(),
        examples: Vec::new(),
        respond_within: Some(Span::mins(15)),
        procedure: Some("triage".into()),
        on_raise: Vec::new(),
    }];
    let contact = |name: &str| Contact {
        name: name.into(),
        ways: vec!["+44".into()],
        escalation: None,
        sla: None,
        when: None,
    };
    procedure.brief.contacts = vec![contact("Cloud support"), contact("Counsel")];
    procedure.brief.escalation = vec![Escalation {
        order: 1,
        from: "detected".into(),
        to: vec!["lead".into()],
        after: Some(Span::mins(5)),
    }];
    story
}

/// The one thing said to the room.
fn said(desk: &mut Desk, keys: &str) -> Say {
    let effects = desk.keys(keys);
    assert!(desk.judged(&effects).iter().all(Result::is_ok), "{keys}");
    assert_eq!(dispatches(&effects), 0);
    let mut all = commands(&effects);
    let (Some(Command::Say(say)), None) = (all.next().cloned(), all.next()) else {
        panic!("{keys}: {effects:?}; {}", desk.toast())
    };
    say
}

#[test]
fn a_severity_is_answered_in_words_and_the_header_counts_until_then() {
    let mut desk = Desk::new(Some(graded()));
    assert!(desk.keys("m").is_empty());
    assert!(desk.toast().contains("no answer is awaited"), "{}", desk.toast());
    let named = Event::SeveritySet { severity: "P1".into(), reason: "all users".into() };
    desk.happens("okafor", named);
    let told = "P1: its procedure is triage, somebody within 15:00: m when you are";
    assert_eq!(desk.toast(), told);
    let picture = crate::view::text(&desk.model);
    // Named 30 s before the desk was sat down at.
    assert!(picture.contains("P1 RESPOND 14:"), "{picture}");
    // Enter by habit says nothing.
    assert_eq!(commands(&desk.keys("m\n\n")).count(), 0);
    assert_eq!(asking(&desk), Some(&Asking::Respond));
    let words = "shah, on the bridge";
    assert_eq!(
        said(&mut desk, &format!("{words}\n")),
        Say::Respond { words: words.into() }
    );
    let spoken = Event::Spoken { speech: Speech::Responded { words: words.into() } };
    desk.happens("shah", spoken);
    assert!(!crate::view::text(&desk.model).contains("P1 RESPOND"));
}

#[test]
fn outside_contacts_and_stages_are_marked_as_reached_by_number() {
    let mut desk = Desk::new(Some(graded()));
    let contact = "Counsel".into();
    assert_eq!(
        said(&mut desk, "c2 will call back at 9\n"),
        Say::Contact { contact, words: "will call back at 9".into() }
    );
    for keys in ["c\n", "cCounsel called\n", "c3 called\n", "c0 called\n", "c1 \n"] {
        let mut desk = Desk::new(Some(graded()));
        assert_eq!(commands(&desk.keys(keys)).count(), 0, "{keys:?}");
        assert_eq!(asking(&desk), Some(&Asking::Contact), "{keys:?}: the line stays");
    }
    let words = "called at home".into();
    assert_eq!(said(&mut desk, "i1 called at home\n"), Say::Escalate { stage: 1, words });
    assert_eq!(commands(&desk.keys("i2 called\n")).count(), 0);
    desk.press(Key::Esc);
    let contact = "Counsel".into();
    let speech = Speech::Contacted { contact, words: "will call back".into() };
    desk.happens("shah", Event::Spoken { speech });
    let speech = Speech::Escalated { stage: 1, words: "called".into() };
    desk.happens("okafor", Event::Spoken { speech });
    desk.keys("4");
    let picture = crate::view::text(&desk.model);
    for line in ["1 Cloud support: +44", "2 Counsel: +44", "by shah: will call back"] {
        assert!(picture.contains(line), "{line}\n{picture}");
    }
    assert!(picture.contains("by okafor: called"), "{picture}");
}
