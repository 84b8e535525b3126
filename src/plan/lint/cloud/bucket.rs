//! Rules about the replication of buckets: rules S3 refuses, and a replica taken for a
//! clean copy.

use serde_json::Value;

use super::super::{
    Check, Findings, LintDef,
    written::{Written, calls, steps},
};
use crate::{
    model::{Noun, Resource, RunbookKind, Span, Verb},
    plan::{
        Level, Place, Plan,
        language::{Items, ReplicationRow, Said, ScenarioRow},
    },
};

pub(super) const RULE_INVALID: LintDef = LintDef {
    id: "L69",
    name: "replication-rule-invalid",
    level: Level::Error,
    doc: "A replication rule lacks what S3 wants beside what it has.",
    mend: "Give a filter its setting for delete markers, and replication time its metrics.",
    check: Check::Plan(rule_invalid),
};

pub(super) const CORRUPTION_SOURCE: LintDef = LintDef {
    id: "L71",
    name: "replica-as-corruption-source",
    level: Level::Error,
    doc: "Damaged or deleted data is brought back from a live replica, which has the damage too.",
    mend: "Bring back versions from before the damage, or restore to a point in time.",
    check: Check::Plan(corruption_source),
};

/// The only time S3 promises.
const PROMISED: Span = Span::mins(15);

fn rule_invalid(plan: &Plan, findings: &mut Findings<'_>) {
    for row in plan.file.storage.items() {
        let Some(replication) = &row.replication else { continue };
        let id = row.id.get().map_or("", String::as_str);
        let wrong = declared(&replication.value);
        say(id, &wrong, &replication.place, findings);
        let file = replication.value.config_file.get();
        let file = file.and_then(|name| {
            let beside = plan.beside.get(name.trim_start_matches("./"))?;
            serde_json::from_str::<Value>(beside.text.as_ref()?).ok()
        });
        if let Some(place) = replication.value.config_file.place()
            && let Some(file) = file
        {
            say(id, &configured(&file), place, findings);
        }
    }
    for call in calls(plan).filter(|call| call.row.is("PutBucketReplication")) {
        let bucket = call.row.text("Bucket").unwrap_or("the bucket");
        let given = call.row.param("ReplicationConfiguration");
        let wrong = given.map(configured).unwrap_or_default();
        say(bucket, &wrong, call.place, findings);
    }
}

