//! The card of the step under the cursor, where there is room for one.

use ratatui::layout::Rect;

use super::{Edge, first_row, framed, hidden, step};
use crate::{
    console::{
        theme::Role,
        view::sight::Sight,
        widget::{Pen, Row, wrap},
    },
    engine::{Check, Class, StepRecord},
    model::Step,
};

/// Draws the card into `area`.
pub fn draw(pen: &mut Pen<'_>, sight: &Sight<'_>, area: Rect) {
    let width = usize::from(area.width.saturating_sub(2));
    let found = sight.cursor.as_ref().and_then(|id| sight.incident.step(id));
    let title = match found {
        Some((step, _)) => format!("STEP {}", step.number),
        None => "STEP".to_owned(),
    };
    let rows = match found {
        Some((step, record)) => card(sight, step, record, width),
        None => vec![Row::dim("no step is chosen")],
    };
    let height = usize::from(area.height.saturating_sub(2));
    let first = first_row(sight.model.card_scroll, None, rows.len(), height);
    let edge = Edge { pane: None, foot: hidden(first, rows.len(), height) };
    let inside = framed(pen, sight, area, Row::of(Role::Title, title), edge);
    pen.rows(inside, rows.get(first..).unwrap_or_default());
}

/// How many lines the card needs in a pane `width` wide, its frame with them.
pub fn need(sight: &Sight<'_>, width: u16) -> u16 {
    let inner = usize::from(width.saturating_sub(2));
    let found = sight.cursor.as_ref().and_then(|id| sight.incident.step(id));
    let rows = found.map_or(1, |(step, record)| card(sight, step, record, inner).len());
    u16::try_from(rows + 2).unwrap_or(u16::MAX)
}

fn card(sight: &Sight<'_>, step: &Step, record: &StepRecord, width: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut say = |role: Role, words: &str| {
        rows.extend(wrap(words, width).into_iter().map(|line| Row::of(role, line)));
    };
    say(Role::Title, &step.title());
    say(Role::Text, &step::deed(sight, step));
    let time = sight.time(step);
    let (p50, p95) = (time.estimate.p50.clock(), time.estimate.p95.clock());
    let from = time.from();
    let tier = format!("{} {}", step.tier, step.tier.meaning());
    let limit = step.verify.timeout;
    say(
        Role::Text,
        &format!("{tier}, est {p50}, p95 {p95} ({from}), given up after {limit}"),
    );
    if !step.needs.is_empty() {
        say(Role::Text, &format!("needs {}", step::numbers(sight, &step.needs)));
    }
    if let Some(owner) = &step.owner {
        say(Role::Text, &format!("owner {owner}"));
    }
    if record.attempt > 0 {
        say(Role::Text, &format!("attempt {}", record.attempt));
    }
    if let Some(evidence) = &record.evidence {
        say(Role::Text, evidence.summary.as_str());
        if let Some(before) = &evidence.before {
            say(Role::Text, &format!("was {before}"));
        }
        for line in &evidence.raw {
            say(Role::Dim, line.as_str());
        }
    }
    if sight.declared && !record.state.is_settled() {
        let gate = sight.gate(step);
        for block in &gate.blocks {
            say(Role::Text, &step::why(sight, block));
        }
        rows.extend(gate.checks.iter().map(|check| checked(check, width, sight.ascii())));
    }
    rows
}

/// `[x] lag within RPO: 0:42 of 5:00    7s`.
fn checked(check: &Check, width: usize, ascii: bool) -> Row {
    let (mark, role) = verdict(check.class);
    let age =
        check.age.map_or_else(|| "-".to_owned(), |age| format!("{} ago", age.age()));
    Row::of(role, mark)
        .with(Role::Text, format!(" {}: {}", check.name, check.value))
        .against(Row::dim(age), width, ascii)
}

/// The mark of a check: words and glyphs before colour.
pub const fn verdict(class: Class) -> (&'static str, Role) {
    match class {
        Class::Pass => ("[x]", Role::Text),
        Class::Fail => ("[ ]", Role::Crit),
        Class::Unknown => ("[?]", Role::Unknown),
        Class::Overridden => ("[o]", Role::Warn),
    }
}
