//! Commands that reach the world: HOLD, execute, skip, put back, approve. Each ends in a
//! dialog, in a line that wants a reason, or in a question to the room.

use std::sync::Arc;

use super::{ask_for, confirm, leave::is_active, say, values, wish};
use crate::{
    console::{
        Effect, Model,
        command::{Call, key_of},
        model::{Arming, Asking, ConfirmStage, Overlay},
    },
    engine::{
        Block, Command as Wish, Incident, StepRecord, StepState, gate,
        gate::{may_approve, wants_second},
        refusal::explain,
        undo::way_back,
        values::asked as open_values,
    },
    model::{Action, Step, StepId, Text, Tier},
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
            !matches!(block, Block::Unset(_)) || open_values(incident, step).is_empty()
        })
        .map(|block| words(incident, step, block))
        .collect();
    if !hard.is_empty() {
        return Err(format!("step {}: {}", step.number, hard.join("; ")));
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
        Block::Over
        | Block::Aborted
        | Block::Held
        | Block::Done
        | Block::InFlight
        | Block::InDoubt
        | Block::Needs(_)
        | Block::Unset(_)
        | Block::NotRepeatable
        | Block::NeedsApproval
        | Block::SoloWait(_)
        | Block::NotBefore { .. }
        | Block::AwaitsMark(_)
        | Block::Watched { .. } => explain(block),
    }
}

/// Who may say yes to `step`, by name where the plan knows one.
pub(super) fn approvers(incident: &Incident, step: &Step) -> String {
    let names: Vec<&str> = incident
        .procedure
        .people
        .iter()
        .filter(|person| may_approve(incident, step, &person.id))
        .map(|person| person.name.as_str())
        .collect();
    if names.is_empty() { "the commander".to_owned() } else { names.join(" or ") }
}

pub(in crate::console) fn execute(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    let Ok((incident, step, _)) = here(model) else {
        return Vec::new();
    };
    let (incident, step) = (Arc::clone(incident), step.clone());
    if matches!(step.action, Action::Manual { .. }) {
        let words = Call { args: "", at: call.at };
        return ask_for(model, Asking::Observed(step.id), words);
    }
    if let Some(effects) = values::of_step(model, &incident, &step, call) {
        return effects;
    }
    let question = matches!(step.action, Action::Approval { .. });
    if question || needs_asking(model, &incident, &step) {
        return ask_second(model, &incident, &step);
    }
    if step.tier <= Tier::T1 {
        return confirm::at_once(model, &incident, &step, call.at);
    }
    confirm::open(model, &step.id, false, call.at)
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

/// The step somebody waits for a yes on: the one under the cursor, else the first.
fn asked(model: &Model) -> Option<(&Incident, &Step, &StepRecord)> {
    let incident = model.snapshot.incident.as_deref()?;
    let open = |record: &StepRecord| {
        let given =
            record.approval.as_ref().is_some_and(|approval| approval.until > model.now);
        record.asked_at.is_some() && !given && !record.state.is_settled()
    };
    let here = model.cursor().and_then(|id| incident.step(id));
    let (step, record) = here
        .filter(|(_, record)| open(record))
        .or_else(|| incident.steps().find(|(_, record)| open(record)))?;
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
