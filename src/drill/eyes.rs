//! What probes see in the drill world: a service is healthy where its compute answers,
//! points at a database that takes writes, and users are sent.

use super::{
    chance, compute::Fleet, database::Database, latency::Timing, state::State,
    thing::Thing, told, world::World,
};
use crate::{
    driver::Answer,
    model::{
        ComputeView, Listing, Probe, ProbeAnswer, ProbeKind, ResourceId, Seen, Service,
        SiteId, Span, Text, Unknown, Vigil,
    },
    probe::Eyes,
};

/// What is wrong, as a user would meet it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Ill {
    /// Nothing answers.
    Silent,
    /// Something answers, and not well.
    Failing(String),
}

impl Eyes for World {
    fn look<'a>(&'a self, probe: &'a Probe) -> Answer<'a, Result<ProbeAnswer, Unknown>> {
        Box::pin(async move {
            let took =
                self.with(|state| state.takes(Timing::Probe, &[probe.id.as_str()]));
            let silent = self.with(|state| verdict(state, probe)) == Err(Ill::Silent);
            let waits = if silent { probe.timeout } else { took.min(probe.timeout) };
            self.clock.sleep(waits).await;
            // What was silent when asked has not answered, even if it would now.
            let seen = if silent {
                Err(Ill::Silent)
            } else {
                self.with(|state| verdict(state, probe))
            };
            Ok(self.with(|state| answer(state, probe, &seen, took)))
        })
    }

    fn expect<'a>(
        &'a self,
        vigil: &'a Vigil,
        _: Span,
    ) -> Answer<'a, Result<Seen, Unknown>> {
        Box::pin(self.vigil(vigil))
    }

    /// Three names nobody has, always the same.
    fn list<'a>(
        &'a self,
        listing: &'a Listing,
        _: Span,
    ) -> Answer<'a, Result<Vec<Text>, Unknown>> {
        Box::pin(async move {
            let what = format!("{:?}", listing.ask);
            let name = |nth: &str| {
                let seed = self.seed();
                Text::clean(chance::name(seed, &["list", &what, nth]))
            };
            Ok(["1", "2", "3"].map(name).to_vec())
        })
    }
}

fn answer(
    state: &State,
    probe: &Probe,
    seen: &Result<(), Ill>,
    took: Span,
) -> ProbeAnswer {
    let value = match seen {
        Ok(()) => told::well(state, probe, took),
        Err(Ill::Silent) => format!("timeout after {}", probe.timeout),
        Err(Ill::Failing(why)) => told::ill(probe, why),
    };
    ProbeAnswer { healthy: seen.is_ok(), value: Text::clean(value) }
}

/// Why a request to `url` would not be served, when a declared probe asks the same one.
pub(super) fn sick_behind(state: &State, url: &str) -> Option<Text> {
    let asks = |probe: &&Probe| match &probe.look {
        ProbeKind::Http(spec) => spec.url == url,
        ProbeKind::Command(_) | ProbeKind::Look(_) => false,
    };
    let probe = state.probes.iter().find(asks)?;
    match verdict(state, probe) {
        Ok(()) => None,
        Err(Ill::Silent) => Some("no answer".into()),
        Err(Ill::Failing(why)) => Some(Text::clean(format!("503: {why}"))),
    }
}

fn verdict(state: &State, probe: &Probe) -> Result<(), Ill> {
    let service =
        state.services.iter().find(|service| service.probes.contains(&probe.id));
    let site = probe.site.as_ref().or_else(|| answered_by(state, service, probe));
    let Some(site) = site else {
        return Ok(());
    };
    if state.scene().lost(site).is_some() {
        return Err(Ill::Silent);
    }
    service.map_or(Ok(()), |service| serves(state, service, site))
}

/// Where a user of `service` is sent now: by its own traffic, else by any.
fn answered_by<'a>(
    state: &'a State,
    service: Option<&Service>,
    probe: &Probe,
) -> Option<&'a SiteId> {
    let own = service.into_iter().flat_map(|service| &service.uses);
    let traffic =
        own.chain(state.things.keys()).find_map(|id| match state.things.get(id)? {
            Thing::Traffic(traffic) => Some(traffic),
            Thing::Database(_) | Thing::Compute(_) | Thing::Storage(_) => None,
        })?;
    let look = (state.now - state.started).as_secs().to_string();
    traffic.answer(chance::fraction(state.seed, &["user", probe.id.as_str(), &look]))
}

/// Whether `service` works at `site`.
fn serves(state: &State, service: &Service, site: &SiteId) -> Result<(), Ill> {
    let scene = state.scene();
    let databases = || {
        service.uses.iter().filter_map(|id| match state.things.get(id)? {
            Thing::Database(database) => Some((id, database)),
            Thing::Compute(_) | Thing::Traffic(_) | Thing::Storage(_) => None,
        })
    };
    let mut points_somewhere = false;
    for id in &service.uses {
        let Some(Thing::Compute(compute)) = state.things.get(id) else { continue };
        let (Some(view), Some(fleet)) =
            (compute.view(site, &scene), compute.sides.get(site))
        else {
            continue;
        };
        answers(id, &view)?;
        for (database_id, database) in databases() {
            let Some(target) = target(database, fleet) else { continue };
            points_somewhere = true;
            if !database.takes_writes(target, &scene) {
                let why = format!("{id} points at {database_id} in {target}: no writes");
                return Err(Ill::Failing(why));
            }
        }
    }
    let writable = |database: &Database| {
        database.sides.keys().any(|side| database.takes_writes(side, &scene))
    };
    // Whoever names no database finds whichever takes writes.
    match databases().find(|(_, database)| !points_somewhere && !writable(database)) {
        Some((id, _)) => Err(Ill::Failing(format!("{id} takes no writes"))),
        None => Ok(()),
    }
}

fn answers(id: &ResourceId, view: &ComputeView) -> Result<(), Ill> {
    if view.healthy.unwrap_or(view.running) > 0 {
        return Ok(());
    }
    Err(Ill::Failing(format!("{id}: 0 of {} healthy", view.desired)))
}

/// Which side of `database` the running instances use, when what they use names one.
fn target<'a>(database: &'a Database, fleet: &Fleet) -> Option<&'a SiteId> {
    let used = fleet.live.as_ref()?.as_str();
    // The longest name wins: `orders` is in `orders-dr` too.
    database
        .sides
        .iter()
        .flat_map(|(site, it)| [(site, &it.endpoint), (site, &it.identifier)])
        .filter(|(_, name)| used.contains(name.as_str()))
        .max_by_key(|(_, name)| name.len())
        .map(|(site, _)| site)
}
