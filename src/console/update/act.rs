//! Commands that reach the world: HOLD, execute, skip, put back, approve. Each ends in a
//! dialog, in a line that wants a reason, or in a question to the room.

use std::sync::Arc;

use super::{ask_for, confirm, leave::is_active, say, values, wish};
use crate::{
    console::{
        Effect, Model,
        command::{Call, key_of},
        lane,
        model::{Arming, Asking, ConfirmStage, Overlay},
    },
    engine::{
        Block, Command as Wish, Incident, StepRecord, StepState, gate,
        gate::{may_approve, wants_second},
        refusal::explain,
        undo::way_back,
    },
    model::{Action, Person, Step, StepId, Text, Tier},
    room::{Executor, JournalHealth},
};

/// No further step starts. It asks nothing, wants no arming, and ends it.
pub(in crate::console) fn hold(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    if !is_active(model) {
        say(model, "nothing is open: there is nothing to hold");
        return Vec::new();
    }
    model.arming = Arming::Safe;
    let sent = matches!(
        &model.overlay,
        Some(Overlay::Confirm(confirm))
            if matches!(confirm.stage, ConfirmStage::Asked { .. })
    );
    let dialog = matches!(model.overlay, Some(Overlay::Confirm(_)));
    if dialog && !sent {
        model.overlay = None;
    }
    let reason = if call.args.is_empty() {
        format!("HOLD pressed on {}", model.session.tty)
    } else {
        call.args.to_owned()
    };
    say(model, "HOLD asked for");
    let command = Wish::Hold { reason: Text::clean(reason) };
    wish(model, command, "HOLD: no further step starts")
}

/// The open incident, if this console may start something in it.
fn startable(model: &Model) -> Result<&Arc<Incident>, String> {
    super::lead::is_open(model)?;
    if let Executor::Elsewhere { holder, .. } = &model.snapshot.executor {
        let here = key_of("take-over");
        return Err(format!("{holder} runs this incident; {here} moves it here"));
    }
    if model.snapshot.executor == Executor::Left {
        let here = key_of("take-over");
        return Err(format!("nobody runs this incident; {here} moves it here"));
    }
    if let JournalHealth::Failing { why, .. } = &model.snapshot.journal {
        return Err(format!("the journal cannot be written ({why}): nothing new starts"));
    }
    let incident = model.snapshot.incident.as_ref();
    incident.ok_or_else(|| "nothing is declared".to_owned())
}

/// The step under the cursor.
pub(super) fn here(
    model: &Model,
) -> Result<(&Arc<Incident>, &Step, &StepRecord), String> {
    let incident = startable(model)?;
    let id = model.cursor().ok_or("no step is left")?;
    let (step, record) = incident.step(id).ok_or("no such step")?;
    Ok((incident, step, record))
}

pub(in crate::console) fn can_execute(model: &Model) -> Result<(), String> {
    let (incident, step, record) = here(model)?;
    let gate =
        gate(incident, &step.id, &model.snapshot.evidence, model.now).unwrap_or_default();
    let hard: Vec<String> = gate
        .blocks
        .iter()
        .filter(|block| !matches!(block, Block::NeedsApproval))
        // A step that asks for values is begun by answering.
        .filter(|block| {
            !matches!(block, Block::Unset(_)) || values::wanted(incident, step).is_empty()
        })
        .map(|block| words(incident, step, block))
        .collect();
    if !hard.is_empty() {
        let (number, why, way) = (step.number, hard.join("; "), way_to_next(model));
        return Err(format!("step {number}: {why}{way}"));
    }
    if matches!(step.action, Action::Approval { .. }) && record.asked_at.is_some() {
        let (who, key) = (approvers(incident, step), key_of("approve"));
        return Err(format!("asked: {who} answers with {key}"));
    }
    Ok(())
}

