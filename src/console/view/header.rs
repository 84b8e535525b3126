//! Rows 0 to 3 of every screen, in the order the bridge asks: which world, going where;
//! how long; until when, at what loss; who.

use super::{
    loss::loss,
    next::next,
    sight::{Sight, name_of},
};
use crate::{
    console::{
        Model,
        model::{Arming, Session},
        panel::{fact::State, talk::urgent},
        theme::Role,
        widget::{
            Border, Field, Row,
            bar::bar,
            fields::{choose, fields},
        },
    },
    engine::{
        forecast::{range, short},
        respond,
    },
    model::{Mode, Moment, Noun, Observation, Seat, Span},
    room::{Executor, SILENCE},
};

/// Rows of the header.
pub(super) const HEIGHT: u16 = 5;

/// The five rows at `width` columns.
pub(super) fn header(sight: &Sight<'_>, width: usize) -> [Row; HEIGHT as usize] {
    let ascii = sight.ascii();
    [
        world(sight, width),
        fields(&time(sight), width, ascii),
        fields(&loss(sight), width, ascii),
        fields(&people(sight, width), width, ascii),
        next(sight, width),
    ]
}

/// The rows of facts in words: no bar, no line.
pub(in crate::console) fn spoken(sight: &Sight<'_>) -> Vec<Row> {
    let session = &sight.model.session;
    let mut world = vec![Field::new(9, Row::text(session.mode.word()))];
    if session.read_only {
        world.push(Field::new(9, Row::text("READ-ONLY")));
    }
    let runbook = &sight.incident.procedure.runbook;
    let to = runbook.way();
    world.push(Field::new(9, Row::text(to)));
    if sight.declared {
        world.push(Field::new(9, Row::text(sight.incident.id.as_str())));
    }
    let mut rows = vec![listed(&world)];
    rows.extend(clocks(sight));
    rows.push(listed(&people(sight, 80)));
    rows
}

/// How long, until when, at what loss.
pub(in crate::console) fn clocks(sight: &Sight<'_>) -> Vec<Row> {
    vec![listed(&said(sight)), listed(&loss(sight))]
}

/// The longest form of everything.
fn listed(all: &[Field]) -> Row {
    joined(&choose(all, usize::MAX, 2), 2)
}

/// What big digits do not say, for the space beside them: three rows.
pub(super) fn beside(sight: &Sight<'_>, width: usize) -> [Row; 3] {
    let ascii = sight.ascii();
    let without = |said: Vec<Field>| -> Vec<Field> { said.into_iter().skip(2).collect() };
    [
        fields(&without(time(sight)), width, ascii),
        fields(&without(loss(sight)), width, ascii),
        fields(&people(sight, width), width, ascii),
    ]
}

/// Which world this is, in words, at both ends of row 0.
fn cap(sight: &Sight<'_>) -> Row {
    let session = &sight.model.session;
    let (border, role, word) = match (session.read_only, session.mode) {
        (true, _) => (Border::Plain, Role::ReadOnly, "READ-ONLY"),
        (false, Mode::Live) => (Border::Double, Role::Live, "LIVE"),
        (false, Mode::Drill) => (Border::Hatched, Role::Drill, "DRILL"),
    };
    let line = border.line(sight.ascii());
    Row::of(role, format!("{line}{line} {word} {line}{line}"))
}

