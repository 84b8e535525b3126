//! Moments that were written down once and are past ever since.

use jiff::civil::Date;
use serde_json::Value;

use super::super::{Check, Findings, LintDef};
use crate::plan::{
    Level, Plan,
    language::{Items, Said},
};

pub(super) const FIXED_TIME: LintDef = LintDef {
    id: "L51",
    name: "fixed-time",
    level: Level::Warning,
    doc: "A step, a query or a metric names a moment that is past and stays past.",
    mend: "Make it a parameter that is asked for, or count from the run: `${run.time - 1h}`.",
    check: Check::Plan(fixed_time),
};

const ADVICE: &str = "ask for it (a [[parameter]] with `source = \"prompt\"`), or count from \
                      the run: `${run.time - 1h}`";

fn fixed_time(plan: &Plan, findings: &mut Findings<'_>) {
    for row in plan.file.probe.items() {
        let id = row.id.get().map_or("", String::as_str);
        let metric = row.metric.get();
        let from = metric.and_then(|metric| metric.from.as_ref().or(metric.to.as_ref()));
        if let Some(from) = from {
            findings.at(
                &from.place,
                format!(
                    "{id} always looks at the same time ({}): it shows the past",
                    from.value
                ),
                "leave `from` and `to` out: the newest period is looked at then",
            );
        }
        let asked = [&row.sql, &row.body, &row.url].into_iter().flatten();
        for text in asked {
            if let Some(moment) = past(plan, &text.value) {
                let what = format!("{id} asks from {moment} on, whenever it looks");
                findings.at(&text.place, what, ADVICE);
            }
        }
    }
    if plan.today.is_none() {
        return;
    }
    // By who uses it, a moment that was told of already.
    let mut told: Vec<(&str, String)> = Vec::new();
    for parameter in &plan.parameters {
        let Some(default) = &parameter.row.default else { continue };
        if let Some(moment) = past(plan, &default.value) {
            let users = parameter.users.iter();
            told.extend(users.map(|user| (user.as_str(), moment.clone())));
            let id = &parameter.id;
            findings.at(
                &default.place,
                format!("{id} is {moment} when nobody says otherwise"),
                "leave the default out, and write it as `example`",
            );
        }
    }
    for runbook in &plan.runbooks {
        for step in runbook.steps() {
            let Ok(action) = serde_json::to_value(&step.action) else { continue };
            let expect = serde_json::to_value(&step.terms.expect).unwrap_or_default();
            let found =
                [&action, &expect].into_iter().find_map(|value| within(plan, value));
            let at = format!("runbook.{}.{}", runbook.id, step.id);
            let known = |moment: &String| {
                told.iter().any(|(user, one)| one == moment && user.starts_with(&at))
            };
            if let Some(moment) = found.filter(|moment| !known(moment)) {
                findings.add(
                    &at,
                    format!("this names {moment}, and will name it in every run"),
                    ADVICE,
                );
            }
        }
    }
}

/// The first past moment anywhere in a value.
fn within(plan: &Plan, value: &Value) -> Option<String> {
    match value {
        Value::String(text) => past(plan, text),
        Value::Array(items) => items.iter().find_map(|item| within(plan, item)),
        Value::Object(entries) => entries.values().find_map(|item| within(plan, item)),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// A day with an hour, `2026-01-31T09:30`, or a day as a database is given it,
/// `'2026-01-31'`, that is past. A day alone may be anybody's version or name.
fn past(plan: &Plan, text: &str) -> Option<String> {
    let today = plan.today?;
    let mut rest = text;
    loop {
        let start = rest.find(|c: char| c.is_ascii_digit())?;
        let quoted =
            start.checked_sub(1).and_then(|before| rest.get(before..start)) == Some("'");
        rest = rest.get(start..)?;
        if let Some(date) = rest.get(..10).filter(|day| is_day(day)) {
            let after = rest.get(10..).unwrap_or_default();
            let hour = after.starts_with(['T', ' '])
                && after
                    .get(1..)
                    .is_some_and(|hour| hour.starts_with(|c: char| c.is_ascii_digit()))
                && after.get(3..4) == Some(":");
            let day = date.parse::<Date>().ok().filter(|day| *day < today);
            if day.is_some() && (hour || quoted && after.starts_with('\'')) {
                let end = if hour { 16 } else { 10 };
                return Some(rest.get(..end).unwrap_or(date).to_owned());
            }
        }
        let next = rest.find(|c: char| !c.is_ascii_digit())?;
        rest = rest.get(next..)?;
    }
}

/// Four digits, two and two.
fn is_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 10
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}
