//! How one step is spoken of, wherever it is shown: its mark, its standing, its deed.

use crate::{
    console::{theme::Role, view::sight::Sight},
    engine::{Block, Gate, StepRecord, StepState, refusal::explain, values::for_eyes},
    model::{Action, Noun, Step, StepId},
};

/// Whether a step could start now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    Ready,
    /// Why not, in a word or two.
    Blocked(String),
}

/// The mark before a step and the role that goes with it.
pub const fn mark(state: &StepState) -> (&'static str, Role) {
    match state {
        StepState::Todo | StepState::Undone => ("[ ]", Role::Text),
        StepState::Dispatched | StepState::Awaiting => ("[~]", Role::Running),
        StepState::Done { .. } => ("[x]", Role::Text),
        StepState::Failed { .. } | StepState::Refused { .. } => ("[!]", Role::Crit),
        StepState::InDoubt { .. } => ("[?]", Role::Doubt),
        StepState::Skipped { .. } => ("[-]", Role::Dim),
    }
}

/// Whether its newest attempt ended badly.
pub const fn has_failed(record: &StepRecord) -> bool {
    matches!(record.state, StepState::Failed { .. } | StepState::Refused { .. })
}

/// What `gate` says, shortly.
pub fn standing(sight: &Sight<'_>, gate: &Gate) -> Standing {
    if let Some(block) = gate.blocks.first() {
        return Standing::Blocked(short(sight, block));
    }
    let bad = gate.checks.iter().filter(|check| check.blocks()).count();
    match bad {
        0 => Standing::Ready,
        1 => Standing::Blocked("1 check".to_owned()),
        bad => Standing::Blocked(format!("{bad} checks")),
    }
}

fn short(sight: &Sight<'_>, block: &Block) -> String {
    match block {
        Block::Over => "closed".to_owned(),
        Block::Aborted => "aborted".to_owned(),
        Block::Held => "HOLD".to_owned(),
        Block::Done => "done".to_owned(),
        Block::InFlight => "running".to_owned(),
        Block::InDoubt => "IN DOUBT".to_owned(),
        Block::Needs(steps) => format!("needs {}", numbers(sight, steps)),
        Block::Unset(_) => "no value".to_owned(),
        Block::NotRepeatable => "skip?".to_owned(),
        Block::NeedsApproval => "approval".to_owned(),
        Block::AwaitsApproval => "asked".to_owned(),
        Block::SoloWait(left) => format!("alone {}", left.clock()),
        Block::NotBefore { left, .. } => format!("in {}", left.rough()),
        Block::AwaitsMark(mark) => format!("after {mark}"),
        Block::Watched { left: None, .. } => "hold".to_owned(),
        Block::Watched { left: Some(left), why: None, .. } => {
            format!("hold {}", left.rough())
        }
        Block::Watched { left: Some(_), why: Some(_), .. } => "hold stopped".to_owned(),
    }
}

/// A block in words, with steps as the screen calls them.
pub fn why(sight: &Sight<'_>, block: &Block) -> String {
    let Block::Needs(steps) = block else { return explain(block) };
    let runbook = &sight.incident.procedure.runbook;
    let names: Vec<String> = steps
        .iter()
        .map(|id| {
            let found = runbook.step(id);
            found.map_or_else(
                || id.to_string(),
                |step| format!("{} {}", step.number, step.title()),
            )
        })
        .collect();
    format!("needs {}", names.join(", "))
}

/// Steps by the numbers the screen gives them.
pub fn numbers(sight: &Sight<'_>, steps: &[StepId]) -> String {
    let runbook = &sight.incident.procedure.runbook;
    let numbers: Vec<String> = steps
        .iter()
        .map(|id| {
            runbook
                .step(id)
                .map_or_else(|| id.to_string(), |step| step.number.to_string())
        })
        .collect();
    numbers.join(",")
}

/// What the step does, as a sentence with verb and object; places are named in full.
pub fn deed(sight: &Sight<'_>, step: &Step) -> String {
    let step = for_eyes(&sight.incident, step);
    match &step.action {
        Action::Estate { resource, side, verb, .. } => {
            let phrase = verb.def().phrase;
            let known = sight.incident.procedure.resource(resource);
            let name = known.map_or_else(
                || resource.to_string(),
                |known| {
                    if known.name.as_str() == resource.as_str() {
                        known.name.to_string()
                    } else {
                        format!("{} ({resource})", known.name)
                    }
                },
            );
            let place = match verb.def().noun {
                Noun::Traffic => "to",
                Noun::Database | Noun::Compute | Noun::Storage => "in",
            };
            format!("{phrase} {name} {place} {side}.")
        }
        Action::Command(spec) if spec.shell => {
            format!("Run in a shell on this machine: {}", spec.argv.join(" "))
        }
        Action::Command(spec) => format!("Run on this machine: {}", spec.argv.join(" ")),
        Action::Http(spec) => format!("Send {} {}", spec.method, spec.url),
        Action::Check { probe } => format!("Look at {probe}; changes nothing."),
        Action::Manual { text, expect: None } => format!("By hand: {text}"),
        Action::Manual { text, expect: Some(expect) } => {
            format!("By hand: {text} What is to be seen: {expect}")
        }
        Action::Approval { question, role } => format!("{role} answers: {question}"),
        Action::Wait { length } => format!("Wait {length}."),
        Action::Errand(errand) => errand.line().to_string(),
        Action::Notify { text, channel } => format!("Tell {channel}: {text}"),
    }
}
