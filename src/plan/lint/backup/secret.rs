//! Secrets in clear: in a plan, on a command line, in a backup.

use serde_json::Value;

use super::{
    super::{
        Check, Findings, LintDef,
        shell::{Command, pipes},
        written::{Script, Written, calls, scripts, steps},
    },
    postgres::words_of,
};
use crate::{
    model::Source,
    plan::{
        Level, Place, Plan,
        language::{BackupRow, Found, Items, Said},
    },
};

pub(super) const IN_CLEAR: LintDef = LintDef {
    id: "L76",
    name: "secret-in-clear",
    level: Level::Error,
    doc: "A secret stands in the plan, on a command line, or in a backup that is not encrypted.",
    mend: "Take it from a parameter with source = \"secret:NAME\"; encrypt the backup, or do without the secret in it.",
    check: Check::Plan(in_clear),
};

fn in_clear(plan: &Plan, findings: &mut Findings<'_>) {
    for row in plan.file.backup.items() {
        backup(row, findings);
    }
    parameters(plan, findings);
    for written in steps(plan) {
        step(written, findings);
    }
    for script in scripts(plan) {
        beside(script, findings);
    }
    for call in calls(plan) {
        if let Some(params) = &call.row.params {
            in_value(&params.value, &params.place, findings);
        }
    }
    for row in plan.file.probe.items() {
        pairs(row.env.items(), findings);
        pairs(row.headers.items(), findings);
        for text in [&row.url, &row.body].into_iter().flatten() {
            in_text(&text.value, &text.place, findings);
        }
    }
    for row in plan.file.compute.items() {
        for workload in row.workloads.items() {
            pairs(workload.value.env.items(), findings);
        }
    }
    if let Some(page) = plan.file.status_page.get() {
        pairs(page.headers.items(), findings);
    }
}

/// Words of what a backup of must not lie about in clear.
const SECRETS: &[&str] =
    &["secret", "secrets", "credential", "credentials", "password", "passwords", "vault"];
const PLACES: &[&str] = &[
    "get-secret-value",
    "secretsmanager",
    "/etc/ssl",
    "/etc/letsencrypt",
    "id_rsa",
    ".pem",
    ".key",
    "private key",
];

fn backup(row: &BackupRow, findings: &mut Findings<'_>) {
    if row.encrypted.get() == Some(&true) {
        return;
    }
    let settings = row.settings.get().map(words_of).unwrap_or_default();
    let lists = row.covers.items().iter().chain(row.command.items());
    let own = [row.id.get(), row.source_file.get()].into_iter().flatten();
    let name = row.name.get().map(crate::model::Text::as_str);
    let texts = lists.map(|one| one.value.as_str()).chain(own.map(String::as_str));
    let telling = texts.chain(name).chain(settings).find(|text| {
        let text = text.to_lowercase();
        let mut words = text.split(|c: char| !c.is_alphanumeric());
        words.any(|word| SECRETS.contains(&word))
            || PLACES.iter().any(|place| text.contains(place))
    });
    let Some(telling) = telling else { return };
    let id = row.id.get().map_or("", String::as_str);
    let here = row.location.get().filter(|place| {
        row.copy_to.is_none() && !place.contains("://") && !place.starts_with('/')
    });
    let lies = here.map_or_else(String::new, |place| {
        format!(", as {place} in whatever directory its job runs in")
    });
    let help = "encrypt it (age, gpg or KMS) and write encrypted = true; or leave the secrets to their own store, which replicates them";
    match &row.encrypted {
        Some(clear) => findings.at(
            &clear.place,
            format!("{id} keeps secrets in clear (`{telling}`){lies}"),
            help,
        ),
        None => findings.warn_at(
            &row.place,
            format!(
                "{id} holds secrets (`{telling}`), and nothing says that it is encrypted"
            ),
            help,
        ),
    }
}

