//! The row on what is at stake: the last moment to start, and what would be lost.

use super::sight::Sight;
use crate::{
    console::{
        theme::Role,
        widget::{Field, Row},
    },
    engine::RpoSeal,
    model::{ResourceId, Span},
};

pub(super) fn loss(sight: &Sight<'_>) -> Vec<Field> {
    let began = format!("impact began {}Z", sight.incident.clocks.impact.time_of_day());
    let mut all = Vec::new();
    if sight.declared && sight.incident.rto_ended().is_none() {
        all.push(go_by(sight));
        all.extend(sure(sight));
    }
    all.push(Field::new(7, rpo(sight)));
    all.push(at_risk(sight));
    if sight.declared {
        all.push(Field::new(1, Row::text(began)).or_nothing());
    } else {
        all.push(Field::new(1, Row::dim("if promoted now")).or_nothing());
    }
    all
}

fn go_by(sight: &Sight<'_>) -> Field {
    if sight.incident.next().is_none() {
        return Field::new(6, Row::text("GO BY met: all steps begun"))
            .or(Row::text("GO BY met"));
    }
    let (at, now) = (sight.forecast.go_by, sight.now());
    let far = at - now > Span::mins(20 * 60);
    let time = if far { at.day_time() } else { at.time_of_day() };
    let time = format!("GO BY {time}");
    if at < now {
        let ago = (now - at).clock();
        return Field::new(
            6,
            Row::of(Role::ClockOver, format!("GO BY passed {ago} ago")),
        );
    }
    let left = at - now;
    let role = if left < Span::mins(1) { Role::ClockLow } else { Role::Clock };
    let both =
        Row::of(role, time.clone()).with(Role::Text, format!(" (in {})", left.clock()));
    Field::new(6, both).or(Row::of(role, time))
}

/// The last moment that meets the objective 19 times in 20, where it is another one.
fn sure(sight: &Sight<'_>) -> Option<Field> {
    let ahead = sight.forecast;
    let told = ahead.go_by_sure != ahead.go_by && sight.incident.next().is_some();
    let at = ahead.go_by_sure.time_of_day();
    let words = if ahead.go_by_sure < sight.now() { "passed" } else { at.as_str() };
    told.then(|| Field::new(0, Row::text(format!("to be sure {words}"))).or_nothing())
}

fn rpo(sight: &Sight<'_>) -> Row {
    Row::text(format!("RPO {}", sight.incident.procedure.objective.rpo.clock()))
}

/// The worst loss that is still open, else the worst that was sealed.
fn at_risk(sight: &Sight<'_>) -> Field {
    let seals = &sight.incident.seals;
    let sealed =
        |database: &ResourceId| seals.iter().any(|seal| seal.database == *database);
    // None is nobody knows, which is worse than any number.
    let worst = sight
        .exposures
        .iter()
        .filter(|exposure| !sealed(&exposure.database))
        .max_by_key(|exposure| (exposure.lost.is_none(), exposure.lost));
    let Some(worst) = worst else {
        return achieved(seals, sight);
    };
    let Some(lost) = worst.lost else {
        let why = format!("at risk UNKNOWN, lag of {} never measured", worst.database);
        return Field::new(5, Row::of(Role::Unknown, why))
            .or(Row::of(Role::Unknown, "at risk UNKNOWN"));
    };
    let over = lost > worst.limit;
    let role = if over { Role::ClockOver } else { Role::Clock };
    let word = if over { "at risk OVER" } else { "at risk" };
    let value = Row::of(role, format!("{word} {}", lost.clock()));
    let Some(at) = worst.sampled_at else {
        return Field::new(5, value);
    };
    let age = format!(" ({} old)", (sight.now() - at).age());
    Field::new(5, value.clone().with(Role::Text, age)).or(value)
}

fn achieved(seals: &[RpoSeal], sight: &Sight<'_>) -> Field {
    let Some(worst) = seals.iter().max_by_key(|seal| (seal.lost.is_none(), seal.lost))
    else {
        return Field::new(5, Row::dim("no database to promote"));
    };
    let limit = sight.incident.procedure.objective.rpo;
    let (role, value) = match worst.lost {
        None => (Role::Unknown, "ACHIEVED UNKNOWN".to_owned()),
        Some(lost) if lost > limit => {
            (Role::ClockOver, format!("MISSED {}", lost.clock()))
        }
        Some(lost) => (Role::Sealed, format!("ACHIEVED {}", lost.clock())),
    };
    let value = Row::of(role, value);
    let Some(at) = worst.sampled_at else {
        return Field::new(5, value.with(Role::Text, " (sealed)"));
    };
    let sample = format!(" (sealed, sample {}Z)", at.time_of_day());
    Field::new(5, value.clone().with(Role::Text, sample))
        .or(value.with(Role::Text, " (sealed)"))
}
