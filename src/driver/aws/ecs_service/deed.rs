//! What a verb needs of ECS, and what became of it: pure decisions over what was seen.

use super::{super::need::Need, Place, Seen};
use crate::model::{Evidenced, Moment, Reconciled, Span, Text, Verb, Work};

/// How long an accepted update may go unseen. ECS answers from the same record it
/// changes; this is for a request that was still travelling when its answer was given up.
const GRACE: Span = Span::secs(15);

/// How far ECS's clock may be from ours when asking whether a deployment is newer than
/// the intent.
const SKEW: Span = Span::secs(5);

/// What an `UpdateService` would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Count(i32),
    Version(String),
    Restart,
}

/// A piece of work and what was seen.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) work: &'a Work,
    pub(super) seen: &'a Seen,
}

impl Scene<'_> {
    /// What is still to be called.
    pub(super) fn need(&self, place: &Place) -> Need<Change> {
        let change = match wanted(self.work) {
            Ok(change) => change,
            Err(why) => return Need::refused(why),
        };
        let (seen, line) = (self.seen, line(place, &change));
        match &change {
            Change::Count(count) => {
                let now = seen.desired.to_string();
                if self.has(&change) {
                    return Need::already("desired count", &now, Some(now.clone()));
                }
                let after = count.to_string();
                Need::call(change, line).change("desired count", &now, &after).before(now)
            }
            Change::Version(version) => {
                let now = seen.version.clone();
                if self.has(&change) {
                    return Need::already("task definition", &now, Some(now.clone()));
                }
                let after = version.clone();
                Need::call(change, line)
                    .change("task definition", &now, &after)
                    .before(now)
            }
            Change::Restart => {
                let running = format!("{} running", seen.running);
                if self.has(&change) {
                    return Need::already("deployment", "newer than the intent", None);
                }
                Need::call(change, line).change("tasks", &running, "replaced one by one")
            }
        }
    }

    /// Whether ECS has taken the change over.
    fn has(&self, change: &Change) -> bool {
        match change {
            Change::Count(count) => u32::try_from(*count) == Ok(self.seen.desired),
            Change::Version(version) => self.seen.version == *version,
            Change::Restart => {
                let since = self.work.intended_at - SKEW;
                self.seen.deployments.iter().any(|began| *began >= since)
            }
        }
    }

    /// What became of a call whose answer was lost; for an undo, whether the value is
    /// back.
    pub(super) fn reconcile(&self, now: Moment) -> Reconciled {
        let change = match wanted(self.work) {
            Ok(change) => change,
            Err(why) => return Reconciled::NotDone(Text::clean(why)),
        };
        let seen = format!(
            "{}, {} of {} running",
            self.seen.version, self.seen.running, self.seen.desired
        );
        if !self.has(&change) {
            return self.unseen(&seen, now);
        }
        let moving = match change {
            Change::Count(_) => self.seen.running != self.seen.desired,
            Change::Version(_) | Change::Restart => self.seen.settling,
        };
        if moving {
            Reconciled::Underway(Text::clean(seen))
        } else {
            let summary = Text::clean(format!("found done: {seen}"));
            Reconciled::Done(Evidenced { summary, ..Evidenced::default() })
        }
    }

    fn unseen(&self, seen: &str, now: Moment) -> Reconciled {
        if now - self.work.intended_at < GRACE {
            let why = format!("{seen}; an accepted call shows within {GRACE}");
            Reconciled::CannotTell(Text::clean(why))
        } else {
            Reconciled::NotDone(Text::clean(seen))
        }
    }
}

/// What the work asks for; an undo asks for the value before.
fn wanted(work: &Work) -> Result<Change, String> {
    let undo = work.undo_to.as_ref().map(Text::as_str);
    let count = |count: Option<u32>| {
        let count = count.and_then(|count| i32::try_from(count).ok());
        count.map(Change::Count).ok_or_else(|| format!("{} needs a count", work.verb))
    };
    match (work.verb, undo) {
        (Verb::Scale | Verb::Stop, Some(before)) => count(before.parse().ok()),
        (Verb::Scale, None) => count(work.args.number("count")),
        (Verb::Stop, None) => Ok(Change::Count(0)),
        (Verb::Deploy, before) => {
            version(before.or_else(|| work.args.text("version")).unwrap_or_default())
        }
        (Verb::Restart, _) => Ok(Change::Restart),
        (
            Verb::Promote
            | Verb::Switchover
            | Verb::Fence
            | Verb::Unfence
            | Verb::RebuildReplica
            | Verb::Snapshot
            | Verb::CopySnapshot
            | Verb::Restore
            | Verb::Repoint
            | Verb::Shift
            | Verb::Hold
            | Verb::RestoreVersion
            | Verb::Sync
            | Verb::Switch,
            _,
        ) => Err(format!("an ecs-service cannot {}", work.verb)),
    }
}

/// A revision must be named: a bare family means "the newest", which nobody can verify.
fn version(text: &str) -> Result<Change, String> {
    let named = text.split_once(':').is_some_and(|(family, revision)| {
        !family.is_empty() && revision.parse::<u32>().is_ok()
    });
    if named {
        Ok(Change::Version(text.to_owned()))
    } else {
        Err(format!("version `{text}` is not family:revision, as in checkout:7"))
    }
}

fn line(place: &Place, change: &Change) -> String {
    let (count, version);
    let mut rest = vec!["--cluster", &place.cluster, "--service", &place.service];
    match change {
        Change::Count(wanted) => {
            count = wanted.to_string();
            rest.extend(["--desired-count", &count]);
        }
        Change::Version(wanted) => {
            version = wanted.clone();
            rest.extend(["--task-definition", &version]);
        }
        Change::Restart => rest.push("--force-new-deployment"),
    }
    place.services.line(&["ecs", "update-service"], &rest)
}
