//! You may not: why a command was turned down. Nothing was written and nothing was sent.

use crate::model::{ParameterId, PersonId, PhaseId, SeverityId, Span, StepId, Text};

use super::gate::{Block, Check};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the incident is closed")]
    Over,
    #[error("the incident was aborted: no further step starts")]
    Aborted,
    #[error("there is no step `{0}`")]
    NoSuchStep(StepId),
    #[error("{}", blocked(.0))]
    Blocked(Vec<Block>),
    #[error("check not passed: {}", failed(.0))]
    Checks(Vec<Check>),
    #[error("type `{0}` to confirm; nothing was sent")]
    WrongToken(String),
    #[error("what the dialog showed is {0} old; look again")]
    Expired(Span),
    #[error("a check changed while you were typing; look again")]
    ChecksChanged,
    #[error("the plan changed under the dialog; look again")]
    PlanChanged,
    #[error("{0} started this step: somebody else must approve it")]
    SelfApproval(PersonId),
    #[error("{0} holds neither the commander's seat nor the role this step asks for")]
    NotApprover(PersonId),
    #[error("only a person may do this")]
    NotAPerson,
    #[error("a reason is needed")]
    ReasonMissing,
    #[error("step `{0}` is not waiting for approval")]
    NotAsked(StepId),
    #[error("step `{0}` is not in doubt: look at it instead")]
    NotInDoubt(StepId),
    #[error("step `{0}` cannot be skipped now")]
    NotSkippable(StepId),
    #[error("step `{step}` cannot be undone: {why}")]
    NotUndoable { step: StepId, why: Text },
    #[error("step `{0}` is not one a person ticks")]
    NotManual(StepId),
    #[error("no check of that name blocks step `{0}`")]
    NothingToOverride(StepId),
    #[error("`{0}` needs approval before it starts; ask for it first")]
    AskFirst(StepId),
    #[error("a poll is open: {0}. Close it first")]
    PollOpen(Text),
    #[error("no poll is open")]
    NoOpenPoll,
    #[error("a task goes to one named person")]
    NobodyNamed,
    #[error("a task takes from a second to a week, not {0}")]
    BadLength(Span),
    #[error("no task {0} is open")]
    NoSuchTask(u32),
    #[error("{0}")]
    NothingToSay(Text),
    #[error("there is no record {0}")]
    NoSuchEntry(u64),
    #[error("you have nothing to take back")]
    NothingToTakeBack,
    #[error("that was {} ago: correct it instead", .0.age())]
    TooLate(Span),
    #[error("step `{0}` was built on it and has begun: correct it instead")]
    BuiltOn(StepId),
    #[error("clean-up is left to do, or to skip with a reason: {}", names(.0))]
    CleanUpLeft(Vec<StepId>),
    #[error("{0}: type `{word}` to close all the same", word = super::closing::WORD)]
    NotThrough(Text),
    #[error("no hold of phase `{0}` is running")]
    NotWatched(PhaseId),
    #[error("{0} does not hold the commander's seat")]
    NotCommander(PersonId),
    #[error("the plan knows no severity `{0}`")]
    NoSuchSeverity(SeverityId),
    #[error("the incident is not on hold")]
    NotHeld,
    #[error("work is in flight or in doubt: {}", names(.0))]
    InFlight(Vec<StepId>),
    #[error("{0} is outside the incident: {1}")]
    BadMoment(Text, &'static str),
    #[error("the plan adopted has no step `{0}`, which has already begun")]
    PlanLosesStep(StepId),
    #[error("no value is called `{0}`; {1}")]
    NoSuchValue(ParameterId, Text),
    #[error("{0}")]
    BadValue(Text),
    #[error("{0} was used by step `{1}` already: it stays as it is")]
    ValueUsed(ParameterId, StepId),
    /// A worker's answer to a question nobody asks any more.
    #[error("late report for step `{0}`: nothing waits for it")]
    Stale(StepId),
}

fn names(steps: &[StepId]) -> String {
    steps.iter().map(StepId::as_str).collect::<Vec<_>>().join(", ")
}

fn failed(checks: &[Check]) -> String {
    let parts: Vec<_> =
        checks.iter().map(|check| format!("{} ({})", check.name, check.value)).collect();
    parts.join("; ")
}

fn blocked(blocks: &[Block]) -> String {
    blocks.iter().map(explain).collect::<Vec<_>>().join("; ")
}

/// A block in words.
pub fn explain(block: &Block) -> String {
    match block {
        Block::Over => "the incident is closed".to_owned(),
        Block::Aborted => "the incident was aborted".to_owned(),
        Block::Held => "on HOLD: resume first".to_owned(),
        Block::Done => "already done".to_owned(),
        Block::InFlight => "already running".to_owned(),
        Block::InDoubt => {
            "in doubt: nobody knows what became of the last attempt".to_owned()
        }
        Block::Needs(steps) => format!("needs {}", names(steps)),
        Block::Unset(names) => {
            let names: Vec<_> = names.iter().map(Text::as_str).collect();
            format!("no value for {}", names.join("; "))
        }
        Block::NotRepeatable => {
            "it may have happened, and repeating it could do harm: skip it or rule on it"
                .to_owned()
        }
        Block::NeedsApproval => "needs approval".to_owned(),
        Block::AwaitsApproval => "waits for approval".to_owned(),
        Block::SoloWait(left) => format!("alone: {} more to wait", left.clock()),
        Block::NotBefore { at, left } => {
            format!("not before {} (in {})", at.day_time(), left.rough())
        }
        Block::AwaitsMark(mark) => {
            format!("its time is counted from `{mark}`, which has not come")
        }
        Block::Watched { phase, left: None, .. } => {
            format!("the hold of {phase} has not begun")
        }
        Block::Watched { phase, left: Some(left), why: None } => {
            format!("the hold of {phase} is not over (in {})", left.rough())
        }
        Block::Watched { phase, left: Some(left), why: Some(why) } => format!(
            "the hold of {phase} does not count now: {why} ({} to go)",
            left.rough()
        ),
    }
}
