//! What a headless drill prints: the outcome, what was achieved, every effect.

use color_eyre::eyre::{Result, eyre};

use super::{Exit, Output, say, say_json};
use crate::{
    drill::{Deed, Effect, World},
    engine::Incident,
    play::Ending,
    report::outcome::{Outcome, outcome},
    room::Snapshot,
};

/// Prints the outcome, what was achieved and every effect.
pub(super) fn print(
    snapshot: &Snapshot,
    world: &World,
    ending: &Ending,
    seed: u64,
    output: Output,
) -> Result<Exit> {
    let Some(incident) = &snapshot.incident else {
        return Err(eyre!("nothing was declared"));
    };
    let (exit, how) = match ending {
        Ending::Verified => (Exit::Ok, "verified".to_owned()),
        Ending::Stuck { step, why } => {
            let step = step.as_ref().map_or_else(String::new, |step| format!("{step}: "));
            (Exit::Failed, format!("stuck at {step}{why}"))
        }
    };
    let result = outcome(incident, &snapshot.timeline);
    let ledger = world.ledger();
    match output {
        Output::Human => say(&text(incident, &how, &result, &ledger))?,
        Output::Json => {
            let mut json = result.json();
            if let Some(fields) = json.as_object_mut() {
                fields.insert("schema_version".to_owned(), 1.into());
                fields.insert("incident".to_owned(), incident.id.as_str().into());
                fields.insert("outcome".to_owned(), how.into());
                fields.insert("seed".to_owned(), seed.into());
                fields.insert("ledger".to_owned(), serde_json::to_value(&ledger)?);
            }
            say_json(&json)?;
        }
    }
    Ok(exit)
}

fn text(incident: &Incident, how: &str, result: &Outcome, ledger: &[Effect]) -> String {
    let runbook = &incident.procedure.runbook;
    let mut text = format!(
        "{}  {}  {} > {}  {how}\n{}\nLEDGER  what was really done to the simulated world\n",
        incident.id,
        runbook.name,
        runbook.from,
        runbook.to,
        result.text()
    );
    for effect in ledger {
        let since = (effect.at - incident.clocks.impact).signed();
        let what = match &effect.deed {
            Deed::Verb { resource, side, verb, .. } => {
                format!("{verb} {resource} {side}")
            }
            Deed::Errand { line, .. } => line.to_string(),
        };
        let again = if effect.repeated { "  REPEATED" } else { "" };
        text += &format!(
            "{:>3} {since:>8}  {what:<38} {} > {}{again}\n",
            effect.seq, effect.before, effect.after
        );
    }
    text += "\n`warroom incident show` with this id tells the whole story.\n";
    text
}