fn world(sight: &Sight<'_>, width: usize) -> Row {
    let session = &sight.model.session;
    let procedure = &sight.incident.procedure;
    let (runbook, plan) = (&procedure.runbook, &procedure.plan);
    let drill = match (session.mode, session.read_only) {
        (Mode::Drill, false) => Row::of(Role::Drill, "EXERCISE"),
        (Mode::Drill, true) => Row::of(Role::Drill, "DRILL EXERCISE"),
        (Mode::Live, true) => Row::text("LIVE"),
        (Mode::Live, false) => Row::new(),
    };
    let id = if sight.declared { sight.incident.id.as_str() } else { "" };
    let wide = width >= 120;
    let about = |text: String| if wide { Row::text(text) } else { Row::new() };
    let left = [
        Field::new(9, cap(sight)),
        Field::new(if session.read_only { 8 } else { 3 }, drill)
            .or(world_of(session))
            .or_nothing(),
        Field::new(2, about(plan.name.to_string())).or_nothing(),
        Field::new(6, Row::of(Role::Title, runbook.way()))
            .or(Row::of(Role::Title, format!(">{}", runbook.to))),
        Field::new(4, Row::text(id)).or_nothing(),
        Field::new(1, about(format!("{} @{}", runbook.name, plan.short()))).or_nothing(),
    ];
    let right = [
        arming(sight),
        Field::new(7, Row::text(format!("{}Z", sight.now().time_of_day())))
            .or(Row::text(minutes(sight))),
        Field::new(9, cap(sight)),
    ];
    let all: Vec<Field> = left.iter().chain(&right).cloned().collect();
    let shown = choose(&all, width.saturating_sub(2), 1);
    let (left, right) = shown.split_at(left.len().min(shown.len()));
    let fits = |gap: &usize| {
        joined(left, *gap).width() + joined(right, *gap).width() + 5 <= width
    };
    let gap = [3, 2].into_iter().find(fits).unwrap_or(1);
    let (left, right) = (joined(left, gap), joined(right, gap));
    let room = width.saturating_sub(left.width() + right.width());
    let line = match (session.read_only, session.mode) {
        (true, _) => Border::Plain,
        (false, Mode::Live) => Border::Double,
        (false, Mode::Drill) => Border::Hatched,
    };
    let fill = match room {
        0..=2 => " ".repeat(room),
        _ => format!(" {} ", line.line(sight.ascii()).repeat(room - 2)),
    };
    left.with(Role::Frame, fill).then(right).fit(width, sight.ascii())
}

/// Which world is watched, where the caps say that nothing can be changed in it.
fn world_of(session: &Session) -> Row {
    match (session.read_only, session.mode) {
        (true, Mode::Live) => Row::text(Mode::Live.word()),
        (true, Mode::Drill) => Row::of(Role::Drill, Mode::Drill.word()),
        (false, _) => Row::new(),
    }
}

fn minutes(sight: &Sight<'_>) -> String {
    let time = sight.now().time_of_day();
    format!("{}Z", time.get(..5).unwrap_or_default())
}

fn joined(rows: &[&Row], gap: usize) -> Row {
    let mut out = Row::new();
    for row in rows.iter().filter(|row| !row.is_empty()) {
        if !out.is_empty() {
            out = out.with(Role::Text, " ".repeat(gap));
        }
        out = out.then((*row).clone());
    }
    out
}

fn arming(sight: &Sight<'_>) -> Field {
    let model = sight.model;
    match (model.armed_for().map(|left| human(model, left)), &model.arming) {
        _ if model.session.read_only => Field::new(0, Row::new()),
        (Some(left), _) => Field::new(5, Row::of(Role::Armed, armed("ARMED", left)))
            .or(Row::of(Role::Armed, armed("ARM", left))),
        (None, Arming::Safe | Arming::Armed { .. }) => Field::new(5, Row::dim("safe")),
    }
}

fn armed(word: &str, left: Span) -> String {
    format!("{word} {}", left.clock())
}

/// Keys stay hot for a person's minutes, also in a drill that runs faster.
fn human(model: &Model, left: Span) -> Span {
    let pace = model.pace.max(1);
    Span::millis(left.as_millis() / i64::from(pace))
}

/// The same with a bar, where time still runs.
fn time(sight: &Sight<'_>) -> Vec<Field> {
    let mut all = said(sight);
    if sight.declared && sight.incident.rto_ended().is_none() {
        let rto = sight.incident.procedure.objective.rto;
        let used = rto - sight.forecast.left;
        let gauge =
            |width| Row::text(bar(used.as_secs(), rto.as_secs(), width, sight.ascii()));
        let bar = Field::new(1, gauge(40)).or(gauge(24)).or(gauge(14)).or_nothing();
        all.insert(2, bar);
    }
    all
}

