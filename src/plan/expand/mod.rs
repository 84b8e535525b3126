//! From a plan's runbook to the procedure one incident runs: calls are unfolded, loops
//! unrolled, tenants spread over lanes, given values filled in. What comes out is flat:
//! the engine knows neither calls nor loops nor tenants, only steps that wait for steps.

mod lanes;
mod rename;
mod unfold;
mod values;

use std::collections::BTreeMap;

use lanes::{Tenant, Things};
use unfold::{Part, Placed};

use super::{
    Plan,
    language::{Items, Said},
};
use crate::model::{
    Answered, Brief, Mark, Objective, ParameterId, Phase, Procedure, RtoClock, Runbook,
    RunbookId, ScenarioId, Step, StepId, TenantId, Text,
    template::{Slot, fill_all},
};

/// What people chose before a run begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// None: the plan's default, which is all unless it says otherwise.
    pub tenants: Vec<TenantId>,
    /// The scenario the run answers; its objectives go before those of services.
    pub scenario: Option<ScenarioId>,
    /// Values of parameters.
    pub inputs: BTreeMap<ParameterId, String>,
    /// Why a runbook is run that does not answer the scenario.
    pub anyway: Option<Text>,
}

/// The numbers a written step has in a run: several in lanes, loops and calls.
pub type Numbers = BTreeMap<StepId, Vec<u32>>;

/// `13`; `13-15`; `13, 17`.
pub fn spans(numbers: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            Some(_) | None => runs.push((*number, *number)),
        }
    }
    let one = |(first, last): (u32, u32)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    runs.into_iter().map(one).collect::<Vec<_>>().join(", ")
}

impl Plan {
    /// Everything one incident needs to be run, and later read, without this plan.
    pub fn procedure(&self, id: &RunbookId) -> Option<Procedure> {
        self.procedure_for(id, &Choice::default())
    }

    /// As [`Plan::procedure`], for what people chose.
    pub fn procedure_for(&self, id: &RunbookId, choice: &Choice) -> Option<Procedure> {
        let runbook = self.runbook(id)?;
        let promise = self.promises.get(id)?;
        let choice = &self.settled(choice);
        let (mut parts, things, tenants) = self.parts(runbook, promise, choice);
        let mut given = |slot: &Slot| given(choice, slot);
        for placed in parts.iter_mut().flat_map(|part| &mut part.steps) {
            placed.step = placed.step.filled(&mut given);
        }
        let estate = things.estate.iter().map(|one| fill_all(one, &mut given)).collect();
        let probes = things.probes.iter().map(|one| fill_all(one, &mut given)).collect();
        let sites = self.sites.iter().map(|one| fill_all(one, &mut given)).collect();
        let mut procedure = Procedure {
            plan: self.reference(),
            unset: self.unset(&parts, &tenants, choice),
            runbook: flat(runbook, parts),
            sites,
            estate,
            services: things.services,
            probes,
            people: self.people.clone(),
            objective: self.decisive(promise.objective, choice),
            brief: self.brief_for(runbook, &tenants, choice),
        };
        values::settle(self, &mut procedure, choice);
        Some(procedure)
    }

    /// What people chose, and what the plan says where they could have and did not.
    fn settled(&self, choice: &Choice) -> Choice {
        let mut choice = choice.clone();
        for one in &self.parameters {
            if let Some(usual) = one.usual() {
                let inputs = &mut choice.inputs;
                inputs.entry(ParameterId::new(&one.id)).or_insert_with(|| usual.clone());
            }
        }
        choice
    }

    /// The steps of a run, without numbers, what they work on, and for whom.
    fn parts(
        &self,
        runbook: &Runbook,
        promise: &super::Promise,
        choice: &Choice,
    ) -> (Vec<Part>, Things, Vec<Tenant>) {
        let of =
            |service: &&crate::model::Service| promise.services.contains(&service.id);
        let mut parts = unfold::unfold(self, runbook);
        let mut things = Things {
            estate: self.estate.clone(),
            services: self.services.iter().filter(of).cloned().collect(),
            probes: self.probes.clone(),
        };
        let tenants = if runbook.terms.per_tenant {
            lanes::tenants(self, &choice.tenants)
        } else {
            Vec::new()
        };
        if !tenants.is_empty() {
            (parts, things) = lanes::spread(self, parts, &things, &tenants);
        }
        (parts, things, tenants)
    }

    /// The numbers each step, as it was written, has in a run for everybody the plan's
    /// default names: one in each lane, one for each item of a loop, those of all steps of
    /// what it calls.
    pub fn numbers(&self, id: &RunbookId) -> Numbers {
        let mut numbers = Numbers::new();
        let known = self.runbook(id).zip(self.promises.get(id));
        let Some((runbook, promise)) = known else { return numbers };
        let (parts, ..) = self.parts(runbook, promise, &Choice::default());
        let steps = parts.iter().flat_map(|part| &part.steps);
        for (number, placed) in (1..).zip(steps) {
            numbers.entry(placed.of.clone()).or_default().push(number);
        }
        numbers
    }

