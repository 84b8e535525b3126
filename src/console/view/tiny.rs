//! Windows too small for panes: a phone, a split pane. Below the smallest one can only
//! look and hold.

use ratatui::layout::Rect;

use super::{
    header::{left, margin},
    sight::Sight,
};
use crate::{
    console::{
        model::SMALLEST,
        panel::{plan, regions, timeline},
        theme::Role,
        widget::{Field, Pen, Row, clip, fields},
    },
    engine::Incident,
};

/// The whole screen, when it is too small to act in.
pub(super) fn draw(pen: &mut Pen<'_>, sight: &Sight<'_>, screen: Rect) {
    let width = usize::from(screen.width);
    let hold = Row::of(Role::Key, "!").with(Role::Text, " HOLD   ");
    let keys = hold.with(Role::Key, "?").with(Role::Text, " help");
    let (columns, rows) = SMALLEST;
    let too_small = format!("{}x{} is too small to act.", screen.width, screen.height);
    let lines = [
        world(sight, width),
        time(sight, width),
        step(sight, width),
        alarms(sight),
        Row::new(),
        Row::text(too_small),
        Row::text(format!("Need {columns}x{rows}. Only ! HOLD works here.")),
        keys,
    ];
    pen.rows(screen, &lines);
}

fn world(sight: &Sight<'_>, width: usize) -> Row {
    let session = &sight.model.session;
    let runbook = &sight.incident.procedure.runbook;
    let (role, word) = match (session.read_only, session.mode) {
        (true, _) => (Role::ReadOnly, "READ-ONLY"),
        (false, crate::model::Mode::Live) => (Role::Live, "LIVE"),
        (false, crate::model::Mode::Drill) => (Role::Drill, "DRILL"),
    };
    let all = [
        Field::new(9, Row::of(role, word)),
        Field::new(5, Row::of(Role::Title, runbook.way()))
            .or(Row::of(Role::Title, format!(">{}", runbook.to))),
        Field::new(2, Row::text(format!("{}Z", sight.now().time_of_day()))).or_nothing(),
    ];
    fields(&all, width, sight.ascii())
}

fn time(sight: &Sight<'_>, width: usize) -> Row {
    if !sight.declared {
        return Row::text("nothing declared");
    }
    let rto = sight.incident.procedure.objective.rto;
    let go_by = sight.forecast.go_by;
    let go = if go_by < sight.now() {
        Row::of(Role::ClockOver, "GO BY passed")
    } else {
        Row::text(format!("GO BY {}", go_by.time_of_day()))
    };
    let all = [
        Field::new(9, Row::text("RTO ").then(left(sight.forecast.left, rto))),
        Field::new(5, go).or_nothing(),
        Field::new(1, margin(sight)).or_nothing(),
    ];
    fields(&all, width, sight.ascii())
}

fn step(sight: &Sight<'_>, width: usize) -> Row {
    let next = if sight.declared { sight.next() } else { None };
    let Some(step) = next else { return Row::text("NEXT nothing to start") };
    let tier = format!(" ({})", step.tier);
    let words = format!("NEXT {} {}", step.number, step.title());
    let room = width.saturating_sub(tier.len());
    Row::text(clip(&words, room, sight.ascii()) + &tier)
}

fn alarms(sight: &Sight<'_>) -> Row {
    let count = sight.alarm_count();
    let hold = held(&sight.incident);
    let row = match (count.crit, count.warn) {
        (0, 0) => Row::dim("no alarms"),
        (0, warn) => Row::of(Role::Warn, format!("! WARN {warn}")),
        (crit, _) => Row::of(Role::Crit, format!("!! CRIT {crit}")),
    };
    hold.then(row)
}

fn held(incident: &Incident) -> Row {
    match incident.hold {
        Some(_) => Row::of(Role::Warn, "HOLD").with(Role::Text, "  "),
        None => Row::new(),
    }
}

/// The main screen without frames: steps, sites in a row, the newest records.
pub(super) fn pocket(pen: &mut Pen<'_>, sight: &Sight<'_>, body: Rect) {
    let width = usize::from(body.width);
    let line = Row::of(Role::Frame, sight.border().line(sight.ascii()).repeat(width));
    // One line for the sites, two for the rules between.
    let rest = body.height.saturating_sub(3);
    let steps = u16::try_from(plan::need(sight, width)).unwrap_or(u16::MAX);
    let steps = steps.min(rest.saturating_sub(2).max(1));
    pen.row(body, 0, &line);
    plan::bare(pen, sight, Rect { y: body.y + 1, height: steps, ..body });
    let at = usize::from(steps) + 1;
    pen.row(body, at, &regions::summary(sight, width));
    pen.row(body, at + 1, &line);
    let log = Rect { y: body.y + steps + 3, height: rest.saturating_sub(steps), ..body };
    timeline::bare(pen, sight, log);
}
