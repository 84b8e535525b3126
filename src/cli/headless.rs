//! The automatic commander of a headless drill: the same door as a person, the same
//! words, no waiting to think.

use std::sync::Arc;

use color_eyre::eyre::{Result, eyre};

use super::{Exit, Output, say};
use crate::{
    clock::Clock,
    drill::{Deed, Effect, Move, World, commander::moves},
    engine::{Command, Confirmation, Incident, gate, gate::token},
    model::{Actor, PersonId, Span, StepId, Text},
    report::outcome::{Outcome, outcome},
    room::{AskError, Handle, Request, Snapshot},
};

/// Nothing moved for so long in simulated time: nobody will come.
const PATIENCE: Span = Span::mins(60);

/// The player.
pub(super) struct Player {
    pub(super) handle: Handle,
    pub(super) clock: Clock,
    pub(super) world: Arc<World>,
    pub(super) operator: Actor,
}

/// How the play ended.
pub(super) enum Ending {
    Verified,
    Stuck { step: Option<StepId>, why: Text },
}

impl Player {
    /// Plays to the end.
    pub(super) async fn play(&self) -> Result<Ending> {
        let mut snapshots = self.handle.watch();
        let mut moved = (0, self.clock.now());
        loop {
            let snapshot = Arc::clone(&snapshots.borrow_and_update());
            let Some(incident) = &snapshot.incident else {
                return Err(eyre!("nothing is declared"));
            };
            if incident.is_over() {
                return Ok(Ending::Verified);
            }
            let now = self.clock.now();
            if incident.seq != moved.0 {
                moved = (incident.seq, now);
            }
            if now - moved.1 > PATIENCE {
                let why = Text::clean("nothing moved for an hour");
                return Ok(Ending::Stuck { step: None, why });
            }
            for next in moves(incident, &self.world.ledger(), now) {
                if let Move::Stuck(step, why) = next {
                    return Ok(Ending::Stuck { step, why });
                }
                self.make(&snapshot, incident, next).await?;
            }
            tokio::select! {
                changed = snapshots.changed() => changed?,
                () = self.clock.sleep(Span::secs(1)) => {}
            }
        }
    }

    /// Asks for one move; a refusal means that the world moved on, and is looked at again.
    async fn make(&self, snapshot: &Snapshot, incident: &Incident, next: Move) -> Result<()> {
        let Some(command) = self.command(snapshot, incident, next) else {
            return Ok(());
        };
        match self.handle.ask(self.operator.clone(), Request::Command(command)).await {
            Ok(()) | Err(AskError::Refused(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn command(
        &self,
        snapshot: &Snapshot,
        incident: &Incident,
        next: Move,
    ) -> Option<Command> {
        let person = || {
            let name = self.operator.person().cloned();
            name.unwrap_or_else(|| PersonId::from("operator"))
        };
        Some(match next {
            Move::TakeSeat(seat) => Command::TakeSeat { seat, person: person() },
            Move::Ask(step) => Command::AskApproval { step },
            Move::Tick(step, observed) => Command::Tick { step, observed },
            Move::Rule(step, ruling, reason) => Command::Rule { step, ruling, reason },
            Move::Skip(step, reason) => Command::Skip { step, reason },
            Move::Close(summary) => Command::Close { summary },
            Move::Stuck(..) => return None,
            Move::Start(step) => {
                let gate = gate(incident, &step, &snapshot.evidence, snapshot.at)?;
                if !gate.is_open() {
                    return None;
                }
                let words = token(incident, incident.procedure.runbook.step(&step)?);
                let typed = words.unwrap_or_default();
                let confirmation =
                    Confirmation::of(incident, &gate, &typed, snapshot.at);
                Command::Execute { step, confirmation }
            }
        })
    }
}

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
            say(&serde_json::to_string_pretty(&json)?)?;
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
            Deed::Verb { resource, side, verb, .. } => format!("{verb} {resource} {side}"),
            Deed::Errand { line } => line.to_string(),
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
