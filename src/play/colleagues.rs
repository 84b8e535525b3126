//! Scripted colleagues at the table: they do, when it is due, what [`Cast`] says.

use super::client::{Client, glance};
use crate::{
    clock::Clock,
    drill::Cast,
    model::Span,
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

async fn perform(cast: &Cast, handle: &Handle, clock: &Clock) {
    let mut snapshots = handle.watch();
    let mut snapshot = handle.snapshot();
    loop {
        if let Some(incident) = &snapshot.incident
            && let Some(act) = cast.due(incident, clock.now()).into_iter().next()
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
