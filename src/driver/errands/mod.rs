//! Errands outside the estate: programs on this machine and HTTP requests. Owns how each is
//! run, bounded and reported; never decides whether it may run or run again.
//!
//! A step's program is run by a supervisor, a process of its own, so that it and the word
//! of its end outlive the console. A probe's program is not: nobody waits for its answer.

use std::{collections::BTreeMap, fmt};

use crate::{
    driver::{Answer, Errands, Progress, Recalled},
    model::{Attempt, CommandSpec, Evidenced, HttpSpec, Span, Text, Trouble},
};

mod command;
mod http;
mod output;
mod secrets;
mod supervisor;
mod trace;

pub(crate) use command::{Ended, Failed};
pub(crate) use http::{Answered, Lost};
pub use supervisor::{Order, Supervisor, supervise};

/// The real machine and the real network.
pub struct LiveErrands {
    /// A copy of our own environment, taken at the start.
    env: BTreeMap<String, String>,
    web: http::Web,
    supervisor: Supervisor,
}

impl fmt::Debug for LiveErrands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveErrands").finish_non_exhaustive()
    }
}

impl LiveErrands {
    /// `env`: our own environment, of which programs see `PATH`, `HOME`, `LANG` and what
    /// the plan names.
    pub fn new(env: BTreeMap<String, String>, supervisor: Supervisor) -> Self {
        Self { env, web: http::Web::default(), supervisor }
    }

    /// Runs a program to its end.
    pub(crate) async fn run(
        &self,
        spec: &CommandSpec,
        limit: Span,
        progress: &dyn Progress,
    ) -> Result<Ended, Failed> {
        Box::pin(command::run(&self.env, spec, limit, progress)).await
    }

    /// Sends a request once and reads the beginning of its answer.
    pub(crate) async fn ask(
        &self,
        spec: &HttpSpec,
        limit: Span,
    ) -> Result<Answered, Lost> {
        Box::pin(self.web.ask(spec, limit)).await
    }
}

impl Errands for LiveErrands {
    fn command<'a>(
        &'a self,
        attempt: &'a Attempt,
        spec: &'a CommandSpec,
        limit: Span,
        progress: &'a dyn Progress,
    ) -> Answer<'a, Result<Evidenced, Trouble>> {
        let job = supervisor::Job {
            words: command::words(spec),
            env: command::environment(&self.env, spec),
            dir: spec.dir.clone(),
            limit,
        };
        Box::pin(async move { self.supervisor.run(attempt, &job, progress).await })
    }

    fn recall<'a>(&'a self, attempt: &'a Attempt) -> Answer<'a, Recalled> {
        Box::pin(async move { self.supervisor.recall(attempt) })
    }

    fn http<'a>(
        &'a self,
        spec: &'a HttpSpec,
        limit: Span,
    ) -> Answer<'a, Result<Evidenced, Trouble>> {
        Box::pin(async move {
            let answered = self.ask(spec, limit).await.map_err(Lost::trouble)?;
            answered.verdict(spec)
        })
    }
}

/// For callers that show no progress.
#[derive(Debug)]
pub(crate) struct Quiet;

impl Progress for Quiet {
    fn say(&self, _: Text) {}
}
