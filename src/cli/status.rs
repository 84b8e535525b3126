//! `warroom status`: looks once at everything, or at what a running incident wrote, and
//! says it in one line. Read-only by construction: the room it opens cannot write.

use std::{path::PathBuf, sync::Arc};

use color_eyre::eyre::{Report, Result};
use jiff::civil::Date;

use super::{Exit, Output, check, learn, open, say, say_json};
use crate::{
    clock::Clock,
    config::Config,
    engine::{Incident, waits},
    journal::{Journal, memory::Memory},
    model::{IncidentId, Mode, Procedure, Span},
    plan::{Plan, exercise::Exercise},
    report::status::{Due, Past, State, Status, judge},
    room::{self, Snapshot, Stance},
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The plan: a directory with plan.toml and runbooks/, or one file
    #[arg(long, value_name = "PLAN")]
    plan: PathBuf,
    /// The runbook to judge by [default: the plan's failover]
    #[arg(long)]
    runbook: Option<String>,
    /// How to print it: for people, or for programs
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
    /// How long to wait for readings; what has not answered by then is UNKNOWN
    #[arg(long, default_value = "20s", value_name = "DURATION")]
    timeout: Span,
}

/// Exit 0 OK, 1 WARN, 2 CRIT, 3 UNKNOWN: also when nothing could be looked at.
pub(super) fn run(config: &Config, args: &Args) -> Result<Exit> {
    let status = match looked(config, args) {
        Ok(status) => status,
        Err(error) => return unknown(&error, args.output),
    };
    match args.output {
        Output::Human => say(&status.text(config.width()))?,
        Output::Json => say_json(&status.json())?,
    }
    Ok(match status.state {
        State::Ok => Exit::Ok,
        State::Warn => Exit::Failed,
        State::Crit => Exit::Refused,
        State::Unknown => Exit::InDoubt,
    })
}

/// A monitor reads the first line and the exit status, and nothing else.
fn unknown(error: &Report, output: Output) -> Result<Exit> {
    let why = format!("{error:#}");
    match output {
        Output::Human => say(&format!("DR UNKNOWN: {why}"))?,
        Output::Json => say(&serde_json::to_string_pretty(&serde_json::json!({
            "schema_version": 1, "state": State::Unknown, "why": why,
        }))?)?,
    }
    Ok(Exit::InDoubt)
}

fn looked(config: &Config, args: &Args) -> Result<Status> {
    let plan = open::plan(config, &args.plan)?;
    let procedure = open::procedure(&plan, args.runbook.as_deref())?;
    let procedure = learn::recall(config, Mode::Live, procedure);
    let drills = drills(config, &plan)?;
    let status = super::runtime()?.block_on(look(config, procedure, args.timeout))?;
    Ok(Status { drills, ..status })
}

/// Drills of the plan, and when each is due by what the journals know.
fn drills(config: &Config, plan: &Plan) -> Result<Vec<Due>> {
    let live = open::journal_to_read(config, Mode::Live)?;
    let drill = open::journal_to_read(config, Mode::Drill)?;
    let mut all = Vec::new();
    for exercise in plan.exercises() {
        let journals = live.iter().chain(drill.iter().filter(|_| !exercise.live));
        let mut held = None;
        for journal in journals {
            held = held.max(held_last(journal.as_ref(), plan, &exercise)?);
        }
        let found = plan.due(&exercise, held);
        let left = found.zip(check::today()).and_then(|((_, due), today)| {
            due.since(today).ok().map(|span| i64::from(span.get_days()))
        });
        all.push(Due {
            name: exercise.name.to_string(),
            held: found.map(|(held, _)| held.to_string()),
            due: found.map(|(_, due)| due.to_string()),
            days: left,
        });
    }
    Ok(all)
}

/// The day its runbook was last played to its end, of those `journal` knows.
fn held_last(
    journal: &dyn Journal,
    plan: &Plan,
    exercise: &Exercise,
) -> Result<Option<Date>> {
    let Some(runbook) = &exercise.runbook else { return Ok(None) };
    let played = |incident: &Incident| {
        let then = &incident.procedure;
        let same = (&then.plan.name, &then.runbook.id) == (&plan.name, runbook);
        same && waits::is_through(incident)
    };
    let newest = open::newest(journal, played)?;
    let day = newest.map(|incident| incident.clocks.declared.rfc3339());
    Ok(day.and_then(|day| day.get(..10)?.parse().ok()))
}

async fn look(
    config: &Config,
    procedure: Arc<Procedure>,
    timeout: Span,
) -> Result<Status> {
    let clock = Clock::system();
    let reach = open::live_reach(config, &procedure, &clock);
    let (journal, resume, last) = what_was_run(config, &procedure)?;
    let setup = room::Setup {
        procedure,
        reach,
        journal,
        clock: clock.clone(),
        holder: open::holder(config),
        stance: Stance::ReadOnly,
        resume,
        gone: |_| false,
    };
    let room = room::open(setup)?;
    let mut snapshots = room.handle.watch();
    let all = async {
        while !complete(&snapshots.borrow_and_update()) {
            if snapshots.changed().await.is_err() {
                break;
            }
        }
    };
    // What is missing at the end of the wait is shown as unknown.
    let waited = clock.timeout(timeout, all).await;
    if waited.is_err() {
        tracing::info!("not everything answered in time");
    }
    let status = judge(&room.handle.snapshot());
    room.close().await;
    Ok(Status { last, ..status })
}

/// The journal, the incident that is open in it, and the last one of this plan that is
/// not.
type Run = (Box<dyn Journal>, Option<IncidentId>, Option<Past>);

fn what_was_run(config: &Config, procedure: &Procedure) -> Result<Run> {
    let Some(journal) = open::journal_to_read(config, Mode::Live)? else {
        return Ok((Box::new(Memory::new(Mode::Live)), None, None));
    };
    let open = open::open_incident(journal.as_ref())?;
    let ours = |incident: &Incident| {
        incident.is_over() && incident.procedure.plan.name == procedure.plan.name
    };
    let last = open::newest(journal.as_ref(), ours)?;
    Ok((journal, open, last.as_ref().map(Past::of)))
}

/// Whether everything has been looked at once.
fn complete(snapshot: &Snapshot) -> bool {
    let estate = snapshot.procedure.estate.iter().all(|resource| {
        room::subjects(resource)
            .into_iter()
            .all(|site| snapshot.evidence.of(&resource.id, site).is_some())
    });
    let probes = snapshot
        .procedure
        .probes
        .iter()
        .all(|probe| snapshot.evidence.probes.contains_key(&probe.id));
    estate && probes
}
