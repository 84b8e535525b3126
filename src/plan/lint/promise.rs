//! What services promise, who lives on what, and how people are told so. Rules of several
//! families ask it; nothing here finds anything.

use std::collections::BTreeMap;

use crate::{
    model::{ResourceId, Service, Span},
    plan::{
        Plan,
        language::{BackupRow, Items, Said, ServiceRow, TierRow},
        read::UNPROMISED,
    },
};

/// A service as it was written, beside its tier.
#[derive(Clone, Copy, Debug)]
pub(super) struct Promising<'p> {
    pub service: &'p Service,
    pub row: &'p ServiceRow,
    pub tier: Option<&'p TierRow>,
}

impl<'p> Promising<'p> {
    pub(super) fn id(&self) -> &'p str {
        self.service.id.as_str()
    }

    /// The RTO it, or its tier, promises; not the plan's.
    pub(super) fn rto(&self) -> Option<Span> {
        let tier = self.tier.and_then(|tier| tier.rto.get());
        self.row.rto.get().or(tier).copied()
    }

    /// The RPO it, or its tier, promises; not the plan's.
    pub(super) fn rpo(&self) -> Option<Span> {
        let tier = self.tier.and_then(|tier| tier.rpo.get());
        self.row.rpo.get().or(tier).copied()
    }

    /// The RTO that counts for it, whoever promises it.
    pub(super) fn any_rto(&self) -> Option<Span> {
        let rto = self.service.objective.rto;
        (rto != UNPROMISED.rto).then_some(rto)
    }

    /// The RPO that counts for it, whoever promises it.
    pub(super) fn any_rpo(&self) -> Option<Span> {
        let rpo = self.service.objective.rpo;
        (rpo != UNPROMISED.rpo).then_some(rpo)
    }
}

/// Every service, in the plan's order.
pub(super) fn services(plan: &Plan) -> impl Iterator<Item = Promising<'_>> {
    let rows = plan.file.service.items().iter();
    // A service is made of each row that has an id, in the order of the rows.
    let rows = rows.filter(|row| row.id.is_some());
    rows.zip(&plan.services).map(|(row, service)| {
        let mut tiers = plan.file.tier.items().iter();
        let tier = row.tier.get().and_then(|wanted| {
            tiers.find(|tier| tier.id.get().is_some_and(|id| id == wanted))
        });
        Promising { service, row, tier }
    })
}

/// Who lives on what: built once by a rule that asks often.
#[derive(Debug)]
pub(super) struct Living<'p> {
    /// By what a service uses, and by its own id, each in the plan's order.
    on: BTreeMap<&'p str, Vec<(usize, Promising<'p>)>>,
    own: BTreeMap<&'p str, (usize, Promising<'p>)>,
}

impl<'p> Living<'p> {
    pub(super) fn of(plan: &'p Plan) -> Self {
        let mut on: BTreeMap<&str, Vec<(usize, Promising<'_>)>> = BTreeMap::new();
        let mut own = BTreeMap::new();
        for (index, one) in services(plan).enumerate() {
            own.insert(one.id(), (index, one));
            for used in &one.service.uses {
                on.entry(used.as_str()).or_default().push((index, one));
            }
        }
        Self { on, own }
    }

    /// Services that live on any of these.
    pub(super) fn on(&self, resources: &[&ResourceId]) -> Vec<Promising<'p>> {
        let found = resources.iter().filter_map(|id| self.on.get(id.as_str()));
        let found: BTreeMap<usize, Promising<'p>> = found.flatten().copied().collect();
        found.into_values().collect()
    }

    /// Services a backup is a copy of: by their own name, or by what they live on.
    pub(super) fn covered(&self, backup: &BackupRow) -> Vec<Promising<'p>> {
        let mut found: BTreeMap<usize, Promising<'p>> = BTreeMap::new();
        for covers in backup.covers.items() {
            let id = covers.value.as_str();
            found.extend(self.own.get(id).copied());
            found.extend(self.on.get(id).into_iter().flatten().copied());
        }
        found.into_values().collect()
    }
}

/// The least of what these promise, and who promises it. An RPO of zero is a rule of its
/// own (L32) and left out.
pub(super) fn tightest_rpo<'p>(of: &[Promising<'p>]) -> Option<(Span, &'p str)> {
    let all = of.iter().filter_map(|one| Some((one.any_rpo()?, one.id())));
    all.filter(|(rpo, _)| *rpo > Span::ZERO).min_by_key(|(rpo, _)| *rpo)
}

/// The least of what these promise, and who promises it.
pub(super) fn tightest_rto<'p>(of: &[Promising<'p>]) -> Option<(Span, &'p str)> {
    let all = of.iter().filter_map(|one| Some((one.any_rto()?, one.id())));
    all.min_by_key(|(rto, _)| *rto)
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list<T: AsRef<str>>(words: &[T]) -> String {
    match words {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_as_people_say_them() {
        for (words, said) in [
            (&[][..], ""),
            (&["a"], "a"),
            (&["a", "b"], "a and b"),
            (&["a", "b", "c"], "a, b and c"),
        ] {
            assert_eq!(list(words), said);
        }
    }
}
