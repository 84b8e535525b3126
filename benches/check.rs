//! How long `warroom check` takes on the largest plan anybody should write, and how that
//! grows: twice the plan must not take four times as long. Every finding counts too: a plan
//! with a mistake in every step is checked beside the clean one.
//!
//! Where it goes, by samples of the release build on two cores of a shared machine
//! (2026-11-22): reading rows and their places 27 %, TOML 10 %, rules 6 %, the rest memory:
//! pages touched for the first time are a third of everything. Rows hold every key a table
//! may have; to make them smaller is the next thing to do.
//!
//! What the whole program took there, in milliseconds of one processor, while others built on
//! the same two cores (`perf stat -r 7 -e task-clock warroom check PLAN`), before and after
//! the estate was indexed (`plan/index`): a plan of 500 steps and 2,000 resources whose steps
//! are verbs and calls 355 and 118; one of verbs alone 244 and 122; the five that are shipped
//! 20 to 36 and 17 to 21; one line 4 and 4.

#![expect(clippy::unwrap_used, reason = "a benchmark")]

use std::fmt::Write as _;

use warroom::{
    driver::vocabulary,
    engine::outlook,
    model::RunbookId,
    plan::{
        self, Env, FileKind, Loaded,
        domain::{self, Loss, Reach},
        page::Page,
        show,
    },
};

mod common;
use common::{head, median, row, timed};

const RUNS: usize = 11;

/// What `check` may take in release, in milliseconds.
const TARGET: f64 = 100.0;

/// The plan the target is for.
const STEPS: usize = 500;
const RESOURCES: usize = 2000;

/// A plan of so many steps and resources: databases, what serves, records and buckets, a
/// service for each four of them, a failover that works on one service after the other, and
/// a way back. `wrong` puts two mistakes into every step of the failover.
fn plan(steps: usize, resources: usize, wrong: bool) -> String {
    let mut text = String::from(HEAD);
    for at in 0..resources / 4 {
        write!(text, "{}", quartet(at)).unwrap();
    }
    text.push_str(FAILOVER);
    // Seven steps over there and one on the way back for each database.
    let groups = (steps / 8).min(resources / 4);
    let slip = if wrong { "estimat = \"1s\"\nowner = \"nobody\"\n" } else { "" };
    let mut step = |id: String, what: String| {
        let times = "estimate = \"1s\"\nestimate_p95 = \"2s\"\n";
        write!(text, "\n[[runbook.step]]\nid = \"{id}\"\n{what}{slip}{times}").unwrap();
    };
    for of in 0..groups {
        let verb = |verb: &str, what: &str, side: &str| {
            format!("do = \"{verb}\"\nresource = \"{what}{of}\"\nside = \"{side}\"\n")
        };
        step(format!("fence{of}"), verb("fence", "db", "east"));
        step(format!("promote{of}"), verb("promote", "db", "west"));
        step(format!("scale{of}"), verb("scale", "app", "west") + "count = 3\n");
        // What a call does is told by the names in it.
        step(format!("promoted{of}"), described(of));
        step(format!("env{of}"), environment(of));
        step(format!("check{of}"), format!("check = \"west{of}\"\n"));
        step(format!("shift{of}"), verb("shift", "www", "west"));
    }
    text.push_str(FAILBACK);
    for of in 0..groups {
        let what =
            format!("do = \"rebuild-replica\"\nresource = \"db{of}\"\nside = \"east\"\n");
        write!(text, "\n[[runbook.step]]\nid = \"rebuild{of}\"\n{what}").unwrap();
    }
    text
}

const HEAD: &str = r#"schema = 1

[plan]
name = "large"
owner = "Bench"
version = "1"
reviewed = "2026-01-31"
next_review = "2026-07-31"

[objectives]
rto = "12h"
rpo = "5m"
rto_clock = { start = "impact", stop = "verified" }

[[site]]
id = "east"
region = "eu-west-1"

[[site]]
id = "west"
region = "eu-central-1"

[[role]]
id = "commander"

[[person]]
id = "ada"
roles = ["commander"]
contact = "+1 202 555 0101"

[[person]]
id = "ben"
roles = ["commander"]
contact = "+1 202 555 0102"
"#;

const FAILOVER: &str = r#"
[[runbook]]
id = "failover"
kind = "failover"
from = "east"
to = "west"
failback = "failback"

[[runbook.step]]
id = "ready"
check = "west0"

[[runbook.step]]
id = "go"
approve = "Leave east?"
"#;

const FAILBACK: &str = r#"
[[runbook]]
id = "failback"
kind = "failback"
from = "west"
to = "east"
rto = "365d"

