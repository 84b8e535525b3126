//! What was promised, and how it stands: every service with its own clock, what the run
//! itself is measured by, holds and dates, lanes.

use ratatui::layout::Rect;

use super::{Edge, first_row, framed, hidden, hold, phase, plan::strip, service};
use crate::{
    console::{
        command::key_of,
        lane::Standing,
        theme::Role,
        view::{left, sight::Sight},
        widget::{Pen, Row, wrap},
    },
    engine::{StepState, story},
    model::{Countdown, Phase, Step, brief::Level},
};

/// Draws the screen into `area`.
pub fn draw(pen: &mut Pen<'_>, sight: &Sight<'_>, area: Rect) {
    let width = usize::from(area.width.saturating_sub(2));
    let height = usize::from(area.height.saturating_sub(2));
    let rows = rows(sight, width);
    let first = first_row(sight.model.page, None, rows.len(), height);
    let only =
        sight.model.lane().map_or_else(String::new, |lane| format!("   only {lane}"));
    let title = Row::of(Role::Title, "5 PROMISES")
        .with(Role::Dim, "   the tightest first")
        .with(Role::Input, only);
    let edge = Edge { pane: None, foot: hidden(first, rows.len(), height) };
    let inside = framed(pen, sight, area, title, edge);
    pen.rows(inside, rows.get(first..).unwrap_or_default());
}

/// All of it as rows, for those who listen.
pub fn spoken(sight: &Sight<'_>, width: usize) -> Vec<Row> {
    rows(sight, width)
}

fn rows(sight: &Sight<'_>, width: usize) -> Vec<Row> {
    let parts = [
        lanes(sight, width),
        service::rows(sight, width),
        run(sight, width),
        phase::rows(sight, width),
        dates(sight, width),
    ];
    let parts: Vec<Vec<Row>> =
        parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(&Row::new())
}

/// A paragraph, indented below its first words.
fn say(rows: &mut Vec<Row>, role: Role, indent: usize, words: &str, width: usize) {
    let gap = " ".repeat(indent);
    let lines = wrap(words, width.saturating_sub(indent)).into_iter();
    rows.extend(lines.map(|line| Row::text(gap.clone()).with(role, line)));
}

/// One lane a row, and why it stands still.
fn lanes(sight: &Sight<'_>, width: usize) -> Vec<Row> {
    if sight.lanes.is_empty() {
        return Vec::new();
    }
    let head = format!("   {} looks at one", key_of("lane"));
    let mut rows = vec![Row::of(Role::Title, "LANES").with(Role::Dim, head)];
    for one in &sight.lanes {
        let Standing { lane, done, all, state } = one;
        let told = Row::text(format!("{} ({})", lane.tenant, lane.name))
            .with(Role::Text, format!("   {done} of {all}   "))
            .with(strip::role(*state), state.told());
        rows.push(told.cut(width, sight.ascii()));
        let own = |step: &Step| step.terms.lane.as_ref() == Some(&lane.tenant);
        for (step, record) in sight.incident.steps().filter(|(step, _)| own(step)) {
            let why = match &record.state {
                StepState::Failed { failure, reason } => {
                    format!("{}: {reason}", story::failed(failure))
                }
                StepState::Refused { reason } => format!("refused: {reason}"),
                StepState::InDoubt { why } => why.to_string(),
                StepState::Todo
                | StepState::Dispatched
                | StepState::Awaiting
                | StepState::Done { .. }
                | StepState::Skipped { .. }
                | StepState::Undone => continue,
            };
            let words = format!("{} {}: {why}", step.number, step.name);
            say(&mut rows, Role::Text, 3, &words, width);
        }
    }
    rows
}

/// What the run is measured by besides its services, and between which moments.
fn run(sight: &Sight<'_>, width: usize) -> Vec<Row> {
    let brief = &sight.incident.procedure.brief;
    let clock = sight.incident.rto_clock();
    let counted = format!("   counted from {} to {}", clock.start, clock.stop);
    let mut rows = vec![Row::of(Role::Title, "THIS RUN").with(Role::Dim, counted)];
    let others = brief.countdowns.iter().filter(|one| one.level != Level::Service);
    rows.extend(others.map(|one| counted_down(sight, one).cut(width, sight.ascii())));
    let told = brief.countdowns.iter().any(|one| one.level == Level::Mode);
    if let Some((mode, promise)) = brief.mode.as_ref().filter(|_| !told) {
        let (rto, rpo) = (promise.rto, promise.rpo);
        let words = format!("standing by: {mode}, RTO {rto}, RPO {rpo}");
        say(&mut rows, Role::Text, 0, &words, width);
    }
    rows
}

fn counted_down(sight: &Sight<'_>, one: &Countdown) -> Row {
    let mut row = Row::text(format!("{} {}", one.level.word(), one.of));
    if let Some(rto) = one.rto {
        row = row.with(Role::Text, format!("   RTO {rto}  "));
        let began = sight.incident.rto_began().filter(|_| sight.declared);
        row = match (began, sight.incident.rto_took()) {
            (_, Some(took)) if took <= rto => {
                row.with(Role::Sealed, format!("MET {}", took.clock()))
            }
            (_, Some(took)) => {
                row.with(Role::ClockOver, format!("MISSED {}", took.clock()))
            }
            (Some(began), None) => row.then(left(began + rto - sight.now(), rto)),
            (None, None) => row,
        };
    }
    match one.rpo {
        Some(rpo) => row.with(Role::Text, format!("   RPO {rpo}")),
        None => row,
    }
}

/// Holds and dates, in the order they come.
fn dates(sight: &Sight<'_>, width: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for phase in &sight.incident.procedure.runbook.phases {
        let dated: Vec<&Step> =
            phase.steps.iter().filter(|step| step.terms.not_before.is_some()).collect();
        let terms = &phase.terms;
        if terms.hold.is_none() && terms.not_before.is_none() && dated.is_empty() {
            continue;
        }
        rows.extend(of_phase(sight, phase, &dated, width));
    }
    if !rows.is_empty() {
        rows.insert(0, Row::of(Role::Title, "HOLDS AND DATES"));
    }
    rows
}

fn of_phase(sight: &Sight<'_>, phase: &Phase, dated: &[&Step], width: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    let date = phase.terms.not_before.map(|span| hold::not_before(sight, span));
    let date = date.map_or_else(String::new, |date| format!("   {date}"));
    let head = Row::text(phase.name.to_string()).with(Role::Text, date);
    rows.push(head.cut(width, sight.ascii()));
    for step in dated {
        let Some(span) = step.terms.not_before else { continue };
        let date = hold::not_before(sight, span);
        let words = format!("{} {}: {date}", step.number, step.title());
        say(&mut rows, Role::Text, 3, &words, width);
    }
    if let Some(hold) = &phase.terms.hold {
        let (role, words) = hold::standing(sight, phase, hold);
        say(&mut rows, role, 3, &words, width);
        for (role, words) in hold::details(sight, phase, hold) {
            say(&mut rows, role, 5, &words, width);
        }
    }
    rows
}
