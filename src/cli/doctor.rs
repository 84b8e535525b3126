//! `warroom doctor`: is this machine fit to run an incident. Changes nothing.

use std::{io::IsTerminal, path::PathBuf};

use color_eyre::eyre::Result;

use super::{Exit, fitness, open, say};
use crate::{
    clock::Clock,
    config::Config,
    journal::{Journal, sqlite::Sqlite},
    model::Mode,
    report::page::paragraph,
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Also check this plan: whether it loads, could run live, and has all it needs
    #[arg(long, value_name = "PLAN")]
    plan: Option<PathBuf>,
}

pub(super) struct Finding {
    pub mark: Mark,
    pub what: &'static str,
    pub value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Ok,
    /// Worth knowing, and no reason not to begin.
    Note,
    /// Nothing can be asked: a person looks and ticks it.
    Ask,
    Fail,
}

impl Mark {
    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok  ",
            Self::Note => "note",
            Self::Ask => "ask ",
            Self::Fail => "FAIL",
        }
    }
}

pub(super) const fn fine(what: &'static str, value: String) -> Finding {
    Finding { mark: Mark::Ok, what, value }
}

pub(super) const fn unfit(what: &'static str, value: String) -> Finding {
    Finding { mark: Mark::Fail, what, value }
}

pub(super) const fn note(what: &'static str, value: String) -> Finding {
    Finding { mark: Mark::Note, what, value }
}

/// Exit 0 when everything is fit, 1 otherwise.
pub(super) fn run(config: &Config, args: &Args) -> Result<Exit> {
    let mut findings = vec![
        fine("version", format!("warroom {}", env!("CARGO_PKG_VERSION"))),
        state(config),
        journal(config, Mode::Live),
        journal(config, Mode::Drill),
        terminal(config),
        fine("clock (UTC)", format!("{}Z", Clock::system().now().date_time())),
        fine("you act as", format!("{} ({})", config.person, config.tty)),
        credentials(config),
    ];
    if let Some(path) = &args.plan {
        findings.extend(fitness::plan(config, path));
    }
    let (width, mut text) = (config.width(), String::new());
    for finding in &findings {
        let head = format!("{} {:<16} ", finding.mark.word(), finding.what);
        text += &paragraph(&head, &finding.value, width);
    }
    let fit = findings.iter().all(|finding| finding.mark != Mark::Fail);
    text += match (fit, &args.plan) {
        (true, None) => {
            "fit for drills; `warroom doctor --plan PLAN` checks a plan as well\n"
        }
        (true, Some(_)) => "fit\n",
        (false, _) => "not fit: see FAIL above\n",
    };
    say(&text)?;
    Ok(if fit { Exit::Ok } else { Exit::Failed })
}

/// Whether journals can be kept there. Nothing is made: that is the first run's to do.
fn state(config: &Config) -> Finding {
    let dir = &config.state_dir;
    let what = "state directory";
    let shown = dir.display();
    let Some(home) = dir.ancestors().find(|place| place.exists()) else {
        return fine(what, format!("{shown}, made when first needed"));
    };
    let wanted = rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK;
    if !home.is_dir() || rustix::fs::access(home, wanted).is_err() {
        let home = home.display();
        return unfit(
            what,
            format!(
                "{shown}: nothing can be written in {home}; name another directory with \
                 --state-dir"
            ),
        );
    }
    if home == dir {
        fine(what, shown.to_string())
    } else {
        fine(what, format!("{shown}, made when first needed"))
    }
}

fn journal(config: &Config, mode: Mode) -> Finding {
    let (what, first) = match mode {
        Mode::Live => ("live journal", "`warroom console` begins it"),
        Mode::Drill => ("drill journal", "`warroom drill` begins it"),
    };
    if !Sqlite::exists(&config.state_dir, mode) {
        return fine(what, format!("none yet; {first}"));
    }
    let count = Sqlite::open_read_only(&config.state_dir, mode)
        .and_then(|journal| journal.heads().map(|heads| heads.len()));
    match count {
        Ok(1) => fine(what, "1 incident".to_owned()),
        Ok(count) => fine(what, format!("{count} incidents")),
        Err(error) => unfit(what, error.to_string()),
    }
}

fn terminal(config: &Config) -> Finding {
    let tty = std::io::stdout().is_terminal() && std::io::stdin().is_terminal();
    let size = crossterm::terminal::size().ok();
    let term = config.env.get("TERM").unwrap_or("unset");
    let value = match (tty, size) {
        (true, Some((columns, rows))) => format!("{term}, {columns}x{rows}"),
        (true, None) => format!("{term}, size unknown"),
        (false, _) => {
            "not a terminal: only commands without a screen work here".to_owned()
        }
    };
    let small = size.is_some_and(|(columns, rows)| columns < 60 || rows < 16);
    let mark = if tty && small { Mark::Fail } else { Mark::Ok };
    Finding { mark, what: "terminal", value }
}

/// Where credentials would come from; their values are never looked at.
fn credentials(config: &Config) -> Finding {
    let named = ["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE"];
    let set: Vec<_> =
        named.iter().filter(|name| config.env.get(name).is_some()).copied().collect();
    let mut value = if set.is_empty() {
        "no AWS variables set; profiles of the plan's sites are used".to_owned()
    } else {
        format!("from {}", set.join(", "))
    };
    value += if open::metadata(config) {
        "; an EC2 instance's role as the last resort"
    } else {
        "; an EC2 instance's role only with AWS_EC2_METADATA_DISABLED=false"
    };
    fine("AWS credentials", value)
}
