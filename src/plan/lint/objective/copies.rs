//! Whether the newest copy there will be is as young as was promised.

use std::collections::BTreeMap;

use super::{
    super::{
        Check, Findings, LintDef,
        promise::{Living, Promising, list, services},
    },
    schedule::{said, within},
};
use crate::{
    model::{Noun, Resource, ResourceId, Runbook, RunbookKind, SiteId, Span},
    plan::{
        Level, Plan,
        language::{BackupRow, Items, ReplicationRow, Said},
    },
};

pub(super) const INTERVAL_VS_RPO: LintDef = LintDef {
    id: "L33",
    name: "backup-interval-vs-rpo",
    level: Level::Error,
    doc: "The last copy there is may be older than the RPO allows, or nobody says how old it may be.",
    mend: "Copy more often, keep the logs in between, or let the other side follow.",
    check: Check::Plan(interval_vs_rpo),
};

/// What is wrong with one backup: the first that is found.
struct Late {
    level: Level,
    what: String,
}

type Found<'p> = BTreeMap<&'p str, (&'p BackupRow, Late)>;

fn interval_vs_rpo(plan: &Plan, findings: &mut Findings<'_>) {
    let rows: Vec<&BackupRow> =
        plan.file.backup.items().iter().filter(|row| is_copy(row)).collect();
    let mut late: Found<'_> = BTreeMap::new();
    let (stores, things) = (stores(plan), by_thing(&rows));
    let cases = services(plan).filter_map(|one| {
        let mut rows = plan.file.service.items().iter();
        let row = rows.find(|row| row.id.get().is_some_and(|id| id == one.id()))?;
        if row.stateless.get() == Some(&true) {
            return None;
        }
        let rpo = one.any_rpo().filter(|rpo| *rpo > Span::ZERO)?;
        let used = one.service.uses.iter().map(ResourceId::as_str);
        let own = used.clone().chain([one.id()]);
        let copies = own.filter_map(|id| things.get(id)).flatten().copied().collect();
        let stores = used.filter_map(|id| stores.get(id)).copied().collect();
        Some(Case { one, rpo, stores, copies })
    });
    let mut cases: Vec<Case<'_>> = cases.collect();
    // Whoever may lose least says what is wrong.
    cases.sort_by_key(|case| case.rpo);
    for case in &cases {
        if case.copies.is_empty() {
            uncopied(plan, case, findings);
        }
        last_copy(case, &mut late);
        far_copy(plan, case, &mut late);
    }
    for runbook in plan.runbooks.iter().filter(|one| one.kind == RunbookKind::Restore) {
        restored_from(plan, runbook, &rows, &mut late);
    }
    for (row, Late { level, what }) in late.into_values() {
        let help = "write the `interval` it really has, shorten it, or keep the logs in \
                    between (wal-archive, point-in-time recovery)";
        match level {
            Level::Error => findings.at(&row.place, what, help),
            Level::Warning => findings.warn(&row.place.at, what, help),
        }
    }
}

/// What tries whether a copy can be restored is none itself.
fn is_copy(row: &BackupRow) -> bool {
    row.kind.get().is_none_or(|kind| kind != "verification")
}

/// Copies by what they are copies of.
fn by_thing<'p>(rows: &[&'p BackupRow]) -> BTreeMap<&'p str, Vec<&'p BackupRow>> {
    let mut found: BTreeMap<&str, Vec<&BackupRow>> = BTreeMap::new();
    for row in rows {
        for covers in row.covers.items() {
            found.entry(covers.value.as_str()).or_default().push(row);
        }
    }
    found
}

