//! E. Backups and data: L72 to L81. To add a rule: a `LintDef` and its function in a file
//! here, and a line in [`LINTS`].

use super::{LintDef, reading};

pub(super) const LINTS: &[LintDef] = &[LintDef {
    mend: "Declare it as a [[parameter]] with a source, use it, or take it away.",
    ..reading("L81", "unresolved-variable", "A parameter is undeclared or unused.")
}];
