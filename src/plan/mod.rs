//! What an organisation wrote, checked and resolved: TOML files become a [`Plan`] of
//! `model` types, or a list of [`Problem`]s with the line each stands on. Nothing here
//! knows what time it is, what the world looks like or which drivers exist: the kinds of
//! technology come in as [`KindSpec`]s.
//!
//! A plan is a directory (`plan.toml`, and one runbook a file under `runbooks/`) or one
//! file. Reading goes on past every problem, so that one pass names them all.

pub mod begin;
mod beside;
mod cx;
pub mod data;
pub mod domain;
mod embedded;
pub mod exercise;
mod expand;
mod format;
pub mod graph;
mod index;
pub mod language;
pub mod lint;
mod migrate;
mod order;
pub mod page;
mod parameter;
mod placeholder;
pub mod problem;
#[expect(
    clippy::ref_option,
    reason = "a key that may be written is an option of its row, and rows are lent"
)]
mod read;
mod reference;
mod render;
mod schema;
pub mod show;
pub mod source;
mod suggest;
mod waiver;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use jiff::civil::Date;
use toml::{Spanned, de::DeTable};

use crate::model::{
    Action, Brief, Countdown, KindSpec, Listing, Objective, Person, PlanRef, Probe,
    Resource, Role, RoleId, Runbook, RunbookId, Service, ServiceId, Site, Step, StepId,
    Text,
};
pub use beside::Beside;
use cx::Cx;
use language::{FileRow, Said as _};
use source::Spot;

pub use embedded::{EMBEDDED, Embedded};
pub use expand::{Choice, Numbers, spans};
pub use format::{FileKind, format};
pub use language::quoted;
pub use lint::{LintDef, lints};
pub use migrate::{Migrated, SCHEMA, migrate};
pub use parameter::{Env, Parameter};
pub use problem::{Level, Place, Problem};
pub use reference::reference;
pub use render::{explain, github, human, json, list, list_json, sarif, verdict};
pub use schema::schema;
pub use source::{Source, Sources};

/// Who answers for the plan, and when somebody last read it. Dates are `2026-01-31`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    pub owner: Option<Text>,
    pub version: Option<Text>,
    pub reviewed: Option<Text>,
    pub next: Option<Text>,
}

/// What a runbook is measured by, and what undoes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    pub objective: Objective,
    /// The services it brings back, with all they depend on, in the plan's order.
    pub services: Vec<ServiceId>,
    /// Every promise that applies, the tightest first.
    pub countdowns: Vec<Countdown>,
    pub failback: Option<RunbookId>,
}

/// A whole plan, resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub name: Text,
    pub title: Text,
    /// SHA-256 of the plan's files, hexadecimal.
    pub digest: String,
    pub path: Text,
    pub review: Review,
    pub objective: Objective,
    /// What starts and what stops the RTO clock.
    pub rto_clock: Option<(Text, Text)>,
    pub commander: Option<RoleId>,
    pub parameters: Vec<Parameter>,
    /// How what there is to pick from is asked for, by the list's id.
    pub lists: BTreeMap<String, Listing>,
    /// Keys of kinds that need not be set: hands refuse by themselves what they miss.
    pub(crate) optional: BTreeSet<&'static str>,
    /// Kinds whose own hands see how far a side is behind, without a declared probe.
    pub(crate) self_watching: BTreeSet<&'static str>,
    pub sites: Vec<Site>,
    pub roles: Vec<Role>,
    pub people: Vec<Person>,
    pub estate: Vec<Resource>,
    pub services: Vec<Service>,
    pub probes: Vec<Probe>,
    pub runbooks: Vec<Runbook>,
    /// One for each runbook.
    pub promises: BTreeMap<RunbookId, Promise>,
    /// What people need beside the steps.
    pub brief: Brief,
    /// Everything as it was written, each value with its place.
    pub file: FileRow,
    /// Every file the plan names, by its name beside the plan.
    pub beside: BTreeMap<String, Beside>,
    /// The day it is checked on, when somebody said: what is overdue is found then.
    pub today: Option<Date>,
    /// What is called how, for those who ask often.
    index: index::Index,
}

impl Plan {
    /// The word its owners give it: active, draft, retired.
    pub fn status(&self) -> Option<&str> {
        let head = self.file.plan.get()?;
        head.status.get().map(Text::as_str)
    }

