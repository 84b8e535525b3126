//! `warroom status`: would a failover work now, in one line and in JSON.

use std::{cmp::Reverse, collections::BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};

use super::page::paragraph;

use crate::{
    engine::{
        Incident, exposure, forecast,
        forecast::{Basis, Spread, stated},
        gate::Class,
        outlook,
    },
    model::{
        Evidence, Moment, Noun, Observation, ProbeId, Procedure, ResourceId, Span, Text,
    },
    room::{Executor, Snapshot},
};

/// How it stands. Ordered: the worst decides, and UNKNOWN is worse than OK only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum State {
    Ok,
    Unknown,
    Warn,
    Crit,
}

impl State {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Unknown => "UNKNOWN",
            Self::Warn => "WARN",
            Self::Crit => "CRIT",
        }
    }
}

/// One reading with its verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Check {
    pub name: String,
    pub state: State,
    /// Whether the failover needs it: what its steps act on and look at, and what tells of
    /// its services. What else nobody could see is told, and decides nothing.
    pub needed: bool,
    pub value: String,
    /// Seconds since it was read; none when it never was.
    pub age_s: Option<f64>,
}

impl Check {
    fn decides(&self) -> bool {
        self.needed || self.state != State::Unknown
    }
}

/// The newest incident of this plan that is over.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Past {
    pub id: String,
    pub runbook: String,
    pub declared: Moment,
    /// Whether its services were seen healthy before it was closed.
    pub verified: bool,
}

impl Past {
    pub fn of(incident: &Incident) -> Self {
        Self {
            id: incident.id.to_string(),
            runbook: incident.procedure.runbook.name.to_string(),
            declared: incident.clocks.declared,
            verified: incident.clocks.verified.is_some(),
        }
    }
}

/// A drill the plan wants held again and again.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Due {
    pub name: String,
    /// The day it was held last, `2026-11-20`; none when nobody knows of any.
    pub held: Option<String>,
    pub due: Option<String>,
    /// Days until it is due; negative when that is past.
    pub days: Option<i64>,
}

impl Due {
    fn told(&self) -> String {
        let days = |days: i64| {
            if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
        };
        let (Some(due), Some(left)) = (&self.due, self.days) else {
            return format!("{}: NEVER HELD", self.name);
        };
        match left {
            ..0 => format!("{}: OVERDUE by {}, since {due}", self.name, days(-left)),
            0 => format!("{}: due today", self.name),
            1.. => format!("{}: due in {}, {due}", self.name, days(left)),
        }
    }
}

/// Everything `status` says.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    pub state: State,
    pub plan: String,
    pub checks: Vec<Check>,
    /// What promoting now would lose; none when unknown or there is nothing to promote.
    pub data_at_risk: Option<Span>,
    pub rpo: Span,
    pub rto: Span,
    /// How long the runbook would take from now, stability window included.
    pub estimate: Spread,
    /// What that rests on.
    pub basis: Basis,
    pub incident: Option<OpenIncident>,
    /// What was run here last; the plan's normal operation may not be what is running.
    pub last: Option<Past>,
    /// Drills of the plan and when they are due.
    pub drills: Vec<Due>,
    pub at: Moment,
}

/// The open incident, if there is one.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenIncident {
    pub id: String,
    pub left: Span,
    pub margin: Span,
    pub go_by: Moment,
    /// The last moment that meets the objective 19 times in 20.
    pub go_by_sure: Moment,
    pub next: Option<String>,
    pub in_doubt: bool,
    /// Since when no further step starts.
    pub held: Option<Moment>,
    /// Who starts steps; none when nobody does.
    pub run_by: Option<String>,
}

/// Judges a snapshot.
pub fn judge(snapshot: &Snapshot) -> Status {
    let procedure = &snapshot.procedure;
    let mut checks = estate(procedure, &snapshot.evidence, snapshot.at);
    checks.extend(probes(procedure, &snapshot.evidence, snapshot.at));
    let risk = exposure::at_rest(procedure, &snapshot.evidence, snapshot.at);
    checks.extend(risk.iter().map(|(class, name, value)| Check {
        name: name.clone(),
        needed: true,
        state: match class {
            Class::Pass | Class::Overridden => State::Ok,
            Class::Fail => State::Crit,
            Class::Unknown => State::Unknown,
        },
        value: value.clone(),
        age_s: None,
    }));
    let incident = snapshot.incident.as_deref().filter(|incident| !incident.is_over());
    let open = incident.map(|incident| open(incident, snapshot));
    if let Some(open) = &open {
        checks.push(incident_check(open));
    }
    let (estimate, basis) = if let Some(incident) = incident {
        let ahead = forecast(incident, snapshot.at);
        (ahead.spread(), ahead.basis)
    } else {
        let ahead = outlook(procedure);
        (ahead.spread, ahead.basis)
    };
    let worst = checks.iter().filter(|one| one.decides()).map(|check| check.state).max();
    let worst = worst.unwrap_or(State::Unknown);
    Status {
        state: worst,
        plan: procedure.plan.name.to_string(),
        checks,
        data_at_risk: exposure::worst_at_rest(procedure, &snapshot.evidence, snapshot.at),
        rpo: procedure.objective.rpo,
        rto: procedure.objective.rto,
        estimate,
        basis,
        incident: open,
        last: None,
        drills: Vec::new(),
        at: snapshot.at,
    }
}

