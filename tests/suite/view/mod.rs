//! The picture, as text and as roles, at every size and in every state.

mod cases;
mod hostile;
mod laws;
mod promises;
mod run_by;
mod shot;

use cases::{Case, cases, live};
use shot::picture;
pub(crate) use shot::{drawn, lines, look};
use warroom::{
    console::{
        Model,
        model::{Asking, Kinds, Overlay, Pane, Prompt, Screen},
        theme::Theme,
        view::Look,
    },
    engine::{Event, NoteKind, Speech},
    model::{Mode, Text},
};

use super::fixture::{self, World, at};

const SIZES: &[(u16, u16)] =
    &[(40, 8), (60, 16), (80, 24), (120, 40), (200, 60), (200, 24), (80, 60)];

fn snap(name: &str, case: &Case, look: &Look, size: (u16, u16)) {
    let model = case.model(size);
    let name = format!("{name}_{}x{}", size.0, size.1);
    insta::assert_snapshot!(name, picture(&drawn(&model, look, size)));
}

#[test]
fn every_state_at_every_size() {
    for case in cases() {
        for size in SIZES {
            snap(case.name, &case, &look(), *size);
        }
    }
}

#[test]
fn screens_and_overlays() {
    type Prepare = fn(&mut Model);
    let pictures: &[(&'static str, Prepare)] = &[
        ("regions", |model| model.screen = Screen::Regions),
        ("timeline", |model| model.screen = Screen::Timeline),
        ("people", |model| model.screen = Screen::People),
        ("help", |model| {
            model.overlay = Some(Overlay::Help { scroll: 0, filter: String::new() });
        }),
        ("palette", |model| {
            model.overlay = Some(Overlay::Palette { typed: "e".into(), row: 1 });
        }),
        ("prompt", |model| {
            model.overlay = Some(Overlay::Prompt(Prompt {
                asking: Asking::Note,
                typed: "customers report search is slow".into(),
                suggested: String::new(),
                pressed_at: model.now,
            }));
        }),
        ("leave", |model| {
            model.overlay = Some(Overlay::Leave { opened_at: model.now });
        }),
        ("readout", |model| model.overlay = Some(Overlay::Readout)),
        ("toast", |model| {
            model.toast = Some((Text::clean("noted"), model.now));
        }),
        ("filter", |model| {
            model.pane = Pane::Timeline;
            model.filter = "promote".into();
        }),
    ];
    for (name, prepare) in pictures {
        let story = fixture::promoting(Mode::Live);
        let case =
            Case { prepare: *prepare, ..live(name, story, World::Fenced, "03:15:02") };
        for size in [(80, 24), (120, 40)] {
            snap(name, &case, &look(), size);
        }
    }
}

/// A poll that is open with an objection, a task that is over, a note taken back.
fn talking() -> fixture::Story {
    let said = |speech| Event::Spoken { speech };
    let note = Event::Noted {
        kind: NoteKind::Note,
        text: Text::clean("the region is back"),
        pressed_at: at("03:14:40"),
    };
    let task = Speech::TaskGiven {
        to: "C.Brown".into(),
        text: Text::clean(
            "count the writes that were lost since 02:55 and tell the bridge",
        ),
        due: at("03:14:45"),
    };
    let poll = Speech::PollOpened { proposal: Text::clean("step 8, DNS to us-west-2") };
    let against = Some(Text::clean("lag was never measured"));
    let story = fixture::promoting(Mode::Live);
    let entry = story.records.len() as u64 + 3;
    story
        .by("M.Okafor", "03:14:30", said(task))
        .by("M.Okafor", "03:14:35", said(poll))
        .by("P.Shah", "03:14:41", note)
        .by("P.Shah", "03:14:44", said(Speech::TakenBack { entry, step: None }))
        .by("R.Diaz", "03:14:50", said(Speech::PollAnswered { poll: 1, objection: None }))
        .by(
            "A.Roy",
            "03:14:52",
            said(Speech::PollAnswered { poll: 1, objection: against }),
        )
}

#[test]
fn talk_entries_and_big_clocks() {
    type Prepare = fn(&mut Model);
    type Sizes = &'static [(u16, u16)];
    let pictures: &[(&'static str, Prepare, Sizes)] = &[
        ("talk", |model| model.screen = Screen::People, &[(80, 24), (120, 40)]),
        ("talk_main", |_| {}, &[(80, 24), (120, 40)]),
        ("wall", |model| model.wall = Some(true), &[(80, 24), (120, 40)]),
        ("no_wall", |model| model.wall = Some(false), &[(200, 60)]),
        (
            "entry",
            |model| {
                (model.screen, model.pane) = (Screen::Timeline, Pane::Timeline);
                // The task: a sentence longer than its row.
                model.entry = Some(model.snapshot.timeline.len() as u64 - 5);
            },
            &[(80, 24), (120, 40)],
        ),
        (
            "kinds",
            |model| (model.screen, model.kinds) = (Screen::Timeline, Kinds::Words),
            &[(80, 24)],
        ),
        (
            "suggested",
            |model| {
                model.overlay = Some(Overlay::Prompt(Prompt {
                    asking: Asking::Outcome(1),
                    typed: String::new(),
                    suggested: "objection by A.Roy: lag was never measured".into(),
                    pressed_at: model.now,
                }));
            },
            &[(80, 24)],
        ),
    ];
    for (name, prepare, sizes) in pictures {
        let case = Case {
            prepare: *prepare,
            ..live(name, talking(), World::Fenced, "03:15:02")
        };
        for size in *sizes {
            snap(name, &case, &look(), *size);
        }
    }
}

#[test]
fn ascii_and_mono() {
    for case in
        cases().into_iter().filter(|case| ["mid_run", "confirm_t4"].contains(&case.name))
    {
        let ascii = Look { ascii: true, ..look() };
        snap(&format!("ascii_{}", case.name), &case, &ascii, (120, 40));
        let buffer = drawn(&case.model((120, 40)), &ascii, (120, 40));
        assert!(buffer.content.iter().all(|cell| cell.symbol().is_ascii()));
        let mono = Look { theme: Theme::named("mono").unwrap(), ..look() };
        let plain = drawn(&case.model((120, 40)), &mono, (120, 40));
        let colours = |cell: &ratatui::buffer::Cell| {
            use ratatui::style::Color::Reset;
            (cell.fg, cell.bg) != (Reset, Reset)
        };
        assert!(!plain.content.iter().any(colours), "mono has a colour");
        // Words and glyphs never depend on the theme.
        let traced = drawn(&case.model((120, 40)), &look(), (120, 40));
        assert_eq!(lines(&plain), lines(&traced));
    }
}

/// What somebody sees, without colours.
pub(crate) fn text(model: &Model) -> String {
    lines(&drawn(model, &look(), (model.columns, model.rows))).join("\n")
}
