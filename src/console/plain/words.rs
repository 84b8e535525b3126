//! The picture as words. Everything comes from the same places the screen takes it from.

use crate::{
    console::{
        Model,
        command::{key_of, rows},
        model::{ConfirmStage, Overlay, PreviewState, Screen},
        overlay::{confirm, prompt},
        panel::{people, plan, promises, regions, timeline},
        update::keeps_running,
        view::{self, Look, sight::Sight},
        widget::{Row, wrap},
    },
    engine::{Time, story::sentence},
    model::{StepId, Text},
    room::Severity,
};

/// Columns of what is written: what a terminal of eighty shows without breaking it.
const WIDTH: usize = 78;

/// How many records a look at the timeline says.
const RECORDS: usize = 12;

/// What is asked now, in as far as a change of it has to be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Question {
    Line(String),
    Confirm { step: StepId, facts: String, notice: Option<Text>, stage: ConfirmStage },
    Leave,
}

impl Question {
    pub(super) fn of(model: &Model) -> Option<Self> {
        match model.overlay.as_ref()? {
            Overlay::Prompt(_) => with(model, |sight| {
                let Some(Overlay::Prompt(prompt)) = &sight.model.overlay else {
                    return None;
                };
                Some(Self::Line(prompt::label(sight, &prompt.asking)))
            })?,
            Overlay::Confirm(confirm) => {
                let looked = match &confirm.preview {
                    PreviewState::Waiting => "waiting",
                    PreviewState::Ready(_) => "ready",
                    PreviewState::Failed(_) => "failed",
                };
                Some(Self::Confirm {
                    step: confirm.step.clone(),
                    facts: format!("{looked} {}", confirm.shown),
                    notice: confirm.notice.clone(),
                    stage: confirm.stage.clone(),
                })
            }
            Overlay::Leave { .. } => Some(Self::Leave),
            Overlay::Help { .. } | Overlay::Palette { .. } | Overlay::Readout => None,
        }
    }
}

