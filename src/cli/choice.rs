//! What people choose on the command line before a run begins: tenants, the scenario it
//! answers, values of parameters. Checked against the plan here, so that a slip is told
//! before anything is declared.

use std::collections::BTreeMap;

use color_eyre::eyre::{Result, bail};

use super::run::pair;
use crate::{
    engine::Incident,
    model::{OpenValue, ParameterId, Procedure, RunbookId, ScenarioId, TenantId, Text},
    plan::{
        Choice, Plan,
        language::{Items, Said, words::Select},
    },
};

/// Options of every subcommand that begins a run.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Chosen {
    /// A tenant to take, by its id; again for each [default: the plan's own]
    #[arg(long = "tenant", value_name = "ID")]
    tenants: Vec<String>,
    /// A value the plan leaves open: snapshot=orders-2026-01-31
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// Why a runbook is run that does not answer the scenario, for the record
    #[arg(long, value_name = "WORDS")]
    anyway: Option<String>,
}

impl Chosen {
    /// What the plan makes of it.
    pub(super) fn of(&self, plan: &Plan, scenario: Option<&str>) -> Result<Choice> {
        let scenario = scenario.map(|id| self::scenario(plan, id)).transpose()?;
        let anyway = self.anyway.as_deref().map(str::trim);
        if anyway == Some("") {
            bail!("--anyway wants a reason in words");
        }
        let (tenants, inputs) = (self.tenants(plan)?, self.inputs(plan)?);
        Ok(Choice { tenants, scenario, inputs, anyway: anyway.map(Text::clean) })
    }

    fn tenants(&self, plan: &Plan) -> Result<Vec<TenantId>> {
        let known = known(plan);
        for id in &self.tenants {
            if !known.contains(&id.as_str()) {
                bail!("the plan has no tenant `{id}`; it has: {}", known.join(", "));
            }
        }
        let one = plan.file.tenancy.get().and_then(|row| row.select.get());
        if one == Some(&Select::One) && self.tenants.len() > 1 {
            bail!(
                "a run takes one tenant; this one was given {}",
                self.tenants.join(", ")
            );
        }
        Ok(self.tenants.iter().map(|id| id.as_str().into()).collect())
    }

    /// Values by name, each one that its parameter can have.
    pub(super) fn inputs(&self, plan: &Plan) -> Result<BTreeMap<ParameterId, String>> {
        let mut inputs = BTreeMap::new();
        for (name, value) in &self.set {
            let id = ParameterId::new(name);
            let mut apart = plan.parameters.iter().filter(|one| one.per_tenant);
            if apart.any(|one| one.id == *name) {
                bail!(
                    "--set {name}: every tenant has its own; choose tenants with --tenant: {}",
                    known(plan).join(", ")
                );
            }
            let Some(open) = plan.open_value(&id) else {
                bail!("{}", not_open(plan, name));
            };
            match open.check(value) {
                Ok(value) => inputs.insert(id, value.to_string()),
                Err(why) => bail!("--set {name}: {why}"),
            };
        }
        Ok(inputs)
    }
}

/// What was chosen when `incident` began, and every value it was given since: what another
/// version of its plan is expanded with.
pub(super) fn again(incident: &Incident) -> Choice {
    let brief = &incident.procedure.brief;
    let given = incident.values.given.iter();
    Choice {
        tenants: brief.lanes.iter().map(|lane| lane.tenant.clone()).collect(),
        scenario: brief.scenario.clone(),
        anyway: brief.answers.as_ref().and_then(|answers| answers.anyway.clone()),
        inputs: given.map(|(id, given)| (id.clone(), given.value.to_string())).collect(),
    }
}

/// The plan's tenants, by id.
fn known(plan: &Plan) -> Vec<&str> {
    let rows = plan.file.tenant.items().iter();
    rows.filter_map(|row| row.id.get().map(String::as_str)).collect()
}

