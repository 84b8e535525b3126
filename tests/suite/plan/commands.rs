//! The commands that read and write plans, by the real program: what they print, what they
//! leave on the disk, and the status scripts go by.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

const BINARY: &str = env!("CARGO_BIN_EXE_warroom");

/// A home of its own.
pub(super) struct Home(tempfile::TempDir);

/// Standard output, standard error, exit status.
type Told = (String, String, i32);

impl Home {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn run(&self, args: &[&str]) -> Told {
        let mut command = Command::new(BINARY);
        command.env_clear().env("HOME", self.0.path()).env("USER", "shah");
        command.env("WARROOM_STATE_DIR", self.path("state")).args(args);
        let output = command.stdin(Stdio::null()).current_dir(self.0.path()).output();
        let output = output.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (text(output.stdout), text(output.stderr), output.status.code().unwrap())
    }

    /// What it printed; it must end with `status`.
    pub(super) fn told(&self, args: &[&str], status: i32) -> String {
        let (out, error, code) = self.run(args);
        assert_eq!(code, status, "{args:?}\n{out}\n{error}");
        out
    }
}

const NEW: [&str; 8] = [
    "plan",
    "new",
    "mine",
    "--organisation",
    "The Shop",
    "--regions",
    "eu-west-1,eu-central-1",
    "--people",
];

const PEOPLE: [&str; 2] = ["A. Okafor, +44 20 7946 0101", "B. Lind, +44 20 7946 0102"];

#[test]
fn a_new_plan_is_checked_drilled_and_never_overwritten() {
    let home = Home::new();
    let new = [&NEW[..], &PEOPLE[..]].concat();
    let said = home.told(&new, 0);
    assert!(said.contains("mine is written: no problems found"), "{said}");
    assert_eq!(home.told(&["check", "mine"], 0), "no problems found\n");
    assert_eq!(home.told(&["plan", "fmt", "mine", "--check"], 0), "");
    for runbook in ["failover", "failback"] {
        let drill = ["drill", "--plan", "mine", "--runbook", runbook, "--headless"];
        let played = home.told(&drill, 0);
        assert!(played.contains("  verified\n"), "{played}");
    }
    let before = fs::read(home.path("mine/plan.toml")).unwrap();
    let (_, error, code) = home.run(&new);
    assert_eq!(code, 2);
    assert!(error.contains("mine is not empty"), "{error}");
    assert_eq!(fs::read(home.path("mine/plan.toml")).unwrap(), before);
    // Somebody's only file in it is enough.
    fs::create_dir(home.path("other")).unwrap();
    fs::write(home.path("other/notes.txt"), "mine").unwrap();
    let mut other = new.clone();
    other[2] = "other";
    assert_eq!(home.run(&other).2, 2);
    assert_eq!(fs::read_dir(home.path("other")).unwrap().count(), 1);
    // Nobody is there to be asked.
    let (_, error, code) = home.run(&["plan", "new", "third"]);
    assert_eq!(code, 2);
    assert!(error.contains("--organisation, --regions, --people"), "{error}");
    assert!(!home.path("third").exists());
}

#[test]
fn every_compute_there_is_begins_a_plan_that_plays() {
    let home = Home::new();
    for compute in ["eks-nodegroup", "kubernetes-deployment"] {
        let mut new = [&NEW[..], &PEOPLE[..], &["--compute", compute]].concat();
        new[2] = compute;
        home.told(&new, 0);
        let played = home.told(&["drill", "--plan", compute, "--headless"], 0);
        assert!(played.contains("  verified\n"), "{played}");
    }
}

#[test]
fn fmt_writes_what_it_must_and_keeps_the_rest() {
    let home = Home::new();
    home.told(&[&NEW[..], &PEOPLE[..]].concat(), 0);
    let path = home.path("mine/runbooks/failover.toml");
    let good = fs::read_to_string(&path).unwrap();
    let bad = good.replacen("id = \"failover\"\n", "", 1) + "x_end=1\n";
    let bad = bad.replacen("kind = ", "id   =  'failover' # mine\nkind=", 1);
    fs::write(&path, &bad).unwrap();
    let named = home.told(&["plan", "fmt", "mine", "--check"], 1);
    assert!(named.ends_with("runbooks/failover.toml\n"), "{named}");
    assert_eq!(fs::read_to_string(&path).unwrap(), bad, "--check changes nothing");
    home.told(&["plan", "fmt", "mine"], 0);
    let anew = fs::read_to_string(&path).unwrap();
    assert!(anew.contains("id = 'failover' # mine\n"), "{anew}");
    assert_eq!(home.told(&["plan", "fmt", "mine"], 0), "", "nothing is left to do");
    // What is no TOML stops all of it before anything is written.
    fs::write(home.path("mine/plan.toml"), "a = ").unwrap();
    fs::write(&path, &bad).unwrap();
    let (_, error, code) = home.run(&["plan", "fmt", "mine"]);
    assert_eq!(code, 2);
    assert!(error.contains("Nothing was written"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), bad);
    let left = fs::read_dir(home.path("mine/runbooks")).unwrap().count();
    assert_eq!(left, 2, "no file of ours stays beside them");
}

