//! How long one step may take, as a curve: lognormal, through the median and the 95th
//! percentile that are known of it. Pure numbers; knows no step.
//!
//! Lognormal because durations are positive and lean to the right, and because recorded
//! project data fit it; steps of one run lean together because a bad day is bad for all of
//! them, and leaving that out is what makes PERT's spread too small. Both after Trietsch,
//! Mazmanyan, Gevorgyan and Baker, "A new stochastic engine for PERT" (2010), who call the
//! shared part systemic error.

use std::sync::LazyLock;

use crate::model::{Estimate, Span};

/// How often a run is tried out. Enough for a 5th and a 95th percentile of strata.
pub(super) const ROUNDS: usize = 64;

/// How much of the spread of a step it shares with all others of the run: the correlation
/// of any two steps' logarithms. Assumed: a moderate one; 0 would be PERT's mistake, 1 is
/// adding up 95th percentiles.
const SHARED: f64 = 0.3;

/// The 95th percentile of the standard normal curve.
const Z95: f64 = 1.644_853_626_951_472_2;

/// A step's length in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Curve {
    median: f64,
    sigma: f64,
}

impl Curve {
    pub(super) fn of(estimate: Estimate) -> Self {
        let median = millis(estimate.p50);
        let most = millis(estimate.p95).max(median);
        let sigma = if median > 0.0 { (most / median).ln() / Z95 } else { 0.0 };
        Self { median, sigma }
    }

    pub(super) const fn exact(span: Span) -> Self {
        Self { median: millis(span), sigma: 0.0 }
    }

    /// Whether it has no spread.
    pub(super) fn is_exact(self) -> bool {
        self.sigma <= 0.0
    }

    /// What is left of it after `spent`, where it stands at `z` of the standard normal
    /// curve. One that has outlasted its median is expected to go on for a while: what it
    /// was never seen to be faster than is no news.
    pub(super) fn left(self, z: f64, spent: f64) -> f64 {
        if spent <= 0.0 || self.sigma <= 0.0 {
            return (self.median * (self.sigma * z).exp() - spent).max(0.0);
        }
        if self.median <= 0.0 {
            return 0.0;
        }
        let gone = (spent / self.median).ln() / self.sigma;
        let z = beyond(gone, z);
        (self.median * (self.sigma * z).exp() - spent).max(0.0)
    }
}

/// The point of the normal curve that lies as far up what is left of it beyond `gone` as
/// `z` does up the whole of it.
fn beyond(gone: f64, z: f64) -> f64 {
    let share = below(z).clamp(1e-9, 1.0 - 1e-9);
    if gone > 3.0 {
        // So far out the curve falls like exp(-z²/2).
        return (gone * gone - 2.0 * (1.0 - share).ln()).sqrt();
    }
    let under = below(gone);
    quantile((under + share * (1.0 - under)).clamp(1e-12, 1.0 - 1e-12))
}

/// Where each round stands for each step: strata of the normal curve, each once, in an
/// order of the step's own; and one order for what all steps share.
#[derive(Debug)]
pub(super) struct Draws {
    shared: [usize; ROUNDS],
}

impl Draws {
    pub(super) fn new() -> Self {
        Self { shared: shuffled(0x005E_EDED_BAD0_DA15) }
    }

    /// The whole column of a step: always the same for the same name, so that a forecast
    /// does not jump because another step was done.
    pub(super) fn column(&self, name: &str) -> [f64; ROUNDS] {
        let own = shuffled(hash(name));
        let (common, alone) = (SHARED.sqrt(), (1.0 - SHARED).sqrt());
        let mut column = [0.0; ROUNDS];
        let pairs = column.iter_mut().zip(own.iter().zip(&self.shared));
        for (at, (own, shared)) in pairs {
            *at = common * stratum(*shared) + alone * stratum(*own);
        }
        column
    }
}

fn stratum(index: usize) -> f64 {
    static STRATA: LazyLock<Vec<f64>> = LazyLock::new(|| {
        (0..ROUNDS).map(|index| quantile((real(index) + 0.5) / real(ROUNDS))).collect()
    });
    STRATA.get(index).copied().unwrap_or(0.0)
}

/// All rounds in an order that follows from `seed` alone.
fn shuffled(seed: u64) -> [usize; ROUNDS] {
    let mut order = [0; ROUNDS];
    for (index, at) in order.iter_mut().enumerate() {
        *at = index;
    }
    let mut state = seed;
    for last in (1..ROUNDS).rev() {
        let other = usize::try_from(next(&mut state) % (last as u64 + 1)).unwrap_or(0);
        order.swap(last, other);
    }
    order
}

