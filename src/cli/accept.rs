//! `warroom incident override`: a person accepts by name what a gate does not let pass,
//! from a terminal of their own, while another process runs the steps.

use std::sync::Arc;

use color_eyre::eyre::{Result, bail};

use super::{Exit, incident, open, say};
use crate::{
    config::Config,
    engine::{Command, Incident},
    model::{Mode, StepId, Text},
    room::{Request, Stance},
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    id: String,
    step: String,
    /// The check's name, as the console and `run` show it
    check: String,
    /// Why this is acceptable, for the record
    #[arg(long)]
    reason: String,
}

/// How a person accepts one check of one step: what `run` tells when it has to wait.
pub(super) fn hint(incident: &Incident, step: &StepId, check: &Text) -> String {
    format!(
        "to accept it by name: warroom incident override {} {step} \"{check}\" --reason WHY",
        incident.id
    )
}

pub(super) fn run(config: &Config, args: &Args) -> Result<Exit> {
    let (journal, id) = incident::find(config, &args.id)?;
    let found = Incident::fold(&id, &journal.read(&id, 0)?)?;
    drop(journal);
    if found.mode == Mode::Drill {
        bail!("in a drill the console overrides; this is for live incidents");
    }
    let procedure = Arc::clone(&found.procedure);
    super::runtime()?.block_on(async {
        let (room, _) =
            open::live_room(config, procedure, Some(id.clone()), Stance::Guest)?;
        let command = Command::Override {
            step: args.step.as_str().into(),
            check: Text::clean(&args.check),
            reason: Text::clean(&args.reason),
        };
        let asked = room.handle.ask(open::actor(config), Request::Command(command)).await;
        room.close().await;
        asked?;
        say(&format!(
            "{id}: `{}` of step {} accepted by {}",
            args.check, args.step, config.person
        ))?;
        Ok(Exit::Ok)
    })
}
