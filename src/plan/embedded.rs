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
        "runbooks/planned-failback.toml",
        "runbooks/region-failover.toml",
        "runbooks/snapshot.toml"
    ),
    plan!(
        "learning-portal",
        "plan.toml",
        "runbooks/breach-response.toml",
        "runbooks/compose-failback.toml",
        "runbooks/compose-failover.toml",
        "runbooks/dr-drill.toml",
        "runbooks/incident-response.toml",
        "runbooks/measure-recovery-time.toml",
        "runbooks/point-in-time.toml",
        "runbooks/region-failback.toml",
        "runbooks/region-failover.toml",
        "runbooks/restore-application.toml",
        "runbooks/restore-config.toml",
        "runbooks/restore-database.toml",
        "runbooks/restore-user-data.toml",
        "runbooks/setup-geographic-redundancy.toml",
        "runbooks/take-backups.toml",
        "runbooks/test-backup-integrity.toml",
        "docker-compose-dr.yml",
        "docker-compose-ha.yml",
        "nginx-ha.conf",
        "scripts/application-backup.sh",
        "scripts/auto-restart-application.sh",
        "scripts/auto-restart-database.sh",
        "scripts/base-backup.sh",
        "scripts/check-newest-object.sh",
        "scripts/cleanup-logs.sh",
        "scripts/config-backup.sh",
        "scripts/create-ticket.sh",
        "scripts/fence-primary.sh",
        "scripts/fetch-backup.sh",
        "scripts/generate-dr-report.sh",
        "scripts/notify-oncall.sh",
        "scripts/notify-team-lead.sh",
        "scripts/postgresql-backup.sh",
        "scripts/promote-secondary.sh",
        "scripts/rebuild-replica.sh",
        "scripts/run-smoke-tests.sh",
        "scripts/send-alert.sh",
        "scripts/start-war-room.sh",
        "scripts/tell.sh",
        "scripts/trigger-incident.sh",
        "scripts/user-data-backup.sh",
        "scripts/verify-backup.sh",
        "scripts/wal-backup.sh"
    ),
    plan!(
        "mycomputer",
        "plan.toml",
        "runbooks/app-recovery.toml",
        "runbooks/failback.toml",
        "runbooks/multi-region-failover.toml"
    ),
    plan!(
        "myapp",
        "plan.toml",
        "runbooks/dr-test.toml",
        "runbooks/drill-backup-restore.toml",
        "runbooks/drill-failover-simulation.toml",
        "runbooks/drill-full.toml",
        "runbooks/emergency-failover.toml",
        "runbooks/failback-to-primary.toml",
        "runbooks/infrastructure-recovery.toml",
        "runbooks/recover-data.toml",
        "runbooks/recover-full.toml",
        "runbooks/recover-partial.toml",
        "runbooks/reprotect.toml",
        "runbooks/restore-application-data.toml",
        "runbooks/restore-config.toml",
        "runbooks/restore-database.toml",
        "runbooks/restore-point-in-time.toml",
        "runbooks/take-backups.toml",
        "runbooks/update-documentation.toml",
        "runbooks/update-status-page.toml",
        "runbooks/validate-recovery.toml",
        "scripts/automated-backup.sh",
        "scripts/check-newest-object.sh",
        "scripts/check-restorable.sh",
        "scripts/generate-dr-test-report.sh",
        "scripts/send-emergency-notification.sh",
        "scripts/verify-database-integrity.sh",
        "scripts/verify-dr-health.sh"
    ),
];
