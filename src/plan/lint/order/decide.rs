//! Whether a person says go before what cannot be undone.

use std::collections::BTreeSet;

use super::super::{Check, Findings, LintDef, Subject};
use crate::{
    model::{Action, RunbookKind, StepId, Tier},
    plan::Level,
};

pub(super) const NO_GO_DECISION: LintDef = LintDef {
    id: "L20",
    name: "no-go-decision",
    level: Level::Error,
    doc: "Something that cannot be undone is not preceded by a named person's yes.",
    mend: "Put an approval by a named role before the first step that cannot be undone.",
    check: Check::Runbook(no_go_decision),
};

fn no_go_decision(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let decided = |step: &&crate::model::Step| match &step.action {
        Action::Approval { .. } => true,
        Action::Estate { .. }
        | Action::Command(_)
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Manual { .. }
        | Action::Wait { .. }
        | Action::Notify { .. }
        | Action::Errand(_) => false,
    };
    // To leave a region is a decision, whether or not one of its steps can be undone.
    let leaves = subject.runbook.kind == RunbookKind::Failover;
    let moves: BTreeSet<&StepId> = subject.moves().map(|deed| &deed.step.id).collect();
    let undecided = subject.runbook.steps().find(|step| {
        // Clean-up ends what its own runbook made.
        let weighs = step.tier == Tier::T4 && !step.terms.always;
        (weighs || leaves && moves.contains(&step.id))
            && !subject.order.before(&step.id).any(|one| decided(&one))
    });
    if let Some(step) = undecided {
        findings.add(
            &subject.at(&step.id),
            if step.tier == Tier::T4 {
                "this cannot be undone, and nobody has said go"
            } else {
                "users leave their region, and nobody has said go"
            },
            "put a step before it: approve = \"...\", role = \"...\"",
        );
    }
}
