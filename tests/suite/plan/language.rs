//! The language is described once: what is generated from the description is what is
//! committed, and every example in it is what its own column says.

use std::fs;

use toml::Value;
use warroom::{
    driver::vocabulary,
    model::{Action, Errand, Span},
    plan::{
        self, Migrated,
        language::{Column, Items, Said, Table, TableDef, Ty, all},
    },
};

use super::{check, read, whole};

/// Compares with what is committed; `UPDATE_GENERATED=1` writes it anew.
fn committed(path: &str, text: &str) {
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        fs::write(path, text).unwrap();
    }
    let there = fs::read_to_string(path).unwrap_or_default();
    assert!(
        there == text,
        "{path} is not what the program says; run the tests with UPDATE_GENERATED=1"
    );
}

#[test]
fn the_committed_schema_and_reference_are_those_of_this_program() {
    let schema = plan::schema(&vocabulary());
    let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    committed("assets/plan.schema.json", &text);
    committed("docs/plan-reference.md", &plan::reference(&vocabulary()));
}

#[test]
fn every_table_and_key_is_described_in_full() {
    let mut heads = Vec::new();
    for def in all() {
        assert!(!heads.contains(&def.head), "{} is described twice", def.head);
        heads.push(def.head);
        assert!(def.doc.trim_end().ends_with('.'), "{}: {}", def.head, def.doc);
        let mut keys = Vec::new();
        for column in def.columns {
            let at = format!("{} {}", def.head, column.key);
            assert!(!keys.contains(&column.key), "{at} is there twice");
            keys.push(column.key);
            assert!(column.doc.trim_end().ends_with('.'), "{at}: {}", column.doc);
            example(def, column);
        }
    }
}

/// The example is a value of its own type.
fn example(def: &TableDef, column: &Column) {
    let at = format!("{} {} = {}", def.head, column.key, column.example);
    let ty = (column.ty)();
    if matches!(ty, Ty::Tables(_)) {
        assert!(column.example.is_empty(), "{at}: tables show themselves");
        return;
    }
    let text = format!("it = {}", plan::quoted(&ty, column.example));
    let doc: toml::Table = toml::from_str(&text).unwrap_or_else(|e| panic!("{at}: {e}"));
    fits(&ty, &doc["it"], &at);
}

fn fits(ty: &Ty, value: &Value, at: &str) {
    let good = match ty {
        Ty::Text
        | Ty::Script
        | Ty::Id
        | Ty::Ref(_)
        | Ty::Cadence
        | Ty::Bound
        | Ty::Date => value.is_str(),
        Ty::Duration => value
            .as_str()
            .is_some_and(|text| text.trim_start_matches('+').parse::<Span>().is_ok()),
        Ty::Whole(low, high) => value
            .as_integer()
            .and_then(|n| u64::try_from(n).ok())
            .is_some_and(|n| (*low..=*high).contains(&n)),
        Ty::Number(..) => value.is_integer() || value.is_float(),
        Ty::Flag => value.is_bool(),
        Ty::Word(words) => value.as_str().is_some_and(|word| words.contains(&word)),
        Ty::Window => value.as_array().is_some_and(|list| (1..3).contains(&list.len())),
        Ty::Any => true,
        Ty::List(item) => {
            value.as_array().unwrap().iter().for_each(|one| fits(item, one, at));
            true
        }
        Ty::Map(item) => {
            value.as_table().unwrap().values().for_each(|one| fits(item, one, at));
            true
        }
        Ty::Table(def) | Ty::Tables(def) => {
            for (key, one) in
                value.as_table().unwrap_or_else(|| panic!("{at} is no table"))
            {
                if let Some(column) = def.columns.iter().find(|column| column.key == key)
                {
                    fits(&(column.ty)(), one, at);
                } else {
                    let open = def.open != plan::language::Open::No;
                    assert!(open, "{at}: {} has no key {key}", def.head);
                }
            }
            true
        }
        Ty::Either(short, _) if !value.is_table() => {
            fits(short, value, at);
            true
        }
        Ty::Either(_, long) => {
            fits(long, value, at);
            true
        }
    };
    assert!(good, "{at} is not {ty:?}");
}

