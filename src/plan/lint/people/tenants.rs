//! Whether a plan for many tenants knows which, and reaches all of them.

use std::collections::BTreeMap;

use super::super::{Check, Findings, LintDef};
use crate::{
    model::{
        Action, Errand, ProbeId, ResourceId, Runbook, RunbookId, RunbookKind, Step,
        template::{Slot, slots},
    },
    plan::{
        Level, Plan,
        language::{Items, Said, TenancyRow, words::Select},
        placeholder::placeholder,
    },
};

pub(super) const SCOPE: LintDef = LintDef {
    id: "L89",
    name: "tenant-scope",
    level: Level::Error,
    doc: "Nobody says which tenants there are, or what hits all of them is answered for one.",
    mend: "Declare every [[tenant]], and let what answers a lost region run for all.",
    check: Check::Plan(scope),
};

fn scope(plan: &Plan, findings: &mut Findings<'_>) {
    let Some(row) = plan.file.tenancy.get() else { return };
    let Some(parameter) = row.parameter.get() else { return };
    let tenants = plan.file.tenant.items();
    if tenants.is_empty() {
        let own = plan.parameters.iter().find(|one| one.id == *parameter);
        let default = own.and_then(|own| own.row.default.get());
        let leaves =
            |one: &&Runbook| one.kind == RunbookKind::Failover && one.terms.per_tenant;
        let regional = plan.runbooks.iter().find(leaves);
        let told = match (default, regional) {
            (Some(one), Some(regional)) => {
                format!(", and {} would run for `{one}` alone", regional.id)
            }
            (Some(one), None) => format!(": `{one}` stands for all"),
            (None, _) => String::new(),
        };
        findings.add(
            &format!("parameter.{parameter}"),
            format!("nobody says which {parameter}s there are{told}"),
            format!(
                "write a [[tenant]] with an `id` for each {parameter}, and no default"
            ),
        );
    }
    for_some(plan, row, findings);
    unset(plan, parameter, findings);
    unnamed(plan, findings);
    alike(plan, findings);
    for runbook in &plan.runbooks {
        outside(plan, runbook, parameter, findings);
    }
}

/// A tenant nobody has named: what stands there was to be filled in.
fn unnamed(plan: &Plan, findings: &mut Findings<'_>) {
    for tenant in plan.file.tenant.items() {
        let Some(id) = tenant.id.as_ref() else { continue };
        if placeholder(&id.value).is_some() {
            findings.at(
                &id.place,
                format!("{} is no tenant: nobody filled in who is meant", id.value),
                "write one [[tenant]] for each there is, with its own id",
            );
        }
    }
}

/// A value each tenant has of its own, and this one has not: its lane stops there.
fn unset(plan: &Plan, tenancy: &str, findings: &mut Findings<'_>) {
    let own = plan.parameters.iter().filter(|one| {
        one.per_tenant
            && one.id != tenancy
            && one.value.is_none()
            && !one.users.is_empty()
    });
    for parameter in own {
        for tenant in plan.file.tenant.items() {
            let set = tenant.set.items().iter().any(|(id, _)| *id == parameter.id);
            if set || tenant.unread.contains(&"set") {
                continue;
            }
            let id = tenant.id.get().map_or("", String::as_str);
            findings.at(
                &tenant.place,
                format!(
                    "{id} has no {}, and its lane stops where {} needs it",
                    parameter.id,
                    parameter.users.first().map_or("a step", String::as_str)
                ),
                format!(
                    "write it into its `set`: set = {{ {} = \"...\" }}",
                    parameter.id
                ),
            );
        }
    }
}

