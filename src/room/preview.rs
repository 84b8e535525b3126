//! What starting a step would send, asked of its hands beside the room: it may take as
//! long as the cloud does, and changes nothing. It is made as the call itself is, of the
//! same values; where a secret goes in, it shows a mask.

use std::sync::Arc;

use super::{PreviewAsk, actor::Room};
use crate::{
    clock::TimedOut,
    engine::{Incident, due, order},
    model::{Preview, Span, Text, Unknown},
};

/// How long hands may look.
const LIMIT: Span = Span::secs(20);

impl Room {
    pub(super) fn preview(&mut self, ask: PreviewAsk) {
        let now = self.clock.now();
        // Before anything is declared: as if it were declared now.
        let imagine = || Incident::imagined(self.reach.mode(), &self.procedure, now);
        let imagined = if self.incident.is_none() { imagine() } else { None };
        let incident = self.incident.as_ref().or(imagined.as_ref());
        let work = incident.and_then(|it| due::proposal(it, &ask.step, now));
        let order = incident.and_then(|it| order::proposal(it, &ask.step, false, now));
        let driver = work.as_ref().and_then(|work| self.reach.driver(&work.resource));
        let (clock, errands) = (self.clock.clone(), Arc::clone(&self.reach.errands));
        self.previewing.spawn(async move {
            let preview = async {
                match (work, driver, order) {
                    (Some(work), Some(driver), _) => driver.preview(&work).await,
                    (_, _, Some(order)) => errands.preview(&order).await,
                    // Nothing leaves: the step's own text is all there is.
                    _ => Ok(Preview::default()),
                }
            };
            let late =
                |late: TimedOut| Err(Unknown { why: Text::clean(late.to_string()) });
            let preview = clock.timeout(LIMIT, preview).await.unwrap_or_else(late);
            drop(ask.answer.send(preview));
        });
    }
}
