//! Replication lag as a process in time: a wandering value, sampled on a grid, that is a
//! pure function of the seed and the moment. Looking more often never changes it.

use serde::{Deserialize, Serialize};

use super::{latency::Timing, thing::Scene};
use crate::model::{Moment, Span};

/// How often the simulated monitoring takes a sample.
const GRID: Span = Span::secs(15);

/// How often the wandering value takes a new direction.
const TURN: Span = Span::mins(1);

/// A stretch of time in which replication falls behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Spike {
    pub from: Moment,
    pub by: Span,
    pub over: Span,
}

impl Spike {
    /// Rises over `over`, stays as long, falls over `over`.
    fn extra(self, at: Moment) -> f64 {
        let over = self.over.as_secs_f64().max(1.0);
        let progress = (at - self.from).as_secs_f64() / over;
        let share = match progress {
            p if p <= 0.0 || p >= 3.0 => 0.0,
            p if p < 1.0 => p,
            p if p <= 2.0 => 1.0,
            p => 3.0 - p,
        };
        share * self.by.as_secs_f64()
    }
}

/// The newest sample at `now`: how far behind, and when that was measured.
pub(super) fn sample(
    scene: &Scene<'_>,
    timing: Timing,
    name: &str,
    spikes: &[Spike],
    now: Moment,
) -> (Span, Moment) {
    let since = (now - scene.started).as_millis();
    let grid = since.div_euclid(GRID.as_millis()) * GRID.as_millis();
    let at = scene.started + Span::millis(grid);
    let turn = grid.div_euclid(TURN.as_millis());
    let draw = |turn: i64| {
        timing.draw(scene.seed, &["lag", name, &turn.to_string()]).as_secs_f64().ln()
    };
    let share = Span::millis(grid.rem_euclid(TURN.as_millis())).as_secs_f64()
        / TURN.as_secs_f64();
    let calm = (draw(turn) * (1.0 - share) + draw(turn + 1) * share).exp();
    let extra: f64 = spikes.iter().map(|spike| spike.extra(at)).sum();
    (Span::from_secs_f64(calm + extra), at)
}
