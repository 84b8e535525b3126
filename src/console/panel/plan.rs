//! What we do: phases, steps, the point of no return, the cursor.

use ratatui::layout::Rect;

use super::{
    Edge, filter, filtered, first_row, framed, hidden, passes,
    step::{self, Standing},
};
use crate::{
    console::{
        model::Pane,
        theme::Role,
        view::sight::Sight,
        widget::{Cell, Pen, Row, columns, wrap},
    },
    engine::{StepRecord, StepState, story},
    model::{Moment, Phase, PhaseTime, Step, Tier},
};

/// One line of the pane, not yet written out: only what is visible is.
enum Line<'a> {
    Phase(&'a Phase),
    NoReturn,
    Step(&'a Step, &'a StepRecord),
    Detail(Role, String),
}

/// Widths that all steps of the pane share.
struct Shape {
    width: usize,
    indent: usize,
    number: usize,
    name: usize,
    /// Tier and estimate before, value after.
    info: usize,
    status: usize,
    who: usize,
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
    let left = sight.forecast.remaining;
    let foot = match (more.is_empty(), sight.incident.clocks.verified) {
        (false, _) => more,
        (true, None) => Row::text(format!("remaining ~{}", left.clock())),
        (true, Some(_)) => Row::new(),
    };
    let inside =
        framed(pen, sight, area, title(sight), Edge { pane: Some(Pane::Plan), foot });
    write(pen, sight, inside, lines.get(first..).unwrap_or_default());
}

/// Draws the steps without a frame: for windows too small to afford one.
pub fn bare(pen: &mut Pen<'_>, sight: &Sight<'_>, area: Rect) {
    let height = usize::from(area.height);
    let lines = lines(sight, usize::from(area.width), height);
    let (first, _) = window(sight, &lines, height);
    write(pen, sight, area, lines.get(first..).unwrap_or_default());
}

