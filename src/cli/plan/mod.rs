//! `warroom plan`: what can be done with a plan besides running it.

mod estimate;

use std::path::PathBuf;

use color_eyre::eyre::{Result, WrapErr, bail};

use super::{Exit, say, say_json};
use crate::{driver::vocabulary, plan};

pub(super) use estimate::reach;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, clap::Subcommand)]
enum Task {
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

pub(super) fn run(args: &Args) -> Result<Exit> {
    match &args.task {
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
