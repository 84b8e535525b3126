//! The console's own state: where the person looks, what they are typing, whether their
//! keys are hot. The world's state is in the snapshot and is never copied out of it.

use std::{collections::BTreeMap, sync::Arc};

use super::{ahead::Ahead, lane, theme::Theme};
use crate::{
    model::{
        Mode, Moment, ParameterId, PersonId, PhaseId, Preview, SeverityId, Span, StepId,
        TenantId, Text,
    },
    room::Snapshot,
};

/// How long arming lasts; every dispatched step starts it anew.
pub const ARMED_FOR: Span = Span::mins(15);

/// Keys pressed this soon after a dialog opened, or after it changed, do not count.
pub const DEAD_TIME: Span = Span::millis(600);

/// A dialog closes by itself after this long without a key.
pub const DIALOG_TTL: Span = Span::secs(60);

/// Attention elsewhere for longer than this disarms.
pub const FOCUS_LIMIT: Span = Span::mins(2);

/// The bell rings at most this often.
pub const BELL_EVERY: Span = Span::mins(1);

/// Below this size only HOLD, help and leaving work: nothing else could be read.
pub const SMALLEST: (u16, u16) = (60, 16);

/// From this size on there is room for big clocks, and a wall is what it hangs on.
pub const WALL: (u16, u16) = (200, 60);

/// Below this size big clocks would leave no room for the plan.
pub const SMALLEST_WALL: (u16, u16) = (80, 24);

/// How long a toast stays on the alarm line.
pub const TOAST_FOR: Span = Span::secs(6);

/// Who sits here, in which world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub mode: Mode,
    pub person: PersonId,
    /// Terminal and host, as records show it.
    pub tty: Text,
    /// `--read-only`: nothing that changes anything is reachable.
    pub read_only: bool,
}

/// Which picture fills the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    Main,
    /// The estate at full size.
    Regions,
    /// The timeline at full size.
    Timeline,
    /// People and seats.
    People,
    /// Services with their clocks, lanes, holds and dates.
    Promises,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pane {
    Plan,
    Regions,
    Timeline,
}

/// Which records the timeline shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kinds {
    #[default]
    All,
    /// What was decided and done.
    Deeds,
    /// What people said.
    Words,
    /// What was seen.
    Sights,
}

impl Kinds {
    /// The next one round.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::All => Self::Deeds,
            Self::Deeds => Self::Words,
            Self::Words => Self::Sights,
            Self::Sights => Self::All,
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::All => "all kinds",
            Self::Deeds => "decisions and actions",
            Self::Words => "what people said",
            Self::Sights => "what was seen",
        }
    }
}

/// Whether capital keys do anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arming {
    /// OBSERVE: no key can change anything but HOLD and our own log.
    Safe,
    Armed {
        until: Moment,
    },
}

#[derive(Debug)]
pub struct Model {
    pub session: Session,
    pub snapshot: Arc<Snapshot>,
    pub now: Moment,
    pub columns: u16,
    pub rows: u16,
    pub screen: Screen,
    pub pane: Pane,
    pub zoomed: bool,
    /// The one lane that is looked at; none shows all of them.
    pub lane: Option<TenantId>,
    /// First visible row of a screen without a cursor.
    pub page: usize,
    /// Healthy rows folded into a count.
    pub fold_ok: bool,
    pub arming: Arming,
    /// The step the cursor is on; none follows the next one.
    pub selected: Option<StepId>,
    /// First visible row per pane.
    pub scroll: BTreeMap<Pane, usize>,
    /// First visible row of the step's card.
    pub card_scroll: usize,
    /// The record the cursor is on; none follows the newest.
    pub entry: Option<u64>,
    pub kinds: Kinds,
    /// Big clocks, when somebody chose; else a big window has them.
    pub wall: Option<bool>,
    /// The theme somebody chose here; none is the one it was started with.
    pub theme: Option<Theme>,
    pub overlay: Option<Overlay>,
    pub filter: String,
    /// A passing remark on the alarm line.
    pub toast: Option<(Text, Moment)>,
    /// Alarms somebody here has seen.
    pub acknowledged: BTreeMap<Text, Moment>,
    /// Alarms put aside, with until and reason.
    pub shelved: BTreeMap<Text, (Moment, Text)>,
    /// Number of the newest question to the room.
    pub ticket: u64,
    /// What was asked and not yet answered.
    pub pending: BTreeMap<u64, Pending>,
    pub last_bell: Option<Moment>,
    pub unfocused_since: Option<Moment>,
    /// The speed a drill was set to; 1 when live. Dialogs slow it, waiting hastens it.
    pub pace: u32,
    /// The speed that was asked for last.
    pub paced: u32,
    /// The forecast of this second.
    pub ahead: Ahead,
}

