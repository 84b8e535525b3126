//! The picture, as text and as roles, at every size and in every state; and its laws: it
//! never panics, nothing dangerous is cut, nothing from outside drives the terminal.

use std::{fmt::Write as _, sync::Arc};

use proptest::prelude::*;
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};
use warroom::{
    console::{
        Model,
        model::{
            Arming, Asking, Confirm, ConfirmStage, Overlay, Pane, PreviewState, Prompt,
            Screen,
        },
        theme::{Role, Theme},
        view::{CommandRow, Hint, Look, draw, pages, readout},
    },
    engine::{Event, NoteKind},
    model::{Call, Mode, Moment, Preview, Span, StepId, Text, text::is_unsafe},
    room::{Executor, JournalHealth},
};

use super::fixture::{self, Story, WEST, World, at};

const SIZES: &[(u16, u16)] =
    &[(40, 8), (60, 16), (80, 24), (120, 40), (200, 60), (200, 24), (80, 60)];

fn hints(_: &Model) -> Vec<Hint> {
    let pair = |(key, label)| Hint { key, label };
    [
        ("X", "execute"),
        ("!", "HOLD"),
        ("A", "arm or disarm"),
        ("n", "note"),
        ("a", "seen"),
        ("r", "read-out"),
        ("/", "filter"),
        (":", "commands"),
        ("?", "help"),
    ]
    .map(pair)
    .to_vec()
}

fn commands(_: &Model, typed: &str) -> Vec<CommandRow> {
    let row = |(key, name, label, why): (_, &'static str, _, &str)| CommandRow {
        key,
        name,
        label,
        disabled: Some(why.to_owned()).filter(|why| !why.is_empty()),
    };
    [
        ("!", "hold", "HOLD", ""),
        ("X", "execute", "execute", "press A to arm first"),
        ("n", "note", "note", ""),
        ("", "declare", "declare an incident", "INC-0417 is already open"),
    ]
    .map(row)
    .into_iter()
    .filter(|row| row.name.contains(typed))
    .collect()
}

/// Every role its own colour, so that a cell tells its role.
fn tracer() -> Theme {
    let mut text = "[roles]\n".to_owned();
    for (at, role) in Role::ALL.iter().enumerate() {
        writeln!(text, "\"{role}\" = {{ fg = \"#0000{:02x}\" }}", at + 1).unwrap();
    }
    Theme::parse(&text).unwrap()
}

fn look() -> Look {
    Look { theme: tracer(), ascii: false, hints, commands }
}

fn drawn(model: &Model, look: &Look, size: (u16, u16)) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    terminal.draw(|frame| draw(model, look, frame)).unwrap();
    terminal.backend().buffer().clone()
}

fn lines(buffer: &Buffer) -> Vec<String> {
    let width = usize::from(buffer.area.width);
    buffer
        .content
        .chunks(width.max(1))
        .map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect())
        .collect()
}

/// The roles that mean something, as `row columns role`.
fn roles(buffer: &Buffer) -> String {
    let role_of = |cell: &ratatui::buffer::Cell| {
        Role::ALL.into_iter().find(|role| tracer().style(*role).fg == Some(cell.fg))
    };
    let plain = [Role::Text, Role::Frame, Role::FrameFocus, Role::Dim];
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut x = 0;
        let mut row = String::new();
        while x < buffer.area.width {
            let role = role_of(&buffer[(x, y)]);
            let start = x;
            while x < buffer.area.width && role_of(&buffer[(x, y)]) == role {
                x += 1;
            }
            if let Some(role) = role.filter(|role| !plain.contains(role)) {
                write!(row, "  {start}+{} {role}", x - start).unwrap();
            }
        }
        if !row.is_empty() {
            writeln!(out, "{y:>3}{row}").unwrap();
        }
    }
    out
}

fn picture(buffer: &Buffer) -> String {
    let mut out = String::new();
    for line in lines(buffer) {
        writeln!(out, "|{line}|").unwrap();
    }
    out + "roles\n" + &roles(buffer)
}

/// What a person looks at.
struct Case {
    name: &'static str,
    story: Option<Story>,
    world: World,
    now: Moment,
    mode: Mode,
    prepare: fn(&mut Model),
}

impl Case {
    fn model(&self, size: (u16, u16)) -> Model {
        let snapshot = fixture::snapshot(self.story.as_ref(), self.world, self.now);
        let mut model = fixture::model(self.mode, snapshot, size);
        (self.prepare)(&mut model);
        model
    }
}

