//! `warroom incident verify`: whether a journal is what was written. The chain shows what was
//! changed, cut or moved; only a head kept elsewhere shows that all of it was rewritten.

use color_eyre::eyre::Result;
use serde_json::{Value, json};

use super::{Exit, Output, incident::find, say, say_json};
use crate::{
    config::Config,
    engine::{Incident, Record},
    journal::{JournalError, Kept, chain::Verdict},
    model::IncidentId,
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    id: String,
    /// A head kept outside while it ran: its words, or its 16 or more digits. All that was
    /// written up to that moment must still be there
    #[arg(long, value_name = "WORDS")]
    head: Vec<Kept>,
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// Exit 0 intact, 2 damaged.
pub(super) fn run(config: &Config, args: &Args) -> Result<Exit> {
    let (journal, id) = find(config, &args.id)?;
    let found = journal.verify(&id).and_then(|verdict| {
        let records = journal.read(&id, 0)?;
        Ok((verdict, records))
    });
    let judged = match found {
        Ok((verdict, records)) => {
            // One that was never declared has no story to tell, and none to doubt.
            if !records.is_empty() {
                Incident::fold(&id, &records)?;
            }
            judge(verdict, &records, &args.head)
        }
        Err(error @ JournalError::Damaged { .. }) => Judged {
            id,
            verdict: None,
            anchors: Vec::new(),
            damage: Some(error.to_string()),
        },
        Err(error) => return Err(error.into()),
    };
    match args.output {
        Output::Human => say(&judged.text())?,
        Output::Json => say_json(&judged.json())?,
    }
    Ok(if judged.damage.is_none() { Exit::Ok } else { Exit::Refused })
}

struct Judged {
    id: IncidentId,
    verdict: Option<Verdict>,
    /// Each head that was kept, and the record it is the head of.
    anchors: Vec<(String, u64)>,
    damage: Option<String>,
}

fn judge(verdict: Verdict, records: &[Record], heads: &[Kept]) -> Judged {
    let mut anchors = Vec::new();
    let mut damage = None;
    for kept in heads {
        match records.iter().find(|record| kept.is_of(&record.hash)) {
            Some(record) => anchors.push((kept.to_string(), record.seq)),
            None => {
                damage = Some(format!(
                    "no record has the head {kept}, which was kept: what stood before it was \
                     rewritten, or the journal was cut off before it"
                ));
            }
        }
    }
    Judged { id: verdict.id.clone(), verdict: Some(verdict), anchors, damage }
}

impl Judged {
    fn text(&self) -> String {
        let mut text = String::new();
        if let Some(verdict) = &self.verdict {
            text +=
                &format!("{verdict}\nhead {}  {}\n", verdict.words(), verdict.short());
        }
        for (kept, seq) in &self.anchors {
            text += &format!(
                "{kept} is record {seq}: all up to it is as it was when that was kept\n"
            );
        }
        if let Some(damage) = &self.damage {
            return text + &format!("{}: DAMAGED. {damage}\n", self.id);
        }
        if self.anchors.is_empty() {
            text += "A chain alone cannot show that all of it was rewritten: post the head's \
                     words outside while an incident runs, and give them back with --head.\n";
        }
        text
    }

    fn json(&self) -> Value {
        let verdict = self.verdict.as_ref();
        json!({
            "schema_version": 1,
            "id": self.id.as_str(),
            "intact": self.damage.is_none(),
            "damage": self.damage,
            "records": verdict.map(|verdict| verdict.records),
            "head": verdict.map(|verdict| verdict.head.clone()),
            "words": verdict.map(Verdict::words),
            "anchors": self.anchors.iter()
                .map(|(kept, seq)| json!({ "head": kept, "record": seq }))
                .collect::<Vec<_>>(),
        })
    }
}
