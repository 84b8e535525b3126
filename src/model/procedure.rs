//! What a journal must hold to be read without the plan beside it: the runbook being
//! run, the estate it runs on, and the promises it is measured by.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Brief, Look, PersonId, ProbeId, ProbeTerms, Resource, ResourceId, RoleId, Runbook,
    ServiceId, SiteId, Span, StepId, Text,
    brief::Level,
    runbook::{CommandSpec, HttpSpec},
};

/// Which plan, and exactly which bytes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRef {
    pub name: Text,
    /// SHA-256 of the plan's files, hexadecimal.
    pub digest: String,
    /// Where it was read from.
    pub path: Text,
}

impl PlanRef {
    /// The first characters, as the header shows them.
    pub fn short(&self) -> &str {
        self.digest.get(..7).unwrap_or(&self.digest)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Site {
    pub id: SiteId,
    pub name: Text,
    /// The cloud's own name of the region, where there is one.
    pub region: Option<String>,
    /// Profile and role for this site's calls, as in the AWS CLI.
    pub profile: Option<String>,
    pub role_arn: Option<String>,
}

/// How fast and how complete recovery must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objective {
    /// Longest time from impact until healthy.
    pub rto: Span,
    /// Longest stretch of writes that may be lost.
    pub rpo: Span,
    /// How long a service must be seen healthy to count as recovered.
    pub stable: Span,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Service {
    pub id: ServiceId,
    pub name: Text,
    pub objective: Objective,
    pub depends_on: Vec<ServiceId>,
    /// Resources it cannot live without.
    pub uses: Vec<ResourceId>,
    /// Probes that together say it is healthy.
    pub probes: Vec<ProbeId>,
}

/// How a probe looks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum ProbeKind {
    Http(HttpSpec),
    Command(CommandSpec),
    /// What has a shape of its own. An eye that cannot look so says unknown.
    Look(Look),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    pub id: ProbeId,
    pub name: Text,
    /// The site whose health it tells, where it tells of one.
    pub site: Option<SiteId>,
    pub look: ProbeKind,
    pub every: Span,
    pub timeout: Span,
    /// Bad answers in a row before the verdict turns, and good ones before it turns back.
    pub fall: u32,
    pub rise: u32,
    #[serde(default, skip_serializing_if = "super::runbook::is_plain")]
    pub terms: ProbeTerms,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub id: PersonId,
    pub name: Text,
    pub roles: Vec<RoleId>,
    pub contact: Option<Text>,
}

/// Everything of a plan one incident needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Procedure {
    pub plan: PlanRef,
    pub runbook: Runbook,
    pub sites: Vec<Site>,
    pub estate: Vec<Resource>,
    pub services: Vec<Service>,
    pub probes: Vec<Probe>,
    pub people: Vec<Person>,
    /// The tightest objective the runbook is measured by.
    pub objective: Objective,
    /// Parameters nobody has set, by the steps that use them: those steps cannot run live.
    #[serde(default)]
    pub unset: BTreeMap<StepId, Vec<Text>>,
    /// What people need beside the steps.
    #[serde(default, skip_serializing_if = "super::runbook::is_plain")]
    pub brief: Brief,
}

impl Procedure {
    pub fn resource(&self, id: &ResourceId) -> Option<&Resource> {
        self.estate.iter().find(|resource| resource.id == *id)
    }

    /// The longest stretch of writes `resource` may lose: what the services that live on it
    /// promise, unless the runbook or its scenario promises something of its own.
    pub fn rpo_of(&self, resource: &ResourceId) -> Span {
        let own = self.brief.countdowns.iter().any(|one| {
            matches!(one.level, Level::Runbook | Level::Scenario) && one.rpo.is_some()
        });
        let living = self.services.iter().filter(|one| one.uses.contains(resource));
        let least = living.map(|service| service.objective.rpo).min();
        least.filter(|_| !own).unwrap_or(self.objective.rpo)
    }

    pub fn probe(&self, id: &ProbeId) -> Option<&Probe> {
        self.probes.iter().find(|probe| probe.id == *id)
    }

    pub fn site(&self, id: &SiteId) -> Option<&Site> {
        self.sites.iter().find(|site| site.id == *id)
    }
}
