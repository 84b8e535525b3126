//! One runbook: its phases, its steps in order, and what they are measured by.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    head, id, name, needs,
    step::{self, Draft, Scope},
    word,
};
use crate::{
    model::{
        Action, Objective, Phase, PhaseId, PhaseTerms, PhaseTime, ResourceId, Runbook,
        RunbookId, RunbookKind, RunbookTerms, ServiceId, SiteId, Span, Step, StepId,
        Text,
    },
    plan::{
        Plan, Promise,
        cx::{Cx, Named, Names},
        keys::Keys,
        problem::Place,
    },
};

const KINDS: &[(&str, RunbookKind)] = &[
    ("failover", RunbookKind::Failover),
    ("failback", RunbookKind::Failback),
    ("restore", RunbookKind::Restore),
    ("backup", RunbookKind::Backup),
    ("response", RunbookKind::Response),
    ("maintenance", RunbookKind::Maintenance),
    ("drill", RunbookKind::Drill),
];

pub(super) fn read(
    cx: &mut Cx<'_>,
    mut keys: Keys<'_>,
    plan: &Plan,
) -> Option<(Runbook, Promise)> {
    let id = id(cx, &mut keys, "region-failover");
    let label = name(cx, &mut keys, id);
    keys.need(cx, "kind", "\"failover\"");
    let kind = keys.raw(cx, "kind");
    let kind = kind.and_then(|kind| word(cx, &kind, "a kind of runbook", KINDS));
    let from = keys.need_id(cx, "from", Named::Site).map(SiteId::new);
    let to = keys.need_id(cx, "to", Named::Site).map(SiteId::new);
    let failback = keys.id_of(cx, "failback", Named::Runbook).map(RunbookId::new);
    let runbook = RunbookId::new(id.unwrap_or_default());
    let phases = body(cx, &mut keys, plan, &runbook);
    let promise = promise(cx, &mut keys, plan, &phases, failback);
    keys.finish(cx, "a runbook");
    let runbook = Runbook {
        id: id?.into(),
        name: label,
        kind: kind?,
        from: from?,
        to: to?,
        phases,
        terms: RunbookTerms::default(),
    };
    Some((runbook, promise))
}

/// A phase before its steps are in it.
struct Frame {
    phase: Phase,
    place: Place,
}

fn body(
    cx: &mut Cx<'_>,
    keys: &mut Keys<'_>,
    plan: &Plan,
    runbook: &RunbookId,
) -> Vec<Phase> {
    let at = keys.place.at.clone();
    let phases = keys.tables(cx, "phase");
    let mut steps = keys.tables(cx, "step");
    for table in &mut steps {
        // `runbook.failover.promote`, as people say it.
        if let Some(short) = table.place.at.strip_prefix(&format!("{at}.step.")) {
            table.place.at = format!("{at}.{short}");
        }
    }
    let mut local = Names::default();
    local.collect(Named::Phase, phases.iter().map(Keys::parts), &mut cx.problems);
    local.collect(Named::Step, steps.iter().map(Keys::parts), &mut cx.problems);
    let mut frames: Vec<Frame> =
        phases.into_iter().filter_map(|table| frame(cx, table)).collect();
    let ids: Vec<PhaseId> = frames.iter().map(|frame| frame.phase.id.clone()).collect();
    let scope = Scope { plan, local: &local, phases: &ids };
    let (count, place) = (steps.len(), keys.place.clone());
    let drafts: Vec<Draft> =
        steps.into_iter().filter_map(|table| step::read(cx, table, &scope)).collect();
    if count == 0 {
        let help = "add at least one [[step]] (in plan.toml: [[runbook.step]])";
        cx.error("L92", &place, "this runbook has no steps", help);
    }
    if drafts.len() < count {
        cx.broken.insert(runbook.clone());
    }
    empty_phases(cx, &frames, &drafts, count);
    if frames.is_empty() {
        let phase = Phase {
            id: "run".into(),
            name: Text::from("Run"),
            time: None,
            terms: PhaseTerms::default(),
            steps: Vec::new(),
        };
        frames.push(Frame { phase, place });
    }
    fill(cx, frames, drafts, runbook)
}

fn frame(cx: &mut Cx<'_>, mut keys: Keys<'_>) -> Option<Frame> {
    let id = id(cx, &mut keys, "recover");
    let label = name(cx, &mut keys, id);
    let time = time(cx, &mut keys);
    let place = keys.place.clone();
    keys.finish(cx, "a phase");
    let phase = Phase {
        id: id?.into(),
        name: label,
        time,
        terms: PhaseTerms::default(),
        steps: Vec::new(),
    };
    Some(Frame { phase, place })
}

fn time(cx: &mut Cx<'_>, keys: &mut Keys<'_>) -> Option<PhaseTime> {
    let budget = keys.duration(cx, "budget");
    let window = window(cx, keys);
    if keys.has("budget") && keys.has("window") {
        cx.error(
            "P-two-times",
            &keys.place_of("window"),
            "this phase has both a budget and a window",
            "keep `budget` (so much, whenever it begins) or `window` (from and until)",
        );
    }
    budget.map(|found| PhaseTime::Budget(found.value)).or(window)
}

fn window(cx: &mut Cx<'_>, keys: &mut Keys<'_>) -> Option<PhaseTime> {
    let items = keys.list(cx, "window")?;
    let spans: Vec<Span> =
        items.iter().filter_map(|item| item.value.parse().ok()).collect();
    if let ([from, until], 2) = (spans.as_slice(), items.len())
        && from < until
    {
        return Some(PhaseTime::Window(*from, *until));
    }
    cx.error(
        "P-bad-duration",
        &keys.place_of("window"),
        "a window is two durations, the first the shorter",
        "write `window = [\"5m\", \"10m\"]`, counted from the declaration",
    );
    None
}

