//! From rows to a plan: each section of the language has its file here. The rows' shapes
//! are already checked; here they get their meaning, and what refers to what is settled.
//! What a whole plan gets wrong is `lint`'s to say.

mod action;
mod brief;
mod defaults;
mod errand;
mod estate;
mod head;
mod needs;
mod objective;
mod people;
mod probe;
mod runbook;
mod step;
mod terms;
mod watch;

pub(super) use head::{SCHEMA, UNPROMISED};
pub(super) use objective::countdowns;
use toml::{Spanned, de::DeTable};

use super::{
    Plan,
    cx::{Cx, Named},
    index::Index,
    language::{FileRow, Found, Items, Reader, RunbookRow, Table},
    parameter::Env,
    problem::Place,
    source::{Sources, Spot},
};
use crate::model::{Noun, Text};

/// Reads the parsed files; the first is the plan's own, the others hold one runbook each.
pub(super) fn plan(
    cx: &mut Cx<'_>,
    docs: &[Spanned<DeTable<'_>>],
    sources: &Sources,
    env: &Env,
) -> Plan {
    let mut plan = Plan::empty(sources);
    let Some((main, runbooks)) = docs.split_first() else { return plan };
    collect(cx, main, runbooks);
    head::parameters(cx, main.get_ref(), env);
    let mut file = FileRow::read(cx, Reader::new(main.get_ref(), top(0)));
    own_files(cx, &mut file, runbooks, sources);
    plan.file = file;
    head::read(cx, &mut plan);
    plan.lists = head::lists(cx, &plan.file);
    people::read(cx, &mut plan);
    plan.estate = estate::read(cx, &plan.file);
    watch::read(cx, &mut plan);
    objective::read(cx, &mut plan);
    plan.index = Index::of(&plan.estate, &plan.services);
    procedures(cx, &mut plan);
    runbook::calls(cx, &plan);
    brief::read(cx, &mut plan);
    plan.parameters = std::mem::take(&mut cx.parameters.0);
    plan.optional = cx
        .kinds
        .iter()
        .flat_map(|kind| kind.shared.iter().chain(kind.side))
        .filter(|field| !field.required)
        .map(|field| field.name)
        .collect();
    let eyes = cx.kinds.iter().filter(|kind| kind.live && kind.noun == Noun::Database);
    plan.self_watching = eyes.map(|kind| kind.kind).collect();
    plan
}

/// All runbooks, once everything they refer to is there.
fn procedures(cx: &mut Cx<'_>, plan: &mut Plan) {
    let read: Vec<_> = plan
        .file
        .runbook
        .items()
        .iter()
        .filter_map(|row| {
            let read = runbook::read(cx, row, plan);
            if read.is_none() {
                let at = &row.place.at;
                cx.broken.insert(at.strip_prefix("runbook.").unwrap_or(at).into());
            }
            read
        })
        .collect();
    for (runbook, promise) in read {
        plan.promises.insert(runbook.id.clone(), promise);
        plan.runbooks.push(runbook);
    }
}

/// The very beginning of a file.
fn top(file: usize) -> Place {
    Place { spot: Spot { file, start: 0, end: 0 }, at: String::new() }
}

/// Runbooks in files of their own come after those of the plan's own file.
fn own_files(
    cx: &mut Cx<'_>,
    file: &mut FileRow,
    runbooks: &[Spanned<DeTable<'_>>],
    sources: &Sources,
) {
    if runbooks.is_empty() {
        return;
    }
    let list = file.runbook.get_or_insert_with(Found::default);
    for (index, doc) in runbooks.iter().enumerate() {
        let id = doc.get_ref().get("id").and_then(|id| id.get_ref().as_str());
        let id = id.map_or_else(|| file_name(sources, index + 1), str::to_owned);
        let place = Place { spot: top(index + 1).spot, at: format!("runbook.{id}") };
        cx.note(place.at.clone(), place.spot);
        list.value.push(RunbookRow::read(cx, Reader::new(doc.get_ref(), place)));
    }
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
        (Named::List, "list"),
        (Named::Tenant, "tenant"),
        (Named::Site, "site"),
        (Named::Host, "host"),
        (Named::Mode, "mode"),
        (Named::Role, "role"),
        (Named::Person, "person"),
        (Named::Access, "access"),
        (Named::Contact, "contact"),
        (Named::Audience, "audience"),
        (Named::Channel, "channel"),
        (Named::Resource, "resource"),
        (Named::Probe, "probe"),
        (Named::Tier, "tier"),
        (Named::Service, "service"),
        (Named::Severity, "severity"),
        (Named::Scenario, "scenario"),
        (Named::Backup, "backup"),
        (Named::Alarm, "alarm"),
        (Named::Checklist, "checklist"),
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

/// The name people read; without one, the id.
fn name(written: Option<&Found<Text>>, id: &str) -> Text {
    written.map_or_else(|| Text::clean(id), |found| found.value.clone())
}

type List = Option<Found<Vec<Found<String>>>>;

/// The ids of a list, as their own type.
fn ids<T: for<'x> From<&'x str>>(list: &List) -> Vec<T> {
    list.items().iter().map(|found| T::from(found.value.as_str())).collect()
}

/// An id, as its own type.
fn id<T: for<'x> From<&'x str>>(written: Option<&Found<String>>) -> Option<T> {
    written.map(|found| T::from(found.value.as_str()))
}

/// Texts of a list.
fn texts(list: &List) -> Vec<String> {
    list.items().iter().map(|found| found.value.clone()).collect()
}

type Pairs = Option<Found<Vec<(String, Found<String>)>>>;

/// Names and values of a table with any keys.
fn pairs(table: &Pairs) -> std::collections::BTreeMap<String, String> {
    let entries = table.items().iter();
    entries.map(|(key, found)| (key.clone(), found.value.clone())).collect()
}
