//! Calls written as what they are, with the real binary and stand-ins for the technology's
//! own programs: what they are given, what is made of their answers, and that a drill starts
//! none of them.

use std::{fs, process::Output};

use super::home::{Gate, Home, say, until, works};

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\n{}", text(&output.stdout), text(&output.stderr))
}

fn home(steps: &[(&str, &str)]) -> Home {
    let steps: Vec<(&str, String)> =
        steps.iter().map(|(id, deed)| (*id, (*deed).to_owned())).collect();
    Home::new(&steps)
}

fn done(home: &Home) {
    let output = home.run(&[]).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn each_technology_gets_its_own_words_and_no_shell() {
    let home = home(&[
        (
            "snapshot",
            r#"aws = { service = "rds", operation = "CreateDBSnapshot", region = "us-west-2", params = { DBInstanceIdentifier = "orders; rm -rf /", DBSnapshotIdentifier = "s-${run.epoch}" } }
outputs = { id = "DBSnapshot.DBSnapshotIdentifier" }
verify = [{ waiter = "db-snapshot-available", identifier = "s-${run.epoch}" }]"#,
        ),
        (
            "restart",
            r#"kubectl = { context = "shop-dr", namespace = "production", args = ["rollout", "restart", "deployment/$(id)"] }
verify = [{ kubectl = { context = "shop-dr", args = ["rollout", "status", "deployment/$(id)"] } }]"#,
        ),
        (
            "count",
            r#"sql = { host = "db.example", port = 5433, user = "monitor", database = "orders", text = "SELECT count(*) FROM orders WHERE s = '${step.snapshot.id}';" }
verify = [{ at_least = 40 }]"#,
        ),
    ]);
    home.stand_in("aws", r#"echo '{"DBSnapshot": {"DBSnapshotIdentifier": "rds:s-1"}}'"#);
    home.stand_in("kubectl", "echo restarted");
    home.stand_in("psql", "echo 42");
    done(&home);
    let epoch = &home.records()[0]["at"];
    let epoch = epoch.as_str().map_or_else(|| epoch.to_string(), str::to_owned);
    let aws = &home.calls("aws")[0];
    assert_eq!(
        aws[..6],
        ["rds", "create-db-snapshot", "--region", "us-west-2", "--output", "json"],
        "{epoch}"
    );
    assert_eq!(aws[6], "--cli-input-json");
    let params: serde_json::Value = serde_json::from_str(&aws[7]).unwrap();
    assert_eq!(params["DBInstanceIdentifier"], "orders; rm -rf /");
    assert_eq!(
        home.calls("kubectl")[0],
        [
            "--context",
            "shop-dr",
            "--namespace",
            "production",
            "rollout",
            "restart",
            "deployment/$(id)"
        ]
    );
    let psql = &home.calls("psql")[0];
    assert_eq!(psql.last().unwrap(), "SELECT count(*) FROM orders WHERE s = 'rds:s-1';");
    assert_eq!(
        home.calls("psql").len(),
        1,
        "a question that is answered is not repeated"
    );
}

#[test]
fn a_change_is_done_when_what_is_expected_was_seen() {
    let home = home(&[(
        "restore",
        r#"aws = { service = "rds", operation = "RestoreDBInstanceFromDBSnapshot", region = "us-west-2", params = { DBInstanceIdentifier = "new" } }
outputs = { arn = "DBInstance.Arn" }
every = "1s"
verify = [
  { aws = { service = "rds", operation = "DescribeDBInstances", region = "us-west-2", params = { DBInstanceIdentifier = "new" } }, path = "DBInstances[0].DBInstanceStatus", equals = "available" },
  { waiter = "db-instance-available", identifier = "new" },
  { kubectl = { context = "dr", args = ["get", "pods"] } },
  { sql = { host = "new", text = "SELECT count(*) FROM a;" }, at_least = 1 },
  { probe = "alive" },
]"#,
    )]);
    // Creating at first, available from the third look on.
    home.stand_in(
        "aws",
        r#"case "$2" in
restore*) echo '{"DBInstance": {"Arn": "arn:new"}}' ;;
describe*)
  echo x >> looks
  [ "$(wc -l < looks)" -ge 3 ] && s=available || s=creating
  echo "{\"DBInstances\": [{\"DBInstanceStatus\": \"$s\"}]}" ;;
esac"#,
    );
    home.stand_in("kubectl", "echo pods");
    home.stand_in("psql", "echo 7");
    done(&home);
    let calls = home.calls("aws");
    let of = |word: &str| calls.iter().filter(|call| call[1].starts_with(word)).count();
    assert_eq!(of("restore"), 1, "{calls:?}");
    assert!(of("describe") >= 3, "{calls:?}");
    let waits = calls.iter().find(|call| call[1] == "wait").unwrap();
    assert_eq!(
        waits[1..],
        [
            "wait",
            "db-instance-available",
            "--region",
            "us-west-2",
            "--db-instance-identifier",
            "new"
        ]
    );
    let records = home.records();
    let verified = records.iter().find(|it| {
        it["event"]["event"] == "verified" && it["event"]["step"] == "restore"
    });
    let value = verified.unwrap()["event"]["value"].as_str().unwrap().to_owned();
    assert!(value.contains("available") && value.contains('7'), "{value}");
}