/// Each store, and whether its other sides follow by themselves.
type Stores<'p> = BTreeMap<&'p str, (&'p Resource, bool)>;

fn stores(plan: &Plan) -> Stores<'_> {
    let databases = plan.file.database.items().iter();
    let how: BTreeMap<&str, &ReplicationRow> = databases
        .map(|row| (&row.id, &row.replication))
        .chain(plan.file.storage.items().iter().map(|row| (&row.id, &row.replication)))
        .filter_map(|(id, how)| Some((id.get()?.as_str(), how.get()?)))
        .collect();
    let holds = |one: &&Resource| matches!(one.noun, Noun::Database | Noun::Storage);
    let all = plan.estate.iter().filter(holds).map(|one| {
        let id = one.id.as_str();
        let kind = how.get(id).and_then(|how| how.kind.get());
        // What is not said is not held against it: two sides of any kind may follow.
        let follows = kind.map_or(one.sides.len() > 1, |kind| {
            kind != "none" && !kind.contains("snapshot")
        });
        (id, (one, follows))
    });
    all.collect()
}

/// A service, what it lives on, and the copies of either.
struct Case<'p> {
    one: Promising<'p>,
    rpo: Span,
    stores: Vec<(&'p Resource, bool)>,
    copies: Vec<&'p BackupRow>,
}

/// The one that is youngest at its worst; one nobody speaks for comes last.
fn youngest<'p>(rows: &[&'p BackupRow]) -> Option<&'p BackupRow> {
    rows.iter().copied().min_by_key(|row| within(row).map_or((1, Span::ZERO), |w| (0, w)))
}

/// The one to blame, when even the youngest is too old.
fn too_old<'p>(rows: &[&'p BackupRow], rpo: Span) -> Option<(&'p str, &'p BackupRow)> {
    let row = youngest(rows)?;
    let late = within(row).is_none_or(|within| within > rpo);
    late.then_some((row.id.get()?.as_str(), row))
}

fn uncopied(plan: &Plan, case: &Case<'_>, findings: &mut Findings<'_>) {
    let Case { one, stores, .. } = case;
    let alone: Vec<&str> = stores
        .iter()
        .filter(|(_, follows)| !follows)
        .map(|(one, _)| one.id.as_str())
        .collect();
    let Some(rpo) = one.rpo().filter(|_| stores.is_empty() || !alone.is_empty()) else {
        return;
    };
    if stores.is_empty() && keeps_nothing(plan, one) {
        return;
    }
    let why = if alone.is_empty() {
        "nothing is declared that keeps what it writes, nor any copy of it".to_owned()
    } else {
        format!("{} is in one place, and there is no backup of it", list(&alone))
    };
    findings.add(
        &format!("service.{}", one.id()),
        format!("{} may lose {rpo}, and {why}", one.id()),
        format!(
            "write what it lives on in `uses`, and a [[backup]] with `covers = [\"{}\"]` \
             and an `interval` of {rpo} or less",
            one.id()
        ),
    );
}

/// Whether it says what it lives on, and that is nothing that keeps anything: its RPO is
/// its tier's then, and kept by the services that write.
fn keeps_nothing(plan: &Plan, one: &Promising<'_>) -> bool {
    let uses = &one.service.uses;
    let known = |id: &ResourceId| plan.resource(id.as_str());
    let runs =
        uses.iter().any(|id| known(id).is_some_and(|own| own.noun == Noun::Compute));
    one.row.rpo.is_none() && runs
}

/// Where nothing follows, the backups are all there is.
fn last_copy<'p>(case: &Case<'p>, late: &mut Found<'p>) {
    let Case { one, rpo, stores, copies } = case;
    if !stores.is_empty() && stores.iter().all(|(_, follows)| *follows) {
        return;
    }
    let Some((id, row)) = too_old(copies, *rpo) else { return };
    let what = format!(
        "{} may lose {rpo}, nothing follows what it writes, and {id} {}",
        one.id(),
        said(row)
    );
    late.entry(id).or_insert((row, Late { level: Level::Error, what }));
}

