//! Nothing of a plan is carried that nobody is shown: a plan that sets every key of every
//! table of the language is shown with all of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use serde_json::Value;
use warroom::{
    driver::vocabulary,
    model::{Estimate, RunbookId, Span, StepId},
    plan::{
        self, Env, Plan,
        language::{self, FileRow, Table, TableDef, Ty},
        page::Page,
        quoted,
        show::{self, Takes, Times},
    },
};

/// Writes a value for every key of every table; what is free text is a word of its own.
#[derive(Default)]
struct Writer {
    words: usize,
    /// Ids that are referred to, by the kind of thing.
    refs: BTreeMap<String, BTreeSet<String>>,
}

impl Writer {
    fn row(&mut self, def: &TableDef) -> String {
        let pairs: Vec<String> = def
            .columns
            .iter()
            .map(|column| {
                let value = self.value(&(column.ty)(), column.example);
                format!("{} = {value}", column.key)
            })
            .collect();
        format!("{{ {} }}", pairs.join(", "))
    }

    fn value(&mut self, ty: &Ty, example: &str) -> String {
        match ty {
            Ty::Text | Ty::Script => {
                self.words += 1;
                format!("\"word{}x\"", self.words)
            }
            Ty::Table(def) => self.row(def),
            Ty::Tables(def) => format!("[{}]", self.row(def)),
            Ty::List(item) => {
                let inner = match item.as_ref() {
                    Ty::Either(short, long) => {
                        let short = self.value(short, "x");
                        format!("{short}, {}", self.value(long, "x"))
                    }
                    other => match self.table_or_text(other) {
                        Some(value) => value,
                        None => return self.noted(ty, example),
                    },
                };
                format!("[{inner}]")
            }
            Ty::Map(item) => match self.table_or_text(item) {
                Some(value) => format!("{{ us-east-1 = {value} }}"),
                None => example.to_owned(),
            },
            Ty::Either(short, long) => match long.as_ref() {
                Ty::Table(_) => self.value(long, example),
                _ => quoted(short, example),
            },
            Ty::Ref(_)
            | Ty::Id
            | Ty::Duration
            | Ty::Cadence
            | Ty::Bound
            | Ty::Whole(..)
            | Ty::Number(..)
            | Ty::Flag
            | Ty::Date
            | Ty::Word(_)
            | Ty::Window
            | Ty::Any => self.noted(ty, example),
        }
    }

    fn table_or_text(&mut self, ty: &Ty) -> Option<String> {
        matches!(ty, Ty::Table(_) | Ty::Text | Ty::Script).then(|| self.value(ty, ""))
    }

    /// The example, with the ids in it noted.
    fn noted(&mut self, ty: &Ty, example: &str) -> String {
        let (of, list) = match ty {
            Ty::List(item) => (item.as_ref(), true),
            other => (other, false),
        };
        if let Ty::Ref(named) = of {
            let ids: Vec<String> = if list {
                let list: toml::Table =
                    toml::from_str(&format!("it = {example}")).unwrap();
                let items = list["it"].as_array().unwrap();
                items.iter().map(|id| id.as_str().unwrap().to_owned()).collect()
            } else {
                vec![example.to_owned()]
            };
            let known = self.refs.entry(format!("{named:?}").to_lowercase()).or_default();
            known.extend(ids);
        }
        quoted(ty, example)
    }
}

/// A plan with every key there is. It makes no sense, and is read all the same.
fn everything() -> (String, usize) {
    let mut writer = Writer::default();
    let mut rows: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut text = String::new();
    for column in FileRow::DEF.columns {
        match (column.ty)() {
            Ty::Tables(def) => {
                let row = writer.row(def);
                rows.entry(column.key).or_default().push(row);
            }
            ty => {
                let value = writer.value(&ty, column.example);
                text += &format!("{} = {value}\n", column.key);
            }
        }
    }
    // What is referred to is there; what has an id of that name in the row is there already.
    for (named, ids) in &writer.refs {
        let Some(list) = rows.get_mut(named.as_str()) else { continue };
        for id in ids {
            if !list.iter().any(|row| row.starts_with(&format!("{{ id = \"{id}\""))) {
                list.push(format!("{{ id = \"{id}\" }}"));
            }
        }
    }
    for (key, rows) in rows {
        text += &format!("{key} = [\n  {}\n]\n", rows.join(",\n  "));
    }
    (text, writer.words)
}

