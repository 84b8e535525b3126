//! What past runs say about how long steps take: reads the journals, and never writes one.
//! A journal that cannot be read teaches nothing and stops nothing.

use std::sync::Arc;

use super::open;
use crate::{
    config::Config,
    engine::forecast::history::Memory,
    journal::{Journal, JournalError},
    model::{Mode, Procedure, Text},
};

/// Runs of the plan that are read, the newest first.
const RUNS: usize = 20;

/// Incidents that are looked at to find them.
const LOOKED_AT: usize = 200;

/// `procedure` with what was seen of its steps in past runs of its plan: in live ones, and
/// for a drill in drills too. What the simulated world took is no promise about the real
/// one.
pub(super) fn recall(
    config: &Config,
    mode: Mode,
    procedure: Arc<Procedure>,
) -> Arc<Procedure> {
    let worlds: &[Mode] = match mode {
        Mode::Live => &[Mode::Live],
        Mode::Drill => &[Mode::Live, Mode::Drill],
    };
    let history = memory(config, worlds, &procedure.plan.name).of(&procedure);
    if history.is_empty() {
        return procedure;
    }
    let mut procedure = Arc::unwrap_or_clone(procedure);
    procedure.brief.history = history;
    Arc::new(procedure)
}

/// What is remembered of past runs of a plan.
fn memory(config: &Config, worlds: &[Mode], plan: &Text) -> Memory {
    let mut memory = Memory::default();
    for mode in worlds.iter().copied() {
        let read = match open::journal_to_read(config, mode) {
            Ok(Some(journal)) => take(&mut memory, journal.as_ref(), plan),
            Ok(None) => continue,
            Err(error) => {
                tracing::warn!("nothing is learnt from the {mode} journal: {error:#}");
                continue;
            }
        };
        if let Err(error) = read {
            tracing::warn!("the {mode} journal teaches less than it could: {error}");
        }
    }
    memory
}

fn take(
    memory: &mut Memory,
    journal: &dyn Journal,
    plan: &Text,
) -> Result<(), JournalError> {
    let mut taken = 0;
    let heads = journal.heads()?;
    for head in heads.iter().rev().filter(|head| head.records > 0).take(LOOKED_AT) {
        let records = journal.read(&head.id, 0)?;
        taken += usize::from(memory.take(plan, &records));
        if taken == RUNS {
            break;
        }
    }
    Ok(())
}
