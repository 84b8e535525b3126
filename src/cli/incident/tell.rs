//! `warroom incident show` and `export`: one incident for a person at a terminal, for a
//! ticket, a spreadsheet, a program, or for keeping.

use color_eyre::eyre::Result;

use super::which::find;
use crate::{
    cli::{Exit, Output, ours, out::escaped, say, say_json},
    config::Config,
    engine::Incident,
    journal::export,
    report::{
        csv, markdown,
        summary::{Summary, summary},
        timeline::{self, Row, rows},
    },
};

/// What an export is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// Every record as it is stored, with its hashes: `incident verify` checks the file
    #[default]
    Jsonl,
    /// Page one and the timeline, for programs
    Json,
    /// The timeline, for spreadsheets
    Csv,
    /// Page one and the timeline, for a ticket
    Md,
}

/// Page one and the story.
struct Told {
    summary: Summary,
    rows: Vec<Row>,
}

impl Told {
    fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "schema_version": 1,
            "summary": self.summary.json(),
            "timeline": self.rows.iter().map(Row::json).collect::<Vec<_>>(),
        })
    }
}

fn told(config: &Config, id: &str) -> Result<Told> {
    let (journal, id) = find(config, id)?;
    let records = journal.read(&id, 0)?;
    let incident = Incident::fold(&id, &records)?;
    Ok(Told { summary: summary(&incident, &records), rows: rows(&incident, &records) })
}

pub(super) fn show(config: &Config, id: &str, output: Output) -> Result<Exit> {
    let told = told(config, id)?;
    match output {
        Output::Human => {
            let width = config.width();
            let (page, story) =
                (told.summary.text(width), timeline::text(&told.rows, width));
            say(&format!("{page}\n{story}"))?;
        }
        Output::Json => say_json(&told.json())?,
    }
    Ok(Exit::Ok)
}

pub(super) fn export(config: &Config, id: &str, format: Format) -> Result<Exit> {
    match format {
        Format::Jsonl => ours(&escaped(&lines(config, id)?))?,
        Format::Json => say_json(&told(config, id)?.json())?,
        Format::Csv => say(&csv::text(&told(config, id)?.rows))?,
        Format::Md => {
            let Told { summary, rows } = told(config, id)?;
            say(&markdown::text(&summary, &rows))?;
        }
    }
    Ok(Exit::Ok)
}

fn lines(config: &Config, id: &str) -> Result<String> {
    let (journal, id) = find(config, id)?;
    let lines = journal.lines(&id)?;
    Ok(lines.iter().map(|line| export::line(line) + "\n").collect())
}
