//! The only place that reads a clock. Time is steady here: it counts on through suspend,
//! and a wall clock that is set by hand does not move it.

use std::{sync::Arc, time::SystemTime};

use tokio::{sync::watch, time::Instant};

use crate::model::{Moment, Span};

/// Where now is, and how fast it goes.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// Steady time at `since`.
    start: Moment,
    since: Ticks,
    /// Steady seconds per real second: 1 in live mode, 1 to 60 in a drill.
    speed: u32,
}

/// Real elapsed time, by the counter that fits the clock.
#[derive(Clone, Copy, Debug)]
enum Ticks {
    /// Counts through suspend.
    Boot(Span),
    /// Follows the runtime's own timers, which a headless drill lets jump.
    Runtime(Instant),
}

/// A steady clock. Clones show the same time.
#[derive(Clone, Debug)]
pub struct Clock {
    pace: Arc<watch::Sender<Pace>>,
}

impl Clock {
    /// The live clock, started at the wall's time.
    pub fn system() -> Self {
        Self::started(wall(), Ticks::Boot(boottime()))
    }

    /// A drill's clock: starts at `start` and follows the runtime's timers.
    pub fn drill(start: Moment) -> Self {
        Self::started(start, Ticks::Runtime(Instant::now()))
    }

    fn started(start: Moment, since: Ticks) -> Self {
        Self { pace: Arc::new(watch::Sender::new(Pace { start, since, speed: 1 })) }
    }

    pub fn now(&self) -> Moment {
        let pace = *self.pace.borrow();
        let real = match pace.since {
            Ticks::Boot(since) => boottime() - since,
            Ticks::Runtime(since) => since.elapsed().into(),
        };
        pace.start + Span::millis(real.as_millis().saturating_mul(i64::from(pace.speed)))
    }

    /// How far the wall clock is from steady time: more than two seconds means that
    /// somebody set it. Zero for a drill's clock, which has no wall.
    pub fn wall_offset(&self) -> Span {
        match self.pace.borrow().since {
            Ticks::Boot(_) => wall() - self.now(),
            Ticks::Runtime(_) => Span::ZERO,
        }
    }

    pub fn speed(&self) -> u32 {
        self.pace.borrow().speed
    }

    /// Sets the speed of a drill, 1 to 60; the live clock stays at 1.
    pub fn set_speed(&self, speed: u32) {
        let start = self.now();
        self.pace.send_modify(|pace| {
            if let Ticks::Runtime(_) = pace.since {
                *pace = Pace {
                    start,
                    since: Ticks::Runtime(Instant::now()),
                    speed: speed.clamp(1, 60),
                };
            }
        });
    }

    /// Lets so much time pass at once, in a drill: whoever waits for a moment in it wakes
    /// now. The live clock does not leap. Says whether it did.
    pub fn leap(&self, by: Span) -> bool {
        self.pace.send_if_modified(|pace| {
            let drill = matches!(pace.since, Ticks::Runtime(_));
            if drill && by > Span::ZERO {
                pace.start = pace.start + by;
                return true;
            }
            false
        })
    }

    /// Waits until `deadline` in steady time.
    pub async fn until(&self, deadline: Moment) {
        let mut paces = self.pace.subscribe();
        loop {
            let left = deadline - self.now();
            if left <= Span::ZERO {
                return;
            }
            let real = left.to_std().div_f64(f64::from(self.speed()));
            // Never shorter than a timer's grain, or the last millisecond would spin.
            let real = real.max(std::time::Duration::from_millis(1));
            tokio::select! {
                () = tokio::time::sleep(real) => {}
                changed = paces.changed() => if changed.is_err() { return },
            }
        }
    }

    pub async fn sleep(&self, span: Span) {
        self.until(self.now() + span).await;
    }

    /// Runs `task` for at most `limit` of steady time.
    ///
    /// # Errors
    /// [`TimedOut`] when the limit came first; the task was dropped.
    pub async fn timeout<T>(
        &self,
        limit: Span,
        task: impl Future<Output = T>,
    ) -> Result<T, TimedOut> {
        tokio::select! {
            biased;
            value = task => Ok(value),
            () = self.sleep(limit) => Err(TimedOut(limit)),
        }
    }
}

/// No answer within that time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no answer within {0}")]
pub struct TimedOut(pub Span);

#[expect(clippy::disallowed_methods, reason = "this is the clock")]
fn wall() -> Moment {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let millis = since.map_or(0, |since| since.as_millis());
    Moment::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

/// Elapsed time including suspend. macOS has no boot clock; its monotonic one counts
/// through sleep already.
fn boottime() -> Span {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Boottime;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Monotonic;
    let time = rustix::time::clock_gettime(CLOCK);
    Span::millis(
        time.tv_sec.saturating_mul(1000).saturating_add(time.tv_nsec / 1_000_000),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_drill_at_sixty_times_sleeps_a_minute_in_a_second() {
        let clock = Clock::drill(Moment::from_millis(0));
        clock.set_speed(60);
        let real = Instant::now();
        clock.sleep(Span::mins(1)).await;
        assert_eq!(real.elapsed().as_millis(), 1000);
        assert_eq!(clock.now(), Moment::from_millis(60_000));
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_of_speed_reaches_a_sleeper() {
        let clock = Clock::drill(Moment::from_millis(0));
        let sleeper = clock.clone();
        let slept = tokio::join!(sleeper.sleep(Span::mins(1)), async {
            clock.sleep(Span::secs(30)).await;
            clock.set_speed(30);
        });
        assert_eq!(slept, ((), ()));
        assert_eq!(clock.now(), Moment::from_millis(60_000));
    }

    #[tokio::test(start_paused = true)]
    async fn a_leap_wakes_who_waited_for_a_moment_in_it() {
        let clock = Clock::drill(Moment::from_millis(0));
        let real = Instant::now();
        let (sleeper, leaper) = (clock.clone(), clock.clone());
        tokio::join!(sleeper.sleep(Span::mins(24 * 60)), async {
            leaper.sleep(Span::secs(1)).await;
            assert!(leaper.leap(Span::mins(24 * 60)));
        });
        assert_eq!(real.elapsed().as_secs(), 1);
        assert_eq!(
            clock.now(),
            Moment::from_millis(0) + Span::mins(24 * 60) + Span::secs(1)
        );
        assert!(!clock.leap(-Span::secs(1)), "time does not go back");
    }

    #[test]
    fn live_time_has_one_speed_and_does_not_leap() {
        let clock = Clock::system();
        clock.set_speed(60);
        assert_eq!(clock.speed(), 1);
        assert!(!clock.leap(Span::mins(1)));
    }
}
