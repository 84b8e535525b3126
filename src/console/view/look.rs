//! What the picture is told from outside the model: theme, glyphs, and the command table's
//! answers. The view never learns what a command does.

pub use crate::console::command::{CommandRow, Hint};
use crate::console::{
    Model,
    command::hints,
    palette::matches,
    theme::{Depth, Theme},
};

/// How to draw.
#[derive(Clone, Debug)]
pub struct Look {
    pub theme: Theme,
    /// What the terminal can show: themes chosen later are brought down to it.
    pub depth: Depth,
    /// No box drawing, no ellipsis: for terminals without UTF-8.
    pub ascii: bool,
    /// Keys for the last row, most wanted first.
    pub hints: fn(&Model) -> Vec<Hint>,
    /// The commands that fit what was typed, best first: the rows of palette and help.
    pub commands: fn(&Model, &str) -> Vec<CommandRow>,
}

impl Look {
    /// The picture people get: theme and glyphs as given, the command table's answers.
    pub const fn new(theme: Theme, ascii: bool) -> Self {
        Self { theme, depth: Depth::True, ascii, hints, commands: matches }
    }

    /// The same on a terminal that shows no more than `depth`.
    #[must_use]
    pub fn shown_in(self, depth: Depth) -> Self {
        Self { theme: self.theme.shown_in(depth), depth, ..self }
    }

    /// Without theme and command table: for questions about layout alone.
    pub const fn plain() -> Self {
        Self {
            theme: Theme::plain(),
            depth: Depth::True,
            ascii: false,
            hints: |_| Vec::new(),
            commands: |_, _| Vec::new(),
        }
    }
}
