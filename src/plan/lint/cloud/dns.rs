//! Rules about records: what a batch of changes comes to, whether Route 53 takes it, and
//! how long resolvers go on with what was before.

use super::super::{Check, Findings, LintDef, Subject};
use crate::{
    model::{
        Action, DnsCall, Errand, Noun, RecordChange, Resource, ResourceId, RunbookKind,
        SiteId, Step, Verb,
    },
    plan::{
        Level, Plan,
        language::{Closed, Found, Items, RecordEntry, Said, TrafficRow, words::Policy},
    },
};

pub(super) const MOVES_NOTHING: LintDef = LintDef {
    id: "L61",
    name: "dns-change-moves-nothing",
    level: Level::Error,
    doc: "After a change of records users still come to the region that is left.",
    mend: "Give the records of the region gone to the weight, or the primary record its address.",
    check: Check::Runbook(moves_nothing),
};

pub(super) const POLICY_CONFLICT: LintDef = LintDef {
    id: "L63",
    name: "routing-policy-conflict",
    level: Level::Error,
    doc: "One name is given two routing policies, which Route 53 refuses.",
    mend: "Use weighted records throughout: 100 and 0 in normal operation.",
    check: Check::Plan(policy_conflict),
};

/// The batch of a step, when it is one.
pub(super) fn batch(step: &Step) -> Option<&DnsCall> {
    match &step.action {
        Action::Errand(Errand::Dns(call)) => Some(call),
        Action::Errand(_)
        | Action::Estate { .. }
        | Action::Command(_)
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. } => None,
    }
}

pub(super) fn same_name(one: &str, other: &str) -> bool {
    let bare = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
    bare(one) == bare(other)
}

/// The declared traffic with this record.
fn traffic<'p>(plan: &'p Plan, name: &str) -> Option<&'p Resource> {
    plan.estate.iter().find(|one| {
        one.noun == Noun::Traffic
            && one.params.text("record").is_some_and(|own| same_name(own, name))
    })
}

fn row_of<'p>(plan: &'p Plan, id: &ResourceId) -> Option<&'p TrafficRow> {
    let mut rows = plan.file.traffic.items().iter();
    rows.find(|row| row.id.get().is_some_and(|own| own == id.as_str()))
}

/// One record set as a batch leaves it.
#[derive(Clone, Debug, Default)]
struct Set {
    identifier: Option<String>,
    weight: Option<u64>,
    failover: Option<String>,
    /// Where it leads; none when nobody can tell.
    site: Option<SiteId>,
}

impl Set {
    /// Whether it is answered with while everything is well.
    fn answers(&self) -> bool {
        self.weight != Some(0) && self.failover.as_deref() != Some("SECONDARY")
    }
}

fn moves_nothing(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let runbook = subject.runbook;
    let goes = matches!(runbook.kind, RunbookKind::Failover | RunbookKind::Failback);
    if !goes || runbook.from == runbook.to {
        return;
    }
    for step in runbook.steps() {
        if let Some(call) = batch(step) {
            let mut names: Vec<&str> = Vec::new();
            for change in &call.changes {
                if !names.iter().any(|name| same_name(name, &change.name)) {
                    names.push(&change.name);
                }
            }
            for name in names {
                still_there(subject, step, (name, call), findings);
            }
        }
    }
    super::left::other_name(subject, findings);
    shifts_back(subject, findings);
    super::left::behind(subject, findings);
}

/// Says when all answers of a name still lead to the side that is left.
fn still_there(
    subject: &Subject<'_>,
    step: &Step,
    (name, call): (&str, &DnsCall),
    findings: &mut Findings<'_>,
) {
    let (plan, from, to) = (subject.plan, &subject.runbook.from, &subject.runbook.to);
    let traffic = traffic(plan, name);
    let mut sets: Vec<Set> = Vec::new();
    for entry in traffic
        .and_then(|one| row_of(plan, &one.id))
        .map_or(&[][..], |row| row.entries.items())
    {
        sets.push(of_entry(plan, &entry.value));
    }
    for change in call.changes.iter().filter(|one| same_name(&one.name, name)) {
        sets.retain(|set| set.identifier != change.set_identifier);
        if change.action != "DELETE" {
            sets.push(of_change(plan, traffic, change));
        }
    }
    let later = subject.runbook.steps().skip_while(|one| one.id != step.id).skip(1);
    if !later.into_iter().any(|one| is_about(subject, one, name, traffic)) {
        shared(subject, step, (name, &sets), findings);
    }
    let answers: Vec<&Set> = sets.iter().filter(|set| set.answers()).collect();
    let all = answers.iter().all(|set| set.site.as_ref() == Some(from));
    if !answers.is_empty() && all {
        let with: Vec<String> =
            answers.iter().filter_map(|set| set.identifier.clone()).collect();
        let with =
            if with.is_empty() { "its record".to_owned() } else { with.join(", ") };
        findings.add(
            &subject.at(&step.id),
            format!(
                "after this batch {name} still answers with {from} ({with}): nobody \
                 comes to {to}"
            ),
            format!(
                "give the record of {to} all the weight and that of {from} 0, or give \
                 the primary record the address of {to}"
            ),
        );
    }
}