/// What covers part of the screen. Never the header's clocks, never the alarm line.
#[derive(Debug)]
pub enum Overlay {
    Confirm(Confirm),
    Prompt(Prompt),
    Help {
        scroll: usize,
        filter: String,
    },
    Palette {
        typed: String,
        row: usize,
    },
    /// Esc stays, `y` leaves; says what keeps running.
    Leave {
        opened_at: Moment,
    },
    Readout,
}

/// What a line of text is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asking {
    Note,
    Decision,
    /// Reason to arm.
    Arm,
    SkipReason(StepId),
    /// What was observed when ticking a manual step.
    Observed(StepId),
    ApprovalWords(StepId),
    SoloReason(StepId),
    /// Reason to let a named check pass.
    OverrideReason {
        step: StepId,
        check: Text,
    },
    RuleReason {
        step: StepId,
        done: bool,
    },
    AbortReason,
    /// Reason to end the hold of a phase early.
    EndHold(PhaseId),
    /// Reason to say how bad it is.
    Severity(SeverityId),
    DeclareReason,
    ImpactTime,
    CloseSummary,
    /// The word that closes an incident of which something is left, with the summary.
    CloseAnyway(Text),
    ShelveReason(Text),
    /// That one is on it, in words.
    Respond,
    /// `2 case 4711 opened`: who outside was reached, by their number, and how.
    Contact,
    /// `1 called at home`: the stage of the escalation that was told, and how.
    Escalate,
    /// What is to be objected to.
    Proposal,
    /// One's own answer to the open poll.
    Objection(u32),
    /// What came of a poll.
    Outcome(u32),
    /// A value of the run; of the step that asks for it, where one does.
    Value {
        id: ParameterId,
        step: Option<StepId>,
    },
    /// `@name 5m text`, or `done 2 words`.
    Task,
    Correction(u64),
    Filter,
}

#[derive(Clone, Debug)]
pub struct Prompt {
    pub asking: Asking,
    pub typed: String,
    /// What Enter takes while nothing is typed, shown as such; empty where there is nothing
    /// to suggest.
    pub suggested: String,
    /// When the key that opened it was pressed: what a note is stamped with.
    pub pressed_at: Moment,
}

/// A question the room has not answered yet.
#[derive(Clone, Debug)]
pub struct Pending {
    /// What the toast says when it was done: `noted`.
    pub done: &'static str,
    /// The line it came from: typed words are not lost with a refusal.
    pub prompt: Option<Prompt>,
}

/// The dialog between a key and a change of the world.
#[derive(Debug)]
pub struct Confirm {
    pub step: StepId,
    pub undo: bool,
    pub opened_at: Moment,
    /// Keys before this moment do not count.
    pub live_at: Moment,
    pub last_key_at: Moment,
    pub typed: String,
    /// The words to type; a T2 strip wants `y`.
    pub token: String,
    /// The check classes as shown; when they change the line is cleared.
    pub shown: String,
    pub preview: PreviewState,
    pub page: usize,
    /// Highest page shown, counted from 0: the typing line opens after the last.
    pub seen: usize,
    /// Pages at the present size; 0 until it was drawn: what nobody has seen, nobody can
    /// confirm.
    pub pages: usize,
    pub stage: ConfirmStage,
    pub notice: Option<Text>,
}

