//! Whether what users write on the way back ends in one place.

use super::{
    super::{Check, Deed, Findings, LintDef, Subject},
    data::consumers,
    follow::{Copied, copies},
    traffic::{beneath, moved},
};
use crate::{
    model::{
        Action, Errand, Noun, Resource, ResourceId, RunbookKind, SiteId, Span, Step,
        StepId, Verb,
    },
    plan::Level,
};

pub(super) const FAILBACK_LOSES_WRITES: LintDef = LintDef {
    id: "L14",
    name: "failback-loses-writes",
    level: Level::Error,
    doc: "The way back copies data once, and users go on writing until they are moved.",
    mend: "Replicate to the old side, freeze writes, let it catch up, promote it.",
    check: Check::Runbook(failback_loses_writes),
};

pub(super) const SPLIT_WRITERS: LintDef = LintDef {
    id: "L15",
    name: "split-writers",
    level: Level::Error,
    doc: "Users are shared between two sides that each write to a database of their own.",
    mend: "Point both sides at one writer as long as users are shared.",
    check: Check::Runbook(split_writers),
};

fn failback_loses_writes(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    if subject.runbook.kind != RunbookKind::Failback {
        return;
    }
    for copy in
        copies(subject).into_iter().filter(|copy| *copy.site == subject.runbook.to)
    {
        let uses = |shift: &Deed<'_>| {
            moved(subject, shift.resource)
                .any(|service| service.uses.contains(&copy.of.id))
        };
        let later = |shift: &Deed<'_>| {
            *shift.side == subject.runbook.to
                && subject.is_before(&copy.step.id, &shift.step.id)
        };
        let Some(shift) = subject.moves().find(|shift| later(shift) && uses(shift))
        else {
            continue;
        };
        let followed = subject.deeds_before(&shift.step.id).any(|deed| {
            deed.verb == Verb::RebuildReplica
                && *deed.resource == copy.of.id
                && *deed.side == subject.runbook.to
        });
        let taken = copy.taken.unwrap_or(copy.step);
        if followed || frozen(subject, &copy, taken) {
            continue;
        }
        let wait = wait(subject, &taken.id, &shift.step.id);
        let until =
            if wait > Span::ZERO { format!(", {wait} later") } else { String::new() };
        findings.add(
            &subject.at(&copy.step.id),
            format!(
                "{} has what {} held at `{}`; users come with `{}`{until}, and what they \
                 write to {} in between is lost",
                copy.name.unwrap_or("what is loaded"),
                copy.of.id,
                taken.id,
                shift.step.id,
                subject.runbook.from
            ),
            format!(
                "rebuild {0} in {1} as a replica instead (do = \"rebuild-replica\"), freeze \
                 writes (do = \"fence\", side = \"{2}\"), and promote it",
                copy.of.id, subject.runbook.to, subject.runbook.from
            ),
        );
    }
}

/// Whether nobody can write any more when the copy is taken.
fn frozen(subject: &Subject<'_>, copy: &Copied<'_>, taken: &Step) -> bool {
    let fenced = subject.deeds_before(&taken.id).any(|deed| {
        deed.verb == Verb::Fence
            && *deed.resource == copy.of.id
            && *deed.side != subject.runbook.to
    });
    let by_hand = subject.runbook.steps().any(|step| {
        let Action::Manual { text, .. } = &step.action else { return false };
        let text = text.as_str().to_lowercase();
        let freezes = ["freeze", "read-only", "read only", "stop writes", "maintenance"]
            .iter()
            .any(|word| text.contains(word));
        freezes && subject.is_before(&step.id, &taken.id)
    });
    fenced || by_hand
}

/// How much later one step comes than another by the plan's own waits.
fn wait(subject: &Subject<'_>, from: &StepId, until: &StepId) -> Span {
    let day = |id: &StepId| {
        let mut phases = subject.runbook.phases.iter();
        let phase = phases.find(|phase| phase.steps.iter().any(|step| step.id == *id));
        phase.and_then(|phase| phase.terms.not_before).unwrap_or_default()
    };
    let waits = subject.runbook.steps().filter_map(|step| match &step.action {
        Action::Wait { length }
            if subject.is_before(from, &step.id)
                && subject.is_before(&step.id, until) =>
        {
            Some(*length)
        }
        Action::Wait { .. }
        | Action::Estate { .. }
        | Action::Command(_)
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Notify { .. }
        | Action::Errand(_) => None,
    });
    let days = day(until) - day(from);
    waits.fold(days, |sum, length| sum + length)
}

fn split_writers(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for shift in subject.moves() {
        let Some((share, others)) = shared(subject, &shift) else { continue };
        for database in beneath(subject, shift.resource, Noun::Database) {
            let left: Vec<&SiteId> = others
                .iter()
                .copied()
                .filter(|site| writes(subject, &shift, database, site))
                .collect();
            let (Some(other), true) = (left.first(), is_own(subject, &shift, database))
            else {
                let rest = (share, others.as_slice());
                fenced_off(subject, &shift, database, rest, findings);
                continue;
            };
            let own = copies(subject)
                .into_iter()
                .find_map(|copy| copy.name.filter(|_| copy.of.id == database.id));
            findings.add(
                &subject.at(&shift.step.id),
                format!(
                    "{share} % of users write to {} in {}, the others to {} in {other}: \
                     nothing brings the two together again",
                    own.unwrap_or(database.id.as_str()),
                    shift.side,
                    if own.is_some() { database.id.as_str() } else { "another database" }
                ),
                format!(
                    "fence {} in {other} and point what serves there at the writer in {} \
                     first, or move all users at once",
                    database.id, shift.side
                ),
            );
        }
    }
}

