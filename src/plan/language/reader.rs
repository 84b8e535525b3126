//! Reads one table of a plan, key by key, and says which keys it does not know. Nothing
//! here knows what a key is for.

use toml::de::{DeTable, DeValue};

use super::{Column, Found, Open, Shape, TableDef, shape::to_json};
use crate::plan::{cx::Cx, problem::Place, source::Spot, suggest};

/// A value as it was written, and where.
#[derive(Clone, Debug)]
pub struct Here<'a> {
    pub value: &'a DeValue<'a>,
    pub place: Place,
}

impl Here<'_> {
    /// The key it is under.
    pub(super) fn key(&self) -> &str {
        self.place.at.rsplit('.').next().unwrap_or_default()
    }
}

/// One table. Each key that is described is taken; [`Reader::rest`] sees to the others.
#[derive(Debug)]
pub struct Reader<'a> {
    table: &'a DeTable<'a>,
    pub place: Place,
    /// How many of the table's keys were asked for.
    taken: usize,
    /// What the table may hold, when it is described.
    pub(super) columns: &'static [Column],
    /// Keys that are there and could not be read.
    pub(super) unread: Vec<&'static str>,
}

impl<'a> Reader<'a> {
    pub(in crate::plan) const fn new(table: &'a DeTable<'a>, place: Place) -> Self {
        Self { table, place, taken: 0, columns: &[], unread: Vec::new() }
    }

    /// The value under `key`, read as `S`; says when a needed one is missing.
    pub(in crate::plan) fn take<S: Shape>(
        &mut self,
        cx: &mut Cx<'_>,
        (key, need, example): (&'static str, bool, &str),
    ) -> Option<Found<S::Of>> {
        let Some((name, value)) = self.table.get_key_value(key) else {
            if need {
                self.miss(cx, key, S::advice(cx, key, example));
            }
            return None;
        };
        self.taken += 1;
        let spot = spot(self.place.spot.file, &value.span());
        // What the parser could not read has no extent; it has been reported.
        if value.span().is_empty() {
            self.unread.push(key);
            return None;
        }
        let place = self.place.part(key, spot);
        let whole = Spot { end: spot.end, ..self::spot(spot.file, &name.span()) };
        cx.note(place.at.clone(), whole);
        let here = Here { value: value.get_ref(), place };
        let before = cx.problems.count();
        let Some(value) = S::read(cx, &here) else {
            self.unread.push(key);
            return None;
        };
        // Of a list of words the good ones are kept, and it is no longer all of them.
        let words = here.value.as_array().is_some_and(|items| {
            items.iter().all(|item| item.get_ref().as_str().is_some())
        });
        if words && cx.problems.count() > before {
            self.unread.push(key);
        }
        Some(Found { value, place: here.place })
    }

    /// A slip of the fingers is why a key is missing more often than not.
    fn miss(&self, cx: &mut Cx<'_>, key: &str, help: String) {
        let described = |name: &str| self.columns.iter().any(|column| column.key == name);
        let mut strange = self.table.keys().filter(|name| !described(name.get_ref()));
        let typed = strange.find(|name| {
            let name: &str = name.get_ref();
            suggest::nearest(name, [key]).is_some()
        });
        let Some(typed) = typed else {
            let what = format!("`{key}` is missing");
            cx.error("P-missing-key", &self.place, what, help);
            return;
        };
        let name: &str = typed.get_ref();
        let place = self.place.part(name, spot(self.place.spot.file, &typed.span()));
        let what = format!("`{key}` is missing, and `{name}` means nothing here");
        cx.error("P-missing-key", &place, what, format!("did you mean `{key}`?"));
    }

    /// What was not taken: kept when the table is open, else an error each. `x_` is free
    /// for the plan's own notes.
    pub(super) fn rest(
        self,
        cx: &mut Cx<'_>,
        def: &'static TableDef,
    ) -> Vec<(String, Found<serde_json::Value>)> {
        let mut rest = Vec::new();
        if self.taken == self.table.len() {
            return rest;
        }
        let keys = self.table.iter().filter(|(key, _)| {
            let name: &str = key.get_ref();
            let mut described = def.columns.iter();
            !described.any(|column| column.key == name) && !name.starts_with("x_")
        });
        for (key, value) in keys {
            let name: &str = key.get_ref();
            let place = self.place.part(name, spot(self.place.spot.file, &key.span()));
            if def.open == Open::No {
                let known: Vec<&str> =
                    def.columns.iter().map(|column| column.key).collect();
                unknown(cx, &place, name, (def.head, &known));
                continue;
            }
            cx.note(place.at.clone(), place.spot);
            let at = spot(self.place.spot.file, &value.span());
            let here =
                Here { value: value.get_ref(), place: Place { spot: at, ..place } };
            let json = to_json(cx, &here);
            rest.push((name.to_owned(), Found { value: json, place: here.place }));
        }
        rest
    }
}

/// Says that a key is not one of `known`.
pub(in crate::plan) fn unknown(
    cx: &mut Cx<'_>,
    place: &Place,
    name: &str,
    (head, known): (&str, &[&str]),
) {
    cx.error(
        "P-unknown-key",
        place,
        format!("`{name}` is not a key of {head}"),
        suggest::advice(name, known, "keys here"),
    );
}

pub(super) fn spot(file: usize, span: &std::ops::Range<usize>) -> Spot {
    Spot { file, start: span.start, end: span.end }
}
