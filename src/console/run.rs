//! The console's loop: the only `select!`. Its arms build messages; `update` decides; what
//! it wants is done here. It waits for nothing else, so that a hung call is a counting
//! clock on the screen and never a dead key.

use std::{fmt, io, sync::Arc, time::Duration};

use ratatui::Frame;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};

use super::{
    Effect, Model, Msg,
    keys::Keys,
    model::{Confirm, ConfirmStage, Overlay, Session},
    msg::{Key, Press},
    terminal::{Terminal, hung_up, isolate, size},
    update::{keeps_running, update},
};
use crate::{
    clock::Clock,
    model::{Actor, Text, Unknown},
    room::{AskError, Handle, Request, Snapshot},
};

/// Least time between two frames.
const FRAME: Duration = Duration::from_millis(33);

/// How often time is looked at while a dialog counts down.
const HURRIED: Duration = Duration::from_millis(100);

/// How often while time runs faster than it does.
const BRISK: Duration = Duration::from_millis(250);

/// How long questions already asked may still be answered after leaving.
const FAREWELL: Duration = Duration::from_secs(1);

/// The picture: a pure function that knows its theme.
pub type Picture = Box<dyn Fn(&Model, &mut Frame<'_>) + Send + Sync>;

/// What the loop is given by its caller.
pub struct Options {
    pub draw: Picture,
    /// How many pages a dialog needs at the present size; at least 1.
    pub pages: fn(&Model, &Confirm) -> usize,
    /// The terminal's title.
    pub title: Text,
    /// Sequences for the outer terminal pass through tmux.
    pub tmux: bool,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { title, tmux, .. } = self;
        f.debug_struct("Options").field("title", title).field("tmux", tmux).finish()
    }
}

/// How it ended. The terminal has been given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The person left; what to print.
    Left { summary: Option<Text> },
    /// A signal, a terminal that is gone, or a room that closed.
    Ended { why: &'static str, summary: Option<Text> },
}

/// Shows the console until somebody leaves or something ends it.
///
/// # Errors
/// When there is no terminal to take. One that goes away later is an [`Outcome`].
pub async fn run(
    handle: Handle,
    clock: Clock,
    session: Session,
    options: Options,
) -> io::Result<Outcome> {
    // First: a signal between taking the terminal and listening would leave it taken.
    let signals = Signals::listen()?;
    let terminal = Terminal::enter(options.title.clone())?;
    let size = size().unwrap_or_default();
    let model = Model::new(session, handle.snapshot(), size);
    let mut desk = Desk {
        snapshots: handle.watch(),
        handle,
        clock,
        options,
        terminal,
        model,
        tasks: JoinSet::new(),
        drawn_at: None,
        dirty: true,
        end: None,
    };
    desk.draw();
    let mut doors = Doors { signals, keys: Keys::open()? };
    while desk.end.is_none() {
        let wake = desk.next(&mut doors).await;
        desk.take(wake, &mut doors).await;
    }
    Ok(desk.leave().await)
}

/// Where keys and signals come from.
struct Doors {
    signals: Signals,
    keys: Keys,
}

struct Signals {
    term: Signal,
    hup: Signal,
    int: Signal,
    quit: Signal,
    stop: Signal,
    cont: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        let stop = rustix::process::Signal::TSTP.as_raw();
        let cont = rustix::process::Signal::CONT.as_raw();
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            hup: signal(SignalKind::hangup())?,
            int: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            stop: signal(SignalKind::from_raw(stop))?,
            cont: signal(SignalKind::from_raw(cont))?,
        })
    }
}

/// What woke the loop.
enum Wake {
    Keys(Option<Vec<Msg>>),
    Msg(Msg),
    /// The room is gone.
    Closed,
    Tick,
    Frame,
    Stop,
    Continued,
}

struct Desk {
    handle: Handle,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    clock: Clock,
    options: Options,
    terminal: Terminal,
    model: Model,
    /// Questions to the room on their way: one per key, so few that no bound is needed.
    tasks: JoinSet<Msg>,
    drawn_at: Option<Instant>,
    /// What is on the screen is not what it should be.
    dirty: bool,
    end: Option<Outcome>,
}

