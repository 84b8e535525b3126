//! Which eyes go blind. A probe that looks at what is lost and says so is not blind; one
//! that runs there, or asks a service that lives there, sees nothing any more, and nothing
//! seen is unknown.

use super::{
    Judge,
    line::{self, Called},
    reach::{At, Call, in_cloud},
};
use crate::{
    model::{Look, Noun, Probe, ProbeId, ProbeKind, SiteId},
    plan::{
        data::data,
        language::{Items, Said},
    },
};

/// What an eye sees once something is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    Sees,
    /// It looks at what is lost, and says that it is down.
    Down(String),
    /// Nobody can say what it would see; why.
    Blind(String),
}

/// An eye that goes blind, or an alarm that goes silent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blind {
    /// `probe orders-lag`, `alarm replica-lag`, `shares of www`.
    pub what: String,
    pub why: String,
}

impl Judge<'_> {
    /// Every eye that goes blind: probes, alarms, and what is observed of the estate.
    pub(super) fn blind(&self) -> Vec<Blind> {
        let probes =
            self.plan.probes.iter().filter_map(|probe| match self.sight(probe) {
                Sight::Blind(why) => {
                    Some(Blind { what: format!("probe {}", probe.id), why })
                }
                Sight::Sees | Sight::Down(_) => None,
            });
        let mut all: Vec<Blind> = probes.collect();
        all.extend(self.silent());
        all.extend(self.unobserved());
        all
    }

    /// Every probe that looks at what is lost, and sees no more than that.
    pub(super) fn down(&self) -> Vec<Blind> {
        let probes = self.plan.probes.iter().filter_map(|probe| {
            let Sight::Down(place) = self.sight(probe) else { return None };
            let why = format!("it looks at {place}: that it is gone is all it sees");
            Some(Blind { what: format!("probe {}", probe.id), why })
        });
        probes.collect()
    }

    pub(super) fn probe(&self, id: &ProbeId) -> Option<(&Probe, Sight)> {
        let probe = self.plan.probes.iter().find(|probe| probe.id == *id)?;
        Some((probe, self.sight(probe)))
    }

    pub(super) fn sight(&self, probe: &Probe) -> Sight {
        let from = probe.terms.vantage.as_ref();
        if let Some(place) = from.and_then(|from| self.loss.named_in(from.as_str())) {
            return Sight::Blind(format!("it looks from {place}"));
        }
        if let Some(call) = self.asked(probe).iter().find(|call| self.lost(&call.at)) {
            return Sight::Blind(super::why(call));
        }
        match self.aimed_at(probe) {
            Some(place) if measures(probe) => {
                Sight::Blind(format!("it measures what is in {place}, and gets no value"))
            }
            Some(place) => Sight::Down(place),
            None => Sight::Sees,
        }
    }

    /// What a probe looks through, as opposed to what it looks at.
    fn asked(&self, probe: &Probe) -> Vec<Call> {
        let mut calls: Vec<Call> =
            probe.terms.host.iter().filter_map(|host| self.machine(host)).collect();
        match &probe.look {
            ProbeKind::Command(spec) => {
                calls.extend(line::calls(&spec.argv).into_iter().filter_map(|call| {
                    match call {
                        Called::Aws { service, region } => {
                            Some(in_cloud(&service, region.as_deref()))
                        }
                        Called::Kubectl { .. } => None,
                    }
                }));
            }
            ProbeKind::Look(Look::Aws(call)) => {
                calls.push(in_cloud(&call.service, call.region.as_deref()));
            }
            ProbeKind::Look(Look::Metric(metric)) => {
                let home = metric.namespace.as_deref().and_then(home);
                let region = home.or(metric.region.as_deref());
                calls.push(in_cloud("cloudwatch", region));
            }
            ProbeKind::Look(Look::HealthCheck { .. }) => {
                calls.push(in_cloud("route53", None));
            }
            ProbeKind::Http(_)
            | ProbeKind::Look(
                Look::Dns { .. }
                | Look::Sql(_)
                | Look::Ready { .. }
                | Look::Log { .. }
                | Look::Files { .. }
                | Look::Host { .. }
                | Look::Tcp { .. },
            ) => {}
        }
        calls
    }

    fn machine(&self, host: &str) -> Option<Call> {
        let mut hosts = self.plan.file.host.items().iter();
        let found = hosts.find(|row| row.id.get().is_some_and(|id| id == host))?;
        Some(self.map().machine(found))
    }

    /// The lost place a probe looks at.
    fn aimed_at(&self, probe: &Probe) -> Option<String> {
        if let Some(site) = probe.site.as_ref().filter(|site| self.loss.site(site)) {
            return Some(site.to_string());
        }
        if let Some(place) = self.of_lost(probe) {
            return Some(place);
        }
        let address = match &probe.look {
            ProbeKind::Http(spec) => spec.url.as_str(),
            ProbeKind::Look(Look::Sql(call)) => call.host.as_str(),
            ProbeKind::Look(Look::Ready { host, .. } | Look::Tcp { host, .. }) => host,
            ProbeKind::Command(_)
            | ProbeKind::Look(
                Look::Aws(_)
                | Look::Metric(_)
                | Look::Dns { .. }
                | Look::Log { .. }
                | Look::Files { .. }
                | Look::Host { .. }
                | Look::HealthCheck { .. },
            ) => return None,
        };
        let at = self.map().address("", address).at;
        self.lost(&at).then(|| at.told())
    }

    /// The lost place of the thing a probe tells of, when that has one place only.
    fn of_lost(&self, probe: &Probe) -> Option<String> {
        let mut rows = self.plan.file.probe.items().iter();
        let row =
            rows.find(|row| row.id.get().is_some_and(|id| probe.id.as_str() == id))?;
        let of = row.resource.get()?;
        let mut things = self.plan.file.resource.items().iter();
        let thing = things.find(|one| one.id.get() == Some(of))?;
        self.lost_place(thing)
    }

    /// Alarms that live where nothing answers.
    fn silent(&self) -> Vec<Blind> {
        let rows = self.plan.file.alarm.items().iter();
        rows.filter_map(|row| {
            let id = row.id.get()?;
            let home = row.namespace.get().and_then(|namespace| home(namespace));
            let region = home.or(row.region.get().map(String::as_str))?;
            let call = in_cloud("cloudwatch", Some(region));
            let what = format!("alarm {id}");
            self.lost(&call.at).then(|| Blind { what, why: super::why(&call) })
        })
        .collect()
    }

    /// What the console itself can no longer see of things that are not lost.
    fn unobserved(&self) -> Vec<Blind> {
        let mut out = Vec::new();
        for resource in &self.plan.estate {
            let stays = |site: &&SiteId| !self.loss.site(site);
            for site in resource.sides.keys().filter(stays) {
                let call = self.map().thing(resource, site);
                if !matches!(call.at, At::Plane(_)) || !self.lost(&call.at) {
                    continue;
                }
                let what = match resource.noun {
                    Noun::Traffic => format!("shares of {}", resource.id),
                    Noun::Database | Noun::Compute | Noun::Storage => {
                        format!("{} in {site}", resource.id)
                    }
                };
                if !out.iter().any(|one: &Blind| one.what == what) {
                    out.push(Blind { what, why: super::why(&call) });
                }
            }
        }
        out
    }
}

/// Whether a probe looks at a value, and not only at whether somebody answers.
fn measures(probe: &Probe) -> bool {
    let terms = &probe.terms;
    if [&terms.warning, &terms.critical, &terms.broken].into_iter().any(Option::is_some) {
        return true;
    }
    match &probe.look {
        ProbeKind::Look(
            Look::Sql(_)
            | Look::Metric(_)
            | Look::Log { .. }
            | Look::Files { .. }
            | Look::Host { .. },
        ) => true,
        ProbeKind::Http(_)
        | ProbeKind::Command(_)
        | ProbeKind::Look(
            Look::Aws(_)
            | Look::Dns { .. }
            | Look::Ready { .. }
            | Look::HealthCheck { .. }
            | Look::Tcp { .. },
        ) => false,
    }
}

/// The one region the metrics of a namespace exist in.
fn home(namespace: &str) -> Option<&'static str> {
    let mut rows = data().control_planes.metrics.iter();
    rows.find(|row| row.namespace == namespace).map(|row| row.home.as_str())
}
