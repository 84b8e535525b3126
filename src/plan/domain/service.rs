//! Whether each service's objective can still be met: by which runbook, in what time, and
//! with what loss of data.

use super::{Finish, Judge, Reach, RunbookReport};
use crate::{
    model::{
        Estimate, Noun, Objective, Resource, ResourceId, RunbookId, Service, ServiceId,
        SiteId, Span, StepId, Text,
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
    /// The plan does not say what it lives on.
    Unsaid,
    /// In time.
    Yes { by: RunbookId, takes: Estimate },
    /// Half the time in time, and not 19 times in 20.
    Perhaps { by: RunbookId, takes: Estimate },
    /// A runbook brings it back, too late.
    Late { by: RunbookId, takes: Estimate },
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
            Self::Perhaps { .. } | Self::Unknown { .. } | Self::Unsaid => Finish::Unknown,
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
        let lost: Vec<&Resource> =
            lives_on.into_iter().filter(|one| self.is_lost(one)).collect();
        let promised = service.objective.rto < UNPROMISED.rto
            || service.objective.rpo < UNPROMISED.rpo;
        let met = if unsaid {
            Met::Unsaid
        } else if lost.is_empty() {
            Met::Untouched
        } else {
            self.answer(service, runbooks, reach)
        };
        let data = if promised { self.data(service, &lost) } else { Vec::new() };
        ServiceReport {
            id: service.id.clone(),
            name: service.name.clone(),
            objective: promised.then_some(service.objective),
            loses: lost.iter().map(|one| one.id.clone()).collect(),
            met,
            data,
        }
    }

    /// Everything a service, and what it depends on, lives on.
    fn lives_on(&self, service: &Service) -> Vec<&Resource> {
        let mut open = vec![&service.id];
        let mut seen: Vec<&ServiceId> = Vec::new();
        let mut out: Vec<&Resource> = Vec::new();
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
                let known = self.plan.estate.iter().find(|one| one.id == *resource);
                out.extend(known.filter(|one| !out.iter().any(|had| had.id == one.id)));
            }
        }
        out
    }

    /// Whether it serves, or takes writes, where nothing answers any more.
    fn is_lost(&self, resource: &Resource) -> bool {
        self.loss.site(&resource.primary)
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
            one.leaves && promise.is_some_and(|one| one.services.contains(&service.id))
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
            (Finish::Yes, Some(takes)) if takes.p95 <= service.objective.rto => {
                Met::Yes { by, takes }
            }
            (Finish::Yes, Some(takes)) if takes.p50 <= service.objective.rto => {
                Met::Perhaps { by, takes }
            }
            (Finish::Yes, Some(takes)) => Met::Late { by, takes },
        }
    }

    fn data(&self, service: &Service, lost: &[&Resource]) -> Vec<Data> {
        let rpo = service.objective.rpo;
        if rpo >= UNPROMISED.rpo {
            return Vec::new();
        }
        let keeps = |one: &&&Resource| matches!(one.noun, Noun::Database);
        lost.iter().filter(keeps).map(|one| self.kept(one, rpo)).collect()
    }

    /// What of a lost writer's data is left elsewhere.
    fn kept(&self, resource: &Resource, rpo: Span) -> Data {
        let of = resource.id.clone();
        let told = |kept, why: String| Data { of: of.clone(), kept, why };
        let mut rows = self.plan.file.database.items().iter();
        let row = rows.find(|row| row.id.get().is_some_and(|id| id == of.as_str()));
        let elsewhere = resource.sides.keys().any(|site| !self.loss.site(site));
        let copies = self.copies(resource);
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

    /// The youngest backup of a resource that is kept somewhere else, and how old it may be.
    fn copies(&self, resource: &Resource) -> Option<(String, Span)> {
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
            let away = sites.any(|site| !self.loss.site(&SiteId::new(&site.value)))
                || row.copy_to.get().is_some_and(|to| self.loss.named_in(to).is_none());
            let age = row.max_age.get().or(row.interval.get()).copied()?;
            (covered && away).then(|| (row.id.get().cloned().unwrap_or_default(), age))
        });
        here.min_by_key(|(_, age)| *age)
    }
}

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
