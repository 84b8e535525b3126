//! The header that is read from across the room: the same facts in big digits.

use ratatui::layout::Rect;

use super::{header, sight::Sight};
use crate::{
    console::{
        Model,
        theme::Role,
        widget::{
            Pen, Row,
            digits::{HEIGHT, big},
        },
    },
    model::Span,
};

/// Whether there is room for it.
pub(super) const fn fits(model: &Model) -> bool {
    model.columns >= 200 && model.rows >= 60
}

/// Draws it and returns its height.
pub(super) fn header(pen: &mut Pen<'_>, sight: &Sight<'_>, screen: Rect) -> u16 {
    let width = usize::from(screen.width);
    let [world, time, loss, people, next] = header::header(sight, width);
    pen.row(screen, 0, &world);
    let mut x = 1;
    for clock in clocks(sight) {
        x = draw(pen, screen, x, &clock);
    }
    // What no digit says stands beside them, in the usual order.
    let beside = usize::from(screen.width.saturating_sub(x));
    let rest = Rect { x, width: u16::try_from(beside).unwrap_or(0), ..screen };
    if x > 1 && x + 60 <= screen.width {
        for (at, row) in header::beside(sight, beside).iter().enumerate() {
            pen.row(rest, 2 + at * 2, row);
        }
    } else {
        pen.rows(Rect { y: 2, height: 3, ..screen }, &[time, loss, people]);
    }
    pen.row(screen, HEIGHT_OF_HEADER - 2, &next);
    u16::try_from(HEIGHT_OF_HEADER - 1).unwrap_or(0)
}

/// World, air, digits, air, next.
const HEIGHT_OF_HEADER: usize = HEIGHT + 5;

struct Clock {
    label: [String; 2],
    value: String,
    role: Role,
}

fn clocks(sight: &Sight<'_>) -> Vec<Clock> {
    let objective = sight.incident.procedure.objective;
    let mut clocks = Vec::new();
    if !sight.declared || sight.incident.clocks.verified.is_some() {
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
        let role = if clock.role == Role::ClockOver { clock.role } else { Role::Title };
        pen.row(label, 2 + at, &Row::of(role, words.clone()));
    }
    let wide = clock.label.iter().map(String::len).max().unwrap_or(0);
    let at = x.saturating_add(u16::try_from(wide + 2).unwrap_or(u16::MAX));
    let digits = Rect { x: at, width: screen.width.saturating_sub(at), ..screen };
    // A filled cell would hide the digit it fills: over is said by the label and the role
    // of the label's words.
    let over = clock.role == Role::ClockOver;
    let role = if over { Role::Title } else { clock.role };
    let mut end = at;
    for (line, row) in big(&clock.value, pen.ascii()).into_iter().enumerate() {
        let row = Row::of(role, row);
        end = end.max(at + u16::try_from(row.width()).unwrap_or(0));
        pen.row(digits, 2 + line, &row);
    }
    end.saturating_add(4)
}
