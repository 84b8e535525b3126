//! A real terminal: whatever ends the console, the terminal is as it was before.
//!
//! The console runs in this same binary, started again inside a pty with one test chosen:
//! [`harness`].

use std::{
    io::{Read, Write},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use ratatui::Frame;
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};
use warroom::{
    clock::Clock,
    console::{
        Model, Options,
        model::{Overlay, Session},
        run,
    },
    model::Mode,
    room::Handle,
};

use crate::desk::{Story, at, snapshot};

/// Longer than anything here takes on a busy machine: only a failure waits for it.
const PATIENCE: Duration = Duration::from_mins(3);

const SWITCH: &str = "WARROOM_TEST_CONSOLE";

/// The width at which the picture fails.
pub(crate) const FATAL: u16 = 66;

fn picture(model: &Model, frame: &mut Frame<'_>) {
    assert_ne!(model.columns, FATAL, "a picture that fails");
    let overlay = match &model.overlay {
        None => "SCREEN",
        Some(Overlay::Confirm(_)) => "CONFIRM",
        Some(Overlay::Prompt(_)) => "PROMPT",
        Some(Overlay::Palette { .. }) => "PALETTE",
        Some(Overlay::Help { .. }) => "HELP",
        Some(Overlay::Leave { .. }) => "LEAVING",
        Some(Overlay::Readout) => "READOUT",
    };
    let armed = model.armed_for().map_or("", |_| "ARMED ");
    let size = (model.columns, model.rows);
    let line = format!("{overlay} {armed}pid={} size={size:?} ", std::process::id());
    frame.render_widget(line, frame.area());
}

/// Not a test: the console inside the pty.
#[test]
fn harness() {
    if std::env::var_os(SWITCH).is_none() {
        return;
    }
    warroom::cli::install_hooks().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = runtime.unwrap().block_on(async {
        let (asks, _asked) = mpsc::channel(8);
        let (previews, _previewed) = mpsc::channel(8);
        let story = Story::up_to("scale");
        let (room, snapshots) = watch::channel(snapshot(Some(&story), at(0), true, &[]));
        let session = Session {
            mode: Mode::Live,
            person: "shah".into(),
            tty: "pty".into(),
            read_only: false,
        };
        let options = Options {
            draw: Box::new(picture),
            pages: |_, _| 1,
            title: "war room".into(),
            tmux: false,
        };
        let handle = Handle::new(asks, previews, snapshots);
        // Before anything is drawn: who sees the screen may send it.
        let kind = tokio::signal::unix::SignalKind::user_defined1();
        let mut close = tokio::signal::unix::signal(kind).unwrap();
        let closing = async {
            close.recv().await;
            drop(room);
            std::future::pending::<()>().await;
        };
        tokio::select! {
            outcome = run(handle, Clock::system(), session, options) => outcome,
            () = closing => unreachable!("it never ends"),
        }
    });
    outcome.unwrap();
}

/// A terminal with a console in it.
pub(crate) struct Seat {
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    pub(crate) child: Box<dyn Child + Send + Sync>,
    pub(crate) output: Receiver<Vec<u8>>,
    pub(crate) screen: vt100::Parser,
    before: String,
    pid: Option<Pid>,
}

