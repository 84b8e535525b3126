//! Places of copies: what is watched, what is written and what is read.

use std::collections::BTreeMap;

use super::super::super::{Findings, watched::Named};
use crate::{
    model::{Noun, Resource, RunbookKind},
    plan::{
        Plan,
        language::{BackupRow, Items, ProbeRow, Said},
    },
};

pub(super) fn check(plan: &Plan, findings: &mut Findings<'_>) {
    let named = Named::of(plan);
    for row in plan.file.backup.items() {
        watched_elsewhere(plan, &named, row, findings);
    }
    let mut things: BTreeMap<&str, Vec<&BackupRow>> = BTreeMap::new();
    for row in plan.file.backup.items() {
        for covers in row.covers.items() {
            things.entry(covers.value.as_str()).or_default().push(row);
        }
    }
    for (covers, rows) in things {
        read_from_one(plan, &named, (covers, &rows), findings);
    }
}

/// The declared bucket a place is in.
fn bucket<'p>(named: &Named<'p>, place: &str) -> Option<&'p Resource> {
    let rest = place.strip_prefix("s3://")?;
    let called = named.called(rest.split('/').next()?);
    called.into_iter().find(|one| one.noun == Noun::Storage)
}

/// The bucket's own name, for people.
fn name(resource: &Resource) -> &str {
    let mut sides = resource.sides.values();
    let own = sides.find_map(|side| side.params.text("bucket"));
    own.unwrap_or_else(|| resource.name.as_str())
}

/// A backup in one bucket, and a check that looks into another.
fn watched_elsewhere(
    plan: &Plan,
    named: &Named<'_>,
    row: &BackupRow,
    findings: &mut Findings<'_>,
) {
    let (Some(id), Some(check)) = (row.id.get(), row.check.get()) else { return };
    let own = |probe: &&ProbeRow| probe.id.get() == Some(check);
    let Some(probe) = plan.file.probe.items().iter().find(own) else { return };
    let call = probe.aws.get().and_then(|call| call.params.get());
    let looked =
        call.and_then(|params| params.get("Bucket")).and_then(|name| name.as_str());
    let looked = looked.and_then(|name| bucket(named, &format!("s3://{name}/")));
    let places = [&row.location, &row.copy_to];
    let lies: Vec<&Resource> =
        places.into_iter().filter_map(|place| bucket(named, place.get()?)).collect();
    let (Some(looked), Some(first)) = (looked, lies.first()) else { return };
    if lies.iter().any(|one| one.id == looked.id) {
        return;
    }
    let what = format!(
        "{id} is written to {}, and its check {check} looks into {}",
        name(first),
        name(looked)
    );
    let help =
        format!("let {check} look at what {id} writes, or write where it really lies");
    for one in [looked, first] {
        findings.add(&format!("storage.{}", one.id), what.clone(), help.clone());
    }
}

/// Copies of one thing in several buckets, and restores that know only some of them.
fn read_from_one(
    plan: &Plan,
    named: &Named<'_>,
    (covers, rows): (&str, &[&BackupRow]),
    findings: &mut Findings<'_>,
) {
    let lying: Vec<(&str, &Resource, bool)> = rows
        .iter()
        .filter_map(|row| {
            let place = bucket(named, row.location.get()?)?;
            Some((row.id.get()?.as_str(), place, !row.restored_by.items().is_empty()))
        })
        .collect();
    let first = lying.first().map(|(_, place, _)| &place.id);
    if lying.iter().all(|(_, place, _)| Some(&place.id) == first) {
        return;
    }
    let restores = plan.runbooks.iter().filter(|one| one.kind == RunbookKind::Restore);
    let steps: Vec<(&str, String)> = restores
        .filter_map(|one| {
            Some((one.id.as_str(), serde_json::to_string(&one.phases).ok()?))
        })
        .collect();
    let reader = |place: &Resource| {
        let told = format!("s3://{}/", name(place));
        steps.iter().find(|(_, text)| text.contains(&told)).map(|(id, _)| *id)
    };
    let read = lying.iter().find_map(|(_, place, _)| Some((*place, reader(place)?)));
    let Some((read, runbook)) = read else { return };
    for (id, place, restored) in &lying {
        if *restored || place.id == read.id || reader(place).is_some() {
            continue;
        }
        let what = format!(
            "copies of {covers} lie in two buckets: {runbook} restores from {}, and nothing \
             restores what {id} puts into {}",
            name(read),
            name(place)
        );
        let help = "keep them in one bucket, or say in `restored_by` what restores each";
        for one in [*place, read] {
            findings.add(&format!("storage.{}", one.id), what.clone(), help);
        }
    }
}
