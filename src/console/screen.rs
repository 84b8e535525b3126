//! What the terminal shows, so that it is sent what changed and nothing else: not a byte
//! when nothing did. A line over a satellite pays for each.

use ratatui::{Frame, Terminal, backend::Backend, buffer::Buffer};

/// A terminal's cells, and what is on them.
#[derive(Debug)]
pub struct Screen<B: Backend> {
    terminal: Terminal<B>,
    /// The last picture that was sent whole; none before the first.
    shown: Option<Buffer>,
}

impl<B: Backend> Screen<B> {
    /// Over a terminal nothing was drawn on yet.
    pub const fn new(terminal: Terminal<B>) -> Self {
        Self { terminal, shown: None }
    }

    /// Makes the next picture, and says whether it differs from what is shown.
    ///
    /// # Errors
    /// When the backend does not know its size.
    pub fn paint(
        &mut self,
        picture: impl FnOnce(&mut Frame<'_>),
    ) -> Result<bool, B::Error> {
        self.terminal.autoresize()?;
        picture(&mut self.terminal.get_frame());
        let painted = self.terminal.current_buffer_mut();
        let differs = self.shown.as_ref() != Some(painted);
        if !differs {
            painted.reset();
        }
        Ok(differs)
    }

    /// Where it is sent to.
    pub const fn backend(&self) -> &B {
        self.terminal.backend()
    }

    /// Sends what was painted.
    ///
    /// # Errors
    /// When the backend does not take it.
    pub fn send(&mut self) -> Result<(), B::Error> {
        let painted = self.terminal.current_buffer_mut();
        match &mut self.shown {
            Some(shown) => shown.clone_from(painted),
            None => self.shown = Some(painted.clone()),
        }
        self.terminal.apply_buffer().map(|_| ())
    }
}
