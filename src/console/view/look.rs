//! What the picture is told from outside the model: theme, glyphs, and the command table's
//! answers. The view never learns what a command does.

use crate::console::{Model, theme::Theme};

/// A key and what it does, for the last row of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    pub key: &'static str,
    pub label: &'static str,
}

/// A row of the palette and of help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandRow {
    pub key: &'static str,
    pub name: &'static str,
    pub label: &'static str,
    /// Why it cannot be used now.
    pub disabled: Option<String>,
}

/// How to draw.
#[derive(Clone, Debug)]
pub struct Look {
    pub theme: Theme,
    /// No box drawing, no ellipsis: for terminals without UTF-8.
    pub ascii: bool,
    /// Keys for the last row, most wanted first.
    pub hints: fn(&Model) -> Vec<Hint>,
    /// The commands that fit what was typed, best first: the rows of palette and help.
    pub commands: fn(&Model, &str) -> Vec<CommandRow>,
}

impl Look {
    /// Without theme and command table: for questions about layout alone.
    pub const fn plain() -> Self {
        Self {
            theme: Theme::plain(),
            ascii: false,
            hints: |_| Vec::new(),
            commands: |_, _| Vec::new(),
        }
    }
}
