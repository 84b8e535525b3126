//! P1 to P4: the program in a terminal beside a floor, which is this binary again as a
//! ratatui program of thirty lines: first frame, a key's answer, idle work, memory.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a benchmark measures with the machine's own clock, and waits"
)]

use std::{
    io::{Read, Write},
    path::Path,
    sync::mpsc::{Receiver, RecvTimeoutError, sync_channel},
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use ratatui::{
    Terminal,
    backend::CrosstermBackend,
    crossterm::{
        event::{self, KeyCode},
        execute,
        terminal::{EnterAlternateScreen, LeaveAlternateScreen, enable_raw_mode},
    },
    widgets::{Block, Paragraph},
};

mod common;
use common::{head, median, millis, quantile, row};

const FLOOR: &str = "WARROOM_BENCH_FLOOR";
const SIZE: (u16, u16) = (200, 60);
const STARTS: usize = 11;
const KEYS: usize = 120;
/// How long the work of doing nothing is watched.
const IDLE: Duration = Duration::from_secs(5);
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// The least a program like this can be.
fn floor() {
    enable_raw_mode().unwrap();
    let mut out = std::io::stdout();
    execute!(out, EnterAlternateScreen).unwrap();
    let mut terminal = Terminal::new(CrosstermBackend::new(out)).unwrap();
    let (mut help, mut seconds) = (false, 0);
    loop {
        let words = if help { "KEYS" } else { "help" };
        let text = format!("{seconds} seconds\n{words}");
        let draw = |frame: &mut ratatui::Frame<'_>| {
            let text = Paragraph::new(text).block(Block::bordered());
            frame.render_widget(text, frame.area());
        };
        terminal.draw(draw).unwrap();
        if !event::poll(Duration::from_secs(1)).unwrap() {
            seconds += 1;
        } else if let event::Event::Key(key) = event::read().unwrap() {
            help = key.code == KeyCode::Char('?');
            if !help && key.code != KeyCode::Esc {
                break;
            }
        }
    }
    execute!(std::io::stdout(), LeaveAlternateScreen).unwrap();
}

/// A program in a terminal.
struct Shown {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    /// What it sends, with the moment each piece came.
    sent: Receiver<(Instant, Vec<u8>)>,
    screen: vt100::Parser,
    _pty: Box<dyn MasterPty + Send>,
}

