//! Whether each service's objective can still be met: by which runbook, in what time, and
//! with what loss of data.

use super::{
    Finish, Judge, Reach, RunbookReport,
    lost::stands_in,
    thing::{Fate, Thing},
};
use crate::{
    model::{
        Estimate, Noun, Objective, Resource, ResourceId, RunbookId, Service, ServiceId,
        SiteId, Span, StepId, Text, brief::Level,
    },
    plan::{
        language::{DatabaseRow, Items, Said, words::Sync},
        read::UNPROMISED,
    },
};

/// What becomes of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Met {
    /// Nothing it lives on is lost.
    Untouched,
    /// It goes on, and these have nowhere left to go.
    Exposed { without: Vec<ResourceId> },
    /// The plan does not say what it lives on.
    Unsaid,
    /// In time. `rto` of these three is the promise that counts in the runbook's run.
    Yes { by: RunbookId, takes: Estimate, rto: Span },
    /// Half the time in time, and not 19 times in 20.
    Perhaps { by: RunbookId, takes: Estimate, rto: Span },
    /// A runbook brings it back, too late.
    Late { by: RunbookId, takes: Estimate, rto: Span },
    /// A runbook would bring it back, and cannot be finished.
    Stuck { by: RunbookId, at: StepId },
    /// A runbook would bring it back; whether it can be finished the plan does not say.
    Unknown { by: RunbookId },
    /// Nothing brings it back.
    Nothing,
}

/// What becomes of the data of one thing it lives on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Data {
    pub of: ResourceId,
    pub kept: bool,
    pub why: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceReport {
    pub id: ServiceId,
    pub name: Text,
    /// None where nobody promised anything.
    pub objective: Option<Objective>,
    /// What of it is lost.
    pub loses: Vec<ResourceId>,
    pub met: Met,
    pub data: Vec<Data>,
}

impl Met {
    pub(super) const fn finish(&self) -> Finish {
        match self {
            Self::Untouched | Self::Yes { .. } => Finish::Yes,
            Self::Perhaps { .. }
            | Self::Unknown { .. }
            | Self::Unsaid
            | Self::Exposed { .. } => Finish::Unknown,
            Self::Late { .. } | Self::Stuck { .. } | Self::Nothing => Finish::No,
        }
    }
}

impl ServiceReport {
    /// Whether its objectives are met, time and data.
    pub fn is_met(&self) -> Finish {
        let data =
            if self.data.iter().all(|data| data.kept) { Finish::Yes } else { Finish::No };
        self.met.finish().max(data)
    }
}

