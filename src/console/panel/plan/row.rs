//! One line of the plan. Names come first: where they leave no room for all columns, the
//! time of day goes, then the owner, then the estimate, then what a step waits for.

use unicode_width::UnicodeWidthStr;

use super::Line;
use crate::{
    console::{
        panel::{
            hold, phase,
            step::{self, Standing},
        },
        theme::Role,
        view::sight::Sight,
        widget::{Cell, Row, clip, columns, wrap},
    },
    engine::{Block, StepRecord, StepState},
    model::{Moment, Step, Tier},
};

/// Columns of a value that is never cut away for a name.
const VALUE: usize = 14;

/// Fewest columns behind the number in which estimates make a column.
const ESTIMATES: usize = 48;

/// Below this width of the pane a name is worth more than anything behind it.
const NARROW: usize = 34;

/// Widths that all steps of the pane share.
pub(super) struct Shape {
    width: usize,
    indent: usize,
    number: usize,
    /// Columns of the lane's name; none where there are no lanes, or one is looked at.
    lane: usize,
    name: usize,
    /// Tier and estimate before, value after.
    info: usize,
    status: usize,
    who: usize,
    /// Names too long for the columns: each row gives what it can.
    crowded: bool,
    /// Columns of what a step can wait for.
    waits: usize,
    /// Whether every settled step has room for the time of day behind its value.
    times: bool,
}

impl Shape {
    pub(super) fn of(sight: &Sight<'_>, width: usize, phases: bool) -> Self {
        let steps = || sight.incident.procedure.runbook.steps();
        let number = steps().map(|step| step.number.to_string().len()).max().unwrap_or(1);
        let longest = steps().map(|step| named(step).width()).max().unwrap_or(0);
        let indent = usize::from(phases);
        let lane = lane(sight, width);
        let before = indent + 5 + number + lane + usize::from(lane > 0);
        let room = width.saturating_sub(before);
        let waits = steps().map(|step| waits(sight, step).len()).max().unwrap_or(0);
        let (info, status, who) = match width {
            0..40 => (0, 8, 0),
            40..60 => (8, 8, 0),
            60..64 => (11, waits.clamp(9, 16), 0),
            _ => (11, waits.clamp(9, 16), 10),
        };
        let shown = [info, status, who].into_iter().filter(|width| *width > 0);
        let left = room.saturating_sub(shown.map(|width| width + 1).sum());
        let crowded = left < longest;
        let waits = waits.min(14);
        let times = sight.incident.steps().all(|(step, record)| {
            let value = settled_as(record).map_or(0, |(_, value)| value.width() + 10);
            value == 0 || named(step).width() + value <= room
        });
        let name = left.min(longest.max(16));
        // What the names leave free goes to the values.
        let info = if info == 0 { 0 } else { info + (left - name) };
        Self {
            width,
            indent,
            number,
            lane,
            name,
            info,
            status,
            who,
            crowded,
            waits,
            times,
        }
    }

    /// Columns before the name.
    const fn prefix(&self) -> usize {
        let lane = if self.lane > 0 { self.lane + 1 } else { 0 };
        self.indent + 5 + self.number + lane
    }

    /// Whether the name of `step` goes on below its row.
    fn wraps(&self, sight: &Sight<'_>, step: &Step) -> bool {
        let here = sight.cursor.as_ref() == Some(&step.id);
        here && self.crowded && self.width >= NARROW
    }

    /// What of the name of the step under the cursor did not fit into its row.
    pub(super) fn rest(
        &self,
        sight: &Sight<'_>,
        step: &Step,
        record: &StepRecord,
    ) -> Vec<String> {
        if !self.wraps(sight, step) {
            return Vec::new();
        }
        let left = self.width.saturating_sub(self.prefix());
        let (room, _) = shares(sight, (step, record), left, self);
        let room = room.unwrap_or(left).max(8);
        wrap(step.name.as_str(), room).into_iter().skip(1).collect()
    }
}

/// Columns for the names of lanes: those of the longest, within reason.
fn lane(sight: &Sight<'_>, width: usize) -> usize {
    if sight.lanes.is_empty() || sight.model.lane().is_some() {
        return 0;
    }
    let names = sight.lanes.iter().map(|one| one.lane.tenant.as_str().width());
    names.max().unwrap_or(0).clamp(3, (width / 6).max(3))
}

/// Whose step it is.
fn whose(shape: &Shape, step: &Step, ascii: bool) -> Row {
    if shape.lane == 0 {
        return Row::new();
    }
    let name = match &step.terms.lane {
        Some(lane) => Row::text(lane.as_str().to_owned()),
        None => Row::dim("all"),
    };
    name.fit(shape.lane, ascii).with(Role::Text, " ")
}

/// The longest a step can have to wait for.
fn waits(sight: &Sight<'_>, step: &Step) -> String {
    format!("needs {}", step::numbers(sight, &step.needs))
}

