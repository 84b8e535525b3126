//! What is true: site by site, then what leads users there, then what they would miss.
//! The abnormal comes first; what is well folds into a count when space is short.

use ratatui::layout::Rect;

use super::{
    Edge,
    fact::{Fact, Shape, State, of_reading},
    filter, filtered, first_row, framed, hidden, nouns, passes,
};
use crate::{
    console::{
        model::Pane,
        theme::Role,
        view::sight::Sight,
        widget::{Field, Pen, Row, fields::choose},
    },
    model::{Noun, Probe, Procedure, Resource, Service, Site, SiteId},
};

/// Facts that belong together and are sorted together: one resource, one probe.
type Block = Vec<Fact>;

/// A site, the edge, or the services.
#[derive(Debug)]
struct Group {
    name: String,
    /// PRIMARY, STANDBY; nothing for groups that are no place.
    part: &'static str,
    verdict: (Role, String),
    blocks: Vec<Block>,
    /// Facts left out because they are well.
    folded: usize,
}

/// Lines it would take to show everything.
pub fn need(sight: &Sight<'_>) -> usize {
    let groups = groups(sight);
    lines_of(&groups) + groups.len().saturating_sub(1)
}

/// Draws the pane into `area`.
pub fn draw(pen: &mut Pen<'_>, sight: &Sight<'_>, area: Rect) {
    let height = usize::from(area.height.saturating_sub(2));
    let width = usize::from(area.width.saturating_sub(2));
    let rows = rows(sight, width, height);
    let wanted = sight.model.scroll.get(&Pane::Regions).copied().unwrap_or(0);
    let first = first_row(wanted, None, rows.len(), height);
    let title =
        Row::of(Role::Title, "2 REGIONS").then(filtered(filter(sight, Pane::Regions)));
    let title = if width >= 50 {
        title.with(Role::Dim, "   value of limit, age of the reading")
    } else {
        title
    };
    let foot = hidden(first, rows.len(), height);
    let inside =
        framed(pen, sight, area, title, Edge { pane: Some(Pane::Regions), foot });
    pen.rows(inside, rows.get(first..).unwrap_or_default());
}

/// All of it as rows, for those who listen.
pub fn spoken(sight: &Sight<'_>, width: usize) -> Vec<Row> {
    rows(sight, width, usize::MAX)
}

/// Every site with its verdict on one row, for windows too small for more. A site whose
/// name does not fit in full is left out: the one being gone to comes first then.
pub fn summary(sight: &Sight<'_>, width: usize) -> Row {
    let runbook = &sight.incident.procedure.runbook;
    let all = groups(sight);
    let said = |id: &SiteId| {
        let group = all.iter().find(|group| group.name == id.as_str())?;
        let (role, word) = group.verdict.clone();
        Some(
            Row::of(Role::Title, group.name.clone())
                .with(Role::Text, " ")
                .with(role, word),
        )
    };
    let to = said(&runbook.to).unwrap_or_default();
    let both =
        said(&runbook.from).unwrap_or_default().with(Role::Text, "   ").then(to.clone());
    let row = if both.width() <= width { both } else { to };
    row.fit(width, sight.ascii())
}

fn rows(sight: &Sight<'_>, width: usize, height: usize) -> Vec<Row> {
    let mut groups = groups(sight);
    let filter = filter(sight, Pane::Regions);
    for group in &mut groups {
        group.blocks.retain(|block| {
            block.iter().any(|fact| {
                passes(filter, &format!("{} {} {}", group.name, fact.name, fact.value))
            })
        });
    }
    if sight.model.fold_ok {
        fold(&mut groups, height);
    }
    // Blank lines between the groups are a luxury.
    let airy = lines_of(&groups) + groups.len().saturating_sub(1) <= height;
    let facts = || groups.iter().flat_map(|group| group.blocks.iter().flatten());
    let name = facts().map(|fact| Row::text(fact.name.clone()).width()).max();
    let shape =
        Shape { width, name: name.unwrap_or(0).clamp(6, (width * 2 / 5).max(6)), age: 1 };
    let narrow = shape.narrow();
    let age = facts().map(|fact| fact.age_text(narrow).len()).max().unwrap_or(1);
    let shape = Shape { age, ..shape };
    let mut rows = Vec::new();
    for group in &groups {
        if airy && !rows.is_empty() {
            rows.push(Row::new());
        }
        rows.push(heading(group, width, sight.ascii()));
        for fact in group.blocks.iter().flatten() {
            rows.push(fact.row(&shape, sight.ascii()));
        }
    }
    rows
}

