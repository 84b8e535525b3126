//! How old the newest copy of a schedule can be.

use crate::{
    model::Span,
    plan::{
        data::data,
        language::{BackupRow, Cadence, Said},
    },
};

/// How far back the newest restorable moment may lie; none where nobody says.
pub(super) fn within(row: &BackupRow) -> Option<Span> {
    let kind = row.kind.get().map_or("", String::as_str);
    if let Some(known) = data().copies.backup.iter().find(|one| one.kind == kind) {
        return Some(known.within);
    }
    if let Some(interval) = row.interval.get() {
        return Some(*interval);
    }
    scheduled(row.schedule.get()?.as_str())
}

/// The longest time between two, by a schedule's words: `daily 03:00 UTC`, `continuous`,
/// `every 5 minutes`, `cron 0 2 * * *`. None of words that say something else.
pub(super) fn scheduled(words: &str) -> Option<Span> {
    let words = words.to_lowercase();
    let at_once = ["continuous", "on push", "on write", "at once"];
    if at_once.iter().any(|word| words.starts_with(word)) {
        return Some(Span::ZERO);
    }
    if let Some(fields) = words.strip_prefix("cron ") {
        return cron(fields);
    }
    let day = 1440;
    let named = [
        ("hourly", 60),
        ("daily", day),
        ("nightly", day),
        ("weekly", 7 * day),
        ("monthly", 31 * day),
        ("yearly", 365 * day),
    ];
    let mut named = named.into_iter().filter(|(word, _)| words.starts_with(word));
    named
        .next()
        .map(|(_, mins)| Span::mins(mins))
        .or_else(|| Cadence::parse(&words).length)
}

/// The longest time between two of a schedule, of the forms plans use: `*/5 * * * *`,
/// `0 * * * *`, `0 2 * * *`, `0 2 * * 0`, `0 2 1 * *`.
fn cron(fields: &str) -> Option<Span> {
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields.as_slice() else { return None };
    let every = |field: &str| field.strip_prefix("*/")?.parse::<i64>().ok();
    let fixed = |field: &str| field.parse::<u8>().is_ok();
    match (*minute, *hour, *day, *month, *weekday) {
        ("*", "*", "*", "*", "*") => Some(Span::mins(1)),
        (step, "*", "*", "*", "*") if !fixed(step) => every(step).map(Span::mins),
        (_, "*", "*", "*", "*") => Some(Span::mins(60)),
        (_, step, "*", "*", "*") if !fixed(step) => {
            every(step).map(|h| Span::mins(h * 60))
        }
        (_, _, "*", "*", "*") => Some(Span::mins(1440)),
        (_, _, "*", "*", day) if fixed(day) => Some(Span::mins(7 * 1440)),
        (_, _, day, "*", "*") if fixed(day) => Some(Span::mins(31 * 1440)),
        _ => None,
    }
}

/// How old it may be, in words.
pub(super) fn said(row: &BackupRow) -> String {
    match (within(row), &row.schedule) {
        (Some(within), _) => format!("may be {within} old"),
        (None, Some(schedule)) => {
            format!("is made \"{}\": nobody can say how old it is", schedule.value)
        }
        (None, None) => "is made at intervals nobody has written down".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_as_long_as_its_longest_gap() {
        for (fields, mins) in [
            ("* * * * *", Some(1)),
            ("*/5 * * * *", Some(5)),
            ("30 * * * *", Some(60)),
            ("0 */6 * * *", Some(360)),
            ("0 2 * * *", Some(1440)),
            ("0 2 * * 0", Some(7 * 1440)),
            ("0 2 1 * *", Some(31 * 1440)),
            ("0 2 * 1 *", None),
            ("0 2 * *", None),
            ("@daily", None),
        ] {
            assert_eq!(cron(fields), mins.map(Span::mins), "{fields}");
        }
    }
}
