//! The records as a story: one row each, for a terminal, a table or a program.

use serde_json::{Value, json};

use super::page::paragraph;
use crate::{
    engine::{Incident, Record, story},
    model::{Actor, Moment, Span},
};

/// One record in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub seq: u64,
    pub at: Moment,
    /// Since the impact; negative before it.
    pub since: Span,
    pub actor: Actor,
    /// The kind of record: `EXEC`, `DONE`, `FAIL` …
    pub word: &'static str,
    pub text: String,
}

/// All records in words.
pub fn rows(incident: &Incident, records: &[Record]) -> Vec<Row> {
    let row = |record: &Record| Row {
        seq: record.seq,
        at: record.at,
        since: record.at - incident.clocks.impact,
        actor: record.actor.clone(),
        word: record.event.word(),
        text: story::sentence(record, incident),
    };
    records.iter().map(row).collect()
}

impl Row {
    /// Who did it and what, as one sentence; what the system did needs no name.
    fn sentence(&self) -> String {
        match &self.actor {
            Actor::System => self.text.clone(),
            Actor::Person { .. } | Actor::Scripted { .. } => {
                format!("{}: {}", self.actor, self.text)
            }
        }
    }

    pub fn json(&self) -> Value {
        json!({
            "seq": self.seq,
            "at": self.at,
            "since_impact_s": self.since.as_secs_f64(),
            "who": self.actor,
            "kind": self.word,
            "text": self.text,
        })
    }
}

/// The story for a terminal `width` columns wide; one line a record without one. A day is
/// named where it begins.
pub fn text(rows: &[Row], width: Option<usize>) -> String {
    let wide = rows.iter().map(|row| row.since.signed().len()).max().unwrap_or(0);
    let mut text = String::new();
    let mut today = String::new();
    for row in rows {
        let stamp = row.at.date_time();
        let (day, time) = stamp.split_once(' ').unwrap_or(("", &stamp));
        if day != today {
            day.clone_into(&mut today);
            text += &format!("{day} UTC\n");
        }
        let since = row.since.signed();
        let head = format!("{time} {since:>wide$} {:<8} ", row.word);
        text += &paragraph(&head, &row.sentence(), width);
    }
    text
}
