//! The second, independent AWS emulator: for what it supports, the same test twice.
//!
//! Owns one child process per [`SecondEmulator`]. What it can do and what not is said in
//! `tests/support/second_emulator.py`.

use std::io::Write as _;

use super::api::{self, Api, DB, DB_DR, DR, PRIMARY};
use super::http;
use super::process::Server;
use super::venv::{self, Kind};

/// The security group everything stands behind at first.
pub(crate) const OPEN: &str = "sg-0c2f00d2c2f00d2c2";

/// A running `MiniStack`, empty; ends with this value.
#[derive(Debug)]
pub(crate) struct SecondEmulator(Server);

impl SecondEmulator {
    /// None, and the reason said past the test harness, when its packages cannot be fetched.
    /// One that was fetched and does not run is a failure.
    pub(crate) fn start_if_fetched() -> Option<Self> {
        match venv::python(Kind::Second) {
            Ok(_) => {
                let server = Server::start(Kind::Second, &[]);
                Some(Self(server.unwrap_or_else(|why| panic!("MiniStack: {why}"))))
            }
            Err(why) => {
                let line = format!("not tested against MiniStack: {why}\n");
                std::io::stderr().write_all(line.as_bytes()).unwrap();
                None
            }
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.port()
    }

    /// What to give as `AWS_ENDPOINT_URL`, without a trailing slash.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port())
    }

    /// Clients of its API.
    pub(crate) fn api(&self) -> Api {
        Api::new(self.endpoint())
    }

    /// Something that answers 200 to `GET`, for probes: it runs no applications.
    pub(crate) fn application_url(&self) -> String {
        format!("{}/_ministack/health", self.endpoint())
    }

    /// One datapoint of a replica's lag, now. In the query protocol: it cannot read CBOR
    /// without a package it does not ask for.
    pub(crate) fn replica_lag(&self, region: &str, name: &str, seconds: f64) {
        let scope = format!(
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/{region}/monitoring/\
             aws4_request, SignedHeaders=host, Signature=0"
        );
        let headers = [
            ("Authorization", scope.as_str()),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        let form = format!(
            "Action=PutMetricData&Version=2010-08-01&Namespace=AWS%2FRDS\
             &MetricData.member.1.MetricName=ReplicaLag&MetricData.member.1.Value={seconds}\
             &MetricData.member.1.Dimensions.member.1.Name=DBInstanceIdentifier\
             &MetricData.member.1.Dimensions.member.1.Value={name}"
        );
        let answer = http::post(self.port(), "/", &headers, form.as_bytes()).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// Seeds the estate `MyComputer`, as far as it goes: it replicates no database between
    /// regions and promotes none, so the other side is an instance of its own. The zone.
    pub(crate) fn seed_mycomputer(&self) -> String {
        let api = self.api();
        api::wait(async {
            api.database(PRIMARY, DB, OPEN).await;
            api.database(DR, DB_DR, OPEN).await;
            api.service(PRIMARY, 3).await;
            api.service(DR, 1).await;
            api.zone().await
        })
    }
}
