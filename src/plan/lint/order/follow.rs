//! Who must follow when a database's writer moves: everything that uses it, also where the
//! writer is a copy under a new name, or a program that is only now started.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{
        Deed, Findings, Subject,
        act::{self, What},
    },
    data::consumers,
};
use crate::{
    model::{
        Action, Errand, Noun, Resource, ResourceId, RunbookKind, SiteId, Step, Verb,
    },
    plan::{
        Plan,
        language::{Items, Said, WorkloadRow},
    },
};

/// A database brought up from a snapshot or a dump, beside the one it is a copy of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Copied<'p> {
    pub step: &'p Step,
    /// What it is called; none when it has no name of its own.
    pub name: Option<&'p str>,
    pub of: &'p Resource,
    pub site: &'p SiteId,
    /// The step that took what it is made of, where the runbook has one.
    pub taken: Option<&'p Step>,
}

/// Every copy a runbook brings up.
pub(super) fn copies<'p>(subject: &Subject<'p>) -> Vec<Copied<'p>> {
    let mut copies = Vec::new();
    for step in subject.runbook.steps() {
        for made in act::made(step).into_iter().filter(|one| one.what == What::Restored) {
            let taken = made.of.and_then(|source| {
                let mut steps = subject.runbook.steps();
                steps.find(|one| act::made(one).iter().any(|made| made.name == source))
            });
            let first = taken.map_or(made.of, |step| {
                act::made(step).into_iter().find_map(|made| made.of)
            });
            if let Some(of) = database(subject.plan, first) {
                let (name, site) = (Some(made.name), site(subject, step));
                copies.push(Copied { step, name, of, site, taken });
            }
        }
        let words = act::words(&step.action);
        let loads =
            ["pg_restore", "mongorestore"].iter().any(|word| words.contains(word))
                || words.contains(&"<")
                    && ["psql", "mysql"].iter().any(|word| words.contains(word));
        if let Some(of) = database(subject.plan, None).filter(|_| loads) {
            let site = site(subject, step);
            copies.push(Copied { step, name: None, of, site, taken: None });
        }
    }
    copies
}

/// Where a step works.
fn site<'p>(subject: &Subject<'p>, step: &'p Step) -> &'p SiteId {
    let region = match &step.action {
        Action::Errand(Errand::Aws(call)) => call.region.as_ref(),
        Action::Errand(_)
        | Action::Estate { .. }
        | Action::Command(_)
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. } => None,
    };
    let mut sites = subject.plan.sites.iter();
    let there = sites.find(|site| region.is_some() && site.region.as_ref() == region);
    let said = step.terms.meaning.site.as_ref();
    there.map(|site| &site.id).or(said).unwrap_or(&subject.runbook.to)
}

/// The database one of whose sides is called `name`; the only one there is, when no name
/// tells.
fn database<'p>(plan: &'p Plan, name: Option<&str>) -> Option<&'p Resource> {
    let all = || plan.estate.iter().filter(|one| one.noun == Noun::Database);
    let called = |one: &&Resource| {
        let sides = one.sides.values();
        let mut values = sides.flat_map(|side| side.params.0.values());
        name.is_some_and(|name| values.any(|value| value.as_str() == Some(name)))
    };
    let mut rest = all();
    let only = rest.next().filter(|_| rest.next().is_none());
    all().find(called).or(only)
}

/// What is declared with a side called `name`.
pub(super) fn owner<'p>(plan: &'p Plan, name: &str) -> Option<&'p Resource> {
    plan.estate.iter().find(|one| {
        let mut values = one.sides.values().flat_map(|side| side.params.0.values());
        values.any(|value| value.as_str() == Some(name))
    })
}

/// Whether `name` is how a side of something declared is called.
pub(super) fn is_declared(plan: &Plan, name: &str) -> bool {
    owner(plan, name).is_some()
}

/// A program started on a database's other side.
#[derive(Debug)]
pub(super) struct Started<'p> {
    pub step: &'p Step,
    pub workload: &'p str,
    pub database: &'p Resource,
    pub side: &'p SiteId,
}

/// Programs a failover starts by their own names, whose environment names a side that
/// takes no writes in normal operation.
pub(super) fn started<'p>(subject: &Subject<'p>) -> Vec<Started<'p>> {
    let mut started = Vec::new();
    if subject.runbook.kind != RunbookKind::Failover {
        return started;
    }
    let rows = subject.plan.file.compute.items();
    let workloads: Vec<&WorkloadRow> = rows
        .iter()
        .flat_map(|row| row.workloads.items())
        .map(|found| &found.value)
        .collect();
    for step in subject.runbook.steps() {
        let words = act::words(&step.action);
        let starts =
            ["up", "start", "restart", "run"].iter().any(|word| words.contains(word));
        for workload in workloads.iter().filter(|_| starts) {
            let Some(name) =
                workload.name.get().filter(|name| words.contains(&name.as_str()))
            else {
                continue;
            };
            for (database, side) in written_by(subject.plan, workload) {
                started.push(Started { step, workload: name, database, side });
            }
        }
    }
    started
}

