//! Scripted colleagues at the table: they do, when it is due, what [`Cast`] says, and
//! answer when somebody asks them.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::answers;
use crate::{
    clock::Clock,
    drill::{Act, Cast},
    engine::Incident,
    model::{Moment, Span},
    room::{AskError, Handle, Request},
};

/// The scripted colleagues, as one more client of the room.
#[derive(Debug)]
pub struct Colleagues {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Colleagues {
    /// Seats them; they act until they leave.
    pub fn join(handle: &Handle, clock: &Clock, seed: u64) -> Self {
        let stop = CancellationToken::new();
        let cast = Cast::new(seed);
        let (handle, clock, stopped) = (handle.clone(), clock.clone(), stop.clone());
        #[expect(clippy::disallowed_methods, reason = "owned and joined by `leave`")]
        let task = tokio::spawn(async move {
            tokio::select! {
                () = stopped.cancelled() => {}
                () = perform(&cast, &handle, &clock) => {}
            }
        });
        Self { stop, task }
    }

    pub async fn leave(self) {
        self.stop.cancel();
        // It only ever waits; a failed join means it died, and the drill goes on without.
        drop(self.task.await);
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
    loop {
        let snapshot = Arc::clone(&snapshots.borrow_and_update());
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
        tokio::select! {
            changed = snapshots.changed() => if changed.is_err() { return },
            () = clock.sleep(Span::secs(1)) => {}
        }
    }
}
