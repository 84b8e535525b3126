//! The page people read: tables, and below each row what has no column in them.

use serde_json::Value;

use super::{
    Takes, Times, cells,
    follows::{self, Steps},
    pairs,
    sections::{SECTIONS, Section},
    text, written,
};
use crate::{
    model::{Countdown, RunbookId, Step, StepId},
    plan::{
        Plan,
        language::{
            BackupRow, DrillRow, FileRow, Items, PhaseRow, RunbookRow, Said, StepRow,
            Table, TableDef,
        },
        page::{Detailed, Page},
        spans,
    },
};

/// Everything a plan says, on `page`; with `runbook` only that one.
pub fn human(
    plan: &Plan,
    runbook: Option<&RunbookId>,
    times: &Times,
    page: Page,
) -> String {
    let mut show = Show { plan, file: written(plan), times, page };
    match runbook {
        Some(id) => show.runbooks(Some(id)),
        None => show.everything(),
    }
    show.page.text()
}

struct Show<'p> {
    plan: &'p Plan,
    file: Value,
    times: &'p Times,
    page: Page,
}

/// The table a column of the plan's file holds.
fn table(key: &str) -> Option<&'static TableDef> {
    let column = FileRow::DEF.columns.iter().find(|column| column.key == key)?;
    (column.ty)().table()
}

