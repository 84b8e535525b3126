//! Reads one table of a plan, key by key, and says which keys it does not know. Nothing
//! here knows what a key is for.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    cx::{Cx, Named},
    problem::Place,
    source::Spot,
    suggest,
};
use crate::model::{Field, FieldType, Params, Span, Text};

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Found<T> {
    pub value: T,
    pub place: Place,
}

/// One table. Each read notes its key as known; [`Keys::finish`] reports the rest.
#[derive(Debug)]
pub(super) struct Keys<'a> {
    table: &'a DeTable<'a>,
    pub place: Place,
    known: Vec<&'static str>,
}

impl<'a> Keys<'a> {
    pub(super) const fn new(table: &'a DeTable<'a>, place: Place) -> Self {
        Self { table, place, known: Vec::new() }
    }

    fn spot(&self, span: Range<usize>) -> Spot {
        Spot { file: self.place.spot.file, start: span.start, end: span.end }
    }

    fn get(&mut self, key: &'static str) -> Option<Found<&'a DeValue<'a>>> {
        self.known.push(key);
        // What the parser could not read has no extent; it has been reported.
        let value = self.table.get(key).filter(|value| !value.span().is_empty())?;
        let place = self.place.part(key, self.spot(value.span()));
        Some(Found { value: value.get_ref(), place })
    }

    /// The table and where it stands.
    pub(super) fn parts(&self) -> (&'a DeTable<'a>, Place) {
        (self.table, self.place.clone())
    }

    /// Notes a key as known without reading it.
    pub(super) fn know(&mut self, key: &'static str) {
        self.known.push(key);
    }

    /// How many things the list under `key` has.
    pub(super) fn count(&self, key: &str) -> usize {
        let list = self.table.get(key).and_then(|value| value.get_ref().as_array());
        list.map_or(0, |items| items.len())
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Where `key` stands, else the table.
    pub(super) fn place_of(&self, key: &str) -> Place {
        match self.table.get_key_value(key) {
            Some((name, _)) => self.place.part(key, self.spot(name.span())),
            None => self.place.clone(),
        }
    }

    /// Text as written: an id, a word, a duration.
    pub(super) fn raw(
        &mut self,
        cx: &mut Cx<'_>,
        key: &'static str,
    ) -> Option<Found<&'a str>> {
        let found = self.get(key)?;
        match found.value.as_str() {
            Some(value) => Some(Found { value, place: found.place }),
            None => wrong(cx, &found, "text in quotes"),
        }
    }

    /// Text with parameters filled in.
    pub(super) fn string(
        &mut self,
        cx: &mut Cx<'_>,
        key: &'static str,
    ) -> Option<Found<String>> {
        let found = self.raw(cx, key)?;
        let value = cx.fill(found.value, &found.place);
        Some(Found { value, place: found.place })
    }

    pub(super) fn text(&mut self, cx: &mut Cx<'_>, key: &'static str) -> Option<Text> {
        self.string(cx, key).map(|found| Text::clean(found.value))
    }

    pub(super) fn duration(
        &mut self,
        cx: &mut Cx<'_>,
        key: &'static str,
    ) -> Option<Found<Span>> {
        let found = self.get(key)?;
        let Some(raw) = found.value.as_str() else {
            return wrong(cx, &found, "a duration in quotes, as in \"90s\" or \"1h30m\"");
        };
        if let Ok(value) = raw.parse::<Span>() {
            return Some(Found { value, place: found.place });
        }
        cx.error(
            "P-bad-duration",
            &found.place,
            format!("`{raw}` is not a duration"),
            match suggest::duration(raw) {
                Some(meant) => format!("write `{key} = \"{meant}\"`"),
                None => "write whole numbers with ms, s, m, h or d: \"90s\", \"1h30m\""
                    .to_owned(),
            },
        );
        None
    }

    pub(super) fn number(
        &mut self,
        cx: &mut Cx<'_>,
        key: &'static str,
    ) -> Option<Found<u32>> {
        let found = self.get(key)?;
        match number(found.value) {
            Some(value) => Some(Found { value, place: found.place }),
            None => wrong(cx, &found, "a whole number from 0, without quotes"),
        }
    }

