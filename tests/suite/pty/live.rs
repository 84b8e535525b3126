//! Live incidents at the keyboard, against the AWS emulator.

use serde_json::{Value, json};

use super::{
    player::{play, verified},
    seat::Seat,
};
use crate::{
    live::{Scene, effects},
    support::emulator::Outage,
};

const SIZE: (u16, u16) = (100, 30);

/// The console of `person` on the scene's plan.
fn console(scene: &Scene, person: &str) -> Seat {
    let plan = scene.plan();
    let args = ["console", "--plan", plan.to_str().unwrap()];
    Seat::open(&scene.warroom(person, &args), SIZE)
}

/// A console in which `haddad` has declared.
fn declared(scene: &Scene) -> Seat {
    let mut seat = console(scene, "haddad");
    seat.until_shows(":declare opens an incident");
    seat.command("declare eu-west-1 does not answer");
    seat.until_shows("INC-0001");
    seat.command("seat operator");
    seat.until_shows("OP haddad");
    seat
}

/// The commander's yes, from a process of its own.
fn approve(scene: &Scene, row: &str) {
    scene.approve(if row.contains("Promote") { "promote" } else { "go" });
}

/// Events of the journal with that name.
fn events(scene: &Scene, name: &str) -> Vec<Value> {
    let all = scene.events().into_iter();
    all.map(|record| record["event"].clone())
        .filter(|event| event["event"] == name)
        .collect()
}

fn assert_failed_over(scene: &Scene) {
    let state = scene.emulator.state();
    let replica = &state["rds"]["eu-central-1"][&scene.seed.replica_db];
    assert_eq!(replica["source"], Value::Null, "{replica}");
    let app = &state["ecs"]["eu-central-1"]["mycomputer-production/inventory-service"];
    assert_eq!((&app["desired"], &app["running"]), (&5.into(), &5.into()), "{app}");
    for action in ["PromoteReadReplica", "ChangeResourceRecordSets"] {
        assert_eq!(effects(&scene.emulator, action), 1, "{action}");
    }
    let verified = scene.run("haddad", &["incident", "verify", "INC-0001"]);
    assert!(verified.status.success(), "{verified:?}");
}

#[test]
fn mycomputer_fails_over_by_keystrokes() {
    let scene = Scene::new();
    let mut seat = declared(&scene);
    play(&mut seat, |row| approve(&scene, row), verified);
    let (status, printed) = seat.leave();
    assert_eq!(status, 0, "{printed}");
    assert_failed_over(&scene);
}

#[test]
fn kill_and_resume_by_keys() {
    let scene = Scene::new();
    scene.emulator.fault(&json!({
        "action": "PromoteReadReplica", "kind": "hang_after_effect", "times": 1,
    }));
    let mut seat = declared(&scene);
    let sent = |_: &Seat| !scene.emulator.calls_of("PromoteReadReplica").is_empty();
    play(&mut seat, |row| approve(&scene, row), sent);
    seat.kill();
    let resume = scene.warroom("haddad", &["incident", "resume", "INC-0001"]);
    let mut seat = Seat::open(&resume, SIZE);
    seat.until_shows("INC-0001");
    play(&mut seat, |row| approve(&scene, row), verified);
    let (status, printed) = seat.leave();
    assert_eq!(status, 0, "{printed}");
    assert_eq!(scene.emulator.calls_of("PromoteReadReplica").len(), 1);
    assert_eq!(events(&scene, "doubted").len(), 1);
    assert_failed_over(&scene);
}

#[test]
fn a_dead_backend_never_blocks_a_key() {
    let scene = Scene::new();
    for region in ["eu-west-1", "eu-central-1"] {
        scene.emulator.outage(region, Outage::Hang);
    }
    let mut seat = declared(&scene);
    seat.until("a reading nobody has", |seat| {
        seat.shows("UNKNOWN") || seat.shows("no reading")
    });
    seat.press("?", "help", |seat| seat.shows("to search"));
    seat.press("\x1b", "the screen", |seat| !seat.shows("to search"));
    seat.press("!", "HOLD", |seat| seat.row("NEXT > ").contains("HOLD since"));
    assert!(!seat.is_over());
    assert_eq!(events(&scene, "held").len(), 1);
    let (status, printed) = seat.leave();
    assert_eq!(status, 0, "{printed}");
}

#[test]
fn a_second_console_watches() {
    let scene = Scene::new();
    let mut first = declared(&scene);
    let mut second = console(&scene, "byrne");
    second.until_shows("RUN BY haddad");
    second.press("X", "a refusal", |seat| seat.shows("runs this incident"));
    second.press("n", "the line of a note", |seat| seat.shows("Enter write"));
    second.write("seen here too");
    assert!(second.enter(|seat| !seat.shows("Enter write")));
    first.until_shows("seen here too");
    let (status, printed) = second.leave();
    assert_eq!(status, 0, "{printed}");
    assert!(!first.is_over());
    assert_eq!(events(&scene, "intended").len(), 0);
    assert_eq!(events(&scene, "noted").len(), 1);
    let (status, printed) = first.leave();
    assert_eq!(status, 0, "{printed}");
}