#[test]
fn what_is_never_seen_is_not_done() {
    let home = home(&[(
        "promote",
        r#"aws = { service = "eks", operation = "UpdateNodegroupConfig", region = "us-west-2" }
timeout = "4s"
every = "1s"
verify = [{ aws = { service = "eks", operation = "DescribeNodegroup", region = "us-west-2" }, path = "nodegroup.status", equals = "ACTIVE" }]"#,
    )]);
    home.stand_in("aws", r#"echo '{"nodegroup": {"status": "UPDATING"}}'"#);
    let output = home.run(&[]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("done, not verified"), "{}", said(&output));
    let calls = home.calls("aws");
    let changes = calls.iter().filter(|call| call[1] == "update-nodegroup-config");
    assert_eq!(changes.count(), 1, "a change is made once");
}

#[test]
fn an_error_of_a_tool_says_what_it_proves() {
    let deed = |operation: &str| {
        format!(
            "aws = {{ service = \"logs\", operation = \"{operation}\", region = \"us-west-2\", \
             ok_if = \"ResourceAlreadyExistsException\" }}"
        )
    };
    let error = |code: &str| {
        format!(
            "echo >&2; echo 'An error occurred ({code}) when calling the X operation: no' >&2; exit 254"
        )
    };
    for (script, code, words) in [
        (error("ResourceAlreadyExistsException"), 0, "done"),
        (error("AccessDenied"), 1, "refused"),
        (error("ThrottlingException"), 1, "not sent"),
        (error("InternalFailure"), 3, "IN DOUBT"),
        ("echo 'Read timeout on endpoint URL' >&2; exit 255".to_owned(), 3, "IN DOUBT"),
    ] {
        let deed = deed("CreateLogGroup");
        let home = home(&[("one", &deed)]);
        home.stand_in("aws", &script);
        let output = home.run(&[]).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{script}: {}", said(&output));
        assert!(said(&output).contains(words), "{script}: {}", said(&output));
        assert_eq!(home.calls("aws").len(), 1, "{script}");
    }
}

/// The console is killed while a changing call is under way: its end is found, and the call
/// is not made again. One that only looks is simply made again.
#[test]
fn a_changing_call_is_made_at_most_once_whoever_dies() {
    let home = home(&[(
        "drop",
        r#"kubectl = { context = "dr", args = ["scale", "deployment/api", "--replicas=3"] }
verify = [{ probe = "alive" }]"#,
    )]);
    let (began, gate) = (Gate::new(&home, "began"), Gate::new(&home, "gate"));
    home.stand_in("kubectl", "echo here > began; read go < gate; echo scaled");
    let mut console = home.start(home.run(&[]));
    began.hear();
    console.kill().unwrap();
    console.wait().unwrap();
    gate.open();
    until("its end", || {
        let files = super::home::files(&home.traces());
        files.iter().any(|file| file.to_string_lossy().ends_with(".ended"))
    });
    let resumed = home.resume().output().unwrap();
    assert!(resumed.status.success(), "{}", said(&resumed));
    assert_eq!(home.calls("kubectl").len(), 1);
    assert_eq!(home.count("doubted", "drop"), 1);
    assert_eq!(home.count("verified", "drop"), 1);
}

#[test]
fn files_are_written_whole_and_lines_are_added() {
    let home = home(&[
        ("write", r#"write = { file = "region", text = "${run.date}\nus-west-2\n" }"#),
        ("add", r#"append = { file = "log", text = "${incident.id} begun" }"#),
        ("more", r#"append = { file = "log", text = "more" }"#),
    ]);
    fs::write(home.path("region"), "us-east-1\n").unwrap();
    fs::write(home.path("log"), "no end of line").unwrap();
    done(&home);
    let region = home.read("region");
    assert!(region.ends_with("\nus-west-2\n") && region.starts_with("20"), "{region}");
    assert_eq!(home.read("log"), "no end of line\nINC-0001 begun\nmore\n");
    let left: Vec<_> = fs::read_dir(home.path("")).unwrap().collect();
    let left = left.into_iter().map(|entry| entry.unwrap().file_name());
    assert!(!left.into_iter().any(|name| name.to_string_lossy().ends_with(".new")));
}

#[test]
fn a_file_that_cannot_be_written_was_not_written() {
    let home = home(&[("write", r#"write = { file = "/proc/nowhere/x", text = "y" }"#)]);
    let output = home.run(&[]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("not sent"), "{}", said(&output));
}

/// Canaries on PATH under every name a drill might be tempted to start.
#[test]
fn a_drill_starts_no_process() {
    let steps = [
        (
            "aws",
            r#"aws = { service = "rds", operation = "CreateDBSnapshot", region = "us-west-2" }
verify = [{ waiter = "db-snapshot-available", identifier = "x" }]"#,
        ),
        (
            "kubectl",
            r#"kubectl = { context = "dr", args = ["rollout", "restart", "deployment/api"] }
verify = [{ kubectl = { context = "dr", args = ["rollout", "status", "deployment/api"] } }]"#,
        ),
        (
            "sql",
            r#"sql = { host = "db", text = "SELECT 1;" }
verify = [{ at_least = 1 }]"#,
        ),
        ("run", r#"run = ["kubectl", "--context", "dr", "get", "pods"]"#),
        ("shell", r#"shell = "aws sts get-caller-identity --region us-west-2 | sh""#),
        ("write", r#"write = { file = "written", text = "x" }"#),
        (
            "look",
            r#"verify = [{ record = "shop.example.com", site = "there" }]
run = ["test", "-d", "/"]"#,
        ),
    ];
    let home = home(&steps);
    for name in ["aws", "kubectl", "psql", "sh", "true", "bash", "ssh", "pg_isready"] {
        home.stand_in(name, "exit 0");
    }
    let drill = ["drill", "--headless", "--plan", "plan.toml", "--runbook", "tell"];
    let output = home.told(&drill);
    assert!(output.status.success(), "{}", said(&output));
    for name in ["aws", "kubectl", "psql", "sh", "true", "bash", "ssh", "pg_isready"] {
        assert_eq!(home.calls(name), Vec::<Vec<String>>::new(), "a drill ran {name}");
    }
    assert!(!home.path("written").exists(), "a drill wrote a file");
    // The canaries do sing.
    let live = self::home(&[steps[1], steps[5]]);
    live.stand_in("kubectl", "exit 0");
    done(&live);
    assert!(!live.calls("kubectl").is_empty() && live.path("written").exists());
    let log = home.path("trace");
    let watch =
        ["strace", "-f", "-qq", "-e", "trace=execve", "-o", log.to_str().unwrap()];
    if !works(&watch) {
        return say("processes of a drill were not counted");
    }
    let output = home.under(&watch, &drill).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let trace = fs::read_to_string(&log).unwrap();
    assert_eq!(
        trace.lines().filter(|line| line.contains("execve(")).count(),
        1,
        "{trace}"
    );
}
