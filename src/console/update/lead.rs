//! Commands about the incident itself: arming, seats, declaring, HOLD's way out, rulings,
//! overrides, closing.

use super::{
    act::{approvers, ask_second, cursor, here},
    ask, ask_for, say, wish,
};
use crate::{
    console::{
        Effect, Model,
        command::{Call, key_of, word_of},
        model::{Arming, Asking, Overlay, Prompt},
    },
    engine::{
        Check, Command as Wish, StepState, closing, gate,
        gate::{is_spent, may_approve, wants_second},
        waits, watch,
    },
    model::{Action, Mode, Moment, PersonId, PhaseId, Seat, SeverityId, Text},
    room::{Executor, Request},
};

pub(in crate::console) fn is_declared(model: &Model) -> Result<(), String> {
    if model.snapshot.incident.is_some() {
        return Ok(());
    }
    Err(format!("nothing is declared: {} starts an incident", key_of("declare")))
}

pub(in crate::console) fn is_open(model: &Model) -> Result<(), String> {
    is_declared(model)?;
    if super::leave::is_active(model) {
        Ok(())
    } else {
        Err("the incident is closed".to_owned())
    }
}

pub(in crate::console) fn can_declare(model: &Model) -> Result<(), String> {
    match &model.snapshot.incident {
        Some(incident) if !incident.is_over() => {
            Err(format!("{} is already open", incident.id))
        }
        Some(_) | None => Ok(()),
    }
}

pub(in crate::console) fn declare(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    ask_for(model, Asking::DeclareReason, call)
}

pub(in crate::console) fn can_arm(model: &Model) -> Result<(), String> {
    is_open(model)
}

pub(in crate::console) fn arm(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    if model.armed_for().is_some() {
        model.arming = Arming::Safe;
        say(model, "disarmed: capital keys do nothing");
        return Vec::new();
    }
    ask_for(model, Asking::Arm, call)
}

/// `seat operator` takes it; `seat operator p.shah` hands it over.
pub(in crate::console) fn seat(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    let mut words = call.args.split_whitespace();
    let Some(word) = words.next() else {
        let typed = "seat ".to_owned();
        model.overlay = Some(Overlay::Palette { typed, row: 0 });
        return Vec::new();
    };
    let Some(seat) = Seat::parse(word) else {
        say(model, format!("`{word}` is no seat: commander, operator, scribe, liaison"));
        return Vec::new();
    };
    let person = words.next().map_or_else(|| model.session.person.clone(), PersonId::new);
    if seat == Seat::Operator {
        // Keys that change hands are cold.
        model.arming = Arming::Safe;
    }
    wish(model, Wish::TakeSeat { seat, person }, "the seat has changed")
}

pub(in crate::console) fn can_ask(model: &Model) -> Result<(), String> {
    let (incident, step, record) = here(model)?;
    let question = matches!(step.action, Action::Approval { .. });
    if !question && !wants_second(step) {
        return Err(format!("step {} needs no approval", step.number));
    }
    if record.state.is_settled() || record.state.is_in_flight() {
        return Err(format!("step {} has begun", step.number));
    }
    if incident.is_over() { Err("the incident is closed".to_owned()) } else { Ok(()) }
}

pub(in crate::console) fn ask_for_yes(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    let Ok((incident, step, _)) = here(model) else {
        return Vec::new();
    };
    let (incident, step) = (std::sync::Arc::clone(incident), step.clone());
    ask_second(model, &incident, &step)
}

pub(in crate::console) fn solo(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    match cursor(model) {
        Some(id) => ask_for(model, Asking::SoloReason(id), call),
        None => Vec::new(),
    }
}

/// Checks that stand before the step under the cursor.
fn failing(model: &Model) -> Vec<Check> {
    let found = here(model).ok().and_then(|(incident, step, _)| {
        gate(incident, &step.id, &model.snapshot.evidence, model.now)
    });
    let checks = found.map(|gate| gate.checks).unwrap_or_default();
    checks.into_iter().filter(Check::blocks).collect()
}

pub(in crate::console) fn can_override(model: &Model) -> Result<(), String> {
    let (incident, step, _) = here(model)?;
    if failing(model).is_empty() {
        return Err(format!("no check blocks step {}", step.number));
    }
    if may_approve(incident, step, &model.session.person) {
        return Ok(());
    }
    Err(format!("only {} may", approvers(incident, step)))
}

/// Names one check, by any part of its name that fits no other.
pub(in crate::console) fn accept(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    let Some(step) = cursor(model) else {
        return Vec::new();
    };
    let wanted = call.args.to_lowercase();
    let fits = |check: &Check| check.name.as_str().to_lowercase().contains(&wanted);
    let found: Vec<Check> = failing(model).into_iter().filter(fits).collect();
    match found.as_slice() {
        [one] => {
            let asking = Asking::OverrideReason { step, check: one.name.clone() };
            // The words named the check; the reason is still to be given.
            ask_for(model, asking, Call { args: "", at: call.at })
        }
        [] => {
            say(model, format!("no failing check is called `{}`", call.args));
            Vec::new()
        }
        several => {
            let names: Vec<&str> =
                several.iter().map(|check| check.name.as_str()).collect();
            say(model, format!("which one: {}", names.join(" / ")));
            Vec::new()
        }
    }
}

pub(in crate::console) fn can_rule(model: &Model) -> Result<(), String> {
    let (_, step, record) = here(model)?;
    if is_spent(step, record) {
        return Ok(());
    }
    match record.state {
        StepState::InDoubt { .. } => Ok(()),
        StepState::Todo
        | StepState::Dispatched
        | StepState::Awaiting
        | StepState::Done { .. }
        | StepState::Failed { .. }
        | StepState::Refused { .. }
        | StepState::Skipped { .. }
        | StepState::Undone => Err(format!("step {} is not in doubt", step.number)),
    }
}

