//! R21: what a step runs is run once, as it is written, for as long as it may, and how it
//! ended is known whatever became of the console.

use std::{
    fs,
    process::{Child, ExitStatus},
};

use rustix::process::{Pid, Signal, kill_process};

use super::home::{Gate, Home, say, until, works};

const PROGRAM: &str =
    "echo begun >> ledger; echo here > began; read go < gate; echo ended >> ledger";

/// A home whose one step says that it began and ends when the test lets it.
fn waiting(after: &str, more: &str) -> (Home, Gate, Gate) {
    let script = format!("{PROGRAM}; {after}");
    let step = format!("run = [\"sh\", \"-c\", \"{script}\"]\n{more}");
    let home = Home::new(&[
        ("slow", step),
        ("next", "run = [\"test\", \"-d\", \"/\"]".to_owned()),
    ]);
    let (began, gate) = (Gate::new(&home, "began"), Gate::new(&home, "gate"));
    (home, began, gate)
}

/// Starts the run, and kills its console as soon as the program runs.
fn killed_in_the_middle(home: &Home, began: &Gate) {
    let mut console = home.start(home.run(&[]));
    assert_eq!(began.hear().trim(), "here", "{}", home.read("stderr"));
    console.kill().unwrap();
    console.wait().unwrap();
    assert_eq!(home.count("intended", "slow"), 1);
    assert_eq!(home.count("acted", "slow"), 0);
}

fn ended(mut child: Child) -> ExitStatus {
    child.wait().unwrap()
}

/// What the supervisor says its number is.
fn supervisor(home: &Home) -> Pid {
    let named = |name: &str| {
        let mut files = fs::read_dir(home.traces()).unwrap();
        files.find_map(|file| {
            let path = file.unwrap().path();
            path.to_str().unwrap().ends_with(name).then_some(path)
        })
    };
    let begun = fs::read_to_string(named(".begun").unwrap()).unwrap();
    Pid::from_raw(begun.strip_prefix("pid ").unwrap().parse().unwrap()).unwrap()
}

fn has_outcome(home: &Home) -> bool {
    fs::read_dir(home.traces())
        .unwrap()
        .any(|file| file.unwrap().path().extension().is_some_and(|kind| kind == "ended"))
}

#[test]
fn one_still_running_when_its_console_is_killed_is_waited_for() {
    let (home, began, gate) = waiting("echo bye", "");
    killed_in_the_middle(&home, &began);
    let second = home.start(home.resume());
    until("found under way", || home.count("acted", "slow") == 1);
    assert_eq!(home.count("verified", "slow"), 0);
    gate.open();
    assert_eq!(ended(second).code(), Some(0), "{}", home.read("stderr"));
    assert_eq!(home.read("ledger"), "begun\nended\n");
    let records = home.records();
    let bye = |record: &&serde_json::Value| record.to_string().contains("\"bye\"");
    assert_eq!(records.iter().filter(bye).count(), 1, "{records:#?}");
    assert_eq!((home.count("doubted", "slow"), home.count("verified", "slow")), (1, 1));
}

#[test]
fn one_that_ended_while_nobody_was_there_is_found() {
    for (after, code, event) in [("true", 0, "verified"), ("exit 3", 1, "refused")] {
        let (home, began, gate) = waiting(after, "");
        killed_in_the_middle(&home, &began);
        gate.open();
        until("the outcome", || has_outcome(&home));
        let second = home.start(home.resume());
        assert_eq!(ended(second).code(), Some(code), "{}", home.read("stdout"));
        assert_eq!(home.count(event, "slow"), 1);
        assert_eq!(home.count("intended", "slow"), 1);
        assert_eq!(home.read("ledger"), "begun\nended\n");
    }
}

#[test]
fn one_whose_supervisor_died_too_waits_for_a_ruling_and_is_never_run_again() {
    let (home, began, _gate) = waiting("true", "");
    killed_in_the_middle(&home, &began);
    kill_process(supervisor(&home), Signal::KILL).unwrap();
    for _ in 0..2 {
        let again = home.start(home.resume());
        assert_eq!(ended(again).code(), Some(3), "{}", home.read("stdout"));
    }
    assert_eq!(home.read("ledger"), "begun\n");
    let mut ruled = home.resume();
    ruled.args(["--rule", "slow=done"]);
    assert_eq!(ended(home.start(ruled)).code(), Some(0), "{}", home.read("stdout"));
    assert_eq!(home.read("ledger"), "begun\n");
    assert_eq!(home.count("intended", "slow"), 1);
}

#[test]
fn the_limit_holds_without_a_console() {
    let (home, began, _gate) = waiting("true", "timeout = \"2s\"");
    killed_in_the_middle(&home, &began);
    until("the outcome", || has_outcome(&home));
    let second = home.start(home.resume());
    assert_eq!(ended(second).code(), Some(3), "{}", home.read("stdout"));
    assert_eq!(home.read("ledger"), "begun\n", "it was not ended at its limit");
}

/// A console that goes by itself leaves a program alone as well.
/// Whether this process was started with `signal` ignored (`nohup`, a job of a script):
/// its children ignore it too.
fn is_ignored(signal: Signal) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.unwrap_or(0) & 1 << (signal.as_raw() - 1) != 0
}

