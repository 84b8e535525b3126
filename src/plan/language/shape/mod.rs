//! The shapes a value may have: how each is described, read and shown. A shape says what
//! is wrong with a value; it never knows which key it belongs to.

mod scalar;
mod table;

use std::{fmt::Debug, marker::PhantomData};

use toml::de::DeValue;

pub use scalar::{
    Any, Bound, Cadence, Date, Dur, Every, Filled, Flag, Json, Limit, OwnId, Prose,
    Script, Tenth, Window, Written,
};
pub use table::{AllOr, Either, Inner, Listed, Many, MapOf, OrTable, Seen};

use super::{
    Closed, Ty,
    reader::{Here, spot},
};
use crate::plan::{
    cx::{Cx, Named},
    problem::{Place, join},
    suggest,
};

/// One shape of value.
pub trait Shape {
    /// What it is once read.
    type Of: Clone + Debug + PartialEq;

    fn ty() -> Ty;

    /// Reads it, or says what is wrong with it.
    fn read(cx: &mut Cx<'_>, here: &Here<'_>) -> Option<Self::Of>;

    /// As a table shows it.
    fn show(value: &Self::Of) -> String;

    /// As programs are told it.
    fn json(value: &Self::Of) -> serde_json::Value {
        serde_json::Value::String(Self::show(value))
    }

    /// What to write when it is missing.
    fn advice(_: &Cx<'_>, key: &str, example: &str) -> String {
        format!("write `{key} = {}`", quoted(&Self::ty(), example))
    }
}

/// An example as it would stand in a plan.
pub fn quoted(ty: &Ty, example: &str) -> String {
    match ty {
        Ty::Text
        | Ty::Script
        | Ty::Id
        | Ty::Ref(_)
        | Ty::Duration
        | Ty::Bound
        | Ty::Cadence
        | Ty::Date
        | Ty::Word(_) => {
            let safe = example.replace('\\', "\\\\").replace('"', "\\\"");
            format!("\"{}\"", safe.replace('\n', "\\n"))
        }
        Ty::Either(one, _) if !example.starts_with(['{', '[', '"']) => {
            quoted(one, example)
        }
        Ty::Whole(..)
        | Ty::Number(..)
        | Ty::Flag
        | Ty::Window
        | Ty::Any
        | Ty::List(_)
        | Ty::Map(_)
        | Ty::Table(_)
        | Ty::Tables(_)
        | Ty::Either(..) => example.to_owned(),
    }
}

pub(in crate::plan::language) fn wrong<T>(
    cx: &mut Cx<'_>,
    here: &Here<'_>,
    wanted: &str,
) -> Option<T> {
    let what = suggest::kind(wanted);
    cx.error(
        "P-wrong-type",
        &here.place,
        format!("this is {}, not {what}", kind_of(here.value)),
        format!("write {wanted}"),
    );
    None
}

fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "a yes or no",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

pub(super) fn raw<'a>(cx: &mut Cx<'_>, here: &Here<'a>) -> Option<&'a str> {
    here.value.as_str().or_else(|| wrong(cx, here, "text in quotes"))
}

/// A whole number from `LOW` to `HIGH`.
#[derive(Debug)]
pub struct Count<const LOW: u64 = 0, const HIGH: u64 = 4_294_967_295>;

impl<const LOW: u64, const HIGH: u64> Shape for Count<LOW, HIGH> {
    type Of = u64;

    fn ty() -> Ty {
        Ty::Whole(LOW, HIGH)
    }

    fn read(cx: &mut Cx<'_>, here: &Here<'_>) -> Option<u64> {
        let whole = here.value.as_integer().and_then(|whole| {
            u64::from_str_radix(&whole.as_str().replace('_', ""), whole.radix()).ok()
        });
        let Some(value) = whole else {
            return wrong(
                cx,
                here,
                &format!("a whole number from {LOW}, without quotes"),
            );
        };
        if (LOW..=HIGH).contains(&value) {
            return Some(value);
        }
        let key = here.key();
        cx.error(
            "P-bad-value",
            &here.place,
            format!("`{key}` cannot be {value}"),
            format!("write a whole number from {LOW} to {HIGH}"),
        );
        None
    }

    fn show(value: &u64) -> String {
        value.to_string()
    }

    fn json(value: &u64) -> serde_json::Value {
        (*value).into()
    }
}

