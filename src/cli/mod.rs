//! The command line: one file per subcommand. Only this module knows clap, prints, and
//! builds real hands.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, Subcommand, ValueEnum};
use color_eyre::eyre::{Result, WrapErr};

use crate::config::{Config, Env};

mod check;
mod completions;
mod console;
mod doctor;
mod drill;
mod headless;
mod incident;
mod open;
mod pilot;
mod plan;
mod run;
mod status;

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
#[command(name = "warroom", version, max_term_width = 96)]
struct Cli {
    /// Where journals live [default: `$XDG_STATE_HOME/warroom`]
    #[arg(long, global = true, env = "WARROOM_STATE_DIR", value_name = "DIR")]
    state_dir: Option<PathBuf>,
    /// The name you act under, as records show it [default: $USER]
    #[arg(long = "as", global = true, env = "WARROOM_PERSON", value_name = "NAME")]
    person: Option<String>,
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Play a region failover in a simulated world (start here)
    Drill(drill::Args),
    /// Watch the estate, and run a failover by keystrokes
    Console(console::Args),
    /// Check a plan: everything wrong with it, in one pass
    Check(check::Args),
    /// Work on a plan: its schema, its reference, its version
    Plan(plan::Args),
    /// Say in one line whether a failover would work now
    Status(status::Args),
    /// Run a runbook without a screen, with every confirmation given beforehand
    Run(run::Args),
    /// List, show, resume, verify and export incidents and drills
    Incident(incident::Args),
    /// Print a completion script for your shell
    Completions(completions::Args),
    /// Check this machine: directories, terminal, clock, credentials
    Doctor(doctor::Args),
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people
    #[default]
    Human,
    /// For programs
    Json,
}

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Prints help and version to standard output, mistakes to standard error.
            drop(error.print());
            return if error.use_stderr() {
                Exit::Refused.into()
            } else {
                Exit::Ok.into()
            };
        }
    };
    match color_eyre::install().and_then(|()| run(cli)) {
        Ok(exit) => exit.into(),
        Err(error) if is_broken_pipe(&error) => Exit::Ok.into(),
        Err(error) => {
            complain(&error);
            Exit::Refused.into()
        }
    }
}

fn run(cli: Cli) -> Result<Exit> {
    let config =
        Config::new(Env::read(), cli.state_dir.as_deref(), cli.person.as_deref())?;
    log_to_file(&config);
    match cli.task {
        Task::Drill(args) => drill::run(&config, &args),
        Task::Console(args) => console::run(&config, &args),
        Task::Check(args) => check::run(&config, &args),
        Task::Plan(args) => plan::run(&args),
        Task::Status(args) => status::run(&config, &args),
        Task::Run(args) => run::run(&config, &args),
        Task::Incident(args) => incident::run(&config, &args),
        Task::Completions(args) => completions::run(&args),
        Task::Doctor(args) => doctor::run(&config, &args),
    }
}

/// Diagnostics go to a file in the state directory, when `WARROOM_LOG` asks for them:
/// the screen belongs to the console.
fn log_to_file(config: &Config) {
    let Some(filter) = config.env.get("WARROOM_LOG") else {
        return;
    };
    let path = config.state_dir.join("warroom.log");
    let opened = std::fs::create_dir_all(&config.state_dir)
        .and_then(|()| std::fs::OpenOptions::new().create(true).append(true).open(path));
    let Ok(file) = opened else {
        return;
    };
    let filter = tracing_subscriber::EnvFilter::new(filter);
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(std::sync::Arc::new(file));
    // A second installation cannot happen: this runs once.
    drop(log.try_init());
}

/// Writes lines to standard output.
pub(crate) fn say(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") })
        .and_then(|()| out.flush())
        .wrap_err("standard output")
}

fn complain(error: &color_eyre::Report) {
    let mut text = format!("warroom: {error}");
    for cause in error.chain().skip(1) {
        text.push_str(": ");
        text.push_str(&cause.to_string());
    }
    let text = crate::model::Text::clean(text);
    drop(writeln!(io::stderr(), "{text}"));
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
