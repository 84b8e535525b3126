//! What is certain to have happened before a step begins. Pure.

use std::collections::HashMap;

use crate::model::{Runbook, Span, Step, StepId};

/// Which steps come before which, through any chain of `needs`.
#[derive(Debug)]
pub(super) struct Order<'p> {
    /// In the runbook's order, each name once.
    steps: Vec<&'p Step>,
    at: HashMap<&'p StepId, usize>,
    /// Of each step.
    before: Vec<Set>,
}

impl<'p> Order<'p> {
    /// Steps of one name count as one, and a circle comes before itself: whatever is wrong
    /// with a runbook, this ends.
    pub(super) fn of(runbook: &'p Runbook) -> Self {
        let mut steps: Vec<&Step> = Vec::new();
        let mut at: HashMap<&StepId, usize> = HashMap::new();
        for step in runbook.steps() {
            let known = *at.entry(&step.id).or_insert(steps.len());
            match steps.get_mut(known) {
                Some(earlier) => *earlier = step,
                None => steps.push(step),
            }
        }
        let before = vec![Set::for_numbers_below(steps.len()); steps.len()];
        let mut order = Self { steps, at, before };
        let mut changed = true;
        while changed {
            changed = false;
            for step in runbook.steps() {
                changed |= order.add(step);
            }
        }
        order
    }

    /// Puts what `step` needs, and all that is before it, before `step`; whether that is new.
    fn add(&mut self, step: &Step) -> bool {
        let Some(own) = self.at.get(&step.id).copied() else { return false };
        let mut changed = false;
        for need in step.needs.iter().filter_map(|need| self.at.get(need).copied()) {
            let theirs = self.before.get(need).cloned().unwrap_or_default();
            let Some(known) = self.before.get_mut(own) else { continue };
            changed |= known.insert(need);
            changed |= known.join(&theirs);
        }
        changed
    }

    /// The steps that must be settled before `step` begins, in the runbook's order.
    pub(super) fn before(&self, step: &StepId) -> impl Iterator<Item = &'p Step> {
        let set = self.at.get(step).and_then(|at| self.before.get(*at));
        let steps = self.steps.iter().enumerate();
        let earlier = move |at: usize| set.is_some_and(|set| set.contains(at));
        steps.filter(move |(at, _)| earlier(*at)).map(|(_, step)| *step)
    }

    /// Whether `one` must be settled before `other` begins.
    pub(super) fn is_before(&self, one: &StepId, other: &StepId) -> bool {
        let set = self.at.get(other).and_then(|at| self.before.get(*at));
        let one = self.at.get(one);
        set.zip(one).is_some_and(|(set, one)| set.contains(*one))
    }

    /// How long the longest chain of steps takes, each at its median, and its steps.
    pub(super) fn longest(&self) -> (Span, Vec<&'p Step>) {
        let mut ids: Vec<(&StepId, usize)> =
            self.at.iter().map(|(id, at)| (*id, *at)).collect();
        ids.sort();
        let mut open: Vec<usize> = ids.iter().map(|(_, at)| *at).collect();
        // Fewest before it first: a step's needs are always done with.
        open.sort_by_key(|at| self.before.get(*at).map_or(0, Set::len));
        // When each ends, and which of its needs ends last.
        let mut ends: HashMap<usize, (Span, Option<usize>)> = HashMap::new();
        for at in open {
            let Some(step) = self.steps.get(at) else { continue };
            let needs = step.needs.iter().filter_map(|need| self.at.get(need));
            let done = needs.filter_map(|need| Some((ends.get(need)?.0, *need)));
            let last = done.max_by_key(|(end, _)| *end);
            let start = last.map_or(Span::ZERO, |(end, _)| end);
            ends.insert(at, (start + step.estimate.p50, last.map(|(_, need)| need)));
        }
        let all = ids.iter().filter_map(|(_, at)| Some((ends.get(at)?.0, *at)));
        let Some((length, last)) = all.max_by_key(|(end, _)| *end) else {
            return (Span::ZERO, Vec::new());
        };
        let chain = std::iter::successors(Some(last), |at| ends.get(at)?.1);
        let mut path: Vec<&Step> =
            chain.filter_map(|at| self.steps.get(at).copied()).collect();
        path.reverse();
        (length, path)
    }
}

/// A set of small numbers, a bit each: hundreds of steps before hundreds of others are a few
/// words to join.
#[derive(Clone, Debug, Default)]
struct Set(Vec<u64>);

impl Set {
    fn for_numbers_below(end: usize) -> Self {
        Self(vec![0; end.div_ceil(64)])
    }

    fn contains(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|word| word & (1 << (number % 64)) != 0)
    }

    /// Whether it is new.
    fn insert(&mut self, number: usize) -> bool {
        let new = !self.contains(number);
        if let Some(word) = self.0.get_mut(number / 64) {
            *word |= 1 << (number % 64);
        }
        new
    }

    /// Whether anything of it is new.
    fn join(&mut self, other: &Self) -> bool {
        let mut new = false;
        for (own, theirs) in self.0.iter_mut().zip(&other.0) {
            new |= theirs & !*own != 0;
            *own |= theirs;
        }
        new
    }

    fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::plan::{EMBEDDED, Env, load_embedded};

    /// A runbook of so many steps, with these needs.
    fn runbook(steps: usize, needs: &[(usize, usize)]) -> Runbook {
        let (name, files) = EMBEDDED.first().unwrap();
        let loaded = load_embedded(name, files, &[], &Env::new());
        let plan = loaded.seen().unwrap();
        let mut runbook = plan.runbooks.first().cloned().unwrap();
        let phase = runbook.phases.first_mut().unwrap();
        let like = phase.steps.first().cloned().unwrap();
        phase.steps = (0..steps)
            .map(|at| {
                let own = needs.iter().filter(|(from, _)| *from == at);
                let needs = own.map(|(_, to)| id(*to)).collect();
                Step { id: id(at), needs, ..like.clone() }
            })
            .collect();
        runbook.phases.truncate(1);
        runbook
    }

    fn id(at: usize) -> StepId {
        StepId::new(format!("s{at}"))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn what_is_before_is_what_chains_of_needs_reach(
            // Forwards, backwards and in circles; over a word's 64 steps.
            needs in prop::collection::vec((0_usize..70, 0_usize..70), 0..90),
        ) {
            let runbook = runbook(70, &needs);
            let order = Order::of(&runbook);
            for step in 0..70 {
                let mut reached = [false; 70];
                let mut open = vec![step];
                while let Some(at) = open.pop() {
                    for (_, to) in needs.iter().filter(|(from, _)| *from == at) {
                        if !std::mem::replace(&mut reached[*to], true) {
                            open.push(*to);
                        }
                    }
                }
                for (other, reached) in reached.iter().enumerate() {
                    prop_assert_eq!(order.is_before(&id(other), &id(step)), *reached);
                }
                let told: Vec<&StepId> = order.before(&id(step)).map(|one| &one.id).collect();
                let walk: Vec<StepId> = (0..70).filter(|at| reached[*at]).map(id).collect();
                prop_assert_eq!(told, walk.iter().collect::<Vec<_>>());
            }
            let (length, path) = order.longest();
            let sum = path.iter().fold(Span::ZERO, |sum, step| sum + step.estimate.p50);
            prop_assert_eq!(length, sum, "a path is as long as its steps");
            for pair in path.windows(2) {
                prop_assert!(pair[1].needs.contains(&pair[0].id));
            }
        }
    }
}
