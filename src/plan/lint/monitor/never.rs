//! Looks that cannot say no, by what is written beside them: a script that ends well
//! whatever it found, a server that answers for what is behind it, a question that holds
//! its own answer.

use super::super::{Findings, shell::pipes, written};
use crate::{
    model::{Noun, Text},
    plan::{
        Place, Plan,
        language::{Either, Found, Items, ProbeRow, Said, words::Look},
    },
};

/// Says which probes, steps and files never say no.
pub(super) fn says_no(plan: &Plan, findings: &mut Findings<'_>) {
    for row in plan.file.probe.items() {
        let id = row.id.get().map_or("", String::as_str);
        let found = softened(row).or_else(|| own_name(row)).or_else(|| constant(row));
        if let Some((place, what, help)) = found {
            findings.at(place, format!("{id} {what}"), help);
        }
        pinged(plan, id, row, findings);
    }
    for one in written::steps(plan) {
        for script in one.scripts() {
            let own = script.used == written::For::Doing;
            if let Some(tested) = tests_softly(script.row).filter(|_| own) {
                findings.at(
                    script.place,
                    format!(
                        "whatever `{tested}` finds, `|| true` after it makes this step pass"
                    ),
                    "take `|| true` away; where its failure may be lived with, on_fail = \"continue\" keeps it in sight",
                );
            }
        }
    }
    for (name, file) in &plan.beside {
        let fixed = file.text.as_deref().and_then(fixed_health);
        if let (Some(path), Some(place)) = (fixed, file.places.first()) {
            findings.at(
                place,
                format!(
                    "in {name} the server answers {path} with 200 by itself: whoever asks \
                     it learns nothing about what is behind it"
                ),
                "pass the question on to the service behind it (proxy_pass)",
            );
        }
    }
}

type Empty<'r> = (&'r Place, String, &'static str);

/// How a script ends that always ends well.
const SOFT: &[&str] = &["|| true", "|| :", "|| exit 0", "; true", "; exit 0", "\nexit 0"];

fn soft_end(script: &str) -> Option<(&str, &'static str)> {
    let script = script.trim_end().trim_end_matches(';');
    SOFT.iter().find_map(|end| Some((script.strip_suffix(end)?, end.trim())))
}

/// A probe's program that is told to end well.
fn softened(row: &ProbeRow) -> Option<Empty<'_>> {
    let judged = row.expect.is_some() || row.critical.is_some() || row.warning.is_some();
    let words = row.argv.items();
    let at = words
        .iter()
        .position(|word| word.value.starts_with('-') && word.value.ends_with('c'))?;
    let script = words.get(at + 1).filter(|_| !judged)?;
    let (_, end) = soft_end(&script.value)?;
    let what = format!("ends with `{end}`: it is healthy whatever its program finds");
    Some((&script.place, what, "take that away: its exit code is all that is looked at"))
}

/// Programs whose failure may well be of no account.
const TIDYING: &[&str] = &[
    "rm", "rmdir", "kill", "pkill", "umount", "docker", "kubectl", "aws", "dropdb",
    "echo", "mkdir", "mv", "cp",
];

/// The test a script ends with, when its failure counts for nothing.
fn tests_softly(script: &str) -> Option<String> {
    let (rest, _) = soft_end(script).filter(|(_, end)| end.starts_with("||"))?;
    let last = pipes(rest).pop()?;
    let command = last.last()?;
    let tests = ["test", "smoke", "check", "verify", "validate", "health"];
    let mut words = command.words.iter().map(|word| word.to_lowercase());
    let tidies = TIDYING.contains(&command.program());
    let named = words.any(|word| {
        let mut parts = word.split(|c: char| !c.is_alphanumeric());
        parts.any(|part| {
            tests.iter().any(|test| part.strip_suffix('s').unwrap_or(part) == *test)
        })
    });
    (named && !tidies).then(|| command.line())
}

