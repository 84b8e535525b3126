//! Whether anybody can tell that the plan is current.

use jiff::{ToSpan as _, civil::Date};

use super::super::{Check, Findings, LintDef, promise::list};
use crate::{
    model::Text,
    plan::{
        Level, Place, Plan, Review,
        language::{Items, Said},
    },
};

pub(super) const NOT_REVIEWED: LintDef = LintDef {
    id: "L53",
    name: "plan-not-reviewed",
    level: Level::Warning,
    doc: "The plan names no owner, version or date of review, or the day it was to be read again is past, or nobody has tried for a year whether people can be reached.",
    mend: "Read the plan through, and write down who did, when, and when next.",
    check: Check::Plan(not_reviewed),
};

fn not_reviewed(plan: &Plan, findings: &mut Findings<'_>) {
    let review = &plan.review;
    let missing: Vec<&str> = [
        ("owner", &review.owner),
        ("version", &review.version),
        ("reviewed", &review.reviewed),
        ("next_review", &review.next),
    ]
    .into_iter()
    .filter(|(_, value)| value.is_none())
    .map(|(key, _)| key)
    .collect();
    let due: Option<Date> =
        review.next.as_ref().and_then(|day| day.as_str().parse().ok());
    if let (Some(due), Some(today)) = (due, plan.today)
        && today > due
    {
        findings.add(
            "plan.next_review",
            format!("this plan was to be read again by {due}, and today is {today}"),
            "read it through with those who are in it, and write down the day and the next",
        );
    }
    reviewed_after_next(review, findings);
    stale_contacts(plan, findings);
    if !missing.is_empty() {
        findings.add(
            "plan",
            format!(
                "nobody can tell whether this plan is current: no {}",
                missing.join(", ")
            ),
            "write owner, version, and reviewed and next_review as dates",
        );
    }
}

/// The next reading comes before the last one.
fn reviewed_after_next(review: &Review, findings: &mut Findings<'_>) {
    let day = |text: &Option<Text>| {
        text.as_ref().and_then(|day| day.as_str().parse::<Date>().ok())
    };
    if let (Some(last), Some(next)) = (day(&review.reviewed), day(&review.next))
        && next < last
    {
        findings.add(
            "plan.next_review",
            format!("this plan was read on {last}, and is to be read next on {next}, before that"),
            "write the day it is to be read next",
        );
    }
}

/// Numbers nobody has tried for more than a year.
fn stale_contacts(plan: &Plan, findings: &mut Findings<'_>) {
    let Some(limit) = plan.today.and_then(|today| today.checked_sub(1.year()).ok())
    else {
        return;
    };
    let rows = plan.file.person.items().iter();
    let stale: Vec<(&str, Date, &Place)> = rows
        .filter_map(|row| {
            let found = row.verified.as_ref()?;
            let day: Date = found.value.as_str().parse().ok()?;
            (day < limit).then_some((row.id.get()?.as_str(), day, &found.place))
        })
        .collect();
    let oldest = stale.iter().min_by_key(|(_, day, _)| *day);
    let (Some((_, oldest, _)), Some((_, _, place))) = (oldest, stale.first()) else {
        return;
    };
    let names: Vec<&str> = stale.iter().map(|(name, ..)| *name).collect();
    findings.at(
        place,
        format!(
            "nobody has tried for more than a year whether {} can be reached: the last time \
             was {oldest}",
            list(&names)
        ),
        "call them, and write the day in `verified`",
    );
}
