//! How long things take and how long to wait for them when a plan does not say.
//!
//! The figures of RDS, ECS, EKS and Route 53 follow AWS's own documentation where it
//! gives any and drill reports where it does not; those marked "assumed" have no source
//! and should be replaced by what the plan's own drills measured.

use crate::model::{Action, Estimate, Noun, Span, Verb, Verify};

/// Half the time no longer than the first, 19 times in 20 no longer than the second.
pub(super) fn estimate(action: &Action) -> Estimate {
    let (p50, p95) = match action {
        Action::Estate { verb, .. } => verb_seconds(*verb),
        Action::Wait { length } => return Estimate { p50: *length, p95: *length },
        Action::Check { .. } => (5, 30),
        // A person reads, looks and writes down what they saw: assumed.
        Action::Manual { .. } => (120, 600),
        Action::Approval { .. } => (60, 300),
        Action::Notify { .. } | Action::Http(_) => (5, 30),
        Action::Command(_) | Action::Errand(_) => (60, 300),
    };
    Estimate { p50: Span::secs(p50), p95: Span::secs(p95) }
}

const fn verb_seconds(verb: Verb) -> (i64, i64) {
    match verb {
        // RDS user guide: "several minutes or longer", with a reboot.
        Verb::Promote => (300, 720),
        // Aurora: documented below two minutes; the long tail is assumed.
        Verb::Switchover => (100, 300),
        Verb::Fence | Verb::Unfence => (30, 90),
        // Grows with the size of the database: assumed.
        Verb::RebuildReplica => (1800, 7200),
        Verb::Restore => (1200, 3600),
        Verb::Snapshot => (180, 600),
        Verb::CopySnapshot => (600, 1800),
        // First EC2-backed pods or tasks after 160 s in public measurements.
        Verb::Scale => (160, 300),
        Verb::Deploy | Verb::Restart => (160, 300),
        Verb::Stop => (60, 180),
        // A rollout of warm pods: assumed.
        Verb::Repoint => (60, 150),
        // Route 53: changes generally reach all servers within 60 s.
        Verb::Shift | Verb::Hold => (30, 60),
        // Objects: assumed.
        Verb::RestoreVersion | Verb::Switch => (60, 180),
        Verb::Sync => (300, 1800),
    }
}

/// How long the goal may take to be seen, and how often to look.
pub(super) fn verify(action: &Action) -> Verify {
    let (timeout, every) = match action {
        Action::Estate { verb: Verb::RebuildReplica, .. } => (Span::mins(240), 5),
        Action::Estate { verb: Verb::Restore | Verb::CopySnapshot, .. } => {
            (Span::mins(90), 5)
        }
        Action::Estate { verb, .. } => match verb.def().noun {
            Noun::Database => (Span::mins(15), 5),
            Noun::Compute => (Span::mins(10), 3),
            Noun::Traffic => (Span::mins(5), 2),
            Noun::Storage => (Span::mins(15), 5),
        },
        Action::Command(_) | Action::Errand(_) => (Span::mins(10), 5),
        Action::Http(_) => (Span::secs(30), 2),
        Action::Check { .. } => (Span::mins(2), 2),
        Action::Wait { length } => (*length + Span::mins(1), 1),
        Action::Manual { .. } | Action::Approval { .. } => (Span::mins(60), 5),
        Action::Notify { .. } => (Span::mins(1), 2),
    };
    Verify { timeout, every: Span::secs(every) }
}