    pub(crate) fn empty(sources: &Sources) -> Self {
        Self {
            name: Text::default(),
            title: Text::default(),
            digest: sources.digest(std::iter::empty()),
            path: Text::clean(&sources.path),
            review: Review::default(),
            objective: Objective {
                rto: crate::model::Span::ZERO,
                rpo: crate::model::Span::ZERO,
                stable: crate::model::Span::ZERO,
            },
            rto_clock: None,
            commander: None,
            parameters: Vec::new(),
            lists: BTreeMap::new(),
            optional: BTreeSet::new(),
            self_watching: BTreeSet::new(),
            sites: Vec::new(),
            roles: Vec::new(),
            people: Vec::new(),
            estate: Vec::new(),
            services: Vec::new(),
            probes: Vec::new(),
            runbooks: Vec::new(),
            promises: BTreeMap::new(),
            brief: Brief::default(),
            file: FileRow::default(),
            beside: BTreeMap::new(),
            today: None,
            index: index::Index::default(),
        }
    }

    pub fn reference(&self) -> PlanRef {
        PlanRef {
            name: self.name.clone(),
            digest: self.digest.clone(),
            path: self.path.clone(),
        }
    }

    pub fn runbook(&self, id: &RunbookId) -> Option<&Runbook> {
        self.runbooks.iter().find(|runbook| runbook.id == *id)
    }

    /// Steps that cannot be run against the real world because a parameter they use is
    /// unset, each with that parameter.
    pub fn blocked(&self, id: &RunbookId) -> Vec<(StepId, &Parameter)> {
        let Some(runbook) = self.runbook(id) else { return Vec::new() };
        let stopped = |step: &Step| -> Vec<(StepId, &Parameter)> {
            self.stopping(id, &step.id).map(|one| (step.id.clone(), one)).collect()
        };
        runbook.steps().flat_map(stopped).collect()
    }

    /// The unset parameters one step cannot do without.
    fn stopping(
        &self,
        runbook: &RunbookId,
        step: &StepId,
    ) -> impl Iterator<Item = &Parameter> {
        let found = self.runbook(runbook).and_then(|known| known.step(step));
        let paths = found.map(|step| self.paths(runbook, step)).unwrap_or_default();
        let unset = self.parameters.iter().filter(|one| one.is_unset());
        unset.filter(move |one| one.is_used_in(&paths, &self.optional))
    }

    /// Where the values a step works with were written.
    fn paths(&self, runbook: &RunbookId, step: &Step) -> Vec<String> {
        let mut paths = vec![format!("runbook.{runbook}.{}", step.id)];
        match &step.action {
            Action::Estate { resource, side, .. } => {
                let found = self.resource(resource.as_str());
                paths.extend(found.map(|known| format!("{}.{resource}", known.noun)));
                paths.push(format!("site.{side}"));
            }
            Action::Check { probe } => paths.push(format!("probe.{probe}")),
            Action::Command(_)
            | Action::Http(_)
            | Action::Manual { .. }
            | Action::Approval { .. }
            | Action::Wait { .. }
            | Action::Notify { .. }
            | Action::Errand(_) => {}
        }
        paths
    }
}

/// What loading a plan came to.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// None when there is any error.
    pub plan: Option<Plan>,
    /// What could be read of a plan with errors: to be looked at, never to be run. None
    /// when a file could not be read, or is no TOML.
    pub draft: Option<Plan>,
    /// In the order of the files.
    pub problems: Vec<Problem>,
    pub sources: Sources,
}

impl Loaded {
    /// The plan, with errors or without: to be looked at.
    pub fn seen(&self) -> Option<&Plan> {
        self.plan.as_ref().or(self.draft.as_ref())
    }

    /// What `warroom check` exits with: 0 clean, 1 warnings, 2 errors.
    pub fn exit_code(&self) -> u8 {
        match self.problems.iter().map(|problem| problem.level).min() {
            None => 0,
            Some(Level::Warning) => 1,
            Some(Level::Error) => 2,
        }
    }
}

/// Every runbook that was written, also one that could not be read whole.
pub fn runbook_ids(plan: &Plan) -> Vec<String> {
    use language::Items;
    let rows = plan.file.runbook.items().iter();
    rows.filter_map(|row| row.id.get().cloned()).collect()
}

