//! B. Objectives and budgets: L25 to L40. To add a rule: a `LintDef` and its function in a
//! file here, and a line in [`LINTS`].

mod budget;

use super::LintDef;

pub(super) const LINTS: &[LintDef] =
    &[budget::EXCEEDS_RTO, budget::SERVICE_RTO_MISSED, budget::NO_SLACK];
