//! A command by a few of its letters.

use ratatui::layout::Rect;

use super::{dialog, help::row, prompt::line};
use crate::console::{
    theme::Role,
    view::sight::Sight,
    widget::{Pen, Row},
};

pub(super) fn draw(
    pen: &mut Pen<'_>,
    sight: &Sight<'_>,
    body: Rect,
    (typed, chosen): (&str, usize),
) {
    let commands = (sight.look.commands)(sight.model, typed);
    let title = Row::of(Role::Title, "COMMANDS");
    let room = usize::from(body.height.saturating_sub(3)).max(1);
    let first = (chosen + 1).saturating_sub(room);
    let below = commands.len().saturating_sub(first + room);
    let foot = match below {
        0 => Row::new(),
        below => Row::text(format!("{below} more below")),
    };
    // As high as it can be: it does not jump while one types.
    let inside = dialog(pen, sight, body, room + 1, (title, foot));
    let width = usize::from(inside.width);
    pen.row(inside, 0, &line(typed, width));
    if commands.is_empty() {
        pen.row(inside, 1, &Row::dim("no command fits"));
    }
    for (at, command) in commands.iter().enumerate().skip(first).take(room) {
        let marked = Some(at == chosen);
        pen.row(inside, at - first + 1, &row(command, marked, width, sight.ascii()));
    }
}
