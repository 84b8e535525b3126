//! Rules about what may happen: whether anything answers it, and whether anything survives
//! an intruder.

use std::collections::BTreeSet;

use super::super::{
    Check, Findings, LintDef,
    promise::{Living, list},
};
use crate::{
    model::{Noun, Resource, ResourceId, RunbookKind, Span, Text},
    plan::{
        Level, Plan,
        language::{BackupRow, Cadence, Either, Items, Said, ScenarioRow, StorageRow},
    },
};

pub(super) const WITHOUT_RUNBOOK: LintDef = LintDef {
    id: "L35",
    name: "scenario-without-runbook",
    level: Level::Error,
    doc: "Something the plan says may happen is answered by no runbook.",
    mend: "Write a runbook for it and name it in `runbooks`, or say in `guidance` what people do instead.",
    check: Check::Plan(without_runbook),
};

pub(super) const NO_IMMUTABLE_COPY: LintDef = LintDef {
    id: "L37",
    name: "no-immutable-copy",
    level: Level::Error,
    doc: "An intruder is expected, and no copy is kept that an intruder cannot delete, or none is kept long enough.",
    mend: "Keep a locked copy (object lock, vault lock) for longer than intruders stay unseen.",
    check: Check::Plan(no_immutable_copy),
};

fn without_runbook(plan: &Plan, findings: &mut Findings<'_>) {
    for row in plan.file.scenario.items().iter().filter(|row| row.guidance.is_none()) {
        let Some(id) = row.id.get() else { continue };
        if row.unread.contains(&"runbooks") {
            continue;
        }
        let named = |runbook: &&crate::model::Runbook| {
            let here = row.runbooks.items().iter();
            here.map(|found| found.value.as_str()).any(|own| own == runbook.id.as_str())
                || runbook.terms.scenarios.iter().any(|own| own.as_str() == id)
        };
        let answers: Vec<_> = plan.runbooks.iter().filter(named).collect();
        // To have practised for it is no answer.
        let played = answers.iter().all(|one| one.kind == RunbookKind::Drill);
        if let Some(drill) = answers.first().filter(|_| played) {
            findings.at(
                &row.place,
                format!("{id} is answered by {} only, which is a drill", drill.id),
                "write `runbooks = [\"...\"]` with the runbook that is really run then",
            );
            continue;
        }
        // One that could not be read is reported as such.
        if answers.is_empty() && !row.runbooks.items().is_empty() {
            continue;
        }
        if answers.iter().any(|runbook| !runbook.terms.stub) {
            continue;
        }
        let told = row.strategy.get().map_or_else(String::new, |strategy| {
            format!("; \"{strategy}\" is no procedure")
        });
        let what = if answers.is_empty() {
            format!("{id} may happen, and no runbook answers it{told}")
        } else {
            let names: Vec<&str> = answers.iter().map(|one| one.id.as_str()).collect();
            format!("{id} is answered by {}, which nobody has written yet", list(&names))
        };
        findings.at(
            &row.place,
            what,
            "write `runbooks = [\"...\"]` with one that has steps, or `guidance = \"...\"` \
             when people decide on the spot",
        );
    }
}

/// Words of what an intruder does.
const INTRUDERS: &[&str] = &[
    "ransom",
    "breach",
    "intrus",
    "intrud",
    "malware",
    "malicious",
    "compromis",
    "hack",
    "cyber",
    "attacker",
    "sabotage",
];

/// How long half of all intruders stay unseen: 11 days, the median of all cases of 2024 in
/// Mandiant's M-Trends 2025. A copy that is kept no longer holds what they left.
const UNSEEN: Span = Span::mins(11 * 24 * 60);

fn is_intruder(row: &ScenarioRow) -> bool {
    let id = row.id.get().map_or("", String::as_str);
    let texts = [&row.name, &row.trigger, &row.scope, &row.impact];
    let said = texts.into_iter().filter_map(|text| text.get().map(Text::as_str));
    said.chain([id]).any(|text| {
        let text = text.to_lowercase();
        INTRUDERS.iter().any(|word| text.contains(word))
    })
}

fn no_immutable_copy(plan: &Plan, findings: &mut Findings<'_>) {
    let intruders = || plan.file.scenario.items().iter().filter(|row| is_intruder(row));
    if intruders().next().is_none() {
        return;
    }
    let locked: Vec<&BackupRow> =
        plan.file.backup.items().iter().filter(|row| is_locked(plan, row)).collect();
    let data = data(plan);
    let copied = copied(plan, &locked);
    let open: Vec<&str> = data
        .iter()
        .filter(|resource| !is_kept(plan, resource, &copied))
        .map(|resource| resource.id.as_str())
        .collect();
    if open.is_empty() && !(data.is_empty() && locked.is_empty()) {
        return;
    }
    let what = if locked.is_empty() {
        "no copy is kept that an intruder could not delete".to_owned()
    } else {
        format!("no copy of {} is kept that an intruder could not delete", list(&open))
    };
    let short = too_short(plan, &locked);
    let deletes = deletions(plan);
    for row in intruders() {
        let id = row.id.get().map_or("", String::as_str);
        findings.at(
            &row.place,
            format!("{id} may happen, and {what}{short}{deletes}"),
            format!(
                "lock a backup (`immutable = true`) or a bucket (`object_lock = \"30d\"`) \
                 for more than {UNSEEN}"
            ),
        );
    }
}

