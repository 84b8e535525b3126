//! `warroom plan show`: everything a plan says.

use std::path::PathBuf;

use color_eyre::eyre::Result;

use super::{
    estimate::ahead,
    seen::{self, Seen},
};
use crate::{
    cli::{Exit, Output, say_coloured, say_json},
    config::Config,
    engine::{Time, forecast::short},
    model::{Action, Errand, Estimate, Mode, Procedure, RunbookId, Step},
    plan::{
        Plan,
        page::Page,
        show::{self, Takes, Times},
    },
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The plan: a directory with plan.toml and runbooks/, one file, or the name of one
    /// that comes with the program
    plan: PathBuf,
    /// Only this runbook
    runbook: Option<String>,
    /// How to print it: for people, or for programs
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

pub(super) fn run(config: &Config, args: &Args) -> Result<Exit> {
    let Seen { plan, .. } = seen::load(config, &args.plan)?;
    let runbook = args.runbook.as_deref().map(RunbookId::new);
    if let Some(id) = &runbook {
        seen::known(&plan, id)?;
    }
    let times = times(config, &plan);
    match args.output {
        Output::Human => {
            let page = Page::new(config.width()).coloured(config.colour());
            say_coloured(&show::human(&plan, runbook.as_ref(), &times, page))?;
        }
        Output::Json => say_json(&show::json(&plan, runbook.as_ref(), &times))?,
    }
    Ok(Exit::Ok)
}

/// How long each step takes, as `plan graph` and `plan estimate` have it: what it calls, to
/// its end; else what was seen of it, else what it says; of several lanes the slowest.
fn times(config: &Config, plan: &Plan) -> Times {
    let mut times = Times::new();
    for runbook in &plan.runbooks {
        let Some((procedure, _)) = ahead(config, Mode::Live, plan, &runbook.id) else {
            continue;
        };
        let numbers = plan.numbers(&runbook.id);
        for step in runbook.steps() {
            let of = numbers.get(&step.id).map(Vec::as_slice).unwrap_or_default();
            let estimate = match &step.action {
                Action::Errand(Errand::Call { runbook, .. }) => {
                    ahead(config, Mode::Live, plan, runbook).map(|(_, outlook)| {
                        Estimate { p50: outlook.end.p50, p95: outlook.end.p95 }
                    })
                }
                Action::Errand(_)
                | Action::Estate { .. }
                | Action::Command(_)
                | Action::Http(_)
                | Action::Check { .. }
                | Action::Manual { .. }
                | Action::Approval { .. }
                | Action::Wait { .. }
                | Action::Notify { .. } => slowest(&procedure, of),
            };
            if let Some(estimate) = estimate {
                let words = (short(estimate.p50), short(estimate.p95));
                let key = (runbook.id.clone(), step.id.clone());
                times.insert(key, Takes { estimate, words });
            }
        }
    }
    times
}

fn slowest(procedure: &Procedure, numbers: &[u32]) -> Option<Estimate> {
    let here = |step: &&Step| numbers.contains(&step.number);
    let times = procedure.runbook.steps().filter(here);
    let estimates = times.map(|step| Time::of(procedure, step).estimate);
    estimates.max_by_key(|one| (one.p50, one.p95))
}
