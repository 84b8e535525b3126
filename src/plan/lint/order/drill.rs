//! Whether a drill leaves alone what users use.

use super::super::{Check, Deed, Findings, LintDef, Subject, act, deed, load::loads};
use crate::{
    model::{
        Action, Effect, Errand, Noun, Resource, ResourceId, Runbook, RunbookKind, SiteId,
        Step, Verb,
    },
    plan::{
        Level, Plan,
        language::{
            Items, Said,
            words::{Duty, Practice},
        },
    },
};

pub(super) const TOUCHES_PRODUCTION: LintDef = LintDef {
    id: "L17",
    name: "drill-touches-production",
    level: Level::Error,
    doc: "A drill works on what users use, and nothing says that it is held live.",
    mend: "Let the drill work on things of its own, or hold it simulated; write `mode = \"live\"` in its [[drill]] when users are meant to take part.",
    check: Check::Runbook(touches_production),
};

fn touches_production(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let runbook = subject.runbook;
    if runbook.kind != RunbookKind::Drill {
        return;
    }
    let agreed = agreed(subject);
    if agreed == Agreed::Untouched {
        return;
    }
    if agreed == Agreed::Live {
        contradicted(subject, findings);
        return;
    }
    let help = "work on copies with names of their own, hold it with `mode = \"simulated\"`, \
                or write `mode = \"live\"` in its [[drill]]";
    let found: Vec<(&Step, String)> = runbook
        .steps()
        .filter_map(|step| Some((step, touch(subject.plan, runbook, step, 0)?)))
        .collect();
    for (step, what) in &found {
        findings.add(
            &subject.at(&step.id),
            format!("a drill that is not called live {what}: users would notice"),
            help,
        );
    }
    if found.is_empty() && runbook.terms.touches_production {
        findings.add(
            &format!("{}.touches_production", subject.whole()),
            "it works on what users use, and no [[drill]] says that it is held live",
            help,
        );
    }
}

/// What a plan says about who notices a drill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Agreed {
    /// Users take part.
    Live,
    /// Nothing is really done.
    Untouched,
    No,
}

fn agreed(subject: &Subject<'_>) -> Agreed {
    let own = subject.runbook.id.as_str();
    let rows = subject.plan.file.drill.items().iter();
    let modes: Vec<Option<&Practice>> = rows
        .filter(|row| row.runbook.get().is_some_and(|id| id == own))
        .map(|row| row.mode.get())
        .collect();
    let simulated = !modes.is_empty()
        && modes.iter().all(|mode| {
            matches!(
                mode,
                Some(Practice::Simulated | Practice::Tabletop | Practice::Checklist)
            )
        });
    if modes.contains(&Some(&Practice::Live)) {
        Agreed::Live
    } else if simulated && !subject.runbook.terms.touches_production {
        Agreed::Untouched
    } else {
        Agreed::No
    }
}

/// A drill that is held live in an environment of its own, and works on what users use.
fn contradicted(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let Subject { plan, runbook, .. } = *subject;
    let own = subject.row().and_then(|row| row.environment.get());
    let Some(own) = own.filter(|own| !own.to_lowercase().contains("prod")) else {
        return;
    };
    if runbook.terms.touches_production {
        return;
    }
    for step in runbook.steps() {
        let deeds = deed::of(plan, runbook, step);
        let lived_on = |deed: &&Deed<'_>| {
            plan.services.iter().any(|service| service.uses.contains(deed.resource))
        };
        let done = deeds.iter().filter(lived_on).find_map(|deed| harm(plan, deed));
        let called = || if deeds.is_empty() { destroyed(plan, step) } else { None };
        if let Some(what) = done.or_else(called) {
            findings.add(
                &subject.at(&step.id),
                format!(
                    "this drill works in an environment of its own ({own}), and {what}: \
                     users would notice"
                ),
                "name what belongs to that environment; where users are meant to take \
                 part, write touches_production = true",
            );
        }
    }
}

/// Calls deeper than this were reported as a circle.
const DEEPEST: u32 = 8;

/// What a step does to what users use, as a predicate: `takes app in east to 0`.
fn touch(plan: &Plan, runbook: &Runbook, step: &Step, depth: u32) -> Option<String> {
    let deeds = deed::of(plan, runbook, step);
    if !deeds.is_empty() {
        return deeds.iter().find_map(|deed| harm(plan, deed));
    }
    by_call(plan, step)
        .or_else(|| destroyed(plan, step))
        .or_else(|| by_load(plan, runbook, step))
        .or_else(|| by_words(plan, runbook, step))
        .or_else(|| through(plan, step, depth))
}

fn resource<'p>(plan: &'p Plan, id: &ResourceId) -> Option<&'p Resource> {
    plan.resource(id.as_str())
}

