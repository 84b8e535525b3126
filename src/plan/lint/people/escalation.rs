//! Whether it is clear who leads, and who is told when nobody answers.

use super::super::{Check, Findings, LintDef};
use crate::plan::{
    Level, Place, Plan,
    language::{Items, Said},
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
    let rows = plan.file.escalation.items();
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