/// Refuses to take everybody where nobody said whom: the plan gives no default.
pub(super) fn for_whom(
    plan: &Plan,
    procedure: &Procedure,
    choice: &Choice,
) -> Result<()> {
    let tenancy = plan.file.tenancy.get();
    let unsaid = tenancy.is_some_and(|row| row.default.is_none());
    if !unsaid || !choice.tenants.is_empty() || !procedure.runbook.terms.per_tenant {
        return Ok(());
    }
    bail!(
        "runbook `{}` is run for tenants, and nobody said for whom: --tenant ID, again for \
         each. The plan has: {}",
        procedure.runbook.id,
        known(plan).join(", ")
    )
}

/// Why a parameter takes no value here.
fn not_open(plan: &Plan, name: &str) -> String {
    let parameter = plan.parameters.iter().find(|one| one.id == name);
    match parameter.map(|one| (&one.value, &one.variable)) {
        Some((Some(_), Some(variable))) => {
            format!("--set {name}: it has its value from {variable}")
        }
        Some((Some(_), None)) => {
            format!("--set {name}: its value is written in the plan")
        }
        Some((None, _)) | None => {
            let open = plan.parameters.iter().filter(|one| one.value.is_none());
            let known: Vec<&str> = open.map(|one| one.id.as_str()).collect();
            format!(
                "the plan leaves no `{name}` open; open are: {}",
                if known.is_empty() { "none".to_owned() } else { known.join(", ") }
            )
        }
    }
}

pub(super) fn scenario(plan: &Plan, id: &str) -> Result<ScenarioId> {
    let known = scenarios(plan);
    if known.contains(&id) {
        return Ok(id.into());
    }
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    bail!("the plan has no scenario `{id}`; it has: {known}")
}

/// The plan's own scenarios, by id.
pub(super) fn scenarios(plan: &Plan) -> Vec<&str> {
    let rows = plan.file.scenario.items().iter();
    rows.filter_map(|row| row.id.get().map(String::as_str)).collect()
}

/// The runbook that answers a scenario first.
pub(super) fn answer(plan: &Plan, scenario: &ScenarioId) -> Option<RunbookId> {
    let mut rows = plan.file.scenario.items().iter();
    let row = rows.find(|row| row.id.get().is_some_and(|id| *id == scenario.as_str()))?;
    let first = row.runbooks.items().first();
    let own = || plan.runbooks.iter().find(|one| one.terms.scenarios.contains(scenario));
    first
        .map(|found| found.value.as_str().into())
        .or_else(|| own().map(|runbook| runbook.id.clone()))
}

/// Refuses a runbook that does not answer the scenario it would be run for, unless somebody
/// said why it is run all the same.
pub(super) fn answers(procedure: &Procedure) -> Result<()> {
    let Some(scenario) = &procedure.brief.answers else { return Ok(()) };
    let runbook = &procedure.runbook;
    if scenario.is_by(runbook) || scenario.anyway.is_some() {
        return Ok(());
    }
    let guidance = scenario.guidance.as_ref();
    let guidance = guidance.map_or_else(String::new, |words| format!(" {words}"));
    bail!(
        "`{}` does not answer scenario {}: {} does.{guidance} To run it all the same, say \
         why: --anyway \"WORDS\"",
        runbook.id,
        scenario.told(),
        scenario.by(),
    )
}

/// Values a run does not begin without and that nobody has given, each with how it is.
pub(super) fn needed(procedure: &Procedure) -> Vec<String> {
    let open = procedure.brief.values.iter();
    open.filter(|open| open.needed && open.secret().is_none())
        .map(|open| format!("--set {}=VALUE ({})", open.id, asked(open)))
        .collect()
}

fn asked(open: &OpenValue) -> String {
    let values: Vec<&str> = open.values.iter().map(Text::as_str).collect();
    match (&open.example, values.is_empty()) {
        (_, false) => format!("{} One of: {}", open.ask, values.join(", ")),
        (Some(example), true) => format!("{} For example {example}", open.ask),
        (None, true) => open.ask.to_string(),
    }
}
