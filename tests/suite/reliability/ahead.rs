//! R3: every request that could change something leaves after the sync of its intent, seen
//! at the door of the kernel.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::Path,
    process::Command,
};

use super::home::{Home, works};
use crate::live::Scene;

const STEPS: usize = 6;

/// What watches: writes with all they hold, syncs, programs and what goes over the wire.
fn watch(log: &str) -> Vec<&str> {
    vec![
        "strace",
        "-f",
        "-qq",
        "-s",
        "9000",
        "-o",
        log,
        "-e",
        "trace=pwrite64,fdatasync,fsync,execve,sendto,sendmsg,write,writev",
    ]
}

/// The calls of a run, in the order in which they were made or, for a sync, had ended.
struct Calls(Vec<String>);

impl Calls {
    fn read(log: &Path) -> Self {
        let text = fs::read(log).unwrap();
        Self(String::from_utf8_lossy(&text).lines().map(str::to_owned).collect())
    }

    fn first(&self, what: &str, from: usize, is: impl Fn(&str) -> bool) -> usize {
        let found = self.0.iter().skip(from).position(|line| is(line));
        from + found.unwrap_or_else(|| panic!("never seen: {what}"))
    }

    /// Where what `sent` says left, after the sync of the intent of `step`.
    fn in_order(&self, step: &str, sent: impl Fn(&str) -> bool) -> usize {
        // As it stands in a JSON text that strace prints in quotes.
        let mark = format!("\\\"event\\\":\\\"intended\\\",\\\"step\\\":\\\"{step}\\\"");
        let intent = self.first(&format!("the intent of {step}"), 0, |line| {
            line.contains("pwrite64(") && line.contains(&mark)
        });
        let synced = self.first(&format!("a sync after it, {step}"), intent, |line| {
            line.contains("sync") && line.ends_with("= 0")
        });
        let left = self.first(&format!("the call of {step}"), 0, sent);
        assert!(
            left > synced,
            "{step}: left at {left}, intent at {intent}, sync at {synced}"
        );
        left
    }
}

/// Takes a connection for every step and says yes.
fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut sent = [0; 4096];
            if stream.read(&mut sent).is_ok() {
                drop(stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"));
            }
        }
    });
    url
}

#[test]
fn no_program_and_no_request_leaves_before_its_intent_is_synced() {
    let home_log = tempfile::tempdir().unwrap();
    let log = home_log.path().join("trace");
    let watch = watch(log.to_str().unwrap());
    if !works(&watch) {
        return;
    }
    let url = server();
    let deed = |number: usize| {
        let deed = if number.is_multiple_of(2) {
            format!("run = [\"sh\", \"-c\", \"test -n step{number}\"]")
        } else {
            format!("http = {{ method = \"POST\", url = \"{url}/step{number}\" }}")
        };
        (format!("s{number}"), deed)
    };
    let steps: Vec<(String, String)> = (0..STEPS).map(deed).collect();
    let steps: Vec<(&str, String)> =
        steps.iter().map(|(id, deed)| (id.as_str(), deed.clone())).collect();
    let home = Home::new(&steps);
    let output = home.run(&watch).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let calls = Calls::read(&log);
    for number in 0..STEPS {
        let mark = format!("step{number}");
        calls.in_order(&format!("s{number}"), |line| {
            let leaves = line.contains("execve(") || line.contains("\"POST /");
            leaves && line.contains(&mark)
        });
    }
}

/// The changing calls of the MyComputer failover, by step, and how each looks on the wire.
const CHANGES: [(&str, &str); 4] = [
    ("fence", "Action=ModifyDBInstance"),
    ("promote", "Action=PromoteReadReplica"),
    ("scale", ".UpdateService"),
    ("shift", "<ChangeResourceRecordSetsRequest"),
];

#[test]
fn no_call_to_the_cloud_leaves_before_its_intent_is_synced() {
    let place = tempfile::tempdir().unwrap();
    let log = place.path().join("trace");
    let watch = watch(log.to_str().unwrap());
    if !works(&watch) {
        return;
    }
    let scene = Scene::new();
    let plain = scene.failover_command();
    let mut traced = Command::new(watch[0]);
    traced.args(&watch[1..]).arg(plain.get_program()).args(plain.get_args()).env_clear();
    for (name, value) in plain.get_envs() {
        traced.env(name, value.unwrap());
    }
    let printed = fs::File::create(place.path().join("printed")).unwrap();
    let mut child = traced.stdout(printed).spawn().unwrap();
    scene.approve("go");
    scene.approve("promote");
    let status = child.wait().unwrap();
    let printed = fs::read_to_string(place.path().join("printed")).unwrap();
    assert_eq!(status.code(), Some(0), "{printed}");
    let calls = Calls::read(&log);
    for (step, mark) in CHANGES {
        let sends = |line: &str| {
            let wire = ["sendto(", "sendmsg(", "write(", "writev("];
            wire.iter().any(|call| line.contains(call)) && line.contains(mark)
        };
        calls.in_order(step, sends);
    }
}
