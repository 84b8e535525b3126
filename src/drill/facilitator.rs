//! What the facilitator of a drill does: makes true in the world what a person says they
//! did by hand, and does not let anybody sit through a day of waiting. Pure: both are read
//! off the incident.

use std::collections::BTreeMap;

use crate::{
    engine::{
        Block, Incident, Job, StepRecord, StepState, due, gate::blocks, waits, watch,
        watch::Stage,
    },
    model::{Action, Moment, ResourceId, SiteId, Span, Step, StepId, Text, Verb},
};

/// A wait is seen to run for so long before it is cut short.
const LINGER: Span = Span::secs(10);

/// What is left of a wait is lived through when it is shorter.
const SHORT: Span = Span::mins(2);

/// As [`SHORT`], where nobody watches: a record of each leap is the price.
const BRIEF: Span = Span::secs(20);

/// The moment before which nothing new will be seen of work under way, as far as the world
/// knows; none when something may be seen at any moment.
pub type Ahead<'a> = &'a (dyn Fn(&Job) -> Option<Moment> + Sync);

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

/// How far time may leap at `now`: to the next moment only time brings (the end of a wait
/// or of a hold, the time of a step), when waiting is all there is to do. Where nobody
/// watches, `ahead` is given, and time leaps over what only the world is busy with too.
pub fn leap(incident: &Incident, now: Moment, ahead: Option<Ahead<'_>>) -> Option<Span> {
    if incident.is_over() || incident.hold.is_some() || now - last_move(incident) < LINGER
    {
        return None;
    }
    // A hold that stands still wants somebody to look, not time.
    let still = watch::present(incident)
        .is_some_and(|(.., record)| record.stands_still().is_some());
    let open = |(step, record): (&Step, &StepRecord)| {
        !record.state.is_in_flight()
            && !record.lets_go(step)
            && could_start(incident, (step, record), now)
    };
    if still || incident.steps().any(open) {
        return None;
    }
    let under_way = under_way(incident, now, ahead)?;
    let next = waits::next_moment(incident, now).into_iter().chain(under_way).min()?;
    let least = if ahead.is_some() { BRIEF } else { SHORT };
    (next - now > least).then_some(next - now)
}

/// When news comes of each thing under way, waits left out; or its time is over. None when
/// some may come now.
fn under_way(
    incident: &Incident,
    now: Moment,
    ahead: Option<Ahead<'_>>,
) -> Option<Vec<Moment>> {
    let busy = |(step, record): &(&Step, &StepRecord)| {
        let waits = matches!(step.action, Action::Wait { .. });
        let rests = waits && record.state == StepState::Awaiting;
        record.state.is_in_flight() && !rests
    };
    let busy: Vec<_> = incident.steps().filter(busy).collect();
    if busy.is_empty() {
        return Some(Vec::new());
    }
    let ahead = ahead?;
    let due = due(incident).into_iter().map(|due| (due.attempt.step, due.job));
    let jobs: BTreeMap<StepId, Job> = due.collect();
    let news = busy.into_iter().map(|(step, record)| {
        let over = record.acted_at? + step.verify.timeout;
        let at = ahead(jobs.get(&step.id)?)?.min(over);
        (at > now).then_some(at)
    });
    news.collect()
}

/// When something last began or ended, or a hold began to count.
fn last_move(incident: &Incident) -> Moment {
    let steps =
        incident.steps().flat_map(|(_, record)| [record.acted_at, record.ended_at]);
    let holds = incident.watches.values().map(|record| match record.stage {
        Stage::Counting { since } => Some(since),
        Stage::Over { at, .. } => Some(at),
        Stage::Paused { .. } | Stage::Broken { .. } => None,
    });
    steps.chain(holds).flatten().max().unwrap_or(incident.clocks.declared)
}

/// Whether people, or what is seen next, could get a step going: it does not wait for time
/// alone, nor for another step.
fn could_start(
    incident: &Incident,
    (step, record): (&Step, &StepRecord),
    now: Moment,
) -> bool {
    !blocks(incident, step, record, now).iter().any(|block| match block {
        Block::Over
        | Block::Aborted
        | Block::Done
        | Block::InFlight
        | Block::Needs(_)
        | Block::NotBefore { .. }
        | Block::AwaitsMark(_)
        | Block::Watched { .. } => true,
        Block::Held
        | Block::InDoubt
        | Block::Unset(_)
        | Block::NotRepeatable
        | Block::NeedsApproval
        | Block::AwaitsApproval
        | Block::SoloWait(_) => false,
    })
}
