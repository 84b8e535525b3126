//! A test server as a child process: started, ready, ended.
//!
//! Owns the rules every server of `tests/support` keeps: it says `READY <port>` once it
//! listens, and ends when its standard input closes, so that it dies with the test
//! process even when that is killed.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use super::venv::{self, Kind};

/// How long a server may take to say READY. It takes 1.5 s on two cores.
const START_TIMEOUT: Duration = Duration::from_mins(3);

static STARTED: AtomicU32 = AtomicU32::new(0);

/// A running test server; ends with this value, at the latest with this process.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    /// The server ends when this closes.
    stdin: Option<ChildStdin>,
    port: u16,
    log: PathBuf,
}

impl Server {
    /// Starts the server of this kind and waits until it listens.
    ///
    /// # Errors
    /// What could not be done, with the server's log.
    pub(super) fn start(kind: Kind, arguments: &[&str]) -> Result<Self, String> {
        let python = venv::python(kind)?;
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let logs = venv::servers_dir().join("log");
        let name = format!("{}-{}-{number}.log", kind.name(), std::process::id());
        let log = logs.join(name);
        let errors = fs::create_dir_all(&logs)
            .and_then(|()| File::create(&log))
            .map_err(|why| format!("cannot write {}: {why}", log.display()))?;
        let mut child = Command::new(python)
            .arg("-B")
            .arg(venv::sources_dir().join(kind.script()))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .map_err(|why| format!("cannot start {}: {why}", kind.script()))?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take();
        let mut server = Self { child, stdin, port: 0, log };
        let ready = stdout.and_then(first_line).unwrap_or_default();
        server.port = ready
            .strip_prefix("READY ")
            .and_then(|port| port.trim().parse().ok())
            .ok_or_else(|| {
                format!(
                    "{} is not ready: {ready:?}\n{}",
                    kind.script(),
                    server.log_text()
                )
            })?;
        Ok(server)
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// What the server wrote to its standard error, with the file it is in.
    pub(super) fn log_text(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        format!("log {}:\n{text}", self.log.display())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stdin.take());
        // Either fails only if the process has ended already.
        if self.child.kill().is_ok() {
            drop(self.child.wait());
        }
        // A log is kept when a test failed and there is something in it.
        let empty = fs::metadata(&self.log).is_ok_and(|log| log.len() == 0);
        if empty || !std::thread::panicking() {
            drop(fs::remove_file(&self.log));
        }
    }
}

/// The first line the child says, or nothing if it ends or takes too long.
fn first_line(stdout: ChildStdout) -> Option<String> {
    let (tell, told) = mpsc::sync_channel(1);
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = BufReader::new(stdout).read_line(&mut line);
        // If nobody listens any more the start was given up.
        drop(tell.send(read.map(|_| line)));
    });
    told.recv_timeout(START_TIMEOUT).ok()?.ok()
}
