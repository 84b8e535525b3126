//! One line of the screen: runs of text, each with a role. The only door from words to
//! cells; nothing a terminal could obey passes it.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::{
    console::theme::Role,
    model::{Text, text::is_unsafe},
};

/// A stretch of text that means one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    text: String,
    role: Role,
}

impl Run {
    pub fn text(&self) -> &str {
        &self.text
    }

    pub const fn role(&self) -> Role {
        self.role
    }
}

/// Runs, left to right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    runs: Vec<Run>,
}

impl Row {
    pub const fn new() -> Self {
        Self { runs: Vec::new() }
    }

    pub fn of(role: Role, text: impl Into<String>) -> Self {
        Self::new().with(role, text)
    }

    pub fn text(text: impl Into<String>) -> Self {
        Self::of(Role::Text, text)
    }

    pub fn dim(text: impl Into<String>) -> Self {
        Self::of(Role::Dim, text)
    }

    /// Appends a run. What is unsafe in it becomes a visible fault, whatever its source.
    #[must_use]
    pub fn with(mut self, role: Role, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.runs.push(Run { text: cleaned(text), role });
        }
        self
    }

    #[must_use]
    pub fn then(mut self, other: Self) -> Self {
        self.runs.extend(other.runs);
        self
    }

    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    pub const fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Columns it takes.
    pub fn width(&self) -> usize {
        self.runs.iter().map(|run| run.text.width()).sum()
    }

    /// All words, for filters and tests.
    pub fn plain(&self) -> String {
        self.runs.iter().map(|run| run.text.as_str()).collect()
    }

    /// At most `width` columns; what was cut ends in a mark.
    #[must_use]
    pub fn cut(self, width: usize, ascii: bool) -> Self {
        if self.width() <= width {
            return self;
        }
        let mark = if ascii { ".." } else { "\u{2026}" };
        let mark = if width < mark.width() { "" } else { mark };
        let mut left = width - mark.width();
        let mut out = Self::new();
        let mut last = Role::Text;
        for run in self.runs {
            last = run.role;
            let kept = head(&run.text, left);
            left -= kept.width();
            let whole = kept.len() == run.text.len();
            out = out.with(run.role, kept);
            if !whole {
                break;
            }
        }
        out.with(last, mark)
    }

    /// Exactly `width` columns: cut, or filled with blanks on the right.
    #[must_use]
    pub fn fit(self, width: usize, ascii: bool) -> Self {
        let row = self.cut(width, ascii);
        let missing = width.saturating_sub(row.width());
        row.with(Role::Text, " ".repeat(missing))
    }

    /// Exactly `width` columns with `right` at the right edge; `self` gives way.
    #[must_use]
    pub fn against(self, right: Self, width: usize, ascii: bool) -> Self {
        if right.is_empty() {
            return self.fit(width, ascii);
        }
        let right = right.cut(width, ascii);
        let space = width.saturating_sub(right.width() + 1);
        let gap = if right.width() < width { " " } else { "" };
        self.fit(space, ascii).with(Role::Text, gap).then(right)
    }
}

fn cleaned(text: String) -> String {
    if text.chars().any(is_unsafe) { Text::clean(text).to_string() } else { text }
}

/// As much of the start of `text` as fits into `width` columns.
fn head(text: &str, width: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > width {
            return text.get(..at).unwrap_or_default();
        }
    }
    text
}

/// At most `width` columns of `text`, cut between words where that loses little; what was
/// cut ends in a mark.
pub fn clip(text: &str, width: usize, ascii: bool) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mark = if ascii { ".." } else { "\u{2026}" };
    let mark = if width <= mark.width() { "" } else { mark };
    let kept = head(text, width - mark.width());
    let whole = kept.rfind(' ').and_then(|at| kept.get(..at));
    let between = text.get(kept.len()..).is_some_and(|rest| rest.starts_with(' '));
    let kept = match whole {
        // Half a word says less than none, as long as most of the room is used.
        Some(whole) if !between && whole.width() * 2 >= width => whole,
        Some(_) | None => kept,
    };
    format!("{}{mark}", kept.trim_end_matches([' ', ',', ';', ':']))
}

/// Breaks `text` between words into lines of at most `width` columns. A longer word is
/// broken where it must be: nothing is ever left out.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let needed = line.width() + usize::from(!line.is_empty()) + word.width();
        if needed <= width {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        let mut rest = word;
        while rest.width() > width {
            // A glyph wider than the whole line is still shown, one a line.
            let first = rest.chars().next().map_or(0, char::len_utf8);
            let kept = head(rest, width).len().max(first);
            let (now, later) = rest.split_at(kept);
            lines.push(now.to_owned());
            rest = later;
        }
        rest.clone_into(&mut line);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_cut_row_says_that_it_was_cut() {
        for (text, width, ascii, shown) in [
            ("promote", 7, false, "promote"),
            ("promote", 6, false, "promo\u{2026}"),
            ("promote", 6, true, "prom.."),
            ("promote", 1, true, "p"),
            ("promote", 0, false, ""),
        ] {
            assert_eq!(Row::text(text).cut(width, ascii).plain(), shown);
        }
    }

    #[test]
    fn a_clipped_text_ends_with_a_whole_word() {
        for (text, width, shown) in [
            ("timeout after 5s", 16, "timeout after 5s"),
            ("timeout after 5s", 15, "timeout after\u{2026}"),
            ("timeout after 5s", 10, "timeout\u{2026}"),
            ("replica, available", 10, "replica\u{2026}"),
            ("a unbreakableword", 10, "a unbreak\u{2026}"),
            ("unavailable", 6, "unava\u{2026}"),
            ("unavailable", 1, "u"),
            ("unavailable", 0, ""),
        ] {
            assert_eq!(clip(text, width, false), shown, "{width}");
        }
        assert_eq!(clip("timeout after 5s", 10, true), "timeout..");
    }

    proptest! {
        #[test]
        fn a_clipped_text_fits(text in "\\PC{0,40}", width in 0_usize..30, ascii: bool) {
            prop_assert!(clip(&text, width, ascii).width() <= width);
        }

        #[test]
        fn a_fitted_row_has_its_width(text in "\\PC{0,40}", width in 0_usize..60) {
            let row = Row::dim(text.as_str()).with(Role::Text, "tail").fit(width, false);
            prop_assert_eq!(row.width(), width);
        }

        #[test]
        fn wrapping_loses_nothing(text in "[a-z ]{0,80}", width in 1_usize..30) {
            let lines = wrap(&text, width);
            let all: String = lines.concat().split_whitespace().collect();
            let had: String = text.split_whitespace().collect();
            prop_assert_eq!(all, had);
            prop_assert!(lines.iter().all(|line| line.width() <= width));
        }

        #[test]
        fn nothing_unsafe_becomes_a_run(raw in any::<String>()) {
            prop_assert!(!Row::text(raw).plain().chars().any(is_unsafe));
        }
    }
}
