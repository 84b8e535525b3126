//! What we do: phases, steps, the point of no return, the cursor.

mod row;
mod scenario;
pub(in crate::console) mod strip;

use ratatui::layout::Rect;

use super::{Edge, filter, filtered, first_row, framed, hidden, hold, passes};
use crate::{
    console::{
        lane,
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
    model::{Hold, Phase, Step, Tier},
};
use row::{Shape, row};

/// One line of the pane, not yet written out: only what is visible is.
enum Line<'a> {
    Phase(&'a Phase),
    NoReturn,
    Hold(&'a Phase, &'a Hold),
    Step(&'a Step, &'a StepRecord),
    Detail(Role, String),
}

/// Lines it would take to show everything.
pub fn need(sight: &Sight<'_>, width: usize) -> usize {
    lines(sight, width, usize::MAX).len() + above(sight, width, usize::MAX, STRIP).len()
}

/// What stands above the steps: what the plan says of the scenario, in at most `most` rows,
/// and the lanes, in at most `strips`.
fn above(sight: &Sight<'_>, width: usize, most: usize, strips: usize) -> Vec<Row> {
    let mut rows = scenario::rows(sight, width, most);
    rows.extend(strip::rows(sight, width, strips));
    rows
}

/// Most rows lanes take from the steps.
const STRIP: usize = 3;

/// Draws the pane into `area`.
pub fn draw(pen: &mut Pen<'_>, sight: &Sight<'_>, area: Rect) {
    let height = usize::from(area.height.saturating_sub(2));
    let width = usize::from(area.width.saturating_sub(2));
    let strip = above(sight, width, height / 3, (height / 8).clamp(1, STRIP));
    let height = height.saturating_sub(strip.len());
    let lines = lines(sight, width, height);
    let (first, more) = window(sight, &lines, height);
    let foot = match (more.is_empty(), sight.incident.rto_ended()) {
        (false, _) => more,
        (true, None) => Row::text(format!("remaining {}", remaining(sight, width))),
        (true, Some(_)) => Row::new(),
    };
    let inside =
        framed(pen, sight, area, title(sight), Edge { pane: Some(Pane::Plan), foot });
    pen.rows(inside, &strip);
    let inside = below(inside, strip.len());
    write(pen, sight, inside, lines.get(first..).unwrap_or_default());
}

/// What is left of `area` under its first rows.
fn below(area: Rect, rows: usize) -> Rect {
    let taken = u16::try_from(rows).unwrap_or(u16::MAX).min(area.height);
    Rect { y: area.y + taken, height: area.height - taken, ..area }
}

/// `~12m (10-18m)`, shorter where there is no room for the range.
fn remaining(sight: &Sight<'_>, width: usize) -> String {
    let spread = sight.forecast.spread();
    let about = format!("~{}", short(spread.p50));
    if width < 40 { about } else { format!("{about} ({})", range(spread)) }
}

/// Draws the steps without a frame: for windows too small to afford one.
pub fn bare(pen: &mut Pen<'_>, sight: &Sight<'_>, area: Rect) {
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let strip = strip::rows(sight, width, usize::from(height > 2));
    let height = height.saturating_sub(strip.len());
    let lines = lines(sight, width, height);
    let (first, _) = window(sight, &lines, height);
    pen.rows(area, &strip);
    let area = below(area, strip.len());
    write(pen, sight, area, lines.get(first..).unwrap_or_default());
}

/// All of it as rows, for those who listen.
pub fn spoken(sight: &Sight<'_>, width: usize) -> Vec<Row> {
    let lines = lines(sight, width, usize::MAX);
    let shape = Shape::of(sight, width, has_phases(&lines));
    let steps = lines.iter().map(|line| row(sight, &shape, line));
    above(sight, width, usize::MAX, usize::MAX).into_iter().chain(steps).collect()
}

fn write(pen: &mut Pen<'_>, sight: &Sight<'_>, area: Rect, lines: &[Line<'_>]) {
    let height = usize::from(area.height);
    let shape = Shape::of(sight, usize::from(area.width), has_phases(lines));
    for (at, line) in lines.iter().take(height).enumerate() {
        pen.row(area, at, &row(sight, &shape, line));
    }
}

fn window(sight: &Sight<'_>, lines: &[Line<'_>], height: usize) -> (usize, Row) {
    let cursor = sight.cursor.as_ref();
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
    let lane = sight.model.lane();
    let shown = || sight.incident.steps().filter(|(step, _)| lane::shows(lane, step));
    let all = shown().count();
    let done = shown().filter(|(_, record)| record.state.is_settled()).count();
    let only = lane.map_or_else(String::new, |lane| format!("   only {lane}"));
    Row::of(Role::Title, "1 PLAN")
        .with(Role::Text, format!("   {done} of {all} done"))
        .with(Role::Input, only)
        .then(filtered(filter(sight, Pane::Plan)))
}

/// All lines; phases only where they take nothing from the steps.
fn lines<'a>(sight: &'a Sight<'_>, width: usize, height: usize) -> Vec<Line<'a>> {
    let runbook = &sight.incident.procedure.runbook;
    let lane = sight.model.lane();
    let steps = runbook.steps().filter(|step| lane::shows(lane, step)).count();
    let phases = width >= 40 && steps + runbook.phases.len() + 2 <= height;
    let turn = runbook.steps().find(|step| step.tier == Tier::T4).map(|step| &step.id);
    let filter = filter(sight, Pane::Plan);
    let shape = Shape::of(sight, width, phases);
    let mut lines = Vec::new();
    for phase in &runbook.phases {
        let mut heading = phases.then_some(Line::Phase(phase));
        for step in &phase.steps {
            let shown = lane::shows(lane, step) && passes(filter, &step.title());
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
        if let Some(hold) = phase.terms.hold.as_ref().filter(|_| filter.is_empty()) {
            lines.extend(heading.take());
            lines.push(Line::Hold(phase, hold));
            if phases {
                lines.extend(held(sight, phase, hold, width.saturating_sub(8)));
            }
        }
    }
    lines
}

/// What has to be said of a hold that runs, where there is room.
fn held<'a>(
    sight: &Sight<'_>,
    phase: &Phase,
    hold: &Hold,
    width: usize,
) -> Vec<Line<'a>> {
    if !sight.incident.watches.contains_key(&phase.id) {
        return Vec::new();
    }
    let told = hold::details(sight, phase, hold).into_iter();
    let lines = told.flat_map(|(role, words)| {
        wrap(&words, width).into_iter().map(move |line| Line::Detail(role, line))
    });
    lines.collect()
}

/// What has to be said below a step: why it failed, what it is doing, what it passed.
fn details<'a>(
    sight: &Sight<'_>,
    step: &Step,
    record: &StepRecord,
    width: usize,
    roomy: bool,
) -> Vec<Line<'a>> {
    let selected = sight.cursor.as_ref() == Some(&step.id);
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
