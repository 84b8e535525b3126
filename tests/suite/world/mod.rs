//! The drill world from outside: the laws every pair of hands must keep, what faults look
//! like, what survives a kill, and whole drills played to the end.

use std::sync::Arc;

use serde_json::{Value, json};
use warroom::{
    clock::Clock,
    drill::{Effect, Scenario, World},
    driver::{Progress, Subject},
    model::{
        Evidenced, Observation, Reconciled, SiteId, Span, Text, Trouble, Verb, Work,
        goal::{self, Goal},
    },
};

mod chaos;
mod crash;
mod estate;
mod faults;
mod laws;
mod play;

/// Nobody listens.
#[derive(Debug)]
struct Deaf;

impl Progress for Deaf {
    fn say(&self, _line: Text) {}
}

/// A world with its clock, and short words for what tests do with them.
struct Stage {
    world: Arc<World>,
    clock: Clock,
}

impl Stage {
    fn new(scenario: &Scenario, seed: u64) -> Self {
        let clock = Clock::drill(estate::start());
        let world = World::new(&estate::procedure(), scenario, seed, clock.clone());
        Self { world, clock }
    }

    fn quiet(seed: u64) -> Self {
        Self::new(&Scenario::quiet(), seed)
    }

    fn region_loss(seed: u64) -> Self {
        Self::new(&builtin("region-loss"), seed)
    }

    fn work(&self, subject: (&str, &str), verb: Verb, args: &Value) -> Work {
        estate::work(subject, verb, args, self.clock.now())
    }

    async fn execute(&self, work: &Work) -> Result<Evidenced, Trouble> {
        self.world.driver().execute(work, &Deaf).await
    }

    async fn reconcile(&self, work: &Work) -> Reconciled {
        self.world.driver().reconcile(work).await
    }

    async fn see(&self, resource: &str, side: &str) -> Observation {
        let work = self.work((resource, side), Verb::Hold, &json!({}));
        self.look(&work).await
    }

    async fn look(&self, work: &Work) -> Observation {
        self.world.driver().observe(Subject::of(work)).await.unwrap()
    }

    /// Looks every five seconds until the goal is reached, for at most six hours.
    async fn reach(&self, work: &Work) -> String {
        for _ in 0..6 * 720 {
            let seen = self.world.driver().observe(Subject::of(work)).await;
            let met =
                seen.map(|seen| goal::reached(work.verb, &work.side, &work.args, &seen));
            if let Ok(Goal::Met(value)) = met {
                return value;
            }
            self.clock.sleep(Span::secs(5)).await;
        }
        panic!("{} {} never got there", work.verb, work.resource.id);
    }

    async fn healthy(&self, probe: &str) -> bool {
        let procedure = estate::procedure();
        let probe = procedure.probe(&probe.into()).unwrap();
        self.world.eyes().look(probe).await.unwrap().healthy
    }

    fn ledger(&self) -> Vec<Effect> {
        self.world.ledger()
    }
}

fn builtin(name: &str) -> Scenario {
    let (from, to) = (SiteId::new(estate::EAST), SiteId::new(estate::WEST));
    Scenario::builtin(name, &from, &to).unwrap()
}
