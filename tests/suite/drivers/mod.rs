//! Hands and eyes on the wire: the real SDK against the emulator, which keeps a witness
//! log of every request. Owns what the tests of all kinds share.

use std::sync::Arc;

use serde_json::{Value, json};
use warroom::{
    clock::Clock,
    driver::{
        DRIVERS, Driver, Parts, Progress, Subject,
        aws::{Clients, Keys, Options},
    },
    model::{
        Evidenced, IncidentId, Moment, Noun, Observation, Params, Reconciled, Resource,
        ResourceId, Side, Site, SiteId, Span, StepId, Text, Trouble, Verb, Work,
        goal::{self, Goal},
    },
};

use crate::support::emulator::{Emulator, Seed};

mod ecs;
mod errands;
mod identity;
mod lost;
mod rds;
mod route53;
mod second;

const PRIMARY: &str = "eu-west-1";
const DR: &str = "eu-central-1";

/// An emulator with the estate `MyComputer`, and hands that reach it and nothing else.
struct Lab {
    emulator: Emulator,
    seed: Seed,
    parts: Parts,
}

impl Lab {
    fn new() -> Self {
        Self::with(Emulator::start())
    }

    fn with(emulator: Emulator) -> Self {
        let seed = emulator.seed_mycomputer();
        let parts = parts(emulator.endpoint());
        Self { emulator, seed, parts }
    }

    /// Everything as at the start, and hands that remember nothing.
    fn again(&mut self) {
        self.emulator.reset();
        self.seed = self.emulator.seed_mycomputer();
        self.parts = parts(self.emulator.endpoint());
    }

    fn driver(&self, kind: &str) -> Arc<dyn Driver> {
        driver(&self.parts, kind)
    }

    fn work(&self, resource: &Resource, side: &str, verb: Verb, args: Value) -> Work {
        work(&self.parts, resource, (side, verb), args)
    }

    /// Requests of one action, as the witness saw them: how many came, how many were
    /// carried out.
    fn counted(&self, action: &str) -> (usize, usize) {
        let calls = self.emulator.calls_of(action);
        (calls.len(), calls.iter().filter(|call| call.executed).count())
    }
}

/// Hands that reach this endpoint and nothing else.
fn parts(endpoint: String) -> Parts {
    Parts { clock: Clock::system(), aws: Clients::live(options(endpoint)) }
}

fn driver(parts: &Parts, kind: &str) -> Arc<dyn Driver> {
    let def = DRIVERS.iter().find(|def| def.spec.kind == kind).unwrap();
    (def.build)(parts)
}

fn work(
    parts: &Parts,
    resource: &Resource,
    (side, verb): (&str, Verb),
    args: Value,
) -> Work {
    Work {
        incident: IncidentId::new("INC-0001"),
        declared_at: Moment::from_millis(1_787_367_216_000),
        step: StepId::new("step"),
        attempt: 1,
        resource: resource.clone(),
        side: SiteId::new(side),
        verb,
        args: params(args),
        sites: sites(),
        intended_at: parts.clock.now(),
        undo_to: None,
        accepted: Vec::new(),
        deadline: parts.clock.now() + Span::mins(10),
    }
}

/// Short waits: nobody is far away here.
fn options(endpoint: String) -> Options {
    Options {
        endpoint: Some(endpoint),
        keys: Some(Keys {
            id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: "emulated".to_owned(),
        }),
        connect: Span::secs(2),
        look: Span::millis(800),
        look_in_all: Span::secs(3),
        change: Span::millis(800),
        ..Options::default()
    }
}

fn sites() -> Vec<Site> {
    [PRIMARY, DR]
        .map(|region| Site {
            id: SiteId::new(region),
            name: Text::clean(region),
            region: Some(region.to_owned()),
            profile: None,
            role_arn: None,
        })
        .to_vec()
}

fn params(value: Value) -> Params {
    serde_json::from_value(value).unwrap()
}

fn resource(kind: &str, noun: Noun, shared: Value, sides: [Value; 2]) -> Resource {
    let sides = [PRIMARY, DR].into_iter().zip(sides);
    let side = |(site, value): (&str, Value)| {
        (SiteId::new(site), Side { params: params(value) })
    };
    Resource {
        id: ResourceId::new("thing"),
        noun,
        kind: kind.to_owned(),
        name: Text::clean("The thing"),
        primary: SiteId::new(PRIMARY),
        sides: sides.map(side).collect(),
        params: params(shared),
    }
}

/// As if the intent were older than any accepted call stays invisible.
fn long_ago(work: &Work) -> Work {
    Work { intended_at: work.intended_at - Span::mins(5), ..work.clone() }
}

fn undo(work: &Work, evidence: &Evidenced) -> Work {
    Work { undo_to: evidence.before.clone(), attempt: work.attempt + 1, ..work.clone() }
}

async fn look(driver: &dyn Driver, resource: &Resource, side: &str) -> Observation {
    let (side, sites) = (SiteId::new(side), sites());
    driver.observe(Subject::at(resource, &side, &sites)).await.unwrap()
}

/// Whether the work's goal is seen.
async fn reached(driver: &dyn Driver, work: &Work) -> Goal {
    let seen = driver.observe(Subject::of(work)).await.unwrap();
    goal::reached(work.verb, &work.side, &work.args, &seen)
}

async fn is_met(driver: &dyn Driver, work: &Work) -> bool {
    matches!(reached(driver, work).await, Goal::Met(_))
}

async fn execute(driver: &dyn Driver, work: &Work) -> Result<Evidenced, Trouble> {
    driver.execute(work, &Deaf).await
}

struct Deaf;

impl Progress for Deaf {
    fn say(&self, _: Text) {}
}

/// How certain a failure is, as a word for tables.
fn certainty(result: &Result<Evidenced, Trouble>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(Trouble::NotSent(_)) => "not sent",
        Err(Trouble::Unknown(_)) => "unknown",
        Err(Trouble::Refused(_)) => "refused",
    }
}

/// One way a call can fail: the fault, how certain its failure is, whether the service
/// acted all the same.
struct Fault {
    rule: Value,
    certainty: &'static str,
    acted: bool,
}

impl Fault {
    /// Whether looking, after long enough, tells the truth.
    fn settles(&self, verdict: &Reconciled) -> bool {
        if self.acted {
            matches!(verdict, Reconciled::Done(_))
        } else {
            matches!(verdict, Reconciled::NotDone(_))
        }
    }
}

/// Every class of failure, for a changing call named `action`.
fn faults(action: &str) -> Vec<Fault> {
    let rule = |kind: &str, more: Value| {
        let mut rule = json!({ "action": action, "kind": kind, "times": 1 });
        let more = more.as_object().cloned().unwrap_or_default();
        rule.as_object_mut().unwrap().extend(more);
        rule
    };
    let fault = |kind: &str, certainty: &'static str, acted: bool| Fault {
        rule: rule(kind, json!({})),
        certainty,
        acted,
    };
    let error = |status: u16, code: &str, certainty: &'static str| Fault {
        rule: rule("error", json!({ "status": status, "code": code })),
        certainty,
        acted: false,
    };
    vec![
        fault("throttle", "not sent", false),
        error(500, "InternalFailure", "unknown"),
        error(503, "ServiceUnavailable", "unknown"),
        error(403, "AccessDenied", "refused"),
        error(403, "ExpiredToken", "refused"),
        fault("reset", "unknown", false),
        fault("hang", "unknown", false),
        fault("drop_response", "unknown", true),
        fault("http500_after_effect", "unknown", true),
        fault("hang_after_effect", "unknown", true),
    ]
}
