//! Values of a run, with the real binary: given on the command line, on record, the same
//! in every step; a secret in none of it.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    process::Output,
};

use serde_json::Value;

use super::home::{Home, files};

const CANARY: &str = "cAnArY-of-the-plan-9f3e7b";

const PARAMETERS: &str = r#"
[[parameter]]
id = "snapshot"
source = "prompt"
doc = "Which snapshot?"
example = "orders-2026"
required = true
pattern = "^orders-[0-9]+$"

[[parameter]]
id = "colour"
source = "prompt"
values = ["blue", "green"]

[[parameter]]
id = "zone"
source = "env:ZONE_ID"

[[parameter]]
id = "token"
source = "secret:STATUS_TOKEN"
"#;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn said(output: &Output) -> String {
    format!("{}\n{}", text(&output.stdout), text(&output.stderr))
}

fn home(steps: &[(&str, &str)]) -> Home {
    let steps: Vec<(&str, String)> =
        steps.iter().map(|(id, deed)| (*id, (*deed).to_owned())).collect();
    Home::with(&steps, PARAMETERS)
}

/// What a step wrote down of its own words.
const WRITE: &str = r#"run = ["sh", "-c", "printf '%s\n' \"$@\" >> words", "sh", "#;

fn run(home: &Home, more: &[&str]) -> Output {
    home.run(&[]).args(more).output().unwrap()
}

#[test]
fn what_is_given_is_checked_on_record_and_the_same_in_every_step() {
    let uses = format!(
        "{WRITE}\"${{snapshot}}\", \"${{run.time:%Y%m%dT%H%M%S}}\", \"${{run.epoch}}\"]"
    );
    let home = home(&[("one", &uses), ("pause", "wait = \"2s\""), ("two", &uses)]);
    for (more, why) in [
        (&[][..], "--set snapshot=VALUE (Which snapshot? For example orders-2026)"),
        (&["--set", "snapshot=x"], "snapshot must look like ^orders-[0-9]+$"),
        (&["--set", "nothing=x"], "the plan leaves no `nothing` open"),
        (&["--set", "token=x"], "is a secret: it is read from STATUS_TOKEN"),
        (&["--set", "colour=red"], "colour is one of: blue, green"),
        (&["--tenant", "acme"], "the plan has no tenant `acme`"),
        (&["--scenario", "storm"], "the plan has no scenario `storm`"),
    ] {
        let refused = run(&home, more);
        assert_eq!(refused.status.code(), Some(2), "{more:?}: {}", said(&refused));
        assert!(said(&refused).contains(why), "{more:?}: {}", said(&refused));
    }
    let listed = text(&home.told(&["incident", "list"]).stdout);
    assert!(!listed.contains("INC-"), "something was declared: {listed}");
    let done = run(&home, &["--set", "snapshot=orders-42"]);
    assert!(done.status.success(), "{}", said(&done));
    let words: Vec<String> = home.read("words").lines().map(str::to_owned).collect();
    assert_eq!(words[0], "orders-42");
    assert_eq!(words[..3], words[3..], "the run's moment is one");
    let given = home.records();
    let given: Vec<&Value> =
        given.iter().filter(|it| it["event"]["event"] == "values-given").collect();
    assert_eq!(given.len(), 1);
    assert_eq!(given[0]["event"]["values"]["snapshot"], "orders-42");
    // Written with the declaration, before anything that could use it.
    assert!(given[0]["seq"].as_u64() < Some(4), "{}", given[0]);
}

#[test]
fn one_answer_is_the_next_steps_value() {
    let answer = r#"run = ["echo", "{\"db\": {\"at\": \"db.example\"}}"]
outputs = { endpoint = "db.at", all = "stdout" }"#;
    let uses = format!("{WRITE}\"${{step.ask.endpoint}}\"]");
    let home = home(&[("ask", answer), ("use", &uses)]);
    let done = run(&home, &["--set", "snapshot=orders-1"]);
    assert!(done.status.success(), "{}", said(&done));
    assert_eq!(home.read("words"), "db.example\n");
    let acted = home.records();
    let acted = acted.iter().find(|it| it["event"]["event"] == "acted").unwrap();
    assert_eq!(acted["event"]["evidence"]["outputs"]["endpoint"], "db.example");
}

#[test]
fn a_value_nobody_gave_stops_its_own_step_and_can_be_given_later() {
    let uses = format!("{WRITE}\"${{zone}}\"]");
    let home = home(&[
        ("free", "run = [\"test\", \"-d\", \"/\"]"),
        ("use", &uses),
        ("last", "run = [\"test\", \"-d\", \"/\"]"),
    ]);
    let stopped = run(&home, &["--set", "snapshot=orders-1"]);
    assert_eq!(stopped.status.code(), Some(2), "{}", said(&stopped));
    let why = "ZONE_ID (give it with set zone=VALUE)";
    assert!(said(&stopped).contains(why), "{}", said(&stopped));
    assert_eq!(home.count("verified", "free"), 1);
    assert_eq!(home.count("intended", "use"), 0);
    let resumed = home.resume().args(["--set", "zone=Z1"]).output().unwrap();
    assert!(resumed.status.success(), "{}", said(&resumed));
    assert_eq!(home.read("words"), "Z1\n");
}

