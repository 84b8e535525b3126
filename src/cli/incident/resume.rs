//! `warroom incident resume` and `approve`: going on with one, and saying yes to it.

use std::sync::Arc;

use color_eyre::eyre::{Result, bail};

use super::which::find;
use crate::{
    cli::{
        Exit, Output,
        choice::again,
        console::{Look, Sitting, show},
        learn, open,
        run::{Orders, by_step, fly, pair},
        say,
    },
    config::Config,
    engine::{Command, Incident, Ruling},
    model::{IncidentId, Mode, Procedure, Span, Text},
    room::{Request, Stance},
};

#[derive(Debug, clap::Args)]
pub(super) struct Resume {
    /// For example INC-0007 or DRILL-0003; `warroom incident list` shows them
    id: String,
    /// The plan to resolve against [default: the one the incident carries]
    #[arg(long, value_name = "PLAN")]
    plan: Option<std::path::PathBuf>,
    /// Go on although the plan's files have changed since; say why
    #[arg(long, value_name = "REASON")]
    adopt: Option<String>,
    /// Go on without a screen, with words given beforehand (see `warroom run`)
    #[arg(long)]
    headless: bool,
    /// Words for a step: promote="LIVE us-west-2"
    #[arg(long, value_name = "STEP=WORDS", value_parser = pair)]
    confirm: Vec<(String, String)>,
    /// What was observed for a manual step
    #[arg(long, value_name = "STEP=TEXT", value_parser = pair)]
    observed: Vec<(String, String)>,
    /// A value the plan leaves open: snapshot=orders-2026-01-31
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// Rule on a step in doubt: script=done or script=not-done
    #[arg(long, value_name = "STEP=VERDICT", value_parser = pair)]
    rule: Vec<(String, String)>,
    /// How long to wait for an approval, or for services to be stable
    #[arg(long, default_value = "30m", value_name = "DURATION")]
    wait: Span,
    /// How to print it: for people, or for programs
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
    #[command(flatten)]
    look: Look,
}

/// Says yes under this person's name. The executor's console sees it at once.
pub(super) fn approve(
    config: &Config,
    id: &str,
    step: &str,
    words: &str,
) -> Result<Exit> {
    let (journal, id) = find(config, id)?;
    if journal.mode() == Mode::Drill {
        bail!("in a drill the scripted colleagues approve; this is for live incidents");
    }
    let incident = Incident::fold(&id, &journal.read(&id, 0)?)?;
    drop(journal);
    known_step(&incident, step)?;
    let procedure = Arc::clone(&incident.procedure);
    crate::cli::runtime()?.block_on(async {
        let (room, _) =
            open::live_room(config, procedure, Some(id.clone()), Stance::Guest)?;
        let command = Command::Approve { step: step.into(), words: Text::clean(words) };
        let asked = room.handle.ask(open::actor(config), Request::Command(command)).await;
        room.close().await;
        asked?;
        say(&format!("{id}: step {step} approved by {}", config.person))?;
        Ok(Exit::Ok)
    })
}

/// Refuses a step the runbook does not have, and says which ones it has.
fn known_step(incident: &Incident, step: &str) -> Result<()> {
    let runbook = &incident.procedure.runbook;
    if runbook.step(&step.into()).is_some() {
        return Ok(());
    }
    let known: Vec<_> = runbook.steps().map(|known| known.id.as_str()).collect();
    bail!("{} has no step `{step}`; it has: {}", incident.id, known.join(", "))
}

