//! `warroom check`.

use std::path::PathBuf;

use color_eyre::eyre::Result;

use super::{Exit, Output, say_coloured, say_json};
use crate::{
    config::Config,
    driver::vocabulary,
    plan::{self, Level},
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The plan: a directory with plan.toml and runbooks/, or one file
    plan: PathBuf,
    /// How to print it: for people, or for programs
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// Exit 0 clean, 1 warnings, 2 errors.
pub(super) fn run(config: &Config, args: &Args) -> Result<Exit> {
    let loaded = plan::load(&args.plan, &vocabulary(), config.env.all());
    let problems = &loaded.problems;
    match args.output {
        Output::Human => {
            say_coloured(&plan::human(problems, &loaded.sources, config.colour()))?;
        }
        Output::Json => say_json(&plan::json(problems))?,
    }
    let worst = |level| problems.iter().any(|problem| problem.level == level);
    Ok(if worst(Level::Error) {
        Exit::Refused
    } else if worst(Level::Warning) {
        Exit::Failed
    } else {
        Exit::Ok
    })
}
