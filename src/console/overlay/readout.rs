//! What to say on the bridge now: whole sentences, no abbreviations, in the order
//! condition, action, need.

use ratatui::layout::Rect;

use super::dialog;
use crate::{
    console::{
        Model,
        command::key_of,
        lane,
        theme::Role,
        view::{Look, sight::Sight},
        widget::{Pen, Row, wrap},
    },
    engine::{Block, StepState, refusal::explain, watch},
    model::{Span, Text, Tier, Verb},
};

/// The text to read aloud, or to copy.
pub fn readout(model: &Model) -> Text {
    let look = Look::plain();
    let words = Sight::of(model, &look).map(|sight| sentences(&sight).join(" "));
    Text::clean(words.unwrap_or_default())
}

pub(super) fn draw(pen: &mut Pen<'_>, sight: &Sight<'_>, body: Rect) {
    let width = usize::from(body.width.min(super::WIDEST).saturating_sub(4));
    let words = sentences(sight).join(" ");
    let lines: Vec<Row> = wrap(&words, width)
        .into_iter()
        .map(|line| Row::text(format!(" {line}")))
        .collect();
    let title = Row::of(Role::Title, "READ IT OUT");
    let inside = dialog(
        pen,
        sight,
        body,
        lines.len(),
        (title, Row::text(format!("{} copies", key_of("copy")))),
    );
    pen.rows(inside, &lines);
}

/// Sentence by sentence.
pub fn sentences(sight: &Sight<'_>) -> Vec<String> {
    let time = sight.now().time_of_day();
    let time = time.get(..5).unwrap_or_default();
    let drill = match sight.model.session.mode {
        crate::model::Mode::Live => "",
        crate::model::Mode::Drill => "This is an exercise. ",
    };
    if !sight.declared {
        let takes = minutes(sight.forecast.remaining);
        return vec![
            format!("{drill}{time} UTC."),
            "Nothing is declared.".to_owned(),
            format!("A failover from now would take about {takes}."),
        ];
    }
    let mut said = vec![format!("{drill}{time} UTC."), clock(sight)];
    said.extend(sites(sight));
    said.extend(doing(sight));
    said
}

fn minutes(span: Span) -> String {
    match (span.abs().as_secs() + 30) / 60 {
        1 => "1 minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

fn clock(sight: &Sight<'_>) -> String {
    let clocks = sight.incident.clocks;
    if let Some(took) = sight.incident.rto_took() {
        let took = minutes(took);
        let met = if sight.forecast.margin.is_negative() { "missed" } else { "met" };
        let start = sight.incident.rto_clock().start;
        let start =
            if start.as_str() == "impact" { "the impact" } else { start.as_str() };
        return format!("Recovered {took} after {start}; the objective was {met}.");
    }
    let since = minutes(sight.now() - clocks.impact);
    let left = sight.forecast.left;
    if left.is_negative() {
        format!("{since} in, {} over the objective.", minutes(left))
    } else {
        format!("{since} in, {} left.", minutes(left))
    }
}

fn sites(sight: &Sight<'_>) -> Vec<String> {
    let runbook = &sight.incident.procedure.runbook;
    let mut said = Vec::new();
    if sight.incident.took_down(&runbook.from) {
        said.push(format!("{} is fenced.", runbook.from));
    }
    for seal in &sight.incident.seals {
        said.push(match seal.lost {
            Some(lost) => {
                format!(
                    "We gave up at most {} of data in {}.",
                    lost.clock(),
                    seal.database
                )
            }
            None => format!("How much data in {} is lost is not known.", seal.database),
        });
    }
    said
}

fn doing(sight: &Sight<'_>) -> Vec<String> {
    let incident = &sight.incident;
    if incident.is_over() {
        return vec!["It is closed.".to_owned()];
    }
    if incident.aborted.is_some() && incident.next().is_none() {
        return vec!["It was aborted; no further step starts.".to_owned()];
    }
    let mut said = Vec::new();
    if incident.aborted.is_some() {
        said.push("It was aborted; only clean-up is left.".to_owned());
    }
    if incident.hold.is_some() {
        said.push("We are on hold.".to_owned());
    }
    for (step, record) in incident.steps() {
        match &record.state {
            StepState::InDoubt { .. } => {
                said.push(format!("Nobody knows yet what became of {}.", step.title()));
            }
            StepState::Dispatched | StepState::Awaiting => {
                said.push(format!("Running now: {}.", step.title()));
            }
            StepState::Todo
            | StepState::Done { .. }
            | StepState::Failed { .. }
            | StepState::Refused { .. }
            | StepState::Skipped { .. }
            | StepState::Undone => {}
        }
    }
    for one in &sight.lanes {
        if let lane::State::Failed(step) = one.state {
            said.push(format!("{} failed at step {step}.", one.lane.name));
        }
    }
    if let Some(hold) = watch::present_block(incident, sight.now()) {
        said.push(capital(&explain(&hold)));
    }
    said.extend(proposed(sight));
    said
}

/// A sentence of its own.
fn capital(words: &str) -> String {
    let mut chars = words.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).chain(['.']).collect()
}

/// What is next, what it costs, what is needed for it.
fn proposed(sight: &Sight<'_>) -> Vec<String> {
    let Some(step) = sight.next() else { return Vec::new() };
    let mut said = vec![format!("Next: {}.", step.title())];
    let promotes =
        step.action.estate().filter(|(_, _, verb)| *verb == Verb::Promote).and_then(
            |(id, ..)| sight.exposures.iter().find(|cost| cost.database == *id),
        );
    if let Some(cost) = promotes {
        said.push(cost.lost.map_or_else(
            || "How much data that loses is not known.".to_owned(),
            |lost| format!("That loses at most {} of data.", lost.clock()),
        ));
    }
    if step.tier == Tier::T4 {
        said.push("It cannot be undone. Any strong objections?".to_owned());
    }
    let asked = |block: &Block| matches!(block, Block::AwaitsApproval);
    if sight.gate(step).blocks.iter().any(asked) {
        said.push("It waits for a second person's yes.".to_owned());
    }
    said
}