/// Sides of databases a program is told to use, but for those that are writers anyway.
fn written_by<'p>(
    plan: &'p Plan,
    workload: &WorkloadRow,
) -> impl Iterator<Item = (&'p Resource, &'p SiteId)> {
    let values: Vec<&String> =
        workload.env.items().iter().map(|(_, found)| &found.value).collect();
    let databases = plan.estate.iter().filter(|one| one.noun == Noun::Database);
    let sides = databases.flat_map(|one| one.sides.iter().map(move |side| (one, side)));
    sides.filter_map(move |(database, (site, side))| {
        let mut names = side.params.0.values().filter_map(|value| value.as_str());
        let told = names.any(|name| {
            name != "localhost" && values.iter().any(|value| act::names(value, name))
        });
        (told && *site != database.primary).then_some((database, site))
    })
}

/// Once one consumer of a new writer is repointed, all of them must be; and a writer under
/// a new name serves nobody until somebody is pointed at it.
pub(super) fn consumers_not_repointed(
    subject: &Subject<'_>,
    findings: &mut Findings<'_>,
) {
    for promotion in subject.deeds().filter(Deed::makes_writer) {
        let repointed: Vec<Deed<'_>> = subject
            .deeds()
            .filter(|deed| deed.verb == Verb::Repoint && deed.side == promotion.side)
            .collect();
        let kind_of = |deed: &Deed<'_>| {
            subject.plan.resource(deed.resource.as_str()).map(|one| one.kind.as_str())
        };
        let kinds: Vec<&str> = repointed.iter().filter_map(kind_of).collect();
        let forgotten = |one: &&Resource| {
            kinds.contains(&one.kind.as_str())
                && one.sides.contains_key(promotion.side)
                && !repointed.iter().any(|deed| *deed.resource == one.id)
        };
        let all = consumers(subject.plan, promotion.resource);
        for one in all.into_iter().filter(forgotten) {
            findings.add(
                &subject.at(&promotion.step.id),
                format!("{} is left pointing at the old writer", one.id),
                format!(
                    "add a step after it: do = \"repoint\", resource = \"{}\"",
                    one.id
                ),
            );
        }
    }
    unused_copies(subject, findings);
    storage_left_behind(subject, findings);
}

/// Users are moved to a side whose database has a new name nobody was told.
fn unused_copies(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for copy in copies(subject) {
        let Some(name) = copy.name.filter(|name| !is_declared(subject.plan, name)) else {
            continue;
        };
        let after = |step: &Step| subject.is_before(&copy.step.id, &step.id);
        let Some(shift) =
            subject.moves().find(|shift| after(shift.step) && shift.side == copy.site)
        else {
            continue;
        };
        let told = subject.runbook.steps().filter(|step| after(step)).any(|step| {
            act::changes(&step.action) && act::mentions(&step.action, name)
                || !step.terms.meaning.repoints.is_empty()
        });
        let repointed = subject.deeds().any(|deed| {
            deed.verb == Verb::Repoint && deed.side == copy.site && after(deed.step)
        });
        if !told && !repointed {
            let users: Vec<&str> = subject
                .plan
                .services
                .iter()
                .filter(|service| service.uses.contains(&copy.of.id))
                .map(|service| service.id.as_str())
                .collect();
            let whom =
                if users.is_empty() { "anything".to_owned() } else { users.join(", ") };
            findings.add(
                &subject.at(&copy.step.id),
                format!(
                    "users come to {} with `{}`, and nothing points {whom} at {name}",
                    copy.site, shift.step.id
                ),
                format!(
                    "add a step after it for each: do = \"repoint\", to = \"{name}...\""
                ),
            );
        }
    }
}

/// A service that lives on files alone is not brought over by repointing others.
fn storage_left_behind(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    if subject.runbook.kind != RunbookKind::Failover {
        return;
    }
    let Some(repoint) = followers(subject).next() else { return };
    let touched: BTreeSet<&ResourceId> =
        subject.deeds().map(|deed| deed.resource).collect();
    let (from, to) = (&subject.runbook.from, &subject.runbook.to);
    let moves: BTreeMap<&ResourceId, &Resource> = subject
        .plan
        .estate
        .iter()
        .filter(|one| one.noun == Noun::Storage && one.primary == *from)
        .filter(|one| one.sides.contains_key(to))
        .map(|one| (&one.id, one))
        .collect();
    let left = subject
        .plan
        .services
        .iter()
        .filter(|service| !service.uses.iter().any(|one| touched.contains(one)));
    for service in left {
        for storage in service.uses.iter().filter_map(|one| moves.get(one)) {
            findings.add(
                &subject.at(&repoint.id),
                format!(
                    "the database is followed, and {} stays with {} in {}: nothing points \
                     it at the copy in {}",
                    service.id, storage.id, storage.primary, subject.runbook.to
                ),
                format!(
                    "add a step: do = \"switch\", resource = \"{}\", side = \"{}\"",
                    storage.id, subject.runbook.to
                ),
            );
        }
    }
}

/// Steps that point something at a new writer: by a deed, or with the answer of the step
/// that made it one.
fn followers<'s, 'p>(
    subject: &'s Subject<'p>,
) -> impl Iterator<Item = &'p Step> + use<'s, 'p> {
    let answers: Vec<String> = subject
        .deeds()
        .filter(Deed::makes_writer)
        .map(|deed| format!("${{step.{}.", deed.step.id))
        .collect();
    subject.runbook.steps().filter(move |step| {
        let repoints = subject
            .deeds()
            .any(|deed| deed.verb == Verb::Repoint && deed.step.id == step.id);
        let told = || act::told(&step.action).into_iter();
        repoints
            || act::changes(&step.action)
                && told().any(|text| answers.iter().any(|answer| text.contains(answer)))
    })
}