impl Judge<'_> {
    pub(super) fn services(
        &self,
        runbooks: &[RunbookReport],
        reach: &Reach,
    ) -> Vec<ServiceReport> {
        let services = self.plan.services.iter();
        services.map(|service| self.service(service, runbooks, reach)).collect()
    }

    fn service(
        &self,
        service: &Service,
        runbooks: &[RunbookReport],
        reach: &Reach,
    ) -> ServiceReport {
        let lives_on = self.lives_on(service);
        let unsaid = lives_on.is_empty();
        let of = |fate: Fate| lives_on.iter().filter(move |one| self.fate(one) == fate);
        let lost: Vec<&Thing<'_>> = of(Fate::Lost).collect();
        let alone: Vec<&Thing<'_>> = of(Fate::Alone).collect();
        let promised = service.objective.rto < UNPROMISED.rto
            || service.objective.rpo < UNPROMISED.rpo;
        let ids = |all: &[&Thing<'_>]| all.iter().map(|one| one.id()).collect();
        let met = if unsaid {
            Met::Unsaid
        } else if !lost.is_empty() {
            self.answer(service, runbooks, reach)
        } else if alone.is_empty() {
            Met::Untouched
        } else {
            Met::Exposed { without: ids(&alone) }
        };
        let mut data = Vec::new();
        if promised && service.objective.rpo < UNPROMISED.rpo && !self.stateless(service)
        {
            let rpo = service.objective.rpo;
            data.extend(lost.iter().filter_map(|one| self.data(one, rpo)));
            data.extend(alone.iter().filter_map(|one| self.data_alone(one, rpo)));
        }
        ServiceReport {
            id: service.id.clone(),
            name: service.name.clone(),
            objective: promised.then_some(service.objective),
            loses: ids(&lost),
            met,
            data,
        }
    }

    fn stateless(&self, service: &Service) -> bool {
        let mut rows = self.plan.file.service.items().iter();
        let row =
            rows.find(|row| row.id.get().is_some_and(|id| service.id.as_str() == id));
        row.is_some_and(|row| row.stateless.get() == Some(&true))
    }

    /// Everything a service, and what it depends on, lives on.
    fn lives_on(&self, service: &Service) -> Vec<Thing<'_>> {
        let mut open = vec![&service.id];
        let mut seen: Vec<&ServiceId> = Vec::new();
        let mut out: Vec<Thing<'_>> = Vec::new();
        while let Some(id) = open.pop() {
            let Some(found) = self.plan.services.iter().find(|one| one.id == *id) else {
                continue;
            };
            if seen.contains(&id) {
                continue;
            }
            seen.push(id);
            open.extend(&found.depends_on);
            for resource in &found.uses {
                if !out.iter().any(|had| had.id() == *resource) {
                    out.extend(self.thing(resource));
                }
            }
        }
        out
    }

    /// The best runbook that brings it back, and what that comes to.
    fn answer(
        &self,
        service: &Service,
        runbooks: &[RunbookReport],
        reach: &Reach,
    ) -> Met {
        let brings = |one: &&RunbookReport| {
            let promise = self.plan.promises.get(&one.id);
            (one.leaves || one.answers)
                && promise.is_some_and(|one| one.services.contains(&service.id))
        };
        let takes = |one: &RunbookReport| {
            reach.get(&(one.id.clone(), service.id.clone())).copied()
        };
        let best = runbooks
            .iter()
            .filter(brings)
            .min_by_key(|one| (one.finish, takes(one).map(|takes| takes.p50)));
        let Some(best) = best else { return Met::Nothing };
        let by = best.id.clone();
        let stuck = best.steps.iter().find(|step| step.finish() == Finish::No);
        match (best.finish, takes(best)) {
            (Finish::No, _) => Met::Stuck {
                by,
                at: stuck.map_or_else(|| StepId::new("-"), |step| step.id.clone()),
            },
            (Finish::Unknown, _) | (Finish::Yes, None) => Met::Unknown { by },
            (Finish::Yes, Some(takes)) => {
                let rto = self.rto(&by, service);
                if takes.p95 <= rto {
                    Met::Yes { by, takes, rto }
                } else if takes.p50 <= rto {
                    Met::Perhaps { by, takes, rto }
                } else {
                    Met::Late { by, takes, rto }
                }
            }
        }
    }

    /// What a service is measured by in a run of `by`: a promise of the runbook's own, or of
    /// its scenario, goes before the service's.
    fn rto(&self, by: &RunbookId, service: &Service) -> Span {
        let promise = self.plan.promises.get(by);
        let own = promise.filter(|one| {
            one.countdowns.iter().any(|one| {
                one.rto.is_some() && matches!(one.level, Level::Runbook | Level::Scenario)
            })
        });
        own.map_or(service.objective.rto, |one| one.objective.rto)
    }

    /// What becomes of the data of something that is lost.
    fn data(&self, lost: &Thing<'_>, rpo: Span) -> Option<Data> {
        match lost {
            Thing::Sided(one) if one.noun == Noun::Database => Some(self.kept(one, rpo)),
            Thing::Sided(_) => None,
            Thing::Placed(row) => {
                let kind = row.kind.get()?;
                let place = self.lost_place(row)?;
                let queue = QUEUES.iter().any(|word| kind.contains(word));
                queue.then(|| Data {
                    of: lost.id(),
                    kept: false,
                    why: format!(
                        "what waits in it stays in {place}, and nothing else holds it; \
                         RPO {rpo}"
                    ),
                })
            }
        }
    }

    /// What the next loss would cost a writer whose other sides are all gone.
    fn data_alone(&self, alone: &Thing<'_>, rpo: Span) -> Option<Data> {
        let Thing::Sided(one) = alone else { return None };
        if one.noun != Noun::Database {
            return None;
        }
        let writer = &one.primary;
        let (kept, left) = match self.copies(one, Some(writer)) {
            Some((id, age)) => {
                (age <= rpo, format!("costs up to {age}, the age of backup {id}"))
            }
            None => (false, "costs everything: no backup is kept elsewhere".to_owned()),
        };
        let why = format!(
            "it has no replica left: until one is built again, a loss of {writer} {left}; \
             RPO {rpo}"
        );
        Some(Data { of: alone.id(), kept, why })
    }

    /// What of a lost writer's data is left elsewhere.
    fn kept(&self, resource: &Resource, rpo: Span) -> Data {
        let of = resource.id.clone();
        let told = |kept, why: String| Data { of: of.clone(), kept, why };
        let mut rows = self.plan.file.database.items().iter();
        let row = rows.find(|row| row.id.get().is_some_and(|id| id == of.as_str()));
        let elsewhere = resource.sides.keys().any(|site| !self.loss.site(site));
        let copies = self.copies(resource, None);
        match (follows(row, resource), elsewhere) {
            (Follows::Sync, true) => {
                told(true, "a commit waits for the other side".into())
            }
            (Follows::Async, true) if rpo == Span::ZERO => {
                told(false, "an RPO of zero, and a commit waits for nobody".to_owned())
            }
            (Follows::Async, true) => told(
                true,
                format!(
                    "what the replica is behind is lost; the promotion is refused when \
                     that is more than {rpo}, or unknown"
                ),
            ),
            (Follows::Nobody, _) | (Follows::Sync | Follows::Async, false) => {
                match copies {
                    Some((id, age)) if age <= rpo => {
                        told(true, format!("backup {id} is at most {age} old"))
                    }
                    Some((id, age)) => told(
                        false,
                        format!(
                            "the newest copy elsewhere is {id}, up to {age} old; RPO {rpo}"
                        ),
                    ),
                    None => told(
                        false,
                        "no replica and no backup is left elsewhere".to_owned(),
                    ),
                }
            }
        }
    }

    /// The youngest backup of a resource that is kept neither where something is lost nor
    /// at `besides`, and how old it may be.
    fn copies(
        &self,
        resource: &Resource,
        besides: Option<&SiteId>,
    ) -> Option<(String, Span)> {
        let stays = |site: &SiteId| !self.loss.site(site) && besides != Some(site);
        let rows = self.plan.file.backup.items().iter();
        let here = rows.filter_map(|row| {
            let covers = row.covers.items().iter();
            let of = covers.map(|found| found.value.as_str());
            let services = self.plan.services.iter();
            let used = |word: &str| {
                let mut services = services.clone();
                services
                    .any(|one| one.id.as_str() == word && one.uses.contains(&resource.id))
            };
            let mut of = of;
            let covered = of.any(|word| word == resource.id.as_str() || used(word));
            let mut sites = row.sites.items().iter();
            let away = sites.any(|site| stays(&SiteId::new(&site.value)))
                || row.copy_to.get().is_some_and(|to| {
                    let near = besides.is_some_and(|site| stands_in(site.as_str(), to));
                    self.loss.named_in(to).is_none() && !near
                });
            let age = row.max_age.get().or(row.interval.get()).copied()?;
            (covered && away).then(|| (row.id.get().cloned().unwrap_or_default(), age))
        });
        here.min_by_key(|(_, age)| *age)
    }
}

/// Words in the kind of what holds messages nobody has worked on yet.
const QUEUES: &[&str] =
    &["sqs", "queue", "kafka", "msk", "kinesis", "rabbit", "amazon-mq", "pubsub"];

/// How the other sides of a database follow.
enum Follows {
    Sync,
    Async,
    Nobody,
}

fn follows(row: Option<&DatabaseRow>, resource: &Resource) -> Follows {
    let written = row.and_then(|row| row.replication.get());
    let Some(written) = written else {
        // A kind that is a replica follows, whatever else the plan says.
        let by_kind =
            ["replica", "global"].iter().any(|word| resource.kind.contains(word));
        return if by_kind { Follows::Async } else { Follows::Nobody };
    };
    match (written.kind.get().map(String::as_str), written.mode.get()) {
        (Some("none" | "snapshot-copy"), _) => Follows::Nobody,
        (_, Some(Sync::Sync)) => Follows::Sync,
        (_, Some(Sync::Async | Sync::SemiSync) | None) => Follows::Async,
    }
}
