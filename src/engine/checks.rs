//! What must be seen before a verb: one rule per noun, derived from the estate, so that a
//! plan cannot forget it.

use super::{
    exposure::{exposure, is_writer},
    gate::{Check, Class},
    incident::Incident,
};
use crate::model::{
    Action, DatabaseRole, DatabaseView, Evidence, Fence, Moment, Noun, Observation,
    Reading, Resource, ResourceId, SiteId, Span, Step, Text, Verb,
};

/// The checks of `step` against what is seen now.
pub(super) fn checks(
    incident: &Incident,
    step: &Step,
    evidence: &Evidence,
    now: Moment,
) -> Vec<Check> {
    let Action::Estate { resource, side, verb, args } = &step.action else {
        return Vec::new();
    };
    let Some(resource) = incident.procedure.resource(resource) else {
        return Vec::new();
    };
    let look = Look {
        incident,
        resource,
        side,
        evidence,
        now,
        limit: step.tier.preflight_age(),
        aim: args.text("to").filter(|_| *verb == Verb::Repoint),
        tried: incident.steps.get(&step.id).is_some_and(|record| record.attempt > 0),
    };
    match verb {
        Verb::Promote => look.promote(),
        Verb::Switchover => vec![look.replica(), look.lag()],
        Verb::Unfence => look.unfence(),
        Verb::Repoint => look.behind(&[Noun::Database]),
        Verb::Shift => look.behind(&[Noun::Database, Noun::Compute]),
        Verb::Fence
        | Verb::RebuildReplica
        | Verb::Snapshot
        | Verb::CopySnapshot
        | Verb::Restore
        | Verb::Scale
        | Verb::Stop
        | Verb::Restart
        | Verb::Deploy
        | Verb::Hold
        | Verb::RestoreVersion
        | Verb::Sync
        | Verb::Switch => Vec::new(),
    }
}

struct Look<'a> {
    incident: &'a Incident,
    resource: &'a Resource,
    side: &'a SiteId,
    evidence: &'a Evidence,
    now: Moment,
    /// How old a reading may be at this step's tier.
    limit: Span,
    /// The address a service is being pointed at.
    aim: Option<&'a str>,
    /// Whether this incident has asked for it before.
    tried: bool,
}

/// Settings under which kinds declare what a side of a database is called.
const NAMES: [&str; 4] = ["endpoint", "identifier", "instance", "cluster"];

