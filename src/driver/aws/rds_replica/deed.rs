//! What a verb needs of RDS, and what became of it: pure decisions over what was seen.

use super::{
    super::{Services, need::Need},
    Instance, Snapshot,
};
use crate::model::{Text, Verb, Work};

/// Days of automated backups after a promotion, when the plan says nothing. RDS itself
/// would take one.
const RETENTION: u32 = 7;

/// Statuses in which RDS refuses a promotion, with what a person should know.
const NOT_NOW: &[(&str, &str)] = &[
    ("backing-up", "RDS does not promote a replica during a backup: wait for it to end"),
    ("creating", "the replica is still being created"),
    ("deleting", "the replica is being deleted"),
    ("modifying", "a change is under way, perhaps this promotion"),
    ("rebooting", "the replica is rebooting, perhaps for this promotion"),
    ("starting", "the replica is still starting"),
    ("stopped", "the replica is stopped: start it first"),
    ("stopping", "the replica is being stopped"),
];

/// A changing call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Promote {
        name: String,
        retention: i32,
    },
    Stop {
        name: String,
    },
    Start {
        name: String,
    },
    /// Exactly these security groups.
    Groups {
        name: String,
        groups: Vec<String>,
    },
    Snapshot {
        name: String,
        snapshot: String,
    },
    Rebuild {
        name: String,
        source: String,
        extra: Extra,
    },
}

/// What the plan says about a replica that RDS cannot guess.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Extra {
    pub(super) subnet_group: Option<String>,
    pub(super) kms_key: Option<String>,
}

/// What this kind can do.
#[derive(Clone, Copy)]
pub(super) enum Deed {
    Promote,
    Fence,
    Unfence,
    Snapshot,
    Rebuild,
}

/// A piece of work and what was seen.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) work: &'a Work,
    pub(super) name: &'a str,
    pub(super) instance: Option<&'a Instance>,
    pub(super) snapshot: Option<&'a Snapshot>,
    /// The ARN of what a rebuilt replica would copy from.
    pub(super) source: Option<&'a str>,
}

