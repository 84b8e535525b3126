//! What people say to each other beside the steps: polls, tasks, corrections, and words
//! taken back. Folded from records. None of it starts, blocks or changes a step, but for
//! a tick that is taken back before anything was built on it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::event::{Event, Record};
use crate::model::{Action, Mode, Moment, PersonId, Procedure, Span, StepId, Text};

/// How long a person may take back their last tick or note.
pub const TAKE_BACK: Span = Span::secs(30);

/// How long it may take in `mode`, in steady time. A drill's time runs up to 60 times as
/// fast as its people; the console counts their seconds.
pub const fn take_back_limit(mode: Mode) -> Span {
    match mode {
        Mode::Live => TAKE_BACK,
        Mode::Drill => Span::millis(TAKE_BACK.as_millis() * 60),
    }
}

/// Something asked for by a person; never work for a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Say {
    /// Are there strong objections to it?
    Poll {
        proposal: Text,
    },
    /// None is: no strong objection.
    Answer {
        poll: u32,
        objection: Option<Text>,
    },
    ClosePoll {
        poll: u32,
        outcome: Text,
    },
    /// To one named person, never to everybody.
    GiveTask {
        to: PersonId,
        text: Text,
        within: Span,
    },
    FinishTask {
        task: u32,
        words: Text,
    },
    /// Stands beside the record `entry`, which never changes.
    Correct {
        entry: u64,
        text: Text,
        pressed_at: Moment,
    },
    /// One's own last tick or note, soon after it.
    TakeBack {
        entry: u64,
    },
    /// Somebody is on it: ends the time the severity gives.
    Respond {
        words: Text,
    },
    /// Somebody outside was reached: `contact` is their name in the plan.
    Contact {
        contact: Text,
        words: Text,
    },
    /// A stage of the escalation was told.
    Escalate {
        stage: u32,
        words: Text,
    },
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "speech")]
pub enum Speech {
    PollOpened {
        proposal: Text,
    },
    PollAnswered {
        poll: u32,
        objection: Option<Text>,
    },
    PollClosed {
        poll: u32,
        outcome: Text,
    },
    TaskGiven {
        to: PersonId,
        text: Text,
        due: Moment,
    },
    TaskDone {
        task: u32,
        words: Text,
    },
    Corrected {
        entry: u64,
        text: Text,
        pressed_at: Moment,
    },
    /// The record stays; the step of a tick is open again.
    TakenBack {
        entry: u64,
        step: Option<StepId>,
    },
    Responded {
        words: Text,
    },
    Contacted {
        contact: Text,
        words: Text,
    },
    Escalated {
        stage: u32,
        words: Text,
    },
}

impl Speech {
    /// The upper-case word of the timeline.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::PollOpened { .. } | Self::PollClosed { .. } => "POLL",
            Self::PollAnswered { objection: Some(_), .. } => "OBJECT",
            Self::PollAnswered { objection: None, .. } => "ANSWER",
            Self::TaskGiven { .. } | Self::TaskDone { .. } => "TASK",
            Self::Corrected { .. } => "CORRECT",
            Self::TakenBack { .. } => "RETRACT",
            Self::Responded { .. } => "RESPOND",
            Self::Contacted { .. } => "CONTACT",
            Self::Escalated { .. } => "ESCALATE",
        }
    }
}

/// A question to everybody, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poll {
    /// Counted from 1.
    pub number: u32,
    pub proposal: Text,
    pub by: PersonId,
    pub at: Moment,
    /// The newest answer of each person; none is no objection.
    pub answers: BTreeMap<PersonId, Option<Text>>,
    pub outcome: Option<(Moment, Text)>,
}

impl Poll {
    /// Those who object, with their words.
    pub fn objections(&self) -> impl Iterator<Item = (&PersonId, &Text)> {
        let answers = self.answers.iter();
        answers.filter_map(|(who, words)| Some((who, words.as_ref()?)))
    }

    /// What the answers come to, as a sentence without a full stop.
    pub fn tally(&self) -> String {
        let answered = self.answers.len();
        let objections: Vec<String> =
            self.objections().map(|(who, words)| format!("{who}: {words}")).collect();
        match objections.len() {
            0 if answered == 0 => "nobody answered, no objection heard".to_owned(),
            0 => format!("no strong objections, {answered} answered"),
            _ => format!("objection by {}", objections.join("; ")),
        }
    }
}

/// Work for one named person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Counted from 1.
    pub number: u32,
    pub to: PersonId,
    pub by: PersonId,
    pub text: Text,
    pub given_at: Moment,
    pub due: Moment,
    pub done: Option<(Moment, Text)>,
}