fn named(step: &Step) -> Row {
    Row::text(step.name.to_string())
}

pub(super) fn row(sight: &Sight<'_>, shape: &Shape, line: &Line<'_>) -> Row {
    match line {
        Line::Phase(phase) => {
            phase::heading(sight, phase).cut(shape.width, sight.ascii())
        }
        Line::NoReturn => no_return(shape.width),
        Line::Hold(phase, hold) => hold::barrier(sight, phase, hold, shape.width),
        Line::Detail(role, words) => Row::text(" ".repeat(shape.prefix()))
            .with(*role, words.as_str())
            .cut(shape.width, sight.ascii()),
        Line::Step(step, record) => of_step(sight, shape, step, record),
    }
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
    let selected = sight.cursor.as_ref() == Some(&step.id);
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
        .with(if selected { Role::Select } else { Role::Text }, cursor)
        .with(name, number)
        .then(whose(shape, step, sight.ascii()));
    let left = shape.width.saturating_sub(prefix.width());
    if shape.crowded {
        let said = shares(sight, (step, record), left, shape);
        let wraps = shape.wraps(sight, step);
        return prefix.then(crowded(sight, step, (left, name, wraps), said));
    }
    if let Some((role, value)) = settled_as(record).filter(|_| shape.info > 0)
        && value.width() > shape.info
    {
        let value = long(&value, record, left.saturating_sub(shape.name + 1), sight);
        let cells = vec![
            Cell::fixed(Row::of(name, step.name.to_string()), shape.name),
            Cell::rest(Row::of(role, value)),
        ];
        return prefix.then(columns(cells, left, sight.ascii()));
    }
    let (info, status) = tail(sight, shape, step, record);
    let by = record.by.as_ref().map_or_else(Row::new, |by| Row::dim(by.as_str()));
    let who = if record.ended_at.is_some() { by } else { owner(step) };
    let cells = vec![
        Cell::fixed(Row::of(name, step.name.to_string()), shape.name),
        Cell::fixed(info, shape.info),
        Cell::right(status, shape.status),
        Cell::fixed(who, shape.who),
    ];
    prefix.then(columns(cells, left, sight.ascii()))
}

/// The name, and behind it as much as it leaves room for.
fn crowded(
    sight: &Sight<'_>,
    step: &Step,
    (left, role, wraps): (usize, Role, bool),
    (room, said): (Option<usize>, Row),
) -> Row {
    let name = match room {
        None => step.name.to_string(),
        // The rest of it stands below.
        Some(room) if wraps && room >= 8 => {
            wrap(step.name.as_str(), room).into_iter().next().unwrap_or_default()
        }
        Some(room) => named(step).cut(room, sight.ascii()).plain(),
    };
    Row::of(role, name).against(said, left, sight.ascii())
}

/// Columns for a name that does not fit whole, and what stands behind it: the longest of
/// its forms that leaves the name whole, else the shortest.
fn shares(
    sight: &Sight<'_>,
    (step, record): (&Step, &StepRecord),
    left: usize,
    shape: &Shape,
) -> (Option<usize>, Row) {
    let forms = forms(sight, (step, record), left, shape);
    let name = named(step).width();
    let whole = forms.iter().find(|said| name + 1 + said.width() <= left);
    match (whole, forms.last()) {
        (Some(said), _) => (None, said.clone()),
        (None, Some(said)) => {
            let room = left.saturating_sub(said.width() + 1);
            (Some(room), said.clone())
        }
        (None, None) => (None, Row::new()),
    }
}

/// What is said behind a name, from the longest form to the shortest.
fn forms(
    sight: &Sight<'_>,
    (step, record): (&Step, &StepRecord),
    left: usize,
    shape: &Shape,
) -> Vec<Row> {
    let tier_role = if step.tier == Tier::T4 { Role::Title } else { Role::Text };
    let tier = Row::of(tier_role, step.tier.word());
    let estimate = format!("~{} ", sight.time(step).p50().clock());
    let with = |status: Row| {
        let missing = shape.waits.saturating_sub(status.width());
        let gap = if status.is_empty() { "" } else { " " };
        let told = status.with(Role::Text, gap).then(tier.clone());
        if left < ESTIMATES {
            return vec![told];
        }
        vec![
            // As a column where it can be one.
            Row::text(estimate.clone() + &" ".repeat(missing)).then(told.clone()),
            Row::text(estimate.clone()).then(told.clone()),
            told,
        ]
    };
    match &record.state {
        StepState::Done { .. } | StepState::Skipped { .. } => {
            ended(sight, record, left, shape)
        }
        StepState::Dispatched | StepState::Awaiting => {
            let (of, elapsed) = running(sight, step, record);
            let long = elapsed.clone().with(Role::Text, format!(" {of}"));
            vec![long, elapsed]
        }
        StepState::Failed { .. }
        | StepState::Refused { .. }
        | StepState::InDoubt { .. }
        | StepState::Undone
        | StepState::Todo => {
            let (status, weak) = stands(sight, step, record);
            let mut forms = with(status);
            if weak || left < NARROW - 6 {
                forms.push(tier.clone());
            }
            forms
        }
    }
}