fn open(incident: &Incident, snapshot: &Snapshot) -> OpenIncident {
    let ahead = forecast(incident, snapshot.at);
    OpenIncident {
        id: incident.id.to_string(),
        left: ahead.left,
        margin: ahead.margin,
        go_by: ahead.go_by,
        go_by_sure: ahead.go_by_sure,
        next: incident.next().map(|step| format!("{} {}", step.number, step.title())),
        in_doubt: incident.steps().any(|(_, record)| {
            matches!(record.state, crate::engine::StepState::InDoubt { .. })
        }),
        held: incident.hold.as_ref().map(|(since, _)| *since),
        run_by: match &snapshot.executor {
            Executor::Elsewhere { holder, .. } => Some(holder.to_string()),
            Executor::Here => Some("this process".to_owned()),
            Executor::Left | Executor::Nobody => None,
        },
    }
}

fn incident_check(open: &OpenIncident) -> Check {
    let state = if open.in_doubt || open.left.is_negative() || open.margin.is_negative() {
        State::Crit
    } else {
        State::Warn
    };
    let over = if open.left.is_negative() { "RTO OVER by" } else { "RTO left" };
    Check {
        name: open.id.clone(),
        needed: true,
        state,
        value: format!(
            "open, {over} {}, margin {}",
            open.left.clock(),
            open.margin.signed()
        ),
        age_s: None,
    }
}

fn estate(procedure: &Procedure, evidence: &Evidence, now: Moment) -> Vec<Check> {
    let mut checks = Vec::new();
    let needed = Needed::of(procedure);
    for resource in &procedure.estate {
        for site in resource.sides.keys() {
            if resource.noun == Noun::Traffic && *site != resource.primary {
                continue;
            }
            let name = if resource.noun == Noun::Traffic {
                resource.id.to_string()
            } else {
                format!("{} {site}", resource.id)
            };
            let reading = evidence.of(&resource.id, site);
            let age_s =
                reading.and_then(|reading| reading.age(now)).map(Span::as_secs_f64);
            let fresh = reading.and_then(|reading| reading.fresh(now));
            let lost = || {
                let why = reading
                    .and_then(|reading| reading.lost.as_ref())
                    .map_or("no reading", |(lost, _)| lost.why.as_str());
                (State::Unknown, why.to_owned())
            };
            let (state, value) = fresh.map_or_else(lost, verdict);
            let needed = needed.resources.contains(&resource.id);
            checks.push(Check { name, state, needed, value, age_s });
        }
    }
    checks
}

fn verdict(seen: &Observation) -> (State, String) {
    let bad = |bad| if bad { State::Crit } else { State::Ok };
    match seen {
        Observation::Database(view) => {
            let role = match &view.role {
                crate::model::DatabaseRole::Writer => "writer",
                crate::model::DatabaseRole::Replica { .. } => "replica",
                crate::model::DatabaseRole::Absent => "absent",
            };
            (bad(!view.available), format!("{role}, {}", view.status))
        }
        Observation::Compute(view) => {
            let healthy = view.healthy.unwrap_or(view.running);
            let value = format!("{healthy}/{}", view.desired);
            (bad(healthy < view.desired), value)
        }
        Observation::Traffic(view) => {
            let shares: Vec<_> = view
                .share
                .iter()
                .map(|(site, share)| format!("{site} {share}%"))
                .collect();
            let state = if view.in_sync == Some(false) { State::Warn } else { State::Ok };
            (state, shares.join(", "))
        }
        Observation::Storage(view) => match view.replicating {
            Some(true) => (State::Ok, "replicating".to_owned()),
            Some(false) => (State::Crit, "not replicating".to_owned()),
            None => (State::Unknown, "replication state unknown".to_owned()),
        },
    }
}

/// What the run would act on and look at, and what tells of its services.
struct Needed<'p> {
    resources: BTreeSet<&'p ResourceId>,
    probes: BTreeSet<&'p ProbeId>,
}

impl<'p> Needed<'p> {
    fn of(procedure: &'p Procedure) -> Self {
        let acts = procedure.runbook.steps().filter_map(|step| step.action.estate());
        let looks = procedure.runbook.steps().filter_map(|step| step.action.probe());
        let services = procedure.services.iter();
        Self {
            resources: acts.map(|(id, ..)| id).collect(),
            probes: services.flat_map(|service| &service.probes).chain(looks).collect(),
        }
    }
}

