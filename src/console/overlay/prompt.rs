//! One line of text, and what it is for.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::strip;
use crate::{
    console::{
        model::{Asking, Prompt},
        panel::step,
        theme::Role,
        update::choices,
        view::sight::Sight,
        widget::{Pen, Row, wrap},
    },
    engine::{closing, respond, story::sentence},
    model::{ParameterId, StepId, Text},
};

pub(super) fn draw(pen: &mut Pen<'_>, sight: &Sight<'_>, body: Rect, prompt: &Prompt) {
    let stamp =
        format!("stamped {}, when you pressed it", prompt.pressed_at.time_of_day());
    let title = Row::of(Role::Title, label(sight, &prompt.asking));
    let about = about(sight, &prompt.asking, usize::from(body.width));
    // What is asked about may be long; the line it is answered on is always there.
    let about = about.get(..about.len().min(usize::from(body.height / 2))).unwrap_or(&[]);
    let inside = strip(pen, sight, body, title, 2 + about.len());
    pen.rows(inside, about);
    let above = u16::try_from(about.len()).unwrap_or(u16::MAX);
    let inside = Rect {
        y: inside.y.saturating_add(above),
        height: inside.height.saturating_sub(above),
        ..inside
    };
    let width = usize::from(inside.width);
    if prompt.typed.is_empty() && !prompt.suggested.is_empty() {
        let suggested =
            Row::of(Role::Key, "> _").with(Role::Dim, prompt.suggested.as_str());
        pen.row(inside, 0, &suggested.cut(width, sight.ascii()));
        let takes = Row::dim("Enter takes it, Tab changes it, typing replaces it");
        pen.row(inside, 1, &takes);
        return;
    }
    pen.row(inside, 0, &line(&prompt.typed, width));
    let below = if let Asking::Value { id, .. } = &prompt.asking {
        picks(sight, id)
    } else {
        Row::dim(stamp)
    };
    pen.row(inside, 1, &below.cut(width, sight.ascii()));
}

/// What a person is to do or to answer, above the line where they say what they saw.
fn about(sight: &Sight<'_>, asking: &Asking, width: usize) -> Vec<Row> {
    let incident = &sight.incident;
    let words = match asking {
        Asking::Observed(id) | Asking::ApprovalWords(id) => {
            let found = incident.procedure.runbook.step(id);
            found.map(|step| step::deed(sight, step))
        }
        Asking::CloseSummary | Asking::CloseAnyway(_) => {
            closing::way_back(incident).map(|way| format!("The way back: {way}."))
        }
        Asking::Severity(id) => {
            respond::asks(incident, id).map(|asks| format!("{id}: {asks}."))
        }
        Asking::Contact => {
            let all = respond::outside(incident).iter().zip(1..);
            let all = all.map(|(one, number): (_, u32)| format!("{number} {}", one.name));
            Some(all.collect::<Vec<_>>().join("; "))
        }
        Asking::Escalate => {
            let all = respond::stages(incident).into_iter();
            let all = all.map(|(one, _)| {
                let to: Vec<&str> = one.to.iter().map(Text::as_str).collect();
                format!("{} {}", one.order, to.join(", "))
            });
            Some(all.collect::<Vec<_>>().join("; "))
        }
        Asking::Note
        | Asking::Decision
        | Asking::Arm
        | Asking::SkipReason(_)
        | Asking::SoloReason(_)
        | Asking::OverrideReason { .. }
        | Asking::RuleReason { .. }
        | Asking::AbortReason
        | Asking::EndHold(_)
        | Asking::Respond
        | Asking::DeclareReason
        | Asking::ImpactTime
        | Asking::ShelveReason(_)
        | Asking::Proposal
        | Asking::Objection(_)
        | Asking::Outcome(_)
        | Asking::Value { .. }
        | Asking::Task
        | Asking::Correction(_)
        | Asking::Filter => None,
    };
    let lines = wrap(&words.unwrap_or_default(), width).into_iter();
    lines.filter(|line| !line.is_empty()).map(Row::text).collect()
}

/// What there is to pick from, under the line it is picked onto.
fn picks(sight: &Sight<'_>, id: &ParameterId) -> Row {
    match choices(sight.model, id) {
        Ok(found) if found.is_empty() => {
            let open = sight.incident.procedure.brief.values.iter();
            let example =
                open.filter(|open| open.id == *id).find_map(|open| open.example.as_ref());
            Row::dim(example.map_or_else(
                || "type it; it is on record once it is written".to_owned(),
                |example| format!("for example {example}"),
            ))
        }
        Ok(found) => {
            let names: Vec<&str> = found.iter().map(Text::as_str).collect();
            Row::dim(format!("Tab picks: {}", names.join(" | ")))
        }
        Err(why) => Row::of(Role::Warn, format!("no list ({why}): type it")),
    }
}

