//! `warroom doctor`: is this machine fit to run an incident. Changes nothing.

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
};

use color_eyre::eyre::Result;

use super::{Exit, open, say};
use crate::{
    clock::Clock,
    config::Config,
    driver::{DRIVERS, vocabulary},
    journal::{Journal, sqlite::Sqlite},
    model::Mode,
    plan,
    report::page::paragraph,
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Also check this plan: whether it loads, could run live, and has all it needs
    #[arg(long, value_name = "PLAN")]
    plan: Option<PathBuf>,
}

struct Finding {
    ok: bool,
    what: &'static str,
    value: String,
}

const fn fine(what: &'static str, value: String) -> Finding {
    Finding { ok: true, what, value }
}

const fn unfit(what: &'static str, value: String) -> Finding {
    Finding { ok: false, what, value }
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
        findings.extend(plan(config, path));
    }
    let (width, mut text) = (config.width(), String::new());
    for finding in &findings {
        let mark = if finding.ok { "ok  " } else { "FAIL" };
        let head = format!("{mark} {:<16} ", finding.what);
        text += &paragraph(&head, &finding.value, width);
    }
    let fit = findings.iter().all(|finding| finding.ok);
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
    Finding { ok: !(tty && small), what: "terminal", value }
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

/// What stands between this plan and a live run on this machine.
fn plan(config: &Config, path: &Path) -> Vec<Finding> {
    let loaded = plan::load(path, &vocabulary(), config.env.all());
    let verdict = plan::verdict(&loaded.problems);
    let Some(plan) = &loaded.plan else {
        let value = format!("{verdict}; `warroom check {}` shows where", path.display());
        return vec![unfit("plan", value)];
    };
    let digest = plan.digest.get(..7).unwrap_or_default();
    let live = |kind: &str| DRIVERS.iter().any(|def| def.spec.kind == kind);
    let missing: Vec<String> = plan
        .estate
        .iter()
        .filter(|resource| !live(&resource.kind))
        .map(|resource| format!("{} ({})", resource.id, resource.kind))
        .collect();
    let unset: Vec<String> = plan
        .parameters
        .iter()
        .filter(|parameter| parameter.is_unset() && !parameter.per_tenant)
        // Asked for when a run begins.
        .filter(|parameter| parameter.variable.is_some())
        .map(|parameter| parameter.variable.as_ref().unwrap_or(&parameter.id).clone())
        .collect();
    vec![
        fine("plan", format!("{} @{digest}, {verdict}", plan.name)),
        none_of("drivers", &missing, "for everything", "only in drills, so far:"),
        none_of("parameters", &unset, "all set", "not set, and steps need them:"),
    ]
}

fn none_of(what: &'static str, names: &[String], good: &str, bad: &str) -> Finding {
    if names.is_empty() {
        fine(what, good.to_owned())
    } else {
        unfit(what, format!("{bad} {}", names.join(", ")))
    }
}
