//! What was done before a drill begins. A way back starts from a world somebody has left:
//! the runbook that left it is lived through, at once and without a trace in the ledger,
//! so that the world stands as that runbook really leaves it and not as we imagine it.

use super::{
    errand,
    state::State,
    thing::{Planned, Scene},
};
use crate::{
    engine::{Incident, due::sketch, order::proposal},
    model::{Mode, Procedure, Runbook, RunbookKind, Span, Work},
};

/// How long ago it was done.
pub(super) const AGO: Span = Span::mins(24 * 60);

/// The runbook among `all` that leads to where `runbook` starts from: for a failback, the
/// failover in the other direction. None for what starts in normal operation.
pub fn before<'a>(
    runbook: &Runbook,
    mut all: impl Iterator<Item = &'a Runbook>,
) -> Option<&'a Runbook> {
    if runbook.kind != RunbookKind::Failback {
        return None;
    }
    all.find(|other| {
        other.kind == RunbookKind::Failover
            && (&other.from, &other.to) == (&runbook.to, &runbook.from)
    })
}

impl State {
    /// Lives through `past`, a procedure of the same plan and for the same tenants, as if
    /// everything it did had settled long ago: verbs, and what its calls and programs did
    /// to the estate.
    pub(super) fn live_through(&mut self, past: &Procedure) {
        let imagined = Incident::imagined(Mode::Drill, past, self.now);
        let now = self.now;
        for step in past.runbook.steps() {
            if let Some(work) = sketch(past, &step.id, now) {
                self.settle(&work);
                continue;
            }
            let order = imagined
                .as_ref()
                .and_then(|imagined| proposal(imagined, &step.id, false, now));
            let works = order.map(|order| errand::works(self, &order));
            for work in works.unwrap_or_default() {
                self.settle(&work);
            }
        }
    }

    /// `work` and everything that follows from it, now.
    fn settle(&mut self, work: &Work) {
        let Self { things, places, seed, started, now, .. } = self;
        let scene = Scene { now: *now, started: *started, seed: *seed, places };
        let Some(thing) = things.get_mut(&work.resource.id) else { return };
        let mut planned = thing.accept(work, &scene);
        while !planned.is_empty() {
            planned.sort_by_key(|planned| planned.after);
            let Planned { after, side, change } = planned.remove(0);
            let follows = thing.apply(&side, &change, *now);
            // What follows comes after what it follows from.
            planned.extend(follows.map(|it| Planned { after: after + it.after, ..it }));
        }
    }
}
