//! The word a typist probably meant.

use crate::model::Span;

/// The nearest of `known`, if one is near enough to be what was meant.
pub(super) fn nearest<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    known
        .into_iter()
        .filter(|candidate| *candidate != word)
        .filter_map(|candidate| Some((distance(word, candidate, limit)?, candidate)))
        .min()
        .map(|(_, candidate)| candidate)
}

/// `did you mean ...?`, or what there is to choose from.
pub(super) fn advice(word: &str, known: &[&str], label: &str) -> String {
    if let Some(meant) = nearest(word, known.iter().copied()) {
        return format!("did you mean `{meant}`?");
    }
    if known.is_empty() {
        return format!("there is none yet: {label}");
    }
    format!("{label}: {}", known.join(", "))
}

/// What to write instead of a duration that is none.
pub(super) fn span(key: &str, raw: &str) -> String {
    match duration(raw) {
        Some(meant) => format!("write `{key} = \"{meant}\"`"),
        None => {
            "write whole numbers with ms, s, m, h or d: \"90s\", \"1h30m\"".to_owned()
        }
    }
}

/// What a value is not, of what is wanted with examples: those belong into the advice.
pub(super) fn kind(wanted: &str) -> &str {
    wanted.split([',', ':']).next().unwrap_or(wanted)
}

/// A duration as people say it, as a plan writes it: `15 minutes` is `15m`.
fn duration(raw: &str) -> Option<String> {
    let raw = raw.trim().to_lowercase();
    let (number, unit) = raw.split_at(raw.find(|c: char| !c.is_ascii_digit())?);
    let unit = match unit.trim().trim_end_matches('s').trim_end_matches('.') {
        "millisecond" | "milli" | "msec" => "ms",
        "" | "second" | "sec" => "s",
        "minute" | "min" | "m" => "m",
        "hour" | "hr" | "h" => "h",
        "day" | "d" => "d",
        _ => return None,
    };
    let written = format!("{number}{unit}");
    written.parse::<Span>().ok().map(|_| written)
}

/// Farther than any word.
const FAR: usize = 1 << 20;

/// Letters to change, add, drop or swap with their neighbour; case does not count. None
/// when there are more than `limit`.
fn distance(a: &str, b: &str, limit: usize) -> Option<usize> {
    let a: Vec<char> = a.chars().flat_map(char::to_lowercase).collect();
    let b: Vec<char> = b.chars().flat_map(char::to_lowercase).collect();
    // Each letter that one has more must be added.
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], k: usize| row.get(k).copied().unwrap_or(FAR);
            let mut best = (at(&row, j) + usize::from(x != y))
                .min(at(&row, j + 1) + 1)
                .min(at(&next, j) + 1);
            let swapped =
                i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().filter(|far| *far <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_in_words_are_understood() {
        for (said, written) in [
            ("15 minutes", Some("15m")),
            ("15 Min.", Some("15m")),
            ("1 hour", Some("1h")),
            ("90 seconds", Some("90s")),
            ("2days", Some("2d")),
            ("soon", None),
            ("15", None),
            ("half an hour", None),
            ("1.5h", None),
        ] {
            assert_eq!(duration(said).as_deref(), written, "{said}");
        }
    }

    #[test]
    fn a_slip_of_the_fingers_finds_its_word() {
        let known = ["owner", "needs", "estimate", "timeout"];
        for (typed, meant) in [
            ("ownr", Some("owner")),
            ("nedes", Some("needs")),
            ("Estimate", Some("estimate")),
            ("time-out", Some("timeout")),
            ("budget", None),
        ] {
            assert_eq!(nearest(typed, known), meant, "{typed}");
        }
    }
}
