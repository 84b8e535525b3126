//! A. Order and safety of runbooks: L01 to L24. To add a rule: a `LintDef` and its function
//! in a file here, and a line in [`LINTS`].

mod back;
mod capacity;
mod data;
mod decide;
mod destroy;
mod drill;
mod effect;
mod failure;
mod follow;
mod lag;
mod leftover;
mod rebuild;
mod rollback;
mod stub;
mod traffic;
mod verify;
mod writers;

use super::LintDef;

pub(super) const LINTS: &[LintDef] = &[
    traffic::BEFORE_DATABASE,
    capacity::BEFORE_CAPACITY,
    data::NO_FENCING,
    lag::NO_LAG_GATE,
    data::FAILOVER_WITHOUT_DATABASE,
    data::REPOINT_BEFORE_PROMOTED,
    data::CONSUMERS_NOT_REPOINTED,
    effect::WITHOUT_EFFECT,
    verify::UNVERIFIED_CHANGE,
    rollback::UNDO_NOT_RECORDED,
    rollback::ROLLBACK_ORDER,
    back::NO_FAILBACK,
    data::REPLICATION_NOT_REBUILT,
    writers::FAILBACK_LOSES_WRITES,
    writers::SPLIT_WRITERS,
    destroy::WITHOUT_COPY,
    drill::TOUCHES_PRODUCTION,
    leftover::LEAVES_RESOURCES,
    traffic::NO_READINESS_GATE,
    decide::NO_GO_DECISION,
    failure::CONTINUES,
    failure::UNBOUNDED_WAIT,
    failure::NOT_IDEMPOTENT,
    stub::STUB_STEP,
];
