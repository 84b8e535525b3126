//! The only place that reads a clock. Time is steady here: it counts on through suspend,
//! and a wall clock that is set by hand does not move it.

use std::{fmt, sync::Arc, time::SystemTime};

use tokio::{sync::watch, time::Instant};

use crate::model::{Moment, Span, Stamp, Text};

/// The clocks of one machine: the real ones, or made-up ones whose hands a test turns.
pub trait Dials: Send + Sync + fmt::Debug {
    /// What the wall clock says, right or wrong.
    fn wall(&self) -> Moment;
    /// Since the machine started, sleep included.
    fn boot(&self) -> Span;
    /// Which counter [`Dials::boot`] reads: equal names mean the same counter.
    fn machine(&self) -> Text;
}

/// Where now is, and how fast it goes.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// Steady time at `since`.
    start: Moment,
    /// What the ticks said then.
    since: Span,
    /// Steady seconds per real second: 1 in live mode, 1 to 60 in a drill.
    speed: u32,
}

impl Pace {
    fn at(self, ticks: Span) -> Moment {
        let real = (ticks - self.since).as_millis();
        self.start + Span::millis(real.saturating_mul(i64::from(self.speed)))
    }
}

/// Real elapsed time, by the counter that fits the clock.
#[derive(Clone, Debug)]
enum Ticks {
    /// Counts through suspend.
    Machine(Arc<dyn Dials>),
    /// Follows the runtime's own timers, which a headless drill lets jump.
    Runtime(Instant),
}

impl Ticks {
    fn read(&self) -> Span {
        match self {
            Self::Machine(dials) => dials.boot(),
            Self::Runtime(origin) => origin.elapsed().into(),
        }
    }
}

/// A steady clock. Clones show the same time.
#[derive(Clone, Debug)]
pub struct Clock {
    pace: Arc<watch::Sender<Pace>>,
    ticks: Ticks,
}

impl Clock {
    /// The live clock, started at the wall's time.
    pub fn system() -> Self {
        Self::of(Arc::new(System::new()))
    }

    /// A live clock by `dials`, started at the time their wall clock says.
    pub fn of(dials: Arc<dyn Dials>) -> Self {
        Self::started(dials.wall(), Ticks::Machine(dials))
    }

    /// A drill's clock: starts at `start` and follows the runtime's timers.
    pub fn drill(start: Moment) -> Self {
        Self::started(start, Ticks::Runtime(Instant::now()))
    }

    fn started(start: Moment, ticks: Ticks) -> Self {
        let pace = Pace { start, since: ticks.read(), speed: 1 };
        Self { pace: Arc::new(watch::Sender::new(pace)), ticks }
    }

    pub fn now(&self) -> Moment {
        self.pace.borrow().at(self.ticks.read())
    }

    /// Steady time, and what the machine's clocks say at that instant. A drill's clock has
    /// no machine behind it.
    pub fn reading(&self) -> (Moment, Option<Stamp>) {
        let ticks = self.ticks.read();
        let stamp = match &self.ticks {
            Ticks::Machine(dials) => {
                let (wall, machine) = (dials.wall(), dials.machine());
                Some(Stamp { wall, boot: ticks, machine })
            }
            Ticks::Runtime(_) => None,
        };
        (self.pace.borrow().at(ticks), stamp)
    }

    /// Goes on from what another process wrote at `at`, so that all of one incident's times
    /// are by one clock. Where both count from the same start of the same machine this is
    /// exact, whatever became of the wall clock in between; elsewhere the two wall clocks
    /// are all there is, and less than no time never passes. A drill's clock stays.
    pub fn follow(&self, at: Moment, stamp: &Stamp) {
        let Ticks::Machine(dials) = &self.ticks else { return };
        let since = dials.boot();
        let passed = if dials.machine() == stamp.machine {
            since - stamp.boot
        } else {
            dials.wall() - stamp.wall
        };
        let start = at + passed.max(Span::ZERO);
        self.pace.send_replace(Pace { start, since, speed: 1 });
    }

    /// How far the wall clock is from steady time. Zero for a drill's clock, which has no
    /// wall.
    pub fn wall_offset(&self) -> Span {
        let (now, stamp) = self.reading();
        stamp.map_or(Span::ZERO, |stamp| stamp.wall - now)
    }

    pub fn speed(&self) -> u32 {
        self.pace.borrow().speed
    }

    /// Sets the speed of a drill, 1 to 60; the live clock stays at 1.
    pub fn set_speed(&self, speed: u32) {
        if matches!(self.ticks, Ticks::Machine(_)) {
            return;
        }
        let since = self.ticks.read();
        self.pace.send_modify(|pace| {
            let start = pace.at(since);
            *pace = Pace { start, since, speed: speed.clamp(1, 60) };
        });
    }

    /// Lets so much time pass at once, in a drill: whoever waits for a moment in it wakes
    /// now. The live clock does not leap. Says whether it did.
    pub fn leap(&self, by: Span) -> bool {
        let drill = matches!(self.ticks, Ticks::Runtime(_));
        self.pace.send_if_modified(|pace| {
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

/// The clocks of this machine.
#[derive(Debug)]
struct System {
    machine: Text,
}

impl System {
    fn new() -> Self {
        Self { machine: machine() }
    }
}

impl Dials for System {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn wall(&self) -> Moment {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let millis = since.map_or(0, |since| since.as_millis());
        Moment::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
    }

    fn boot(&self) -> Span {
        boottime()
    }

    fn machine(&self) -> Text {
        self.machine.clone()
    }
}

/// This start of this machine. A time namespace has a counter of its own, and so a name of
/// its own. Where the system tells nothing of the kind no two processes share a counter.
fn machine() -> Text {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    let space = std::fs::read_link("/proc/self/ns/time");
    let space = space.map(|space| space.display().to_string()).unwrap_or_default();
    match boot {
        Ok(boot) => Text::clean(format!("{} {space}", boot.trim()).trim()),
        Err(_) => Text::clean(format!("pid {}", std::process::id())),
    }
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
