//! What stands in a column where the plan wrote nothing there: a promise somebody else made
//! for it, or that nobody made one. Zero is a promise like any other, and reads as one.

use super::sections::Section;
use crate::{
    model::Span,
    plan::{
        Plan,
        language::{Found, Items, Said, ServiceRow, TierRow},
    },
};

/// Nobody promised anything.
const NONE: &str = "\u{2014}";

/// `cells` of row `at` of a section, filled in.
pub(super) fn filled(
    plan: &Plan,
    section: &Section,
    at: usize,
    cells: Vec<String>,
) -> Vec<String> {
    let promises = ["service", "tier", "mode"].contains(&section.key);
    let service = plan.file.service.items().get(at).filter(|_| section.key == "service");
    let own = section.columns.iter().zip(cells);
    own.map(|(column, cell)| match (*column, service) {
        ("tier", Some(row)) => tier(plan, row).map_or(cell, ordered),
        ("rto" | "rpo", _) if promises && !cell.is_empty() => span(column, cell),
        ("rto" | "rpo", Some(row)) => inherited(plan, row, column),
        ("rto" | "rpo", None) if promises => NONE.to_owned(),
        _ => cell,
    })
    .collect()
}

/// Where a row of a section stands among the others: services by the order of their tiers.
pub(super) fn place(plan: &Plan, section: &Section, at: usize) -> u64 {
    let services = plan.file.service.items();
    let row = services.get(at).filter(|_| section.key == "service");
    let order = row.and_then(|row| tier(plan, row)?.order.get().copied());
    order.map_or(u64::MAX, u64::from)
}

fn tier<'p>(plan: &'p Plan, row: &ServiceRow) -> Option<&'p TierRow> {
    let id = row.tier.get()?;
    plan.file.tier.items().iter().find(|tier| tier.id.get() == Some(id))
}

/// `1. critical`.
fn ordered(tier: &TierRow) -> String {
    let id = tier.id.get().map_or("", String::as_str);
    tier.order.get().map_or_else(|| id.to_owned(), |order| format!("{order}. {id}"))
}

/// `8h (P2)`: what a tier, the mode in force or the plan promises for it.
fn inherited(plan: &Plan, row: &ServiceRow, column: &str) -> String {
    type Pair<'p> = (&'p Option<Found<Span>>, &'p Option<Found<Span>>);
    let pick = |(rto, rpo): Pair<'_>, of: &str| {
        let found = if column == "rto" { rto } else { rpo };
        let value = found.get()?;
        Some(format!("{} ({of})", span(column, value.to_string())))
    };
    let tier = tier(plan, row).and_then(|tier| {
        pick((&tier.rto, &tier.rpo), tier.id.get().map_or("", String::as_str))
    });
    let mut modes = plan.file.mode.items().iter();
    let mode = || {
        let mode = modes.find(|mode| mode.current.get() == Some(&true))?;
        pick((&mode.rto, &mode.rpo), mode.id.get().map_or("", String::as_str))
    };
    let own = || {
        let own = plan.file.objectives.get()?;
        pick((&own.rto, &own.rpo), "plan")
    };
    tier.or_else(mode).or_else(own).unwrap_or_else(|| NONE.to_owned())
}

/// An RPO of zero: nothing may be lost.
fn span(column: &str, value: String) -> String {
    let zero = value.parse::<Span>().is_ok_and(|span| span == Span::ZERO);
    if column == "rpo" && zero { "0 (none)".to_owned() } else { value }
}
