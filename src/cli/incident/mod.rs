//! `warroom incident`: what was run, what it says, whether it can be trusted, going on
//! with it.

mod list;
mod resume;
mod tell;
mod verify;
mod which;

use color_eyre::eyre::Result;

use super::{Exit, Output, accept};
use crate::config::Config;

pub(super) use which::find;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, clap::Subcommand)]
enum Task {
    /// List incidents and drills, oldest first
    #[command(after_help = "Example: warroom incident list")]
    List {
        /// How to print it: for people, or for programs
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Tell one from beginning to end: page one, then every record
    #[command(after_help = "Example: warroom incident show DRILL-0001")]
    Show {
        /// For example INC-0007 or DRILL-0003; `warroom incident list` shows them
        id: String,
        /// How to print it: for people, or for programs
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Go on with one whose console ended; asks the world first what became of open calls
    #[command(after_help = "Examples:\n  warroom incident resume INC-0007\n  \
                            warroom incident resume DRILL-0003 --headless")]
    Resume(resume::Resume),
    /// Approve a step somebody else asks approval for, without a console of your own
    #[command(after_help = "Example: warroom incident approve INC-0007 promote \
                            --words \"lag is known, go\"")]
    Approve {
        /// For example INC-0007; `warroom incident list` shows them
        id: String,
        /// The step's id, as the plan writes it
        step: String,
        /// Your words, for the record
        #[arg(long, default_value = "approved")]
        words: String,
    },
    /// Accept by name a check that keeps a step from starting
    #[command(after_help = "Example: warroom incident override INC-0007 promote \
                            \"lag\" --reason \"measured by hand: 40 s\"")]
    Override(accept::Args),
    /// Check that no record was altered, cut out, swapped or cut off
    #[command(after_help = "Examples:\n  warroom incident verify INC-0007\n  \
                            warroom incident verify inc-0007.jsonl")]
    Verify(verify::Args),
    /// Print one for keeping: every record, or page one and the timeline
    #[command(
        after_help = "Examples:\n  warroom incident export INC-0007 > inc-0007.jsonl\
                            \n  warroom incident export INC-0007 --format md > inc-0007.md"
    )]
    Export {
        /// For example INC-0007 or DRILL-0003; `warroom incident list` shows them
        id: String,
        #[arg(long, value_enum, default_value_t)]
        format: tell::Format,
    },
}

pub(super) fn run(config: &Config, args: &Args) -> Result<Exit> {
    match &args.task {
        Task::List { output } => list::list(config, *output),
        Task::Show { id, output } => tell::show(config, id, *output),
        Task::Resume(resume) => resume::go_on(config, resume),
        Task::Approve { id, step, words } => resume::approve(config, id, step, words),
        Task::Override(args) => accept::run(config, args),
        Task::Verify(args) => verify::run(config, args),
        Task::Export { id, format } => tell::export(config, id, *format),
    }
}
