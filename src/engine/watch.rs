//! The hold of a phase: a wait of hours or days that keeps looking, and can go back. It
//! begins when the phase's steps are through, counts only while its gate is seen healthy,
//! and begins again when it was not. Pure; what it has counted is in the journal, so that
//! a restart loses no more than what nobody watched.

use serde::{Deserialize, Serialize};

use super::{
    event::Event,
    gate::Block,
    incident::{Incident, StepState},
    undo::way_back,
    waits,
};
use crate::model::{
    Evidence, Hold, Moment, Phase, PhaseId, Runbook, Span, Step, StepId, Text,
};

/// What becomes of a hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "watch")]
pub enum Watch {
    /// The phase's steps are through; it counts from here.
    Began,
    /// All was well up to here: what a restart goes on from.
    Counted,
    /// Nobody knows whether all is well: it does not count.
    Paused { why: Text },
    /// Something was not well: it begins again once it is.
    Broken { why: Text },
    /// All is seen well: it counts.
    WentOn,
    /// Its length has passed; the next phase is open.
    Passed,
    /// A person ended it before its time.
    Ended { reason: Text },
}

/// How a hold stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Since that moment.
    Counting {
        since: Moment,
    },
    Paused {
        why: Text,
    },
    Broken {
        why: Text,
    },
    /// With the reason, when a person ended it.
    Over {
        at: Moment,
        reason: Option<Text>,
    },
}

/// One hold that has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchRecord {
    pub began: Moment,
    /// Counted before the present stage.
    pub held: Span,
    pub stage: Stage,
}

impl WatchRecord {
    /// So much of it has passed.
    pub fn held_at(&self, now: Moment) -> Span {
        match &self.stage {
            Stage::Counting { since } => self.held + (now - *since).max(Span::ZERO),
            Stage::Paused { .. } | Stage::Broken { .. } | Stage::Over { .. } => self.held,
        }
    }

    /// When it ends if all stays well; none while it does not count.
    pub fn ends(&self, length: Span) -> Option<Moment> {
        match &self.stage {
            Stage::Counting { since } => Some(*since + (length - self.held)),
            Stage::Paused { .. } | Stage::Broken { .. } | Stage::Over { .. } => None,
        }
    }

    pub const fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over { .. })
    }

    /// Why it does not count now.
    pub const fn stands_still(&self) -> Option<&Text> {
        match &self.stage {
            Stage::Paused { why } | Stage::Broken { why } => Some(why),
            Stage::Counting { .. } | Stage::Over { .. } => None,
        }
    }
}

impl Incident {
    /// Folds one event of a hold.
    pub(super) fn watched(&mut self, phase: &PhaseId, watch: &Watch, at: Moment) {
        let began = || WatchRecord {
            began: at,
            held: Span::ZERO,
            stage: Stage::Counting { since: at },
        };
        let record = self.watches.entry(phase.clone()).or_insert_with(began);
        let held = record.held_at(at);
        let (held, stage) = match watch {
            Watch::Began => (Span::ZERO, Stage::Counting { since: at }),
            Watch::Counted | Watch::WentOn => (held, Stage::Counting { since: at }),
            Watch::Paused { why } => (held, Stage::Paused { why: why.clone() }),
            Watch::Broken { why } => (Span::ZERO, Stage::Broken { why: why.clone() }),
            Watch::Passed => (held, Stage::Over { at, reason: None }),
            Watch::Ended { reason } => {
                (held, Stage::Over { at, reason: Some(reason.clone()) })
            }
        };
        (record.held, record.stage) = (held, stage);
    }

    /// Another process runs this now: nobody watched since the last that was written.
    pub(super) fn unwatched(&mut self) {
        let phases = &self.procedure.runbook.phases;
        for (id, record) in &mut self.watches {
            let hold = phases.iter().find(|phase| phase.id == *id);
            let looks = hold.and_then(|phase| phase.terms.hold.as_ref());
            let looks = looks.is_some_and(|hold| !hold.gate.is_empty());
            if let (Stage::Counting { since }, true) = (&record.stage, looks) {
                let why = format!("nobody watched since {}Z", since.time_of_day());
                record.stage = Stage::Paused { why: Text::clean(why) };
            }
        }
    }

