//! The whole program against the AWS emulator: real binary, real SDKs, real SQLite.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use serde_json::Value;
use tokio::time::Instant;

use crate::support::emulator::{Emulator, Outage, Seed};

/// More than the steps before an approval take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(3);

/// Words for every step of the MyComputer failover that wants some.
const WORDS: &[&str] =
    &["fence=eu-west-1", "promote=LIVE eu-central-1", "scale=y", "shift=eu-central-1"];

/// A server that plays AWS.
pub(crate) trait World {
    /// Environment for a program that must reach it and nothing else.
    fn environment(&self) -> Vec<(&'static str, String)>;

    /// The address of one region's application.
    fn application_url(&self, region: &str) -> String;
}

impl World for Emulator {
    fn environment(&self) -> Vec<(&'static str, String)> {
        Self::environment(self)
    }

    fn application_url(&self, region: &str) -> String {
        Self::application_url(self, region)
    }
}

/// An emulator with the MyComputer estate, a plan that points at it, and a home.
pub(crate) struct Scene<W = Emulator> {
    pub(crate) emulator: W,
    pub(crate) seed: Seed,
    home: tempfile::TempDir,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::with(Emulator::start())
    }

    pub(crate) fn with(emulator: Emulator) -> Self {
        let seed = emulator.seed_mycomputer();
        emulator.replica_lag(Some(3.0));
        Self::at(emulator, seed)
    }
}

/// Nobody listens there: what is left is seen to be down, or leaving it would have to be
/// accepted in words.
const DOWN: &str = "http://127.0.0.1:9/health";

impl<W: World> Scene<W> {
    /// A scene at an estate that is there already.
    pub(crate) fn at(emulator: W, seed: Seed) -> Self {
        let scene = Self { emulator, seed, home: tempfile::tempdir().unwrap() };
        scene.write_plan();
        scene
    }

