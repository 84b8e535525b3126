//! What the plan wants people told, and alarms it wants raised: when a step ends, when it
//! took too long, as an answer to how bad the incident is. Nothing is sent from here: it
//! stands in the record and on the alarm line until people have told each other.

use serde::{Deserialize, Serialize};

use super::{
    event::{Event, Ruling},
    incident::{Incident, StepRecord},
};
use crate::model::{
    Action, Errand, Evidence, Mark, Moment, Route, SeverityId, Span, Step, StepId, Text,
    errand::Respond,
    template::{Slot, slots},
};

/// Why something is raised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "because")]
pub enum Because {
    Done,
    Failed,
    /// It took more than the plan allows.
    Over {
        took: Span,
        limit: Span,
    },
    /// What this severity asks for.
    Severity {
        severity: SeverityId,
    },
    /// What a type of incident asks for, recognised by its probe.
    Type {
        message: Text,
    },
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    pub at: Moment,
    pub step: StepId,
    /// As the plan calls it: an event, or a channel.
    pub what: Text,
    pub because: Because,
}

impl Raised {
    pub(super) fn of(at: Moment, step: &StepId, what: &Text, because: &Because) -> Self {
        let (step, what, because) = (step.clone(), what.clone(), because.clone());
        Self { at, step, what, because }
    }

    /// Whether it still stands: what a failure raised is over when the step is no longer
    /// failed, and that something is done is news once.
    pub fn stands(&self, incident: &Incident) -> bool {
        let ended = |record: &StepRecord| record.ended_at == Some(self.at);
        match &self.because {
            Because::Done => false,
            Because::Failed => incident.steps.get(&self.step).is_some_and(ended),
            Because::Over { .. } | Because::Severity { .. } | Because::Type { .. } => {
                true
            }
        }
    }

    /// What it is and whom it is for, as one sentence without a full stop.
    pub fn words(&self, incident: &Incident) -> String {
        words(incident, &self.what, &self.because)
    }
}

/// As [`Raised::words`].
pub fn words(incident: &Incident, what: &Text, because: &Because) -> String {
    let why = match because {
        Because::Done => String::new(),
        Because::Failed => "failed".to_owned(),
        Because::Over { took, limit } => {
            format!("took {}, more than {}", took.clock(), limit.clock())
        }
        Because::Severity { severity } => format!("severity {severity}"),
        Because::Type { message } => message.to_string(),
    };
    let parts = [why, told(incident, what)];
    let parts: Vec<&str> =
        parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() {
        what.to_string()
    } else {
        format!("{what}: {}", parts.join("; "))
    }
}

/// Who is to be told, and how, as the plan says.
fn told(incident: &Incident, what: &Text) -> String {
    let brief = &incident.procedure.brief;
    let list = |texts: Vec<&str>| texts.join(", ");
    let route = |route: &Route| {
        let to = list(route.to.iter().map(Text::as_str).collect());
        let via = list(route.via.iter().map(crate::model::ChannelId::as_str).collect());
        match (to.is_empty(), via.is_empty()) {
            (true, true) => String::new(),
            (false, true) => format!("tell {to}"),
            (true, false) => format!("tell via {via}"),
            (false, false) => format!("tell {to} via {via}"),
        }
    };
    let routes = brief.routes.iter().filter(|route| route.event == *what);
    let mut said: Vec<String> =
        routes.map(route).filter(|said| !said.is_empty()).collect();
    let channel = brief.channels.iter().find(|one| one.id.as_str() == what.as_str());
    if let Some(channel) = channel.filter(|_| said.is_empty()) {
        let address = channel.address.as_ref().map_or("", Text::as_str);
        said.push(format!("tell {} {address}", channel.kind).trim_end().to_owned());
    }
    said.join("; ")
}

/// What `events`, about to be written at `now`, raise besides.
pub(super) fn raises(incident: &Incident, events: &[Event], now: Moment) -> Vec<Event> {
    let mut raised = Vec::new();
    for event in events {
        let Some((id, done)) = ended(event) else { continue };
        let Some((step, record)) = incident.step(id) else { continue };
        let begun = begun(events, id);
        if begun.unwrap_or(record.undoing) {
            continue;
        }
        let mut raise = |what: &Text, because| {
            let (step, what) = (step.id.clone(), what.clone());
            raised.push(Event::Raised { step, what, because });
        };
        let tell = &step.terms.tell;
        if !done {
            tell.failed.iter().for_each(|what| raise(what, Because::Failed));
            continue;
        }
        tell.done.iter().for_each(|what| raise(what, Because::Done));
        // Begun and ended in one breath: it took no time.
        let since = record.intended_at.filter(|_| begun.is_none());
        if let Some((limit, what)) = &step.terms.limit
            && let Some(took) = took(incident, step, since, now)
            && took > *limit
        {
            raise(what, Because::Over { took, limit: *limit });
        }
    }
    raised
}

