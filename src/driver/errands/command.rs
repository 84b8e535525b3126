//! Runs a program on this machine: no shell unless the plan asked for one, a small
//! environment, its own process group, a time limit for all of it.

use std::{
    collections::BTreeMap,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::{Child, Command},
    time::{Instant, timeout, timeout_at},
};

use super::{output::Output, secrets::Secrets, trace::Ran};
use crate::{
    driver::Progress,
    model::{CommandSpec, Evidenced, Span, Text, Trouble},
};

/// What every program may see of our environment.
const COMMON: &[&str] = &["PATH", "HOME", "LANG"];

/// From SIGTERM to SIGKILL.
const MERCY: Duration = Duration::from_secs(2);

/// After the program itself has ended, how long to wait for output of what it left behind.
const DRAIN: Duration = Duration::from_millis(500);

/// A program that ended by itself.
pub(crate) struct Ended {
    status: ExitStatus,
    took: Span,
    output: Output,
}

/// A program that did not start, or did not end by itself.
#[derive(Debug)]
pub(crate) enum Failed {
    NotStarted(Text),
    Killed(Text),
}

impl Failed {
    pub(super) fn trouble(self) -> Trouble {
        match self {
            Self::NotStarted(why) => Trouble::NotSent(why),
            Self::Killed(why) => Trouble::Unknown(why),
        }
    }

    pub(crate) fn why(self) -> Text {
        match self {
            Self::NotStarted(why) | Self::Killed(why) => why,
        }
    }
}

impl Ended {
    pub(crate) fn success(&self) -> bool {
        self.status.success()
    }

    /// None when a signal ended it.
    pub(crate) fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// `exit 3 in 2s: no such host`.
    pub(crate) fn summary(&self) -> Text {
        let how = match self.status.code() {
            Some(code) => format!("exit {code}"),
            None => "ended by a signal".to_owned(),
        };
        let last = self.output.last().map(|line| format!(": {line}")).unwrap_or_default();
        Text::capped(&format!("{how} in {:.1} s{last}", self.took.as_secs_f64()), 300)
    }

    /// What it printed on its first stream; none when that is too long to be an answer.
    pub(crate) fn answer(&self) -> Option<String> {
        self.output.answer()
    }

    /// With everything it leaves behind.
    pub(super) fn ran(self) -> Ran {
        let (summary, code) = (self.summary(), self.status.code());
        let answer = self.output.answer();
        let outcome = match code {
            Some(0) => {
                let raw = self.output.lines();
                Ok(Evidenced { summary, raw, exit: code, ..Evidenced::default() })
            }
            Some(_) => Err(Trouble::Refused(summary)),
            // Somebody ended it half-way.
            None => Err(Trouble::Unknown(summary)),
        };
        Ran { outcome, code, answer }
    }
}

pub(super) async fn run(
    own: &BTreeMap<String, String>,
    spec: &CommandSpec,
    (limit, masks): (Span, &[String]),
    progress: &dyn Progress,
) -> Result<Ended, Failed> {
    let began = Instant::now();
    let mut child = start(own, spec)?;
    let mut group = Group::of(&child);
    let passed = own.iter().filter(|(name, _)| spec.pass.contains(name));
    let secrets = Secrets::of(passed.chain(&spec.env)).and_of_the_plan(masks);
    let mut output = Output::new(secrets);
    let say = |line: Text| progress.say(line);
    let deadline = began + limit.to_std();
    let ended = follow(&mut child, &mut output, &say, deadline).await;
    output.end(&say);
    let Some(ended) = ended else {
        group.end(&mut child).await;
        let last = output.last().map(|line| format!("; it last said: {line}"));
        let why =
            format!("ended by us at its limit of {limit}{}", last.unwrap_or_default());
        return Err(Failed::Killed(Text::capped(&why, 300)));
    };
    let status = ended.map_err(|why| {
        Failed::Killed(Text::clean(format!("its end could not be awaited: {why}")))
    })?;
    Ok(Ended { status, took: began.elapsed().into(), output })
}

