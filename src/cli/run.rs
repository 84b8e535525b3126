//! `warroom run`: a runbook without a screen. Every confirmation is given beforehand, in
//! words; nothing is ever asked and nothing is assumed.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use color_eyre::eyre::{Result, bail, eyre};

use super::{
    Exit, Output,
    choice::{self, Chosen},
    learn, open,
    pilot::{Ending, Pilot},
    say, say_json,
};
use crate::{
    clock::Clock,
    config::Config,
    engine::{Incident, Outlook, Time, forecast::stated, gate::words, outlook},
    journal::chain::Verdict,
    model::{Mode, Moment, Procedure, Span, Step, StepId, Text},
    report::outcome::outcome,
    room::{Handle, Request, Stance},
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The runbook to run
    runbook: String,
    /// The plan: a directory with plan.toml and runbooks/, or one file
    #[arg(long, value_name = "PLAN")]
    plan: PathBuf,
    /// Show every step, its calls, its tier and the words it needs; send nothing
    #[arg(long)]
    dry_run: bool,
    /// Words for a step, as the console would ask for them: promote="LIVE us-west-2"
    #[arg(long, value_name = "STEP=WORDS", value_parser = pair)]
    confirm: Vec<(String, String)>,
    /// What was observed for a manual step: smoke="5 of 5 orders"
    #[arg(long, value_name = "STEP=TEXT", value_parser = pair)]
    observed: Vec<(String, String)>,
    /// The plan's scenario it answers, by its id
    #[arg(long, value_name = "ID")]
    scenario: Option<String>,
    #[command(flatten)]
    chosen: Chosen,
    /// When the impact began, RFC 3339 [default: now]
    #[arg(long, value_name = "TIME")]
    impact: Option<String>,
    /// Why, for the record
    #[arg(long, default_value = "run from the command line")]
    reason: String,
    /// How long to wait for another person's approval, or for services to be stable
    #[arg(long, default_value = "30m", value_name = "DURATION")]
    wait: Span,
    /// How to print it: for people, or for programs
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// `STEP=WORDS`, as several flags take it.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(step, words)| (step.to_owned(), words.to_owned()))
        .ok_or_else(|| format!("`{text}` has no `=`: write STEP=WORDS"))
}

pub(super) fn run(config: &Config, args: &Args) -> Result<Exit> {
    let plan = open::plan(config, &args.plan)?;
    if !args.dry_run {
        open::in_force(&plan)?;
    }
    let choice = args.chosen.of(&plan, args.scenario.as_deref())?;
    let procedure = open::procedure_for(&plan, Some(&args.runbook), &choice)?;
    choice::for_whom(&plan, &procedure, &choice)?;
    let procedure = open::remembering(config, Mode::Live, procedure)?;
    let procedure = learn::recall(config, Mode::Live, procedure);
    let needed = choice::needed(&procedure);
    if !needed.is_empty() && !args.dry_run {
        bail!("the run does not begin without a value: {}", needed.join("; "));
    }
    for (step, _) in args.confirm.iter().chain(&args.observed) {
        if procedure.runbook.step(&StepId::new(step)).is_none() {
            bail!("runbook `{}` has no step `{step}`", args.runbook);
        }
    }
    let stance = if args.dry_run { Stance::ReadOnly } else { Stance::Executor };
    let runtime = super::runtime()?;
    runtime.block_on(async {
        let (room, clock) = open::live_room(config, procedure, None, stance)?;
        let result = if args.dry_run {
            dry(&room.handle, args).await
        } else {
            wet(config, &room.handle, clock, args).await
        };
        room.close().await;
        result
    })
}

async fn wet(
    config: &Config,
    handle: &Handle,
    clock: Clock,
    args: &Args,
) -> Result<Exit> {
    let impact_at = match &args.impact {
        Some(text) => Moment::parse(text).map_err(|error| {
            eyre!("--impact {text}: {error}; write it as 2026-08-22T02:55:40Z")
        })?,
        None => clock.now(),
    };
    let actor = open::actor(config);
    let reason = Text::clean(&args.reason);
    handle.ask(actor.clone(), Request::Declare { impact_at, reason }).await?;
    fly(config, handle, clock, Orders::of(args)).await
}

/// What a run without a screen was told beforehand.
#[derive(Debug)]
pub(super) struct Orders {
    pub(super) words: BTreeMap<StepId, String>,
    pub(super) observed: BTreeMap<StepId, String>,
    pub(super) wait: Span,
    pub(super) output: Output,
}

impl Orders {
    fn of(args: &Args) -> Self {
        Self {
            words: by_step(&args.confirm),
            observed: by_step(&args.observed),
            wait: args.wait,
            output: args.output,
        }
    }
}

pub(super) fn by_step(pairs: &[(String, String)]) -> BTreeMap<StepId, String> {
    pairs.iter().map(|(step, words)| (StepId::new(step), words.clone())).collect()
}

/// Runs what is declared to its end and prints how it went.
pub(super) async fn fly(
    config: &Config,
    handle: &Handle,
    clock: Clock,
    orders: Orders,
) -> Result<Exit> {
    let pilot = Pilot {
        handle: handle.clone(),
        since: clock.now(),
        clock,
        operator: open::actor(config),
        words: orders.words,
        observed: orders.observed,
        attempts: 1,
        patience: orders.wait,
        approval_wait: orders.wait,
    };
    let ending = pilot.fly().await?;
    print(handle, &ending, orders.output)?;
    Ok(exit(&ending))
}