fn seen(text: &str) -> Plan {
    let files = [("plan.toml", text)];
    let loaded = plan::load_embedded("all", &files, &vocabulary(), &Env::new());
    let told = plan::human(&loaded.problems, &loaded.sources, false);
    loaded.seen().cloned().unwrap_or_else(|| panic!("{told}"))
}

/// Notes every key of every table in `value`.
fn visit(def: &TableDef, value: &Value, seen: &mut BTreeSet<(String, String)>) {
    let Value::Object(entries) = value else { return };
    for column in def.columns {
        let Some(value) = entries.get(column.key) else { continue };
        seen.insert((def.head.to_owned(), column.key.to_owned()));
        inside(&(column.ty)(), value, seen);
    }
}

fn inside(ty: &Ty, value: &Value, seen: &mut BTreeSet<(String, String)>) {
    match (ty, value) {
        (Ty::Table(def), one) => visit(def, one, seen),
        (Ty::Tables(def), Value::Array(rows)) => {
            for row in rows {
                visit(def, row, seen);
            }
        }
        (Ty::List(item), Value::Array(rows)) => {
            for row in rows {
                inside(item, row, seen);
            }
        }
        (Ty::Map(item), Value::Object(entries)) => {
            entries.values().for_each(|one| inside(item, one, seen));
        }
        (Ty::Either(_, long), one) => inside(long, one, seen),
        _ => {}
    }
}

#[test]
fn every_key_of_every_table_is_shown() {
    let (text, words) = everything();
    let plan = seen(&text);
    let json = show::json(&plan, None, &Times::new());
    let mut found = BTreeSet::new();
    visit(FileRow::DEF, &json["plan"], &mut found);
    let missing: Vec<String> = language::all()
        .into_iter()
        .flat_map(|def| def.columns.iter().map(move |column| (def.head, column.key)))
        .filter(|(head, key)| !found.contains(&((*head).to_owned(), (*key).to_owned())))
        .map(|(head, key)| format!("{head} {key}"))
        .collect();
    assert!(missing.is_empty(), "not for programs: {missing:?}");
    // Every free text is a word of its own: none of them is lost on the way.
    let page = show::human(&plan, None, &Times::new(), Page::new(None));
    let shown = |word: &str| page.contains(word);
    let lost: Vec<String> =
        (1..=words).map(|n| format!("word{n}x")).filter(|word| !shown(word)).collect();
    assert!(lost.is_empty(), "not for people: {lost:?}\n{page}");
    // What is no text stands beside its key.
    for told in [
        "schema         1",
        "multi az: yes",
        "min bytes: 1000000",
        "estimate p95: 12m",
        "not before: 2d",
        "evaluations: 2",
        "2026-01-31",
        "warning: > 150",
        "limits = 3, 30",
    ] {
        assert!(page.contains(told), "{told}\n{page}");
    }
}