impl Show<'_> {
    fn everything(&mut self) {
        let plan = self.file.get("plan").cloned().unwrap_or_default();
        let name = plan.get("name").map(text).unwrap_or_default();
        let title = plan
            .get("title")
            .map_or_else(String::new, |title| format!("  {}", text(title)));
        let digest = self.plan.digest.get(..7).unwrap_or_default().to_owned();
        self.page.title(&format!("PLAN {name} @{digest}{title}"));
        if let Some(def) = table("plan") {
            self.fields(def, &plan, &["name", "title"]);
        }
        if let Some(schema) = self.file.get("schema") {
            self.page.field("schema", &text(schema));
        }
        for section in SECTIONS {
            self.section(section);
        }
        // What the language has and this file does not know of.
        let told = |key: &str| {
            ["schema", "plan", "runbook"].contains(&key)
                || SECTIONS.iter().any(|section| section.key == key)
        };
        for column in FileRow::DEF.columns.iter().filter(|column| !told(column.key)) {
            let columns: &[&str] = &["id", "name"];
            self.section(&Section { key: column.key, title: column.key, columns });
        }
        self.runbooks(None);
    }

    fn section(&mut self, section: &Section) {
        let Some(value) = self.file.get(section.key).cloned() else { return };
        let Some(def) = table(section.key) else { return };
        self.page.heading(section.title);
        match &value {
            Value::Array(rows) => {
                let mut rows: Vec<(usize, &Value)> = rows.iter().enumerate().collect();
                rows.sort_by_key(|(at, _)| cells::place(self.plan, section, *at));
                let rows: Vec<Detailed> = rows
                    .into_iter()
                    .map(|(at, row)| {
                        let (cells, mut rest) = split(def, row, section.columns);
                        rest.extend(self.follows(section.key, at));
                        (cells::filled(self.plan, section, at, cells), rest)
                    })
                    .collect();
                self.page.rows(section.columns, &rows);
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_) => self.fields(def, &value, &[]),
        }
    }

    /// Every key of a table of which there is one.
    fn fields(&mut self, def: &'static TableDef, row: &Value, but: &[&str]) {
        for (key, value) in
            pairs(def, row).into_iter().filter(|(key, _)| !but.contains(&key.as_str()))
        {
            self.page.field(&label(&key), &value);
        }
    }

    /// What follows from a row, below it.
    fn follows(&self, key: &str, at: usize) -> Vec<(String, String)> {
        let said = |label: &str, value: Option<String>| {
            value.map(|value| (label.to_owned(), value)).into_iter().collect::<Vec<_>>()
        };
        match key {
            "service" => {
                let row = self.plan.file.service.items().get(at);
                let Some(id) = row.and_then(|row| row.id.get()) else {
                    return Vec::new();
                };
                let all = follows::promises(self.plan, &id.as_str().into());
                let mut told = said("promised", promised(&all));
                told.extend(said("tightest", follows::tightest(&all)));
                told
            }
            "role" => {
                let row = self.plan.file.role.items().get(at);
                let own = row.and_then(|row| row.id.get());
                let role = own.and_then(|id| {
                    self.plan.roles.iter().find(|role| role.id.as_str() == id)
                });
                let people = role.map(|role| {
                    let ids = role.people.iter().map(crate::model::PersonId::as_str);
                    ids.collect::<Vec<_>>().join(", ")
                });
                said("held by", people.filter(|people| !people.is_empty()))
            }
            "backup" => {
                let rows: &[BackupRow] = self.plan.file.backup.items();
                let stale = rows.get(at).and_then(follows::stale_after);
                said("stale after", stale.map(|span| span.to_string()))
            }
            "document" => {
                let rows = self.plan.file.document.items();
                let path = rows.get(at).and_then(|row| row.path.get());
                let name = path.map(|path| path.trim_start_matches("./"));
                let beside = name.and_then(|name| self.plan.beside.get(name));
                let told = beside.map(|one| if one.there { "there" } else { "MISSING" });
                said("beside the plan", told.map(str::to_owned))
            }
            "drill" => {
                let rows: &[DrillRow] = self.plan.file.drill.items();
                let due = rows.get(at).and_then(|row| follows::due(self.plan, row));
                let told = due.map(|(day, past)| {
                    format!("{day}{}", if past { ", OVERDUE" } else { "" })
                });
                said("due", told)
            }
            "parameter" => {
                let found = self.plan.parameters.get(at);
                said(
                    "now",
                    found.map(|one| {
                        if one.is_unset() { "unset" } else { "set" }.to_owned()
                    }),
                )
            }
            _ => Vec::new(),
        }
    }

    fn runbooks(&mut self, only: Option<&RunbookId>) {
        let rows = self.file.get("runbook").and_then(Value::as_array).cloned();
        for (at, row) in rows.unwrap_or_default().iter().enumerate() {
            let wanted = only.is_none_or(|id| {
                row.get("id").and_then(Value::as_str) == Some(id.as_str())
            });
            if wanted {
                self.runbook(row, at);
            }
        }
    }

    fn runbook(&mut self, row: &Value, at: usize) {
        let field = |key: &str| row.get(key).map(text).unwrap_or_default();
        self.page.heading(&format!("runbook {}  {}", field("id"), field("name")));
        self.fields(RunbookRow::DEF, row, &["id", "name", "phase", "step"]);
        let id = RunbookId::new(field("id"));
        if let Some(promise) = self.plan.promises.get(&id) {
            if let Some(told) = promised(&promise.countdowns) {
                self.page.field("promised", &told);
            }
            let services: Vec<&str> =
                promise.services.iter().map(crate::model::ServiceId::as_str).collect();
            if !services.is_empty() {
                self.page.field("brings back", &services.join(", "));
            }
        }
        let phases =
            row.get("phase").and_then(Value::as_array).cloned().unwrap_or_default();
        if !phases.is_empty() {
            self.page.line("");
            self.part(PhaseRow::DEF, &phases, &["id", "name", "budget", "window"]);
        }
        self.steps(&id, row, at);
    }

    fn part(&mut self, def: &'static TableDef, rows: &[Value], columns: &[&'static str]) {
        let rows: Vec<_> = rows.iter().map(|row| split(def, row, columns)).collect();
        let mut named = columns.to_vec();
        if let Some(first) = named.first_mut().filter(|_| def.head == "[[phase]]") {
            *first = "phase";
        }
        self.page.rows(&named, &rows);
    }

    fn steps(&mut self, id: &RunbookId, row: &Value, at: usize) {
        const COLUMNS: &[&str] = &["#", "step", "name", "owner", "tier", "takes"];
        let steps =
            row.get("step").and_then(Value::as_array).cloned().unwrap_or_default();
        if steps.is_empty() {
            return;
        }
        let runbook = self.plan.runbook(id);
        let known = runbook.map(|runbook| Steps::of(self.plan, runbook));
        let written: &[StepRow] = self
            .plan
            .file
            .runbook
            .items()
            .get(at)
            .map(|row| row.step.items())
            .unwrap_or_default();
        let numbers = self.plan.numbers(id);
        let rows: Vec<Detailed> = steps
            .iter()
            .zip(written)
            .map(|(value, row)| {
                let own = row.id.get().map_or("", String::as_str);
                let found = known.as_ref().and_then(|known| known.steps.get(own));
                let (_, mut rest) = split(StepRow::DEF, value, &["id", "name", "owner"]);
                let step = found.map(|(step, _)| *step);
                // What stands in a column is not said again.
                rest.retain(|(key, _)| key != "estimate" || step.is_none());
                rest.retain(|(key, value)| {
                    key != "tier" || step.is_none_or(|step| step.tier.word() != value)
                });
                let takes = self.times.get(&(id.clone(), own.into()));
                if let (Some(step), Some(known)) = (step, &known) {
                    rest.extend(followed(step, known, row, takes));
                }
                let number = numbers.get(&StepId::new(own)).map(|all| spans(all));
                let number = number.unwrap_or_default();
                (line(value, own, step, (number, takes)), rest)
            })
            .collect();
        self.page.line("");
        self.page.rows(COLUMNS, &rows);
    }
}

