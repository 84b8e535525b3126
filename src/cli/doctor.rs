//! `warroom doctor`: is this machine fit to run an incident. Changes nothing.

use std::io::IsTerminal;

use color_eyre::eyre::Result;

use super::{Exit, open, say};
use crate::{clock::Clock, config::Config, journal::sqlite::Sqlite, model::Mode};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Also look at everything this plan declares
    #[arg(long, value_name = "PLAN")]
    plan: Option<std::path::PathBuf>,
}

struct Finding {
    ok: bool,
    what: &'static str,
    value: String,
}

/// Exit 0 when everything is fit, 1 otherwise.
pub(super) fn run(config: &Config, args: &Args) -> Result<Exit> {
    let mut findings = vec![
        Finding {
            ok: true,
            what: "version",
            value: format!("warroom {}", env!("CARGO_PKG_VERSION")),
        },
        Finding {
            ok: true,
            what: "state directory",
            value: config.state_dir.display().to_string(),
        },
        journal(config, Mode::Live),
        journal(config, Mode::Drill),
        terminal(config),
        clock(),
        Finding {
            ok: true,
            what: "you act as",
            value: format!("{} ({})", config.person, config.tty),
        },
        credentials(config),
    ];
    if let Some(path) = &args.plan {
        findings.push(plan(config, path));
    }
    let mut text = String::new();
    for finding in &findings {
        let mark = if finding.ok { "ok  " } else { "FAIL" };
        text += &format!("{mark} {:<16} {}\n", finding.what, finding.value);
    }
    say(&text)?;
    Ok(if findings.iter().all(|finding| finding.ok) { Exit::Ok } else { Exit::Failed })
}

fn journal(config: &Config, mode: Mode) -> Finding {
    let what = match mode {
        Mode::Live => "live journal",
        Mode::Drill => "drill journal",
    };
    if !Sqlite::exists(&config.state_dir, mode) {
        return Finding { ok: true, what, value: "none yet".to_owned() };
    }
    match Sqlite::open(&config.state_dir, mode) {
        Ok(journal) => {
            use crate::journal::Journal as _;
            let count = journal.heads().map(|heads| heads.len());
            let value =
                count.map_or_else(|e| e.to_string(), |n| format!("{n} incidents"));
            Finding { ok: true, what, value }
        }
        Err(error) => Finding { ok: false, what, value: error.to_string() },
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
    Finding { ok: !(tty && small), what: "terminal", value }
}

fn clock() -> Finding {
    let now = Clock::system().now();
    Finding { ok: true, what: "clock (UTC)", value: now.rfc3339() }
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
    Finding { ok: true, what: "AWS credentials", value }
}

fn plan(config: &Config, path: &std::path::Path) -> Finding {
    match open::plan(config, path) {
        Ok(plan) => {
            let value =
                format!("{} @{}", plan.name, plan.digest.get(..7).unwrap_or_default());
            Finding { ok: true, what: "plan", value }
        }
        Err(error) => Finding { ok: false, what: "plan", value: error.to_string() },
    }
}
