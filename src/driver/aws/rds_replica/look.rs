//! What RDS says about one instance and one snapshot. Reads only.

use aws_sdk_rds::types::{DbInstance, DbSnapshot};

use super::super::{Services, class};
use crate::model::{DatabaseRole, DatabaseView, Fence, Lag, Moment, Text, Unknown};

/// One instance, in the words that matter here.
#[derive(Clone, Debug, Default)]
pub(super) struct Instance {
    pub(super) id: String,
    pub(super) arn: Option<String>,
    pub(super) status: String,
    /// What it replicates from; none for a standalone instance.
    pub(super) source: Option<String>,
    /// Replication's own complaint, when RDS calls its state not normal, or does not say
    /// whether it is and names another state than `replicating`.
    pub(super) broken: Option<String>,
    /// Days of automated backups; none when RDS does not say.
    pub(super) retention: Option<i32>,
    /// Security groups with RDS's word for how far each is attached, if it says one.
    groups: Vec<(String, Option<String>)>,
    endpoint: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    pub(super) name: String,
    pub(super) status: String,
    created: Option<Moment>,
}

/// The instance; none when RDS does not know it.
pub(super) async fn instance(
    services: &Services,
    name: &str,
) -> Result<Option<Instance>, Unknown> {
    let call = services.rds.look.describe_db_instances().db_instance_identifier(name);
    match call.send().await {
        Ok(answer) => {
            let known = answer.db_instances();
            let asked = known.iter().find(|found| {
                is_named(name, [found.db_instance_identifier(), found.db_instance_arn()])
            });
            match (asked, known.first()) {
                (Some(found), _) => Ok(Some(Instance::read(found))),
                (None, None) => Ok(None),
                (None, Some(other)) => {
                    Err(stranger(name, other.db_instance_identifier()))
                }
            }
        }
        Err(why) if class::is(&why, "DBInstanceNotFound") => Ok(None),
        Err(why) => {
            let call = format!("DescribeDBInstances in {}", services.region);
            Err(class::unknown(&call, &why))
        }
    }
}

/// The snapshot of that name, finished or not.
pub(super) async fn snapshot(
    services: &Services,
    name: &str,
) -> Result<Option<Snapshot>, Unknown> {
    let call = services.rds.look.describe_db_snapshots().db_snapshot_identifier(name);
    match call.send().await {
        Ok(answer) => {
            let asked = answer
                .db_snapshots()
                .iter()
                .find(|found| is_named(name, [found.db_snapshot_identifier(), None]));
            Ok(asked.map(|found| Snapshot::read(found, name)))
        }
        Err(why) if class::is(&why, "DBSnapshotNotFound") => Ok(None),
        Err(why) => {
            let call = format!("DescribeDBSnapshots in {}", services.region);
            Err(class::unknown(&call, &why))
        }
    }
}

/// Whether one of `names` is what was asked for. RDS keeps identifiers in small letters and
/// takes them, or an ARN, in any (Amazon RDS API Reference, `DescribeDBInstances`).
fn is_named(asked: &str, names: [Option<&str>; 2]) -> bool {
    names.into_iter().flatten().any(|name| name.eq_ignore_ascii_case(asked))
}

/// An answer about something else is none: what it says must not be taken for ours.
fn stranger(asked: &str, told: Option<&str>) -> Unknown {
    let told = told.unwrap_or("something without a name");
    Unknown { why: Text::clean(format!("asked about {asked}, RDS told about {told}")) }
}

impl Instance {
    fn read(found: &DbInstance) -> Self {
        let owned =
            |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        let source = owned(found.read_replica_source_db_instance_identifier())
            .or_else(|| owned(found.read_replica_source_db_cluster_identifier()));
        let endpoint = found.endpoint().and_then(|endpoint| {
            let port =
                endpoint.port().map_or_else(String::new, |port| format!(":{port}"));
            Some(format!("{}{port}", endpoint.address()?))
        });
        let broken = found
            .status_infos()
            .iter()
            .filter(|info| info.status_type() == Some("read replication"))
            .find(|info| {
                info.normal().is_none_or(|normal| !normal)
                    && info.status() != Some("replicating")
            })
            .map(|info| {
                let said = [info.status(), info.message()];
                said.into_iter().flatten().collect::<Vec<_>>().join(": ")
            });
        Self {
            id: found.db_instance_identifier().unwrap_or_default().to_owned(),
            arn: owned(found.db_instance_arn()),
            status: found.db_instance_status().unwrap_or("no status").to_owned(),
            source,
            broken,
            retention: found.backup_retention_period(),
            groups: found
                .vpc_security_groups()
                .iter()
                .filter_map(|group| {
                    Some((owned(group.vpc_security_group_id())?, owned(group.status())))
                })
                .collect(),
            endpoint,
        }
    }

