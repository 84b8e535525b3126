//! The automatic commander of a headless drill: the same door as a person, the same
//! words, no waiting to think.

use std::sync::Arc;

use super::client::glance;
use crate::{
    clock::Clock,
    drill::{Move, World, commander::moves},
    engine::{Command, Confirmation, Gate, Incident, gate, gate::token, healthy, waits},
    model::{Actor, PersonId, Seat, Span, StepId, Text},
    room::{AskError, Handle, Request, Snapshot},
};

/// Nothing moved for so long in simulated time, and nothing is under way: nobody will
/// come.
const PATIENCE: Span = Span::mins(60);

/// The player.
#[derive(Debug)]
pub struct Player {
    pub handle: Handle,
    pub clock: Clock,
    pub world: Arc<World>,
    pub operator: Actor,
}

/// How the play ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    Verified,
    Stuck { step: Option<StepId>, why: Text },
}

impl Player {
    /// Plays to the end.
    ///
    /// # Errors
    /// [`AskError`] when the room cannot go on: closed, not ours, no journal.
    pub async fn play(&self) -> Result<Ending, AskError> {
        let mut snapshots = self.handle.watch();
        let mut snapshot = self.handle.snapshot();
        let mut moved = (0, self.clock.now());
        loop {
            let Some(incident) = &snapshot.incident else {
                return Err(AskError::NotDeclared);
            };
            if incident.is_over() {
                return Ok(Ending::Verified);
            }
            let now = self.clock.now();
            // What is under way takes as long as it takes; it has a limit of its own. So
            // has what only time brings.
            if incident.seq != moved.0
                || incident.in_flight().next().is_some()
                || waits::next_moment(incident, now).is_some()
            {
                moved = (incident.seq, now);
            }
            if now - moved.1 > PATIENCE {
                return Ok(standstill(&snapshot, incident));
            }
            for next in moves(incident, &self.world.ledger(), now) {
                if let Move::Stuck(step, why) = next {
                    return Ok(Ending::Stuck { step, why });
                }
                self.accept(&snapshot, incident, &next).await?;
                self.make(&snapshot, incident, next).await?;
            }
            snapshot = glance(&mut snapshots, &self.clock, &snapshot).await?;
        }
    }

    /// A rehearsal leaves a healthy side on purpose: whoever commands says so, by name and
    /// in words, where the world lost nothing. Where it did, readings turn by themselves.
    async fn accept(
        &self,
        snapshot: &Snapshot,
        incident: &Incident,
        next: &Move,
    ) -> Result<(), AskError> {
        let (Move::Start(id) | Move::Tick(id, _)) = next else { return Ok(()) };
        let Some(step) = incident.procedure.runbook.step(id) else { return Ok(()) };
        let gate = gate(incident, id, &snapshot.evidence, snapshot.at);
        let mut checks = gate.iter().flat_map(|gate| &gate.checks);
        let left = checks
            .find_map(|check| Some((check, healthy::stands(incident, step, check)?)));
        let commander = incident.seats.get(&Seat::Commander);
        let (Some((check, site)), Some(commander)) = (left, commander) else {
            return Ok(());
        };
        if self.world.is_lost(&site) {
            return Ok(());
        }
        let reason = format!("a rehearsal: {site} is healthy and left on purpose");
        let accept = Command::Override {
            step: id.clone(),
            check: check.name.clone(),
            reason: Text::clean(reason),
        };
        let actor = Actor::Scripted { name: commander.clone() };
        match self.handle.ask(actor, Request::Command(accept)).await {
            Ok(()) | Err(AskError::Refused(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Asks for one move; a refusal means that the world moved on, and is looked at again.
    async fn make(
        &self,
        snapshot: &Snapshot,
        incident: &Incident,
        next: Move,
    ) -> Result<(), AskError> {
        let Some(command) = self.command(snapshot, incident, next) else {
            return Ok(());
        };
        match self.handle.ask(self.operator.clone(), Request::Command(command)).await {
            Ok(()) | Err(AskError::Refused(_)) => Ok(()),
            Err(error) => Err(error),
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
            Move::Close(summary) => Command::Close { summary, typed: Text::default() },
            Move::Stuck(..) => return None,
            Move::Start(step) => {
                let gate = gate(incident, &step, &snapshot.evidence, snapshot.at)?;
                if !gate.is_open() {
                    return None;
                }
                let words = token(incident, incident.procedure.runbook.step(&step)?);
                let typed = words.unwrap_or_default();
                let confirmation = Confirmation::of(incident, &gate, &typed, snapshot.at);
                Command::Execute { step, confirmation }
            }
        })
    }
}

/// What is waited for when nothing moves.
fn standstill(snapshot: &Snapshot, incident: &Incident) -> Ending {
    let next = incident.next();
    let gate =
        next.and_then(|step| gate(incident, &step.id, &snapshot.evidence, snapshot.at));
    let mut waits: Vec<String> = gate.iter().flat_map(Gate::obstacles).collect();
    let ill = incident.procedure.services.iter().filter_map(|service| {
        let record = incident.services.get(&service.id)?;
        (record.healthy != Some(true))
            .then(|| format!("{}: {}", service.id, record.value))
    });
    waits.extend(ill);
    let why = Text::clean(format!("nothing moved for an hour; {}", waits.join("; ")));
    Ending::Stuck { step: next.map(|step| step.id.clone()), why }
}
