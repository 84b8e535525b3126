//! Where calls go and as whom, when only the environment says so, as for the AWS CLI. The
//! environment of a process cannot be changed safely from inside, so these tests run
//! themselves again as a child with the environment they want.

use std::process::Command;

use serde_json::json;
use warroom::{
    clock::Clock,
    driver::{
        Parts, Subject,
        aws::{Clients, Options},
    },
    model::{Noun, Site, SiteId},
};

use super::{DR, PRIMARY, resource, sites};
use crate::support::emulator::Emulator;

/// Looks at both sides of the database with nothing but the environment to go by.
/// `WARROOM_TEST_PROFILE` and `WARROOM_TEST_ROLE` are what a plan would say of its sites.
#[tokio::test]
#[ignore = "run by the other tests of this file, with an environment of their own"]
async fn child() {
    let own = |name: &str| std::env::var_os(name)?.into_string().ok();
    let named: Vec<Site> = sites()
        .into_iter()
        .map(|site| Site {
            profile: own("WARROOM_TEST_PROFILE"),
            role_arn: own("WARROOM_TEST_ROLE"),
            ..site
        })
        .collect();
    let parts = Parts { clock: Clock::system(), aws: Clients::live(Options::default()) };
    let def = warroom::driver::DRIVERS[0];
    let driver = (def.build)(&parts);
    let sides = [
        json!({ "instance": "mycomputer-inventory-db" }),
        json!({ "instance": "mycomputer-inventory-db-dr" }),
    ];
    let database = resource("rds-replica", Noun::Database, json!({}), sides);
    for side in [PRIMARY, DR] {
        let side = SiteId::new(side);
        driver.observe(Subject::at(&database, &side, &named)).await.unwrap();
    }
}

/// Runs [`child`] with `environment` over an otherwise empty one.
fn run(environment: &[(&str, String)]) -> Result<(), String> {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "drivers::identity::child", "--ignored", "--nocapture"])
        .env_clear()
        .envs(environment.iter().map(|(name, value)| (*name, value)))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let ran = said.contains("1 passed") || said.contains("1 failed");
    assert!(ran, "{said}{}", String::from_utf8_lossy(&output.stderr));
    if output.status.success() { Ok(()) } else { Err(said) }
}

#[test]
fn the_endpoint_of_the_environment_is_honoured() {
    let emulator = Emulator::start();
    emulator.seed_mycomputer();
    run(&emulator.environment()).unwrap();
    assert_eq!(emulator.calls_of("DescribeDBInstances").len(), 2);
}

#[test]
fn a_service_s_own_endpoint_beats_the_common_one() {
    let emulator = Emulator::start();
    emulator.seed_mycomputer();
    let mut environment = emulator.environment();
    environment[0] = ("AWS_ENDPOINT_URL", "http://127.0.0.1:1".to_owned());
    assert!(run(&environment).is_err(), "nobody listens there");
    environment.push(("AWS_ENDPOINT_URL_RDS", emulator.endpoint()));
    run(&environment).unwrap();
    assert_eq!(emulator.calls_of("DescribeDBInstances").len(), 2);
    assert!(emulator.calls_of("GetMetricData").is_empty());
}

#[test]
fn a_role_is_taken_on_in_each_site_s_own_region() {
    let emulator = Emulator::start();
    emulator.seed_mycomputer();
    let mut environment = emulator.environment();
    let role = "arn:aws:iam::123456789012:role/recovery".to_owned();
    environment.push(("WARROOM_TEST_ROLE", role));
    run(&environment).unwrap();
    let taken: Vec<_> =
        emulator.calls_of("AssumeRole").into_iter().map(|call| call.region).collect();
    assert_eq!(taken, [PRIMARY, DR]);
}

#[test]
fn a_profile_brings_its_own_keys() {
    let emulator = Emulator::start();
    emulator.seed_mycomputer();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("credentials");
    let keys = "[recovery]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
                aws_secret_access_key = emulated\n";
    std::fs::write(&file, keys).unwrap();
    let mut environment: Vec<_> = emulator
        .environment()
        .into_iter()
        .filter(|(name, _)| !name.contains("KEY") && !name.contains("CREDENTIALS"))
        .collect();
    environment.push(("AWS_SHARED_CREDENTIALS_FILE", file.display().to_string()));
    assert!(run(&environment).is_err(), "there are no keys but the profile's");
    environment.push(("WARROOM_TEST_PROFILE", "recovery".to_owned()));
    run(&environment).unwrap();
}