/// Parameters of which a name says that their values must not be written down.
fn parameters(plan: &Plan, findings: &mut Findings<'_>) {
    for parameter in plan.parameters.iter().filter(|one| is_secret(&one.id)) {
        let default = parameter.row.default.as_ref();
        match (&parameter.source, default) {
            (Source::Secret(_), None) => {}
            (Source::Secret(_), Some(default)) => findings.at(
                &default.place,
                format!("the default of {} is a secret in the plan", parameter.id),
                "take `default` away: without its variable the steps that use it are stopped",
            ),
            (Source::Literal | Source::Env(_) | Source::Prompt | Source::Pick(_), _) => {
                let clear = default.filter(|one| is_literal(&one.value));
                let place = clear.map(|one| &one.place);
                let place = place.or_else(|| parameter.row.source.place());
                let here = if clear.is_some() {
                    "stands in clear here, "
                } else {
                    ""
                };
                findings.at(
                    place.unwrap_or(&parameter.place),
                    format!(
                        "the value of {} {here}is filled into the plan and written into \
                         the journal",
                        parameter.id
                    ),
                    format!(
                        "write source = \"secret:{}\": it is read when it is sent, and kept \
                         nowhere",
                        parameter.id.to_ascii_uppercase()
                    ),
                );
            }
        }
    }
}

/// Whether a name is that of a secret, and not of where one is.
fn is_secret(name: &str) -> bool {
    const NAMED: &[&str] = &[
        "password",
        "passwd",
        "secret",
        "token",
        "api_key",
        "apikey",
        "api-key",
        "access_key",
        "accesskey",
        "private_key",
        "privatekey",
        "credential",
    ];
    const ABOUT: &[&str] = &[
        "id", "name", "arn", "url", "uri", "path", "file", "region", "endpoint", "host",
        "ttl", "hours", "version", "type", "policy", "length", "stdin", "prompt",
        "field", "header",
    ];
    // What makes a request one of its kind, or an answer go on, is no secret.
    const HANDLES: &[&str] = &[
        "clienttoken",
        "requesttoken",
        "nexttoken",
        "startingtoken",
        "continuationtoken",
    ];
    let name = name.to_lowercase();
    let plain = name.replace(['-', '_'], "");
    if name.starts_with("no-") || HANDLES.iter().any(|one| plain.contains(one)) {
        return false;
    }
    let end = |about: &str| name.ends_with(about);
    NAMED.iter().any(|word| name.contains(word)) && !ABOUT.iter().any(|about| end(about))
}

/// Whether a value is written out, rather than taken from somewhere.
fn is_literal(value: &str) -> bool {
    let value = value.trim();
    !value.is_empty()
        && !value.contains("${")
        && !value.starts_with('$')
        && !value.contains("$(")
        // Where it is, how many, or whether: not what it is.
        && !value.starts_with(['/', '~'])
        && !value.starts_with("arn:")
        && value.parse::<f64>().is_err()
        && !matches!(value, "true" | "false")
        && !value.chars().all(|c| matches!(c, '*' | 'x' | 'X' | '.'))
}

fn say(name: &str, place: &Place, findings: &mut Findings<'_>) {
    findings.at(
        place,
        format!("the value of {name} stands in clear where everybody reads the plan"),
        "make it a [[parameter]] with source = \"secret:NAME\" and write ${id}",
    );
}

fn pairs(entries: &[(String, Found<String>)], findings: &mut Findings<'_>) {
    for (name, found) in entries {
        let sends = name.eq_ignore_ascii_case("authorization");
        if (is_secret(name) || sends) && is_literal(&found.value) {
            say(name, &found.place, findings);
        } else {
            in_text(&found.value, &found.place, findings);
        }
    }
}

