//! How far a replica is behind, from `CloudWatch`. Failing to read it never hides the rest
//! of an observation: then there is no datapoint, and nobody may read that as zero.
//!
//! `AWS/RDS ReplicaLag` is in seconds for `MySQL` and `MariaDB` (`Seconds_Behind_Master`) and
//! for `PostgreSQL` (`extract(epoch from now() - pg_last_xact_replay_timestamp())`); -1
//! means that replication is not active. Source: Amazon RDS User Guide, "Monitoring read
//! replication" and "Monitoring and tuning the replication process".

use aws_sdk_cloudwatch::{
    primitives::DateTime,
    types::{Dimension, Metric, MetricDataQuery, MetricStat, ScanBy},
};

use super::super::Services;
use crate::model::{Lag, Moment, Span, Text};

/// RDS publishes once a minute.
const PERIOD: Span = Span::mins(1);

/// How far back to look for the last good value.
const WINDOW: Span = Span::mins(15);

/// A datapoint carries the start of its minute and is published up to two minutes later.
const FRESH: Span = Span::mins(3);

/// The datapoints of the last quarter of an hour; none when they could not be read.
pub(super) async fn points(
    services: &Services,
    instance: &str,
    now: Moment,
) -> Vec<(Moment, f64)> {
    let call = services
        .cloudwatch
        .get_metric_data()
        .metric_data_queries(query(instance))
        .start_time(DateTime::from_millis((now - WINDOW).as_millis()))
        // Their clock may be ahead of ours; the newest datapoint must not be cut off.
        .end_time(DateTime::from_millis((now + PERIOD).as_millis()))
        .scan_by(ScanBy::TimestampDescending);
    let answer = match call.send().await {
        Ok(answer) => answer,
        Err(why) => {
            tracing::warn!(instance, error = %why, "replica lag could not be read");
            return Vec::new();
        }
    };
    let found = answer.metric_data_results().iter().flat_map(|result| {
        result.timestamps().iter().zip(result.values().iter().copied())
    });
    found
        .filter(|(_, value)| value.is_finite())
        .filter_map(|(at, value)| {
            Some((Moment::from_millis(at.to_millis().ok()?), value))
        })
        .collect()
}

fn query(instance: &str) -> MetricDataQuery {
    let dimension =
        Dimension::builder().name("DBInstanceIdentifier").value(instance).build();
    let metric = Metric::builder()
        .namespace("AWS/RDS")
        .metric_name("ReplicaLag")
        .dimensions(dimension)
        .build();
    // The worst of the minute: an average would promise less loss than there may be.
    let stat = MetricStat::builder()
        .metric(metric)
        .period(i32::try_from(PERIOD.as_secs()).unwrap_or(60))
        .stat("Maximum")
        .build();
    MetricDataQuery::builder().id("lag").metric_stat(stat).return_data(true).build()
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
