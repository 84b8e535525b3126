//! One line of text, and what it is for.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::strip;
use crate::{
    console::{
        model::{Asking, Prompt},
        theme::Role,
        view::sight::Sight,
        widget::{Pen, Row},
    },
    model::StepId,
};

pub(super) fn draw(pen: &mut Pen<'_>, sight: &Sight<'_>, body: Rect, prompt: &Prompt) {
    let stamp =
        format!("stamped {}, when you pressed it", prompt.pressed_at.time_of_day());
    let title = Row::of(Role::Title, label(sight, &prompt.asking));
    let inside = strip(pen, sight, body, title, 2);
    let width = usize::from(inside.width);
    pen.row(inside, 0, &line(&prompt.typed, width));
    pen.row(inside, 1, &Row::dim(stamp));
}

/// The typed line with its end in sight: what is being written is what is looked at.
pub(super) fn line(typed: &str, width: usize) -> Row {
    let room = width.saturating_sub(3);
    let mut rest = typed;
    while rest.width() > room {
        let mut chars = rest.chars();
        if chars.next().is_none() {
            break;
        }
        rest = chars.as_str();
    }
    let more = if rest.len() < typed.len() { "<" } else { ">" };
    Row::of(Role::Key, format!("{more} ")).with(Role::Input, format!("{rest}_"))
}

/// What the line is for.
fn label(sight: &Sight<'_>, asking: &Asking) -> String {
    let step = |id: &StepId| {
        let found = sight.incident.procedure.runbook.step(id);
        found.map_or_else(
            || id.to_string(),
            |step| format!("{} {}", step.number, step.name),
        )
    };
    match asking {
        Asking::Note => "note (dec: decision, ask: question, todo: follow-up)".to_owned(),
        Asking::Decision => "decision".to_owned(),
        Asking::Arm => "why do you arm".to_owned(),
        Asking::SkipReason(id) => format!("why skip {}", step(id)),
        Asking::Observed(id) => format!("what did you see: {}", step(id)),
        Asking::ApprovalWords(id) => format!("your words, approving {}", step(id)),
        Asking::SoloReason(id) => format!("why alone: {}", step(id)),
        Asking::OverrideReason { step: id, check } => {
            format!("why go on with {} although \"{check}\"", step(id))
        }
        Asking::RuleReason { step: id, done: true } => {
            format!("how do you know that {} was done", step(id))
        }
        Asking::RuleReason { step: id, done: false } => {
            format!("how do you know that {} was not done", step(id))
        }
        Asking::AbortReason => "why abort: no further step starts, ever".to_owned(),
        Asking::DeclareReason => "what happened: opens an incident".to_owned(),
        Asking::ImpactTime => {
            "when did the impact begin, HH:MM:SS UTC, and why".to_owned()
        }
        Asking::CloseSummary => "in one sentence, how did it end".to_owned(),
        Asking::ShelveReason(alarm) => format!("why and how long to shelve {alarm}"),
        Asking::Filter => "filter (! in front leaves out)".to_owned(),
    }
}
