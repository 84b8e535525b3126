//! `warroom drill`: the whole product in a simulated world. Nothing here can reach
//! outside the process: the reach is made from a world, and a world from values.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use color_eyre::eyre::{Result, WrapErr};

use super::{
    Exit, Output,
    choice::{self, Chosen},
    console::{Look, Sitting, show},
    headless, learn, open, say,
};
use crate::{
    clock::Clock,
    config::Config,
    drill::{Scenario, World, past},
    engine::Command,
    model::{Actor, IncidentId, Mode, Procedure, Runbook, RunbookKind, Seat, Text},
    play::{Colleagues, Facilitator, Player},
    room::{self, Request, Stance, reach::Reach},
};

/// The plan of a drill nobody named one for.
const DEFAULT_PLAN: &str = "ecommerce";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A plan of your own, or one that comes with the program: `ecommerce`, `lecture`,
    /// `mycomputer`, `myapp` or `learning-portal` [default: ecommerce]
    #[arg(long, value_name = "PLAN")]
    plan: Option<PathBuf>,
    /// The runbook to play, by its id: `warroom plan show PLAN` lists them [default: the
    /// plan's failover]
    #[arg(long)]
    runbook: Option<String>,
    /// What goes wrong: region-loss, broken-release, quiet, slow-cloud or lost-reply; or a
    /// scenario of the plan, by its id [default: what the runbook is for]
    #[arg(long)]
    scenario: Option<String>,
    #[command(flatten)]
    chosen: Chosen,
    /// The same seed gives the same world
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Simulated seconds per second, 1 to 60. Dialogs run in real time, and while only the
    /// world has work time goes three times as fast; at 1 all of it is real
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=60))]
    speed: u32,
    /// No screen: an automatic commander plays as fast as it can and prints the outcome
    #[arg(long)]
    headless: bool,
    /// How to print it: for people, or for programs
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
    #[command(flatten)]
    look: Look,
}

pub(super) fn run(config: &Config, args: &Args) -> Result<Exit> {
    let path = args.plan.as_deref().unwrap_or_else(|| Path::new(DEFAULT_PLAN));
    let playable = open::playable(config, path)?;
    let plan = &playable.plan;
    // A scenario of the plan says what is answered; the course of events is then the
    // runbook's own.
    let named = args.scenario.as_deref();
    let (own, course) = match named {
        Some(id) if choice::scenarios(plan).contains(&id) => (Some(id), None),
        other => (None, other),
    };
    let choice = args.chosen.of(plan, own).map_err(|why| playable.blame(why))?;
    let procedure = open::procedure_for(plan, args.runbook.as_deref(), &choice)
        .map_err(|why| playable.blame(why))?;
    choice::for_whom(plan, &procedure, &choice)?;
    let procedure = open::remembering(config, Mode::Drill, procedure)?;
    let procedure = learn::recall(config, Mode::Drill, procedure);
    let scenario = Scenario::choose(course, &procedure.runbook)?;
    let past = past::before(&procedure.runbook, plan.runbooks.iter());
    let before = past.iter().map(|one| &one.id);
    playable.pass(&before.chain([&procedure.runbook.id]).collect::<Vec<_>>())?;
    let past = past.and_then(|past| plan.procedure_for(&past.id, &choice));
    let stage = Stage { procedure, past, scenario, seed: args.seed };
    if args.headless {
        return paused()?.block_on(headless(config, &stage, args.output));
    }
    super::runtime()?.block_on(play(config, &stage, args))
}

/// What is played.
struct Stage {
    procedure: Arc<Procedure>,
    /// What was run before: a failback starts from a world that was failed over.
    past: Option<Procedure>,
    scenario: Scenario,
    seed: u64,
}

impl Stage {
    fn world(&self, clock: Clock) -> Arc<World> {
        let Self { procedure, past, scenario, seed } = self;
        match past {
            Some(past) => World::after(past, procedure, scenario, *seed, clock),
            None => World::new(procedure, scenario, *seed, clock),
        }
    }

    /// What is declared, with all that is needed to play the same drill again.
    fn reason(&self) -> Text {
        let Scenario { name, title, .. } = &self.scenario;
        let Runbook { kind, from, .. } = &self.procedure.runbook;
        let call = match kind {
            RunbookKind::Failover => format!("on-call: {from} does not answer. "),
            RunbookKind::Failback
            | RunbookKind::Restore
            | RunbookKind::Backup
            | RunbookKind::Response
            | RunbookKind::Maintenance
            | RunbookKind::Validation
            | RunbookKind::Drill => String::new(),
        };
        Text::clean(format!("{call}{title} (scenario {name}, seed {})", self.seed))
    }
}

/// A runtime whose timers jump to the next one due when nothing else is to do.
fn paused() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .wrap_err("the runtime could not start")
}

/// A drill under way.
struct Drill {
    room: room::Open,
    clock: Clock,
    world: Arc<World>,
}

