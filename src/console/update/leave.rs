//! Leaving: never a surprise, and never a way to take back what was sent.

use super::say;
use crate::{
    console::{
        Effect, Model,
        model::{DEAD_TIME, Overlay},
        msg::{Key, Press},
    },
    engine::StepState,
    model::Text,
    room::Executor,
};

/// Whether an incident is open here.
pub(super) fn is_active(model: &Model) -> bool {
    model.snapshot.incident.as_ref().is_some_and(|incident| !incident.is_over())
}

/// What goes on after leaving, one sentence a line.
pub fn keeps_running(model: &Model) -> Vec<String> {
    let Some(incident) = model.snapshot.incident.as_ref().filter(|one| !one.is_over())
    else {
        return vec!["Nothing is open here: nothing keeps running.".to_owned()];
    };
    let mut lines = vec![format!(
        "{} stays open: its clocks run, its journal keeps everything.",
        incident.id
    )];
    for (step, record) in incident.steps() {
        let (number, name) = (step.number, step.title());
        match &record.state {
            StepState::Dispatched => lines.push(format!(
                "Step {number} {name}: the call has been sent and will not be taken \
                 back; its outcome will be looked up on resume."
            )),
            StepState::Awaiting => lines.push(format!(
                "Step {number} {name}: accepted and under way; nobody watches it until \
                 somebody resumes."
            )),
            StepState::InDoubt { .. } => lines.push(format!(
                "Step {number} {name} stays in doubt until somebody looks or rules."
            )),
            StepState::Todo
            | StepState::Done { .. }
            | StepState::Failed { .. }
            | StepState::Refused { .. }
            | StepState::Skipped { .. }
            | StepState::Undone => {}
        }
    }
    if let Executor::Elsewhere { holder, .. } = &model.snapshot.executor {
        lines.push(format!("{holder} runs it: nothing there changes."));
    }
    lines
}

/// What is printed once the terminal is given back.
pub(super) fn summary(model: &Model, why: Option<&str>) -> Option<Text> {
    let mut lines: Vec<String> =
        why.map(|why| format!("Left: {why}.")).into_iter().collect();
    if is_active(model) {
        lines.extend(keeps_running(model));
    }
    (!lines.is_empty()).then(|| Text::clean(lines.join(" ")))
}

pub(super) fn pressed(model: &mut Model, press: Press) -> Vec<Effect> {
    let Some(Overlay::Leave { opened_at }) = model.overlay else {
        return Vec::new();
    };
    if press.repeat {
        return Vec::new();
    }
    let awake = press.at - opened_at >= model.human(DEAD_TIME);
    match press.key {
        Key::Esc => {
            model.overlay = None;
            say(model, "staying");
            Vec::new()
        }
        Key::Char('y') | Key::Ctrl('c') if awake => {
            vec![Effect::Quit { summary: summary(model, None) }]
        }
        Key::Char(_)
        | Key::Ctrl(_)
        | Key::Enter
        | Key::Tab
        | Key::BackTab
        | Key::Backspace
        | Key::Up
        | Key::Down
        | Key::Left
        | Key::Right
        | Key::PageUp
        | Key::PageDown
        | Key::Home
        | Key::End
        | Key::F1 => Vec::new(),
    }
}