    /// What is left is well, as on any other day.
    fn calm(&self) {
        let file = self.plan().join("plan.toml");
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(DOWN));
        let ireland = self.emulator.application_url("eu-west-1");
        fs::write(file, text.replace(DOWN, &ireland)).unwrap();
    }

    /// Gives up a step of the failover after so long.
    pub(crate) fn give_up(&self, step: &str, after: &str) {
        let file = self.plan().join("runbooks/multi-region-failover.toml");
        let text = fs::read_to_string(&file).unwrap();
        let head = format!("id = \"{step}\"\n");
        assert!(text.contains(&head), "no step {step}");
        let timed = format!("{head}timeout = \"{after}\"\n");
        fs::write(file, text.replace(&head, &timed)).unwrap();
    }

    /// The shipped plan with the addresses of this emulator in it.
    fn write_plan(&self) {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/plans/mycomputer");
        let to = self.plan();
        fs::create_dir_all(to.join("runbooks")).unwrap();
        let frankfurt = self.emulator.application_url("eu-central-1");
        fs::create_dir_all(to.join("scripts")).unwrap();
        let names = ["", "runbooks/", "scripts/"].into_iter().flat_map(|dir| {
            let entries = fs::read_dir(from.join(dir)).unwrap().map(Result::unwrap);
            let files = entries.filter(|entry| entry.path().is_file());
            files.map(move |file| format!("{dir}{}", file.file_name().to_string_lossy()))
        });
        for name in names {
            let text = fs::read_to_string(from.join(&name)).unwrap();
            let text = text
                .replace("https://api.mycomputer.com/health", &frankfurt)
                .replace("https://eu-west-1.api.mycomputer.com/health", DOWN)
                .replace("https://eu-central-1.api.mycomputer.com/health", &frankfurt)
                .replace("method = \"HEAD\"", "method = \"GET\"")
                .replace("vantage = \"the console\"", "vantage = \"a tunnel\"")
                // No resolver knows the emulator's names.
                .replace("check = \"dns-api\"", "check = \"api-health\"")
                .replace("record = \"api.mycomputer.com\"", &self.record())
                .replace("stable = \"1m\"", "stable = \"2s\"");
            let mode = fs::metadata(from.join(&name)).unwrap().permissions();
            fs::write(to.join(&name), text).unwrap();
            fs::set_permissions(to.join(&name), mode).unwrap();
        }
    }

    fn record(&self) -> String {
        format!("record = \"{}\"", self.seed.record)
    }

    pub(crate) fn plan(&self) -> PathBuf {
        self.home.path().join("plan")
    }

    pub(crate) fn warroom(&self, person: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warroom"));
        command
            .env_clear()
            .envs(self.emulator.environment())
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.home.path())
            .env("WARROOM_STATE_DIR", self.home.path().join("state"))
            .env("WARROOM_LOG", "warn")
            .env("WARROOM_PERSON", person)
            .env("HOSTED_ZONE_ID", &self.seed.zone_id)
            .env("STABLE_TASK_DEFINITION", "inventory-service:1")
            .env("FENCE_GROUP_IRELAND", "sg-0c1f00d1c1f00d1c1")
            .env("OPEN_GROUPS_IRELAND", "sg-0c2f00d2c2f00d2c2")
            .env("FENCE_GROUP_FRANKFURT", "sg-0c3f00d3c3f00d3c3")
            .env("OPEN_GROUPS_FRANKFURT", "sg-0c4f00d4c4f00d4c4")
            .args(args)
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, person: &str, args: &[&str]) -> Output {
        self.warroom(person, args).output().unwrap()
    }

    /// Starts the failover without a screen; `haddad` operates.
    pub(crate) fn failover(&self) -> Child {
        let mut command = self.failover_command();
        let said = fs::File::create(self.home.path().join("said")).unwrap();
        command.stdout(Stdio::piped()).stderr(said).spawn().unwrap()
    }

    /// Goes on with it in another process.
    fn resume(&self) -> Child {
        let mut args = vec!["incident", "resume", "INC-0001", "--headless"];
        for words in WORDS {
            args.extend(["--confirm", words]);
        }
        args.extend(["--observed", "confirm=eu-west-1 does not answer from two places"]);
        let said = fs::File::create(self.home.path().join("said")).unwrap();
        let mut command = self.warroom("haddad", &args);
        command.stdout(Stdio::piped()).stderr(said).spawn().unwrap()
    }

    /// Says yes as the commander to whatever asks, until it is so.
    fn approve_until(&self, mut seen: impl FnMut() -> bool) {
        let end = Instant::now() + PATIENCE;
        while !seen() {
            for step in ["go", "promote"] {
                self.run("byrne", &["incident", "approve", "INC-0001", step]);
            }
            assert!(Instant::now() < end, "{}\n{:#?}", self.said(), self.events());
            std::thread::park_timeout(Duration::from_millis(500));
        }
    }

    /// What the failover wrote to standard error.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(self.home.path().join("said")).unwrap_or_default()
    }

    /// The failover without a screen.
    pub(crate) fn failover_command(&self) -> Command {
        let plan = self.plan();
        let mut args =
            vec!["run", "multi-region-failover", "--plan", plan.to_str().unwrap()];
        for words in WORDS {
            args.extend(["--confirm", words]);
        }
        args.extend(["--observed", "confirm=eu-west-1 does not answer from two places"]);
        args.extend(["-o", "json"]);
        self.warroom("haddad", &args)
    }

    /// Says yes as the commander as soon as the step asks; looks until it does.
    pub(crate) fn approve(&self, step: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            let said = self.run("byrne", &["incident", "approve", "INC-0001", step]);
            if said.status.success() {
                return;
            }
            let why = String::from_utf8_lossy(&said.stderr).into_owned();
            assert!(
                Instant::now() < end,
                "{step} never asked for approval: {why}\n{}\n{:#?}",
                self.said(),
                self.events().get(1..)
            );
        }
    }

    pub(crate) fn events(&self) -> Vec<Value> {
        let told = self.run("haddad", &["incident", "export", "INC-0001"]);
        let text = String::from_utf8(told.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn text(mut from: impl Read) -> String {
    let mut text = String::new();
    from.read_to_string(&mut text).unwrap();
    text
}

/// Waits for the end and returns what was printed.
pub(crate) fn ended(mut child: Child) -> (Option<i32>, String) {
    let out = text(child.stdout.take().unwrap());
    (child.wait().unwrap().code(), out)
}

/// Changing calls that had an effect, by action.
pub(crate) fn effects(emulator: &Emulator, action: &str) -> usize {
    emulator.calls_of(action).iter().filter(|call| call.executed).count()
}

#[test]
fn mycomputer_fails_over_on_the_wire() {
    let scene = Scene::new();
    let child = scene.failover();
    scene.approve("go");
    scene.approve("promote");
    let (code, printed) = ended(child);
    assert_eq!(code, Some(0), "{printed}\n{}\n{:#?}", scene.said(), scene.events());
    let state = scene.emulator.state();
    let replica = &state["rds"]["eu-central-1"][&scene.seed.replica_db];
    assert_eq!(replica["source"], Value::Null, "{replica}");
    assert_eq!(replica["backup_retention_period"], 30, "{replica}");
    let app = &state["ecs"]["eu-central-1"]["mycomputer-production/inventory-service"];
    assert_eq!((&app["desired"], &app["running"]), (&5.into(), &5.into()), "{app}");
    for action in CHANGES {
        assert_eq!(effects(&scene.emulator, action), 1, "{action}");
    }
    let verified = scene.run("haddad", &["incident", "verify", "INC-0001"]);
    assert!(verified.status.success());
}

#[test]
fn a_lost_answer_is_one_effect_and_a_look() {
    let scene = Scene::new();
    for action in ["PromoteReadReplica", "ChangeResourceRecordSets"] {
        let rule =
            serde_json::json!({"action": action, "kind": "drop_response", "times": 1});
        scene.emulator.fault(&rule);
    }
    let child = scene.failover();
    scene.approve("go");
    scene.approve("promote");
    let (code, printed) = ended(child);
    assert_eq!(code, Some(0), "{printed}\n{}", scene.said());
    for action in ["PromoteReadReplica", "ChangeResourceRecordSets"] {
        assert_eq!(scene.emulator.calls_of(action).len(), 1, "{action} was sent again");
    }
    let doubted = scene.events().into_iter().filter(|r| r["event"]["event"] == "doubted");
    assert_eq!(doubted.count(), 2);
}

#[test]
fn killed_in_the_middle_of_the_promotion_it_finishes_without_a_second_one() {
    let scene = Scene::new();
    let rule = serde_json::json!({
        "action": "PromoteReadReplica", "kind": "hang_after_effect", "times": 1,
    });
    scene.emulator.fault(&rule);
    let mut child = scene.failover();
    scene.approve("go");
    scene.approve("promote");
    scene.emulator.wait_for_calls("PromoteReadReplica", 1);
    child.kill().unwrap();
    child.wait().unwrap();
    let (code, printed) = ended(scene.resume());
    assert_eq!(code, Some(0), "{printed}\n{}", scene.said());
    assert_eq!(scene.emulator.calls_of("PromoteReadReplica").len(), 1);
    assert_eq!(effects(&scene.emulator, "ChangeResourceRecordSets"), 1);
}

/// Every call of the failover that changes something, by step.
const CHANGES: [&str; 4] = [
    "ModifyDBInstance",
    "PromoteReadReplica",
    "UpdateService",
    "ChangeResourceRecordSets",
];

/// Kills the failover when `action` has arrived, whatever became of it, and finishes it in
/// a second process.
fn kill_at(action: &str, fault: &str) {
    let scene = Scene::new();
    scene.emulator.fault(&serde_json::json!({
        "action": action, "kind": fault, "times": 1,
    }));
    let mut first = scene.failover();
    scene.approve_until(|| !scene.emulator.calls_of(action).is_empty());
    first.kill().unwrap();
    first.wait().unwrap();
    let acknowledged = scene.events();
    let mut second = scene.resume();
    scene.approve_until(|| second.try_wait().unwrap().is_some());
    let (code, printed) = ended(second);
    let told = format!("{action} {fault}: {printed}\n{}", scene.said());
    assert_eq!(code, Some(0), "{told}");
    for change in CHANGES {
        assert_eq!(effects(&scene.emulator, change), 1, "{change} at {told}");
    }
    // What was acknowledged is there, and the one doubt was settled by looking.
    let events = scene.events();
    assert_eq!(events.get(..acknowledged.len()), Some(&acknowledged[..]), "{told}");
    let of = |name: &str| {
        events.iter().filter(|record| record["event"]["event"] == name).count()
    };
    assert_eq!((of("doubted"), of("ruled")), (1, 0), "{told}");
    assert!(scene.run("haddad", &["incident", "verify", "INC-0001"]).status.success());
}

/// The answer never came, and the call had its effect.
#[test]
fn killed_after_any_change_it_finishes_without_a_second_one() {
    for action in CHANGES {
        kill_at(action, "hang_after_effect");
    }
}

/// The call never arrived where it has an effect, which takes a while to be sure of.
#[test]
fn killed_before_a_change_took_effect_it_finishes_with_one() {
    for action in ["ModifyDBInstance", "PromoteReadReplica", "ChangeResourceRecordSets"] {
        kill_at(action, "hang");
    }
}

#[test]
fn status_says_unknown_when_a_region_is_silent_and_does_not_wait_for_it() {
    let scene = Scene::new();
    let plan = scene.plan();
    let args =
        ["status", "--plan", plan.to_str().unwrap(), "-o", "json", "--timeout", "5s"];
    scene.emulator.outage("eu-west-1", Outage::Hang);
    let told = scene.run("haddad", &args);
    let json: Value = serde_json::from_slice(&told.stdout).unwrap();
    let dead: Vec<&Value> = json["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["name"].as_str().unwrap().ends_with("eu-west-1"))
        .collect();
    assert!(!dead.is_empty());
    assert!(dead.iter().all(|check| check["state"] == "UNKNOWN"), "{dead:#?}");
    let alive = json["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["name"] == "inventory eu-central-1")
        .unwrap();
    assert_eq!(alive["state"], "OK", "{json:#}");
}

#[test]
fn status_prints_one_line_without_escapes_and_exits_by_its_state() {
    let scene = Scene::new();
    scene.calm();
    let plan = scene.plan();
    let told = scene.run("haddad", &["status", "--plan", plan.to_str().unwrap()]);
    let lines: Vec<String> =
        BufReader::new(&told.stdout[..]).lines().map(Result::unwrap).collect();
    assert!(lines[0].starts_with("DR OK: mycomputer"), "{}", lines[0]);
    assert!(lines[0].contains("0 crit 0 warn 0 unknown"), "{}", lines[0]);
    // What nothing of the failover rests on is told, and decides nothing.
    let beside = ["  UNKNOWN", "  drill  "];
    let is_beside = |line: &String| beside.iter().any(|head| line.starts_with(head));
    assert!(lines[1..].iter().all(is_beside), "{lines:?}");
    assert!(!lines.iter().any(|line| line.chars().any(char::is_control)));
    assert_eq!(told.status.code(), Some(0));
}