#[test]
fn what_follows_is_said_beside_what_is_written() {
    let academy = seen(&super::read("tests/plans/good/academy.toml"));
    let page = show::human(&academy, None, &Times::new(), Page::new(None));
    for told in [
        "promised: tier critical 2h / -; scenario region-lost 3h / -; plan academy 4h / 15m; \
         service lessons - / 5m (RTO / RPO)",
        "tightest: RTO 2h (tier critical), RPO 5m (service lessons)",
        "held by: ada, ben",
        "now: unset",
    ] {
        assert!(page.contains(told), "{told}\n{page}");
    }
    let only = show::human(
        &academy,
        Some(&RunbookId::new("failover")),
        &Times::new(),
        Page::new(None),
    );
    assert!(only.starts_with("runbook failover"), "{only}");
    assert!(!only.contains("runbook failback") && page.contains(only.trim()));
    let shop = seen(
        &(super::read("tests/plans/good/shop.toml")
            + "\n[[backup]]\nid = \"b\"\ncovers = [\"db\"]\ninterval = \"24h\"\n\
               \n[[drill]]\nid = \"d\"\nevery = \"6 months\"\nlast = \"2026-01-31\"\n"),
    );
    let page = show::human(&shop, None, &Times::new(), Page::new(None));
    // Two hours and twenty-four minutes are a tenth of a day, and more than two hours.
    for told in [
        "stale after: 1d2h24m",
        "due: 2026-07-31",
        "asks: rds in west",
        "waits for: promote, scale",
        "record: www.shop.example.com",
        "side east: instance = shop-db",
        "asks: route53 in us-east-1 (control plane of route53)",
    ] {
        assert!(page.contains(told), "{told}\n{page}");
    }
    shown_of_services();
    let json = show::json(&shop, None, &Times::new());
    assert_eq!(json["resolved"]["services"][0]["promises"][0]["rto_s"], 1800.0);
    let steps = &json["resolved"]["runbooks"][0]["steps"];
    assert_eq!(steps[2]["waits_for"], serde_json::json!(["go"]));
}

/// Services stand in the order of recovery, each with the promise somebody made for it.
fn shown_of_services() {
    let text = super::read("tests/plans/good/shop.toml")
        + "\n[[tier]]\nid = \"P2\"\norder = 3\nrto = \"8h\"\nrpo = \"0s\"\n\
           \n[[tier]]\nid = \"P0\"\norder = 1\n\
           \n[[service]]\nid = \"late\"\ntier = \"P2\"\nuses = [\"db\"]\n\
           \n[[service]]\nid = \"early\"\ntier = \"P0\"\nuses = [\"db\"]\nrpo = \"0s\"\n\
           \n[[document]]\nid = \"bia\"\npath = \"docs/bia.md\"\n\
           \n[[runbook]]\nid = \"form\"\nkind = \"response\"\nrto = \"6h\"\n\
           \n[[runbook.step]]\nid = \"file\"\nmanual = \"File the form.\"\n";
    let plan = seen(&text);
    let page = show::human(&plan, None, &Times::new(), Page::new(Some(120)));
    let at = |words: &str| page.find(words).unwrap_or_else(|| panic!("{words}\n{page}"));
    assert!(at("1. P0  early  30m (plan)  0 (none)") < at("3. P2  late   8h (P2)"));
    assert!(page.contains("0 (none) (P2)") && page.contains("beside the plan: MISSING"));
    let (services, _) = page.split_once("\nrunbook failover").unwrap();
    assert!(!services.contains("form 6h"), "it brings nothing back\n{page}");
    // What is known of a step goes before what it says.
    let estimate = Estimate { p50: Span::mins(60), p95: Span::mins(150) };
    let words = ("1h".to_owned(), "2h30m".to_owned());
    let key = (RunbookId::new("form"), StepId::new("file"));
    let times = Times::from([(key, Takes { estimate, words })]);
    let page = show::human(&plan, Some(&RunbookId::new("form")), &times, Page::new(None));
    assert!(page.contains("~1h") && page.contains("p95 now: 2h30m"), "{page}");
}

#[test]
fn every_page_fits_its_width() {
    for name in ["lecture", "myapp", "ecommerce", "mycomputer", "learning-portal"] {
        let path = format!("tests/plans/as-written/{name}.toml");
        let loaded = plan::load(Path::new(&path), &vocabulary(), &Env::new());
        let plan = loaded.seen().unwrap();
        for width in [80, 120] {
            let page = show::human(plan, None, &Times::new(), Page::new(Some(width)));
            let wide = page.lines().find(|line| line.chars().count() > width);
            assert_eq!(wide, None, "{name}");
            assert!(!page.contains('\u{1b}'), "colour nobody asked for");
        }
    }
}
