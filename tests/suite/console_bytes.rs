//! What a terminal is sent: little, and nothing when nothing changed. Bytes are counted by
//! a backend that only counts; no clock is looked at.

use std::{cell::Cell, io, rc::Rc, sync::Arc};

use ratatui::{
    Frame, Terminal, TerminalOptions, Viewport,
    backend::{CrosstermBackend, TestBackend},
    layout::Rect,
};
use warroom::{
    console::{
        Model, Msg,
        screen::Screen,
        theme::{Depth, THEMES, Theme},
        update,
        view::{Look, draw},
    },
    model::{Mode, Span},
    room::Snapshot,
};

use crate::fixture::{self, World, at};

/// Counts what a terminal would be sent.
#[derive(Clone, Default)]
struct Counter(Rc<Cell<usize>>);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.set(self.0.get() + bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A console and the bytes it sent so far.
struct Seat {
    screen: Screen<CrosstermBackend<Counter>>,
    sent: Counter,
    model: Model,
    look: Look,
}

impl Seat {
    /// With the first picture on the screen.
    fn new(snapshot: Snapshot, size: (u16, u16), theme: &str) -> Self {
        let sent = Counter::default();
        let area = Rect::new(0, 0, size.0, size.1);
        let options = TerminalOptions { viewport: Viewport::Fixed(area) };
        let backend = CrosstermBackend::new(sent.clone());
        let screen = Screen::new(Terminal::with_options(backend, options).unwrap());
        let model = fixture::model(Mode::Live, snapshot, size);
        let look =
            Look::new(Theme::named(theme).unwrap(), false).shown_in(Depth::Indexed);
        let mut seat = Self { screen, sent, model, look };
        assert!(seat.bytes() > 0);
        seat
    }

    /// Draws, and says how many bytes that took.
    fn bytes(&mut self) -> usize {
        let before = self.sent.0.get();
        let (model, look) = (&self.model, &self.look);
        if self.screen.paint(|frame| draw(model, look, frame)).unwrap() {
            self.screen.send().unwrap();
        }
        self.sent.0.get() - before
    }

    /// A second goes by and nothing happens.
    fn second(&mut self) -> usize {
        let now = self.model.now + Span::secs(1);
        drop(update(&mut self.model, Msg::Tick(now)));
        self.bytes()
    }

    fn sees(&mut self, snapshot: &Snapshot) -> usize {
        drop(update(&mut self.model, Msg::Snapshot(Arc::new(snapshot.clone()))));
        self.bytes()
    }
}

fn approved() -> Snapshot {
    let story = fixture::approved(Mode::Live);
    fixture::snapshot(Some(&story), World::Fenced, at("03:13:36"))
}

#[test]
fn nothing_is_sent_when_nothing_changed() {
    for (theme, _) in THEMES {
        for size in [(40, 8), (80, 24), (120, 40), (200, 60)] {
            let mut seat = Seat::new(approved(), size, theme);
            assert_eq!(seat.bytes(), 0, "{theme} at {size:?}");
            // The same again, as another console's look brings it.
            assert_eq!(seat.sees(&approved()), 0, "{theme} at {size:?}");
            // What changes and changes back is sent twice, and then no more.
            assert!(seat.second() > 0);
            assert_eq!(seat.bytes(), 0, "{theme} at {size:?}");
        }
    }
}

/// What was left out is not forgotten: after any row of pictures the cells are those of
/// the last one.
#[test]
fn what_is_sent_ends_in_the_picture_that_was_drawn() {
    let mut seat = Seat::new(approved(), (80, 24), "ansi");
    let area = Rect::new(0, 0, 80, 24);
    let options = TerminalOptions { viewport: Viewport::Fixed(area) };
    let backend = TestBackend::new(80, 24);
    let mut screen = Screen::new(Terminal::with_options(backend, options).unwrap());
    for second in 0..30 {
        if second % 3 == 0 {
            seat.second();
        }
        let paint = |frame: &mut Frame<'_>| draw(&seat.model, &seat.look, frame);
        if screen.paint(paint).unwrap() {
            screen.send().unwrap();
        }
        let mut whole = Terminal::new(TestBackend::new(80, 24)).unwrap();
        whole.draw(|frame| draw(&seat.model, &seat.look, frame)).unwrap();
        assert_eq!(screen.backend().buffer(), whole.backend().buffer(), "{second}");
    }
}

/// Seconds in which only clocks turn, in the middle of what they cost.
fn tick(size: (u16, u16)) -> usize {
    let mut seat = Seat::new(approved(), size, "ansi");
    let mut seconds: Vec<usize> = (0..60).map(|_| seat.second()).collect();
    seconds.sort_unstable();
    seconds[seconds.len() / 2]
}

/// Where nothing but clocks is shown a tick is its digits and what places them; a screen
/// full of ages takes some more.
#[test]
fn a_tick_of_the_clocks_is_a_few_digits() {
    let clocks = tick((40, 8));
    assert!(clocks <= 60, "{clocks} B");
    let whole = tick((80, 24));
    assert!(whole <= 160, "{whole} B");
}

/// A running promotion at 80x24: a snapshot every half second, readings every ten.
#[test]
fn a_minute_at_eighty_columns_stays_below_two_kilobytes_a_second() {
    const SECONDS: i64 = 60;
    let story = fixture::promoting(Mode::Live);
    let start = at("03:15:02");
    let first = fixture::snapshot(Some(&story), World::Fenced, start);
    let mut seat = Seat::new(first, (80, 24), "ansi");
    let mut sent = 0;
    for second in 1..=SECONDS {
        let read = start + Span::secs(second / 10 * 10);
        let mut snapshot = fixture::snapshot(Some(&story), World::Fenced, read);
        snapshot.at = start + Span::secs(second);
        sent += seat.sees(&snapshot) + seat.sees(&snapshot) + seat.second();
    }
    let average = sent / usize::try_from(SECONDS).unwrap();
    assert!(average < 2048, "{average} B a second");
}
