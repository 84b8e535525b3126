//! `warroom console`: the screen, on the real world.

use std::{
    io::{self, IsTerminal},
    path::PathBuf,
    sync::Arc,
};

use color_eyre::eyre::Result;

use super::{
    Exit,
    choice::{self, Chosen},
    learn, open,
    run::head_line,
    say,
};
use crate::{
    clock::Clock,
    config::Config,
    console::{
        self, Outcome,
        model::Session,
        plain,
        theme::{Depth, Theme, When},
        view,
    },
    model::{Mode, Text},
    room::{Handle, Stance},
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The plan: a directory with plan.toml and runbooks/, or one file
    #[arg(long, value_name = "PLAN")]
    plan: PathBuf,
    /// The runbook to watch and run [default: the plan's failover]
    #[arg(long)]
    runbook: Option<String>,
    /// The plan's scenario a run answers, by its id
    #[arg(long, value_name = "ID")]
    scenario: Option<String>,
    #[command(flatten)]
    chosen: Chosen,
    /// Look only: no key of this console can change anything
    #[arg(long)]
    read_only: bool,
    #[command(flatten)]
    look: Look,
}

/// How the screen looks.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Look {
    /// ansi, mono, high-contrast, cvd-dark, cvd-light, light, projector or classic
    #[arg(long, value_name = "NAME")]
    pub(super) theme: Option<String>,
    /// Borders and bars of plain characters
    #[arg(long)]
    pub(super) ascii: bool,
    /// Whether there is colour; auto asks the terminal and `NO_COLOR`
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    pub(super) color: Color,
    /// No screen: lines in, lines out, for screen readers and dumb terminals
    #[arg(long)]
    pub(super) plain: bool,
}

/// `--color`.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
pub(super) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

impl From<Color> for When {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}

pub(super) fn run(config: &Config, args: &Args) -> Result<Exit> {
    let plan = open::plan(config, &args.plan)?;
    if !args.read_only {
        open::in_force(&plan)?;
    }
    let choice = args.chosen.of(&plan, args.scenario.as_deref())?;
    let procedure = open::procedure_for(&plan, args.runbook.as_deref(), &choice)?;
    choice::for_whom(&plan, &procedure, &choice)?;
    let procedure = open::remembering(config, Mode::Live, procedure)?;
    let procedure = learn::recall(config, Mode::Live, procedure);
    let resume = match open::journal_to_read(config, Mode::Live)? {
        Some(journal) => open::open_incident(journal.as_ref())?,
        None => None,
    };
    let stance = if args.read_only { Stance::ReadOnly } else { Stance::Executor };
    super::runtime()?.block_on(async {
        let (room, clock) = open::live_room(config, procedure, resume, stance)?;
        let seat =
            Sitting { mode: Mode::Live, read_only: args.read_only, look: &args.look };
        let result = show(config, &room.handle, clock, seat).await;
        room.close().await;
        result
    })
}

/// Who sits in front of which world.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sitting<'a> {
    pub(super) mode: Mode,
    pub(super) read_only: bool,
    pub(super) look: &'a Look,
}

/// Shows the console until the person leaves.
pub(super) async fn show(
    config: &Config,
    handle: &Handle,
    clock: Clock,
    seat: Sitting<'_>,
) -> Result<Exit> {
    let session = Session {
        mode: seat.mode,
        person: config.person.clone(),
        tty: config.tty.clone(),
        read_only: seat.read_only,
    };
    // A mistake in a name is told before anything is drawn, also where nothing will be.
    let name = seat.look.theme.as_deref().unwrap_or("ansi");
    let theme = Theme::named(name)?;
    let outcome = if seat.look.plain || !has_screen(config) {
        let said = (plain::lines()?, io::stdout());
        plain::talk(handle.clone(), clock, session, said).await?
    } else {
        let depth = Depth::of(seat.look.color.into(), |name| config.env.get(name));
        let ascii = seat.look.ascii || !speaks_utf8(config);
        let procedure = Arc::clone(&handle.snapshot().procedure);
        let title = format!("{} {} warroom", seat.mode, procedure.plan.name);
        let look = view::Look::new(theme, ascii).shown_in(depth);
        let options = console::Options {
            draw: Box::new(move |model, frame| view::draw(model, &look, frame)),
            pages: view::pages,
            title: Text::clean(title),
            tmux: config.env.get("TMUX").is_some(),
        };
        console::run(handle.clone(), clock, session, options).await?
    };
    let head = handle.snapshot().incident.as_deref().map(head_line).unwrap_or_default();
    match outcome {
        Outcome::Left { summary } => {
            let summary = summary.map_or_else(String::new, |text| format!("{text}\n"));
            if !(summary.is_empty() && head.is_empty()) {
                say(&(summary + &head))?;
            }
            Ok(Exit::Ok)
        }
        Outcome::Ended { why, summary } => {
            let summary = summary.map_or_else(String::new, |text| format!("\n{text}"));
            // Where a terminal is gone there may be nobody to read it.
            drop(say(&format!("ended: {why}{summary}\n{head}")));
            Ok(Exit::Aborted)
        }
    }
}

/// Whether there is anything to draw on; a pipe and a dumb terminal get lines.
fn has_screen(config: &Config) -> bool {
    let dumb = config.env.get("TERM").is_some_and(|term| term == "dumb");
    !dumb && io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Whether the locale can show box drawing; unset counts as a modern terminal.
fn speaks_utf8(config: &Config) -> bool {
    let locale =
        ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| config.env.get(name));
    locale.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}
