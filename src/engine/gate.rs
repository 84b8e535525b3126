//! Whether a step may start: what blocks it, and the checks a person is shown. Unknown is
//! a class of its own and blocks like a failure; only a named override lets it pass.

use super::{
    checks::checks,
    condition, healthy,
    incident::{Incident, StepRecord, StepState},
    refusal::explain,
    values, waits,
};
use crate::model::{
    Action, Evidence, Failure, Mark, Mode, Moment, PersonId, Runbook, Seat, Span, Step,
    StepId, Text, Tier,
};

/// How long an approval holds.
pub const APPROVAL_TTL: Span = Span::mins(5);

/// How long somebody alone must wait before a T4 step.
pub const SOLO_WAIT: Span = Span::secs(60);

/// How long a confirm dialog's facts hold.
pub const CONFIRM_TTL: Span = Span::secs(60);

/// Verdict of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Pass,
    Fail,
    /// Nobody knows: never taken for a pass.
    Unknown,
    /// Failed or unknown, and accepted by name.
    Overridden,
}

impl Class {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::Overridden => "overridden",
        }
    }
}

/// One line of the confirm dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What is asked, and the name an override uses.
    pub name: Text,
    pub class: Class,
    /// What was seen, with its limit.
    pub value: Text,
    pub age: Option<Span>,
}

impl Check {
    pub const fn blocks(&self) -> bool {
        matches!(self.class, Class::Fail | Class::Unknown)
    }
}

/// Why a step cannot start, apart from its checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    Over,
    Aborted,
    Held,
    Done,
    InFlight,
    /// Only looking or a ruling leads out.
    InDoubt,
    Needs(Vec<StepId>),
    /// These values it needs, and nobody has given them; each with how it is given.
    Unset(Vec<Text>),
    /// It failed, and doing it again could do harm.
    NotRepeatable,
    /// Nobody was asked yet, or the yes has expired.
    NeedsApproval,
    /// Asked; no answer yet.
    AwaitsApproval,
    /// The wait for going alone is not over.
    SoloWait(Span),
    /// The plan wants it later.
    NotBefore {
        at: Moment,
        left: Span,
    },
    /// The plan counts from a moment that has not come yet.
    AwaitsMark(Mark),
    /// The hold of an earlier phase is not over.
    Watched {
        phase: Text,
        /// None before it has begun.
        left: Option<Span>,
        /// Why it does not count now.
        why: Option<Text>,
    },
}

/// Everything that stands before a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gate {
    pub blocks: Vec<Block>,
    pub checks: Vec<Check>,
    /// What a step with slots comes to now, as a digest; none for one without.
    pub work: Option<String>,
}

impl Gate {
    pub fn is_open(&self) -> bool {
        self.blocks.is_empty() && !self.checks.iter().any(Check::blocks)
    }

    /// Whether only a second person's yes is missing.
    pub fn wants_approval(&self) -> bool {
        self.blocks.iter().all(|block| {
            matches!(
                block,
                Block::NeedsApproval | Block::AwaitsApproval | Block::SoloWait(_)
            )
        }) && !self.blocks.is_empty()
    }

    /// Everything that stands before the step, in words.
    pub fn obstacles(&self) -> Vec<String> {
        let checks = self.checks.iter().filter(|check| check.blocks());
        let checks = checks.map(|check| format!("{}: {}", check.name, check.value));
        self.blocks.iter().map(explain).chain(checks).collect()
    }

    /// The class of every check, and what was filled in, in one string: what a confirmation
    /// is bound to.
    pub fn fingerprint(&self) -> String {
        let checks = self.checks.iter();
        let checks = checks.map(|check| format!("{}={}", check.name, check.class.word()));
        checks.chain(self.work.clone()).collect::<Vec<_>>().join(";")
    }
}

/// The gate before `id` as it stands; none when there is no such step.
pub fn gate(
    incident: &Incident,
    id: &StepId,
    evidence: &Evidence,
    now: Moment,
) -> Option<Gate> {
    let (step, record) = incident.step(id)?;
    let blocks = blocks(incident, step, record, now);
    let checks = condition::checks(incident, step, evidence, now)
        .into_iter()
        .chain(healthy::check(incident, step, evidence, now))
        .chain(checks(incident, step, evidence, now))
        .map(|check| match record.overrides.get(&check.name) {
            Some(_) if check.blocks() => Check { class: Class::Overridden, ..check },
            _ => check,
        })
        .collect();
    Some(Gate { blocks, checks, work: values::digest(incident, step) })
}

/// What stands before a step whatever is seen.
pub fn blocks(
    incident: &Incident,
    step: &Step,
    record: &StepRecord,
    now: Moment,
) -> Vec<Block> {
    let mut blocks = standing(incident, step, record);
    if !record.state.is_settled() && !record.state.is_in_flight() {
        blocks.extend(waits::blocks(incident, step, now));
    }
    if blocks.is_empty() && wants_second(step) {
        blocks.extend(approval(record, now));
    }
    blocks
}

