//! Given events, when a command, then events or a refusal. The laws first.
//! This file is the case they all begin with.

mod checks;
mod clean_up;
mod clocks;
mod closing;
mod conditions;
mod consent;
mod doubt;
mod forecast;
mod healthy;
mod holds;
mod marks;
mod raised;
mod respond;
mod seen;
mod starting;
mod talk;
mod times;
mod values;
mod ways_back;

use std::collections::BTreeMap;

use super::*;
use crate::model::{
    Action, Actor, CommandSpec, DatabaseRole, DatabaseView, Estimate, Evidence,
    Evidenced, Failure, Fence, IncidentId, Lag, Mode, Moment, Noun, Objective,
    Observation, Params, Phase, PlanRef, Procedure, Reading, Reconciled, Resource,
    Runbook, RunbookKind, Seat, Service, Side, Span, Step, StepId, Text, Trouble, Verb,
    Verify,
};

/// Everybody's clock starts here.
const START: Moment = Moment::from_millis(1_700_000_000_000);

fn at(secs: i64) -> Moment {
    START + Span::secs(secs)
}

pub(super) fn person(name: &str) -> Actor {
    Actor::Person { name: name.into(), from: "tty1".into() }
}

fn step(number: u32, id: &str, action: Action, needs: &[&str]) -> Step {
    Step {
        terms: crate::model::Terms::default(),
        id: id.into(),
        number,
        name: id.into(),
        tier: action.tier(),
        action,
        owner: None,
        needs: needs.iter().map(|need| StepId::from(*need)).collect(),
        estimate: Estimate { p50: Span::mins(4), p95: Span::mins(8) },
        verify: Verify { timeout: Span::mins(10), every: Span::secs(2) },
        optional: false,
        approval: None,
    }
}

fn estate(resource: &str, side: &str, verb: Verb) -> Action {
    Action::Estate {
        resource: resource.into(),
        side: side.into(),
        verb,
        args: Params::default(),
    }
}

fn shell(repeatable: bool) -> Action {
    Action::Command(CommandSpec {
        argv: vec!["true".to_owned()],
        env: BTreeMap::new(),
        pass: Vec::new(),
        dir: None,
        shell: false,
        repeatable,
    })
}

fn procedure() -> Procedure {
    let sides = ["east", "west"].map(|site| (site.into(), Side::default()));
    let database = Resource {
        id: "db".into(),
        noun: Noun::Database,
        kind: "rds-replica".to_owned(),
        name: "db".into(),
        primary: "east".into(),
        sides: sides.into_iter().collect(),
        params: Params::default(),
    };
    let steps = vec![
        step(1, "fence", estate("db", "east", Verb::Fence), &[]),
        step(2, "promote", estate("db", "west", Verb::Promote), &["fence"]),
        step(3, "script", shell(false), &["promote"]),
        step(
            4,
            "look",
            Action::Manual { text: "look".into(), expect: None },
            &["script"],
        ),
        step(5, "rest", Action::Wait { length: Span::mins(1) }, &["look"]),
    ];
    let objective =
        Objective { rto: Span::mins(30), rpo: Span::mins(5), stable: Span::mins(1) };
    Procedure {
        brief: crate::model::Brief::default(),
        plan: PlanRef { name: "p".into(), digest: "d1".to_owned(), path: "p".into() },
        runbook: Runbook {
            terms: crate::model::RunbookTerms::default(),
            id: "failover".into(),
            name: "failover".into(),
            kind: RunbookKind::Failover,
            from: "east".into(),
            to: "west".into(),
            phases: vec![Phase {
                terms: crate::model::PhaseTerms::default(),
                id: "all".into(),
                name: "all".into(),
                time: None,
                steps,
            }],
        },
        sites: Vec::new(),
        estate: vec![database],
        services: vec![Service {
            id: "shop".into(),
            name: "shop".into(),
            objective,
            depends_on: Vec::new(),
            uses: vec!["db".into()],
            probes: Vec::new(),
        }],
        probes: Vec::new(),
        people: Vec::new(),
        objective,
        unset: BTreeMap::new(),
    }
}

fn view(role: DatabaseRole, lag: Lag, fence: Fence) -> Observation {
    Observation::Database(DatabaseView {
        role,
        status: "available".into(),
        available: true,
        lag,
        fence,
        connections: None,
        endpoint: None,
        newest_snapshot: None,
    })
}

