//! Moments and spans: whole milliseconds, signed, with the two notations people read
//! (`12:04`, `1:02:03`) and write (`90s`, `1h30m`).

use std::{
    fmt,
    ops::{Add, Neg, Sub},
    str::FromStr,
    time::Duration,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Text;

/// A signed length of time in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

impl Span {
    pub const ZERO: Self = Self(0);

    pub const fn millis(millis: i64) -> Self {
        Self(millis)
    }

    pub const fn secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    pub const fn mins(mins: i64) -> Self {
        Self::secs(mins.saturating_mul(60))
    }

    /// From seconds with a fraction; not-a-number becomes zero.
    pub fn from_secs_f64(secs: f64) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a float cast saturates, which is what a span wants"
        )]
        Self((secs * 1000.0).round() as i64)
    }

    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds, rounded towards zero.
    pub const fn as_secs(self) -> i64 {
        self.0 / 1000
    }

    #[expect(clippy::cast_precision_loss, reason = "spans are far below 2^52 ms")]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    #[must_use]
    pub const fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }

    /// For timers: a negative span is no wait at all.
    pub fn to_std(self) -> Duration {
        Duration::from_millis(u64::try_from(self.0).unwrap_or(0))
    }

    /// `h:mm:ss` or `m:ss`, without a sign.
    pub fn clock(self) -> String {
        let secs = self.abs().as_secs();
        let (h, m, s) = (secs / 3600, secs / 60 % 60, secs % 60);
        if h > 0 { format!("{h}:{m:02}:{s:02}") } else { format!("{m}:{s:02}") }
    }

    /// As [`Span::clock`], with `+` or `-` in front: for differences.
    pub fn signed(self) -> String {
        format!("{}{}", if self.is_negative() { '-' } else { '+' }, self.clock())
    }

    /// An age for the right edge of a row: `7s`, `2m41s`, `3h10m`, `4d`.
    pub fn age(self) -> String {
        let secs = self.as_secs().max(0);
        match secs {
            0..60 => format!("{secs}s"),
            60..3600 => format!("{}m{:02}s", secs / 60, secs % 60),
            3600..86400 => format!("{}h{:02}m", secs / 3600, secs / 60 % 60),
            _ => format!("{}d", secs / 86400),
        }
    }
}

impl Span {
    /// As people say it, in its two largest units: `1d 2h`, `2h 05m`, `4m 10s`, `7s`.
    pub fn rough(self) -> String {
        let secs = self.as_secs().abs();
        match secs {
            0..60 => format!("{secs}s"),
            60..3600 => format!("{}m {:02}s", secs / 60, secs % 60),
            3600..86400 => format!("{}h {:02}m", secs / 3600, secs / 60 % 60),
            _ => format!("{}d {}h", secs / 86400, secs / 3600 % 24),
        }
    }
}

impl Add for Span {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Span {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Span {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl From<Duration> for Span {
    fn from(duration: Duration) -> Self {
        Self(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
    }
}

/// As a plan writes it: `45s`, `30m`, `1h30m`, `2d`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.abs().0;
        let mut out = String::new();
        if self.is_negative() {
            out.push('-');
        }
        for (unit, size) in
            [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)]
        {
            if rest >= size {
                out.push_str(&(rest / size).to_string());
                out.push_str(unit);
                rest %= size;
            }
        }
        if rest > 0 {
            out.push_str(&rest.to_string());
            out.push_str("ms");
        }
        if out.is_empty() || out == "-" {
            out.push_str("0s");
        }
        f.pad(&out)
    }
}

/// What was wrong with a written duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a duration: write a whole number with ms, s, m, h or d, as in 90s or 1h30m"
)]
pub struct BadSpan(String);

impl FromStr for Span {
    type Err = BadSpan;

