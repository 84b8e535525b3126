//! What is abnormal, derived anew from the readings each time. Only the moment a
//! condition was first seen is remembered.

use std::collections::BTreeMap;

use super::snapshot::{Alarm, JournalHealth, Severity};
use crate::{
    engine::{
        Incident, StepState, exposures,
        raise::Because,
        recovery, respond,
        watch::{self, Stage},
    },
    model::{Evidence, Moment, ProbeId, Procedure, Span, Text},
};

/// When each condition was first seen.
#[derive(Debug, Default)]
pub(super) struct Memory {
    since: BTreeMap<Text, Moment>,
}

/// What alarms are derived from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts<'a> {
    pub(super) procedure: &'a Procedure,
    pub(super) incident: Option<&'a Incident>,
    pub(super) evidence: &'a Evidence,
    pub(super) journal: &'a JournalHealth,
    pub(super) now: Moment,
}

struct Raw {
    key: String,
    severity: Severity,
    text: String,
    expected: bool,
}

impl Memory {
    /// All conditions there are now: unexpected first, then by severity, then first-out.
    pub(super) fn alarms(&mut self, facts: Facts<'_>) -> Vec<Alarm> {
        let mut raw = journal(facts);
        raw.extend(steps(facts));
        raw.extend(raised(facts));
        raw.extend(unanswered(facts));
        raw.extend(early(facts));
        raw.extend(holds(facts));
        raw.extend(windows(facts));
        raw.extend(services(facts));
        raw.extend(promises(facts));
        raw.extend(readings(facts));
        raw.extend(lag(facts));
        let mut since = BTreeMap::new();
        let mut alarms: Vec<Alarm> = raw
            .into_iter()
            .map(|raw| {
                let key = Text::clean(&raw.key);
                let first = self.since.get(&key).copied().unwrap_or(facts.now);
                since.insert(key.clone(), first);
                Alarm {
                    key,
                    severity: raw.severity,
                    text: Text::clean(raw.text),
                    since: first,
                    expected: raw.expected,
                }
            })
            .collect();
        self.since = since;
        alarms.sort_by_key(|alarm| (alarm.expected, alarm.severity, alarm.since));
        alarms
    }
}

fn crit(key: String, text: String) -> Raw {
    Raw { key, severity: Severity::Crit, text, expected: false }
}

fn journal(facts: Facts<'_>) -> Vec<Raw> {
    match facts.journal {
        JournalHealth::Ok => Vec::new(),
        JournalHealth::Failing { why, .. } => vec![crit(
            "journal".to_owned(),
            format!("journal cannot be written: {why}. Nothing new starts"),
        )],
    }
}

fn steps(facts: Facts<'_>) -> Vec<Raw> {
    let Some(incident) = facts.incident else {
        return Vec::new();
    };
    incident
        .steps()
        .filter_map(|(step, record)| {
            let what = match &record.state {
                StepState::InDoubt { why } => format!("IN DOUBT: {why}"),
                StepState::Failed { reason, .. } => format!("failed: {reason}"),
                StepState::Refused { reason } => format!("refused: {reason}"),
                StepState::Todo
                | StepState::Dispatched
                | StepState::Awaiting
                | StepState::Done { .. }
                | StepState::Skipped { .. }
                | StepState::Undone => return None,
            };
            let key = format!("step {} {}", step.id, record.attempt);
            Some(crit(key, format!("step {} {}", step.number, what)))
        })
        .collect()
}

/// What the plan wants raised, until it no longer stands.
fn raised(facts: Facts<'_>) -> Vec<Raw> {
    let Some(incident) = facts.incident else {
        return Vec::new();
    };
    let standing = incident.raised.iter().filter(|raised| raised.stands(incident));
    standing
        .map(|raised| Raw {
            key: format!("raised {} {} {}", raised.what, raised.step, raised.at),
            severity: match &raised.because {
                Because::Failed | Because::Over { .. } => Severity::Crit,
                Because::Done | Because::Severity { .. } | Because::Type { .. } => {
                    Severity::Warn
                }
            },
            text: raised.words(incident),
            expected: false,
        })
        .collect()
}

