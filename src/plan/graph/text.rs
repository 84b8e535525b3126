//! A runbook for a terminal: a line for a step, in phases.

use super::{Graph, terms};
use crate::plan::page::Page;

/// `graph` on `page`. `*` marks the critical path.
pub fn text(graph: &Graph<'_>, mut page: Page) -> String {
    let runbook = graph.runbook;
    page.title(&format!(
        "{}  {}  {} > {}",
        runbook.id, runbook.name, runbook.from, runbook.to
    ));
    page.line(&format!("* critical path, {}", graph.total));
    for phase in &runbook.phases {
        let told = terms(phase);
        let told = if told.is_empty() {
            String::new()
        } else {
            format!("  ({})", told.join(", "))
        };
        page.heading(&format!("{}{told}", phase.name));
        let rows: Vec<Vec<String>> = phase
            .steps
            .iter()
            .map(|step| {
                let needs: Vec<String> =
                    graph.needs(step).map(|need| need.number.to_string()).collect();
                let after =
                    if needs.is_empty() { "-".to_owned() } else { needs.join(", ") };
                vec![
                    if graph.is_critical(&step.id) { "*" } else { "" }.to_owned(),
                    step.number.to_string(),
                    step.id.to_string(),
                    step.tier.word().to_owned(),
                    graph.takes(&step.id).to_owned(),
                    after,
                    step.name.to_string(),
                ]
            })
            .collect();
        if rows.is_empty() {
            page.under("no steps: a wait");
        } else {
            page.table(&["", "#", "step", "tier", "takes", "after", "name"], &rows);
        }
    }
    page.text()
}
