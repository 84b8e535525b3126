//! `warroom plan estimate`: when each service would be back, and by which step.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use color_eyre::eyre::Result;
use serde_json::{Value, json};

use super::seen::{self, Seen};
use crate::{
    cli::{Exit, Output, learn, say_coloured, say_json},
    config::Config,
    engine::{
        Outlook,
        forecast::{Reached, Spread, range, short, stated},
        outlook,
    },
    model::{
        Estimate, Mode, Procedure, RunbookId, RunbookKind, ServiceId, Span, Step, StepId,
        brief::Level,
    },
    plan::{
        Plan,
        domain::Reach,
        language::{Items, Said},
        page::Page,
        promised,
    },
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The plan: a directory with plan.toml and runbooks/, one file, or the name of one
    /// that comes with the program
    plan: PathBuf,
    /// Only this runbook [default: all that bring services back]
    runbook: Option<String>,
    /// With what drills measured too. Without, only live runs count: what a simulated world
    /// took is no promise about the real one
    #[arg(long)]
    drills: bool,
    /// How to print it: for people, or for programs
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// Whether an objective is met; the worst decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    /// 19 times in 20; or nobody promised anything.
    Met,
    /// Half the time.
    Perhaps,
    Missed,
}

impl Verdict {
    fn of(spread: Spread, limit: Span) -> Self {
        if spread.p95 <= limit {
            Self::Met
        } else if spread.p50 <= limit {
            Self::Perhaps
        } else {
            Self::Missed
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Met => "yes",
            Self::Perhaps => "perhaps",
            Self::Missed => "no",
        }
    }

    const fn mark(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Perhaps => "PERHAPS",
            Self::Missed => "MISSED",
        }
    }
}

/// A rule of law or contract that must be obeyed in time, and the runbook that does.
struct Law {
    id: String,
    runbook: RunbookId,
    within: Span,
    takes: Spread,
    verdict: Verdict,
}

/// One runbook, tried out.
struct Tried {
    procedure: Arc<Procedure>,
    outlook: Outlook,
    services: Vec<Service>,
}

struct Service {
    reached: Reached,
    rto: Option<Span>,
    verdict: Verdict,
}

pub(super) fn run(config: &Config, args: &Args) -> Result<Exit> {
    let Seen { plan } = seen::load(config, &args.plan)?;
    let ids: Vec<RunbookId> = match &args.runbook {
        Some(id) => vec![seen::chosen(&plan, Some(id))?],
        None => measured(&plan),
    };
    let mode = if args.drills { Mode::Drill } else { Mode::Live };
    let tried: Vec<Tried> = ids
        .iter()
        .filter_map(|id| Some(tried(ahead(config, mode, &plan, id)?)))
        .collect();
    let laws = laws(config, mode, &plan, &ids);
    match args.output {
        Output::Human => {
            let mut page = Page::new(config.width()).coloured(config.colour());
            for one in &tried {
                tell(&mut page, one);
            }
            if tried.is_empty() {
                page.line("No runbook of this plan brings a service back.");
            }
            tell_laws(&mut page, &laws);
            say_coloured(&page.text())?;
        }
        Output::Json => {
            let runbooks: Vec<Value> = tried.iter().map(value).collect();
            let laws: Vec<Value> = laws.iter().map(of_law).collect();
            say_json(&json!({
                "schema_version": 1,
                "runbooks": runbooks,
                "compliance": laws,
            }))?;
        }
    }
    let services = tried.iter().flat_map(|one| &one.services).map(|one| one.verdict);
    let worst = services.chain(laws.iter().map(|law| law.verdict)).max();
    Ok(match worst.unwrap_or(Verdict::Met) {
        Verdict::Met => Exit::Ok,
        Verdict::Perhaps => Exit::Failed,
        Verdict::Missed => Exit::Refused,
    })
}

/// Kinds of runbook that are measured by an objective: they bring services back.
const fn brings(kind: RunbookKind) -> bool {
    match kind {
        RunbookKind::Failover | RunbookKind::Failback | RunbookKind::Restore => true,
        RunbookKind::Backup
        | RunbookKind::Response
        | RunbookKind::Maintenance
        | RunbookKind::Validation
        | RunbookKind::Drill => false,
    }
}

