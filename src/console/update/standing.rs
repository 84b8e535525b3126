//! What stands before a step as its dialog shows it, and whether the line takes keys.

use crate::{
    console::{
        Model,
        command::key_of,
        model::{Confirm, ConfirmStage, PreviewState},
    },
    engine::{
        Block, Gate, Incident, StepRecord, gate, order,
        refusal::explain,
        undo::{self, Back, way_back},
        values::for_eyes,
    },
    model::{Action, Call, Errand, Preview, Step, StepId, Text, Tier},
};

/// What would be sent, where it needs nobody's eyes to say so.
pub(super) fn own_preview(
    incident: &Incident,
    step: &Step,
    record: &StepRecord,
    undo: bool,
) -> Option<Preview> {
    let calls = |line: String| {
        Some(Preview {
            calls: vec![Call { line: Text::clean(line) }],
            ..Preview::default()
        })
    };
    // As the call itself is made, with a mask where a secret goes in.
    let order = order::proposal(incident, &step.id, undo, incident.clocks.declared);
    let step = &for_eyes(incident, step);
    let action = match undo.then(|| way_back(step, record)) {
        None => &step.action,
        Some(Ok(Back::Action(action))) => action,
        Some(Ok(Back::Value(before))) => {
            let now = record.evidence.as_ref()?.summary.clone();
            let changes = vec![(Text::clean(step.title()), now, before.clone())];
            return Some(Preview { changes, ..Preview::default() });
        }
        Some(Err(_)) => return None,
    };
    match action {
        // What there is now is the hands' to say.
        Action::Estate { .. } | Action::Errand(Errand::Dns(_) | Errand::File(_)) => None,
        Action::Command(_) | Action::Http(_) => calls(order?.line()),
        Action::Check { probe } => calls(format!("look at {probe}")),
        Action::Wait { length } => calls(format!("wait {length}")),
        Action::Errand(_) => calls(order?.line()),
        Action::Notify { text, channel } => calls(format!("tell {channel}: {text}")),
        Action::Manual { text, .. } | Action::Approval { question: text, .. } => {
            calls(text.to_string())
        }
    }
}

pub(super) fn has_own_preview(model: &Model, confirm: &Confirm) -> bool {
    let incident = model.snapshot.incident.as_ref();
    incident
        .and_then(|incident| {
            let (step, record) = incident.step(&confirm.step)?;
            Some((incident, step, record))
        })
        .is_some_and(|(incident, step, record)| {
            own_preview(incident, step, record, confirm.undo).is_some()
        })
}

/// What stands before a step, as the dialog shows it.
pub(super) struct Standing {
    gate: Gate,
    undo: bool,
}

impl Standing {
    pub(super) fn of(model: &Model, id: &StepId, undo: bool) -> Self {
        let incident = model.snapshot.incident.as_deref();
        let gate = incident
            .and_then(|incident| gate(incident, id, &model.snapshot.evidence, model.now))
            .unwrap_or_default();
        Self { gate, undo }
    }

    /// Putting back has no checks: only HOLD stands before it.
    pub(super) fn fingerprint(&self) -> String {
        if self.undo { String::new() } else { self.gate.fingerprint() }
    }

    pub(super) fn blocked(&self) -> Option<String> {
        let mut blocks = self
            .gate
            .blocks
            .iter()
            .filter(|block| {
                !self.undo || matches!(block, Block::Over | Block::Held | Block::Aborted)
            })
            .map(explain)
            .peekable();
        if blocks.peek().is_some() {
            return Some(blocks.collect::<Vec<_>>().join("; "));
        }
        let failed =
            self.gate.checks.iter().find(|check| check.blocks() && !self.undo)?;
        Some(format!("not passed: {} ({})", failed.name, failed.value))
    }

    /// The first check whose class is not the one `shown`, in words.
    pub(super) fn changed(&self, shown: &str) -> String {
        let was: Vec<&str> = shown.split(';').collect();
        let news = self.gate.checks.iter().find(|check| {
            let now = format!("{}={}", check.name, check.class.word());
            !was.contains(&now.as_str())
        });
        let filled = self.gate.work.as_deref();
        if filled.is_some_and(|filled| !was.contains(&filled)) {
            return "a value that is filled in changed".to_owned();
        }
        news.map_or_else(
            || "the checks changed".to_owned(),
            |check| {
                format!("{} is now {}: {}", check.name, check.class.word(), check.value)
            },
        )
    }
}

/// Whether the line takes keys now.
///
/// # Errors
/// The reason why not, for the place where the line would be.
pub fn typing(model: &Model, confirm: &Confirm) -> Result<(), String> {
    let no = |why: &str| Err(why.to_owned());
    if confirm.stage != ConfirmStage::Typing {
        return no("nothing is typed now");
    }
    if model.armed_for().is_none() {
        let (back, arm) = (key_of("back"), key_of("arm"));
        return Err(format!("the keys are no longer armed: {back}, then {arm}"));
    }
    if model.is_tiny() {
        return no("the window is too small to read this");
    }
    if confirm.pages == 0 {
        return no("not on the screen yet");
    }
    if confirm.seen + 1 < confirm.pages {
        return Err(format!(
            "read on with {}: {} of {} pages seen",
            key_of("page-down"),
            confirm.seen + 1,
            confirm.pages
        ));
    }
    match &confirm.preview {
        PreviewState::Waiting if is_severe(model, confirm) => {
            return no("looking at what would be sent");
        }
        PreviewState::Failed(why) if is_severe(model, confirm) => {
            return Err(format!(
                "what would be sent is not known ({why}): v looks again"
            ));
        }
        PreviewState::Waiting | PreviewState::Failed(_) | PreviewState::Ready(_) => {}
    }
    if let Some(why) = Standing::of(model, &confirm.step, confirm.undo).blocked() {
        return Err(why);
    }
    if model.now < confirm.live_at {
        return no("a moment");
    }
    Ok(())
}

fn is_severe(model: &Model, confirm: &Confirm) -> bool {
    tier(model, confirm).is_none_or(|tier| tier >= Tier::T3)
}

/// How much friction stands before what is confirmed.
pub(super) fn tier(model: &Model, confirm: &Confirm) -> Option<Tier> {
    let incident = model.snapshot.incident.as_ref()?;
    let (step, _) = incident.step(&confirm.step)?;
    Some(if confirm.undo { undo::tier(step) } else { step.tier })
}
