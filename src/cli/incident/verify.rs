//! `warroom incident verify`: a journal of this machine, or a file that left one.

use std::{fs, io::Read, path::Path};

use color_eyre::eyre::{Result, WrapErr};

use super::which::find;
use crate::{
    cli::{Exit, say},
    config::Config,
    engine::Incident,
    journal::{
        JournalError,
        chain::Verdict,
        export::{self, NotSound, Sound},
    },
};

/// Exit 0 when every record is as it was written, 2 when one is not.
pub(super) fn verify(config: &Config, what: &str) -> Result<Exit> {
    if what == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).wrap_err("standard input")?;
        return file("standard input", &text);
    }
    let path = Path::new(what);
    if path.is_file() || what.contains(['/', '.']) {
        let text = fs::read_to_string(path).wrap_err_with(|| what.to_owned())?;
        return file(what, &text);
    }
    journal(config, what)
}

fn journal(config: &Config, id: &str) -> Result<Exit> {
    let (journal, id) = find(config, id)?;
    let told = journal.verify(&id).and_then(|verdict| {
        let records = journal.read(&id, 0)?;
        Ok((verdict, Incident::fold(&id, &records)))
    });
    match told {
        Ok((verdict, Ok(_))) => sound(&verdict, KEPT),
        Ok((verdict, Err(why))) => {
            say(&format!("{verdict}, but it tells no story: {why}"))?;
            Ok(Exit::Refused)
        }
        Err(error @ JournalError::Damaged { .. }) => damaged(id.as_str(), &error),
        Err(error) => Err(error.into()),
    }
}

fn file(name: &str, text: &str) -> Result<Exit> {
    match export::verify(text) {
        Ok(Sound { verdict, records, .. }) => {
            if let Err(why) = Incident::fold(&verdict.id, &records) {
                say(&format!("{name}: {verdict}, but it tells no story: {why}"))?;
                return Ok(Exit::Refused);
            }
            sound(&verdict, CUT)
        }
        Err(why @ NotSound::Damaged(_)) => damaged(name, &why),
        Err(why @ (NotSound::Empty | NotSound::NotALine(_))) => {
            say(&format!("{name}: {why}"))?;
            Ok(Exit::Refused)
        }
    }
}

/// What a chain cannot prove.
const KEPT: &str = "Compare the head with the one sent out during the incident: a chain \
                    alone cannot\nshow that all of it was rewritten.";
const CUT: &str = "Compare the number of records and the head with those sent out during \
                   the\nincident: a file cut off at its end looks whole.";

fn sound(verdict: &Verdict, advice: &str) -> Result<Exit> {
    say(&format!("{verdict}\nhead in words: {}\n{advice}", verdict.words()))?;
    Ok(Exit::Ok)
}

fn damaged(what: &str, why: &dyn std::fmt::Display) -> Result<Exit> {
    say(&format!("{what}: DAMAGED. {why}"))?;
    Ok(Exit::Refused)
}