fn measured(plan: &Plan) -> Vec<RunbookId> {
    let all = plan.runbooks.iter().filter(|one| brings(one.kind));
    all.map(|runbook| runbook.id.clone()).collect()
}

/// A runbook's procedure with what past runs taught, and how long it takes in that world.
pub(super) fn ahead(
    config: &Config,
    mode: Mode,
    plan: &Plan,
    runbook: &RunbookId,
) -> Option<(Arc<Procedure>, Outlook)> {
    let procedure = learn::recall(config, mode, Arc::new(plan.procedure(runbook)?));
    let outlook = outlook(&procedure);
    Some((procedure, outlook))
}

fn tried((procedure, outlook): (Arc<Procedure>, Outlook)) -> Tried {
    // A form, a rehearsal: what says nowhere that it brings a service back brings none.
    let brings = brings(procedure.runbook.kind);
    let counted = outlook.services.iter().filter(|one| brings || !one.whole_run);
    let services = counted.map(|reached| {
        let rto = promised(objective(&procedure, &reached.service));
        let verdict = rto.map_or(Verdict::Met, |rto| Verdict::of(reached.spread, rto));
        Service { reached: reached.clone(), rto, verdict }
    });
    Tried { services: services.collect(), procedure, outlook }
}

/// What a service is measured by in this run: the runbook's or scenario's own promise goes
/// before the service's.
fn objective(procedure: &Procedure, service: &ServiceId) -> Span {
    let decides = procedure.brief.countdowns.iter().any(|one| {
        one.rto.is_some() && matches!(one.level, Level::Runbook | Level::Scenario)
    });
    let own = procedure.services.iter().find(|one| one.id == *service);
    match own.filter(|_| !decides) {
        Some(service) => service.objective.rto,
        None => procedure.objective.rto,
    }
}

fn tell(page: &mut Page, tried: &Tried) {
    let Tried { procedure, outlook, services } = tried;
    let runbook = &procedure.runbook;
    page.heading(&format!("runbook {}  {}", runbook.id, runbook.name));
    let rows: Vec<Vec<String>> = services.iter().map(|one| row(procedure, one)).collect();
    if rows.is_empty() {
        page.line("  No service is measured by it.");
    } else {
        page.table(&["service", "back after", "rto", "margin", "", "by"], &rows);
    }
    page.under(&format!(
        "All of them after {}; the run is over after ~{} ({}).",
        stated(outlook.spread, outlook.basis),
        short(outlook.end.p50),
        range(outlook.end),
    ));
    let path: Vec<&str> = outlook.critical.iter().map(StepId::as_str).collect();
    if !path.is_empty() {
        page.under(&format!("Critical path: {}", path.join(" > ")));
    }
    if services.iter().any(|one| one.reached.whole_run) {
        page.under(
            "* nothing says which steps bring it back: counted to the end of the run. \
             `restores` in a step says so.",
        );
    }
}

fn row(procedure: &Procedure, one: &Service) -> Vec<String> {
    let Service { reached, rto, verdict } = one;
    let mark = if reached.whole_run { "*" } else { "" };
    let by = reached.by.as_ref().map(|id| named(procedure, id));
    vec![
        format!("{}{mark}", reached.service),
        format!("~{} ({})", short(reached.spread.p50), range(reached.spread)),
        rto.map_or_else(|| "none".to_owned(), |rto| rto.to_string()),
        rto.map_or_else(String::new, |rto| margin(rto - reached.spread.p50)),
        match (rto, verdict) {
            (None, _) => "",
            (Some(_), verdict) => verdict.mark(),
        }
        .to_owned(),
        by.unwrap_or_default(),
    ]
}

