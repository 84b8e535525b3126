//! A room in this process on the plan of one program: hands that count and do nothing, eyes
//! to which everything is well.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use warroom::{
    config::Env,
    driver::{self, Answer, Errands, Progress, Recalled},
    journal::Holder,
    model::{
        Evidenced, Listing, Order, Preview, Probe, ProbeAnswer, Procedure, Seen, Span,
        Text, Trouble, Unknown, Vigil,
    },
    plan,
    probe::Eyes,
};

use super::home::Home;

/// Hands that count what they were told to run.
#[derive(Debug, Default)]
pub(super) struct Hands {
    ran: AtomicUsize,
}

impl Hands {
    pub(super) fn ran(&self) -> usize {
        self.ran.load(SeqCst)
    }
}

impl Errands for Hands {
    fn carry<'a>(
        &'a self,
        _: &'a Order,
        _: &'a dyn Progress,
    ) -> Answer<'a, Result<Evidenced, Trouble>> {
        self.ran.fetch_add(1, SeqCst);
        Box::pin(async { Ok(Evidenced::default()) })
    }

    fn recall<'a>(&'a self, _: &'a Order) -> Answer<'a, Recalled> {
        Box::pin(async { Recalled::Lost("nobody kept word of it".into()) })
    }

    fn preview<'a>(&'a self, _: &'a Order) -> Answer<'a, Result<Preview, Unknown>> {
        Box::pin(async { Ok(Preview::default()) })
    }
}

/// Everything is well, at once.
#[derive(Debug)]
pub(super) struct Fine;

impl Eyes for Fine {
    fn look<'a>(&'a self, _: &'a Probe) -> Answer<'a, Result<ProbeAnswer, Unknown>> {
        Box::pin(async { Ok(ProbeAnswer { healthy: true, value: "fine".into() }) })
    }

    fn expect<'a>(&'a self, _: &'a Vigil, _: Span) -> Answer<'a, Result<Seen, Unknown>> {
        Box::pin(async { Ok(Seen { met: true, ..Seen::default() }) })
    }

    fn list<'a>(
        &'a self,
        _: &'a Listing,
        _: Span,
    ) -> Answer<'a, Result<Vec<Text>, Unknown>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

/// The runbook of one step, `one`.
pub(super) fn procedure() -> Arc<Procedure> {
    let home = Home::new(&[("one", "run = [\"test\", \"-d\", \"/\"]".to_owned())]);
    let loaded =
        plan::load(&home.path("plan.toml"), &driver::vocabulary(), Env::default().all());
    Arc::new(loaded.plan.unwrap().procedure(&"tell".into()).unwrap())
}

pub(super) fn holder(name: &str) -> Holder {
    Holder { name: name.into(), token: name.to_owned() }
}
