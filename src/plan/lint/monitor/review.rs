//! Whether anybody can tell that the plan is current.

use jiff::civil::Date;

use super::super::{Check, Findings, LintDef};
use crate::plan::{Level, Plan};

pub(super) const NOT_REVIEWED: LintDef = LintDef {
    id: "L53",
    name: "plan-not-reviewed",
    level: Level::Warning,
    doc: "The plan names no owner, version or date of review, or the day it was to be read again is past.",
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