    /// A step that is open again opens its phase: the hold at its end is still to come.
    pub(super) fn reopened(&mut self, step: &StepId) {
        if self.watches.is_empty() || self.lets_go(step) {
            return;
        }
        let id = waits::home(self, step).map(|(_, phase)| phase.id.clone());
        if let Some(id) = id {
            self.watches.remove(&id);
        }
    }
}

/// Holds that are not over, in order, with their records where they have begun.
pub fn open(
    incident: &Incident,
) -> impl Iterator<Item = (&Phase, &Hold, Option<&WatchRecord>)> {
    incident.procedure.runbook.phases.iter().filter_map(|phase| {
        let hold = phase.terms.hold.as_ref()?;
        let record = incident.watches.get(&phase.id);
        let over = record.is_some_and(WatchRecord::is_over);
        (!over).then_some((phase, hold, record))
    })
}

/// The hold that has begun first and is not over: what people are told about.
pub fn present(incident: &Incident) -> Option<(&Phase, &Hold, &WatchRecord)> {
    open(incident).find_map(|(phase, hold, record)| Some((phase, hold, record?)))
}

/// Steps of the plan's way back out of a hold that can be undone now.
pub fn steps_back<'a>(incident: &'a Incident, hold: &Hold) -> Vec<&'a Step> {
    let found = hold.back.iter().filter_map(|id| incident.step(id));
    let can = found.filter(|(step, record)| {
        matches!(record.state, StepState::Done { .. }) && way_back(step, record).is_ok()
    });
    can.map(|(step, _)| step).collect()
}

/// What time and what is seen make of the holds.
pub(super) fn pulse(incident: &Incident, evidence: &Evidence, now: Moment) -> Vec<Event> {
    if incident.aborted.is_some() {
        return Vec::new();
    }
    let mut events = Vec::new();
    for (phase, hold, record) in open(incident) {
        let seen = look(hold, evidence, now);
        let watches = match record {
            None if may_begin(incident, phase, now) => begin(seen),
            None => Vec::new(),
            Some(record) => go_on(record, hold, seen, now).into_iter().collect(),
        };
        events.extend(
            watches
                .into_iter()
                .map(|watch| Event::Watched { phase: phase.id.clone(), watch }),
        );
    }
    events
}

/// What the gate of a hold shows.
enum Seen {
    Well,
    Ill(Text),
    Unknown(Text),
}

/// All of them are healthy; a bad one outweighs a silent one.
fn look(hold: &Hold, evidence: &Evidence, now: Moment) -> Seen {
    let mut silent = None;
    for id in &hold.gate {
        let reading = evidence.probes.get(id);
        match reading.and_then(|reading| reading.fresh(now)) {
            Some(answer) if answer.healthy => {}
            Some(answer) => {
                return Seen::Ill(Text::clean(format!("{id}: {}", answer.value)));
            }
            None => {
                let why = Text::clean(format!("{id}: no fresh reading"));
                silent = silent.or(Some(why));
            }
        }
    }
    silent.map_or(Seen::Well, Seen::Unknown)
}

fn begin(seen: Seen) -> Vec<Watch> {
    let mut watches = vec![Watch::Began];
    match seen {
        Seen::Well => {}
        Seen::Ill(why) => watches.push(Watch::Broken { why }),
        Seen::Unknown(why) => watches.push(Watch::Paused { why }),
    }
    watches
}

fn go_on(record: &WatchRecord, hold: &Hold, seen: Seen, now: Moment) -> Option<Watch> {
    match (&record.stage, seen) {
        (Stage::Over { .. }, _) => None,
        (Stage::Counting { since }, Seen::Well) => {
            if record.held_at(now) >= hold.length {
                return Some(Watch::Passed);
            }
            // Time alone needs no witness.
            let due = !hold.gate.is_empty() && now - *since >= counts_every(hold);
            due.then_some(Watch::Counted)
        }
        (Stage::Counting { .. } | Stage::Paused { .. }, Seen::Ill(why)) => {
            Some(Watch::Broken { why })
        }
        (Stage::Counting { .. }, Seen::Unknown(why)) => Some(Watch::Paused { why }),
        (Stage::Paused { .. } | Stage::Broken { .. }, Seen::Well) => Some(Watch::WentOn),
        (Stage::Paused { .. }, Seen::Unknown(_))
        | (Stage::Broken { .. }, Seen::Ill(_) | Seen::Unknown(_)) => None,
    }
}

