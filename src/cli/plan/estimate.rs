//! `warroom plan estimate`: when each service would be back, and by which step.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    cli::learn,
    config::Config,
    engine::{Outlook, outlook},
    model::{Estimate, Procedure, RunbookId, ServiceId},
    plan::{Plan, domain::Reach},
};

/// A runbook's procedure with what past runs taught, and how long it takes.
pub(super) fn ahead(
    config: &Config,
    plan: &Plan,
    runbook: &RunbookId,
) -> Option<(Arc<Procedure>, Outlook)> {
    let procedure = learn::recall(config, Arc::new(plan.procedure(runbook)?));
    let outlook = outlook(&procedure);
    Some((procedure, outlook))
}

/// How long each runbook takes until each of its services is back; of a service with lanes,
/// until the last of them is.
pub(in crate::cli) fn reach(config: &Config, plan: &Plan) -> Reach {
    let mut all: Reach = BTreeMap::new();
    for runbook in &plan.runbooks {
        let Some((procedure, outlook)) = ahead(config, plan, &runbook.id) else {
            continue;
        };
        for reached in outlook.services {
            let key = (runbook.id.clone(), bare(&procedure, &reached.service));
            let takes = Estimate { p50: reached.spread.p50, p95: reached.spread.p95 };
            let known = all.entry(key).or_insert(takes);
            known.p50 = known.p50.max(takes.p50);
            known.p95 = known.p95.max(takes.p95);
        }
    }
    all
}

/// A service as the plan calls it, without the tenant's name before it.
fn bare(procedure: &Procedure, service: &ServiceId) -> ServiceId {
    let lanes = procedure.brief.lanes.iter();
    let mut names = lanes
        .filter_map(|lane| service.as_str().strip_prefix(&format!("{}.", lane.tenant)));
    names.next().map_or_else(|| service.clone(), ServiceId::new)
}
