//! What we do: phases, steps, the point of no return, the cursor.

mod row;

use ratatui::layout::Rect;

use super::{Edge, filter, filtered, first_row, framed, hidden, passes};
use crate::{
    console::{
        model::Pane,
        theme::Role,
        view::sight::Sight,
        widget::{Pen, Row, wrap},
    },
    engine::{
        StepRecord, StepState,
        forecast::{range, short},
        story,
    },
    model::{Phase, Step, Tier},
};
use row::{Shape, row};

/// One line of the pane, not yet written out: only what is visible is.
enum Line<'a> {
    Phase(&'a Phase),
    NoReturn,
    Step(&'a Step, &'a StepRecord),
    Detail(Role, String),
}

/// Lines it would take to show everything.
pub fn need(sight: &Sight<'_>, width: usize) -> usize {
    lines(sight, width, usize::MAX).len()
}

/// Draws the pane into `area`.
pub fn draw(pen: &mut Pen<'_>, sight: &Sight<'_>, area: Rect) {
    let height = usize::from(area.height.saturating_sub(2));
    let width = usize::from(area.width.saturating_sub(2));
    let lines = lines(sight, width, height);
    let (first, more) = window(sight, &lines, height);
    let foot = match (more.is_empty(), sight.incident.rto_ended()) {
        (false, _) => more,
        (true, None) => Row::text(format!("remaining {}", remaining(sight, width))),
        (true, Some(_)) => Row::new(),
    };
    let inside =
        framed(pen, sight, area, title(sight), Edge { pane: Some(Pane::Plan), foot });
    write(pen, sight, inside, lines.get(first..).unwrap_or_default());
}

/// `~12m (10-18m)`, shorter where there is no room for the range.
fn remaining(sight: &Sight<'_>, width: usize) -> String {
    let spread = sight.forecast.spread();
    let about = format!("~{}", short(spread.p50));
    if width < 40 { about } else { format!("{about} ({})", range(spread)) }
}

/// Draws the steps without a frame: for windows too small to afford one.
pub fn bare(pen: &mut Pen<'_>, sight: &Sight<'_>, area: Rect) {
    let height = usize::from(area.height);
    let lines = lines(sight, usize::from(area.width), height);
    let (first, _) = window(sight, &lines, height);
    write(pen, sight, area, lines.get(first..).unwrap_or_default());
}

/// All of it as rows, for those who listen.
pub fn spoken(sight: &Sight<'_>, width: usize) -> Vec<Row> {
    let lines = lines(sight, width, usize::MAX);
    let shape = Shape::of(sight, width, has_phases(&lines));
    lines.iter().map(|line| row(sight, &shape, line)).collect()
}

fn write(pen: &mut Pen<'_>, sight: &Sight<'_>, area: Rect, lines: &[Line<'_>]) {
    let height = usize::from(area.height);
    let shape = Shape::of(sight, usize::from(area.width), has_phases(lines));
    for (at, line) in lines.iter().take(height).enumerate() {
        pen.row(area, at, &row(sight, &shape, line));
    }
}

fn window(sight: &Sight<'_>, lines: &[Line<'_>], height: usize) -> (usize, Row) {
    let cursor = sight.model.cursor();
    let at = lines
        .iter()
        .position(|line| matches!(line, Line::Step(step, _) if Some(&step.id) == cursor));
    // What explains the step under the cursor stays beside it.
    let below = at.map_or(0, |at| {
        let rest = lines.get(at + 1..).unwrap_or_default();
        rest.iter().take_while(|line| matches!(line, Line::Detail(..))).count()
    });
    let end = at.map(|at| at + below.min(height.saturating_sub(1)));
    let wanted = sight.model.scroll.get(&Pane::Plan).copied().unwrap_or(0);
    let first = first_row(wanted, end, lines.len(), height);
    let first = at.map_or(first, |at| first.min(at));
    (first, hidden(first, lines.len(), height))
}