pub(in crate::console) fn rule(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    let Some(step) = cursor(model) else {
        return Vec::new();
    };
    let (word, reason) =
        call.args.split_once(char::is_whitespace).unwrap_or((call.args, ""));
    let done = match word {
        "done" => true,
        "not-done" => false,
        _ => {
            let rule = word_of("rule");
            say(model, format!("say what became of it: {rule} done, or {rule} not-done"));
            return Vec::new();
        }
    };
    let call = Call { args: reason.trim(), at: call.at };
    ask_for(model, Asking::RuleReason { step, done }, call)
}

pub(in crate::console) fn is_held(model: &Model) -> Result<(), String> {
    is_open(model)?;
    match model.snapshot.incident.as_ref().and_then(|incident| incident.hold.as_ref()) {
        Some(_) => Ok(()),
        None => Err("not on HOLD".to_owned()),
    }
}

pub(in crate::console) fn resume(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    wish(model, Wish::Resume, "HOLD is lifted: steps may start again")
}

pub(in crate::console) fn abort(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    ask_for(model, Asking::AbortReason, call)
}

pub(in crate::console) fn impact(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    ask_for(model, Asking::ImpactTime, call)
}

pub(in crate::console) fn can_close(model: &Model) -> Result<(), String> {
    is_open(model)?;
    let incident = model.snapshot.incident.as_ref();
    let busy: Vec<String> = incident
        .map(|incident| {
            incident.in_flight().map(|step| step.number.to_string()).collect()
        })
        .unwrap_or_default();
    if !busy.is_empty() {
        return Err(format!("in flight or in doubt: step {}", busy.join(", ")));
    }
    let left = incident.map(|incident| waits::clean_up(incident)).unwrap_or_default();
    let left: Vec<String> = left.iter().map(|step| step.number.to_string()).collect();
    if left.is_empty() {
        return Ok(());
    }
    let skip = key_of("skip");
    Err(format!(
        "clean-up is left: step {}; do it, or {skip} with a reason",
        left.join(", ")
    ))
}

pub(in crate::console) fn close(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    ask_for(model, Asking::CloseSummary, call)
}

/// Closes with `summary`; where something is left, a word is asked for first.
pub(super) fn closing(model: &mut Model, summary: Text, at: Moment) -> Option<Wish> {
    let incident = model.snapshot.incident.as_deref();
    if incident.and_then(closing::left).is_none() {
        return Some(Wish::Close { summary, typed: Text::default() });
    }
    let (asking, suggested) = (Asking::CloseAnyway(summary), String::new());
    let prompt = Prompt { asking, typed: String::new(), suggested, pressed_at: at };
    model.overlay = Some(Overlay::Prompt(prompt));
    None
}

pub(in crate::console) fn can_end_hold(model: &Model) -> Result<(), String> {
    is_open(model)?;
    running_hold(model)
        .map(|_| ())
        .ok_or_else(|| "no hold of a phase is running".to_owned())
}

fn running_hold(model: &Model) -> Option<PhaseId> {
    let incident = model.snapshot.incident.as_ref()?;
    watch::present(incident).map(|(phase, ..)| phase.id.clone())
}

/// The hold of a phase ends before its time.
pub(in crate::console) fn end_hold(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    match running_hold(model) {
        Some(phase) => ask_for(model, Asking::EndHold(phase), call),
        None => Vec::new(),
    }
}

/// `severity P1 reason`.
pub(in crate::console) fn severity(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    let (word, reason) =
        call.args.split_once(char::is_whitespace).unwrap_or((call.args, ""));
    let known = severities(model);
    let known: Vec<&str> = known.iter().map(SeverityId::as_str).collect();
    if !known.contains(&word) {
        let severity = word_of("severity");
        let known = known.join(", ");
        say(model, format!("say how bad it is: {severity} and one of {known}"));
        return Vec::new();
    }
    let asking = Asking::Severity(SeverityId::new(word));
    ask_for(model, asking, Call { args: reason.trim(), at: call.at })
}

pub(in crate::console) fn has_severities(model: &Model) -> Result<(), String> {
    is_open(model)?;
    if severities(model).is_empty() {
        return Err("the plan has no severities".to_owned());
    }
    Ok(())
}

/// Those the incident's plan knows.
fn severities(model: &Model) -> Vec<SeverityId> {
    let incident = model.snapshot.incident.as_ref();
    let rows = incident.map(|incident| &incident.procedure.brief.severities);
    rows.into_iter().flatten().map(|row| row.id.clone()).collect()
}

pub(in crate::console) fn can_take_over(model: &Model) -> Result<(), String> {
    match model.snapshot.executor {
        Executor::Elsewhere { .. } | Executor::Left => Ok(()),
        Executor::Here => Err("this console runs it already".to_owned()),
        Executor::Nobody => Err("nothing is declared".to_owned()),
    }
}

pub(in crate::console) fn take_over(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    ask(model, Request::TakeOver, "this console runs the incident now")
}

pub(in crate::console) fn is_drill(model: &Model) -> Result<(), String> {
    match model.session.mode {
        Mode::Drill => Ok(()),
        Mode::Live => Err("live time has one speed".to_owned()),
    }
}

pub(in crate::console) fn speed(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    if let Ok(times @ 1..=60) = call.args.trim().parse::<u32>() {
        say(model, format!("the drill runs {times} times as fast"));
        model.pace = times;
        return Vec::new();
    }
    let speed = word_of("speed");
    say(model, format!("a speed is a whole number from 1 to 60: {speed} 10"));
    Vec::new()
}
