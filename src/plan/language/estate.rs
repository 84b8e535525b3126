//! The estate: four nouns with their sides, and everything else there is. The keys of a
//! technology are its kind's to describe; here stand the facts rules ask about whatever
//! the technology.

use super::{
    Count, Dur, Filled, Flag, Inner, Json, Listed, MapOf, OneOf, OwnId, Prose, Ref,
    Written, refs,
    words::{Duty, Policy, Sync},
};

tables! {
    /// One side of a resource: how it is called there.
    SideRow "side" open Side {
        /// What there is to know about it.
        may note: Prose = "Promoted by hand in 2025";
    }

    /// A store with one writer side and replica sides.
    DatabaseRow "[[database]]" open Kind {
        /// Its id.
        need id: OwnId = "orders-db";
        /// The name people use.
        may name: Prose = "Orders database";
        /// The technology.
        need kind: Written = "rds-replica";
        /// The site that takes writes in normal operation.
        need primary: Ref<refs::Site> = "us-east-1";
        /// How it is called at each site.
        need side: MapOf<Inner<SideRow>> = r#"{ us-east-1 = { instance = "orders-db" } }"#;
        /// How the other sides follow.
        may replication: Inner<ReplicationRow> = r#"{ kind = "read-replica", mode = "async" }"#;
        /// The engine's version.
        may engine_version: Written = "16.4";
        /// The database's own name.
        may database: Filled = "orders";
        /// Who asks it.
        may user: Filled = "app";
        /// Tables whose loss would be noticed first.
        may critical_tables: Listed<Filled> = r#"["orders"]"#;
        /// Whether it survives the loss of a zone.
        may multi_az: Flag = "true";
        /// Networks a restored copy must be put into.
        may network: Inner<NetworkRow> = r#"{ subnet_group = "orders", security_groups = ["sg-0a1b2c3d4e5f60718"] }"#;
        /// Settings of the engine.
        may settings: Json = r#"{ archive_timeout = "150s" }"#;
        /// Where its data lies.
        may data_directory: Filled = "/var/lib/postgresql/16/main";
        /// The alarms and probes that watch its lag, when they are not its own.
        may watched_by: Listed<Written> = r#"["replica-lag"]"#;
    }

    /// How other sides follow the writer.
    ReplicationRow "replication" {
        /// read-replica, read-replica-cluster, global, streaming, logical, snapshot-copy,
        /// bucket, multi-active (every side takes writes), or none.
        need kind: Written = "read-replica";
        /// Whether a commit waits for the other side.
        may mode: OneOf<Sync> = "async";
        /// buckets: what the copy is called.
        may to: Filled = "shop-data-us-west-2";
        /// buckets: the site of the copy.
        may site: Ref<refs::Site> = "us-west-2";
        /// buckets: the rule.
        may rule: Filled = "ReplicateToWest";
        /// buckets: whether the rule is on.
        may status: Written = "Enabled";
        /// buckets: which of several rules counts.
        may priority: Count<0, 1000> = "1";
        /// buckets: only objects whose name begins so.
        may prefix: Filled = "";
        /// buckets: replication within this time is promised.
        may rtc: Dur = "15m";
        /// buckets: objects later than this are reported.
        may metrics_threshold: Dur = "15m";
        /// buckets: whether deletions are replicated.
        may delete_markers: Flag = "true";
        /// buckets: the class of the copies.
        may storage_class: Written = "STANDARD_IA";
        /// The role it works under.
        may role: Filled = "arn:aws:iam::111122223333:role/replication";
        /// The file its configuration is in.
        may config_file: Filled = "replication.json";
        /// What there is to know about it.
        may note: Prose = "Only snapshots are copied";
        /// Everything else it was set up with.
        may settings: Json = r#"{ user = "replica", base = "pg_basebackup" }"#;
    }

    /// Networks of a database.
    NetworkRow "network" {
        /// Its subnets.
        may subnet_group: Filled = "orders-subnets";
        /// Its security groups.
        may security_groups: Listed<Filled> = r#"["sg-0a1b2c3d4e5f60718"]"#;
        /// Its parameters.
        may parameter_group: Filled = "orders-16";
    }

    /// What serves, on each side.
    ComputeRow "[[compute]]" open Kind {
        /// Its id.
        need id: OwnId = "api";
        /// The name people use.
        may name: Prose = "API";
        /// The technology.
        need kind: Written = "ecs-service";
        /// The site that serves in normal operation.
        need primary: Ref<refs::Site> = "us-east-1";
        /// How it is called at each site.
        need side: MapOf<Inner<SideRow>> = r#"{ us-east-1 = { cluster = "shop", service = "api" } }"#;
        /// What runs in it, and how much of it when.
        may workloads: Listed<Inner<WorkloadRow>> = r#"[{ name = "api", normal = 3, failover = 9 }]"#;
        /// Where programs find what they need.
        may paths: Json = r#"{ app = "/opt/shop" }"#;
        /// The file it is made from.
        may file: Filled = "docker-compose.yml";
        /// Whether it serves, stands by, or is for tests.
        may duty: OneOf<Duty> = "active";
        /// Where it keeps the address of its database.
        may config: Json = r#"{ configmap = "app-config", key = "DB_HOST" }"#;
        /// Everything else it was set up with.
        may settings: Json = "{ nodes_max = 30 }";
    }

    /// One thing that runs.
    WorkloadRow "workload" {
        /// Its name.
        need name: Filled = "order-service";
        /// How many run in normal operation, at the side that serves.
        may normal: Count = "9";
        /// How many run at the side that stands by.
        may standby: Count = "1";
        /// How many must run after a failover.
        may failover: Count = "9";
        /// How many run in a drill.
        may drill: Count = "2";
        /// How many a recovery brings up.
        may recovery: Count = "5";
        /// The fewest and the most there can be.
        may limits: Listed<Count> = "[3, 30]";
        /// What runs, by an exact version.
        may image: Filled = "shop/api:42";
        /// ECS: family and revision.
        may task_definition: Filled = "api:42";
        /// The group of machines it is.
        may group: Filled = "application-nodes";
        /// What must run before it starts.
        may depends_on: Listed<Filled> = r#"["redis"]"#;
        /// Values it gets by environment.
        may env: MapOf<Filled> = r#"{ DATABASE_URL = "postgresql://orders-db/orders" }"#;
        /// Started only when asked for.
        may profile: Filled = "failover";
        /// How its own platform tells whether it is healthy.
        may healthcheck: Json = r#"{ url = "http://localhost:8080/health", interval = "30s" }"#;
        /// Ports it listens at.
        may ports: Listed<Count<1, 65535>> = "[443]";
        /// The file it is configured by.
        may config: Filled = "nginx.conf";
    }

    /// What decides where users go.
    TrafficRow "[[traffic]]" open Kind {
        /// Its id.
        need id: OwnId = "www";
        /// The name people use.
        may name: Prose = "shop.example.com";
        /// The technology.
        need kind: Written = "route53";
        /// The site users go to in normal operation.
        need primary: Ref<refs::Site> = "us-east-1";
        /// How each site is called in it.
        need side: MapOf<Inner<SideRow>> = r#"{ us-east-1 = { set_identifier = "east" } }"#;
        /// How it chooses among its records.
        may policy: OneOf<Policy> = "weighted";
        /// Whether it moves users by itself when a health check fails.
        may automatic: Flag = "false";
        /// Its records in normal operation.
        may entries: Listed<Inner<RecordEntry>> = r#"[{ site = "us-east-1", set_identifier = "east", weight = 100 }]"#;
        /// Files of changes beside the plan, by what they are for.
        may change_files: MapOf<Filled> = r#"{ failover = "failover.json" }"#;
        /// What there is to know about it.
        may note: Prose = "Weighted throughout";
        /// Everything else it was set up with.
        may settings: Json = r#"{ origin = "primary" }"#;
    }

    /// One record set as it stands.
    RecordEntry "entry" {
        /// The site it sends users to.
        may site: Ref<refs::Site> = "us-east-1";
        /// What tells it from its brothers.
        may set_identifier: Filled = "east";
        /// Its share.
        may weight: Count<0, 255> = "100";
        /// PRIMARY or SECONDARY.
        may failover: Written = "PRIMARY";
        /// How long resolvers keep it; an alias has its target's.
        may ttl: Dur = "60s";
        /// Addresses it answers with.
        may values: Listed<Filled> = r#"["203.0.113.10"]"#;
        /// The name it stands for.
        may alias: Filled = "shop-123.us-east-1.elb.amazonaws.com";
        /// The zone of the name it stands for.
        may alias_zone: Filled = "Z35SXDOTRQ7X7K";
        /// Whether the target's health counts.
        may evaluate_target_health: Flag = "true";
        /// Its health check.
        may health_check: Written = "primary";
    }

    /// Files and state, replicated or copied.
    StorageRow "[[storage]]" open Kind {
        /// Its id.
        need id: OwnId = "images";
        /// The name people use.
        may name: Prose = "Product images";
        /// The technology.
        need kind: Written = "s3";
        /// The site it is written at in normal operation.
        need primary: Ref<refs::Site> = "us-east-1";
        /// How it is called at each site.
        need side: MapOf<Inner<SideRow>> = r#"{ us-east-1 = { bucket = "shop-images" } }"#;
        /// Whether old versions are kept.
        may versioning: Flag = "true";
        /// Whether versions cannot be deleted before their time.
        may object_lock: Dur = "30d";
        /// How it is copied.
        may replication: Inner<ReplicationRow> = r#"{ kind = "bucket", to = "shop-images-west", site = "us-west-2" }"#;
        /// When objects move to a cheaper class.
        may lifecycle: Listed<Inner<LifecycleRow>> = r#"[{ after = "30d", class = "STANDARD_IA" }]"#;
        /// What is kept in it.
        may prefixes: Listed<Filled> = r#"["orders/"]"#;
        /// Everything else it was set up with.
        may settings: Json = r#"{ encryption = "aws:kms" }"#;
    }

    /// One move to a cheaper class.
    LifecycleRow "lifecycle" {
        /// So long after an object was written.
        need after: Dur = "30d";
        /// The class.
        need class: Written = "GLACIER";
    }

    /// Anything else the estate has.
    ResourceRow "[[resource]]" {
        /// Its id.
        need id: OwnId = "registry";
        /// What it is called.
        may name: Filled = "shop/api";
        /// The technology.
        may kind: Written = "ecr";
        /// Where it is; `global` for what is everywhere.
        may region: Filled = "us-east-1";
        /// The one site it is at: with it, it is lost, whoever `uses` it with it. Nothing but
        /// a step moves it.
        may site: Ref<refs::Site> = "us-east-1";
        /// The services and resources that share it, to be read: a service that lives on it
        /// says so by `uses`.
        may shared_by: Listed<Written> = r#"["api"]"#;
        /// Everything it was set up with.
        may settings: Json = "{ keep_images = 10 }";
    }
}
