//! What is abnormal, derived anew from the readings each time. Only the moment a
//! condition was first seen is remembered.

use std::collections::BTreeMap;

use super::snapshot::{Alarm, JournalHealth, Severity};
use crate::{
    engine::{Incident, StepState, exposures},
    model::{Evidence, Moment, Procedure, Span, Text},
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
        raw.extend(services(facts));
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

fn services(facts: Facts<'_>) -> Vec<Raw> {
    let Some(incident) = facts.incident else {
        return Vec::new();
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