/// Things that are there for tests are nobody's loss.
fn is_test(plan: &Plan, id: &ResourceId) -> bool {
    let rows = plan.file.compute.items().iter();
    let mut own =
        rows.filter(|row| row.id.get().is_some_and(|known| known == id.as_str()));
    own.any(|row| row.duty.get() == Some(&Duty::Test))
}

fn harm(plan: &Plan, deed: &Deed<'_>) -> Option<String> {
    let known = resource(plan, deed.resource)?;
    let here = known.primary == *deed.side;
    let harms = match deed.verb {
        Verb::Snapshot | Verb::CopySnapshot => false,
        // The side that stands by is there to be practised on, but for what ends its
        // standing by.
        Verb::Scale
        | Verb::Stop
        | Verb::Restart
        | Verb::Deploy
        | Verb::Repoint
        | Verb::Fence
        | Verb::Restore
        | Verb::RestoreVersion
        | Verb::Sync => here,
        Verb::Promote
        | Verb::Switchover
        | Verb::Unfence
        | Verb::RebuildReplica
        | Verb::Shift
        | Verb::Hold
        | Verb::Switch => true,
    };
    let to = match act::count(&deed.step.action) {
        Some(count) if deed.verb == Verb::Scale => format!(" to {count}"),
        Some(_) | None => String::new(),
    };
    let at = if deed.verb == Verb::Shift { "to" } else { "in" };
    (harms && !is_test(plan, deed.resource)).then(|| {
        format!("would {} {} {at} {}{to}", deed.verb.word(), deed.resource, deed.side)
    })
}

/// Calls of a cloud that end or change something by a name that production has.
fn by_call(plan: &Plan, step: &Step) -> Option<String> {
    let site_of = |region: &String| {
        let mut sites = plan.sites.iter();
        sites.find(|site| site.region.as_ref() == Some(region)).map(|site| &site.id)
    };
    let (told, what, site) = match &step.action {
        Action::Errand(Errand::Aws(call)) => {
            HARMS.iter().find(|word| call.operation.starts_with(**word))?;
            let site = call.region.as_ref().and_then(site_of);
            (act::told(&step.action), call.operation.as_str(), site)
        }
        Action::Errand(Errand::Sql(call))
            if act::effect(&step.action) >= Effect::Change =>
        {
            // A copy holds a database of the same name: the host tells.
            let told = if call.host == "localhost" {
                call.database.as_deref().into_iter().collect()
            } else {
                vec![call.host.as_str()]
            };
            (told, "change what is in", None)
        }
        Action::Errand(_)
        | Action::Estate { .. }
        | Action::Command(_)
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. } => return None,
    };
    let own =
        names(plan, site).find(|own| told.iter().any(|text| act::names(text, own)))?;
    Some(format!("would {what} {own}"))
}

/// A call that ends what it names, on whichever side that is: what stands by is wanted
/// again when the drill is over.
fn destroyed(plan: &Plan, step: &Step) -> Option<String> {
    let Action::Errand(Errand::Aws(call)) = &step.action else { return None };
    ["Delete", "Terminate"].iter().find(|word| call.operation.starts_with(**word))?;
    let told = act::told(&step.action);
    let lasting = plan
        .estate
        .iter()
        .filter(|one| one.noun != Noun::Traffic && !is_test(plan, &one.id));
    let mut sides = lasting.flat_map(|one| {
        let sides = one.sides.iter();
        sides.flat_map(move |(site, side)| {
            let keys = ["instance", "cluster", "bucket", "service"].into_iter();
            let names = keys.filter_map(|key| side.params.text(key));
            names.map(move |name| (one, site, name))
        })
    });
    // A cluster is around what runs in it, but for a database that is one.
    let (one, site, name) = sides.find(|(one, _, name)| {
        let whole = told.contains(name);
        whole && (one.noun != Noun::Compute || call.operation.contains("Service"))
    })?;
    Some(format!(
        "would make an end of {name} ({}), which is {} in {site}",
        call.operation, one.id
    ))
}

/// A dump that is loaded into a database users use.
fn by_load(plan: &Plan, runbook: &Runbook, step: &Step) -> Option<String> {
    let load = loads(&step.action).into_iter().find(|load| !load.inside)?;
    if let Some(host) = &load.host {
        let own = names(plan, None).find(|own| act::names(host, own))?;
        return Some(format!("would load a dump on {own}"));
    }
    let site = machine(plan, runbook, step);
    let database = load.database.filter(|_| site.is_some())?;
    let own = names(plan, site.as_ref()).find(|own| *own == database)?;
    Some(format!("would load a dump over {own}"))
}

/// How operations begin that end or change what they name.
const HARMS: &[&str] =
    &["Delete", "Terminate", "Modify", "Stop", "Reboot", "Failover", "Update"];