/// What can be seen of `model`, told by `tell`.
fn with<T>(model: &Model, tell: impl FnOnce(&Sight<'_>) -> T) -> Option<T> {
    let look = Look::plain();
    Sight::of(model, &look).map(|sight| tell(&sight))
}

fn said(rows: &[Row]) -> Vec<String> {
    let lines = rows.iter().map(|row| squeezed(&row.plain()));
    lines.filter(|line| !line.is_empty()).collect()
}

/// Runs of blanks say nothing to somebody who listens.
fn squeezed(line: &str) -> String {
    let mut out = String::new();
    let mut blanks = 0;
    for c in line.trim_end().chars() {
        blanks = if c == ' ' { blanks + 1 } else { 0 };
        if blanks <= 2 {
            out.push(c);
        }
    }
    out
}

/// Said once, at the beginning.
pub(super) fn welcome(model: &Model) -> Vec<String> {
    let mut said = vec![
        "warroom, line mode. Type a command and Enter. ! and Enter is HOLD, always."
            .to_owned(),
        "help lists the commands; status, next, go NUMBER; an empty line changes nothing."
            .to_owned(),
    ];
    said.extend(status(model));
    said
}

/// The four rows of facts of the header.
pub(super) fn status(model: &Model) -> Vec<String> {
    with(model, |sight| said(&view::spoken(sight))).unwrap_or_default()
}

/// The same in one line, for every minute.
pub(super) fn clock(model: &Model) -> String {
    let rows = with(model, |sight| said(&view::clocks(sight))).unwrap_or_default();
    format!("{}Z  {}", model.now.time_of_day(), rows.join("  "))
}

pub(super) fn next(model: &Model) -> String {
    let row = with(model, |sight| view::next(sight, 400));
    squeezed(&row.map_or_else(String::new, |row| row.plain()))
}

/// `line` without the figures that count by themselves.
pub(super) fn lasting(line: &str) -> String {
    let line = without_ahead(line);
    let words = line.split_whitespace();
    let steady = words.filter(|word| !word.contains(':') || word.starts_with(':'));
    steady.collect::<Vec<_>>().join(" ")
}

/// `line` without `(in 1d 2h)`.
fn without_ahead(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once(" (in ") {
        out.push_str(before);
        rest = after.split_once(')').map_or("", |(_, after)| after);
    }
    out + rest
}

/// Records after `seq`, oldest first.
pub(super) fn records(model: &Model, seq: u64) -> Vec<String> {
    let Some(incident) = &model.snapshot.incident else { return Vec::new() };
    let old = model.snapshot.timeline.partition_point(|record| record.seq <= seq);
    let new = model.snapshot.timeline.iter().skip(old);
    new.map(|record| {
        let (at, word) = (record.at.time_of_day(), record.event.word());
        format!("{at}Z  {word}  {}: {}", record.actor, sentence(record, incident))
    })
    .collect()
}

/// Alarms that make noise, with their keys.
pub(super) fn alarms(model: &Model) -> Vec<(Text, String)> {
    let told = with(model, |sight| {
        let alarms = sight.alarms().into_iter();
        alarms
            .map(|alarm| {
                let word = match alarm.severity {
                    Severity::Crit => "CRIT",
                    Severity::Warn => "WARN",
                };
                (alarm.key.clone(), format!("{word}  {}", alarm.text))
            })
            .collect()
    });
    told.unwrap_or_default()
}

/// What runs, how long already, and what its worker last said.
pub(super) fn working(model: &Model) -> Vec<String> {
    let Some(incident) = &model.snapshot.incident else { return Vec::new() };
    let told = incident.in_flight().map(|step| {
        let since = incident.step(&step.id).and_then(|(_, record)| record.intended_at);
        let ran = (model.now - since.unwrap_or(model.now)).clock();
        let line = model.snapshot.progress.get(&step.id);
        let line = line.map_or_else(String::new, |line| format!(": {line}"));
        let whole = Time::of(&incident.procedure, step).p50().clock();
        format!("working  {} {}, {ran} of about {whole}{line}", step.number, step.title())
    });
    told.collect()
}

/// What a screen would show.
pub(super) fn screen(model: &Model) -> Vec<String> {
    let told = with(model, |sight| match model.screen {
        Screen::Main => said(&plan::spoken(sight, WIDTH)),
        Screen::Regions => said(&regions::spoken(sight, WIDTH)),
        Screen::People => said(&people::spoken(sight, WIDTH)),
        Screen::Promises => said(&promises::spoken(sight, WIDTH)),
        Screen::Timeline => {
            let newest = timeline::listed(model).nth(RECORDS - 1);
            let from = newest.map_or(0, |record| record.seq.saturating_sub(1));
            records(model, from)
        }
    });
    told.unwrap_or_default()
}

/// Every command, with the reason where it cannot run now.
pub(super) fn help(model: &Model) -> Vec<String> {
    rows(model)
        .into_iter()
        .map(|row| {
            let key = if row.key.is_empty() {
                String::new()
            } else {
                format!(" ({})", row.key)
            };
            let why =
                row.disabled.map_or_else(String::new, |why| format!("; not now: {why}"));
            format!("{}{key}  {}{why}", row.name, row.label)
        })
        .collect()
}

pub(super) fn readout(model: &Model) -> Vec<String> {
    wrap(view::readout(model).as_str(), WIDTH)
}

/// The question that is open now, written out; only what is new of it.
pub(super) fn question(model: &Model, before: Option<&Question>) -> Vec<String> {
    match Question::of(model) {
        None => Vec::new(),
        Some(Question::Line(label)) => line(model, &label),
        Some(Question::Leave) => {
            let mut said = keeps_running(model);
            said.push("y and Enter leaves; anything else stays.".to_owned());
            said
        }
        Some(Question::Confirm { step, facts, notice, stage }) => {
            let known = matches!(
                before,
                Some(Question::Confirm { step: old, facts: seen, .. })
                    if *old == step && *seen == facts
            );
            let mut said = if known { Vec::new() } else { dialog(model) };
            said.extend(notice.map(|notice| format!("- {notice}")));
            said.extend(staged(model, &stage, known));
            said
        }
    }
}

fn line(model: &Model, label: &str) -> Vec<String> {
    let suggested = match &model.overlay {
        Some(Overlay::Prompt(prompt)) if !prompt.suggested.is_empty() => {
            format!(" A single dot takes: {}.", prompt.suggested)
        }
        Some(_) | None => String::new(),
    };
    vec![format!("? {label}. An empty line writes nothing.{suggested}")]
}

fn dialog(model: &Model) -> Vec<String> {
    let Some(Overlay::Confirm(open)) = &model.overlay else { return Vec::new() };
    with(model, |sight| said(&confirm::spoken(sight, open, WIDTH))).unwrap_or_default()
}

fn staged(model: &Model, stage: &ConfirmStage, known: bool) -> Vec<String> {
    let Some(Overlay::Confirm(open)) = &model.overlay else { return Vec::new() };
    match stage {
        ConfirmStage::Typing if known => Vec::new(),
        ConfirmStage::Typing => {
            let looks = match &open.preview {
                PreviewState::Failed(_) => format!(" {} looks again.", key_of("look")),
                PreviewState::Waiting | PreviewState::Ready(_) => String::new(),
            };
            vec![format!(
                "? type {} and Enter. An empty line does nothing.{looks}",
                open.token
            )]
        }
        ConfirmStage::AbortWindow { until } => {
            let left = (*until - model.now).as_secs().max(0);
            vec![format!("starts in {left} s. Enter stops it. Nothing was sent yet.")]
        }
        ConfirmStage::Asked { .. } => vec!["asked".to_owned()],
        ConfirmStage::Refused { why } => {
            vec![format!("REFUSED  {why}. Nothing was sent. Enter closes.")]
        }
    }
}
