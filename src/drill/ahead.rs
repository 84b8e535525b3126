//! What the world knows of its own future: when work under way can next show anything new.
//! For leaps of a drill nobody watches; no hand or eye is told, and nothing changes here.

use super::{state::State, thing::Standing, world::World};
use crate::{
    engine::Job,
    model::{Moment, Vigil, Work},
};

impl World {
    /// The moment before which a look shows nothing new of `job`; none when it may show
    /// something at any moment: the call is on its way, it is there already, or a probe
    /// decides.
    pub fn ahead(&self, job: &Job) -> Option<Moment> {
        self.with(|state| state.ahead(job))
    }
}

/// When one part of a job shows something new.
enum Part {
    /// It is there already.
    There,
    From(Moment),
    /// Not by anything that is on its way.
    Never,
}

impl Part {
    fn of(next: Option<Moment>) -> Self {
        next.map_or(Self::Never, Self::From)
    }
}

impl State {
    fn ahead(&self, job: &Job) -> Option<Moment> {
        let (work, vigils) = match job {
            Job::Await { work, vigils, .. } => (Some(work), vigils),
            Job::Expect { vigils, .. } => (None, vigils),
            Job::Execute(_)
            | Job::Reconcile { .. }
            | Job::Carry(_)
            | Job::Recall { .. }
            | Job::Look { .. } => return None,
        };
        let work = work.map(|work| self.work_ahead(work));
        let vigils = vigils.iter().map(|vigil| self.vigil_ahead(vigil));
        let mut first: Option<Moment> = None;
        for part in work.into_iter().chain(vigils) {
            match part {
                Part::There => {}
                Part::From(at) => first = Some(first.map_or(at, |first| first.min(at))),
                Part::Never => return None,
            }
        }
        first
    }

    fn work_ahead(&self, work: &Work) -> Part {
        match self.standing(work) {
            Standing::Met(_) => Part::There,
            Standing::Underway(_) | Standing::Not(_) => Part::of(self.next_change()),
        }
    }

    fn vigil_ahead(&self, vigil: &Vigil) -> Part {
        match self.expected(vigil) {
            Ok(seen) if seen.met => Part::There,
            Ok(_) => {
                let ripe = Some(self.ripe_at(vigil)).filter(|at| *at > self.now);
                Part::of(self.next_change().into_iter().chain(ripe).min())
            }
            Err(_) => Part::of(self.next_change()),
        }
    }
}
