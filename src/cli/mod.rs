//! The command line: one file per subcommand. Only this module knows clap, prints, and
//! builds real hands.

use std::{io, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand, ValueEnum};
use color_eyre::eyre::{Result, WrapErr};

pub use self::out::install_hooks;
use self::out::{complain, log_to_file, ours, say, say_coloured, say_json};
use crate::{
    config::{Config, Env},
    report::page::paragraph,
};

mod accept;
mod check;
mod choice;
mod completions;
mod console;
mod doctor;
mod drill;
mod fitness;
mod headless;
mod incident;
mod learn;
mod open;
mod out;
mod pilot;
mod plan;
mod run;
mod status;
mod supervise;

/// What scripts rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done and verified; status OK; plan clean.
    Ok = 0,
    /// Failed and nothing is in doubt; status WARN; plan has warnings.
    Failed = 1,
    /// Refused, bad usage; status CRIT; plan has errors.
    Refused = 2,
    /// Sent, outcome not known; status UNKNOWN.
    InDoubt = 3,
    /// Stopped by the operator.
    Aborted = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A terminal console for disaster recovery: watch, decide, confirm, fail over, verify.
///
/// New here? `warroom drill` plays a region failover in a simulated world: no
/// credentials, nothing leaves this process, about four minutes.
#[derive(Debug, Parser)]
#[command(name = "warroom", version, max_term_width = 96, after_help = EXITS)]
struct Cli {
    /// Where journals live [default: `$XDG_STATE_HOME/warroom`]
    #[arg(
        long,
        global = true,
        env = "WARROOM_STATE_DIR",
        value_name = "DIR",
        hide_env = true,
        help_heading = EVERYWHERE
    )]
    state_dir: Option<PathBuf>,
    /// The name you act under, as records show it [default: $USER]
    #[arg(
        long = "as",
        global = true,
        env = "WARROOM_PERSON",
        value_name = "NAME",
        hide_env = true,
        help_heading = EVERYWHERE
    )]
    person: Option<String>,
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Play a runbook in a simulated world (start here)
    #[command(after_help = "Examples:\n  \
        warroom drill                               the E-commerce failover, on screen\n  \
        warroom drill --runbook planned-failback    the way back\n  \
        warroom drill --plan my-plan --headless     your own plan, without a screen")]
    Drill(drill::Args),
    /// Watch the estate, and run a failover by keystrokes
    #[command(after_help = "Examples:\n  \
        warroom console --plan my-plan\n  \
        warroom console --plan my-plan --read-only     for the wall")]
    Console(console::Args),
    /// Check a plan: everything wrong with it, in one pass
    #[command(after_help = "Examples:\n  \
        warroom check my-plan\n  \
        warroom check my-plan --lose us-east-1     what still works without it\n  \
        warroom check --explain L03                what a rule is about\n\
        Exit: 0 clean, 1 warnings, 2 errors; with --lose: 0 all promises can be kept,\n\
        1 not all, or nobody can tell, 2 a runbook that leaves cannot be finished.")]
    Check(check::Args),
    /// Read and write plans: begin one, show it, draw it, estimate it, format it
    #[command(after_help = "Examples:\n  \
        warroom plan new my-plan            begin one, by six questions\n  \
        warroom plan show my-plan           everything it says\n  \
        warroom plan estimate my-plan       when each service would be back")]
    Plan(plan::Args),
    /// Say in one line whether a failover would work now
    #[command(after_help = "Example: warroom status --plan my-plan --timeout 10s\n\
        Exit: 0 OK, 1 WARN, 2 CRIT, 3 UNKNOWN.")]
    Status(status::Args),
    /// Run a runbook without a screen, with every confirmation given beforehand
    #[command(after_help = "Examples:\n  \
        warroom run region-failover --plan my-plan --dry-run\n  \
        warroom run region-failover --plan my-plan --confirm fence=us-east-1 \\\n      \
            --confirm promote=\"LIVE us-west-2\" --observed confirm=\"no answer\"")]
    Run(run::Args),
    /// List, show, resume, verify and export incidents and drills
    Incident(incident::Args),
    /// Print a completion script for your shell
    #[command(after_help = "Examples:\n  \
        bash  source <(warroom completions bash)\n  \
        zsh   warroom completions zsh > \"${fpath[1]}/_warroom\"\n  \
        fish  warroom completions fish > ~/.config/fish/completions/warroom.fish")]
    Completions(completions::Args),
    /// Check this machine: directories, terminal, clock, credentials
    #[command(after_help = "Example: warroom doctor --plan my-plan\n\
        Exit: 0 fit, 1 not fit. Changes nothing.")]
    Doctor(doctor::Args),
    /// Run one program of a step and leave word of its end; not for people
    #[command(hide = true)]
    Supervise(supervise::Args),
}

/// The heading of the options every subcommand has.
const EVERYWHERE: &str = "Everywhere";

const EXITS: &str = "\
Exit status:
  0  done; OK         3  in doubt; UNKNOWN
  1  failed; WARN     5  stopped by the operator
  2  refused; CRIT; bad usage
Environment: WARROOM_STATE_DIR, WARROOM_PERSON, WARROOM_LOG, NO_COLOR";

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    #[default]
    Human,
    Json,
}

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            // It quotes what was typed.
            complain(&error.render().to_string());
            return Exit::Refused.into();
        }
        Err(error) => {
            // Help and version.
            drop(error.print());
            return Exit::Ok.into();
        }
    };
    keep_memory_private();
    match install_hooks().and_then(|()| run(&cli)) {
        Ok(exit) => exit.into(),
        Err(error) if is_broken_pipe(&error) => Exit::Ok.into(),
        Err(error) => {
            complain(&whole(&error));
            Exit::Refused.into()
        }
    }
}

fn run(cli: &Cli) -> Result<Exit> {
    let env = Env::read();
    if let Task::Supervise(args) = &cli.task {
        return supervise::run(env.all(), args);
    }
    let config = Config::new(env, cli.state_dir.as_deref(), cli.person.as_deref())?;
    log_to_file(&config);
    match &cli.task {
        Task::Drill(args) => drill::run(&config, args),
        Task::Console(args) => console::run(&config, args),
        Task::Check(args) => check::run(&config, args),
        Task::Plan(args) => plan::run(&config, args),
        Task::Status(args) => status::run(&config, args),
        Task::Run(args) => run::run(&config, args),
        Task::Incident(args) => incident::run(&config, args),
        Task::Completions(args) => completions::run(args),
        Task::Doctor(args) => doctor::run(&config, args),
        Task::Supervise(args) => supervise::run(config.env.all(), args),
    }
}

/// An error with its causes. Its first line is wrapped to the terminal; what is shown of a
/// plan below keeps its lines.
fn whole(error: &color_eyre::Report) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        text.push_str(": ");
        text.push_str(&cause.to_string());
    }
    let size = rustix::termios::tcgetwinsize(io::stderr()).ok();
    let width = size.map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0);
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    paragraph("warroom: ", first, width) + rest
}

/// Credentials live in memory: neither a core file nor another process of the same person
/// gets to see them. Where the system knows no such thing there is nothing to do.
fn keep_memory_private() {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
            tracing::warn!(%error, "this process can be looked into");
        }
    }
}

fn is_broken_pipe(error: &color_eyre::Report) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

/// The runtime of everything with a screen or a network. Two workers at least: the
/// journal may hold one of them for as long as the disk takes.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime> {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores.clamp(2, 8))
        .enable_all()
        .build()
        .wrap_err("the runtime could not start")
}
