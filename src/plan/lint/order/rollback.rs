//! Whether what is taken back ends where it began, and in which order.

use super::{
    super::{Check, Deed, Findings, LintDef, Subject, act, look},
    traffic::beneath,
};
use crate::{
    model::{Action, Errand, Noun, ResourceId, SiteId, Step, Undo, Verb},
    plan::{
        Level, Plan,
        language::{Items, Said},
    },
};

pub(super) const UNDO_NOT_RECORDED: LintDef = LintDef {
    id: "L10",
    name: "undo-not-recorded",
    level: Level::Warning,
    doc: "Something is put back to a number written here, not to the one it had before.",
    mend: "Put back what was recorded before the change: `undo = \"recorded\"`, or an output of the step that changed it.",
    check: Check::Runbook(undo_not_recorded),
};

pub(super) const ROLLBACK_ORDER: LintDef = LintDef {
    id: "L11",
    name: "rollback-order",
    level: Level::Error,
    doc: "Users are sent back to a side before it is up again.",
    mend: "Bring the old side up, see it healthy, and then send users back.",
    check: Check::Runbook(rollback_order),
};

/// One change of how many run, with the number it wants.
struct Scaling<'p> {
    deed: Deed<'p>,
    count: u64,
}

fn scalings<'p>(subject: &Subject<'p>) -> Vec<Scaling<'p>> {
    let deeds =
        subject.deeds().filter(|deed| matches!(deed.verb, Verb::Scale | Verb::Stop));
    let counted = deeds
        .filter_map(|deed| Some(Scaling { deed, count: act::count(&deed.step.action)? }));
    counted.collect()
}

fn undo_not_recorded(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let scalings = scalings(subject);
    for back in scalings.iter().filter(|one| one.count > 0) {
        let same = |one: &&Scaling<'_>| {
            one.count == 0
                && one.deed.resource == back.deed.resource
                && one.deed.side == back.deed.side
                && subject.is_before(&one.deed.step.id, &back.deed.step.id)
        };
        let Some(down) = scalings.iter().find(same) else { continue };
        let (resource, count) = (back.deed.resource, back.count);
        findings.add(
            &subject.at(&back.deed.step.id),
            format!(
                "{resource} comes back with {count}, however many ran before `{}` took it \
                 to 0{}",
                down.deed.step.id,
                others(subject.plan, resource, count)
            ),
            format!(
                "record it first: outputs = {{ count = \"...\" }} in `{0}`, and \
                 `${{step.{0}.count}}` here",
                down.deed.step.id
            ),
        );
    }
    for step in subject.runbook.steps() {
        if let Some(what) = literal(&step.terms.undo) {
            findings.add(
                &subject.at(&step.id),
                format!(
                    "taking it back sets {what}, whatever there was before: after a failover \
                     that is another number"
                ),
                "write undo = \"recorded\"",
            );
        }
    }
}

/// Other numbers the plan knows for how many of `resource` run.
fn others(plan: &Plan, resource: &ResourceId, count: u64) -> String {
    let rows = plan.file.compute.items();
    let row =
        rows.iter().find(|row| row.id.get().is_some_and(|id| id == resource.as_str()));
    let workloads = row.map(|row| row.workloads.items()).unwrap_or_default();
    let known = workloads.iter().flat_map(|found| {
        [
            ("normally", found.value.normal.get()),
            ("after a failover", found.value.failover.get()),
            ("after a recovery", found.value.recovery.get()),
        ]
    });
    let other: Vec<String> = known
        .filter_map(|(when, number)| {
            number
                .filter(|number| **number != count)
                .map(|number| format!("{number} {when}"))
        })
        .collect();
    if other.is_empty() {
        String::new()
    } else {
        format!("; it has {}", other.join(", "))
    }
}

/// What an undo sets that is written into it.
fn literal(undo: &Undo) -> Option<String> {
    let Undo::Action(action) = undo else { return None };
    if let Some(count) = act::count(action) {
        return Some(format!("the number to {count}"));
    }
    let Action::Errand(Errand::Dns(call)) = &**action else { return None };
    let weight = call.changes.iter().find_map(|change| change.weight)?;
    Some(format!("a weight to {weight}"))
}

/// A move of users back to where they belong must find that side up.
fn rollback_order(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let scalings = scalings(subject);
    for shift in subject.moves() {
        for compute in beneath(subject, shift.resource, Noun::Compute) {
            if compute.primary != *shift.side {
                continue;
            }
            let of = Of { subject, scalings: &scalings, on: (&compute.id, shift.side) };
            let Some((down, message)) = of.misplaced(shift.step) else { continue };
            findings.add(
                &subject.at(&shift.step.id),
                format!(
                    "users are sent back to {} while {} {message}",
                    shift.side, compute.id
                ),
                format!(
                    "bring {} up first, see it healthy, and let this wait for that: needs \
                     = [\"{down}\"]",
                    compute.id
                ),
            );
        }
    }
}

/// The scalings of one side.
struct Of<'a, 'p> {
    subject: &'a Subject<'p>,
    scalings: &'a [Scaling<'p>],
    on: (&'p ResourceId, &'p SiteId),
}

impl<'p> Of<'_, 'p> {
    fn here(&self) -> impl Iterator<Item = &Scaling<'p>> {
        let on = self.on;
        self.scalings.iter().filter(move |one| (one.deed.resource, one.deed.side) == on)
    }

    /// The step that should come first, and how the side stands without it.
    fn misplaced(&self, shift: &Step) -> Option<(String, String)> {
        let before =
            |one: &&Scaling<'_>| self.subject.is_before(&one.deed.step.id, &shift.id);
        let down = self.here().filter(before).find(|one| one.count == 0);
        let up = self.here().filter(before).find(|one| {
            let after = down.is_none_or(|down| {
                self.subject.is_before(&down.deed.step.id, &one.deed.step.id)
            });
            one.count > 0 && after
        });
        let later = self.here().find(|one| {
            one.count > 0 && self.subject.is_before(&shift.id, &one.deed.step.id)
        });
        match (down, up, later) {
            (_, Some(up), _) => {
                let (step, until) = (up.deed.step, Some(&shift.id));
                let seen = up.deed.args.is_some()
                    || look::seen(self.subject, step, Noun::Compute, until);
                (!seen).then(|| {
                    let how =
                        format!("was asked to grow in `{}`, and nobody looked", step.id);
                    (step.id.to_string(), how)
                })
            }
            (Some(down), None, Some(later)) => {
                let how = format!(
                    "there is still at 0 since `{}`; `{}` comes after",
                    down.deed.step.id, later.deed.step.id
                );
                Some((later.deed.step.id.to_string(), how))
            }
            (Some(down), None, None) => {
                let how = format!("there is at 0 since `{}`", down.deed.step.id);
                Some(("...".to_owned(), how))
            }
            (None, None, Some(later)) => {
                let how = format!("there is only brought up in `{}`", later.deed.step.id);
                Some((later.deed.step.id.to_string(), how))
            }
            (None, None, None) => None,
        }
    }
}