fn title(sight: &Sight<'_>) -> Row {
    let all = sight.incident.steps().count();
    let done =
        sight.incident.steps().filter(|(_, record)| record.state.is_settled()).count();
    Row::of(Role::Title, "1 PLAN")
        .with(Role::Text, format!("   {done} of {all} done"))
        .then(filtered(filter(sight, Pane::Plan)))
}

/// All lines; phases only where they take nothing from the steps.
fn lines<'a>(sight: &'a Sight<'_>, width: usize, height: usize) -> Vec<Line<'a>> {
    let runbook = &sight.incident.procedure.runbook;
    let steps = runbook.steps().count();
    let phases = width >= 40 && steps + runbook.phases.len() + 2 <= height;
    let turn = runbook.steps().find(|step| step.tier == Tier::T4).map(|step| &step.id);
    let filter = filter(sight, Pane::Plan);
    let shape = Shape::of(sight, width, phases);
    let mut lines = Vec::new();
    for phase in &runbook.phases {
        let mut heading = phases.then_some(Line::Phase(phase));
        for step in &phase.steps {
            let shown = passes(filter, step.name.as_str());
            let Some(record) = sight.incident.steps.get(&step.id).filter(|_| shown)
            else {
                continue;
            };
            if Some(&step.id) == turn {
                lines.push(Line::NoReturn);
            }
            lines.extend(heading.take());
            lines.push(Line::Step(step, record));
            lines.extend(shape.rest(sight, step, record).into_iter().map(|line| {
                // The step under the cursor is always named in full.
                Line::Detail(Role::Select, line)
            }));
            let room = width.saturating_sub(8);
            lines.extend(details(sight, step, record, room, phases));
        }
    }
    lines
}

/// What has to be said below a step: why it failed, what it is doing, what it passed.
fn details<'a>(
    sight: &Sight<'_>,
    step: &Step,
    record: &StepRecord,
    width: usize,
    roomy: bool,
) -> Vec<Line<'a>> {
    let selected = sight.model.cursor() == Some(&step.id);
    let told = |role, words: &str| {
        let limit = if selected || roomy { 3 } else { 2 };
        let mut lines = wrap(words, width);
        let cut = lines.len() > limit;
        lines.truncate(limit);
        if let Some(last) = lines.last_mut().filter(|_| cut) {
            last.push_str(" ..");
        }
        lines.into_iter().map(|line| Line::Detail(role, line)).collect()
    };
    match &record.state {
        StepState::Failed { failure, reason } => {
            told(Role::Text, &format!("{}: {reason}", story::failed(failure)))
        }
        StepState::Refused { reason } => told(Role::Text, &format!("refused: {reason}")),
        StepState::InDoubt { why } => told(Role::Text, why.as_str()),
        StepState::Dispatched | StepState::Awaiting => {
            match sight.snapshot().progress.get(&step.id) {
                Some(line) if !line.is_empty() => told(Role::Dim, line.as_str()),
                Some(_) | None => Vec::new(),
            }
        }
        StepState::Todo | StepState::Undone if roomy && sight.declared && selected => {
            passed(sight, step).map_or_else(Vec::new, |line| told(Role::Text, &line))
        }
        StepState::Todo
        | StepState::Undone
        | StepState::Done { .. }
        | StepState::Skipped { .. } => Vec::new(),
    }
}

/// `checks 3/3   p95 5:40`, for the step that is looked at.
fn passed(sight: &Sight<'_>, step: &Step) -> Option<String> {
    let gate = sight.gate(step);
    if gate.checks.is_empty() {
        return None;
    }
    let passed = gate.checks.iter().filter(|check| !check.blocks()).count();
    let p95 = sight.time(step).estimate.p95.clock();
    let bad: Vec<String> = gate
        .checks
        .iter()
        .filter(|check| check.blocks())
        .map(|check| format!("{} ({})", check.name, check.value))
        .collect();
    let all = gate.checks.len();
    Some(if bad.is_empty() {
        format!("checks {passed}/{all}, p95 {p95}")
    } else {
        format!("checks {passed}/{all}: {}", bad.join("; "))
    })
}

fn has_phases(lines: &[Line<'_>]) -> bool {
    lines.iter().any(|line| matches!(line, Line::Phase(_)))
}
