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

#[cfg(test)]
mod tests {
    use aws_sdk_rds::types::{
        DbInstanceStatusInfo, VpcSecurityGroupMembership, builders::DbInstanceBuilder,
    };

    use super::*;

    const WALL: &str = "sg-wall";

    fn writer() -> DbInstanceBuilder {
        DbInstance::builder().db_instance_identifier("db").db_instance_status("available")
    }

    fn guarded(groups: &[(&str, Option<&str>)]) -> Instance {
        let groups = groups.iter().map(|(id, status)| {
            VpcSecurityGroupMembership::builder()
                .vpc_security_group_id(*id)
                .set_status(status.map(str::to_owned))
                .build()
        });
        Instance::read(&writer().set_vpc_security_groups(Some(groups.collect())).build())
    }

    #[test]
    fn a_fence_is_proved_by_the_one_group_and_nothing_less() {
        let active = Some("active");
        let closed = |proof: &Fence| matches!(proof, Fence::Closed { .. });
        for (groups, wanted) in [
            (&[(WALL, active)][..], "closed"),
            // The status may be left out.
            (&[(WALL, None)], "closed"),
            (&[(WALL, Some("adding"))], "unproven"),
            (&[(WALL, active), ("sg-app", Some("removing"))], "unproven"),
            (&[(WALL, active), ("sg-app", active)], "open"),
            (&[("sg-app", active)], "open"),
            (&[("sg-app", None)], "open"),
            // Nothing said about groups proves nothing, neither way.
            (&[], "unproven"),
        ] {
            let fence = guarded(groups).view(Some(WALL)).fence;
            let word = match &fence {
                fence if closed(fence) => "closed",
                Fence::Open => "open",
                Fence::Closed { .. } | Fence::Unproven => "unproven",
            };
            assert_eq!(word, wanted, "{groups:?}");
        }
    }

    #[test]
    fn groups_are_a_set_in_whatever_order_rds_lists_them() {
        let found = guarded(&[("sg-2", None), ("sg-1", None)]);
        assert_eq!(found.groups(), "sg-1,sg-2");
        let of = |ids: &[&str]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert!(found.has_groups(&of(&["sg-1", "sg-2"])));
        assert!(found.has_groups(&of(&["sg-2", "sg-1"])));
        assert!(!found.has_groups(&of(&["sg-1"])));
        assert!(guarded(&[]).names_no_groups());
    }

    #[test]
    fn an_instance_that_says_little_is_read_for_what_it_says() {
        let bare = Instance::read(&DbInstance::builder().build());
        assert_eq!((bare.status.as_str(), bare.available()), ("no status", false));
        assert_eq!(bare.view(None).fence, Fence::Unproven);
        assert_eq!(bare.retention, None);
        // An empty source is none: it is how some answers say it.
        let empty = writer().read_replica_source_db_instance_identifier("").build();
        assert_eq!(Instance::read(&empty).source, None);
    }

    #[test]
    fn replication_that_is_not_called_normal_is_broken() {
        let told = |normal: Option<bool>, status: &str| {
            let info = DbInstanceStatusInfo::builder()
                .status_type("read replication")
                .set_normal(normal)
                .status(status)
                .build();
            Instance::read(&writer().status_infos(info).build()).broken
        };
        assert_eq!(told(Some(true), "replicating"), None);
        assert_eq!(told(None, "replicating"), None);
        assert_eq!(told(Some(false), "error").as_deref(), Some("error"));
        assert_eq!(told(None, "terminated").as_deref(), Some("terminated"));
        assert_eq!(Instance::read(&writer().build()).broken, None);
    }

    #[test]
    fn a_name_is_the_same_in_any_letters_and_as_an_arn() {
        let arn = "arn:aws:rds:eu-west-1:1:db:shop";
        assert!(is_named("Shop", [Some("shop"), Some(arn)]));
        assert!(is_named(arn, [Some("shop"), Some(arn)]));
        assert!(!is_named("shop-2", [Some("shop"), Some(arn)]));
        assert!(!is_named("", [None, None]));
    }
}
