//! A page of text for people: headings, entries, tables, wrapped to a width. What is put
//! on it may come from anywhere: nothing of it drives a terminal. Knows no plan.

use unicode_width::UnicodeWidthStr;

use crate::model::text::is_unsafe;

/// Columns of what an entry is about, and of the word on it.
const HEAD: usize = 20;
const WORD: usize = 10;

/// No column of a table is squeezed into less.
const LEAST: usize = 6;

/// No paragraph is squeezed into less, however narrow the terminal.
const NARROWEST: usize = 16;

/// The cells of a row, and what has none: labels and values.
pub type Detailed = (Vec<String>, Vec<(String, String)>);

/// A page being written.
#[derive(Clone, Debug)]
pub struct Page {
    text: String,
    width: Option<usize>,
    colour: bool,
}

impl Page {
    /// Wrapped to `width` columns; without one, a line for a fact, as pipes want it.
    pub const fn new(width: Option<usize>) -> Self {
        Self { text: String::new(), width, colour: false }
    }

    /// With headings in bold.
    #[must_use]
    pub fn coloured(self, colour: bool) -> Self {
        Self { colour, ..self }
    }

    pub fn text(self) -> String {
        self.text
    }

    fn room(&self, indent: usize) -> usize {
        self.width.map_or(usize::MAX, |width| width.saturating_sub(indent).max(NARROWEST))
    }

    /// The first line.
    pub fn title(&mut self, words: &str) {
        self.strong(words);
    }

    /// A part begins.
    pub fn heading(&mut self, words: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.strong(words);
    }

    fn strong(&mut self, words: &str) {
        let (on, off) = if self.colour { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
        for line in wrap(&clean(words), self.room(0)) {
            self.text.push_str(&format!("{on}{line}{off}\n"));
        }
    }

    /// A paragraph at the margin.
    pub fn line(&mut self, words: &str) {
        self.hang("", words);
    }

    /// A paragraph that belongs to what stands above it.
    pub fn under(&mut self, words: &str) {
        self.hang("  ", words);
    }

    /// `  label   value`, further lines under the value's first.
    pub fn field(&mut self, label: &str, value: &str) {
        self.hang(&format!("  {:<14} ", clean(label)), value);
    }

    /// `  head   word   text`: what it is about, one word on it, and why.
    pub fn entry(&mut self, head: &str, word: &str, words: &str) {
        let head = clean(head);
        let mut lead = format!("  {head:<HEAD$} {word:<WORD$} ");
        if head.width() > HEAD {
            self.hang("  ", &head);
            lead = format!("  {:<HEAD$} {word:<WORD$} ", "");
        }
        self.hang(&lead, words);
    }

    /// `words` after `lead`, further lines indented to where the first began.
    fn hang(&mut self, lead: &str, words: &str) {
        let indent = lead.width();
        let lines = wrap(&clean(words), self.room(indent));
        for (at, line) in lines.iter().enumerate() {
            let whole = if at == 0 {
                format!("{lead}{line}")
            } else {
                format!("{:indent$}{line}", "")
            };
            self.text.push_str(whole.trim_end());
            self.text.push('\n');
        }
    }

    /// Rows under their headings. Columns that are empty everywhere are left out; what does
    /// not fit is wrapped within its column.
    pub fn table(&mut self, headings: &[&str], rows: &[Vec<String>]) {
        let rows: Vec<Detailed> =
            rows.iter().map(|row| (row.clone(), Vec::new())).collect();
        self.rows(headings, &rows);
    }

    /// As [`Page::table`], with more about each row below it: labels and values.
    pub fn rows(&mut self, headings: &[&str], rows: &[Detailed]) {
        let (rows, details): (Vec<Vec<String>>, Vec<_>) = rows
            .iter()
            .map(|(row, more)| {
                let cells: Vec<String> = row.iter().map(|cell| clean(cell)).collect();
                (cells, more.as_slice())
            })
            .unzip();
        let used: Vec<usize> = (0..headings.len())
            .filter(|at| {
                rows.iter().any(|row| row.get(*at).is_some_and(|c| !c.is_empty()))
            })
            .collect();
        let head: Vec<String> = used
            .iter()
            .filter_map(|at| headings.get(*at).map(|word| (*word).to_owned()))
            .collect();
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|row| {
                used.iter().map(|at| row.get(*at).cloned().unwrap_or_default()).collect()
            })
            .collect();
        let widths = columns(&head, &rows, self.room(2));
        let upper: Vec<String> = head.iter().map(|word| word.to_uppercase()).collect();
        self.row(&upper, &widths);
        for (row, details) in rows.iter().zip(details) {
            self.row(row, &widths);
            self.details(details);
        }
    }

