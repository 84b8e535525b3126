//! Whether the side a failover leaves looks healthy. Then leaving it is a choice, and one
//! that is made in words: the check passes by name only. Pure. What nobody knows it says
//! nothing about: other checks ask for what has to be known.

use super::{
    gate::{Check, Class},
    incident::Incident,
};
use crate::model::{
    ComputeView, DatabaseRole, Evidence, Look, Moment, Observation, Probe, ProbeKind,
    Procedure, Resource, ResourceId, RunbookKind, SiteId, Span, Step, Text, Verb,
};

/// What a probe that tells of a site's health is shown among, where a plan says.
const PANEL: &str = "regions";

/// The check of `step`; none where it leaves no side, and where nothing is known of it.
pub(super) fn check(
    incident: &Incident,
    step: &Step,
    evidence: &Evidence,
    now: Moment,
) -> Option<Check> {
    let (site, fences) = left(&incident.procedure, step)?;
    let side = Side { procedure: &incident.procedure, site, step, evidence, now };
    if let Some((value, age)) = side.ill() {
        let name = Text::clean(format!("{site} is unwell"));
        let check = Check { name, class: Class::Pass, value, age: Some(age) };
        // Said where the way out begins; later steps have enough to show.
        return fences.then_some(check);
    }
    let (value, age) = side.well()?;
    Some(Check { name: named(site), class: Class::Fail, value, age: Some(age) })
}

/// What the check is called while it does not pass, and an override of it.
fn named(site: &SiteId) -> Text {
    Text::clean(format!("{site} looks healthy"))
}

/// The side `step` would leave although it looks healthy, when `check` is what says so.
pub fn stands(incident: &Incident, step: &Step, check: &Check) -> Option<SiteId> {
    let (site, _) = left(&incident.procedure, step)?;
    (check.blocks() && check.name == named(site)).then(|| site.clone())
}

/// The side a failover leaves by `step`: by taking its writes away, or by making another
/// one the writer, or the one users are sent to; with whether it is the first of these.
fn left<'a>(procedure: &'a Procedure, step: &'a Step) -> Option<(&'a SiteId, bool)> {
    let meaning = &step.terms.meaning;
    let verb = step.action.estate().and_then(|(resource, side, verb)| match verb {
        Verb::Fence => Some((resource, Some(side), true)),
        Verb::Promote | Verb::Shift => Some((resource, Some(side), false)),
        Verb::Unfence
        | Verb::Switchover
        | Verb::RebuildReplica
        | Verb::Snapshot
        | Verb::CopySnapshot
        | Verb::Restore
        | Verb::Scale
        | Verb::Stop
        | Verb::Restart
        | Verb::Deploy
        | Verb::Repoint
        | Verb::Hold
        | Verb::RestoreVersion
        | Verb::Sync
        | Verb::Switch => None,
    });
    let by_hand = || {
        let to = meaning.promotes.iter().chain(&meaning.moves);
        let fenced = meaning.fences.iter().map(|id| (id, None, true));
        fenced.chain(to.map(|id| (id, meaning.site.as_ref(), false))).next()
    };
    let (resource, side, fences) = verb.or_else(by_hand)?;
    let site = from(procedure, resource)?;
    // Taking what is left out of use, or putting something else into it; not the way back.
    let leaves = side.is_none_or(|side| (side == site) == fences);
    leaves.then_some((site, fences))
}

/// The side that is left for good reason only: a failover's own, and in a response that
/// promotes elsewhere the home of what it works on. A planned move begins with a healthy
/// side, and says so by its kind or by `switchover`.
fn from<'a>(procedure: &'a Procedure, resource: &ResourceId) -> Option<&'a SiteId> {
    let runbook = &procedure.runbook;
    let verbs = || runbook.steps().filter_map(|step| step.action.estate());
    if verbs().any(|(_, _, verb)| verb == Verb::Switchover) {
        return None;
    }
    let home = |id: &ResourceId| procedure.resource(id).map(|found| &found.primary);
    match runbook.kind {
        RunbookKind::Failover => (runbook.from != runbook.to).then_some(&runbook.from),
        RunbookKind::Response => {
            let away = verbs().any(|(id, side, verb)| {
                verb == Verb::Promote && home(id).is_some_and(|home| home != side)
            });
            home(resource).filter(|_| away)
        }
        RunbookKind::Failback
        | RunbookKind::Restore
        | RunbookKind::Backup
        | RunbookKind::Maintenance
        | RunbookKind::Validation
        | RunbookKind::Drill => None,
    }
}

