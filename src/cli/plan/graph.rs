//! `warroom plan graph`: a runbook drawn.

use std::path::PathBuf;

use clap::ValueEnum;
use color_eyre::eyre::{Result, bail};

use super::{
    estimate::ahead,
    seen::{self, Seen},
};
use crate::{
    cli::{Exit, say, say_coloured},
    config::Config,
    engine::{
        Time,
        forecast::{short, stated},
    },
    model::Mode,
    plan::{
        graph::{self, Graph},
        page::Page,
    },
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The plan: a directory with plan.toml and runbooks/, one file, or the name of one
    /// that comes with the program
    plan: PathBuf,
    /// The runbook [default: the plan's failover]
    runbook: Option<String>,
    /// How to draw it
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
}

/// How a runbook is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal
    #[default]
    Text,
    /// For Graphviz
    Dot,
    /// A picture, drawn here
    Svg,
}

pub(super) fn run(config: &Config, args: &Args) -> Result<Exit> {
    let Seen { plan } = seen::load(config, &args.plan)?;
    let id = seen::chosen(&plan, args.runbook.as_deref())?;
    let Some((procedure, outlook)) = ahead(config, Mode::Live, &plan, &id) else {
        bail!("runbook `{id}` could not be read whole; `warroom check` says why");
    };
    let steps = procedure.runbook.steps();
    let drawn = Graph {
        runbook: &procedure.runbook,
        critical: outlook.critical.iter().cloned().collect(),
        takes: steps
            .map(|step| {
                let takes = short(Time::of(&procedure, step).p50());
                (step.id.clone(), format!("~{takes}"))
            })
            .collect(),
        total: stated(outlook.spread, outlook.basis),
    };
    match args.output {
        Format::Text => {
            let page = Page::new(config.width()).coloured(config.colour());
            say_coloured(&graph::text(&drawn, page))?;
        }
        Format::Dot => say(&graph::dot(&drawn))?,
        Format::Svg => say(&graph::svg(&drawn))?,
    }
    Ok(Exit::Ok)
}
