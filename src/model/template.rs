//! Text with slots: `${zone}`, `${step.promote.endpoint}`, `${run.time:%Y%m%d}`. What a slot
//! may be is a closed set; there is no expression language. Reading and filling are pure:
//! whoever fills says what each slot is worth, and a slot nobody can fill stays as written,
//! so that nobody takes it for a value.

use std::collections::BTreeMap;

use serde::{Serialize, de::DeserializeOwned};

use super::{Moment, Span};

/// What stands between `${` and `}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slot {
    /// A parameter.
    Parameter(String),
    /// The moment the run began, moved by a span: the same in every place of a run.
    RunTime { shift: Span, format: Option<String> },
    /// That moment in seconds since 1970.
    RunEpoch,
    /// The incident's own: `id`, `severity`, `type`, `scenario`, `commander`, `time`.
    Incident { field: String, format: Option<String> },
    /// A named part of a step's answer.
    Output { step: String, output: String },
    /// The item of a `for_each`.
    Each,
    /// The value a probe raised.
    ProbeValue,
    /// From one mark to another, in seconds.
    Between { from: String, to: String },
    /// An item of a live list: which one is a finding, not a choice.
    Listed { list: String, index: u32 },
}

/// Fields of an incident.
const INCIDENT: &[&str] = &["id", "severity", "type", "scenario", "commander", "time"];

/// A stretch of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    Text(&'a str),
    /// A slot, and what was written.
    Slot(Slot, &'a str),
    /// Something that looks like a slot and is none; with what was written.
    Bad(&'a str),
    /// `${` without an end.
    Open,
}

/// Takes `text` apart.
pub fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        if !before.is_empty() {
            parts.push(Part::Text(before));
        }
        let Some((inner, tail)) = after.split_once('}') else {
            parts.push(Part::Open);
            rest = after;
            continue;
        };
        let written = rest.get(before.len()..before.len() + inner.len() + 3);
        let written = written.unwrap_or_default();
        parts.push(
            slot(inner).map_or(Part::Bad(written), |slot| Part::Slot(slot, written)),
        );
        rest = tail;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    parts
}

/// Reads what stands between the braces; none when it is no slot.
pub fn slot(inner: &str) -> Option<Slot> {
    if let Some((list, index)) = inner
        .strip_prefix("list:")
        .and_then(|rest| rest.strip_suffix(']')?.split_once('['))
    {
        return Some(Slot::Listed { list: list.to_owned(), index: index.parse().ok()? });
    }
    let (path, format) = match inner.split_once(":%") {
        Some((path, format)) => (path, Some(format!("%{format}"))),
        None => (inner, None),
    };
    let path =
        path.strip_prefix('(').and_then(|path| path.strip_suffix(')')).unwrap_or(path);
    let mut words = path.split('.');
    let (first, second, third) = (words.next()?, words.next(), words.next());
    match (first, second, third) {
        ("each", None, None) => Some(Slot::Each),
        ("probe", Some("value"), None) => Some(Slot::ProbeValue),
        ("run", Some("epoch"), None) => Some(Slot::RunEpoch),
        ("run", Some(when), None) => run(when, format),
        ("incident", Some(field), None) if INCIDENT.contains(&field) => {
            Some(Slot::Incident { field: field.to_owned(), format })
        }
        // A step of a lane or a call has dots in its id; a name has none.
        ("step", Some(_), Some(_)) => {
            let (step, output) = path.strip_prefix("step.")?.rsplit_once('.')?;
            Some(Slot::Output { step: step.to_owned(), output: output.to_owned() })
        }
        ("span", Some(from), Some(to)) => {
            Some(Slot::Between { from: from.to_owned(), to: to.to_owned() })
        }
        (id, None, None) if is_name(id) && format.is_none() => {
            Some(Slot::Parameter(id.to_owned()))
        }
        _ => None,
    }
}

