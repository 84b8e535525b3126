//! A client of the room that runs beside the others until it is told to leave.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    model::Span,
    room::{AskError, Snapshot},
};

/// How often a client looks up when nothing is written.
const GLANCE: Span = Span::secs(1);

/// Waits until there is something to think about that was not in `seen`: a new record, or
/// a second later whatever the time has brought. Readings come several times a second.
///
/// # Errors
/// [`AskError::Closed`] when the room has gone.
pub(super) async fn glance(
    snapshots: &mut watch::Receiver<Arc<Snapshot>>,
    clock: &Clock,
    seen: &Snapshot,
) -> Result<Arc<Snapshot>, AskError> {
    let written = |snapshot: &Snapshot| {
        snapshot.incident.as_ref().map(|incident| (incident.id.clone(), incident.seq))
    };
    let before = written(seen);
    let news = async {
        snapshots.wait_for(|snapshot| written(snapshot) != before).await.map(|_| ())
    };
    tokio::select! {
        changed = news => changed.ok().ok_or(AskError::Closed)?,
        () = clock.sleep(GLANCE) => {}
    }
    Ok(Arc::clone(&snapshots.borrow_and_update()))
}

/// A task with its end in hand.
#[derive(Debug)]
pub(super) struct Client {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Client {
    /// Starts `act`, which may be dropped wherever it waits.
    pub(super) fn seat(act: impl Future<Output = ()> + Send + 'static) -> Self {
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        #[expect(clippy::disallowed_methods, reason = "owned and joined by `leave`")]
        let task = tokio::spawn(async move {
            tokio::select! {
                () = stopped.cancelled() => {}
                () = act => {}
            }
        });
        Self { stop, task }
    }

    pub(super) async fn leave(self) {
        self.stop.cancel();
        // It only ever waits; a failed join means it died, and the drill goes on without.
        drop(self.task.await);
    }
}
