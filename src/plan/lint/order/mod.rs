//! A. Order and safety of runbooks: L01 to L24. To add a rule: a `LintDef` and its function
//! in a file here, and a line in [`LINTS`].

mod capacity;
mod data;
mod decide;
mod traffic;

use super::{LintDef, reading};

pub(super) const LINTS: &[LintDef] = &[
    traffic::BEFORE_DATABASE,
    capacity::BEFORE_CAPACITY,
    data::NO_FENCING,
    data::FAILOVER_WITHOUT_DATABASE,
    data::REPOINT_BEFORE_PROMOTED,
    data::CONSUMERS_NOT_REPOINTED,
    traffic::NO_FAILBACK,
    data::REPLICATION_NOT_REBUILT,
    traffic::NO_READINESS_GATE,
    decide::NO_GO_DECISION,
    LintDef {
        mend: "Say what the step does, or take it away.",
        ..reading("L24", "stub-step", "A step has no action.")
    },
];
