//! What waits for what. Pure graph work on ids.

use std::collections::{BTreeMap, BTreeSet};

/// One circle in `edges`, its first member again at its end.
pub(super) fn cycle<K: Ord + Clone>(edges: &BTreeMap<K, Vec<K>>) -> Option<Vec<K>> {
    let mut open: BTreeMap<&K, Vec<&K>> = BTreeMap::new();
    let mut behind: BTreeMap<&K, Vec<&K>> = BTreeMap::new();
    for (from, to) in edges {
        let to: Vec<&K> = to.iter().filter(|to| edges.contains_key(to)).collect();
        for one in &to {
            behind.entry(one).or_default().push(from);
        }
        open.insert(from, to);
    }
    // Whoever waits for nobody still open can start; who can never start is in a circle
    // or behind one.
    let mut waits: BTreeMap<&K, usize> =
        open.iter().map(|(from, to)| (*from, to.len())).collect();
    let mut free: Vec<&K> =
        waits.iter().filter(|(_, left)| **left == 0).map(|(from, _)| *from).collect();
    while let Some(done) = free.pop() {
        open.remove(done);
        for one in behind.get(done).into_iter().flatten() {
            if let Some(left) = waits.get_mut(one) {
                *left -= 1;
                if *left == 0 {
                    free.push(one);
                }
            }
        }
    }
    let mut path: Vec<&K> = vec![open.keys().next()?];
    let mut seen: BTreeSet<&K> = BTreeSet::new();
    while let Some(last) = path.last().copied().filter(|last| seen.insert(last)) {
        path.push(open.get(last)?.iter().find(|to| open.contains_key(*to))?);
    }
    let last = path.last().copied()?;
    Some(path.into_iter().skip_while(|one| *one != last).cloned().collect())
}

/// For each step in order, the earlier ones nobody waits for yet: what a step without
/// `needs` waits for. In a plain list that is the step before; after steps that run side
/// by side it is all of them.
pub(super) fn loose_ends<K: Ord + Clone>(steps: &mut [(K, Option<Vec<K>>)]) {
    let mut ends: Vec<K> = Vec::new();
    for (id, needs) in steps {
        let needs = needs.get_or_insert_with(|| ends.clone());
        ends.retain(|end| !needs.contains(end));
        ends.push(id.clone());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_step_without_needs_waits_for_every_loose_end() {
        let mut steps = vec![
            ("a", None),
            ("b", Some(vec!["a"])),
            ("c", Some(vec!["a"])),
            ("d", None),
            ("e", Some(vec![])),
            ("f", None),
        ];
        loose_ends(&mut steps);
        let needs: Vec<Vec<&str>> =
            steps.into_iter().map(|(_, needs)| needs.unwrap()).collect();
        assert_eq!(
            needs,
            [vec![], vec!["a"], vec!["a"], vec!["b", "c"], vec![], vec!["d", "e"]]
        );
    }

    proptest! {
        #[test]
        fn a_circle_is_named_exactly_when_there_is_one(
            pairs in prop::collection::vec((0_u8..8, 0_u8..8), 0..16),
        ) {
            let mut edges: BTreeMap<u8, Vec<u8>> = (0..8).map(|n| (n, vec![])).collect();
            for (from, to) in &pairs {
                edges.get_mut(from).unwrap().push(*to);
            }
            // Reach by brute force.
            let mut reach: BTreeSet<(u8, u8)> = pairs.iter().copied().collect();
            for _ in 0..8 {
                let more: Vec<(u8, u8)> = reach
                    .iter()
                    .flat_map(|(a, b)| {
                        reach.iter().filter(move |(c, _)| b == c).map(|(_, d)| (*a, *d))
                    })
                    .collect();
                reach.extend(more);
            }
            let circular = (0..8).any(|n| reach.contains(&(n, n)));
            let found = cycle(&edges);
            prop_assert_eq!(found.is_some(), circular);
            for pair in found.iter().flat_map(|path| path.windows(2)) {
                prop_assert!(edges[&pair[0]].contains(&pair[1]));
            }
            if let Some(path) = found {
                prop_assert!(path.len() > 1);
                prop_assert_eq!(path.first(), path.last());
            }
        }
    }
}
