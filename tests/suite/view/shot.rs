//! One frame, as text and as roles.

use std::fmt::Write as _;

use ratatui::{
    Terminal,
    backend::TestBackend,
    buffer::{Buffer, Cell},
};
use warroom::console::{
    Model,
    theme::{Depth, Role, Theme},
    view::{CommandRow, Hint, Look, draw},
};

pub(crate) fn hints(_: &Model) -> Vec<Hint> {
    let pair = |(key, label)| Hint { key, label };
    [
        ("X", "execute"),
        ("!", "HOLD"),
        ("A", "arm or disarm"),
        ("n", "note"),
        ("a", "seen"),
        ("r", "read-out"),
        ("/", "filter"),
        (":", "commands"),
        ("?", "help"),
    ]
    .map(pair)
    .to_vec()
}

pub(crate) fn commands(_: &Model, typed: &str) -> Vec<CommandRow> {
    let row = |(key, name, label, why): (_, &'static str, _, &str)| CommandRow {
        key,
        name,
        label,
        disabled: Some(why.to_owned()).filter(|why| !why.is_empty()),
    };
    [
        ("!", "hold", "HOLD", ""),
        ("X", "execute", "execute", "press A to arm first"),
        ("n", "note", "note", ""),
        ("", "declare", "declare an incident", "INC-0417 is already open"),
    ]
    .map(row)
    .into_iter()
    .filter(|row| row.name.contains(typed))
    .collect()
}

/// Every role its own colour, so that a cell tells its role.
pub(crate) fn tracer() -> Theme {
    let mut text = "[roles]\n".to_owned();
    for (at, role) in Role::ALL.iter().enumerate() {
        writeln!(text, "\"{role}\" = {{ fg = \"#0000{:02x}\" }}", at + 1).unwrap();
    }
    Theme::parse(&text).unwrap()
}

pub(crate) fn look() -> Look {
    Look { theme: tracer(), depth: Depth::True, ascii: false, hints, commands }
}

pub(crate) fn drawn(model: &Model, look: &Look, size: (u16, u16)) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    terminal.draw(|frame| draw(model, look, frame)).unwrap();
    terminal.backend().buffer().clone()
}

pub(crate) fn lines(buffer: &Buffer) -> Vec<String> {
    let width = usize::from(buffer.area.width);
    buffer
        .content
        .chunks(width.max(1))
        .map(|row| row.iter().map(Cell::symbol).collect())
        .collect()
}

/// The roles that mean something, as `row columns role`.
pub(crate) fn roles(buffer: &Buffer) -> String {
    let theme = tracer();
    let known: Vec<_> =
        Role::ALL.iter().map(|role| (*role, theme.style(*role).fg)).collect();
    let role_of = |cell: &Cell| {
        known.iter().find(|(_, fg)| *fg == Some(cell.fg)).map(|(role, _)| *role)
    };
    let plain = [Role::Text, Role::Frame, Role::FrameFocus, Role::Dim];
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut x = 0;
        let mut row = String::new();
        while x < buffer.area.width {
            let role = role_of(&buffer[(x, y)]);
            let start = x;
            while x < buffer.area.width && role_of(&buffer[(x, y)]) == role {
                x += 1;
            }
            if let Some(role) = role.filter(|role| !plain.contains(role)) {
                write!(row, "  {start}+{} {role}", x - start).unwrap();
            }
        }
        if !row.is_empty() {
            writeln!(out, "{y:>3}{row}").unwrap();
        }
    }
    out
}

pub(crate) fn picture(buffer: &Buffer) -> String {
    let mut out = String::new();
    for line in lines(buffer) {
        writeln!(out, "|{line}|").unwrap();
    }
    out + "roles\n" + &roles(buffer)
}
