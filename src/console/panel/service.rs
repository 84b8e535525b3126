//! One service and its promise: its own clock, what it would lose, its tier, and its place
//! in the order of recovery.

use super::{fact::Fact, regions::serves};
use crate::{
    console::{
        theme::Role,
        view::{left, sight::Sight},
        widget::{Cell, Row, columns},
    },
    engine::{incident::ServiceRecord, recovery},
    model::{Lane, Moment, Noun, Observation, Resource, Service, ServiceId, Span},
};

/// From this width on there is room for what is seen of it in words.
const WIDE: usize = 110;

/// Below this width its name is worth more than its class.
const ALL: usize = 74;

/// Every service that is shown, the tightest promise first.
pub(super) fn rows(sight: &Sight<'_>, width: usize) -> Vec<Row> {
    let procedure = &sight.incident.procedure;
    let shown = |service: &&Service| {
        let lane = sight.model.lane();
        lane.is_none()
            || of_lane(sight, &service.id).is_none_or(|own| Some(&own.tenant) == lane)
    };
    let mut services: Vec<&Service> = procedure.services.iter().filter(shown).collect();
    services.sort_by_key(|service| {
        (service.objective.rto, service.objective.rpo, place(sight, &service.id))
    });
    if services.is_empty() {
        return Vec::new();
    }
    let mut rows = vec![headings(width, sight.ascii())];
    for service in services {
        rows.push(row(sight, service, width));
        rows.extend(remarks(sight, service).into_iter().map(|(role, words)| {
            Row::text("   ").with(role, words).cut(width, sight.ascii())
        }));
    }
    rows
}

fn headings(width: usize, ascii: bool) -> Row {
    let head = |word: &str| Row::dim(word);
    let cells = Cells {
        mark: Row::new(),
        name: head("SERVICE"),
        rto: head("RTO"),
        clock: head("CLOCK"),
        rpo: head("RPO"),
        loss: head("LOSS NOW"),
        available: head("AVAIL"),
        tier: head("ORDER"),
        seen: head("SEEN"),
    };
    cells.row(width, ascii)
}

struct Cells {
    mark: Row,
    name: Row,
    rto: Row,
    clock: Row,
    rpo: Row,
    loss: Row,
    available: Row,
    tier: Row,
    seen: Row,
}

impl Cells {
    fn row(self, width: usize, ascii: bool) -> Row {
        let wide = width >= WIDE;
        let all = width >= ALL;
        let name = if wide { Cell::fixed(self.name, 26) } else { Cell::rest(self.name) };
        let mut cells = vec![
            Cell::right(self.mark, 2),
            name,
            Cell::right(self.rto, 6),
            Cell::fixed(self.clock, 13),
            Cell::right(self.rpo, 6),
            Cell::fixed(self.loss, 13),
            Cell::fixed(self.available, if all { 6 } else { 0 }),
            Cell::fixed(self.tier, if wide { 11 } else { usize::from(all) * 6 }),
        ];
        if wide {
            cells.push(Cell::rest(self.seen));
        }
        columns(cells, width, ascii)
    }
}

fn row(sight: &Sight<'_>, service: &Service, width: usize) -> Row {
    let seen: Fact = serves(sight, service);
    let brief = sight.incident.procedure.brief.services.get(&plain(sight, &service.id));
    let available = brief.and_then(|brief| brief.availability.as_ref());
    let tier = brief.and_then(|brief| brief.tier.as_ref());
    let tier = [
        place(sight, &service.id).map(|place| place.to_string()),
        tier.map(ToString::to_string),
    ];
    let tier: Vec<String> = tier.into_iter().flatten().collect();
    let cells = Cells {
        mark: Row::of(seen.state.role(), seen.state.glyph()),
        name: Row::text(name(sight, service)),
        rto: Row::text(service.objective.rto.to_string()),
        clock: clock(sight, service),
        rpo: Row::text(service.objective.rpo.to_string()),
        loss: loss(sight, service),
        available: available
            .map_or_else(|| Row::dim("-"), |percent| Row::text(percent.to_string())),
        tier: if tier.is_empty() { Row::dim("-") } else { Row::text(tier.join(" ")) },
        seen: Row::of(seen.state.role(), seen.word)
            .with(Role::Text, if seen.word.is_empty() { "" } else { " " })
            .with(Role::Text, seen.value),
    };
    cells.row(width, sight.ascii())
}

/// Its name; in a run with lanes the lane first, for that is what rows differ by.
pub(super) fn name(sight: &Sight<'_>, service: &Service) -> String {
    let Some(lane) = of_lane(sight, &service.id) else { return service.name.to_string() };
    let whose = format!(" ({})", lane.name);
    let name = service.name.as_str();
    let name = name.strip_suffix(&whose).unwrap_or(name);
    match sight.model.lane() {
        Some(_) => name.to_owned(),
        None => format!("{} {name}", lane.tenant),
    }
}

/// The lane a service is of.
fn of_lane<'a>(sight: &'a Sight<'_>, id: &ServiceId) -> Option<&'a Lane> {
    recovery::lane(&sight.incident, id)
}

/// The id the plan knows it by: without its lane.
fn plain(sight: &Sight<'_>, id: &ServiceId) -> ServiceId {
    recovery::plain(&sight.incident, id)
}

fn place(sight: &Sight<'_>, id: &ServiceId) -> Option<u32> {
    recovery::place(&sight.incident, id)
}

