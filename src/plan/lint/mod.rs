//! What is wrong with a plan that is well written: rules learned from plans that would
//! have failed. To add one: a function in a file here, and a line in [`LINTS`].
//!
//! Rules look at the resolved plan and are run only on runbooks that could be read whole.

mod budget;
mod capacity;
mod data;
mod people;
mod traffic;

use super::{
    Plan,
    cx::Cx,
    order::Order,
    problem::{Level, Place, Problems},
};
use crate::model::{Action, Params, ResourceId, Runbook, SiteId, Step, StepId, Verb};

/// One rule.
#[derive(Clone, Copy, Debug)]
pub struct LintDef {
    pub id: &'static str,
    pub name: &'static str,
    pub level: Level,
    /// One sentence ending with a full stop.
    pub doc: &'static str,
    pub check: Check,
}

/// When a rule is asked.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// While the files are read: by the reader itself.
    Reading,
    /// Once, of the whole plan.
    Plan(fn(&Plan, &mut Findings<'_>)),
    /// Once, of all runbooks together, and only when each could be read whole.
    Runbooks(fn(&Plan, &mut Findings<'_>)),
    /// Of each runbook.
    Runbook(fn(&Subject<'_>, &mut Findings<'_>)),
}

/// A runbook and the plan it belongs to.
#[derive(Debug)]
pub struct Subject<'p> {
    pub plan: &'p Plan,
    pub runbook: &'p Runbook,
    order: Order<'p>,
}

/// Every rule.
pub const LINTS: &[LintDef] = &[
    reading("P-file", "file", "A file of the plan cannot be read."),
    reading("P-syntax", "syntax", "A file is not TOML."),
    reading("P-unknown-key", "unknown-key", "A key means nothing where it stands."),
    reading("P-wrong-type", "wrong-type", "A value is of the wrong type."),
    reading("P-missing-key", "missing-key", "A key that must be there is not."),
    reading("P-bad-id", "bad-id", "An id has characters an id cannot have."),
    reading("P-bad-value", "bad-value", "A value is outside what is allowed."),
    reading("P-bad-duration", "bad-duration", "A duration cannot be read."),
    reading("P-two-actions", "two-actions", "A step does two things."),
    reading("P-two-times", "two-times", "A phase has a budget and a window."),
    reading("P-wrong-verb", "wrong-verb", "A verb does not fit what it is done to."),
    reading(
        "P-unwatched",
        "unwatched",
        "A service has no probe that says it is healthy.",
    ),
    LintDef {
        level: Level::Warning,
        ..reading(
            "P-unknown-kind",
            "unknown-kind",
            "A technology has neither hands nor a twin.",
        )
    },
    reading("P-tier-lowered", "tier-lowered", "A plan can only raise a tier."),
    LintDef {
        level: Level::Warning,
        ..reading("P-unset-parameter", "unset-parameter", "A parameter has no value.")
    },
    traffic::BEFORE_DATABASE,
    capacity::BEFORE_CAPACITY,
    data::NO_FENCING,
    data::FAILOVER_WITHOUT_DATABASE,
    data::REPOINT_BEFORE_PROMOTED,
    data::CONSUMERS_NOT_REPOINTED,
    data::REPLICATION_NOT_REBUILT,
    traffic::NO_FAILBACK,
    traffic::NO_READINESS_GATE,
    people::NO_GO_DECISION,
    reading("L24", "stub-step", "A step has no action."),
    budget::EXCEEDS_RTO,
    budget::SERVICE_RTO_MISSED,
    budget::NO_SLACK,
    reading("L43", "placeholder-value", "A value was never filled in."),
    people::NOT_REVIEWED,
    reading("L81", "unresolved-variable", "A parameter is undeclared or unused."),
    people::CONTACT_MISSING,
    budget::CLOCK_UNDEFINED,
    reading("L92", "broken-reference", "An id names nothing, two things, or itself."),
];

const fn reading(id: &'static str, name: &'static str, doc: &'static str) -> LintDef {
    LintDef { id, name, level: Level::Error, doc, check: Check::Reading }
}

/// Where a rule puts what it found.
#[derive(Debug)]
pub struct Findings<'c> {
    def: &'c LintDef,
    places: &'c std::collections::BTreeMap<String, Place>,
    problems: &'c mut Problems,
}

impl Findings<'_> {
    /// Notes a finding at a dotted path.
    pub fn add(&mut self, at: &str, message: impl Into<String>, help: impl Into<String>) {
        // What has no place of its own (a defaulted phase) belongs to what holds it.
        let mut path = at;
        let place = loop {
            match (self.places.get(path), path.rsplit_once('.')) {
                (Some(place), _) => break place.clone(),
                (None, Some((holder, _))) => path = holder,
                (None, None) => {
                    break Place { spot: super::Spot::default(), at: at.into() };
                }
            }
        };
        let words = (message.into(), help.into());
        self.problems.add(self.def.level, self.def.id, &place, words);
    }
}