fn is_name(word: &str) -> bool {
    !word.is_empty()
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

fn run(when: &str, format: Option<String>) -> Option<Slot> {
    let signed = |(base, span): (&str, &str), minus: bool| {
        let span: Span = span.trim().parse().ok()?;
        Some((base.trim().to_owned(), if minus { -span } else { span }))
    };
    let (base, shift) = if let Some(pair) = when.split_once('-') {
        signed(pair, true)?
    } else if let Some(pair) = when.split_once('+') {
        signed(pair, false)?
    } else {
        (when.trim().to_owned(), Span::ZERO)
    };
    let format = match base.as_str() {
        "time" => format,
        "date" => Some(format.unwrap_or_else(|| "%Y-%m-%d".to_owned())),
        _ => return None,
    };
    Some(Slot::RunTime { shift, format })
}

/// `text` with every slot replaced that `worth` knows.
pub fn fill(text: &str, worth: &mut dyn FnMut(&Slot) -> Option<String>) -> String {
    let mut out = String::new();
    for part in parts(text) {
        match part {
            Part::Text(text) | Part::Bad(text) => out.push_str(text),
            Part::Slot(slot, written) => match worth(&slot) {
                Some(value) => out.push_str(&value),
                None => out.push_str(written),
            },
            Part::Open => out.push_str("${"),
        }
    }
    out
}

/// The moment a run began, as a slot wants it; UTC.
pub fn time(at: Moment, shift: Span, format: Option<&str>) -> String {
    let at = at + shift;
    let Some(format) = format else { return at.rfc3339() };
    jiff::Timestamp::from_millisecond(at.as_millis()).map_or_else(
        |_| at.rfc3339(),
        |at| {
            let zoned = at.to_zoned(jiff::tz::TimeZone::UTC);
            jiff::fmt::strtime::format(format, &zoned).unwrap_or_else(|_| at.to_string())
        },
    )
}

/// `thing` with every text in it filled, whatever it is made of. What no longer makes sense
/// once filled (it cannot, for slots stand in text only) stays as it was.
pub fn fill_all<T: Serialize + DeserializeOwned + Clone>(
    thing: &T,
    worth: &mut dyn FnMut(&Slot) -> Option<String>,
) -> T {
    let Ok(mut value) = serde_json::to_value(thing) else { return thing.clone() };
    if walk(&mut value, worth) {
        serde_json::from_value(value).unwrap_or_else(|_| thing.clone())
    } else {
        thing.clone()
    }
}

fn walk(
    value: &mut serde_json::Value,
    worth: &mut dyn FnMut(&Slot) -> Option<String>,
) -> bool {
    use serde_json::Value;
    match value {
        Value::String(text) if text.contains("${") => {
            let filled = fill(text, worth);
            let changed = filled != *text;
            *text = filled;
            changed
        }
        Value::Array(items) => {
            let walked: Vec<bool> =
                items.iter_mut().map(|item| walk(item, worth)).collect();
            walked.contains(&true)
        }
        Value::Object(entries) => {
            let walked: Vec<bool> =
                entries.values_mut().map(|item| walk(item, worth)).collect();
            walked.contains(&true)
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Every slot anywhere in `thing`, with how it is written.
pub fn slots<T: Serialize>(thing: &T) -> Vec<(Slot, String)> {
    let mut found: BTreeMap<String, Slot> = BTreeMap::new();
    if let Ok(value) = serde_json::to_value(thing) {
        gather(&value, &mut found);
    }
    found.into_iter().map(|(written, slot)| (slot, written)).collect()
}

fn gather(value: &serde_json::Value, found: &mut BTreeMap<String, Slot>) {
    use serde_json::Value;
    match value {
        Value::String(text) => {
            for part in parts(text) {
                if let Part::Slot(slot, written) = part {
                    found.insert(written.to_owned(), slot);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, found)),
        Value::Object(entries) => entries.values().for_each(|item| gather(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_slot_is_one_of_a_closed_set() {
        let hour = Span::mins(60);
        let at = |shift, format: Option<&str>| Slot::RunTime {
            shift,
            format: format.map(str::to_owned),
        };
        for (inner, want) in [
            ("zone", Some(Slot::Parameter("zone".into()))),
            ("run.time", Some(at(Span::ZERO, None))),
            ("run.time - 1h", Some(at(-hour, None))),
            ("run.time:%H:%M", Some(at(Span::ZERO, Some("%H:%M")))),
            ("(run.date - 1h):%Y%m%d", Some(at(-hour, Some("%Y%m%d")))),
            ("run.date", Some(at(Span::ZERO, Some("%Y-%m-%d")))),
            ("run.epoch", Some(Slot::RunEpoch)),
            ("run.year", None),
            ("incident.id", Some(Slot::Incident { field: "id".into(), format: None })),
            ("incident.weather", None),
            (
                "step.promote.endpoint",
                Some(Slot::Output { step: "promote".into(), output: "endpoint".into() }),
            ),
            (
                "step.acme.call.promote.endpoint",
                Some(Slot::Output {
                    step: "acme.call.promote".into(),
                    output: "endpoint".into(),
                }),
            ),
            ("step.promote", None),
            ("each", Some(Slot::Each)),
            (
                "list:snapshots[0]",
                Some(Slot::Listed { list: "snapshots".into(), index: 0 }),
            ),
            ("1 + 2", None),
            ("", None),
            ("x%.gz", None),
        ] {
            assert_eq!(slot(inner), want, "{inner}");
        }
    }

    #[test]
    fn what_nobody_can_fill_stays_as_written() {
        let mut known = |slot: &Slot| match slot {
            Slot::Parameter(id) if id == "zone" => Some("Z1".to_owned()),
            Slot::RunTime { shift, format } => {
                let at = Moment::parse("2026-01-31T23:30:00Z").unwrap();
                Some(time(at, *shift, format.as_deref()))
            }
            Slot::Parameter(_)
            | Slot::RunEpoch
            | Slot::Incident { .. }
            | Slot::Output { .. }
            | Slot::Each
            | Slot::ProbeValue
            | Slot::Between { .. }
            | Slot::Listed { .. } => None,
        };
        assert_eq!(
            fill("${zone}/${who}/${run.date}/${run.time + 1h:%H:%M}/${", &mut known),
            "Z1/${who}/2026-01-31/00:30/${"
        );
        let list = vec!["a ${zone}".to_owned(), "b".to_owned()];
        assert_eq!(fill_all(&list, &mut known), ["a Z1", "b"]);
    }

    proptest! {
        #[test]
        fn taking_apart_loses_nothing(text in "[a-z.:%${}() -]{0,40}") {
            prop_assert_eq!(fill(&text, &mut |_| None), text);
        }
    }
}
