//! What most subcommands begin with: a plan that loads, a runbook of it, a journal, a
//! room. The only place where real hands are built.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use color_eyre::eyre::{Result, WrapErr, bail, eyre};

use super::{choice, out::complain};
use crate::{
    clock::Clock,
    config::Config,
    driver::{
        Parts,
        aws::{Clients, Options},
        errands::{LiveErrands, Supervisor},
        vocabulary,
    },
    engine::Incident,
    journal::{Holder, Journal, sqlite::Sqlite},
    model::{
        Action, Actor, Compare, Errand, Expect, IncidentId, Mode, OpenValue, Procedure,
        Resource, Runbook, RunbookId, RunbookKind, Step, StepId, Text,
    },
    plan::{self, Choice, Plan, Problem},
    probe::live::LiveEyes,
    room::{self, Stance, reach::Reach},
};

/// Loads a plan that may be run: errors end it here, with all of them shown.
pub(super) fn plan(config: &Config, path: &Path) -> Result<Plan> {
    let loaded = plan::load(path, &vocabulary(), config.env.all());
    runnable(loaded, &path.display().to_string())
}

fn runnable(loaded: plan::Loaded, name: &str) -> Result<Plan> {
    let errors = errors(&loaded);
    match loaded.plan {
        Some(plan) if errors.is_empty() => Ok(plan),
        Some(_) | None => bail!(refused(name, &errors, &loaded.sources)),
    }
}

fn errors(loaded: &plan::Loaded) -> Vec<Problem> {
    let problems = loaded.problems.iter();
    problems.filter(|one| one.level == plan::Level::Error).cloned().collect()
}

fn refused(name: &str, errors: &[Problem], sources: &plan::Sources) -> String {
    let shown = plan::human(errors, sources, false);
    format!(
        "{name} has errors and is not run. `warroom check {name}` shows all.\n{shown}"
    )
}

/// A plan to drill with: errors of runbooks that are not played stop no drill.
pub(super) struct Playable {
    pub plan: Plan,
    name: String,
    errors: Vec<Problem>,
    sources: plan::Sources,
}

/// As [`plan`], for a drill; also one that came with the program, when there is nothing of
/// that name. Errors of the plan itself end it here.
pub(super) fn playable(config: &Config, path: &Path) -> Result<Playable> {
    let named = |(known, _): &&plan::Embedded| !path.exists() && path == Path::new(known);
    let loaded = match plan::EMBEDDED.iter().find(named) {
        Some((name, files)) => {
            plan::load_embedded(name, files, &vocabulary(), config.env.all())
        }
        None => plan::load(path, &vocabulary(), config.env.all()),
    };
    let errors = errors(&loaded);
    let name = path.display().to_string();
    let of_runbooks = errors.iter().all(|one| one.at.as_str().starts_with("runbook."));
    match loaded.plan.or(loaded.draft) {
        Some(plan) if of_runbooks => {
            Ok(Playable { plan, name, errors, sources: loaded.sources })
        }
        Some(_) | None => bail!(refused(&name, &errors, &loaded.sources)),
    }
}

impl Playable {
    /// Goes on when no error is one of `played` or of what it calls, and says what it
    /// passes over.
    ///
    /// # Errors
    /// All errors of the plan, when one of them is.
    pub(super) fn pass(&self, played: &[&RunbookId]) -> Result<()> {
        let mut all: Vec<&RunbookId> = Vec::new();
        let mut open = played.to_vec();
        while let Some(id) = open.pop() {
            if !all.contains(&id) {
                all.push(id);
                let steps = self.plan.runbook(id).into_iter().flat_map(Runbook::steps);
                open.extend(steps.filter_map(called));
            }
        }
        let of = |problem: &Problem| {
            let at = problem.at.as_str().strip_prefix("runbook.").unwrap_or_default();
            all.iter().any(|id| at.split('.').next() == Some(id.as_str()))
        };
        if self.errors.iter().any(of) {
            bail!(refused(&self.name, &self.errors, &self.sources));
        }
        if !self.errors.is_empty() {
            let passed: Vec<String> = self
                .errors
                .iter()
                .map(|one| format!("{} at {}", one.lint, one.at))
                .collect();
            complain(&format!(
                "errors of other runbooks are passed over, in this drill only: {}. Nothing \
                 of {} runs live until they are mended",
                passed.join(", "),
                self.name
            ));
        }
        Ok(())
    }

    /// `why`, unless the plan has errors: those are then the reason.
    pub(super) fn blame(&self, why: color_eyre::Report) -> color_eyre::Report {
        if self.errors.is_empty() {
            return why;
        }
        eyre!("{why}\n{}", refused(&self.name, &self.errors, &self.sources))
    }
}

/// The runbook a step calls.
fn called(step: &Step) -> Option<&RunbookId> {
    match &step.action {
        Action::Errand(Errand::Call { runbook, .. }) => Some(runbook),
        Action::Errand(_)
        | Action::Estate { .. }
        | Action::Command(_)
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. } => None,
    }
}

