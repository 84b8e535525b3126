//! A client of the room that acts without a screen: it asks for what a person would ask
//! for, with the same words, through the same door.

use std::{
    collections::BTreeMap,
    io::{self, Write as _},
    sync::Arc,
};

use color_eyre::eyre::{Result, eyre};

use super::accept;
use crate::{
    clock::Clock,
    engine::{
        Block, Command, Confirmation, Gate, Incident, StepRecord, StepState, gate,
        gate::{may_repeat, token},
        healthy,
        refusal::explain,
        waits, watch,
    },
    model::{Action, Actor, Failure, Moment, Span, Step, StepId, Text, Tier},
    room::{AskError, Handle, JournalHealth, Request, Snapshot},
};

/// How long a program in doubt is waited for before a person has to rule: looking for what
/// it left takes milliseconds.
const RECALL: Span = Span::secs(3);

/// How long the journal may fail before a run without a screen gives up.
const FORGETFUL: Span = Span::secs(5);

/// Who plays.
#[derive(Debug)]
pub(super) struct Pilot {
    pub(super) handle: Handle,
    pub(super) clock: Clock,
    pub(super) operator: Actor,
    /// The words given for each step; a step without its words is not started.
    pub(super) words: BTreeMap<StepId, String>,
    /// What each manual step is ticked with.
    pub(super) observed: BTreeMap<StepId, String>,
    /// How often a step that was found undone, or never left, is started again.
    pub(super) attempts: u32,
    /// When it began to play.
    pub(super) since: Moment,
    /// How long to wait for the services to be stable once all steps are done.
    pub(super) patience: Span,
    /// How long to wait for another person's yes.
    pub(super) approval_wait: Span,
}

/// How long nothing may move before it is said what is waited for.
const QUIET: Span = Span::secs(20);

/// How a run without a screen ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Every step settled, and every service stable.
    Verified,
    /// Every step settled; services were not seen stable in time.
    NotStable,
    /// A step failed or was refused, and may not be repeated.
    Stuck {
        step: StepId,
        why: String,
    },
    /// A step needs words, an observation or an approval nobody gave.
    Missing {
        step: StepId,
        what: String,
    },
    InDoubt {
        step: StepId,
        why: String,
    },
    Aborted,
    /// Another process runs it, or the journal cannot be written.
    Lost {
        why: String,
    },
}

/// What to do about one step now.
enum Turn {
    Start,
    Tick(String),
    AskApproval,
    Wait,
    End(Ending),
}

impl Pilot {
    /// Plays until nothing is left to do.
    pub(super) async fn fly(&self) -> Result<Ending> {
        let mut snapshots = self.handle.watch();
        let mut finished_at = None;
        let mut moved = (0, self.clock.now());
        let mut told = 0;
        loop {
            let snapshot = Arc::clone(&snapshots.borrow_and_update());
            let Some(incident) = &snapshot.incident else {
                return Err(eyre!("nothing is declared"));
            };
            if let Some(ending) = over(incident).or_else(|| forgetful(&snapshot)) {
                return Ok(ending);
            }
            if incident.seq != moved.0 || incident.in_flight().next().is_some() {
                moved = (incident.seq, snapshot.at);
            }
            if waits::is_through(incident) {
                let since = *finished_at.get_or_insert(snapshot.at);
                if snapshot.at - since > self.patience {
                    return Ok(Ending::NotStable);
                }
            } else {
                finished_at = None;
                if let Some(ending) = self.round(&snapshot, incident).await? {
                    return Ok(ending);
                }
                // What only time brings comes; for all else somebody has to come.
                let comes = waits::next_moment(incident, snapshot.at).is_some();
                if snapshot.at - moved.1 > self.approval_wait && !comes {
                    return Ok(waited(&snapshot, incident));
                }
                if told != moved.0 && snapshot.at - moved.1 > QUIET {
                    told = moved.0;
                    notice(&waited(&snapshot, incident));
                }
            }
            tokio::select! {
                changed = snapshots.changed() => changed?,
                () = self.clock.sleep(Span::secs(1)) => {}
            }
        }
    }