/// `#`, id, name, owner, tier, how long it takes.
fn line(
    value: &Value,
    own: &str,
    step: Option<&Step>,
    (number, takes): (String, Option<&Takes>),
) -> Vec<String> {
    let field = |key: &str| value.get(key).map(text).unwrap_or_default();
    let Some(step) = step else {
        return vec![
            String::new(),
            own.to_owned(),
            field("name"),
            field("owner"),
            field("tier"),
            String::new(),
        ];
    };
    vec![
        number,
        own.to_owned(),
        step.name.to_string(),
        field("owner"),
        step.tier.word().to_owned(),
        takes.map_or_else(
            || format!("~{}", step.estimate.p50),
            |takes| format!("~{}", takes.words.0),
        ),
    ]
}

/// What a step waits for, how long it may take, and what it asks.
fn followed(
    step: &Step,
    known: &Steps<'_>,
    row: &StepRow,
    takes: Option<&Takes>,
) -> Vec<(String, String)> {
    let mut told = Vec::new();
    let mut say = |label: &str, value: String| told.push((label.to_owned(), value));
    if row.needs.is_none() && !step.needs.is_empty() {
        let ids: Vec<&str> = step.needs.iter().map(StepId::as_str).collect();
        say("waits for", ids.join(", "));
    }
    match takes {
        Some(takes) if takes.estimate != step.estimate => {
            say("p95 now", takes.words.1.clone());
        }
        Some(_) | None if row.estimate_p95.is_some() => {}
        Some(_) | None if step.estimate.p95 > step.estimate.p50 => {
            say("p95", step.estimate.p95.to_string());
        }
        Some(_) | None => {}
    }
    let calls = known.called(&step.id);
    if !calls.is_empty() {
        say("asks", calls.join("; "));
    }
    told
}

fn promised(all: &[Countdown]) -> Option<String> {
    let told: Vec<String> = all.iter().map(follows::promise).collect();
    (!told.is_empty()).then(|| format!("{} (RTO / RPO)", told.join("; ")))
}

/// The cells of a row, and its other keys.
fn split(
    def: &'static TableDef,
    row: &Value,
    columns: &[&str],
) -> (Vec<String>, Vec<(String, String)>) {
    let all = pairs(def, row);
    let cell = |key: &&str| {
        let found = all.iter().find(|(own, _)| own == key);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let cells = columns.iter().map(cell).collect();
    let rest = all.iter().filter(|(key, _)| !columns.contains(&key.as_str()));
    (cells, rest.map(|(key, value)| (label(key), value.clone())).collect())
}

/// A key as a word.
fn label(key: &str) -> String {
    key.replace('_', " ")
}
