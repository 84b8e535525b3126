//! When a verb is done: a pure question to an observation, the same for every
//! technology. "Done" means observed, never "the call returned 200".

use super::{
    DatabaseRole, Fence, Observation, Params, SiteId, StorageView, Text, TrafficView,
    Verb,
    observation::{ComputeView, DatabaseView},
};

/// How far an observation is from what a verb wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// The value that was seen, for the timeline.
    Met(String),
    NotYet(String),
}

/// Asks `seen` whether `verb` on `side` has reached its goal.
pub fn reached(verb: Verb, side: &SiteId, args: &Params, seen: &Observation) -> Goal {
    match seen {
        Observation::Database(view) => database(verb, args, view),
        Observation::Compute(view) => compute(verb, args, view),
        Observation::Traffic(view) => traffic(verb, side, args, view),
        Observation::Storage(view) => storage(verb, view),
    }
}

/// The value `verb` changes, as every driver of the noun writes it for an undo; none where
/// each technology has a notation of its own.
pub fn value(verb: Verb, seen: &Observation) -> Option<Text> {
    match seen {
        Observation::Compute(view) if matches!(verb, Verb::Scale | Verb::Stop) => {
            Some(Text::clean(view.desired.to_string()))
        }
        Observation::Compute(view) if matches!(verb, Verb::Deploy | Verb::Repoint) => {
            view.config.clone()
        }
        Observation::Compute(_)
        | Observation::Database(_)
        | Observation::Traffic(_)
        | Observation::Storage(_) => None,
    }
}

fn when(met: bool, value: String) -> Goal {
    if met { Goal::Met(value) } else { Goal::NotYet(value) }
}

fn database(verb: Verb, args: &Params, view: &DatabaseView) -> Goal {
    let role = match &view.role {
        DatabaseRole::Writer => "writer".to_owned(),
        DatabaseRole::Replica { source } => format!("replica of {source}"),
        DatabaseRole::Absent => "absent".to_owned(),
    };
    let status = format!("{role}, {}", view.status);
    match verb {
        Verb::Promote | Verb::Switchover | Verb::Restore => {
            when(view.role == DatabaseRole::Writer && view.available, status)
        }
        Verb::Fence => match &view.fence {
            Fence::Closed { proof } => Goal::Met(proof.to_string()),
            Fence::Open => Goal::NotYet("writes still possible".to_owned()),
            Fence::Unproven => {
                Goal::NotYet("no proof that writes are stopped".to_owned())
            }
        },
        Verb::Unfence => when(view.fence == Fence::Open, status),
        Verb::RebuildReplica => when(
            matches!(view.role, DatabaseRole::Replica { .. })
                && view.available
                && matches!(view.lag, super::Lag::Ok { .. }),
            status,
        ),
        Verb::Snapshot | Verb::CopySnapshot => {
            match (&view.newest_snapshot, args.text("name")) {
                (Some((name, _)), Some(wanted)) => {
                    when(name.as_str().starts_with(wanted), format!("snapshot {name}"))
                }
                (Some((name, _)), None) => Goal::Met(format!("snapshot {name}")),
                (None, _) => Goal::NotYet("no finished snapshot".to_owned()),
            }
        }
        Verb::Scale
        | Verb::Stop
        | Verb::Restart
        | Verb::Deploy
        | Verb::Repoint
        | Verb::Shift
        | Verb::Hold
        | Verb::RestoreVersion
        | Verb::Sync
        | Verb::Switch => Goal::NotYet(format!("{verb} is not a verb of a database")),
    }
}

fn compute(verb: Verb, args: &Params, view: &ComputeView) -> Goal {
    let healthy = view.healthy.unwrap_or(view.running);
    let value = format!("{healthy}/{}", view.desired);
    let serving =
        view.running >= view.desired && healthy >= view.desired && !view.settling;
    let config = |key: &str| {
        args.text(key).is_none_or(|wanted| {
            view.config.as_ref().is_some_and(|now| now.as_str() == wanted)
        })
    };
    match verb {
        Verb::Scale => {
            let wanted = args.number("count").unwrap_or(view.desired);
            when(
                view.desired == wanted && view.running == wanted && healthy >= wanted,
                value,
            )
        }
        Verb::Stop => when(
            view.desired == 0 && view.running == 0,
            format!("{} running", view.running),
        ),
        Verb::Restart => when(serving, value),
        Verb::Deploy => when(serving && config("version"), value),
        Verb::Repoint => when(serving && config("to"), value),
        Verb::Promote
        | Verb::Switchover
        | Verb::Fence
        | Verb::Unfence
        | Verb::RebuildReplica
        | Verb::Snapshot
        | Verb::CopySnapshot
        | Verb::Restore
        | Verb::Shift
        | Verb::Hold
        | Verb::RestoreVersion
        | Verb::Sync
        | Verb::Switch => Goal::NotYet(format!("{verb} is not a verb of compute")),
    }
}

fn traffic(verb: Verb, side: &SiteId, args: &Params, view: &TrafficView) -> Goal {
    let share = view.share.get(side).copied().unwrap_or(0);
    let synced = view.in_sync != Some(false);
    let proof = match view.in_sync {
        Some(true) => "",
        Some(false) => ", not in sync",
        None => ", propagation not proven",
    };
    let value = format!("{share}% to {side}{proof}");
    let wanted = args.number("percent").unwrap_or(100);
    match verb {
        Verb::Shift => when(u32::from(share) == wanted && synced, value),
        Verb::Hold => when(synced, value),
        Verb::Promote
        | Verb::Switchover
        | Verb::Fence
        | Verb::Unfence
        | Verb::RebuildReplica
        | Verb::Snapshot
        | Verb::CopySnapshot
        | Verb::Restore
        | Verb::Scale
        | Verb::Stop
        | Verb::Restart
        | Verb::Deploy
        | Verb::Repoint
        | Verb::RestoreVersion
        | Verb::Sync
        | Verb::Switch => Goal::NotYet(format!("{verb} is not a verb of traffic")),
    }
}

fn storage(verb: Verb, view: &StorageView) -> Goal {
    match verb {
        Verb::Switch => when(view.active, "in use".to_owned()),
        Verb::Sync | Verb::RestoreVersion => {
            when(matches!(view.lag, super::Lag::Ok { .. }), "in step".to_owned())
        }
        Verb::Promote
        | Verb::Switchover
        | Verb::Fence
        | Verb::Unfence
        | Verb::RebuildReplica
        | Verb::Snapshot
        | Verb::CopySnapshot
        | Verb::Restore
        | Verb::Scale
        | Verb::Stop
        | Verb::Restart
        | Verb::Deploy
        | Verb::Repoint
        | Verb::Shift
        | Verb::Hold => Goal::NotYet(format!("{verb} is not a verb of storage")),
    }
}