pub(super) fn go_on(config: &Config, args: &Resume) -> Result<Exit> {
    let (journal, id) = find(config, &args.id)?;
    let incident = Incident::fold(&id, &journal.read(&id, 0)?)?;
    if incident.is_over() {
        bail!("{id} is closed; `warroom incident show {id}` tells it");
    }
    if journal.mode() == Mode::Drill {
        return drill(config, &id, args);
    }
    drop(journal);
    for (step, _) in args.confirm.iter().chain(&args.observed).chain(&args.rule) {
        known_step(&incident, step)?;
    }
    let adopted = adopted(config, &incident, args)?;
    let procedure = adopted.clone().unwrap_or_else(|| Arc::clone(&incident.procedure));
    crate::cli::runtime()?.block_on(async {
        let (room, clock) =
            open::live_room(config, procedure, Some(id), Stance::Successor)?;
        let result = async {
            let ask =
                |command| room.handle.ask(open::actor(config), Request::Command(command));
            if let Some(procedure) = &adopted {
                let reason = Text::clean(args.adopt.as_deref().unwrap_or_default());
                let procedure = Box::new(procedure.as_ref().clone());
                ask(Command::AdoptPlan { procedure, reason }).await?;
            }
            if !args.set.is_empty() {
                let values = args.set.iter();
                let values =
                    values.map(|(id, value)| (id.as_str().into(), Text::clean(value)));
                ask(Command::Give { values: values.collect(), step: None }).await?;
            }
            for (step, verdict) in &args.rule {
                ask(ruling(step, verdict)?).await?;
            }
            if args.headless {
                let orders = Orders {
                    words: by_step(&args.confirm),
                    observed: by_step(&args.observed),
                    wait: args.wait,
                    output: args.output,
                };
                fly(config, &room.handle, clock, orders).await
            } else {
                let look = &args.look;
                let seat = Sitting { mode: Mode::Live, read_only: false, look };
                show(config, &room.handle, clock, seat).await
            }
        }
        .await;
        room.close().await;
        result
    })
}

/// A drill goes on in the world it was played in; there is nothing to rule on and no plan
/// to adopt.
fn drill(config: &Config, id: &IncidentId, args: &Resume) -> Result<Exit> {
    let given = [
        ("--plan", args.plan.is_some()),
        ("--adopt", args.adopt.is_some()),
        ("--confirm", !args.confirm.is_empty()),
        ("--observed", !args.observed.is_empty()),
        ("--rule", !args.rule.is_empty()),
        ("--set", !args.set.is_empty()),
    ];
    if let Some((flag, _)) = given.iter().find(|(_, given)| *given) {
        bail!("{flag} is for live incidents; {id} is a drill and needs only --headless");
    }
    crate::cli::drill::resume(config, id, args.headless, &args.look)
}

fn ruling(step: &str, verdict: &str) -> Result<Command> {
    let ruling = match verdict {
        "done" => Ruling::Done,
        "not-done" => Ruling::NotDone,
        other => bail!("--rule {step}={other}: the verdict is `done` or `not-done`"),
    };
    let reason = Text::clean("ruled on the command line");
    Ok(Command::Rule { step: step.into(), ruling, reason })
}

/// A journal goes on only under the plan it was written with, unless somebody says why
/// not.
fn adopted(
    config: &Config,
    incident: &Incident,
    args: &Resume,
) -> Result<Option<Arc<Procedure>>> {
    let Some(path) = &args.plan else {
        return Ok(None);
    };
    let plan = open::plan(config, path)?;
    let runbook = incident.procedure.runbook.id.as_str();
    let procedure = open::procedure_for(&plan, Some(runbook), &again(incident))?;
    let procedure = learn::recall(config, incident.mode, procedure);
    let (then, now) = (incident.procedure.plan.short(), procedure.plan.short());
    // The same files may leave less open than they did: what the environment gives counts.
    let same = incident.procedure.plan.digest == procedure.plan.digest;
    let opened = incident.procedure.unset != procedure.unset;
    if same && (args.adopt.is_none() || !opened) {
        return Ok(None);
    }
    if args.adopt.is_none() {
        bail!(
            "{} was begun under plan @{then}; {} is @{now} now. Leave --plan out to go on as \
             begun, or add --adopt \"why\" to go on under the changed plan",
            incident.id,
            path.display()
        );
    }
    Ok(Some(procedure))
}
