//! What time and the room bring: a new snapshot, a second gone by.

use std::sync::Arc;

use super::{advance, confirm, say};
use crate::{
    console::{
        Effect, Model,
        model::{Arming, Asking, BELL_EVERY, FOCUS_LIMIT, Overlay, TOAST_FOR},
    },
    model::{Mode, Moment},
    room::{Severity, Snapshot},
};

pub(super) fn snapshot(model: &mut Model, snapshot: Arc<Snapshot>) -> Vec<Effect> {
    let before = std::mem::replace(&mut model.snapshot, snapshot);
    let then = model.now;
    advance(model, model.snapshot.at);
    super::talk::overdue(model, then);
    super::talk::heard(model, &before);
    super::reach::named(model, &before);
    super::browse::anchor(model, &before);
    let known = |id| model.snapshot.procedure.runbook.step(id).is_some();
    if model.selected.as_ref().is_some_and(|id| !known(id)) {
        model.selected = None;
    }
    if before.procedure.plan.digest != model.snapshot.procedure.plan.digest {
        confirm::interrupted(model, "the plan changed: look again");
    }
    put_away(model);
    let mut effects = bell(model, &before);
    effects.extend(asked(model, &before));
    effects.extend(confirm::review(model));
    effects
}

/// Puts the line away that asks what was seen of a step somebody else has ticked, unless
/// something was typed already: those words are their author's to send or to drop.
fn put_away(model: &mut Model) {
    let Some(Overlay::Prompt(prompt)) = &model.overlay else { return };
    let Asking::Observed(id) = &prompt.asking else { return };
    let Some(incident) = &model.snapshot.incident else { return };
    let record = incident.steps.get(id).filter(|record| record.state.is_settled());
    let step = record.and_then(|_| incident.procedure.runbook.step(id));
    if let Some(number) = step.map(|step| step.number).filter(|_| prompt.typed.is_empty())
    {
        model.overlay = None;
        say(model, format!("step {number} is settled: nothing was written"));
    }
}

/// Somebody asks whoever sits here for a yes: it is said and rung once, and stands in NEXT
/// for as long as it is wanted.
fn asked(model: &mut Model, before: &Snapshot) -> Vec<Effect> {
    let Some((step, record)) = super::act::asks_me(model) else { return Vec::new() };
    let old = before.incident.as_ref().and_then(|was| was.steps.get(&step.id));
    if old.is_some_and(|old| old.asked_at == record.asked_at) {
        return Vec::new();
    }
    let who = record.asked_at.as_ref().map_or("somebody", |(_, who)| who.as_str());
    let words = format!("{who} asks YOU for a yes: {} {}", step.number, step.title());
    say(model, words);
    ring(model)
}

/// A new CRIT rings in LIVE, at most once a minute: noise nobody can stop is ignored.
fn bell(model: &mut Model, before: &Snapshot) -> Vec<Effect> {
    let news = model.snapshot.alarms.iter().any(|alarm| {
        alarm.severity == Severity::Crit
            && !alarm.expected
            && !model.acknowledged.contains_key(&alarm.key)
            && !model.shelved.contains_key(&alarm.key)
            && !before.alarms.iter().any(|old| old.key == alarm.key)
    });
    if news { ring(model) } else { Vec::new() }
}

fn ring(model: &mut Model) -> Vec<Effect> {
    let rested = model.last_bell.is_none_or(|at| model.now - at >= BELL_EVERY);
    if !rested || model.session.mode != Mode::Live {
        return Vec::new();
    }
    model.last_bell = Some(model.now);
    vec![Effect::Bell]
}

pub(super) fn tick(model: &mut Model) -> Vec<Effect> {
    disarm_when_due(model);
    let (now, shown) = (model.now, model.human(TOAST_FOR));
    model.toast = model.toast.take().filter(|(_, at)| now - *at < shown);
    model.shelved.retain(|_, (until, _)| *until > now);
    confirm::review(model)
}

/// Keys cool when their time is over, or when nobody has looked for two minutes.
pub(super) fn disarm_when_due(model: &mut Model) {
    let Arming::Armed { until } = model.arming else {
        return;
    };
    let away = |since: Moment| model.now - since > model.human(FOCUS_LIMIT);
    let why = if until <= model.now {
        "disarmed: the time is over"
    } else if model.unfocused_since.is_some_and(away) {
        "disarmed: nobody was looking"
    } else {
        return;
    };
    model.arming = Arming::Safe;
    say(model, why);
}
