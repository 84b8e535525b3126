//! D. Correctness of calls to a cloud: L54 to L71. To add a rule: a `LintDef` and its
//! function in a file here, and a line in [`LINTS`]. Facts about a cloud stand in
//! `assets/data`, read by `plan::data`.

use super::LintDef;

pub(super) const LINTS: &[LintDef] = &[];