/// Whether a second person must say yes.
pub fn wants_second(step: &Step) -> bool {
    let own_question = matches!(step.action, Action::Approval { .. });
    !own_question && (step.tier == Tier::T4 || step.approval.is_some())
}

/// Whether `person` may say yes to `step`: the role asked for, or the commander.
pub fn may_approve(incident: &Incident, step: &Step, person: &PersonId) -> bool {
    let role = if let Action::Approval { role, .. } = &step.action {
        Some(role)
    } else {
        step.approval.as_ref()
    };
    let commander = incident.seats.get(&Seat::Commander) == Some(person);
    commander
        || role.is_some_and(|role| {
            incident
                .procedure
                .people
                .iter()
                .any(|someone| someone.id == *person && someone.roles.contains(role))
        })
}

fn standing(incident: &Incident, step: &Step, record: &StepRecord) -> Vec<Block> {
    let mut blocks = Vec::new();
    if incident.is_over() {
        blocks.push(Block::Over);
    } else if incident.aborted.is_some() && !step.terms.always {
        blocks.push(Block::Aborted);
    } else if incident.hold.is_some() {
        blocks.push(Block::Held);
    }
    match &record.state {
        StepState::Todo => {}
        StepState::Failed { .. } | StepState::Refused { .. } | StepState::Undone => {
            if is_spent(step, record) {
                blocks.push(Block::NotRepeatable);
            }
        }
        StepState::Done { .. } | StepState::Skipped { .. } => blocks.push(Block::Done),
        StepState::Dispatched | StepState::Awaiting => blocks.push(Block::InFlight),
        StepState::InDoubt { .. } => blocks.push(Block::InDoubt),
    }
    let missing = waits::missing(incident, step);
    if !missing.is_empty() {
        blocks.push(Block::Needs(missing));
    }
    let missing = values::missing(incident, step);
    if !missing.is_empty() {
        blocks.push(Block::Unset(missing));
    }
    blocks
}

/// Whether another attempt is harmless. What certainly did not happen always is; of what
/// the plan wants once, nothing else.
pub fn may_repeat(step: &Step, failure: Option<&Failure>) -> bool {
    may_repeat_action(&step.action, failure) && (!step.terms.once || never_was(failure))
}

/// The same of what takes a step back.
pub(super) fn may_repeat_action(action: &Action, failure: Option<&Failure>) -> bool {
    never_was(failure) || action.repeatable()
}

const fn never_was(failure: Option<&Failure>) -> bool {
    matches!(failure, Some(Failure::NotSent | Failure::FoundUndone))
}

/// Whether `record` ended in a way that lets nothing start again without a person's word on
/// what really happened.
pub fn is_spent(step: &Step, record: &StepRecord) -> bool {
    let again = |failure| {
        // What failed to be taken back has been done.
        let undone = !record.undoing
            || !step.terms.once && may_repeat_action(record.action(step), failure);
        undone && may_repeat(step, failure)
    };
    match &record.state {
        StepState::Failed { failure, .. } => !again(Some(failure)),
        StepState::Refused { .. } => !again(None),
        // It was done, whatever took it back.
        StepState::Undone => step.terms.once,
        StepState::Todo
        | StepState::Dispatched
        | StepState::Awaiting
        | StepState::Done { .. }
        | StepState::InDoubt { .. }
        | StepState::Skipped { .. } => false,
    }
}

fn approval(record: &StepRecord, now: Moment) -> Option<Block> {
    if record.approval.as_ref().is_some_and(|approval| approval.until > now) {
        return None;
    }
    if let Some((since, ..)) = record.solo {
        let left = SOLO_WAIT - (now - since);
        return (left > Span::ZERO).then_some(Block::SoloWait(left));
    }
    Some(if record.asked_at.is_some() {
        Block::AwaitsApproval
    } else {
        Block::NeedsApproval
    })
}

/// The words that confirm `step` of an incident; none when a key is enough.
pub fn token(incident: &Incident, step: &Step) -> Option<String> {
    words(incident.mode, &incident.procedure.runbook, step)
}

/// As [`token`], before anything is declared.
pub fn words(mode: Mode, runbook: &Runbook, step: &Step) -> Option<String> {
    words_for(mode, runbook, step, step.tier)
}

/// As [`words`], at the friction of `tier`.
pub(super) fn words_for(
    mode: Mode,
    runbook: &Runbook,
    step: &Step,
    tier: Tier,
) -> Option<String> {
    let target = step.action.estate().map_or(&runbook.to, |(_, side, _)| side);
    match tier {
        Tier::T0 | Tier::T1 => None,
        Tier::T2 => Some("y".to_owned()),
        Tier::T3 => Some(target.to_string()),
        Tier::T4 => Some(format!("{mode} {target}")),
    }
}
