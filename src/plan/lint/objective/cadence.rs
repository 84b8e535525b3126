//! Whether everybody reads the same length of time into a word.

use jiff::{ToSpan as _, civil::Date};

use super::super::{Check, Findings, LintDef};
use crate::plan::{
    Level, Place, Plan,
    language::{Cadence, DrillRow, Either, Found, Items, Said},
};

pub(super) const AMBIGUOUS_FREQUENCY: LintDef = LintDef {
    id: "L38",
    name: "ambiguous-frequency",
    level: Level::Warning,
    doc: "How often something is due is said in a word with two readings or in one that is never due, or the day it was due is past.",
    mend: "Write a length of time: \"6 months\", \"14d\"; hold what is overdue and write down the day.",
    check: Check::Plan(ambiguous_frequency),
};

/// Each word, without hyphens, with what it means to one reader and to the next.
const READINGS: &[(&str, &str, &str, [&str; 2])] = &[
    ("biannual", "twice a year", "every two years", ["6 months", "2 years"]),
    ("biyearly", "twice a year", "every two years", ["6 months", "2 years"]),
    ("bimonth", "twice a month", "every two months", ["15d", "2 months"]),
    ("biweek", "twice a week", "every two weeks", ["3d", "2 weeks"]),
    ("biquarter", "twice a quarter", "every two quarters", ["45d", "6 months"]),
];

fn ambiguous_frequency(plan: &Plan, findings: &mut Findings<'_>) {
    for row in plan.file.drill.items() {
        never_due(row, findings);
        overdue(plan, row, findings);
    }
    for (place, words) in said(plan) {
        let bare: String = words
            .to_lowercase()
            .chars()
            .filter(|c| !matches!(c, '-' | ' ' | '\u{2010}' | '\u{2011}'))
            .collect();
        let known = READINGS.iter().find(|(word, ..)| bare.contains(word));
        let Some((_, one, other, [short, long])) = known else { continue };
        findings.at(
            place,
            format!("\"{words}\" is {one} to some and {other} to others"),
            format!("write a length of time: \"{short}\" or \"{long}\""),
        );
    }
}

/// Words for a time between two, as lengths.
const LENGTHS: &[(&str, &str)] = &[
    ("quarter", "3 months"),
    ("week", "1 week"),
    ("month", "1 month"),
    ("year", "1y"),
    ("annual", "1y"),
    ("dai", "1d"),
];

/// A drill whose `every` is a word that no calendar knows.
fn never_due(row: &DrillRow, findings: &mut Findings<'_>) {
    let (Some(id), Some(every)) = (row.id.get(), &row.every) else { return };
    let words = every.value.words.as_str();
    let lower = words.to_lowercase();
    let event =
        ["after", "before", "when", "each", "on "].iter().any(|w| lower.contains(w));
    let twofold = lower.starts_with("bi") || lower.starts_with("semi");
    if every.value.length.is_some() || event || twofold {
        return;
    }
    let known = LENGTHS.iter().find(|(word, _)| lower.contains(word));
    let meant = known.map_or("3 months", |(_, length)| length);
    findings.at(
        &every.place,
        format!("{id} is to be held \"{words}\": a word has no length, and the drill is never due"),
        format!("write `every = \"{meant}\"`, and the word in `frequency_text`"),
    );
}

/// A drill nobody has held in time.
fn overdue(plan: &Plan, row: &DrillRow, findings: &mut Findings<'_>) {
    let (Some(id), Some(last), Some(today)) = (row.id.get(), &row.last, plan.today)
    else {
        return;
    };
    let every = row.every.get().and_then(|every| every.length);
    let held = last.value.as_str().parse::<Date>().ok();
    let due = every.zip(held).and_then(|(every, held)| {
        held.checked_add((every.as_secs() / 86_400).days()).ok()
    });
    let Some(due) = due.filter(|due| today > *due) else { return };
    findings.at(
        &last.place,
        format!(
            "{id} was last held on {}, and was due again on {due}: today is {today}",
            last.value
        ),
        "hold it, and write the day in `last`",
    );
}

/// Everything that says how often, or how long.
fn said(plan: &Plan) -> Vec<(&Place, &str)> {
    let file = &plan.file;
    let mut found: Vec<(&Place, &str)> = Vec::new();
    let mut cadences: Vec<&Option<Found<Cadence>>> = Vec::new();
    cadences.extend(file.objectives.get().map(|row| &row.test_every));
    cadences.extend(file.audit.get().map(|row| &row.retention));
    cadences.extend(file.drill.items().iter().map(|row| &row.every));
    cadences.extend(file.report.items().iter().map(|row| &row.every));
    cadences.extend(file.review.items().iter().map(|row| &row.within));
    cadences.extend(file.document.items().iter().map(|row| &row.review_every));
    let ticked = file.checklist.items().iter().flat_map(|row| row.items.items());
    for item in ticked {
        match &item.value {
            Either::Table(item) => cadences.push(&item.every),
            Either::Short(_) => {}
        }
    }
    for row in file.backup.items() {
        if let Some(Found { value: Either::Short(kept), place }) = &row.retention {
            found.push((place, kept.words.as_str()));
        }
    }
    let cadences = cadences.into_iter().flatten();
    found.extend(cadences.map(|one| (&one.place, one.value.words.as_str())));
    let texts = file
        .drill
        .items()
        .iter()
        .map(|row| &row.frequency_text)
        .chain(file.backup.items().iter().map(|row| &row.schedule));
    found.extend(texts.flatten().map(|one| (&one.place, one.value.as_str())));
    found
}
