//! Page one of an incident: what an auditor, and whoever was asleep, asks first. Read off
//! the records and nothing else; the same for people and for programs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    outcome::{Outcome, milestones, outcome},
    page::field,
    scenario,
};
use crate::{
    engine::{Event, Incident, Record, Watch, story},
    model::{Action, Actor, Mode, Moment, Seat, StepId},
};

/// One thing worth naming, with when and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub at: Moment,
    pub who: String,
    /// As the timeline tells it, with its kind in front: `SKIP 4 Tell people: no channel`.
    pub what: String,
}

/// Somebody and the steps they had a hand in, by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hand {
    pub who: String,
    pub steps: Vec<u32>,
}

/// All of page one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    pub id: String,
    pub mode: Mode,
    pub state: &'static str,
    pub plan: String,
    pub digest: String,
    pub runbook: String,
    pub runbook_id: String,
    pub from: String,
    pub to: String,
    pub services: Vec<String>,
    /// What it was declared with; a drill names its scenario and seed here.
    pub reason: String,
    /// The scenario it answers, with what the plan says of it.
    pub scenario: Vec<(String, String)>,
    /// How what it moved is brought back.
    pub way_back: Option<(String, String)>,
    pub milestones: Vec<(String, Option<Moment>)>,
    pub outcome: Outcome,
    /// Who held the commander's seat, in order.
    pub commanded: Vec<String>,
    pub executed: Vec<Hand>,
    pub approved: Vec<Hand>,
    /// What was done otherwise than the runbook says, and what stood in the way.
    pub deviations: Vec<Item>,
    pub failures: Vec<Item>,
    pub records: u64,
    /// The newest record's hash: what a copy kept elsewhere is compared with.
    pub head: String,
}

/// How an incident stands, in one word.
pub fn standing(incident: &Incident) -> &'static str {
    if incident.is_over() {
        "closed"
    } else if incident.aborted.is_some() {
        "aborted"
    } else if incident.clocks.verified.is_some() {
        "verified"
    } else {
        "open"
    }
}

/// Reads page one off an incident and all of its records.
pub fn summary(incident: &Incident, records: &[Record]) -> Summary {
    let procedure = &incident.procedure;
    let runbook = &procedure.runbook;
    let outcome = outcome(incident, records);
    Summary {
        id: incident.id.to_string(),
        mode: incident.mode,
        state: standing(incident),
        plan: procedure.plan.name.to_string(),
        digest: procedure.plan.digest.clone(),
        runbook: runbook.name.to_string(),
        runbook_id: runbook.id.to_string(),
        from: runbook.from.to_string(),
        to: runbook.to.to_string(),
        services: procedure.services.iter().map(|it| it.name.to_string()).collect(),
        reason: incident.reason.to_string(),
        scenario: scenario::before(incident),
        way_back: scenario::after(incident),
        milestones: milestones(incident),
        outcome,
        commanded: commanded(records),
        executed: hands(incident, records, executed),
        approved: hands(incident, records, approved),
        deviations: deviations(incident, records),
        failures: items(incident, records, is_failure),
        records: incident.seq,
        head: incident.head.clone(),
    }
}

fn items(
    incident: &Incident,
    records: &[Record],
    wanted: fn(&Event) -> bool,
) -> Vec<Item> {
    let wanted = records.iter().filter(|record| wanted(&record.event));
    wanted.map(|record| item(record, incident)).collect()
}

/// With phases that took longer than the plan gives them, and with what was never done,
/// when it was closed all the same.
fn deviations(incident: &Incident, records: &[Record]) -> Vec<Item> {
    let mut all = items(incident, records, is_deviation);
    all.extend(late(incident));
    all.extend(scenario::deviation(incident));
    all.sort_by_key(|item| item.at);
    let open = incident.steps().filter(|(step, record)| !record.lets_go(step)).count();
    let closed =
        records.iter().find(|record| matches!(record.event, Event::Closed { .. }));
    if let Some(closed) = closed.filter(|_| open > 0) {
        let steps = if open == 1 { "1 step".to_owned() } else { format!("{open} steps") };
        let what = format!("{} with {steps} not done", closed.event.word());
        all.push(Item { at: closed.at, who: closed.actor.to_string(), what });
    }
    all
}

