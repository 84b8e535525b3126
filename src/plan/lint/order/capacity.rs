//! Rules about what must be running before users come.

use super::{
    super::{Check, Deed, Findings, LintDef, Subject},
    traffic::beneath,
};
use crate::{
    model::{Noun, Resource, Runbook, RunbookKind, Verb},
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
    let Runbook { kind, from, to, .. } = subject.runbook;
    for shift in subject.moves() {
        // Users who are sent to the side that is left: L61 says it once.
        if *kind == RunbookKind::Failover && shift.side == from && from != to {
            continue;
        }
        for compute in beneath(subject, shift.resource, Noun::Compute) {
            if !compute.sides.contains_key(shift.side) {
                findings.add(
                    &subject.at(&shift.step.id),
                    format!(
                        "users are sent to {}, where {} does not run at all",
                        shift.side, compute.id
                    ),
                    format!("give {} a side there, and scale it first", compute.id),
                );
                continue;
            }
            let scaled = subject.is_done_before(&shift.step.id, |deed| {
                deed.verb == Verb::Scale
                    && *deed.resource == compute.id
                    && deed.side == shift.side
                    && seen(deed)
            });
            if !scaled {
                findings.add(
                    &subject.at(&shift.step.id),
                    format!(
                        "users are sent to {} before {} is scaled there, and seen to be",
                        shift.side, compute.id
                    ),
                    help(subject, &shift, compute),
                );
            }
        }
    }
}

/// What to write: about the step that is there and not waited for, where there is one.
fn help(subject: &Subject<'_>, shift: &Deed<'_>, compute: &Resource) -> String {
    let scales = subject.deeds().find(|deed| {
        deed.verb == Verb::Scale
            && *deed.resource == compute.id
            && deed.side == shift.side
            && !subject.is_before(&deed.step.id, &shift.step.id)
    });
    scales.map_or_else(
        || {
            format!(
                "add a step it waits for: do = \"scale\", resource = \"{}\", side = \"{}\"",
                compute.id, shift.side
            )
        },
        |scale| {
            format!(
                "`{0}` is there and is not waited for: needs = [..., \"{0}\"]",
                scale.step.id
            )
        },
    )
}

/// A verb is done when it is seen to be; a call, when its author says what to look at.
fn seen(deed: &Deed<'_>) -> bool {
    deed.args.is_some() || !deed.step.terms.expect.is_empty()
}
