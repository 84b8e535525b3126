//! The estate: databases, compute, traffic and storage with their sides. Which keys a
//! kind has is told by its `KindSpec`, not known here. A kind nobody knows is kept with
//! whatever it was given: it is a finding, and its steps run in drills only.

use std::collections::BTreeMap;

use serde_json::Value;

use super::name;
use crate::{
    model::{Field, FieldType, KindSpec, Noun, Params, Resource, Side, Span, Text},
    plan::{
        cx::{Cx, Named},
        language::{FileRow, Found, Items, Said, SideRow, Table, reader::unknown},
        problem::{Level, Place},
        suggest,
    },
};

type Sides = Vec<(String, Found<SideRow>)>;

/// What the four tables of nouns have in common.
struct Row<'a> {
    noun: Noun,
    id: &'a Option<Found<String>>,
    name: &'a Option<Found<Text>>,
    kind: &'a Option<Found<String>>,
    primary: &'a Option<Found<String>>,
    side: &'a Option<Found<Sides>>,
    rest: &'a [(String, Found<Value>)],
    written: Vec<(&'static str, String)>,
    known: Vec<&'static str>,
    place: &'a Place,
}

macro_rules! rows {
    ($file:ident, $($field:ident $noun:ident),+) => {{
        let mut rows: Vec<Row<'_>> = Vec::new();
        $(for row in $file.$field.items() {
            rows.push(Row {
                noun: Noun::$noun,
                id: &row.id,
                name: &row.name,
                kind: &row.kind,
                primary: &row.primary,
                side: &row.side,
                rest: &row.rest,
                written: row.written(),
                known: columns(row),
                place: &row.place,
            });
        })+
        rows
    }};
}

fn columns<T: Table>(_: &T) -> Vec<&'static str> {
    T::DEF.columns.iter().map(|column| column.key).collect()
}

pub(super) fn read(cx: &mut Cx<'_>, file: &FileRow) -> Vec<Resource> {
    let rows = rows!(
        file, database Database, compute Compute, traffic Traffic, storage Storage
    );
    rows.iter().filter_map(|row| resource(cx, row)).collect()
}

fn resource(cx: &mut Cx<'_>, row: &Row<'_>) -> Option<Resource> {
    let spec = spec(cx, row.kind.as_ref()?, row.noun);
    let kind = row.kind.get()?;
    let head = format!("a {} of kind {kind}", row.noun);
    let params = match spec {
        Spec::Known(spec) => {
            let given =
                Given { rest: row.rest, written: &row.written, known: &row.known };
            params_of(cx, &given, spec.shared, (row.place, &head))
        }
        Spec::Unknown | Spec::Wrong => loose(row.rest),
    };
    let mut sides = BTreeMap::new();
    for (site, found) in row.side.items() {
        if !cx.refer(Named::Site, site, &found.place) {
            continue;
        }
        let head = format!("a side of kind {kind}");
        let params = match spec {
            Spec::Known(spec) => {
                let given = Given { rest: &found.value.rest, written: &[], known: &[] };
                params_of(cx, &given, spec.side, (&found.place, &head))
            }
            Spec::Unknown | Spec::Wrong => loose(&found.value.rest),
        };
        sides.insert(site.as_str().into(), Side { params });
    }
    let id = row.id.get()?;
    let primary = row.primary.as_ref()?;
    let site = primary.value.as_str().into();
    if !sides.is_empty() && !sides.contains_key(&site) {
        cx.error(
            "L92",
            &primary.place,
            format!("the primary site {site} is not one of its sides"),
            format!("add [{}.side.{site}]", row.noun),
        );
    }
    Some(Resource {
        id: id.as_str().into(),
        noun: row.noun,
        kind: kind.clone(),
        name: name(row.name.as_ref(), id),
        primary: site,
        sides,
        params,
    })
}

#[derive(Clone, Copy)]
enum Spec<'k> {
    Known(&'k KindSpec),
    /// Nobody's: a finding.
    Unknown,
    /// A mistake that has been reported.
    Wrong,
}

fn spec<'k>(cx: &mut Cx<'k>, found: &Found<String>, noun: Noun) -> Spec<'k> {
    let kinds = cx.kinds;
    let fitting: Vec<&str> =
        kinds.iter().filter(|spec| spec.noun == noun).map(|spec| spec.kind).collect();
    match kinds.iter().find(|spec| spec.kind == found.value) {
        Some(spec) if spec.noun == noun => Spec::Known(spec),
        Some(spec) => {
            cx.error(
                "P-bad-value",
                &found.place,
                format!("`{}` is a kind of {}, not of {noun}", spec.kind, spec.noun),
                format!("put it under [[{}]]", spec.noun),
            );
            Spec::Wrong
        }
        None if suggest::nearest(&found.value, fitting.iter().copied()).is_some() => {
            cx.error(
                "P-bad-value",
                &found.place,
                format!("there is no kind `{}` of {noun}", found.value),
                suggest::advice(&found.value, &fitting, "kinds"),
            );
            Spec::Wrong
        }
        None => {
            let words = (
                format!("no hands are known for a {noun} of kind `{}`", found.value),
                format!(
                    "its steps run in drills, and are refused live; kinds with hands or a \
                     twin: {}",
                    fitting.join(", ")
                ),
            );
            cx.problems.add(Level::Warning, "P-unknown-kind", &found.place, words);
            Spec::Unknown
        }
    }
}

