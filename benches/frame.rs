//! P5: what one frame costs, and how many bytes it sends, beside a frame of a minimal
//! ratatui program.

#![expect(clippy::unwrap_used, reason = "a benchmark")]

use std::{cell::Cell, io, rc::Rc, sync::Arc};

use ratatui::{
    Terminal, TerminalOptions, Viewport,
    backend::{Backend, CrosstermBackend, TestBackend},
    layout::Rect,
    widgets::{Block, Paragraph},
};
use warroom::{
    console::{
        Model, Msg,
        model::Session,
        theme::Theme,
        update,
        view::{self, Look},
    },
    model::{Mode, Span},
    room::Snapshot,
};

mod common;
use common::{drill, head, in_turns, median, paused, quantile, row, shipped};

const FRAMES: usize = 301;

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

fn model(snapshot: &Arc<Snapshot>, size: (u16, u16)) -> Model {
    let session = Session {
        mode: Mode::Drill,
        person: "P.Shah".into(),
        tty: "bench".into(),
        read_only: false,
    };
    Model::new(session, Arc::clone(snapshot), size)
}

fn show<B: Backend>(terminal: &mut Terminal<B>, model: &Model, look: &Look) {
    drop(terminal.draw(|frame| view::draw(model, look, frame)));
}

fn floor<B: Backend>(terminal: &mut Terminal<B>, count: u64) {
    drop(terminal.draw(|frame| {
        let text = Paragraph::new(format!("{count} seconds")).block(Block::bordered());
        frame.render_widget(text, frame.area());
    }));
}

/// Frames of one size: unchanged ones, and those between two moments of the drill.
fn cost(snapshots: &[Arc<Snapshot>; 2], size: (u16, u16), goal: &str) {
    let look = Look::new(Theme::named("ansi").unwrap(), false);
    let models = snapshots.each_ref().map(|snapshot| model(snapshot, size));
    let name = |what: &str| format!("{what} {}x{}", size.0, size.1);
    let mut ours = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    let mut theirs = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    let mut count = 0;
    for (what, changes) in [("unchanged", false), ("all new", true)] {
        let (measured, reference) = in_turns(
            FRAMES,
            || {
                count += 1;
                let [one, other] = &models;
                let shown = if changes && count % 2 == 0 { other } else { one };
                show(&mut ours, shown, &look);
            },
            || floor(&mut theirs, 1),
        );
        let p50 = (median(&measured), median(&reference));
        row(&name(&format!("frame p50, {what}")), p50.0, Some(p50.1), "ms", goal);
        let p99 = (quantile(&measured, 0.99), quantile(&reference, 0.99));
        row(&name(&format!("frame p99, {what}")), p99.0, Some(p99.1), "ms", "-");
    }
}

/// Bytes of a first frame, of the same one again, and of the next second.
fn bytes(snapshot: &Arc<Snapshot>, size: (u16, u16)) {
    let look = Look::new(Theme::named("ansi").unwrap(), false);
    let counter = Counter::default();
    let area = Rect::new(0, 0, size.0, size.1);
    let options = TerminalOptions { viewport: Viewport::Fixed(area) };
    let backend = CrosstermBackend::new(counter.clone());
    let mut terminal = Terminal::with_options(backend, options).unwrap();
    let mut model = model(snapshot, size);
    let mut sent = |model: &Model| {
        let before = counter.0.get();
        show(&mut terminal, model, &look);
        f64::from(u32::try_from(counter.0.get() - before).unwrap())
    };
    let name = |what: &str| format!("{what} {}x{}", size.0, size.1);
    row(&name("bytes, first frame"), sent(&model), None, "B", "-");
    row(&name("bytes, nothing changed"), sent(&model), None, "B", "0 cells");
    let ticks: Vec<f64> = (1..=11)
        .map(|second| {
            let now = snapshot.at + Span::secs(second);
            drop(update(&mut model, Msg::Tick(now)));
            sent(&model)
        })
        .collect();
    row(&name("bytes, a second later"), median(&ticks), None, "B", "<= 60 B");
}

fn main() {
    if !common::asked() {
        return;
    }
    let procedure = shipped("ecommerce", "region-failover");
    let at = |mins| paused().block_on(drill(&procedure, 1, Some(Span::mins(mins))));
    let snapshots = [at(3), at(9)];
    head("frame (P5; the reference is a bordered paragraph)");
    cost(&snapshots, (80, 24), "-");
    cost(&snapshots, (200, 60), "<= 0.6 ms");
    cost(&snapshots, (400, 100), "<= 1.6 ms");
    let [_, late] = &snapshots;
    bytes(late, (80, 24));
    bytes(late, (200, 60));
}
