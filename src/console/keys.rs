//! Reading the keyboard, on a thread of its own: a terminal that hangs in the middle of a
//! sequence stops this thread and nothing else.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use crossterm::event;
use tokio::{
    sync::mpsc::{Receiver, Sender, channel},
    time::{Instant, sleep},
};

use super::{
    input::{Guard, Timed},
    msg::Msg,
};
use crate::clock::Clock;

/// When full the thread waits, and the terminal keeps what it has.
const QUEUE: usize = 1024;

/// How often the thread looks whether it is still wanted.
const LOOK: Duration = Duration::from_millis(250);

/// How long to wait for the rest of what may be a burst, and how often.
const SETTLE: Duration = Duration::from_millis(10);
const ROUNDS: usize = 5;

/// The keyboard.
#[derive(Debug)]
pub(super) struct Keys {
    events: Receiver<Timed>,
    batch: Vec<Timed>,
    guard: Guard,
    wanted: Arc<AtomicBool>,
}

impl Keys {
    /// Starts reading.
    pub(super) fn open() -> io::Result<Self> {
        let (sender, events) = channel(QUEUE);
        let wanted = Arc::new(AtomicBool::new(true));
        let wish = Arc::clone(&wanted);
        // Not joined: it may be stuck in a read that nothing ends, and holds nothing.
        thread::Builder::new()
            .name("keys".to_owned())
            .spawn(move || read(&sender, &wish))?;
        Ok(Self { events, batch: Vec::new(), guard: Guard::default(), wanted })
    }

    /// Everything that has arrived, as messages; none when reading has failed. Loses
    /// nothing when dropped half-way.
    pub(super) async fn next(&mut self, text: bool, clock: &Clock) -> Option<Vec<Msg>> {
        if self.batch.is_empty() {
            let first = self.events.recv().await?;
            self.batch.push(first);
        }
        for rounds in 0..ROUNDS {
            let before = self.batch.len();
            while let Ok(event) = self.events.try_recv() {
                self.batch.push(event);
            }
            // One key is a person; several at once may be the head of a paste, and so may
            // one that decides something: for that it is worth a moment.
            let alone = matches!(self.batch.as_slice(), [only] if !only.decides());
            let settled = rounds > 0 && self.batch.len() == before;
            if alone || settled {
                break;
            }
            sleep(SETTLE).await;
        }
        let batch = std::mem::take(&mut self.batch);
        Some(self.guard.admit(batch, text, clock.now()))
    }

    /// Forgets what was typed ahead.
    pub(super) fn discard(&mut self) {
        self.batch.retain(is_no_key);
        while let Ok(event) = self.events.try_recv() {
            if is_no_key(&event) {
                self.batch.push(event);
            }
        }
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.wanted.store(false, Ordering::Relaxed);
    }
}

const fn is_no_key(timed: &Timed) -> bool {
    !matches!(timed.event, event::Event::Key(_) | event::Event::Paste(_))
}

fn read(events: &Sender<Timed>, wanted: &AtomicBool) {
    let start = Instant::now();
    while wanted.load(Ordering::Relaxed) {
        match event::poll(LOOK).and_then(|ready| ready.then(event::read).transpose()) {
            Ok(None) => {}
            Ok(Some(event)) => {
                let ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
                if events.blocking_send(Timed { event, ms }).is_err() {
                    return;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}