impl Shown {
    fn start(mut command: CommandBuilder, home: &Path) -> Self {
        let size =
            PtySize { rows: SIZE.1, cols: SIZE.0, pixel_width: 0, pixel_height: 0 };
        let pty = native_pty_system().openpty(size).unwrap();
        command.env_clear();
        for (name, value) in [
            ("TERM", "xterm-256color"),
            ("LANG", "C.UTF-8"),
            ("PATH", "/usr/bin:/bin"),
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "none"),
            // Nobody listens: a network that is not there.
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
            ("HTTPS_PROXY", "http://127.0.0.1:9"),
            (FLOOR, "1"),
        ] {
            command.env(name, value);
        }
        command.env("HOME", home);
        command.cwd(env!("CARGO_MANIFEST_DIR"));
        let mut reader = pty.master.try_clone_reader().unwrap();
        let keys = pty.master.take_writer().unwrap();
        let (tell, sent) = sync_channel(1024);
        std::thread::spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            while let Ok(length @ 1..) = reader.read(&mut buffer) {
                let piece =
                    (Instant::now(), buffer.iter().take(length).copied().collect());
                if tell.send(piece).is_err() {
                    return;
                }
            }
        });
        let child = pty.slave.spawn_command(command).unwrap();
        let screen = vt100::Parser::new(SIZE.1, SIZE.0, 0);
        Self { child, keys, sent, screen, _pty: pty.master }
    }

    /// When the screen first showed `words`.
    fn until(&mut self, words: &str) -> Instant {
        self.seen(|screen| screen.contains(words), words)
    }

    fn seen(&mut self, done: impl Fn(&str) -> bool, what: &str) -> Instant {
        let limit = Instant::now() + PATIENCE;
        loop {
            let left = limit.saturating_duration_since(Instant::now());
            let Ok((at, bytes)) = self.sent.recv_timeout(left) else {
                panic!("no {what:?} on\n{}", self.screen.screen().contents());
            };
            self.screen.process(&bytes);
            if done(&self.screen.screen().contents()) {
                return at;
            }
        }
    }

    /// Takes in what is sent for so long: how many pieces, and how many bytes.
    fn watch(&mut self, span: Duration) -> (usize, usize) {
        let limit = Instant::now() + span;
        let mut sum = (0, 0);
        loop {
            let left = limit.saturating_duration_since(Instant::now());
            match self.sent.recv_timeout(left) {
                Ok((_, bytes)) => {
                    sum = (sum.0 + 1, sum.1 + bytes.len());
                    self.screen.process(&bytes);
                }
                Err(RecvTimeoutError::Timeout) => return sum,
                Err(RecvTimeoutError::Disconnected) => panic!("it ended"),
            }
        }
    }

    fn press(&mut self, key: &[u8]) -> Instant {
        let at = Instant::now();
        self.keys.write_all(key).unwrap();
        self.keys.flush().unwrap();
        at
    }

    fn proc(&self, file: &str) -> String {
        let pid = self.child.process_id().unwrap();
        std::fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap()
    }

    /// Milliseconds on a processor so far, all threads.
    fn worked(&self) -> f64 {
        let pid = self.child.process_id().unwrap();
        let threads = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
        let nanos = threads.map(|thread| {
            let path = thread.unwrap().path().join("schedstat");
            let text = std::fs::read_to_string(path).unwrap_or_default();
            text.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0.0)
        });
        nanos.sum::<f64>() / 1e6
    }

    fn resident_mb(&self) -> f64 {
        let status = self.proc("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let kb: f64 = line.trim().trim_end_matches("kB").trim().parse().unwrap();
        kb / 1024.0
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// One program to measure, with what its screen shows when it is whole and when its help
/// is open.
struct Program {
    name: &'static str,
    line: Vec<String>,
    whole: &'static str,
    help: &'static str,
}

/// Everything measured of one program.
struct Figures {
    first: f64,
    keys: Vec<f64>,
    /// Percent of one core, bytes and pieces per second.
    idle: (f64, f64, f64),
    resident: f64,
}

impl Program {
    fn start(&self, home: &Path) -> Shown {
        let mut line = self.line.iter();
        let mut command = CommandBuilder::new(line.next().unwrap());
        command.args(line);
        Shown::start(command, home)
    }

    fn first_frame(&self) -> f64 {
        let home = tempfile::tempdir().unwrap();
        let from = Instant::now();
        let mut shown = self.start(home.path());
        millis(shown.until(self.whole).saturating_duration_since(from))
    }

    fn measure(&self) -> Figures {
        let home = tempfile::tempdir().unwrap();
        let mut shown = self.start(home.path());
        shown.until(self.whole);
        // What a start does by the way is over.
        shown.watch(Duration::from_secs(3));
        let (before, from) = (shown.worked(), Instant::now());
        let (pieces, bytes) = shown.watch(IDLE);
        let spent = shown.worked() - before;
        let seconds = from.elapsed().as_secs_f64();
        let count = |number: usize| f64::from(u32::try_from(number).unwrap()) / seconds;
        let idle = (spent / (seconds * 10.0), count(bytes), count(pieces));
        let keys = (0..KEYS).map(|_| self.key(&mut shown)).collect();
        Figures { first: f64::NAN, keys, idle, resident: shown.resident_mb() }
    }

    /// From the key to the first byte that shows its answer.
    fn key(&self, shown: &mut Shown) -> f64 {
        let pressed = shown.press(b"?");
        let answered = shown.until(self.help);
        shown.watch(Duration::from_millis(60));
        shown.press(b"\x1b");
        shown.seen(|screen| !screen.contains(self.help), "the screen again");
        // Not in step with the screen's own clock.
        shown.watch(Duration::from_millis(73));
        millis(answered.saturating_duration_since(pressed))
    }
}

fn program(name: &'static str, arguments: &[&str]) -> Program {
    let line =
        std::iter::once(env!("CARGO_BIN_EXE_warroom")).chain(arguments.iter().copied());
    let line = line.map(str::to_owned).collect();
    Program { name, line, whole: "? help", help: "HELP" }
}

fn report(ours: &Program, figures: &Figures, floor: &Figures) {
    let name = |what: &str| format!("{}: {what}", ours.name);
    let pair = (figures.first, Some(floor.first));
    row(&name("first full frame"), pair.0, pair.1, "ms", "<= 25 ms, <= 2.5x");
    for (what, share, goal) in
        [("key to answer p50", 0.5, "<= 1 ms"), ("key to answer p99", 0.99, "<= 8 ms")]
    {
        let reference = quantile(&floor.keys, share);
        row(&name(what), quantile(&figures.keys, share), Some(reference), "ms", goal);
    }
    row(&name("idle"), figures.idle.0, Some(floor.idle.0), "% CPU", "<= 0.3 %");
    row(&name("idle, sent"), figures.idle.1, Some(floor.idle.1), "B/s", "<= 60 B/s");
    row(&name("idle, frames"), figures.idle.2, Some(floor.idle.2), "/s", "1 /s");
    row(&name("resident"), figures.resident, Some(floor.resident), "MB", "<= 25 MB");
}

fn main() {
    if std::env::var_os(FLOOR).is_some() {
        return floor();
    }
    if !common::asked() {
        return;
    }
    let own = std::env::current_exe().unwrap().display().to_string();
    let least = Program { name: "floor", line: vec![own], whole: "help", help: "KEYS" };
    let programs = [
        program("console", &["console", "--plan", "assets/plans/mycomputer"]),
        program("drill x1", &["drill", "--speed", "1"]),
    ];
    head("console (P1 to P4, 200x60; the reference is the floor)");
    let mut firsts = vec![Vec::new(); programs.len() + 1];
    for _ in 0..STARTS {
        for (all, program) in
            firsts.iter_mut().zip(std::iter::once(&least).chain(&programs))
        {
            all.push(program.first_frame());
        }
    }
    let mut firsts = firsts.into_iter().map(|all| median(&all));
    let mut next = || firsts.next().unwrap();
    let bottom = Figures { first: next(), ..least.measure() };
    for program in &programs {
        let figures = Figures { first: next(), ..program.measure() };
        report(program, &figures, &bottom);
    }
}
