//! Given events, when a command, then events or a refusal. The laws first.

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

fn person(name: &str) -> Actor {
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
struct Case {
    incident: Incident,
    records: Vec<Record>,
    now: Moment,
    evidence: Evidence,
}

impl Case {
    fn declared() -> Self {
        let event = Event::Declared {
            mode: Mode::Live,
            procedure: Box::new(procedure()),
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
    fn later(&mut self, secs: i64) {
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
    fn ok(&mut self, who: &Actor, command: Command) -> Vec<Event> {
        let events = self.decide(who, &command).unwrap();
        for event in &events {
            let seq = self.incident.seq + 1;
            let record = record(seq, self.now, who, event.clone());
            self.incident.apply(&record).unwrap();
            self.records.push(record);
        }
        events
    }

    fn refused(&self, who: &Actor, command: &Command) -> Refusal {
        self.decide(who, command).unwrap_err()
    }

    fn confirm(&self, id: &str, typed: &str) -> Command {
        let id = StepId::from(id);
        let gate = gate(&self.incident, &id, &self.evidence, self.now).unwrap();
        let confirmation = Confirmation::of(&self.incident, &gate, typed, self.now);
        Command::Execute { step: id, confirmation }
    }

    fn report(&mut self, id: &str, report: Report) -> Vec<Event> {
        let attempt = self.incident.steps[&StepId::from(id)].attempt;
        self.ok(&Actor::System, Command::Report { step: id.into(), attempt, report })
    }

    fn state(&self, id: &str) -> &StepState {
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

    fn promoted(&mut self) {
        self.fence();
        self.approve("promote");
        self.ok(&person("op"), self.confirm("promote", "LIVE west"));
        self.report("promote", Report::Acted(Evidenced::default()));
        self.report("promote", Report::Reached("writer".into()));
    }
}

fn record(seq: u64, at: Moment, actor: &Actor, event: Event) -> Record {
    let (prev, hash) = (String::new(), seq.to_string());
    Record { seq, at, actor: actor.clone(), epoch: 1, event, prev, hash }
}

#[test]
fn nothing_starts_without_the_exact_words() {
    let case = Case::declared();
    for typed in ["", "y", "west", "EAST", "east ", "LIVE east", "eas"] {
        let refusal = case.refused(&person("op"), &case.confirm("fence", typed));
        assert_eq!(refusal, Refusal::WrongToken("east".to_owned()), "{typed:?}");
    }
}

#[test]
fn an_intent_is_the_only_way_to_work() {
    let mut case = Case::declared();
    assert_eq!(due(&case.incident), vec![]);
    let events = case.ok(&person("op"), case.confirm("fence", "east"));
    assert!(matches!(events[..], [Event::Intended { attempt: 1, .. }]));
    let due = due(&case.incident);
    assert!(matches!(due[..], [Due { attempt: 1, job: Job::Execute(_), .. }]));
}

#[test]
fn a_step_in_flight_is_never_started_again() {
    let mut case = Case::declared();
    case.ok(&person("op"), case.confirm("fence", "east"));
    let again = case.refused(&person("op"), &case.confirm("fence", "east"));
    assert_eq!(again, Refusal::Blocked(vec![Block::InFlight]));
    case.report("fence", Report::Trouble(Trouble::Unknown("reset".into())));
    let again = case.refused(&person("op"), &case.confirm("fence", "east"));
    assert_eq!(again, Refusal::Blocked(vec![Block::InDoubt]));
}

#[test]
fn a_new_executor_asks_the_world_before_anything_else() {
    let mut case = Case::declared();
    case.ok(&person("op"), case.confirm("fence", "east"));
    let holder = Text::from("other");
    let events = case.ok(&Actor::System, Command::LeaseTaken { holder, epoch: 2 });
    assert!(matches!(events[..], [Event::LeaseTaken { .. }, Event::Doubted { .. }]));
    assert!(matches!(due(&case.incident)[..], [Due { job: Job::Reconcile { .. }, .. }]));
    case.report("fence", Report::Reconciled(Reconciled::NotDone("open".into())));
    assert!(matches!(
        case.state("fence"),
        StepState::Failed { failure: Failure::FoundUndone, .. }
    ));
    // Not by itself: a person confirms again.
    assert_eq!(due(&case.incident), vec![]);
    let events = case.ok(&person("op"), case.confirm("fence", "east"));
    assert!(matches!(events[..], [Event::Intended { attempt: 2, .. }]));
}

#[test]
fn what_cannot_be_looked_up_waits_for_a_ruling() {
    let mut case = Case::declared();
    case.promoted();
    case.ok(&person("op"), case.confirm("script", "west"));
    case.ok(&Actor::System, Command::LeaseTaken { holder: "other".into(), epoch: 2 });
    assert!(matches!(case.state("script"), StepState::InDoubt { .. }));
    assert_eq!(due(&case.incident), vec![]);
    let (step, reason) = (StepId::from("script"), Text::from("I saw the file"));
    case.ok(&person("op"), Command::Rule { step, ruling: Ruling::Done, reason });
    assert!(matches!(case.state("script"), StepState::Done { .. }));
}

#[test]
fn a_command_that_may_do_harm_twice_is_not_retried() {
    let mut case = Case::declared();
    case.promoted();
    case.ok(&person("op"), case.confirm("script", "west"));
    case.report("script", Report::Trouble(Trouble::Refused("exit 3".into())));
    let again = case.refused(&person("op"), &case.confirm("script", "west"));
    assert_eq!(again, Refusal::Blocked(vec![Block::NotRepeatable]));
}

#[test]
fn nobody_promotes_alone_or_by_their_own_word() {
    let mut case = Case::declared();
    case.fence();
    let alone = case.refused(&person("op"), &case.confirm("promote", "LIVE west"));
    assert_eq!(alone, Refusal::Blocked(vec![Block::NeedsApproval]));
    case.ok(&person("ic"), Command::AskApproval { step: "promote".into() });
    let own = Command::Approve { step: "promote".into(), words: "go".into() };
    assert_eq!(case.refused(&person("ic"), &own), Refusal::SelfApproval("ic".into()));
    assert_eq!(case.refused(&person("x"), &own), Refusal::NotApprover("x".into()));
}

#[test]
fn who_approved_does_not_execute() {
    let mut case = Case::declared();
    case.fence();
    case.approve("promote");
    let own = case.refused(&person("ic"), &case.confirm("promote", "LIVE west"));
    assert_eq!(own, Refusal::SelfApproval("ic".into()));
}

#[test]
fn an_approval_expires_and_is_used_up() {
    let mut case = Case::declared();
    case.fence();
    case.approve("promote");
    case.later(5 * 60 + 1);
    let late = case.refused(&person("op"), &case.confirm("promote", "LIVE west"));
    assert_eq!(late, Refusal::Blocked(vec![Block::AwaitsApproval]));
    case.approve("promote");
    case.ok(&person("op"), case.confirm("promote", "LIVE west"));
    case.report("promote", Report::Trouble(Trouble::NotSent("no route".into())));
    let again = case.refused(&person("op"), &case.confirm("promote", "LIVE west"));
    assert_eq!(again, Refusal::Blocked(vec![Block::NeedsApproval]));
}

#[test]
fn going_alone_takes_a_minute_and_is_recorded() {
    let mut case = Case::declared();
    case.fence();
    let alone = Command::AskSolo { step: "promote".into(), reason: "3 am".into() };
    case.ok(&person("op"), alone);
    let early = case.refused(&person("op"), &case.confirm("promote", "LIVE west"));
    assert_eq!(early, Refusal::Blocked(vec![Block::SoloWait(Span::secs(60))]));
    case.later(60);
    let other = case.refused(&person("x"), &case.confirm("promote", "LIVE west"));
    assert_eq!(other, Refusal::AskFirst("promote".into()));
    let events = case.ok(&person("op"), case.confirm("promote", "LIVE west"));
    assert!(matches!(events[..], [Event::Intended { solo: true, .. }]));
}

#[test]
fn unknown_is_never_a_pass() {
    let cases = [
        (Evidence::default(), "nothing was read"),
        (fenced(Lag::NoData, at(0)), "lag was never measured"),
        (lagging(301, at(0)), "lag is over the RPO"),
        (open_fence(), "the primary is open"),
    ];
    for (evidence, why) in cases {
        let mut case = Case::declared();
        case.fence();
        case.approve("promote");
        case.evidence = evidence;
        let refusal = case.refused(&person("op"), &case.confirm("promote", "LIVE west"));
        assert!(matches!(refusal, Refusal::Checks(_)), "{why}: {refusal}");
    }
}

fn open_fence() -> Evidence {
    let mut evidence = lagging(1, at(0));
    let open = view(DatabaseRole::Writer, Lag::NoData, Fence::Open);
    let reading =
        Reading { last: Some((open, at(0))), lost: None, max_age: Span::secs(45) };
    evidence.estate.insert(("db".into(), "east".into()), reading);
    evidence
}

#[test]
fn an_old_reading_is_no_preflight() {
    let mut case = Case::declared();
    case.fence();
    case.approve("promote");
    case.now = case.now + Span::secs(91);
    let refusal = case.refused(&person("op"), &case.confirm("promote", "LIVE west"));
    let Refusal::Checks(checks) = refusal else { panic!("{refusal}") };
    assert!(checks.iter().any(|check| check.class == Class::Unknown));
}

#[test]
fn a_named_override_lets_one_check_pass_and_no_other() {
    let mut case = Case::declared();
    case.fence();
    case.evidence = fenced(Lag::NoData, case.now);
    let check = Text::from("data lost by db within RPO");
    let accept = |who| {
        (
            person(who),
            Command::Override {
                step: "promote".into(),
                check: check.clone(),
                reason: "the region is gone".into(),
            },
        )
    };
    let (op, command) = accept("op");
    assert_eq!(case.refused(&op, &command), Refusal::NotApprover("op".into()));
    let (ic, command) = accept("ic");
    case.ok(&ic, command);
    case.approve("promote");
    let events = case.ok(&person("op"), case.confirm("promote", "LIVE west"));
    let [Event::Intended { seal: Some(seal), .. }] = &events[..] else { panic!() };
    assert_eq!(seal.lost, None);
}

#[test]
fn a_confirmation_is_bound_to_what_was_shown() {
    let mut case = Case::declared();
    case.fence();
    case.approve("promote");
    let shown = case.confirm("promote", "LIVE west");
    case.evidence = fenced(Lag::NoData, case.now);
    let check = Text::from("data lost by db within RPO");
    let reason = Text::from("accepted");
    case.ok(&person("ic"), Command::Override { step: "promote".into(), check, reason });
    assert_eq!(case.refused(&person("op"), &shown), Refusal::ChecksChanged);
    let old = case.confirm("promote", "LIVE west");
    case.later(66);
    assert_eq!(case.refused(&person("op"), &old), Refusal::Expired(Span::secs(66)));
}

#[test]
fn hold_stops_starts_and_nothing_else() {
    let mut case = Case::declared();
    case.ok(&person("op"), case.confirm("fence", "east"));
    case.ok(&person("x"), Command::Hold { reason: Text::default() });
    assert_eq!(case.ok(&person("x"), Command::Hold { reason: Text::default() }), vec![]);
    case.report("fence", Report::Acted(Evidenced::default()));
    case.report("fence", Report::Reached("0 connections".into()));
    let held = case.refused(&person("op"), &case.confirm("promote", "LIVE west"));
    assert_eq!(held, Refusal::Blocked(vec![Block::Held]));
    case.ok(&person("op"), Command::Resume);
    assert!(case.incident.hold.is_none());
}

#[test]
fn a_goal_not_seen_in_time_is_a_failure_not_a_success() {
    let mut case = Case::declared();
    case.ok(&person("op"), case.confirm("fence", "east"));
    case.report("fence", Report::Acted(Evidenced::default()));
    case.later(10 * 60 - 1);
    assert_eq!(case.ok(&Actor::System, Command::Pulse), vec![]);
    case.later(1);
    case.ok(&Actor::System, Command::Pulse);
    assert!(matches!(
        case.state("fence"),
        StepState::Failed { failure: Failure::NotVerified, .. }
    ));
}

#[test]
fn late_reports_change_nothing() {
    let mut case = Case::declared();
    case.ok(&person("op"), case.confirm("fence", "east"));
    let late =
        |attempt, report| Command::Report { step: "fence".into(), attempt, report };
    let stale = Refusal::Stale("fence".into());
    let other = late(2, Report::Acted(Evidenced::default()));
    assert_eq!(case.refused(&Actor::System, &other), stale);
    case.fence_reports();
    let twice = late(1, Report::Acted(Evidenced::default()));
    assert_eq!(case.refused(&Actor::System, &twice), stale);
}

impl Case {
    fn fence_reports(&mut self) {
        self.report("fence", Report::Acted(Evidenced::default()));
        self.report("fence", Report::Reached("0 connections".into()));
    }
}

#[test]
fn the_seal_is_the_lag_at_the_fence_not_at_the_key() {
    let mut case = Case::declared();
    case.fence();
    case.approve("promote");
    // The sample is a minute old; the source has been fenced since before it.
    let sampled = case.now;
    case.now = case.now + Span::secs(60);
    let events = case.ok(&person("op"), case.confirm("promote", "LIVE west"));
    let [Event::Intended { seal: Some(seal), .. }] = &events[..] else { panic!() };
    assert_eq!(seal.lost, Some(Span::secs(42)));
    assert_eq!(seal.sampled_at, Some(sampled));
}

#[test]
fn recovery_needs_the_steps_and_the_whole_window() {
    let mut case = Case::declared();
    let healthy = Command::Health {
        service: "shop".into(),
        healthy: Some(true),
        value: "200".into(),
    };
    case.ok(&Actor::System, healthy);
    case.later(600);
    assert_eq!(
        case.ok(&Actor::System, Command::Pulse),
        vec![],
        "healthy before any step"
    );
    case.promoted();
    case.later(59);
    assert_eq!(case.ok(&Actor::System, Command::Pulse), vec![]);
    case.later(1);
    let events = case.ok(&Actor::System, Command::Pulse);
    assert!(matches!(events[..], [Event::ServiceRecovered { .. }]));
    assert_eq!(case.incident.clocks.verified, Some(case.now));
}

#[test]
fn go_by_is_the_deadline_less_the_critical_path() {
    let case = Case::declared();
    let ahead = forecast(&case.incident, case.now);
    // Five steps of 4:00 in a row and a window of 1:00; impact a minute ago.
    assert_eq!(ahead.remaining, Span::mins(21));
    assert_eq!(ahead.left, Span::mins(29));
    assert_eq!(ahead.go_by, at(-60) + Span::mins(30) - Span::mins(21));
    assert_eq!(ahead.margin, Span::mins(8));
}

#[test]
fn every_prefix_of_a_journal_is_a_past_state() {
    let mut case = Case::declared();
    case.promoted();
    case.ok(&person("op"), case.confirm("script", "west"));
    case.report("script", Report::Acted(Evidenced::default()));
    let observed = Text::from("all green");
    case.ok(&person("op"), Command::Tick { step: "look".into(), observed });
    let id = case.incident.id.clone();
    for length in 1..=case.records.len() {
        let prefix = &case.records[..length];
        let mut state = Incident::fold(&id, prefix).unwrap();
        for record in &case.records[length..] {
            state.apply(record).unwrap();
        }
        assert_eq!(state, case.incident, "from a prefix of {length}");
    }
}

#[test]
fn a_closed_incident_takes_notes_and_nothing_else() {
    let mut case = Case::declared();
    case.ok(&person("op"), case.confirm("fence", "east"));
    let close = Command::Close { summary: "over".into() };
    assert!(matches!(case.refused(&person("op"), &close), Refusal::InFlight(_)));
    case.fence_reports();
    case.ok(&person("op"), close);
    let hold = Command::Hold { reason: Text::default() };
    assert_eq!(case.refused(&person("op"), &hold), Refusal::Over);
    let note = Command::Note {
        kind: NoteKind::Note,
        text: "late thought".into(),
        pressed_at: case.now,
    };
    case.ok(&person("op"), note);
}
