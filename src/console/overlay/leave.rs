//! Before leaving: what goes on without this console.

use ratatui::layout::Rect;

use super::strip;
use crate::{
    console::{
        theme::Role,
        view::sight::Sight,
        widget::{Pen, Row, wrap},
    },
    room::Executor,
};

pub(super) fn draw(pen: &mut Pen<'_>, sight: &Sight<'_>, body: Rect) {
    let width = usize::from(body.width);
    let mut rows: Vec<Row> =
        said(sight).iter().flat_map(|words| wrap(words, width)).map(Row::text).collect();
    rows.push(
        Row::of(Role::Key, "y")
            .with(Role::Text, " leave   ")
            .with(Role::Key, "Esc")
            .with(Role::Text, " stay"),
    );
    let inside = strip(pen, sight, body, Row::of(Role::Title, "LEAVE"), rows.len());
    pen.rows(inside, &rows);
}

fn said(sight: &Sight<'_>) -> Vec<String> {
    if !sight.declared || sight.incident.is_over() {
        return vec!["Nothing is open; nothing is lost by leaving.".to_owned()];
    }
    let id = &sight.incident.id;
    let steps: Vec<String> = sight
        .incident
        .in_flight()
        .map(|step| format!("{} {}", step.number, step.title()))
        .collect();
    let mut said = vec![format!("{id} stays open; the journal keeps all of it.")];
    if !steps.is_empty() {
        said.push(format!(
            "What was sent goes on without us: {}. The next console looks what became of it.",
            steps.join(", ")
        ));
    }
    match &sight.snapshot().executor {
        Executor::Here => {
            said.push("Nobody starts steps until somebody takes over.".to_owned());
        }
        Executor::Elsewhere { holder, .. } => {
            said.push(format!("{holder} goes on starting steps."));
        }
        Executor::Left => said.push("Nobody starts steps.".to_owned()),
        Executor::Nobody => {}
    }
    said
}