pub(super) fn exit(ending: &Ending) -> Exit {
    match ending {
        Ending::Verified => Exit::Ok,
        Ending::NotStable | Ending::Stuck { .. } => Exit::Failed,
        Ending::Missing { .. } | Ending::Lost { .. } => Exit::Refused,
        Ending::InDoubt { .. } => Exit::InDoubt,
        Ending::Aborted => Exit::Aborted,
    }
}

/// One sentence on how it ended and what can be done.
pub(super) fn sentence(ending: &Ending, incident: &Incident) -> String {
    let resume = format!("`warroom incident resume {}`", incident.id);
    match ending {
        Ending::Verified => "done and verified".to_owned(),
        Ending::NotStable => {
            "all steps are done; the services were not seen stable in time".to_owned()
        }
        Ending::Stuck { step, why } => format!(
            "stopped at step `{step}`: {why}. Nothing else was sent. Go on with {resume}"
        ),
        Ending::Missing { step, what } => format!(
            "stopped before step `{step}`: it needs {what}. Nothing was sent for it. Go on \
             with {resume}"
        ),
        Ending::InDoubt { step, why } => format!(
            "step `{step}` is IN DOUBT: {why}. Look at the real state, then rule on it with \
             {resume}"
        ),
        Ending::Aborted => "aborted by the operator".to_owned(),
        Ending::Lost { why } => format!("stopped: {why}. Go on with {resume}"),
    }
}

fn print(handle: &Handle, ending: &Ending, output: Output) -> Result<()> {
    let snapshot = handle.snapshot();
    let Some(incident) = &snapshot.incident else {
        return Ok(());
    };
    let how = sentence(ending, incident);
    let result = outcome(incident, &snapshot.timeline);
    match output {
        Output::Human => say(&format!(
            "{}: {how}\n{}{}",
            incident.id,
            result.text(),
            head_line(incident)
        )),
        Output::Json => {
            let mut json = result.json();
            if let Some(fields) = json.as_object_mut() {
                fields.insert("schema_version".to_owned(), 1.into());
                fields.insert("incident".to_owned(), incident.id.as_str().into());
                fields.insert("ending".to_owned(), how.into());
                fields.insert("records".to_owned(), incident.seq.into());
                fields.insert("head".to_owned(), incident.head.as_str().into());
                fields.insert("words".to_owned(), head_words(incident).into());
                fields.insert("exit".to_owned(), (exit(ending) as u8).into());
            }
            say_json(&json)
        }
    }
}

/// What to post outside, so that nobody can rewrite the journal unnoticed.
pub(super) fn head_line(incident: &Incident) -> String {
    format!("head of {} records: {}\n", incident.seq, head_words(incident))
}

fn head_words(incident: &Incident) -> String {
    let (id, records) = (incident.id.clone(), incident.seq);
    Verdict { id, records, head: incident.head.clone() }.words()
}

/// Shows what each step would send now. The room is read-only: nothing can be sent.
async fn dry(handle: &Handle, args: &Args) -> Result<Exit> {
    let procedure = Arc::clone(&handle.snapshot().procedure);
    let mut text = format!(
        "{} @{}  runbook {}  {} > {}\nDry run: nothing is sent. Prerequisites only, not a \
         promise.\n",
        procedure.plan.name,
        procedure.plan.short(),
        procedure.runbook.id,
        procedure.runbook.from,
        procedure.runbook.to,
    );
    text += &told(&outlook(&procedure), procedure.objective.rto);
    let mut objections = 0;
    for step in procedure.runbook.steps() {
        let words = words_for(&procedure, step);
        text += &format!(
            "\n{:>2} {}  {}  {}  {words}\n",
            step.number,
            step.title(),
            step.tier,
            Time::of(&procedure, step).told(),
        );
        match handle.preview(step.id.clone()).await {
            Ok(preview) => {
                for call in &preview.calls {
                    text += &format!("     {}\n", call.line);
                }
                for (what, before, after) in &preview.changes {
                    text += &format!("     {what}: {before} > {after}\n");
                }
                for objection in &preview.objections {
                    objections += 1;
                    text += &format!("     objection: {objection}\n");
                }
            }
            Err(unknown) => text += &format!("     unknown: {}\n", unknown.why),
        }
    }
    match args.output {
        Output::Human => say(&text)?,
        Output::Json => say_json(&serde_json::json!({
            "schema_version": 1, "dry_run": true, "objections": objections, "text": text,
        }))?,
    }
    Ok(Exit::Ok)
}

/// `All services healthy after ~12m (10-18m, 7 drills); RTO 30m, margin +18:00.`
fn told(outlook: &Outlook, rto: Span) -> String {
    let after = stated(outlook.spread, outlook.basis);
    let margin = (rto - outlook.spread.p50).signed();
    format!("All services healthy after {after}; RTO {rto}, margin {margin}.\n")
}

fn words_for(procedure: &Procedure, step: &Step) -> String {
    let typed = words(Mode::Live, &procedure.runbook, step);
    typed.map_or_else(String::new, |words| format!("--confirm {}=\"{words}\"", step.id))
}