/// `SplitMix64` (Steele, Lea, Flood 2014).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// FNV-1a.
fn hash(name: &str) -> u64 {
    name.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

/// The share of the standard normal curve below `z`: Abramowitz and Stegun 26.2.17, good
/// to seven places.
fn below(z: f64) -> f64 {
    const B: [f64; 5] =
        [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let t = 1.0 / 0.231_641_9_f64.mul_add(z.abs(), 1.0);
    let tail =
        poly(&B, t) * t * (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
    if z < 0.0 { tail } else { 1.0 - tail }
}

/// The point of the standard normal curve below which `share` of it lies: Acklam's
/// rational approximation, good to nine places.
fn quantile(share: f64) -> f64 {
    const A: [f64; 6] = [
        2.506_628_277_459_239,
        -30.664_798_066_147_16,
        138.357_751_867_269,
        -275.928_510_446_968_7,
        220.946_098_424_520_5,
        -39.696_830_286_653_76,
    ];
    const B: [f64; 6] = [
        1.0,
        -13.280_681_552_885_72,
        66.801_311_887_719_72,
        -155.698_979_859_886_6,
        161.585_836_858_040_9,
        -54.476_098_798_224_06,
    ];
    const C: [f64; 6] = [
        2.938_163_982_698_783,
        4.374_664_141_464_968,
        -2.549_732_539_343_734,
        -2.400_758_277_161_838,
        -0.322_396_458_041_136_5,
        -0.007_784_894_002_430_293,
    ];
    const D: [f64; 5] = [
        1.0,
        3.754_408_661_907_416,
        2.445_134_137_142_996,
        0.322_467_129_070_039_8,
        0.007_784_695_709_041_462,
    ];
    const TAIL: f64 = 0.024_25;
    if share < TAIL {
        let q = (-2.0 * share.ln()).sqrt();
        poly(&C, q) / poly(&D, q)
    } else if share > 1.0 - TAIL {
        -quantile(1.0 - share)
    } else {
        let q = share - 0.5;
        q * poly(&A, q * q) / poly(&B, q * q)
    }
}

/// `factors`, the constant one first, at `x`.
fn poly(factors: &[f64], x: f64) -> f64 {
    factors.iter().rev().fold(0.0, |sum, factor| sum.mul_add(x, *factor))
}

#[expect(clippy::cast_precision_loss, reason = "spans are far below 2^52 ms")]
pub(super) const fn millis(span: Span) -> f64 {
    span.as_millis() as f64
}

#[expect(clippy::cast_possible_truncation, reason = "a float cast saturates")]
pub(super) fn span(millis: f64) -> Span {
    Span::millis(millis.round() as i64)
}

#[expect(clippy::cast_precision_loss, reason = "counts of rounds are small")]
const fn real(count: usize) -> f64 {
    count as f64
}

/// The value below which `share` of `sorted` lies.
pub(super) fn percentile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let at = share * real(last);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of the length of a slice"
    )]
    let index = at.floor() as usize;
    let low = sorted.get(index).copied().unwrap_or_default();
    let high = sorted.get(index + 1).copied().unwrap_or(low);
    (high - low).mul_add(at.fract(), low)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64, off: f64) {
        assert!((a - b).abs() <= off, "{a} is not {b}");
    }

    #[test]
    fn the_normal_curve_is_the_one_of_the_tables() {
        for (share, z) in
            [(0.5, 0.0), (0.975, 1.959_964), (0.95, Z95), (0.01, -2.326_348)]
        {
            near(quantile(share), z, 1e-6);
            near(below(z), share, 1e-6);
        }
    }

    #[test]
    fn a_curve_goes_through_its_two_figures() {
        let curve = Curve::of(Estimate { p50: Span::mins(5), p95: Span::mins(12) });
        near(curve.left(0.0, 0.0), 300_000.0, 0.1);
        near(curve.left(Z95, 0.0), 720_000.0, 0.1);
        let exact = Curve::of(Estimate { p50: Span::mins(5), p95: Span::mins(5) });
        near(exact.left(2.0, 0.0), 300_000.0, 0.0);
        near(exact.left(2.0, 60_000.0), 240_000.0, 0.0);
        near(exact.left(2.0, 900_000.0), 0.0, 0.0);
    }

    #[test]
    fn what_outlasts_its_median_goes_on_for_a_while() {
        let curve = Curve::of(Estimate { p50: Span::mins(5), p95: Span::mins(12) });
        for minutes in [1.0, 5.0, 12.0, 30.0, 200.0] {
            let spent = minutes * 60_000.0;
            let left = curve.left(0.0, spent);
            assert!(left > 1_000.0, "{left} after {minutes} min");
            // Half of all runs that last so long end before: the median says no less.
            assert!(curve.left(1.0, spent) > left);
            assert!(curve.left(-1.0, spent) < left);
        }
    }

    #[test]
    fn every_column_has_each_stratum_and_leans_with_the_others() {
        let draws = Draws::new();
        let (one, two) = (draws.column("promote"), draws.column("scale"));
        let again = draws.column("promote").map(f64::to_bits);
        assert_eq!(one.map(f64::to_bits), again, "the same name, the same draws");
        let mean = |column: &[f64]| column.iter().sum::<f64>() / real(ROUNDS);
        let mixed: Vec<f64> = one.iter().zip(&two).map(|(a, b)| a * b).collect();
        near(mean(&one), 0.0, 0.01);
        near(mean(&mixed), SHARED, 0.12);
        let mut order = shuffled(7).to_vec();
        order.sort_unstable();
        assert!(order.iter().copied().eq(0..ROUNDS));
    }
}