/// The step an event ends, and whether well.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "most events end nothing, and a new one that does fails its own test"
)]
const fn ended(event: &Event) -> Option<(&StepId, bool)> {
    match event {
        Event::Verified { step, .. } => Some((step, true)),
        Event::Failed { step, .. } | Event::Refused { step, .. } => Some((step, false)),
        Event::Ruled { step, ruling, .. } => Some((step, matches!(ruling, Ruling::Done))),
        _ => None,
    }
}

/// Whether one of `events` begins an attempt of `id`, and whether it takes it back.
fn begun(events: &[Event], id: &StepId) -> Option<bool> {
    events.iter().find_map(|event| {
        let Event::Intended { step, undo, .. } = event else { return None };
        (step == id).then_some(*undo)
    })
}

/// What `step` measured: from one moment to another when that is what it writes down, else
/// its own time.
fn took(
    incident: &Incident,
    step: &Step,
    intended_at: Option<Moment>,
    now: Moment,
) -> Option<Span> {
    let between = slots(step).into_iter().find_map(|(slot, _)| match slot {
        Slot::Between { from, to } => Some((Mark::new(&from), Mark::new(&to))),
        Slot::Parameter(_)
        | Slot::RunTime { .. }
        | Slot::RunEpoch
        | Slot::Incident { .. }
        | Slot::Output { .. }
        | Slot::Each
        | Slot::ProbeValue
        | Slot::Listed { .. } => None,
    });
    if let Some((from, to)) = between {
        let from = incident.moment_with(&from, step, now)?;
        return Some(incident.moment_with(&to, step, now)? - from);
    }
    Some(intended_at.map_or(Span::ZERO, |at| now - at))
}

/// What a step that answers to how bad it is raises.
pub(super) fn answers(
    incident: &Incident,
    step: &Step,
    evidence: &Evidence,
    now: Moment,
) -> Vec<Event> {
    let Action::Errand(Errand::Respond { respond }) = &step.action else {
        return Vec::new();
    };
    let raise = |(what, because)| Event::Raised { step: step.id.clone(), what, because };
    let all = match respond {
        Respond::Severity => by_severity(incident),
        Respond::IncidentType => by_type(incident, evidence, now),
    };
    all.into_iter().map(raise).collect()
}

fn by_severity(incident: &Incident) -> Vec<(Text, Because)> {
    let Some(severity) = incident.severity() else { return Vec::new() };
    let rows = &incident.procedure.brief.severities;
    let row = rows.iter().find(|row| row.id == *severity);
    let events = row.into_iter().flat_map(|row| &row.on_raise).map(|event| {
        let event = event.as_str();
        Text::clean(event.strip_prefix("notify:").unwrap_or(event))
    });
    let because = Because::Severity { severity: severity.clone() };
    events.map(|event| (event, because.clone())).collect()
}

/// Types whose probe is not healthy now, with what they would start: a person does.
fn by_type(
    incident: &Incident,
    evidence: &Evidence,
    now: Moment,
) -> Vec<(Text, Because)> {
    let types = incident.procedure.brief.incident_types.iter();
    let ill = types.filter(|kind| {
        let reading = kind.probe.as_ref().and_then(|probe| evidence.probes.get(probe));
        let seen = reading.and_then(|reading| reading.fresh(now));
        seen.is_some_and(|answer| !answer.healthy)
    });
    ill.map(|kind| {
        let starts: Vec<&str> = kind.auto_action.iter().map(Text::as_str).collect();
        let message = kind.message.as_ref().map_or("recognised", Text::as_str);
        let message = if starts.is_empty() {
            message.to_owned()
        } else {
            format!("{message}; it starts: {}", starts.join(" "))
        };
        (kind.id.clone(), Because::Type { message: Text::clean(message) })
    })
    .collect()
}
