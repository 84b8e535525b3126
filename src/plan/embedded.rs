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
        "mycomputer",
        "plan.toml",
        "runbooks/app-recovery.toml",
        "runbooks/failback.toml",
        "runbooks/multi-region-failover.toml"
    ),
];