/// A promise somebody made: none stands for a time nobody named.
pub fn promised(span: crate::model::Span) -> Option<crate::model::Span> {
    (span < read::UNPROMISED.rto).then_some(span)
}

/// Loads the plan at `path`: a directory or one file.
pub fn load(path: &Path, kinds: &[KindSpec], env: &Env) -> Loaded {
    load_as_of(path, kinds, env, None)
}

/// As [`load`], on a certain day: waivers and reviews that are past it are found.
pub fn load_as_of(
    path: &Path,
    kinds: &[KindSpec],
    env: &Env,
    today: Option<Date>,
) -> Loaded {
    let (sources, unreadable) = Sources::read(path);
    let mut loaded = load_sources(sources, kinds, env, today);
    if !unreadable.is_empty() {
        loaded.plan = None;
        loaded.draft = None;
        // What a missing file would have said is not worth guessing at.
        loaded.problems.retain(|problem| problem.lint == "P-syntax");
        let bad = unreadable.into_iter().map(Problem::from);
        loaded.problems = bad.chain(loaded.problems).collect();
    }
    loaded
}

/// Loads a plan that is part of the program; see [`EMBEDDED`].
pub fn load_embedded(
    name: &str,
    files: &[(&str, &str)],
    kinds: &[KindSpec],
    env: &Env,
) -> Loaded {
    load_embedded_as_of(name, files, kinds, env, None)
}

/// As [`load_embedded`], on a certain day.
pub fn load_embedded_as_of(
    name: &str,
    files: &[(&str, &str)],
    kinds: &[KindSpec],
    env: &Env,
    today: Option<Date>,
) -> Loaded {
    load_sources(Sources::embedded(name, files), kinds, env, today)
}

fn load_sources(
    sources: Sources,
    kinds: &[KindSpec],
    env: &Env,
    today: Option<Date>,
) -> Loaded {
    let mut cx = Cx::new(kinds);
    cx.places.expect(sources.files.iter().map(|source| source.text.len()).sum());
    let docs: Vec<Spanned<DeTable<'_>>> = sources
        .files
        .iter()
        .enumerate()
        .map(|(file, source)| parse(&mut cx, file, source))
        .collect();
    let garbled = cx.problems.has_errors();
    let mut plan = read::plan(&mut cx, &docs, &sources, env);
    plan.today = today;
    beside::read(&mut cx, &mut plan, &sources);
    let there = plan.beside.iter();
    plan.digest = sources.digest(
        there.filter_map(|(name, one)| Some((name.as_str(), one.text.as_deref()?))),
    );
    if garbled {
        // What could not be parsed is not missing, only unread.
        cx.problems.retain(|lint| !matches!(lint, "P-missing-key" | "L92" | "L24"));
    } else {
        lint::run(&mut cx, &plan);
        waiver::apply(&mut cx, &plan, today);
    }
    let unusable = cx.problems.has_errors();
    let problems = cx.problems.finish(&sources);
    let there = !garbled && !sources.files.is_empty();
    let (plan, draft) = match (there, unusable) {
        (false, _) => (None, None),
        (true, true) => (None, Some(plan)),
        (true, false) => (Some(plan), None),
    };
    Loaded { plan, draft, problems, sources }
}

fn parse<'a>(cx: &mut Cx<'_>, file: usize, source: &'a Source) -> Spanned<DeTable<'a>> {
    let (doc, errors) = DeTable::parse_recoverable(&source.text);
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let spot = Spot { file, start: span.start, end: span.end };
        cx.error(
            "P-syntax",
            &Place { spot, at: String::new() },
            format!("this is not TOML: {}", syntax(error.message())),
            advice(error.message()),
        );
    }
    doc
}

/// The parser's words, where there are plainer ones.
fn syntax(message: &str) -> &str {
    match message {
        "invalid basic string, expected `\"`" => {
            "the text on this line has no closing \""
        }
        "missing opening quote, expected `\"`" => "this text has no opening \"",
        other => other,
    }
}

fn advice(message: &str) -> &'static str {
    if message.contains("expected `\"`") {
        "put the whole value in quotes: `key = \"value\"`"
    } else {
        "write `key = \"value\"` on a line of its own, or a [table] heading"
    }
}