#[test]
fn every_value_knows_where_it_was_written() {
    let text = read("tests/plans/good/academy.toml");
    let plan = whole(check(&text));
    let row = &plan.file.service.items()[0];
    let rpo = row.rpo.place().unwrap();
    assert_eq!(rpo.at, "service.lessons.rpo");
    assert_eq!(text.get(rpo.spot.start..rpo.spot.end), Some("\"5m\""));
    let step = &plan.file.runbook.items()[0].step.items()[3];
    assert_eq!(step.place.at, "runbook.failover.promote");
    let keys: Vec<&str> = step.written().iter().map(|(key, _)| *key).collect();
    assert_eq!(keys, ["id", "phase", "do", "resource", "side", "outputs"]);
}

#[test]
fn a_plan_of_another_version_says_what_to_do() {
    let text = read("tests/plans/good/shop.toml");
    assert_eq!(plan::migrate(&text), Ok(Migrated::Current));
    let newer = text.replacen("schema = 1", "schema = 7", 1);
    assert!(plan::migrate(&newer).unwrap_err().contains("use a newer one"));
    let problems = check(&newer).problems;
    assert_eq!(problems.len(), 1);
    assert!(problems[0].help.as_str().contains("use a newer warroom"));
    let none = text.replacen("schema = 1\n", "", 1);
    assert!(plan::migrate(&none).unwrap_err().contains("schema = 1"));
}

#[test]
fn a_file_beside_the_plan_is_part_of_it() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("plan");
    fs::create_dir(&dir).unwrap();
    let path = dir.join("plan.toml");
    let shift = "do = \"shift\"\nresource = \"www\"\nside = \"west\"";
    let load = |change: Option<&str>, file: &str| {
        let step = format!("dns_change = {{ zone = \"Z1\", file = \"{file}\" }}");
        let text = read("tests/plans/good/shop.toml").replacen(shift, &step, 1);
        fs::write(&path, text).unwrap();
        match change {
            Some(change) => fs::write(dir.join("change.json"), change).unwrap(),
            None => drop(fs::remove_file(dir.join("change.json"))),
        }
        plan::load(&path, &vocabulary(), &plan::Env::new())
    };
    let set = |weight: u32| {
        format!(
            "{{\"Changes\":[{{\"Action\":\"UPSERT\",\"ResourceRecordSet\":{{\"Name\":\
             \"www.shop.example.com\",\"Type\":\"A\",\"SetIdentifier\":\"east\",\
             \"Weight\":{weight},\"TTL\":60,\"ResourceRecords\":[{{\"Value\":\
             \"203.0.113.1\"}}]}}}}]}}"
        )
    };
    let one = whole(load(Some(&set(0)), "change.json"));
    let step = one.runbook(&"failover".into()).unwrap().step(&"shift".into()).unwrap();
    let Action::Errand(Errand::Dns(call)) = &step.action else { panic!("{step:?}") };
    assert_eq!(call.changes[0].weight, Some(0));
    assert_eq!(call.changes[0].ttl, Some(Span::secs(60)));
    assert!(one.beside["change.json"].text.is_some());
    // A changed file is another plan.
    let two = whole(load(Some(&set(9)), "change.json"));
    assert_ne!(one.digest, two.digest);
    let bad = load(Some("{}"), "change.json").problems;
    assert_eq!((bad.len(), bad[0].lint), (1, "P-bad-value"));
    // What is not there is an error, and nothing outside the directory is read.
    let missing = |file: &str| {
        let loaded = load(None, file);
        let lints: Vec<&str> = loaded.problems.iter().map(|one| one.lint).collect();
        assert_eq!((loaded.plan.is_none(), lints), (true, vec!["L88"]), "{file}");
    };
    missing("change.json");
    fs::write(root.path().join("outside.json"), set(1)).unwrap();
    missing("../outside.json");
    fs::remove_file(root.path().join("outside.json")).unwrap();
}
