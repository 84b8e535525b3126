//! What became of a call to RDS: pure decisions over what was seen. Never decides what to
//! call next.

use super::{
    Instance,
    deed::{Deed, Scene, deed},
};
use crate::model::{Evidenced, Moment, Reconciled, Span, Text};

/// How long an accepted call may go unseen: RDS can show the old state for that long.
const GRACE: Span = Span::secs(90);

impl Scene<'_> {
    /// What became of a call whose answer was lost.
    pub(super) fn reconcile(&self, now: Moment) -> Reconciled {
        let Some(deed) = deed(self.work) else {
            let why = format!("an rds-replica cannot {}", self.work.verb);
            return Reconciled::NotDone(Text::clean(why));
        };
        if let Deed::Snapshot = deed {
            return self.snapshot_became(now);
        }
        let Some(instance) = self.instance else {
            if let Deed::Rebuild = deed {
                return self.unseen("no such instance", now);
            }
            let why = format!("RDS does not know {}", self.name);
            return Reconciled::CannotTell(Text::clean(why));
        };
        let seen = format!("{}, {}", instance.role(), instance.status);
        let (done, moving) = match deed {
            Deed::Promote => promoted(instance),
            Deed::Fence | Deed::Unfence => {
                if self.wall().is_some() && instance.names_no_groups() {
                    let why = format!("{seen}; RDS names no security groups of it");
                    return Reconciled::CannotTell(Text::clean(why));
                }
                self.fenced(deed, instance)
            }
            Deed::Rebuild => {
                let replica = instance.source.is_some();
                (replica && instance.available(), replica)
            }
            // Answered above.
            Deed::Snapshot => (false, false),
        };
        match (done, moving) {
            (true, _) => done_by(&seen),
            (false, true) => Reconciled::Underway(Text::clean(seen)),
            (false, false) => self.unseen(&seen, now),
        }
    }

    /// Done, and moving, of a fence or of its opening.
    fn fenced(&self, deed: Deed, instance: &Instance) -> (bool, bool) {
        let close = matches!(deed, Deed::Fence);
        match self.wall() {
            Some(group) => match instance.only_lets_in(group) {
                Some(closed) => (closed == close, false),
                None => (false, true),
            },
            None if close => {
                (instance.status == "stopped", instance.status == "stopping")
            }
            None => (instance.available(), instance.status != "stopped"),
        }
    }

    fn snapshot_became(&self, now: Moment) -> Reconciled {
        match self.snapshot {
            Some(seen) if seen.finished() => done_by(&format!("snapshot {}", seen.name)),
            Some(seen) => {
                let value = format!("snapshot {} is {}", seen.name, seen.status);
                Reconciled::Underway(Text::clean(value))
            }
            None => self.unseen("no such snapshot", now),
        }
    }

    /// Nothing shows yet. An accepted call may stay invisible for a while, so for that
    /// long this is doubt, not an answer.
    fn unseen(&self, seen: &str, now: Moment) -> Reconciled {
        if now - self.work.intended_at < GRACE {
            let why = format!("{seen}; an accepted call shows within {GRACE}");
            Reconciled::CannotTell(Text::clean(why))
        } else {
            Reconciled::NotDone(Text::clean(seen))
        }
    }
}

fn done_by(seen: &str) -> Reconciled {
    Reconciled::Done(Evidenced {
        summary: Text::clean(format!("found done: {seen}")),
        ..Evidenced::default()
    })
}

/// Done, and moving, of a promotion. Replication has ended as soon as no source is named;
/// the instance takes connections again when it is available.
fn promoted(instance: &Instance) -> (bool, bool) {
    let available = instance.available();
    let standalone = instance.source.is_none();
    (standalone && available, standalone || !available && instance.status != "backing-up")
}
