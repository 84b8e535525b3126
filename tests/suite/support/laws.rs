//! The emulator's own laws: what the wire tests stand on is tested too.
//!
//! Owns the proof of the Rust side of the support code. The AWS behaviour itself is
//! checked by an independent client, boto3, in `tests/support/check_emulator.py`.

use std::process::Command;

use serde_json::{Value, json};

use super::emulator::{Call, Emulator, Outage};
use super::second::SecondEmulator;
use super::{http, venv};

const REPLICA: &str = "mycomputer-inventory-db-dr";

/// An unsigned RDS call: the emulator reads the scope, nobody checks the signature.
fn rds(emulator: &Emulator, region: &str, form: &str) -> Result<http::Answer, String> {
    let scope = format!(
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/{region}/rds/aws4_request, \
         SignedHeaders=host, Signature=0"
    );
    let headers = [
        ("Authorization", scope.as_str()),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    http::post(
        emulator.port(),
        "/",
        &headers,
        format!("{form}&Version=2014-10-31").as_bytes(),
    )
}

fn promote(emulator: &Emulator) -> Result<http::Answer, String> {
    let form = format!("Action=PromoteReadReplica&DBInstanceIdentifier={REPLICA}");
    rds(emulator, "eu-central-1", &form)
}

fn replica(emulator: &Emulator) -> Value {
    let place = format!("/rds/eu-central-1/{REPLICA}");
    emulator.state().pointer(&place).cloned().unwrap_or_default()
}

#[test]
fn an_independent_client_finds_the_documented_behaviour() {
    let emulator = Emulator::start();
    let output = Command::new(venv::python(venv::Kind::Aws).unwrap())
        .arg("-B")
        .arg(venv::sources_dir().join("check_emulator.py"))
        .arg(emulator.port().to_string())
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{out}\n{err}");
}

#[test]
fn a_dropped_answer_is_an_effect_the_witness_knows() {
    let emulator = Emulator::start();
    let seed = emulator.seed_mycomputer();
    assert_eq!(seed.replica_db, REPLICA);
    assert!(seed.primary_db_arn.ends_with(&seed.primary_db));
    emulator.timings(&json!({"promotion_lag_s": 600}));
    emulator.fault(
        &json!({"action": "PromoteReadReplica", "kind": "drop_response", "times": 1}),
    );
    assert!(promote(&emulator).is_err());
    assert_eq!(promote(&emulator).unwrap().status, 400);
    let [first, second]: [Call; 2] =
        emulator.calls_of("PromoteReadReplica").try_into().unwrap();
    assert_eq!((first.status, first.executed), (None, true));
    assert_eq!(first.fault.as_deref(), Some("drop_response"));
    assert_eq!((first.service.as_str(), first.region.as_str()), ("rds", "eu-central-1"));
    assert_eq!(first.params["DBInstanceIdentifier"], REPLICA);
    assert_eq!((second.status, second.executed), (Some(400), false));
    assert!(first.seq < second.seq);
    assert_eq!(replica(&emulator)["promoting"], true);
    emulator.advance();
    assert_eq!(replica(&emulator)["source"], Value::Null);
}

#[test]
fn a_test_can_wait_for_a_call_that_hangs() {
    let emulator = Emulator::start();
    emulator.seed_mycomputer();
    emulator.outage("eu-central-1", Outage::Hang);
    std::thread::scope(|scope| {
        let hung = scope.spawn(|| promote(&emulator));
        let calls = emulator.wait_for_calls("PromoteReadReplica", 1);
        assert!(!calls[0].executed);
        emulator.reset(); // cuts what hangs
        assert!(hung.join().unwrap().is_err());
    });
    assert!(emulator.calls().is_empty());
}

#[test]
fn the_estate_answers_as_it_is_told() {
    let emulator = Emulator::start();
    let seed = emulator.seed_mycomputer();
    emulator.health_check(&seed.health_check_id, false);
    emulator.application("eu-west-1", 503);
    emulator.replica_lag(Some(-1.0));
    emulator.replica_lag(None);
    emulator.outage("eu-west-1", Outage::Refuse503);
    let refused = rds(&emulator, "eu-west-1", "Action=DescribeDBInstances").unwrap();
    assert_eq!(refused.status, 503);
    emulator.outage("eu-west-1", Outage::None);
    emulator.fault(&json!({"action": "Describe.*", "kind": "throttle"}));
    let throttled = rds(&emulator, "eu-west-1", "Action=DescribeDBInstances").unwrap();
    assert!(throttled.body.contains("<Code>Throttling</Code>"), "{}", throttled.body);
    emulator.clear_faults();
    let served = rds(&emulator, "eu-west-1", "Action=DescribeDBInstances").unwrap();
    assert_eq!(served.status, 200);
    let state = emulator.state();
    assert_eq!(
        state["route53"]["health_checks"][&seed.health_check_id]["status"],
        "unhealthy"
    );
    let zone = &state["route53"]["zones"]["mycomputer.example."];
    assert_eq!(
        (&zone["id"], &zone["records"][0]["name"]),
        (&json!(seed.zone_id), &json!(seed.record))
    );
    let application = emulator.application_url("eu-west-1");
    let path = application.strip_prefix(&emulator.endpoint()).unwrap();
    assert_eq!(http::post(emulator.port(), path, &[], b"").unwrap().status, 503);
    let environment = emulator.environment();
    assert!(environment.contains(&("AWS_ENDPOINT_URL", emulator.endpoint())));
}

#[test]
fn upstream_is_moto_as_published() {
    let emulator = Emulator::start_with(&["--upstream"]);
    emulator.seed_mycomputer();
    assert_eq!(promote(&emulator).unwrap().status, 200);
    assert_eq!(promote(&emulator).unwrap().status, 200);
}

#[test]
fn the_second_emulator_answers() {
    let Some(emulator) = SecondEmulator::start_if_fetched() else { return };
    let answer = http::post(emulator.port(), "/_ministack/reset", &[], b"").unwrap();
    assert_eq!(answer.status, 200);
}