/// Names of what users use: of databases, of the side that serves, of programs.
fn names<'p>(plan: &'p Plan, site: Option<&'p SiteId>) -> impl Iterator<Item = &'p str> {
    const AROUND: &[&str] = &[
        "cluster",
        "context",
        "namespace",
        "region",
        "zone",
        "set_identifier",
        "record",
    ];
    let here = move |primary: Option<&str>| {
        site.is_none_or(|site| primary == Some(site.as_str()))
    };
    let estate = plan
        .estate
        .iter()
        .filter(move |one| here(Some(one.primary.as_str())) && !is_test(plan, &one.id));
    let sides = estate.flat_map(|one| {
        let own = one.sides.get(&one.primary).into_iter();
        let database = one.noun == Noun::Database;
        own.flat_map(|side| &side.params.0)
            .filter(move |(key, _)| database || !AROUND.contains(&key.as_str()))
            .filter_map(|(_, value)| value.as_str())
    });
    let databases = plan.file.database.items().iter();
    let databases = databases
        .filter(move |row| here(row.primary.get().map(String::as_str)))
        .filter_map(|row| row.database.get());
    let computes = plan.file.compute.items().iter();
    let workloads = computes
        .filter(move |row| {
            here(row.primary.get().map(String::as_str))
                && row.duty.get() != Some(&Duty::Test)
        })
        .flat_map(|row| row.workloads.items())
        .filter_map(|found| found.value.name.get());
    let all = sides.chain(databases.chain(workloads).map(String::as_str));
    all.filter(|name| name.len() > 2 && *name != "localhost")
}

/// Programs that change what they are given the name of.
const PROGRAMS: &[(&str, &[&str])] = &[
    ("systemctl", &["stop", "restart", "kill", "disable", "start"]),
    ("service", &["stop", "restart"]),
    ("dropdb", &[]),
    ("createdb", &[]),
    ("pg_restore", &["-d", "--dbname"]),
    ("psql", &["<", "-f", "--file"]),
    ("docker", &["stop", "kill", "rm", "restart"]),
    ("docker-compose", &["stop", "down", "kill", "rm", "restart"]),
];

fn by_words(plan: &Plan, runbook: &Runbook, step: &Step) -> Option<String> {
    let words = act::words(&step.action);
    let (program, how) = PROGRAMS.iter().find(|(program, how)| {
        let does = how.is_empty() || how.iter().any(|word| words.contains(word));
        words.contains(program) && does
    })?;
    let site = machine(plan, runbook, step);
    let name = names(plan, site.as_ref()).find(|name| words.contains(name))?;
    let verb =
        how.iter().find(|word| words.contains(*word) && !word.starts_with(['-', '<']));
    Some(match verb {
        Some(verb) => format!("would {verb} {name}"),
        None => format!("would run {program} on {name}"),
    })
}

/// The site of the machine a step runs on, where it says which.
pub(super) fn machine(plan: &Plan, runbook: &Runbook, step: &Step) -> Option<SiteId> {
    let mut runbooks = plan.file.runbook.items().iter();
    let row =
        runbooks.find(|row| row.id.get().is_some_and(|id| id == runbook.id.as_str()))?;
    let mut steps = row.step.items().iter();
    let row = steps.find(|row| row.id.get().is_some_and(|id| id == step.id.as_str()))?;
    let mut hosts = plan.file.host.items().iter();
    let host =
        hosts.find(|host| row.host.is_some() && host.id.get() == row.host.get())?;
    host.site.get().map(|site| site.as_str().into())
}

/// Another runbook, called or started by the script that does the same.
fn through(plan: &Plan, step: &Step, depth: u32) -> Option<String> {
    if depth >= DEEPEST {
        return None;
    }
    let called = match &step.action {
        Action::Errand(Errand::Call { runbook, .. }) => plan.runbook(runbook),
        Action::Command(_) => by_script(plan, step),
        Action::Errand(_)
        | Action::Estate { .. }
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. } => None,
    }?;
    // A drill says for itself what it touches.
    if called.kind == RunbookKind::Drill {
        return None;
    }
    let inner = called.steps().find_map(|step| touch(plan, called, step, depth + 1))?;
    let plain = inner.split(" (as ").next().unwrap_or(&inner);
    Some(format!("{plain} (as {} does)", called.id))
}

/// The runbook whose own script a step starts.
fn by_script<'p>(plan: &'p Plan, step: &Step) -> Option<&'p Runbook> {
    let file = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let words: Vec<String> = act::words(&step.action)
        .into_iter()
        .map(file)
        .filter(|word| word.contains('.'))
        .collect();
    let rows = plan.file.runbook.items().iter();
    let mut named = rows.filter(|row| {
        let script = row.script.get().and_then(|script| script.split_whitespace().next());
        script.is_some_and(|script| words.contains(&file(script)))
    });
    let id = named.next()?.id.get()?;
    plan.runbooks.iter().find(|one| one.id.as_str() == id)
}
