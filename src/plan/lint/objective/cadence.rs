//! Whether everybody reads the same length of time into a word.

use super::super::{Check, Findings, LintDef};
use crate::plan::{
    Level, Place, Plan,
    language::{Cadence, Either, Found, Items, Said},
};

pub(super) const AMBIGUOUS_FREQUENCY: LintDef = LintDef {
    id: "L38",
    name: "ambiguous-frequency",
    level: Level::Warning,
    doc: "How often something is due is said in a word with two readings.",
    mend: "Write a length of time: \"6 months\", \"14d\".",
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
