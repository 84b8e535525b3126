//! Every rule with a plan that trips it and one that just does not. The pairs are data, in
//! `tests/plans/lints/ID.toml`; a rule without a pair fails here, and so does a pair
//! without a rule.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
};

use serde::Deserialize;
use warroom::{
    driver::vocabulary,
    plan::{self, Env, Loaded, lints},
};

use super::read;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    case: Vec<Case>,
}

/// One plan: a good one with some edits, or a whole text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    trips: bool,
    /// A plan of `tests/plans/good`.
    base: Option<String>,
    /// Each `from` is replaced by its `to` once; a `from` that is not there is a mistake.
    #[serde(default)]
    edits: Vec<(String, String)>,
    /// Added at the end.
    #[serde(default)]
    append: String,
    plan: Option<String>,
    /// Files beside the plan, by their names.
    #[serde(default)]
    files: BTreeMap<String, String>,
    /// Those of them that cannot be started as a program.
    #[serde(default)]
    plain: Vec<String>,
    /// Where it is found: every place, in the order of the file.
    #[serde(default)]
    at: Vec<String>,
    /// Words the messages have.
    #[serde(default)]
    says: Vec<String>,
    /// Other rules this plan trips, and must.
    #[serde(default)]
    also: Vec<String>,
    /// The day it is.
    day: Option<String>,
}

impl Case {
    fn text(&self) -> String {
        let mut text = match (&self.base, &self.plan) {
            (Some(base), None) => read(&format!("tests/plans/good/{base}.toml")),
            (None, Some(plan)) => plan.clone(),
            (Some(_), Some(_)) | (None, None) => {
                panic!("give `base` or `plan`: {self:?}")
            }
        };
        for (from, to) in &self.edits {
            assert!(text.contains(from.as_str()), "there is no {from:?} to edit");
            text = text.replacen(from.as_str(), to, 1);
        }
        text.push_str(&self.append);
        text
    }

    fn load(&self) -> Loaded {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plan.toml");
        fs::write(&path, self.text()).unwrap();
        for (name, text) in &self.files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            let mode = if self.plain.contains(name) { 0o644 } else { 0o755 };
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        }
        let today = self.day.as_ref().map(|day| day.parse().unwrap());
        plan::load_as_of(&path, &vocabulary(), &Env::new(), today)
    }
}

fn pair(id: &str) -> Option<Pair> {
    let path = format!("tests/plans/lints/{id}.toml");
    let text = fs::read_to_string(Path::new(&path)).ok()?;
    Some(toml::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}")))
}

fn check(id: &str, case: &Case) -> Result<(), String> {
    let loaded = case.load();
    let told = plan::human(&loaded.problems, &loaded.sources, false);
    let found: BTreeSet<&str> = loaded.problems.iter().map(|one| one.lint).collect();
    let mut wanted: BTreeSet<&str> = case.also.iter().map(String::as_str).collect();
    if case.trips {
        wanted.insert(id);
    }
    if found != wanted {
        return Err(format!("{id}: found {found:?}, wanted {wanted:?}:\n{told}"));
    }
    let own = || loaded.problems.iter().filter(|one| one.lint == id);
    let places: Vec<&str> = own().map(|one| one.at.as_str()).collect();
    if case.trips && places != case.at {
        return Err(format!("{id}: found at {places:?}, wanted {:?}:\n{told}", case.at));
    }
    for words in &case.says {
        if !own().any(|one| one.message.as_str().contains(words.as_str())) {
            return Err(format!("{id}: no message says {words:?}:\n{told}"));
        }
    }
    Ok(())
}

#[test]
fn every_rule_trips_for_its_own_mistake_and_just_not_beside_it() {
    let mut wrong = Vec::new();
    for def in lints().filter(|def| def.id.starts_with('L')) {
        let Some(Pair { case: cases }) = pair(def.id) else {
            wrong.push(format!("{} has no tests/plans/lints/{0}.toml", def.id));
            continue;
        };
        for trips in [true, false] {
            if !cases.iter().any(|case| case.trips == trips) {
                wrong.push(format!("{} has no case with trips = {trips}", def.id));
            }
        }
        let failures = cases.iter().enumerate().filter_map(|(at, case)| {
            check(def.id, case).err().map(|why| format!("case {}: {why}", at + 1))
        });
        wrong.extend(failures);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_pair_is_of_a_rule() {
    let known: BTreeSet<&str> = lints().map(|def| def.id).collect();
    for entry in fs::read_dir("tests/plans/lints").unwrap() {
        let path = entry.unwrap().path();
        let id = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(known.contains(id.as_str()), "{} is of no rule", path.display());
        assert!(path.extension().is_some_and(|ext| ext == "toml"), "{}", path.display());
        if !id.starts_with('L') {
            for case in pair(&id).unwrap().case {
                check(&id, &case).unwrap_or_else(|wrong| panic!("{wrong}"));
            }
        }
    }
}
