//! B. Objectives and budgets: L25 to L40. To add a rule: a `LintDef` and its function in a
//! file here, and a line in [`LINTS`].

mod archive;
mod back;
mod budget;
mod cadence;
mod conflict;
mod copies;
mod lag;
mod metric;
mod restored;
mod scenario;
mod schedule;
mod severity;
mod tier;
mod zero;

use super::LintDef;

pub(super) const LINTS: &[LintDef] = &[
    budget::EXCEEDS_RTO,
    budget::SERVICE_RTO_MISSED,
    budget::NO_SLACK,
    metric::TARGET_VS_BUDGET,
    tier::STRICTER_THAN_TIER,
    tier::DEPENDENCY_OBJECTIVE,
    lag::THRESHOLD_VS_RPO,
    zero::ZERO_ASYNC,
    copies::INTERVAL_VS_RPO,
    restored::NOT_RESTORED,
    scenario::WITHOUT_RUNBOOK,
    archive::RETRIEVAL_VS_RTO,
    scenario::NO_IMMUTABLE_COPY,
    cadence::AMBIGUOUS_FREQUENCY,
    severity::WITHOUT_RESPONSE,
    conflict::CONFLICTING_VALUES,
];