impl Confirm {
    /// Whether its whole gesture is the one key `y`.
    pub fn is_strip(&self) -> bool {
        self.token == "y"
    }
}

#[derive(Debug)]
pub enum PreviewState {
    Waiting,
    Ready(Preview),
    Failed(Text),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfirmStage {
    Typing,
    /// Enter was pressed; any key still stops it.
    AbortWindow {
        until: Moment,
    },
    /// With the room.
    Asked {
        ticket: u64,
    },
    Refused {
        why: Text,
    },
}

impl Model {
    pub fn new(session: Session, snapshot: Arc<Snapshot>, size: (u16, u16)) -> Self {
        let (now, speed) = (snapshot.at, snapshot.speed);
        Self {
            session,
            snapshot,
            now,
            columns: size.0,
            rows: size.1,
            screen: Screen::Main,
            pane: Pane::Plan,
            zoomed: false,
            lane: None,
            page: 0,
            fold_ok: true,
            arming: Arming::Safe,
            selected: None,
            scroll: BTreeMap::new(),
            card_scroll: 0,
            entry: None,
            kinds: Kinds::All,
            wall: None,
            theme: None,
            overlay: None,
            filter: String::new(),
            toast: None,
            acknowledged: BTreeMap::new(),
            shelved: BTreeMap::new(),
            ticket: 0,
            pending: BTreeMap::new(),
            last_bell: None,
            unfocused_since: None,
            pace: speed,
            paced: speed,
            ahead: Ahead::default(),
        }
    }

    /// Whether the window is too small to act in.
    pub const fn is_tiny(&self) -> bool {
        self.columns < SMALLEST.0 || self.rows < SMALLEST.1
    }

    /// Whether the clocks are drawn to be read from across the room. Where there is no
    /// room for both, a dialog that changes the world goes first.
    pub fn is_wall(&self) -> bool {
        let at_least = |(columns, rows)| self.columns >= columns && self.rows >= rows;
        let dialog = matches!(self.overlay, Some(Overlay::Confirm(_)));
        let fits = at_least(if dialog { WALL } else { SMALLEST_WALL });
        fits && self.wall.unwrap_or_else(|| at_least(WALL))
    }

    /// A stretch of a person's time in steady time: a drill that runs faster does not
    /// make fingers faster.
    pub fn human(&self, span: Span) -> Span {
        let speed = i64::from(self.snapshot.speed.max(1));
        Span::millis(span.as_millis().saturating_mul(speed))
    }

    /// How long arming lasts in steady time, at the pace the drill was set to.
    pub fn armed_span(&self) -> Span {
        let pace = i64::from(self.pace.max(1));
        Span::millis(ARMED_FOR.as_millis().saturating_mul(pace))
    }

    /// Whether printable keys are text now, and a paste is welcome.
    pub const fn takes_text(&self) -> bool {
        matches!(self.overlay, Some(Overlay::Prompt(_)))
    }

    /// Time left with hot keys.
    pub fn armed_for(&self) -> Option<Span> {
        match self.arming {
            Arming::Safe => None,
            Arming::Armed { until } => (until > self.now).then(|| until - self.now),
        }
    }

    /// First row of the timeline that is wanted on the screen.
    pub fn scrolled(&self) -> usize {
        self.scroll.get(&Pane::Timeline).copied().unwrap_or(0)
    }

    /// The step the plan pane points at.
    pub fn cursor(&self) -> Option<&StepId> {
        let incident = || self.snapshot.incident.as_deref();
        let next = || lane::next(incident()?, self.lane()).map(|step| &step.id);
        self.selected.as_ref().or_else(next)
    }
}