/// What a table gives, and what was described for it anyway.
struct Given<'a> {
    rest: &'a [(String, Found<Value>)],
    written: &'a [(&'static str, String)],
    known: &'a [&'static str],
}

fn loose(rest: &[(String, Found<Value>)]) -> Params {
    Params(rest.iter().map(|(key, found)| (key.clone(), found.value.clone())).collect())
}

/// The keys `fields` describe, checked against what they say.
fn params_of(
    cx: &mut Cx<'_>,
    given: &Given<'_>,
    fields: &[Field],
    (place, head): (&Place, &str),
) -> Params {
    let mut params = Params::default();
    for (key, found) in given.rest {
        let Some(field) = fields.iter().find(|field| field.name == key) else {
            let of_fields = fields.iter().map(|field| field.name);
            let known: Vec<&str> = given.known.iter().copied().chain(of_fields).collect();
            let spot = cx.place(&found.place.at);
            unknown(
                cx,
                &spot.unwrap_or_else(|| found.place.clone()),
                key,
                (head, &known),
            );
            continue;
        };
        if let Some(value) = fitting(cx, field, found) {
            params.0.insert(key.clone(), value);
        }
    }
    for field in fields {
        if params.0.contains_key(field.name) {
            continue;
        }
        let told = given.written.iter().find(|(key, _)| *key == field.name);
        if let Some((key, value)) = told {
            params.0.insert((*key).to_owned(), value.clone().into());
        } else if field.required && !given.rest.iter().any(|(key, _)| key == field.name) {
            cx.error(
                "P-missing-key",
                place,
                format!("`{}` is missing: {}", field.name, field.doc),
                format!("write `{} = {}`", field.name, example(field)),
            );
        }
    }
    params
}

/// The arguments of a verb, or the keys of a side.
pub(super) fn arguments(
    cx: &mut Cx<'_>,
    rest: &[(String, Found<Value>)],
    fields: &[Field],
    (place, head, known): (&Place, &str, &[&'static str]),
) -> Params {
    let given = Given { rest, written: &[], known };
    params_of(cx, &given, fields, (place, head))
}

/// The value, when it is what the field wants.
fn fitting(cx: &mut Cx<'_>, field: &Field, found: &Found<Value>) -> Option<Value> {
    let value = &found.value;
    // A parameter that stands alone for a number has been filled in as text.
    let filled = value.as_str().and_then(|text| text.parse::<u32>().ok());
    if let (FieldType::Number, Some(number)) = (field.ty, filled)
        && cx.parameters.stand_at(&found.place.at)
    {
        return Some(number.into());
    }
    let wanted = match field.ty {
        FieldType::Text if value.is_string() => return Some(value.clone()),
        FieldType::Number if value.as_u64().is_some_and(|n| u32::try_from(n).is_ok()) => {
            return Some(value.clone());
        }
        FieldType::Flag if value.is_boolean() => return Some(value.clone()),
        FieldType::List if value.is_array() => return Some(value.clone()),
        FieldType::Duration if value.is_string() => {
            let text = value.as_str().unwrap_or_default();
            if let Ok(span) = text.parse::<Span>() {
                return Some(span.to_string().into());
            }
            cx.error(
                "P-bad-duration",
                &found.place,
                format!("`{text}` is not a duration"),
                suggest::span(field.name, text),
            );
            return None;
        }
        FieldType::Word(words) if value.is_string() => {
            let text = value.as_str().unwrap_or_default();
            if words.contains(&text) || cx.parameters.stand_at(&found.place.at) {
                return Some(value.clone());
            }
            cx.error(
                "P-bad-value",
                &found.place,
                format!("`{text}` is none of the words `{}` knows", field.name),
                suggest::advice(text, words, "write one of"),
            );
            return None;
        }
        FieldType::Text | FieldType::Word(_) => "text in quotes",
        FieldType::Number if cx.parameters.stand_at(&found.place.at) => {
            "a parameter whose value is a whole number, and known when the plan is read"
        }
        FieldType::Number => "a whole number from 0, without quotes",
        FieldType::Flag => "true or false",
        FieldType::List => "a list: [\"one\", \"two\"]",
        FieldType::Duration => "a duration in quotes, as in \"90s\" or \"1h30m\"",
    };
    cx.error(
        "P-wrong-type",
        &found.place,
        format!("this is {}, not {}", kind_of(value), suggest::kind(wanted)),
        format!("write {wanted}"),
    );
    None
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a yes or no",
        Value::Number(number) if number.is_f64() => "a number with a fraction",
        Value::Number(_) => "a whole number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

fn example(field: &Field) -> String {
    match field.ty {
        FieldType::Text | FieldType::Duration | FieldType::Word(_) => {
            format!("\"{}\"", field.example)
        }
        FieldType::List => format!("[\"{}\"]", field.example),
        FieldType::Number | FieldType::Flag => field.example.to_owned(),
    }
}