fn write(pen: &mut Pen<'_>, sight: &Sight<'_>, area: Rect, lines: &[Line<'_>]) {
    let height = usize::from(area.height);
    let shape = shape(sight, usize::from(area.width), has_phases(lines));
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
    let p95 = step.estimate.p95.clock();
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

fn shape(sight: &Sight<'_>, width: usize, phases: bool) -> Shape {
    let steps = || sight.incident.procedure.runbook.steps();
    let number = steps().map(|step| step.number.to_string().len()).max().unwrap_or(1);
    let longest =
        steps().map(|step| Row::text(step.name.to_string()).width()).max().unwrap_or(0);
    let indent = usize::from(phases);
    let prefix = indent + 3 + 1 + number + 1;
    let room = width.saturating_sub(prefix);
    let (info, status, who) = match width {
        0..40 => (0, 8, 0),
        40..60 => (8, 8, 0),
        60..64 => (11, 9, 0),
        _ => (11, 9, 10),
    };
    let gaps = [info, status, who].into_iter().filter(|width| *width > 0).count();
    let left = room.saturating_sub(info + status + who + gaps);
    let name = left.min(longest.max(16));
    // What the names leave free goes to the values.
    let info = if info == 0 { 0 } else { info + (left - name) };
    Shape { width, indent, number, name, info, status, who }
}

fn row(sight: &Sight<'_>, shape: &Shape, line: &Line<'_>) -> Row {
    match line {
        Line::Phase(phase) => heading(phase).cut(shape.width, sight.ascii()),
        Line::NoReturn => no_return(shape.width),
        Line::Detail(role, words) => {
            Row::text(" ".repeat(shape.indent + 5 + shape.number))
                .with(*role, words.as_str())
                .cut(shape.width, sight.ascii())
        }
        Line::Step(step, record) => of_step(sight, shape, step, record),
    }
}

fn heading(phase: &Phase) -> Row {
    let time = match phase.time {
        Some(PhaseTime::Budget(span)) => format!("   within {}", span.clock()),
        Some(PhaseTime::Window(from, until)) => {
            format!("   {} to {} after declaring", from.clock(), until.clock())
        }
        Some(PhaseTime::From(from)) => {
            format!("   from {} after declaring", from.clock())
        }
        None => String::new(),
    };
    Row::of(Role::Title, phase.name.to_string()).with(Role::Dim, time)
}

fn no_return(width: usize) -> Row {
    let words = " POINT OF NO RETURN ";
    let dashes = width.saturating_sub(words.len());
    let (left, right) = (dashes / 2, dashes - dashes / 2);
    Row::of(Role::Frame, "-".repeat(left))
        .with(Role::Title, words)
        .with(Role::Frame, "-".repeat(right))
}

fn of_step(sight: &Sight<'_>, shape: &Shape, step: &Step, record: &StepRecord) -> Row {
    let selected = sight.model.cursor() == Some(&step.id);
    let (mark, state) = step::mark(&record.state);
    let cursor = if selected { ">" } else { " " };
    let name = match &record.state {
        StepState::Skipped { .. } => Role::Dim,
        StepState::Dispatched | StepState::Awaiting => Role::Running,
        StepState::Todo
        | StepState::Undone
        | StepState::Done { .. }
        | StepState::Failed { .. }
        | StepState::Refused { .. }
        | StepState::InDoubt { .. } => {
            if selected {
                Role::Select
            } else {
                Role::Text
            }
        }
    };
    let number = format!("{:>width$} ", step.number, width = shape.number);
    let prefix = Row::text(" ".repeat(shape.indent))
        .with(state, mark)
        .with(Role::Select, cursor)
        .with(name, number);
    let (info, status) = tail(sight, shape, step, record);
    let ended = record.state.is_settled();
    if ended && shape.who == 0 && shape.info > 0 {
        let left = shape.width.saturating_sub(prefix.width());
        return prefix.then(settled(
            shape,
            left,
            (name, step),
            (info, status),
            sight.ascii(),
        ));
    }
    let by = record.by.as_ref().map_or_else(Row::new, |by| Row::dim(by.as_str()));
    let who = if record.ended_at.is_some() { by } else { owner(step) };
    let cells = vec![
        Cell::fixed(Row::of(name, step.name.to_string()), shape.name),
        Cell::fixed(info, shape.info),
        Cell::right(status, shape.status),
        Cell::fixed(who, shape.who),
    ];
    let left = shape.width.saturating_sub(prefix.width());
    prefix.then(columns(cells, left, sight.ascii()))
}

/// Where columns are few, the value of a step takes what its name leaves free.
fn settled(
    shape: &Shape,
    left: usize,
    (role, step): (Role, &Step),
    (value, status): (Row, Row),
    ascii: bool,
) -> Row {
    let name = Row::of(role, step.name.to_string());
    let room = left.saturating_sub(shape.status + 1);
    let free = room.saturating_sub(name.width() + 1).max(shape.info);
    let value = value.cut(free, ascii);
    let cells = vec![
        Cell::rest(name.against(value, room, ascii)),
        Cell::right(status, shape.status),
    ];
    columns(cells, left, ascii)
}

fn owner(step: &Step) -> Row {
    step.owner.as_ref().map_or_else(Row::new, |role| Row::dim(role.as_str()))
}

/// Tier and estimate, or the value; then the status.
fn tail(
    sight: &Sight<'_>,
    shape: &Shape,
    step: &Step,
    record: &StepRecord,
) -> (Row, Row) {
    let ended = |role| {
        let at = record.ended_at.map(Moment::time_of_day).unwrap_or_default();
        Row::of(role, at)
    };
    let whole = step.estimate.p50.clock();
    match &record.state {
        StepState::Done { value } => (Row::text(value.to_string()), ended(Role::Text)),
        StepState::Skipped { reason } => {
            (Row::dim(format!("skipped: {reason}")), ended(Role::Dim))
        }
        StepState::Failed { .. } => {
            (estimate(step, shape), Row::of(Role::Crit, "FAILED"))
        }
        StepState::Refused { .. } => {
            (estimate(step, shape), Row::of(Role::Crit, "REFUSED"))
        }
        StepState::InDoubt { .. } => {
            (estimate(step, shape), Row::of(Role::Doubt, "IN DOUBT"))
        }
        StepState::Dispatched | StepState::Awaiting => {
            let since = record.intended_at.unwrap_or_else(|| sight.now());
            let elapsed = sight.now() - since;
            let slow = elapsed > step.estimate.p95;
            let role = if slow { Role::ClockLow } else { Role::Running };
            let of = if shape.info == 0 { String::new() } else { format!("of ~{whole}") };
            let of = if record.undoing { "putting back".to_owned() } else { of };
            (Row::text(of), Row::of(role, elapsed.clock()))
        }
        StepState::Todo | StepState::Undone => {
            let status = if record.state == StepState::Undone {
                Row::text("put back")
            } else {
                stands(sight, step)
            };
            (estimate(step, shape), status)
        }
    }
}

/// READY, or what it waits for; nothing while nothing is declared.
fn stands(sight: &Sight<'_>, step: &Step) -> Row {
    if !sight.declared {
        return Row::new();
    }
    match step::standing(sight, &sight.gate(step)) {
        Standing::Ready => Row::of(Role::Key, "READY"),
        Standing::Blocked(why) => Row::dim(why),
    }
}

fn estimate(step: &Step, shape: &Shape) -> Row {
    let tier = if step.tier == Tier::T4 { Role::Title } else { Role::Text };
    let est = if shape.width >= 60 { "est " } else { "~" };
    Row::of(tier, step.tier.word())
        .with(Role::Text, format!(" {est}{}", step.estimate.p50.clock()))
}