/// What is wrong, and what to write.
type Wrong = Vec<(String, &'static str)>;

fn say(of: &str, wrong: &Wrong, place: &Place, findings: &mut Findings<'_>) {
    for (what, help) in wrong {
        findings.at(place, format!("S3 refuses this rule of {of}: {what}"), *help);
    }
}

fn declared(row: &ReplicationRow) -> Wrong {
    let mut wrong = Wrong::new();
    if row.prefix.is_some() && row.delete_markers.is_none() {
        wrong.push((
            "it has a filter (prefix), and does not say what becomes of delete markers"
                .to_owned(),
            "write delete_markers = true or false",
        ));
    }
    if row.rtc.is_some() && row.metrics_threshold.is_none() {
        wrong.push((
            "replication time control comes with metrics, and it has none".to_owned(),
            "write metrics_threshold = \"15m\" beside rtc",
        ));
    }
    for (key, span) in [("rtc", &row.rtc), ("metrics_threshold", &row.metrics_threshold)]
    {
        if let Some(span) = span.get().filter(|span| **span != PROMISED) {
            wrong.push((
                format!("{key} is {span}, and S3 promises {PROMISED} only"),
                "write \"15m\": that is the only value there is",
            ));
        }
    }
    wrong
}

/// A configuration as S3 takes it.
fn configured(value: &Value) -> Wrong {
    let inner = value.get("ReplicationConfiguration").unwrap_or(value);
    let rules = inner.get("Rules").and_then(Value::as_array);
    let mut wrong = Wrong::new();
    for (index, rule) in rules.into_iter().flatten().enumerate() {
        let id = rule.get("ID").and_then(Value::as_str);
        let name =
            id.map_or_else(|| format!("rule {}", index + 1), |id| format!("`{id}`"));
        if rule.get("Filter").is_some() && rule.get("DeleteMarkerReplication").is_none() {
            wrong.push((
                format!("{name} has a Filter and no DeleteMarkerReplication"),
                "add DeleteMarkerReplication = { Status = \"Enabled\" or \"Disabled\" }",
            ));
        }
        let to = rule.get("Destination");
        let of = |key: &str| to.and_then(|to| to.get(key));
        if of("ReplicationTime").is_some() && of("Metrics").is_none() {
            wrong.push((
                format!("{name} has ReplicationTime and no Metrics"),
                "add Metrics = { Status = \"Enabled\", EventThreshold = { Minutes = 15 } }",
            ));
        }
    }
    wrong
}

/// Words of what replicates as fast as good data does.
const DAMAGE: &[&str] = &[
    "corrupt",
    "delet",
    "human error",
    "human-error",
    "ransom",
    "breach",
    "mistake",
    "lost transaction",
];

fn is_damage(row: &ScenarioRow) -> Option<&str> {
    let words = [
        row.name.get().map(crate::model::Text::as_str),
        row.id.get().map(String::as_str),
    ];
    let named = |text: &&str| {
        let text = text.to_lowercase();
        DAMAGE.iter().any(|word| text.contains(word))
    };
    words.into_iter().flatten().find(named)
}

/// What a runbook answers: the scenarios that name it, and those it names.
fn answers<'p>(plan: &'p Plan, written: Written<'p>) -> Vec<&'p ScenarioRow> {
    let runbook = written.runbook;
    let id = runbook.id.get();
    let rows = plan.file.scenario.items().iter();
    rows.filter(|row| {
        let names = row.runbooks.items().iter().any(|one| Some(&one.value) == id);
        let own = runbook.scenarios.items().iter();
        names || own.clone().any(|one| Some(&one.value) == row.id.get())
    })
    .collect()
}

fn corruption_source(plan: &Plan, findings: &mut Findings<'_>) {
    for written in steps(plan) {
        let scenarios = answers(plan, written);
        let damage = scenarios.iter().find_map(|row| is_damage(row));
        let restores = written.runbook.kind.get() == Some(&RunbookKind::Restore);
        // One that answers nothing in particular is taken when something is damaged.
        if damage.is_none() && (!restores || !scenarios.is_empty()) {
            continue;
        }
        let after = damage.map_or_else(String::new, |words| format!("after `{words}` "));
        if let Some((storage, place)) = copied_back(plan, written) {
            say_bucket(plan, (storage, &after), place, findings);
        }
        if let (Some(_), Some(database)) = (damage, promoted(plan, written)) {
            findings.add(
                written.at(),
                format!(
                    "{after}this makes a writer of the replica of {database}, which has \
                     followed every damaged row"
                ),
                "restore to a point in time before the damage, beside the original",
            );
        }
    }
}

fn say_bucket(
    plan: &Plan,
    (storage, after): (&Resource, &str),
    place: &Place,
    findings: &mut Findings<'_>,
) {
    let rows = plan.file.storage.items();
    let row =
        rows.iter().find(|row| row.id.get().is_some_and(|id| id == storage.id.as_str()));
    let replication = row.and_then(|row| row.replication.get());
    let soon = replication.and_then(|one| one.rtc.get());
    let soon = soon.map_or_else(String::new, |span| format!(" within {span}"));
    let deletes = replication.and_then(|one| one.delete_markers.get()) == Some(&true);
    let carries =
        if deletes { "overwritten and deleted objects" } else { "overwritten objects" };
    findings.at(
        place,
        format!(
            "{after}this copies back from the replica of {}, which has {carries} too{soon}",
            storage.id
        ),
        "bring back object versions from before the damage; the buckets keep them when versioned",
    );
}

/// The storage a step copies back from its live replica, and where it says so.
fn copied_back<'p>(
    plan: &'p Plan,
    written: Written<'p>,
) -> Option<(&'p Resource, &'p Place)> {
    let replicated = |one: &&Resource| {
        one.noun == Noun::Storage && one.sides.len() > 1 && is_replicated(plan, one)
    };
    if written.step.verb.get().is_some_and(|verb| verb == Verb::Sync.word()) {
        let id = written.step.resource.get()?;
        let known = plan.resource(id);
        return known.filter(replicated).map(|one| (one, &written.step.place));
    }
    for (command, place) in written.commands() {
        let copies = command.program() == "aws"
            && !command.has("--dryrun")
            && (command.has("sync") || command.has("cp") || command.has("mv"));
        let buckets: Vec<&str> = command
            .words
            .iter()
            .filter_map(|word| word.strip_prefix("s3://")?.split('/').next())
            .collect();
        let [from, to] = buckets.as_slice() else { continue };
        if !copies {
            continue;
        }
        let found = plan.estate.iter().filter(replicated).find(|one| {
            let bucket = |site| one.setting(site, "bucket");
            let primary = bucket(&one.primary);
            let replica = one.sides.keys().filter(|site| **site != one.primary);
            primary == Some(to) && replica.clone().any(|site| bucket(site) == Some(from))
        });
        if let Some(found) = found {
            return Some((found, place));
        }
    }
    None
}

fn is_replicated(plan: &Plan, storage: &Resource) -> bool {
    let rows = plan.file.storage.items();
    let row =
        rows.iter().find(|row| row.id.get().is_some_and(|id| id == storage.id.as_str()));
    let kind = row.and_then(|row| row.replication.get()?.kind.get());
    kind.is_none_or(|kind| kind != "none")
}

/// The database a step promotes the live replica of.
fn promoted<'p>(plan: &'p Plan, written: Written<'p>) -> Option<&'p str> {
    if written.step.verb.get().is_some_and(|verb| verb == Verb::Promote.word()) {
        return written.step.resource.get().map(String::as_str);
    }
    let call = written.call().filter(|call| call.row.named().starts_with("Promote"))?;
    let names = call.row.texts();
    super::super::written::side_named(plan, &names).map(|(one, _)| one.id.as_str())
}
