//! Shapes that hold others: lists, tables, and values with a short and a long form.

use std::{fmt::Debug, marker::PhantomData};

use super::{Shape, Ty, wrong};
use crate::plan::{
    cx::Cx,
    language::{
        Found, Reader, Table,
        reader::{Here, spot},
    },
    problem::{Place, join},
};

/// A list; what is wrong in it is left out.
#[derive(Debug)]
pub struct Listed<S>(PhantomData<S>);

impl<S: Shape> Shape for Listed<S> {
    type Of = Vec<Found<S::Of>>;

    fn ty() -> Ty {
        Ty::List(Box::new(S::ty()))
    }

    fn read(cx: &mut Cx<'_>, here: &Here<'_>) -> Option<Self::Of> {
        let Some(items) = here.value.as_array() else {
            return wrong(cx, here, "a list: [\"one\", \"two\"]");
        };
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            let place = Place {
                spot: spot(here.place.spot.file, &item.span()),
                at: here.place.at.clone(),
            };
            let item = Here { value: item.get_ref(), place };
            if let Some(value) = S::read(cx, &item) {
                out.push(Found { value, place: item.place });
            }
        }
        Some(out)
    }

    fn show(value: &Self::Of) -> String {
        value.iter().map(|found| S::show(&found.value)).collect::<Vec<_>>().join(", ")
    }

    fn json(value: &Self::Of) -> serde_json::Value {
        value.iter().map(|found| S::json(&found.value)).collect()
    }
}

/// All there are, by the word `all`, or a list of some. All is read as a list of none.
#[derive(Debug)]
pub struct AllOr<S>(PhantomData<S>);

impl<S: Shape> Shape for AllOr<S> {
    type Of = Vec<Found<S::Of>>;

    fn ty() -> Ty {
        Ty::Either(Box::new(Ty::Word(vec!["all"])), Box::new(Listed::<S>::ty()))
    }

    fn read(cx: &mut Cx<'_>, here: &Here<'_>) -> Option<Self::Of> {
        match (here.value.as_str(), here.value.as_array()) {
            (Some("all"), _) => Some(Vec::new()),
            (_, Some(some)) if !some.is_empty() => Listed::<S>::read(cx, here),
            _ => wrong(cx, here, "`all`, or a list of some: [\"one\", \"two\"]"),
        }
    }

    fn show(value: &Self::Of) -> String {
        if value.is_empty() { "all".to_owned() } else { Listed::<S>::show(value) }
    }

    fn json(value: &Self::Of) -> serde_json::Value {
        if value.is_empty() { "all".into() } else { Listed::<S>::json(value) }
    }
}

/// A table whose keys are names.
#[derive(Debug)]
pub struct MapOf<S>(PhantomData<S>);

impl<S: Shape> Shape for MapOf<S> {
    type Of = Vec<(String, Found<S::Of>)>;

    fn ty() -> Ty {
        Ty::Map(Box::new(S::ty()))
    }

    fn read(cx: &mut Cx<'_>, here: &Here<'_>) -> Option<Self::Of> {
        let Some(table) = here.value.as_table() else {
            return wrong(cx, here, "a table: { name = \"value\" }");
        };
        let mut out = Vec::with_capacity(table.len());
        for (key, value) in table {
            let name: &str = key.get_ref();
            let file = here.place.spot.file;
            let at = join(&here.place.at, name);
            cx.note(at.clone(), spot(file, &key.span()));
            let place = Place { spot: spot(file, &value.span()), at };
            let item = Here { value: value.get_ref(), place };
            if let Some(value) = S::read(cx, &item) {
                out.push((name.to_owned(), Found { value, place: item.place }));
            }
        }
        Some(out)
    }

    fn show(value: &Self::Of) -> String {
        let pairs =
            value.iter().map(|(key, found)| format!("{key} = {}", S::show(&found.value)));
        pairs.collect::<Vec<_>>().join(", ")
    }

    fn json(value: &Self::Of) -> serde_json::Value {
        let pairs = value.iter().map(|(key, found)| (key.clone(), S::json(&found.value)));
        serde_json::Value::Object(pairs.collect())
    }
}

fn show_row<T: Table>(row: &T) -> String {
    let pairs = row.written().into_iter().map(|(key, value)| format!("{key} = {value}"));
    format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
}

