//! The laws of the picture: it never panics, nothing dangerous is cut, nothing from
//! outside drives the terminal, places are named in full.

use std::sync::Arc;

use proptest::prelude::*;
use warroom::{
    console::{
        Model,
        model::{Asking, Overlay, Pane, PreviewState, Prompt, Screen},
        view::{Look, readout},
    },
    engine::{Event, NoteKind},
    model::{Mode, Span, Text, text::is_unsafe},
    room::Executor,
};

use super::{
    cases::{Case, armed, cases, confirm_of, live, open_t4, page_count, snapshot_of},
    shot::{drawn, lines, look},
};
use crate::fixture::{self, WEST, World, at};

/// The text of all pages of the open dialog, without its frame.
fn all_pages(model: &mut Model, size: (u16, u16)) -> Vec<String> {
    let count = page_count(model);
    let mut seen = Vec::new();
    for page in 0..count {
        confirm_of(model).page = page;
        confirm_of(model).seen = confirm_of(model).seen.max(page);
        seen.extend(lines(&drawn(model, &look(), size)));
    }
    seen
}

fn words_of(lines: &[String]) -> String {
    let framed = |c: char| "║│═".contains(c);
    let inside = lines.iter().map(|line| line.replace(framed, " "));
    inside
        .flat_map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// What a dialog of T2, T3 or T4 has to say is on some page, however small the window.
    #[test]
    fn nothing_dangerous_is_cut(columns in 60_u16..260, rows in 16_u16..70, tier in 2_usize..5) {
        let all = cases();
        let name = ["", "", "strip_t2", "confirm_t3", "confirm_t4"][tier];
        let case = all.iter().find(|case| case.name == name).unwrap();
        let mut model = case.model((columns, rows));
        let whole = words_of(&all_pages(&mut model, (columns, rows)));
        let PreviewState::Ready(preview) = &confirm_of(&mut model).preview else { panic!() };
        let mut wanted: Vec<String> =
            preview.calls.iter().map(|call| call.line.to_string()).collect();
        wanted.extend(preview.irreversible.iter().map(Text::to_string));
        for (what, now, after) in &preview.changes {
            wanted.push(format!("{what}: {now} > {after}"));
        }
        let step = ["", "", "scale", "shift", "promote"][tier];
        let incident = model.snapshot.incident.clone().unwrap();
        let gate = warroom::engine::gate(
            &incident, &step.into(), &model.snapshot.evidence, model.now,
        ).unwrap();
        wanted.extend(gate.checks.iter().map(|check| check.name.to_string()));
        let last = ["", "", "y scale", "Type us-west-2 and press Enter.", "Type LIVE us-west-2 and press Enter."];
        wanted.push(last[tier].to_owned());
        for words in wanted {
            // Lines may break anywhere between words, and labels stand between lines.
            for word in words.split_whitespace() {
                prop_assert!(whole.contains(word), "{word} of `{words}` at {columns}x{rows}");
            }
        }
    }

    #[test]
    fn no_size_panics(columns in 0_u16..300, rows in 0_u16..100, pick in 0_usize..17) {
        let all = cases();
        let case = &all[pick % all.len()];
        let model = case.model((columns, rows));
        drawn(&model, &look(), (columns, rows));
        // A resize that has not reached the model yet.
        drawn(&model, &look(), (columns / 2, rows / 2));
        drawn(&model, &Look { ascii: true, ..look() }, (columns, rows));
    }

    #[test]
    fn no_screen_panics(columns in 0_u16..300, rows in 0_u16..100, scroll in 0_usize..60) {
        for screen in [Screen::Main, Screen::Regions, Screen::Timeline, Screen::People, Screen::Promises] {
            let story = fixture::promoting(Mode::Live);
            let case = live("any", story, World::Fenced, "03:15:02");
            let mut model = case.model((columns, rows));
            (model.screen, model.zoomed) = (screen, scroll % 2 == 0);
            model.wall = [None, Some(true), Some(false)][scroll % 3];
            model.entry = (scroll % 5 > 0).then_some(scroll as u64);
            model.card_scroll = scroll;
            for pane in [Pane::Plan, Pane::Regions, Pane::Timeline] {
                model.scroll.insert(pane, scroll);
                model.pane = pane;
                drawn(&model, &look(), (columns, rows));
            }
        }
    }

    #[test]
    fn no_overlay_panics(columns in 0_u16..300, rows in 0_u16..100, which in 0_usize..6) {
        let story = fixture::promoting(Mode::Live);
        let case = live("any", story, World::Fenced, "03:15:02");
        let mut model = case.model((columns, rows));
        let line = |typed: &str| Overlay::Prompt(Prompt {
            asking: Asking::Correction(3),
            typed: typed.into(),
            suggested: "what is suggested".into(),
            pressed_at: model.now,
        });
        let overlay = match which {
            0 => Overlay::Help { scroll: 50, filter: String::new() },
            1 => Overlay::Palette { typed: "e".into(), row: 9 },
            2 => line(""),
            3 => line(&"typed ".repeat(60)),
            4 => Overlay::Leave { opened_at: model.now },
            _ => Overlay::Readout,
        };
        model.overlay = Some(overlay);
        drawn(&model, &look(), (columns, rows));
        drawn(&model, &Look { ascii: true, ..look() }, (columns, rows));
    }

    /// No name, note, value or line from outside puts an unsafe character into a cell.
    #[test]
    fn nothing_from_outside_drives_the_terminal(raw in "\\PC{0,12}[\u{1b}\u{7}\u{202e}\u{200b}\u{9b}\u{feff}]\\PC{0,12}") {
        let mut model = hostile(&raw);
        for (columns, rows) in [(60, 16), (80, 24), (120, 40), (200, 60)] {
            (model.columns, model.rows) = (columns, rows);
            let buffer = drawn(&model, &look(), (columns, rows));
            for cell in &buffer.content {
                prop_assert!(!cell.symbol().chars().any(is_unsafe), "{:?}", cell.symbol());
            }
        }
    }
}

