//! Every key and command, searchable; what cannot be used now stays listed with the
//! reason.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::{WIDEST, dialog};
use crate::console::{
    theme::Role,
    view::{CommandRow, sight::Sight},
    widget::{Cell, Pen, Row, columns, wrap},
};

pub(super) fn draw(
    pen: &mut Pen<'_>,
    sight: &Sight<'_>,
    body: Rect,
    (scroll, filter): (usize, &str),
) {
    let commands = (sight.look.commands)(sight.model, filter);
    let title = Row::of(Role::Title, "HELP")
        .with(Role::Text, "   type to search: ")
        .with(Role::Input, format!("{filter}_"));
    let height = usize::from(body.height.saturating_sub(2));
    let width = usize::from(body.width.min(WIDEST).saturating_sub(2));
    let lines: Vec<Row> =
        commands.iter().flat_map(|command| told(command, width, sight.ascii())).collect();
    let first = scroll.min(lines.len().saturating_sub(height));
    let below = lines.len().saturating_sub(first + height);
    let foot = match (first, below) {
        (0, 0) => Row::new(),
        (0, below) => Row::text(format!("{below} below")),
        (above, below) => Row::text(format!("{above} above, {below} below")),
    };
    let inside = dialog(pen, sight, body, lines.len().max(1), (title, foot));
    if lines.is_empty() {
        pen.row(inside, 0, &Row::dim("no command fits"));
    }
    pen.rows(inside, lines.get(first..).unwrap_or_default());
}

/// Columns of a label.
const LABEL: usize = 24;

/// Columns before the reason.
const REASON: usize = 1 + 1 + 7 + 1 + 14 + 1 + LABEL + 1;

/// A command's row; a reason that does not fit behind it stands below, whole.
fn told(command: &CommandRow, width: usize, ascii: bool) -> Vec<Row> {
    let why = command.disabled.as_deref().unwrap_or_default();
    if width >= 60 && why.width() <= width.saturating_sub(REASON) {
        return vec![row(command, None, width, ascii)];
    }
    let bare = CommandRow {
        disabled: command.disabled.as_ref().map(|_| String::new()),
        ..command.clone()
    };
    let below = wrap(why, width.saturating_sub(10)).into_iter();
    let below = below.map(|line| Row::dim(format!("{}{line}", " ".repeat(10))));
    let first = row(&bare, None, width, ascii);
    let more = below.filter(|_| !why.is_empty());
    std::iter::once(first).chain(more).collect()
}

/// A command with its key and, if there is one, the reason why not.
pub(super) fn row(
    command: &CommandRow,
    mark: Option<bool>,
    width: usize,
    ascii: bool,
) -> Row {
    let cursor = match mark {
        None | Some(false) => Row::text(" "),
        Some(true) => Row::of(Role::Select, ">"),
    };
    let role = if command.disabled.is_some() { Role::Dim } else { Role::Text };
    let key = if command.disabled.is_some() { Role::Dim } else { Role::Key };
    let why = command.disabled.clone().unwrap_or_default();
    let cells = vec![
        Cell::fixed(cursor, 1),
        Cell::fixed(Row::of(key, command.key), 7),
        Cell::fixed(Row::of(role, format!(":{}", command.name)), 14),
        Cell::fixed(Row::of(role, command.label), LABEL),
        Cell::rest(Row::dim(why)),
    ];
    columns(cells, width, ascii)
}