/// A table of its own.
#[derive(Debug)]
pub struct Inner<T>(PhantomData<T>);

impl<T: Table + Clone + Debug + PartialEq> Shape for Inner<T> {
    type Of = T;

    fn ty() -> Ty {
        Ty::Table(T::DEF)
    }

    fn read(cx: &mut Cx<'_>, here: &Here<'_>) -> Option<T> {
        let Some(table) = here.value.as_table() else {
            let key = here.key();
            return wrong(cx, here, &format!("a table: [{key}]"));
        };
        cx.note(here.place.at.clone(), here.place.spot);
        Some(T::read(cx, Reader::new(table, here.place.clone())))
    }

    fn show(value: &T) -> String {
        show_row(value)
    }

    fn json(value: &T) -> serde_json::Value {
        value.json()
    }
}

/// A list of tables, each with an id or a number in its path.
#[derive(Debug)]
pub struct Many<T>(PhantomData<T>);

impl<T: Table + Clone + Debug + PartialEq> Shape for Many<T> {
    type Of = Vec<T>;

    fn ty() -> Ty {
        Ty::Tables(T::DEF)
    }

    fn read(cx: &mut Cx<'_>, here: &Here<'_>) -> Option<Vec<T>> {
        let key = here.key();
        let Some(items) = here.value.as_array() else {
            return wrong(cx, here, &format!("a list of tables: [[{key}]]"));
        };
        let holder = here.place.at.strip_suffix(key).unwrap_or_default();
        // Rows are large: a list that grew would be moved again and again.
        let mut out = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let spot = spot(here.place.spot.file, &item.span());
            let Some(table) = item.get_ref().as_table() else {
                let place = Place { spot, at: here.place.at.clone() };
                let item = Here { value: item.get_ref(), place };
                wrong::<()>(cx, &item, &format!("a table: [[{key}]]"));
                continue;
            };
            let id = table.get("id").and_then(|id| id.get_ref().as_str());
            let name = id.map_or_else(|| (index + 1).to_string(), str::to_owned);
            // `runbook.failover.promote`, as people say it.
            let at = if key == "step" {
                format!("{holder}{name}")
            } else {
                join(&here.place.at, &name)
            };
            let place = Place { spot, at };
            cx.note(place.at.clone(), spot);
            out.push(T::read(cx, Reader::new(table, place)));
        }
        Some(out)
    }

    fn show(value: &Vec<T>) -> String {
        value.iter().map(show_row).collect::<Vec<_>>().join("; ")
    }

    fn json(value: &Vec<T>) -> serde_json::Value {
        value.iter().map(Table::json).collect()
    }

    fn advice(_: &Cx<'_>, key: &str, _: &str) -> String {
        format!("write `{key} = ... in a [[{key}]] table for each`")
    }
}

/// A key that has been read before everything else, since everything else may need it.
#[derive(Debug)]
pub struct Seen<S>(PhantomData<S>);

impl<S: Shape> Shape for Seen<S> {
    type Of = ();

    fn ty() -> Ty {
        S::ty()
    }

    fn read(_: &mut Cx<'_>, _: &Here<'_>) -> Option<()> {
        Some(())
    }

    fn show((): &()) -> String {
        String::new()
    }
}

/// One value in a plan that knows two forms of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Either<A, B> {
    Short(A),
    Table(B),
}

/// A short form, or a table.
#[derive(Debug)]
pub struct OrTable<S, T>(PhantomData<(S, T)>);

impl<S: Shape, T: Shape> Shape for OrTable<S, T> {
    type Of = Either<S::Of, T::Of>;

    fn ty() -> Ty {
        Ty::Either(Box::new(S::ty()), Box::new(T::ty()))
    }

    fn read(cx: &mut Cx<'_>, here: &Here<'_>) -> Option<Self::Of> {
        if here.value.is_table() {
            T::read(cx, here).map(Either::Table)
        } else {
            S::read(cx, here).map(Either::Short)
        }
    }

    fn show(value: &Self::Of) -> String {
        match value {
            Either::Short(short) => S::show(short),
            Either::Table(table) => T::show(table),
        }
    }

    fn json(value: &Self::Of) -> serde_json::Value {
        match value {
            Either::Short(short) => S::json(short),
            Either::Table(table) => T::json(table),
        }
    }
}