/// A name of users that two tenants have: to move one is to move both.
fn alike(plan: &Plan, findings: &mut Findings<'_>) {
    let moved: Vec<&str> =
        plan.parameters
            .iter()
            .filter(|one| {
                one.per_tenant
                    && one.users.iter().any(|user| {
                        user.starts_with("traffic.") && user.ends_with(".record")
                    })
            })
            .map(|one| one.id.as_str())
            .collect();
    for parameter in moved {
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        for tenant in plan.file.tenant.items() {
            let id = tenant.id.get().map_or("", String::as_str);
            let mut set = tenant.set.items().iter();
            let Some((_, value)) = set.find(|(key, _)| key == parameter) else {
                continue;
            };
            if let Some(other) = seen.insert(&value.value, id) {
                findings.at(
                    &value.place,
                    format!(
                        "{id} and {other} have the same {parameter}, {}: to move one moves \
                         both",
                        value.value
                    ),
                    "give each its own name",
                );
            }
        }
    }
}

/// What hits all tenants, answered for some.
fn for_some(plan: &Plan, row: &TenancyRow, findings: &mut Findings<'_>) {
    let leaves = |runbook: &&Runbook| {
        runbook.kind == RunbookKind::Failover && runbook.terms.per_tenant
    };
    let Some(regional) = plan.runbooks.iter().find(leaves) else { return };
    let all = plan.file.tenant.items().len();
    if let Some(select) = row.select.as_ref().filter(|found| found.value == Select::One) {
        findings.at(
            &select.place,
            format!(
                "{} answers the loss of {} for one tenant, and {all} live there",
                regional.id, regional.from
            ),
            "write select = \"many\"",
        );
    }
    let chosen = row.default.items();
    let some = !chosen.is_empty() && chosen.len() < all;
    if let Some(default) = row.default.as_ref().filter(|_| some) {
        findings.at(
            &default.place,
            format!(
                "when nobody chooses, {} brings back {} of {all} tenants",
                regional.id,
                chosen.len()
            ),
            "leave `default` out: all tenants then",
        );
    }
}

/// A runbook that works on what each tenant has of its own, and is for none.
fn outside(plan: &Plan, runbook: &Runbook, parameter: &str, findings: &mut Findings<'_>) {
    let in_lanes = |id: &RunbookId| {
        plan.runbooks.iter().any(|other| {
            other.terms.per_tenant
                && other.steps().any(|step| {
                    matches!(&step.action, Action::Errand(Errand::Call { runbook, .. })
                        if runbook == id)
                })
        })
    };
    let asked = runbook.terms.inputs.iter().any(|one| one.as_str() == parameter);
    if runbook.terms.per_tenant || asked || in_lanes(&runbook.id) {
        return;
    }
    let found = runbook.steps().find(|step| asks(plan, step, parameter));
    if let Some(step) = found {
        findings.add(
            &format!("runbook.{}.{}", runbook.id, step.id),
            format!(
                "`${{{parameter}}}` differs from tenant to tenant, and {} runs for none of \
                 them",
                runbook.id
            ),
            format!("write per_tenant = true in {}", runbook.id),
        );
    }
}

/// Whether a step, or what it works on, has the tenant in its words.
fn asks(plan: &Plan, step: &Step, parameter: &str) -> bool {
    let own = |slot: &Slot| matches!(slot, Slot::Parameter(id) if id == parameter);
    let in_resource = |id: &ResourceId| {
        let mut known = plan.estate.iter().filter(|one| one.id == *id);
        known.any(|one| slots(one).iter().any(|(slot, _)| own(slot)))
    };
    let in_probe = |id: &ProbeId| {
        let mut known = plan.probes.iter().filter(|one| one.id == *id);
        known.any(|one| slots(&one.look).iter().any(|(slot, _)| own(slot)))
    };
    let named = match &step.action {
        Action::Estate { resource, .. } => in_resource(resource),
        Action::Check { probe } => in_probe(probe),
        // It asks which one.
        Action::Errand(Errand::Prompt { .. }) => return false,
        Action::Errand(_)
        | Action::Command(_)
        | Action::Http(_)
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. } => false,
    };
    named || slots(&step.action).iter().any(|(slot, _)| own(slot))
}
