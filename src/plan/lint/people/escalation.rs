//! Whether it is clear who leads, and who is told when nobody answers.

use std::collections::BTreeSet;

use super::super::{Check, Findings, LintDef, promise::list};
use crate::{
    model::{Action, RoleId},
    plan::{
        Level, Place, Plan,
        language::{EscalationRow, Items, Said},
    },
};

pub(super) const INCOMPLETE: LintDef = LintDef {
    id: "L86",
    name: "escalation-incomplete",
    level: Level::Warning,
    doc: "Nobody leads an incident, or the plan does not say who is told next and after how long.",
    mend: "Name a `commander` in [plan], and write [[escalation]] with `after` from the second on.",
    check: Check::Plan(incomplete),
};

fn incomplete(plan: &Plan, findings: &mut Findings<'_>) {
    let head = plan.file.plan.place().cloned().unwrap_or_default();
    if plan.commander.is_none() {
        let roles: Vec<&str> = plan.roles.iter().map(|role| role.id.as_str()).collect();
        let who = match roles.as_slice() {
            [] => "the plan has no roles at all".to_owned(),
            [one] => format!("the plan does not say that {one} decides"),
            more => format!("{} would each wait for the others", more.join(", ")),
        };
        findings.at(
            &Place { at: "plan.commander".to_owned(), ..head.clone() },
            format!("nobody leads an incident: {who}"),
            "write `commander = \"incident-commander\"` in [plan], and the role",
        );
    }
    seats(plan, findings);
    let rows = plan.file.escalation.items();
    twice(rows, findings);
    if rows.is_empty() {
        let first =
            plan.roles.first().map_or("the first person", |role| role.id.as_str());
        findings.at(
            &Place { at: "escalation".to_owned(), ..head },
            format!("when {first} does not answer, nobody knows who is told next, and when"),
            "write [[escalation]] with order = 1, from = \"detected\", to = [\"...\"]; then \
             order = 2 with `after`",
        );
    }
    let untimed = rows.iter().find(|row| {
        row.order.get().is_some_and(|order| *order > 1) && row.after.is_none()
    });
    if let Some(row) = untimed {
        let whom: Vec<String> =
            row.to.items().iter().map(|found| found.value.to_string()).collect();
        findings.at(
            &row.place,
            format!(
                "{} are told after {}, and nothing says after how long without an \
                 answer",
                whom.join(" and "),
                row.from
                    .get()
                    .map_or_else(|| "the one before".to_owned(), ToString::to_string)
            ),
            "write after = \"15m\": so long without an answer",
        );
    }
}

/// Two places of one number in one chain: both are told at once, or only one is.
fn twice(rows: &[EscalationRow], findings: &mut Findings<'_>) {
    let mut told: BTreeSet<(u64, String)> = BTreeSet::new();
    for row in rows {
        let (Some(order), Some(from)) = (row.order.get(), row.from.get()) else {
            continue;
        };
        if told.insert((*order, from.as_str().to_lowercase())) {
            continue;
        }
        let whom: Vec<String> =
            row.to.items().iter().map(|found| found.value.to_string()).collect();
        findings.at(
            row.order.place().unwrap_or(&row.place),
            format!(
                "two [[escalation]] from {from} have order {order}: nobody can tell whether \
                 {} are told first, too",
                list(&whom)
            ),
            "give each its own `order`, or put all who are told into one `to`",
        );
    }
}

/// A second yes that the same people give.
fn seats(plan: &Plan, findings: &mut Findings<'_>) {
    for row in plan.file.runbook.items() {
        for step in row.step.items() {
            let (Some(owner), Some(yes)) = (step.owner.get(), &step.approval) else {
                continue;
            };
            if *owner == yes.value {
                findings.at(
                    &yes.place,
                    format!(
                        "{owner} does it, and {owner} says yes to it: nobody else looks"
                    ),
                    "name another role in `approval`",
                );
            }
        }
    }
    let mut told: BTreeSet<(&RoleId, &RoleId)> = BTreeSet::new();
    for runbook in &plan.runbooks {
        let asked: Vec<&RoleId> = runbook
            .steps()
            .filter_map(|step| match &step.action {
                Action::Approval { role, .. } => Some(role),
                Action::Estate { .. }
                | Action::Command(_)
                | Action::Http(_)
                | Action::Check { .. }
                | Action::Manual { .. }
                | Action::Wait { .. }
                | Action::Notify { .. }
                | Action::Errand(_) => None,
            })
            .collect();
        for pair in asked.windows(2) {
            let [one, other] = pair else { continue };
            let (first, second) = (holders(plan, one), holders(plan, other));
            if one == other
                || first.is_empty()
                || first != second
                || !told.insert((one, other))
            {
                continue;
            }
            let names: Vec<&str> = first.into_iter().collect();
            findings.add(
                &format!("role.{other}"),
                format!(
                    "{} asks {one} and then {other}, and both are {}: one person can say \
                     both",
                    runbook.id,
                    list(&names)
                ),
                format!("let somebody hold {other} who does not hold {one}"),
            );
        }
    }
}

/// Who holds a role.
fn holders<'p>(plan: &'p Plan, role: &RoleId) -> BTreeSet<&'p str> {
    let people = plan.people.iter().filter(|one| one.roles.contains(role));
    people.map(|one| one.id.as_str()).collect()
}
