//! Whether what is needed after a region is lost is anywhere else.

use super::super::{Check, Findings, LintDef, written::covers};
use crate::plan::{
    Level, Plan,
    language::{BackupRow, DatabaseRow, Found, Items, ReplicationRow, Said, StorageRow},
};

pub(super) const ONE_REGION: LintDef = LintDef {
    id: "L70",
    name: "protection-in-one-region",
    level: Level::Error,
    doc: "Data or backups that are needed once a region is lost exist in that region only.",
    mend: "Replicate the bucket, or copy the backups to another region as they are made.",
    check: Check::Plan(one_region),
};

fn one_region(plan: &Plan, findings: &mut Findings<'_>) {
    if plan.sites.len() < 2 {
        return;
    }
    for row in plan.file.storage.items() {
        storage(plan, row, findings);
    }
    for row in plan.file.database.items() {
        database(plan, row, findings);
    }
}

/// Where users are in normal operation: what stands by is not lost with it.
fn is_standby(plan: &Plan, site: &str) -> bool {
    use crate::plan::language::words::SiteRole;
    let rows = plan.file.site.items();
    let row = rows.iter().find(|row| row.id.get().is_some_and(|id| id == site));
    row.is_some_and(|row| {
        matches!(row.role.get(), Some(SiteRole::Dr | SiteRole::Witness))
    })
}

fn storage(plan: &Plan, row: &StorageRow, findings: &mut Findings<'_>) {
    let (Some(id), Some(primary)) = (row.id.get(), row.primary.get()) else { return };
    if is_standby(plan, primary) {
        return;
    }
    let there = format!("with {primary} it is gone");
    if let Some(replication) = &row.replication {
        let of = &replication.value;
        let off =
            of.status.get().is_some_and(|status| status.eq_ignore_ascii_case("disabled"));
        if of.kind.get().is_none_or(|kind| kind != "none") && !off {
            replicated(row, replication, (id, primary), findings);
            return;
        }
    }
    let elsewhere = row.side.items().iter().find(|(site, _)| site != primary);
    if elsewhere.is_some() && row.replication.is_none() {
        return;
    }
    if let (Some((site, _)), Some(status)) =
        (elsewhere, row.replication.get().and_then(|of| of.status.as_ref()))
        && status.value.eq_ignore_ascii_case("disabled")
    {
        findings.at(
            &status.place,
            format!("the replication of {id} is {}: its copy in {site} gets nothing, and {there}", status.value),
            "write status = \"Enabled\"",
        );
        return;
    }
    let Some(needed) = needed(plan, row, id) else { return };
    let place = row.replication.place().unwrap_or(&row.place);
    findings.at(
        place,
        format!("{needed} in {id}, a bucket in {primary} only: {there}"),
        "replicate it: replication = { kind = \"bucket\", to = \"...\", site = \"...\" }, and its second side",
    );
}

/// Where a rule that is on replicates to.
fn replicated(
    row: &StorageRow,
    replication: &Found<ReplicationRow>,
    (id, primary): (&str, &str),
    findings: &mut Findings<'_>,
) {
    let of = &replication.value;
    let there = format!("with {primary} it is gone");
    if let Some(site) = of.site.as_ref().filter(|site| site.value == *primary) {
        findings.at(
            &site.place,
            format!("{id} is replicated to a bucket in {primary}, where it is: {there}"),
            "name another site, and its bucket in `to`",
        );
        return;
    }
    let others = row.side.items().iter().any(|(site, _)| site != primary);
    if let Some((to, own)) = another(row, of, primary) {
        findings.at(
            &to.place,
            format!(
                "{id} is replicated to {}, and its other side is {own}: nothing \
                 reaches that one",
                to.value
            ),
            format!("write to = \"{own}\", or the side's bucket as it is"),
        );
    } else if of.to.is_none() && !others {
        findings.at(
            &replication.place,
            format!("replication of {id} names no bucket to replicate to: {there}"),
            "write `to` and `site`, and the side's bucket",
        );
    } else if let Some(prefix) = of.prefix.as_ref().filter(|one| !one.value.is_empty()) {
        left_behind(row, (id, &prefix.value), &prefix.place, findings);
    }
}

/// The bucket a rule replicates to, and the other side's own, when they are not one.
fn another<'p>(
    row: &'p StorageRow,
    of: &'p ReplicationRow,
    primary: &str,
) -> Option<(&'p Found<String>, &'p str)> {
    let to = of.to.as_ref()?;
    let mut others = row.side.items().iter().filter(|(site, _)| site != primary);
    let (site, side) = others.next()?;
    if others.next().is_some() || of.site.get().is_some_and(|told| told != site) {
        return None;
    }
    let (_, own) = side.value.rest.iter().find(|(key, _)| key == "bucket")?;
    let own = own.value.as_str()?;
    let bare = to.value.rsplit(':').next().unwrap_or_default();
    let open = bare.contains("${") || own.contains("${");
    (bare != own && !open).then_some((to, own))
}

