//! The failover in worlds that are not the one the hands were built on: moto as published,
//! `MiniStack`, an account without the metric. What a world cannot show is never claimed.

use serde_json::Value;

use crate::{
    live::{Scene, World, effects, ended},
    support::{
        api::{self, DB, DB_DR, DR, PRIMARY, RECORD},
        emulator::{Emulator, Seed},
        second::{OPEN, SecondEmulator},
    },
};

impl World for SecondEmulator {
    fn environment(&self) -> Vec<(&'static str, String)> {
        Emulator::environment_of(self.endpoint())
    }

    fn application_url(&self, _: &str) -> String {
        Self::application_url(self)
    }
}

const LOSS: &str = "data lost by inventory within RPO";

/// Accepts by name that nobody knows what the promotion loses.
fn accept_loss<W: World>(scene: &Scene<W>, why: &str) -> Result<(), String> {
    let args = ["incident", "override", "INC-0001", "promote", LOSS, "--reason", why];
    let said = scene.run("byrne", &args);
    let told = String::from_utf8_lossy(&said.stderr).into_owned();
    if said.status.success() { Ok(()) } else { Err(told) }
}

/// What the journal says of one step, by the kind of event.
fn told(events: &[Value], step: &str, kind: &str) -> Vec<Value> {
    let of = |record: &&Value| {
        record["event"]["step"] == step && record["event"]["event"] == kind
    };
    events.iter().filter(of).map(|record| record["event"].clone()).collect()
}

/// moto takes a promotion and shows a replica for ever after; it speaks no CBOR.
#[test]
fn where_a_promotion_never_shows_nothing_goes_past_it() {
    let scene = Scene::with(Emulator::start_with(&["--upstream"]));
    scene.give_up("promote", "4s");
    let child = scene.failover();
    scene.approve("go");
    scene.approve("promote");
    let (code, printed) = ended(child);
    assert_eq!(code, Some(1), "{printed}\n{}", scene.said());
    let why = "not observed within 4s; last seen: replica of";
    assert!(printed.contains(why), "{printed}");
    assert_eq!(effects(&scene.emulator, "PromoteReadReplica"), 1);
    assert_eq!(
        effects(&scene.emulator, "ChangeResourceRecordSets"),
        0,
        "users were moved"
    );
    let state = scene.emulator.state();
    let app = &state["ecs"][DR]["mycomputer-production/inventory-service"];
    assert_eq!((&app["desired"], &app["running"]), (&5.into(), &5.into()), "{app}");
    // The lag was read all the same, and is what the loss was sealed with.
    let intended = told(&scene.events(), "promote", "intended");
    let lost = intended[0]["seal"]["lost"].as_i64();
    assert!(lost.is_some_and(|lost| lost >= 3000), "{intended:#?}");
}

#[test]
fn without_the_metric_only_a_person_s_word_promotes() {
    let scene = Scene::new();
    scene.emulator.replica_lag(None);
    let child = scene.failover();
    scene.approve("go");
    scene.approve("promote");
    assert!(accept_loss(&scene, "").is_err(), "no reason was given");
    assert!(scene.emulator.calls_of("PromoteReadReplica").is_empty());
    accept_loss(&scene, "no metric; the writer was fenced first").unwrap();
    let (code, printed) = ended(child);
    assert_eq!(code, Some(0), "{printed}\n{}", scene.said());
    let outcome: Value = serde_json::from_str(&printed).unwrap();
    let loss = (&outcome["rpo_achieved_s"]["inventory"], &outcome["rpo_met"]);
    assert_eq!(loss, (&Value::Null, &Value::Null), "it was never measured: {printed}");
    let overridden = told(&scene.events(), "promote", "overridden");
    assert_eq!(overridden.len(), 1, "{overridden:#?}");
    assert_eq!(effects(&scene.emulator, "PromoteReadReplica"), 1);
}

/// `MiniStack`: written by others than moto, PENDING before INSYNC, no promotion, no CBOR.
#[test]
fn mycomputer_fails_over_in_a_second_world() {
    let Some(emulator) = SecondEmulator::start_if_fetched() else { return };
    let zone_id = emulator.seed_mycomputer();
    let api = emulator.api();
    let seed = Seed {
        zone_id,
        health_check_id: String::new(),
        record: RECORD.to_owned(),
        primary_db: DB.to_owned(),
        primary_db_arn: String::new(),
        replica_db: DB_DR.to_owned(),
    };
    let scene = Scene::at(emulator, seed);
    // Two instances that write, and neither ever followed the other: no standby at all.
    let plan = scene.plan();
    let status = scene.run("haddad", &["status", "--plan", plan.to_str().unwrap()]);
    let line = String::from_utf8_lossy(&status.stdout).into_owned();
    assert_eq!(status.status.code(), Some(2), "{line}");
    assert!(line.contains("inventory lag a writer on both sides"), "{line}");
    let child = scene.failover();
    scene.approve("go");
    scene.approve("promote");
    accept_loss(&scene, "an empty standby, as this emulator has it").unwrap();
    let (code, printed) = ended(child);
    assert_eq!(code, Some(0), "{printed}\n{}\n{:#?}", scene.said(), scene.events());
    api::wait(async {
        assert_eq!(api.groups(PRIMARY, DB).await, ["sg-0c1f00d1c1f00d1c1"], "not fenced");
        assert_eq!(api.groups(DR, DB_DR).await, [OPEN]);
        assert_eq!(api.tasks(DR).await, (5, 5));
        assert_eq!(api.tasks(PRIMARY).await, (3, 3));
        let weights = api.weights(&scene.seed.zone_id).await;
        let wanted = [
            ("Primary", 0, "primary-alb.eu-west-1.elb.amazonaws.com"),
            ("Secondary", 100, "secondary-alb.eu-central-1.elb.amazonaws.com"),
        ];
        let weights = weights.iter().map(|(id, n, target)| (&**id, *n, &**target));
        assert_eq!(weights.collect::<Vec<_>>(), wanted);
    });
    // Nothing was there to promote, and nothing says that something was.
    let acted = told(&scene.events(), "promote", "acted");
    let summary = acted[0]["evidence"]["summary"].as_str().unwrap();
    assert!(summary.starts_with("already as wanted"), "{summary}");
    let shifted = told(&scene.events(), "shift", "verified");
    let value = shifted[0]["value"].as_str().unwrap();
    assert_eq!(value, "100% to eu-central-1", "INSYNC was seen");
}