impl Seat {
    /// `script` is what a shell runs; `$CONSOLE` is the console.
    pub(crate) fn open(script: &str) -> Self {
        let size = PtySize { rows: 24, cols: 100, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let before = format!("{:?}", pair.master.get_termios().unwrap());
        let binary = std::env::current_exe().unwrap();
        let console =
            format!("{} --exact terminal::harness --nocapture", binary.display());
        let mut command = CommandBuilder::new("sh");
        command.args(["-c", &script.replace("$CONSOLE", &console)]);
        command.env(SWITCH, "1");
        command.env("TERM", "xterm-256color");
        command.env("RUST_BACKTRACE", "0");
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (bytes, output) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if bytes
                    .send(buffer.iter().take(count).copied().collect::<Vec<u8>>())
                    .is_err()
                {
                    return;
                }
            }
        });
        let keyboard = pair.master.take_writer().unwrap();
        let screen = vt100::Parser::new(24, 100, 0);
        Self { master: pair.master, keyboard, child, output, screen, before, pid: None }
    }

    pub(crate) fn until(&mut self, what: &str, seen: impl Fn(&vt100::Screen) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !seen(self.screen.screen()) {
            // The clock is drawn every second: silence is not what a failure looks like.
            let left = end.saturating_duration_since(Instant::now());
            let Ok(bytes) = self.output.recv_timeout(left) else {
                panic!("never saw {what}; the screen:\n{}", self.text());
            };
            self.screen.process(&bytes);
        }
    }

    /// Everything that is still to come, until the other end closes.
    pub(crate) fn drain(&mut self) {
        while let Ok(bytes) = self.output.recv_timeout(PATIENCE) {
            self.screen.process(&bytes);
        }
    }

    pub(crate) fn text(&self) -> String {
        self.screen.screen().contents()
    }

    pub(crate) fn type_keys(&mut self, keys: &[u8]) {
        self.keyboard.write_all(keys).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// The line is cut; what ran in it is left.
    pub(crate) fn hang_up(self) -> Box<dyn Child + Send + Sync> {
        let Self { master, keyboard, child, output, .. } = self;
        drop((output, keyboard, master));
        child
    }

    pub(crate) fn resize(&self, cols: u16) {
        let size = PtySize { rows: 24, cols, pixel_width: 0, pixel_height: 0 };
        self.master.resize(size).unwrap();
    }

    /// Presses `keys` until the screen is as wanted: what comes too soon does not count.
    pub(crate) fn press(&mut self, keys: &[u8], wanted: &str) {
        let end = Instant::now() + PATIENCE;
        while !self.text().contains(wanted) {
            assert!(
                Instant::now() < end,
                "{keys:?} never led to {wanted}:\n{}",
                self.text()
            );
            self.type_keys(keys);
            self.glance();
        }
    }

    /// Takes in what is drawn, waiting a moment for it.
    pub(crate) fn glance(&mut self) {
        while let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(200)) {
            self.screen.process(&bytes);
        }
    }

    pub(crate) fn ready(&mut self) {
        // The whole line: a frame may come in parts.
        self.until("the console", |screen| {
            let text = screen.contents();
            screen.alternate_screen()
                && text.contains("SCREEN ")
                && text.contains("size=(")
        });
        let text = self.text();
        let digits = text.split("pid=").nth(1).unwrap().split(' ').next().unwrap();
        self.pid = Pid::from_raw(digits.parse().unwrap());
        assert_ne!(self.termios(), self.before, "raw mode");
    }

    /// The console's, since it was ready.
    pub(crate) fn pid(&self) -> Pid {
        self.pid.unwrap()
    }

    pub(crate) fn termios(&self) -> String {
        format!("{:?}", self.master.get_termios().unwrap())
    }

    pub(crate) fn assert_given_back(&self, how: &str) {
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen(), "{how}: still on the alternate screen");
        assert!(!screen.hide_cursor(), "{how}: the cursor is hidden");
        assert!(!screen.bracketed_paste(), "{how}: paste is still bracketed");
        assert_eq!(self.termios(), self.before, "{how}: other terminal settings");
    }
}

/// Ends a console in one way and looks at what is left.
fn check(how: &str, end: impl FnOnce(&mut Seat)) {
    let mut seat = Seat::open("$CONSOLE; echo status=$?; read _");
    seat.ready();
    end(&mut seat);
    seat.until(&format!("the shell again after {how}"), |screen| {
        screen.contents().contains("status=")
    });
    seat.assert_given_back(how);
    seat.type_keys(b"\n");
    seat.child.wait().unwrap();
}

#[test]
fn every_signal_that_ends_it_gives_the_terminal_back() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT] {
        check(&format!("{signal:?}"), |seat| kill_process(seat.pid(), signal).unwrap());
    }
}

#[test]
fn leaving_by_hand_gives_the_terminal_back() {
    check(":q", |seat| {
        seat.type_keys(b":q");
        // In the same breath as typing Enter does not count: it is pressed until it does.
        while !seat.text().contains("LEAVING") {
            seat.type_keys(b"\r");
            if let Ok(bytes) = seat.output.recv_timeout(Duration::from_millis(300)) {
                seat.screen.process(&bytes);
            }
        }
        // Before the dead time is over `y` does not count: it is pressed until it does.
        while !seat.text().contains("status=") {
            seat.type_keys(b"y");
            let Ok(bytes) = seat.output.recv_timeout(Duration::from_millis(300)) else {
                continue;
            };
            seat.screen.process(&bytes);
        }
    });
}