    pub(super) fn available(&self) -> bool {
        self.status == "available"
    }

    /// In words: `standalone` or `replica of x`.
    pub(super) fn role(&self) -> String {
        match &self.source {
            Some(source) => format!("replica of {source}"),
            None => "standalone writer".to_owned(),
        }
    }

    /// The attached groups: `sg-1,sg-2`. RDS lists them in no order.
    pub(super) fn groups(&self) -> String {
        let mut ids: Vec<&str> = self.groups.iter().map(|(id, _)| id.as_str()).collect();
        ids.sort_unstable();
        ids.join(",")
    }

    /// Whether exactly `wanted` is attached or on its way: nothing is left to ask for.
    pub(super) fn has_groups(&self, wanted: &[String]) -> bool {
        let mut wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        wanted.sort_unstable();
        self.groups() == wanted.join(",")
    }

    /// Whether RDS leaves out who gets in: then a fence of groups can be asked for, and
    /// only a person can say whether it holds.
    pub(super) fn names_no_groups(&self) -> bool {
        self.groups.is_empty()
    }

    /// Whether `group`, and nothing else, decides who gets in; none when that cannot be
    /// told: RDS is still changing it, or names no groups at all.
    pub(super) fn only_lets_in(&self, group: &str) -> Option<bool> {
        let settled = self.groups.iter().all(|(_, status)| in_force(status.as_deref()));
        match self.groups.as_slice() {
            [] => None,
            [(id, _)] => settled.then_some(id == group),
            _ => settled.then_some(false),
        }
    }

    fn fence(&self, role: &DatabaseRole, closed: Option<&str>) -> Fence {
        let proof = |proof: &str| Fence::Closed { proof: Text::clean(proof) };
        if self.status == "stopped" {
            return proof("RDS says stopped");
        }
        match closed.map(|group| (group, self.only_lets_in(group))) {
            Some((group, Some(true))) => {
                return proof(&format!("RDS says only {group} is attached"));
            }
            Some((_, None)) => return Fence::Unproven,
            Some((_, Some(false))) | None => {}
        }
        let writer = *role == DatabaseRole::Writer;
        if writer && self.available() { Fence::Open } else { Fence::Unproven }
    }

    /// Without lag, which takes another question. `closed` is the group that lets nobody
    /// in, where the plan fences with one.
    pub(super) fn view(&self, closed: Option<&str>) -> DatabaseView {
        let role = match &self.source {
            Some(source) => DatabaseRole::Replica { source: Text::clean(source) },
            None => DatabaseRole::Writer,
        };
        let fence = self.fence(&role, closed);
        DatabaseView {
            role,
            status: Text::clean(&self.status),
            available: self.available(),
            lag: Lag::NoData,
            fence,
            connections: None,
            endpoint: self.endpoint.as_ref().map(Text::clean),
            newest_snapshot: None,
        }
    }
}

/// `active` is the only status the API reference knows; while a change is under way RDS says
/// `adding` or `removing`. The field may be left out.
fn in_force(status: Option<&str>) -> bool {
    status.is_none_or(|status| status == "active")
}

/// An instance RDS does not know.
pub(super) fn absent() -> DatabaseView {
    DatabaseView {
        role: DatabaseRole::Absent,
        status: Text::clean("not found"),
        available: false,
        lag: Lag::NoData,
        fence: Fence::Unproven,
        connections: None,
        endpoint: None,
        newest_snapshot: None,
    }
}

impl Snapshot {
    fn read(found: &DbSnapshot, asked: &str) -> Self {
        Self {
            name: found.db_snapshot_identifier().unwrap_or(asked).to_owned(),
            status: found.status().unwrap_or("no status").to_owned(),
            created: found
                .snapshot_create_time()
                .and_then(|at| at.to_millis().ok())
                .map(Moment::from_millis),
        }
    }

    pub(super) fn finished(&self) -> bool {
        self.status == "available"
    }

    /// Name and time of creation; RDS gives the time of every finished snapshot.
    pub(super) fn named(self) -> (Text, Moment) {
        (Text::clean(self.name), self.created.unwrap_or_default())
    }
}
