//! Finding a command by a few letters, and reading a line as a command with its words.

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

use super::{
    Model,
    command::{Command, CommandRow, named, rows},
};

/// The rows that fit what was typed, best first; all of them, in the table's order, while
/// nothing is.
pub fn matches(model: &Model, typed: &str) -> Vec<CommandRow> {
    let word = typed.split_whitespace().next().unwrap_or_default();
    let rows = rows(model);
    if word.is_empty() {
        return rows;
    }
    let pattern = Pattern::parse(word, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut found: Vec<(u32, CommandRow)> = rows
        .into_iter()
        .filter_map(|row| {
            let mut buffer = Vec::new();
            let name = pattern.score(Utf32Str::new(row.name, &mut buffer), &mut matcher);
            let label =
                pattern.score(Utf32Str::new(row.label, &mut buffer), &mut matcher);
            // The name is what people type; a label only helps to find it.
            let exact = if row.name == word { 10_000 } else { 0 };
            let score = name.map(|score| score * 4 + exact).max(label)?;
            Some((score, row))
        })
        .collect();
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found.into_iter().map(|(_, row)| row).collect()
}

/// What Enter means: the command named in full, with its words, else the marked row.
/// Nothing while nothing was typed and no row was chosen: Enter alone never acts.
pub fn chosen(
    model: &Model,
    typed: &str,
    row: usize,
) -> Option<(&'static Command, String)> {
    let (word, args) =
        typed.trim().split_once(char::is_whitespace).unwrap_or_else(|| {
            // Nothing but the name.
            (typed.trim(), "")
        });
    if let Some(command) = named(word) {
        return Some((command, args.trim().to_owned()));
    }
    if word.is_empty() && row == 0 {
        return None;
    }
    let found = matches(model, typed);
    let command = named(found.get(row)?.name)?;
    Some((command, args.trim().to_owned()))
}
