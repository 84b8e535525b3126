//! The room: the one actor that owns an incident. It decides commands, writes the
//! journal, applies, publishes snapshots, starts work. Everybody else asks.

pub mod snapshot;

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};

pub use snapshot::{Alarm, Executor, JournalHealth, Severity, Snapshot};

use crate::{
    engine::{Command, Refusal},
    model::{Actor, Moment, Preview, StepId, Text, Unknown},
};

/// Why something asked was not done. Nothing was sent in any of these cases.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AskError {
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The journal could not be written; the screen shows it until it can.
    #[error("the journal cannot be written ({0}); nothing was sent")]
    Journal(Text),
    #[error("{holder} runs this incident; this console watches")]
    Elsewhere { holder: Text },
    #[error("this console is read-only")]
    ReadOnly,
    #[error("nothing is declared yet")]
    NotDeclared,
    #[error("{0} is already open")]
    AlreadyDeclared(crate::model::IncidentId),
    #[error("the room has closed")]
    Closed,
}

/// What clients may ask.
#[derive(Debug)]
pub enum Request {
    /// Opens an incident for the room's procedure.
    Declare {
        impact_at: Moment,
        reason: Text,
    },
    Command(Command),
    /// Becomes the executor of an incident another process held.
    TakeOver,
}

#[derive(Debug)]
pub struct Ask {
    pub actor: Actor,
    pub request: Request,
    pub answer: oneshot::Sender<Result<(), AskError>>,
}

/// A client's end of the room. Clones are further clients.
#[derive(Clone, Debug)]
pub struct Handle {
    asks: mpsc::Sender<Ask>,
    previews: mpsc::Sender<PreviewAsk>,
    snapshots: watch::Receiver<Arc<Snapshot>>,
}

#[derive(Debug)]
pub struct PreviewAsk {
    pub step: StepId,
    pub answer: oneshot::Sender<Result<Preview, Unknown>>,
}

impl Handle {
    /// The client's end over a room's three queues.
    pub const fn new(
        asks: mpsc::Sender<Ask>,
        previews: mpsc::Sender<PreviewAsk>,
        snapshots: watch::Receiver<Arc<Snapshot>>,
    ) -> Self {
        Self { asks, previews, snapshots }
    }

    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshots.borrow())
    }

    /// Changes whenever there is a new snapshot.
    pub fn watch(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshots.clone()
    }

    /// Asks, and waits until the answer is durable or refused.
    ///
    /// # Errors
    /// [`AskError`]; nothing happened then.
    pub async fn ask(&self, actor: Actor, request: Request) -> Result<(), AskError> {
        let (answer, done) = oneshot::channel();
        self.asks
            .send(Ask { actor, request, answer })
            .await
            .ok()
            .ok_or(AskError::Closed)?;
        done.await.unwrap_or(Err(AskError::Closed))
    }

    /// What starting `step` now would send. Changes nothing.
    ///
    /// # Errors
    /// [`Unknown`] when the present state could not be read.
    pub async fn preview(&self, step: StepId) -> Result<Preview, Unknown> {
        let gone = || Unknown { why: Text::clean("the room has closed") };
        let (answer, done) = oneshot::channel();
        self.previews.send(PreviewAsk { step, answer }).await.ok().ok_or_else(gone)?;
        done.await.unwrap_or_else(|_| Err(gone()))
    }
}
