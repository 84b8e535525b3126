//! `warroom plan`: what can be done with a plan besides running it.

mod estimate;
mod fmt;
mod graph;
mod new;
mod seen;
mod show;

use std::path::PathBuf;

use color_eyre::eyre::{Result, WrapErr, bail};

use super::{Exit, say, say_json};
use crate::{config::Config, driver::vocabulary, plan};

pub(super) use estimate::reach;
pub(super) use seen::read;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, clap::Subcommand)]
enum Task {
    /// Begin a plan: six questions, and a failover and a way back to go on with
    #[command(after_help = "Examples:\n  \
        warroom plan new my-plan\n  \
        warroom plan new my-plan --organisation \"The Shop\" --regions eu-west-1,eu-central-1 \\\n      \
            --people \"A. Okafor, +44 20 7946 0101\" \"B. Lind, +44 20 7946 0102\"\n\
        Nothing is ever overwritten.")]
    New(new::Args),
    /// Show everything a plan says
    #[command(after_help = "Examples:\n  \
        warroom plan show my-plan | less\n  \
        warroom plan show my-plan region-failover     one runbook\n  \
        warroom plan show my-plan -o json | jq .resolved.services")]
    Show(show::Args),
    /// Draw a runbook: what waits for what, and the critical path
    #[command(after_help = "Examples:\n  \
        warroom plan graph my-plan region-failover\n  \
        warroom plan graph my-plan region-failover -o svg > failover.svg\n  \
        warroom plan graph my-plan -o dot | dot -Tpdf > failover.pdf")]
    Graph(graph::Args),
    /// Say when each service would be back, and by which step
    #[command(after_help = "Examples:\n  \
        warroom plan estimate my-plan\n  \
        warroom plan estimate my-plan region-failover -o json\n\
        Exit: 0 every objective is met 19 times in 20, 1 only half the time, 2 not even that.")]
    Estimate(estimate::Args),
    /// Write a plan's files the one way: keys in their order, comments kept
    #[command(after_help = "Examples:\n  \
        warroom plan fmt my-plan\n  \
        warroom plan fmt my-plan --check     in CI\n\
        Exit: 0 done, or nothing to do; 1 with --check when a file would change.")]
    Fmt(fmt::Args),
    /// Print the JSON Schema of plans, for editors
    #[command(after_help = "Example: warroom plan schema > plan.schema.json")]
    Schema,
    /// Print the plan reference
    #[command(after_help = "Example: warroom plan reference | less")]
    Reference,
    /// Write a plan of an older version of the language anew, in place
    #[command(after_help = "Example: warroom plan migrate my-plan")]
    Migrate {
        /// The plan: a directory with plan.toml and runbooks/, or one file
        plan: PathBuf,
    },
}

pub(super) fn run(config: &Config, args: &Args) -> Result<Exit> {
    match &args.task {
        Task::New(args) => return new::run(config, args),
        Task::Show(args) => return show::run(config, args),
        Task::Graph(args) => return graph::run(config, args),
        Task::Estimate(args) => return estimate::run(config, args),
        Task::Fmt(args) => return fmt::run(args),
        Task::Schema => say_json(&plan::schema(&vocabulary()))?,
        Task::Reference => say(&plan::reference(&vocabulary()))?,
        Task::Migrate { plan } => migrate(plan)?,
    }
    Ok(Exit::Ok)
}

fn migrate(path: &std::path::Path) -> Result<()> {
    let path = if path.is_dir() { path.join("plan.toml") } else { path.to_owned() };
    let text =
        std::fs::read_to_string(&path).wrap_err_with(|| path.display().to_string())?;
    match plan::migrate(&text) {
        Ok(plan::Migrated::Current) => {
            say(&format!("{} is of the newest version already", path.display()))
        }
        Ok(plan::Migrated::Rewritten(text)) => {
            std::fs::write(&path, text).wrap_err_with(|| path.display().to_string())?;
            say(&format!("{} is of schema {} now", path.display(), plan::SCHEMA))
        }
        Err(why) => bail!("{}: {why}", path.display()),
    }
}