/// How long it may take, how long it will.
fn said(sight: &Sight<'_>) -> Vec<Field> {
    let objective = sight.incident.procedure.objective;
    let rto = Field::new(7, Row::text(format!("RTO {}", objective.rto.clock())));
    if !sight.declared {
        return readiness(sight, rto);
    }
    let forecast = sight.forecast;
    if let (Some(ended), Some(took)) =
        (sight.incident.rto_ended(), sight.incident.rto_took())
    {
        let took = took.clock();
        let (role, word) = if forecast.margin.is_negative() {
            (Role::ClockOver, format!("MISSED by {}", forecast.margin.clock()))
        } else {
            (Role::Sealed, format!("MET with {} to spare", forecast.margin.clock()))
        };
        let stop = sight.incident.rto_clock().stop;
        let what =
            if stop.as_str() == "verified" { "healthy since" } else { stop.as_str() };
        let at = format!("{what} {}Z", ended.time_of_day());
        return vec![
            rto,
            Field::new(9, Row::of(role, format!("{word}, took {took}"))),
            Field::new(1, Row::text(at)).or_nothing(),
        ];
    }
    // Past a day the time of day alone would mislead.
    let far = forecast.remaining_p95 > Span::mins(20 * 60);
    let clock = |at: Moment| {
        if far {
            return at.day_time();
        }
        at.time_of_day().get(..5).unwrap_or_default().to_owned()
    };
    let zone = if far { "" } else { "Z" };
    let finish = format!("finish ~{}{zone}", clock(forecast.finish));
    let bounds = (forecast.remaining_low, forecast.remaining_p95);
    let bounds = (clock(sight.now() + bounds.0), clock(sight.now() + bounds.1));
    let from = forecast.basis.told();
    vec![
        rto,
        Field::new(9, left(forecast.left, objective.rto)),
        // A forecast is not exact to the second, and figures that stand still are read.
        Field::new(2, Row::text(finish)).or_nothing(),
        Field::new(0, Row::text(format!("({}-{}, {from})", bounds.0, bounds.1)))
            .or(Row::text(format!("({}-{})", bounds.0, bounds.1)))
            .or_nothing(),
        Field::new(8, margin(sight)),
    ]
}

/// LEFT or OVER: words, never a sign.
pub(in crate::console) fn left(left: Span, whole: Span) -> Row {
    let (role, word) = if left.is_negative() {
        (Role::ClockOver, "OVER")
    } else if left.as_millis() < whole.as_millis() / 5 {
        (Role::ClockLow, "LEFT")
    } else {
        (Role::Clock, "LEFT")
    };
    Row::of(role, format!("{word} {}", left.clock()))
}

/// A difference, so signed.
pub(super) fn margin(sight: &Sight<'_>) -> Row {
    let (margin, rto) = (sight.forecast.margin, sight.incident.procedure.objective.rto);
    let role = if margin.is_negative() {
        Role::ClockOver
    } else if margin.as_millis() < rto.as_millis() / 20 {
        Role::ClockLow
    } else {
        Role::Text
    };
    Row::of(role, format!("margin {}", margin.signed()))
}

fn readiness(sight: &Sight<'_>, rto: Field) -> Vec<Field> {
    let forecast = sight.forecast;
    let (role, word) = ready(sight);
    let (about, range) = (short(forecast.remaining), range(forecast.spread()));
    let takes = |words: &str| Row::text(format!("failover would take ~{about}{words}"));
    let from = format!(" ({range}, {})", forecast.basis.told());
    vec![
        Field::new(9, Row::of(role, word)),
        Field::new(3, takes(&from))
            .or(takes(&format!(" ({range})")))
            .or(takes(""))
            .or(Row::text(format!("failover ~{about}"))),
        rto,
        Field::new(8, margin(sight)),
    ]
}

/// One word on whether a failover from now would keep its promises.
fn ready(sight: &Sight<'_>) -> (Role, &'static str) {
    let count = sight.alarm_count();
    let blind = sight.exposures.iter().any(|exposure| exposure.lost.is_none());
    let over = sight
        .exposures
        .iter()
        .any(|exposure| exposure.lost.is_some_and(|lost| lost > exposure.limit));
    let there = there(sight);
    if sight.forecast.margin.is_negative() || over || there == State::Crit {
        (Role::Crit, "NOT READY")
    } else if there == State::Unknown {
        (Role::Unknown, "READINESS UNKNOWN")
    } else if blind || count.crit + count.warn > 0 {
        (Role::Warn, "READY WITH WARNINGS")
    } else {
        (Role::Ok, "READY")
    }
}

fn people(sight: &Sight<'_>, width: usize) -> Vec<Field> {
    let mut all = Vec::new();
    if width < 120 {
        let plan = &sight.incident.procedure.plan;
        all.push(Field::new(3, Row::text(plan.name.to_string())).or_nothing());
    }
    if !sight.declared {
        let runbook = &sight.incident.procedure.runbook;
        all.push(Field::new(2, Row::text(runbook.name.to_string())).or_nothing());
        all.push(Field::new(8, Row::text("nothing declared")));
    }
    for seat in Seat::ALL {
        all.extend(seated(sight, seat));
    }
    all.extend(run_by(sight));
    if sight.snapshot().speed > 1 {
        let speed = format!("time x{}", sight.snapshot().speed);
        all.push(Field::new(6, Row::of(Role::Drill, speed)));
    }
    all.push(Field::new(8, awaited(sight)).or_nothing());
    all.push(Field::new(7, urgent(sight)).or_nothing());
    all.push(alarms(sight));
    all
}

