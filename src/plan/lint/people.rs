//! Rules about who decides, who can be reached and who answers for the plan.

use super::{Check, Findings, LintDef, Subject};
use crate::{
    model::{Action, RoleId, Tier},
    plan::{Level, Plan},
};

pub(super) const NO_GO_DECISION: LintDef = LintDef {
    id: "L20",
    name: "no-go-decision",
    level: Level::Error,
    doc: "Something that cannot be undone is not preceded by a named person's yes.",
    check: Check::Runbook(no_go_decision),
};

pub(super) const NOT_REVIEWED: LintDef = LintDef {
    id: "L53",
    name: "plan-not-reviewed",
    level: Level::Warning,
    doc: "The plan names no owner, version or date of review.",
    check: Check::Plan(not_reviewed),
};

pub(super) const CONTACT_MISSING: LintDef = LintDef {
    id: "L85",
    name: "contact-missing",
    level: Level::Error,
    doc: "A role that must act or decide has no two people who can be reached.",
    check: Check::Plan(contact_missing),
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

fn not_reviewed(plan: &Plan, findings: &mut Findings<'_>) {
    let review = &plan.review;
    let missing: Vec<&str> = [
        ("owner", &review.owner),
        ("version", &review.version),
        ("reviewed", &review.reviewed),
        ("next_review", &review.next),
    ]
    .into_iter()
    .filter(|(_, value)| value.is_none())
    .map(|(key, _)| key)
    .collect();
    if !missing.is_empty() {
        findings.add(
            "plan",
            format!(
                "nobody can tell whether this plan is current: no {}",
                missing.join(", ")
            ),
            "write owner, version, and reviewed and next_review as dates",
        );
    }
}

fn contact_missing(plan: &Plan, findings: &mut Findings<'_>) {
    for role in &plan.roles {
        let reachable = plan.people.iter().filter(|one| holds(one, &role.id)).count();
        if reachable < 2 {
            let found = if reachable == 0 { "nobody" } else { "only one person" };
            findings.add(
                &format!("role.{}", role.id),
                format!("{found} with a contact holds the role {}", role.id),
                "name a first and a second [[person]] with `roles` and `contact`",
            );
        }
    }
}

fn holds(person: &crate::model::Person, role: &RoleId) -> bool {
    person.roles.contains(role) && person.contact.is_some()
}
