//! A TOML file as lines that mean something: headings, keys with their values, comments,
//! blank lines. Keeps every byte of a value. Only for text that is TOML already.

/// One thing a file is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Blank,
    /// With its `#`.
    Comment(String),
    Head(Head),
    Entry(Entry),
}

/// `[a.b]` or `[[a.b]]`, and what stands behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub path: Vec<String>,
    pub many: bool,
    pub comment: Option<String>,
}

/// `a.b = value`, and what stands behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub key: Vec<String>,
    /// As it was written, over as many lines as it takes.
    pub value: String,
    pub comment: Option<String>,
}

/// Bytes being read.
struct Cursor<'a> {
    rest: &'a str,
}

/// The lines of `text`; none when it is no TOML after all.
pub(super) fn lines(text: &str) -> Option<Vec<Line>> {
    let mut cursor = Cursor { rest: text.trim_start_matches('\u{FEFF}') };
    let mut lines = Vec::new();
    while !cursor.rest.is_empty() {
        cursor.blanks();
        let line = match cursor.peek() {
            None => break,
            Some('\n') => Line::Blank,
            Some('#') => Line::Comment(cursor.comment()),
            Some('[') => Line::Head(cursor.head()?),
            Some(_) => Line::Entry(cursor.entry()?),
        };
        lines.push(line);
        cursor.blanks();
        match cursor.peek() {
            None => {}
            Some('\n') => cursor.skip(1),
            Some(_) => return None,
        }
    }
    Some(lines)
}

/// Every comment of a text, wherever it stands.
pub(super) fn comments(text: &str) -> Option<Vec<String>> {
    let mut all = Vec::new();
    for line in lines(text)? {
        match line {
            Line::Blank => {}
            Line::Comment(comment) => all.push(comment),
            Line::Head(head) => all.extend(head.comment),
            Line::Entry(entry) => {
                all.extend(super::value::comments(&entry.value)?);
                all.extend(entry.comment);
            }
        }
    }
    Some(all)
}

impl Cursor<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    /// Blanks, and the `\r` before a line's end.
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r']);
    }

    fn comment(&mut self) -> String {
        let end = self.rest.find('\n').unwrap_or(self.rest.len());
        let (comment, rest) = self.rest.split_at(end);
        self.rest = rest;
        comment.trim_end().to_owned()
    }

    fn behind(&mut self) -> Option<String> {
        self.blanks();
        (self.peek() == Some('#')).then(|| self.comment())
    }

    fn head(&mut self) -> Option<Head> {
        let many = self.rest.starts_with("[[");
        self.skip(if many { 2 } else { 1 });
        let path = self.key()?;
        let close = if many { "]]" } else { "]" };
        self.rest = self.rest.strip_prefix(close)?;
        Some(Head { path, many, comment: self.behind() })
    }

    fn entry(&mut self) -> Option<Entry> {
        let key = self.key()?;
        self.rest = self.rest.strip_prefix('=')?;
        self.blanks();
        let end = extent(self.rest)?;
        let value = self.rest.get(..end)?.trim_end().to_owned();
        self.skip(end);
        Some(Entry { key, value, comment: self.behind() })
    }

    /// A key with its dots; each part as it was written, quotes and all.
    fn key(&mut self) -> Option<Vec<String>> {
        let mut parts = Vec::new();
        loop {
            self.blanks();
            let end = match self.peek()? {
                quote @ ('"' | '\'') => quoted(self.rest, quote)?,
                _ => self.rest.find(|c: char| {
                    !(c.is_ascii_alphanumeric() || c == '-' || c == '_')
                })?,
            };
            if end == 0 {
                return None;
            }
            parts.push(self.rest.get(..end)?.to_owned());
            self.skip(end);
            self.blanks();
            match self.rest.strip_prefix('.') {
                Some(rest) => self.rest = rest,
                None => return Some(parts),
            }
        }
    }
}

/// How many bytes the string takes that `text` begins with.
pub(super) fn quoted(text: &str, quote: char) -> Option<usize> {
    let triple: String = [quote; 3].iter().collect();
    if text.starts_with(&triple) {
        return long(text, quote, &triple);
    }
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            c if c == quote => return Some(at + 1),
            '\n' => return None,
            _ => {}
        }
    }
    None
}

/// As [`quoted`], over several lines: up to two quotes may stand before the closing three.
fn long(text: &str, quote: char, triple: &str) -> Option<usize> {
    let mut at = 3;
    loop {
        let rest = text.get(at..)?;
        if rest.starts_with(triple) {
            let more = rest.chars().skip(3).take(2).take_while(|c| *c == quote).count();
            return Some(at + 3 + more);
        }
        let mut chars = rest.chars();
        let first = chars.next()?;
        at += first.len_utf8();
        if first == '\\' && quote == '"' {
            at += chars.next()?.len_utf8();
        }
    }
}

/// How many bytes the value takes that `text` begins with: to the end of its line, and over
/// further lines while a bracket is open.
fn extent(text: &str) -> Option<usize> {
    let (mut at, mut depth) = (0, 0_usize);
    loop {
        let rest = text.get(at..)?;
        let Some(c) = rest.chars().next() else { return Some(at) };
        match c {
            '"' | '\'' => at += quoted(rest, c)?,
            '#' if depth == 0 => return Some(at),
            '#' => at += rest.find('\n')?,
            '\n' if depth == 0 => return Some(at),
            '[' | '{' => (depth, at) = (depth + 1, at + 1),
            ']' | '}' => (depth, at) = (depth.checked_sub(1)?, at + 1),
            c => at += c.len_utf8(),
        }
    }
}
