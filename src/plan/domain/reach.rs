//! What a step asks, and where that lives: the endpoint it calls, and the control plane
//! behind it. Draws no conclusion about what is lost.

use serde_json::Value;

use super::{
    line::{self, Called},
    lost::{is_region, stands_in},
};
use crate::{
    model::{
        Action, AwsCall, CommandSpec, Errand, Expect, KubectlCall, Resource, Site,
        SiteId, SqlCall, Step, Undo, Verb, errand::Until,
    },
    plan::{
        Plan,
        data::{ControlPlane, data},
        language::{HostRow, Items, Said, StepRow},
    },
};

/// Something that is asked, and where it lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// As people say it: `rds`, `kubernetes`, `the shell of db1`.
    pub what: String,
    pub at: At,
}

/// Where something lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    /// A region of the cloud.
    Region(String),
    /// A site of the plan that is no region of a cloud, or whose region nobody says.
    Site(SiteId),
    /// A global service: what it is asked to change lives in one region only.
    Plane(&'static ControlPlane),
    /// Many places at once: no single one takes it away.
    Many,
    /// The console's own machine, or people.
    Here,
    /// The plan does not say; why.
    Unknown(&'static str),
}

impl At {
    /// `us-west-2`, `us-east-1 (control plane of route53)`.
    pub fn told(&self) -> String {
        match self {
            Self::Region(region) => region.clone(),
            Self::Site(site) => site.to_string(),
            Self::Plane(plane) => {
                format!("{} (control plane of {})", plane.home, plane.service)
            }
            Self::Many => "several regions".to_owned(),
            Self::Here => "here".to_owned(),
            Self::Unknown(why) => format!("unknown: {why}"),
        }
    }
}

/// The service a kind of technology is asked through; none where the thing itself is.
const SERVICES: &[(&str, &str)] = &[
    ("rds", "rds"),
    ("aurora", "rds"),
    ("ecs", "ecs"),
    ("eks", "eks"),
    ("route53", "route53"),
    ("cloudfront", "cloudfront"),
    ("s3", "s3"),
    ("elasticache", "elasticache"),
    ("dynamodb", "dynamodb"),
    ("asg", "autoscaling"),
];

/// Keys of a side whose value is a name nothing else has.
const NAMES: &[&str] = &["instance", "identifier", "endpoint", "bucket", "host"];

/// The service of a kind: the longest that begins it, up to a `-`.
pub(super) fn service_of(kind: &str) -> Option<&'static str> {
    let fits = |(begins, _): &&(&str, &str)| {
        kind.strip_prefix(*begins)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    SERVICES.iter().find(fits).map(|(_, service)| *service)
}

/// The control plane of a service that has one home.
pub(super) fn plane(service: &str) -> Option<&'static ControlPlane> {
    data().control_planes.plane.iter().find(|plane| plane.service == service)
}

/// A plan, and how it was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Map<'p> {
    pub plan: &'p Plan,
}

impl<'p> Map<'p> {
    /// Everything `step` asks, to be done and to be seen done, each once.
    pub(super) fn of_step(self, step: &'p Step, row: Option<&'p StepRow>) -> Vec<Call> {
        let mut calls = self.of_action(&step.action, row);
        calls.extend(step.terms.expect.iter().flat_map(|expect| self.of_expect(expect)));
        let mut once: Vec<Call> = Vec::new();
        for call in calls {
            if !once.contains(&call) {
                once.push(call);
            }
        }
        once
    }

    /// What taking the step back asks.
    pub(super) fn of_undo(self, step: &'p Step) -> Vec<Call> {
        match &step.terms.undo {
            Undo::Action(action) => self.of_action(action, None),
            Undo::ByNature | Undo::Recorded(_) | Undo::None(_) => Vec::new(),
        }
    }

    pub(super) fn of_action(
        self,
        action: &'p Action,
        row: Option<&'p StepRow>,
    ) -> Vec<Call> {
        match action {
            Action::Estate { resource, side, verb, .. } => {
                let known = self.plan.resource(resource.as_str());
                known.map(|one| self.of_verb(one, side, *verb)).unwrap_or_default()
            }
            Action::Command(spec) => self.of_command(spec, row),
            Action::Http(spec) => vec![self.address("the address", &spec.url)],
            Action::Errand(errand) => self.of_errand(errand),
            Action::Check { .. }
            | Action::Manual { .. }
            | Action::Approval { .. }
            | Action::Wait { .. }
            | Action::Notify { .. } => Vec::new(),
        }
    }

    fn of_verb(self, resource: &Resource, side: &SiteId, verb: Verb) -> Vec<Call> {
        let mut calls = vec![self.thing(resource, side)];
        // These read from the other side, or need it to agree.
        let both = matches!(
            verb,
            Verb::Switchover | Verb::RebuildReplica | Verb::CopySnapshot | Verb::Sync
        );
        for other in resource.sides.keys().filter(|other| both && *other != side) {
            calls.push(self.thing(resource, other));
        }
        calls
    }

