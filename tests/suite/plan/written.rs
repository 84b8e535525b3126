//! Five organisations' procedures as they were written, mistakes kept: the check must find
//! every mistake that is listed, by rule and place, and nothing that is not listed.

use std::{collections::BTreeSet, fs, path::Path};

use serde::Deserialize;
use warroom::{
    driver::vocabulary,
    plan::{self, Env, Loaded, Problem, lints},
};

const PLANS: [&str; 5] =
    ["lecture", "myapp", "ecommerce", "mycomputer", "learning-portal"];

/// Rules of the table that nobody has built yet. A rule that is built may not stand here;
/// the list only ever shrinks, and is empty in the end.
const NOT_BUILT: &[&str] = &[];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    finding: Vec<Finding>,
    #[serde(default)]
    beyond: Vec<Beyond>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Finding {
    lint: String,
    /// Where; none is anywhere.
    at: Vec<String>,
    note: String,
    /// The language itself cures it.
    #[serde(default)]
    source_only: bool,
    /// Why a built rule does not find it yet: work to be done, never a way out.
    #[serde(default)]
    open: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Beyond {
    lint: String,
    /// Everything at or under it.
    at: String,
    why: String,
}

fn load(name: &str) -> (Loaded, Expected) {
    let path = format!("tests/plans/as-written/{name}.toml");
    let day = "2026-06-30".parse().unwrap();
    let loaded =
        plan::load_as_of(Path::new(&path), &vocabulary(), &Env::new(), Some(day));
    let text = fs::read_to_string(path.replace(".toml", ".findings.toml")).unwrap();
    let expected =
        toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    (loaded, expected)
}

/// Whether one path is the other, or holds it.
fn related(one: &str, other: &str) -> bool {
    let holds = |a: &str, b: &str| {
        a.strip_prefix(b).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    holds(one, other) || holds(other, one)
}

fn is_at(problem: &Problem, lint: &str, at: &str) -> bool {
    problem.lint == lint && related(problem.at.as_str(), at)
}

#[test]
fn the_check_finds_what_is_wrong_with_each_and_nothing_else() {
    let built: BTreeSet<&str> = lints().map(|def| def.id).collect();
    let mut wrong = Vec::new();
    for name in PLANS {
        let (loaded, expected) = load(name);
        let problems = &loaded.problems;
        for Finding { lint, at, note, source_only, open } in &expected.finding {
            let lint = lint.as_str();
            if NOT_BUILT.contains(&lint) || *source_only {
                continue;
            }
            if !built.contains(lint) {
                wrong.push(format!("{name}: {lint} is neither built nor in NOT_BUILT"));
                continue;
            }
            let anywhere = at.is_empty() && problems.iter().any(|one| one.lint == lint);
            let missed: Vec<&String> = at
                .iter()
                .filter(|at| !problems.iter().any(|one| is_at(one, lint, at)))
                .collect();
            let found = missed.is_empty() && (!at.is_empty() || anywhere);
            match (found, open) {
                (true, None) | (false, Some(_)) => {}
                (true, Some(_)) => {
                    wrong.push(format!("{name}: {lint} is found now: take `open` away"));
                }
                (false, None) => {
                    wrong.push(format!(
                        "{name}: {lint} is not found at {missed:?}: {note}"
                    ));
                }
            }
        }
        wrong.extend(strangers(name, problems, &expected));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Problems nobody expects, and expectations nothing meets.
fn strangers(name: &str, problems: &[Problem], expected: &Expected) -> Vec<String> {
    // Which variables are set is not the plan's doing.
    let told = |one: &&Problem| one.lint != "P-unset-parameter";
    let listed = |one: &Problem| {
        let finding = expected.finding.iter().any(|finding| {
            finding.lint == one.lint
                && (finding.at.is_empty()
                    || finding.at.iter().any(|at| is_at(one, &finding.lint, at)))
        });
        finding
            || expected.beyond.iter().any(|beyond| is_at(one, &beyond.lint, &beyond.at))
    };
    let mut wrong: Vec<String> = problems
        .iter()
        .filter(told)
        .filter(|one| !listed(one))
        .map(|one| {
            format!(
                "{name}:{}: {} at {} is expected by nobody: {}",
                one.line, one.lint, one.at, one.message
            )
        })
        .collect();
    for Beyond { lint, at, why } in &expected.beyond {
        if !problems.iter().any(|one| is_at(one, lint, at)) {
            wrong.push(format!("{name}: nothing beyond of {lint} at {at}: {why}"));
        }
        assert!(why.len() > 10, "{name}: {lint} at {at} needs a reason");
    }
    wrong
}

#[test]
fn the_list_of_rules_to_build_only_shrinks() {
    let built: BTreeSet<&str> = lints().map(|def| def.id).collect();
    let done: Vec<&&str> = NOT_BUILT.iter().filter(|id| built.contains(**id)).collect();
    assert!(done.is_empty(), "built, so take them off NOT_BUILT: {done:?}");
    let all = (1..=92).map(|number| format!("L{number:02}"));
    let lost: Vec<String> = all
        .filter(|id| !built.contains(id.as_str()) && !NOT_BUILT.contains(&id.as_str()))
        .collect();
    assert!(lost.is_empty(), "neither built nor to be built: {lost:?}");
}

#[test]
fn none_of_the_five_can_be_run() {
    for name in PLANS {
        let (loaded, _) = load(name);
        assert!(loaded.plan.is_none() && loaded.exit_code() == 2, "{name} would run");
    }
}
