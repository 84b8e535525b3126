//! What a plan can still do when a place is lost: for every step which endpoint it calls
//! and where that, or its control plane, lives; which eyes go blind; who can sign in; and
//! whether each service's objective can still be met. Pure: a plan and a loss come in, a
//! report comes out. Changes nothing and asks nobody.

mod answer;
mod eyes;
mod line;
mod lost;
mod people;
mod reach;
mod render;
mod service;
mod stuck;
mod thing;

use std::collections::{BTreeMap, BTreeSet};

pub use answer::Answer;
pub use eyes::Blind;
pub use lost::Loss;
pub use people::{Channel, Person, SignIn};
pub use reach::{At, Call};
pub use render::{human, json};
pub use service::{Data, Met, ServiceReport};
pub(in crate::plan) use stuck::Lost;

use self::{eyes::Sight, reach::Map};
use super::{
    Numbers, Plan,
    language::{Items, Said, StepRow},
    lint::deeds,
    spans,
};
use crate::model::{
    Action, Condition, Errand, Estimate, OnFail, ProbeId, RoleId, Runbook, RunbookId,
    RunbookKind, ServiceId, Step, StepId, Text, Verb, errand::Until,
};

/// Whether a step can be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Runs,
    /// It cannot be run, and need not be: what it stops is lost. A person has to say so.
    Moot(Vec<String>),
    /// It cannot be run; why.
    Cannot(Vec<String>),
    /// The plan does not say enough.
    Unknown(Vec<String>),
}

/// One step, as it was written: before calls are unfolded and tenants spread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepReport {
    pub id: StepId,
    /// Its number in a run, as the console shows it: `13`, `13-15` of a step in lanes.
    pub number: String,
    pub name: Text,
    pub calls: Vec<Call>,
    pub verdict: Verdict,
    /// The run goes on without it: it is optional, or its failure stops nobody.
    pub spared: bool,
    /// The first step that cannot be run among those it waits for.
    pub behind: Option<StepId>,
    /// It can be run, and what takes it back cannot; why.
    pub no_way_back: Vec<String>,
}

/// Whether a runbook can be run to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finish {
    Yes,
    Unknown,
    No,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunbookReport {
    pub id: RunbookId,
    pub name: Text,
    /// It fails over from a place that is lost to one that is not.
    pub leaves: bool,
    /// It answers a scenario this loss is.
    pub answers: bool,
    pub steps: Vec<StepReport>,
    pub finish: Finish,
}

/// Everything that follows from a loss.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub loss: Loss,
    /// The scenarios it is.
    pub scenarios: Vec<Answer>,
    pub runbooks: Vec<RunbookReport>,
    pub blind: Vec<Blind>,
    /// Eyes that see that what they look at is gone, and nothing else of it.
    pub down: Vec<Blind>,
    pub people: Vec<Person>,
    /// Roles somebody holds, and nobody who can sign in.
    pub empty_roles: BTreeSet<RoleId>,
    pub channels: Vec<Channel>,
    pub services: Vec<ServiceReport>,
}

/// How long a runbook takes until a service is back, when it can be run.
pub type Reach = BTreeMap<(RunbookId, ServiceId), Estimate>;

/// Judges `plan` with `loss`; `reach` says how long runbooks take.
pub fn judge(plan: &Plan, loss: &Loss, reach: &Reach) -> Report {
    let mut judge = Judge::new(plan, loss);
    let people = judge.people();
    judge.empty = judge.empty_roles(&people);
    let runbooks = judge.runbooks();
    let services = judge.services(&runbooks, reach);
    Report {
        loss: loss.clone(),
        blind: judge.blind(),
        down: judge.down(),
        channels: judge.channels(),
        scenarios: judge.scenarios,
        empty_roles: judge.empty,
        people,
        runbooks,
        services,
    }
}

