//! C. Monitoring: L41 to L53. To add a rule: a `LintDef` and its function in a file here,
//! and a line in [`LINTS`].

mod alarm;
mod automatic;
mod fixed;
mod lag;
mod log;
mod never;
mod proves;
mod replica;
mod review;
mod vantage;

use super::{LintDef, reading};

pub(super) const LINTS: &[LintDef] = &[
    alarm::WRONG_METRIC,
    alarm::INCOMPLETE,
    LintDef {
        mend: "Write the real value, or make it a [[parameter]] and write `${id}`.",
        ..reading("L43", "placeholder-value", "A value was never filled in.")
    },
    proves::PROVES_NOTHING,
    proves::ON_FAILOVER_NAME,
    vantage::IN_WATCHED_REGION,
    vantage::WRONG_REGION,
    alarm::MISSING_DATA_UNSET,
    replica::WITHOUT_LAG_PROBE,
    log::CANNOT_WORK,
    fixed::FIXED_TIME,
    automatic::AUTO_DNS,
    review::NOT_REVIEWED,
];