impl Scene<'_> {
    /// What is still to be called.
    pub(super) fn need(&self, services: &Services) -> Need<Call> {
        let Some(deed) = deed(self.work) else {
            return Need::refused(format!("an rds-replica cannot {}", self.work.verb));
        };
        if let Deed::Rebuild = deed {
            return self.rebuild(services);
        }
        let Some(instance) = self.instance else {
            let region = &services.region;
            return Need::refused(format!("RDS in {region} knows no {}", self.name));
        };
        match deed {
            Deed::Promote => self.promote(instance, services),
            Deed::Fence => match self.wall() {
                Some(group) => self.attach(instance, services, group),
                None => self.stop(instance, services),
            },
            Deed::Unfence => match (self.wall(), self.opening()) {
                (Some(_), Some(groups)) => self.attach(instance, services, groups),
                (Some(_), None) => Need::refused(
                    "the plan names no `open_groups` to put back on this side",
                ),
                (None, _) => self.start(instance, services),
            },
            Deed::Snapshot => self.take(instance, services),
            Deed::Rebuild => self.rebuild(services),
        }
    }

    fn promote(&self, instance: &Instance, services: &Services) -> Need<Call> {
        let Some(source) = &instance.source else {
            return Need::already("role", &instance.role(), None);
        };
        let retention =
            self.work.resource.params.number("backup_retention").unwrap_or(RETENTION);
        let days = retention.to_string();
        let rest = [
            "--db-instance-identifier",
            self.name,
            "--backup-retention-period",
            days.as_str(),
        ];
        let line = services.line(&["rds", "promote-read-replica"], &rest);
        let retention = i32::try_from(retention).unwrap_or(i32::MAX);
        let call = Call::Promote { name: self.name.to_owned(), retention };
        let busy = NOT_NOW.iter().find(|(status, _)| *status == instance.status);
        Need::call(call, line)
            .change("role", &instance.role(), "standalone writer")
            .change(
                "automated backups kept",
                &instance
                    .retention
                    .map_or_else(|| "not said".to_owned(), |days| format!("{days} d")),
                &format!("{days} d"),
            )
            .before(instance.role())
            .irreversible(format!(
                "Replication from {source} ends for good; the pair must be rebuilt."
            ))
            .object(busy.map(|(status, why)| format!("status is {status}: {why}")))
    }

    /// The security group that lets nobody in, where the plan fences with one.
    pub(super) fn wall(&self) -> Option<&str> {
        self.work.resource.setting(&self.work.side, "fence_group")
    }

    /// The groups of normal operation: those recorded before the fence, else the plan's.
    fn opening(&self) -> Option<&str> {
        // RDS may have named none before the fence: then the plan's are the only ones.
        let recorded = self.work.undo_to.as_ref().map(Text::as_str);
        let recorded = recorded.filter(|groups| !groups.is_empty());
        recorded.or_else(|| self.work.resource.setting(&self.work.side, "open_groups"))
    }

    fn attach(
        &self,
        instance: &Instance,
        services: &Services,
        groups: &str,
    ) -> Need<Call> {
        if groups.contains("${") {
            return Need::refused(format!(
                "{groups} is not set where the plan looks for it"
            ));
        }
        let now = instance.groups();
        let wanted: Vec<String> = groups
            .split(',')
            .map(|id| id.trim().to_owned())
            .filter(|id| !id.is_empty())
            .collect();
        if wanted.is_empty() {
            return Need::refused("there is no security group to attach");
        }
        if instance.has_groups(&wanted) {
            return Need::already("security groups", &now, Some(now.clone()));
        }
        let mut rest =
            vec!["--db-instance-identifier", self.name, "--vpc-security-group-ids"];
        rest.extend(wanted.iter().map(String::as_str));
        rest.push("--apply-immediately");
        let line = services.line(&["rds", "modify-db-instance"], &rest);
        let call = Call::Groups { name: self.name.to_owned(), groups: wanted.clone() };
        Need::call(call, line).change("security groups", &now, groups).before(now.clone())
    }

    fn stop(&self, instance: &Instance, services: &Services) -> Need<Call> {
        let status = &instance.status;
        if status == "stopped" {
            return Need::already("status", status, Some(status.clone()));
        }
        if self.work.resource.params.text("fence") == Some("none") {
            return Need::refused(
                "the plan declares no way to fence it (`fence = none`)",
            );
        }
        let rest = ["--db-instance-identifier", self.name];
        let line = services.line(&["rds", "stop-db-instance"], &rest);
        Need::call(Call::Stop { name: self.name.to_owned() }, line)
            .change("status", status, "stopped; RDS starts it again after seven days")
            .before(status.clone())
            .object((status == "stopping").then(|| "it is being stopped".to_owned()))
    }

    fn start(&self, instance: &Instance, services: &Services) -> Need<Call> {
        let status = &instance.status;
        if instance.available() {
            return Need::already("status", status, Some(status.clone()));
        }
        let rest = ["--db-instance-identifier", self.name];
        let line = services.line(&["rds", "start-db-instance"], &rest);
        let wrong = (status != "stopped")
            .then(|| format!("status is {status}: RDS starts only a stopped instance"));
        Need::call(Call::Start { name: self.name.to_owned() }, line)
            .change("status", status, "available")
            .before(status.clone())
            .object(wrong)
    }

    fn take(&self, instance: &Instance, services: &Services) -> Need<Call> {
        let snapshot = snapshot_name(self.work);
        if let Some(seen) = self.snapshot {
            let value = format!("{} {}", seen.name, seen.status);
            return Need::already("snapshot", &value, None);
        }
        let rest = [
            "--db-instance-identifier",
            self.name,
            "--db-snapshot-identifier",
            snapshot.as_str(),
        ];
        let line = services.line(&["rds", "create-db-snapshot"], &rest);
        let wanted = self.work.args.text("name").unwrap_or_default();
        let misnamed = (!snapshot.starts_with(wanted)).then(|| {
            format!("`{wanted}` cannot begin a snapshot's name: small letters, digits and single hyphens, a letter first")
        });
        let ready = ["available", "storage-optimization"].contains(&&*instance.status);
        let busy =
            (!ready).then(|| format!("status is {}, not available", instance.status));
        Need::call(
            Call::Snapshot { name: self.name.to_owned(), snapshot: snapshot.clone() },
            line,
        )
        .change("snapshot", "none", &snapshot)
        .object(misnamed)
        .object(busy)
    }

    /// Builds a replica under a free name. What bears the name is never deleted by these
    /// hands: it may hold the only copy of the last writes.
    fn rebuild(&self, services: &Services) -> Need<Call> {
        match self.instance {
            Some(instance) if instance.source.is_some() => {
                return Need::already("role", &instance.role(), None);
            }
            Some(_) => {
                return Need::refused(format!(
                    "{} still exists as a standalone instance and RDS builds a replica only under a free name: rename or delete it first",
                    self.name
                ));
            }
            None => {}
        }
        let Some(source) = self.source else {
            return Need::refused("no other side is there to copy from");
        };
        let setting = |key| {
            let (resource, side) = (&self.work.resource, &self.work.side);
            resource.setting(side, key).map(str::to_owned)
        };
        let extra =
            Extra { subnet_group: setting("subnet_group"), kms_key: setting("kms_key") };
        let mut rest = vec!["--db-instance-identifier", self.name];
        rest.extend(["--source-db-instance-identifier", source]);
        let options = [
            ("--db-subnet-group-name", &extra.subnet_group),
            ("--kms-key-id", &extra.kms_key),
        ];
        for (option, value) in options {
            rest.extend(value.iter().flat_map(|value| [option, value.as_str()]));
        }
        let line = services.line(&["rds", "create-db-instance-read-replica"], &rest);
        let after = format!("replica of {source}");
        let name = self.name.to_owned();
        Need::call(Call::Rebuild { name, source: source.to_owned(), extra }, line)
            .change("role", "absent", &after)
    }
}

