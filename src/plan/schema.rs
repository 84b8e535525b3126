//! The language as a JSON Schema (draft 7), for editors with a TOML language server.
//! Generated from the same description the reader is made of; see `assets/plan.schema.json`.

use serde_json::{Map, Value, json};

use super::language::{self, Column, FileRow, Open, RunbookRow, Table, TableDef, Ty};
use crate::model::{Field, FieldType, KindSpec, Noun, VERBS};

/// The schema of a plan's files, for the technologies `kinds` names.
pub fn schema(kinds: &[KindSpec]) -> Value {
    let tables = language::all();
    let definitions: Map<String, Value> =
        tables.iter().map(|def| (slug(def), table(def, kinds))).collect();
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "warroom plan",
        "description": "plan.toml has a `schema` key; a file under runbooks/ has none.",
        "if": { "required": ["schema"] },
        "then": reference(FileRow::DEF),
        "else": reference(RunbookRow::DEF),
        "definitions": definitions,
    })
}

fn reference(def: &TableDef) -> Value {
    json!({ "$ref": format!("#/definitions/{}", slug(def)) })
}

/// The table's head without its brackets.
fn slug(def: &TableDef) -> String {
    def.head.trim_matches(['[', ']']).replace('.', "-")
}

/// A doc comment as one line.
pub(super) fn sentence(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn table(def: &TableDef, kinds: &[KindSpec]) -> Value {
    let mut properties: Map<String, Value> = def
        .columns
        .iter()
        .map(|column| (column.key.to_owned(), property(column)))
        .collect();
    for field in more(def, kinds) {
        let key = field.name.to_owned();
        properties.entry(key).or_insert_with(|| of_field(field));
    }
    let required: Vec<&str> =
        def.columns.iter().filter(|one| one.need).map(|one| one.key).collect();
    json!({
        "type": "object",
        "description": sentence(def.doc),
        "properties": properties,
        "required": required,
        // What a technology nobody knows has for keys, nobody knows either.
        "additionalProperties": matches!(def.open, Open::Kind | Open::Side),
        "patternProperties": { "^x_": {} },
    })
}

/// The keys a table is open to.
fn more<'k>(def: &TableDef, kinds: &'k [KindSpec]) -> Vec<&'k Field> {
    let noun = Noun::ALL.into_iter().find(|noun| slug(def) == noun.word());
    match def.open {
        Open::No => Vec::new(),
        Open::Kind => kinds
            .iter()
            .filter(|kind| Some(kind.noun) == noun)
            .flat_map(|kind| kind.shared)
            .collect(),
        Open::Side => kinds.iter().flat_map(|kind| kind.side).collect(),
        Open::Verb => VERBS.iter().flat_map(|row| row.verb.args()).collect(),
    }
}

fn of_field(field: &Field) -> Value {
    let mut value = match field.ty {
        FieldType::Text => json!({ "type": "string" }),
        FieldType::Number => json!({ "type": "integer", "minimum": 0 }),
        FieldType::Flag => json!({ "type": "boolean" }),
        FieldType::Duration => of(&Ty::Duration),
        FieldType::List => json!({ "type": "array" }),
        // A parameter may stand for one.
        FieldType::Word(words) => json!({
            "anyOf": [{ "enum": words }, { "type": "string", "pattern": "\\$\\{" }],
        }),
    };
    describe(&mut value, field.doc);
    value
}

fn property(column: &Column) -> Value {
    let mut value = of(&(column.ty)());
    describe(&mut value, &sentence(column.doc));
    value
}

/// A reference stands alone in draft 7: a description beside it would be ignored.
fn describe(value: &mut Value, doc: &str) {
    if value.get("$ref").is_some() {
        *value = json!({ "allOf": [value.clone()] });
    }
    if let Some(object) = value.as_object_mut() {
        object.insert("description".to_owned(), doc.into());
    }
}

fn of(ty: &Ty) -> Value {
    match ty {
        Ty::Text | Ty::Script => json!({ "type": "string" }),
        Ty::Id | Ty::Ref(_) => {
            json!({ "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$" })
        }
        Ty::Duration => {
            json!({ "type": "string", "pattern": "^\\+?([0-9]+ ?(ms|s|m|min|h|d) ?)+$" })
        }
        Ty::Cadence => json!({ "type": "string" }),
        Ty::Bound => json!({ "type": "string", "pattern": "^ *(>=|<=|>|<|=) *-?[0-9]" }),
        Ty::Whole(low, high) => {
            json!({ "type": "integer", "minimum": low, "maximum": high })
        }
        Ty::Number(low, high) => {
            json!({ "type": "number", "minimum": low, "maximum": high })
        }
        Ty::Flag => json!({ "type": "boolean" }),
        // An unquoted date is one to TOML, and text to JSON.
        Ty::Date => json!({ "type": "string" }),
        Ty::Word(words) => json!({ "enum": words }),
        Ty::Window => json!({
            "type": "array",
            "items": of(&Ty::Duration),
            "minItems": 1,
            "maxItems": 2,
        }),
        Ty::Any => json!({}),
        Ty::List(item) => json!({ "type": "array", "items": of(item) }),
        Ty::Map(item) => json!({ "type": "object", "additionalProperties": of(item) }),
        Ty::Table(def) => reference(def),
        Ty::Tables(def) => json!({ "type": "array", "items": reference(def) }),
        Ty::Either(short, long) => json!({ "anyOf": [of(short), of(long)] }),
    }
}