/// A call that asks for something by its name, and wants to see that name.
fn own_name(row: &ProbeRow) -> Option<Empty<'_>> {
    let call = row.aws.get()?;
    let expect: &Found<_> = row.expect.as_ref()?;
    let Either::Table(table) = &expect.value else { return None };
    let wanted = table.equals.get()?.as_str()?;
    let key = table.path.get()?.rsplit('.').next()?;
    (call.text(key) == Some(wanted)).then(|| {
        let what = format!(
            "asks for {key} {wanted} and wants to see that name: it is healthy in any state"
        );
        (&expect.place, what, "look at its state: a path to `Status`, equals = \"available\"")
    })
}

/// What a probe is called that is to tell which side takes writes.
const WRITER: &[&str] = &["writer", "writable", "primary", "promoted", "master"];

/// A question every server answers alike.
fn constant(row: &ProbeRow) -> Option<Empty<'_>> {
    let sql = row.sql.as_ref().filter(|_| row.kind.get() == Some(&Look::Sql))?;
    let bare = sql.value.to_lowercase();
    let fixed = bare.trim_start().starts_with("select ")
        && !bare.contains(" from ")
        && !bare.contains(['(', '$']);
    let named = [row.id.get().map(String::as_str), row.name.get().map(Text::as_str)];
    let of_writer = named.into_iter().flatten().any(|name| {
        let name = name.to_lowercase();
        WRITER.iter().any(|word| name.contains(word))
    });
    (fixed && of_writer).then(|| {
        let what = format!(
            "is to tell whether this takes writes, and `{}` is answered by a replica as well",
            sql.value.trim()
        );
        (&sql.place, what, "ask its role: SELECT pg_is_in_recovery(), or @@read_only")
    })
}

/// A machine that answers says nothing of what runs on it.
fn pinged(plan: &Plan, id: &str, row: &ProbeRow, findings: &mut Findings<'_>) {
    let program = row.argv.items().first();
    let pings = program.filter(|one| one.value.rsplit('/').next() == Some("ping"));
    let known = row.resource.get();
    let of = known.and_then(|id| plan.estate.iter().find(|one| one.id.as_str() == id));
    let (Some(pings), Some(of)) = (pings, of) else { return };
    if matches!(of.noun, Noun::Database | Noun::Compute) {
        findings.warn_at(
            &pings.place,
            format!(
                "{id} is to tell how {} is, and a ping is answered by its machine: {} may \
                 be down for hours, and this stays green",
                of.id, of.id
            ),
            "ask the thing itself: kind = \"postgres\", \"sql\", \"tcp\" or \"http\"",
        );
    }
}

/// The path of a web server's own answer about health.
fn fixed_health(text: &str) -> Option<&str> {
    text.match_indices("location").find_map(|(at, word)| {
        let line = text.get(..at)?.rsplit('\n').next()?;
        let (head, rest) = text.get(at + word.len()..)?.split_once('{')?;
        let (body, _) = rest.split_once('}')?;
        let path =
            head.split_whitespace().last().filter(|path| path.contains("health"))?;
        let answers =
            body.lines().any(|line| line.trim_start().starts_with("return 200"));
        (answers && line.trim().is_empty() && !head.contains('\n')).then_some(path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_answers_by_itself_is_found() {
        for (text, path) in [
            ("location = /health {\n return 200 \"ok\";\n}", Some("/health")),
            ("location = /health {\n proxy_pass http://app/health;\n}", None),
            ("# location /health {\n# return 200;\n# }", None),
            ("location /old {\n return 200;\n}", None),
            ("location", None),
        ] {
            assert_eq!(fixed_health(text), path, "{text}");
        }
    }

    #[test]
    fn only_tests_may_not_be_let_off() {
        for (script, tested) in [
            ("npm run test:smoke || true", Some("npm run test:smoke")),
            ("cd x\n./smoke-tests.sh $A || :", Some("./smoke-tests.sh $A")),
            ("rm -rf /tmp/test || true", None),
            ("npm run test", None),
            ("./latest || true", None),
        ] {
            assert_eq!(tests_softly(script).as_deref(), tested, "{script}");
        }
    }
}
