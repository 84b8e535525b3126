//! What a run was for, and what follows it, as page one says it: the scenario with the
//! plan's guidance, and the way back. Read off the incident.

use super::summary::Item;
use crate::{
    engine::{Incident, closing},
    model::Answered,
};

/// Label and value, a line each.
pub(super) fn before(incident: &Incident) -> Vec<(String, String)> {
    let Some(scenario) = &incident.procedure.brief.answers else { return Vec::new() };
    let mut fields = vec![("scenario".to_owned(), scenario.told())];
    let guidance = scenario.guidance.iter();
    fields.extend(guidance.map(|words| ("guidance".to_owned(), words.to_string())));
    fields
}

/// How what was moved is brought back.
pub(super) fn after(incident: &Incident) -> Option<(String, String)> {
    Some(("way back".to_owned(), closing::way_back(incident)?))
}

/// A runbook that does not answer the scenario was run all the same.
pub(super) fn deviation(incident: &Incident) -> Option<Item> {
    let scenario = incident.procedure.brief.answers.as_ref()?;
    let Answered { anyway: Some(words), .. } = scenario else { return None };
    let (by, run) = (scenario.by(), &incident.procedure.runbook.id);
    let what =
        format!("SCENARIO {} is answered by {by}, not by {run}: {words}", scenario.id);
    Some(Item { at: incident.clocks.declared, who: "declared so".to_owned(), what })
}