/// Phases that ended after their time.
fn late(incident: &Incident) -> impl Iterator<Item = Item> {
    let phases = incident.procedure.runbook.phases.iter();
    phases.filter_map(|phase| {
        let (began, until) = incident.window(phase)?;
        let (until, ended) = (until?, incident.phase_ended(phase)?);
        let (took, given) = ((ended - began).clock(), (until - began).clock());
        let what = format!("LATE phase {}: {took} of {given}", phase.name);
        (ended > until).then(|| Item { at: until, who: "warroom".to_owned(), what })
    })
}

fn item(record: &Record, incident: &Incident) -> Item {
    let sentence = story::sentence(record, incident);
    Item {
        at: record.at,
        who: record.actor.to_string(),
        what: format!("{} {sentence}", record.event.word()),
    }
}

fn is_deviation(event: &Event) -> bool {
    if let Event::Intended { attempt, undo, solo, .. } = event {
        return *attempt > 1 || *undo || *solo;
    }
    matches!(
        event,
        Event::ImpactMoved { .. }
            | Event::Held { .. }
            | Event::Resumed
            | Event::Aborted { .. }
            | Event::SoloAsked { .. }
            | Event::Overridden { .. }
            | Event::Ruled { .. }
            | Event::Skipped { .. }
            | Event::OutOfOrder { .. }
            | Event::ClockStepped { .. }
            | Event::PlanAdopted { .. }
            | Event::Watched { watch: Watch::Broken { .. } | Watch::Ended { .. }, .. }
    )
}

fn is_failure(event: &Event) -> bool {
    matches!(event, Event::Failed { .. } | Event::Refused { .. } | Event::Doubted { .. })
}

fn commanded(records: &[Record]) -> Vec<String> {
    let mut held: Vec<String> = Vec::new();
    for record in records {
        let Event::SeatTaken { seat: Seat::Commander, person } = &record.event else {
            continue;
        };
        // Who seated themselves is named as the record names them: scripted, or not.
        let own = record.actor.person() == Some(person);
        let who = if own { record.actor.to_string() } else { person.to_string() };
        held.push(format!("{who} from {}Z", record.at.time_of_day()));
    }
    held
}

fn executed(event: &Event) -> Option<&StepId> {
    if let Event::Intended { step, .. } = event { Some(step) } else { None }
}

fn approved(event: &Event) -> Option<&StepId> {
    if let Event::ApprovalGiven { step, .. } = event { Some(step) } else { None }
}

/// Who had a hand in which steps, by the events `of` picks.
fn hands(
    incident: &Incident,
    records: &[Record],
    of: fn(&Event) -> Option<&StepId>,
) -> Vec<Hand> {
    let mut hands: Vec<Hand> = Vec::new();
    for record in records {
        let runbook = &incident.procedure.runbook;
        let Some(step) = of(&record.event).and_then(|id| runbook.step(id)) else {
            continue;
        };
        // A question is not carried out: its answer is an approval.
        let answered = matches!(step.action, Action::Approval { .. });
        if answered && matches!(record.event, Event::Intended { .. }) {
            continue;
        }
        let who = named(&record.actor);
        let place = hands.iter().position(|hand| hand.who == who).unwrap_or_else(|| {
            hands.push(Hand { who, steps: Vec::new() });
            hands.len() - 1
        });
        if let Some(hand) = hands.get_mut(place) {
            hand.steps.push(step.number);
        }
    }
    for hand in &mut hands {
        hand.steps.sort_unstable();
        hand.steps.dedup();
    }
    hands
}

/// With the terminal the keys were pressed at.
fn named(actor: &Actor) -> String {
    match actor {
        Actor::Person { name, from } => format!("{name} ({from})"),
        Actor::Scripted { .. } | Actor::System => actor.to_string(),
    }
}

/// `1-3, 7`.
fn ranges(numbers: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            Some(_) | None => runs.push((*number, *number)),
        }
    }
    let shown = runs.iter().map(|(first, last)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    });
    shown.collect::<Vec<_>>().join(", ")
}

impl Hand {
    fn shown(&self) -> String {
        let word = if self.steps.len() == 1 { "step" } else { "steps" };
        format!("{}: {word} {}", self.who, ranges(&self.steps))
    }
}