/// What a settled step ended with.
fn settled_as(record: &StepRecord) -> Option<(Role, String)> {
    match &record.state {
        StepState::Skipped { reason } => Some((Role::Dim, format!("skipped: {reason}"))),
        StepState::Done { value } => Some((Role::Text, value.to_string())),
        StepState::Todo
        | StepState::Dispatched
        | StepState::Awaiting
        | StepState::Failed { .. }
        | StepState::Refused { .. }
        | StepState::InDoubt { .. }
        | StepState::Undone => None,
    }
}

/// The value of a settled step, and the time of day where all of them have room for it.
fn ended(sight: &Sight<'_>, record: &StepRecord, left: usize, shape: &Shape) -> Vec<Row> {
    let Some((role, value)) = settled_as(record) else { return Vec::new() };
    if left < NARROW - 6 {
        return vec![Row::of(role, value), Row::new()];
    }
    let at = record.ended_at.map(Moment::time_of_day).unwrap_or_default();
    let cut = |width: usize| Row::of(role, clip(&value, width, sight.ascii()));
    let shorter = [cut((left / 2).max(VALUE)), cut(VALUE)];
    let timed = Row::of(role, format!("{value}  {at}"));
    let timed = Some(timed).filter(|_| shape.times);
    let whole = timed.into_iter().chain([Row::of(role, value.clone())]);
    whole.chain(shorter).collect()
}

/// A value too long for its column: it takes those behind it, the time of day where that
/// still fits.
fn long(value: &str, record: &StepRecord, room: usize, sight: &Sight<'_>) -> String {
    let at = record.ended_at.map(Moment::time_of_day).unwrap_or_default();
    let both = format!("{value}  {at}");
    if both.width() <= room { both } else { clip(value, room, sight.ascii()) }
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
    if let Some((role, value)) = settled_as(record) {
        let at = record.ended_at.map(Moment::time_of_day).unwrap_or_default();
        return (Row::of(role, value), Row::of(role, at));
    }
    if matches!(record.state, StepState::Dispatched | StepState::Awaiting) {
        let (of, elapsed) = running(sight, step, record);
        let of = if shape.info == 0 && !record.undoing { String::new() } else { of };
        return (Row::text(of), elapsed);
    }
    (estimate(sight, step, shape), stands(sight, step, record).0)
}

/// `of ~3:20`, and the time so far.
fn running(sight: &Sight<'_>, step: &Step, record: &StepRecord) -> (String, Row) {
    let since = record.intended_at.unwrap_or_else(|| sight.now());
    let elapsed = sight.now() - since;
    let slow = elapsed > sight.time(step).estimate.p95;
    let role = if slow { Role::ClockLow } else { Role::Running };
    let of = if record.undoing {
        "putting back".to_owned()
    } else {
        format!("of ~{}", sight.time(step).p50().clock())
    };
    (of, Row::of(role, elapsed.clock()))
}

/// READY, what went wrong, or what it waits for, and whether that goes without saying:
/// most steps wait for the one before. Nothing while nothing is declared.
fn stands(sight: &Sight<'_>, step: &Step, record: &StepRecord) -> (Row, bool) {
    match &record.state {
        StepState::Failed { .. } => return (Row::of(Role::Crit, "FAILED"), false),
        StepState::Refused { .. } => return (Row::of(Role::Crit, "REFUSED"), false),
        StepState::InDoubt { .. } => return (Row::of(Role::Doubt, "IN DOUBT"), false),
        StepState::Undone => return (Row::text("put back"), false),
        StepState::Todo
        | StepState::Dispatched
        | StepState::Awaiting
        | StepState::Done { .. }
        | StepState::Skipped { .. } => {}
    }
    if !sight.declared {
        return (Row::new(), true);
    }
    let gate = sight.gate(step);
    match step::standing(sight, &gate) {
        Standing::Ready => (Row::of(Role::Key, "READY"), false),
        Standing::Blocked(why) => {
            let weak = matches!(gate.blocks.first(), Some(Block::Needs(_)));
            (Row::dim(why), weak)
        }
    }
}

fn estimate(sight: &Sight<'_>, step: &Step, shape: &Shape) -> Row {
    let tier = if step.tier == Tier::T4 { Role::Title } else { Role::Text };
    let est = if shape.width >= 60 { "est " } else { "~" };
    Row::of(tier, step.tier.word())
        .with(Role::Text, format!(" {est}{}", sight.time(step).p50().clock()))
}
