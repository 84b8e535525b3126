//! How long resolvers go on with what a record said before it was changed.

use std::collections::BTreeSet;

use super::{
    super::{Check, Findings, LintDef, deed},
    dns::{batch, same_name},
};
use crate::{
    model::{DnsCall, PhaseTime, Runbook, RunbookKind, Span, Verb},
    plan::{
        Level, Plan,
        language::{Found, Items, RecordEntry, RecordRow, Said, TrafficRow},
    },
};

pub(super) const TTL_MISSING: LintDef = LintDef {
    id: "L64",
    name: "ttl-missing",
    level: Level::Warning,
    doc: "A record says not how long it is kept, or is kept longer than its phase may take.",
    mend: "Give the record a TTL of 60 s; an alias has that of its target.",
    check: Check::Runbooks(ttl_missing),
};

fn ttl_missing(plan: &Plan, findings: &mut Findings<'_>) {
    let told = Told::of(plan);
    for row in plan.file.traffic.items() {
        declared(plan, (row, &told), findings);
    }
    for runbook in plan.file.runbook.items() {
        for step in runbook.step.items() {
            let Some(batch) = step.dns_change.get() else { continue };
            for change in batch.changes.items().iter().filter(|one| is_bare(&one.value)) {
                let name = change.value.name.get().map_or("", String::as_str);
                findings.at(
                    &change.place,
                    format!(
                        "the record {name} is written without a TTL: Route 53 refuses it"
                    ),
                    "write ttl = \"60s\"",
                );
            }
        }
    }
}

/// A record with addresses and no TTL.
fn is_bare(change: &RecordRow) -> bool {
    let gone = change.action.get().is_some_and(|action| action == "DELETE");
    !gone && change.ttl.is_none() && change.alias.is_none() && change.values.is_some()
}

fn declared(
    plan: &Plan,
    (row, told): (&TrafficRow, &Told<'_>),
    findings: &mut Findings<'_>,
) {
    let Some(id) = row.id.get() else { return };
    let Some(resource) = plan.resource(id) else { return };
    let record = resource.params.text("record").unwrap_or(id);
    let entries = row.entries.items();
    let route53 = row.kind.get().is_some_and(|kind| kind == "route53");
    let by_hands = told.by_hands.contains(id.as_str());
    let known = !route53 || by_hands || told.in_a_batch(record);
    // With one side there is nothing to change it to.
    if entries.is_empty() && !known && resource.sides.len() > 1 {
        findings.at(
            &row.place,
            format!(
                "nothing says what {record} answers with, nor for how long: after a \
                 change users may go on to the old side for as long as its TTL"
            ),
            "write its `entries`, with ttl = \"60s\" where they are no aliases",
        );
    }
    let bare = |entry: &&Found<RecordEntry>| {
        let entry = &entry.value;
        entry.ttl.is_none() && entry.alias.is_none() && entry.values.is_some()
    };
    if let Some(first) = entries.iter().find(bare) {
        findings.at(
            &first.place,
            format!(
                "{record} answers with {} for nobody knows how long: no TTL",
                first.value.values.items().first().map_or("", |one| one.value.as_str())
            ),
            "write ttl = \"60s\" in each entry that is no alias",
        );
    }
    let quickest = told.moves.iter().find(|one| one.traffic == resource.id.as_str());
    if let Some(one) = quickest {
        too_slow(plan, (row, record), one, findings);
    }
}

/// What the runbooks say of records, gathered once for all of these.
struct Told<'p> {
    moves: Vec<Move<'p>>,
    /// Traffic whose records hands change as they find them, and keep their TTL; nothing here
    /// need know it.
    by_hands: BTreeSet<&'p str>,
    /// Names for which a batch says how long they are kept.
    in_batches: BTreeSet<&'p str>,
    /// A batch in a file that cannot be read, and is no other record's: it may say so for all
    /// one can tell.
    unread: bool,
}