/// Everything each step of a runbook calls, whatever is lost.
pub fn calls<'p>(
    plan: &'p Plan,
    runbook: &'p Runbook,
) -> BTreeMap<&'p StepId, Vec<Call>> {
    let rows = rows(plan);
    let of = |step: &'p Step| {
        let row = rows.get(&(&runbook.id, &step.id)).copied();
        (&step.id, Map { plan }.of_step(step, row))
    };
    runbook.steps().map(of).collect()
}

type Rows<'p> = BTreeMap<(&'p RunbookId, &'p StepId), &'p StepRow>;

/// The rows steps were made of.
fn rows(plan: &Plan) -> Rows<'_> {
    let mut all = BTreeMap::new();
    for runbook in &plan.runbooks {
        let mut written = plan.file.runbook.items().iter();
        let row =
            written.find(|row| row.id.get().is_some_and(|id| id == runbook.id.as_str()));
        let steps: BTreeMap<&str, &StepRow> = row
            .map(|row| row.step.items())
            .unwrap_or_default()
            .iter()
            .filter_map(|row| Some((row.id.get()?.as_str(), row)))
            .collect();
        for step in runbook.steps() {
            if let Some(row) = steps.get(step.id.as_str()) {
                all.insert((&runbook.id, &step.id), *row);
            }
        }
    }
    all
}

/// A plan, a loss, and what follows from both.
#[derive(Debug)]
pub(super) struct Judge<'p> {
    plan: &'p Plan,
    loss: &'p Loss,
    rows: Rows<'p>,
    empty: BTreeSet<RoleId>,
    scenarios: Vec<Answer>,
    /// Of runbooks that are called by others, as far as it is known.
    finish: BTreeMap<RunbookId, Finish>,
}

impl<'p> Judge<'p> {
    fn new(plan: &'p Plan, loss: &'p Loss) -> Self {
        Self {
            plan,
            loss,
            rows: rows(plan),
            empty: BTreeSet::new(),
            scenarios: answer::answers(plan, loss),
            finish: BTreeMap::new(),
        }
    }

