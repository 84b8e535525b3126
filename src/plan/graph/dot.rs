//! A runbook for Graphviz. Names are quoted: nothing of a plan is more than a label.

use super::{Graph, terms};

/// `graph` as a digraph, phases as clusters.
pub fn dot(graph: &Graph<'_>) -> String {
    let runbook = graph.runbook;
    let mut out = format!(
        "digraph {} {{\n  rankdir=LR;\n  label={};\n  node [shape=box, fontname=\"sans-serif\"];\n",
        quoted(runbook.id.as_str()),
        quoted(&format!("{}, {}", runbook.name, graph.total)),
    );
    for (at, phase) in runbook.phases.iter().enumerate() {
        let mut label = phase.name.to_string();
        for term in terms(phase) {
            label.push_str(&format!(", {term}"));
        }
        out.push_str(&format!(
            "  subgraph cluster_{at} {{\n    label={};\n",
            quoted(&label)
        ));
        for step in &phase.steps {
            let label = format!(
                "{} {}\n{}\n{} {}",
                step.number,
                step.id,
                step.name,
                step.tier.word(),
                graph.takes(&step.id)
            );
            let bold = if graph.is_critical(&step.id) { ", penwidth=3" } else { "" };
            out.push_str(&format!(
                "    {} [label={}{bold}];\n",
                quoted(step.id.as_str()),
                quoted(&label)
            ));
        }
        out.push_str("  }\n");
    }
    for step in runbook.steps() {
        for need in graph.needs(step) {
            let bold =
                if graph.is_critical_edge(&need.id, step) { " [penwidth=3]" } else { "" };
            out.push_str(&format!(
                "  {} -> {}{bold};\n",
                quoted(need.id.as_str()),
                quoted(step.id.as_str())
            ));
        }
    }
    out.push_str("}\n");
    out
}

/// A string of the language: quotes and backslashes escaped, breaks as its own.
fn quoted(text: &str) -> String {
    let safe = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{safe}\"")
}
