//! What came back from a call, and what of it is meant: a path into an answer, and how a
//! value is compared with what a plan expects. Pure; nothing here asks anybody.
//!
//! Paths are the plain part of `JMESPath`, as the AWS command line takes it: names, `[0]`,
//! `[-1]`, `[*]`, `[]`, `[a, b]` and `{a, b: c}`. A filter or a function is no path here.

use serde_json::{Map, Value};

use super::{Compare, Text};

/// Longest value that is kept of an answer, in characters.
const KEPT: usize = 2000;

/// An answer as it came: JSON where it is JSON, else its text without the line's end.
pub fn read(text: &str) -> Value {
    let text = text.trim();
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// The part of `value` that `path` names; none when there is none, or it is no path.
pub fn part(value: &Value, path: &str) -> Option<Value> {
    let path = path.trim();
    if path.is_empty() || path == "@" {
        return Some(value.clone());
    }
    if let Some(rest) = path.strip_prefix('[') {
        let (inner, rest) = closed(rest, ']')?;
        return bracket(value, inner.trim(), onward(rest));
    }
    if let Some(rest) = path.strip_prefix('{') {
        let (inner, rest) = closed(rest, '}')?;
        return part(&hash(value, inner), onward(rest));
    }
    let (name, rest) = match path.strip_prefix('"') {
        Some(rest) => rest.split_once('"')?,
        None => path.split_at(path.find(['.', '[', '{']).unwrap_or(path.len())),
    };
    part(value.as_object()?.get(name)?, onward(rest))
}

/// What follows a segment, without the dot that parts them.
fn onward(rest: &str) -> &str {
    let rest = rest.trim_start();
    rest.strip_prefix('.').unwrap_or(rest)
}

/// Up to the bracket that closes this one.
fn closed(text: &str, end: char) -> Option<(&str, &str)> {
    let mut depth = 0_u32;
    for (at, c) in text.char_indices() {
        match c {
            '[' | '{' => depth += 1,
            c if c == end && depth == 0 => {
                return Some((text.get(..at)?, text.get(at + 1..)?));
            }
            ']' | '}' => depth = depth.checked_sub(1)?,
            _ => {}
        }
    }
    None
}

fn bracket(value: &Value, inner: &str, rest: &str) -> Option<Value> {
    if inner == "*" || inner.is_empty() {
        let flat = |item: &Value| match item.as_array() {
            Some(items) if inner.is_empty() => items.clone(),
            Some(_) | None => vec![item.clone()],
        };
        let items = value.as_array()?.iter().flat_map(flat);
        let found = items.filter_map(|item| part(&item, rest));
        // A list of each of them, where further on they are made one.
        return Some(if rest.contains("[]") {
            let one = |found: Value| match found.as_array() {
                Some(items) => items.clone(),
                None => vec![found],
            };
            found.flat_map(one).collect()
        } else {
            found.collect()
        });
    }
    if let Ok(index) = inner.parse::<i64>() {
        let items = value.as_array()?;
        let length = i64::try_from(items.len()).ok()?;
        let index = if index < 0 { length + index } else { index };
        return part(items.get(usize::try_from(index).ok()?)?, rest);
    }
    if inner.starts_with('?') {
        return None;
    }
    let of = |path: &str| part(value, path).unwrap_or(Value::Null);
    let list: Value = pieces(inner).into_iter().map(of).collect();
    part(&list, rest)
}

fn hash(value: &Value, inner: &str) -> Value {
    let entry = |piece: &str| {
        let (name, path) = piece.split_once(':').unwrap_or((piece, piece));
        let found = part(value, path).unwrap_or(Value::Null);
        (name.trim().trim_matches('"').to_owned(), found)
    };
    Value::Object(pieces(inner).into_iter().map(entry).collect::<Map<_, _>>())
}

/// Cut at the commas that are in no bracket.
fn pieces(text: &str) -> Vec<&str> {
    let (mut found, mut from, mut depth) = (Vec::new(), 0, 0_i32);
    for (at, c) in text.char_indices() {
        match c {
            '[' | '{' => depth += 1,
            ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                found.extend(text.get(from..at));
                from = at + 1;
            }
            _ => {}
        }
    }
    found.extend(text.get(from..));
    found
}

/// A value as people and other calls take it: text bare, everything else as JSON.
pub fn told(value: &Value) -> Text {
    match value.as_str() {
        Some(text) => Text::capped(text, KEPT),
        None => Text::capped(&value.to_string(), KEPT),
    }
}

/// A number, also one that came as text; a list's first.
pub fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Array(items) => items.first().and_then(number),
        Value::Bool(_) | Value::Null | Value::Object(_) => None,
    }
}