/// Asks every rule.
pub(super) fn run(cx: &mut Cx<'_>, plan: &Plan) {
    let whole: Vec<&Runbook> =
        plan.runbooks.iter().filter(|one| !cx.broken.contains(&one.id)).collect();
    let subjects: Vec<Subject<'_>> = whole
        .into_iter()
        .map(|runbook| Subject { plan, runbook, order: Order::of(runbook) })
        .collect();
    super::parameter::judge(&plan.parameters, &mut cx.problems);
    for def in LINTS {
        let mut findings =
            Findings { def, places: &cx.places, problems: &mut cx.problems };
        match def.check {
            Check::Reading => {}
            Check::Plan(check) => check(plan, &mut findings),
            Check::Runbooks(check) if cx.broken.is_empty() => check(plan, &mut findings),
            Check::Runbooks(_) => {}
            Check::Runbook(check) => {
                for subject in &subjects {
                    check(subject, &mut findings);
                }
            }
        }
    }
}

/// A verb on the estate, taken out of its step.
#[derive(Clone, Copy, Debug)]
struct Deed<'p> {
    step: &'p Step,
    resource: &'p ResourceId,
    side: &'p SiteId,
    verb: Verb,
    args: &'p Params,
}

impl<'p> Deed<'p> {
    fn of(step: &'p Step) -> Option<Self> {
        match &step.action {
            Action::Estate { resource, side, verb, args } => {
                Some(Self { step, resource, side, verb: *verb, args })
            }
            Action::Command(_)
            | Action::Http(_)
            | Action::Check { .. }
            | Action::Manual { .. }
            | Action::Approval { .. }
            | Action::Wait { .. }
            | Action::Notify { .. }
            | Action::Errand(_) => None,
        }
    }

    /// Whether it makes `side` the one that takes writes.
    fn makes_writer(&self) -> bool {
        matches!(self.verb, Verb::Promote | Verb::Switchover | Verb::Restore)
    }
}

impl<'p> Subject<'p> {
    fn deeds(&self) -> impl Iterator<Item = Deed<'p>> + use<'p> {
        self.runbook.steps().filter_map(Deed::of)
    }

    fn deeds_before(&self, step: &StepId) -> impl Iterator<Item = Deed<'p>> {
        self.order.before(step).filter_map(Deed::of)
    }

    /// Steps that send users to a side.
    fn moves(&self) -> impl Iterator<Item = Deed<'p>> {
        self.deeds().filter(|deed| {
            deed.verb == Verb::Shift && deed.args.number("percent") != Some(0)
        })
    }

    fn at(&self, step: &StepId) -> String {
        format!("runbook.{}.{step}", self.runbook.id)
    }

    fn whole(&self) -> String {
        format!("runbook.{}", self.runbook.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_described_once() {
        for (index, def) in LINTS.iter().enumerate() {
            assert!(def.doc.ends_with('.'), "{} needs a sentence", def.id);
            assert!(
                LINTS.iter().skip(index + 1).all(|other| other.id != def.id),
                "{} stands twice in LINTS",
                def.id
            );
        }
    }
}