    /// The chosen scenario's objective goes before the runbook's services', not before the
    /// runbook's own.
    fn decisive(&self, objective: Objective, choice: &Choice) -> Objective {
        let Some(scenario) = &choice.scenario else { return objective };
        let rows = self.file.scenario.items();
        let is = |row: &&super::language::ScenarioRow| {
            row.id.as_ref().is_some_and(|id| id.value == scenario.as_str())
        };
        let Some(row) = rows.iter().find(is) else { return objective };
        let pick = |written: &Option<super::language::Found<_>>, otherwise| {
            written.as_ref().map_or(otherwise, |found| found.value)
        };
        Objective {
            rto: pick(&row.rto, objective.rto),
            rpo: pick(&row.rpo, objective.rpo),
            stable: objective.stable,
        }
    }

    /// What the plan says of the scenario that was chosen.
    fn answered(&self, runbook: &Runbook, choice: &Choice) -> Option<Answered> {
        let wanted = choice.scenario.as_ref()?;
        let mut rows = self.file.scenario.items().iter();
        let row =
            rows.find(|row| row.id.get().is_some_and(|id| id == wanted.as_str()))?;
        let name = row.name.get().cloned();
        let runbooks = row.runbooks.items().iter();
        let mut answered = Answered {
            id: wanted.clone(),
            name: name.unwrap_or_else(|| Text::clean(wanted.as_str())),
            guidance: row.guidance.get().cloned(),
            approver: row.approver.get().map(|role| role.as_str().into()),
            runbooks: runbooks.map(|found| found.value.as_str().into()).collect(),
            anyway: None,
        };
        let fits = answered.is_by(runbook);
        answered.anyway = choice.anyway.clone().filter(|_| !fits);
        Some(answered)
    }

    fn brief_for(&self, runbook: &Runbook, tenants: &[Tenant], choice: &Choice) -> Brief {
        let promise = self.promises.get(&runbook.id);
        Brief {
            scenario: choice.scenario.clone(),
            answers: self.answered(runbook, choice),
            way_back: promise.and_then(|promise| promise.failback.clone()),
            lanes: tenants.iter().map(|tenant| tenant.lane.clone()).collect(),
            countdowns: promise
                .map(|promise| promise.countdowns.clone())
                .unwrap_or_default(),
            clock: self.rto_clock.as_ref().map(|(start, stop)| RtoClock {
                start: Mark::new(start.as_str()),
                stop: Mark::new(stop.as_str()),
            }),
            ..self.brief.clone()
        }
    }

    /// What keeps steps from being run against the real world: parameters nobody had set
    /// when the plan was loaded, and that what a step works on cannot do without.
    fn unset(
        &self,
        parts: &[Part],
        tenants: &[Tenant],
        choice: &Choice,
    ) -> BTreeMap<StepId, Vec<Text>> {
        let mut unset: BTreeMap<StepId, Vec<Text>> = BTreeMap::new();
        for Placed { step, from: (runbook, origin), .. } in
            parts.iter().flat_map(|part| &part.steps)
        {
            let missing: Vec<Text> = self
                .stopping(runbook, origin)
                .filter(|one| !choice.inputs.contains_key(&ParameterId::new(&one.id)))
                .filter(|one| !one.per_tenant || tenants.is_empty())
                .map(|one| Text::clean(one.variable.as_deref().unwrap_or(&one.id)))
                .collect();
            if !missing.is_empty() {
                unset.insert(step.id.clone(), missing);
            }
        }
        unset
    }
}

fn given(choice: &Choice, slot: &Slot) -> Option<String> {
    match slot {
        Slot::Parameter(id) => choice.inputs.get(&ParameterId::new(id)).cloned(),
        Slot::RunTime { .. }
        | Slot::RunEpoch
        | Slot::Incident { .. }
        | Slot::Output { .. }
        | Slot::Each
        | Slot::ProbeValue
        | Slot::Between { .. }
        | Slot::Listed { .. } => None,
    }
}

/// One runbook of all parts, its steps numbered in the order they are shown.
fn flat(runbook: &Runbook, parts: Vec<Part>) -> Runbook {
    let mut number = 0;
    let mut numbered = |placed: Placed| {
        number += 1;
        Step { number, ..placed.step }
    };
    let phases = parts
        .into_iter()
        .map(|part| {
            let steps = part.steps.into_iter().map(&mut numbered).collect();
            Phase { steps, ..part.phase }
        })
        .collect();
    Runbook { phases, ..runbook.clone() }
}