impl Look<'_> {
    fn promote(&self) -> Vec<Check> {
        let mut checks: Vec<_> = self.others().map(|other| self.fenced(other)).collect();
        checks.push(self.lag());
        checks.push(self.replica());
        checks
    }

    fn unfence(&self) -> Vec<Check> {
        self.others()
            .map(|other| {
                let name =
                    format!("{} in {other} is not a second writer", self.resource.id);
                self.database(other, name, |view| match (&view.role, &view.fence) {
                    (DatabaseRole::Writer, Fence::Closed { .. }) => {
                        Ok("fenced".to_owned())
                    }
                    (DatabaseRole::Writer, _) => Err("it is a writer".to_owned()),
                    (DatabaseRole::Replica { .. } | DatabaseRole::Absent, _) => {
                        Ok("not a writer".to_owned())
                    }
                })
            })
            .collect()
    }

    fn others(&self) -> impl Iterator<Item = &SiteId> {
        self.resource.sides.keys().filter(|other| *other != self.side)
    }

    fn fenced(&self, other: &SiteId) -> Check {
        let name = format!("{} in {other} is fenced", self.resource.id);
        self.database(other, name, |view| match (&view.fence, &view.role) {
            (Fence::Closed { proof }, _) => Ok(proof.to_string()),
            (_, DatabaseRole::Absent) => Ok("it no longer exists".to_owned()),
            (Fence::Open, _) => Err("it can still take writes".to_owned()),
            (Fence::Unproven, _) => Err("no proof that it takes no writes".to_owned()),
        })
    }

    fn replica(&self) -> Check {
        let name = format!("{} in {} can be promoted", self.resource.id, self.side);
        self.database(self.side, name, |view| match &view.role {
            DatabaseRole::Replica { .. } if view.available => {
                Ok(format!("replica, {}", view.status))
            }
            DatabaseRole::Writer => Ok("it is the writer already".to_owned()),
            DatabaseRole::Replica { .. } => Err(format!("replica, {}", view.status)),
            DatabaseRole::Absent => Err("it does not exist".to_owned()),
        })
    }

    fn lag(&self) -> Check {
        let cost =
            exposure(self.incident, self.resource, self.side, self.evidence, self.now);
        let name = Text::clean(format!("data lost by {} within RPO", self.resource.id));
        let age = cost.sampled_at.map(|at| self.now - at);
        let writer = is_writer(self.evidence, &self.resource.id, self.side, self.now)
            == Some(true);
        let (class, value) = match cost.lost {
            // Nobody here promoted it and nobody saw it follow: it may be another database.
            None if writer && !self.tried => {
                let value = "it is a writer already, and was never seen to follow";
                (Class::Unknown, value.to_owned())
            }
            _ if writer => (Class::Pass, "it is the writer already".to_owned()),
            None => (Class::Unknown, "lag was never measured".to_owned()),
            Some(lost) => {
                let class = if lost <= cost.limit { Class::Pass } else { Class::Fail };
                (class, format!("{} of {}", lost.clock(), cost.limit.clock()))
            }
        };
        Check { name, class, value: Text::clean(value), age }
    }

    /// What users would be sent to, or what a service would be pointed at.
    fn behind(&self, nouns: &[Noun]) -> Vec<Check> {
        let services = self
            .incident
            .procedure
            .services
            .iter()
            .filter(|service| service.uses.contains(&self.resource.id));
        let mut ids: Vec<&ResourceId> =
            services.flat_map(|service| &service.uses).collect();
        ids.sort();
        ids.dedup();
        ids.into_iter()
            .filter_map(|id| self.incident.procedure.resource(id))
            .filter(|resource| {
                nouns.contains(&resource.noun) && resource.sides.contains_key(self.side)
            })
            .filter_map(|resource| match resource.noun {
                Noun::Database => Some(self.writes(resource)),
                Noun::Compute => Some(self.serves(resource)),
                Noun::Traffic | Noun::Storage => None,
            })
            .collect()
    }

    /// The side of `database` whose name stands in the address a service is pointed at;
    /// the step's own side when none does.
    fn aimed(&self, database: &Resource) -> SiteId {
        let named = |site: &&SiteId| {
            let seen = self.evidence.database(&database.id, site);
            let observed = seen.and_then(|(view, ..)| view.endpoint.as_ref());
            let declared = NAMES.iter().filter_map(|key| database.setting(site, key));
            let mut names = declared.chain(observed.map(Text::as_str));
            names.any(|name| self.aim.is_some_and(|aim| stands_in(name, aim)))
        };
        database.sides.keys().find(named).unwrap_or(self.side).clone()
    }

    fn writes(&self, resource: &Resource) -> Check {
        let side = self.aimed(resource);
        let name = format!("{} in {side} takes writes", resource.id);
        let reading = self.evidence.of(&resource.id, &side);
        self.read(reading, name, |seen| match seen {
            Observation::Database(view) => {
                let fenced = matches!(view.fence, Fence::Closed { .. });
                let writer =
                    view.role == DatabaseRole::Writer && view.available && !fenced;
                let value = match &view.role {
                    DatabaseRole::Writer if fenced => "it is fenced".to_owned(),
                    DatabaseRole::Writer => format!("writer, {}", view.status),
                    DatabaseRole::Replica { .. } => "still a replica".to_owned(),
                    DatabaseRole::Absent => "it does not exist".to_owned(),
                };
                if writer { Ok(value) } else { Err(value) }
            }
            Observation::Compute(_)
            | Observation::Traffic(_)
            | Observation::Storage(_) => Err("not a database".to_owned()),
        })
    }

    fn serves(&self, resource: &Resource) -> Check {
        let name = format!("{} in {} serves", resource.id, self.side);
        let reading = self.evidence.of(&resource.id, self.side);
        self.read(reading, name, |seen| match seen {
            Observation::Compute(view) => {
                let healthy = view.healthy.unwrap_or(view.running);
                let value = format!("{healthy}/{} healthy", view.desired);
                if healthy > 0 && healthy >= view.desired {
                    Ok(value)
                } else {
                    Err(value)
                }
            }
            Observation::Database(_)
            | Observation::Traffic(_)
            | Observation::Storage(_) => Err("not compute".to_owned()),
        })
    }

    fn database(
        &self,
        site: &SiteId,
        name: String,
        ask: impl Fn(&DatabaseView) -> Result<String, String>,
    ) -> Check {
        let reading = self.evidence.of(&self.resource.id, site);
        self.read(reading, name, |seen| match seen {
            Observation::Database(view) => ask(view),
            Observation::Compute(_)
            | Observation::Traffic(_)
            | Observation::Storage(_) => Err("not a database".to_owned()),
        })
    }

    fn read(
        &self,
        reading: Option<&Reading<Observation>>,
        name: String,
        ask: impl Fn(&Observation) -> Result<String, String>,
    ) -> Check {
        let name = Text::clean(name);
        let unknown = |why: &str, age| Check {
            name: name.clone(),
            class: Class::Unknown,
            value: Text::clean(why),
            age,
        };
        let Some(reading) = reading else {
            return unknown("not read yet", None);
        };
        let Some((seen, at)) = &reading.last else {
            let why = reading
                .lost
                .as_ref()
                .map_or("not read yet", |(lost, _)| lost.why.as_str());
            return unknown(why, None);
        };
        let age = self.now - *at;
        if age > self.limit {
            return unknown("the reading is too old", Some(age));
        }
        let (class, value) = match ask(seen) {
            Ok(value) => (Class::Pass, value),
            Err(value) => (Class::Fail, value),
        };
        Check { name: name.clone(), class, value: Text::clean(value), age: Some(age) }
    }
}

/// Whether `name` stands in `address` as a whole: `orders` does not stand in `orders-dr`.
fn stands_in(name: &str, address: &str) -> bool {
    let goes_on = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    !name.is_empty()
        && address.match_indices(name).any(|(at, found)| {
            let (before, after) = (address.get(..at), address.get(at + found.len()..));
            !before.is_some_and(|text| text.ends_with(goes_on))
                && !after.is_some_and(|text| text.starts_with(goes_on))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_in_an_address_as_a_whole_or_not_at_all() {
        let address = "jdbc:postgresql://orders-dr.us-west-2.example.com:5432/orders_v2";
        for (name, stands) in [
            ("orders-dr", true),
            ("orders-dr.us-west-2.example.com", true),
            ("orders", false),
            ("db", false),
            ("dr", false),
            ("", false),
        ] {
            assert_eq!(stands_in(name, address), stands, "{name}");
        }
    }
}
