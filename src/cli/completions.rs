//! `warroom completions`.

use clap::CommandFactory;
use clap_complete::Shell;
use color_eyre::eyre::Result;

use super::{Cli, Exit, ours};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which shell
    shell: Shell,
}

pub(super) fn run(args: &Args) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "warroom", &mut script);
    ours(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Ok)
}
