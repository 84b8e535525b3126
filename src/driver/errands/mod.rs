//! Errands outside the estate: programs on this machine, HTTP requests, calls that are
//! written as what they are. Owns how each is run, bounded and reported; never decides
//! whether it may run or run again.
//!
//! A step's program is run by a supervisor, a process of its own, so that it and the word
//! of its end outlive the console. A probe's program is not: nobody waits for its answer.

use std::{collections::BTreeMap, fmt};

use crate::{
    driver::{Answer, Errands, Progress, Recalled},
    model::{
        Action, Call, CommandSpec, Errand, Evidenced, HttpSpec, Order, Preview, Span,
        Text, Trouble, Unknown,
    },
};

mod command;
mod files;
mod http;
mod output;
mod secrets;
mod supervisor;
mod trace;
mod vault;
mod verdict;

pub(crate) use command::{Ended, Failed};
pub(crate) use http::{Answered, Lost};
pub use supervisor::{Charge, Supervisor, supervise};
use trace::Left;
use vault::Vault;

/// The real machine and the real network.
pub struct LiveErrands {
    /// A copy of our own environment, taken at the start.
    env: BTreeMap<String, String>,
    vault: Vault,
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
        let (vault, web) = (Vault::default(), http::Web::default());
        Self { env, vault, web, supervisor }
    }

    /// The variables whose values the plan calls secrets: read now, put into what is sent
    /// when it is sent.
    #[must_use]
    pub fn with_secrets(self, names: &[String]) -> Self {
        let vault = Vault::of(&self.env, names);
        Self { vault, ..self }
    }

    /// Runs a program to its end.
    pub(crate) async fn run(
        &self,
        spec: &CommandSpec,
        limit: Span,
        progress: &dyn Progress,
    ) -> Result<Ended, Failed> {
        let (spec, masks) = self.entrusted(spec).map_err(Failed::NotStarted)?;
        let bounds = (limit, masks.as_slice());
        Box::pin(command::run(&self.env, &spec, bounds, progress)).await
    }

    /// Sends a request once and reads the beginning of its answer.
    pub(crate) async fn ask(
        &self,
        spec: &HttpSpec,
        limit: Span,
    ) -> Result<Answered, Lost> {
        let (spec, masks) = self.vault.fill(spec).map_err(Lost::Unmade)?;
        Box::pin(self.web.ask(&spec, limit, &masks)).await
    }

    /// The program with the secrets it is given, and those secrets. Only its environment
    /// may hold one: everybody can read a command line.
    fn entrusted(&self, spec: &CommandSpec) -> Result<(CommandSpec, Vec<String>), Text> {
        let (env, masks) = self.vault.fill(&spec.env)?;
        Ok((CommandSpec { env, ..spec.clone() }, masks))
    }

    async fn program(
        &self,
        order: &Order,
        spec: &CommandSpec,
        progress: &dyn Progress,
    ) -> Result<Evidenced, Trouble> {
        let (spec, masks) = self.entrusted(spec).map_err(Trouble::NotSent)?;
        let job = supervisor::Job {
            words: command::words(&spec),
            env: command::environment(&self.env, &spec),
            dir: spec.dir.clone(),
            limit: order.limit,
            masks,
        };
        let ran = self.supervisor.run(&order.attempt, &job, progress).await;
        verdict::of(order, ran)
    }

    async fn request(
        &self,
        order: &Order,
        spec: &HttpSpec,
    ) -> Result<Evidenced, Trouble> {
        let answered = self.ask(spec, order.limit).await.map_err(Lost::trouble)?;
        answered.verdict(spec, &order.wanted)
    }
}

impl Errands for LiveErrands {
    fn carry<'a>(
        &'a self,
        order: &'a Order,
        progress: &'a dyn Progress,
    ) -> Answer<'a, Result<Evidenced, Trouble>> {
        Box::pin(async move {
            match (&order.action, order.program()) {
                (Action::Http(spec), _) => self.request(order, spec).await,
                (Action::Errand(Errand::File(call)), _) => {
                    let filled = self.vault.fill(call).map_err(Trouble::NotSent)?;
                    files::put(order, filled.0).await
                }
                (_, Some(spec)) => self.program(order, &spec, progress).await,
                (_, None) => {
                    Err(Trouble::NotSent("nothing here can carry it out".into()))
                }
            }
        })
    }

    fn recall<'a>(&'a self, order: &'a Order) -> Answer<'a, Recalled> {
        Box::pin(async move {
            if let Action::Errand(Errand::File(call)) = &order.action {
                return files::recall(call).await;
            }
            match self.supervisor.recall(&order.attempt) {
                Left::Ended(ran) => Recalled::Ended(verdict::of(order, ran)),
                Left::Running(seen) => Recalled::Running(seen),
                Left::Lost(why) => Recalled::Lost(why),
            }
        })
    }

    fn preview<'a>(&'a self, order: &'a Order) -> Answer<'a, Result<Preview, Unknown>> {
        Box::pin(async move {
            if let Action::Errand(Errand::File(call)) = &order.action {
                return files::preview(order, call).await;
            }
            let calls = vec![Call { line: Text::clean(order.line()) }];
            Ok(Preview { calls, ..Preview::default() })
        })
    }
}

/// For callers that show no progress.
#[derive(Debug)]
pub(crate) struct Quiet;

impl Progress for Quiet {
    fn say(&self, _: Text) {}
}
