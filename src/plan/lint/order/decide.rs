//! Whether a person says go before what cannot be undone.

use std::collections::BTreeSet;

use super::super::{Check, Findings, LintDef, Subject, act, around};
use crate::{
    model::{Action, RunbookKind, Step, StepId, Tier},
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
    let decided = |step: &Step| match &step.action {
        Action::Approval { .. } => around::certain(step),
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
        let weighs =
            step.tier == Tier::T4 && !step.terms.always && !ends_its_own(subject, step);
        (weighs || leaves && moves.contains(&step.id))
            && !subject.order.before(&step.id).any(decided)
            && !subject.around.callers_have(decided)
    });
    let commander = subject.plan.commander.as_ref();
    let role = commander.or(subject.plan.roles.first().map(|role| &role.id));
    let role = role.map_or("...", |role| role.as_str());
    if let Some(step) = undecided {
        findings.add(
            &subject.at(&step.id),
            if step.tier == Tier::T4 {
                format!(
                    "`{}` cannot be undone, and nobody has said go before it",
                    step.name
                )
            } else {
                format!(
                    "users leave {} with `{}`, and nobody has said go",
                    subject.runbook.from, step.name
                )
            },
            format!("put a step before it: approve = \"...\", role = \"{role}\""),
        );
    }
}

/// Whether all that a step ends was made by an earlier one: clean-up of its own.
fn ends_its_own(subject: &Subject<'_>, step: &Step) -> bool {
    let mut made = subject.order.before(&step.id).flat_map(|one| {
        act::made(one).into_iter().map(|made| made.name).collect::<Vec<_>>()
    });
    made.any(|name| act::ends(step, name))
}