fn in_value(value: &Value, place: &Place, findings: &mut Findings<'_>) {
    match value {
        Value::Object(entries) => {
            for (name, value) in entries {
                match value.as_str() {
                    Some(text) if is_secret(name) && is_literal(text) => {
                        say(name, place, findings);
                    }
                    Some(_) | None => in_value(value, place, findings),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                in_value(item, place, findings);
            }
        }
        Value::String(text) => in_text(text, place, findings),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn step(written: Written<'_>, findings: &mut Findings<'_>) {
    pairs(written.step.env.items(), findings);
    if let Some(call) = written.step.http.get() {
        pairs(call.headers.items(), findings);
        for text in [&call.url, &call.body].into_iter().flatten() {
            in_text(&text.value, &text.place, findings);
        }
    }
    for (command, place) in written.commands() {
        for name in given(&command) {
            say(&name, place, findings);
        }
    }
    for (text, place) in written.texts() {
        in_text(text, place, findings);
    }
    // Of a verb: where programs are pointed to, and the like.
    for (_, found) in &written.step.rest {
        in_text(found.value.as_str().unwrap_or_default(), &found.place, findings);
    }
}

/// A script beside the plan is read by as many as the plan is.
fn beside(script: Script<'_>, findings: &mut Findings<'_>) {
    let mut told: Vec<String> = Vec::new();
    for command in pipes(script.text).into_iter().flatten() {
        let words = command.words.iter().any(|word| holds_key(word));
        let keys = words.then(|| "an AWS access key".to_owned());
        for name in given(&command).into_iter().chain(keys) {
            if told.contains(&name) {
                continue;
            }
            findings.at(
                script.place,
                format!("the value of {name} stands in clear in {}", script.name),
                "take it from the environment of whatever runs the script, or from a store \
                 of secrets",
            );
            told.push(name);
        }
    }
}

/// What a command is given in clear, by name: as a variable, or as an option.
fn given(command: &Command) -> Vec<String> {
    let pairs = command.env.iter().filter_map(|one| one.split_once('='));
    let variables = pairs.filter(|(name, value)| is_secret(name) && is_literal(value));
    let variables = variables.map(|(name, _)| name.to_owned());
    variables.chain(given_to(command)).collect()
}

/// The first option of a command that is given a secret in clear.
fn given_to(command: &Command) -> Option<String> {
    // `psql --password` asks for it.
    let program = command.program();
    if program.starts_with("psql") || program.starts_with("pg_") {
        // `psql "host=db password=..."`
        let parts = command.words.iter().flat_map(|word| word.split_whitespace());
        let mut given = parts.filter_map(|part| part.strip_prefix("password="));
        return given.any(is_literal).then(|| "password".to_owned());
    }
    command.words.iter().enumerate().find_map(|(index, word)| {
        let flag = word.strip_prefix("--")?;
        let (name, given) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (flag, command.words.get(index + 1).map(String::as_str)),
        };
        let given = given.filter(|one| !one.starts_with('-') && is_literal(one))?;
        let (key, value) = match given.split_once('=') {
            Some(pair) if name == "from-literal" => pair,
            Some(_) | None => (name, given),
        };
        (is_secret(key) && is_literal(value)).then(|| key.to_owned())
    })
}

/// A password in an address, or the id of an AWS key.
fn in_text(text: &str, place: &Place, findings: &mut Findings<'_>) {
    let word = |c: char| c.is_whitespace() || matches!(c, '"' | '\'');
    for part in text.split(word) {
        let held = part.split_once("://").and_then(|(_, rest)| {
            let (who, _) = rest.split('/').next()?.rsplit_once('@')?;
            who.split_once(':').map(|(_, password)| password)
        });
        if held.is_some_and(is_literal) {
            say("a password in an address", place, findings);
        }
    }
    if holds_key(text) {
        say("an AWS access key", place, findings);
    }
}

/// Whether the id of an AWS key stands in a text.
fn holds_key(text: &str) -> bool {
    let key = |at: usize| {
        let id = text.get(at..at + 20).unwrap_or_default();
        id.len() == 20 && id.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    };
    text.match_indices("AKIA").any(|(at, _)| key(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_given_a_secret_only_when_it_is_written_out() {
        use super::super::super::shell::pipes;
        for (line, found) in [
            (
                "aws rds modify --master-user-password hunter2",
                Some("master-user-password"),
            ),
            (
                "kubectl create secret generic x --from-literal=password=a",
                Some("password"),
            ),
            ("docker login --username AWS --password-stdin reg.example.com", None),
            ("psql --no-password shop", None),
            ("aws rds modify --master-user-password \"$NEW\"", None),
        ] {
            let command = pipes(line).remove(0).remove(0);
            assert_eq!(given_to(&command).as_deref(), found, "{line}");
        }
    }

    #[test]
    fn a_secret_is_told_by_its_name_and_not_by_what_is_about_it() {
        for (name, secret) in [
            ("PGPASSWORD", true),
            ("MasterUserPassword", true),
            ("statuspage_token", true),
            ("SecretId", false),
            ("SECRET_NAME", false),
            ("token_url", false),
            ("KmsKeyId", false),
            ("DB_HOST", false),
            ("no-password", false),
            ("password-stdin", false),
            ("client-request-token", false),
        ] {
            assert_eq!(is_secret(name), secret, "{name}");
        }
        for (value, literal) in [
            ("hunter2", true),
            ("${db_password}", false),
            ("$TOKEN", false),
            ("", false),
            ("/run/key", false),
            ("100", false),
        ] {
            assert_eq!(is_literal(value), literal, "{value}");
        }
    }
}