    /// One look at every open step. Stops at the first thing nobody can go past; past a
    /// failure only clean-up is still done.
    async fn round(
        &self,
        snapshot: &Snapshot,
        incident: &Incident,
    ) -> Result<Option<Ending>> {
        let mut ending = None;
        let aborted = incident.aborted.is_some();
        let open = || incident.steps().filter(|(step, record)| !record.lets_go(step));
        let first = open().filter(|(step, _)| !step.terms.always && !aborted);
        for (step, _) in first.chain(open().filter(|(step, _)| step.terms.always)) {
            let failed = ending.is_some() || aborted;
            let last_resort = waits::is_last_resort(incident, step);
            if failed && !step.terms.always || !failed && last_resort {
                continue;
            }
            let Some(found) = gate(incident, &step.id, &snapshot.evidence, snapshot.at)
            else {
                continue;
            };
            let asked = match self.turn(incident, step, &found) {
                Turn::Wait => continue,
                Turn::End(stuck @ Ending::Stuck { .. }) => {
                    ending = ending.or(Some(stuck));
                    continue;
                }
                Turn::End(missing) if ending.is_some() => {
                    ending = ending.map(|stuck| stuck.and(&missing));
                    continue;
                }
                Turn::End(ending) => return Ok(Some(ending)),
                Turn::AskApproval => Command::AskApproval { step: step.id.clone() },
                Turn::Tick(observed) => Command::Tick {
                    step: step.id.clone(),
                    observed: Text::clean(observed),
                },
                Turn::Start => {
                    let typed = self.typed(incident, step).unwrap_or_default();
                    let confirmation =
                        Confirmation::of(incident, &found, &typed, snapshot.at);
                    Command::Execute { step: step.id.clone(), confirmation }
                }
            };
            // What was just written is in the next snapshot, not in this one.
            return Ok(self.ask(&step.id, asked).await);
        }
        // What runs may be followed by clean-up, or be clean-up.
        let runs = incident.in_flight().next().is_some();
        let cleans = incident.steps().any(|(step, _)| step.terms.always);
        Ok(ending.filter(|_| !(runs && cleans)))
    }

    async fn ask(&self, step: &StepId, command: Command) -> Option<Ending> {
        let answer =
            self.handle.ask(self.operator.clone(), Request::Command(command)).await;
        match answer {
            // A refusal means that the world moved since the snapshot: look again.
            Ok(()) | Err(AskError::Refused(_)) => None,
            Err(
                error @ (AskError::Journal(_)
                | AskError::Elsewhere { .. }
                | AskError::ReadOnly
                | AskError::Guest
                | AskError::NotDeclared
                | AskError::AlreadyDeclared(_)
                | AskError::Closed),
            ) => Some(Ending::Lost { why: format!("{step}: {error}") }),
        }
    }

    fn turn(&self, incident: &Incident, step: &Step, found: &Gate) -> Turn {
        let Some(record) = incident.steps.get(&step.id) else {
            return Turn::Wait;
        };
        match &record.state {
            StepState::InDoubt { .. } if self.may_be_recalled(step, record) => {
                return Turn::Wait;
            }
            // Nothing but an estate is looked at until it is clear what became of it.
            StepState::InDoubt { why } if record.action(step).estate().is_none() => {
                return Turn::End(Ending::InDoubt {
                    step: step.id.clone(),
                    why: why.to_string(),
                });
            }
            StepState::Dispatched
            | StepState::Awaiting
            | StepState::InDoubt { .. }
            | StepState::Done { .. }
            | StepState::Skipped { .. } => return Turn::Wait,
            StepState::Failed { failure, reason } => {
                if self.is_spent(record) || !may_repeat(step, Some(failure)) {
                    return stuck(step, failure, reason);
                }
            }
            StepState::Refused { reason } => {
                if self.is_spent(record) || !may_repeat(step, None) {
                    return Turn::End(Ending::Stuck {
                        step: step.id.clone(),
                        why: format!("refused: {reason}"),
                    });
                }
            }
            StepState::Todo | StepState::Undone => {}
        }
        if found.blocks.is_empty() {
            return self.open_turn(incident, step, found);
        }
        self.blocked_turn(incident, step, found)
    }

    /// Whether `record` was tried as often as it may be. What another process tried does not
    /// count: the words were given again since.
    fn is_spent(&self, record: &StepRecord) -> bool {
        let ours = record.intended_at.is_some_and(|at| at >= self.since);
        ours && record.attempt >= self.attempts
    }

    /// Whether a program's supervisor may still have a word to say: it is asked at once.
    fn may_be_recalled(&self, step: &Step, record: &StepRecord) -> bool {
        let doubted = record.ended_at.is_some_and(|at| self.clock.now() - at < RECALL);
        doubted && record.action(step).leaves_word()
    }

    /// The gate has no block; checks may still be red, and then time may mend them.
    fn open_turn(&self, incident: &Incident, step: &Step, found: &Gate) -> Turn {
        match &step.action {
            Action::Manual { .. } => match self.observed.get(&step.id) {
                Some(observed) => Turn::Tick(observed.clone()),
                None => missing(step, format!("--observed {}=\"what you saw\"", step.id)),
            },
            Action::Approval { .. } => self.approval(incident, step),
            Action::Estate { .. }
            | Action::Command(_)
            | Action::Http(_)
            | Action::Check { .. }
            | Action::Wait { .. }
            | Action::Errand(_)
            | Action::Notify { .. } => {
                if !found.is_open() {
                    return self.closed_turn(incident, step, found);
                }
                match self.typed(incident, step) {
                    Some(_) => Turn::Start,
                    None => missing(step, confirm_hint(incident, step)),
                }
            }
        }
    }

