//! What is said about the incident itself at the console: how it is closed.

use warroom::{
    console::{
        model::{Asking, Overlay},
        msg::Key,
    },
    engine::{Command, Event},
    model::RunbookId,
};

use crate::desk::{Desk, Story, commands};

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
