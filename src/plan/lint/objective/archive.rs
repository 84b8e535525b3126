//! Whether what a recovery needs can be fetched in time.

use super::super::{
    Check, Findings, LintDef,
    promise::{Living, tightest_rto},
};
use crate::{
    model::{ResourceId, RunbookId, Span},
    plan::{
        Level, Plan,
        data::data,
        language::{BackupRow, Items, Said},
    },
};

pub(super) const RETRIEVAL_VS_RTO: LintDef = LintDef {
    id: "L36",
    name: "archive-retrieval-vs-rto",
    level: Level::Warning,
    doc: "Data lies in a class of storage that takes longer to fetch from than the RTO allows.",
    mend: "Keep a copy in a class that is read at once, or restore it in a runbook with an RTO of its own.",
    check: Check::Plan(retrieval_vs_rto),
};

/// How long fetching from a class takes; none of one nobody knows, or that is read at once.
fn wait(class: &str) -> Option<Span> {
    let words = class.to_lowercase().replace(['_', '-'], " ");
    let known = data().copies.class.iter();
    let mut fits = known.filter(|one| one.words.iter().any(|word| words.contains(word)));
    fits.next().map(|one| one.wait).filter(|wait| *wait > Span::ZERO)
}

fn retrieval_vs_rto(plan: &Plan, findings: &mut Findings<'_>) {
    let living = Living::of(plan);
    for row in plan.file.storage.items() {
        let Some(id) = row.id.get() else { continue };
        let resource = ResourceId::from(id.as_str());
        let Some((rto, who)) = tightest_rto(&living.on(&[&resource])) else {
            continue;
        };
        let class = row.replication.get().and_then(|how| how.storage_class.as_ref());
        let slow = class.and_then(|class| Some((class, wait(&class.value)?)));
        if let Some((class, wait)) = slow.filter(|(_, wait)| *wait > rto) {
            findings.at(
                &class.place,
                format!(
                    "the copies of {id} lie in {} and take up to {wait} to fetch; {who}, \
                     which lives on them after a failover, must be back in {rto}",
                    class.value
                ),
                "write storage_class = \"STANDARD_IA\" or another that is read at once",
            );
        }
        for moved in row.lifecycle.items() {
            let (Some(after), Some(class)) =
                (moved.value.after.get(), &moved.value.class)
            else {
                continue;
            };
            if let Some(wait) = wait(&class.value).filter(|wait| *wait > rto) {
                findings.at(
                    &class.place,
                    format!(
                        "what is older than {after} in {id} lies in {} and takes up to \
                         {wait} to fetch; {who} must be back in {rto}",
                        class.value
                    ),
                    "keep it in a class that is read at once (GLACIER_IR, STANDARD_IA), or \
                     promise a longer RTO for what is old",
                );
            }
        }
    }
    for row in plan.file.backup.items() {
        backup(plan, &living, row, findings);
    }
}

fn backup(
    plan: &Plan,
    living: &Living<'_>,
    row: &BackupRow,
    findings: &mut Findings<'_>,
) {
    let places = [&row.location, &row.copy_to, &row.kind];
    let mut archived = places
        .into_iter()
        .flatten()
        .filter_map(|place| Some((place, wait(&place.value)?)));
    let (Some((place, wait)), Some(id)) = (archived.next(), row.id.get()) else { return };
    let Some((rto, who)) = tightest_rto(&living.covered(row)) else { return };
    // Whoever restores it may take longer, and says so.
    let patient = |runbook: &str| {
        let promise = plan.promises.get(&RunbookId::from(runbook));
        promise.is_some_and(|promise| promise.objective.rto >= wait)
    };
    let restores = row.restored_by.items();
    let said = !restores.is_empty() && restores.iter().all(|one| patient(&one.value));
    if wait > rto && !said {
        findings.at(
            &place.place,
            format!(
                "fetching {id} takes up to {wait}, and {who}, which it is a copy of, must \
                 be back in {rto}"
            ),
            format!(
                "keep a copy that is read at once, or name in `restored_by` a runbook with \
                 `rto = \"{wait}\"` or more"
            ),
        );
    }
}