#[test]
fn a_preview_shows_what_the_program_gets() {
    let uses = format!("{WRITE}\"${{snapshot}}\", \"--colour=${{colour}}\"]");
    let home = home(&[("one", &uses)]);
    let given = ["--set", "snapshot=orders-7", "--set", "colour=blue"];
    let shown = run(&home, &[&["--dry-run"][..], &given].concat());
    let line = "sh orders-7 --colour=blue";
    assert!(text(&shown.stdout).contains(line), "{}", said(&shown));
    assert!(run(&home, &given).status.success());
    assert_eq!(home.read("words"), "orders-7\n--colour=blue\n");
}

/// Says yes, and hands back what it was sent.
fn server() -> (String, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serve = move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut sent = [0; 4096];
        let length = stream.read(&mut sent).unwrap();
        let echo = text(&sent[..length]);
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{echo}",
            echo.len()
        );
        stream.write_all(answer.as_bytes()).unwrap();
        echo
    };
    (url, std::thread::spawn(serve))
}

/// A program and a request that are given a secret and say it, a file it is written to.
#[test]
fn a_secret_goes_where_it_is_meant_for_and_is_left_nowhere() {
    let (url, serving) = server();
    let tells = r#"run = ["sh", "-c", "echo got $AUTH and $(echo $AUTH | cut -c8-); echo $AUTH > got; env"]
env = { AUTH = "Bearer ${token}" }
outputs = { said = "stdout" }"#;
    let fails = r#"run = ["sh", "-c", "echo $AUTH >&2; exit 3"]
env = { AUTH = "x-${token}-y" }
optional = true"#;
    let asks = format!(
        "http = {{ method = \"POST\", url = \"{url}/${{token}}\", headers = {{ X-Auth = \
         \"${{token}}\" }}, body = \"key=${{token}}\" }}"
    );
    let writes = r#"write = { file = "secret.conf", text = "key ${token}" }"#;
    let home =
        home(&[("tells", tells), ("asks", &asks), ("writes", writes), ("fails", fails)]);
    let with = |mut command: std::process::Command| {
        command.env("STATUS_TOKEN", CANARY).env("WARROOM_LOG", "trace");
        command.env("RUST_BACKTRACE", "full").output().unwrap()
    };
    let mut command = home.run(&[]);
    command.args(["-o", "json", "--set", "snapshot=orders-1"]);
    let output = with(command);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert_eq!(home.read("got"), format!("Bearer {CANARY}\n"));
    assert!(serving.join().unwrap().contains(&format!("key={CANARY}")), "it was sent");
    assert_eq!(home.read("secret.conf"), format!("key {CANARY}"));
    assert!(!said(&output).contains(CANARY), "{}", said(&output));
    for arguments in [
        &["incident", "show", "INC-0001"][..],
        &["incident", "show", "INC-0001", "-o", "json"],
        &["incident", "export", "INC-0001"],
        &["incident", "export", "INC-0001", "--format", "md"],
        &[
            "run",
            "tell",
            "--plan",
            "plan.toml",
            "--dry-run",
            "--set",
            "snapshot=orders-1",
        ],
        &["check", "plan.toml"],
        &["doctor", "--plan", "plan.toml"],
        &["drill", "--headless", "--plan", "plan.toml", "--runbook", "tell"],
    ] {
        let output = with(home.warroom(arguments));
        assert!(!said(&output).contains(CANARY), "{arguments:?}: {}", said(&output));
    }
    let shown = text(&home.told(&["incident", "export", "INC-0001"]).stdout);
    assert!(shown.contains("got ••• and •••"), "{shown}");
    for file in files(&home.state()) {
        let bytes = fs::read(&file).unwrap();
        assert!(!text(&bytes).contains(CANARY), "{} holds it", file.display());
    }
}

#[test]
fn a_secret_that_is_not_set_or_would_be_seen_stops_its_step() {
    let shows = r#"run = ["echo", "${token}"]"#;
    let uses = r#"run = ["test", "-d", "/"]
env = { TOKEN = "${token}" }"#;
    for (deed, set, why) in [
        (shows, true, "is a secret and would show on a command line"),
        (uses, false, "STATUS_TOKEN (a secret: set it"),
    ] {
        let home = home(&[("one", deed)]);
        let mut command = home.run(&[]);
        command.args(["--set", "snapshot=orders-1"]);
        if set {
            command.env("STATUS_TOKEN", CANARY);
        }
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(why), "{}", said(&output));
        assert_eq!(home.count("intended", "one"), 0);
        if set {
            continue;
        }
        // Set now, and adopted: the same files leave nothing open any more.
        let mut command = home.resume();
        command.args(["--plan", "plan.toml", "--adopt", "the token is set"]);
        let resumed = command.env("STATUS_TOKEN", CANARY).output().unwrap();
        assert!(resumed.status.success(), "{}", said(&resumed));
    }
}