/// The typed line with its end in sight: what is being written is what is looked at.
pub(super) fn line(typed: &str, width: usize) -> Row {
    let room = width.saturating_sub(3);
    let mut rest = typed;
    while rest.width() > room {
        let mut chars = rest.chars();
        if chars.next().is_none() {
            break;
        }
        rest = chars.as_str();
    }
    let more = if rest.len() < typed.len() { "<" } else { ">" };
    Row::of(Role::Key, format!("{more} ")).with(Role::Input, format!("{rest}_"))
}

/// What the line is for.
pub fn label(sight: &Sight<'_>, asking: &Asking) -> String {
    let step = |id: &StepId| {
        let found = sight.incident.procedure.runbook.step(id);
        found.map_or_else(
            || id.to_string(),
            |step| format!("{} {}", step.number, step.title()),
        )
    };
    match asking {
        Asking::Note => {
            "note (dec: decision, ask: question, todo: follow-up, @name 5m: task)"
                .to_owned()
        }
        Asking::Decision => "decision".to_owned(),
        Asking::Arm => "why do you arm".to_owned(),
        Asking::SkipReason(id) => format!("why skip {}", step(id)),
        Asking::Observed(id) => format!("what did you see: {}", step(id)),
        Asking::ApprovalWords(id) => format!("your words, approving {}", step(id)),
        Asking::SoloReason(id) => format!("why alone: {}", step(id)),
        Asking::OverrideReason { step: id, check } => {
            format!("why go on with {} although \"{check}\"", step(id))
        }
        Asking::RuleReason { step: id, done: true } => {
            format!("how do you know that {} was done", step(id))
        }
        Asking::RuleReason { step: id, done: false } => {
            format!("how do you know that {} was not done", step(id))
        }
        Asking::AbortReason => "why abort: no further step starts, ever".to_owned(),
        Asking::EndHold(id) => {
            let phases = &sight.incident.procedure.runbook.phases;
            let name = phases.iter().find(|phase| phase.id == *id);
            let name = name.map_or(id.as_str(), |phase| phase.name.as_str());
            format!("why end the hold of {name} before its time")
        }
        Asking::Severity(id) => format!("why {id}"),
        Asking::DeclareReason => "what happened: opens an incident".to_owned(),
        Asking::ImpactTime => {
            "when did the impact begin, HH:MM:SS UTC, and why".to_owned()
        }
        Asking::CloseSummary => "in one sentence, how did it end".to_owned(),
        Asking::CloseAnyway(_) => {
            let left = closing::left(&sight.incident).unwrap_or_default();
            format!("{left}: {} closes all the same", closing::WORD)
        }
        Asking::ShelveReason(alarm) => format!("why and how long to shelve {alarm}"),
        Asking::Respond => "who is on it, and what they do first".to_owned(),
        Asking::Contact => {
            "who outside was reached, by number, and what came of it".to_owned()
        }
        Asking::Escalate => {
            "which stage was told, by number, and how they were reached".to_owned()
        }
        Asking::Proposal => "poll: strong objections to what".to_owned(),
        Asking::Objection(poll) => {
            format!("your strong objection, or none: {}", proposal(sight, *poll))
        }
        Asking::Outcome(poll) => {
            format!("result of the poll: {}", proposal(sight, *poll))
        }
        Asking::Task => "task: @name 5m what is to be done, or done NUMBER".to_owned(),
        Asking::Correction(entry) => correction(sight, *entry),
        Asking::Value { id, .. } => {
            let open = sight.incident.procedure.brief.values.iter();
            let asked = open.filter(|open| open.id == *id).map(|open| &open.ask).next();
            asked.map_or_else(|| format!("value of {id}"), |ask| format!("{id}: {ask}"))
        }
        Asking::Filter => "filter (! in front leaves out)".to_owned(),
    }
}

fn proposal(sight: &Sight<'_>, number: u32) -> String {
    let poll = sight.incident.talk.polls.iter().find(|poll| poll.number == number);
    poll.map_or_else(String::new, |poll| poll.proposal.to_string())
}

/// What is corrected, in its own words: the entry stays, so it had better be the right one.
fn correction(sight: &Sight<'_>, entry: u64) -> String {
    let record = sight.snapshot().timeline.iter().find(|record| record.seq == entry);
    let told = record.map_or_else(String::new, |record| {
        let (at, word) = (record.at.time_of_day(), record.event.word());
        format!(" {at} {word} {}", sentence(record, &sight.incident))
    });
    format!("what is right instead of #{entry}{told}")
}