/// The words of the program. A script alone is given to the shell; a shell that is spelled
/// out is a program.
pub(super) fn words(spec: &CommandSpec) -> Vec<String> {
    let script = ["sh".to_owned(), "-euc".to_owned()];
    match (spec.shell, spec.argv.len()) {
        (true, 1) => script.into_iter().chain(spec.argv.clone()).collect(),
        (true | false, _) => spec.argv.clone(),
    }
}

/// All of `own`, our environment, that the program may see, and what the plan gives it.
pub(super) fn environment(
    own: &BTreeMap<String, String>,
    spec: &CommandSpec,
) -> BTreeMap<String, String> {
    let entitled =
        |name: &String| COMMON.contains(&name.as_str()) || spec.pass.contains(name);
    let seen = own.iter().filter(|(name, _)| entitled(name));
    seen.chain(&spec.env).map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn start(own: &BTreeMap<String, String>, spec: &CommandSpec) -> Result<Child, Failed> {
    let words = words(spec);
    let Some((program, arguments)) = words.split_first() else {
        return Err(nameless());
    };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .envs(environment(own, spec))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    if let Some(dir) = &spec.dir {
        command.current_dir(dir);
    }
    command.spawn().map_err(|why| {
        Failed::NotStarted(Text::clean(format!("cannot start {program}: {why}")))
    })
}

pub(super) fn nameless() -> Failed {
    Failed::NotStarted(Text::clean("no program is named"))
}

/// Reads until the program has ended and its output with it. None: the limit came first.
async fn follow(
    child: &mut Child,
    output: &mut Output,
    say: &(dyn Fn(Text) + Sync),
    deadline: Instant,
) -> Option<std::io::Result<ExitStatus>> {
    let (mut out, mut err) = (child.stdout.take(), child.stderr.take());
    let (mut first, mut second) = (vec![0; 8192], vec![0; 8192]);
    let mut status = None;
    let mut until = deadline;
    while status.is_none() || out.is_some() || err.is_some() {
        let step = async {
            tokio::select! {
                read = read(&mut out, &mut first) => Step::Read(0, read),
                read = read(&mut err, &mut second) => Step::Read(1, read),
                ended = child.wait(), if status.is_none() => Step::Ended(ended),
            }
        };
        match timeout_at(until, step).await {
            Ok(Step::Read(0, 0)) => out = None,
            Ok(Step::Read(_, 0)) => err = None,
            Ok(Step::Read(stream, length)) => {
                let buffer = if stream == 0 { &first } else { &second };
                output.take(stream, buffer.get(..length).unwrap_or_default(), say);
            }
            Ok(Step::Ended(ended)) => {
                status = Some(ended);
                until = until.min(Instant::now() + DRAIN);
            }
            // What the program left behind still holds its output open: that is not
            // waited for, and it ends with the group.
            Err(_) => return status,
        }
    }
    status
}

enum Step {
    Read(usize, usize),
    Ended(std::io::Result<ExitStatus>),
}

/// Bytes read; none at the end. A stream that is closed never answers.
async fn read(from: &mut Option<impl AsyncRead + Unpin>, into: &mut [u8]) -> usize {
    match from {
        Some(from) => from.read(into).await.unwrap_or(0),
        None => std::future::pending().await,
    }
}

/// A program and all it started. What is left of it ends with this value.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(Pid::from_raw))
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = self.0 {
            let nobody = kill_process_group(pid, signal).is_err();
            tracing::trace!(?pid, ?signal, nobody, "signal to a process group");
        }
    }

    /// Asks, waits, and then does not ask.
    async fn end(&mut self, child: &mut Child) {
        self.signal(Signal::TERM);
        let ended = timeout(MERCY, child.wait()).await;
        self.signal(Signal::KILL);
        self.0 = None;
        if ended.is_err() {
            // SIGKILL cannot be refused, but a process stuck in the kernel takes its time.
            drop(timeout(MERCY, child.wait()).await);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}
