//! One runbook: its phases, its steps in order, and what they are measured by.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    head, id, ids, name, needs, objective,
    step::{self, Draft, Scope},
    terms,
};
use crate::{
    model::{
        Action, Errand, Hold, Mark, Objective, Phase, PhaseId, PhaseTerms, PhaseTime,
        ResourceId, Runbook, RunbookId, RunbookTerms, ServiceId, SiteId, Step, StepId,
        Text,
        template::{Slot, slots},
    },
    plan::{
        Plan, Promise,
        cx::{Cx, Named, Names},
        language::{Items, PhaseRow, RunbookRow, Said, words::SiteRole},
        problem::Place,
    },
};

pub(super) fn read(
    cx: &mut Cx<'_>,
    row: &RunbookRow,
    plan: &Plan,
) -> Option<(Runbook, Promise)> {
    let own = RunbookId::new(row.id.get().map_or("", String::as_str));
    if row.unread.contains(&"failback") {
        // It has a way back, only not one that can be found.
        cx.broken.insert(own.clone());
    }
    let phases = body(cx, row, plan, &own);
    let promise = promise(cx, row, plan, &phases);
    let (from, to) = sides(cx, row, plan);
    let made: Vec<String> = marks(row);
    let runbook = Runbook {
        id: row.id.get()?.as_str().into(),
        name: name(row.name.as_ref(), row.id.get()?),
        kind: *row.kind.get()?,
        from: from?,
        to: to?,
        phases,
        terms: RunbookTerms {
            windows_from: head::mark(cx, &row.windows_from, &made).unwrap_or_default(),
            scenarios: ids(&row.scenarios),
            severity: id(row.severity.as_ref()),
            per_tenant: row.per_tenant.get() == Some(&true),
            inputs: ids(&row.inputs),
            precondition: row.precondition.get().cloned(),
            stub: row.stub.get() == Some(&true),
            touches_production: row.touches_production.get() == Some(&true),
            environment: row.environment.get().map(Text::clean),
            no_failback: row.no_failback.get().cloned(),
        },
    };
    Some((runbook, promise))
}

/// Moments the steps of a runbook make.
pub(super) fn marks(row: &RunbookRow) -> Vec<String> {
    let steps = row.step.items().iter();
    steps
        .flat_map(|step| [&step.mark, &step.marks])
        .filter_map(|mark| mark.get().cloned())
        .collect()
}

/// The side that is left and the side that is gone to. What goes nowhere is at one.
fn sides(
    cx: &mut Cx<'_>,
    row: &RunbookRow,
    plan: &Plan,
) -> (Option<SiteId>, Option<SiteId>) {
    let first = || {
        let primary = plan
            .file
            .site
            .items()
            .iter()
            .find(|site| site.role.get() == Some(&SiteRole::Primary))
            .and_then(|site| id(site.id.as_ref()));
        primary.or_else(|| plan.sites.first().map(|site| site.id.clone()))
    };
    let goes = row.kind.get().is_some_and(|kind| terms::moves(*kind));
    let usual = id(row.site.as_ref()).or_else(|| (!goes).then(first).flatten());
    let side = |cx: &mut Cx<'_>, written, key: &'static str| {
        if let Some(site) = id(written) {
            return Some(site);
        }
        if usual.is_none() && !row.unread.contains(&key) {
            let example =
                cx.names.all(Named::Site).first().copied().unwrap_or("...").to_owned();
            cx.error(
                "P-missing-key",
                &row.place,
                format!("`{key}` is missing"),
                format!("write `{key} = \"{example}\"`"),
            );
        }
        usual.clone()
    };
    (side(cx, row.from.as_ref(), "from"), side(cx, row.to.as_ref(), "to"))
}

/// A phase before its steps are in it.
struct Frame {
    phase: Phase,
    place: Place,
}