    fn from_str(text: &str) -> Result<Self, BadSpan> {
        let bad = || BadSpan(text.to_owned());
        let mut total: i64 = 0;
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(bad());
        }
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
            let (number, tail) = rest.split_at(digits);
            let letters =
                tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
            let (unit, after) = tail.split_at(letters);
            let size: i64 = match unit {
                "ms" => 1,
                "s" => 1000,
                "m" | "min" => 60_000,
                "h" => 3_600_000,
                "d" => 86_400_000,
                _ => return Err(bad()),
            };
            let count: i64 = number.parse().ok().ok_or_else(bad)?;
            total = count
                .checked_mul(size)
                .and_then(|part| total.checked_add(part))
                .ok_or_else(bad)?;
            rest = after.trim_start();
        }
        Ok(Self(total))
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(self.0)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        i64::deserialize(from).map(Self)
    }
}

/// A point in time: milliseconds since 1970 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

impl Moment {
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// `03:13:36`, UTC.
    pub fn time_of_day(self) -> String {
        let secs = self.0.div_euclid(1000).rem_euclid(86_400);
        format!("{:02}:{:02}:{:02}", secs / 3600, secs / 60 % 60, secs % 60)
    }

    /// `2026-08-22 03:13:36`, UTC.
    pub fn date_time(self) -> String {
        self.rfc3339().get(..19).unwrap_or_default().replace('T', " ")
    }

    /// `Tue 24 Nov 09:00Z`: for what is days away.
    pub fn day_time(self) -> String {
        jiff::Timestamp::from_millisecond(self.0).map_or_else(
            |_| "out-of-range".to_owned(),
            |at| at.strftime("%a %-d %b %H:%MZ").to_string(),
        )
    }

    /// `2026-08-22T03:13:36.204Z`.
    pub fn rfc3339(self) -> String {
        jiff::Timestamp::from_millisecond(self.0)
            .map_or_else(|_| "out-of-range".to_owned(), |at| format!("{at:.3}"))
    }

    /// Reads an RFC 3339 time.
    ///
    /// # Errors
    /// When the text is no RFC 3339 time with an offset.
    pub fn parse(text: &str) -> Result<Self, jiff::Error> {
        text.parse::<jiff::Timestamp>().map(|at| Self(at.as_millisecond()))
    }
}

impl Add<Span> for Moment {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Moment {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl Sub for Moment {
    type Output = Span;
    fn sub(self, other: Self) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.rfc3339())
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.rfc3339())
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

/// What the machine's own clocks said when something was written. Elapsed time is told from
/// it where the wall clock was set meanwhile, or the machine asleep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The wall clock, right or wrong.
    pub wall: Moment,
    /// Since the machine started, sleep included.
    pub boot: Span,
    /// Which start of which machine `boot` counts from.
    pub machine: Text,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spans_read_as_people_write_them() {
        for (text, secs) in [("90s", 90), ("30m", 1800), ("1h30m", 5400), ("2d", 172_800)]
        {
            assert_eq!(text.parse(), Ok(Span::secs(secs)), "{text}");
        }
        for text in ["", "30", "m", "1x", "-5m", "1.5h", "99999999999999d", "5m!"] {
            assert!(text.parse::<Span>().is_err(), "{text} was accepted");
        }
    }

    #[test]
    fn spans_are_said_in_two_units() {
        for (secs, said) in
            [(7, "7s"), (250, "4m 10s"), (7500, "2h 05m"), (93_600, "1d 2h")]
        {
            assert_eq!(Span::secs(secs).rough(), said);
        }
    }

    #[test]
    fn moments_keep_their_milliseconds_on_disk() {
        let at = Moment::parse("2026-08-22T03:14:19.204Z").unwrap();
        assert_eq!(at.rfc3339(), "2026-08-22T03:14:19.204Z");
        assert_eq!(at.time_of_day(), "03:14:19");
        assert_eq!(at.date_time(), "2026-08-22 03:14:19");
        assert_eq!(at.day_time(), "Sat 22 Aug 03:14Z");
    }

    proptest! {
        #[test]
        fn what_a_span_shows_it_reads_back(millis in 0..i64::MAX / 4) {
            let span = Span::millis(millis);
            prop_assert_eq!(span.to_string().parse::<Span>(), Ok(span));
        }
    }
}
