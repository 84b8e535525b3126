//! Shapes of single values: text, durations, numbers, dates, bounds.

use toml::de::DeValue;

use super::{Shape, Ty, number, raw, to_json, wrong};
use crate::{
    model::{Span, Text},
    plan::{
        cx::{Cx, is_id},
        language::reader::Here,
        suggest,
    },
};

macro_rules! shapes {
    ($($(#[doc = $doc:literal])+ $name:ident -> $of:ty, $ty:expr, $show:expr, $read:expr $(, $json:expr)?;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug)]
        pub struct $name;

        impl Shape for $name {
            type Of = $of;

            fn ty() -> Ty {
                $ty
            }

            fn read(cx: &mut Cx<'_>, here: &Here<'_>) -> Option<$of> {
                let read: fn(&mut Cx<'_>, &Here<'_>) -> Option<$of> = $read;
                read(cx, here)
            }

            fn show(value: &$of) -> String {
                let show: fn(&$of) -> String = $show;
                show(value)
            }

            $(fn json(value: &$of) -> serde_json::Value {
                let json: fn(&$of) -> serde_json::Value = $json;
                json(value)
            })?
        }
    )+};
}

shapes! {
    /// A new id. A bad one was reported when the names were collected.
    OwnId -> String, Ty::Id, Clone::clone, |cx, here| {
        raw(cx, here).filter(|id| is_id(id)).map(str::to_owned)
    };
    /// Text with parameters filled in, kept as it is.
    Filled -> String, Ty::Text, Clone::clone, |cx, here| {
        let raw = raw(cx, here)?;
        Some(cx.fill(raw, &here.place))
    };
    /// Text for people, with parameters filled in.
    Prose -> Text, Ty::Text, ToString::to_string, |cx, here| {
        let raw = raw(cx, here)?;
        Some(Text::clean(cx.fill(raw, &here.place)))
    };
    /// A word or id taken as written.
    Written -> String, Ty::Script, Clone::clone, |cx, here| {
        raw(cx, here).map(str::to_owned)
    };
    /// A script: nothing is spliced into it, for a shell has its own `${}`.
    Script -> String, Ty::Script, Clone::clone, |cx, here| {
        raw(cx, here).map(str::to_owned)
    };
    /// A duration.
    Dur -> Span, Ty::Duration, ToString::to_string, duration;
    /// How often: `1 week`, `90d`, or words.
    Every -> Cadence, Ty::Cadence, |cadence| cadence.words.to_string(), cadence;
    /// Yes or no.
    Flag -> bool, Ty::Flag, ToString::to_string, |cx, here| {
        here.value.as_bool().or_else(|| wrong(cx, here, "true or false"))
    }, |flag| (*flag).into();
    /// A day: `2026-01-31`.
    Date -> Text, Ty::Date, ToString::to_string, date;
    /// A number with or without a fraction.
    Tenth -> f64, Ty::Number(0.0, 1e15), ToString::to_string, |cx, here| number(cx, here, (0.0, 1e15)), |value| (*value).into();
    /// A sign and a number: `> 300`.
    Bound -> Limit, Ty::Bound, |limit| format!("{} {}", limit.sign, limit.value), bound;
    /// From and until, counted from a mark; without an end when there is only one.
    Window -> (Span, Option<Span>), Ty::Window, |(from, until)| match until {
        Some(until) => format!("{from} to {until}"),
        None => format!("from {from}"),
    }, window;
    /// Anything: what somebody else's interface wants.
    Any -> serde_json::Value, Ty::Any, ToString::to_string, |cx, here| Some(to_json(cx, here)), Clone::clone;
    /// A table of anything.
    Json -> serde_json::Value, Ty::Map(Box::new(Ty::Any)), ToString::to_string, |cx, here| {
        if here.value.is_table() { Some(to_json(cx, here)) } else { wrong(cx, here, "a table: { key = \"value\" }") }
    }, Clone::clone;
}

/// A bound on a measured value, as a plan writes it: `> 300`.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// `>`, `>=`, `<`, `<=` or `=`.
    pub sign: &'static str,
    pub value: f64,
}

impl Limit {
    /// Reads `> 300`; a duration counts in seconds.
    pub fn parse(text: &str) -> Option<Self> {
        let signs = [">=", "<=", ">", "<", "="];
        let sign = signs.into_iter().find(|sign| text.trim().starts_with(sign))?;
        let rest = text.trim().strip_prefix(sign)?.trim();
        let seconds = || rest.parse::<Span>().ok().map(Span::as_secs_f64);
        let value = rest.parse().ok().or_else(seconds)?;
        Some(Self { sign, value })
    }

