//! What `update` wants done; `run` does it.

use crate::{
    model::{StepId, Text},
    room::Request,
};

#[derive(Debug)]
pub enum Effect {
    /// Ask the room; the answer comes back under this ticket.
    Ask { ticket: u64, request: Request },
    /// Ask for the preview of a step.
    Preview { step: StepId },
    /// Put text on the clipboard of the person's own terminal (OSC 52).
    Copy { text: Text },
    /// Ring, at most once a minute.
    Bell,
    /// Suspend to the shell (Ctrl-Z).
    Suspend,
    /// Set a drill's speed.
    Speed { times: u32 },
    /// Leave; `summary` is printed once the terminal is given back.
    Quit { summary: Option<Text> },
}