/// Name and verdict are never cut; what part the site plays gives way first.
fn heading(group: &Group, width: usize, ascii: bool) -> Row {
    let (role, word) = &group.verdict;
    let more = match group.folded {
        0 => Row::new(),
        folded => Row::dim(format!("+{folded} OK")),
    };
    let all = [
        Field::new(9, Row::of(Role::Title, group.name.clone())),
        Field::new(2, Row::dim(group.part)).or_nothing(),
        Field::new(8, Row::of(*role, word.clone())),
        Field::new(1, more).or_nothing(),
    ];
    let shown = choose(&all, width, 1);
    let loose = shown.iter().map(|row| row.width() + 2).sum::<usize>() <= width + 2;
    let gap = if loose { "  " } else { " " };
    let mut left = Row::new();
    for row in shown.iter().take(3).filter(|row| !row.is_empty()) {
        let gap = if left.is_empty() { "" } else { gap };
        left = left.with(Role::Text, gap).then((*row).clone());
    }
    let more = shown.last().map(|row| (*row).clone()).unwrap_or_default();
    left.against(more, width, ascii)
}

fn lines_of(groups: &[Group]) -> usize {
    groups.iter().map(|group| 1 + group.blocks.iter().map(Vec::len).sum::<usize>()).sum()
}

/// Folds what is well, group by group from the last, until all fits.
fn fold(groups: &mut [Group], height: usize) {
    let mut lines = lines_of(groups);
    for group in groups.iter_mut().rev() {
        while lines > height {
            let well = |block: &Block| block.iter().all(|fact| fact.state == State::Ok);
            let Some(at) = group.blocks.iter().rposition(well) else { break };
            let block = group.blocks.remove(at);
            group.folded += block.len();
            lines -= block.len();
        }
    }
}

fn groups(sight: &Sight<'_>) -> Vec<Group> {
    let procedure = &sight.incident.procedure;
    let (from, to) = (&procedure.runbook.from, &procedure.runbook.to);
    let others = procedure.sites.iter().filter(|site| site.id != *from && site.id != *to);
    // Work at one site has no other end.
    let ends = std::iter::once(from).chain(Some(to).filter(|to| *to != from));
    let ends = ends.filter_map(|id| procedure.site(id));
    let mut groups: Vec<Group> =
        ends.chain(others).map(|site| at_site(sight, site)).collect();
    groups.push(edge(sight));
    groups.push(services(sight));
    groups.retain(|group| !group.blocks.is_empty());
    for group in &mut groups {
        // Stable: within one state the order of the plan stays.
        group.blocks.sort_by_key(|block| block.iter().map(|fact| fact.state).min());
    }
    groups
}

fn at_site(sight: &Sight<'_>, site: &Site) -> Group {
    let procedure = &sight.incident.procedure;
    let taken = sight.incident.took_down(&site.id);
    let here = |resource: &&Resource| {
        resource.noun != Noun::Traffic && resource.sides.contains_key(&site.id)
    };
    let probes =
        procedure.probes.iter().filter(|probe| probe.site.as_ref() == Some(&site.id));
    let mut blocks: Vec<Block> = probes.map(|probe| vec![probed(sight, probe)]).collect();
    let resources = procedure.estate.iter().filter(here);
    blocks.extend(resources.map(|resource| of_resource(sight, resource, &site.id)));
    if taken {
        let expected = |block: Block| block.into_iter().map(Fact::expected).collect();
        blocks = blocks.into_iter().map(expected).collect();
    }
    let verdict = verdict(&blocks, taken);
    let part = if serves_most(procedure, &site.id) { "PRIMARY" } else { "STANDBY" };
    Group { name: site.id.to_string(), part, verdict, blocks, folded: 0 }
}

/// Whether nothing else is primary to more of what serves: a bucket of copies, or a place
/// to test in, makes no primary.
fn serves_most(procedure: &Procedure, site: &SiteId) -> bool {
    let serving = || procedure.estate.iter().filter(|one| one.noun != Noun::Storage);
    let of = |site: &SiteId| serving().filter(|one| one.primary == *site).count();
    let most = procedure.sites.iter().map(|one| of(&one.id)).max().unwrap_or(0);
    most > 0 && of(site) == most
}

fn of_resource(sight: &Sight<'_>, resource: &Resource, site: &SiteId) -> Block {
    let reading = sight.evidence().of(&resource.id, site);
    let facts = of_reading(resource.id.as_str(), reading, sight.now(), |seen| {
        nouns::facts(sight, resource, site, seen)
    });
    let copies = resource.noun == Noun::Storage;
    facts.into_iter().map(|fact| if copies { fact.aside() } else { fact }).collect()
}

pub(super) fn probed(sight: &Sight<'_>, probe: &Probe) -> Fact {
    let reading = sight.evidence().probes.get(&probe.id);
    let facts = of_reading(probe.id.as_str(), reading, sight.now(), |answer| {
        let state = if answer.healthy { State::Ok } else { State::Crit };
        vec![Fact::new(probe.id.as_str(), state, answer.value.to_string())]
    });
    facts
        .into_iter()
        .next()
        .unwrap_or_else(|| Fact::new(probe.id.as_str(), State::Unknown, ""))
}