/// How often it is written down that all was well: what a restart may lose of it.
fn counts_every(hold: &Hold) -> Span {
    let part = Span::millis(hold.length.as_millis() / 12);
    part.clamp(Span::mins(5), Span::mins(60))
}

/// Whether the hold of `phase` is due: its steps are through, and so is all before it.
fn may_begin(incident: &Incident, phase: &Phase, now: Moment) -> bool {
    let phases = &incident.procedure.runbook.phases;
    let Some(place) = phases.iter().position(|one| one.id == phase.id) else {
        return false;
    };
    let not_before = phase.terms.not_before;
    let from = waits::after(incident, not_before);
    let early = not_before.is_some() && from.is_none_or(|at| at > now);
    let through =
        |phase: &Phase| phase.steps.iter().all(|step| incident.lets_go(&step.id));
    if early || !through(phase) {
        return false;
    }
    phases.iter().take(place).all(|before| {
        let over = before.terms.hold.is_none() || is_over(incident, before);
        // Steps of its own wait for what they need; a bare wait, for all before it.
        let ended = !phase.steps.is_empty() || through(before);
        over && ended || leans_on(incident, before, place)
    })
}

fn is_over(incident: &Incident, phase: &Phase) -> bool {
    incident.watches.get(&phase.id).is_some_and(WatchRecord::is_over)
}

/// Whether `before` itself waits for a step of the phase at `place` or of a later one: what
/// a called runbook brought stands behind the phase that calls it.
fn leans_on(incident: &Incident, before: &Phase, place: usize) -> bool {
    let needed = needed_by(&incident.procedure.runbook, before);
    let later = incident.procedure.runbook.phases.iter().skip(place);
    later.flat_map(|phase| &phase.steps).any(|step| needed.contains(&&step.id))
}

/// Every step the steps of `phase` wait for, through any chain.
pub(super) fn needed_by<'a>(runbook: &'a Runbook, phase: &'a Phase) -> Vec<&'a StepId> {
    let mut needed: Vec<&StepId> = Vec::new();
    let mut open: Vec<&StepId> =
        phase.steps.iter().flat_map(|step| &step.needs).collect();
    while let Some(id) = open.pop() {
        if needed.contains(&id) {
            continue;
        }
        needed.push(id);
        let step = runbook.step(id);
        open.extend(step.into_iter().flat_map(|step| &step.needs));
    }
    needed
}

/// The hold of an earlier phase that keeps `step`, of the phase at `place`, closed.
pub(super) fn barrier(
    incident: &Incident,
    place: usize,
    step: &Step,
    now: Moment,
) -> Option<Block> {
    let before = incident.procedure.runbook.phases.iter().take(place);
    let mut closed = before.filter(|phase| {
        phase.terms.hold.is_some()
            && !is_over(incident, phase)
            && !needed_by(&incident.procedure.runbook, phase).contains(&&step.id)
    });
    let phase = closed.next()?;
    let length = phase.terms.hold.as_ref()?.length;
    Some(block(phase, length, incident.watches.get(&phase.id), now))
}

/// The hold people are told about, as what it stands before would say it.
pub fn present_block(incident: &Incident, now: Moment) -> Option<Block> {
    let (phase, hold, record) = present(incident)?;
    Some(block(phase, hold.length, Some(record), now))
}

fn block(
    phase: &Phase,
    length: Span,
    record: Option<&WatchRecord>,
    now: Moment,
) -> Block {
    Block::Watched {
        phase: phase.name.clone(),
        left: record.map(|record| (length - record.held_at(now)).max(Span::ZERO)),
        why: record.and_then(WatchRecord::stands_still).cloned(),
    }
}
