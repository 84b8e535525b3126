//! Leaps in a drill's time: nobody plays through a day of waiting. Must never touch live
//! time.

use super::{AskError, actor::Room};
use crate::{
    drill::facilitator::{self, Ahead},
    engine::{Command, Job, NoteKind},
    model::{Actor, Mode, Text},
};

impl Room {
    /// Lets the time pass at once that is only waited for, where this process runs the
    /// drill, and writes it down first: a leap nobody is told of would look like a day
    /// nobody worked. What was seen keeps its age: nobody has missed a look that was due in
    /// time nobody lived through.
    ///
    /// # Errors
    /// [`AskError`] when it cannot be written; time goes on as before then.
    pub(super) fn leap(
        &mut self,
        actor: &Actor,
        over_work: bool,
    ) -> Result<(), AskError> {
        let now = self.clock.now();
        let ours = self.reach.mode() == Mode::Drill && self.lease.is_some();
        let ahead = self.incident.as_ref().filter(|_| ours);
        let world = self.reach.world();
        let news = world.map(|world| move |job: &Job| world.ahead(job));
        let news = news.as_ref().filter(|_| over_work);
        let leap =
            |incident| facilitator::leap(incident, now, news.map(|it| it as Ahead<'_>));
        let Some(by) = ahead.and_then(leap) else {
            return Ok(());
        };
        let text = format!("time leaps by {}: only waiting was left to do", by.clock());
        let (kind, text) = (NoteKind::Note, Text::clean(text));
        self.submit(actor, &Command::Note { kind, text, pressed_at: now })?;
        if self.clock.leap(by) {
            self.board.leapt(by);
        }
        Ok(())
    }
}
