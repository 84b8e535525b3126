//! What people need beside the steps while a procedure runs: lanes, clocks, open values,
//! who is told, how soon somebody must answer. Carried by a procedure, so that a journal
//! can be read without its plan.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    ChannelId, ChecklistId, Objective, OpenValue, ParameterId, PersonId, ProbeId, RoleId,
    RtoClock, Runbook, RunbookId, ScenarioId, ServiceId, SeverityId, Span, StepId,
    TenantId, Text,
};

/// Where a promise comes from. In the order of precedence, the first before the others,
/// for what a run is measured by; all of them are shown, the tightest first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    Runbook,
    Scenario,
    Service,
    Tier,
    /// The way of standing by; it replaces the plan's own.
    Mode,
    Plan,
}

impl Level {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Runbook => "runbook",
            Self::Scenario => "scenario",
            Self::Service => "service",
            Self::Tier => "tier",
            Self::Mode => "mode",
            Self::Plan => "plan",
        }
    }
}

/// One promise that counts down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Countdown {
    pub level: Level,
    /// What made it: the name of the service, the scenario, the tier.
    pub of: Text,
    pub rto: Option<Span>,
    pub rpo: Option<Span>,
}

/// One tenant's part of a procedure: its steps have its name before theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    pub tenant: TenantId,
    pub name: Text,
}

/// How bad, and how soon somebody must answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Severity {
    pub id: SeverityId,
    pub name: Text,
    pub examples: Vec<Text>,
    pub respond_within: Option<Span>,
    /// The runbook that answers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub procedure: Option<RunbookId>,
    /// Events and channels, as the plan writes them.
    pub on_raise: Vec<Text>,
}

/// What a probe says when it turns bad, and what is started then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentType {
    pub id: Text,
    pub severity: Option<SeverityId>,
    /// None for a type only people recognise.
    pub probe: Option<ProbeId>,
    pub message: Option<Text>,
    /// A program and its arguments. A person starts it.
    pub auto_action: Vec<Text>,
}

/// Who is told what, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Route {
    pub event: Text,
    /// Audiences and roles.
    pub to: Vec<Text>,
    pub via: Vec<ChannelId>,
    pub text: Option<Text>,
}

/// A way to reach people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    pub id: ChannelId,
    /// `slack`, `pagerduty`, `script`; one we cannot speak is tracked as a tick.
    pub kind: String,
    pub address: Option<Text>,
    pub purpose: Option<Text>,
    /// The one it stands in for when that fails.
    pub fallback_for: Option<ChannelId>,
}

/// A step of an escalation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    pub order: u32,
    pub from: Text,
    pub to: Vec<Text>,
    /// When the one before has not answered for so long.
    pub after: Option<Span>,
}

/// A role people fill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    pub id: RoleId,
    pub title: Text,
    pub duties: Option<Text>,
    /// Who holds it when nobody has said otherwise, the first before the second.
    #[serde(default)]
    pub people: Vec<PersonId>,
    /// How it is reached, when that is not a person's own number.
    #[serde(default)]
    pub contact: Option<Text>,
}

/// Somebody outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    pub name: Text,
    pub ways: Vec<Text>,
    pub escalation: Option<Text>,
    pub sla: Option<Text>,
    pub when: Option<Text>,
}

/// A list that is ticked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checklist {
    pub id: ChecklistId,
    pub name: Text,
    pub when: Option<Text>,
    pub items: Vec<Text>,
}

/// How long a step took in past runs of one world: half the time no longer than `p50`, 19
/// times in 20 no longer than `p95`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Took {
    /// How often it was seen.
    pub count: u32,
    pub p50: Span,
    pub p95: Span,
}

/// How long a step took before. Drills and live incidents are counted apart: what was
/// simulated says less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct History {
    pub live: Option<Took>,
    pub drills: Option<Took>,
}

/// What is said of a service besides its objective.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceBrief {
    /// The class it is of: `P0`.
    pub tier: Option<Text>,
    /// Its place in the order of recovery: 1 is first.
    pub order: Option<u32>,
    /// What it promises, in percent: `99.95`.
    pub availability: Option<Text>,
}

/// The scenario a run answers, as its plan has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    pub id: ScenarioId,
    pub name: Text,
    pub guidance: Option<Text>,
    /// Who must approve before anything is done.
    pub approver: Option<RoleId>,
    /// The runbooks that answer it, the likeliest first.
    pub runbooks: Vec<RunbookId>,
    /// Why another one is run all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anyway: Option<Text>,
}

impl Answered {
    /// Whether `runbook` answers it: as the scenario says, or as the runbook does.
    pub fn is_by(&self, runbook: &Runbook) -> bool {
        self.runbooks.contains(&runbook.id) || runbook.terms.scenarios.contains(&self.id)
    }

    /// `Ransomware attack (ransomware)`.
    pub fn told(&self) -> String {
        format!("{} ({})", self.name, self.id)
    }

    /// `clean-rebuild, db-snapshot`; `no runbook`.
    pub fn by(&self) -> String {
        let all: Vec<&str> = self.runbooks.iter().map(RunbookId::as_str).collect();
        if all.is_empty() { "no runbook".to_owned() } else { all.join(", ") }
    }
}

/// Everything beside the steps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Brief {
    pub organisation: Text,
    /// The scenario the run answers, when one was chosen.
    pub scenario: Option<ScenarioId>,
    /// What the plan says of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers: Option<Answered>,
    /// The runbook that brings back what this one has moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub way_back: Option<RunbookId>,
    pub lanes: Vec<Lane>,
    /// Every promise that applies, the tightest first.
    pub countdowns: Vec<Countdown>,
    /// What else is said of services, by the id the plan knows them by: lanes share it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<ServiceId, ServiceBrief>,
    /// Values a run may still need, and secrets.
    pub values: Vec<OpenValue>,
    /// What starts and what stops the clock of the RTO, where the plan says so.
    pub clock: Option<RtoClock>,
    /// Values people gave before the run was declared: its first records say so.
    pub given: BTreeMap<ParameterId, Text>,
    /// Steps with slots. Others are not looked through for them.
    pub slotted: BTreeSet<StepId>,
    /// The estate, a site or a probe has slots too.
    pub slots_beside: bool,
    /// Machines commands run on: the words that carry a command there.
    pub hosts: BTreeMap<String, Vec<String>>,
    /// What steps answered when this runbook was run last, where one compares.
    pub last: BTreeMap<StepId, Text>,
    pub severities: Vec<Severity>,
    pub incident_types: Vec<IncidentType>,
    pub roles: Vec<Role>,
    pub contacts: Vec<Contact>,
    pub escalation: Vec<Escalation>,
    pub channels: Vec<Channel>,
    pub routes: Vec<Route>,
    pub checklists: Vec<Checklist>,
    /// The way of standing by that is in force, with its promise.
    pub mode: Option<(Text, Objective)>,
    /// How long steps took before, as it was known when the run began.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub history: BTreeMap<StepId, History>,
}