/// When the whole site is lost, what counts is what lies elsewhere.
fn far_copy<'p>(plan: &Plan, case: &Case<'p>, late: &mut Found<'p>) {
    let Case { one, rpo, stores, copies } = case;
    let Some((store, _)) = stores.first() else { return };
    let at = |row: &BackupRow, site: &SiteId| {
        row.sites.items().iter().any(|own| own.value == site.as_str())
    };
    let (level, besides) = if stores.iter().all(|(_, follows)| *follows) {
        (Level::Warning, "its replica follows every mistake, too")
    } else {
        (Level::Error, "nothing else of it is there")
    };
    for site in plan.sites.iter().filter(|site| site.id != store.primary) {
        let there: Vec<&BackupRow> =
            copies.iter().copied().filter(|row| at(row, &site.id)).collect();
        // Where everything follows, a backup is for what its runbooks answer.
        let asked = youngest(&there).filter(|_| level == Level::Warning);
        let asked = asked.and_then(|row| answered(plan, row)).unwrap_or(*rpo);
        let Some((id, row)) = too_old(&there, asked.max(*rpo)) else { continue };
        let what = format!(
            "in {} the youngest backup of {} is {id}, which {}; {} may lose {rpo}; {besides}",
            site.id,
            store.id,
            said(row),
            one.id()
        );
        late.entry(id).or_insert((row, Late { level, what }));
    }
}

/// The least that a runbook which restores from it, or a scenario that one answers,
/// promises by itself.
fn answered(plan: &Plan, row: &BackupRow) -> Option<Span> {
    let restoring = |id: &str| row.restored_by.items().iter().any(|one| one.value == id);
    let runbooks = plan.file.runbook.items().iter();
    let runbooks = runbooks.filter(|one| one.id.get().is_some_and(|id| restoring(id)));
    let promised = runbooks.flat_map(|one| {
        let scenarios = plan.file.scenario.items().iter().filter(|scenario| {
            let named = one.scenarios.items().iter().map(|found| &found.value);
            named.into_iter().any(|id| scenario.id.get() == Some(id))
        });
        let theirs = scenarios.filter_map(|scenario| scenario.rpo.get());
        one.rpo.get().into_iter().chain(theirs).copied().collect::<Vec<_>>()
    });
    promised.min()
}

/// A restore gives back what the backup it restores from holds.
fn restored_from<'p>(
    plan: &Plan,
    runbook: &Runbook,
    rows: &[&'p BackupRow],
    late: &mut Found<'p>,
) {
    let (Some(scenario), Ok(steps)) =
        (runbook.terms.scenarios.first(), serde_json::to_string(&runbook.phases))
    else {
        return;
    };
    let named = |row: &BackupRow| {
        let place = row.location.get().and_then(|location| folder(location));
        row.restored_by.items().iter().any(|one| one.value == runbook.id.as_str())
            || place.is_some_and(|place| steps.contains(place))
    };
    let from: Vec<&BackupRow> = rows.iter().copied().filter(|row| named(row)).collect();
    let living = Living::of(plan);
    let promised = from.iter().flat_map(|row| living.covered(row));
    let tightest = promised.filter_map(|one| Some((one.any_rpo()?, one.id())));
    let Some((own, who)) = tightest.filter(|(rpo, _)| *rpo > Span::ZERO).min() else {
        return;
    };
    let asked = plan.file.scenario.items().iter().filter_map(|row| {
        let here = row.id.get().is_some_and(|id| id == scenario.as_str());
        row.rpo.get().filter(|rpo| here && **rpo > Span::ZERO).copied()
    });
    let rpo = asked.min().unwrap_or(own);
    // Another restore of the same scenario may reach nearer to now.
    let nearer = rows.iter().any(|row| {
        row.restored_by.items().iter().any(|one| {
            let other = plan.runbook(&one.value.as_str().into());
            other.is_some_and(|other| other.terms.scenarios.contains(scenario))
        }) && within(row).is_some_and(|within| within <= rpo)
    });
    if nearer {
        return;
    }
    let Some((id, row)) = too_old(&from, rpo) else { return };
    let what = format!(
        "{}, which answers {scenario}, restores from {id}, which {}; {who} may lose {rpo}",
        runbook.id,
        said(row)
    );
    late.entry(id).or_insert((row, Late { level: Level::Error, what }));
}

/// The folder a place is in, up to what differs from copy to copy.
fn folder(location: &str) -> Option<&str> {
    let fixed = location.split("${").next()?;
    let (folder, _) = fixed.rsplit_once('/')?;
    (folder.len() > 5).then_some(folder)
}
