//! Whether anybody sees how far a replica is behind.

use super::super::{
    Check, Findings, LintDef,
    promise::{Living, tightest_rpo},
    watched::{self, Metric, Named},
};
use crate::{
    model::{Noun, Resource},
    plan::{
        Level, Plan,
        data::data,
        language::{
            DatabaseRow, Items, ProbeRow, Said,
            words::{Look, Sync},
        },
        suggest,
    },
};

pub(super) const WITHOUT_LAG_PROBE: LintDef = LintDef {
    id: "L49",
    name: "replica-without-lag-probe",
    level: Level::Error,
    doc: "Nobody sees how far a database's other side is behind, or there is no other side.",
    mend: "Give it a probe of its lag, or name in `watched_by` what watches it.",
    check: Check::Plan(without_lag_probe),
};

fn without_lag_probe(plan: &Plan, findings: &mut Findings<'_>) {
    let (living, named) = (Living::of(plan), Named::of(plan));
    let databases = plan.estate.iter().filter(|one| one.noun == Noun::Database);
    for resource in databases {
        let own = |row: &&DatabaseRow| {
            row.id.get().is_some_and(|id| id == resource.id.as_str())
        };
        let Some(row) = plan.file.database.items().iter().find(own) else { continue };
        let how = row.replication.get();
        let kind = how.and_then(|how| how.kind.get()).map_or("", String::as_str);
        let in_step = how.and_then(|how| how.mode.get()) == Some(&Sync::Sync);
        if !in_step {
            unknown_watchers(plan, row, findings);
        }
        if in_step || is_seen(plan, &named, row, resource) {
            continue;
        }
        let id = &resource.id;
        let lost = tightest_rpo(&living.on(&[id]));
        let lost = lost.map(|(rpo, who)| format!("; {who} may lose {rpo}"));
        let known = data().copies.follower.iter().find(|one| one.kind == resource.kind);
        let alone = resource.sides.len() < 2;
        let (what, help) = match (alone, known, &lost) {
            // A store in one place that nobody promised anything of is its own affair, and
            // what is not said to follow may commit everywhere at once.
            (true, None, _) | (true, Some(_), None) => continue,
            (false, None, _) if how.is_none() => continue,
            (true, Some(_), Some(_)) => (
                format!(
                    "{id} is of kind {} and has no replica, so that there is no lag to see",
                    resource.kind
                ),
                "give it a second side that follows, or a kind that is in one place"
                    .to_owned(),
            ),
            (false, _, _) => {
                let how = if kind.is_empty() { "it follows" } else { kind };
                (
                    format!(
                        "nobody sees how far {id} is behind on its other side ({how})"
                    ),
                    advice(resource, known.map(|known| known.lag.as_str())),
                )
            }
        };
        findings.at(&row.place, format!("{what}{}", lost.unwrap_or_default()), help);
    }
}

/// Names in `watched_by` of nothing there is.
fn unknown_watchers(plan: &Plan, row: &DatabaseRow, findings: &mut Findings<'_>) {
    for found in row.watched_by.items() {
        let id = &found.value;
        let probes = plan.file.probe.items().iter().filter_map(|one| one.id.get());
        let alarms = plan.file.alarm.items().iter().filter_map(|one| one.id.get());
        let known: Vec<&str> = probes.chain(alarms).map(String::as_str).collect();
        if known.contains(&id.as_str()) {
            continue;
        }
        findings.at(
            &found.place,
            format!("{id} is no probe and no alarm: nobody watches by it"),
            suggest::nearest(id, known).map_or_else(
                || "write the id of one".to_owned(),
                |one| format!("did you mean `{one}`?"),
            ),
        );
    }
}

fn advice(resource: &Resource, lag: Option<&str>) -> String {
    let how = lag.map_or_else(
        || {
            "asks its age or its archiver (pg_stat_replication, pg_stat_archiver)"
                .to_owned()
        },
        |lag| format!("reads {lag}"),
    );
    format!("add a [[probe]] with `resource = \"{}\"` that {how}", resource.id)
}

/// Whether something looks at how far it is behind.
fn is_seen<'p>(
    plan: &'p Plan,
    named: &Named<'p>,
    row: &DatabaseRow,
    resource: &Resource,
) -> bool {
    let several = resource.sides.len() > 1;
    let own = several && plan.self_watching.contains(resource.kind.as_str());
    let told = row.watched_by.items().iter().any(|found| {
        let id = &found.value;
        let probe = |one: &ProbeRow| {
            one.id.get() == Some(id)
                && tells_of_copies(one)
                && !(streams(row) && only_archive(one))
        };
        plan.file.probe.items().iter().any(probe)
            || plan.file.alarm.items().iter().any(|alarm| alarm.id.get() == Some(id))
    });
    let of = |metric: &Metric<'p>| {
        metric.is_lag()
            && (metric.of.is_empty()
                || metric.of.iter().any(|of| watched::names(resource, of)))
            && metric.resources(plan, named).iter().any(|one| one.id == resource.id)
    };
    own || told
        || plan.file.alarm.items().iter().any(|alarm| of(&Metric::of_alarm(alarm)))
        || plan.file.probe.items().iter().any(|probe| {
            Metric::of_probe(probe).is_some_and(|metric| of(&metric))
                || asks(probe, resource) && !(streams(row) && only_archive(probe))
        })
}

/// Whether the other side follows by a connection of its own, and not by an archive.
fn streams(row: &DatabaseRow) -> bool {
    let kind = row.replication.get().and_then(|how| how.kind.get());
    kind.is_some_and(|kind| kind.contains("stream") || kind.contains("read-replica"))
}

/// Whether a probe tells of the archive and not of the replica: segments go on being kept
/// while nobody receives them.
fn only_archive(probe: &ProbeRow) -> bool {
    let texts = told(probe);
    let any = |words: &[&str]| {
        texts.iter().any(|text| words.iter().any(|word| text.contains(word)))
    };
    let archive = ["archiv", "wal-", "wal_", "backup"];
    // How it is set says nothing of how it goes.
    any(&["pg_settings"])
        || any(&archive) && !any(&["replic", "replay", "seconds_behind", "lag", "follow"])
}

/// What a probe says about itself, in small letters.
fn told(probe: &ProbeRow) -> Vec<String> {
    let texts = [&probe.sql, &probe.panel, &probe.pattern, &probe.measure, &probe.id];
    let said = texts.into_iter().filter_map(|text| text.get());
    let argv = probe.argv.items().iter().map(|word| &word.value);
    said.chain(argv).map(|text| text.to_lowercase()).collect()
}

/// Whether what a probe looks at can tell how far a copy is behind: a lag, an archive, an age.
fn tells_of_copies(probe: &ProbeRow) -> bool {
    match probe.kind.get() {
        Some(Look::Host | Look::Http | Look::Tcp | Look::Dns | Look::Route53) => false,
        Some(
            Look::Cloudwatch
            | Look::Sql
            | Look::Postgres
            | Look::Command
            | Look::Aws
            | Look::Log
            | Look::Files,
        )
        | None => true,
    }
}

/// A probe of the database that asks for its lag in words of its own.
fn asks(probe: &ProbeRow, resource: &Resource) -> bool {
    const LAG: &[&str] = &["replic", "replay", "archiv", "seconds_behind", "wal", "lag"];
    let named = probe.resource.get().is_some_and(|id| id == resource.id.as_str());
    let asked = || probe.host.get().is_some_and(|host| watched::names(resource, host));
    (named || asked())
        && told(probe).iter().any(|text| LAG.iter().any(|word| text.contains(word)))
}