/// A model with `raw` wherever a person, a plan or a cloud could put words.
fn hostile(raw: &str) -> Model {
    let text = Text::clean(raw);
    let story = fixture::failed(Mode::Live)
        .by(
            raw,
            "03:16:50",
            Event::Noted {
                kind: NoteKind::Note,
                text: text.clone(),
                pressed_at: at("03:16:50"),
            },
        )
        .by(
            raw,
            "03:16:51",
            Event::SeatTaken {
                seat: warroom::model::Seat::Commander,
                person: raw.into(),
            },
        );
    let case = live("hostile", story, World::Fenced, "03:17:02");
    let mut model = case.model((80, 24));
    let mut procedure = fixture::procedure();
    for step in procedure.runbook.phases.iter_mut().flat_map(|phase| &mut phase.steps) {
        step.name = text.clone();
        step.owner = Some(raw.into());
    }
    procedure.plan.name = text.clone();
    procedure.runbook.name = text.clone();
    snapshot_of(&mut model, |snapshot| {
        let mut incident = snapshot.incident.as_ref().unwrap().as_ref().clone();
        incident.procedure = Arc::new(procedure);
        snapshot.incident = Some(Arc::new(incident));
        snapshot.executor =
            Executor::Elsewhere { holder: text.clone(), silent: Span::secs(40) };
        for alarm in Arc::make_mut(&mut snapshot.alarms) {
            alarm.text = text.clone();
        }
        let mut seen = snapshot.evidence.as_ref().clone();
        for reading in seen.probes.values_mut() {
            if let Some((answer, _)) = &mut reading.last {
                answer.value = text.clone();
            }
        }
        snapshot.evidence = Arc::new(seen);
    });
    raw.clone_into(&mut model.filter);
    open_t4(&mut model);
    raw.clone_into(&mut confirm_of(&mut model).typed);
    confirm_of(&mut model).notice = Some(text);
    model
}

#[test]
fn the_target_is_named_in_full_wherever_one_can_act() {
    for case in cases() {
        for columns in (60..210).step_by(9).chain([79, 80, 119, 120]) {
            let model = case.model((columns, 24));
            let top = lines(&drawn(&model, &look(), (columns, 24)));
            assert!(top[0].contains(WEST), "{} at {columns}: {}", case.name, top[0]);
            if columns >= 80 {
                assert!(
                    top[0].contains("us-east-1 > us-west-2"),
                    "{columns}: {}",
                    top[0]
                );
            }
        }
    }
}

