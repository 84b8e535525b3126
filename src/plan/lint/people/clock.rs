//! Whether everybody counts from the same moment.

use super::super::{Check, Findings, LintDef};
use crate::plan::{Level, Plan};

pub(super) const CLOCK_UNDEFINED: LintDef = LintDef {
    id: "L91",
    name: "rto-clock-undefined",
    level: Level::Warning,
    doc: "The plan does not say what starts and what stops the RTO clock.",
    mend: "Write `rto_clock = { start = \"impact\", stop = \"verified\" }`.",
    check: Check::Plan(clock_undefined),
};

fn clock_undefined(plan: &Plan, findings: &mut Findings<'_>) {
    if plan.rto_clock.is_none() {
        findings.add(
            "objectives",
            "when does the RTO clock start and stop?",
            "write `rto_clock = { start = \"impact\", stop = \"verified\" }`",
        );
    }
}