fn body(
    cx: &mut Cx<'_>,
    row: &RunbookRow,
    plan: &Plan,
    runbook: &RunbookId,
) -> Vec<Phase> {
    let mut local = Names::default();
    for (named, ids) in [
        (Named::Phase, row.phase.items().iter().map(|row| &row.id).collect::<Vec<_>>()),
        (Named::Step, row.step.items().iter().map(|row| &row.id).collect::<Vec<_>>()),
    ] {
        for found in ids.into_iter().flatten() {
            local.declare(named, &found.value, &found.place, &mut cx.problems);
        }
    }
    let mut frames: Vec<Frame> =
        row.phase.items().iter().filter_map(|phase| frame(cx, phase, &local)).collect();
    let ids: Vec<PhaseId> = frames.iter().map(|frame| frame.phase.id.clone()).collect();
    let scope = Scope { plan, local: &local, phases: &ids };
    let rows = row.step.items();
    let drafts: Vec<Draft> =
        rows.iter().filter_map(|step| step::read(cx, step, &scope)).collect();
    if rows.is_empty() && row.stub.get() != Some(&true) {
        let help = "add at least one [[step]] (in plan.toml: [[runbook.step]])";
        cx.error("L92", &row.place, "this runbook has no steps", help);
    }
    if drafts.len() < rows.len() {
        cx.broken.insert(runbook.clone());
    }
    refers(cx, &drafts, &local);
    empty_phases(cx, &frames, &drafts, rows.len());
    if frames.is_empty() {
        let phase = Phase {
            id: "run".into(),
            name: Text::from("Run"),
            time: None,
            terms: PhaseTerms::default(),
            steps: Vec::new(),
        };
        frames.push(Frame { phase, place: row.place.clone() });
    }
    fill(cx, frames, drafts, runbook)
}

/// Steps whose answers and ends are used must exist, and give what is asked of them.
fn refers(cx: &mut Cx<'_>, drafts: &[Draft], local: &Names) {
    for draft in drafts {
        let mut alone = draft.step.terms.each.is_empty();
        for (slot, written) in slots(&draft.step) {
            if matches!(slot, Slot::Each) && std::mem::take(&mut alone) {
                cx.error(
                    "L81",
                    &draft.place,
                    format!(
                        "`{written}` stands for nothing: this step has no `for_each`"
                    ),
                    "write `for_each = [...]` with what it is done for, or the one name",
                );
            }
            let Slot::Output { step, output } = slot else { continue };
            if !local.refer(Named::Step, &step, &draft.place, &mut cx.problems) {
                continue;
            }
            let gives = drafts
                .iter()
                .filter(|one| one.step.id.as_str() == step)
                .any(|one| one.step.terms.outputs.contains_key(&output));
            if !gives {
                cx.error(
                    "L81",
                    &draft.place,
                    format!("`{written}`: step `{step}` gives no `{output}`"),
                    format!("write `outputs = {{ {output} = \"...\" }}` in `{step}`"),
                );
            }
        }
        for condition in &draft.step.terms.when {
            if let crate::model::Condition::Step { step, .. } = condition {
                local.refer(Named::Step, step.as_str(), &draft.place, &mut cx.problems);
            }
        }
    }
}

fn frame(cx: &mut Cx<'_>, row: &PhaseRow, local: &Names) -> Option<Frame> {
    let time = time(cx, row);
    let hold = row.hold.get().map(|hold| Hold {
        length: hold.length.get().copied().unwrap_or_default(),
        gate: ids(&hold.gate),
        back: hold
            .back
            .iter()
            .filter(|back| {
                local.refer(Named::Step, &back.value, &back.place, &mut cx.problems)
            })
            .map(|back| back.value.as_str().into())
            .collect(),
    });
    let own = row.id.get()?;
    let terms = PhaseTerms {
        not_before: row.not_before.get().copied(),
        hold,
        checklist: id(row.checklist.as_ref()),
    };
    let phase = Phase {
        id: own.as_str().into(),
        name: name(row.name.as_ref(), own),
        time,
        terms,
        steps: Vec::new(),
    };
    Some(Frame { phase, place: row.place.clone() })
}

fn time(cx: &mut Cx<'_>, row: &PhaseRow) -> Option<PhaseTime> {
    let wrote = |key| row.unread.contains(&key);
    let budget = row.budget.is_some() || wrote("budget");
    if budget && (row.window.is_some() || wrote("window")) {
        let at = format!("{}.window", row.place.at);
        let place = cx.place(&at).unwrap_or_else(|| row.place.clone());
        cx.error(
            "P-two-times",
            &place,
            "this phase has both a budget and a window",
            "keep `budget` (so much, whenever it begins) or `window` (from and until)",
        );
    }
    let window = row.window.get().map(|(from, until)| match until {
        Some(until) => PhaseTime::Window(*from, *until),
        None => PhaseTime::From(*from),
    });
    row.budget.get().map(|budget| PhaseTime::Budget(*budget)).or(window)
}