/// Its own countdown, or what became of it.
fn clock(sight: &Sight<'_>, service: &Service) -> Row {
    let rto = service.objective.rto;
    let Some(began) = sight.incident.rto_began().filter(|_| sight.declared) else {
        return Row::dim("-");
    };
    match recovered(sight, &service.id) {
        None => left(began + rto - sight.now(), rto),
        Some(at) if at - began <= rto => {
            Row::of(Role::Sealed, format!("MET {}", (at - began).clock()))
        }
        Some(at) => Row::of(Role::ClockOver, format!("MISSED {}", (at - began).clock())),
    }
}

fn recovered(sight: &Sight<'_>, id: &ServiceId) -> Option<Moment> {
    sight.incident.services.get(id).and_then(|record| record.recovered)
}

/// What of its data is, or would be, gone: the worst of all it lives on.
fn loss(sight: &Sight<'_>, service: &Service) -> Row {
    let limit = service.objective.rpo;
    let used = || {
        let estate = &sight.incident.procedure.estate;
        estate.iter().filter(|one| service.uses.contains(&one.id))
    };
    let sealed = used().filter_map(|one| {
        let mut seals = sight.incident.seals.iter();
        seals.find(|seal| seal.database == one.id).map(|seal| Loss::of(seal.lost))
    });
    let open = used().filter_map(|one| at_risk(sight, one));
    match (open.max(), sealed.max()) {
        (Some(Loss::Known(lost)), _) if lost > limit => {
            Row::of(Role::ClockOver, format!("AT RISK {}", lost.clock()))
        }
        (Some(Loss::Known(lost)), _) => Row::text(lost.clock()),
        (Some(Loss::Unknown), _) | (None, Some(Loss::Unknown)) => {
            Row::of(Role::Unknown, "UNKNOWN")
        }
        (None, Some(Loss::Known(lost))) if lost > limit => {
            Row::of(Role::ClockOver, format!("LOST {}", lost.clock()))
        }
        (None, Some(Loss::Known(lost))) => {
            Row::of(Role::Sealed, format!("lost {}", lost.clock()))
        }
        (None, None) => Row::dim("-"),
    }
}

/// How much is gone. That nobody knows is worse than any number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Loss {
    Known(Span),
    Unknown,
}

impl Loss {
    fn of(lost: Option<Span>) -> Self {
        lost.map_or(Self::Unknown, Self::Known)
    }
}

/// What leaving now would cost of one resource; none where nothing is copied.
fn at_risk(sight: &Sight<'_>, resource: &Resource) -> Option<Loss> {
    if sight.incident.seals.iter().any(|seal| seal.database == resource.id) {
        return None;
    }
    match resource.noun {
        Noun::Database => {
            let mut costs = sight.exposures.iter();
            let cost = costs.find(|cost| cost.database == resource.id)?;
            Some(Loss::of(cost.lost))
        }
        Noun::Storage => copied(sight, resource),
        Noun::Compute | Noun::Traffic => None,
    }
}

/// How old the newest copy of a storage is, as its worst side says. Unknown where a copy is
/// kept and no side ever told.
fn copied(sight: &Sight<'_>, resource: &Resource) -> Option<Loss> {
    let said = resource.sides.keys().filter_map(|site| {
        let reading = sight.evidence().of(&resource.id, site)?;
        let (Observation::Storage(view), _) = reading.last.as_ref()? else { return None };
        let behind = |(lag, at): (Span, Moment)| lag + (sight.now() - at).max(Span::ZERO);
        let lag = view.lag.last_good().map(behind);
        (lag.is_some() || view.replicating.is_some()).then_some(lag)
    });
    let said: Vec<Option<Span>> = said.collect();
    // Where lag is measured at one end only, that end knows.
    let known = said.iter().flatten().max().copied();
    (!said.is_empty()).then(|| Loss::of(known))
}

/// What one must know to read its row: what it waits for, and that it came too early.
fn remarks(sight: &Sight<'_>, service: &Service) -> Vec<(Role, String)> {
    let services = &sight.incident.procedure.services;
    // Whose they are goes without saying below a row of the same lane.
    let lane = of_lane(sight, &service.id);
    let lane = lane.map_or_else(String::new, |lane| format!("{} ", lane.tenant));
    let short = |one: &Service| {
        let name = name(sight, one);
        name.strip_prefix(&lane).unwrap_or(&name).to_owned()
    };
    let called = |id: &ServiceId| {
        let found = services.iter().find(|one| one.id == *id);
        found.map_or_else(|| id.to_string(), short)
    };
    let down = |id: &&ServiceId| {
        let record = sight.incident.services.get(*id);
        record.and_then(|ServiceRecord { healthy, .. }| *healthy) == Some(false)
    };
    let impaired: Vec<String> =
        service.depends_on.iter().filter(down).map(called).collect();
    let mut said = Vec::new();
    if !impaired.is_empty() {
        said.push((Role::Dim, format!("impaired: needs {}", impaired.join(", "))));
    }
    if recovery::is_back(&sight.incident, &service.id) {
        let earlier = recovery::ahead(&sight.incident, &service.id).into_iter();
        let earlier: Vec<String> = earlier.map(short).collect();
        if !earlier.is_empty() {
            let words = format!("OUT OF ORDER: back before {}", earlier.join(", "));
            said.push((Role::Warn, words));
        }
    }
    said
}