#[test]
fn a_signal_to_the_console_is_none_to_the_program() {
    for signal in [Signal::HUP, Signal::TERM, Signal::INT] {
        if is_ignored(signal) {
            say(&format!("not tested, whoever started this ignores {signal:?}"));
            continue;
        }
        let (home, began, gate) = waiting("true", "");
        let mut console = home.start(home.run(&[]));
        began.hear();
        kill_process(Pid::from_child(&console), signal).unwrap();
        console.wait().unwrap();
        gate.open();
        until("the outcome", || has_outcome(&home));
        assert_eq!(home.read("ledger"), "begun\nended\n", "{signal:?}");
        let second = home.start(home.resume());
        assert_eq!(ended(second).code(), Some(0), "{}", home.read("stdout"));
        assert_eq!(home.read("ledger"), "begun\nended\n", "{signal:?}");
    }
}

/// A hundred values that have hurt somebody.
#[expect(clippy::too_many_lines, reason = "a list")]
fn hostile() -> Vec<String> {
    let known = [
        "",
        " ",
        "$(touch owned)",
        "`touch owned`",
        "; touch owned",
        "| touch owned",
        "&& touch owned",
        "|| touch owned",
        "& touch owned",
        "\ntouch owned\n",
        "\r\n",
        "$HOME",
        "$((1+1))",
        "~",
        "~root",
        "*",
        "?",
        "[0-9]*",
        "{a,b}",
        "!!",
        "!x",
        "#x",
        "'",
        "\"",
        "\\",
        "\\\\",
        "'; touch owned; '",
        "\"; touch owned; \"",
        "-n",
        "-e",
        "--",
        "--help",
        "--version",
        "-",
        "-rf",
        "--dir",
        "--key",
        "--limit-ms=1",
        "-h",
        "%s%n",
        "%00",
        "\t",
        "\u{1b}[2J",
        "\u{1b}]0;x\u{7}",
        "\u{202e}",
        "\u{200b}",
        "\u{9b}31m",
        "\u{feff}",
        "a\u{0}b",
        "../../etc/passwd",
        "/dev/null",
        "> owned",
        "< owned",
        ">> owned",
        "2>&1",
        "<(touch owned)",
        ">(touch owned)",
        "<<E",
        "<<<x",
        "a=b",
        "PATH=/x",
        "LD_PRELOAD=x",
        "IFS=x",
        "exec touch owned",
        "eval touch owned",
        "sh -c 'touch owned'",
        "\u{ff1b} touch owned",
        "日本語",
        "é",
        "🦀",
        "\u{301}x",
    ];
    let known = known.iter().map(|value| value.replace('\0', ""));
    let long = ["y", "$(", "'", "\\", "é"].map(|part| part.repeat(4000));
    let mut all: Vec<String> = known.chain(long).collect();
    for number in all.len()..100 {
        // What is left: each separator of a shell before and behind a command.
        let mark = [";", "\n", "|", "&", "`"][number % 5];
        all.push(format!("{mark}touch owned{number}{mark}"));
    }
    all
}

/// As a plan can write them: it must mean the text, not something of the plan's own.
fn toml(values: &[String]) -> String {
    let values = values.iter().map(|value| toml::Value::from(value.as_str()));
    toml::Value::Array(values.collect()).to_string()
}

#[test]
fn a_hundred_hostile_values_are_arguments_and_nothing_else() {
    let trace = ["strace", "-f", "-qq", "-s", "64", "-e", "trace=execve", "-o"];
    let can_trace = works(&["strace", "-qq", "-e", "trace=execve", "-o", "/dev/null"]);
    let values = hostile();
    assert_eq!(values.len(), 100);
    let mut words = vec!["./witness".to_owned()];
    words.extend(values.clone());
    let home = Home::new(&[("say", format!("run = {}", toml(&words)))]);
    let script = "#!/bin/sh\nprintf '%s\\0' \"$@\" > heard\n";
    fs::write(home.path("witness"), script).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(home.path("witness"), mode).unwrap();
    let log = home.path("trace");
    let watch = [&trace[..], &[log.to_str().unwrap()]].concat();
    let watched: &[&str] = if can_trace { &watch } else { &[] };
    let output = home.run(watched).output().unwrap();
    let said: String =
        String::from_utf8_lossy(&output.stderr).chars().take(400).collect();
    assert!(output.status.success(), "{said}");
    let heard = home.read("heard");
    let heard: Vec<&str> = heard.split_terminator('\0').collect();
    assert_eq!(heard, values);
    let made: Vec<_> = fs::read_dir(home.path("")).unwrap().map(|f| f.unwrap()).collect();
    let owned =
        made.iter().any(|file| file.file_name().to_string_lossy().contains("owned"));
    assert!(!owned, "{made:?}");
    if can_trace {
        let text = fs::read_to_string(log).unwrap();
        // The probe of the plan is `test`; everything else is ours, and counted.
        let ran = |line: &&str| line.contains("execve(\"") && !line.contains("= -1");
        let others: Vec<&str> = text
            .lines()
            .filter(ran)
            .filter(|line| !line.contains("/test\""))
            .map(|line| line.split('"').nth(1).unwrap())
            .collect();
        assert_eq!(others.len(), 3, "{others:?}");
        assert!(others[0].ends_with("/warroom"), "{others:?}");
        assert_eq!(&others[1..], ["/proc/self/exe", "./witness"]);
    }
}
