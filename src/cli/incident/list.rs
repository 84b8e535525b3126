//! `warroom incident list`.

use color_eyre::eyre::Result;

use super::which::NONE_YET;
use crate::{
    cli::{Exit, Output, open, say, say_json},
    config::Config,
    engine::Incident,
    journal::{Head, Journal},
    model::{IncidentId, Mode},
    report::{outcome::outcome, summary::standing},
};

pub(super) fn list(config: &Config, output: Output) -> Result<Exit> {
    let mut rows = Vec::new();
    for mode in [Mode::Live, Mode::Drill] {
        let Some(journal) = open::journal_to_read(config, mode)? else {
            continue;
        };
        for head in journal.heads()? {
            rows.push(row(journal.as_ref(), &head, mode));
        }
    }
    match output {
        Output::Json => say_json(&serde_json::json!({
            "schema_version": 1,
            "incidents": rows.iter().map(Row::json).collect::<Vec<_>>(),
        }))?,
        Output::Human if rows.is_empty() => say(NONE_YET)?,
        Output::Human => {
            let mut text = format!(
                "{:<10} {:<16}  {:<8}  {:<6}  {}\n",
                "ID", "DECLARED (UTC)", "STATE", "RTO", "PLAN, RUNBOOK"
            );
            for row in &rows {
                text += &row.line();
            }
            say(&text)?;
        }
    }
    Ok(Exit::Ok)
}

struct Row {
    id: IncidentId,
    mode: Mode,
    records: u64,
    /// None when it cannot be read.
    incident: Option<Incident>,
    rto_met: Option<bool>,
}

fn row(journal: &dyn Journal, head: &Head, mode: Mode) -> Row {
    let records = journal.read(&head.id, 0).unwrap_or_default();
    let incident = Incident::fold(&head.id, &records).ok();
    let rto_met =
        incident.as_ref().and_then(|incident| outcome(incident, &records).rto_met());
    Row { id: head.id.clone(), mode, records: head.records, incident, rto_met }
}

impl Row {
    fn state(&self) -> &'static str {
        match &self.incident {
            None if self.records == 0 => "empty",
            None => "DAMAGED",
            Some(incident) => standing(incident),
        }
    }

    fn line(&self) -> String {
        let told = self.incident.as_ref().map(|incident| {
            let minute = incident.clocks.declared.date_time();
            let minute = minute.get(..16).unwrap_or(&minute).to_owned();
            let procedure = &incident.procedure;
            (minute, format!("{}, {}", procedure.plan.name, procedure.runbook.id))
        });
        let (declared, what) = told.unwrap_or_else(|| {
            let how = match self.records {
                0 => "its process ended before it declared anything".to_owned(),
                _ => format!("`warroom incident verify {}` says where", self.id),
            };
            ("-".to_owned(), how)
        });
        let rto = match self.rto_met {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "-",
        };
        let (id, state) = (&self.id, self.state());
        format!("{id:<10} {declared:<16}  {state:<8}  {rto:<6}  {what}\n")
    }

    fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "id": self.id,
            "world": self.mode,
            "state": self.state(),
            "records": self.records,
            "rto_met": self.rto_met,
            "declared": self.incident.as_ref().map(|i| i.clocks.declared),
            "plan": self.incident.as_ref().map(|i| i.procedure.plan.name.clone()),
            "runbook": self.incident.as_ref().map(|i| i.procedure.runbook.id.clone()),
        })
    }
}
