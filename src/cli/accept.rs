//! `warroom incident override`: a person accepts by name what a gate does not let pass,
//! from a terminal of their own, while another process runs the steps.

use std::sync::Arc;

use color_eyre::eyre::{Result, bail};

use super::{Exit, incident, open, say};
use crate::{
    config::Config,
    engine::{Command, Incident, watch},
    model::{Mode, StepId, Text},
    room::{Request, Stance},
};

/// What the hold of a phase is called where a check has its name.
const HOLD: &str = "hold";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    id: String,
    /// The step; or a phase, with `hold` for the check, to end its hold early
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

/// How a person ends the hold that is running before its time.
pub(super) fn hold_hint(incident: &Incident) -> Option<String> {
    let (phase, ..) = watch::present(incident)?;
    let (id, phase) = (&incident.id, &phase.id);
    Some(format!(
        "to end it early: warroom incident override {id} {phase} {HOLD} --reason WHY"
    ))
}

/// What is accepted: a check of a step, or that a hold ends before its time.
fn command(incident: &Incident, args: &Args) -> Command {
    let phases = &incident.procedure.runbook.phases;
    let phase = phases.iter().find(|phase| phase.id.as_str() == args.step);
    let reason = Text::clean(&args.reason);
    match phase.filter(|_| args.check == HOLD) {
        Some(phase) => Command::EndWatch { phase: phase.id.clone(), reason },
        None => Command::Override {
            step: args.step.as_str().into(),
            check: Text::clean(&args.check),
            reason,
        },
    }
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
        let command = command(&found, args);
        let asked = room.handle.ask(open::actor(config), Request::Command(command)).await;
        room.close().await;
        asked?;
        say(&format!(
            "{id}: `{}` of {} accepted by {}",
            args.check, args.step, config.person
        ))?;
        Ok(Exit::Ok)
    })
}
