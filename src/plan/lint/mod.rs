//! What is wrong with a plan that is well written: rules learned from plans that would
//! have failed. One directory a family, one entry a rule; see each family's `LINTS`.
//!
//! Rules look at the resolved plan and are run only on runbooks that could be read whole.

mod act;
mod around;
mod backup;
mod cloud;
mod deed;
mod expansion;
mod load;
mod look;
mod monitor;
mod objective;
mod order;
mod people;
mod promise;
mod shape;
mod shell;
mod watched;
mod written;

use super::{
    Plan,
    cx::{Cx, Places},
    language::{Items, RunbookRow, Said, StepRow},
    order::Order,
    problem::{Level, Place, Problems},
    read::UNPROMISED,
};
use crate::model::{Runbook, Span, StepId};
pub(in crate::plan) use deed::{Deed, of as deeds};

/// One rule.
#[derive(Clone, Copy, Debug)]
pub struct LintDef {
    pub id: &'static str,
    pub name: &'static str,
    pub level: Level,
    /// One sentence ending with a full stop: what is wrong when it is found.
    pub doc: &'static str,
    /// How it is mended, in a sentence or two.
    pub mend: &'static str,
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
    /// What its steps do to the estate; told once, for many rules ask.
    deeds: Vec<Deed<'p>>,
    around: around::Around<'p>,
}

/// Every rule, by family, in the order of their ids within each.
pub const FAMILIES: &[&[LintDef]] = &[
    shape::LINTS,
    order::LINTS,
    objective::LINTS,
    monitor::LINTS,
    cloud::LINTS,
    backup::LINTS,
    people::LINTS,
];

/// Every rule.
pub fn lints() -> impl Iterator<Item = &'static LintDef> {
    FAMILIES.iter().copied().flatten()
}

/// The rules about losing data: nobody can accept those.
pub const NEVER_WAIVED: &[&str] = &["L01", "L03", "L04", "L16", "L17"];

const fn reading(id: &'static str, name: &'static str, doc: &'static str) -> LintDef {
    let mend = "Write what the message says.";
    LintDef { id, name, level: Level::Error, doc, mend, check: Check::Reading }
}

/// Where a rule puts what it found.
#[derive(Debug)]
pub struct Findings<'c> {
    def: &'c LintDef,
    places: &'c Places,
    problems: &'c mut Problems,
}

impl Findings<'_> {
    /// Notes a finding at a dotted path, as `Problem::at` shows them: the thing itself
    /// (`service.orders`, `runbook.failover.promote`) or one of its keys
    /// (`runbook.failover.promote.estimate`). What has no place of its own belongs to what
    /// holds it.
    pub fn add(&mut self, at: &str, message: impl Into<String>, help: impl Into<String>) {
        let place = self.place(at);
        self.note(self.def.level, &place, (message.into(), help.into()));
    }

    /// As [`Findings::add`], for a value that knows where it stands.
    pub fn at(
        &mut self,
        place: &Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.note(self.def.level, place, (message.into(), help.into()));
    }

    /// As [`Findings::add`], but a warning, where the rule's own level is an error: for
    /// what is only just not wrong.
    pub fn warn(
        &mut self,
        at: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let place = self.place(at);
        self.note(Level::Warning, &place, (message.into(), help.into()));
    }

    /// As [`Findings::warn`], for a value that knows where it stands.
    pub fn warn_at(
        &mut self,
        place: &Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.note(Level::Warning, place, (message.into(), help.into()));
    }

    fn note(&mut self, level: Level, place: &Place, words: (String, String)) {
        self.problems.add(level, self.def.id, place, words);
    }

    fn place(&self, at: &str) -> Place {
        let mut path = at;
        loop {
            match (self.places.get(path), path.rsplit_once('.')) {
                (Some(place), _) => return place,
                (None, Some((holder, _))) => path = holder,
                (None, None) => {
                    return Place { spot: super::Spot::default(), at: at.into() };
                }
            }
        }
    }
}

