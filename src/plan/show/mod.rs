//! Everything a plan says, for people and for programs. Folds over the description of the
//! language: a key that is described is shown, whoever added it. Says what follows where
//! a plan leaves it open (what a step waits for, which objective is the tightest), and
//! judges nothing.

mod cells;
mod follows;
mod human;
mod sections;

use std::collections::BTreeMap;

pub use human::human;
use serde_json::{Value, json};

use super::{
    Plan,
    language::{Table, TableDef},
};
use crate::model::{Estimate, RunbookId, StepId};

/// How long a step takes, as the forecast has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Takes {
    pub estimate: Estimate,
    /// The same in words: half the time, and 19 times in 20.
    pub words: (String, String),
}

/// How long steps take where more is known than they say themselves: what they call, and
/// what was seen of them. The others take what they say.
pub type Times = BTreeMap<(RunbookId, StepId), Takes>;

/// Everything, for programs: `plan` as it was written, `resolved` what follows from it.
/// With `runbook` only that one. `schema_version` changes only with the meaning of a field.
pub fn json(plan: &Plan, runbook: Option<&RunbookId>, times: &Times) -> Value {
    let mut file = written(plan);
    if let (Some(id), Value::Object(entries)) = (runbook, &mut file) {
        let wanted =
            |row: &Value| row.get("id").and_then(Value::as_str) == Some(id.as_str());
        let rows = entries.get("runbook").and_then(Value::as_array);
        let one: Vec<Value> =
            rows.into_iter().flatten().filter(|row| wanted(row)).cloned().collect();
        return json!({
            "schema_version": 1,
            "runbook": one,
            "resolved": follows::runbooks(plan, runbook, times),
        });
    }
    json!({
        "schema_version": 1,
        "plan": file,
        "resolved": {
            "services": follows::services(plan),
            "runbooks": follows::runbooks(plan, None, times),
        },
    })
}

/// The plan as it was written. Parameters are read before everything else, and stand in
/// their own place.
fn written(plan: &Plan) -> Value {
    let mut file = plan.file.json();
    let parameters: Vec<Value> =
        plan.parameters.iter().map(|one| one.row.json()).collect();
    if let Value::Object(entries) = &mut file {
        entries.remove("parameter");
        if !parameters.is_empty() {
            entries.insert("parameter".to_owned(), Value::Array(parameters));
        }
    }
    file
}

/// The keys of a row in the order of their description, then those it is open to.
fn pairs(def: &'static TableDef, row: &Value) -> Vec<(String, String)> {
    let Value::Object(entries) = row else { return Vec::new() };
    let described = def.columns.iter().filter_map(|column| {
        let value = entries.get(column.key)?;
        Some((column.key, value))
    });
    let known = |key: &str| def.columns.iter().any(|column| column.key == key);
    let rest = entries.iter().filter(|(key, _)| !known(key));
    let all = described.chain(rest.map(|(key, value)| (key.as_str(), value)));
    all.flat_map(|(key, value)| unfolded(key, value)).collect()
}

/// A key and its value; of a table of tables, each of them.
fn unfolded(key: &str, value: &Value) -> Vec<(String, String)> {
    match value {
        Value::Object(entries)
            if !entries.is_empty() && entries.values().all(Value::is_object) =>
        {
            let inner = |value: &Value| {
                let text = text(value);
                text.trim_start_matches("{ ").trim_end_matches(" }").to_owned()
            };
            entries
                .iter()
                .map(|(name, value)| (format!("{key} {name}"), inner(value)))
                .collect()
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => vec![(key.to_owned(), text(value))],
    }
}

/// A value as a plan would write it, without quotes.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Object(entries) => {
            let pairs =
                entries.iter().map(|(key, value)| format!("{key} = {}", text(value)));
            format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}
