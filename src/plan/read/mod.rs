//! From parsed files to a plan: each section of the language has its file here. Sections
//! check shape and references; what a whole plan gets wrong is `lint`'s to say.

mod action;
mod defaults;
mod estate;
mod head;
mod needs;
mod people;
mod runbook;
mod step;
mod watch;

use std::collections::BTreeMap;

use toml::{Spanned, de::DeTable};

use super::{
    cx::{Cx, Named, is_id},
    keys::{Found, Keys},
    parameter::Env,
    problem::Place,
    source::{Sources, Spot},
};
use crate::{
    model::{Noun, Text},
    plan::Plan,
};

/// Reads the parsed files; the first is the plan's own, the others hold one runbook each.
pub(super) fn plan(
    cx: &mut Cx<'_>,
    docs: &[Spanned<DeTable<'_>>],
    sources: &Sources,
    env: &Env,
) -> Plan {
    let mut plan = Plan::empty(sources);
    let Some((main, runbooks)) = docs.split_first() else { return plan };
    let mut keys = Keys::new(main.get_ref(), top(0));
    collect(cx, main, runbooks);
    head::parameters(cx, &mut keys, env);
    head::read(cx, &mut keys, &mut plan);
    people::read(cx, &mut keys, &mut plan);
    plan.estate = estate::read(cx, &mut keys);
    watch::read(cx, &mut keys, &mut plan);
    let mut tables = keys.tables(cx, "runbook");
    for (index, doc) in runbooks.iter().enumerate() {
        let id = doc.get_ref().get("id").and_then(|id| id.get_ref().as_str());
        let id = id.map_or_else(|| file_name(sources, index + 1), str::to_owned);
        let place = Place { spot: top(index + 1).spot, at: format!("runbook.{id}") };
        tables.push(Keys::new(doc.get_ref(), place));
    }
    for table in tables {
        let at = table.place.at.clone();
        if let Some((runbook, promise)) = runbook::read(cx, table, &plan) {
            plan.promises.insert(runbook.id.clone(), promise);
            plan.runbooks.push(runbook);
        } else {
            let id = at.strip_prefix("runbook.").unwrap_or(&at);
            cx.broken.insert(id.into());
        }
    }
    keys.finish(cx, "a plan");
    plan.parameters = std::mem::take(&mut cx.parameters.0);
    plan.optional = cx
        .kinds
        .iter()
        .flat_map(|kind| kind.shared.iter().chain(kind.side))
        .filter(|field| !field.required)
        .map(|field| field.name)
        .collect();
    plan
}

/// The very beginning of a file.
fn top(file: usize) -> Place {
    Place { spot: Spot { file, start: 0, end: 0 }, at: String::new() }
}

fn file_name(sources: &Sources, index: usize) -> String {
    sources.files.get(index).map(|file| file.name.clone()).unwrap_or_default()
}

/// Notes every id before anything refers to one.
fn collect<'a>(
    cx: &mut Cx<'_>,
    main: &'a Spanned<DeTable<'a>>,
    runbooks: &'a [Spanned<DeTable<'a>>],
) {
    let named = [
        (Named::Parameter, "parameter"),
        (Named::Site, "site"),
        (Named::Role, "role"),
        (Named::Person, "person"),
        (Named::Service, "service"),
        (Named::Probe, "probe"),
        (Named::Runbook, "runbook"),
    ];
    let nouns = Noun::ALL.map(|noun| (Named::Resource, noun.word()));
    for (named, key) in named.into_iter().chain(nouns) {
        let tables = tables_of(main.get_ref(), key);
        cx.names.collect(named, tables, &mut cx.problems);
    }
    let files = runbooks.iter().enumerate().map(|(index, doc)| {
        let place = top(index + 1);
        (doc.get_ref(), Place { at: named_at("runbook", doc.get_ref()), ..place })
    });
    cx.names.collect(Named::Runbook, files, &mut cx.problems);
}

fn tables_of<'a>(
    main: &'a DeTable<'a>,
    key: &'a str,
) -> impl Iterator<Item = (&'a DeTable<'a>, Place)> {
    let items = main.get(key).and_then(|value| value.get_ref().as_array());
    items.into_iter().flatten().filter_map(move |item| {
        let table = item.get_ref().as_table()?;
        Some((table, Place { at: named_at(key, table), ..top(0) }))
    })
}

fn named_at(key: &str, table: &DeTable<'_>) -> String {
    let id = table.get("id").and_then(|id| id.get_ref().as_str());
    super::problem::join(key, id.unwrap_or_default())
}

/// The id of a table. A bad one was reported when the names were collected.
fn id<'a>(cx: &mut Cx<'_>, keys: &mut Keys<'a>, example: &str) -> Option<&'a str> {
    keys.need(cx, "id", &format!("\"{example}\""));
    let found = keys.raw(cx, "id")?;
    cx.note(&keys.place);
    is_id(found.value).then_some(found.value)
}

/// The name people read; without one, the id.
fn name(cx: &mut Cx<'_>, keys: &mut Keys<'_>, id: Option<&str>) -> Text {
    keys.text(cx, "name").unwrap_or_else(|| Text::clean(id.unwrap_or_default()))
}

/// One word out of a few.
fn word<T: Copy>(
    cx: &mut Cx<'_>,
    found: &Found<&str>,
    what: &str,
    words: &[(&'static str, T)],
) -> Option<T> {
    let hit = words.iter().find(|(word, _)| *word == found.value);
    if hit.is_none() {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        cx.error(
            "P-bad-value",
            &found.place,
            format!("`{}` is not {what}", found.value),
            super::suggest::advice(found.value, &known, "choose one of"),
        );
    }
    hit.map(|(_, value)| *value)
}

/// Text to text.
fn string_map(
    cx: &mut Cx<'_>,
    keys: &mut Keys<'_>,
    key: &'static str,
) -> BTreeMap<String, String> {
    let Some(table) = keys.table(cx, key) else { return BTreeMap::new() };
    let mut out = BTreeMap::new();
    for (name, place, value) in table.entries() {
        match value.get_ref().as_str() {
            Some(text) => {
                out.insert(name.to_owned(), cx.fill(text, &place));
            }
            None => cx.error(
                "P-wrong-type",
                &place,
                format!("the value of `{name}` is not text"),
                format!("write `{name} = \"...\"`"),
            ),
        }
    }
    out
}