/// A world in which promoting is allowed, `lag` seconds behind.
fn fenced(lag: Lag, now: Moment) -> Evidence {
    let mut evidence = Evidence::default();
    let mut put = |site: &str, seen| {
        let reading =
            Reading { last: Some((seen, now)), lost: None, max_age: Span::secs(45) };
        evidence.estate.insert(("db".into(), site.into()), reading);
    };
    let closed = Fence::Closed { proof: "0 connections".into() };
    put("east", view(DatabaseRole::Writer, Lag::NoData, closed));
    let replica = DatabaseRole::Replica { source: "east".into() };
    put("west", view(replica, lag, Fence::Unproven));
    evidence
}

fn lagging(secs: i64, now: Moment) -> Evidence {
    fenced(Lag::Ok { lag: Span::secs(secs), at: now }, now)
}

/// An incident under test: records as a journal would hold them.
pub(super) struct Case {
    pub(super) incident: Incident,
    pub(super) records: Vec<Record>,
    pub(super) now: Moment,
    evidence: Evidence,
}

/// A runbook of one phase: programs `a`, `b`, `c` ... that may be repeated, each after the
/// one before.
fn chain(ids: &[&str]) -> Procedure {
    let mut procedure = procedure();
    let before = std::iter::once(None).chain(ids.iter().copied().map(Some));
    procedure.runbook.phases[0].steps = (1..)
        .zip(ids.iter().zip(before))
        .map(|(number, (id, before))| step(number, id, shell(true), before.as_slice()))
        .collect();
    procedure
}

/// Every step takes what it takes half the time.
fn certain(procedure: &mut Procedure) {
    for step in procedure.runbook.phases.iter_mut().flat_map(|phase| &mut phase.steps) {
        step.estimate.p95 = step.estimate.p50;
    }
}

/// Step `id` of `procedure`, to write terms on.
fn of<'p>(procedure: &'p mut Procedure, id: &str) -> &'p mut Step {
    let mut steps =
        procedure.runbook.phases.iter_mut().flat_map(|phase| &mut phase.steps);
    steps.find(|step| step.id.as_str() == id).unwrap()
}

impl Case {
    pub(super) fn declared() -> Self {
        Self::of(procedure())
    }

    /// An incident that runs `procedure`.
    fn of(procedure: Procedure) -> Self {
        Self::begun(procedure, Mode::Live)
    }

    pub(super) fn begun(procedure: Procedure, mode: Mode) -> Self {
        let event = Event::Declared {
            mode,
            procedure: Box::new(procedure),
            impact_at: at(-60),
            reason: "test".into(),
        };
        let record = record(1, at(0), &person("op"), event);
        let id = IncidentId::from("INC-0001");
        let incident = Incident::fold(&id, std::slice::from_ref(&record)).unwrap();
        let evidence = lagging(42, at(0));
        let mut case = Self { incident, records: vec![record], now: at(0), evidence };
        case.ok(&Actor::System, Command::LeaseTaken { holder: "me".into(), epoch: 1 });
        let seat = Command::TakeSeat { seat: Seat::Commander, person: "ic".into() };
        case.ok(&person("ic"), seat);
        case
    }

    /// Moves on in time, with readings as fresh as before.
    pub(super) fn later(&mut self, secs: i64) {
        self.now = self.now + Span::secs(secs);
        for reading in self.evidence.estate.values_mut() {
            if let Some((Observation::Database(view), at)) = &mut reading.last {
                *at = self.now;
                if let Lag::Ok { at, .. } = &mut view.lag {
                    *at = self.now;
                }
            }
        }
    }

    fn decide(&self, who: &Actor, command: &Command) -> Result<Vec<Event>, Refusal> {
        let scene = Scene { evidence: &self.evidence, actor: who, now: self.now };
        decide(&self.incident, command, scene)
    }

    #[expect(clippy::needless_pass_by_value, reason = "tests build commands in place")]
    pub(super) fn ok(&mut self, who: &Actor, command: Command) -> Vec<Event> {
        let events = self.decide(who, &command).unwrap();
        for event in &events {
            let seq = self.incident.seq + 1;
            let record = record(seq, self.now, who, event.clone());
            self.incident.apply(&record).unwrap();
            self.records.push(record);
        }
        events
    }

