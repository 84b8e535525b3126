//! The room: the one actor that owns an incident. It decides commands, writes the
//! journal, applies, publishes snapshots, starts work. Everybody else asks.

mod actor;
mod alarms;
mod executor;
mod leap;
mod lease;
mod looks;
mod poller;
mod preview;
mod publish;
pub mod reach;
pub mod snapshot;

use std::{collections::BTreeMap, sync::Arc};

use tokio::{
    sync::{Notify, mpsc, oneshot, watch},
    task::{JoinHandle, JoinSet},
};
use tokio_util::sync::CancellationToken;

pub use poller::subjects;
pub use snapshot::{
    Alarm, Choices, Executor, JournalHealth, SILENCE, Severity, Snapshot,
};

use crate::{
    clock::Clock,
    engine::{Command, Refusal},
    health::Board,
    journal::{Holder, Journal, JournalError},
    model::{Actor, IncidentId, Moment, Preview, Procedure, StepId, Text, Unknown},
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
    #[error("this process only speaks; it runs nothing")]
    Guest,
    #[error("nothing is declared yet")]
    NotDeclared,
    #[error("{0} is already open")]
    AlreadyDeclared(IncidentId),
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
    /// Looks at everything at once.
    LookNow,
    /// Lets the time of a drill pass at once in which there is only waiting; nothing
    /// happens when there is more to do than that, or in live mode. Where nobody watches
    /// also `over_work`: the time in which only the world is busy.
    Leap {
        over_work: bool,
    },
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

    /// Asks, and waits until the answer is durable or refused. The snapshot of that moment
    /// is out before the answer.
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

/// What a process is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stance {
    /// Nothing is written and nothing is sent.
    ReadOnly,
    /// Says what people say to each other; never starts a step.
    Guest,
    /// Starts steps when nobody else does.
    Executor,
    /// The same, and waits for a dead executor's lease to run out.
    Successor,
}

impl Stance {
    fn permits(self, request: &Request) -> Result<(), AskError> {
        let runs = matches!(request, Request::Declare { .. } | Request::TakeOver);
        match self {
            Self::ReadOnly => Err(AskError::ReadOnly),
            Self::Guest if runs => Err(AskError::Guest),
            Self::Guest | Self::Executor | Self::Successor => Ok(()),
        }
    }
}

/// What a room is opened with.
#[derive(Debug)]
pub struct Setup {
    /// The runbook to watch, and to run once something is declared.
    pub procedure: Arc<Procedure>,
    pub reach: reach::Reach,
    pub journal: Box<dyn Journal>,
    pub clock: Clock,
    pub holder: Holder,
    pub stance: Stance,
    /// An incident of the journal to go on with.
    pub resume: Option<IncidentId>,
    /// Whether a holder is certainly gone, so that its lease need not run out.
    pub gone: fn(&Holder) -> bool,
}

/// An open room.
#[derive(Debug)]
pub struct Open {
    pub handle: Handle,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Open {
    /// Closes the room: looking ends, a sent call is given a moment to answer, the lease
    /// is given back.
    pub async fn close(self) {
        self.stop.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the room died");
        }
    }
}

/// Why a room could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A drill's journal with real hands, or the other way round.
    #[error("the journal is for {journal} and the world is {world}: refused")]
    MixedWorlds { journal: crate::model::Mode, world: crate::model::Mode },
    #[error("no driver for {}: these kinds exist only in drills", kinds(.0))]
    NoDriver(Vec<(String, String)>),
}

fn kinds(missing: &[(String, String)]) -> String {
    let names: Vec<_> =
        missing.iter().map(|(id, kind)| format!("`{id}` ({kind})")).collect();
    names.join(", ")
}

/// Queue between clients and the room: as many as can reasonably ask at once; more wait.
const ASKS: usize = 64;

/// Queue between workers and the room: more wait.
const TOLD: usize = 256;

/// Opens a room and starts it. With an incident to resume, this process becomes its
/// executor when nobody else is, and watches otherwise.
///
/// # Errors
/// [`OpenError`]; nothing was started.
pub fn open(setup: Setup) -> Result<Open, OpenError> {
    let (journal, world) = (setup.journal.mode(), setup.reach.mode());
    if journal != world {
        return Err(OpenError::MixedWorlds { journal, world });
    }
    let missing: Vec<_> = setup
        .reach
        .missing(&setup.procedure)
        .into_iter()
        .map(|resource| (resource.id.to_string(), resource.kind.clone()))
        .collect();
    // Whoever only looks needs no hands.
    if !missing.is_empty() && setup.stance != Stance::ReadOnly {
        return Err(OpenError::NoDriver(missing));
    }
    let resume = setup.resume.clone();
    let (mut room, inbox, handle) = assemble(setup);
    if let Some(id) = resume {
        room.load(&id)?;
        let runs = matches!(room.stance, Stance::Executor | Stance::Successor);
        let over = room.incident.as_ref().is_some_and(crate::engine::Incident::is_over);
        if runs
            && !over
            && let Err(error) = room.take_over(false)
        {
            tracing::info!(%error, "watching");
        }
    }
    // Clients see what was loaded from the first look on.
    room.publish();
    let stop = inbox.stop.clone();
    #[expect(clippy::disallowed_methods, reason = "owned and joined by `Open::close`")]
    let task = tokio::spawn(room.run(inbox));
    Ok(Open { handle, stop, task })
}

fn assemble(setup: Setup) -> (actor::Room, actor::Inbox, Handle) {
    let (asks, asked) = mpsc::channel(ASKS);
    let (previews, preview_asks) = mpsc::channel(ASKS);
    let (tell, told) = mpsc::channel(TOLD);
    let (sight, sightings) = mpsc::channel(TOLD);
    let reach = Arc::new(setup.reach);
    let now = setup.clock.now();
    let health = JournalHealth::Ok;
    let first = Snapshot {
        at: now,
        procedure: Arc::clone(&setup.procedure),
        incident: None,
        timeline: Arc::default(),
        evidence: Arc::default(),
        progress: Arc::default(),
        choices: Arc::default(),
        alarms: Arc::default(),
        executor: Executor::Nobody,
        journal: health.clone(),
        speed: setup.clock.speed(),
    };
    let (out, snapshots) = watch::channel(Arc::new(first));
    let watcher = poller::Watcher {
        reach: Arc::clone(&reach),
        clock: setup.clock.clone(),
        sightings: sight.clone(),
        now: Arc::new(Notify::new()),
    };
    let executor =
        executor::Executor::new(Arc::clone(&reach), setup.clock.clone(), tell, sight);
    let room = actor::Room {
        procedure: setup.procedure,
        reach,
        clock: setup.clock,
        journal: setup.journal,
        holder: setup.holder,
        gone: setup.gone,
        stance: setup.stance,
        incident: None,
        timeline: Arc::default(),
        lease: None,
        board: Board::default(),
        executor,
        watcher,
        looking: JoinSet::new(),
        previewing: JoinSet::new(),
        progress: BTreeMap::new(),
        choices: Arc::default(),
        alarms: alarms::Memory::default(),
        health,
        backlog: Vec::new(),
        beat_at: now,
        looked_anew_at: now,
        shown: publish::Shown::default(),
        out,
    };
    let stop = CancellationToken::new();
    let inbox =
        actor::Inbox { asks: asked, previews: preview_asks, told, sightings, stop };
    (room, inbox, Handle { asks, previews, snapshots })
}
