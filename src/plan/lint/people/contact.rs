//! Whether whoever must act or decide can be reached.

use super::super::{Check, Findings, LintDef};
use crate::{
    model::RoleId,
    plan::{Level, Plan},
};

pub(super) const CONTACT_MISSING: LintDef = LintDef {
    id: "L85",
    name: "contact-missing",
    level: Level::Error,
    doc: "A role that must act or decide has no two people who can be reached.",
    mend: "Name a first and a second person, each with a way to reach them.",
    check: Check::Plan(contact_missing),
};

fn contact_missing(plan: &Plan, findings: &mut Findings<'_>) {
    for role in &plan.roles {
        one_number(plan, &role.id, findings);
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

/// Two people with one number are one way to reach somebody.
fn one_number(plan: &Plan, role: &RoleId, findings: &mut Findings<'_>) {
    let holders: Vec<_> = plan.people.iter().filter(|one| holds(one, role)).collect();
    let [first, rest @ ..] = holders.as_slice() else { return };
    if rest.is_empty() || rest.iter().any(|one| one.contact != first.contact) {
        return;
    }
    let Some(contact) = &first.contact else { return };
    findings.add(
        &format!("role.{role}"),
        format!("everybody who holds {role} has the contact {contact}: one dead telephone reaches none of them"),
        "give each person their own `contact`",
    );
}

fn holds(person: &crate::model::Person, role: &RoleId) -> bool {
    person.roles.contains(role) && person.contact.is_some()
}
