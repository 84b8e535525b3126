//! `warroom incident`: what was run, what it says, whether it can be trusted, going on
//! with it.

use color_eyre::eyre::{Result, bail};

use super::{
    Exit, Output, accept, open, ours,
    out::escaped,
    run::{Orders, by_step, fly, pair},
    say, say_json, verify,
};
use crate::{
    config::Config,
    engine::{Command, Incident, Record, story},
    journal::{Head, Journal},
    model::{IncidentId, Mode, Moment, Procedure, Span, Text},
    report::outcome::{milestones, outcome},
    room::{Request, Stance},
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, clap::Subcommand)]
enum Task {
    /// List incidents and drills, oldest first
    List {
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Tell one from beginning to end
    Show {
        id: String,
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Go on with one whose console ended; asks the world first what became of open calls
    Resume(Resume),
    /// Approve a step somebody else asks approval for, without a console of your own
    Approve {
        id: String,
        step: String,
        /// Your words, for the record
        #[arg(long, default_value = "approved")]
        words: String,
    },
    /// Accept by name a check that keeps a step from starting
    Override(accept::Args),
    /// Check that no record was altered, cut out, swapped or cut off
    Verify(verify::Args),
    /// Print every record, one JSON object a line
    Export { id: String },
}

#[derive(Debug, clap::Args)]
struct Resume {
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
    /// Rule on a step in doubt: script=done or script=not-done
    #[arg(long, value_name = "STEP=VERDICT", value_parser = pair)]
    rule: Vec<(String, String)>,
    /// How long to wait for an approval, or for services to be stable
    #[arg(long, default_value = "30m", value_name = "DURATION")]
    wait: Span,
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

pub(super) fn run(config: &Config, args: &Args) -> Result<Exit> {
    match &args.task {
        Task::List { output } => list(config, *output),
        Task::Show { id, output } => show(config, id, *output),
        Task::Resume(resume) => go_on(config, resume),
        Task::Approve { id, step, words } => approve(config, id, step, words),
        Task::Override(args) => accept::run(config, args),
        Task::Verify(args) => verify::run(config, args),
        Task::Export { id } => export(config, id),
    }
}

/// Which tree an identifier belongs to.
fn mode_of(id: &str) -> Mode {
    if id.starts_with("DRILL") { Mode::Drill } else { Mode::Live }
}

pub(super) fn find(config: &Config, id: &str) -> Result<(Box<dyn Journal>, IncidentId)> {
    let mode = mode_of(id);
    let Some(journal) = open::journal_to_read(config, mode)? else {
        bail!(
            "no {} journal in {}",
            mode.word().to_lowercase(),
            config.state_dir.display()
        );
    };
    let id = IncidentId::new(id.to_ascii_uppercase());
    if !journal.heads()?.iter().any(|head| head.id == id) {
        bail!("no incident {id}; `warroom incident list` shows what there is");
    }
    Ok((journal, id))
}

fn list(config: &Config, output: Output) -> Result<Exit> {
    let mut rows = Vec::new();
    for mode in [Mode::Live, Mode::Drill] {
        let Some(journal) = open::journal_to_read(config, mode)? else {
            continue;
        };
        for head in journal.heads()? {
            rows.push(row(journal.as_ref(), &head, mode));
        }
    }
    match output {
        Output::Json => say_json(&serde_json::json!({
            "schema_version": 1,
            "incidents": rows.iter().map(Row::json).collect::<Vec<_>>(),
        }))?,
        Output::Human if rows.is_empty() => say("nothing has been declared yet")?,
        Output::Human => {
            let mut text = format!(
                "{:<12} {:<6} {:<20} {:<9} {:>7}  {}\n",
                "ID", "WORLD", "DECLARED (UTC)", "STATE", "RECORDS", "PLAN, RUNBOOK"
            );
            for row in &rows {
                text += &row.line();
            }
            say(&text)?;
        }
    }
    Ok(Exit::Ok)
}

struct Row {
    id: IncidentId,
    mode: Mode,
    records: u64,
    /// None when it cannot be read.
    incident: Option<Incident>,
}

fn row(journal: &dyn Journal, head: &Head, mode: Mode) -> Row {
    let records = journal.read(&head.id, 0).ok();
    let incident = records.and_then(|records| Incident::fold(&head.id, &records).ok());
    Row { id: head.id.clone(), mode, records: head.records, incident }
}

impl Row {
    fn state(&self) -> &'static str {
        match &self.incident {
            None if self.records == 0 => "empty",
            None => "DAMAGED",
            Some(incident) if incident.is_over() => "closed",
            Some(incident) if incident.aborted.is_some() => "aborted",
            Some(incident) if incident.clocks.verified.is_some() => "verified",
            Some(_) => "open",
        }
    }

    fn line(&self) -> String {
        let (declared, what) =
            self.incident.as_ref().map_or_else(Default::default, |i| {
                let what =
                    format!("{}, {}", i.procedure.plan.name, i.procedure.runbook.id);
                (i.clocks.declared.date_time(), what)
            });
        format!(
            "{:<12} {:<6} {:<20} {:<9} {:>7}  {what}\n",
            self.id,
            self.mode.word(),
            declared,
            self.state(),
            self.records
        )
    }

    fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "id": self.id,
            "world": self.mode,
            "state": self.state(),
            "records": self.records,
            "declared": self.incident.as_ref().map(|i| i.clocks.declared),
            "plan": self.incident.as_ref().map(|i| i.procedure.plan.name.clone()),
            "runbook": self.incident.as_ref().map(|i| i.procedure.runbook.id.clone()),
        })
    }
}