struct Side<'a> {
    procedure: &'a Procedure,
    site: &'a SiteId,
    step: &'a Step,
    evidence: &'a Evidence,
    now: Moment,
}

impl Side<'_> {
    /// What is seen that is not well there: by a probe, or of what serves there.
    fn ill(&self) -> Option<(Text, Span)> {
        let probes = self.probes().filter(|(_, healthy, ..)| !healthy);
        let probes = probes.map(|(probe, _, value, age)| (told(probe, value), age));
        probes.chain(self.estate()).next()
    }

    /// What says that it is well, and how much else does.
    fn well(&self) -> Option<(Text, Span)> {
        let mut all = self.probes();
        let (probe, _, value, age) = all.next()?;
        let more = match all.count() {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        Some((Text::clean(format!("{}{more}", told(probe, value))), age))
    }

    /// What probes of the site said, with how long ago; silent ones say nothing.
    fn probes(&self) -> impl Iterator<Item = (&Probe, bool, &Text, Span)> {
        let there = |probe: &&Probe| probe.site.as_ref() == Some(self.site);
        let all = self.procedure.probes.iter().filter(there);
        all.filter(|probe| tells(probe) && self.is_ours(probe.id.as_str())).filter_map(
            |probe| {
                let reading = self.evidence.probes.get(&probe.id)?;
                let answer = reading.fresh(self.now)?;
                let age = reading.age(self.now)?;
                Some((probe, answer.healthy, &answer.value, age))
            },
        )
    }

    /// Databases and what serves, at home there, and seen not to work. A probe takes a few
    /// looks to turn.
    fn estate(&self) -> impl Iterator<Item = (Text, Span)> {
        let home = |one: &&Resource| one.primary == *self.site;
        let all = self.procedure.estate.iter().filter(home);
        all.filter(|one| self.is_ours(one.id.as_str())).filter_map(|one| {
            let reading = self.evidence.of(&one.id, self.site)?;
            let why = broken(reading.fresh(self.now)?)?;
            let age = reading.age(self.now)?;
            Some((Text::clean(format!("{}: {why}", one.id)), age))
        })
    }

    /// Whether `id` is of the lane of the step, or of none.
    fn is_ours(&self, id: &str) -> bool {
        let Some(own) = &self.step.terms.lane else { return true };
        let mut lanes = self.procedure.brief.lanes.iter().map(|lane| &lane.tenant);
        let of = |lane: &str| id.strip_prefix(lane).is_some_and(|id| id.starts_with('.'));
        !lanes.any(|lane| lane != own && of(lane.as_str()))
    }
}

fn told(probe: &Probe, value: &Text) -> Text {
    Text::clean(format!("{} {value}", probe.id))
}

/// Whether a probe of a site tells whether that site serves. What it is shown among says
/// so; where a plan does not say, what it asks.
fn tells(probe: &Probe) -> bool {
    if let Some(panel) = &probe.terms.panel {
        return panel.as_str() == PANEL;
    }
    match &probe.look {
        ProbeKind::Http(_) => true,
        ProbeKind::Look(look) => match look {
            Look::Ready { .. } | Look::Tcp { .. } | Look::HealthCheck { .. } => true,
            Look::Aws(_)
            | Look::Metric(_)
            | Look::Dns { .. }
            | Look::Sql(_)
            | Look::Log { .. }
            | Look::Files { .. }
            | Look::Host { .. } => false,
        },
        ProbeKind::Command(_) => false,
    }
}

/// Why what was seen there does not serve.
fn broken(seen: &Observation) -> Option<String> {
    match seen {
        Observation::Database(view) => {
            let gone = view.role == DatabaseRole::Absent;
            (gone || !view.available).then(|| view.status.to_string())
        }
        Observation::Compute(view) => {
            let ComputeView { desired, running, healthy, .. } = view;
            let healthy = healthy.unwrap_or(*running);
            (healthy == 0 && *desired > 0).then(|| format!("0/{desired} healthy"))
        }
        Observation::Traffic(_) | Observation::Storage(_) => None,
    }
}