impl<'p> Told<'p> {
    fn of(plan: &'p Plan) -> Self {
        let rows = plan.file.runbook.items().iter();
        let shifts = rows.flat_map(|runbook| runbook.step.items()).filter(|step| {
            step.verb.get().is_some_and(|verb| verb == Verb::Shift.word())
        });
        let traffic = plan.file.traffic.items().iter();
        let files: BTreeSet<&str> = traffic
            .flat_map(|row| row.change_files.items())
            .map(|(_, found)| found.value.as_str())
            .collect();
        let steps = plan.runbooks.iter().flat_map(Runbook::steps);
        let batches: Vec<&DnsCall> = steps.filter_map(batch).collect();
        let known = |file: &String| files.contains(file.as_str());
        let unread = |call: &&DnsCall| {
            call.changes.is_empty() && !call.file.as_ref().is_some_and(known)
        };
        let changes = batches.iter().flat_map(|call| &call.changes);
        let kept = changes.filter(|one| one.ttl.is_some() || one.alias.is_some());
        Self {
            moves: moves(plan),
            by_hands: shifts
                .filter_map(|step| step.resource.get())
                .map(|id| &**id)
                .collect(),
            in_batches: kept.map(|change| change.name.as_str()).collect(),
            unread: batches.iter().any(unread),
        }
    }

    fn in_a_batch(&self, record: &str) -> bool {
        self.unread || self.in_batches.iter().any(|name| same_name(name, record))
    }
}

/// Detection and TTL together against the phase in which users move.
fn too_slow(
    plan: &Plan,
    (row, record): (&TrafficRow, &str),
    one: &Move<'_>,
    findings: &mut Findings<'_>,
) {
    let entries = row.entries.items();
    let slowest = entries.iter().filter_map(|entry| entry.value.ttl.as_ref());
    let Some(ttl) = slowest.max_by_key(|ttl| ttl.value) else { return };
    let noticed = detection(plan, row).unwrap_or(Span::ZERO);
    if ttl.value + noticed <= one.length {
        return;
    }
    let how = if noticed == Span::ZERO {
        format!("are kept for {}", ttl.value)
    } else {
        format!("change after {noticed} of failing checks and are kept for {}", ttl.value)
    };
    findings.at(
        &ttl.place,
        format!(
            "answers of {record} {how}, and phase `{}` of {} has {} to move users",
            one.phase, one.runbook, one.length
        ),
        "write ttl = \"60s\", or give the phase the time it takes",
    );
}

/// How long the slowest of its health checks fails before it turns, where records move by
/// themselves.
fn detection(plan: &Plan, row: &TrafficRow) -> Option<Span> {
    row.automatic.get().filter(|on| **on)?;
    let entries = row.entries.items().iter();
    let named: Vec<&String> =
        entries.filter_map(|entry| entry.value.health_check.get()).collect();
    let checks = plan
        .file
        .health_check
        .items()
        .iter()
        .filter(|check| check.id.get().is_some_and(|id| named.contains(&id)));
    let slow = checks.filter_map(|check| {
        let failures = i64::try_from(*check.failures.get()?).ok()?;
        Some(Span::millis(check.interval.get()?.as_millis().saturating_mul(failures)))
    });
    slow.max()
}

/// Where users of a traffic are moved, and how long that may take.
#[derive(Clone, Debug)]
struct Move<'p> {
    traffic: &'p str,
    runbook: &'p str,
    phase: &'p str,
    length: Span,
}

/// Every move of a failover in a phase with an end, the shortest first.
fn moves(plan: &Plan) -> Vec<Move<'_>> {
    let mut found = Vec::new();
    for runbook in plan.runbooks.iter().filter(|one| one.kind == RunbookKind::Failover) {
        for phase in &runbook.phases {
            let length = match phase.time {
                Some(PhaseTime::Budget(length)) => length,
                Some(PhaseTime::Window(from, until)) => until - from,
                Some(PhaseTime::From(_)) | None => continue,
            };
            let moved = |traffic| Move {
                traffic,
                runbook: runbook.id.as_str(),
                phase: phase.id.as_str(),
                length,
            };
            let deeds = phase.steps.iter().flat_map(|step| deed::of(plan, runbook, step));
            let shifts = deeds.filter(|deed| deed.verb == Verb::Shift);
            found.extend(shifts.map(|deed| moved(deed.resource.as_str())));
        }
    }
    found.sort_by_key(|one| one.length);
    found
}