fn show(config: &Config, id: &str, output: Output) -> Result<Exit> {
    let (journal, id) = find(config, id)?;
    let records = journal.read(&id, 0)?;
    let incident = Incident::fold(&id, &records)?;
    let result = outcome(&incident, &records);
    match output {
        Output::Human => {
            let plan = &incident.procedure.plan;
            let mut text = format!(
                "{id}  {}  {} @{}  {}\n",
                incident.mode,
                plan.name,
                plan.short(),
                incident.procedure.runbook.name
            );
            for (what, at) in milestones(&incident) {
                let at = at.map_or_else(|| "-".to_owned(), Moment::date_time);
                text += &format!("{what:<14}{at}\n");
            }
            text += &result.text();
            text.push('\n');
            for record in &records {
                text += &line(record, &incident);
            }
            say(&text)?;
        }
        Output::Json => {
            let mut json = result.json();
            if let Some(fields) = json.as_object_mut() {
                fields.insert("schema_version".to_owned(), 1.into());
                fields.insert("id".to_owned(), id.as_str().into());
                fields.insert("records".to_owned(), serde_json::to_value(&records)?);
            }
            say_json(&json)?;
        }
    }
    Ok(Exit::Ok)
}

fn line(record: &Record, incident: &Incident) -> String {
    format!(
        "{} {} {:<16} {:<8} {}\n",
        record.at.time_of_day(),
        (record.at - incident.clocks.impact).signed(),
        record.actor,
        record.event.word(),
        story::sentence(record, incident),
    )
}

fn export(config: &Config, id: &str) -> Result<Exit> {
    let (journal, id) = find(config, id)?;
    let mut text = String::new();
    for record in journal.read(&id, 0)? {
        text += &serde_json::to_string(&record)?;
        text.push('\n');
    }
    ours(&escaped(&text))?;
    Ok(Exit::Ok)
}

/// Says yes under this person's name. The executor's console sees it at once.
fn approve(config: &Config, id: &str, step: &str, words: &str) -> Result<Exit> {
    if mode_of(id) == Mode::Drill {
        bail!("in a drill your colleagues approve; this is for live incidents");
    }
    let (journal, id) = find(config, id)?;
    let incident = Incident::fold(&id, &journal.read(&id, 0)?)?;
    drop(journal);
    let procedure = std::sync::Arc::clone(&incident.procedure);
    super::runtime()?.block_on(async {
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

fn go_on(config: &Config, args: &Resume) -> Result<Exit> {
    if mode_of(&args.id) == Mode::Drill {
        return super::drill::resume(
            config,
            &args.id.to_ascii_uppercase(),
            args.headless,
        );
    }
    let (journal, id) = find(config, &args.id)?;
    let incident = Incident::fold(&id, &journal.read(&id, 0)?)?;
    drop(journal);
    if incident.is_over() {
        bail!("{id} is closed; `warroom incident show {id}` tells it");
    }
    let adopted = adopted(config, &incident, args)?;
    let procedure =
        adopted.clone().unwrap_or_else(|| std::sync::Arc::clone(&incident.procedure));
    super::runtime()?.block_on(async {
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
                let look = super::console::Look::default();
                let seat = super::console::Sitting {
                    mode: Mode::Live,
                    read_only: false,
                    look: &look,
                };
                super::console::show(config, &room.handle, clock, seat).await
            }
        }
        .await;
        room.close().await;
        result
    })
}

fn ruling(step: &str, verdict: &str) -> Result<Command> {
    let ruling = match verdict {
        "done" => crate::engine::Ruling::Done,
        "not-done" => crate::engine::Ruling::NotDone,
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
) -> Result<Option<std::sync::Arc<Procedure>>> {
    let Some(path) = &args.plan else {
        return Ok(None);
    };
    let plan = open::plan(config, path)?;
    let runbook = incident.procedure.runbook.id.as_str();
    let procedure = open::procedure(&plan, Some(runbook))?;
    let (then, now) = (incident.procedure.plan.short(), procedure.plan.short());
    if incident.procedure.plan.digest == procedure.plan.digest {
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
