//! Records told as sentences: what the timeline, the report and the plain lines say. Pure;
//! one sentence an event, without its time, its author and its kind, which stand in
//! columns of their own.

use std::collections::BTreeMap;

use super::{
    event::{Event, NoteKind, Record, RpoSeal, Ruling},
    incident::Incident,
    marks, raise, recovery, respond,
    talk::{Speech, Talk},
    watch::Watch,
};
use crate::model::{
    Action, Failure, IncidentId, Mode, Moment, ParameterId, PhaseId, Procedure,
    ServiceId, SeverityId, Span, StepId, Text,
};

/// What `record` says, as one line, and what its author or somebody else said of it since.
/// Steps go by the number the screen gives them.
pub fn sentence(record: &Record, incident: &Incident) -> String {
    let said = told(record, incident);
    if incident.talk.taken_back.contains(&record.seq) {
        return format!("(taken back) {said}");
    }
    match incident.talk.corrected.get(&record.seq) {
        Some(by) => format!("{said} (corrected: #{by})"),
        None => said,
    }
}

fn told(record: &Record, incident: &Incident) -> String {
    match &record.event {
        Event::Declared { procedure, mode, reason, .. } => {
            let opened = opened(&incident.id, procedure, *mode);
            words(&opened, reason.as_str())
        }
        Event::ImpactMoved { at, reason } => {
            words(&format!("impact began {}Z", at.time_of_day()), reason.as_str())
        }
        Event::SeatTaken { seat, person } => format!("{} is {person}", seat.short()),
        Event::Decided { words } => words.to_string(),
        Event::Noted { kind, text, pressed_at } => {
            noted(record, *kind, text, *pressed_at)
        }
        Event::Spoken { speech } => spoken(record, speech, incident),
        Event::Held { reason } => words("no further step starts", reason.as_str()),
        Event::Resumed => "HOLD lifted".to_owned(),
        Event::Aborted { reason } => {
            words("no further step starts, ever", reason.as_str())
        }
        Event::HealthChanged { service, healthy, value } => {
            seen(service, *healthy, value.as_str())
        }
        Event::ServiceRecovered { service } => format!("{service} stayed healthy"),
        Event::OutOfOrder { service, ahead } => recovery::told(incident, service, ahead),
        Event::ClockStepped { by } => {
            format!("wall clock set by {}; elapsed times not changed", by.signed())
        }
        Event::LeaseTaken { holder, epoch } => {
            format!("{holder} runs the steps (epoch {epoch})")
        }
        Event::PlanAdopted { procedure, reason } => {
            let plan = &procedure.plan;
            words(
                &format!("goes on with {} @{}", plan.name, plan.short()),
                reason.as_str(),
            )
        }
        Event::Closed { summary } => words("closed", summary.as_str()),
        Event::Watched { phase, watch } => watched(incident, phase, watch, record.at),
        Event::Raised { step, what, because } => {
            let raised = raise::words(incident, what, because);
            format!("{raised} ({})", named(incident, step))
        }
        Event::SeveritySet { severity, reason } => {
            let asks = respond::asks(incident, severity);
            let asks = asks.map_or_else(String::new, |asks| format!(" ({asks})"));
            words(&severity_in(incident, severity), reason.as_str()) + &asks
        }
        Event::ValuesGiven { values, made_up } => given(values, *made_up),
        Event::ApprovalAsked { .. }
        | Event::ApprovalGiven { .. }
        | Event::SoloAsked { .. }
        | Event::Overridden { .. }
        | Event::Intended { .. }
        | Event::Acted { .. }
        | Event::OutputsRead { .. }
        | Event::Verified { .. }
        | Event::Failed { .. }
        | Event::Refused { .. }
        | Event::Doubted { .. }
        | Event::Ruled { .. }
        | Event::Skipped { .. }
        | Event::PassedOver { .. } => of_step(record, incident),
    }
}

/// `drill DRILL-0001 opened with Region failover for A region is lost (region-lost)`.
fn opened(id: &IncidentId, procedure: &Procedure, mode: Mode) -> String {
    let what = match mode {
        Mode::Live => "incident",
        Mode::Drill => "drill",
    };
    let answers = procedure.brief.answers.as_ref();
    let scenario =
        answers.map_or_else(String::new, |scenario| format!(" for {}", scenario.told()));
    format!("{what} {id} opened with {}{scenario}", procedure.runbook.name)
}

/// Values of parameters, and whether a drill made them up.
fn given(values: &BTreeMap<ParameterId, Text>, made_up: bool) -> String {
    let made_up = if made_up { " (made up for the drill)" } else { "" };
    format!("{}{made_up}", pairs(values))
}

/// A service's new verdict.
fn seen(service: &ServiceId, healthy: Option<bool>, value: &str) -> String {
    let verdict = match healthy {
        Some(true) => "healthy",
        Some(false) => "not healthy",
        None => "UNKNOWN",
    };
    // The board's own word for health adds nothing to the verdict.
    let value = if value == verdict { "" } else { value };
    words(&format!("{service} {verdict}"), value)
}