impl Compare {
    /// Whether `value` is what was wanted. `last` is the value of the last run, where one
    /// is known: the first run has nothing to be less than.
    pub fn met(&self, value: &Value, last: Option<&str>) -> bool {
        match self {
            Self::Any => !value.is_null(),
            Self::Equals(wanted) => equal(value, wanted),
            Self::AtLeast(least) => number(value).is_some_and(|found| found >= *least),
            Self::AtMost(most) => number(value).is_some_and(|found| found <= *most),
            Self::Contains(part) => contains(value, part.as_str()),
            Self::NotLess => match last.map(|last| number(&read(last))) {
                None => number(value).is_some(),
                Some(last) => {
                    number(value).zip(last).is_some_and(|(found, last)| found >= last)
                }
            },
        }
    }

    /// What was wanted, in words.
    pub fn words(&self) -> String {
        match self {
            Self::Any => "an answer".to_owned(),
            Self::Equals(wanted) => told(wanted).to_string(),
            Self::AtLeast(least) => format!("at least {least}"),
            Self::AtMost(most) => format!("at most {most}"),
            Self::Contains(part) => format!("something with `{part}`"),
            Self::NotLess => "not less than the last run".to_owned(),
        }
    }
}

/// Programs write numbers and flags as text: `3` is 3, `true` is true.
fn equal(value: &Value, wanted: &Value) -> bool {
    let numbers = number(value).zip(number(wanted));
    value == wanted
        || told(value) == told(wanted)
        || numbers.is_some_and(|(found, wanted)| (found - wanted).abs() < f64::EPSILON)
            && !value.is_array()
}

fn contains(value: &Value, part: &str) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| contains(item, part)),
        Value::String(text) => text.contains(part),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
            value.to_string().contains(part)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn answer() -> Value {
        json!({ "DBInstances": [
            { "Id": "a", "Endpoint": { "Address": "a.example" }, "Tags": ["x", "y"] },
            { "Id": "b", "Endpoint": { "Address": "b.example" }, "Tags": ["z"] },
        ], "odd.name": 1 })
    }

    #[test]
    fn a_path_finds_what_it_names_and_nothing_else() {
        for (path, found) in [
            ("DBInstances[0].Endpoint.Address", Some(json!("a.example"))),
            ("DBInstances[-1].Id", Some(json!("b"))),
            ("DBInstances[*].Id", Some(json!(["a", "b"]))),
            ("DBInstances[].Tags[]", Some(json!(["x", "y", "z"]))),
            ("DBInstances[*].Tags[*]", Some(json!([["x", "y"], ["z"]]))),
            ("DBInstances[*].[Id, Tags[0]]", Some(json!([["a", "x"], ["b", "z"]]))),
            (
                "DBInstances[0].{Id, at: Endpoint.Address}",
                Some(json!({ "Id": "a", "at": "a.example" })),
            ),
            ("\"odd.name\"", Some(json!(1))),
            ("DBInstances[2].Id", None),
            ("DBInstances[?Id=='a']", None),
            ("DBInstances.Id", None),
            ("Nothing", None),
            ("DBInstances[0", None),
        ] {
            assert_eq!(part(&answer(), path), found, "{path}");
        }
        assert_eq!(part(&answer(), ""), Some(answer()));
    }

    #[test]
    fn a_comparison_takes_what_programs_write_for_what_they_mean() {
        let text = |word: &str| Compare::Contains(word.into());
        for (is, value, met) in [
            (Compare::Any, json!(null), false),
            (Compare::Any, json!(0), true),
            (Compare::Equals(json!("available")), json!("available"), true),
            (Compare::Equals(json!("available")), json!("creating"), false),
            (Compare::Equals(json!(3)), json!("3"), true),
            (Compare::Equals(json!(true)), json!("true"), true),
            (Compare::Equals(json!(3)), json!([3, 4]), false),
            (Compare::AtLeast(10.0), json!("10"), true),
            (Compare::AtLeast(10.0), json!("9.9"), false),
            (Compare::AtLeast(1.0), json!("many"), false),
            (Compare::AtMost(300.0), json!(300), true),
            (text("ready"), json!("not ready"), true),
            (text("ready"), json!(["a", "ready"]), true),
            (text("ready"), json!({ "state": "down" }), false),
            (Compare::NotLess, json!(5), true),
            (Compare::NotLess, json!("no number"), false),
        ] {
            assert_eq!(is.met(&value, None), met, "{is:?} {value}");
        }
        assert!(Compare::NotLess.met(&json!("41"), Some("41")));
        assert!(!Compare::NotLess.met(&json!(40), Some("41")));
        assert!(!Compare::NotLess.met(&json!(40), Some("lost")));
    }

    #[test]
    fn an_answer_is_json_where_it_can_be() {
        assert_eq!(read(" {\"a\": 1}\n"), json!({ "a": 1 }));
        assert_eq!(read("42\n"), json!(42));
        assert_eq!(read("t, done\n"), json!("t, done"));
    }

    proptest! {
        #[test]
        fn no_path_panics(path in "[a-zA-Z.\\[\\]{}*,:\"?0-9 -]{0,24}") {
            part(&answer(), &path);
        }
    }
}
