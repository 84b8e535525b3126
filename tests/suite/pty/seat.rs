//! The real program in a real terminal: keys in, the screen as a person sees it out.
//!
//! Nothing sleeps: everything waits for text, and a failure tells the last screen.

use std::{
    io::{Read, Write},
    process::Command,
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::Duration,
};

use portable_pty::{CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::Instant;

/// Longer than anything here takes on a busy machine: only a failure waits for it.
const PATIENCE: Duration = Duration::from_mins(3);

/// How long a key may take before it is taken for one that did not count: in the dead time
/// of a dialog, or so soon after the same key that it looks like a held one.
const SOON: Duration = Duration::from_millis(400);

/// The same for the key that sends: pressed twice it would stop what it began.
const SENT: Duration = Duration::from_secs(3);

/// How long to wait for the next bytes before looking at the process itself.
const GLANCE: Duration = Duration::from_millis(100);

/// Typed into the ordinary terminal after the program's end.
const MARK: &str = "~ nobody is here ~";

/// A terminal with the program in it; both end with this value.
pub(super) struct Seat {
    master: Box<dyn MasterPty + Send>,
    /// Kept open: the settings of a terminal are reset with its last user.
    _slave: Box<dyn SlavePty + Send>,
    keyboard: Box<dyn Write + Send>,
    pid: Pid,
    output: Receiver<Vec<u8>>,
    exit: Receiver<u32>,
    ended: Option<u32>,
    screen: vt100::Parser,
    before: String,
}

impl Seat {
    /// Starts `command` in a terminal of that many columns and rows.
    pub(super) fn open(command: &Command, (columns, rows): (u16, u16)) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let before = format!("{:?}", pair.master.get_termios().unwrap());
        let mut child = pair.slave.spawn_command(built(command)).unwrap();
        let pid = i32::try_from(child.process_id().unwrap()).unwrap();
        let (tell, exit) = channel();
        // Both threads end with the program, which ends at the latest with this value.
        thread::spawn(move || child.wait().map(|status| tell.send(status.exit_code())));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (bytes, output) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                let read: Vec<u8> = buffer.iter().take(count).copied().collect();
                if bytes.send(read).is_err() {
                    return;
                }
            }
        });
        let keyboard = pair.master.take_writer().unwrap();
        Self {
            master: pair.master,
            _slave: pair.slave,
            keyboard,
            pid: Pid::from_raw(pid).unwrap(),
            output,
            exit,
            ended: None,
            screen: vt100::Parser::new(rows, columns, 0),
            before,
        }
    }

    /// What the screen shows.
    pub(super) fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// The first row with `part` in it; empty when there is none.
    pub(super) fn row(&self, part: &str) -> String {
        let text = self.text();
        text.lines().find(|row| row.contains(part)).unwrap_or_default().to_owned()
    }

    pub(super) fn shows(&self, part: &str) -> bool {
        self.text().contains(part)
    }

    /// Presses keys, as their bytes.
    pub(super) fn keys(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Takes in what was drawn, waiting a moment for it.
    pub(super) fn glance(&mut self) {
        self.take(GLANCE);
    }

    /// Whether anything was drawn within `limit`; all of it is on the screen now.
    fn take(&mut self, limit: Duration) -> bool {
        match self.output.recv_timeout(limit) {
            Ok(bytes) => {
                self.screen.process(&bytes);
                while let Ok(bytes) = self.output.try_recv() {
                    self.screen.process(&bytes);
                }
                true
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => false,
        }
    }

    /// Waits until the screen is as wanted, or the key that should make it so is taken
    /// for lost.
    pub(super) fn soon(&mut self, seen: impl Fn(&Self) -> bool) -> bool {
        self.within(SOON, seen)
    }

    /// Enter, and what comes of it.
    pub(super) fn enter(&mut self, seen: impl Fn(&Self) -> bool) -> bool {
        self.keys("\r");
        self.within(SENT, seen)
    }

    fn within(&mut self, limit: Duration, seen: impl Fn(&Self) -> bool) -> bool {
        let end = Instant::now() + limit;
        while !seen(self) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            self.take(left.min(GLANCE));
        }
        true
    }

    /// Waits until the screen is as wanted.
    pub(super) fn until(&mut self, what: &str, seen: impl Fn(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !seen(self) {
            let late = Instant::now() > end;
            if !self.take(GLANCE) && (late || self.is_over()) {
                let how = self.ended.map_or_else(String::new, |code| {
                    format!(" (it ended with status {code})")
                });
                panic!("never saw {what}{how}; the screen:\n{}", self.text());
            }
        }
    }

    pub(super) fn until_shows(&mut self, part: &str) {
        self.until(&format!("`{part}`"), |seat| seat.shows(part));
    }

    /// Presses `keys` until they count: keys typed too early do not.
    pub(super) fn press(&mut self, keys: &str, what: &str, seen: impl Fn(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        loop {
            self.keys(keys);
            if self.soon(&seen) {
                return;
            }
            let text = self.text();
            assert!(Instant::now() < end, "{keys:?} never led to {what}:\n{text}");
        }
    }

    /// One palette command, typed and sent.
    pub(super) fn command(&mut self, words: &str) {
        self.press(":", "the palette", |seat| seat.shows("Enter run"));
        self.write(words);
        self.press("\r", "the palette's end", |seat| !seat.shows("Enter run"));
    }

    /// A line of text: typed key by key until it stands there.
    pub(super) fn write(&mut self, words: &str) {
        let end = Instant::now() + PATIENCE;
        while self.typed() != words {
            self.type_next(words);
            let text = self.text();
            assert!(Instant::now() < end, "`{words}` never stood there:\n{text}");
        }
    }

    /// The next key towards `words`, and what came of it.
    pub(super) fn type_next(&mut self, words: &str) {
        let typed = self.typed();
        match words.strip_prefix(typed.as_str()).and_then(|rest| rest.chars().next()) {
            Some(key) => self.keys(key.encode_utf8(&mut [0; 4])),
            None => self.keys("\x15"),
        }
        self.soon(|seat| seat.typed() != typed);
    }

    /// What stands on the line that takes keys.
    pub(super) fn typed(&self) -> String {
        let text = self.text();
        // At the left edge or behind a border, up to the cursor's `_`.
        let field = |row: &str| {
            let (before, words) = row.rsplit_once('_')?.0.rsplit_once("> ")?;
            let edge = before.trim_end().chars().next_back();
            edge.is_none_or(|c| c == ':' || !c.is_ascii()).then(|| words.to_owned())
        };
        text.lines().find_map(field).unwrap_or_default()
    }

    /// Whether the program has ended.
    pub(super) fn is_over(&mut self) -> bool {
        if self.ended.is_none() {
            self.ended = self.exit.try_recv().ok();
        }
        self.ended.is_some()
    }

    /// Kills it at once and waits for its end.
    pub(super) fn kill(&mut self) {
        kill_process(self.pid, Signal::KILL).unwrap();
        self.ended = Some(self.exit.recv_timeout(PATIENCE).unwrap());
    }

    /// Leaves by hand; the status, and what is on the ordinary screen then.
    pub(super) fn leave(&mut self) -> (u32, String) {
        self.command("q");
        let end = Instant::now() + PATIENCE;
        // Before the dead time is over `y` does not count: it is pressed until it does.
        while !self.is_over() {
            let text = self.text();
            assert!(Instant::now() < end, "it never let me leave:\n{text}");
            if self.shows("y leave") {
                self.keys("y");
                // Pressed sooner again it would look like a held key, which never counts.
                self.soon(|seat| !seat.shows("y leave"));
            } else {
                self.glance();
            }
        }
        self.assert_given_back();
        // What is echoed now comes behind its last words.
        self.keys(MARK);
        self.until_shows(MARK);
        (self.ended.unwrap_or(u32::MAX), self.text())
    }

    fn assert_given_back(&mut self) {
        self.until("the ordinary screen", |seat| {
            !seat.screen.screen().alternate_screen()
        });
        let screen = self.screen.screen();
        assert!(!screen.hide_cursor(), "the cursor is hidden:\n{}", self.text());
        assert!(!screen.bracketed_paste(), "paste is still bracketed");
        let now = format!("{:?}", self.master.get_termios().unwrap());
        assert_eq!(now, self.before, "other terminal settings");
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if !self.is_over() {
            // It may end by itself meanwhile.
            kill_process(self.pid, Signal::KILL).ok();
        }
        if thread::panicking() {
            let text = self.text();
            drop(writeln!(std::io::stderr(), "the last screen:\n{text}"));
        }
    }
}

/// The same command for a terminal of its own.
fn built(command: &Command) -> CommandBuilder {
    let mut built = CommandBuilder::new(command.get_program());
    built.env_clear();
    built.args(command.get_args());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            built.env(name, value);
        }
    }
    built.env("TERM", "xterm-256color");
    built
}
