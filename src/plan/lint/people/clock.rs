//! Whether everybody counts from the same moment.

use super::super::{Check, Findings, LintDef};
use crate::{
    model::Text,
    plan::{Level, Plan},
};

pub(super) const CLOCK_UNDEFINED: LintDef = LintDef {
    id: "L91",
    name: "rto-clock-undefined",
    level: Level::Warning,
    doc: "The plan does not say what starts and what stops the RTO clock.",
    mend: "Write `rto_clock = { start = \"impact\", stop = \"verified\" }`.",
    check: Check::Plan(clock_undefined),
};

fn clock_undefined(plan: &Plan, findings: &mut Findings<'_>) {
    if let Some((start, stop)) = &plan.rto_clock {
        backwards(start, stop, findings);
    } else {
        findings.add(
            "objectives",
            "when does the RTO clock start and stop?",
            "write `rto_clock = { start = \"impact\", stop = \"verified\" }`",
        );
    }
}

/// Moments every incident has, in the order they come.
const MOMENTS: &[&str] =
    &["impact", "detected", "declared", "decided", "verified", "closed"];

/// A clock that stops before it starts.
fn backwards(start: &Text, stop: &Text, findings: &mut Findings<'_>) {
    let when = |word: &Text| MOMENTS.iter().position(|own| *own == word.as_str());
    if let (Some(from), Some(until)) = (when(start), when(stop))
        && from >= until
    {
        findings.add(
            "objectives.rto_clock",
            format!(
                "the clock starts at {start} and stops at {stop}, which comes before it"
            ),
            "write `rto_clock = { start = \"impact\", stop = \"verified\" }`",
        );
    }
}
