//! How far a replica is behind, from `CloudWatch`. Failing to read it never hides the rest
//! of an observation: then there is no datapoint, and nobody may read that as zero.
//!
//! `AWS/RDS ReplicaLag` is in seconds for `MySQL` and `MariaDB` (`Seconds_Behind_Master`) and
//! for `PostgreSQL` (`extract(epoch from now() - pg_last_xact_replay_timestamp())`); -1
//! means that replication is not active. Source: Amazon RDS User Guide, "Monitoring read
//! replication" and "Monitoring and tuning the replication process".

use super::super::{Services, cloudwatch::Wanted};
use crate::model::{Lag, Moment, Span, Text};

/// RDS publishes once a minute.
const PERIOD: Span = Span::mins(1);

/// How far back to look for the last good value.
const WINDOW: Span = Span::mins(15);

/// How long after its minute a datapoint is published, at most.
const PUBLISHED: Span = Span::mins(2);

/// How old a datapoint may be to be called current, counted from the beginning of its
/// minute, which is the timestamp it carries (`CloudWatch` User Guide, "Metrics concepts",
/// periods): the minute itself must pass before it can be published.
///
/// The loss a promotion would cost is counted from that same beginning. Within the minute
/// nobody knows when RDS measured; counting from its end would promise less loss than there
/// may be, by up to a minute.
const FRESH: Span = Span::millis(PERIOD.as_millis() + PUBLISHED.as_millis());

/// The datapoints of the last quarter of an hour; none when they could not be read.
pub(super) async fn points(
    services: &Services,
    instance: &str,
    now: Moment,
) -> Vec<(Moment, f64)> {
    // The worst of the minute: an average would promise less loss than there may be.
    let wanted = Wanted {
        namespace: "AWS/RDS",
        metric: "ReplicaLag",
        dimension: ("DBInstanceIdentifier", instance),
        period: PERIOD,
        from: now - WINDOW,
        // Their clock may be ahead of ours; the newest datapoint must not be cut off.
        to: now + PERIOD,
    };
    let found = services.cloudwatch.maxima(wanted).await;
    found.unwrap_or_else(|unknown| {
        tracing::warn!(instance, why = %unknown.why, "replica lag could not be read");
        Vec::new()
    })
}

/// What the datapoints mean. `broken`: RDS itself says that replication is not normal.
pub(super) fn judge(points: &[(Moment, f64)], now: Moment, broken: Option<&str>) -> Lag {
    let newest = points.iter().max_by_key(|(at, _)| *at);
    let last = points
        .iter()
        .filter(|(_, value)| *value >= 0.0)
        .max_by_key(|(at, _)| *at)
        .map(|(at, value)| (Span::from_secs_f64(*value), (*at).min(now)));
    if let Some(why) = broken {
        let reason = Text::clean(format!("RDS says: read replication {why}"));
        return Lag::NotReplicating { reason, last };
    }
    if newest.is_some_and(|(_, value)| *value < 0.0) {
        let reason = Text::clean("ReplicaLag is -1: replication is not active");
        return Lag::NotReplicating { reason, last };
    }
    match last {
        None => Lag::NoData,
        Some((lag, at)) if now - at <= FRESH => Lag::Ok { lag, at },
        Some((lag, at)) => Lag::Stale { lag, at },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment::from_millis(1_000_000_000);

    fn ago(secs: i64) -> Moment {
        NOW - Span::secs(secs)
    }

    fn ok(lag: i64, age: i64) -> Lag {
        Lag::Ok { lag: Span::secs(lag), at: ago(age) }
    }

    #[test]
    fn unknown_stale_broken_and_small_are_four_different_things() {
        let stale = Lag::Stale { lag: Span::secs(3), at: ago(400) };
        let rows: &[(&[(i64, f64)], Lag)] = &[
            (&[], Lag::NoData),
            (&[(60, 3.0)], ok(3, 60)),
            (&[(60, 0.0)], ok(0, 60)),
            (&[(120, 9.0), (60, 3.0)], ok(3, 60)),
            (&[(60, 3.0), (120, 9.0)], ok(3, 60)),
            (&[(180, 3.0)], ok(3, 180)),
            (&[(400, 3.0)], stale),
        ];
        for (points, wanted) in rows {
            let points: Vec<_> =
                points.iter().map(|(age, value)| (ago(*age), *value)).collect();
            assert_eq!(judge(&points, NOW, None), *wanted, "{points:?}");
        }
    }

    #[test]
    fn minus_one_is_not_replicating_and_keeps_the_last_good_value() {
        let seen = judge(&[(ago(60), -1.0), (ago(120), 4.0)], NOW, None);
        let Lag::NotReplicating { last, .. } = seen else { panic!("{seen:?}") };
        assert_eq!(last, Some((Span::secs(4), ago(120))));
    }

    #[test]
    fn a_good_value_does_not_outvote_the_service() {
        let seen = judge(&[(ago(60), 1.0)], NOW, Some("terminated"));
        assert!(matches!(seen, Lag::NotReplicating { .. }), "{seen:?}");
    }

    #[test]
    fn a_clock_ahead_of_ours_yields_no_moment_in_the_future() {
        assert_eq!(judge(&[(ago(-30), 2.0)], NOW, None), ok(2, 0));
    }
}
