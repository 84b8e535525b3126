//! Datapoints of one metric, from `CloudWatch`. Owns how they are asked for; never decides
//! what they mean.
//!
//! `CloudWatch` takes the same request in several protocols. The SDK speaks one of them, RPC
//! with CBOR bodies. A server that answers without understanding it (an older or a private
//! endpoint) is asked once more in the query protocol, which every version knows
//! (`CloudWatch` API Reference, "Making API requests").

use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_cloudwatch::{
    Client,
    operation::get_metric_data::{
        GetMetricDataOutput, builders::GetMetricDataFluentBuilder,
    },
    primitives::DateTime,
    types::{Dimension, Metric, MetricDataQuery, MetricStat, ScanBy},
};

use super::class;
use crate::model::{Moment, Span, Unknown};

mod query;

use query::InQuery;

/// Answers that say who may not look, or that nobody is there to answer: another protocol
/// changes neither.
const NOT_THE_PROTOCOL: &[u16] = &[401, 403, 408, 413, 429, 502, 503, 504];

/// A client, and what was learnt about the server.
#[derive(Debug)]
pub(super) struct Metrics {
    client: Client,
    /// The server once answered in the query protocol and not in the SDK's own.
    query: AtomicBool,
}

/// Which datapoints: the maximum of each period.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) namespace: &'a str,
    pub(super) metric: &'a str,
    /// Name and value.
    pub(super) dimension: (&'a str, &'a str),
    /// From whole minutes on.
    pub(super) period: Span,
    pub(super) from: Moment,
    pub(super) to: Moment,
}

impl Metrics {
    pub(super) fn new(client: Client) -> Self {
        Self { client, query: AtomicBool::new(false) }
    }

    /// The datapoints with the beginning of their periods, in any order; not a number is
    /// left out.
    pub(super) async fn maxima(
        &self,
        wanted: Wanted<'_>,
    ) -> Result<Vec<(Moment, f64)>, Unknown> {
        if self.query.load(Ordering::Relaxed) {
            return self.by_query(wanted).await;
        }
        let first = match self.ask(wanted).send().await {
            Ok(answer) => return Ok(datapoints(&answer)),
            Err(first) => first,
        };
        let unknown = class::unknown("GetMetricData", &first);
        let told = first.raw_response().map(|raw| raw.status().as_u16());
        if told.is_none_or(|status| NOT_THE_PROTOCOL.contains(&status))
            || class::throttled(&first)
        {
            return Err(unknown);
        }
        tracing::debug!(why = %unknown.why, "asking CloudWatch in the query protocol");
        match self.by_query(wanted).await {
            Ok(points) => {
                self.query.store(true, Ordering::Relaxed);
                Ok(points)
            }
            // What the SDK's own protocol was told says more.
            Err(_) => Err(unknown),
        }
    }

    async fn by_query(&self, wanted: Wanted<'_>) -> Result<Vec<(Moment, f64)>, Unknown> {
        let call = self.ask(wanted).customize().interceptor(InQuery);
        let answer = call.send().await;
        answer
            .map(|answer| datapoints(&answer))
            .map_err(|why| class::unknown("GetMetricData (query protocol)", &why))
    }

    fn ask(&self, wanted: Wanted<'_>) -> GetMetricDataFluentBuilder {
        let (name, value) = wanted.dimension;
        let metric = Metric::builder()
            .namespace(wanted.namespace)
            .metric_name(wanted.metric)
            .dimensions(Dimension::builder().name(name).value(value).build())
            .build();
        let stat = MetricStat::builder()
            .metric(metric)
            .period(i32::try_from(wanted.period.as_secs()).unwrap_or(i32::MAX))
            .stat("Maximum")
            .build();
        let query = MetricDataQuery::builder().id("m").metric_stat(stat);
        self.client
            .get_metric_data()
            .metric_data_queries(query.return_data(true).build())
            .start_time(DateTime::from_millis(wanted.from.as_millis()))
            .end_time(DateTime::from_millis(wanted.to.as_millis()))
            .scan_by(ScanBy::TimestampDescending)
    }
}

fn datapoints(answer: &GetMetricDataOutput) -> Vec<(Moment, f64)> {
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
