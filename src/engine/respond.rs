//! How soon somebody must answer: for a severity that was named, and for each stage of the
//! escalation. Pure; every moment is counted from a journalled one.

use super::{
    incident::Incident,
    talk::{Say, Speech, Word},
};
use crate::model::{Contact, Escalation, Moment, Severity, SeverityId, Span};

/// The time a severity gives until somebody is on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub severity: SeverityId,
    pub within: Span,
    pub due: Moment,
    /// Who said first that they are on it.
    pub answered: Option<Word>,
}

impl Incident {
    /// People have said how bad it is.
    pub(super) fn named(&mut self, severity: &SeverityId, at: Moment) {
        self.severity = Some((severity.clone(), at));
    }
}

/// The response to the severity people named last; none where nobody has named one, and
/// where the plan gives it no time.
pub fn response(incident: &Incident) -> Option<Response> {
    let (severity, at) = incident.severity.as_ref()?;
    let within = row(incident, severity)?.respond_within?;
    // Who was on it before it was known to be this bad has to say so again.
    let mut since = incident.talk.responded.iter().filter(|word| word.at >= *at);
    let (severity, due) = (severity.clone(), *at + within);
    Some(Response { severity, within, due, answered: since.next().cloned() })
}

/// The response nobody has given yet, while there is something to answer.
pub fn awaited(incident: &Incident) -> Option<Response> {
    let open = !incident.is_over();
    response(incident).filter(|response| open && response.answered.is_none())
}

fn row<'a>(incident: &'a Incident, severity: &SeverityId) -> Option<&'a Severity> {
    incident.procedure.brief.severities.iter().find(|row| row.id == *severity)
}

/// What `severity` asks for: `answered by triage, within 1:00:00`; nothing where the plan
/// says nothing.
pub fn asks(incident: &Incident, severity: &SeverityId) -> Option<String> {
    let row = row(incident, severity)?;
    let runs = &incident.procedure.runbook.id;
    let procedure = row.procedure.as_ref().filter(|procedure| *procedure != runs);
    let by = procedure.map(|procedure| format!("its procedure is {procedure}"));
    let within = row.respond_within;
    let within = within.map(|within| format!("somebody within {}", within.clock()));
    let all: Vec<String> = by.into_iter().chain(within).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

/// The stages of the escalation in their order, each with the moment by which it is told;
/// none where the plan gives it no time.
pub fn stages(incident: &Incident) -> Vec<(&Escalation, Option<Moment>)> {
    let mut stages: Vec<&Escalation> =
        incident.procedure.brief.escalation.iter().collect();
    stages.sort_by_key(|stage| stage.order);
    let mut before = Some(incident.clocks.declared);
    let due = |stage: &'_ Escalation| {
        let due = before.zip(stage.after).map(|(before, after)| before + after);
        let told = incident.talk.escalated.get(&stage.order).map(|word| word.at);
        // Counted on from when it was told, or should have been.
        before = told.or(due).or(before);
        due
    };
    let dues: Vec<Option<Moment>> = stages.iter().copied().map(due).collect();
    stages.into_iter().zip(dues).collect()
}

/// People outside, in the order the plan has them.
pub fn outside(incident: &Incident) -> &[Contact] {
    &incident.procedure.brief.contacts
}

/// What is said of it, where the plan knows it.
pub(super) fn known(incident: &Incident, say: &Say) -> Option<Speech> {
    match say {
        Say::Respond { words } => {
            let words = words.clone();
            awaited(incident).map(|_| Speech::Responded { words })
        }
        Say::Contact { contact, words } => {
            let (contact, words) = (contact.clone(), words.clone());
            let found = outside(incident).iter().find(|one| one.name == contact);
            found.map(|_| Speech::Contacted { contact, words })
        }
        Say::Escalate { stage, words } => {
            let (stage, words) = (*stage, words.clone());
            let mut all = incident.procedure.brief.escalation.iter();
            all.find(|one| one.order == stage).map(|_| Speech::Escalated { stage, words })
        }
        Say::Poll { .. }
        | Say::Answer { .. }
        | Say::ClosePoll { .. }
        | Say::GiveTask { .. }
        | Say::FinishTask { .. }
        | Say::Correct { .. }
        | Say::TakeBack { .. } => None,
    }
}