fn edge(sight: &Sight<'_>) -> Group {
    let procedure = &sight.incident.procedure;
    let traffic =
        procedure.estate.iter().filter(|resource| resource.noun == Noun::Traffic);
    let mut blocks: Vec<Block> =
        traffic.map(|resource| of_resource(sight, resource, &resource.primary)).collect();
    // What a service is judged by is said with the service.
    let told = |probe: &&Probe| {
        procedure.services.iter().any(|service| service.probes.contains(&probe.id))
    };
    let free = procedure
        .probes
        .iter()
        .filter(|probe| probe.site.is_none())
        .filter(|probe| !told(probe));
    blocks.extend(free.map(|probe| vec![probed(sight, probe)]));
    let verdict = (Role::Text, String::new());
    Group { name: "edge".to_owned(), part: "", verdict, blocks, folded: 0 }
}

fn services(sight: &Sight<'_>) -> Group {
    let procedure = &sight.incident.procedure;
    let blocks =
        procedure.services.iter().map(|service| vec![serves(sight, service)]).collect();
    let verdict = (Role::Text, String::new());
    Group { name: "services".to_owned(), part: "", verdict, blocks, folded: 0 }
}

/// The verdict the board gave, else what the probes say by themselves.
pub(super) fn serves(sight: &Sight<'_>, service: &Service) -> Fact {
    let name = service.id.as_str();
    let Some(record) = sight.incident.services.get(&service.id) else {
        return by_probes(sight, service);
    };
    let held = sight.now() - record.since;
    let fact = match (record.healthy, record.recovered) {
        (Some(true), Some(at)) => {
            let value = format!("OK, recovered {}", at.time_of_day());
            Fact::new(name, State::Ok, value)
        }
        (Some(true), None) => {
            let value =
                format!("OK for {} of {}", held.clock(), service.objective.stable);
            Fact::new(name, State::Ok, value)
        }
        (Some(false), _) => told(name, State::Crit, record.value.as_str()),
        (None, _) => told(name, State::Unknown, record.value.as_str()),
    };
    fact.age(held)
}

/// `probe: value`, or without the probe's name where columns are few.
fn told(name: &str, state: State, value: &str) -> Fact {
    let short = value.split_once(": ").map_or(value, |(_, value)| value);
    Fact::new(name, state, value).short(short)
}

fn by_probes(sight: &Sight<'_>, service: &Service) -> Fact {
    let procedure = &sight.incident.procedure;
    let facts: Vec<Fact> = service
        .probes
        .iter()
        .filter_map(|id| procedure.probe(id))
        .map(|probe| probed(sight, probe))
        .collect();
    let name = service.id.as_str();
    let oldest = facts.iter().filter_map(|fact| fact.age).max();
    let Some(worst) = facts.iter().min_by_key(|fact| fact.state) else {
        return Fact::new(name, State::Unknown, "no probe watches it");
    };
    let value = match worst.state {
        State::Ok => "OK".to_owned(),
        State::Crit | State::Warn | State::Unknown | State::Expected => {
            match facts.len() {
                1 => worst.value.clone(),
                _ => format!("{}: {}", worst.name, worst.value),
            }
        }
    };
    let fact = told(name, worst.state, &value);
    oldest.map_or(fact.clone(), |age| fact.age(age))
}

/// One word on a place, by what serves users there. Copies and lags only add to it: a
/// site whose bucket still answers is as dead as its database.
fn verdict(blocks: &[Block], taken: bool) -> (Role, String) {
    let facts = || blocks.iter().flatten();
    let any = facts().any(|fact| fact.serves);
    let of = |state: State, serves: bool| {
        facts()
            .filter(|fact| fact.state == state && (fact.serves || !any) == serves)
            .count()
    };
    let all = facts().filter(|fact| fact.serves || !any).count();
    let (crit, warn) = (of(State::Crit, true), of(State::Warn, true));
    let unknown = of(State::Unknown, true);
    if taken && of(State::Expected, true) + of(State::Expected, false) > 0 {
        return (Role::Expected, "DOWN, expected".to_owned());
    }
    if crit > 0 {
        let word = match unknown {
            0 if crit == all => "DOWN".to_owned(),
            // What answers nobody is not known to be down; what answers is.
            unknown if crit + unknown == all => format!("DOWN, {unknown} UNKNOWN"),
            _ => "DEGRADED".to_owned(),
        };
        return (Role::Crit, word);
    }
    if warn > 0 {
        return (Role::Warn, "WARN".to_owned());
    }
    let stopped = of(State::Crit, false) + of(State::Warn, false);
    match (unknown, stopped) {
        (0, 0) => (Role::Ok, "OK".to_owned()),
        (0, 1) => (Role::Warn, "OK, 1 copy stopped".to_owned()),
        (0, stopped) => (Role::Warn, format!("OK, {stopped} copies stopped")),
        (unknown, _) if unknown == all => (Role::Unknown, "UNKNOWN".to_owned()),
        (unknown, _) => (Role::Unknown, format!("OK, {unknown} UNKNOWN")),
    }
}