/// The deed a piece of work asks for. Undoing a fence opens it, unless it was closed
/// before.
pub(super) fn deed(work: &Work) -> Option<Deed> {
    match work.verb {
        Verb::Promote => Some(Deed::Promote),
        Verb::Fence => match &work.undo_to {
            Some(before) if before.as_str() != "stopped" => Some(Deed::Unfence),
            Some(_) | None => Some(Deed::Fence),
        },
        Verb::Unfence => Some(Deed::Unfence),
        Verb::Snapshot => Some(Deed::Snapshot),
        Verb::RebuildReplica => Some(Deed::Rebuild),
        Verb::Switchover
        | Verb::CopySnapshot
        | Verb::Restore
        | Verb::Scale
        | Verb::Stop
        | Verb::Restart
        | Verb::Deploy
        | Verb::Repoint
        | Verb::Shift
        | Verb::Hold
        | Verb::RestoreVersion
        | Verb::Sync
        | Verb::Switch => None,
    }
}

/// The name this attempt gives its snapshot: the wanted beginning, then the attempt.
/// Letters, digits and single hyphens, at most 255, a letter first (Amazon RDS API
/// Reference, `CreateDBSnapshot`).
pub(super) fn snapshot_name(work: &Work) -> String {
    let wanted = work.args.text("name").unwrap_or("warroom");
    let mut name = String::new();
    for c in format!("{wanted}-{}", work.name()).chars() {
        let c = if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        if c != '-' || !(name.is_empty() || name.ends_with('-')) {
            name.push(c);
        }
    }
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name.insert_str(0, "s-");
    }
    name.truncate(255);
    name.trim_end_matches('-').to_owned()
}
