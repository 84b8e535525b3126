//! What is kept, and what tells when it is not: backups and alarms.

use super::{
    Count, Dur, Every, Filled, Flag, Inner, Json, Listed, OneOf, OrTable, OwnId, Prose,
    Ref, Tenth, Written, refs, words::Missing,
};

tables! {
    /// A copy that is kept.
    BackupRow "[[backup]]" {
        /// Its id.
        need id: OwnId = "orders-daily";
        /// The name people use.
        may name: Prose = "Daily snapshot";
        /// What it is a copy of: services, resources, or words.
        may covers: Listed<Filled> = r#"["orders-db"]"#;
        /// How it is made: rds-automated, rds-snapshot, `pg_dump`, wal-archive, base-backup,
        /// tar, s3-replication, verification, command, or words.
        may kind: Written = "rds-automated";
        /// When it is made, in words or as `cron 0 2 * * *`.
        may schedule: Prose = "daily 03:00 UTC";
        /// The hours it is made in.
        may window: Prose = "03:00-04:00 UTC";
        /// The longest time between two of them.
        may interval: Dur = "24h";
        /// How old the newest may be before it counts as stale; a tenth or two hours more
        /// than the interval when left out.
        may max_age: Dur = "26h";
        /// How long one is kept, for all environments or for each.
        may retention: OrTable<Every, Inner<RetentionRow>> = "30d";
        /// The sites it is at; each has its own freshness.
        may sites: Listed<Ref<refs::Site>> = r#"["us-east-1", "us-west-2"]"#;
        /// Where it lies.
        may location: Filled = "s3://shop-backups/database/";
        /// Where it is copied to.
        may copy_to: Filled = "s3://shop-backups-west/database/";
        /// The file it is made of.
        may source_file: Filled = "terraform.tfstate";
        /// Smaller than this it is no backup, in bytes.
        may min_bytes: Count<0, 9_007_199_254_740_991> = "1000000";
        /// Whether it is encrypted.
        may encrypted: Flag = "true";
        /// Whether nobody can delete it before its time.
        may immutable: Flag = "true";
        /// The probe that tells whether there is one.
        may check: Ref<refs::Probe> = "backup-done";
        /// The backup, or the runbook, that tries whether it can be restored.
        may verified_by: Written = "restore-test";
        /// The runbook that makes it.
        may runbook: Ref<refs::Runbook> = "manual-snapshot";
        /// The runbooks that restore from it.
        may restored_by: Listed<Ref<refs::Runbook>> = r#"["restore-snapshot"]"#;
        /// The script that makes it.
        may script: Filled = "/opt/scripts/backup.sh";
        /// The command that makes it.
        may command: Listed<Filled> = r#"["aws", "s3", "sync", "out", "s3://shop-backups/"]"#;
        /// The line its log has when it is done.
        may log_phrase: Prose = "Database backup completed";
        /// What it can do besides.
        may features: Listed<Prose> = r#"["point-in-time recovery"]"#;
        /// What there is to know about it.
        may note: Prose = "Taken before the nightly jobs";
        /// Everything else it was set up with.
        may settings: Json = r#"{ compress = "gzip" }"#;
    }

    /// How long a copy is kept, by environment.
    RetentionRow "retention" {
        /// In production.
        may production: Every = "30d";
        /// In staging.
        may staging: Every = "7d";
        /// In development.
        may development: Every = "3d";
    }

    /// An alarm of the monitoring.
    AlarmRow "[[alarm]]" {
        /// Its id.
        need id: OwnId = "replica-lag";
        /// What the monitoring calls it.
        may name: Filled = "orders-replica-lag";
        /// What it is for: replica-lag, backup-failure, replication-failure, region-health,
        /// target-health, capacity, errors.
        may purpose: Written = "replica-lag";
        /// What it says.
        may description: Prose = "The replica is too far behind";
        /// The metric's namespace.
        may namespace: Written = "AWS/RDS";
        /// The metric.
        may metric: Written = "ReplicaLag";
        /// What it is of.
        may dimensions: super::MapOf<Filled> = r#"{ DBInstanceIdentifier = "orders-db" }"#;
        /// How values of one period are put together.
        may statistic: Written = "Maximum";
        /// How long a period is.
        may period: Dur = "60s";
        /// The value that is too much, or too little.
        may threshold: Tenth = "150";
        /// The unit of the threshold.
        may unit: Written = "seconds";
        /// `GreaterThanThreshold` and so on.
        may comparison: Written = "GreaterThanThreshold";
        /// Periods in a row.
        may evaluations: Count<1, 1440> = "2";
        /// What it does: channels as `notify:EVENT`, or the name of a topic.
        may actions: Listed<Filled> = r#"["notify:replica-lag"]"#;
        /// What an absent value means.
        may missing: OneOf<Missing> = "critical";
        /// Where the alarm lives.
        may region: Filled = "us-west-2";
        /// The step that makes it, as `RUNBOOK/STEP`.
        may created_by: Written = "region-failover/alarm";
        /// What there is to know about it.
        may note: Prose = "Two periods, so that one slow minute wakes nobody";
    }
}
