//! R13 with the real program: its wall clock is set while it runs and while it does not, its
//! machine sleeps, its person travels. What it measures stays true to a second.

use std::{
    fs,
    path::PathBuf,
    process::{Child, Command},
};

use serde_json::Value;
use tokio::time::Instant;
use warroom::model::Span;

use super::home::{Gate, Home, say, until, works};

/// Replaces what the C library says of the wall clock; the other clocks stay.
const SHIM: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
int clock_gettime(clockid_t id, struct timespec *at) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int told = real(id, at);
    const char *name = getenv("WALL");
    FILE *file = id == CLOCK_REALTIME && name ? fopen(name, "r") : NULL;
    long by = 0;
    if (file) {
        if (fscanf(file, "%ld", &by) == 1) at->tv_sec += by;
        fclose(file);
    }
    return told;
}
"#;

/// A wall clock for one process alone: what it says is moved by the seconds in a file.
struct Wall {
    library: PathBuf,
    file: PathBuf,
}

impl Wall {
    /// None, and the reason on the screen, where there is no C compiler.
    fn build(home: &Home) -> Option<Self> {
        let (source, library) = (home.path("shim.c"), home.path("shim.so"));
        fs::write(&source, SHIM).unwrap();
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-o"])
            .args([&library, &source])
            .arg("-ldl")
            .output();
        match built {
            Ok(output) if output.status.success() => {
                let wall = Self { library, file: home.path("wall") };
                wall.set(0);
                Some(wall)
            }
            other => {
                say(&format!("not tested, no wall clock can be built here: {other:?}"));
                None
            }
        }
    }

    fn set(&self, seconds: i64) {
        let new = self.file.with_extension("new");
        fs::write(&new, seconds.to_string()).unwrap();
        fs::rename(new, &self.file).unwrap();
    }

    /// Runs `command` under this wall.
    fn over(&self, mut command: Command) -> Command {
        command.env("LD_PRELOAD", &self.library).env("WALL", &self.file);
        command
    }
}

/// A step that lasts until it is let go.
fn lasting() -> (Home, Gate, Gate) {
    let script = "echo here > began; read go < gate";
    let home = Home::new(&[("one", format!("run = [\"sh\", \"-c\", \"{script}\"]"))]);
    let (began, gate) = (Gate::new(&home, "began"), Gate::new(&home, "gate"));
    (home, began, gate)
}

/// What the run printed, with how long it took by a good watch: at least, and at most.
fn judged(home: &Home, mut child: Child, least: Span, began: Instant) {
    assert_eq!(child.wait().unwrap().code(), Some(0), "{}", home.read("stderr"));
    let told = home.told(&["incident", "show", "INC-0001", "-o", "json"]);
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    let rto = Span::from_secs_f64(
        told["summary"]["outcome"]["rto_achieved_s"].as_f64().unwrap(),
    );
    let most = Span::from(began.elapsed());
    let right = rto >= least - Span::secs(1) && rto <= most + Span::secs(1);
    assert!(right, "{rto}, not from {least} to {most}");
    let at = |record: &Value| record["at"].as_str().unwrap().to_owned();
    assert!(home.records().is_sorted_by_key(at));
}

fn stepped(home: &Home) -> Vec<i64> {
    let by = |record: &Value| {
        let event = &record["event"];
        (event["event"] == "clock-stepped").then(|| event["by"].as_i64().unwrap() / 1000)
    };
    home.records().iter().filter_map(by).collect()
}

#[test]
fn the_wall_of_a_running_console_is_set_forth_and_back() {
    let (home, begun, gate) = lasting();
    let Some(wall) = Wall::build(&home) else { return };
    let began = Instant::now();
    let child = home.start(wall.over(home.run(&[])));
    begun.hear();
    let since = Instant::now();
    wall.set(3600);
    until("the first step", || stepped(&home).len() == 1);
    wall.set(-3600);
    until("the second step", || stepped(&home).len() == 2);
    let least = since.elapsed().into();
    gate.open();
    judged(&home, child, least, began);
    let steps = stepped(&home);
    assert!((3599..=3601).contains(&steps[0]), "{steps:?}");
    assert!((-7201..=-7199).contains(&steps[1]), "{steps:?}");
}

#[test]
fn the_wall_is_set_between_two_consoles() {
    for by in [3600, -3600] {
        let (home, begun, gate) = lasting();
        let Some(wall) = Wall::build(&home) else { return };
        let began = Instant::now();
        let mut first = home.start(wall.over(home.run(&[])));
        begun.hear();
        let since = Instant::now();
        first.kill().unwrap();
        first.wait().unwrap();
        wall.set(by);
        let second = home.start(wall.over(home.resume()));
        until("the step found", || stepped(&home).len() == 1);
        let least = since.elapsed().into();
        gate.open();
        judged(&home, second, least, began);
        assert!((stepped(&home)[0] - by).abs() <= 1, "{:?}", stepped(&home));
    }
}

/// Seconds since this machine started, sleep included.
fn uptime() -> i64 {
    rustix::time::clock_gettime(rustix::time::ClockId::Boottime).tv_sec
}

/// A namespace in which the machine seems to have slept ten minutes: time since the start
/// is ahead, the timers are not.
#[test]
fn time_asleep_counts_and_a_namespace_is_not_confused_with_its_machine() {
    let asleep = ["unshare", "--time", "--boottime", "600", "--monotonic", "0", "--fork"];
    if !works(&asleep) {
        return;
    }
    let (home, begun, gate) = lasting();
    let began = Instant::now();
    let child = home.start(home.run(&asleep));
    begun.hear();
    let since = Instant::now();
    let boot = |record: &Value| record["stamp"]["boot"].as_i64().unwrap() / 1000;
    let ahead = boot(home.records().last().unwrap()) - uptime();
    assert!((590..=600).contains(&ahead), "asleep for {ahead} s");
    // The console is the child of what made the namespace.
    let console = home.told(&["incident", "show", "INC-0001"]);
    let text = String::from_utf8(console.stdout).unwrap();
    let pid = text.split("pid ").nth(1).unwrap().split(')').next().unwrap();
    let pid = rustix::process::Pid::from_raw(pid.parse().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    drop(child.wait_with_output());
    let second = home.start(home.resume());
    until("taken over", || home.count("acted", "one") == 1);
    let least = since.elapsed().into();
    gate.open();
    judged(&home, second, least, began);
    assert_eq!(stepped(&home), [0; 0]);
}

/// Summer time begins and ends in what people's clocks show, not in ours.
#[test]
fn a_time_zone_changes_nothing() {
    let home = Home::new(&[("one", "run = [\"test\", \"-d\", \"/\"]".to_owned())]);
    let mut run = home.run(&[]);
    run.env("TZ", "Europe/Berlin");
    assert!(run.output().unwrap().status.success());
    let shown = |zone: &str| {
        let mut show = home.warroom(&["incident", "show", "INC-0001"]);
        show.env("TZ", zone);
        String::from_utf8(show.output().unwrap().stdout).unwrap()
    };
    let told = shown("UTC");
    assert!(told.contains("verified"), "{told}");
    for zone in ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"] {
        assert_eq!(shown(zone), told, "{zone}");
    }
    let utc = |record: &Value| record["at"].as_str().unwrap().ends_with('Z');
    assert!(home.records().iter().all(utc));
}
