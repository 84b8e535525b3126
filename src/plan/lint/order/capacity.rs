//! Rules about what must be running before users come.

use super::{
    super::{Check, Findings, LintDef, Subject},
    traffic::beneath,
};
use crate::{
    model::{Noun, Verb},
    plan::Level,
};

pub(super) const BEFORE_CAPACITY: LintDef = LintDef {
    id: "L02",
    name: "traffic-before-capacity",
    level: Level::Error,
    doc: "Users are sent to a side before what serves them there is scaled and healthy.",
    mend: "Let the step wait for a step that scales what serves them there, and sees it healthy.",
    check: Check::Runbook(before_capacity),
};

fn before_capacity(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for shift in subject.moves() {
        for compute in beneath(subject, shift.resource, Noun::Compute) {
            let scaled = subject.deeds_before(&shift.step.id).any(|deed| {
                deed.verb == Verb::Scale
                    && *deed.resource == compute.id
                    && deed.side == shift.side
            });
            if compute.sides.contains_key(shift.side) && !scaled {
                findings.add(
                    &subject.at(&shift.step.id),
                    format!(
                        "users are sent to {} before {} is scaled there",
                        shift.side, compute.id
                    ),
                    format!(
                        "add a step it waits for: do = \"scale\", resource = \"{}\"",
                        compute.id
                    ),
                );
            }
        }
    }
}
