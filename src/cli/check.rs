//! `warroom check`.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use color_eyre::eyre::{Result, bail};

use super::{Exit, out::complain, say, say_coloured, say_json};
use crate::{
    clock::Clock,
    config::Config,
    plan::{
        self, Level, Loaded,
        domain::{self, Loss},
    },
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The plan: a directory with plan.toml and runbooks/, one file, or the name of one
    /// that comes with the program
    #[arg(required_unless_present_any = ["list_lints", "explain"])]
    plan: Option<PathBuf>,
    /// How to print it: for people, or for programs
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    /// A site or region that is lost: say which steps cannot be run, which probes go blind,
    /// who cannot sign in, and whether objectives can still be met; may be given again
    #[arg(long, value_name = "SITE")]
    lose: Vec<String>,
    /// List every rule instead
    #[arg(long)]
    list_lints: bool,
    /// Say what a rule is about, by its id or name, and how to mend what it finds
    #[arg(long, value_name = "LINT", conflicts_with = "list_lints")]
    explain: Option<String>,
}

/// How problems are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Human,
    /// For programs
    Json,
    /// For code scanning: SARIF 2.1.0
    Sarif,
    /// For GitHub Actions: a workflow command each
    Github,
}

/// Exit 0 clean, 1 warnings, 2 errors.
pub(super) fn run(config: &Config, args: &Args) -> Result<Exit> {
    if args.list_lints {
        return list(args.output);
    }
    if let Some(rule) = &args.explain {
        let Some(text) = plan::explain(rule) else {
            bail!("there is no rule `{rule}`; `warroom check --list-lints` shows all");
        };
        say(&text)?;
        return Ok(Exit::Ok);
    }
    let Some(path) = &args.plan else { bail!("name a plan") };
    let whole = directory(path);
    let loaded = super::plan::read(config, whole.as_deref().unwrap_or(path));
    if !args.lose.is_empty() {
        return lose(config, args, &loaded);
    }
    let problems = &loaded.problems;
    match args.output {
        Format::Human => {
            say_coloured(&plan::human(problems, &loaded.sources, config.colour()))?;
        }
        Format::Json => say_json(&plan::json(problems))?,
        Format::Sarif => say_json(&plan::sarif(problems))?,
        Format::Github => say(&plan::github(problems))?,
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

/// The directory of the plan a file is a part of: a runbook of it means nothing alone.
fn directory(path: &Path) -> Option<PathBuf> {
    let within = path.parent().filter(|_| path.is_file())?;
    let (dir, what) = if path.file_name()? == "plan.toml" {
        (within, "the first file")
    } else if within.file_name()? == "runbooks" {
        (within.parent()?, "a runbook")
    } else {
        return None;
    };
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    let whole = dir.join("plan.toml").is_file() && dir.join("runbooks").is_dir();
    whole.then(|| {
        complain(&format!(
            "{} is {what} of the plan {}: that is checked, whole",
            path.display(),
            dir.display()
        ));
        dir.to_owned()
    })
}

/// Exit 0 when everything promised can still be kept, 1 when not or nobody can tell, 2 when
/// a runbook that leaves what is lost cannot be finished.
fn lose(config: &Config, args: &Args, loaded: &Loaded) -> Result<Exit> {
    let Some(plan) = loaded.seen() else {
        bail!("{}", plan::human(&loaded.problems, &loaded.sources, false));
    };
    let loss = match Loss::of(plan, &args.lose) {
        Ok(loss) => loss,
        Err(why) => bail!("{why}"),
    };
    let report = domain::judge(plan, &loss, &super::plan::reach(config, plan));
    match args.output {
        Format::Human => {
            let mut text = domain::human(&report, config.width());
            if loaded.plan.is_none() {
                text +=
                    "The plan has errors: `warroom check` without --lose shows them.\n";
            }
            say(&text)?;
        }
        Format::Json => say_json(&domain::json(&report))?,
        Format::Sarif | Format::Github => {
            bail!("with --lose there is `-o human` and `-o json`")
        }
    }
    Ok(match report.exit_code() {
        0 => Exit::Ok,
        1 => Exit::Failed,
        _ => Exit::Refused,
    })
}

fn list(output: Format) -> Result<Exit> {
    match output {
        Format::Human => say(&plan::list())?,
        Format::Json => say_json(&plan::list_json())?,
        Format::Sarif => say_json(&plan::sarif(&[]))?,
        Format::Github => say(&plan::github(&[]))?,
    }
    Ok(Exit::Ok)
}

/// The day it is, UTC: what is past its day is found.
pub(super) fn today() -> Option<jiff::civil::Date> {
    let now = Clock::system().now().rfc3339();
    now.get(..10)?.parse().ok()
}