/// The runbook asked for, else the plan's only failover.
pub(super) fn procedure(plan: &Plan, wanted: Option<&str>) -> Result<Arc<Procedure>> {
    procedure_for(plan, wanted, &Choice::default())
}

/// As [`procedure`], for what people chose: without a runbook's name, the one that answers
/// their scenario.
pub(super) fn procedure_for(
    plan: &Plan,
    wanted: Option<&str>,
    choice: &Choice,
) -> Result<Arc<Procedure>> {
    let of_scenario =
        || choice.scenario.as_ref().and_then(|scenario| choice::answer(plan, scenario));
    let id = match wanted.map(RunbookId::from).or_else(of_scenario) {
        Some(id) => id,
        None => plan
            .runbooks
            .iter()
            .find(|runbook| runbook.kind == RunbookKind::Failover)
            .map(|runbook| runbook.id.clone())
            .ok_or_else(|| {
                eyre!("the plan has no failover runbook; name one with --runbook")
            })?,
    };
    let Some(procedure) = plan.procedure_for(&id, choice) else {
        let known: Vec<_> =
            plan.runbooks.iter().map(|runbook| runbook.id.as_str()).collect();
        bail!("the plan has no runbook `{id}`; it has: {}", known.join(", "))
    };
    if !choice.tenants.is_empty() && !procedure.runbook.terms.per_tenant {
        bail!("runbook `{id}` has no lanes: it takes no --tenant");
    }
    choice::answers(&procedure)?;
    Ok(Arc::new(procedure))
}

/// With what its steps answered when the runbook was run last in `mode`, where one of them
/// must not answer less.
pub(super) fn remembering(
    config: &Config,
    mode: Mode,
    procedure: Arc<Procedure>,
) -> Result<Arc<Procedure>> {
    let compares = |step: &&Step| {
        let is = |expect: &Expect| expect.compare() == Some(&Compare::NotLess);
        step.terms.expect.iter().any(is)
    };
    let wanted: Vec<StepId> =
        procedure.runbook.steps().filter(compares).map(|step| step.id.clone()).collect();
    let journal = if wanted.is_empty() { None } else { journal_to_read(config, mode)? };
    let Some(journal) = journal else { return Ok(procedure) };
    let same = |incident: &Incident| {
        let then = &incident.procedure;
        (&then.plan.name, &then.runbook.id)
            == (&procedure.plan.name, &procedure.runbook.id)
    };
    let Some(before) = newest(journal.as_ref(), same)? else { return Ok(procedure) };
    let answered = |id: &StepId| {
        let evidence = before.steps.get(id)?.evidence.as_ref()?;
        Some((id.clone(), evidence.answer.clone()?))
    };
    let mut procedure = procedure.as_ref().clone();
    procedure.brief.last = wanted.iter().filter_map(answered).collect();
    Ok(Arc::new(procedure))
}

/// The journal of `mode`, for writing.
pub(super) fn journal(config: &Config, mode: Mode) -> Result<Box<dyn Journal>> {
    let dir = &config.state_dir;
    let journal = Sqlite::open(dir, mode).wrap_err_with(|| {
        format!(
            "no {} journal can be kept in {}",
            mode.word().to_lowercase(),
            dir.display()
        )
    })?;
    Ok(Box::new(journal))
}

/// The journal of `mode` for looking; none when nothing was ever written.
pub(super) fn journal_to_read(
    config: &Config,
    mode: Mode,
) -> Result<Option<Box<dyn Journal>>> {
    if !Sqlite::exists(&config.state_dir, mode) {
        return Ok(None);
    }
    let dir = &config.state_dir;
    let journal = Sqlite::open_read_only(dir, mode).wrap_err_with(|| {
        let world = mode.word().to_lowercase();
        format!("the {world} journal in {} cannot be read", dir.display())
    })?;
    Ok(Some(Box::new(journal)))
}

/// Real hands and eyes for the estate of `procedure`, for live mode only.
pub(super) fn live_reach(config: &Config, procedure: &Procedure, clock: &Clock) -> Reach {
    let metadata = metadata(config);
    let aws = Clients::live(Options { metadata, ..Options::default() });
    let secrets = procedure.brief.values.iter().filter_map(OpenValue::secret);
    let secrets: Vec<String> = secrets.map(str::to_owned).collect();
    let errands = LiveErrands::new(config.env.all().clone(), supervisor(config));
    let errands = Arc::new(errands.with_secrets(&secrets));
    let eyes = Arc::new(LiveEyes::new(Arc::clone(&errands)));
    Reach::live(&Parts { clock: clock.clone(), aws }, errands, eyes)
}

/// Refuses to run a plan that nobody put into force.
pub(super) fn in_force(plan: &Plan) -> Result<()> {
    match plan.status() {
        Some(word) if !word.eq_ignore_ascii_case("active") => bail!(
            "{} has status \"{word}\": only an active plan is run for real. A drill plays \
             it, and --read-only and --dry-run look with it",
            plan.name
        ),
        Some(_) | None => Ok(()),
    }
}