/// Whether a step gives a name other records, or moves its users.
fn is_about(
    subject: &Subject<'_>,
    step: &Step,
    name: &str,
    traffic: Option<&Resource>,
) -> bool {
    let batched = batch(step)
        .is_some_and(|call| call.changes.iter().any(|one| same_name(&one.name, name)));
    let moved = traffic.is_some_and(|of| {
        subject.moves().any(|deed| deed.step.id == step.id && *deed.resource == of.id)
    });
    batched || moved
}

/// Says when the last batch of a name leaves some of its users, or gives nobody a weight.
fn shared(
    subject: &Subject<'_>,
    step: &Step,
    (name, sets): (&str, &[Set]),
    findings: &mut Findings<'_>,
) {
    let (from, to) = (&subject.runbook.from, &subject.runbook.to);
    let weights: Vec<(u64, Option<&SiteId>)> =
        sets.iter().filter_map(|set| Some((set.weight?, set.site.as_ref()))).collect();
    let sum: u64 = weights.iter().map(|(weight, _)| weight).sum();
    if weights.len() > 1 && sum == 0 {
        findings.add(
            &subject.at(&step.id),
            format!(
                "after this batch every record of {name} has weight 0: Route 53 then takes \
                 them as equal, and users still come to {from}"
            ),
            format!("give the record of {to} the weight 100"),
        );
        return;
    }
    let of = |site: &SiteId| -> u64 {
        let own = weights.iter().filter(|(_, one)| *one == Some(site));
        own.map(|(weight, _)| weight).sum()
    };
    let (left, gone) = (of(from), of(to));
    if left > 0 && gone > 0 {
        findings.add(
            &subject.at(&step.id),
            format!(
                "after this batch {} % of the users of {name} still go to {from}, and no \
                 later step moves them",
                left * 100 / sum.max(1)
            ),
            format!("change both records: that of {from} to weight 0 as well"),
        );
    }
}

fn of_entry(plan: &Plan, entry: &RecordEntry) -> Set {
    let alias = entry.alias.get().map(String::as_str);
    let told = entry.site.get().map(SiteId::new);
    Set {
        identifier: entry.set_identifier.get().cloned(),
        weight: entry.weight.get().copied(),
        failover: entry.failover.get().cloned(),
        site: alias.and_then(|name| of_alias(plan, name)).or(told),
    }
}

fn of_change(plan: &Plan, traffic: Option<&Resource>, change: &RecordChange) -> Set {
    let entries = traffic
        .and_then(|one| row_of(plan, &one.id))
        .map_or(&[][..], |row| row.entries.items());
    let by_value = || {
        let mut entries = entries.iter().filter(|entry| {
            let values = entry.value.values.items();
            values.iter().any(|value| change.values.contains(&value.value))
        });
        entries.next()?.value.site.get().map(SiteId::new)
    };
    let by_side = || {
        let sides = &traffic?.sides;
        let own = |side: &crate::model::Side| {
            side.params.text("set_identifier") == change.set_identifier.as_deref()
        };
        sides.iter().find(|(_, side)| own(side)).map(|(site, _)| site.clone())
    };
    let site = match (&change.alias, change.values.is_empty()) {
        (Some(name), _) => of_alias(plan, name),
        (None, false) => by_value(),
        (None, true) => by_side(),
    };
    Set {
        identifier: change.set_identifier.clone(),
        weight: change.weight.map(u64::from),
        failover: change.failover.clone(),
        site,
    }
}

/// The site a load balancer's name has the region of.
fn of_alias(plan: &Plan, name: &str) -> Option<SiteId> {
    let sites = plan.sites.iter();
    let mut here = sites.filter(|site| {
        let region = site.region.as_deref().unwrap_or(site.id.as_str());
        name.split('.').any(|part| part == region)
    });
    here.next().map(|site| site.id.clone())
}

