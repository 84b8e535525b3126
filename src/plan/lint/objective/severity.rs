//! Whether it is known how soon somebody answers, and what then happens.

use super::super::{Check, Findings, LintDef};
use crate::{
    model::RunbookKind,
    plan::{
        Level, Place, Plan,
        language::{Items, Said, SeverityRow},
    },
};

pub(super) const WITHOUT_RESPONSE: LintDef = LintDef {
    id: "L39",
    name: "severity-without-response",
    level: Level::Warning,
    doc: "A severity says neither how soon somebody answers nor what they do, or a plan of many scenarios has no severities.",
    mend: "Give each severity `respond_within`, and a `procedure` or `on_raise`.",
    check: Check::Plan(without_response),
};

fn without_response(plan: &Plan, findings: &mut Findings<'_>) {
    let rows = plan.file.severity.items();
    let scenarios = plan.file.scenario.items().len();
    // A plan for one event needs no levels to tell it from another.
    if rows.is_empty() && scenarios > 1 {
        let whole = plan.file.plan.as_ref().map(|row| row.place.spot).unwrap_or_default();
        findings.at(
            &Place { spot: whole, at: "severity".to_owned() },
            format!(
                "there are {scenarios} scenarios and no severities: nobody can tell how \
                 soon which of them must be answered"
            ),
            "write a [[severity]] for each level, with `respond_within` and `procedure`",
        );
    }
    for row in rows {
        let id = row.id.get().map_or("", String::as_str);
        let soon = row.respond_within.is_some() || row.unread.contains(&"respond_within");
        too_slow(plan, row, findings);
        let raised = !row.on_raise.items().is_empty();
        let then = raised || row.procedure.is_some() || row.unread.contains(&"procedure");
        let (what, help) = match (soon, then) {
            (true, true) => continue,
            (false, true) => (
                "by when somebody must have answered",
                "write `respond_within = \"15m\"` or what the contracts ask for",
            ),
            (true, false) => (
                "what happens when it is raised",
                "write `procedure = \"...\"` or `on_raise = [\"notify:...\"]`",
            ),
            (false, false) => (
                "by when somebody must answer, or what they then do",
                "write `respond_within`, and `procedure` or `on_raise`",
            ),
        };
        findings.at(&row.place, format!("nobody says of {id} {what}"), help);
    }
}

/// Nobody need answer before what is to be done must be over.
fn too_slow(plan: &Plan, row: &SeverityRow, findings: &mut Findings<'_>) {
    let (Some(id), Some(within)) = (row.id.get(), &row.respond_within) else { return };
    let answers = plan.runbooks.iter().filter(|one| {
        one.kind == RunbookKind::Failover
            && one.terms.severity.as_ref().is_some_and(|own| own.as_str() == id)
    });
    let promised = answers.filter_map(|one| {
        Some((crate::plan::promised(plan.promises.get(&one.id)?.objective.rto)?, &one.id))
    });
    let Some((rto, runbook)) = promised.min() else { return };
    if within.value >= rto {
        findings.at(
            &within.place,
            format!(
                "{id} is answered within {}, and {runbook}, which it calls for, must be over \
                 in {rto}",
                within.value
            ),
            format!("write less than {rto}, and leave time for the runbook"),
        );
    }
}