/// Why the line was cleared is never cut either, however long a cloud's words are.
#[test]
fn a_long_remark_of_a_dialog_is_said_whole() {
    let all = cases();
    let case = all.iter().find(|case| case.name == "confirm_t4").unwrap();
    let why = "data lost by db within RPO is now unknown because nothing answered for so \
               long that the last reading says nothing any more and the one before it came \
               from another endpoint: look again";
    for size in [(60, 16), (80, 24), (120, 40)] {
        let mut model = case.model(size);
        confirm_of(&mut model).notice = Some(Text::clean(why));
        let whole = words_of(&all_pages(&mut model, size));
        for word in why.split_whitespace() {
            assert!(whole.contains(word), "{word} at {size:?}");
        }
    }
}

/// Which world, how long, until when: a dialog never covers it, however big the clocks.
#[test]
fn a_dialog_never_covers_the_clocks() {
    let all = cases();
    for name in ["confirm_t3", "confirm_t4", "confirm_abort_window", "strip_t2"] {
        let case = all.iter().find(|case| case.name == name).unwrap();
        for (size, head) in
            [((80, 24), 3), ((120, 40), 4), ((200, 24), 4), ((200, 60), 8)]
        {
            let with = case.model(size);
            let mut without = case.model(size);
            without.overlay = None;
            let top = |model: &Model| {
                let shown = lines(&drawn(model, &look(), size));
                shown.into_iter().take(head).collect::<Vec<_>>()
            };
            assert_eq!(top(&with), top(&without), "{name} at {size:?}");
        }
    }
}

#[test]
fn the_longest_region_names_fit_the_smallest_window() {
    let case = live("any", fixture::prepared(Mode::Drill), World::Fenced, "03:13:36");
    for mode in [Mode::Live, Mode::Drill] {
        let case =
            Case { mode, ..live("any", fixture::prepared(mode), case.world, "03:13:36") };
        let mut model = case.model((60, 16));
        armed(&mut model);
        snapshot_of(&mut model, |snapshot| {
            let mut incident = snapshot.incident.as_ref().unwrap().as_ref().clone();
            let mut procedure = incident.procedure.as_ref().clone();
            procedure.runbook.to = "ap-southeast-1".into();
            incident.procedure = Arc::new(procedure);
            snapshot.incident = Some(Arc::new(incident));
        });
        let top = lines(&drawn(&model, &look(), (60, 16)));
        assert!(top[0].contains(">ap-southeast-1 "), "{}", top[0]);
        assert!(
            top[0].ends_with(if mode == Mode::Live { "══" } else { "~~" }),
            "{}",
            top[0]
        );
    }
}

#[test]
fn what_is_said_on_the_bridge_is_what_is_on_the_screen() {
    let case = live("any", fixture::approved(Mode::Live), World::Fenced, "03:13:48");
    insta::assert_snapshot!(readout(&case.model((80, 24))).as_str());
}

#[test]
fn a_window_too_small_to_read_has_no_last_page() {
    let all = cases();
    let case = all.iter().find(|case| case.name == "confirm_t4").unwrap();
    for (size, most) in [
        ((59, 40), None),
        ((100, 15), None),
        ((60, 16), Some(6)),
        ((80, 24), Some(2)),
        ((120, 40), Some(1)),
    ] {
        let mut model = case.model(size);
        let count = page_count(&model);
        match most {
            None => assert_eq!(count, usize::MAX, "{size:?}"),
            Some(most) => assert!((1..=most).contains(&count), "{size:?}: {count}"),
        }
        // The typing line opens after the last page, and only then.
        if most.is_some_and(|most| most > 2) {
            let shown = lines(&drawn(&model, &look(), size)).concat();
            assert!(!shown.contains("and press Enter"));
            confirm_of(&mut model).seen = count - 1;
            let shown = lines(&drawn(&model, &look(), size)).concat();
            assert!(shown.contains("and press Enter"));
        }
    }
}

#[test]
fn a_long_incident_costs_no_more_to_draw_than_it_shows() {
    let mut story = fixture::prepared(Mode::Live);
    let note = |text: &str| Event::Noted {
        kind: NoteKind::Note,
        text: Text::clean(text),
        pressed_at: at("03:13:00"),
    };
    for _ in 0..10_000 {
        story = story.by("R.Diaz", "03:13:00", note("again"));
    }
    let story = story.by("R.Diaz", "03:13:01", note("the newest"));
    let case = live("long", story, World::Fenced, "03:13:36");
    let shown = lines(&drawn(&case.model((120, 40)), &look(), (120, 40)));
    let newest = shown.iter().position(|line| line.contains("the newest")).unwrap();
    assert!(
        shown[newest - 1].contains("TIMELINE") || shown[newest - 2].contains("TIMELINE")
    );
}