#[test]
fn a_panic_in_the_picture_gives_the_terminal_back_and_says_so_there() {
    check("a panic", |seat| seat.resize(FATAL));
    let mut seat = Seat::open("$CONSOLE 2>&1");
    seat.ready();
    seat.resize(FATAL);
    seat.until("the panic on the ordinary screen", |screen| {
        !screen.alternate_screen() && screen.contents().contains("a picture that fails")
    });
    seat.drain();
    seat.child.wait().unwrap();
}

#[test]
fn ctrl_z_goes_to_the_shell_and_fg_comes_back() {
    for by_signal in [false, true] {
        let script = "set -m; $CONSOLE; echo stopped; read _; fg; echo status=$?; read _";
        let mut seat = Seat::open(script);
        seat.ready();
        if by_signal {
            kill_process(seat.pid(), Signal::TSTP).unwrap();
        } else {
            seat.type_keys(b"\x1a");
        }
        seat.until("the shell", |screen| screen.contents().contains("stopped"));
        seat.assert_given_back("Ctrl-Z");
        seat.type_keys(b"\n");
        seat.ready();
        kill_process(seat.pid(), Signal::TERM).unwrap();
        seat.until("the end", |screen| screen.contents().contains("status="));
        seat.assert_given_back("fg and SIGTERM");
        seat.type_keys(b"\n");
        seat.child.wait().unwrap();
    }
}

#[test]
fn with_no_shell_to_go_to_ctrl_z_stays() {
    let mut seat = Seat::open("exec $CONSOLE");
    seat.ready();
    seat.type_keys(b"\x1a");
    seat.type_keys(b"n");
    seat.until("the console alive", |screen| screen.contents().contains("PROMPT"));
    kill_process(seat.pid(), Signal::TERM).unwrap();
    seat.drain();
    seat.assert_given_back("SIGTERM");
    seat.child.wait().unwrap();
}

#[test]
fn a_terminal_that_hangs_up_ends_it_even_when_the_signal_is_lost() {
    // In a session of its own it has no controlling terminal: nobody sends it a SIGHUP,
    // and only looking at the terminal tells.
    let lost = "trap '' HUP; setsid $CONSOLE; exit $?";
    let scripts: &[&str] = if cfg!(target_os = "linux") {
        &["exec $CONSOLE", lost]
    } else {
        &["exec $CONSOLE"]
    };
    for script in scripts {
        let size = PtySize { rows: 24, cols: 100, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let binary = std::env::current_exe().unwrap();
        let console =
            format!("{} --exact terminal::harness --nocapture", binary.display());
        let mut command = CommandBuilder::new("sh");
        command.args(["-c", &script.replace("$CONSOLE", &console)]);
        command.env(SWITCH, "1");
        let mut child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let mut screen = vt100::Parser::new(24, 100, 0);
        let mut buffer = [0; 4096];
        while !screen.screen().contents().contains("SCREEN ") {
            // The console draws its clock every second: a read always comes back.
            let count = reader.read(&mut buffer).unwrap();
            screen.process(&buffer[..count]);
        }
        drop(reader);
        drop(pair.master);
        let (done, ended) = channel();
        thread::spawn(move || done.send(child.wait().unwrap()));
        let status = ended.recv_timeout(PATIENCE).unwrap();
        assert!(status.success(), "{script}: {status:?}");
    }
}

#[test]
fn a_storm_of_sizes_settles_on_the_last() {
    check("a storm of sizes", |seat| {
        let size = |rows, cols| PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        for n in 0..1000 {
            let (rows, cols) = [(0, 0), (1, 1), (300, 1000), (24, n)][usize::from(n % 4)];
            seat.master.resize(size(rows, cols)).unwrap();
        }
        seat.master.resize(size(24, 90)).unwrap();
        seat.until("the last size", |screen| screen.contents().contains("size=(90, 24)"));
        kill_process(seat.pid(), Signal::TERM).unwrap();
    });
}
