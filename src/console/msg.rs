//! Everything that can reach the console, as one closed list.

use std::sync::Arc;

use crate::{
    model::{Moment, Preview, StepId, Text},
    room::{AskError, Snapshot},
};

/// What a key press means once the terminal's quirks are gone: no releases, no repeats on
/// anything that acts, no paste, no burst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Char(char),
    Enter,
    Esc,
    Tab,
    BackTab,
    Backspace,
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    Home,
    End,
    /// The help key.
    F1,
    Ctrl(char),
}

/// One press. `repeat` is set when the terminal says that the key is being held down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Press {
    pub key: Key,
    pub repeat: bool,
    pub at: Moment,
}

#[derive(Clone, Debug)]
pub enum Msg {
    Press(Press),
    /// Pasted text: accepted by note fields only, as typed text without line breaks.
    Paste(Text),
    /// More keys than a person can press in so short a time; they were dropped.
    Burst {
        dropped: usize,
    },
    Resize {
        columns: u16,
        rows: u16,
    },
    /// The terminal lost or gained the person's attention, where it can tell.
    Focus {
        gained: bool,
        at: Moment,
    },
    Snapshot(Arc<Snapshot>),
    /// Once a second.
    Tick(Moment),
    Previewed {
        step: StepId,
        preview: Result<Preview, Text>,
    },
    /// The room's answer to an [`super::Effect::Ask`].
    Answered {
        ticket: u64,
        answer: Result<(), AskError>,
    },
    /// The open dialog is on the screen, in so many pages.
    Shown {
        pages: usize,
        at: Moment,
    },
    /// SIGTERM, SIGHUP or a terminal that is gone.
    Ended {
        why: &'static str,
    },
}
