//! `warroom incident verify`: whether a journal of this machine, or a file that left one, is
//! what was written. The chain shows what was changed, cut out or moved; only a head kept
//! elsewhere shows that all of it was rewritten, or that its end was cut off.

use std::{fs, io::Read, path::Path};

use color_eyre::eyre::{Result, WrapErr};
use serde_json::{Value, json};

use super::which::find;
use crate::{
    cli::{Exit, Output, say, say_json},
    config::Config,
    engine::{Incident, Record},
    journal::{
        JournalError, Kept,
        chain::Verdict,
        export::{self, Sound},
    },
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// An id, or a file that `export --format jsonl` wrote; `-` reads it from a pipe
    #[arg(value_name = "ID|FILE")]
    what: String,
    /// A head kept outside while it ran: its words, or its 16 or more digits. All that was
    /// written up to that moment must still be there
    #[arg(long, value_name = "WORDS")]
    head: Vec<Kept>,
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// Exit 0 when every record is as it was written, 2 when one is not.
pub(super) fn run(config: &Config, args: &Args) -> Result<Exit> {
    let what = args.what.as_str();
    let judged = if what == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).wrap_err("standard input")?;
        file("standard input", &text, &args.head)
    } else if Path::new(what).is_file() || what.contains(['/', '.']) {
        let text = fs::read_to_string(what).wrap_err_with(|| what.to_owned())?;
        file(what, &text, &args.head)
    } else {
        journal(config, what, &args.head)?
    };
    match args.output {
        Output::Human => say(&judged.text())?,
        Output::Json => say_json(&judged.json())?,
    }
    Ok(if judged.damage.is_none() { Exit::Ok } else { Exit::Refused })
}

fn journal(config: &Config, id: &str, heads: &[Kept]) -> Result<Judged> {
    let (journal, id) = find(config, id)?;
    let found = journal.verify(&id).and_then(|verdict| {
        let records = journal.read(&id, 0)?;
        Ok((verdict, records))
    });
    match found {
        Ok((verdict, records)) => Ok(judge(id.as_str(), KEPT, verdict, &records, heads)),
        Err(error @ JournalError::Damaged { .. }) => {
            Ok(Judged::unsound(id.as_str(), &error))
        }
        Err(error) => Err(error.into()),
    }
}

fn file(name: &str, text: &str, heads: &[Kept]) -> Judged {
    match export::verify(text) {
        Ok(Sound { verdict, records, .. }) => judge(name, CUT, verdict, &records, heads),
        Err(why) => Judged::unsound(name, &why),
    }
}

/// What a chain cannot prove.
const KEPT: &str = "A chain alone cannot show that all of it was rewritten: post the head's \
                    words outside while\nan incident runs, and give them back with --head.";
const CUT: &str = "A file cut off at its end looks whole: give the head's words that were \
                   posted outside with --head.";

struct Judged {
    /// The incident, or the file.
    name: String,
    advice: &'static str,
    verdict: Option<Verdict>,
    /// Each head that was kept, and the record it is the head of.
    anchors: Vec<(String, u64)>,
    damage: Option<String>,
}

fn judge(
    name: &str,
    advice: &'static str,
    verdict: Verdict,
    records: &[Record],
    heads: &[Kept],
) -> Judged {
    let (mut anchors, mut damage) = (Vec::new(), None);
    // One that was never declared has no story to tell, and none to doubt.
    if !records.is_empty()
        && let Err(why) = Incident::fold(&verdict.id, records)
    {
        damage = Some(format!("its records tell no story: {why}"));
    }
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
    Judged { name: name.to_owned(), advice, verdict: Some(verdict), anchors, damage }
}

impl Judged {
    fn unsound(name: &str, why: &dyn std::fmt::Display) -> Self {
        Self {
            name: name.to_owned(),
            advice: KEPT,
            verdict: None,
            anchors: Vec::new(),
            damage: Some(why.to_string()),
        }
    }

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
        match &self.damage {
            Some(damage) => text += &format!("{}: DAMAGED. {damage}\n", self.name),
            None if self.anchors.is_empty() => text += self.advice,
            None => {}
        }
        text
    }

    fn json(&self) -> Value {
        let verdict = self.verdict.as_ref();
        json!({
            "schema_version": 1,
            "id": verdict.map_or(self.name.as_str(), |verdict| verdict.id.as_str()),
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