/// A block, with who can lift it.
fn words(incident: &Incident, step: &Step, block: &Block) -> String {
    match block {
        Block::AwaitsApproval => {
            let (who, key) = (approvers(incident, step), key_of("approve"));
            format!("asked: {who} answers with {key}; alone: {}", key_of("solo"))
        }
        Block::Needs(steps) => {
            let found = steps.iter().filter_map(|id| incident.step(id));
            let names =
                found.map(|(step, _)| format!("{} {}", step.number, step.title()));
            format!("needs {}", names.collect::<Vec<_>>().join(", "))
        }
        Block::Over
        | Block::Aborted
        | Block::Held
        | Block::Done
        | Block::InFlight
        | Block::InDoubt
        | Block::Unset(_)
        | Block::NotRepeatable
        | Block::NeedsApproval
        | Block::SoloWait(_)
        | Block::NotBefore { .. }
        | Block::AwaitsMark(_)
        | Block::Watched { .. } => explain(block),
    }
}

/// What comes next, where the cursor is on another step: what a key would act on is not
/// what NEXT shows.
pub(in crate::console) fn aside(model: &Model) -> Option<(&Step, &Step)> {
    let incident = model.snapshot.incident.as_deref()?;
    let next = lane::next(incident, model.lane())?;
    let (here, _) = incident.step(model.selected.as_ref()?)?;
    (here.id != next.id).then_some((here, next))
}

/// How to get from the cursor to what comes next; nothing where it is there.
fn way_to_next(model: &Model) -> String {
    aside(model).map_or_else(String::new, |(_, next)| {
        format!(". NEXT is step {}: {} goes there", next.number, key_of("back"))
    })
}

/// What the cursor was on is dealt with: it follows what comes next again.
pub(super) fn follow_next(model: &mut Model, step: &StepId) {
    if model.selected.as_ref() == Some(step) {
        model.selected = None;
    }
}

/// Those of the plan who may say yes to what somebody else has asked for.
pub(in crate::console) fn answerers<'a>(
    incident: &'a Incident,
    step: &Step,
) -> Vec<&'a Person> {
    let asker = incident.steps.get(&step.id).and_then(|record| record.asked_at.as_ref());
    let people = incident.procedure.people.iter();
    people
        .filter(|person| asker.is_none_or(|(_, asker)| *asker != person.id))
        .filter(|person| may_approve(incident, step, &person.id))
        .collect()
}

/// Who may say yes to `step`, by name where the plan knows one.
pub(in crate::console) fn approvers(incident: &Incident, step: &Step) -> String {
    let people = answerers(incident, step);
    let names: Vec<&str> = people.iter().map(|person| person.name.as_str()).collect();
    if names.is_empty() { "the commander".to_owned() } else { names.join(" or ") }
}

pub(in crate::console) fn execute(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    let Ok((incident, step, _)) = here(model) else {
        return Vec::new();
    };
    let (incident, step) = (Arc::clone(incident), step.clone());
    if let Some(effects) = values::of_step(model, &incident, &step, call) {
        return effects;
    }
    if matches!(step.action, Action::Manual { .. }) {
        let words = Call { args: "", at: call.at };
        return ask_for(model, Asking::Observed(step.id), words);
    }
    let question = matches!(step.action, Action::Approval { .. });
    if question || needs_asking(model, &incident, &step) {
        return ask_second(model, &incident, &step);
    }
    let Some(next) = aside(model).map(|(_, next)| next.number) else {
        if step.tier <= Tier::T1 {
            return confirm::at_once(model, &incident, &step, call.at);
        }
        return confirm::open(model, &step.id, false, call.at);
    };
    // Not what NEXT shows: even what needs no dialog is asked about.
    let effects = confirm::open(model, &step.id, false, call.at);
    if let Some(Overlay::Confirm(confirm)) = &mut model.overlay {
        let words = format!("this is step {}; NEXT is step {next}", step.number);
        confirm.notice = Some(Text::clean(words));
    }
    effects
}

fn needs_asking(model: &Model, incident: &Incident, step: &Step) -> bool {
    let gate = gate(incident, &step.id, &model.snapshot.evidence, model.now);
    wants_second(step)
        && gate.is_some_and(|gate| gate.blocks.contains(&Block::NeedsApproval))
}

/// Asks for the yes a step needs, and says who can give it.
pub(super) fn ask_second(
    model: &mut Model,
    incident: &Incident,
    step: &Step,
) -> Vec<Effect> {
    let who = approvers(incident, step);
    let effects = wish(
        model,
        Wish::AskApproval { step: step.id.clone() },
        "asked: another person answers on their own terminal",
    );
    say(model, format!("step {} needs a yes from {who}; asking", step.number));
    effects
}