impl Desk {
    async fn next(&mut self, doors: &mut Doors) -> Wake {
        let ended = |why| Wake::Msg(Msg::Ended { why });
        let text = self.model.takes_text();
        let frame_at = self.drawn_at.map_or_else(Instant::now, |at| at + FRAME);
        let tick_at = self.tick_at();
        tokio::select! {
            biased;
            _ = doors.signals.term.recv() => ended("SIGTERM"),
            _ = doors.signals.hup.recv() => ended("SIGHUP"),
            _ = doors.signals.int.recv() => ended("SIGINT"),
            _ = doors.signals.quit.recv() => ended("SIGQUIT"),
            _ = doors.signals.stop.recv() => Wake::Stop,
            _ = doors.signals.cont.recv() => Wake::Continued,
            messages = doors.keys.next(text, &self.clock) => Wake::Keys(messages),
            Some(answer) = self.tasks.join_next() => match answer {
                Ok(msg) => Wake::Msg(msg),
                // A question that panicked: nobody knows, and nobody waits for it.
                Err(_) => Wake::Tick,
            },
            changed = self.snapshots.changed() => match changed {
                Ok(()) => {
                    let snapshot = Arc::clone(&self.snapshots.borrow_and_update());
                    Wake::Msg(Msg::Snapshot(snapshot))
                }
                Err(_) => Wake::Closed,
            },
            () = sleep_until(tick_at) => Wake::Tick,
            () = sleep_until(frame_at), if self.dirty => Wake::Frame,
        }
    }

    /// The next whole second of steady time, so that every console's clock turns at once;
    /// sooner while a dialog counts down.
    fn tick_at(&self) -> Instant {
        let past = self.clock.now().as_millis().rem_euclid(1000);
        let left = u64::try_from(1000 - past).unwrap_or(1000).max(1);
        let wait = Duration::from_millis(left);
        let wait = if self.clock.speed() > 1 { BRISK } else { wait };
        Instant::now() + if self.is_hurried() { wait.min(HURRIED) } else { wait }
    }

    fn is_hurried(&self) -> bool {
        match &self.model.overlay {
            Some(Overlay::Confirm(confirm)) => {
                matches!(confirm.stage, ConfirmStage::AbortWindow { .. })
                    || self.model.now < confirm.live_at
            }
            Some(
                Overlay::Prompt(_)
                | Overlay::Help { .. }
                | Overlay::Palette { .. }
                | Overlay::Leave { .. }
                | Overlay::Readout,
            )
            | None => false,
        }
    }

    async fn take(&mut self, wake: Wake, doors: &mut Doors) {
        match wake {
            Wake::Keys(Some(messages)) => {
                for msg in messages {
                    self.feed(msg, doors).await;
                }
            }
            Wake::Keys(None) => self.gone(),
            Wake::Msg(msg) => self.feed(msg, doors).await,
            Wake::Closed => self.feed(Msg::Ended { why: "the room closed" }, doors).await,
            Wake::Tick => {
                if hung_up() {
                    return self.gone();
                }
                self.feed(Msg::Tick(self.clock.now()), doors).await;
            }
            Wake::Frame => self.draw(),
            // What the shell's own Ctrl-Z means, sent from elsewhere.
            Wake::Stop => {
                let (key, at) = (Key::Ctrl('z'), self.clock.now());
                self.feed(Msg::Press(Press { key, repeat: false, at }), doors).await;
            }
            Wake::Continued => self.retake(),
        }
    }

    async fn feed(&mut self, msg: Msg, doors: &mut Doors) {
        if self.end.is_some() {
            return;
        }
        self.dirty |= self.matters(&msg);
        let why = if let Msg::Ended { why } = msg { Some(why) } else { None };
        let was_open = has_dialog(&self.model);
        for effect in update(&mut self.model, msg) {
            self.perform(effect, why, doors).await;
        }
        if !was_open && has_dialog(&self.model) {
            // Seen first, then awake: what was typed ahead is not an answer.
            self.draw();
            doors.keys.discard();
        }
    }

    /// Whether it is worth a frame of its own. Readings wait for the next turn of the
    /// clock, unless somebody is deciding by them.
    fn matters(&self, msg: &Msg) -> bool {
        match msg {
            Msg::Snapshot(snapshot) => {
                self.model.overlay.is_some() || snapshot.is_news(&self.model.snapshot)
            }
            Msg::Press(_)
            | Msg::Paste(_)
            | Msg::Burst { .. }
            | Msg::Resize { .. }
            | Msg::Focus { .. }
            | Msg::Tick(_)
            | Msg::Previewed { .. }
            | Msg::Answered { .. }
            | Msg::Shown { .. }
            | Msg::Ended { .. } => true,
        }
    }

