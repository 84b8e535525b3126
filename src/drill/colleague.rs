//! Scripted colleagues: they hold the seats a lone player leaves empty, decide, approve
//! and answer questions, and are shown as scripted. Pure: what they would do is derived
//! from the incident; they never start, tick, undo or rule on anything.

use crate::{
    drill::chance,
    engine::{Command, Incident, StepRecord},
    model::{
        Action, Actor, Moment, PersonId, Runbook, RunbookKind, Seat, Span, Step, Text,
    },
};

/// Seats are taken this long after the declaration.
const SEATED: Span = Span::secs(2);

/// The commander decides this long after the declaration.
const DECIDES: Span = Span::secs(20);

/// Answers take this long at least and at most. People take minutes; a game must not.
const ANSWERS: (Span, Span) = (Span::secs(8), Span::secs(20));

/// Something a colleague will do.
#[derive(Clone, Debug, PartialEq)]
pub struct Act {
    pub actor: Actor,
    pub command: Command,
    pub due_at: Moment,
}

/// Who plays, and what makes the delays of one drill unlike those of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cast {
    pub seats: Vec<(Seat, PersonId)>,
    pub seed: u64,
}

impl Cast {
    /// Everybody but the operator, who is the player.
    pub fn new(seed: u64) -> Self {
        let seats = vec![
            (Seat::Commander, PersonId::new("M.Okafor")),
            (Seat::Scribe, PersonId::new("R.Diaz")),
            (Seat::Liaison, PersonId::new("A.Roy")),
        ];
        Self { seats, seed }
    }

    /// Everything colleagues will do as things stand, with the moment each is due. What
    /// was done is no longer in the list; what is due may be asked more than once, for the
    /// answer is the same until the incident changes.
    pub fn acts(&self, incident: &Incident) -> Vec<Act> {
        if incident.is_over() {
            return Vec::new();
        }
        let mut acts: Vec<Act> = self
            .seats
            .iter()
            .filter_map(|(seat, who)| sit(incident, *seat, who))
            .collect();
        acts.extend(self.decide(incident));
        let asked = incident.steps().filter_map(|(step, record)| {
            let since = open_question(step, record)?;
            self.answer(incident, step, record, since)
        });
        acts.extend(asked);
        acts
    }

    /// As [`Cast::acts`], only what is due by `now`.
    pub fn due(&self, incident: &Incident, now: Moment) -> Vec<Act> {
        self.acts(incident).into_iter().filter(|act| act.due_at <= now).collect()
    }

    fn decide(&self, incident: &Incident) -> Option<Act> {
        let commander = self.commander(incident)?;
        let undecided = incident.clocks.decided.is_none() && incident.aborted.is_none();
        undecided.then(|| Act {
            actor: Actor::Scripted { name: commander.clone() },
            command: Command::Decide { words: decision(incident) },
            due_at: incident.clocks.declared + DECIDES,
        })
    }

    /// The scripted commander, when the seat is theirs.
    fn commander(&self, incident: &Incident) -> Option<&PersonId> {
        let holder = incident.seats.get(&Seat::Commander)?;
        let ours =
            |(seat, who): &&(Seat, PersonId)| *seat == Seat::Commander && who == holder;
        self.seats.iter().find(ours).map(|(_, who)| who)
    }

    fn answer(
        &self,
        incident: &Incident,
        step: &Step,
        record: &StepRecord,
        since: Moment,
    ) -> Option<Act> {
        let (_, asker) = record.asked_at.as_ref()?;
        let who = self.commander(incident).or_else(|| in_role(incident, step, asker))?;
        if who == asker {
            return None;
        }
        let offset = (since - incident.clocks.declared).as_millis().to_string();
        let luck = chance::fraction(self.seed, &["answer", step.id.as_str(), &offset]);
        let (least, most) = ANSWERS;
        let delay = Span::from_secs_f64(
            least.as_secs_f64() + luck * (most - least).as_secs_f64(),
        );
        Some(Act {
            actor: Actor::Scripted { name: who.clone() },
            command: Command::Approve {
                step: step.id.clone(),
                words: "no strong objections".into(),
            },
            due_at: since + delay,
        })
    }
}

fn decision(incident: &Incident) -> Text {
    let Runbook { name, kind, from, to, .. } = &incident.procedure.runbook;
    Text::clean(match kind {
        RunbookKind::Failover | RunbookKind::Failback => {
            format!("we leave {from} and go to {to}")
        }
        RunbookKind::Restore
        | RunbookKind::Backup
        | RunbookKind::Response
        | RunbookKind::Maintenance
        | RunbookKind::Validation
        | RunbookKind::Drill => format!("we run: {name}"),
    })
}

fn sit(incident: &Incident, seat: Seat, who: &PersonId) -> Option<Act> {
    let vacant = !incident.seats.contains_key(&seat);
    vacant.then(|| Act {
        actor: Actor::Scripted { name: who.clone() },
        command: Command::TakeSeat { seat, person: who.clone() },
        due_at: incident.clocks.declared + SEATED,
    })
}

/// Since when a question about `step` has had no answer.
fn open_question(step: &Step, record: &StepRecord) -> Option<Moment> {
    let settled = record.state.is_settled() || record.state.is_in_flight();
    let (asked, _) = record.asked_at.as_ref().filter(|_| !settled)?;
    let answered = record.approval.as_ref().is_some_and(|given| given.at >= *asked);
    let own = matches!(step.action, Action::Approval { .. });
    (own || !answered).then_some(*asked)
}

/// Somebody of the plan with the role `step` asks, for when the player is commander.
fn in_role<'a>(
    incident: &'a Incident,
    step: &Step,
    asker: &PersonId,
) -> Option<&'a PersonId> {
    let role = if let Action::Approval { role, .. } = &step.action {
        Some(role)
    } else {
        step.approval.as_ref()
    }?;
    let people = &incident.procedure.people;
    people
        .iter()
        .find(|person| person.roles.contains(role) && person.id != *asker)
        .map(|person| &person.id)
}
