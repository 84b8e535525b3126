//! Whether a person says go before what cannot be undone.

use super::super::{Check, Findings, LintDef, Subject};
use crate::{
    model::{Action, Tier},
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
    let undecided = subject.runbook.steps().find(|step| {
        step.tier == Tier::T4 && !subject.order.before(&step.id).any(|one| decided(&one))
    });
    if let Some(step) = undecided {
        findings.add(
            &subject.at(&step.id),
            "this cannot be undone, and nobody has said go",
            "put a step before it: approve = \"...\", role = \"...\"",
        );
    }
}
