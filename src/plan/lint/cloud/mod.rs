//! D. Correctness of calls to a cloud: L54 to L71. To add a rule: a `LintDef` and its
//! function in a file here, and a line in [`LINTS`]. Facts about a cloud stand in
//! `assets/data`, read by `plan::data`.

mod address;
mod bucket;
mod dns;
mod left;
mod option;
mod plane;
mod promotion;
mod protection;
mod restore;
mod ttl;
mod zone;

use super::{LintDef, written::region};

pub(super) const LINTS: &[LintDef] = &[
    address::NO_REGION,
    address::NO_KUBE_CONTEXT,
    plane::IN_FAILED_REGION,
    promotion::WRONG_OPERATION,
    promotion::DEFAULTS,
    restore::WITHOUT_INSTANCE,
    restore::WITHOUT_NETWORK,
    dns::MOVES_NOTHING,
    zone::ALIAS_ZONE,
    dns::POLICY_CONFLICT,
    ttl::TTL_MISSING,
    option::TASK_TAG,
    option::MISMATCH,
    promotion::NOT_A_REPLICA,
    restore::WITHOUT_COPY,
    bucket::RULE_INVALID,
    protection::ONE_REGION,
    bucket::CORRUPTION_SOURCE,
];