    /// How a side of a resource is asked.
    pub(super) fn thing(self, resource: &Resource, side: &SiteId) -> Call {
        if resource.kind.contains("routing-control") {
            return Call { what: "route53-recovery-cluster".to_owned(), at: At::Many };
        }
        match service_of(&resource.kind) {
            Some(service) => {
                let at = plane(service).map_or_else(|| self.at_site(side), At::Plane);
                Call { what: service.to_owned(), at }
            }
            None if resource.kind.starts_with("kubernetes") => {
                Call { what: "kubernetes".to_owned(), at: self.at_site(side) }
            }
            None => Call { what: resource.id.to_string(), at: self.at_site(side) },
        }
    }

    fn site(self, id: &SiteId) -> Option<&'p Site> {
        self.plan.sites.iter().find(|site| site.id == *id)
    }

    pub(super) fn at_site(self, id: &SiteId) -> At {
        let region = self.site(id).and_then(|site| site.region.clone());
        region.map_or_else(|| At::Site(id.clone()), At::Region)
    }

    fn of_errand(self, errand: &'p Errand) -> Vec<Call> {
        match errand {
            Errand::Aws(call) => self.aws(call),
            Errand::Kubectl(call) => vec![self.kubectl(call)],
            Errand::Sql(call) => vec![self.sql(call)],
            Errand::Dns(_) => vec![in_cloud("route53", None)],
            Errand::Until { until: Until::Waiter { region, .. } } => {
                vec![in_cloud("the waiter", region.as_deref())]
            }
            Errand::File(_)
            | Errand::Prompt { .. }
            | Errand::Mark { .. }
            | Errand::Until { until: Until::Probe(_) }
            | Errand::Respond { .. }
            | Errand::Call { .. } => Vec::new(),
        }
    }

    /// The service, and whatever its parameters name as a source.
    fn aws(self, call: &AwsCall) -> Vec<Call> {
        let mut calls = vec![in_cloud(&call.service, call.region.as_deref())];
        for source in sources(&call.params) {
            calls.extend(self.named(source, stands_in));
        }
        calls
    }

    /// Where something that is named lies: by the region in its name, or as the side of the
    /// estate with the longest name that is in it.
    fn named(self, name: &str, is_in: fn(&str, &str) -> bool) -> Option<Call> {
        let region = name.split([':', '.', '/']).find(|part| is_region(part));
        if let Some(region) = region {
            let at = At::Region(region.to_owned());
            return Some(Call { what: name.to_owned(), at });
        }
        let mut best: Option<(usize, &SiteId)> = None;
        for (site, side) in self.plan.estate.iter().flat_map(|one| &one.sides) {
            let own = side.params.0.iter();
            let own = own.filter(|(key, _)| NAMES.contains(&key.as_str()));
            let names = own.filter_map(|(_, value)| value.as_str());
            let fits = names.filter(|own| own.len() > 2 && is_in(own, name));
            let longest = fits.map(str::len).max().unwrap_or_default();
            if longest > best.map_or(0, |(length, _)| length) {
                best = Some((longest, site));
            }
        }
        let (_, site) = best?;
        Some(Call { what: name.to_owned(), at: self.at_site(site) })
    }

    fn kubectl(self, call: &KubectlCall) -> Call {
        let at = call.context.as_deref().map_or(
            At::Unknown("no context is written: it goes to whatever cluster is current"),
            |context| self.cluster(context),
        );
        Call { what: "kubernetes".to_owned(), at }
    }

    /// Where a cluster is, by the sides that name its context, or by its name.
    fn cluster(self, context: &str) -> At {
        let mut sides = self
            .plan
            .estate
            .iter()
            .flat_map(|one| one.sides.keys().map(move |site| (one, site)));
        let named =
            sides.find(|(one, site)| one.setting(site, "context") == Some(context));
        if let Some((_, site)) = named {
            return self.at_site(site);
        }
        let mut sites = self.plan.sites.iter();
        let within = sites.find(|site| {
            stands_in(site.id.as_str(), context)
                || site.region.as_deref().is_some_and(|region| stands_in(region, context))
        });
        within
            .map_or(At::Unknown("the plan does not say where this cluster is"), |site| {
                self.at_site(&site.id)
            })
    }

    fn sql(self, call: &SqlCall) -> Call {
        self.address("the database", &call.host)
    }

    /// Where an address leads, as far as its name tells.
    pub(super) fn address(self, what: &str, address: &str) -> Call {
        let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
        let host = rest.split(['/', '?', ':']).next().unwrap_or_default();
        let labels = || host.split('.');
        let what = format!("{what} {host}");
        if let Some(region) = labels().find(|label| is_region(label)) {
            return Call { what, at: At::Region(region.to_owned()) };
        }
        let named = |site: &&Site| {
            labels().any(|label| label == site.id.as_str())
                || site.region.as_deref().is_some_and(|region| stands_in(region, host))
        };
        if let Some(site) = self.plan.sites.iter().find(named) {
            return Call { what, at: self.at_site(&site.id) };
        }
        let found = self.named(host, is_label).map(|call| call.at);
        let at = found.unwrap_or(At::Unknown("its name does not say where it is"));
        Call { what, at }
    }

    fn of_command(self, spec: &CommandSpec, row: Option<&'p StepRow>) -> Vec<Call> {
        let mut calls: Vec<Call> =
            row.and_then(|row| self.host(row)).into_iter().collect();
        for called in line::calls(&spec.argv) {
            calls.push(match called {
                Called::Aws { service, region } => {
                    let filled = region.map(|region| filled(&region, spec));
                    in_cloud(&service, filled.as_deref())
                }
                Called::Kubectl { context } => {
                    let context = context.map(|context| filled(&context, spec));
                    self.kubectl(&KubectlCall { context, ..KubectlCall::default() })
                }
            });
        }
        if calls.is_empty() {
            let why = "what the program calls stands in no plan";
            calls.push(Call { what: "a program".to_owned(), at: At::Unknown(why) });
        }
        calls
    }

    /// The machine a step runs on.
    fn host(self, row: &StepRow) -> Option<Call> {
        let wanted = row.host.get()?;
        let mut hosts = self.plan.file.host.items().iter();
        let host = hosts.find(|host| host.id.get() == Some(wanted))?;
        Some(self.machine(host))
    }

    pub(super) fn machine(self, host: &HostRow) -> Call {
        let id = host.id.get().map_or("", String::as_str);
        let at = host
            .site
            .get()
            .map_or(At::Unknown("the plan does not say where it stands"), |site| {
                self.at_site(&SiteId::new(site))
            });
        Call { what: format!("the shell of {id}"), at }
    }

    fn of_expect(self, expect: &'p Expect) -> Vec<Call> {
        match expect {
            Expect::Aws { call, .. } => self.aws(call),
            Expect::Waiter { region, .. } => {
                vec![in_cloud("the waiter", region.as_deref())]
            }
            Expect::Sql { call, .. } => vec![self.sql(call)],
            Expect::Kubectl(call) => vec![self.kubectl(call)],
            Expect::Dns { .. } => {
                vec![Call { what: "name servers".to_owned(), at: At::Many }]
            }
            Expect::ExitCode(_)
            | Expect::Probe(_)
            | Expect::Answer(_)
            | Expect::Part { .. } => Vec::new(),
        }
    }
}