    async fn perform(
        &mut self,
        effect: Effect,
        why: Option<&'static str>,
        doors: &mut Doors,
    ) {
        match effect {
            Effect::Ask { ticket, request } => self.ask(ticket, request),
            Effect::Preview { step } => {
                let handle = self.handle.clone();
                self.tasks.spawn(async move {
                    let answer = handle.preview(step.clone()).await;
                    let preview = answer.map_err(|Unknown { why }| why);
                    Msg::Previewed { step, preview }
                });
            }
            Effect::Copy { text } => self.terminal.copy(&text, self.options.tmux),
            Effect::Bell => self.terminal.bell(),
            Effect::Suspend => self.suspend(doors).await,
            Effect::Speed { times } => self.clock.set_speed(times),
            Effect::Quit { summary } => {
                self.end = Some(match why {
                    None => Outcome::Left { summary },
                    Some(why) => Outcome::Ended { why, summary },
                });
            }
        }
    }

    fn ask(&mut self, ticket: u64, request: Request) {
        let handle = self.handle.clone();
        let Session { person, tty, .. } = &self.model.session;
        let actor = Actor::Person { name: person.clone(), from: tty.clone() };
        self.tasks.spawn(async move {
            let answer: Result<(), AskError> = handle.ask(actor, request).await;
            Msg::Answered { ticket, answer }
        });
    }

    fn draw(&mut self) {
        self.dirty = false;
        self.drawn_at = Some(Instant::now());
        self.measure();
        if self.model.columns == 0 || self.model.rows == 0 {
            return;
        }
        let (model, picture) = (&self.model, &self.options.draw);
        if self.terminal.draw(|frame| picture(model, frame)).is_err() {
            return self.gone();
        }
        let Some(Overlay::Confirm(confirm)) = &self.model.overlay else {
            return;
        };
        let pages = (self.options.pages)(&self.model, confirm).max(1);
        if pages != confirm.pages {
            let at = self.clock.now();
            // Only counts pages: it wants nothing done.
            drop(update(&mut self.model, Msg::Shown { pages, at }));
            self.dirty = true;
        }
    }

    /// Stops for the shell, and waits until it lets us go on.
    async fn suspend(&mut self, doors: &mut Doors) {
        if self.terminal.suspend() {
            doors.signals.cont.recv().await;
        } else {
            let words = Text::clean("there is no shell to go back to");
            self.model.toast = Some((words, self.model.now));
        }
        self.retake();
    }

    fn retake(&mut self) {
        if self.terminal.retake().is_err() {
            return self.gone();
        }
        self.draw();
    }

    /// The signal that says "another size" can be lost in a storm of them: the terminal is
    /// asked before each frame, so that the picture and the model never differ.
    fn measure(&mut self) {
        let Some((columns, rows)) = size() else { return };
        if (columns, rows) != (self.model.columns, self.model.rows) {
            // Clears a half-typed token: it wants nothing done.
            drop(update(&mut self.model, Msg::Resize { columns, rows }));
        }
    }

    /// The terminal is gone: nothing is drawn or read any more.
    fn gone(&mut self) {
        if self.end.is_some() {
            return;
        }
        isolate();
        let summary = Text::clean(keeps_running(&self.model).join(" "));
        let why = "the terminal is gone";
        self.end = Some(Outcome::Ended { why, summary: Some(summary) });
    }

    async fn leave(mut self) -> Outcome {
        drop(self.terminal);
        if hung_up() {
            isolate();
        }
        // A HOLD pressed just before leaving is still on its way.
        let answers = async { while self.tasks.join_next().await.is_some() {} };
        drop(timeout(FAREWELL, answers).await);
        self.tasks.shutdown().await;
        self.end.unwrap_or(Outcome::Left { summary: None })
    }
}

const fn has_dialog(model: &Model) -> bool {
    matches!(model.overlay, Some(Overlay::Confirm(_) | Overlay::Leave { .. }))
}
