//! The picture, as text and as roles, at every size and in every state.

mod cases;
mod hostile;
mod laws;
mod shot;

use cases::{Case, cases, live};
use shot::{drawn, lines, look, picture};
use warroom::{
    console::{
        Model,
        model::{Asking, Overlay, Pane, Prompt, Screen},
        theme::Theme,
        view::Look,
    },
    model::{Mode, Text},
};

use super::fixture::{self, World};

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
