//! `warroom plan show`: everything a plan says.

use std::path::PathBuf;

use color_eyre::eyre::Result;

use super::seen::{self, Seen};
use crate::{
    cli::{Exit, Output, say_coloured, say_json},
    config::Config,
    model::RunbookId,
    plan::{page::Page, show},
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
    match args.output {
        Output::Human => {
            let page = Page::new(config.width()).coloured(config.colour());
            say_coloured(&show::human(&plan, runbook.as_ref(), page))?;
        }
        Output::Json => say_json(&show::json(&plan, runbook.as_ref()))?,
    }
    Ok(Exit::Ok)
}
