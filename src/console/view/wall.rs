//! The header that is read from across the room: the same facts in big digits.

use ratatui::layout::Rect;

use unicode_width::UnicodeWidthStr;

use super::{header, sight::Sight};
use crate::{
    console::{
        model::WALL,
        theme::Role,
        widget::{
            Pen, Row,
            digits::{HEIGHT, big},
        },
    },
    model::Span,
};

/// Draws it and returns its height.
pub(super) fn header(pen: &mut Pen<'_>, sight: &Sight<'_>, screen: Rect) -> u16 {
    let clocks = clocks(sight);
    let width = usize::from(screen.width);
    if clocks.is_empty() {
        pen.rows(screen, &header::header(sight, width));
        return header::HEIGHT;
    }
    if screen.width >= WALL.0 {
        wide(pen, sight, screen, &clocks)
    } else {
        narrow(pen, sight, screen, &clocks)
    }
}

/// The clocks side by side, everything else beside them.
fn wide(pen: &mut Pen<'_>, sight: &Sight<'_>, screen: Rect, clocks: &[Clock]) -> u16 {
    let width = usize::from(screen.width);
    let [world, .., next] = header::header(sight, width);
    pen.row(screen, 0, &world);
    let mut x = 1;
    for clock in clocks {
        x = draw(pen, screen, x, clock);
    }
    // What no digit says stands beside them, in the usual order.
    let beside = usize::from(screen.width.saturating_sub(x));
    let rest = Rect { x, width: u16::try_from(beside).unwrap_or(0), ..screen };
    for (at, row) in header::beside(sight, beside).iter().enumerate() {
        pen.row(rest, 2 + at * 2, row);
    }
    pen.row(screen, HEIGHT + 3, &next);
    WALL_HEADER
}

/// The clocks under their labels; what does not fit in digits is said in words.
fn narrow(pen: &mut Pen<'_>, sight: &Sight<'_>, screen: Rect, clocks: &[Clock]) -> u16 {
    let width = usize::from(screen.width);
    let [world, _, loss, people, next] = header::header(sight, width);
    pen.row(screen, 0, &world);
    let mut x = 1;
    let mut whole = true;
    for clock in clocks {
        let label = clock.label.join(" ");
        let digits = big(&clock.value, pen.ascii());
        let columns = digits.iter().map(|row| row.width()).max().unwrap_or(0);
        let columns = u16::try_from(columns.max(label.width())).unwrap_or(u16::MAX);
        if x + columns > screen.width {
            whole = false;
            continue;
        }
        let area = Rect { x, width: columns, ..screen };
        pen.row(area, 1, &Row::of(clock.label_role(), label));
        for (line, row) in digits.into_iter().enumerate() {
            pen.row(area, 2 + line, &Row::of(clock.digit_role(), row));
        }
        x += columns + 3;
    }
    let said = if whole { people } else { loss };
    pen.row(screen, HEIGHT + 2, &said);
    pen.row(screen, HEIGHT + 3, &next);
    WALL_HEADER
}

/// Rows of it: world, a label or air, digits, facts or air, next.
pub const WALL_HEADER: u16 = 9;

struct Clock {
    label: [String; 2],
    value: String,
    role: Role,
}

impl Clock {
    fn label_role(&self) -> Role {
        if self.role == Role::ClockOver { self.role } else { Role::Title }
    }

    /// A filled cell would hide the digit it fills: over is said by the label and the role
    /// of the label's words.
    fn digit_role(&self) -> Role {
        if self.role == Role::ClockOver { Role::Title } else { self.role }
    }
}

fn clocks(sight: &Sight<'_>) -> Vec<Clock> {
    let objective = sight.incident.procedure.objective;
    let mut clocks = Vec::new();
    if !sight.declared || sight.incident.rto_ended().is_some() {
        return clocks;
    }
    let left = sight.forecast.left;
    clocks.push(Clock {
        label: [
            if left.is_negative() { "RTO OVER" } else { "RTO LEFT" }.to_owned(),
            format!("of {}", objective.rto.clock()),
        ],
        value: left.clock(),
        role: if left.is_negative() { Role::ClockOver } else { Role::Clock },
    });
    if sight.incident.next().is_some() {
        let by = sight.forecast.go_by - sight.now();
        let (word, role) = if by.is_negative() {
            (format!("passed {}", by.clock()), Role::ClockOver)
        } else {
            (format!("in {}", by.clock()), Role::Clock)
        };
        let value = sight.forecast.go_by.time_of_day();
        let value = value.get(..5).unwrap_or_default().to_owned();
        clocks.push(Clock { label: ["GO BY".to_owned(), word], value, role });
    }
    let lost = sight.incident.seals.iter().map(|seal| seal.lost).max();
    let risk = sight.exposures.iter().map(|cost| cost.lost).max();
    let (word, value) = match (lost, risk) {
        (Some(lost), _) => ("RPO SEALED", lost),
        (None, Some(risk)) => ("RPO RISK", risk),
        (None, None) => return clocks,
    };
    let over = value.is_none_or(|value| value > objective.rpo);
    clocks.push(Clock {
        label: [word.to_owned(), format!("of {}", objective.rpo.clock())],
        value: value.map_or_else(|| "?".to_owned(), Span::clock),
        role: if over { Role::ClockOver } else { Role::Clock },
    });
    clocks
}

/// Label, then digits; returns where the next one begins.
fn draw(pen: &mut Pen<'_>, screen: Rect, x: u16, clock: &Clock) -> u16 {
    let label = Rect { x, ..screen };
    for (at, words) in clock.label.iter().enumerate() {
        pen.row(label, 2 + at, &Row::of(clock.label_role(), words.clone()));
    }
    let wide = clock.label.iter().map(String::len).max().unwrap_or(0);
    let at = x.saturating_add(u16::try_from(wide + 2).unwrap_or(u16::MAX));
    let digits = Rect { x: at, width: screen.width.saturating_sub(at), ..screen };
    let mut end = at;
    for (line, row) in big(&clock.value, pen.ascii()).into_iter().enumerate() {
        let row = Row::of(clock.digit_role(), row);
        end = end.max(at + u16::try_from(row.width()).unwrap_or(0));
        pen.row(digits, 2 + line, &row);
    }
    end.saturating_add(4)
}