    pub(super) fn flag(&mut self, cx: &mut Cx<'_>, key: &'static str) -> Option<bool> {
        let found = self.get(key)?;
        found.value.as_bool().or_else(|| wrong(cx, &found, "true or false"))
    }

    /// A list of texts as written.
    pub(super) fn list(
        &mut self,
        cx: &mut Cx<'_>,
        key: &'static str,
    ) -> Option<Vec<Found<&'a str>>> {
        let found = self.get(key)?;
        let Some(items) = found.value.as_array() else {
            return wrong(cx, &found, "a list: [\"one\", \"two\"]");
        };
        let mut out = Vec::new();
        for item in items {
            let place =
                Place { spot: self.spot(item.span()), at: found.place.at.clone() };
            if let Some(value) = item.get_ref().as_str() {
                out.push(Found { value, place });
            } else {
                let item = Found { value: item.get_ref(), place };
                wrong::<()>(cx, &item, "text in quotes");
            }
        }
        Some(out)
    }

    /// A list of texts with parameters filled in.
    pub(super) fn strings(&mut self, cx: &mut Cx<'_>, key: &'static str) -> Vec<String> {
        let items = self.list(cx, key).unwrap_or_default();
        items.iter().map(|item| cx.fill(item.value, &item.place)).collect()
    }

    /// A list of ids that must exist; the broken ones are left out.
    pub(super) fn ids(
        &mut self,
        cx: &mut Cx<'_>,
        key: &'static str,
        named: Named,
    ) -> Option<Vec<&'a str>> {
        let items = self.list(cx, key)?;
        Some(
            items
                .iter()
                .filter(|item| cx.refer(named, item.value, &item.place))
                .map(|item| item.value)
                .collect(),
        )
    }

    /// An id that must exist.
    pub(super) fn id_of(
        &mut self,
        cx: &mut Cx<'_>,
        key: &'static str,
        named: Named,
    ) -> Option<&'a str> {
        let found = self.raw(cx, key)?;
        cx.refer(named, found.value, &found.place).then_some(found.value)
    }

    /// As [`Keys::id_of`], and it must be there.
    pub(super) fn need_id(
        &mut self,
        cx: &mut Cx<'_>,
        key: &'static str,
        named: Named,
    ) -> Option<&'a str> {
        let known = cx.names.all(named);
        let example = known.first().copied().unwrap_or("...").to_owned();
        self.need(cx, key, &format!("\"{example}\""));
        self.id_of(cx, key, named)
    }

    /// Says that `key` is missing, if it is.
    pub(super) fn need(&mut self, cx: &mut Cx<'_>, key: &'static str, example: &str) {
        if self.has(key) {
            return;
        }
        // A slip of the fingers is why it is missing more often than not.
        let known = &self.known;
        let strange = self.table.keys().map(Spanned::get_ref).map(AsRef::as_ref);
        let mut strange = strange.filter(|name| !known.contains(name));
        let typed = strange.find(|name| suggest::nearest(name, [key]).is_some());
        match typed {
            Some(typed) => {
                let (place, typed) = (self.place_of(typed), typed.to_owned());
                cx.error(
                    "P-missing-key",
                    &place,
                    format!("`{key}` is missing, and `{typed}` means nothing here"),
                    format!("did you mean `{key}`?"),
                );
            }
            None => cx.error(
                "P-missing-key",
                &self.place,
                format!("`{key}` is missing"),
                format!("write `{key} = {example}`"),
            ),
        }
    }

    /// The table under `key`.
    pub(super) fn table(&mut self, cx: &mut Cx<'_>, key: &'static str) -> Option<Self> {
        let found = self.get(key)?;
        match found.value.as_table() {
            Some(table) => Some(Self::new(table, found.place)),
            None => wrong(cx, &found, &format!("a table: [{key}]")),
        }
    }

    /// The tables under `key`, each with its own place; `id` names it in the path.
    pub(super) fn tables(&mut self, cx: &mut Cx<'_>, key: &'static str) -> Vec<Self> {
        let Some(found) = self.get(key) else { return Vec::new() };
        let Some(items) = found.value.as_array() else {
            wrong::<()>(cx, &found, &format!("a list of tables: [[{key}]]"));
            return Vec::new();
        };
        let mut out = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let spot = self.spot(item.span());
            let Some(table) = item.get_ref().as_table() else {
                let place = Place { spot, at: found.place.at.clone() };
                let item = Found { value: item.get_ref(), place };
                wrong::<()>(cx, &item, &format!("a table: [[{key}]]"));
                continue;
            };
            let id = table.get("id").and_then(|id| id.get_ref().as_str());
            let name = id.map_or_else(|| (index + 1).to_string(), str::to_owned);
            let place = Place { spot, at: found.place.at.clone() }.part(&name, spot);
            out.push(Self::new(table, place));
        }
        out
    }

    /// Every key of this table with its place: for tables whose keys are ids or names.
    pub(super) fn entries(&self) -> Vec<(&'a str, Place, &'a Spanned<DeValue<'a>>)> {
        self.table
            .iter()
            .map(|(key, value)| {
                let name: &'a str = key.get_ref();
                (name, self.place.part(name, self.spot(key.span())), value)
            })
            .collect()
    }

    /// The keys `fields` describe, checked against what they say.
    pub(super) fn params(&mut self, cx: &mut Cx<'_>, fields: &'static [Field]) -> Params {
        let mut params = Params::default();
        for field in fields {
            if field.required && !self.has(field.name) {
                cx.error(
                    "P-missing-key",
                    &self.place,
                    format!("`{}` is missing: {}", field.name, field.doc),
                    format!("write `{} = {}`", field.name, example(field)),
                );
            }
            if let Some(value) = self.param(cx, field) {
                params.0.insert(field.name.to_owned(), value);
            }
        }
        params
    }

    fn param(&mut self, cx: &mut Cx<'_>, field: &Field) -> Option<serde_json::Value> {
        match field.ty {
            FieldType::Text => {
                self.string(cx, field.name).map(|found| found.value.into())
            }
            FieldType::Number => {
                self.number(cx, field.name).map(|found| found.value.into())
            }
            FieldType::Flag => self.flag(cx, field.name).map(Into::into),
            FieldType::Duration => {
                self.duration(cx, field.name).map(|found| found.value.to_string().into())
            }
            FieldType::List => {
                self.has(field.name).then(|| self.strings(cx, field.name).into())
            }
        }
    }

    /// Reports the keys nobody asked for. `x_` is free for the plan's own notes.
    pub(super) fn finish(self, cx: &mut Cx<'_>, what: &str) {
        let strange = self
            .table
            .iter()
            .filter(|(key, _)| !self.known.contains(&key.get_ref().as_ref()));
        for (key, _) in strange.filter(|(key, _)| !key.get_ref().starts_with("x_")) {
            let name: &str = key.get_ref();
            let place = self.place.part(name, self.spot(key.span()));
            let mut known = self.known.clone();
            known.dedup();
            cx.error(
                "P-unknown-key",
                &place,
                format!("`{name}` is not a key of {what}"),
                suggest::advice(name, &known, "keys here"),
            );
        }
    }
}

fn example(field: &Field) -> String {
    match field.ty {
        FieldType::Text | FieldType::Duration => format!("\"{}\"", field.example),
        FieldType::List => format!("[\"{}\"]", field.example),
        FieldType::Number | FieldType::Flag => field.example.to_owned(),
    }
}

fn number(value: &DeValue<'_>) -> Option<u32> {
    let integer = value.as_integer()?;
    u32::from_str_radix(&integer.as_str().replace('_', ""), integer.radix()).ok()
}

fn wrong<T>(cx: &mut Cx<'_>, found: &Found<&DeValue<'_>>, wanted: &str) -> Option<T> {
    // Examples belong into the advice.
    let what = wanted.split([',', ':']).next().unwrap_or(wanted);
    cx.error(
        "P-wrong-type",
        &found.place,
        format!("this is {}, not {what}", kind_of(found.value)),
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
