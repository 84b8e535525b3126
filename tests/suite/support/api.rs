//! A stranger's own SDK clients: they make an estate at any endpoint and look at it
//! afterwards, by AWS's API and nothing else. Owns no server.

use aws_sdk_ecs::types::ContainerDefinition;
use aws_sdk_rds::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_route53::types::{
    AliasTarget, Change, ChangeAction, ChangeBatch, ResourceRecordSet, RrType,
};

pub(crate) const PRIMARY: &str = "eu-west-1";
pub(crate) const DR: &str = "eu-central-1";
pub(crate) const DB: &str = "mycomputer-inventory-db";
pub(crate) const DB_DR: &str = "mycomputer-inventory-db-dr";
pub(crate) const CLUSTER: &str = "mycomputer-production";
pub(crate) const SERVICE: &str = "inventory-service";
pub(crate) const ZONE: &str = "mycomputer.example.";
pub(crate) const RECORD: &str = "api.mycomputer.example.";

/// Clients of one endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    endpoint: String,
}

macro_rules! client {
    ($name:ident, $sdk:ident) => {
        pub(crate) fn $name(&self, region: &'static str) -> $sdk::Client {
            let config = $sdk::Config::builder()
                .behavior_version(BehaviorVersion::v2026_01_12())
                .region(Region::new(region))
                .credentials_provider(keys())
                .endpoint_url(&self.endpoint)
                .build();
            $sdk::Client::from_conf(config)
        }
    };
}

fn keys() -> Credentials {
    Credentials::new("AKIAIOSFODNN7EXAMPLE", "emulated", None, None, "test")
}

impl Api {
    client!(rds, aws_sdk_rds);
    client!(ecs, aws_sdk_ecs);
    client!(zones, aws_sdk_route53);

    pub(crate) fn new(endpoint: String) -> Self {
        Self { endpoint }
    }

    /// A standalone `PostgreSQL` instance behind `group`.
    pub(crate) async fn database(&self, region: &'static str, name: &str, group: &str) {
        self.rds(region)
            .create_db_instance()
            .db_instance_identifier(name)
            .engine("postgres")
            .db_instance_class("db.r6g.large")
            .allocated_storage(100)
            .master_username("inventory")
            .master_user_password("not-a-secret-1")
            .backup_retention_period(7)
            .vpc_security_group_ids(group)
            .send()
            .await
            .unwrap();
    }

    /// The service of the estate, wanting `count` tasks.
    pub(crate) async fn service(&self, region: &'static str, count: i32) {
        let ecs = self.ecs(region);
        ecs.create_cluster().cluster_name(CLUSTER).send().await.unwrap();
        let app = ContainerDefinition::builder()
            .name("app")
            .image("mycomputer/inventory:1")
            .memory(512);
        ecs.register_task_definition()
            .family(SERVICE)
            .container_definitions(app.build())
            .send()
            .await
            .unwrap();
        ecs.create_service()
            .cluster(CLUSTER)
            .service_name(SERVICE)
            .task_definition(format!("{SERVICE}:1"))
            .desired_count(count)
            .send()
            .await
            .unwrap();
    }

    /// A zone with the estate's name in it: 100 to `Primary`, 0 to `Secondary`. Its id.
    pub(crate) async fn zone(&self) -> String {
        let zones = self.zones("us-east-1");
        let made = zones.create_hosted_zone().name(ZONE).caller_reference("mycomputer");
        let made = made.send().await.unwrap();
        let id = made.hosted_zone().unwrap().id().trim_start_matches("/hostedzone/");
        let records = [
            ("Primary", "Z32O12XQLNTSW2", "primary-alb.eu-west-1.elb.amazonaws.com", 100),
            (
                "Secondary",
                "Z215JYRZR1TBD5",
                "secondary-alb.eu-central-1.elb.amazonaws.com",
                0,
            ),
        ];
        let changes = records.map(|(identifier, zone, target, weight)| {
            let alias = AliasTarget::builder()
                .hosted_zone_id(zone)
                .dns_name(target)
                .evaluate_target_health(true)
                .build()
                .unwrap();
            let set = ResourceRecordSet::builder()
                .name(RECORD)
                .r#type(RrType::A)
                .set_identifier(identifier)
                .weight(weight)
                .alias_target(alias)
                .build()
                .unwrap();
            let create = Change::builder().action(ChangeAction::Create);
            create.resource_record_set(set).build().unwrap()
        });
        let batch = ChangeBatch::builder().set_changes(Some(changes.to_vec()));
        let call = zones.change_resource_record_sets().hosted_zone_id(id);
        call.change_batch(batch.build().unwrap()).send().await.unwrap();
        id.to_owned()
    }

    /// What the estate's name has now, by set identifier: weight and target.
    pub(crate) async fn weights(&self, zone: &str) -> Vec<(String, i64, String)> {
        let call = self.zones("us-east-1").list_resource_record_sets();
        let found = call.hosted_zone_id(zone).send().await.unwrap();
        let named = found.resource_record_sets().iter().filter(|set| set.name == RECORD);
        let mut found: Vec<_> = named
            .map(|set| {
                let target = set.alias_target().unwrap().dns_name();
                let identifier = set.set_identifier().unwrap().to_owned();
                let target = target.trim_end_matches('.').to_owned();
                (identifier, set.weight().unwrap(), target)
            })
            .collect();
        found.sort();
        found
    }

    /// The attached security groups of an instance.
    pub(crate) async fn groups(&self, region: &'static str, name: &str) -> Vec<String> {
        let call = self.rds(region).describe_db_instances();
        let found = call.db_instance_identifier(name).send().await.unwrap();
        let groups = found.db_instances()[0].vpc_security_groups();
        let id = |group: &aws_sdk_rds::types::VpcSecurityGroupMembership| {
            group.vpc_security_group_id().unwrap().to_owned()
        };
        groups.iter().map(id).collect()
    }

    /// The snapshots of an instance.
    pub(crate) async fn snapshots(
        &self,
        region: &'static str,
        name: &str,
    ) -> Vec<String> {
        let call = self.rds(region).describe_db_snapshots();
        let found = call.db_instance_identifier(name).send().await.unwrap();
        let all = found.db_snapshots().iter();
        all.map(|one| one.db_snapshot_identifier().unwrap().to_owned()).collect()
    }

    /// Desired and running tasks of the estate's service.
    pub(crate) async fn tasks(&self, region: &'static str) -> (i32, i32) {
        let call = self.ecs(region).describe_services();
        let found = call.cluster(CLUSTER).services(SERVICE).send().await.unwrap();
        let service = &found.services()[0];
        (service.desired_count(), service.running_count())
    }
}

/// Runs what a test without a runtime of its own asks of an API.
pub(crate) fn wait<T>(what: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(what)
}
