//! The console as lines: for screen readers, dumb terminals and pipes. The same model, the
//! same `update`, the same door of the room; only the picture is words, one line an event,
//! and what is typed comes line by line. It writes no escape byte.
//!
//! What it cannot do: tell a pasted line from a typed one. Lines that come together are
//! taken for a paste, and none of them counts.

mod teller;
mod words;

use std::{
    io::{self, BufRead, Write},
    sync::Arc,
    thread,
    time::Duration,
};

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc::{Receiver, channel},
    task::JoinSet,
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{Effect, Msg, Outcome, model::Session};
use crate::{
    clock::Clock,
    model::{Actor, Unknown},
    room::{AskError, Handle},
};
pub use teller::Teller;

/// Lines typed while the room is busy; when full the terminal keeps the rest.
const QUEUE: usize = 64;

/// Lines within this time of each other are a paste: nobody ends two lines so fast.
const TOGETHER: Duration = Duration::from_millis(50);

/// How often time is looked at: an abort window is counted in seconds.
const TICK: Duration = Duration::from_millis(250);

/// How long questions already asked may still be answered after leaving.
const FAREWELL: Duration = Duration::from_secs(1);

/// Lines of standard input, read on a thread of their own, until it ends.
///
/// # Errors
/// When the thread cannot be started.
pub fn lines() -> io::Result<Receiver<String>> {
    let (sender, lines) = channel(QUEUE);
    // Blocked in a read that nothing ends, it holds nothing; it ends with the process.
    thread::Builder::new().name("lines".to_owned()).spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    })?;
    Ok(lines)
}

/// Talks until somebody leaves or something ends it.
///
/// # Errors
/// When signals cannot be listened to. An output that is gone is an [`Outcome`].
pub async fn talk(
    handle: Handle,
    clock: Clock,
    session: Session,
    (lines, out): (Receiver<String>, impl Write),
) -> io::Result<Outcome> {
    let teller = Teller::new(session, handle.snapshot());
    let mut talk = Talk { handle, clock, teller, out, tasks: JoinSet::new(), end: None };
    talk.say();
    talk.listen(lines).await?;
    // A HOLD typed just before leaving is still on its way.
    let answers = async { while talk.tasks.join_next().await.is_some() {} };
    drop(timeout(FAREWELL, answers).await);
    talk.tasks.shutdown().await;
    Ok(talk.end.unwrap_or(Outcome::Left { summary: None }))
}

struct Talk<W> {
    handle: Handle,
    clock: Clock,
    teller: Teller,
    out: W,
    /// Questions to the room on their way: one per line, so few that no bound is needed.
    tasks: JoinSet<Msg>,
    end: Option<Outcome>,
}

impl<W: Write> Talk<W> {
    async fn listen(&mut self, mut lines: Receiver<String>) -> io::Result<()> {
        let mut term = signal(SignalKind::terminate())?;
        let mut hup = signal(SignalKind::hangup())?;
        let mut int = signal(SignalKind::interrupt())?;
        let mut snapshots = self.handle.watch();
        let mut tick_at = Instant::now() + TICK;
        while self.end.is_none() {
            let ended = |why| Msg::Ended { why };
            tokio::select! {
                biased;
                _ = term.recv() => self.take(ended("SIGTERM")),
                _ = hup.recv() => self.take(ended("SIGHUP")),
                _ = int.recv() => self.hear(Some("quit".to_owned()), &mut lines).await,
                line = lines.recv() => self.hear(line, &mut lines).await,
                Some(answer) = self.tasks.join_next() => {
                    // A question that panicked: nobody knows, and nobody waits for it.
                    if let Ok(msg) = answer {
                        self.take(msg);
                    }
                }
                changed = snapshots.changed() => match changed {
                    Ok(()) => {
                        let snapshot = Arc::clone(&snapshots.borrow_and_update());
                        self.take(Msg::Snapshot(snapshot));
                    }
                    Err(_) => self.take(ended("the room closed")),
                },
                () = sleep_until(tick_at) => {
                    tick_at = Instant::now() + TICK;
                    self.take(Msg::Tick(self.clock.now()));
                }
            }
            self.say();
        }
        Ok(())
    }

    /// One line; several at once are a paste. The end of the input ends it, too.
    async fn hear(&mut self, line: Option<String>, lines: &mut Receiver<String>) {
        let Some(line) = line else {
            return self.take(Msg::Ended { why: "the input ended" });
        };
        let mut all = vec![line];
        loop {
            sleep(TOGETHER).await;
            let before = all.len();
            while let Ok(line) = lines.try_recv() {
                all.push(line);
            }
            if all.len() == before {
                break;
            }
        }
        let at = self.clock.now();
        for effect in self.teller.hear(&all, at) {
            self.perform(effect, None);
        }
    }

    fn take(&mut self, msg: Msg) {
        let why = if let Msg::Ended { why } = msg { Some(why) } else { None };
        for effect in self.teller.take(msg) {
            self.perform(effect, why);
        }
    }

    fn perform(&mut self, effect: Effect, why: Option<&'static str>) {
        match effect {
            Effect::Ask { ticket, request } => {
                let handle = self.handle.clone();
                let Session { person, tty, .. } = &self.teller.model().session;
                let actor = Actor::Person { name: person.clone(), from: tty.clone() };
                self.tasks.spawn(async move {
                    let answer: Result<(), AskError> = handle.ask(actor, request).await;
                    Msg::Answered { ticket, answer }
                });
            }
            Effect::Preview { step } => {
                let handle = self.handle.clone();
                self.tasks.spawn(async move {
                    let answer = handle.preview(step.clone()).await;
                    let preview = answer.map_err(|Unknown { why }| why);
                    Msg::Previewed { step, preview }
                });
            }
            // Here what would be copied is simply written.
            Effect::Copy { text } => self.put(text.as_str()),
            Effect::Bell | Effect::Suspend => {}
            Effect::Speed { times } => self.clock.set_speed(times),
            Effect::Quit { summary } => {
                self.end = Some(match why {
                    None => Outcome::Left { summary },
                    Some(why) => Outcome::Ended { why, summary },
                });
            }
        }
    }

    fn say(&mut self) {
        for line in self.teller.news() {
            self.put(&line);
        }
        // What was written can be answered from now on.
        let at = self.clock.now();
        for effect in self.teller.told(at) {
            self.perform(effect, None);
        }
    }

    fn put(&mut self, line: &str) {
        let written = writeln!(self.out, "{line}").and_then(|()| self.out.flush());
        if written.is_err() && self.end.is_none() {
            let why = "the output is gone";
            self.end = Some(Outcome::Ended { why, summary: None });
        }
    }
}
