//! What is said of a database, of compute, of traffic, of storage: one way a noun, the
//! same for every technology.

use super::fact::{Fact, State};
use crate::{
    console::view::sight::Sight,
    model::{
        ComputeView, DatabaseRole, DatabaseView, Fence, Lag, Observation, Resource,
        SiteId, Span, StorageView, TrafficView,
    },
};

/// The facts of one observation.
pub fn facts(
    sight: &Sight<'_>,
    resource: &Resource,
    site: &SiteId,
    seen: &Observation,
) -> Vec<Fact> {
    let name = resource.id.as_str();
    match seen {
        Observation::Database(view) => database(sight, name, view),
        Observation::Compute(view) => vec![compute(resource, site, view)],
        Observation::Traffic(view) => vec![traffic(name, view)],
        Observation::Storage(view) => vec![storage(sight, name, view)],
    }
}

fn database(sight: &Sight<'_>, name: &str, view: &DatabaseView) -> Vec<Fact> {
    let connections = |word: &str| match view.connections {
        Some(count) => format!("{word}, {count} conn"),
        None => word.to_owned(),
    };
    let status = |role: &str| format!("{role}, {}", view.status);
    let is = |state: State, role: &'static str, value: String| {
        Fact::new(name, state, value).short(role)
    };
    let main = match (&view.role, &view.fence) {
        (DatabaseRole::Absent, _) => {
            is(State::Crit, "", "does not exist".to_owned()).word("GONE")
        }
        (_, Fence::Closed { .. }) => is(State::Expected, "fenced", connections("fenced")),
        (DatabaseRole::Writer, Fence::Open | Fence::Unproven) if view.available => {
            is(State::Ok, "writer", connections(&status("writer")))
        }
        (DatabaseRole::Replica { .. }, Fence::Open | Fence::Unproven)
            if view.available =>
        {
            is(State::Ok, "replica", status("replica"))
        }
        (DatabaseRole::Writer, Fence::Open | Fence::Unproven) => {
            is(State::Crit, "writer", status("writer")).word("DOWN")
        }
        (DatabaseRole::Replica { .. }, Fence::Open | Fence::Unproven) => {
            is(State::Crit, "replica", status("replica")).word("DOWN")
        }
    };
    let mut facts = vec![main];
    if let DatabaseRole::Replica { .. } = view.role {
        facts.push(lag(sight, &format!("{name} lag"), &view.lag).aside());
    }
    facts
}

fn lag(sight: &Sight<'_>, name: &str, lag: &Lag) -> Fact {
    let limit = sight.incident.procedure.objective.rpo;
    let of = |state, lag: Span| {
        let value = format!("{} of {}", lag.clock(), limit.clock());
        Fact::new(name, state, value).short(lag.clock())
    };
    match lag {
        Lag::Ok { lag, .. } if *lag > limit => of(State::Crit, *lag).word("OVER"),
        Lag::Ok { lag, .. } => of(State::Ok, *lag),
        Lag::Stale { lag, at } => {
            let since = (sight.now() - *at).age();
            let value = format!("was {} {since} ago", lag.clock());
            Fact::new(name, State::Unknown, value).short(format!("was {}", lag.clock()))
        }
        Lag::NotReplicating { reason, last } => {
            let was = last.map(|(lag, _)| format!(", was {}", lag.clock()));
            let value = format!("not replicating: {reason}{}", was.unwrap_or_default());
            let short =
                last.map_or_else(String::new, |(lag, _)| format!("at {}", lag.clock()));
            Fact::new(name, State::Crit, value).word("STOPPED").short(short)
        }
        Lag::NoData => Fact::new(name, State::Unknown, "never measured"),
    }
}

fn compute(resource: &Resource, site: &SiteId, view: &ComputeView) -> Fact {
    let healthy = view.healthy.unwrap_or(view.running);
    let word = if view.healthy.is_some() { "healthy" } else { "running" };
    let moving = if view.settling { ", deploying" } else { "" };
    let value = format!("{healthy}/{} {word}{moving}", view.desired);
    let short = format!("{healthy}/{}", view.desired);
    let name = resource.id.as_str();
    if view.desired == 0 {
        let primary = resource.primary == *site;
        let state = if primary { State::Crit } else { State::Ok };
        let fact = Fact::new(name, state, "scaled to 0");
        return if primary { fact.word("DOWN") } else { fact };
    }
    match healthy {
        0 => Fact::new(name, State::Crit, value).word("DOWN"),
        healthy if healthy < view.desired => Fact::new(name, State::Warn, value),
        _ => Fact::new(name, State::Ok, value),
    }
    .short(short)
}

fn traffic(name: &str, view: &TrafficView) -> Fact {
    let shares: Vec<String> = view
        .share
        .iter()
        .filter(|(_, share)| **share > 0)
        .map(|(site, share)| {
            if *share == 100 { format!("-> {site}") } else { format!("{share}% {site}") }
        })
        .collect();
    let ttl = view.ttl.map(|ttl| format!(", ttl {ttl}")).unwrap_or_default();
    let to = if shares.is_empty() { "to nowhere".to_owned() } else { shares.join(", ") };
    let sick: Vec<&str> = view
        .healthy
        .iter()
        .filter(|(site, well)| {
            !**well && view.share.get(*site).is_some_and(|share| *share > 0)
        })
        .map(|(site, _)| site.as_str())
        .collect();
    let value = format!("{to}{ttl}");
    if !sick.is_empty() {
        let value = format!("{value}; check fails for {}", sick.join(", "));
        return Fact::new(name, State::Crit, value).short(to);
    }
    if view.in_sync == Some(false) {
        return Fact::new(name, State::Warn, value).word("NOT IN SYNC").short(to);
    }
    Fact::new(name, State::Ok, value).short(to)
}

fn storage(sight: &Sight<'_>, name: &str, view: &StorageView) -> Fact {
    let used = if view.active { "in use" } else { "copy" };
    if view.active && view.lag == Lag::NoData {
        return Fact::new(name, State::Ok, used);
    }
    if view.replicating == Some(false) && !view.active {
        let fact = Fact::new(name, State::Crit, "copy, not replicating");
        return fact.word("STOPPED").short("copy");
    }
    let fact = lag(sight, name, &view.lag);
    let value = format!("{used}, {}", fact.value);
    let short = fact.short.clone().map(|short| format!("{used} {short}"));
    Fact { value, short, ..fact }
}
