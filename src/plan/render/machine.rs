//! Problems in the formats other tools read: SARIF 2.1.0 for code scanning, and the
//! workflow commands of GitHub Actions.

use serde_json::{Value, json};

use crate::plan::{
    lint::lints,
    problem::{Level, Problem},
};

/// A SARIF log of one run.
pub fn sarif(problems: &[Problem]) -> Value {
    let rules: Vec<Value> = lints()
        .map(|def| {
            json!({
                "id": def.id,
                "name": def.name,
                "shortDescription": { "text": def.doc },
                "help": { "text": def.mend },
                "defaultConfiguration": { "level": def.level.word() },
            })
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "warroom",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "results": problems.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

fn result(problem: &Problem) -> Value {
    let mut result = json!({
        "ruleId": problem.lint,
        "level": problem.level.word(),
        "message": { "text": format!("{} ({})", problem.message, problem.help) },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": problem.file },
                "region": {
                    "startLine": problem.line,
                    "startColumn": problem.column,
                },
            },
            "logicalLocations": [{ "fullyQualifiedName": problem.at }],
        }],
    });
    if let (Some(waived), Some(result)) = (&problem.waived, result.as_object_mut()) {
        let accepted = json!([{ "kind": "external", "justification": waived }]);
        result.insert("suppressions".to_owned(), accepted);
    }
    result
}

/// A line for each problem, as a GitHub workflow takes them.
pub fn github(problems: &[Problem]) -> String {
    let mut out = String::new();
    for problem in problems {
        let level = match problem.level {
            Level::Error => "error",
            Level::Warning => "warning",
        };
        let text = format!("{}: {}. {}", problem.at, problem.message, problem.help);
        out.push_str(&format!(
            "::{level} file={},line={},col={},title={}::{}\n",
            property(problem.file.as_str()),
            problem.line,
            problem.column,
            property(problem.lint),
            data(&text),
        ));
    }
    out
}

/// Text after the last `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Text within the properties.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
