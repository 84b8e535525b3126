//! Every key and command, searchable; what cannot be used now stays listed with the
//! reason.

use ratatui::layout::Rect;

use super::dialog;
use crate::console::{
    theme::Role,
    view::{CommandRow, sight::Sight},
    widget::{Cell, Pen, Row, columns},
};

pub(super) fn draw(
    pen: &mut Pen<'_>,
    sight: &Sight<'_>,
    body: Rect,
    (scroll, filter): (usize, &str),
) {
    let rows = (sight.look.commands)(sight.model, filter);
    let title = Row::of(Role::Title, "HELP")
        .with(Role::Text, "   type to search: ")
        .with(Role::Input, format!("{filter}_"));
    let height = usize::from(body.height.saturating_sub(2));
    let first = scroll.min(rows.len().saturating_sub(height));
    let below = rows.len().saturating_sub(first + height);
    let foot = match (first, below) {
        (0, 0) => Row::new(),
        (above, below) => Row::text(format!("{above} above, {below} below")),
    };
    let inside = dialog(pen, sight, body, rows.len().max(1), (title, foot));
    if rows.is_empty() {
        pen.row(inside, 0, &Row::dim("no command fits"));
    }
    let width = usize::from(inside.width);
    for (at, command) in rows.iter().skip(first).enumerate() {
        pen.row(inside, at, &row(command, None, width, sight.ascii()));
    }
}

/// A command with its key and, if there is one, the reason why not.
pub(super) fn row(
    command: &CommandRow,
    mark: Option<bool>,
    width: usize,
    ascii: bool,
) -> Row {
    let cursor = match mark {
        None | Some(false) => " ",
        Some(true) => ">",
    };
    let role = if command.disabled.is_some() { Role::Dim } else { Role::Text };
    let key = if command.disabled.is_some() { Role::Dim } else { Role::Key };
    let why = command.disabled.clone().unwrap_or_default();
    let label = if width < 60 { 16 } else { 26 };
    let cells = vec![
        Cell::fixed(Row::of(Role::Select, cursor), 1),
        Cell::fixed(Row::of(key, command.key), 7),
        Cell::fixed(Row::of(role, format!(":{}", command.name)), 12),
        Cell::fixed(Row::of(role, command.label), label),
        Cell::rest(Row::dim(why)),
    ];
    columns(cells, width, ascii)
}
