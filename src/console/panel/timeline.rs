//! What happened, the newest on top. Only the lines on the screen are written out: a long
//! incident has ten thousand of them.

use ratatui::layout::Rect;

use super::{Edge, filter, filtered, framed, passes};
use crate::{
    console::{
        model::Pane,
        theme::Role,
        view::sight::Sight,
        widget::{Cell, Pen, Row, columns},
    },
    engine::{Event, Record, story::sentence},
    model::Actor,
};

/// Draws the pane into `area`.
pub fn draw(pen: &mut Pen<'_>, sight: &Sight<'_>, area: Rect) {
    let height = usize::from(area.height.saturating_sub(2));
    let width = usize::from(area.width.saturating_sub(2));
    let filter = filter(sight, Pane::Timeline);
    let all = sight.snapshot().timeline.len();
    let foot = match first(sight, height) {
        0 => Row::new(),
        first => Row::text(format!("{first} newer above")),
    };
    let title = Row::of(Role::Title, "3 TIMELINE")
        .with(Role::Text, format!("   {all} records"))
        .then(filtered(filter));
    let inside =
        framed(pen, sight, area, title, Edge { pane: Some(Pane::Timeline), foot });
    let table = width >= 100 && height >= 10;
    let mut rows = Vec::new();
    if table {
        rows.push(headings(width, sight.ascii()));
    }
    rows.extend(
        shown(sight, height - usize::from(table)).map(|record| row(sight, record, width)),
    );
    if rows.is_empty() {
        rows.push(Row::dim(if all == 0 { "no records yet" } else { "nothing fits" }));
    }
    pen.rows(inside, &rows);
}

/// Draws the newest records without a frame.
pub fn bare(pen: &mut Pen<'_>, sight: &Sight<'_>, area: Rect) {
    let width = usize::from(area.width);
    for (at, record) in shown(sight, usize::from(area.height)).enumerate() {
        pen.row(area, at, &row(sight, record, width));
    }
}

fn first(sight: &Sight<'_>, height: usize) -> usize {
    let wanted = sight.model.scroll.get(&Pane::Timeline).copied().unwrap_or(0);
    wanted.min(sight.snapshot().timeline.len().saturating_sub(height))
}

fn shown<'a>(sight: &'a Sight<'_>, height: usize) -> impl Iterator<Item = &'a Record> {
    let filter = filter(sight, Pane::Timeline);
    sight
        .snapshot()
        .timeline
        .iter()
        .rev()
        .filter(move |record| filter.is_empty() || passes(filter, &line(sight, record)))
        .skip(first(sight, height))
        .take(height)
}

/// What a filter is matched against.
fn line(sight: &Sight<'_>, record: &Record) -> String {
    let word = record.event.word();
    format!("{} {word} {}", who(&record.actor), sentence(record, &sight.incident))
}

fn headings(width: usize, ascii: bool) -> Row {
    let head = |word: &str| Row::dim(word);
    columns(
        vec![
            Cell::fixed(head("UTC"), 8),
            Cell::right(head("+RTO"), 7),
            Cell::fixed(head("WHO"), 11),
            Cell::fixed(head("KIND"), 8),
            Cell::rest(head("WHAT")),
        ],
        width,
        ascii,
    )
}

fn row(sight: &Sight<'_>, record: &Record, width: usize) -> Row {
    let (role, word) = kind(&record.event);
    let since = (record.at - sight.incident.clocks.impact).signed();
    let (offset, person) = match width {
        0..70 => (0, 0),
        70..76 => (0, 8),
        76..100 => (0, 10),
        _ => (7, 11),
    };
    let what = sentence(record, &sight.incident);
    let cells = vec![
        Cell::fixed(Row::text(record.at.time_of_day()), 8),
        Cell::right(Row::dim(since), offset),
        Cell::fixed(Row::text(who(&record.actor)), person),
        Cell::fixed(Row::of(role, word), 8),
        Cell::rest(Row::text(what)),
    ];
    columns(cells, width, sight.ascii())
}

/// Somebody the drill plays is marked as such.
fn who(actor: &Actor) -> String {
    match actor {
        Actor::Person { name, .. } => name.to_string(),
        Actor::Scripted { name } => format!("*{name}"),
        Actor::System => "system".to_owned(),
    }
}

fn kind(event: &Event) -> (Role, &'static str) {
    let role = match event {
        Event::Failed { .. } | Event::Refused { .. } => Role::Crit,
        Event::Doubted { .. } => Role::Doubt,
        Event::Held { .. } | Event::Aborted { .. } | Event::Overridden { .. } => {
            Role::Warn
        }
        Event::Decided { .. } | Event::ApprovalGiven { .. } | Event::Declared { .. } => {
            Role::Title
        }
        Event::ImpactMoved { .. }
        | Event::SeatTaken { .. }
        | Event::Noted { .. }
        | Event::Resumed
        | Event::ApprovalAsked { .. }
        | Event::SoloAsked { .. }
        | Event::Intended { .. }
        | Event::Acted { .. }
        | Event::Verified { .. }
        | Event::Ruled { .. }
        | Event::Skipped { .. }
        | Event::HealthChanged { .. }
        | Event::ServiceRecovered { .. }
        | Event::ClockStepped { .. }
        | Event::LeaseTaken { .. }
        | Event::PlanAdopted { .. }
        | Event::Closed { .. } => Role::Text,
    };
    (role, event.word())
}