/// A shift that sends users to the side that is left, or nobody to the side gone to.
fn shifts_back(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let (from, to) = (&subject.runbook.from, &subject.runbook.to);
    let shifts: Vec<_> = subject
        .deeds()
        .filter(|deed| deed.verb == Verb::Shift)
        .filter_map(|deed| Some((deed, deed.args?.number("percent").unwrap_or(100))))
        .collect();
    for (deed, percent) in &shifts {
        let at = subject.at(&deed.step.id);
        let moved = shifts.iter().any(|(other, share)| {
            other.resource == deed.resource && other.side == to && *share > 0
        });
        if deed.side == from
            && *percent == 100
            && subject.runbook.kind == RunbookKind::Failover
        {
            findings.add(
                &at,
                format!(
                    "this sends all users of {} to {from}, the side that is left",
                    deed.resource
                ),
                format!("write side = \"{to}\""),
            );
        } else if deed.side == to && *percent == 0 && !moved {
            findings.add(
                &at,
                format!("this sends 0 % of the users of {} to {to}", deed.resource),
                "write percent = 100, or leave it out for all of them",
            );
        }
    }
}

/// Weights say weighted, whatever stands beside them.
fn policy_of<T>(
    sets: &[T],
    weighted: impl Fn(&T) -> bool,
    failover: impl Fn(&T) -> bool,
) -> Option<Policy> {
    if sets.iter().any(weighted) {
        return Some(Policy::Weighted);
    }
    sets.iter().any(failover).then_some(Policy::Failover)
}

/// What a traffic's own table says of its policy.
fn declared(row: &TrafficRow) -> Option<Policy> {
    let entries = row.entries.items();
    row.policy.get().copied().or_else(|| {
        let weighted = |entry: &Found<RecordEntry>| entry.value.weight.is_some();
        policy_of(entries, weighted, |entry| entry.value.failover.is_some())
    })
}

/// The first step of the plan that gives a record another policy than `own`.
fn other_policy(plan: &Plan, row: &TrafficRow, own: Policy) -> Option<(String, Policy)> {
    let id = row.id.get()?;
    let resource = plan.resource(id)?;
    let record = resource.params.text("record").unwrap_or_default();
    let file = |call: &DnsCall| {
        let mut files = row.change_files.items().iter();
        files.any(|(_, found)| Some(&found.value) == call.file.as_ref())
    };
    let given = |step: &Step| match &step.action {
        Action::Estate { resource, verb: Verb::Shift, args, .. }
            if resource.as_str() == id
                && row.kind.get().is_some_and(|kind| kind == "route53") =>
        {
            // Weights, or the two roles of failover records swapped: nothing else.
            let share = args.number("percent").unwrap_or(100);
            let by_weight = (1..100).contains(&share)
                || !matches!(own, Policy::Weighted | Policy::Failover);
            by_weight.then_some(Policy::Weighted)
        }
        Action::Estate { .. } => None,
        Action::Errand(Errand::Dns(call)) => {
            let own: Vec<&RecordChange> = call
                .changes
                .iter()
                .filter(|change| same_name(&change.name, record))
                .collect();
            let about = file(call) || !own.is_empty();
            if about && !call.weights.is_empty() {
                return Some(Policy::Weighted);
            }
            let weighted = |change: &&RecordChange| change.weight.is_some();
            policy_of(&own, weighted, |change| change.failover.is_some())
        }
        Action::Errand(_)
        | Action::Command(_)
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. } => None,
    };
    plan.runbooks.iter().find_map(|runbook| {
        runbook.steps().find_map(|step| {
            let policy = given(step).filter(|policy| *policy != own)?;
            Some((format!("runbook.{}.{}", runbook.id, step.id), policy))
        })
    })
}

fn policy_conflict(plan: &Plan, findings: &mut Findings<'_>) {
    for row in plan.file.traffic.items() {
        let entries = row.entries.items();
        let weighted = entries.iter().find(|entry| entry.value.weight.is_some());
        let failover = entries.iter().find(|entry| entry.value.failover.is_some());
        if let (Some(weighted), Some(_)) = (weighted, failover) {
            findings.at(
                weighted.value.weight.place().unwrap_or(&weighted.place),
                format!(
                    "{} has an entry with a weight beside one with `failover`: Route 53 \
                     refuses two policies for one name",
                    row.id.get().map_or("", String::as_str)
                ),
                "make it weighted throughout, 100 and 0 in normal operation",
            );
            continue;
        }
        let Some(own) = declared(row) else { continue };
        let Some((step, other)) = other_policy(plan, row, own) else { continue };
        let place = row.policy.place().or_else(|| row.entries.place());
        let name = row.id.get().map_or("", String::as_str);
        findings.at(
            place.unwrap_or(&row.place),
            format!(
                "{name} is {} here and {} in {step}: Route 53 refuses two policies for \
                 one name",
                own.word_of(),
                other.word_of()
            ),
            "make it weighted throughout, 100 and 0 in normal operation, and change weights only",
        );
    }
}
