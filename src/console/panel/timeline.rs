//! What happened, the newest on top. Only the lines on the screen are written out: a long
//! incident has ten thousand of them.

use ratatui::layout::Rect;

use super::{Edge, filter, filtered, first_row, framed, passes};
use crate::{
    console::{
        Model,
        model::{Kinds, Pane},
        theme::Role,
        view::sight::Sight,
        widget::{Cell, Pen, Row, columns, wrap},
    },
    engine::{
        Event, Incident, NoteKind, Record, Speech, Watch, raise::Because, story::sentence,
    },
    model::Actor,
};

/// The records the timeline lists, the newest first: those of the chosen kinds that pass
/// the filter typed for it.
pub fn listed(model: &Model) -> impl Iterator<Item = &Record> {
    let filter = if model.pane == Pane::Timeline { model.filter.as_str() } else { "" };
    let incident = model.snapshot.incident.as_deref();
    model.snapshot.timeline.iter().rev().filter(move |record| {
        let kind = model.kinds == Kinds::All || model.kinds == kinds(&record.event);
        let said = |incident| passes(filter, &line(incident, record));
        kind && (filter.is_empty() || incident.is_some_and(said))
    })
}

/// Draws the pane into `area`.
pub fn draw(pen: &mut Pen<'_>, sight: &Sight<'_>, area: Rect) {
    let height = usize::from(area.height.saturating_sub(2));
    let width = usize::from(area.width.saturating_sub(2));
    let table = width >= 100 && height >= 10;
    let height = height.saturating_sub(usize::from(table));
    let list = List::of(sight, width, height);
    let inside =
        framed(pen, sight, area, title(sight, &list), edge(list.first, list.all, height));
    let mut rows = Vec::new();
    if table {
        rows.push(headings(width, sight.ascii()));
    }
    rows.extend(list.rows(sight, width, height));
    if rows.len() == usize::from(table) {
        let none = sight.snapshot().timeline.is_empty();
        rows.push(Row::dim(if none { "no records yet" } else { "nothing fits" }));
    }
    pen.rows(inside, &rows);
}

fn edge(first: usize, all: usize, height: usize) -> Edge {
    let foot = match (first, all.saturating_sub(first + height)) {
        (0, _) => Row::new(),
        (newer, 0) => Row::text(format!("{newer} newer above")),
        (newer, older) => Row::text(format!("{newer} newer above, {older} below")),
    };
    Edge { pane: Some(Pane::Timeline), foot }
}

fn title(sight: &Sight<'_>, list: &List) -> Row {
    let whole = sight.snapshot().timeline.len();
    let count = if list.all == whole {
        format!("   {whole} records")
    } else {
        format!("   {} of {whole} records", list.all)
    };
    let title = Row::of(Role::Title, "3 TIMELINE").with(Role::Text, count);
    let kinds = sight.model.kinds;
    let kinds = if kinds == Kinds::All {
        Row::new()
    } else {
        Row::text("   ").with(Role::Input, kinds.label())
    };
    title.then(kinds).then(filtered(filter(sight, Pane::Timeline)))
}

/// Draws the newest records without a frame.
pub fn bare(pen: &mut Pen<'_>, sight: &Sight<'_>, area: Rect) {
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let list = List::of(sight, width, height);
    pen.rows(area, &list.rows(sight, width, height));
}

/// Which part of the list is on the screen.
struct List {
    first: usize,
    all: usize,
    /// Lines the record under the cursor takes, written out in full.
    told: Vec<String>,
}

impl List {
    fn of(sight: &Sight<'_>, width: usize, height: usize) -> Self {
        let model = sight.model;
        let plain = model.kinds == Kinds::All && filter(sight, Pane::Timeline).is_empty();
        let all =
            if plain { model.snapshot.timeline.len() } else { listed(model).count() };
        let at = model.entry.and_then(|seq| {
            listed(model).enumerate().find(|(_, record)| record.seq == seq)
        });
        let told = at.map_or_else(Vec::new, |(_, record)| rest(sight, record, width));
        let cursor = at.map(|(at, _)| at);
        let room = height.saturating_sub(told.len()).max(1);
        let first = first_row(model.scrolled(), cursor, all, room);
        Self { first, all, told }
    }

    fn rows(&self, sight: &Sight<'_>, width: usize, height: usize) -> Vec<Row> {
        let mut rows = Vec::new();
        for record in listed(sight.model).skip(self.first).take(height) {
            let here = sight.model.entry == Some(record.seq);
            rows.push(row(sight, record, width, here));
            if here {
                let indent = " ".repeat(2);
                let told = self.told.iter();
                rows.extend(told.map(|line| Row::text(format!("{indent}{line}"))));
            }
        }
        rows.truncate(height);
        rows
    }
}

/// The sentence of the record under the cursor, when its row had to cut it.
fn rest(sight: &Sight<'_>, record: &Record, width: usize) -> Vec<String> {
    let what = sentence(record, &sight.incident);
    let fits = Row::text(what.clone()).width() <= room(width);
    if fits { Vec::new() } else { wrap(&what, width.saturating_sub(3)) }
}

