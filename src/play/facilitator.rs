//! The facilitator at the table: tells the world what people did by hand, and cuts long
//! waits short. Says so in the record, under a name of its own.

use std::sync::Arc;

use super::client::{Client, glance};
use crate::{
    clock::Clock,
    drill::{
        World,
        facilitator::{self, Ahead},
    },
    engine::Job,
    model::Actor,
    room::{AskError, Handle, Request},
};

/// As records name it.
const NAME: &str = "facilitator";

/// The facilitator, as one more client of the room.
#[derive(Debug)]
pub struct Facilitator(Client);

impl Facilitator {
    /// Seats it; it acts until it leaves.
    pub fn join(handle: &Handle, clock: &Clock, world: &Arc<World>) -> Self {
        Self::seat(handle, clock, world, false)
    }

    /// As [`Facilitator::join`], where nobody watches: time leaps also over what only the
    /// world is busy with.
    pub fn hurry(handle: &Handle, clock: &Clock, world: &Arc<World>) -> Self {
        Self::seat(handle, clock, world, true)
    }

    fn seat(handle: &Handle, clock: &Clock, world: &Arc<World>, hurries: bool) -> Self {
        let (handle, clock, world) = (handle.clone(), clock.clone(), Arc::clone(world));
        Self(Client::seat(async move {
            // Ends when the room has gone.
            drop(facilitate(&handle, &clock, &world, hurries).await);
        }))
    }

    pub async fn leave(self) {
        self.0.leave().await;
    }
}

async fn facilitate(
    handle: &Handle,
    clock: &Clock,
    world: &World,
    hurries: bool,
) -> Result<(), AskError> {
    let news = |job: &Job| world.ahead(job);
    let news = hurries.then_some(&news as Ahead<'_>);
    let mut snapshots = handle.watch();
    let mut snapshot = handle.snapshot();
    loop {
        if let Some(incident) = &snapshot.incident {
            for done in facilitator::by_hand(incident) {
                world.by_hand(&done);
            }
            if facilitator::leap(incident, clock.now(), news).is_some() {
                leap(handle, hurries).await?;
            }
        }
        snapshot = glance(&mut snapshots, clock, &snapshot).await?;
    }
}

async fn leap(handle: &Handle, over_work: bool) -> Result<(), AskError> {
    let actor = Actor::Scripted { name: NAME.into() };
    match handle.ask(actor, Request::Leap { over_work }).await {
        Err(AskError::Closed) => Err(AskError::Closed),
        Err(error) => {
            tracing::debug!(%error, "no leap");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}