/// Whether `name` is one of the labels of an address: `shop-db` is none of
/// `shop-db-west.internal`.
fn is_label(name: &str, address: &str) -> bool {
    address == name || address.split('.').any(|label| label == name)
}

/// A service of the cloud, asked in a region.
pub(super) fn in_cloud(service: &str, region: Option<&str>) -> Call {
    let what = service.to_owned();
    if let Some(plane) = plane(service) {
        return Call { what, at: At::Plane(plane) };
    }
    let at = match region {
        Some(region) if region.contains("${") => {
            At::Unknown("its region is a value nobody has given yet")
        }
        Some(region) => At::Region(region.to_owned()),
        None => {
            At::Unknown("no region is written: it goes where the machine's settings say")
        }
    };
    Call { what, at }
}

/// A variable of a script, where the step gives it its value.
fn filled(word: &str, spec: &CommandSpec) -> String {
    let name = word.trim_start_matches('$').trim_matches(['{', '}', '"']);
    if !word.starts_with('$') {
        return word.to_owned();
    }
    spec.env.get(name).cloned().unwrap_or_else(|| format!("${{{name}}}"))
}

/// Values of parameters that say where something is taken from.
fn sources(params: &Value) -> Vec<&str> {
    let Value::Object(entries) = params else { return Vec::new() };
    let from = |key: &str| {
        let key = key.to_ascii_lowercase();
        key.starts_with("source") || key == "copysource"
    };
    entries
        .iter()
        .filter(|(key, _)| from(key))
        .filter_map(|(_, value)| value.as_str())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_asked_through_their_service() {
        for (kind, service) in [
            ("rds-replica", Some("rds")),
            ("aurora-global", Some("rds")),
            ("s3", Some("s3")),
            ("s3-replication", Some("s3")),
            ("route53", Some("route53")),
            ("postgres", None),
            ("rdsx", None),
        ] {
            assert_eq!(service_of(kind), service, "{kind}");
        }
    }

    #[test]
    fn a_global_service_lives_where_its_control_plane_does() {
        let at = in_cloud("route53", Some("us-west-2")).at;
        assert!(matches!(at, At::Plane(plane) if plane.home == "us-east-1"), "{at:?}");
        assert_eq!(in_cloud("rds", Some("us-west-2")).at, At::Region("us-west-2".into()));
        assert!(matches!(in_cloud("rds", None).at, At::Unknown(_)));
    }
}