[[runbook.step]]
id = "agree"
approve = "Rebuild?"
"#;

fn quartet(at: usize) -> String {
    format!(
        r#"
[[database]]
id = "db{at}"
kind = "rds-replica"
primary = "east"
side.east.instance = "db{at}"
side.west.instance = "db{at}-west"

[[compute]]
id = "app{at}"
kind = "kubernetes-deployment"
primary = "east"
side.east = {{ context = "east", namespace = "n", deployment = "app{at}" }}
side.west = {{ context = "west", namespace = "n", deployment = "app{at}" }}

[[traffic]]
id = "www{at}"
kind = "route53"
primary = "east"
zone = "Z07551303ABQJ2QWN3DCK"
record = "www{at}.example.com"
side.east.set_identifier = "east"
side.west.set_identifier = "west"

[[storage]]
id = "files{at}"
kind = "s3"
primary = "east"
side.east.bucket = "files{at}-east"
side.west.bucket = "files{at}-west"

[[service]]
id = "service{at}"
uses = ["db{at}", "app{at}", "www{at}", "files{at}"]
probes = ["west{at}"]

[[probe]]
id = "west{at}"
kind = "http"
site = "west"
url = "https://west.example.com/{at}"
"#
    )
}

fn described(of: usize) -> String {
    format!(
        "aws = {{ service = \"rds\", operation = \"DescribeDBInstances\", region = \
         \"eu-central-1\", params = {{ DBInstanceIdentifier = \"db{of}-west\" }} }}\n\
         verify = [{{ path = \"DBInstances[0].DBInstanceStatus\", equals = \
         \"available\" }}]\n"
    )
}

fn environment(of: usize) -> String {
    format!(
        "kubectl = {{ context = \"west\", namespace = \"n\", args = [\"set\", \"env\", \
         \"deployment/app{of}\", \"SIDE=west\"] }}\n"
    )
}

fn load(text: &str) -> Loaded {
    plan::load_embedded("large", &[("plan.toml", text)], &vocabulary(), &Env::new())
}

fn often<T>(act: impl Fn() -> T) -> f64 {
    median(&(0..RUNS).map(|_| timed(&act)).collect::<Vec<_>>())
}

/// `check`, as a person gets it: read, judged and written.
fn check(text: &str) -> f64 {
    often(|| {
        let loaded = load(text);
        plan::human(&loaded.problems, &loaded.sources, false)
    })
}

/// Plans as people have them: the five that are shipped.
fn shipped() {
    for (name, files) in plan::EMBEDDED {
        let check = often(|| {
            let loaded = plan::load_embedded(name, files, &vocabulary(), &Env::new());
            plan::human(&loaded.problems, &loaded.sources, false)
        });
        row(&format!("check {name}"), check, None, "ms", "-");
    }
}

fn main() {
    if !common::asked() {
        return;
    }
    head("check (target: below 100 ms; the reference of a row is half its plan, twice)");
    let goal = format!("<= {TARGET} ms");
    for (name, wrong) in [("clean", false), ("a mistake in every step", true)] {
        let half = check(&plan(STEPS / 2, RESOURCES / 2, wrong));
        let whole = check(&plan(STEPS, RESOURCES, wrong));
        let told = format!("check, {STEPS} steps, {RESOURCES} resources, {name}");
        row(&told, whole, Some(half * 2.0), "ms", &goal);
        row("  of the target", whole / TARGET, None, "x", "<= 1");
    }
    shipped();
    let text = plan(STEPS, RESOURCES, false);
    let parse = often(|| toml::from_str::<toml::Table>(&text).unwrap());
    row("  of that, reading TOML", parse, None, "ms", "-");
    let loaded = load(&text);
    // The rules find what no plan of one failover can have; it is whole all the same.
    let plan = loaded.seen().unwrap();
    let loss = Loss::of(plan, &["east".to_owned()]).unwrap();
    row(
        "check --lose",
        often(|| domain::judge(plan, &loss, &Reach::new())),
        None,
        "ms",
        "-",
    );
    let procedure = plan.procedure(&RunbookId::new("failover")).unwrap();
    row("forecast", often(|| outlook(&procedure)), None, "ms", "<= 16 ms");
    row(
        "plan show",
        often(|| show::human(plan, None, &show::Times::new(), Page::new(Some(80)))),
        None,
        "ms",
        "-",
    );
    row(
        "plan fmt",
        often(|| plan::format(&text, FileKind::Plan).unwrap()),
        None,
        "ms",
        "-",
    );
}