/// A severity nobody has answered in its time.
fn unanswered(facts: Facts<'_>) -> Option<Raw> {
    let response = facts.incident.and_then(respond::awaited)?;
    let over = facts.now - response.due;
    let (severity, within) = (&response.severity, response.within.clock());
    let key = format!("respond {severity} {}", response.due);
    let text = format!("{severity}: nobody is on it, {} over its {within}", over.clock());
    (over > Span::ZERO).then(|| crit(key, text))
}

/// Services that came back before those that have to be back first.
fn early(facts: Facts<'_>) -> Vec<Raw> {
    let Some(incident) = facts.incident else {
        return Vec::new();
    };
    let early = recovery::early(incident).into_iter();
    early
        .map(|(service, ahead)| {
            let ahead: Vec<_> = ahead.into_iter().map(|one| one.id.clone()).collect();
            Raw {
                key: format!("order {}", service.id),
                severity: Severity::Warn,
                text: recovery::told(incident, &service.id, &ahead),
                expected: false,
            }
        })
        .collect()
}

/// A hold that stands still: somebody has to look why.
fn holds(facts: Facts<'_>) -> Vec<Raw> {
    let Some(incident) = facts.incident.filter(|incident| incident.aborted.is_none())
    else {
        return Vec::new();
    };
    let open = watch::open(incident);
    open.filter_map(|(phase, _, record)| {
        let (severity, what) = match &record?.stage {
            Stage::Paused { why } => {
                (Severity::Warn, format!("does not count now: {why}"))
            }
            Stage::Broken { why } => (Severity::Crit, format!("begins again: {why}")),
            Stage::Counting { .. } | Stage::Over { .. } => return None,
        };
        let key = format!("hold {}", phase.id);
        let text = format!("the hold of {} {what}", phase.name);
        Some(Raw { key, severity, text, expected: false })
    })
    .collect()
}

/// Phases that should have ended by the plan's own clock.
fn windows(facts: Facts<'_>) -> Vec<Raw> {
    let Some(incident) = facts.incident.filter(|incident| incident.aborted.is_none())
    else {
        return Vec::new();
    };
    let phases = facts.procedure.runbook.phases.iter();
    phases
        .filter_map(|phase| {
            let open = phase.steps.iter().filter(|step| !incident.lets_go(&step.id));
            let open = match open.count() {
                0 => return None,
                1 => "1 step".to_owned(),
                many => format!("{many} steps"),
            };
            let (_, until) = incident.window(phase)?;
            let until = until.filter(|until| *until < facts.now)?;
            let (late, end) = ((facts.now - until).age(), until.time_of_day());
            let key = format!("window {}", phase.id);
            let name = &phase.name;
            let text = format!("phase {name}: {open} open {late} after its end, {end}Z");
            Some(Raw { key, severity: Severity::Warn, text, expected: false })
        })
        .collect()
}

fn services(facts: Facts<'_>) -> Vec<Raw> {
    let Some(incident) = facts.incident else {
        return failing(facts);
    };
    facts
        .procedure
        .services
        .iter()
        .filter_map(|service| {
            let record = incident.services.get(&service.id)?;
            (record.healthy == Some(false)).then(|| {
                crit(
                    format!("service {}", service.id),
                    format!("{} is down: {}", service.name, record.value),
                )
            })
        })
        .collect()
}

