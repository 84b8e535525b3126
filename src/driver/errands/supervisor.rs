//! The process between the console and a step's program: it starts it, bounds it, and
//! leaves word of how it ended where the next console finds it. Owns both sides of that.
//!
//! It ignores a hang-up, and the death of the console that started it. Its argument list is
//! the program's, and its environment is what the program may see, and nothing more.

use std::{collections::BTreeMap, io, path::PathBuf, process::Stdio};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::{Child, Command},
    signal::unix::{Signal, SignalKind, signal},
};

use super::{
    command,
    trace::{Left, Ran, Trace},
};
use crate::{
    driver::Progress,
    model::{Attempt, CommandSpec, Span, Text, Trouble},
};

/// How supervisors are started, and where they leave word.
#[derive(Clone, Debug)]
pub struct Supervisor {
    /// A program that gives its arguments to [`supervise`]: this one.
    pub program: PathBuf,
    /// An absolute path, of the journal's own tree: traces and records go together.
    pub dir: PathBuf,
}

/// What is to be run.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) words: Vec<String>,
    pub(super) env: BTreeMap<String, String>,
    pub(super) dir: Option<String>,
    pub(super) limit: Span,
    /// Secrets of the plan it was given: kept out of everything it leaves.
    pub(super) masks: Vec<String>,
}

impl Supervisor {
    pub(super) async fn run(
        &self,
        attempt: &Attempt,
        job: &Job,
        progress: &dyn Progress,
    ) -> Ran {
        self.begun(attempt, job, progress).await.unwrap_or_else(Ran::from)
    }

    async fn begun(
        &self,
        attempt: &Attempt,
        job: &Job,
        progress: &dyn Progress,
    ) -> Result<Ran, Trouble> {
        if job.words.is_empty() {
            return Err(command::nameless().trouble());
        }
        let trace = Trace::of(&self.dir, attempt);
        trace.ask().map_err(|why| {
            not_sent(&format!(
                "no trace of it can be left in {}: {why}",
                self.dir.display()
            ))
        })?;
        let mut child = self.start(&trace, job)?;
        confide(&mut child, &job.masks).await;
        relay(&mut child, progress).await;
        let ended = child.wait().await;
        tracing::debug!(?ended, key = trace.key(), "the supervisor ended");
        match trace.recall() {
            Left::Ended(ran) => Ok(ran),
            Left::Running(why) | Left::Lost(why) => Err(Trouble::Unknown(why)),
        }
    }

    pub(super) fn recall(&self, attempt: &Attempt) -> Left {
        Trace::of(&self.dir, attempt).recall()
    }

    /// In a group of its own: what ends the console's does not end it.
    fn start(&self, trace: &Trace, job: &Job) -> Result<Child, Trouble> {
        let mut command = Command::new(&self.program);
        command
            .arg0("warroom")
            .arg("supervise")
            .arg("--dir")
            .arg(&self.dir)
            .args(["--key", trace.key()])
            .args(["--limit-ms", &job.limit.as_millis().to_string()])
            .args(["--masks", &job.masks.len().to_string()])
            .arg("--")
            .args(&job.words)
            .env_clear()
            .envs(&job.env)
            .stdin(if job.masks.is_empty() { Stdio::null() } else { Stdio::piped() })
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0);
        if let Some(dir) = &job.dir {
            command.current_dir(dir);
        }
        command.spawn().map_err(|why| {
            let place = job.dir.as_ref().map(|dir| format!(" in {dir}"));
            not_sent(&format!(
                "cannot start a supervisor{}: {why}",
                place.unwrap_or_default()
            ))
        })
    }
}

fn not_sent(why: &str) -> Trouble {
    Trouble::NotSent(Text::capped(why, 300))
}

/// Tells the supervisor what to mask, by a pipe nobody else reads. One that hears less than
/// it was promised begins nothing.
async fn confide(child: &mut Child, masks: &[String]) {
    let Some(mut pipe) = child.stdin.take() else { return };
    let text = serde_json::to_vec(masks).unwrap_or_default();
    if let Err(why) = pipe.write_all(&text).await {
        tracing::debug!(%why, "the supervisor did not listen");
    }
}

/// Passes on what the program prints, until the supervisor has closed its end.
async fn relay(child: &mut Child, progress: &dyn Progress) {
    let Some(out) = child.stdout.take() else { return };
    let mut lines = BufReader::new(out).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        progress.say(Text::clean(line));
    }
}

/// What a supervisor is told on its command line.
#[derive(Debug)]
pub struct Charge {
    pub dir: PathBuf,
    pub key: String,
    pub limit: Span,
    pub words: Vec<String>,
    /// What must not be left of what the program says.
    pub masks: Vec<String>,
}

/// The supervisor's whole life. `env` is its environment, and the program's.
///
/// # Errors
/// When the attempt is not, or is no longer, to be started, and when its outcome could not
/// be written.
pub async fn supervise(
    order: Charge,
    env: BTreeMap<String, String>,
    progress: &dyn Progress,
) -> io::Result<()> {
    let trace = Trace::named(&order.dir, &order.key);
    let [mut hang_up, mut terminate, mut interrupt] =
        [SignalKind::hangup(), SignalKind::terminate(), SignalKind::interrupt()]
            .map(signal);
    // Kept until the outcome is there: the lock says that somebody still cares.
    let begun = trace.begin()?;
    let spec = CommandSpec {
        argv: order.words,
        env,
        pass: Vec::new(),
        dir: None,
        shell: false,
        repeatable: false,
    };
    let own = BTreeMap::new();
    let bounds = (order.limit, order.masks.as_slice());
    let outcome = tokio::select! {
        ended = Box::pin(command::run(&own, &spec, bounds, progress)) => {
            ended.map_err(command::Failed::trouble).map(command::Ended::ran)
        }
        () = heard(&mut terminate) => Err(ended_from_outside()),
        () = heard(&mut interrupt) => Err(ended_from_outside()),
        () = ignored(&mut hang_up) => Err(ended_from_outside()),
    };
    trace.end(outcome.unwrap_or_else(Ran::from))?;
    drop(begun);
    Ok(())
}

fn ended_from_outside() -> Trouble {
    Trouble::Unknown("ended half-way: its supervisor was told to end".into())
}

async fn heard(signal: &mut io::Result<Signal>) {
    match signal {
        Ok(signal) => drop(signal.recv().await),
        Err(_) => std::future::pending().await,
    }
}

/// For ever.
async fn ignored(signal: &mut io::Result<Signal>) {
    loop {
        heard(signal).await;
    }
}
