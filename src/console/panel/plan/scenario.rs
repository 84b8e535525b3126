//! What the plan says of the scenario a run answers, where the run begins: above its steps
//! until the first of them is done.

use crate::{
    console::{
        theme::Role,
        view::sight::Sight,
        widget::{Row, wrap},
    },
    engine::StepState,
    model::{Answered, RunbookId},
};

/// At most `most` rows of `width` columns.
pub(super) fn rows(sight: &Sight<'_>, width: usize, most: usize) -> Vec<Row> {
    let procedure = &sight.incident.procedure;
    let Some(scenario) = &procedure.brief.answers else { return Vec::new() };
    let done = |state: &StepState| matches!(state, StepState::Done { .. });
    if sight.incident.steps().any(|(_, record)| done(&record.state)) {
        return Vec::new();
    }
    let mut rows = Vec::new();
    let mut say = |role, words: String| {
        rows.extend(wrap(&words, width).into_iter().map(|line| Row::of(role, line)));
    };
    say(Role::Title, format!("For {}", scenario.told()));
    if let Some(words) = &scenario.anyway {
        let by = scenario.by();
        say(Role::Warn, format!("{by} answers it; this one all the same: {words}"));
    }
    if let Some(guidance) = &scenario.guidance {
        say(Role::Warn, guidance.to_string());
    }
    if let Some(role) = &scenario.approver {
        say(Role::Text, format!("{role} must approve"));
    }
    let others = others(scenario, &procedure.runbook.id);
    if !others.is_empty() && scenario.anyway.is_none() {
        say(Role::Dim, format!("Others that answer it: {others}"));
    }
    rows.truncate(most);
    rows
}

fn others(scenario: &Answered, own: &RunbookId) -> String {
    let others = scenario.runbooks.iter().filter(|id| *id != own);
    others.map(RunbookId::as_str).collect::<Vec<_>>().join(", ")
}
