//! Errands outside the estate: programs on this machine and HTTP requests. Owns how each is
//! run, bounded and reported; never decides whether it may run or run again.

use std::{collections::BTreeMap, fmt};

use crate::{
    driver::{Answer, Errands, Progress},
    model::{CommandSpec, Evidenced, HttpSpec, Span, Text, Trouble},
};

mod command;
mod http;
mod output;
mod secrets;

pub(crate) use command::{Ended, Failed};
pub(crate) use http::{Answered, Lost};

/// The real machine and the real network.
pub struct LiveErrands {
    /// A copy of our own environment, taken at the start.
    env: BTreeMap<String, String>,
    web: http::Web,
}

impl fmt::Debug for LiveErrands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveErrands").finish_non_exhaustive()
    }
}

impl LiveErrands {
    /// `env`: our own environment, of which programs see `PATH`, `HOME`, `LANG` and what
    /// the plan names.
    pub fn new(env: BTreeMap<String, String>) -> Self {
        Self { env, web: http::Web::default() }
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
        spec: &'a CommandSpec,
        limit: Span,
        progress: &'a dyn Progress,
    ) -> Answer<'a, Result<Evidenced, Trouble>> {
        Box::pin(async move {
            let ended = self.run(spec, limit, progress).await;
            ended.map_err(Failed::trouble)?.verdict()
        })
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
