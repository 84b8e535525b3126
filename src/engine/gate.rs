//! Whether a step may start: what blocks it, and the checks a person is shown. Unknown is
//! a class of its own and blocks like a failure; only a named override lets it pass.

use super::{
    checks::checks,
    incident::{Incident, StepRecord, StepState},
    kept::unkept,
    refusal::explain,
};
use crate::model::{
    Action, Evidence, Failure, Mode, Moment, PersonId, Runbook, Seat, Span, Step, StepId,
    Text, Tier,
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
    /// The plan leaves these parameters to the environment, and they are not set.
    Unset(Vec<Text>),
    /// The plan writes these on it, and only a drill may pass over them.
    Unkept(Vec<&'static str>),
    /// It failed, and doing it again could do harm.
    NotRepeatable,
    /// Nobody was asked yet, or the yes has expired.
    NeedsApproval,
    /// Asked; no answer yet.
    AwaitsApproval,
    /// The wait for going alone is not over.
    SoloWait(Span),
}

/// Everything that stands before a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gate {
    pub blocks: Vec<Block>,
    pub checks: Vec<Check>,
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

    /// The class of every check in one string: what a confirmation is bound to.
    pub fn fingerprint(&self) -> String {
        let parts: Vec<_> = self
            .checks
            .iter()
            .map(|check| format!("{}={}", check.name, check.class.word()))
            .collect();
        parts.join(";")
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
    let mut blocks = standing(incident, step, record);
    if blocks.is_empty() && wants_second(step) {
        blocks.extend(approval(record, now));
    }
    let checks = checks(incident, step, evidence, now)
        .into_iter()
        .map(|check| match record.overrides.get(&check.name) {
            Some(_) if check.blocks() => Check { class: Class::Overridden, ..check },
            _ => check,
        })
        .collect();
    Some(Gate { blocks, checks })
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
    } else if incident.aborted.is_some() {
        blocks.push(Block::Aborted);
    } else if incident.hold.is_some() {
        blocks.push(Block::Held);
    }
    match &record.state {
        StepState::Todo | StepState::Undone => {}
        StepState::Failed { failure, .. } => {
            if !may_repeat(step, Some(failure)) {
                blocks.push(Block::NotRepeatable);
            }
        }
        StepState::Refused { .. } if may_repeat(step, None) => {}
        StepState::Refused { .. } => blocks.push(Block::NotRepeatable),
        StepState::Done { .. } | StepState::Skipped { .. } => blocks.push(Block::Done),
        StepState::Dispatched | StepState::Awaiting => blocks.push(Block::InFlight),
        StepState::InDoubt { .. } => blocks.push(Block::InDoubt),
    }
    let missing: Vec<StepId> = step
        .needs
        .iter()
        .filter(|need| {
            !incident.steps.get(*need).is_some_and(|record| record.state.is_settled())
        })
        .cloned()
        .collect();
    if !missing.is_empty() {
        blocks.push(Block::Needs(missing));
    }
    let unset = incident.procedure.unset.get(&step.id);
    if let Some(unset) = unset.filter(|_| incident.mode == Mode::Live) {
        blocks.push(Block::Unset(unset.clone()));
    }
    let unkept = unkept(incident, step);
    if incident.mode == Mode::Live && !unkept.is_empty() {
        blocks.push(Block::Unkept(unkept));
    }
    blocks
}

/// Whether another attempt is harmless. What certainly did not happen always is.
pub fn may_repeat(step: &Step, failure: Option<&Failure>) -> bool {
    matches!(failure, Some(Failure::NotSent | Failure::FoundUndone))
        || step.action.repeatable()
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
    let target = step.action.estate().map_or(&runbook.to, |(_, side, _)| side);
    match step.tier {
        Tier::T0 | Tier::T1 => None,
        Tier::T2 => Some("y".to_owned()),
        Tier::T3 => Some(target.to_string()),
        Tier::T4 => Some(format!("{mode} {target}")),
    }
}