/// Opens the room on a world and declares what the scenario is about to do.
async fn begin(config: &Config, stage: &Stage, clock: Clock) -> Result<Drill> {
    let world = stage.world(clock.clone());
    let room = seat(config, &stage.procedure, &world, clock.clone(), None)?;
    let caller = Actor::Scripted { name: "A.Roy".into() };
    let reason = stage.reason();
    let impact_at = world.started();
    room.handle.ask(caller, Request::Declare { impact_at, reason }).await?;
    if let Some(incident) = &room.handle.snapshot().incident {
        world.persist_to(&world_file(config, &incident.id))?;
    }
    Ok(Drill { room, clock, world })
}

fn seat(
    config: &Config,
    procedure: &Arc<Procedure>,
    world: &Arc<World>,
    clock: Clock,
    resume: Option<IncidentId>,
) -> Result<room::Open> {
    Ok(room::open(room::Setup {
        procedure: Arc::clone(procedure),
        reach: Reach::drill(world),
        journal: open::journal(config, Mode::Drill)?,
        clock,
        holder: open::holder(config),
        stance: if resume.is_some() { Stance::Successor } else { Stance::Executor },
        resume,
        gone: open::gone,
    })?)
}

/// Where the world of a drill is kept, so that it outlives this process.
fn world_file(config: &Config, id: &IncidentId) -> PathBuf {
    config.state_dir.join("drill").join(format!("{id}.world.json"))
}

async fn headless(config: &Config, stage: &Stage, output: Output) -> Result<Exit> {
    let clock = Clock::drill(Clock::system().now());
    let drill = begin(config, stage, clock).await?;
    finish_headless(config, drill, stage.seed, output).await
}

async fn finish_headless(
    config: &Config,
    drill: Drill,
    seed: u64,
    output: Output,
) -> Result<Exit> {
    let colleagues = Colleagues::join(&drill.room.handle, &drill.clock, seed);
    let facilitator = Facilitator::hurry(&drill.room.handle, &drill.clock, &drill.world);
    let player = Player {
        handle: drill.room.handle.clone(),
        clock: drill.clock.clone(),
        world: Arc::clone(&drill.world),
        operator: open::actor(config),
    };
    let ending = player.play().await?;
    colleagues.leave().await;
    facilitator.leave().await;
    let snapshot = drill.room.handle.snapshot();
    drill.room.close().await;
    headless::print(&snapshot, &drill.world, &ending, seed, output)
}

async fn play(config: &Config, stage: &Stage, args: &Args) -> Result<Exit> {
    let clock = Clock::drill(Clock::system().now());
    clock.set_speed(args.speed);
    let drill = begin(config, stage, clock).await?;
    let take = Command::TakeSeat { seat: Seat::Operator, person: config.person.clone() };
    drill.room.handle.ask(open::actor(config), Request::Command(take)).await?;
    sit_down(config, drill, stage.seed, &args.look).await
}

/// The screen, with colleagues, until the player leaves.
async fn sit_down(config: &Config, drill: Drill, seed: u64, look: &Look) -> Result<Exit> {
    let colleagues = Colleagues::join(&drill.room.handle, &drill.clock, seed);
    let facilitator = Facilitator::join(&drill.room.handle, &drill.clock, &drill.world);
    let seat = Sitting { mode: Mode::Drill, read_only: false, look };
    let result = show(config, &drill.room.handle, drill.clock.clone(), seat).await;
    colleagues.leave().await;
    facilitator.leave().await;
    let snapshot = drill.room.handle.snapshot();
    drill.room.close().await;
    let exit = result?;
    if let Some(incident) = &snapshot.incident {
        let outcome = crate::report::outcome::outcome(incident, &snapshot.timeline);
        say(&format!("{}\n{}", incident.id, outcome.text()))?;
        if incident.clocks.verified.is_none() {
            say(&format!("go on with: warroom incident resume {}", incident.id))?;
        }
    }
    Ok(exit)
}

/// Goes on with a drill whose process ended: its world was kept with every effect.
pub(super) fn resume(
    config: &Config,
    id: &IncidentId,
    headless: bool,
    look: &Look,
) -> Result<Exit> {
    let file = world_file(config, id);
    let runtime = if headless { paused()? } else { super::runtime()? };
    runtime.block_on(async {
        let saved = World::saved_at(&file)?;
        let journal = open::journal(config, Mode::Drill)?;
        let records = journal.read(id, 0)?;
        let last = records.last().map_or(saved, |record| record.at.max(saved));
        let incident = crate::engine::Incident::fold(id, &records)?;
        drop(journal);
        let clock = Clock::drill(last);
        if !headless {
            clock.set_speed(10);
        }
        let world = World::resume(&file, clock.clone())?;
        let procedure = Arc::clone(&incident.procedure);
        let room = seat(config, &procedure, &world, clock.clone(), Some(id.clone()))?;
        let drill = Drill { room, clock, world };
        let seed = drill.world.seed();
        if headless {
            finish_headless(config, drill, seed, Output::Human).await
        } else {
            sit_down(config, drill, seed, look).await
        }
    })
}