fn live(name: &'static str, story: Story, world: World, now: &str) -> Case {
    let (story, now, mode) = (Some(story), at(now), Mode::Live);
    Case { name, story, world, now, mode, prepare: |_| {} }
}

fn armed(model: &mut Model) {
    model.arming = Arming::Armed { until: model.now + Span::secs(692) };
}

fn snapshot_of(model: &mut Model, change: impl FnOnce(&mut warroom::room::Snapshot)) {
    let mut snapshot = model.snapshot.as_ref().clone();
    change(&mut snapshot);
    model.snapshot = Arc::new(snapshot);
}

/// Opens the dialog of `step`, half typed, all pages seen.
fn confirming(model: &mut Model, step: &str, token: &str, preview: PreviewState) {
    armed(model);
    let now = model.now;
    model.overlay = Some(Overlay::Confirm(Confirm {
        step: StepId::new(step),
        undo: false,
        opened_at: now - Span::secs(12),
        live_at: now - Span::secs(11),
        last_key_at: now - Span::secs(3),
        typed: token.chars().take(4).collect(),
        token: token.to_owned(),
        shown: String::new(),
        preview,
        page: 0,
        seen: 0,
        pages: 0,
        stage: ConfirmStage::Typing,
        notice: None,
    }));
}

fn confirm_of(model: &mut Model) -> &mut Confirm {
    match &mut model.overlay {
        Some(Overlay::Confirm(confirm)) => confirm,
        _ => panic!("no dialog"),
    }
}

fn promotion() -> Preview {
    Preview {
        calls: vec![Call {
            line: Text::clean(
                "aws rds promote-read-replica --region us-west-2 \
                 --db-instance-identifier ecommerce-db-dr",
            ),
        }],
        changes: vec![
            (
                Text::clean("db in us-west-2"),
                Text::clean("replica of ecommerce-db"),
                Text::clean("standalone writer"),
            ),
            (
                Text::clean("writer"),
                Text::clean("us-east-1 (fenced)"),
                Text::clean("us-west-2"),
            ),
        ],
        irreversible: Some(Text::clean(
            "Cannot be undone. The way back is a new replica in us-east-1 and a failback.",
        )),
        objections: Vec::new(),
        already: false,
    }
}

fn call(line: &str, change: (&str, &str, &str)) -> Preview {
    Preview {
        calls: vec![Call { line: Text::clean(line) }],
        changes: vec![(
            Text::clean(change.0),
            Text::clean(change.1),
            Text::clean(change.2),
        )],
        ..Preview::default()
    }
}

fn open_t4(model: &mut Model) {
    confirming(model, "promote", "LIVE us-west-2", PreviewState::Ready(promotion()));
}

fn open_t3(model: &mut Model) {
    let line = "aws route53 change-resource-record-sets --hosted-zone-id Z0123456789 \
                --change-batch file:///dev/stdin";
    let preview = call(line, ("shop.example", "100% us-east-1", "100% us-west-2"));
    confirming(model, "shift", WEST, PreviewState::Ready(preview));
}

fn open_t2(model: &mut Model) {
    let line = "aws eks update-nodegroup-config --region us-west-2 --cluster-name shop \
                --nodegroup-name web --scaling-config desiredSize=9";
    let preview = call(line, ("desired nodes", "3", "9"));
    confirming(model, "scale", "y", PreviewState::Ready(preview));
    confirm_of(model).typed = String::new();
}

/// Just before step 4.
fn fenced(mode: Mode) -> Story {
    let mut story = fixture::prepared(mode);
    story.records.truncate(14);
    story
}