fn probes(procedure: &Procedure, evidence: &Evidence, now: Moment) -> Vec<Check> {
    let needed = Needed::of(procedure);
    procedure
        .probes
        .iter()
        .map(|probe| {
            let reading = evidence.probes.get(&probe.id);
            let lost = reading.and_then(|reading| reading.lost.as_ref());
            let why = || lost.map_or("no reading", |(lost, _)| lost.why.as_str());
            let (state, value) = match reading.and_then(|reading| reading.fresh(now)) {
                Some(answer) if answer.healthy => (State::Ok, answer.value.to_string()),
                Some(answer) => (State::Crit, answer.value.to_string()),
                None => (State::Unknown, why().to_owned()),
            };
            let age_s =
                reading.and_then(|reading| reading.age(now)).map(Span::as_secs_f64);
            let needed = needed.probes.contains(&probe.id);
            Check { name: probe.id.to_string(), state, needed, value, age_s }
        })
        .collect()
}

impl Status {
    /// The one line: the state, then what a person asks next, then what is wrong.
    pub fn line(&self) -> String {
        let decisive = || self.checks.iter().filter(|check| check.decides());
        let count = |state| decisive().filter(|check| check.state == state).count();
        let risk = self.data_at_risk.map_or_else(|| "UNKNOWN".to_owned(), Span::clock);
        let mut line = format!("DR {}: {}", self.state.word(), self.plan);
        match &self.incident {
            Some(open) => {
                let word = if open.left.is_negative() { "RTO OVER" } else { "RTO left" };
                let far = open.go_by - self.at > Span::mins(20 * 60);
                let go_by = if far {
                    open.go_by.day_time()
                } else {
                    format!("{}Z", open.go_by.time_of_day())
                };
                line += &format!(
                    " {} {word} {} of {}, {} to go, margin {}, GO BY {go_by}",
                    open.id,
                    open.left.clock(),
                    self.rto.clock(),
                    stated(self.estimate, self.basis),
                    open.margin.signed(),
                );
                if let Some(since) = open.held {
                    line += &format!(", HOLD since {}Z", since.time_of_day());
                }
                if open.run_by.is_none() {
                    line += ", NOBODY RUNS IT";
                }
                if let Some(next) = &open.next {
                    line += &format!(", next {next}");
                }
            }
            None => {
                line += &format!(
                    " failover {} of RTO {}",
                    stated(self.estimate, self.basis),
                    self.rto.clock()
                );
            }
        }
        line += &format!(", data at risk {risk} of {}", self.rpo.clock());
        line += &format!(
            " - {} crit {} warn {} unknown",
            count(State::Crit),
            count(State::Warn),
            count(State::Unknown)
        );
        let unseen = self.checks.len() - decisive().count();
        if unseen > 0 {
            line += &format!(", {unseen} beside it not seen");
        }
        let worst: Vec<String> = self
            .wrong()
            .iter()
            .filter(|check| check.decides())
            .take(3)
            .map(|check| format!("{} {}", check.name, Text::capped(&check.value, 40)))
            .collect();
        if !worst.is_empty() {
            line += &format!(": {}", worst.join("; "));
        }
        line
    }

    /// What is not as it should be, the worst first.
    fn wrong(&self) -> Vec<&Check> {
        let mut wrong: Vec<&Check> =
            self.checks.iter().filter(|check| check.state != State::Ok).collect();
        wrong.sort_by_key(|check| Reverse((check.state, check.needed)));
        wrong
    }

    /// The one line, and under it everything that is not as it should be, for a terminal
    /// `width` columns wide.
    pub fn text(&self, width: Option<usize>) -> String {
        let mut text = paragraph("", &self.line(), width);
        if let Some(past) = &self.last {
            let how = if past.verified { "verified" } else { "NOT VERIFIED" };
            let value = format!(
                "{} {}, {how}, {}Z",
                past.id,
                past.runbook,
                past.declared.date_time()
            );
            text += &paragraph("  last    ", &value, width);
        }
        for due in &self.drills {
            text += &paragraph("  drill   ", &due.told(), width);
        }
        for check in self.wrong() {
            let head = format!("  {:<7} ", check.state.word());
            let value = format!("{}: {}", check.name, check.value);
            text += &paragraph(&head, &value, width);
        }
        text
    }

    /// For programs. `schema_version` changes only with the meaning of a field.
    pub fn json(&self) -> Value {
        json!({
            "schema_version": 1,
            "state": self.state,
            "plan": self.plan,
            "at": self.at.rfc3339(),
            "rto_s": self.rto.as_secs_f64(),
            "rpo_s": self.rpo.as_secs_f64(),
            "failover_estimate_s": self.estimate.p50.as_secs_f64(),
            "failover_estimate_low_s": self.estimate.low.as_secs_f64(),
            "failover_estimate_p95_s": self.estimate.p95.as_secs_f64(),
            "failover_estimate_from": self.basis.told(),
            "data_at_risk_s": self.data_at_risk.map(Span::as_secs_f64),
            "incident": self.incident.as_ref().map(|open| json!({
                "id": open.id,
                "rto_left_s": open.left.as_secs_f64(),
                "margin_s": open.margin.as_secs_f64(),
                "go_by": open.go_by.rfc3339(),
                "go_by_sure": open.go_by_sure.rfc3339(),
                "next": open.next,
                "in_doubt": open.in_doubt,
                "held_since": open.held.map(Moment::rfc3339),
                "run_by": open.run_by,
            })),
            "last_incident": self.last,
            "drills": self.drills,
            "checks": self.checks,
        })
    }
}
