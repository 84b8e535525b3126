//! Scripted colleagues at the table: they do, when it is due, what [`Cast`] says, and
//! answer when somebody asks them.

use super::{
    answers,
    client::{Client, glance},
};
use crate::{
    clock::Clock,
    drill::{Act, Cast},
    engine::Incident,
    model::{Moment, Span},
    room::{AskError, Handle, Request},
};

/// The scripted colleagues, as one more client of the room.
#[derive(Debug)]
pub struct Colleagues(Client);

impl Colleagues {
    /// Seats them; they act until they leave.
    pub fn join(handle: &Handle, clock: &Clock, seed: u64) -> Self {
        let cast = Cast::new(seed);
        let (handle, clock) = (handle.clone(), clock.clone());
        Self(Client::seat(async move { perform(&cast, &handle, &clock).await }))
    }

    pub async fn leave(self) {
        self.0.leave().await;
    }
}

fn next(cast: &Cast, incident: &Incident, now: Moment) -> Option<Act> {
    cast.due(incident, now)
        .into_iter()
        .next()
        .or_else(|| answers::due(cast, incident, now))
}

async fn perform(cast: &Cast, handle: &Handle, clock: &Clock) {
    let mut snapshots = handle.watch();
    let mut snapshot = handle.snapshot();
    loop {
        if let Some(incident) = &snapshot.incident
            && let Some(act) = next(cast, incident, clock.now())
        {
            let asked = handle.ask(act.actor, Request::Command(act.command)).await;
            match asked {
                Ok(()) => {}
                Err(AskError::Closed) => return,
                // Asking makes a snapshot: who only waited for one would ask without end.
                Err(_) => clock.sleep(Span::secs(1)).await,
            }
        }
        match glance(&mut snapshots, clock, &snapshot).await {
            Ok(next) => snapshot = next,
            Err(_) => return,
        }
    }
}
