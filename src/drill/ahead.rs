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
        let work = work.and_then(|work| self.work_ahead(work));
        let vigils = vigils.iter().filter_map(|vigil| self.vigil_ahead(vigil));
        // Each that is not there yet says when; none of them: all is there to be seen.
        let all: Option<Vec<Moment>> = work.into_iter().chain(vigils).collect();
        all?.into_iter().min()
    }

    /// `None` when it is there; else when it may be, if anything is still to come.
    fn work_ahead(&self, work: &Work) -> Option<Option<Moment>> {
        match self.standing(work) {
            Standing::Met(_) => None,
            Standing::Underway(_) | Standing::Not(_) => Some(self.next_change()),
        }
    }

    fn vigil_ahead(&self, vigil: &Vigil) -> Option<Option<Moment>> {
        match self.expected(vigil) {
            Ok(seen) if seen.met => None,
            Ok(_) => {
                let ripe = Some(self.ripe_at(vigil)).filter(|at| *at > self.now);
                Some(self.next_change().into_iter().chain(ripe).min())
            }
            Err(_) => Some(self.next_change()),
        }
    }
}