#[test]
fn a_loss_is_told_with_the_status_scripts_go_by() {
    let home = Home::new();
    home.told(&[&NEW[..], &PEOPLE[..]].concat(), 0);
    let said = home.told(&["check", "mine", "--lose", "eu-west-1"], 0);
    assert!(said.contains("runbook failover: can be finished"), "{said}");
    // The switch of traffic lives in a third region.
    let both = ["check", "mine", "--lose", "eu-west-1", "--lose", "us-east-1"];
    let said = home.told(&both, 2);
    assert!(said.contains("runbook failover: CANNOT BE FINISHED"), "{said}");
    let json = home.told(&[&both[..], &["-o", "json"]].concat(), 2);
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["exit"], 2);
    let (_, error, code) = home.run(&["check", "mine", "--lose", "eu-wst-1x"]);
    assert_eq!(code, 2);
    assert!(error.contains("it has: eu-central-1, eu-west-1"), "{error}");
}

#[test]
fn what_drills_measured_is_told_where_it_is_asked_for_and_promises_nothing_live() {
    let home = Home::new();
    home.told(&[&NEW[..], &PEOPLE[..]].concat(), 0);
    let estimate = ["plan", "estimate", "mine", "failover", "-o", "json"];
    let from = |home: &Home, estimate: &[&str]| {
        let value: serde_json::Value =
            serde_json::from_str(&home.told(estimate, 0)).unwrap();
        value["runbooks"][0]["from"].as_str().unwrap().to_owned()
    };
    let drilled = [&estimate[..], &["--drills"]].concat();
    for _ in 0..2 {
        home.told(&["drill", "--plan", "mine", "--headless"], 0);
        assert_eq!(from(&home, &drilled), "declared");
    }
    home.told(&["drill", "--plan", "mine", "--headless"], 0);
    // What people do is not learnt from drills, nor from those of another plan.
    assert_eq!(from(&home, &drilled), "3 drills, rest declared");
    let other = ["plan", "estimate", "ecommerce", "region-failover", "-o", "json"];
    assert_eq!(from(&home, &[&other[..], &["--drills"]].concat()), "declared");
    // A simulated world is no evidence about the real one, wherever an estimate is live.
    assert_eq!(from(&home, &estimate), "declared");
    let (dry, error, _) = home.run(&["run", "failover", "--plan", "mine", "--dry-run"]);
    assert!(dry.contains("declared") && !dry.contains("drills"), "{dry}{error}");
    let graph = home.told(&["plan", "graph", "mine", "failover"], 0);
    assert!(!graph.contains("drills"), "{graph}");
}

#[test]
fn plans_are_shown_and_drawn_also_with_errors_in_them() {
    let home = Home::new();
    home.told(&[&NEW[..], &PEOPLE[..]].concat(), 0);
    let path = home.path("mine/plan.toml");
    let wrong =
        fs::read_to_string(&path).unwrap().replacen("rto = \"30m\"", "rto = \"3O\"", 1);
    fs::write(&path, wrong).unwrap();
    let (out, error, code) = home.run(&["plan", "show", "mine"]);
    assert_eq!(code, 0);
    assert!(out.contains("runbook failback") && error.contains("1 error"), "{error}");
    assert!(!out.contains('\u{1b}'));
    let svg = home.told(&["plan", "graph", "mine", "failover", "-o", "svg"], 0);
    assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"));
    let (_, error, code) = home.run(&["plan", "show", "mine", "failovr"]);
    assert_eq!(code, 2);
    assert!(error.contains("it has: failback, failover"), "{error}");
    for format in ["text", "dot"] {
        let drawn = home.told(&["plan", "graph", "mine", "-o", format], 0);
        assert!(drawn.contains("promote"), "{drawn}");
    }
}

#[test]
fn an_estimate_says_by_its_status_whether_objectives_are_met() {
    let home = Home::new();
    home.told(&[&NEW[..], &PEOPLE[..]].concat(), 0);
    let path = home.path("mine/plan.toml");
    let good = fs::read_to_string(&path).unwrap();
    // Half the time about 12 minutes, 19 times in 20 below 20.
    for (rto, status, word) in
        [("30m", 0, "met"), ("15m", 1, "PERHAPS"), ("8m", 2, "MISSED")]
    {
        let text = good.replace("rto = \"30m\"", &format!("rto = \"{rto}\""));
        fs::write(&path, text).unwrap();
        let said = home.told(&["plan", "estimate", "mine", "failover"], status);
        assert!(said.contains(word) && said.contains("shift"), "{said}");
    }
}