    const fn map(&self) -> Map<'p> {
        Map { plan: self.plan }
    }

    fn lost(&self, at: &At) -> bool {
        match at {
            At::Region(region) => self.loss.region(region),
            At::Site(site) => self.loss.site(site),
            At::Plane(plane) => self.loss.region(&plane.home),
            At::Many | At::Here | At::Unknown(_) => false,
        }
    }

    /// A runbook that calls another can be finished when that one can: what one round finds
    /// the next one knows. Verdicts only ever get worse, so that it ends.
    fn runbooks(&mut self) -> Vec<RunbookReport> {
        loop {
            let all: Vec<RunbookReport> =
                self.plan.runbooks.iter().map(|one| self.runbook(one)).collect();
            let found = all.iter().map(|one| (one.id.clone(), one.finish)).collect();
            if found == self.finish {
                return all;
            }
            self.finish = found;
        }
    }

    fn runbook(&self, runbook: &Runbook) -> RunbookReport {
        let numbers = self.plan.numbers(&runbook.id);
        let mut steps: Vec<StepReport> =
            runbook.steps().map(|step| self.step(runbook, step, &numbers)).collect();
        behind(runbook, &mut steps);
        // A way back leaves a place only after a failover to it.
        let leaves = runbook.kind == RunbookKind::Failover
            && self.loss.site(&runbook.from)
            && !self.loss.site(&runbook.to);
        let answers = self.scenarios.iter().any(|one| one.runbooks.contains(&runbook.id));
        let finish = steps.iter().map(StepReport::finish).max().unwrap_or(Finish::Yes);
        // A name without steps brings nobody anywhere.
        let finish = if steps.is_empty() { Finish::No } else { finish };
        let (id, name) = (runbook.id.clone(), runbook.name.clone());
        RunbookReport { id, name, leaves, answers, steps, finish }
    }

    fn step(&self, runbook: &Runbook, step: &Step, numbers: &Numbers) -> StepReport {
        let row = self.rows.get(&(&runbook.id, &step.id)).copied();
        let calls = self.map().of_step(step, row);
        let undo = self.map().of_undo(step);
        let back = undo.iter().filter(|call| self.lost(&call.at));
        let spared = step.optional || step.terms.on_fail == OnFail::Continue;
        StepReport {
            id: step.id.clone(),
            number: numbers.get(&step.id).map(|all| spans(all)).unwrap_or_default(),
            name: step.name.clone(),
            verdict: self.verdict(runbook, step, &calls),
            no_way_back: back.map(why).collect(),
            calls,
            spared,
            behind: None,
        }
    }

    fn verdict(&self, runbook: &Runbook, step: &Step, calls: &[Call]) -> Verdict {
        let lost = calls.iter().filter(|call| self.lost(&call.at));
        let mut why: Vec<String> = lost.map(why).collect();
        if !why.is_empty() && self.stops_what_is_lost(runbook, step) {
            return Verdict::Moot(why);
        }
        why.extend(self.unseen(step));
        why.extend(self.nobody(step));
        why.extend(self.untold(step));
        let mut unsure: Vec<String> = calls
            .iter()
            .filter_map(|call| match call.at {
                At::Unknown(reason) => Some(format!("{}: {reason}", call.what)),
                At::Region(_) | At::Site(_) | At::Plane(_) | At::Many | At::Here => None,
            })
            .collect();
        if let Action::Errand(Errand::Call { runbook, .. }) = &step.action {
            match self.finish.get(runbook).copied().unwrap_or(Finish::Yes) {
                Finish::Yes => {}
                Finish::Unknown => {
                    unsure.push(format!("whether {runbook} can be finished"));
                }
                Finish::No => why.push(format!("{runbook} cannot be finished")),
            }
        }
        match (why.is_empty(), unsure.is_empty()) {
            (false, _) => Verdict::Cannot(why),
            (true, false) => Verdict::Unknown(unsure),
            (true, true) => Verdict::Runs,
        }
    }

    /// Whether all it does is to stop things in places that are lost.
    fn stops_what_is_lost(&self, runbook: &Runbook, step: &Step) -> bool {
        let deeds = deeds(self.plan, runbook, step);
        !deeds.is_empty()
            && deeds.iter().all(|deed| {
                matches!(deed.verb, Verb::Fence | Verb::Stop) && self.loss.site(deed.side)
            })
    }

    /// What it must see and cannot: unknown blocks.
    fn unseen(&self, step: &Step) -> Vec<String> {
        let looks = match &step.action {
            Action::Check { probe }
            | Action::Errand(Errand::Until { until: Until::Probe(probe) }) => Some(probe),
            Action::Estate { .. }
            | Action::Command(_)
            | Action::Http(_)
            | Action::Manual { .. }
            | Action::Approval { .. }
            | Action::Wait { .. }
            | Action::Notify { .. }
            | Action::Errand(_) => None,
        };
        let wants = !step.terms.wants_failure;
        let mut why: Vec<String> = looks
            .and_then(|probe| self.cannot_be_seen(probe, wants))
            .into_iter()
            .collect();
        for condition in &step.terms.when {
            if let Condition::Probe { probe, healthy } = condition {
                why.extend(self.cannot_be_seen(probe, *healthy));
            }
        }
        for expect in &step.terms.expect {
            if let crate::model::Expect::Probe(probe) = expect {
                why.extend(self.cannot_be_seen(probe, true));
            }
        }
        why
    }

    fn cannot_be_seen(&self, probe: &ProbeId, healthy: bool) -> Option<String> {
        let (found, sight) = self.probe(probe)?;
        let of_lost = found.site.as_ref().is_some_and(|site| self.loss.site(site));
        match sight {
            Sight::Sees => None,
            // It asks a lost place about itself: that nobody answers is what is wanted.
            Sight::Blind(_) if of_lost && !healthy => None,
            Sight::Down(_) if !healthy => None,
            Sight::Down(place) => {
                Some(format!("{probe} is healthy only when {place} answers"))
            }
            Sight::Blind(why) => {
                Some(format!("{probe} goes blind, and unknown blocks: {why}"))
            }
        }
    }

    /// Roles it needs that nobody can fill any more.
    fn nobody(&self, step: &Step) -> Vec<String> {
        let asked = match &step.action {
            Action::Approval { role, .. } => Some(role),
            Action::Estate { .. }
            | Action::Command(_)
            | Action::Http(_)
            | Action::Check { .. }
            | Action::Manual { .. }
            | Action::Wait { .. }
            | Action::Notify { .. }
            | Action::Errand(_) => None,
        };
        let mut roles: Vec<&RoleId> = Vec::new();
        for role in step.owner.iter().chain(&step.approval).chain(asked) {
            if self.empty.contains(role) && !roles.contains(&role) {
                roles.push(role);
            }
        }
        let told = |role: &RoleId| format!("nobody who can be {role} can sign in");
        roles.into_iter().map(told).collect()
    }

    /// A message whose channel is lost, with nothing that stands in for it.
    fn untold(&self, step: &Step) -> Option<String> {
        let Action::Notify { channel, .. } = &step.action else { return None };
        let lost = self.channels().into_iter().find(|one| one.id == channel.as_str())?;
        lost.instead
            .is_none()
            .then(|| format!("channel {} is lost: {}", lost.id, lost.why))
    }
}

