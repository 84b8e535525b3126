//! What the facilitator of a drill does: makes true in the world what a person says they
//! did by hand, and does not let anybody sit through a day of waiting. Pure: both are read
//! off the incident.

use crate::{
    engine::{Incident, StepRecord, StepState},
    model::{Action, Moment, ResourceId, SiteId, Span, Step, StepId, Text, Verb},
};

/// A wait is seen to run for so long before it is cut short.
const LINGER: Span = Span::secs(10);

/// What is left of a wait is lived through when it is shorter.
const SHORT: Span = Span::mins(2);

/// Something a person did with their own hands, and that the world has to learn of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByHand {
    /// The manual step that was ticked, and what it is called.
    pub step: StepId,
    pub name: Text,
    /// The database whose name on that side is free from now on.
    pub frees: (ResourceId, SiteId),
}

/// Everything done by hand so far that the world can know of: a manual step a rebuild
/// waits for has freed the name the replica is built under.
pub fn by_hand(incident: &Incident) -> Vec<ByHand> {
    let mut done = Vec::new();
    for (rebuild, _) in incident.steps() {
        let Some((resource, side, Verb::RebuildReplica)) = rebuild.action.estate() else {
            continue;
        };
        let ticked = rebuild.needs.iter().filter_map(|need| incident.step(need));
        let ticked = ticked.filter(|(step, record)| is_ticked(step, record));
        done.extend(ticked.map(|(step, _)| ByHand {
            step: step.id.clone(),
            name: step.name.clone(),
            frees: (resource.clone(), side.clone()),
        }));
    }
    done
}

fn is_ticked(step: &Step, record: &StepRecord) -> bool {
    matches!(step.action, Action::Manual { .. })
        && matches!(record.state, StepState::Done { .. })
}

/// How far time may leap at `now`: to the end of the wait that ends first, when waiting
/// is all there is to do.
pub fn leap(incident: &Incident, now: Moment) -> Option<Span> {
    if incident.is_over() || incident.hold.is_some() || incident.aborted.is_some() {
        return None;
    }
    let mut end: Option<Moment> = None;
    for (step, record) in incident.steps() {
        if let Some(ends) = waiting(step, record) {
            if now - record.acted_at? < LINGER {
                return None;
            }
            end = Some(end.map_or(ends, |end| end.min(ends)));
        } else if record.state.is_in_flight() || could_start(incident, step, record) {
            return None;
        }
    }
    end.map(|end| end - now).filter(|left| *left > SHORT)
}

/// When the wait that is running ends.
fn waiting(step: &Step, record: &StepRecord) -> Option<Moment> {
    let Action::Wait { length } = step.action else { return None };
    let runs = record.state == StepState::Awaiting;
    record.acted_at.filter(|_| runs).map(|since| since + length)
}

fn could_start(incident: &Incident, step: &Step, record: &StepRecord) -> bool {
    let settled = |record: &StepRecord| record.state.is_settled();
    !settled(record)
        && step.needs.iter().all(|need| incident.steps.get(need).is_some_and(settled))
}
