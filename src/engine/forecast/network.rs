//! A runbook as what waits for what: steps, and the holds at the ends of phases. Tries the
//! run out, each time with other lengths. Times are milliseconds from now; what is done has
//! a negative one.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Time,
    curve::{Curve, Draws, ROUNDS, millis},
};
use crate::{
    engine::{
        incident::{Incident, StepState},
        waits::earliest_of,
        watch::{Stage, needed_by},
    },
    model::{Moment, Phase, Procedure, Span, Step, StepId},
};

/// What a node stands for.
#[derive(Clone, Copy, Debug)]
enum What<'p> {
    Step(&'p Step),
    /// The wait at the end of a phase: nothing of a later phase begins before it is over.
    Hold,
}

/// How long a node takes from now on.
#[derive(Clone, Copy, Debug)]
enum Length {
    /// It was over at this time.
    Over(f64),
    /// It began so long ago.
    Left(Curve, f64),
}

#[derive(Debug)]
struct Node<'p> {
    what: What<'p>,
    needs: Vec<usize>,
    length: Length,
    /// From the end of what it needs.
    delay: f64,
    /// It does not begin before.
    earliest: f64,
}

/// Where a step stands, in milliseconds from now.
#[derive(Clone, Copy, Debug, PartialEq)]
enum At {
    /// Done or left out at this time.
    Over(f64),
    /// It began so long ago.
    Since(f64),
    Todo,
}

fn at(standing: Option<(&Incident, Moment)>, step: &StepId) -> At {
    let Some((incident, now)) = standing else { return At::Todo };
    let Some(record) = incident.steps.get(step) else { return At::Todo };
    if incident.lets_go(step) {
        return At::Over(record.ended_at.map_or(0.0, |at| millis(at - now)));
    }
    match &record.state {
        StepState::Dispatched | StepState::Awaiting => {
            let since = record.intended_at.map_or(0.0, |at| millis(now - at));
            At::Since(since.max(1.0))
        }
        StepState::Todo
        | StepState::Done { .. }
        | StepState::Skipped { .. }
        | StepState::Failed { .. }
        | StepState::Refused { .. }
        | StepState::InDoubt { .. }
        | StepState::Undone => At::Todo,
    }
}

/// How long after what it needs, and how far off at the earliest, a step may begin.
fn waits(
    standing: Option<(&Incident, Moment)>,
    phase: &Phase,
    step: &Step,
) -> (f64, f64) {
    let Some((incident, now)) = standing else {
        let floor = phase.terms.not_before.max(step.terms.not_before);
        let delay = step.terms.delay.unwrap_or(Span::ZERO);
        return (millis(delay), floor.map_or(f64::NEG_INFINITY, millis));
    };
    let earliest = earliest_of(incident, step, phase);
    // A delay that is being counted stands in that moment already.
    let counted = step.needs.iter().all(|need| incident.lets_go(need));
    let delay = step.terms.delay.filter(|_| !counted).unwrap_or(Span::ZERO);
    (millis(delay), earliest.map_or(f64::NEG_INFINITY, |at| millis(at - now)))
}

/// How long the hold of a phase still takes; none for a phase without one.
fn hold(standing: Option<(&Incident, Moment)>, phase: &Phase) -> Option<Length> {
    let length = phase.terms.hold.as_ref()?.length;
    let whole = Length::Left(Curve::exact(length), 0.0);
    let Some((incident, now)) = standing else { return Some(whole) };
    let Some(record) = incident.watches.get(&phase.id) else { return Some(whole) };
    if let Stage::Over { at, .. } = &record.stage {
        return Some(Length::Over(millis(*at - now)));
    }
    let left = (length - record.held_at(now)).max(Span::ZERO);
    Some(Length::Left(Curve::exact(left), 0.0))
}

/// The whole run. Nodes stand in an order in which each comes after all it needs.
#[derive(Debug)]
pub(super) struct Network<'p> {
    nodes: Vec<Node<'p>>,
    index: BTreeMap<&'p StepId, usize>,
}

impl<'p> Network<'p> {
    /// The run of `procedure` from now on: of an incident as it stands at a moment, or one
    /// that begins now.
    pub(super) fn of(
        procedure: &'p Procedure,
        standing: Option<(&Incident, Moment)>,
    ) -> Self {
        let mut nodes: Vec<Node<'p>> = Vec::new();
        let mut index = BTreeMap::new();
        // Holds so far, each with the steps it is not closed to.
        let mut holds: Vec<(usize, Vec<&StepId>)> = Vec::new();
        for phase in &procedure.runbook.phases {
            let first = nodes.len();
            for step in &phase.steps {
                let curve = Time::of(procedure, step).curve();
                let length = match at(standing, &step.id) {
                    At::Over(at) => Length::Over(at),
                    At::Since(spent) => Length::Left(curve, spent),
                    At::Todo => Length::Left(curve, 0.0),
                };
                let closed = holds.iter().filter(|(_, open)| !open.contains(&&step.id));
                let (delay, earliest) = waits(standing, phase, step);
                index.insert(&step.id, nodes.len());
                nodes.push(Node {
                    what: What::Step(step),
                    needs: closed.map(|(at, _)| *at).collect(),
                    length,
                    delay,
                    earliest,
                });
            }
            if let Some(length) = hold(standing, phase) {
                let before = holds.iter().map(|(at, _)| *at);
                let needs = (first..nodes.len()).chain(before).collect();
                let open = needed_by(&procedure.runbook, phase);
                holds.push((nodes.len(), open));
                let what = What::Hold;
                nodes.push(Node { what, needs, length, delay: 0.0, earliest: 0.0 });
            }
        }
        for node in &mut nodes {
            if let What::Step(step) = node.what {
                node.needs.extend(step.needs.iter().filter_map(|need| index.get(need)));
            }
        }
        Self { nodes, index }.sorted()
    }

