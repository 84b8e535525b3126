//! Whether a failover can do without the place it leaves: the knowledge of `check --lose`,
//! asked of the place each failover is there for.

use super::super::{
    Findings, act, deed,
    promise::list,
    written::{self, Written},
};
use crate::{
    model::{
        Action, Errand, Noun, Resource, Runbook, RunbookKind, ScenarioId, Step, StepId,
        Verb,
    },
    plan::{
        Plan,
        domain::{Loss, Lost},
        language::Said,
        order::Order,
    },
};

/// Runbooks that are run while everything is well.
const PLANNED: &[&str] = &["planned", "maintenance", "switchover"];

/// Steps of failovers that ask what is lost, or point at it.
pub(super) fn needed(plan: &Plan, findings: &mut Findings<'_>) {
    for runbook in &plan.runbooks {
        let scenarios = runbook.terms.scenarios.iter().map(ScenarioId::as_str);
        let mut names = scenarios.chain([runbook.id.as_str()]);
        let planned = names.any(|name| PLANNED.iter().any(|word| name.contains(word)));
        if runbook.kind != RunbookKind::Failover || runbook.from == runbook.to || planned
        {
            continue;
        }
        let Ok(loss) = Loss::of(plan, &[runbook.from.to_string()]) else { continue };
        if !loss.site(&runbook.to) {
            asked(plan, runbook, &loss, findings);
            pointed_at(plan, runbook, &loss, findings);
        }
    }
}

fn asked(plan: &Plan, runbook: &Runbook, loss: &Loss, findings: &mut Findings<'_>) {
    let lost = Lost::of(plan, loss);
    let mut stuck = lost.stuck(runbook);
    stuck.retain(|one| !is_told_elsewhere(plan, runbook, one.step));
    if stuck.is_empty() {
        return;
    }
    let order = Order::of(runbook);
    let deeds = runbook.steps().flat_map(|step| deed::of(plan, runbook, step));
    // Each step once, in the order they are shown.
    let mut wanted: Vec<&StepId> = deeds
        .filter(|deed| *deed.side == runbook.to)
        .filter(|deed| deed.makes_writer() || deed.moves_users())
        .map(|deed| &deed.step.id)
        .collect();
    wanted.dedup();
    for one in stuck {
        // What comes after users have moved can wait until the place is back.
        let waits = |step: &&&StepId| {
            ***step == one.step.id || order.is_before(&one.step.id, step)
        };
        let behind: Vec<&StepId> = wanted.iter().filter(waits).copied().collect();
        if behind.is_empty() {
            continue;
        }
        let (from, to) = (&runbook.from, &runbook.to);
        let mut told: Vec<String> =
            behind.iter().take(3).map(|step| format!("`{step}`")).collect();
        if behind.len() > told.len() {
            told.push(format!("{} more", behind.len() - told.len()));
        }
        let never = match behind.as_slice() {
            [only] if **only == one.step.id => String::new(),
            [only] => format!(", and `{only}` never comes"),
            _ => format!(", and {} never come", list(&told)),
        };
        findings.add(
            &format!("runbook.{}.{}", runbook.id, one.step.id),
            format!(
                "{}; {} is run because {from} is lost: this fails then{never}",
                one.why, runbook.id
            ),
            format!(
                "ask {to} instead, or let the run go on without it: on_fail = \"continue\"; \
                 for a check that is to find {from} down: continue_if = \"failed\""
            ),
        );
    }
}

/// Whether another rule says it: a switchover (L57), a machine of the lost side.
fn is_told_elsewhere(plan: &Plan, runbook: &Runbook, step: &Step) -> bool {
    let switchover = matches!(step.action, Action::Estate { verb: Verb::Switchover, .. });
    switchover || host(plan, runbook, &step.id).is_some()
}

/// The machine a step runs on.
fn host<'p>(plan: &'p Plan, runbook: &Runbook, step: &StepId) -> Option<&'p str> {
    let is = |one: &Written<'_>| {
        let named = |id: Option<&String>, own: &str| id.is_some_and(|id| id == own);
        named(one.runbook.id.get(), runbook.id.as_str())
            && named(one.step.id.get(), step.as_str())
    };
    written::steps(plan).find(is)?.step.host.get().map(String::as_str)
}

/// What is moved to the other side and told to use what stays behind.
fn pointed_at(plan: &Plan, runbook: &Runbook, loss: &Loss, findings: &mut Findings<'_>) {
    for step in runbook.steps().filter(|step| !step.optional) {
        for (of, text, key) in pointers(runbook, step) {
            let Some(place) = leads(plan, runbook, loss, text) else { continue };
            findings.add(
                &format!("runbook.{}.{}{key}", runbook.id, step.id),
                format!(
                    "this points {of} in {} at {text}, which is in {place}, and {} is run \
                     because {} is lost",
                    runbook.to, runbook.id, runbook.from
                ),
                format!("name the one in {}", runbook.to),
            );
        }
    }
}

/// What a step points somewhere, the value it is pointed at, and the key that has it.
fn pointers<'p>(
    runbook: &Runbook,
    step: &'p Step,
) -> Vec<(&'p str, &'p str, &'static str)> {
    match &step.action {
        Action::Estate { verb: Verb::Repoint, resource, side, args }
            if *side == runbook.to =>
        {
            let to = args.text("to");
            to.map(|to| (resource.as_str(), to, ".to")).into_iter().collect()
        }
        Action::Errand(Errand::Kubectl(call)) => {
            let sets =
                call.args.first().is_some_and(|word| word == "set" || word == "patch");
            let values =
                call.args.iter().skip(1).filter(|word| word.contains(['=', '{']));
            values.filter(|_| sets).map(|word| ("what runs", word.as_str(), "")).collect()
        }
        Action::Estate { .. }
        | Action::Errand(_)
        | Action::Command(_)
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. } => Vec::new(),
    }
}

/// The lost place `text` leads to: by its name, or by that of a database's lost side. One
/// that also names what is left may well be a list of both.
fn leads(plan: &Plan, runbook: &Runbook, loss: &Loss, text: &str) -> Option<String> {
    let kept = |place: &str| act::names(text, place);
    let to = written::region(plan, runbook.to.as_str());
    if kept(to) || kept(runbook.to.as_str()) {
        return None;
    }
    if let Some(place) = loss.named_in(text) {
        return Some(place.to_owned());
    }
    let databases = plan.estate.iter().filter(|one| one.noun == Noun::Database);
    let mut named = databases.filter(|one| {
        let is = |site| own_names(one, site).any(|name| act::names(text, name));
        is(&runbook.from) && !is(&runbook.to)
    });
    named.next().map(|_| runbook.from.to_string())
}

/// Names one side of a database has, and nothing else.
fn own_names<'p>(
    of: &'p Resource,
    site: &crate::model::SiteId,
) -> impl Iterator<Item = &'p str> {
    const NAMES: &[&str] = &["instance", "identifier", "endpoint", "host"];
    let side = of.sides.get(site);
    let all = side.into_iter().flat_map(|side| side.params.0.iter());
    let own = all.filter(|(key, _)| NAMES.contains(&key.as_str()));
    own.filter_map(|(_, value)| value.as_str())
}
