//! What the length of a step rests on: what the plan declares, or what was seen; and how
//! both are told.

use super::curve::Curve;
use crate::model::{Estimate, Mode, Procedure, Span, Step, StepId, Took};

/// A step must have been seen so often in one world before what was seen replaces what the
/// plan declares.
pub const LEAST_SEEN: u32 = 3;

/// How long a step takes, and who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    pub estimate: Estimate,
    /// The world it was seen in, and how often; none where the plan declares it.
    pub seen: Option<(Mode, u32)>,
}

impl Time {
    /// What was seen in live incidents, else in drills, else what is declared.
    pub fn of(procedure: &Procedure, step: &Step) -> Self {
        let declared = Self { estimate: step.estimate, seen: None };
        let Some(history) = procedure.brief.history.get(&step.id) else {
            return declared;
        };
        let enough = |took: &Option<Took>| took.filter(|took| took.count >= LEAST_SEEN);
        let told = |mode, took: Took| Self {
            estimate: Estimate { p50: took.p50, p95: took.p95 },
            seen: Some((mode, took.count)),
        };
        enough(&history.live)
            .map(|took| told(Mode::Live, took))
            .or_else(|| enough(&history.drills).map(|took| told(Mode::Drill, took)))
            .unwrap_or(declared)
    }

    pub(super) fn curve(self) -> Curve {
        Curve::of(self.estimate)
    }

    pub const fn p50(self) -> Span {
        self.estimate.p50
    }

    /// `declared`, `7 drills`.
    pub fn from(self) -> String {
        self.seen.map_or_else(|| "declared".to_owned(), |(mode, count)| many(count, mode))
    }

    /// `~5m (to 12m, declared)`, `~8m (to 11m, 7 drills)`.
    pub fn told(self) -> String {
        let Estimate { p50, p95 } = self.estimate;
        let from = self.from();
        let (about, most) = (short(p50), short(p95));
        if about == most {
            return format!("~{about} ({from})");
        }
        format!("~{about} (to {most}, {from})")
    }
}

/// What the lengths of a run's steps rest on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Basis {
    /// Steps as the plan declares them.
    pub declared: u32,
    /// Steps as live incidents had them, and the fewest times one was seen.
    pub live: Option<(u32, u32)>,
    /// Steps as drills had them, and the fewest times one was seen.
    pub drills: Option<(u32, u32)>,
}

impl Basis {
    pub(super) fn of(procedure: &Procedure, counts: impl Fn(&StepId) -> bool) -> Self {
        let mut basis = Self::default();
        for step in procedure.runbook.steps().filter(|step| counts(&step.id)) {
            let world = match Time::of(procedure, step).seen {
                None => {
                    basis.declared += 1;
                    continue;
                }
                Some((Mode::Live, count)) => (&mut basis.live, count),
                Some((Mode::Drill, count)) => (&mut basis.drills, count),
            };
            let (slot, count) = world;
            let (steps, fewest) = slot.unwrap_or((0, count));
            *slot = Some((steps + 1, fewest.min(count)));
        }
        basis
    }

    /// `declared`, `7 drills`, `4 incidents, 7 drills, rest declared`.
    pub fn told(self) -> String {
        let live = self.live.map(|(_, fewest)| many(fewest, Mode::Live));
        let drills = self.drills.map(|(_, fewest)| many(fewest, Mode::Drill));
        let seen: Vec<String> = live.into_iter().chain(drills).collect();
        match (seen.is_empty(), self.declared) {
            (true, _) => "declared".to_owned(),
            (false, 0) => seen.join(", "),
            (false, _) => format!("{}, rest declared", seen.join(", ")),
        }
    }
}

fn many(count: u32, mode: Mode) -> String {
    let word = match mode {
        Mode::Live => "incident",
        Mode::Drill => "drill",
    };
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// `~12m (10-18m, 7 drills)`: about so long, 9 times in 10 within the bounds, and who says
/// so.
pub fn stated(spread: super::Spread, basis: Basis) -> String {
    format!("~{} ({}, {})", short(spread.p50), range(spread), basis.told())
}

/// `10-18m`, `45s-2m`: from the 5th to the 95th percentile.
pub fn range(spread: super::Spread) -> String {
    let (low, most) = (short(spread.low), short(spread.p95));
    if low == most {
        return low;
    }
    let unit =
        |text: &str| text.trim_start_matches(|c: char| c.is_ascii_digit()).to_owned();
    match (unit(&low), unit(&most)) {
        (a, b) if a == b && a.len() == 1 => {
            format!("{}-{most}", low.trim_end_matches(a.as_str()))
        }
        _ => format!("{low}-{most}"),
    }
}

/// To two figures that matter: `45s`, `12m`, `1h10m`, `3d`; up, never down, in the last.
pub fn short(span: Span) -> String {
    let secs = span.as_secs().max(0);
    let (minutes, hours) =
        (secs.saturating_add(30) / 60, secs.saturating_add(1800) / 3600);
    match secs {
        60 => "1m".to_owned(),
        0..90 => format!("{secs}s"),
        90..3570 => format!("{minutes}m"),
        3570..34_200 => {
            let tens = (minutes.saturating_add(2) / 5).saturating_mul(5);
            match (tens / 60, tens % 60) {
                (hours, 0) => format!("{hours}h"),
                (hours, rest) => format!("{hours}h{rest:02}m"),
            }
        }
        34_200..171_000 => format!("{hours}h"),
        _ => format!("{}d", secs.saturating_add(43_200) / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::forecast::Spread;

    #[test]
    fn a_spread_is_told_as_people_say_it() {
        let spread = |low, p50, p95| Spread {
            low: Span::secs(low),
            p50: Span::secs(p50),
            p95: Span::secs(p95),
        };
        let drills = Basis { drills: Some((9, 7)), ..Basis::default() };
        assert_eq!(stated(spread(600, 724, 1080), drills), "~12m (10-18m, 7 drills)");
        let mixed = Basis { declared: 2, live: Some((1, 4)), drills: Some((3, 7)) };
        assert_eq!(
            stated(spread(45, 100, 200), mixed),
            "~2m (45s-3m, 4 incidents, 7 drills, rest declared)"
        );
        let none = Basis { declared: 3, ..Basis::default() };
        assert_eq!(stated(spread(300, 300, 300), none), "~5m (5m, declared)");
        assert_eq!(range(spread(3600, 0, 9000)), "1h-2h30m");
    }

    #[test]
    fn lengths_are_told_to_two_figures() {
        for (secs, told) in [
            (0, "0s"),
            (60, "1m"),
            (89, "89s"),
            (90, "2m"),
            (3569, "59m"),
            (3570, "1h"),
            (4300, "1h10m"),
            (34_199, "9h30m"),
            (36_000, "10h"),
            (259_300, "3d"),
        ] {
            assert_eq!(short(Span::secs(secs)), told, "{secs}");
        }
    }
}
