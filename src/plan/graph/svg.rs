//! A runbook as a picture: steps in layers from left to right, each to the right of all it
//! waits for. Readable on white and on paper; the critical path is told by thick lines and a
//! star, never by colour alone. Every text is escaped.

use std::collections::BTreeMap;

use super::{Graph, cut, terms};
use crate::model::{Phase, Step, StepId};

const BOX: (usize, usize) = (190, 58);
const GAP: (usize, usize) = (60, 18);
const MARGIN: usize = 20;
/// Where the first row begins: below title and legend.
const TOP: usize = 78;
/// Characters that fit into a box.
const FITS: usize = 27;

/// One step and where it stands.
struct Placed<'p> {
    step: &'p Step,
    phase: &'p Phase,
    layer: usize,
    row: usize,
}

/// `graph` as a picture.
pub fn svg(graph: &Graph<'_>) -> String {
    let placed = layered(graph);
    let at: BTreeMap<&StepId, &Placed<'_>> =
        placed.iter().map(|one| (&one.step.id, one)).collect();
    let wide = placed.iter().map(|one| one.layer + 1).max().unwrap_or(1);
    let high = placed.iter().map(|one| one.row + 1).max().unwrap_or(1);
    let width = (MARGIN * 2 + wide * (BOX.0 + GAP.0) - GAP.0).max(480);
    let height = TOP + high * (BOX.1 + GAP.1) + MARGIN;
    let runbook = graph.runbook;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" role=\"img\">\n\
         <title>{}</title>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n",
        escaped(&format!("{}: {}", runbook.id, runbook.name))
    );
    let title = format!("{}  {} > {}", runbook.name, runbook.from, runbook.to);
    out.push_str(&words((MARGIN, 30), 18, &title));
    let legend = format!("* and thick: the critical path, {}", graph.total);
    out.push_str(&words((MARGIN, 52), 12, &legend));
    for one in &placed {
        for need in graph.needs(one.step) {
            if let Some(from) = at.get(&need.id) {
                out.push_str(&edge(graph, from, one));
            }
        }
    }
    for one in &placed {
        out.push_str(&node(graph, one));
    }
    out.push_str("</svg>\n");
    out
}

/// Every step in its layer: one to the right of the last it waits for. Rows follow those of
/// what they wait for, so that lines cross seldom.
fn layered<'p>(graph: &Graph<'p>) -> Vec<Placed<'p>> {
    let phases = &graph.runbook.phases;
    let all =
        phases.iter().flat_map(|phase| phase.steps.iter().map(move |step| (step, phase)));
    let all: Vec<(&Step, &Phase)> = all.collect();
    let mut layer: BTreeMap<&StepId, usize> = BTreeMap::new();
    // Steps nearly always stand behind what they need: two or three rounds settle all.
    for _ in 0..all.len() {
        let mut changed = false;
        for (step, _) in &all {
            let needs = step.needs.iter().filter_map(|need| layer.get(need));
            let own = needs.max().map_or(0, |last| last + 1).min(all.len());
            changed |= layer.insert(&step.id, own) != Some(own);
        }
        if !changed {
            break;
        }
    }
    let mut rows: BTreeMap<&StepId, usize> = BTreeMap::new();
    let last = layer.values().max().copied().unwrap_or(0);
    let mut placed = Vec::new();
    for wanted in 0..=last {
        let mut here: Vec<&(&Step, &Phase)> =
            all.iter().filter(|(step, _)| layer.get(&step.id) == Some(&wanted)).collect();
        here.sort_by_key(|(step, _)| {
            let needs: Vec<usize> =
                step.needs.iter().filter_map(|need| rows.get(need).copied()).collect();
            let sum: usize = needs.iter().sum();
            (sum * 100 / needs.len().max(1), step.number)
        });
        for (row, (step, phase)) in here.into_iter().enumerate() {
            rows.insert(&step.id, row);
            placed.push(Placed { step, phase, layer: wanted, row });
        }
    }
    placed
}

const fn corner(one: &Placed<'_>) -> (usize, usize) {
    (MARGIN + one.layer * (BOX.0 + GAP.0), TOP + one.row * (BOX.1 + GAP.1))
}

fn node(graph: &Graph<'_>, one: &Placed<'_>) -> String {
    let (x, y) = corner(one);
    let step = one.step;
    let critical = graph.is_critical(&step.id);
    let (star, thick) = if critical { ("* ", 3) } else { ("", 1) };
    let mut about = vec![step.name.to_string(), format!("phase {}", one.phase.name)];
    about.extend(terms(one.phase));
    let mut out = format!(
        "<g><title>{}</title><rect x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" rx=\"4\" \
         fill=\"#ffffff\" stroke=\"#202020\" stroke-width=\"{thick}\"/>",
        escaped(&about.join(", ")),
        BOX.0,
        BOX.1
    );
    let head = format!("{star}{} {}", step.number, step.id);
    out.push_str(&words((x + 8, y + 18), 13, &cut(&head, FITS)));
    out.push_str(&words((x + 8, y + 34), 11, &cut(step.name.as_str(), FITS + 3)));
    let foot =
        format!("{}  {}  {}", step.tier.word(), graph.takes(&step.id), one.phase.name);
    out.push_str(&words((x + 8, y + 50), 11, &cut(&foot, FITS + 3)));
    out.push_str("</g>\n");
    out
}

fn edge(graph: &Graph<'_>, from: &Placed<'_>, to: &Placed<'_>) -> String {
    let ((x1, y1), (x2, y2)) = (corner(from), corner(to));
    let (x1, y1, y2) = (x1 + BOX.0, y1 + BOX.1 / 2, y2 + BOX.1 / 2);
    let bend = GAP.0 / 2;
    let thick = if graph.is_critical_edge(&from.step.id, to.step) { 3 } else { 1 };
    format!(
        "<path d=\"M{x1} {y1} C{} {y1} {} {y2} {x2} {y2}\" fill=\"none\" \
         stroke=\"#505050\" stroke-width=\"{thick}\"/>\n",
        x1 + bend,
        x2.saturating_sub(bend)
    )
}

fn words((x, y): (usize, usize), size: usize, text: &str) -> String {
    format!(
        "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" fill=\"#101010\">{}</text>\n",
        escaped(text)
    )
}

/// Text for XML: its five characters escaped, and none it does not allow.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => {
                out.push('\u{FFFD}');
            }
            c => out.push(c),
        }
    }
    out
}