    /// Time may mend a check. It does not make a side that is left in good health ill, and
    /// somebody else can accept that as they can approve: for so long it is waited.
    fn closed_turn(&self, incident: &Incident, step: &Step, found: &Gate) -> Turn {
        let mut healthy = found
            .checks
            .iter()
            .filter(|check| healthy::stands(incident, step, check).is_some());
        match healthy.next() {
            Some(check) if self.clock.now() - self.since > self.approval_wait => missing(
                step,
                format!(
                    "somebody who accepts that {} ({}): incident override, from another \
                         terminal",
                    check.name, check.value
                ),
            ),
            Some(_) | None => Turn::Wait,
        }
    }

    fn blocked_turn(&self, incident: &Incident, step: &Step, found: &Gate) -> Turn {
        // Nothing else stands before it, and nobody here will be asked.
        if let [block @ Block::Unset(_)] = found.blocks.as_slice() {
            return missing(step, explain(block));
        }
        if found.wants_approval() {
            if self.typed(incident, step).is_none() {
                return missing(step, confirm_hint(incident, step));
            }
            return self.approval(incident, step);
        }
        Turn::Wait
    }

    fn approval(&self, incident: &Incident, step: &Step) -> Turn {
        let asked =
            incident.steps.get(&step.id).and_then(|record| record.asked_at.as_ref());
        match asked {
            None => Turn::AskApproval,
            Some((since, _)) if self.clock.now() - *since > self.approval_wait => {
                missing(
                    step,
                    "the approval of another person, from another console".into(),
                )
            }
            Some(_) => Turn::Wait,
        }
    }

    /// The words for `step`; none when nobody gave them.
    fn typed(&self, incident: &Incident, step: &Step) -> Option<String> {
        let Some(wanted) = token(incident, step) else {
            return Some(String::new());
        };
        self.words.get(&step.id).filter(|words| **words == wanted).cloned()
    }
}

impl Ending {
    /// What was left to do besides, and why it was not.
    fn and(self, missing: &Self) -> Self {
        match (self, missing) {
            (Self::Stuck { step, why }, Self::Missing { step: other, what }) => {
                let why = format!("{why}; clean-up `{other}` needs {what}");
                Self::Stuck { step, why }
            }
            (ending, _) => ending,
        }
    }
}

/// Whether nothing is left to do. After an abort that is so once clean-up is through.
fn over(incident: &Incident) -> Option<Ending> {
    if incident.aborted.is_some() {
        return waits::clean_up(incident).is_empty().then_some(Ending::Aborted);
    }
    let verified = incident.clocks.verified.is_some();
    (verified && waits::is_through(incident)).then_some(Ending::Verified)
}

/// A journal that has failed for longer than a hiccup: nothing can start, and nobody is here
/// to see it.
fn forgetful(snapshot: &Snapshot) -> Option<Ending> {
    let JournalHealth::Failing { why, since } = &snapshot.journal else { return None };
    let long = snapshot.at - *since > FORGETFUL;
    long.then(|| Ending::Lost { why: format!("the journal cannot be written: {why}") })
}

/// Nothing moved for too long: says what the next step waits for.
fn waited(snapshot: &Snapshot, incident: &Incident) -> Ending {
    let hold = watch::present_block(incident, snapshot.at);
    let why = hold.as_ref().map_or_else(|| "nothing moved".to_owned(), explain);
    let lost = || Ending::Lost { why: why.clone() };
    let Some(step) = incident.next() else {
        return lost();
    };
    let Some(found) = gate(incident, &step.id, &snapshot.evidence, snapshot.at) else {
        return lost();
    };
    let mut waits: Vec<String> = found.blocks.iter().map(explain).collect();
    if found.blocks.iter().any(|block| matches!(block, Block::Watched { .. })) {
        waits.extend(accept::hold_hint(incident));
    }
    waits.extend(found.checks.iter().filter(|check| check.blocks()).map(|check| {
        let hint = accept::hint(incident, &step.id, &check.name);
        format!("{}: {} ({hint})", check.name, check.value)
    }));
    Ending::Missing { step: step.id.clone(), what: waits.join("; ") }
}

/// Says on standard error what is waited for: standard output is the result's alone.
fn notice(waits: &Ending) {
    if let Ending::Missing { step, what } = waits {
        let text = Text::clean(format!("waiting: step `{step}` needs {what}"));
        drop(writeln!(io::stderr(), "warroom: {text}"));
    }
}

fn stuck(step: &Step, failure: &Failure, reason: &Text) -> Turn {
    let why = match failure {
        Failure::NotSent => format!("not sent: {reason}"),
        Failure::NotVerified => format!("done, not verified: {reason}"),
        Failure::Negative => format!("failed: {reason}"),
        Failure::FoundUndone => format!("found undone: {reason}"),
    };
    Turn::End(Ending::Stuck { step: step.id.clone(), why })
}

fn missing(step: &Step, what: String) -> Turn {
    Turn::End(Ending::Missing { step: step.id.clone(), what })
}

fn confirm_hint(incident: &Incident, step: &Step) -> String {
    let token = token(incident, step).unwrap_or_default();
    let approval =
        if step.tier == Tier::T4 { ", and another person's approval" } else { "" };
    format!("--confirm {}=\"{token}\"{approval}", step.id)
}