/// A person's last tick or note, while it can be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Last {
    pub entry: u64,
    pub at: Moment,
    /// The step, when it was a tick.
    pub step: Option<StepId>,
}

/// That somebody was reached, or is on it: by whom it was said, when, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub at: Moment,
    pub by: PersonId,
    pub words: Text,
}

/// Everything said so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Talk {
    pub polls: Vec<Poll>,
    pub tasks: Vec<Task>,
    pub last: BTreeMap<PersonId, Last>,
    /// Records whose author took them back.
    pub taken_back: BTreeSet<u64>,
    /// Records that were corrected, with the newest record that does.
    pub corrected: BTreeMap<u64, u64>,
    /// Who said that they are on it, oldest first.
    pub responded: Vec<Word>,
    /// When somebody outside was reached last, by the name the plan has.
    pub contacted: BTreeMap<Text, Word>,
    /// When each stage of the escalation was told first.
    pub escalated: BTreeMap<u32, Word>,
}

impl Talk {
    /// The poll that waits for answers; there is one at a time.
    pub fn open_poll(&self) -> Option<&Poll> {
        self.polls.last().filter(|poll| poll.outcome.is_none())
    }

    /// Tasks nobody has finished, the first due first.
    pub fn open_tasks(&self) -> Vec<&Task> {
        let mut open: Vec<&Task> =
            self.tasks.iter().filter(|task| task.done.is_none()).collect();
        open.sort_by_key(|task| (task.due, task.number));
        open
    }

    /// Folds in `record`; most records say nothing here.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "two kinds of records can be taken back; every other is left alone"
    )]
    pub(super) fn hear(&mut self, record: &Record, procedure: &Procedure) {
        if let Event::Spoken { speech } = &record.event {
            self.spoken(record, speech);
            return;
        }
        let Some(who) = record.actor.person() else { return };
        let step = match &record.event {
            Event::Noted { .. } => None,
            Event::Verified { step, .. } if is_manual(procedure, step) => {
                Some(step.clone())
            }
            _ => return,
        };
        let last = Last { entry: record.seq, at: record.at, step };
        self.last.insert(who.clone(), last);
    }

    fn spoken(&mut self, record: &Record, speech: &Speech) {
        let who = || record.actor.person().cloned().unwrap_or_else(|| "system".into());
        let word = |words: &Text| Word { at: record.at, by: who(), words: words.clone() };
        match speech {
            Speech::PollOpened { proposal } => self.polls.push(Poll {
                number: next(self.polls.len()),
                proposal: proposal.clone(),
                by: who(),
                at: record.at,
                answers: BTreeMap::new(),
                outcome: None,
            }),
            Speech::PollAnswered { poll, objection } => {
                if let Some(poll) = self.poll_mut(*poll) {
                    poll.answers.insert(who(), objection.clone());
                }
            }
            Speech::PollClosed { poll, outcome } => {
                if let Some(poll) = self.poll_mut(*poll) {
                    poll.outcome = Some((record.at, outcome.clone()));
                }
            }
            Speech::TaskGiven { to, text, due } => self.tasks.push(Task {
                number: next(self.tasks.len()),
                to: to.clone(),
                by: who(),
                text: text.clone(),
                given_at: record.at,
                due: *due,
                done: None,
            }),
            Speech::TaskDone { task, words } => {
                let found = self.tasks.iter_mut().find(|known| known.number == *task);
                if let Some(task) = found {
                    task.done = Some((record.at, words.clone()));
                }
            }
            Speech::Corrected { entry, .. } => {
                self.corrected.insert(*entry, record.seq);
            }
            Speech::TakenBack { entry, .. } => {
                self.taken_back.insert(*entry);
                self.last.remove(&who());
            }
            Speech::Responded { words } => self.responded.push(word(words)),
            Speech::Contacted { contact, words } => {
                self.contacted.insert(contact.clone(), word(words));
            }
            Speech::Escalated { stage, words } => {
                self.escalated.entry(*stage).or_insert_with(|| word(words));
            }
        }
    }

    fn poll_mut(&mut self, number: u32) -> Option<&mut Poll> {
        self.polls.iter_mut().find(|poll| poll.number == number)
    }
}

fn next(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1)
}

fn is_manual(procedure: &Procedure, step: &StepId) -> bool {
    let step = procedure.runbook.step(step);
    step.is_some_and(|step| matches!(step.action, Action::Manual { .. }))
}