fn empty_phases(cx: &mut Cx<'_>, frames: &[Frame], drafts: &[Draft], written: usize) {
    // When a step could not be read, its phase may be the one that looks empty.
    if drafts.len() < written {
        return;
    }
    for frame in frames {
        let id = &frame.phase.id;
        if !drafts.iter().any(|draft| draft.phase.as_ref() == Some(id)) {
            cx.error(
                "L92",
                &frame.place,
                format!("no step is in phase `{id}`"),
                format!("write `phase = \"{id}\"` in a step, or remove the phase"),
            );
        }
    }
}

/// Puts the steps into their phases, numbers them, and settles what waits for what.
fn fill(
    cx: &mut Cx<'_>,
    mut frames: Vec<Frame>,
    mut drafts: Vec<Draft>,
    runbook: &RunbookId,
) -> Vec<Phase> {
    let rank = |phase: &Option<PhaseId>| {
        frames.iter().position(|frame| Some(&frame.phase.id) == phase.as_ref())
    };
    drafts.sort_by_key(|draft| rank(&draft.phase));
    let mut waits: Vec<(StepId, Option<Vec<StepId>>)> =
        drafts.iter().map(|draft| (draft.step.id.clone(), draft.needs.clone())).collect();
    needs::loose_ends(&mut waits);
    circle(cx, &waits, &drafts, runbook);
    for (number, (draft, (_, needs))) in (1..).zip(drafts.into_iter().zip(waits)) {
        let step = Step { number, needs: needs.unwrap_or_default(), ..draft.step };
        let home = frames
            .iter()
            .position(|frame| Some(&frame.phase.id) == draft.phase.as_ref())
            .unwrap_or(0);
        if let Some(frame) = frames.get_mut(home) {
            frame.phase.steps.push(step);
        }
    }
    frames.into_iter().map(|frame| frame.phase).collect()
}

fn circle(
    cx: &mut Cx<'_>,
    waits: &[(StepId, Option<Vec<StepId>>)],
    drafts: &[Draft],
    runbook: &RunbookId,
) {
    let edges: BTreeMap<StepId, Vec<StepId>> = waits
        .iter()
        .map(|(id, needs)| (id.clone(), needs.clone().unwrap_or_default()))
        .collect();
    let Some(path) = needs::cycle(&edges) else { return };
    cx.broken.insert(runbook.clone());
    let first = path.first();
    let draft = drafts.iter().find(|draft| Some(&draft.step.id) == first);
    let Some(draft) = draft else { return };
    let words: Vec<&str> = path.iter().map(StepId::as_str).collect();
    cx.error(
        "L92",
        &draft.place,
        format!("these steps wait for one another: {}", words.join(" > ")),
        "take one of the `needs` away; `a > b` reads: a waits for b",
    );
}

/// What the runbook is measured by: what it says itself, else the tightest of its
/// services.
fn promise(
    cx: &mut Cx<'_>,
    keys: &mut Keys<'_>,
    plan: &Plan,
    phases: &[Phase],
    failback: Option<RunbookId>,
) -> Promise {
    let named = keys.ids(cx, "services", Named::Service);
    let services = match named {
        Some(ids) => ids.into_iter().map(ServiceId::new).collect(),
        None => touched(plan, phases),
    };
    let services = with_dependencies(plan, services);
    let tightest = plan
        .services
        .iter()
        .filter(|service| services.contains(&service.id))
        .map(|service| service.objective)
        .reduce(|a, b| Objective {
            rto: a.rto.min(b.rto),
            rpo: a.rpo.min(b.rpo),
            stable: a.stable.max(b.stable),
        });
    let objective = head::objective(cx, keys, tightest.unwrap_or(plan.objective));
    Promise { objective, services, failback }
}

/// Services that use what the runbook works on; all of them when it works on nothing.
fn touched(plan: &Plan, phases: &[Phase]) -> Vec<ServiceId> {
    let resources: BTreeSet<&ResourceId> = phases
        .iter()
        .flat_map(|phase| &phase.steps)
        .filter_map(|step| match &step.action {
            Action::Estate { resource, .. } => Some(resource),
            Action::Command(_)
            | Action::Http(_)
            | Action::Check { .. }
            | Action::Manual { .. }
            | Action::Approval { .. }
            | Action::Wait { .. }
            | Action::Notify { .. }
            | Action::Errand(_) => None,
        })
        .collect();
    let uses = |service: &&crate::model::Service| {
        resources.is_empty() || service.uses.iter().any(|one| resources.contains(one))
    };
    plan.services.iter().filter(uses).map(|service| service.id.clone()).collect()
}

/// In the plan's order, with everything they depend on.
fn with_dependencies(plan: &Plan, services: Vec<ServiceId>) -> Vec<ServiceId> {
    let mut wanted: BTreeSet<ServiceId> = services.into_iter().collect();
    loop {
        let more: Vec<ServiceId> = plan
            .services
            .iter()
            .filter(|service| wanted.contains(&service.id))
            .flat_map(|service| &service.depends_on)
            .filter(|id| !wanted.contains(*id))
            .cloned()
            .collect();
        if more.is_empty() {
            break;
        }
        wanted.extend(more);
    }
    let all = plan.services.iter().map(|service| service.id.clone());
    all.filter(|id| wanted.contains(id)).collect()
}