pub(in crate::console) fn can_retry(model: &Model) -> Result<(), String> {
    let (_, step, record) = here(model)?;
    match record.state {
        StepState::Failed { .. } | StepState::Refused { .. } | StepState::Undone => {
            can_execute(model)
        }
        StepState::Todo => {
            Err(format!("step {} was not tried yet: {}", step.number, key_of("execute")))
        }
        StepState::Dispatched
        | StepState::Awaiting
        | StepState::Done { .. }
        | StepState::InDoubt { .. }
        | StepState::Skipped { .. } => Err(format!("step {} did not fail", step.number)),
    }
}

pub(in crate::console) fn can_skip(model: &Model) -> Result<(), String> {
    let (_, step, record) = here(model)?;
    match record.state {
        StepState::Todo
        | StepState::Failed { .. }
        | StepState::Refused { .. }
        | StepState::Undone => Ok(()),
        StepState::Dispatched | StepState::Awaiting | StepState::InDoubt { .. } => {
            Err(format!("step {} has begun", step.number))
        }
        StepState::Done { .. } | StepState::Skipped { .. } => {
            Err(format!("step {} is settled", step.number))
        }
    }
}

pub(in crate::console) fn skip(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    let Some(id) = cursor(model) else {
        return Vec::new();
    };
    ask_for(model, Asking::SkipReason(id), call)
}

pub(in crate::console) fn can_undo(model: &Model) -> Result<(), String> {
    let (incident, step, record) = here(model)?;
    if incident.hold.is_some() {
        return Err(format!("on HOLD: {} lifts it", key_of("resume")));
    }
    let back = way_back(step, record).map(|_| ());
    back.map_err(|why| format!("step {}: {why}", step.number))
}

pub(in crate::console) fn undo(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    match cursor(model) {
        Some(id) => confirm::open(model, &id, true, call.at),
        None => Vec::new(),
    }
}

/// Whether somebody waits for a yes.
fn is_open(model: &Model, record: &StepRecord) -> bool {
    let yes = record.approval.as_ref();
    let given = yes.is_some_and(|approval| approval.until > model.now);
    record.asked_at.is_some() && !given && !record.state.is_settled()
}

/// The first step whose yes can be said by whoever sits here, and was asked for by another.
pub(in crate::console) fn asks_me(model: &Model) -> Option<(&Step, &StepRecord)> {
    let incident = model.snapshot.incident.as_deref()?;
    let me = &model.session.person;
    if model.session.read_only || incident.is_over() {
        return None;
    }
    incident.steps().find(|(step, record)| {
        let by_another = record.asked_at.as_ref().is_some_and(|(_, who)| who != me);
        by_another && is_open(model, record) && may_approve(incident, step, me)
    })
}

/// The step somebody waits for a yes on: the one under the cursor, else the first that can
/// be answered from here, else the first.
fn asked(model: &Model) -> Option<(&Incident, &Step, &StepRecord)> {
    let incident = model.snapshot.incident.as_deref()?;
    let here = model.cursor().and_then(|id| incident.step(id));
    let (step, record) = here
        .filter(|(_, record)| is_open(model, record))
        .or_else(|| asks_me(model))
        .or_else(|| incident.steps().find(|(_, record)| is_open(model, record)))?;
    Some((incident, step, record))
}

pub(in crate::console) fn can_approve(model: &Model) -> Result<(), String> {
    super::lead::is_open(model)?;
    let (incident, step, record) = asked(model).ok_or("nobody asks for approval")?;
    let me = &model.session.person;
    if record.asked_at.as_ref().is_some_and(|(_, asker)| asker == me) {
        return Err(format!("you asked for step {}: another person must", step.number));
    }
    if may_approve(incident, step, me) {
        return Ok(());
    }
    Err(format!("step {} wants {}", step.number, approvers(incident, step)))
}

pub(in crate::console) fn approve(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    let Some(id) = asked(model).map(|(_, step, _)| step.id.clone()) else {
        return Vec::new();
    };
    model.selected = Some(id.clone());
    ask_for(model, Asking::ApprovalWords(id), call)
}

pub(super) fn cursor(model: &Model) -> Option<StepId> {
    model.cursor().cloned()
}
