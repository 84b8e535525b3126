//! Whether the newest copy there will be is as young as was promised.

use std::collections::BTreeMap;

use super::{
    super::{
        Check, Findings, LintDef,
        promise::{Promising, covered, list, services},
    },
    zero::replication,
};
use crate::{
    model::{Noun, Resource, Runbook, RunbookKind, SiteId, Span},
    plan::{
        Level, Plan,
        data::data,
        language::{BackupRow, Cadence, Items, Said},
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
    let mut promising: Vec<Promising<'_>> =
        services(plan).filter(|one| one.any_rpo() > Some(Span::ZERO)).collect();
    // Whoever may lose least says what is wrong.
    promising.sort_by_key(Promising::any_rpo);
    for one in &promising {
        let own: Vec<&BackupRow> =
            rows.iter().copied().filter(|row| covers(row, one)).collect();
        if own.is_empty() {
            uncopied(plan, one, findings);
        }
        last_copy(plan, one, &own, &mut late);
        far_copy(plan, one, &own, &mut late);
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

fn covers(row: &BackupRow, one: &Promising<'_>) -> bool {
    row.covers.items().iter().any(|covers| {
        let id = covers.value.as_str();
        id == one.id() || one.service.uses.iter().any(|used| used.as_str() == id)
    })
}

/// How far back the newest restorable moment may lie; none where nobody says.
fn within(row: &BackupRow) -> Option<Span> {
    let kind = row.kind.get().map_or("", String::as_str);
    if let Some(known) = data().copies.backup.iter().find(|one| one.kind == kind) {
        return Some(known.within);
    }
    if let Some(interval) = row.interval.get() {
        return Some(*interval);
    }
    scheduled(row.schedule.get()?.as_str())
}

/// The longest time between two, by a schedule's words: `daily 03:00 UTC`, `continuous`,
/// `every 5 minutes`, `cron 0 2 * * *`. None of words that say something else.
pub(super) fn scheduled(words: &str) -> Option<Span> {
    let words = words.to_lowercase();
    let at_once = ["continuous", "on push", "on write", "at once"];
    if at_once.iter().any(|word| words.starts_with(word)) {
        return Some(Span::ZERO);
    }
    if let Some(fields) = words.strip_prefix("cron ") {
        return cron(fields);
    }
    let day = 1440;
    let named = [
        ("hourly", 60),
        ("daily", day),
        ("nightly", day),
        ("weekly", 7 * day),
        ("monthly", 31 * day),
        ("yearly", 365 * day),
    ];
    let mut named = named.into_iter().filter(|(word, _)| words.starts_with(word));
    named
        .next()
        .map(|(_, mins)| Span::mins(mins))
        .or_else(|| Cadence::parse(&words).length)
}

/// The longest time between two of a schedule, of the forms plans use: `*/5 * * * *`,
/// `0 * * * *`, `0 2 * * *`, `0 2 * * 0`, `0 2 1 * *`.
fn cron(fields: &str) -> Option<Span> {
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields.as_slice() else { return None };
    let every = |field: &str| field.strip_prefix("*/")?.parse::<i64>().ok();
    let fixed = |field: &str| field.parse::<u8>().is_ok();
    match (*minute, *hour, *day, *month, *weekday) {
        ("*", "*", "*", "*", "*") => Some(Span::mins(1)),
        (step, "*", "*", "*", "*") if !fixed(step) => every(step).map(Span::mins),
        (_, "*", "*", "*", "*") => Some(Span::mins(60)),
        (_, step, "*", "*", "*") if !fixed(step) => {
            every(step).map(|h| Span::mins(h * 60))
        }
        (_, _, "*", "*", "*") => Some(Span::mins(1440)),
        (_, _, "*", "*", day) if fixed(day) => Some(Span::mins(7 * 1440)),
        (_, _, day, "*", "*") if fixed(day) => Some(Span::mins(31 * 1440)),
        _ => None,
    }
}

fn said(row: &BackupRow) -> String {
    match (within(row), &row.schedule) {
        (Some(within), _) => format!("may be {within} old"),
        (None, Some(schedule)) => {
            format!("is made \"{}\": nobody can say how old it is", schedule.value)
        }
        (None, None) => "is made at intervals nobody has written down".to_owned(),
    }
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

/// Stores of a service, and whether each side but one follows by itself.
fn stores<'p>(plan: &'p Plan, one: &Promising<'_>) -> Vec<(&'p Resource, bool)> {
    let used = plan.estate.iter().filter(|known| {
        matches!(known.noun, Noun::Database | Noun::Storage)
            && one.service.uses.contains(&known.id)
    });
    used.map(|resource| (resource, follows(plan, resource))).collect()
}

/// What is not said is not held against it: two sides of an unknown kind may follow.
fn follows(plan: &Plan, resource: &Resource) -> bool {
    match replication(plan, resource).and_then(|how| how.kind.get()) {
        Some(kind) => kind != "none" && !kind.contains("snapshot"),
        None => resource.sides.len() > 1,
    }
}

fn uncopied(plan: &Plan, one: &Promising<'_>, findings: &mut Findings<'_>) {
    let stores = stores(plan, one);
    let alone: Vec<&str> = stores
        .iter()
        .filter(|(_, follows)| !follows)
        .map(|(one, _)| one.id.as_str())
        .collect();
    let Some(rpo) = one.rpo().filter(|_| stores.is_empty() || !alone.is_empty()) else {
        return;
    };
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

/// Where nothing follows, the backups are all there is.
fn last_copy<'p>(
    plan: &Plan,
    one: &Promising<'_>,
    own: &[&'p BackupRow],
    late: &mut Found<'p>,
) {
    let stores = stores(plan, one);
    if !stores.is_empty() && stores.iter().all(|(_, follows)| *follows) {
        return;
    }
    let Some(rpo) = one.any_rpo() else { return };
    let Some((id, row)) = too_old(own, rpo) else { return };
    let what = format!(
        "{} may lose {rpo}, nothing follows what it writes, and {id} {}",
        one.id(),
        said(row)
    );
    late.entry(id).or_insert((row, Late { level: Level::Error, what }));
}

/// When the whole site is lost, what counts is what lies elsewhere.
fn far_copy<'p>(
    plan: &Plan,
    one: &Promising<'_>,
    own: &[&'p BackupRow],
    late: &mut Found<'p>,
) {
    let stores = stores(plan, one);
    let Some((store, _)) = stores.first() else { return };
    let Some(rpo) = one.any_rpo() else { return };
    let at = |row: &BackupRow, site: &SiteId| {
        row.sites.items().iter().any(|own| own.value == site.as_str())
    };
    let follows = stores.iter().all(|(_, follows)| *follows);
    for site in plan.sites.iter().filter(|site| site.id != store.primary) {
        let there: Vec<&BackupRow> =
            own.iter().copied().filter(|row| at(row, &site.id)).collect();
        let Some((id, row)) = too_old(&there, rpo) else { continue };
        let (level, besides) = if follows {
            let besides = "; its replica follows every mistake, too";
            (Level::Warning, besides)
        } else {
            (Level::Error, "; nothing else of it is there")
        };
        let what = format!(
            "in {} the youngest backup of {} is {id}, which {}; {} may lose {rpo}{besides}",
            site.id,
            store.id,
            said(row),
            one.id()
        );
        late.entry(id).or_insert((row, Late { level, what }));
    }
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
    let promised = from.iter().flat_map(|row| covered(plan, row));
    let tightest = promised.filter_map(|one| Some((one.any_rpo()?, one.id())));
    let Some((own, who)) = tightest.filter(|(rpo, _)| *rpo > Span::ZERO).min() else {
        return;
    };
    let promise = plan.promises.get(&runbook.id);
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
    if nearer || promise.is_none() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_as_long_as_its_longest_gap() {
        for (fields, mins) in [
            ("* * * * *", Some(1)),
            ("*/5 * * * *", Some(5)),
            ("30 * * * *", Some(60)),
            ("0 */6 * * *", Some(360)),
            ("0 2 * * *", Some(1440)),
            ("0 2 * * 0", Some(7 * 1440)),
            ("0 2 1 * *", Some(31 * 1440)),
            ("0 2 * 1 *", None),
            ("0 2 * *", None),
            ("@daily", None),
        ] {
            assert_eq!(cron(fields), mins.map(Span::mins), "{fields}");
        }
    }
}