#[rustfmt::skip]
fn cases() -> Vec<Case> {
    use fixture as f;
    let live_at = |name, story, world, now, prepare| Case { prepare, ..live(name, story, world, now) };
    let (m, t) = (Mode::Live, "03:13:36");
    vec![
        Case { name: "watching", story: None, world: World::Calm, now: at("02:41:07"), mode: m, prepare: |_| {} },
        live("declared", f::declared(m), World::Down, "02:58:20"),
        live_at("mid_run", f::approved(m), World::Fenced, t, armed),
        live_at("running", f::promoting(m), World::Fenced, "03:15:07", |model| {
            armed(model);
            snapshot_of(model, |snapshot| {
                let line = Text::clean("modifying; still a replica");
                Arc::make_mut(&mut snapshot.progress).insert("promote".into(), line);
            });
        }),
        live_at("confirm_t4", f::approved(m), World::Fenced, "03:13:48", open_t4),
        live_at("confirm_t4_blocked", f::prepared(m), World::Fenced, t, |model| {
            open_t4(model);
            confirm_of(model).preview = PreviewState::Waiting;
        }),
        live_at("confirm_abort_window", f::approved(m), World::Fenced, "03:13:58", |model| {
            open_t4(model);
            let until = model.now + Span::millis(3200);
            confirm_of(model).stage = ConfirmStage::AbortWindow { until };
        }),
        live_at("confirm_t3", f::promoted(m), World::Fenced, "03:21:10", open_t3),
        live_at("strip_t2", fenced(m), World::Down, "03:06:10", open_t2),
        live("hold", f::held(m), World::Fenced, t),
        live("in_doubt", f::doubted(m), World::Fenced, "03:15:02"),
        live("failed", f::failed(m), World::Fenced, "03:17:02"),
        live("finished", f::finished(m), World::West, "03:25:00"),
        Case { mode: Mode::Drill, ..live_at("drill", f::approved(Mode::Drill), World::Fenced, t, |model| {
            armed(model);
            snapshot_of(model, |snapshot| snapshot.speed = 10);
        }) },
        live_at("read_only", f::approved(m), World::Fenced, t, |model| model.session.read_only = true),
        live_at("journal_fails", f::approved(m), World::Fenced, t, |model| {
            armed(model);
            let why = Text::clean("disk full");
            let since = at("03:13:30");
            snapshot_of(model, |snapshot| snapshot.journal = JournalHealth::Failing { why, since });
        }),
        live_at("elsewhere", f::approved(m), World::Fenced, t, |model| {
            let holder = Text::clean("A.Roy on bastion-1, pid 4711");
            let executor = Executor::Elsewhere { holder, silent: Span::secs(2) };
            snapshot_of(model, |snapshot| snapshot.executor = executor);
        }),
    ]
}

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

/// The text of all pages of the open dialog, without its frame.
fn all_pages(model: &mut Model, size: (u16, u16)) -> Vec<String> {
    let count = pages(model, confirm_of(model));
    let mut seen = Vec::new();
    for page in 0..count {
        confirm_of(model).page = page;
        confirm_of(model).seen = confirm_of(model).seen.max(page);
        seen.extend(lines(&drawn(model, &look(), size)));
    }
    seen
}

fn words_of(lines: &[String]) -> String {
    let framed = |c: char| "║│|:═~".contains(c);
    let inside = lines.iter().map(|line| line.replace(framed, " "));
    inside
        .flat_map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// What a dialog of T3 or T4 has to say is on some page, however small the window.
    #[test]
    fn nothing_dangerous_is_cut(columns in 60_u16..260, rows in 16_u16..70, t4: bool) {
        let all = cases();
        let name = if t4 { "confirm_t4" } else { "confirm_t3" };
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
        let step = if t4 { "promote" } else { "shift" };
        let incident = model.snapshot.incident.clone().unwrap();
        let gate = warroom::engine::gate(
            &incident, &step.into(), &model.snapshot.evidence, model.now,
        ).unwrap();
        wanted.extend(gate.checks.iter().map(|check| check.name.to_string()));
        wanted.push("and press Enter.".to_owned());
        wanted.push(if t4 { "Type  LIVE us-west-2" } else { "Type  us-west-2" }.to_owned());
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
        for screen in [Screen::Main, Screen::Regions, Screen::Timeline, Screen::People] {
            let story = fixture::promoting(Mode::Live);
            let case = live("any", story, World::Fenced, "03:15:02");
            let mut model = case.model((columns, rows));
            (model.screen, model.zoomed) = (screen, scroll % 2 == 0);
            for pane in [Pane::Plan, Pane::Regions, Pane::Timeline] {
                model.scroll.insert(pane, scroll);
                model.pane = pane;
                drawn(&model, &look(), (columns, rows));
            }
        }
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
    model.filter = raw.to_owned();
    open_t4(&mut model);
    confirm_of(&mut model).typed = raw.to_owned();
    confirm_of(&mut model).notice = Some(text);
    model
}

#[test]
fn the_target_is_named_in_full_wherever_one_can_act() {
    for case in cases() {
        for columns in 60..210 {
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
        let count = pages(&model, confirm_of(&mut case.model(size)));
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