    /// Whether `value` is past it.
    pub fn holds(&self, value: f64) -> bool {
        match self.sign {
            ">" => value > self.value,
            ">=" => value >= self.value,
            "<" => value < self.value,
            "<=" => value <= self.value,
            _ => (value - self.value).abs() < f64::EPSILON,
        }
    }
}

fn bound(cx: &mut Cx<'_>, here: &Here<'_>) -> Option<Limit> {
    let raw = raw(cx, here)?;
    let limit = Limit::parse(raw).filter(|limit| limit.value.is_finite());
    if limit.is_none() {
        cx.error(
            "P-bad-value",
            &here.place,
            format!("`{raw}` is not a bound"),
            "write a sign and a number: \"> 300\", \"< 1\", \"= -1\"",
        );
    }
    limit
}

/// How often something is due: a length of time, or words that have none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cadence {
    /// As written.
    pub words: Text,
    /// A month counts 30 days, a year 365. None for words such as "after each drill".
    pub length: Option<Span>,
}

impl Cadence {
    /// Reads `90d`, `1 week`, `3 months`, `1y`; anything else has no length.
    pub fn parse(words: &str) -> Self {
        let trimmed = words.trim().trim_start_matches("every ");
        let length = trimmed.parse().ok().or_else(|| long(trimmed));
        Self { words: Text::clean(words), length }
    }

    /// The day it is due again when it was last done on `day`: months and years are those
    /// of the calendar. None for words that have no length.
    pub fn after(&self, day: jiff::civil::Date) -> Option<jiff::civil::Date> {
        let words = self.words.as_str().trim().trim_start_matches("every ");
        let digits = words.find(|c: char| !c.is_ascii_digit())?;
        let (number, unit) = words.split_at(digits);
        let number = || number.parse::<i32>().ok();
        let span = match unit.trim() {
            "mo" | "month" | "months" => jiff::Span::new().try_months(number()?).ok()?,
            "y" | "year" | "years" => jiff::Span::new().try_years(number()?).ok()?,
            _ => {
                let days = self.length?.as_secs() / 86_400;
                jiff::Span::new().try_days(days).ok()?
            }
        };
        day.checked_add(span).ok()
    }
}

fn long(words: &str) -> Option<Span> {
    let digits = words.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = words.split_at(digits);
    let days: i64 = match unit.trim() {
        "minute" | "minutes" => return Some(Span::mins(number.parse().ok()?)),
        "hour" | "hours" => {
            return Some(Span::mins(number.parse::<i64>().ok()?.checked_mul(60)?));
        }
        "day" | "days" => 1,
        "w" | "week" | "weeks" => 7,
        "mo" | "month" | "months" => 30,
        "y" | "year" | "years" => 365,
        _ => return None,
    };
    let days = number.parse::<i64>().ok()?.checked_mul(days)?;
    Some(Span::secs(days.checked_mul(86_400)?))
}

fn cadence(cx: &mut Cx<'_>, here: &Here<'_>) -> Option<Cadence> {
    raw(cx, here).map(Cadence::parse)
}

fn duration(cx: &mut Cx<'_>, here: &Here<'_>) -> Option<Span> {
    let Some(raw) = here.value.as_str() else {
        return wrong(cx, here, "a duration in quotes, as in \"90s\" or \"1h30m\"");
    };
    let read = raw.trim_start_matches('+');
    read.parse().ok().or_else(|| {
        cx.error(
            "P-bad-duration",
            &here.place,
            format!("`{raw}` is not a duration"),
            suggest::span(here.key(), raw),
        );
        None
    })
}

fn date(cx: &mut Cx<'_>, here: &Here<'_>) -> Option<Text> {
    let raw = match here.value {
        DeValue::Datetime(date) => date.to_string(),
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => return wrong(cx, here, "a date"),
    };
    if raw.parse::<jiff::civil::Date>().is_ok() {
        return Some(Text::clean(raw));
    }
    cx.error(
        "P-bad-value",
        &here.place,
        format!("`{raw}` is not a date"),
        "write year, month and day: \"2026-01-31\"",
    );
    None
}

fn window(cx: &mut Cx<'_>, here: &Here<'_>) -> Option<(Span, Option<Span>)> {
    let Some(items) = here.value.as_array() else {
        return wrong(cx, here, "a list: [\"5m\", \"10m\"]");
    };
    let spans: Vec<Span> =
        items.iter().filter_map(|item| item.get_ref().as_str()?.parse().ok()).collect();
    match (spans.as_slice(), items.len()) {
        ([from], 1) => Some((*from, None)),
        ([from, until], 2) if from < until => Some((*from, Some(*until))),
        _ => {
            cx.error(
                "P-bad-duration",
                &here.place,
                "a window is two durations, the first the shorter, or one without an end",
                "write `window = [\"5m\", \"10m\"]`, counted from `windows_from`",
            );
            None
        }
    }
}
