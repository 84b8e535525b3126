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

use super::{DR, PRIMARY, driver, resource, sites};
use crate::support::{
    emulator::{Emulator, Outage},
    stub::Stub,
};

/// Looks at the database on both sides, or on the one `WARROOM_TEST_SIDE` names, and at the
/// traffic of `WARROOM_TEST_ZONE` if there is one, with nothing but the environment to go
/// by. `WARROOM_TEST_PROFILE` (also with `_` and a site) and `WARROOM_TEST_ROLE` are what a
/// plan would say of its sites.
#[tokio::test]
#[ignore = "run by the other tests of this file, with an environment of their own"]
async fn child() {
    let own = |name: &str| std::env::var_os(name)?.into_string().ok();
    let named: Vec<Site> = sites()
        .into_iter()
        .map(|site| Site {
            profile: own(&format!("WARROOM_TEST_PROFILE_{}", site.id))
                .or_else(|| own("WARROOM_TEST_PROFILE")),
            role_arn: own("WARROOM_TEST_ROLE"),
            ..site
        })
        .collect();
    let metadata = own("WARROOM_TEST_METADATA").is_some();
    let aws = Clients::live(Options { metadata, ..Options::default() });
    let parts = Parts { clock: Clock::system(), aws };
    let sides = [
        json!({ "instance": "mycomputer-inventory-db" }),
        json!({ "instance": "mycomputer-inventory-db-dr" }),
    ];
    let database = resource("rds-replica", Noun::Database, json!({}), sides);
    let only = own("WARROOM_TEST_SIDE");
    let asked = |side: &&str| only.as_deref().is_none_or(|only| only == *side);
    for side in [PRIMARY, DR].into_iter().filter(asked) {
        let side = SiteId::new(side);
        let rds = driver(&parts, "rds-replica");
        rds.observe(Subject::at(&database, &side, &named)).await.unwrap();
    }
    if let Some(zone) = own("WARROOM_TEST_ZONE") {
        let shared = json!({ "zone": zone, "record": "api.mycomputer.example" });
        let sides = ["Primary", "Secondary"].map(|id| json!({ "set_identifier": id }));
        let api = resource("route53", Noun::Traffic, shared, sides);
        let route53 = driver(&parts, "route53");
        let side = SiteId::new(PRIMARY);
        route53.observe(Subject::at(&api, &side, &named)).await.unwrap();
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
    let said = said + &String::from_utf8_lossy(&output.stderr);
    let ran = said.contains("1 passed") || said.contains("1 failed");
    assert!(ran, "{said}");
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

/// The regions of one action's requests, in the order of arrival.
fn regions(emulator: &Emulator, action: &str) -> Vec<String> {
    emulator.calls_of(action).into_iter().map(|call| call.region).collect()
}

/// A home with this `config` in it, and an environment that has nothing else: no keys, no
/// endpoint.
fn home(config: &str) -> (tempfile::TempDir, Vec<(&'static str, String)>) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("config");
    std::fs::write(&file, config).unwrap();
    let environment = vec![
        ("AWS_CONFIG_FILE", file.display().to_string()),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".to_owned()),
        ("HOME", dir.path().display().to_string()),
    ];
    (dir, environment)
}

const KEYS: &str =
    "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = emulated\n";

#[test]
fn each_site_s_profile_brings_its_own_endpoint() {
    let (ireland, frankfurt) = (Emulator::start(), Emulator::start());
    ireland.seed_mycomputer();
    let seed = frankfurt.seed_mycomputer();
    // One endpoint for all services, and one for each by way of a section of its own. The
    // SDK for Rust reads `route-53` there where the AWS documentation says `route_53`
    // (aws-runtime 1.10, `format_service_id_for_profile`).
    let (west, central) = (ireland.endpoint(), frankfurt.endpoint());
    let config = format!(
        "[profile ireland]\nendpoint_url = {west}\n{KEYS}\
         [profile frankfurt]\nendpoint_url = http://127.0.0.1:1\nservices = dr\n{KEYS}\
         [services dr]\nrds =\n  endpoint_url = {central}\n\
         cloudwatch =\n  endpoint_url = {central}\nroute-53 =\n  endpoint_url = {central}\n"
    );
    let (_dir, mut environment) = home(&config);
    environment.push(("WARROOM_TEST_PROFILE_eu-west-1", "ireland".to_owned()));
    environment.push(("WARROOM_TEST_PROFILE_eu-central-1", "frankfurt".to_owned()));
    environment.push(("WARROOM_TEST_ZONE", seed.zone_id));
    run(&environment).unwrap();
    assert_eq!(regions(&ireland, "DescribeDBInstances"), [PRIMARY]);
    assert_eq!(regions(&frankfurt, "DescribeDBInstances"), [DR]);
    // The name is asked about as the side that is likely to live.
    assert_eq!(regions(&frankfurt, "ListResourceRecordSets"), ["us-east-1"]);
    assert!(regions(&ireland, "ListResourceRecordSets").is_empty());
}

#[test]
fn who_names_a_profile_gets_it_whatever_keys_lie_about() {
    let emulator = Emulator::start();
    emulator.seed_mycomputer();
    let config = format!(
        "[profile recovery]\nrole_arn = arn:aws:iam::123456789012:role/recovery\n\
         source_profile = base\n[profile base]\n{KEYS}"
    );
    let (_dir, files) = home(&config);
    let mut environment = emulator.environment();
    environment.retain(|(name, _)| !files.iter().any(|(file, _)| file == name));
    environment.extend(files);
    run(&environment).unwrap();
    assert!(regions(&emulator, "AssumeRole").is_empty(), "no profile was named");
    environment.push(("WARROOM_TEST_PROFILE", "recovery".to_owned()));
    run(&environment).unwrap();
    assert_eq!(regions(&emulator, "AssumeRole"), [PRIMARY, DR]);
}

#[test]
fn a_role_is_taken_on_in_the_region_that_lives() {
    let emulator = Emulator::start();
    let seed = emulator.seed_mycomputer();
    emulator.outage(PRIMARY, Outage::Hang);
    let mut environment = emulator.environment();
    let role = "arn:aws:iam::123456789012:role/recovery".to_owned();
    environment.push(("WARROOM_TEST_ROLE", role));
    environment.push(("WARROOM_TEST_SIDE", DR.to_owned()));
    environment.push(("WARROOM_TEST_ZONE", seed.zone_id));
    run(&environment).unwrap();
    // For the database and for the name, whose service lives in a third region.
    assert_eq!(regions(&emulator, "AssumeRole"), [DR, DR]);
    let elsewhere = emulator.calls().into_iter().filter(|call| call.region == PRIMARY);
    assert_eq!(elsewhere.count(), 0, "the dead region was needed");
}

#[test]
fn the_metadata_service_is_asked_only_when_told_to() {
    let emulator = Emulator::start();
    emulator.seed_mycomputer();
    let metadata = Stub::saying("{}".to_owned());
    let mut environment = emulator.environment();
    environment.retain(|(name, _)| {
        !name.contains("KEY") && *name != "AWS_EC2_METADATA_DISABLED"
    });
    environment.push(("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.endpoint()));
    assert!(run(&environment).is_err(), "there are no keys");
    assert!(metadata.asked().is_empty(), "it was asked all the same");
    environment.push(("WARROOM_TEST_METADATA", "yes".to_owned()));
    assert!(run(&environment).is_err(), "the stub has no keys either");
    let asked = metadata.asked();
    assert!(asked.iter().any(|line| line.contains("/latest/")), "{asked:?}");
}

#[test]
fn single_sign_on_gives_a_site_its_keys() {
    let emulator = Emulator::start();
    emulator.seed_mycomputer();
    let portal = Stub::saying(
        json!({ "roleCredentials": {
            "accessKeyId": "ASIAIOSFODNN7EXAMPLE", "secretAccessKey": "emulated",
            "sessionToken": "emulated", "expiration": 4_102_444_800_000_i64,
        }})
        .to_string(),
    );
    let config = "[profile recovery]\nsso_start_url = https://mycomputer.awsapps.com/start\n\
                  sso_region = eu-central-1\nsso_account_id = 123456789012\n\
                  sso_role_name = recovery\n";
    let (dir, mut environment) = home(config);
    // As `aws sso login` leaves it: the file's name is the SHA-1 of the start URL.
    let cache = dir.path().join(".aws/sso/cache");
    std::fs::create_dir_all(&cache).unwrap();
    let token = json!({ "accessToken": "emulated", "expiresAt": "2099-01-01T00:00:00Z" });
    let file = cache.join("c70db03650654ecdacbe140558f379d1dd5a0258.json");
    std::fs::write(file, token.to_string()).unwrap();
    environment.push(("AWS_ENDPOINT_URL", emulator.endpoint()));
    environment.push(("AWS_ENDPOINT_URL_SSO", portal.endpoint()));
    assert!(run(&environment).is_err(), "no profile was named and there are no keys");
    environment.push(("WARROOM_TEST_PROFILE", "recovery".to_owned()));
    run(&environment).unwrap();
    let asked = portal.asked();
    let wanted = "GET /federation/credentials?role_name=recovery&account_id=123456789012";
    assert!(asked.iter().all(|line| line.starts_with(wanted)), "{asked:?}");
    assert_eq!(asked.len(), 2, "once a site");
    assert_eq!(regions(&emulator, "DescribeDBInstances"), [PRIMARY, DR]);
}
