//! What starting a step would send, asked of its driver beside the room: it may take as
//! long as the cloud does, and changes nothing.

use super::{PreviewAsk, actor::Room};
use crate::{
    clock::TimedOut,
    engine::due,
    model::{Preview, Span, Text, Unknown},
};

impl Room {
    pub(super) fn preview(&mut self, ask: PreviewAsk) {
        let now = self.clock.now();
        let work = match &self.incident {
            Some(incident) => due::proposal(incident, &ask.step, now),
            None => due::sketch(&self.procedure, &ask.step, now),
        };
        let driver = work.as_ref().and_then(|work| self.reach.driver(&work.resource));
        let clock = self.clock.clone();
        let (Some(work), Some(driver)) = (work, driver) else {
            // Nothing of the estate: the step's own text is all there is.
            drop(ask.answer.send(Ok(Preview::default())));
            return;
        };
        self.previewing.spawn(async move {
            let preview = clock.timeout(Span::secs(20), driver.preview(&work)).await;
            let late =
                |late: TimedOut| Err(Unknown { why: Text::clean(late.to_string()) });
            drop(ask.answer.send(preview.unwrap_or_else(late)));
        });
    }
}