/// Asks every rule.
pub(super) fn run(cx: &mut Cx<'_>, plan: &Plan) {
    let whole: Vec<&Runbook> =
        plan.runbooks.iter().filter(|one| !cx.broken.contains(&one.id)).collect();
    let subjects: Vec<Subject<'_>> =
        whole.into_iter().map(|runbook| Subject::new(plan, runbook)).collect();
    let tenancy = plan.file.tenancy.get().and_then(|row| row.parameter.get());
    super::parameter::judge(&plan.parameters, tenancy, &mut cx.problems);
    for def in lints() {
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

impl<'p> Subject<'p> {
    fn new(plan: &'p Plan, runbook: &'p Runbook) -> Self {
        let steps = runbook.steps();
        let deeds = steps.flat_map(|step| deed::of(plan, runbook, step)).collect();
        let around = around::Around::of(plan, runbook);
        Self { plan, runbook, order: Order::of(runbook), deeds, around }
    }

    /// Everything its steps do to the estate, in the order they are shown.
    fn deeds(&self) -> impl Iterator<Item = Deed<'p>> {
        self.deeds.iter().copied()
    }

    /// Everything that is certain to have been done before `step` begins.
    fn deeds_before(&self, step: &StepId) -> impl Iterator<Item = Deed<'p>> {
        self.deeds().filter(|deed| self.is_before(&deed.step.id, step))
    }

    /// Whether a live run has certainly done something like this when `step` begins: in an
    /// earlier step, in a runbook one of those calls, or in every runbook that calls this.
    fn is_done_before(&self, step: &StepId, done: impl Fn(&Deed<'_>) -> bool) -> bool {
        let own = self.deeds.iter().any(|deed| {
            done(deed)
                && around::certain(deed.step)
                && self.is_before(&deed.step.id, step)
        });
        let mut called = self.around.called.iter();
        own || called.any(|(call, deed)| done(deed) && self.is_before(call, step))
            || self.around.callers_did(done)
    }

    /// Whether it does something like this anywhere, or those around it.
    fn is_done(&self, done: impl Fn(&Deed<'_>) -> bool) -> bool {
        self.deeds.iter().any(&done)
            || self.around.called.iter().any(|(_, deed)| done(deed))
            || self.around.callers_did(done)
    }

    /// Whether `one` is certain to be settled before `other` begins.
    fn is_before(&self, one: &StepId, other: &StepId) -> bool {
        self.order.is_before(one, other)
    }

    /// As it was written.
    fn row(&self) -> Option<&'p RunbookRow> {
        let own = self.runbook.id.as_str();
        let mut rows = self.plan.file.runbook.items().iter();
        rows.find(|row| row.id.get().is_some_and(|id| id == own))
    }

    /// One of its steps, as it was written.
    fn step_row(&self, step: &StepId) -> Option<&'p StepRow> {
        let mut rows = self.row()?.step.items().iter();
        rows.find(|row| row.id.get().is_some_and(|id| id == step.as_str()))
    }

    /// The longest stretch of writes it may lose, when anybody promised one.
    fn rpo(&self) -> Option<Span> {
        let rpo = self.plan.promises.get(&self.runbook.id)?.objective.rpo;
        (rpo < UNPROMISED.rpo).then_some(rpo)
    }

    /// Steps that send users to a side.
    fn moves(&self) -> impl Iterator<Item = Deed<'p>> {
        self.deeds().filter(Deed::moves_users)
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
        let all: Vec<&LintDef> = lints().collect();
        for (index, def) in all.iter().enumerate() {
            assert!(def.doc.ends_with('.'), "{} needs a sentence", def.id);
            assert!(def.mend.ends_with('.'), "{} needs a way to mend it", def.id);
            assert!(
                all.iter().skip(index + 1).all(|other| other.id != def.id),
                "{} stands twice",
                def.id
            );
        }
    }
}
