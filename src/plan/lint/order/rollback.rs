//! Whether what is taken back ends where it began, and in which order.

use super::{
    super::{Check, Deed, Findings, LintDef, Subject, act, look},
    traffic::beneath,
};
use crate::{
    model::{
        Action, Errand, Noun, ResourceId, Runbook, RunbookKind, SiteId, Step, Undo, Verb,
    },
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
        if let Some(what) = literal(step) {
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
fn literal(step: &Step) -> Option<String> {
    let Undo::Action(action) = &step.terms.undo else { return None };
    if let (Action::Errand(Errand::Aws(done)), Action::Errand(Errand::Aws(back))) =
        (&step.action, &**action)
        && done.operation == back.operation
    {
        // The very setting the step changes, put back to a number.
        let set = back.params.as_object()?.iter();
        let mut same = set.filter(|(key, value)| {
            value.is_number() && done.params.get(key).is_some_and(|own| own != *value)
        });
        return same.next().map(|(key, value)| format!("{key} to {value}"));
    }
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
        restarted(subject, &shift, findings);
        rehearsed(subject, &scalings, &shift, findings);
        for compute in beneath(subject, shift.resource, Noun::Compute) {
            if compute.primary != *shift.side {
                continue;
            }
            let of = Of { subject, scalings: &scalings, on: (&compute.id, shift.side) };
            of.say(&shift, findings);
        }
    }
}

/// Programs that are pointed at the new writer, or started anew for it, while users come:
/// nothing says which is first.
fn restarted(subject: &Subject<'_>, shift: &Deed<'_>, findings: &mut Findings<'_>) {
    let Runbook { kind, to, .. } = subject.runbook;
    if *kind != RunbookKind::Failback || shift.side != to {
        return;
    }
    // Of a move in stages, the first.
    let mut all = subject.moves();
    let first = all.find(|one| one.resource == shift.resource && one.side == to);
    if first.is_none_or(|first| first.step.id != shift.step.id) {
        return;
    }
    let below = beneath(subject, shift.resource, Noun::Compute);
    let promoted = |step: &Step| {
        let mut before = subject.deeds_before(&step.id);
        before.any(|deed| deed.makes_writer() && deed.side == to)
    };
    let beside = subject.deeds().find(|deed| {
        matches!(deed.verb, Verb::Restart | Verb::Repoint)
            && deed.side == to
            && below.iter().any(|one| one.id == *deed.resource)
            && deed.step.id != shift.step.id
            && !subject.is_before(&deed.step.id, &shift.step.id)
            && !subject.is_before(&shift.step.id, &deed.step.id)
            && promoted(deed.step)
    });
    if let Some(deed) = beside {
        findings.add(
            &subject.at(&shift.step.id),
            format!(
                "users are sent back to {to} at the same time as `{}` works on {} there: \
                 nothing says which comes first",
                deed.step.id, deed.resource
            ),
            format!("let it wait: needs = [..., \"{}\"]", deed.step.id),
        );
    }
}

/// What a drill takes down must be up before its users come back to it. No service lives
/// on things of a drill: what it takes down and whom it moves belong together.
fn rehearsed<'p>(
    subject: &Subject<'p>,
    scalings: &[Scaling<'p>],
    shift: &Deed<'p>,
    findings: &mut Findings<'_>,
) {
    let drill = subject.runbook.kind == RunbookKind::Drill;
    let one = subject.moves().all(|other| other.resource == shift.resource);
    if !drill || !one || !beneath(subject, shift.resource, Noun::Compute).is_empty() {
        return;
    }
    let mut down = scalings.iter().filter(|one| {
        one.count == 0
            && one.deed.side == shift.side
            && subject.is_before(&one.deed.step.id, &shift.step.id)
    });
    if let (Some(down), None) = (down.next(), down.next()) {
        let on = (down.deed.resource, down.deed.side);
        Of { subject, scalings, on }.say(shift, findings);
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

    fn say(&self, shift: &Deed<'_>, findings: &mut Findings<'_>) {
        let Some((down, message)) = self.misplaced(shift.step) else { return };
        let (compute, side) = self.on;
        findings.add(
            &self.subject.at(&shift.step.id),
            format!("users are sent back to {side} while {compute} {message}"),
            format!(
                "bring {compute} up first, see it healthy, and let this wait for that: \
                 needs = [\"{down}\"]"
            ),
        );
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
            // One that was never taken down is only not scaled yet: L02 says that.
            (None, None, Some(_) | None) => None,
        }
    }
}