    pub(super) fn refused(&self, who: &Actor, command: &Command) -> Refusal {
        self.decide(who, command).unwrap_err()
    }

    pub(super) fn confirm(&self, id: &str, typed: &str) -> Command {
        let id = StepId::from(id);
        let gate = gate(&self.incident, &id, &self.evidence, self.now).unwrap();
        let confirmation = Confirmation::of(&self.incident, &gate, typed, self.now);
        Command::Execute { step: id, confirmation }
    }

    pub(super) fn report(&mut self, id: &str, report: Report) -> Vec<Event> {
        let attempt = self.incident.steps[&StepId::from(id)].attempt;
        self.ok(&Actor::System, Command::Report { step: id.into(), attempt, report })
    }

    /// Starts a program and ends it so.
    fn ends(&mut self, id: &str, report: Report) {
        self.ok(&person("op"), self.confirm(id, "west"));
        self.report(id, report);
    }

    /// Runs a program to a good end.
    fn done(&mut self, id: &str) {
        self.ends(id, Report::Acted(Evidenced::default()));
        assert!(matches!(self.state(id), StepState::Done { .. }), "{id}");
    }

    /// Lets it end badly.
    fn fail(&mut self, id: &str) {
        self.ends(id, Report::Trouble(Trouble::Refused("exit 3".into())));
    }

    fn pulse(&mut self) -> Vec<Event> {
        self.ok(&Actor::System, Command::Pulse)
    }

    fn gate(&self, id: &str) -> Gate {
        gate(&self.incident, &id.into(), &self.evidence, self.now).unwrap()
    }

    fn blocks(&self, id: &str) -> Vec<Block> {
        self.gate(id).blocks
    }

    /// What `probe` said now.
    fn see(&mut self, probe: &str, healthy: bool) {
        let value = if healthy { "200" } else { "503" };
        let answer = crate::model::ProbeAnswer { healthy, value: value.into() };
        let reading = Reading {
            last: Some((answer, self.now)),
            lost: None,
            max_age: Span::secs(35),
        };
        self.evidence.probes.insert(probe.into(), reading);
    }

    /// Everything that was written, told again from the disk, is what is known now.
    fn replays(&self) {
        let json = serde_json::to_string(&self.records).unwrap();
        let read: Vec<Record> = serde_json::from_str(&json).unwrap();
        for length in 1..=read.len() {
            let mut state = Incident::fold(&self.incident.id, &read[..length]).unwrap();
            for record in &read[length..] {
                state.apply(record).unwrap();
            }
            assert_eq!(state, self.incident, "from a prefix of {length}");
        }
    }

    pub(super) fn state(&self, id: &str) -> &StepState {
        &self.incident.steps[&StepId::from(id)].state
    }

    /// Runs `fence` to its end.
    fn fence(&mut self) {
        self.ok(&person("op"), self.confirm("fence", "east"));
        self.report("fence", Report::Acted(Evidenced::default()));
        self.report("fence", Report::Reached("0 connections".into()));
    }

    fn approve(&mut self, id: &str) {
        self.ok(&person("op"), Command::AskApproval { step: id.into() });
        let words = Text::from("no objections");
        self.ok(&person("ic"), Command::Approve { step: id.into(), words });
    }

    pub(super) fn promoted(&mut self) {
        self.fence();
        self.approve("promote");
        self.ok(&person("op"), self.confirm("promote", "LIVE west"));
        self.report("promote", Report::Acted(Evidenced::default()));
        self.report("promote", Report::Reached("writer".into()));
    }

    fn fence_reports(&mut self) {
        self.report("fence", Report::Acted(Evidenced::default()));
        self.report("fence", Report::Reached("0 connections".into()));
    }
}

fn record(seq: u64, at: Moment, actor: &Actor, event: Event) -> Record {
    let (prev, hash) = (String::new(), seq.to_string());
    Record { seq, at, stamp: None, actor: actor.clone(), epoch: 1, event, prev, hash }
}

fn open_fence() -> Evidence {
    let mut evidence = lagging(1, at(0));
    let open = view(DatabaseRole::Writer, Lag::NoData, Fence::Open);
    let reading =
        Reading { last: Some((open, at(0))), lost: None, max_age: Span::secs(45) };
    evidence.estate.insert(("db".into(), "east".into()), reading);
    evidence
}
