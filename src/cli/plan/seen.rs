//! A plan to look at: also one with errors, as far as it can be read. Never one to run.

use std::path::Path;

use color_eyre::eyre::{Result, bail};

use crate::{
    cli::{check::today, out::complain},
    config::Config,
    driver::vocabulary,
    model::{RunbookId, RunbookKind},
    plan::{self, EMBEDDED, Loaded, Plan},
};

/// A plan, and whether it could be run.
pub(super) struct Seen {
    pub plan: Plan,
}

/// The plan at `path`; one that comes with the program when there is nothing of that name.
/// Errors are counted on standard error; what cannot be read at all ends it here.
pub(super) fn load(config: &Config, path: &Path) -> Result<Seen> {
    let loaded = read(config, path);
    let whole = loaded.plan.is_some();
    let Loaded { plan, draft, problems, sources } = loaded;
    let Some(plan) = plan.or(draft) else {
        bail!("{}", plan::human(&problems, &sources, false));
    };
    if !whole {
        complain(&format!(
            "this plan has {}; what could be read of it is shown. `warroom check {}` says more",
            plan::verdict(&problems),
            path.display()
        ));
    }
    Ok(Seen { plan })
}

/// The plan at `path` as it is read today, problems and all; one that comes with the program
/// when there is nothing of that name.
pub(in crate::cli) fn read(config: &Config, path: &Path) -> Loaded {
    let named = |(known, _): &&plan::Embedded| !path.exists() && path == Path::new(known);
    let (kinds, env) = (vocabulary(), config.env.all());
    match EMBEDDED.iter().find(named) {
        Some((name, files)) => {
            plan::load_embedded_as_of(name, files, &kinds, env, today())
        }
        None => plan::load_as_of(path, &kinds, env, today()),
    }
}

/// Refuses a runbook the plan does not have, and says which ones it has.
pub(super) fn known(plan: &Plan, id: &RunbookId) -> Result<()> {
    let rows = plan::runbook_ids(plan);
    if rows.iter().any(|known| known == id.as_str()) {
        return Ok(());
    }
    bail!("the plan has no runbook `{id}`; it has: {}", rows.join(", "))
}

/// The runbook asked for, else the plan's failover, else its only one.
pub(super) fn chosen(plan: &Plan, wanted: Option<&str>) -> Result<RunbookId> {
    if let Some(wanted) = wanted {
        let id = RunbookId::new(wanted);
        known(plan, &id)?;
        return Ok(id);
    }
    let mut all = plan.runbooks.iter();
    let failover = all.find(|one| one.kind == RunbookKind::Failover);
    match failover.or(plan.runbooks.first()) {
        Some(runbook) => Ok(runbook.id.clone()),
        None => bail!("the plan has no runbook that can be read"),
    }
}