/// Users who stay at a side whose writer is fenced, and whose programs still ask it.
fn fenced_off(
    subject: &Subject<'_>,
    shift: &Deed<'_>,
    database: &Resource,
    (share, others): (u32, &[&SiteId]),
    findings: &mut Findings<'_>,
) {
    let all = consumers(subject.plan, &database.id);
    let repoints = |deed: &Deed<'_>| {
        deed.verb == Verb::Repoint && all.iter().any(|one| one.id == *deed.resource)
    };
    // Where nothing is ever repointed, programs find the writer by themselves.
    if subject.runbook.kind != RunbookKind::Failback || !subject.is_done(repoints) {
        return;
    }
    for site in others {
        let fence = subject.deeds_before(&shift.step.id).find(|deed| {
            deed.verb == Verb::Fence
                && deed.side == *site
                && *deed.resource == database.id
        });
        let told = subject
            .is_done_before(&shift.step.id, |deed| repoints(deed) && deed.side == *site);
        let here = all.iter().any(|one| one.sides.contains_key(*site));
        if let Some(fence) = fence.filter(|_| here && !told) {
            findings.add(
                &subject.at(&shift.step.id),
                format!(
                    "{} % of users stay in {site}, whose {} `{}` has fenced: nothing points \
                     what serves them there at the writer in {}, and their writes fail",
                    100 - share,
                    database.id,
                    fence.step.id,
                    shift.side
                ),
                format!(
                    "repoint what serves in {site} first (do = \"repoint\", side = \
                     \"{site}\"), or move all users at once"
                ),
            );
        }
    }
}

/// The share that goes to the new side and the sides that keep the rest, when both have
/// some.
fn shared<'p>(subject: &Subject<'p>, shift: &Deed<'p>) -> Option<(u32, Vec<&'p SiteId>)> {
    if let Some(args) = shift.args {
        let share = args.number("percent").filter(|share| (1..100).contains(share))?;
        let resource = subject.plan.resource(shift.resource.as_str())?;
        return Some((
            share,
            resource.sides.keys().filter(|one| *one != shift.side).collect(),
        ));
    }
    let Action::Errand(Errand::Dns(call)) = &shift.step.action else { return None };
    let share = *call.weights.get(shift.side.as_str())?;
    let sites = subject.plan.sites.iter().map(|site| &site.id);
    let others: Vec<&SiteId> = sites
        .filter(|site| *site != shift.side)
        .filter(|site| call.weights.get(site.as_str()).is_some_and(|weight| *weight > 0))
        .collect();
    (share > 0 && !others.is_empty()).then_some((share, others))
}

/// Whether the side users are moved to has a writer that nothing joins with the old one.
fn is_own(subject: &Subject<'_>, shift: &Deed<'_>, database: &Resource) -> bool {
    let made = subject.deeds_before(&shift.step.id).any(|deed| {
        deed.makes_writer() && *deed.resource == database.id && deed.side == shift.side
    });
    let copied = copies(subject).iter().any(|copy| {
        copy.of.id == database.id
            && copy.site == shift.side
            && subject.is_before(&copy.step.id, &shift.step.id)
    });
    // After a failover the old side is a writer of its own until it is rebuilt.
    let rebuilt = subject.is_done(|deed| {
        deed.verb == Verb::RebuildReplica && *deed.resource == database.id
    });
    let left = subject.runbook.kind == RunbookKind::Failback
        && database.primary == *shift.side
        && !rebuilt;
    made || copied || left
}

/// Whether users who stay at `site` still write there.
fn writes(
    subject: &Subject<'_>,
    shift: &Deed<'_>,
    database: &Resource,
    site: &SiteId,
) -> bool {
    let before = |verb: Verb| {
        let done = subject.deeds_before(&shift.step.id);
        done.filter(move |deed| deed.verb == verb && *deed.side == *site)
    };
    let fenced = subject.is_done_before(&shift.step.id, |deed| {
        deed.verb == Verb::Fence && *deed.side == *site && *deed.resource == database.id
    });
    let repointed: Vec<&ResourceId> =
        before(Verb::Repoint).map(|deed| deed.resource).collect();
    let all = consumers(subject.plan, &database.id);
    let kinds: Vec<&str> = all
        .iter()
        .filter(|one| repointed.contains(&&one.id))
        .map(|one| one.kind.as_str())
        .collect();
    let every = all.iter().all(|one| {
        let can = kinds.contains(&one.kind.as_str()) && one.sides.contains_key(site);
        !can || repointed.contains(&&one.id)
    });
    let ended = fenced || !kinds.is_empty() && every;
    let here = database.sides.contains_key(site) || database.primary == *site;
    here && !ended
}
