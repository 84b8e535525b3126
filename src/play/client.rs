//! A client of the room that runs beside the others until it is told to leave.

use tokio_util::sync::CancellationToken;

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