/// `P1 Critical`.
fn severity_in(incident: &Incident, severity: &SeverityId) -> String {
    let rows = &incident.procedure.brief.severities;
    let row = rows.iter().find(|row| row.id == *severity);
    let name = row.map_or("", |row| row.name.as_str());
    format!("{severity} {name}").trim_end().to_owned()
}

/// How the hold of a phase goes, as one line.
fn watched(incident: &Incident, phase: &PhaseId, watch: &Watch, at: Moment) -> String {
    let phases = &incident.procedure.runbook.phases;
    let found = phases.iter().find(|known| known.id == *phase);
    let name = found.map_or_else(|| phase.to_string(), |phase| phase.name.to_string());
    let hold = found.and_then(|phase| phase.terms.hold.as_ref());
    let length = hold.map_or(Span::ZERO, |hold| hold.length);
    let gate: Vec<&str> = hold
        .map_or(&[][..], |hold| &hold.gate)
        .iter()
        .map(crate::model::ProbeId::as_str)
        .collect();
    match watch {
        Watch::Began if gate.is_empty() => {
            let until = (at + length).day_time();
            format!("the hold of {name} begins: {length}, until {until}")
        }
        Watch::Began => {
            let gate = gate.join(", ");
            format!("the hold of {name} begins: {length} with {gate} healthy")
        }
        Watch::Counted => {
            format!("the hold of {name} goes on, all was well since the last entry")
        }
        Watch::Paused { why } => format!("the hold of {name} does not count now: {why}"),
        Watch::Broken { why } => {
            format!("the hold of {name} begins again once all is well: {why}")
        }
        Watch::WentOn => format!("the hold of {name} counts: all is well"),
        Watch::Passed => format!("the hold of {name} is over: {length} passed"),
        Watch::Ended { reason } => {
            words(&format!("the hold of {name} was ended early"), reason.as_str())
        }
    }
}

fn spoken(record: &Record, speech: &Speech, incident: &Incident) -> String {
    match speech {
        Speech::PollOpened { proposal } => format!("strong objections? {proposal}"),
        Speech::PollAnswered { poll, objection } => {
            let proposal = proposal(&incident.talk, *poll);
            match objection {
                Some(why) => words(&format!("to {proposal}"), why.as_str()),
                None => format!("no objection: {proposal}"),
            }
        }
        Speech::PollClosed { poll, outcome } => {
            words(&proposal(&incident.talk, *poll), outcome.as_str())
        }
        Speech::TaskGiven { to, text, due } => {
            format!("@{to}: {text} (due {})", due.time_of_day())
        }
        Speech::TaskDone { task, words: said } => {
            let known = incident.talk.tasks.iter().find(|known| known.number == *task);
            let what = known.map_or_else(String::new, |task| format!(": {}", task.text));
            words(&format!("task {task} done{what}"), said.as_str())
        }
        Speech::Corrected { entry, text, pressed_at } => {
            format!("#{entry}: {text}{}", begun(record, *pressed_at))
        }
        Speech::TakenBack { entry, step: Some(step) } => {
            format!("takes back #{entry}: {} is open again", named(incident, step))
        }
        Speech::TakenBack { entry, step: None } => format!("takes back #{entry}"),
        Speech::Responded { words: said } => words("is on it", said.as_str()),
        Speech::Contacted { contact, words: said } => {
            words(contact.as_str(), said.as_str())
        }
        Speech::Escalated { stage, words: said } => {
            let stages = &incident.procedure.brief.escalation;
            let found = stages.iter().find(|one| one.order == *stage);
            let to = found.map_or(&[][..], |one| &one.to);
            let to: Vec<&str> = to.iter().map(Text::as_str).collect();
            words(&format!("stage {stage}, {} told", to.join(", ")), said.as_str())
        }
    }
}

fn proposal(talk: &Talk, poll: u32) -> String {
    let known = talk.polls.iter().find(|known| known.number == poll);
    known.map_or_else(|| format!("poll {poll}"), |poll| poll.proposal.to_string())
}

fn noted(record: &Record, kind: NoteKind, text: &Text, pressed_at: Moment) -> String {
    let what = match kind {
        NoteKind::Note | NoteKind::Decision | NoteKind::Question | NoteKind::Todo => "",
        NoteKind::Correction => "correction: ",
    };
    format!("{what}{text}{}", begun(record, pressed_at))
}