fn number(cx: &mut Cx<'_>, here: &Here<'_>, (low, high): (f64, f64)) -> Option<f64> {
    let parsed = match here.value {
        DeValue::Integer(whole) => whole.as_str().replace('_', "").parse::<f64>().ok(),
        DeValue::Float(float) => float.as_str().replace('_', "").parse::<f64>().ok(),
        DeValue::String(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => None,
    };
    let Some(value) = parsed.filter(|value| value.is_finite()) else {
        return wrong(cx, here, "a number, without quotes");
    };
    if (low..=high).contains(&value) {
        return Some(value);
    }
    cx.error(
        "P-bad-value",
        &here.place,
        format!("{value} is outside {low} to {high}"),
        format!("write a number from {low} to {high}"),
    );
    None
}

/// A share of a hundred, with or without a fraction.
#[derive(Debug)]
pub struct Number;

impl Shape for Number {
    type Of = f64;

    fn ty() -> Ty {
        Ty::Number(0.0, 100.0)
    }

    fn read(cx: &mut Cx<'_>, here: &Here<'_>) -> Option<f64> {
        number(cx, here, (0.0, 100.0))
    }

    fn show(value: &f64) -> String {
        value.to_string()
    }

    fn json(value: &f64) -> serde_json::Value {
        (*value).into()
    }
}

/// One word of a closed set.
#[derive(Debug)]
pub struct OneOf<E>(PhantomData<E>);

impl<E: Closed> Shape for OneOf<E> {
    type Of = E;

    fn ty() -> Ty {
        Ty::Word(E::WORDS.iter().map(|(word, _)| *word).collect())
    }

    fn read(cx: &mut Cx<'_>, here: &Here<'_>) -> Option<E> {
        let raw = raw(cx, here)?;
        let hit = E::WORDS.iter().find(|(word, _)| *word == raw);
        if hit.is_none() {
            let known: Vec<&str> = E::WORDS.iter().map(|(word, _)| *word).collect();
            let key = here.key();
            cx.error(
                "P-bad-value",
                &here.place,
                format!("`{raw}` is none of the words `{key}` knows"),
                suggest::advice(raw, &known, "choose one of"),
            );
        }
        hit.map(|(_, value)| *value)
    }

    fn show(value: &E) -> String {
        value.word_of().to_owned()
    }
}

/// What a [`Ref`] refers to.
pub trait Target: Debug {
    const NAMED: Named;
}

/// The id of something that must exist.
#[derive(Debug)]
pub struct Ref<T>(PhantomData<T>);

impl<T: Target> Shape for Ref<T> {
    type Of = String;

    fn ty() -> Ty {
        Ty::Ref(T::NAMED)
    }

    fn read(cx: &mut Cx<'_>, here: &Here<'_>) -> Option<String> {
        let id = raw(cx, here)?;
        cx.refer(T::NAMED, id, &here.place).then(|| id.to_owned())
    }

    /// One that exists, when there is any.
    fn advice(cx: &Cx<'_>, key: &str, example: &str) -> String {
        let known = cx.names.all(T::NAMED);
        let example = known.first().copied().unwrap_or(example);
        format!("write `{key} = \"{example}\"`")
    }

    fn show(value: &String) -> String {
        value.clone()
    }
}

/// Any value, as programs exchange it, with parameters filled in.
pub(super) fn to_json(cx: &mut Cx<'_>, here: &Here<'_>) -> serde_json::Value {
    use serde_json::Value;
    match here.value {
        DeValue::String(text) => Value::String(cx.fill(text, &here.place)),
        DeValue::Integer(whole) => {
            let digits = whole.as_str().replace('_', "");
            i64::from_str_radix(&digits, whole.radix()).map_or(Value::Null, Value::from)
        }
        DeValue::Float(float) => float
            .as_str()
            .replace('_', "")
            .parse::<f64>()
            .map_or(Value::Null, Value::from),
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Datetime(date) => Value::String(date.to_string()),
        DeValue::Array(items) => items
            .iter()
            .map(|item| {
                let spot = spot(here.place.spot.file, &item.span());
                let place = Place { spot, at: here.place.at.clone() };
                to_json(cx, &Here { value: item.get_ref(), place })
            })
            .collect(),
        DeValue::Table(table) => {
            let entries = table.iter().map(|(key, item)| {
                let name: &str = key.get_ref();
                let spot = spot(here.place.spot.file, &item.span());
                let place = Place { spot, at: join(&here.place.at, name) };
                (name.to_owned(), to_json(cx, &Here { value: item.get_ref(), place }))
            });
            Value::Object(entries.collect())
        }
    }
}