/// Before anything is declared: what does not serve, and what does not look well. Somebody
/// has to notice that there is something to declare.
fn failing(facts: Facts<'_>) -> Vec<Raw> {
    let procedure = facts.procedure;
    let bad = |probe: &ProbeId| {
        let answer = facts.evidence.probes.get(probe)?.fresh(facts.now)?;
        (!answer.healthy).then(|| answer.value.clone())
    };
    let down = procedure.services.iter().filter_map(|service| {
        let (probe, value) =
            service.probes.iter().find_map(|probe| Some((probe, bad(probe)?)))?;
        let text = format!("{} is down: {probe} {value}", service.name);
        Some(crit(format!("service {}", service.id), text))
    });
    let told =
        |id: &ProbeId| procedure.services.iter().any(|one| one.probes.contains(id));
    let ill =
        procedure.probes.iter().filter(|probe| !told(&probe.id)).filter_map(|probe| {
            Some(Raw {
                key: format!("probe {}", probe.id),
                severity: Severity::Warn,
                text: format!("probe {}: {}", probe.id, bad(&probe.id)?),
                expected: false,
            })
        });
    down.chain(ill).collect()
}

/// Services that are not back by their own RTO. The tightest is on the clock already.
fn promises(facts: Facts<'_>) -> Vec<Raw> {
    let recovers = |incident: &&Incident| incident.procedure.runbook.kind.recovers();
    let Some(incident) = facts.incident.filter(recovers) else {
        return Vec::new();
    };
    let Some(began) = incident.rto_began() else { return Vec::new() };
    let services = facts.procedure.services.iter();
    services
        .filter(|service| service.objective.rto > facts.procedure.objective.rto)
        .filter(|service| {
            let record = incident.services.get(&service.id);
            record.is_none_or(|record| record.recovered.is_none())
        })
        .filter_map(|service| {
            let over = (facts.now - began) - service.objective.rto;
            let text = format!("{} RTO OVER by {}", service.name, over.clock());
            (over > Span::ZERO).then(|| crit(format!("rto {}", service.id), text))
        })
        .collect()
}

fn readings(facts: Facts<'_>) -> Vec<Raw> {
    let mut raw = Vec::new();
    for ((resource, site), reading) in &facts.evidence.estate {
        let Some((lost, since)) = &reading.lost else {
            continue;
        };
        if reading.fresh(facts.now).is_some() {
            continue;
        }
        let expected = facts.incident.is_some_and(|incident| incident.took_down(site));
        let age = (facts.now - *since).age();
        raw.push(Raw {
            key: format!("reading {resource} {site}"),
            severity: Severity::Warn,
            text: format!("{resource} in {site}: no reading for {age}, {}", lost.why),
            expected,
        });
    }
    for (probe, reading) in &facts.evidence.probes {
        if reading.fresh(facts.now).is_none()
            && let Some((lost, since)) = &reading.lost
        {
            let age = (facts.now - *since).age();
            raw.push(Raw {
                key: format!("probe {probe}"),
                severity: Severity::Warn,
                text: format!("probe {probe}: no reading for {age}, {}", lost.why),
                expected: false,
            });
        }
    }
    raw
}

/// Data at risk beyond the objective, until a promotion has sealed it.
fn lag(facts: Facts<'_>) -> Vec<Raw> {
    let Some(incident) = facts.incident else {
        return Vec::new();
    };
    let sealed = |id| incident.seals.iter().any(|seal| seal.database == id);
    exposures(incident, facts.evidence, facts.now)
        .into_iter()
        .filter(|cost| !sealed(cost.database.clone()))
        .filter_map(|cost| {
            let key = format!("rpo {}", cost.database);
            match cost.lost {
                Some(lost) if lost <= cost.limit => None,
                Some(lost) => Some(crit(
                    key,
                    format!(
                        "{}: {} of data at risk, RPO {}",
                        cost.database,
                        lost.clock(),
                        cost.limit.clock()
                    ),
                )),
                None if facts.now - incident.clocks.declared < Span::secs(30) => None,
                None => Some(crit(
                    key,
                    format!(
                        "{}: data at risk is UNKNOWN, lag never measured",
                        cost.database
                    ),
                )),
            }
        })
        .collect()
}
