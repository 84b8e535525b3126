//! `warroom status`: looks once at everything, or at what a running incident wrote, and
//! says it in one line. Read-only by construction: the room it opens cannot write.

use std::{path::PathBuf, sync::Arc};

use color_eyre::eyre::Result;

use super::{Exit, Output, open, say, say_json};
use crate::{
    clock::Clock,
    config::Config,
    journal::{Journal, memory::Memory},
    model::{IncidentId, Mode, Procedure, Span},
    report::status::{State, Status, judge},
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
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
    /// How long to wait for readings; what has not answered by then is UNKNOWN
    #[arg(long, default_value = "20s", value_name = "DURATION")]
    timeout: Span,
}

/// Exit 0 OK, 1 WARN, 2 CRIT, 3 UNKNOWN.
pub(super) fn run(config: &Config, args: &Args) -> Result<Exit> {
    let plan = open::plan(config, &args.plan)?;
    let procedure = open::procedure(&plan, args.runbook.as_deref())?;
    let status = super::runtime()?.block_on(look(config, procedure, args.timeout))?;
    match args.output {
        Output::Human => say(&status.line())?,
        Output::Json => say_json(&status.json())?,
    }
    Ok(match status.state {
        State::Ok => Exit::Ok,
        State::Warn => Exit::Failed,
        State::Crit => Exit::Refused,
        State::Unknown => Exit::InDoubt,
    })
}

async fn look(
    config: &Config,
    procedure: Arc<Procedure>,
    timeout: Span,
) -> Result<Status> {
    let clock = Clock::system();
    let (journal, resume) = what_is_open(config)?;
    let setup = room::Setup {
        procedure,
        reach: open::live_reach(config, &clock),
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
    Ok(status)
}

fn what_is_open(config: &Config) -> Result<(Box<dyn Journal>, Option<IncidentId>)> {
    match open::journal_to_read(config, Mode::Live)? {
        Some(journal) => {
            let open = open::open_incident(journal.as_ref())?;
            Ok((journal, open))
        }
        None => Ok((Box::new(Memory::new(Mode::Live)), None)),
    }
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
