//! The example plans, part of the program so that a drill needs no files.

/// One plan: its name and its files, the plan's own first.
pub type Embedded = (&'static str, &'static [(&'static str, &'static str)]);

macro_rules! plan {
    ($name:literal, $($file:literal),+) => {
        ($name, &[$(($file, include_str!(concat!("../../assets/plans/", $name, "/", $file)))),+])
    };
}

/// Every plan that ships with the program.
pub const EMBEDDED: &[Embedded] = &[
    plan!(
        "ecommerce",
        "plan.toml",
        "runbooks/backup-test.toml",
        "runbooks/clean-rebuild.toml",
        "runbooks/db-point-in-time.toml",
        "runbooks/db-snapshot.toml",
        "runbooks/dr-drill.toml",
        "runbooks/expire-snapshots.toml",
        "runbooks/incident-response.toml",
        "runbooks/object-sync.toml",
        "runbooks/object-version.toml",
        "runbooks/planned-failback.toml",
        "runbooks/region-failover.toml",
        "runbooks/restore-archive.toml",
        "runbooks/restore-configuration.toml",
        "runbooks/snapshot.toml",
        "scripts/apply-resources.sh",
        "scripts/keep-resources.sh",
        "scripts/load-test.js",
        "scripts/restore-primary-infrastructure.sh",
        "scripts/smoke-test.sh",
        "scripts/test-primary-region.sh",
        "scripts/verify-data-consistency.sh"
    ),
    plan!(
        "lecture",
        "plan.toml",
        "runbooks/clean-rebuild.toml",
        "runbooks/db-point-in-time.toml",
        "runbooks/db-snapshot.toml",
        "runbooks/drill-app-failover.toml",
        "runbooks/drill-backup-restore.toml",
        "runbooks/expire-snapshots.toml",
        "runbooks/file-bulk-sync.toml",
        "runbooks/file-bulk-versions.toml",
        "runbooks/file-version.toml",
        "runbooks/image-restore.toml",
        "runbooks/incident-response.toml",
        "runbooks/manual-snapshot.toml",
        "runbooks/regional-failback.toml",
        "runbooks/regional-failover.toml",
        "runbooks/state-restore.toml",
        "runbooks/verify-backups.toml",
        "runbooks/zone-outage.toml",
        "scripts/copy-image.sh",
        "scripts/restore-lock-table.sh",
        "scripts/restore-versions.sh"
    ),
    plan!(
        "mycomputer",
        "plan.toml",
        "runbooks/app-recovery.toml",
        "runbooks/assets-version.toml",
        "runbooks/configure-backups.toml",
        "runbooks/corruption-recovery.toml",
        "runbooks/db-point-in-time.toml",
        "runbooks/db-snapshot.toml",
        "runbooks/expire-snapshots.toml",
        "runbooks/failback.toml",
        "runbooks/lost-transactions.toml",
        "runbooks/manual-snapshot.toml",
        "runbooks/monthly-drill.toml",
        "runbooks/multi-region-failover.toml",
        "runbooks/p1-response.toml",
        "runbooks/triage.toml",
        "runbooks/weekly-backup-test.toml",
        "dr-test-environment.yaml",
        "impact-queries.json",
        "replication.json",
        "scripts/assess-incident.sh",
        "scripts/generate-dr-report.sh",
        "scripts/monitor-recovery.sh"
    ),
];