    /// `label: value; label: value`, in a paragraph that stands in from the row it is about.
    fn details(&mut self, details: &[(String, String)]) {
        let told: Vec<String> = details
            .iter()
            .map(|(label, value)| format!("{}: {}", clean(label), clean(value)))
            .collect();
        if !told.is_empty() {
            self.hang("      ", &told.join("; "));
        }
    }

    fn row(&mut self, cells: &[String], widths: &[usize]) {
        let wrapped: Vec<Vec<String>> =
            cells.iter().zip(widths).map(|(cell, width)| wrap(cell, *width)).collect();
        let height = wrapped.iter().map(Vec::len).max().unwrap_or(0);
        for line in 0..height {
            let mut out = String::from("  ");
            for (cell, width) in wrapped.iter().zip(widths) {
                let part = cell.get(line).map_or("", String::as_str);
                let pad = width.saturating_sub(part.width()) + 2;
                out.push_str(part);
                out.push_str(&" ".repeat(pad.min(400)));
            }
            self.text.push_str(out.trim_end());
            self.text.push('\n');
        }
    }
}

/// How wide each column is, so that all of them fit into `room` where they can: the widest
/// give way first.
fn columns(head: &[String], rows: &[Vec<String>], room: usize) -> Vec<usize> {
    let wide = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at)).chain(head.get(at));
        cells.map(|cell| cell.width()).max().unwrap_or(0)
    };
    let mut widths: Vec<usize> = (0..head.len()).map(wide).collect();
    let gaps = 2 * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>().saturating_add(gaps) > room {
        let Some(widest) = widths.iter_mut().max().filter(|width| **width > LEAST) else {
            break;
        };
        *widest -= 1;
    }
    widths
}

/// Text from anywhere, on one line, with nothing in it that could drive a terminal.
fn clean(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' | '\t' | '\r' => ' ',
        c if is_unsafe(c) => '\u{FFFD}',
        c => c,
    };
    text.trim().chars().map(shown).collect()
}

/// At spaces; a word longer than a line is cut.
fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut width = 0;
    for word in text.split(' ') {
        let wide = word.width();
        if !line.is_empty() && width + 1 + wide > room {
            lines.push(std::mem::take(&mut line));
            width = 0;
        }
        if !line.is_empty() {
            line.push(' ');
            width += 1;
        }
        if width + wide <= room {
            line.push_str(word);
            width += wide;
            continue;
        }
        for c in word.chars() {
            let next = format!("{line}{c}");
            if next.width() > room && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                line.push(c);
            } else {
                line = next;
            }
        }
        width = line.width();
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_table_fits_and_leaves_empty_columns_out() {
        let mut page = Page::new(Some(32));
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        page.table(
            &["id", "none", "what it is"],
            &[row(["orders", "", "takes orders day and night"]), row(["x", "", ""])],
        );
        assert_eq!(
            page.text(),
            "  ID      WHAT IT IS\n  orders  takes orders day and\n          night\n  x\n"
        );
    }

    #[test]
    fn colour_is_only_where_it_was_asked_for_and_ours() {
        let mut page = Page::new(Some(40)).coloured(true);
        page.heading("a\u{1b}[31mb");
        page.line("c\u{1b}[31md");
        assert_eq!(page.text(), "\u{1b}[1ma\u{FFFD}[31mb\u{1b}[0m\nc\u{FFFD}[31md\n");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_is_too_wide(
            words in prop::collection::vec("[a-zé漢 ]{0,60}", 1..5),
            width in 30..120_usize,
        ) {
            let mut page = Page::new(Some(width));
            let headings: Vec<&str> = words.iter().map(|_| "h").collect();
            page.table(&headings, std::slice::from_ref(&words));
            page.entry("head", "word", &words.concat());
            page.field("label", &words.concat());
            let text = page.text();
            for line in text.lines() {
                prop_assert!(line.width() <= width.max(60), "{line}");
            }
            let letters = |text: &str, c: char| text.matches(c).count();
            let once: usize = words.iter().map(|word| letters(word, '漢')).sum();
            prop_assert_eq!(letters(&text, '漢'), once * 3);
        }
    }
}