/// A sentence that took longer to write than a few seconds says when it was begun.
fn begun(record: &Record, pressed_at: Moment) -> String {
    if record.at - pressed_at > Span::secs(5) {
        format!(" (begun {})", pressed_at.time_of_day())
    } else {
        String::new()
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "`sentence` sends only events about a step here"
)]
fn of_step(record: &Record, incident: &Incident) -> String {
    match &record.event {
        Event::ApprovalAsked { step } => {
            format!("{} asks for approval", named(incident, step))
        }
        Event::ApprovalGiven { step, words: said, until } => {
            let line = words(&named(incident, step), said.as_str());
            format!("{line} (until {})", until.time_of_day())
        }
        Event::SoloAsked { step, reason } => {
            let step = named(incident, step);
            words(&format!("{step} alone: nobody else could be reached"), reason.as_str())
        }
        Event::Overridden { step, check, reason, seen } => {
            let step = named(incident, step);
            let seen =
                seen.as_ref().map_or_else(String::new, |seen| format!(" ({seen})"));
            words(&format!("{step} goes on although \"{check}\"{seen}"), reason.as_str())
        }
        Event::Intended { .. } => intended(record, incident),
        Event::Acted { step, evidence, .. } => {
            words(&named(incident, step), evidence.summary.as_str())
        }
        Event::OutputsRead { step, outputs, .. } => {
            words(&named(incident, step), &pairs(outputs))
        }
        Event::Verified { step, attempt, value } => {
            let took = took(incident, step, *attempt, record.at);
            let mark = incident.procedure.runbook.step(step).and_then(marks::makes);
            let mark = mark.map_or_else(String::new, |mark| format!(" [{mark}]"));
            format!("{}{took}{mark}", words(&named(incident, step), value.as_str()))
        }
        Event::Failed { step, failure, reason, .. } => {
            let step = named(incident, step);
            words(&format!("{step} {}", failed(failure)), reason.as_str())
        }
        Event::Refused { step, reason, .. } => {
            words(&format!("{} was refused", named(incident, step)), reason.as_str())
        }
        Event::Doubted { step, why, .. } => {
            let step = named(incident, step);
            words(&format!("{step} is in doubt"), why.as_str())
        }
        Event::Ruled { step, ruling, reason, .. } => {
            let ruling = match ruling {
                Ruling::Done => "ruled done",
                Ruling::NotDone => "ruled not done",
            };
            words(&format!("{} {ruling}", named(incident, step)), reason.as_str())
        }
        Event::Skipped { step, reason } => {
            words(&format!("{} skipped", named(incident, step)), reason.as_str())
        }
        Event::PassedOver { step, condition, seen } => {
            let step = named(incident, step);
            words(&format!("{step} is only for when {condition}"), seen.as_str())
        }
        _ => String::new(),
    }
}

fn intended(record: &Record, incident: &Incident) -> String {
    let Event::Intended { step, attempt, undo, confirmation, seal, solo, .. } =
        &record.event
    else {
        return String::new();
    };
    let mut parts = vec![named(incident, step)];
    if *undo {
        parts.push("put back".to_owned());
    }
    if *attempt > 1 {
        parts.push(format!("attempt {attempt}"));
    }
    let by_hand = incident.procedure.runbook.step(step).is_some_and(|step| {
        matches!(step.action, Action::Manual { .. } | Action::Approval { .. })
    });
    // What was seen, or answered, is told by the record that follows.
    if !confirmation.typed.is_empty() && !by_hand {
        parts.push(format!("typed {}", confirmation.typed));
    }
    if *solo {
        parts.push("alone".to_owned());
    }
    parts.extend(seal.as_ref().map(sealed));
    parts.join(", ")
}

/// The data given up, in words.
pub fn sealed(seal: &RpoSeal) -> String {
    let lost = match seal.lost {
        Some(lost) => format!("at most {} of data lost", lost.clock()),
        None => "data lost UNKNOWN".to_owned(),
    };
    match seal.sampled_at {
        Some(at) => format!("{lost} (sample {}Z)", at.time_of_day()),
        None => lost,
    }
}

/// Why a step is in the failed state, in words.
pub fn failed(failure: &Failure) -> &'static str {
    match failure {
        Failure::NotSent => "not sent, nothing changed",
        Failure::NotVerified => "not seen in time",
        Failure::Negative => "said no",
        Failure::FoundUndone => "had not happened",
    }
}

fn named(incident: &Incident, id: &StepId) -> String {
    incident.procedure.runbook.step(id).map_or_else(
        || id.to_string(),
        |step| format!("{} {}", step.number, step.title()),
    )
}

/// How long the attempt took, when the incident still knows it; ticks take no time, and a
/// wait takes the time it says itself.
fn took(incident: &Incident, id: &StepId, attempt: u32, at: Moment) -> String {
    let known = incident.step(id).and_then(|(step, record)| {
        let since = record.intended_at.filter(|_| record.attempt == attempt)?;
        let took = at - since;
        let waits = matches!(step.action, Action::Wait { .. });
        (took >= Span::secs(1) && !waits).then_some((took, step.estimate.p50))
    });
    known.map_or_else(String::new, |(took, estimate)| {
        format!(" in {} (est {})", took.clock(), estimate.clock())
    })
}

/// `snapshot = orders-2026, zone = Z1`.
fn pairs<T: std::fmt::Display>(of: &BTreeMap<T, Text>) -> String {
    let pairs = of.iter().map(|(name, value)| format!("{name} = {value}"));
    pairs.collect::<Vec<_>>().join(", ")
}

/// `head: tail`, without a colon when there is no tail.
fn words(head: &str, tail: &str) -> String {
    if tail.trim().is_empty() { head.to_owned() } else { format!("{head}: {tail}") }
}
