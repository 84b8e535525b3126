//! C. Monitoring: L41 to L53. To add a rule: a `LintDef` and its function in a file here,
//! and a line in [`LINTS`].

mod review;

use super::{LintDef, reading};

pub(super) const LINTS: &[LintDef] = &[
    LintDef {
        mend: "Write the real value, or make it a [[parameter]] and write `${id}`.",
        ..reading("L43", "placeholder-value", "A value was never filled in.")
    },
    review::NOT_REVIEWED,
];
