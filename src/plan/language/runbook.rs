//! One procedure: what it is for, its phases, its steps in order.

use super::{
    Dur, Filled, Flag, Inner, Listed, Many, OneOf, OwnId, Prose, Ref, StepRow, Window,
    Written, refs,
};
use crate::model::RunbookKind;

tables! {
    /// One procedure. In a plan's directory each stands in a file of its own under
    /// `runbooks/`, without the `runbook.` before its tables.
    RunbookRow "[[runbook]]" {
        /// Its id.
        need id: OwnId = "region-failover";
        /// The name people use.
        may name: Prose = "Failover to us-west-2";
        /// What it is for.
        need kind: OneOf<RunbookKind> = "failover";
        /// The side that is left.
        may from: Ref<refs::Site> = "us-east-1";
        /// The side that is gone to.
        may to: Ref<refs::Site> = "us-west-2";
        /// The side it works at, when it goes nowhere; the first site when left out.
        may site: Ref<refs::Site> = "us-east-1";
        /// The runbook that brings everything back.
        may failback: Ref<refs::Runbook> = "failback";
        /// Why there is no way back, when there is none on purpose.
        may no_failback: Prose = "The old region is given up";
        /// Services it brings back; those of the resources it works on when left out.
        may services: Listed<Ref<refs::Service>> = r#"["orders"]"#;
        /// Its promise, before all others.
        may rto: Dur = "30m";
        /// Its promise, before all others.
        may rpo: Dur = "5m";
        /// How long services must be seen healthy.
        may stable: Dur = "2m";
        /// The scenarios it answers.
        may scenarios: Listed<Ref<refs::Scenario>> = r#"["region-lost"]"#;
        /// The severity it answers.
        may severity: Ref<refs::Severity> = "P1";
        /// Whether each tenant gets a lane of its own: each step is there once for each, but
        /// for those that are `shared`.
        may per_tenant: Flag = "true";
        /// What windows are counted from: a moment every incident has, or one a step
        /// `marks`; the declaration when left out.
        may windows_from: Written = "declared";
        /// Parameters it asks for before it begins.
        may inputs: Listed<Ref<refs::Parameter>> = r#"["backup_file"]"#;
        /// What must be true before it begins, in words.
        may precondition: Prose = "us-east-1 is restored and verified";
        /// It only has a name; nobody has written it yet.
        may stub: Flag = "true";
        /// Nobody wrote it down as a procedure; it follows from how things are set up.
        may implied: Flag = "true";
        /// A drill that works on what users use.
        may touches_production: Flag = "true";
        /// The environment it works on, when that is not production.
        may environment: Filled = "dr-test";
        /// A script that does the same.
        may script: Filled = "scripts/dr-activate.sh";
        /// What there is to know about it.
        may note: Prose = "The script has six phases of its own";
        /// Its parts, in order.
        may phase: Many<PhaseRow> = "";
        /// Its steps, in order.
        may step: Many<StepRow> = "";
    }

    /// A part of a runbook with its own time: a budget, or a window.
    PhaseRow "[[phase]]" {
        /// Its id, unique in its runbook.
        need id: OwnId = "promote";
        /// The name people use.
        may name: Prose = "Promote the database";
        /// So much, from the first of its steps until the last is through; a `hold` at its
        /// end is not counted.
        may budget: Dur = "10m";
        /// From and until, counted from `windows_from`; without an end when there is one.
        may window: Window = r#"["5m", "10m"]"#;
        /// Not before so long after the runbook's `windows_from`, also across restarts.
        may not_before: Dur = "+2d";
        /// A wait at its end that keeps looking. Later phases are closed until it is over.
        may hold: Inner<HoldRow> = r#"{ length = "1d", gate = ["orders-health"] }"#;
        /// The list that is ticked in it.
        may checklist: Ref<refs::Checklist> = "activation";
    }

    /// A wait of hours or days that keeps looking, and can step back.
    HoldRow "hold" {
        /// How long everything must have been well: it begins again when something was not,
        /// and does not count while nobody knows.
        need length: Dur = "1d";
        /// Probes that must be healthy all the while, each by its own `fall`, `rise`,
        /// `warning` and `critical`.
        may gate: Listed<Ref<refs::Probe>> = r#"["orders-health"]"#;
        /// The step of this runbook that is undone when people step back; offered once it is
        /// done. Without one the hold can only be waited for or ended.
        may back: Written = "shift-10";
    }
}
