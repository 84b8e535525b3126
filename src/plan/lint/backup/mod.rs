//! E. Backups and data: L72 to L81. To add a rule: a `LintDef` and its function in a file
//! here, and a line in [`LINTS`].

mod declared;
mod postgres;
mod restored;
mod script;
mod secret;
mod variable;

use super::LintDef;

pub(super) const LINTS: &[LintDef] = &[
    postgres::WITHOUT_BASE,
    postgres::OBSOLETE,
    postgres::WITHOUT_TIMEOUT,
    script::HIDES_FAILURE,
    secret::IN_CLEAR,
    declared::UNDECLARED,
    restored::NEVER_RESTORED,
    script::UNSAFE_LATEST,
    script::TWICE,
    variable::UNRESOLVED,
];
