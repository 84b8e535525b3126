//! Which incident a word means, and what to say when it means none.

use color_eyre::eyre::{Result, bail};

use crate::{
    cli::open,
    config::Config,
    journal::Journal,
    model::{IncidentId, Mode},
};

/// What to say where nothing was ever declared.
pub(super) const NONE_YET: &str = "no incidents yet: `warroom drill` plays one in a \
                                   simulated world, `warroom console --plan PLAN` opens a \
                                   live one";

/// The journal that holds the incident called `word`: `INC-0007`, `drill-7`.
pub(in crate::cli) fn find(
    config: &Config,
    word: &str,
) -> Result<(Box<dyn Journal>, IncidentId)> {
    let wanted = written_out(word);
    let mut known = Vec::new();
    for mode in [Mode::Live, Mode::Drill] {
        let Some(journal) = open::journal_to_read(config, mode)? else { continue };
        let heads = journal.heads()?;
        if let Some(head) = heads.iter().find(|head| head.id.as_str() == wanted) {
            return Ok((journal, head.id.clone()));
        }
        known.extend(heads.into_iter().map(|head| head.id));
    }
    if known.is_empty() {
        bail!("there is no `{word}` in {}: {NONE_YET}", config.state_dir.display());
    }
    let near = near(&wanted, &known);
    bail!(
        "there is no `{word}`; did you mean {}? `warroom incident list` shows all {}",
        near.join(" or "),
        known.len()
    )
}

/// As journals write it: capitals, and at least four digits.
fn written_out(word: &str) -> String {
    let word = word.trim().to_ascii_uppercase();
    match word.rsplit_once('-') {
        Some((prefix, digits)) if number(digits).is_some() => {
            format!("{prefix}-{digits:0>4}")
        }
        Some(_) | None => word,
    }
}

fn number(digits: &str) -> Option<u64> {
    digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The ids most like `wanted`: of the same number, else of the nearest one; the newest
/// for a word without a number.
fn near<'a>(wanted: &str, known: &'a [IncidentId]) -> Vec<&'a str> {
    let digits = |id: &str| number(id.rsplit('-').next().unwrap_or_default());
    let wanted = digits(wanted).unwrap_or(u64::MAX);
    let far = |id: &&IncidentId| digits(id.as_str()).map(|own| own.abs_diff(wanted));
    let least = known.iter().filter_map(|id| far(&id)).min();
    let nearest = known.iter().filter(|id| far(id) == least);
    nearest.map(IncidentId::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_understood_as_people_write_them() {
        for (word, id) in [
            ("DRILL-0007", "DRILL-0007"),
            ("drill-7", "DRILL-0007"),
            (" inc-12 ", "INC-0012"),
            ("INC-12345", "INC-12345"),
            ("7", "7"),
            ("INC-x", "INC-X"),
        ] {
            assert_eq!(written_out(word), id);
        }
    }

    #[test]
    fn a_wrong_id_is_answered_with_the_nearest_ones() {
        let known = ["INC-0001", "INC-0002", "DRILL-0001", "DRILL-0005"];
        let known = known.map(IncidentId::from);
        for (word, nearest) in [
            ("2", vec!["INC-0002"]),
            ("1", vec!["INC-0001", "DRILL-0001"]),
            ("DRILL-0099", vec!["DRILL-0005"]),
            ("last", vec!["DRILL-0005"]),
        ] {
            assert_eq!(near(&written_out(word), &known), nearest, "{word}");
        }
    }
}
