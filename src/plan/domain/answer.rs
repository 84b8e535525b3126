//! Which scenario a loss is, and which runbooks the plan answers that scenario with. A
//! scenario says so itself, or is told by its name, or by a runbook that leaves what is
//! lost. Judges no runbook.

use super::{Loss, lost::stands_in};
use crate::{
    model::{RunbookId, RunbookKind, ScenarioId, Site, SiteId, Text},
    plan::{
        Plan,
        language::{Items, Said, ScenarioRow},
    },
};

/// A scenario that happens when the loss does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub scenario: ScenarioId,
    pub name: Text,
    /// The runbooks that answer it, the likeliest first.
    pub runbooks: Vec<RunbookId>,
    /// What to do where no runbook is the answer.
    pub guidance: Option<Text>,
}

/// Every scenario that `loss` is.
pub(super) fn answers(plan: &Plan, loss: &Loss) -> Vec<Answer> {
    let rows = plan.file.scenario.items().iter();
    rows.filter_map(|row| {
        let scenario: ScenarioId = row.id.get()?.as_str().into();
        let runbooks = runbooks(plan, row, &scenario);
        let name = row.name.get().cloned();
        let name = name.unwrap_or_else(|| Text::clean(scenario.as_str()));
        let guidance = row.guidance.get().cloned();
        is(plan, loss, row, &runbooks).then_some(Answer {
            scenario,
            name,
            runbooks,
            guidance,
        })
    })
    .collect()
}

/// Those the scenario names, then those that name the scenario.
fn runbooks(plan: &Plan, row: &ScenarioRow, scenario: &ScenarioId) -> Vec<RunbookId> {
    let named = row.runbooks.items().iter().map(|one| RunbookId::new(&one.value));
    let mut all: Vec<RunbookId> = named.collect();
    for runbook in plan.file.runbook.items() {
        let mut answered = runbook.scenarios.items().iter();
        let Some(id) = runbook.id.get().map(RunbookId::new) else { continue };
        if answered.any(|one| one.value == scenario.as_str()) && !all.contains(&id) {
            all.push(id);
        }
    }
    all
}

fn is(plan: &Plan, loss: &Loss, row: &ScenarioRow, runbooks: &[RunbookId]) -> bool {
    let sites = row.loses.items();
    if !sites.is_empty() {
        return sites.iter().any(|site| loss.site(&SiteId::new(&site.value)));
    }
    let words = [row.id.get().map(String::as_str), row.name.get().map(Text::as_str)];
    let text = words.into_iter().flatten().collect::<Vec<_>>().join(" ").to_lowercase();
    let mut lost = plan.sites.iter().filter(|site| loss.site(&site.id));
    if lost.any(|site| names(site).any(|name| stands_in(&name, &text))) {
        return true;
    }
    let mut answering = plan.runbooks.iter().filter(|one| runbooks.contains(&one.id));
    answering.any(|one| one.kind == RunbookKind::Failover && loss.site(&one.from))
}

/// How people call a site: its id, its region, its name without what stands in brackets.
fn names(site: &Site) -> impl Iterator<Item = String> {
    let bare = site.name.as_str().split('(').next().unwrap_or_default();
    let all = [Some(site.id.as_str()), site.region.as_deref(), Some(bare)];
    all.into_iter().flatten().map(|name| name.trim().to_lowercase())
}
