//! Rules about moving users, and about coming back.

use super::super::{Check, Deed, Findings, LintDef, Subject};
use crate::{
    model::{
        Action, Errand, Noun, Resource, ResourceId, RunbookKind, Service, Step,
        errand::Until,
    },
    plan::Level,
};

pub(super) const BEFORE_DATABASE: LintDef = LintDef {
    id: "L01",
    name: "traffic-before-database",
    level: Level::Error,
    doc: "Users are sent to a side before the database they write to is promoted there.",
    mend: "Put traffic last: promote, repoint, scale, verify, then move users.",
    check: Check::Runbook(before_database),
};

pub(super) const NO_READINESS_GATE: LintDef = LintDef {
    id: "L19",
    name: "no-readiness-gate",
    level: Level::Error,
    doc: "A failover begins to change things without a look at the side it goes to.",
    mend: "Look at the compute, the database and the lag of the side that is gone to before anything changes.",
    check: Check::Runbook(no_readiness_gate),
};

/// Services whose users a traffic resource moves.
pub(super) fn moved<'p>(
    subject: &Subject<'p>,
    traffic: &ResourceId,
) -> impl Iterator<Item = &'p Service> {
    subject.plan.users(traffic)
}

/// What those services live on, of one noun, each once.
pub(super) fn beneath<'p>(
    subject: &Subject<'p>,
    traffic: &ResourceId,
    noun: Noun,
) -> Vec<&'p Resource> {
    let used = moved(subject, traffic).flat_map(|service| &service.uses);
    subject.plan.resources(used).filter(|one| one.noun == noun).collect()
}

fn before_database(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for shift in subject.moves() {
        for database in beneath(subject, shift.resource, Noun::Database) {
            let promotes = |deed: &Deed<'_>| {
                deed.makes_writer()
                    && *deed.resource == database.id
                    && deed.side == shift.side
            };
            let Some(promotion) = subject.deeds().find(promotes) else { continue };
            if !subject.is_done_before(&shift.step.id, promotes) {
                if promotion.step.optional
                    && subject.is_before(&promotion.step.id, &shift.step.id)
                {
                    may_be_left_out(subject, &shift, &promotion, findings);
                    continue;
                }
                findings.add(
                    &subject.at(&shift.step.id),
                    format!(
                        "users are sent to {} before {} is the writer there",
                        shift.side, database.id
                    ),
                    format!(
                        "let it come after `{0}`: needs = [..., \"{0}\"]",
                        promotion.step.id
                    ),
                );
            }
        }
    }
}

fn may_be_left_out(
    subject: &Subject<'_>,
    shift: &Deed<'_>,
    promotion: &Deed<'_>,
    findings: &mut Findings<'_>,
) {
    findings.add(
        &subject.at(&shift.step.id),
        format!(
            "users are sent to {}, also when `{}` was left out (`optional = true`) and {} \
             is read-only there",
            shift.side, promotion.step.id, promotion.resource
        ),
        format!("take `optional` away from `{}`", promotion.step.id),
    );
}

/// The first step that changes anything must come after a check of the side gone to.
fn no_readiness_gate(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    if subject.runbook.kind != RunbookKind::Failover {
        return;
    }
    let looks = |step: &Step| {
        !step.optional
            && match &step.action {
                Action::Check { probe }
                | Action::Errand(Errand::Until { until: Until::Probe(probe) }) => {
                    subject.plan.probes.iter().any(|known| {
                        known.id == *probe
                            && known.site.as_ref() == Some(&subject.runbook.to)
                    })
                }
                Action::Command(_) | Action::Manual { .. } => false,
                Action::Estate { .. } | Action::Http(_) => false,
                Action::Approval { .. }
                | Action::Wait { .. }
                | Action::Notify { .. }
                | Action::Errand(_) => false,
            }
    };
    let Some(first) = subject.deeds().next() else { return };
    let looked = subject.order.before(&first.step.id).any(looks);
    if !looked && !subject.around.callers_have(looks) {
        let to = &subject.runbook.to;
        findings.add(
            &subject.at(&first.step.id),
            format!("nothing has looked whether {to} is ready"),
            format!("put a step before it: check = a probe with `site = \"{to}\"`"),
        );
    }
}
