//! The real binary on a plan of this machine alone: programs and requests, no cloud. Owns
//! the place, the plan and the waiting.

use std::{
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use serde_json::Value;
use tokio::time::Instant;

/// More than anything here takes on a busy machine: only a failure waits for it.
pub(super) const PATIENCE: Duration = Duration::from_mins(2);

const HEAD: &str = r#"
schema = 1

[plan]
name = "local"
owner = "Nobody"
version = "1"
reviewed = "2026-01-31"
next_review = "2096-07-31"

[objectives]
rto = "30m"
rpo = "5m"
stable = "1s"
rto_clock = { start = "impact", stop = "verified" }

[[site]]
id = "here"

[[site]]
id = "there"

[[role]]
id = "commander"

[[person]]
id = "ada"
roles = ["commander"]
contact = "+1 202 555 0101"

[[person]]
id = "ben"
roles = ["commander"]
contact = "+1 202 555 0102"

[[service]]
id = "shop"
probes = ["alive"]

[[probe]]
id = "alive"
kind = "command"
argv = ["test", "-d", "/"]
every = "1s"

[[runbook]]
id = "tell"
kind = "response"
from = "here"
to = "there"
"#;

/// Says it past the test harness, which keeps what a passing test prints to itself.
pub(super) fn say(line: &str) {
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// Whether `before` works here as a prefix of a command; says why not.
pub(super) fn works(before: &[&str]) -> bool {
    let (program, arguments) = before.split_first().unwrap();
    let tried = Command::new(program).args(arguments).arg("true").output();
    let why = match tried {
        Ok(output) if output.status.success() => return true,
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(why) => why.to_string(),
    };
    say(&format!("not tested, `{}` does not work here: {why}", before.join(" ")));
    false
}

/// Looks again and again, a moment apart, until it is so.
pub(super) fn until(what: &str, mut seen: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !seen() {
        assert!(Instant::now() < end, "never came: {what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// A home with a plan in it.
pub(super) struct Home {
    dir: tempfile::TempDir,
    steps: Vec<String>,
}

impl Home {
    /// A plan of these steps, each an id and what it does, as a plan writes it.
    pub(super) fn new(steps: &[(&str, String)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut plan = HEAD.to_owned();
        for (id, deed) in steps {
            plan += &format!("\n[[runbook.step]]\nid = \"{id}\"\n{deed}\n");
        }
        fs::write(dir.path().join("plan.toml"), plan).unwrap();
        let steps = steps.iter().map(|(id, _)| (*id).to_owned()).collect();
        Self { dir, steps }
    }

    /// With more in the plan: parameters, probes, lists.
    pub(super) fn with(steps: &[(&str, String)], more: &str) -> Self {
        let home = Self::new(steps);
        let path = home.path("plan.toml");
        let plan = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{plan}\n{more}\n")).unwrap();
        home
    }

    /// A program of that name in a directory before all others: it writes its arguments,
    /// one a line and a rule after them, to `NAME.calls`, then does what `script` says.
    pub(super) fn stand_in(&self, name: &str, script: &str) {
        let dir = self.path("bin");
        fs::create_dir_all(&dir).unwrap();
        let calls = self.path(&format!("{name}.calls"));
        let text = format!(
            "#!/bin/sh\n{{ printf '%s\\n' \"$@\"; echo ---; }} >> '{}'\n{script}\n",
            calls.display()
        );
        let path = dir.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// What the stand-in was called with, call by call.
    pub(super) fn calls(&self, name: &str) -> Vec<Vec<String>> {
        let text = self.read(&format!("{name}.calls"));
        let calls = text.split("---\n").filter(|call| !call.is_empty());
        calls.map(|call| call.lines().map(str::to_owned).collect()).collect()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(super) fn state(&self) -> PathBuf {
        self.path("state")
    }

    /// Where the traces of programs lie.
    pub(super) fn traces(&self) -> PathBuf {
        self.state().join("live/errands")
    }

    pub(super) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Where stand-ins are.
    pub(super) fn bin(&self) -> String {
        self.path("bin").display().to_string()
    }

    /// `before` is what watches it, with its own arguments.
    pub(super) fn under(&self, before: &[&str], arguments: &[&str]) -> Command {
        let binary = env!("CARGO_BIN_EXE_warroom");
        let mut line =
            before.iter().copied().chain([binary]).chain(arguments.iter().copied());
        let mut command = Command::new(line.next().unwrap());
        command
            .args(line)
            .current_dir(self.dir.path())
            .env_clear()
            .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", self.bin()))
            .env("HOME", self.dir.path())
            .env("WARROOM_STATE_DIR", self.state())
            .env("WARROOM_LOG", "debug")
            .env("WARROOM_PERSON", "ada")
            .stdin(Stdio::null());
        command
    }

    pub(super) fn warroom(&self, arguments: &[&str]) -> Command {
        self.under(&[], arguments)
    }

    pub(super) fn told(&self, arguments: &[&str]) -> Output {
        self.warroom(arguments).output().unwrap()
    }

    /// The words every step wants.
    fn words(&self) -> Vec<String> {
        self.steps.iter().map(|step| format!("{step}=there")).collect()
    }

    /// The whole runbook, without a screen.
    pub(super) fn run(&self, before: &[&str]) -> Command {
        let words = self.words();
        let line = ["run", "tell", "--plan", "plan.toml", "--wait", "1m"];
        self.under(before, &confirmed(&line, &words))
    }

    /// The same again after its process ended.
    pub(super) fn resume(&self) -> Command {
        let words = self.words();
        let line = ["incident", "resume", "INC-0001", "--headless", "--wait", "1m"];
        self.warroom(&confirmed(&line, &words))
    }

    pub(super) fn start(&self, mut command: Command) -> Child {
        let log = |name| fs::File::create(self.path(name)).unwrap();
        command.stdout(log("stdout")).stderr(log("stderr")).spawn().unwrap()
    }

    /// All records, as exported.
    pub(super) fn records(&self) -> Vec<Value> {
        let told = self.told(&["incident", "export", "INC-0001"]);
        let text = String::from_utf8(told.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// How many events of that name there are about `step`.
    pub(super) fn count(&self, event: &str, step: &str) -> usize {
        let is = |record: &&Value| {
            record["event"]["event"] == event && record["event"]["step"] == step
        };
        self.records().iter().filter(is).count()
    }
}

fn confirmed<'a>(line: &[&'a str], words: &'a [String]) -> Vec<&'a str> {
    let words = words.iter().flat_map(|words| ["--confirm", words.as_str()]);
    line.iter().copied().chain(words).collect()
}

/// A line that ends only when the test lets it: a pipe with a name.
pub(super) struct Gate(PathBuf);

impl Gate {
    pub(super) fn new(home: &Home, name: &str) -> Self {
        let path = home.path(name);
        let made = Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success(), "mkfifo {}", path.display());
        Self(path)
    }

    /// Waits until somebody is at the other side, and lets them pass.
    pub(super) fn open(&self) {
        let path = self.0.clone();
        patiently("somebody at the gate", move || fs::write(path, "go\n"));
    }

    /// Waits until somebody says something at the other side.
    pub(super) fn hear(&self) -> String {
        let path = self.0.clone();
        patiently("a word", move || fs::read_to_string(path))
    }
}

/// What may never come is waited for on a thread of its own.
fn patiently<T: Send + 'static>(
    what: &str,
    wait: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> T {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || tell.send(wait()));
    let came = told.recv_timeout(PATIENCE);
    came.unwrap_or_else(|why| panic!("never came: {what}: {why}")).unwrap()
}

/// All files below `dir`.
pub(super) fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}
