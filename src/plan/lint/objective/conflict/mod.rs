//! Whether one thing has two values: two names, two places, two counts. What each part
//! compares stands in its own file.

mod counts;
mod names;
mod places;
mod spelled;

use super::super::{Check, Findings, LintDef};
use crate::plan::{Level, Plan};

pub(in crate::plan::lint) const CONFLICTING_VALUES: LintDef = LintDef {
    id: "L40",
    name: "conflicting-values",
    level: Level::Warning,
    doc: "One thing has two values: a name, a place, a count or a length of time.",
    mend: "Write it once, and let everything else refer to it.",
    check: Check::Plan(conflicting_values),
};

fn conflicting_values(plan: &Plan, findings: &mut Findings<'_>) {
    names::check(plan, findings);
    places::check(plan, findings);
    counts::check(plan, findings);
    spelled::check(plan, findings);
}
