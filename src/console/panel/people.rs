//! Who is here: what they owe each other, seats, whose yes is waited for, who starts
//! steps, whom to call.

use ratatui::layout::Rect;

use super::{Edge, first_row, framed, hidden, outside, talk};
use crate::{
    console::{
        model::Screen,
        theme::Role,
        view::sight::Sight,
        widget::{Cell, Pen, Row, columns, wrap},
    },
    engine::{StepRecord, gate::wants_second},
    model::{Action, RoleId, Seat, Step},
    room::{Executor, JournalHealth},
};

/// Draws the pane into `area`.
pub fn draw(pen: &mut Pen<'_>, sight: &Sight<'_>, area: Rect) {
    // A number is found by its name: not at the other end of a wide screen.
    let width = usize::from(area.width.saturating_sub(2)).min(70);
    let title = Row::of(Role::Title, "4 TASKS + PEOPLE");
    let height = usize::from(area.height.saturating_sub(2));
    let rows = rows(sight, width, height);
    // Only where it fills the screen do the keys that move reach it.
    let whole = sight.model.screen == Screen::People;
    let wanted = if whole { sight.model.page } else { 0 };
    let first = first_row(wanted, None, rows.len(), height);
    let foot = hidden(first, rows.len(), height);
    let inside = framed(pen, sight, area, title, Edge { pane: None, foot });
    pen.rows(inside, rows.get(first..).unwrap_or_default());
}

/// All of it as rows, for those who listen.
pub fn spoken(sight: &Sight<'_>, width: usize) -> Vec<Row> {
    rows(sight, width, usize::MAX)
}

/// What changes by the minute first; the header has the seats already.
fn rows(sight: &Sight<'_>, width: usize, height: usize) -> Vec<Row> {
    let mut parts = vec![
        talk::tasks(sight, width),
        talk::poll(sight, width),
        approvals(sight, width),
        seats(sight, width),
        machines(sight, width),
        roster(sight, width),
    ];
    parts.extend(outside::parts(sight, width));
    parts.retain(|part| !part.is_empty());
    let airy = parts.join(&Row::new());
    // Blank lines between the parts are a luxury.
    if airy.len() <= height { airy } else { parts.concat() }
}

fn pair(left: Row, right: Row, width: usize, ascii: bool) -> Row {
    columns(vec![Cell::fixed(left, 9), Cell::rest(right)], width, ascii)
}

fn seats(sight: &Sight<'_>, width: usize) -> Vec<Row> {
    let head = Row::of(Role::Title, "SEATS");
    let all = Seat::ALL.into_iter().map(|seat| {
        let person = match (sight.incident.seats.get(&seat), seat) {
            (Some(person), _) => Row::text(person.as_str()),
            (None, Seat::Commander) if sight.declared => Row::of(Role::Warn, "none"),
            (None, _) => Row::dim("none"),
        };
        pair(Row::text(seat.short()), person, width, sight.ascii())
    });
    std::iter::once(head).chain(all).collect()
}

fn approvals(sight: &Sight<'_>, width: usize) -> Vec<Row> {
    let ascii = sight.ascii();
    let mut rows = vec![Row::of(Role::Title, "APPROVALS")];
    for (step, record) in sight.incident.steps() {
        let asks = wants_second(step) || matches!(step.action, Action::Approval { .. });
        let open = !record.state.is_settled() && !record.state.is_in_flight();
        if !asks || !open {
            continue;
        }
        let (role, words) = approval(sight, step, record);
        let step = format!("step {}", step.number);
        rows.push(pair(Row::text(step), Row::of(role, words), width, ascii));
    }
    if rows.len() == 1 {
        rows.push(Row::dim("none asked for"));
    }
    rows
}

/// Where the yes of a step stands.
fn approval(sight: &Sight<'_>, step: &Step, record: &StepRecord) -> (Role, String) {
    let now = sight.now();
    match (&record.approval, &record.asked_at) {
        (Some(approval), _) if approval.until > now => {
            let left = (approval.until - now).clock();
            (Role::Text, format!("yes by {}, valid {left}", approval.by))
        }
        (Some(approval), _) => {
            (Role::Warn, format!("yes by {} has expired", approval.by))
        }
        (None, Some((at, by))) => {
            let since = (now - *at).clock();
            (Role::Warn, format!("asked by {by} {since} ago, no answer"))
        }
        (None, None) => {
            let who =
                step.approval.as_ref().map_or("a second person", |role| role.as_str());
            (Role::Dim, format!("not asked yet: {who}"))
        }
    }
}

fn machines(sight: &Sight<'_>, width: usize) -> Vec<Row> {
    let mut rows = vec![Row::of(Role::Title, "THIS RUN")];
    let (role, runs) = match &sight.snapshot().executor {
        Executor::Here => (Role::Text, "steps start from this console".to_owned()),
        Executor::Elsewhere { holder, silent } => {
            (Role::Warn, format!("steps start from {holder}, heard {} ago", silent.age()))
        }
        Executor::Left if sight.is_left() => (
            Role::Crit,
            "nobody runs it: no step starts; :take-over moves it here".into(),
        ),
        Executor::Left => (Role::Dim, "it is over: nobody runs it".to_owned()),
        Executor::Nobody => (Role::Dim, "nothing is declared".to_owned()),
    };
    rows.extend(wrap(&runs, width).into_iter().map(|line| Row::of(role, line)));
    let session = &sight.model.session;
    rows.push(Row::dim(format!("you: {} on {}", session.person, session.tty)));
    match &sight.snapshot().journal {
        JournalHealth::Ok => {
            let head: String = sight.incident.head.chars().take(8).collect();
            let seq = sight.incident.seq;
            if sight.declared {
                rows.push(Row::dim(format!("journal ok, record {seq}, head {head}")));
            }
        }
        JournalHealth::Failing { why, since } => {
            let line = format!("journal fails since {}: {why}", since.time_of_day());
            let lines = wrap(&line, width).into_iter();
            rows.extend(lines.map(|line| Row::of(Role::Crit, line)));
        }
    }
    rows
}

fn roster(sight: &Sight<'_>, width: usize) -> Vec<Row> {
    let people = &sight.incident.procedure.people;
    if people.is_empty() {
        return Vec::new();
    }
    let mut rows = vec![Row::of(Role::Title, "CONTACTS")];
    rows.extend(people.iter().map(|person| {
        let roles: Vec<&str> = person.roles.iter().map(RoleId::as_str).collect();
        let contact = person.contact.as_ref().map_or("", |contact| contact.as_str());
        let cells = vec![
            Cell::fixed(Row::text(person.id.as_str()), 11),
            Cell::rest(Row::dim(roles.join(", "))),
            Cell::right(Row::text(contact), Row::text(contact).width()),
        ];
        columns(cells, width, sight.ascii())
    }));
    rows
}
