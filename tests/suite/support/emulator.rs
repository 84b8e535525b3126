//! The AWS emulator of the wire tests: starts it, speaks to its control calls, ends it.
//!
//! Owns one child process per [`Emulator`]: independent state, port chosen by the
//! kernel. What it emulates is in `tests/support/awsemu`. A failure of the emulator
//! itself panics with its log: it is never a test's result.

use serde_json::{Value, json};

use super::http;
use super::process::Server;
use super::venv::Kind;

/// How long [`Emulator::wait_for_calls`] waits, in seconds.
const CALL_TIMEOUT_S: u32 = 120;

/// A running emulator; ends with this value, at the latest with this process.
#[derive(Debug)]
pub(crate) struct Emulator(Server);

/// What the seeded estate's service chose: the rest is fixed (see `awsemu/seed.py`).
#[derive(Debug, Clone)]
pub(crate) struct Seed {
    pub(crate) zone_id: String,
    pub(crate) health_check_id: String,
    pub(crate) record: String,
    pub(crate) primary_db: String,
    pub(crate) primary_db_arn: String,
    pub(crate) replica_db: String,
}

/// One request in the witness log. Never holds a credential.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) seq: u64,
    pub(crate) service: String,
    pub(crate) region: String,
    pub(crate) action: String,
    pub(crate) params: Value,
    /// None: no answer was sent (a hang, a reset, a dropped answer).
    pub(crate) status: Option<u16>,
    /// Whether AWS carried it out, whatever the caller heard.
    pub(crate) executed: bool,
    /// The kind of the fault rule or outage that met it.
    pub(crate) fault: Option<String>,
}

/// How a whole region answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outage {
    None,
    Hang,
    Refuse503,
}

impl Emulator {
    /// A fresh, empty emulator with the corrections on.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same with arguments for `aws_emulator.py`, such as `--upstream`.
    pub(crate) fn start_with(arguments: &[&str]) -> Self {
        Self(
            Server::start(Kind::Aws, arguments)
                .unwrap_or_else(|why| panic!("the AWS emulator: {why}")),
        )
    }