/// This program again, also when its file was replaced meanwhile.
fn supervisor(config: &Config) -> Supervisor {
    let program = if cfg!(target_os = "linux") {
        PathBuf::from("/proc/self/exe")
    } else {
        std::env::current_exe().unwrap_or_else(|_| "warroom".into())
    };
    let state = &config.state_dir;
    let state = std::path::absolute(state).unwrap_or_else(|_| state.clone());
    Supervisor { program, dir: state.join("live").join("errands") }
}

/// Whether this machine is told to ask EC2's metadata service, as the AWS CLI would by
/// itself: on a workstation nobody answers there, and every first call would wait for it.
pub(super) fn metadata(config: &Config) -> bool {
    let set = |name: &str| config.env.get(name).is_some();
    match config.env.get("AWS_EC2_METADATA_DISABLED") {
        Some(word) => word.eq_ignore_ascii_case("false"),
        None => {
            set("AWS_EC2_METADATA_SERVICE_ENDPOINT")
                || set("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE")
        }
    }
}

/// Opens a live room on `procedure`.
pub(super) fn live_room(
    config: &Config,
    procedure: Arc<Procedure>,
    resume: Option<IncidentId>,
    stance: Stance,
) -> Result<(room::Open, Clock)> {
    let clock = Clock::system();
    let reach = live_reach(config, &procedure, &clock);
    let missing = reach.missing(&procedure);
    if !missing.is_empty() && stance != Stance::ReadOnly {
        bail!("{}", only_in_drills(&missing));
    }
    let setup = room::Setup {
        procedure,
        reach,
        journal: journal(config, Mode::Live)?,
        clock: clock.clone(),
        holder: holder(config),
        stance,
        resume,
        gone,
    };
    Ok((room::open(setup)?, clock))
}

fn only_in_drills(missing: &[&Resource]) -> String {
    let names: Vec<_> = missing
        .iter()
        .map(|resource| {
            format!("{} `{}` (kind {})", resource.noun, resource.id, resource.kind)
        })
        .collect();
    format!(
        "this runbook cannot run live yet: no driver for {}. These kinds exist only in the \
         drill world: `warroom drill --plan PLAN` plays them",
        names.join(", ")
    )
}

/// This process, as the journal names an executor.
pub(super) fn holder(config: &Config) -> Holder {
    let pid = std::process::id();
    let name = format!("{} ({}, pid {pid})", config.person, config.tty);
    let token = format!("{}/{pid}/{:016x}", machine(), rand::random::<u64>());
    Holder { name: Text::clean(name), token }
}

/// Where process numbers mean something: this host, this boot, this namespace.
fn machine() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    let space = std::fs::read_link("/proc/self/ns/pid");
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!(
        "{host}:{}:{}",
        boot.unwrap_or_default().trim(),
        space.map(|space| space.display().to_string()).unwrap_or_default()
    )
}

/// Whether `holder` was a process of this machine that no longer exists. When in doubt it
/// is taken for alive, and its lease has to run out.
pub(super) fn gone(holder: &Holder) -> bool {
    let mut parts = holder.token.rsplitn(3, '/');
    let (_, pid, place) = (parts.next(), parts.next(), parts.next());
    let pid =
        pid.and_then(|pid| pid.parse().ok()).and_then(rustix::process::Pid::from_raw);
    place == Some(machine().as_str())
        && pid.is_some_and(|pid| {
            rustix::process::test_kill_process(pid) == Err(rustix::io::Errno::SRCH)
        })
}

/// The person at this terminal.
pub(super) fn actor(config: &Config) -> Actor {
    Actor::Person { name: config.person.clone(), from: config.tty.clone() }
}

/// The newest incident of the journal that is still open.
pub(super) fn open_incident(journal: &dyn Journal) -> Result<Option<IncidentId>> {
    Ok(newest(journal, |incident| !incident.is_over())?.map(|incident| incident.id))
}

/// The newest incident of the journal that is `wanted`.
pub(super) fn newest(
    journal: &dyn Journal,
    wanted: impl Fn(&Incident) -> bool,
) -> Result<Option<Incident>> {
    for head in journal.heads()?.into_iter().rev().filter(|head| head.records > 0) {
        let incident = Incident::fold(&head.id, &journal.read(&head.id, 0)?)?;
        if wanted(&incident) {
            return Ok(Some(incident));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Env;

    #[test]
    fn the_metadata_service_is_for_those_who_ask_for_it() {
        let told = |pairs: &[(&str, &str)]| {
            let pairs =
                pairs.iter().map(|(name, value)| ((*name).into(), (*value).into()));
            let env: std::collections::BTreeMap<String, String> = pairs.collect();
            metadata(&Config::new(Env::from(env), Some(Path::new("/")), None).unwrap())
        };
        let disabled = "AWS_EC2_METADATA_DISABLED";
        let endpoint = ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1");
        assert!(!told(&[]));
        assert!(!told(&[(disabled, "true")]));
        assert!(told(&[(disabled, "false")]));
        assert!(told(&[endpoint]));
        assert!(!told(&[endpoint, (disabled, "true")]));
    }
}