/// Why a call that is lost cannot be made.
fn why(call: &Call) -> String {
    match &call.at {
        At::Plane(plane) => format!(
            "the control plane of {} lives in {}. {} Instead: {}",
            plane.service, plane.home, plane.goes_on, plane.instead
        ),
        At::Region(place) => format!("it asks {} in {place}", call.what),
        At::Site(site) => format!("it asks {} in {site}", call.what),
        At::Many | At::Here | At::Unknown(_) => String::new(),
    }
}

impl StepReport {
    /// Whether the run can get past it.
    fn finish(&self) -> Finish {
        match &self.verdict {
            Verdict::Runs | Verdict::Moot(_) => Finish::Yes,
            Verdict::Cannot(_) | Verdict::Unknown(_) if self.spared => Finish::Yes,
            Verdict::Cannot(_) => Finish::No,
            Verdict::Unknown(_) => Finish::Unknown,
        }
    }
}

/// Notes for each step the first one before it that the run cannot get past.
fn behind(runbook: &Runbook, steps: &mut [StepReport]) {
    let stuck: BTreeSet<StepId> = steps
        .iter()
        .filter(|step| step.finish() == Finish::No)
        .map(|step| step.id.clone())
        .collect();
    let mut after: BTreeMap<&StepId, StepId> = BTreeMap::new();
    // A step stands after what it needs in all but odd plans; two passes serve those.
    for step in runbook.steps().chain(runbook.steps()) {
        let first = step.needs.iter().find_map(|need| {
            stuck.get(need).cloned().or_else(|| after.get(need).cloned())
        });
        after.extend(first.map(|first| (&step.id, first)));
    }
    for step in steps {
        step.behind = after.get(&step.id).cloned();
    }
}

impl Report {
    /// 2 when a runbook that leaves what is lost cannot be finished; 1 when nobody can tell
    /// whether it can, or an objective is not met; else 0.
    pub fn exit_code(&self) -> u8 {
        let leaving = self.runbooks.iter().filter(|one| one.leaves);
        let worst = leaving.map(|one| one.finish).max().unwrap_or(Finish::Yes);
        let met = self.services.iter().all(|one| one.is_met() == Finish::Yes);
        match worst {
            Finish::No => 2,
            Finish::Unknown => 1,
            Finish::Yes => u8::from(!met),
        }
    }
}