/// What services live on that holds data; all of it when no service says.
fn data(plan: &Plan) -> Vec<&Resource> {
    let used: BTreeSet<&ResourceId> =
        plan.services.iter().flat_map(|service| &service.uses).collect();
    let holds = |one: &&Resource| match one.noun {
        Noun::Database => true,
        Noun::Storage => used.contains(&one.id),
        Noun::Compute | Noun::Traffic => false,
    };
    let all = || plan.estate.iter().filter(holds);
    let lived: Vec<&Resource> = all().filter(|one| used.contains(&one.id)).collect();
    if lived.is_empty() { all().collect() } else { lived }
}

fn storage<'p>(plan: &'p Plan, id: &str) -> Option<&'p StorageRow> {
    let mut rows = plan.file.storage.items().iter();
    rows.find(|row| row.id.get().is_some_and(|own| own == id))
}

/// Whether nobody can delete it, and for longer than an intruder stays unseen.
fn is_locked(plan: &Plan, row: &BackupRow) -> bool {
    let kept = retention(row).is_none_or(|kept| kept > UNSEEN);
    row.immutable.get() == Some(&true) && kept || lies_in_a_locked_bucket(plan, row)
}

fn lies_in_a_locked_bucket(plan: &Plan, row: &BackupRow) -> bool {
    let places = [&row.location, &row.copy_to];
    let lies = |bucket: &str| {
        places.iter().filter_map(|place| place.get()).any(|place| {
            let rest = place.strip_prefix("s3://").unwrap_or(place);
            rest.split('/').next() == Some(bucket)
        })
    };
    let long = plan
        .file
        .storage
        .items()
        .iter()
        .filter(|one| one.object_lock.get().is_some_and(|lock| *lock > UNSEEN));
    long.filter_map(|one| one.id.get()).any(|id| {
        let found = plan.resource(id);
        found.is_some_and(|known| {
            known.sides.values().any(|side| side.params.text("bucket").is_some_and(lies))
        })
    })
}

/// Whether it, or a copy of it, cannot be deleted.
fn is_kept(plan: &Plan, resource: &Resource, copied: &BTreeSet<&str>) -> bool {
    let own = storage(plan, resource.id.as_str());
    let lock = own.and_then(|row| row.object_lock.get());
    lock.is_some_and(|lock| *lock > UNSEEN) || copied.contains(resource.id.as_str())
}

/// What these are copies of, by the resource.
fn copied<'p>(plan: &'p Plan, rows: &[&'p BackupRow]) -> BTreeSet<&'p str> {
    let living = Living::of(plan);
    let mut found = BTreeSet::new();
    for row in rows {
        found.extend(row.covers.items().iter().map(|covers| covers.value.as_str()));
        let services = living.covered(row);
        let used = services.iter().flat_map(|one| &one.service.uses);
        found.extend(used.map(ResourceId::as_str));
    }
    found
}

/// How long a copy is kept in production.
fn retention(row: &BackupRow) -> Option<Span> {
    let of = |cadence: &Cadence| cadence.length;
    match row.retention.get()? {
        Either::Short(kept) => of(kept),
        Either::Table(table) => table.production.get().and_then(of),
    }
}

/// What is locked, and too soon free again.
fn too_short(plan: &Plan, locked: &[&BackupRow]) -> String {
    let rows = plan.file.backup.items().iter();
    let mut short = rows
        .filter(|row| row.immutable.get() == Some(&true))
        .filter(|row| !locked.iter().any(|one| one.id == row.id))
        .filter_map(|row| Some((row.id.get()?, retention(row)?)));
    short.next().map_or_else(String::new, |(id, kept)| {
        format!(
            "; {id} is locked, for {kept}, and half of all intruders stay unseen for {UNSEEN}"
        )
    })
}

/// Buckets whose copies lose what is deleted.
fn deletions(plan: &Plan) -> String {
    let follows = |row: &&StorageRow| {
        let replication = row.replication.get();
        replication.is_some_and(|how| how.delete_markers.get() == Some(&true))
    };
    let rows = plan.file.storage.items().iter().filter(follows);
    let names: Vec<&str> =
        rows.filter_map(|row| row.id.get().map(String::as_str)).collect();
    if names.is_empty() {
        return String::new();
    }
    format!("; what is deleted in {} is deleted in its replica", list(&names))
}