/// What a filter is matched against.
fn line(incident: &Incident, record: &Record) -> String {
    let word = record.event.word();
    format!("{} {word} {}", who(&record.actor), sentence(record, incident))
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

/// Columns of the offset and of the author.
const fn shape(width: usize) -> (usize, usize) {
    match width {
        0..70 => (0, 0),
        70..76 => (0, 8),
        76..100 => (0, 10),
        _ => (7, 11),
    }
}

/// Columns left for the sentence.
fn room(width: usize) -> usize {
    let (offset, person) = shape(width);
    let taken: usize = [8, offset, person, 8]
        .into_iter()
        .filter(|columns| *columns > 0)
        .map(|columns| columns + 1)
        .sum();
    width.saturating_sub(taken)
}

fn row(sight: &Sight<'_>, record: &Record, width: usize, here: bool) -> Row {
    let (role, word) = kind(&record.event);
    let since = (record.at - sight.incident.clocks.impact).signed();
    let (offset, person) = shape(width);
    let what = sentence(record, &sight.incident);
    let gone = sight.incident.talk.taken_back.contains(&record.seq);
    let plain = match (here, gone) {
        (true, _) => Role::Select,
        (false, true) => Role::Dim,
        (false, false) => Role::Text,
    };
    // Focus is a mark, not a colour.
    let time =
        Row::of(plain, record.at.time_of_day()).with(plain, if here { ">" } else { " " });
    let cells = vec![
        Cell::right(Row::dim(since), offset),
        Cell::fixed(Row::of(plain, who(&record.actor)), person),
        Cell::fixed(Row::of(role, word), 8),
        Cell::rest(Row::of(plain, what)),
    ];
    let left = width.saturating_sub(time.width());
    time.then(columns(cells, left, sight.ascii()))
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
        Event::Held { .. }
        | Event::Aborted { .. }
        | Event::OutOfOrder { .. }
        | Event::Overridden { .. } => Role::Warn,
        Event::Decided { .. } | Event::ApprovalGiven { .. } | Event::Declared { .. } => {
            Role::Title
        }
        Event::Spoken { speech: Speech::PollAnswered { objection: Some(_), .. } } => {
            Role::Warn
        }
        Event::Spoken { speech: Speech::PollClosed { .. } }
        | Event::SeveritySet { .. } => Role::Title,
        Event::Watched { watch, .. } => match watch {
            Watch::Paused { .. } | Watch::Broken { .. } | Watch::Ended { .. } => {
                Role::Warn
            }
            Watch::Began | Watch::Counted | Watch::WentOn | Watch::Passed => Role::Text,
        },
        Event::Raised { because, .. } => match because {
            Because::Failed | Because::Over { .. } => Role::Crit,
            Because::Severity { .. } | Because::Type { .. } => Role::Warn,
            Because::Done => Role::Text,
        },
        Event::ImpactMoved { .. }
        | Event::SeatTaken { .. }
        | Event::Noted { .. }
        | Event::Spoken { .. }
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
        | Event::PassedOver { .. }
        | Event::ValuesGiven { .. }
        | Event::OutputsRead { .. }
        | Event::Closed { .. } => Role::Text,
    };
    (role, event.word())
}

/// Which of the kinds a record is of.
const fn kinds(event: &Event) -> Kinds {
    match event {
        Event::Noted { kind: NoteKind::Decision, .. }
        | Event::Declared { .. }
        | Event::ImpactMoved { .. }
        | Event::SeatTaken { .. }
        | Event::Decided { .. }
        | Event::Held { .. }
        | Event::Resumed
        | Event::Aborted { .. }
        | Event::ApprovalAsked { .. }
        | Event::ApprovalGiven { .. }
        | Event::SoloAsked { .. }
        | Event::Overridden { .. }
        | Event::Intended { .. }
        | Event::Verified { .. }
        | Event::Failed { .. }
        | Event::Refused { .. }
        | Event::Doubted { .. }
        | Event::Ruled { .. }
        | Event::Skipped { .. }
        | Event::PlanAdopted { .. }
        | Event::PassedOver { .. }
        | Event::Watched { watch: Watch::Ended { .. }, .. }
        | Event::Raised { .. }
        | Event::SeveritySet { .. }
        | Event::ValuesGiven { .. }
        | Event::Closed { .. } => Kinds::Deeds,
        Event::Noted { .. } | Event::Spoken { .. } => Kinds::Words,
        Event::Acted { .. }
        | Event::OutputsRead { .. }
        | Event::HealthChanged { .. }
        | Event::ServiceRecovered { .. }
        | Event::OutOfOrder { .. }
        | Event::ClockStepped { .. }
        | Event::Watched { .. }
        | Event::LeaseTaken { .. } => Kinds::Sights,
    }
}