/// Only what begins with the prefix is replicated.
fn left_behind(
    row: &StorageRow,
    (id, prefix): (&str, &str),
    place: &crate::plan::Place,
    findings: &mut Findings<'_>,
) {
    let kept = row.prefixes.items().iter().map(|one| one.value.as_str());
    let others: Vec<&str> = kept.filter(|one| !one.starts_with(prefix)).collect();
    if others.is_empty() && row.prefixes.is_some() {
        return;
    }
    let primary = row.primary.get().map_or("", String::as_str);
    let what = if others.is_empty() {
        format!("whatever else {id} holds")
    } else {
        others.join(", ")
    };
    findings.at(
        place,
        format!("only {prefix} is replicated: {what} exists in {primary} only"),
        "write prefix = \"\" for the whole bucket; or `prefixes` with what it holds, when that is all",
    );
}

/// Why a bucket is needed once its region is lost; none when nobody says.
fn needed(plan: &Plan, row: &StorageRow, id: &str) -> Option<String> {
    let uses = |service: &&crate::model::Service| {
        service.uses.iter().any(|one| one.as_str() == id)
    };
    if let Some(service) = plan.services.iter().find(uses) {
        return Some(format!("{} lives", service.name));
    }
    let buckets: Vec<&str> = row
        .side
        .items()
        .iter()
        .filter_map(|(_, side)| {
            let (_, bucket) = side.value.rest.iter().find(|(key, _)| key == "bucket")?;
            bucket.value.as_str()
        })
        .collect();
    let lies = |backup: &&BackupRow| {
        let places = [backup.copy_to.get(), backup.location.get()];
        // A copy elsewhere is what counts; without one, where it is made.
        let last = places.into_iter().flatten().next();
        let bucket =
            last.and_then(|place| place.strip_prefix("s3://")?.split('/').next());
        bucket.is_some_and(|bucket| buckets.contains(&bucket))
    };
    let backups: Vec<&str> = plan
        .file
        .backup
        .items()
        .iter()
        .filter(lies)
        .filter_map(|backup| backup.id.get().map(String::as_str))
        .collect();
    match backups.as_slice() {
        [] => None,
        [one] => Some(format!("the backup {one} lies")),
        all => Some(format!("the backups {} lie", all.join(", "))),
    }
}

/// A database that follows nowhere else: its backups are all there is.
fn database(plan: &Plan, row: &DatabaseRow, findings: &mut Findings<'_>) {
    let (Some(id), Some(primary)) = (row.id.get(), row.primary.get()) else { return };
    let kind = row.replication.get().and_then(|one| one.kind.get());
    let alone = match kind.map(String::as_str) {
        Some("none" | "snapshot-copy") => true,
        Some(_) => false,
        None => row.side.items().len() < 2,
    };
    if is_standby(plan, primary) {
        return;
    }
    if !alone {
        all_lost(plan, row, (id, primary), findings);
        return;
    }
    let covering: Vec<&BackupRow> = plan
        .file
        .backup
        .items()
        .iter()
        .filter(|backup| covers(plan, backup, id))
        .collect();
    let away = |backup: &BackupRow| {
        backup.sites.items().iter().any(|site| site.value != *primary)
    };
    let by_itself = |backup: &BackupRow| backup.interval.is_some();
    if covering.iter().any(|backup| away(backup) && by_itself(backup)) {
        return;
    }
    if let Some(by_hand) = covering.iter().find(|backup| away(backup)) {
        let elsewhere: Vec<&str> = by_hand
            .sites
            .items()
            .iter()
            .map(|site| site.value.as_str())
            .filter(|site| site != primary)
            .collect();
        findings.at(
            by_hand.sites.place().unwrap_or(&by_hand.place),
            format!(
                "{id} reaches {} only when somebody makes this backup by hand: once \
                 {primary} is lost, everything since then is",
                elsewhere.join(", ")
            ),
            "copy the scheduled backups there as they are made, and give them `sites` and an `interval`",
        );
        return;
    }
    let here = covering.iter().find(|backup| backup.sites.is_some());
    if let Some(backup) = here {
        findings.at(
            backup.sites.place().unwrap_or(&backup.place),
            format!("every backup of {id} is in {primary}: once it is lost, so are they"),
            "copy them to another region as they are made, and name it in `sites`",
        );
    }
}

/// The other side follows, and takes over without a single copy of its own: the first
/// mistake after the loss cannot be undone.
fn all_lost(
    plan: &Plan,
    row: &DatabaseRow,
    (id, primary): (&str, &str),
    findings: &mut Findings<'_>,
) {
    let leaves = plan.runbooks.iter().any(|one| {
        one.kind == crate::model::RunbookKind::Failover && one.from.as_str() == primary
    });
    let here = |one: &&BackupRow| {
        let sites = one.sites.items();
        !sites.is_empty()
            && sites.iter().all(|site| site.value == primary)
            && one.copy_to.is_none()
    };
    let backups = plan.file.backup.items();
    if !leaves || !backups.iter().any(|one| here(&one)) {
        return;
    }
    let own: Vec<&BackupRow> =
        backups.iter().filter(|one| covers(plan, one, id)).collect();
    let Some(first) = own.first().filter(|_| own.iter().all(here)) else { return };
    let ids: Vec<&str> =
        own.iter().filter_map(|one| one.id.get()).map(|id| &**id).collect();
    let other = row.side.items().iter().find(|(site, _)| site != primary);
    findings.at(
        first.sites.place().unwrap_or(&first.place),
        format!(
            "every backup of {id} ({}) is in {primary}: once it is lost, {} runs without one",
            ids.join(", "),
            other.map_or("the other side", |(site, _)| site)
        ),
        "copy them to another region as they are made, and name it in `sites`",
    );
}