    /// What to give as `AWS_ENDPOINT_URL`, without a trailing slash.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port())
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.port()
    }

    /// Environment for a program that must reach this emulator and nothing else.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        Self::environment_of(self.endpoint())
    }

    /// The same for any endpoint.
    pub(crate) fn environment_of(endpoint: String) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL", endpoint),
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "emulated".to_owned()),
            ("AWS_REGION", "eu-west-1".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_CONFIG_FILE", "/dev/null".to_owned()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".to_owned()),
        ]
    }

    /// Any control call: `POST /_control/<path>`. The calls are in `awsemu/control.py`.
    pub(crate) fn control(&self, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let answer =
            http::post(self.port(), &format!("/_control/{path}"), &[], body.as_bytes())
                .unwrap_or_else(|why| panic!("{why}\n{}", self.0.log_text()));
        assert!(answer.status == 200, "control {path} {body}: {}", answer.body);
        serde_json::from_str(&answer.body)
            .unwrap_or_else(|why| panic!("control {path}: {why}: {}", answer.body))
    }

    /// Every database, record set and service, in all regions, as JSON.
    pub(crate) fn state(&self) -> Value {
        self.control("state", &json!({}))
    }

    /// The witness log: every request, in the order of arrival.
    pub(crate) fn calls(&self) -> Vec<Call> {
        calls(&self.control("calls", &json!({})))
    }

    /// The requests of one action.
    pub(crate) fn calls_of(&self, action: &str) -> Vec<Call> {
        self.calls().into_iter().filter(|call| call.action == action).collect()
    }

    /// Waits until `count` requests of `action` (a regular expression) have arrived,
    /// answered or not. Panics after two minutes.
    pub(crate) fn wait_for_calls(&self, action: &str, count: u32) -> Vec<Call> {
        let ask = json!({"action": action, "count": count, "timeout_s": CALL_TIMEOUT_S});
        let told = self.control("wait", &ask);
        let met = told.get("met") == Some(&Value::Bool(true));
        assert!(met, "no {count} {action} in {CALL_TIMEOUT_S} s: {told}");
        calls(told.get("calls").unwrap_or(&Value::Null))
    }

    /// No resources, faults, outages or calls; default timings.
    pub(crate) fn reset(&self) {
        self.control("reset", &json!({}));
    }

    /// Seeds the estate `MyComputer` and begins its replica lag feed at 3 s.
    pub(crate) fn seed_mycomputer(&self) -> Seed {
        let told = self.control("seed", &json!({}));
        Seed {
            zone_id: text(&told, "zone_id"),
            health_check_id: text(&told, "health_check_id"),
            record: text(&told, "record"),
            primary_db: text(&told, "primary_db"),
            primary_db_arn: text(&told, "primary_db_arn"),
            replica_db: text(&told, "replica_db"),
        }
    }

    /// Adds a fault rule, for example
    /// `json!({"action": "PromoteReadReplica", "kind": "drop_response", "times": 1})`.
    pub(crate) fn fault(&self, rule: &Value) {
        self.control("faults", &json!({"rules": [rule], "append": true}));
    }

    pub(crate) fn clear_faults(&self) {
        self.control("faults/clear", &json!({}));
    }

    /// Sets some of `promotion_lag_s`, `promotion_modifying_s`, `dns_sync_s`,
    /// `ecs_delay_s`, in seconds, for what begins from now on.
    pub(crate) fn timings(&self, seconds: &Value) {
        self.control("timings", seconds);
    }

    /// Everything under way (promotion, DNS, ECS) finishes now.
    pub(crate) fn advance(&self) {
        self.control("advance", &json!({}));
    }

    /// How AWS and the application of one region answer from now on.
    pub(crate) fn outage(&self, region: &str, outage: Outage) {
        let mode = match outage {
            Outage::None => "ok",
            Outage::Hang => "hang",
            Outage::Refuse503 => "refuse503",
        };
        self.control("region", &json!({"region": region, "mode": mode}));
    }

    /// The seeded replica's `ReplicaLag` in seconds: what is read next is this value
    /// alone, and it keeps coming. -1 is "not replicating". None stops the datapoints
    /// and forgets those there are.
    pub(crate) fn replica_lag(&self, seconds: Option<f64>) {
        self.control("feed", &json!({"value": seconds, "forget": true}));
    }

    /// What the Route 53 health checkers report.
    pub(crate) fn health_check(&self, id: &str, healthy: bool) {
        let status = if healthy { "healthy" } else { "unhealthy" };
        self.control("health_check", &json!({"id": id, "status": status}));
    }

    /// The address of one region's application; answers 200 until told otherwise.
    pub(crate) fn application_url(&self, region: &str) -> String {
        format!("{}/app/{region}/health", self.endpoint())
    }

    pub(crate) fn application(&self, region: &str, status: u16) {
        self.control("app", &json!({"region": region, "status": status}));
    }
}

fn calls(log: &Value) -> Vec<Call> {
    log.as_array().map(|all| all.iter().map(call).collect()).unwrap_or_default()
}

fn call(record: &Value) -> Call {
    let field = |name: &str| record.get(name).unwrap_or(&Value::Null);
    Call {
        seq: field("seq").as_u64().unwrap_or_default(),
        service: text(record, "service"),
        region: text(record, "region"),
        action: text(record, "action"),
        params: field("params").clone(),
        status: field("status").as_u64().and_then(|status| status.try_into().ok()),
        executed: field("executed") == true,
        fault: field("fault").as_str().map(str::to_owned),
    }
}

fn text(record: &Value, name: &str) -> String {
    match record.get(name).and_then(Value::as_str) {
        Some(text) => text.to_owned(),
        None => panic!("the emulator's {name} is not text: {record}"),
    }
}