    /// In an order that begins with what needs nothing. What waits for itself in a circle
    /// comes last, as it was written: plans have none.
    fn sorted(self) -> Self {
        let Self { nodes, .. } = self;
        let mut open: Vec<usize> = nodes.iter().map(|node| node.needs.len()).collect();
        let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
        for (at, node) in nodes.iter().enumerate() {
            for need in &node.needs {
                waiting.get_mut(*need).into_iter().for_each(|list| list.push(at));
            }
        }
        let free = |open: &[usize]| -> Vec<usize> {
            open.iter().enumerate().filter(|(_, n)| **n == 0).map(|(at, _)| at).collect()
        };
        let mut order = free(&open);
        let mut next = 0;
        while let Some(at) = order.get(next).copied() {
            next += 1;
            for waits in waiting.get(at).into_iter().flatten() {
                let Some(left) = open.get_mut(*waits) else { continue };
                *left -= 1;
                if *left == 0 {
                    order.push(*waits);
                }
            }
        }
        let seen: BTreeSet<usize> = order.iter().copied().collect();
        order.extend((0..nodes.len()).filter(|at| !seen.contains(at)));
        let place: BTreeMap<usize, usize> =
            order.iter().enumerate().map(|(new, old)| (*old, new)).collect();
        let mut parts: Vec<Option<Node<'p>>> = nodes.into_iter().map(Some).collect();
        let nodes: Vec<Node<'p>> = order
            .iter()
            .filter_map(|old| parts.get_mut(*old)?.take())
            .map(|mut node| {
                node.needs = node
                    .needs
                    .iter()
                    .filter_map(|need| place.get(need).copied())
                    .collect();
                node
            })
            .collect();
        let index = nodes
            .iter()
            .enumerate()
            .filter_map(|(at, node)| match node.what {
                What::Step(step) => Some((&step.id, at)),
                What::Hold => None,
            })
            .collect();
        Self { nodes, index }
    }

    /// Where the steps stand in the order of [`Network::ends`].
    pub(super) fn places(&self, steps: &BTreeSet<StepId>) -> Vec<usize> {
        steps.iter().filter_map(|id| self.index.get(id).copied()).collect()
    }

    /// All nodes but holds.
    pub(super) fn steps(&self) -> Vec<usize> {
        self.index.values().copied().collect()
    }

    pub(super) fn everything(&self) -> Vec<usize> {
        (0..self.nodes.len()).collect()
    }

    /// The draws of every node whose length is not certain.
    pub(super) fn draws(&self) -> Vec<Column> {
        let draws = Draws::new();
        let column = |node: &Node<'p>| match (node.what, node.length) {
            (What::Step(step), Length::Left(curve, _)) if !curve.is_exact() => {
                Some(Box::new(draws.column(step.id.as_str())))
            }
            (What::Step(_) | What::Hold, Length::Left(..) | Length::Over(_)) => None,
        };
        self.nodes.iter().map(column).collect()
    }

    /// When each node ends in one round; in the round of medians without draws.
    pub(super) fn ends(&self, draws: Option<(&[Column], usize)>, ends: &mut Vec<f64>) {
        ends.clear();
        for (at, node) in self.nodes.iter().enumerate() {
            let z = draws.map_or(0.0, |(columns, round)| {
                let column = columns.get(at).and_then(Option::as_ref);
                column.and_then(|column| column.get(round)).copied().unwrap_or(0.0)
            });
            let end = node.end(ends, z);
            ends.push(end);
        }
    }

    /// The chain of steps that ends with `last` and leaves no gap, at medians.
    pub(super) fn chain(&self, ends: &[f64], last: usize) -> Vec<StepId> {
        let mut chain = Vec::new();
        let mut at = Some(last);
        while let Some(node) = at.and_then(|at| self.nodes.get(at)) {
            if let What::Step(step) = node.what {
                chain.push(step.id.clone());
            }
            let latest = node.latest(ends);
            let bound = latest.is_some_and(|(_, end)| end + node.delay >= node.earliest);
            at = latest.filter(|_| bound).map(|(need, _)| need);
            // A circle leads nowhere; no plan that was read has one.
            if chain.len() > self.nodes.len() {
                break;
            }
        }
        chain.reverse();
        chain
    }

    /// The step a node is, or belongs to.
    pub(super) fn step(&self, at: usize) -> Option<&'p StepId> {
        match self.nodes.get(at)?.what {
            What::Step(step) => Some(&step.id),
            What::Hold => None,
        }
    }
}

/// A step's draws; none where its length is certain.
pub(super) type Column = Option<Box<[f64; ROUNDS]>>;

impl Node<'_> {
    /// What it needs that ends last, and when.
    fn latest(&self, ends: &[f64]) -> Option<(usize, f64)> {
        let known = self.needs.iter().filter_map(|need| Some((*need, *ends.get(*need)?)));
        known.max_by(|(_, a), (_, b)| a.total_cmp(b))
    }

    fn end(&self, ends: &[f64], z: f64) -> f64 {
        let (curve, spent) = match self.length {
            Length::Over(at) => return at,
            Length::Left(curve, spent) => (curve, spent),
        };
        // What has begun waits for nothing any more.
        if spent > 0.0 {
            return curve.left(z, spent);
        }
        let ready =
            self.latest(ends).map_or(f64::NEG_INFINITY, |(_, end)| end + self.delay);
        let start = ready.max(self.earliest);
        match self.what {
            // A hold may have begun before now.
            What::Hold => (start + curve.left(z, 0.0)).max(0.0),
            What::Step(_) => start.max(0.0) + curve.left(z, 0.0),
        }
    }
}