/// What the failover goes to, as far as its steps act on it: one that is not there, or
/// that nobody can see, takes nobody in.
fn there(sight: &Sight<'_>) -> State {
    let procedure = &sight.incident.procedure;
    let acts = procedure.runbook.steps().filter_map(|step| step.action.estate());
    // Where users are sent is told by the side they are sent from.
    let place = |id| procedure.resource(id).is_some_and(|it| it.noun != Noun::Traffic);
    let there =
        acts.filter(|(id, side, _)| **side != procedure.runbook.from && place(id));
    let states = there.map(|(id, side, _)| {
        let reading = sight.evidence().of(id, side);
        match reading.and_then(|reading| reading.fresh(sight.now())) {
            None => State::Unknown,
            Some(Observation::Database(view)) if !view.available => State::Crit,
            Some(
                Observation::Database(_)
                | Observation::Compute(_)
                | Observation::Traffic(_)
                | Observation::Storage(_),
            ) => State::Ok,
        }
    });
    // The most abnormal comes first.
    states.min().unwrap_or(State::Ok)
}

/// Whoever starts steps, when that is not this console.
fn run_by(sight: &Sight<'_>) -> Option<Field> {
    match &sight.snapshot().executor {
        Executor::Elsewhere { holder, silent } => {
            let quiet = if *silent > SILENCE { Role::Warn } else { Role::Text };
            let line = format!("RUN BY {holder}, heard {} ago", silent.age());
            // Where it sits stands on screen 4.
            let short = format!("RUN BY {}", name_of(holder));
            // It gets short before the alarms do, and never goes.
            Some(Field::new(3, Row::of(quiet, line)).or(Row::of(quiet, short)))
        }
        Executor::Left if sight.is_left() => {
            Some(Field::new(9, Row::of(Role::Crit, "NOBODY RUNS IT")))
        }
        Executor::Left | Executor::Here | Executor::Nobody => None,
    }
}

/// `P1 RESPOND 14:32`, until somebody is on it.
fn awaited(sight: &Sight<'_>) -> Row {
    let Some(response) = respond::awaited(&sight.incident).filter(|_| sight.declared)
    else {
        return Row::new();
    };
    let (left, severity) = (response.due - sight.now(), &response.severity);
    let (role, over) =
        if left.is_negative() { (Role::ClockOver, "OVER ") } else { (Role::Warn, "") };
    Row::of(role, format!("{severity} RESPOND {over}{}", left.clock()))
}

fn seated(sight: &Sight<'_>, seat: Seat) -> Option<Field> {
    if !sight.declared {
        return None;
    }
    let rank = match seat {
        Seat::Commander => 9,
        Seat::Operator => 8,
        Seat::Scribe => 2,
        Seat::Liaison => 1,
    };
    let short = seat.short();
    match (sight.incident.seats.get(&seat), seat) {
        (Some(person), Seat::Commander | Seat::Operator) => {
            Some(Field::new(rank, Row::text(format!("{short} {person}"))))
        }
        (Some(person), Seat::Scribe | Seat::Liaison) => {
            Some(Field::new(rank, Row::text(format!("{short} {person}"))).or_nothing())
        }
        (None, Seat::Commander) => {
            Some(Field::new(rank, Row::of(Role::Warn, format!("{short} none"))))
        }
        (None, Seat::Operator) => {
            Some(Field::new(rank, Row::dim(format!("{short} none"))))
        }
        (None, Seat::Scribe | Seat::Liaison) => None,
    }
}

fn alarms(sight: &Sight<'_>) -> Field {
    let count = sight.alarm_count();
    let parts: Vec<String> =
        [(count.crit, "crit"), (count.warn, "warn"), (count.shelved, "shelved")]
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, word)| format!("{number} {word}"))
            .collect();
    if parts.is_empty() {
        return Field::new(1, Row::dim("no alarms")).or_nothing();
    }
    let role = if count.crit > 0 { Role::Title } else { Role::Text };
    Field::new(4, Row::of(role, format!("ALARMS {}", parts.join(", "))))
        .or(Row::of(role, format!("ALARMS {}", count.crit + count.warn)))
        .or_nothing()
}