fn empty_phases(cx: &mut Cx<'_>, frames: &[Frame], drafts: &[Draft], written: usize) {
    // When a step could not be read, its phase may be the one that looks empty.
    if drafts.len() < written {
        return;
    }
    for frame in frames {
        let id = &frame.phase.id;
        // Days of waiting are a phase of their own.
        let waits =
            frame.phase.terms.hold.is_some() || frame.phase.terms.checklist.is_some();
        if !waits && !drafts.iter().any(|draft| draft.phase.as_ref() == Some(id)) {
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
    let astray = drafts.iter().any(|draft| draft.phase.is_none());
    if astray && drafts.iter().any(|draft| draft.phase.is_some()) {
        // A phase that is none was reported as such. Its steps stand anywhere, and so does
        // what waits for the step before it: a circle of these is nobody's.
        cx.broken.insert(runbook.clone());
    } else {
        circle(cx, &waits, &drafts, runbook);
    }
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
    let mut alike = drafts.iter().filter(|draft| Some(&draft.step.id) == first);
    // Two steps of one name were reported as such; which of them waits nobody can tell.
    let (Some(draft), None) = (alike.next(), alike.next()) else { return };
    let words: Vec<&str> = path.iter().map(StepId::as_str).collect();
    cx.error(
        "L92",
        &draft.place,
        format!("these steps wait for one another: {}", words.join(" > ")),
        "take one of the `needs` away; `a > b` reads: a waits for b",
    );
}

/// Runbooks that call one another in a circle would never end.
pub(super) fn calls(cx: &mut Cx<'_>, plan: &Plan) {
    let called = |step: &Step| {
        let Action::Errand(Errand::Call { runbook, .. }) = &step.action else {
            return None;
        };
        Some(runbook.clone())
    };
    let edges: BTreeMap<RunbookId, Vec<RunbookId>> = plan
        .runbooks
        .iter()
        .map(|one| (one.id.clone(), one.steps().filter_map(called).collect()))
        .collect();
    let Some(path) = needs::cycle(&edges) else { return };
    let words: Vec<&str> = path.iter().map(RunbookId::as_str).collect();
    let first = words.first().copied().unwrap_or_default();
    let place = cx.place(&format!("runbook.{first}")).unwrap_or_default();
    cx.broken.extend(path.iter().cloned());
    cx.error(
        "L92",
        &place,
        format!("these runbooks call one another: {}", words.join(" > ")),
        "take one of the `call` away; `a > b` reads: a calls b",
    );
}

/// What the runbook is measured by, and what it brings back.
fn promise(cx: &mut Cx<'_>, row: &RunbookRow, plan: &Plan, phases: &[Phase]) -> Promise {
    let services = match &row.services {
        Some(_) => ids(&row.services),
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
    head::objective(cx, (&row.rto, &row.rpo, &row.stable), plan.objective);
    Promise {
        objective: objective::decisive(plan, row, tightest),
        countdowns: objective::countdowns(plan, row, &services),
        services,
        failback: id(row.failback.as_ref()),
    }
}

/// Services that use what the runbook works on, and those a step says it brings back; all
/// of them when it works on nothing.
fn touched(plan: &Plan, phases: &[Phase]) -> Vec<ServiceId> {
    let steps = || phases.iter().flat_map(|phase| &phase.steps);
    let mut resources: BTreeSet<&ResourceId> = BTreeSet::new();
    let mut restored: BTreeSet<&ServiceId> = BTreeSet::new();
    for step in steps() {
        resources.extend(step.action.estate().map(|(resource, _, _)| resource));
        let meaning = &step.terms.meaning;
        for list in
            [&meaning.promotes, &meaning.moves, &meaning.repoints, &meaning.scales]
        {
            resources.extend(list);
        }
        restored.extend(&meaning.restores);
    }
    let uses = |service: &&crate::model::Service| {
        (resources.is_empty() && restored.is_empty())
            || restored.contains(&service.id)
            || service.uses.iter().any(|one| resources.contains(one))
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

/// Whether the clock's moments are there: known, or made by some step.
pub(super) fn clock(cx: &mut Cx<'_>, plan: &Plan) {
    let rows = plan.file.runbook.items();
    let made: Vec<String> = rows.iter().flat_map(marks).collect();
    let clock = plan.file.objectives.get().and_then(|row| row.rto_clock.get());
    let Some(clock) = clock.cloned() else { return };
    let _: Option<Mark> = head::mark(cx, &clock.start, &made);
    let _: Option<Mark> = head::mark(cx, &clock.stop, &made);
}