impl Summary {
    /// What kind of run it was.
    pub const fn kind(&self) -> &'static str {
        match self.mode {
            Mode::Live => "live incident",
            Mode::Drill => "drill in a simulated world",
        }
    }

    /// Every line of page one but its title: label and value.
    pub fn fields(&self) -> Vec<(String, String)> {
        let mut fields: Vec<(String, String)> = vec![
            ("type".into(), format!("{}, {}", self.kind(), self.state)),
            ("runbook".into(), format!("{} ({})", self.runbook, self.runbook_id)),
            ("plan".into(), format!("{} @{}", self.plan, short(&self.digest, 7))),
            ("scope".into(), self.scope()),
            ("declared for".into(), self.reason.clone()),
        ];
        fields.extend(self.scenario.clone());
        fields.extend(self.milestones.iter().map(|(what, at)| {
            let at =
                at.map_or_else(|| "-".to_owned(), |at| format!("{}Z", at.date_time()));
            (what.clone(), at)
        }));
        fields.extend(self.outcome.fields());
        let people = |hands: &[Hand]| listed(hands.iter().map(Hand::shown), "nobody");
        let items = |items: &[Item]| listed(items.iter().map(Item::shown), "none");
        for (label, values) in [
            ("commanded by", listed(self.commanded.iter().cloned(), "nobody")),
            ("executed by", people(&self.executed)),
            ("approved by", people(&self.approved)),
            ("deviations", items(&self.deviations)),
            ("failures", items(&self.failures)),
        ] {
            let labels = std::iter::once(label).chain(std::iter::repeat(""));
            fields.extend(labels.map(str::to_owned).zip(values));
        }
        fields.extend(self.way_back.clone());
        let head = format!("{} records, head {}", self.records, short(&self.head, 16));
        fields.push(("record".into(), head));
        fields
    }

    fn scope(&self) -> String {
        let way = if self.from == self.to {
            self.to.clone()
        } else {
            format!("{} > {}", self.from, self.to)
        };
        // Work that serves no service has no list of them.
        let of = |services: String| format!("{way}: {services}");
        Some(self.services.join(", "))
            .filter(|all| !all.is_empty())
            .map_or(way.clone(), of)
    }

    /// Page one for a terminal `width` columns wide; unwrapped without one.
    pub fn text(&self, width: Option<usize>) -> String {
        let mut text = format!("{}  {}\n", self.id, self.runbook);
        for (label, value) in self.fields() {
            text += &field(&label, &value, width);
        }
        text
    }

    pub fn json(&self) -> Value {
        let hands = |hands: &[Hand]| -> Vec<Value> {
            let shown =
                hands.iter().map(|it| json!({ "who": it.who, "steps": it.steps }));
            shown.collect()
        };
        let items = |items: &[Item]| -> Vec<Value> {
            let shown = items
                .iter()
                .map(|it| json!({ "at": it.at, "who": it.who, "what": it.what }));
            shown.collect()
        };
        let milestones =
            self.milestones.iter().map(|(what, at)| (what.replace(' ', "_"), json!(at)));
        json!({
            "id": self.id,
            "type": self.mode,
            "state": self.state,
            "plan": { "name": self.plan, "digest": self.digest },
            "runbook": { "id": self.runbook_id, "name": self.runbook },
            "from": self.from,
            "to": self.to,
            "services": self.services,
            "reason": self.reason,
            "scenario": self.scenario.iter().cloned().collect::<BTreeMap<_, _>>(),
            "way_back": self.way_back.as_ref().map(|(_, way)| way),
            "times": milestones.collect::<serde_json::Map<_, _>>(),
            "outcome": self.outcome.json(),
            "commanded": self.commanded,
            "executed": hands(&self.executed),
            "approved": hands(&self.approved),
            "deviations": items(&self.deviations),
            "failures": items(&self.failures),
            "records": self.records,
            "head": self.head,
        })
    }
}

impl Item {
    fn shown(&self) -> String {
        format!("{}Z {}: {}", self.at.time_of_day(), self.who, self.what)
    }
}

/// All of them, or the one word for none.
fn listed(values: impl Iterator<Item = String>, none: &str) -> Vec<String> {
    let values: Vec<String> = values.collect();
    if values.is_empty() { vec![none.to_owned()] } else { values }
}

fn short(digits: &str, count: usize) -> &str {
    digits.get(..count).unwrap_or(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_a_row_are_one_range() {
        for (numbers, shown) in [
            (vec![], ""),
            (vec![4], "4"),
            (vec![1, 2, 3, 7], "1-3, 7"),
            (vec![1, 3, 4], "1, 3-4"),
        ] {
            assert_eq!(ranges(&numbers), shown);
        }
    }
}