/// Rules with a time; when one runbook is asked for, those it obeys.
fn laws(config: &Config, mode: Mode, plan: &Plan, ids: &[RunbookId]) -> Vec<Law> {
    let all = plan.file.compliance.items().iter().filter_map(|row| {
        let (within, runbook) = (*row.within.get()?, RunbookId::new(row.runbook.get()?));
        let (_, outlook) = ahead(config, mode, plan, &runbook)?;
        let (takes, verdict) = (outlook.end, Verdict::of(outlook.end, within));
        let id = row.id.get()?.clone();
        Some(Law { id, runbook, within, takes, verdict })
    });
    let alone = ids.len() == 1;
    all.filter(|law| !alone || ids.contains(&law.runbook)).collect()
}

fn tell_laws(page: &mut Page, laws: &[Law]) {
    if laws.is_empty() {
        return;
    }
    page.heading("compliance");
    let row = |law: &Law| {
        vec![
            law.id.clone(),
            format!("~{} ({})", short(law.takes.p50), range(law.takes)),
            law.within.to_string(),
            margin(law.within - law.takes.p50),
            law.verdict.mark().to_owned(),
            law.runbook.to_string(),
        ]
    };
    let rows: Vec<Vec<String>> = laws.iter().map(row).collect();
    page.table(&["rule", "done after", "within", "margin", "", "by"], &rows);
}

fn of_law(law: &Law) -> Value {
    json!({
        "id": law.id,
        "runbook": law.runbook,
        "within_s": law.within.as_secs_f64(),
        "p50_s": law.takes.p50.as_secs_f64(),
        "p95_s": law.takes.p95.as_secs_f64(),
        "met": law.verdict.word(),
    })
}

/// `+18m`, `-4m`.
fn margin(span: Span) -> String {
    format!("{}{}", if span.is_negative() { '-' } else { '+' }, short(span.abs()))
}

/// `15 shift`.
fn named(procedure: &Procedure, id: &StepId) -> String {
    let number = procedure.runbook.step(id).map(|step: &Step| step.number);
    number.map_or_else(|| id.to_string(), |number| format!("{number} {id}"))
}

fn value(tried: &Tried) -> Value {
    let Tried { procedure, outlook, services } = tried;
    let spread = |one: Spread| {
        json!({
            "low_s": one.low.as_secs_f64(),
            "p50_s": one.p50.as_secs_f64(),
            "p95_s": one.p95.as_secs_f64(),
        })
    };
    let services: Vec<Value> = services
        .iter()
        .map(|one| {
            let margin = one.rto.map(|rto| (rto - one.reached.spread.p50).as_secs_f64());
            json!({
                "id": one.reached.service,
                "reached": spread(one.reached.spread),
                "rto_s": one.rto.map(Span::as_secs_f64),
                "margin_s": margin,
                "met": one.verdict.word(),
                "by": one.reached.by,
                "whole_run": one.reached.whole_run,
            })
        })
        .collect();
    json!({
        "id": procedure.runbook.id,
        "services": services,
        "all": spread(outlook.spread),
        "end": spread(outlook.end),
        "from": outlook.basis.told(),
        "critical": outlook.critical,
    })
}

/// How long each runbook takes until each of its services is back; of a service with lanes,
/// until the last of them is.
pub(in crate::cli) fn reach(config: &Config, plan: &Plan) -> Reach {
    let mut all: Reach = BTreeMap::new();
    for runbook in &plan.runbooks {
        let Some((procedure, outlook)) = ahead(config, Mode::Live, plan, &runbook.id)
        else {
            continue;
        };
        for reached in outlook.services {
            let key = (runbook.id.clone(), bare(&procedure, &reached.service));
            let takes = Estimate { p50: reached.spread.p50, p95: reached.spread.p95 };
            let known = all.entry(key).or_insert(takes);
            known.p50 = known.p50.max(takes.p50);
            known.p95 = known.p95.max(takes.p95);
        }
    }
    all
}

/// A service as the plan calls it, without the tenant's name before it.
fn bare(procedure: &Procedure, service: &ServiceId) -> ServiceId {
    let lanes = procedure.brief.lanes.iter();
    let mut names = lanes
        .filter_map(|lane| service.as_str().strip_prefix(&format!("{}.", lane.tenant)));
    names.next().map_or_else(|| service.clone(), ServiceId::new)
}
