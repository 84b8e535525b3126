//! The state in words to be read aloud: where we are, what is next, what it costs.

use crate::{
    console::Model,
    engine::{Incident, StepState, exposures, forecast},
    model::Span,
};

/// One paragraph for the bridge: time, world, progress, next step, data at risk.
pub fn readout(model: &Model) -> String {
    let now = model.now;
    let time = now.time_of_day();
    let minute = time.get(..5).unwrap_or(&time);
    let mode = model.session.mode;
    let Some(incident) = model.snapshot.incident.as_deref() else {
        let name = &model.snapshot.procedure.runbook.name;
        return format!(
            "{minute} UTC, {mode}. Nothing is declared. Watching for {name}."
        );
    };
    let ahead = forecast(incident, now);
    let since = now - incident.clocks.impact;
    let left = match incident.clocks.verified {
        Some(at) => format!("verified after {}", (at - incident.clocks.impact).clock()),
        None if ahead.left.is_negative() => format!("{} over", ahead.left.clock()),
        None => format!("{} left", ahead.left.clock()),
    };
    let mut lines = vec![format!(
        "{minute} UTC, {mode} {}, {} since impact, {left}.",
        incident.id,
        since.clock()
    )];
    lines.extend(standing(incident));
    lines.extend(next(model, incident));
    lines.join(" ")
}

fn standing(incident: &Incident) -> Vec<String> {
    let settled =
        incident.steps().filter(|(_, record)| record.state.is_settled()).count();
    let all = incident.steps().count();
    let runbook = &incident.procedure.runbook;
    let mut lines = vec![format!(
        "From {} to {}: {settled} of {all} steps.",
        runbook.from, runbook.to
    )];
    if let Some((_, why)) = &incident.hold {
        lines.push(format!("We are on HOLD: {why}."));
    }
    if incident.aborted.is_some() {
        lines.push("The run was aborted: no further step starts.".to_owned());
    }
    for (step, record) in incident.steps() {
        let (number, name) = (step.number, &step.name);
        match &record.state {
            StepState::Dispatched | StepState::Awaiting => {
                lines.push(format!("Step {number}, {name}, is under way."));
            }
            StepState::InDoubt { why } => {
                lines.push(format!("Step {number}, {name}, is in doubt: {why}."));
            }
            StepState::Failed { reason, .. } | StepState::Refused { reason } => {
                lines.push(format!("Step {number}, {name}, failed: {reason}."));
            }
            StepState::Todo
            | StepState::Done { .. }
            | StepState::Skipped { .. }
            | StepState::Undone => {}
        }
    }
    lines
}

fn next(model: &Model, incident: &Incident) -> Vec<String> {
    let Some(step) = incident.next() else {
        return Vec::new();
    };
    let (number, name, meaning) = (step.number, &step.name, step.tier.meaning());
    let mut lines = vec![format!("Next is step {number}, {name}: {meaning}.")];
    for cost in exposures(incident, &model.snapshot.evidence, model.now) {
        lines.push(match cost.lost {
            Some(lost) => {
                format!("Promoting {} now loses {}.", cost.database, spoken(lost))
            }
            None => format!("What promoting {} would lose is not known.", cost.database),
        });
    }
    lines
}

fn spoken(span: Span) -> String {
    match span.as_secs() {
        secs @ 0..120 => format!("about {secs} seconds of writes"),
        secs => format!("about {} minutes of writes", secs / 60),
    }
}
