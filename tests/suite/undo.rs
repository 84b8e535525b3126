//! What an undo puts back, whatever became of the answer that should have told it.

use warroom::{
    engine::{
        Command, Confirmation, Event, Incident, Job, Record, Refusal, Scene, decide, due,
    },
    model::{
        Actor, ComputeView, Evidence, Evidenced, Failure, Mode, Moment, Observation,
        StepId, TrafficView,
    },
};

use super::laws::shipped;

const START: Moment = Moment::from_millis(1_788_000_000_000);

/// An incident of the shipped `MyComputer` failover, told event by event.
struct Told {
    incident: Incident,
}

impl Told {
    fn new() -> Self {
        let procedure = shipped("mycomputer", "multi-region-failover");
        let event = Event::Declared {
            mode: Mode::Drill,
            procedure: Box::new(procedure.as_ref().clone()),
            impact_at: START,
            reason: "lost".into(),
        };
        let id = "DRILL-0001".into();
        Self { incident: Incident::fold(&id, &[record(1, event)]).unwrap() }
    }

    fn tell(&mut self, event: Event) {
        self.incident.apply(&record(self.incident.seq + 1, event)).unwrap();
    }

    fn intend(&mut self, step: &str, attempt: u32, seen: Option<Observation>) {
        self.tell(Event::Intended {
            step: step.into(),
            attempt,
            undo: false,
            confirmation: self.words("y"),
            before: seen,
            seal: None,
            solo: false,
        });
    }

    fn acted(&mut self, step: &str, attempt: u32, before: Option<&str>) {
        let before = before.map(Into::into);
        let evidence =
            Evidenced { summary: "done".into(), before, ..Evidenced::default() };
        self.tell(Event::Acted { step: step.into(), attempt, evidence });
    }

    fn done(&mut self, step: &str, attempt: u32) {
        self.tell(Event::Verified { step: step.into(), attempt, value: "5/5".into() });
    }

    fn words(&self, typed: &str) -> Confirmation {
        Confirmation {
            typed: typed.into(),
            opened_at: START,
            plan_digest: self.incident.procedure.plan.digest.clone(),
            checks: String::new(),
        }
    }

    /// Asks for the undo; the value it would put back.
    fn undo(&mut self, step: &str, typed: &str) -> Result<String, Refusal> {
        let (id, confirmation) = (StepId::from(step), self.words(typed));
        let command = Command::Undo { step: id.clone(), confirmation };
        let actor = Actor::Person { name: "novak".into(), from: "test".into() };
        let evidence = Evidence::default();
        let scene = Scene { evidence: &evidence, actor: &actor, now: START };
        for event in decide(&self.incident, &command, scene)? {
            self.tell(event);
        }
        let work = due(&self.incident).into_iter().find(|due| due.attempt.step == id);
        match work.unwrap().job {
            Job::Execute(work) => Ok(work.undo_to.unwrap().to_string()),
            other => panic!("{other:?} undoes nothing"),
        }
    }
}

fn record(seq: u64, event: Event) -> Record {
    let actor = Actor::Person { name: "novak".into(), from: "test".into() };
    let (prev, hash) = (String::new(), seq.to_string());
    Record { seq, at: START, actor, epoch: 1, stamp: None, event, prev, hash }
}

fn tasks(desired: u32) -> Observation {
    Observation::Compute(ComputeView {
        desired,
        running: desired,
        healthy: Some(desired),
        config: None,
        settling: false,
    })
}

#[test]
fn what_the_answer_told_is_put_back() {
    let mut told = Told::new();
    told.intend("scale", 1, Some(tasks(2)));
    told.acted("scale", 1, Some("1"));
    told.done("scale", 1);
    assert_eq!(told.undo("scale", "y"), Ok("1".to_owned()));
}

#[test]
fn a_lost_answer_is_made_up_for_by_what_was_seen_at_the_intent() {
    let mut told = Told::new();
    told.intend("scale", 1, Some(tasks(1)));
    told.tell(Event::Doubted { step: "scale".into(), attempt: 1, why: "reset".into() });
    told.acted("scale", 1, None);
    told.done("scale", 1);
    assert_eq!(told.undo("scale", "y"), Ok("1".to_owned()));
}

#[test]
fn a_second_attempt_does_not_forget_what_was_before_the_first() {
    let mut told = Told::new();
    told.intend("scale", 1, Some(tasks(1)));
    told.acted("scale", 1, Some("1"));
    told.tell(Event::Failed {
        step: "scale".into(),
        attempt: 1,
        failure: Failure::NotVerified,
        reason: "not seen in time".into(),
    });
    told.intend("scale", 2, Some(tasks(5)));
    told.acted("scale", 2, Some("5"));
    told.done("scale", 2);
    assert_eq!(told.undo("scale", "y"), Ok("1".to_owned()));
    // Once it is put back, the next attempt begins from there.
    told.tell(Event::Verified {
        step: "scale".into(),
        attempt: 3,
        value: "back at 1".into(),
    });
    told.intend("scale", 4, Some(tasks(2)));
    told.acted("scale", 4, Some("2"));
    told.done("scale", 4);
    assert_eq!(told.undo("scale", "y"), Ok("2".to_owned()));
}

#[test]
fn what_nobody_recorded_is_refused_and_said_so() {
    let shares = Observation::Traffic(TrafficView {
        share: [("eu-west-1".into(), 100), ("eu-central-1".into(), 0)].into(),
        ttl: None,
        in_sync: None,
        healthy: [].into(),
    });
    // Weights are a notation of the technology's own: shares do not tell them.
    for (step, typed, seen) in
        [("shift", "eu-central-1", Some(shares)), ("scale", "y", None)]
    {
        let mut told = Told::new();
        told.intend(step, 1, seen);
        told.acted(step, 1, None);
        told.done(step, 1);
        let refusal = told.undo(step, typed).unwrap_err();
        assert!(matches!(refusal, Refusal::NotUndoable { .. }), "{refusal}");
        assert!(refusal.to_string().contains("put it back by hand"), "{refusal}");
    }
}
