//! Plans: the shipped ones are clean, the bad ones say exactly what is wrong, and no text
//! whatever makes the reader fall over.

mod begin;
mod commands;
mod domain;
mod exercises;
mod expand;
mod format;
mod graph;
mod language;
mod lints;
mod scenarios;
mod show;
mod tenants;
mod words;
mod written;

use std::{collections::BTreeSet, fs, path::Path};

use proptest::prelude::*;
use warroom::{
    model::{
        Action, Field, FieldType, KindSpec, Noun, Procedure, RunbookKind, Span, Tier,
        Verb,
    },
    plan::{self, Env, Level, Loaded, Plan},
};

const fn field(name: &'static str, ty: FieldType, required: bool) -> Field {
    Field { name, ty, required, doc: "A key of the test.", example: "x" }
}

const fn kind(
    kind: &'static str,
    noun: Noun,
    verbs: &'static [Verb],
    shared: &'static [Field],
    side: &'static [Field],
) -> KindSpec {
    KindSpec { kind, noun, doc: "A kind of the test.", verbs, shared, side, live: true }
}

use FieldType::{Duration, Number, Text};

/// As the drivers describe themselves; a local copy, so that these tests say what the plan
/// layer does with any table it is given.
const KINDS: &[KindSpec] = &[
    kind(
        "rds-replica",
        Noun::Database,
        &[
            Verb::Promote,
            Verb::Fence,
            Verb::Unfence,
            Verb::RebuildReplica,
            Verb::Snapshot,
        ],
        &[
            field("engine", Text, false),
            field("backup_retention", Number, false),
            field("fence", Text, false),
        ],
        &[
            field("instance", Text, true),
            field("fence_group", Text, false),
            field("open_groups", Text, false),
            field("subnet_group", Text, false),
        ],
    ),
    kind(
        "aurora-global",
        Noun::Database,
        &[
            Verb::Promote,
            Verb::Switchover,
            Verb::Fence,
            Verb::Unfence,
            Verb::Snapshot,
            Verb::RebuildReplica,
        ],
        &[
            field("global_cluster", Text, true),
            field("engine", Text, false),
            field("backup_retention", Number, false),
        ],
        &[
            field("identifier", Text, true),
            field("fence_group", Text, false),
            field("open_groups", Text, false),
        ],
    ),
    kind(
        "ecs-service",
        Noun::Compute,
        &[Verb::Scale, Verb::Stop, Verb::Restart, Verb::Deploy],
        &[],
        &[field("cluster", Text, true), field("service", Text, true)],
    ),
    kind(
        "eks-nodegroup",
        Noun::Compute,
        &[Verb::Scale],
        &[],
        &[field("cluster", Text, true), field("nodegroup", Text, true)],
    ),
    kind(
        "kubernetes-deployment",
        Noun::Compute,
        &[Verb::Scale, Verb::Stop, Verb::Restart, Verb::Deploy, Verb::Repoint],
        &[],
        &[
            field("context", Text, true),
            field("namespace", Text, true),
            field("deployment", Text, true),
        ],
    ),
    kind(
        "route53",
        Noun::Traffic,
        &[Verb::Shift, Verb::Hold],
        &[
            field("zone", Text, true),
            field("record", Text, true),
            field("type", Text, false),
            field("ttl", Duration, false),
        ],
        &[field("set_identifier", Text, true)],
    ),
    kind(
        "arc-routing-control",
        Noun::Traffic,
        &[Verb::Shift],
        &[
            field("cluster", Text, true),
            field("zone", Text, true),
            field("record", Text, true),
            field("type", Text, false),
        ],
        &[field("set_identifier", Text, true), field("routing_control", Text, true)],
    ),
    kind(
        "s3",
        Noun::Storage,
        &[Verb::RestoreVersion, Verb::Sync, Verb::Switch],
        &[],
        &[field("bucket", Text, true)],
    ),
    kind(
        "elasticache",
        Noun::Storage,
        &[Verb::Switch],
        &[],
        &[field("group", Text, true)],
    ),
];

fn shipped(name: &str, env: &Env) -> Loaded {
    let (_, files) = plan::EMBEDDED.iter().find(|(known, _)| *known == name).unwrap();
    plan::load_embedded(name, files, KINDS, env)
}

fn zone() -> Env {
    Env::from([
        ("HOSTED_ZONE_ID".to_owned(), "Z07551303ABQJ2QWN3DCK".to_owned()),
        ("STABLE_TASK_DEFINITION".to_owned(), "inventory-service:42".to_owned()),
        ("FENCE_GROUP_IRELAND".to_owned(), "sg-0c1f00d1c1f00d1c1".to_owned()),
        ("OPEN_GROUPS_IRELAND".to_owned(), "sg-0c2f00d2c2f00d2c2".to_owned()),
        ("FENCE_GROUP_FRANKFURT".to_owned(), "sg-0c3f00d3c3f00d3c3".to_owned()),
        ("OPEN_GROUPS_FRANKFURT".to_owned(), "sg-0c4f00d4c4f00d4c4".to_owned()),
    ])
}

/// A variable with a value of its kind.
fn likely(variable: String) -> (String, String) {
    let value = match &variable {
        group if group.contains("FENCE") => "sg-0c6f00d6c6f00d6c6".to_owned(),
        group if group.contains("GROUP") => "sg-0c5f00d5c5f00d5c5".to_owned(),
        path if path.ends_with("REPO") => "/srv/checkout".to_owned(),
        other => other.to_lowercase().replace('_', "-"),
    };
    (variable, value)
}

fn whole(loaded: Loaded) -> Plan {
    let told = plan::human(&loaded.problems, &loaded.sources, false);
    loaded.plan.unwrap_or_else(|| panic!("{told}"))
}

#[test]
fn shipped_plans_are_clean_once_their_parameters_are_set() {
    for (name, _) in plan::EMBEDDED {
        let bare = shipped(name, &Env::new());
        let unset = bare.seen().unwrap().parameters.iter();
        let mut env: Env =
            unset.filter_map(|one| one.variable.clone()).map(likely).collect();
        env.extend(zone());
        let loaded = shipped(name, &env);
        let told = plan::human(&loaded.problems, &loaded.sources, false);
        // What somebody has accepted, with a reason and a day, stays in sight as a warning;
        // and what has no hands yet runs in drills only.
        let open = loaded.problems.iter().filter(|problem| {
            problem.waived.is_none() && problem.lint != "P-unknown-kind"
        });
        assert_eq!(open.count(), 0, "{name}:\n{told}");
    }
}

#[test]
fn an_unset_parameter_stops_only_what_uses_it() {
    let loaded = shipped("mycomputer", &Env::new());
    assert_eq!(loaded.exit_code(), 1);
    assert!(loaded.problems.iter().all(|problem| problem.lint == "P-unset-parameter"));
    let plan = whole(loaded);
    let blocked = |runbook: &str| -> Vec<String> {
        let steps = plan.blocked(&runbook.into());
        steps.iter().map(|(step, parameter)| format!("{step} {}", parameter.id)).collect()
    };
    assert_eq!(blocked("multi-region-failover"), ["shift hosted_zone_id"]);
    assert_eq!(blocked("app-recovery"), ["deploy stable_task_definition"]);
}

/// The text of a test plan.
fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap()
}

fn check(text: &str) -> Loaded {
    plan::load_embedded("test", &[("plan.toml", text)], KINDS, &Env::new())
}

#[test]
fn bad_plans_say_what_is_wrong_and_what_to_write() {
    let mut seen = BTreeSet::new();
    for entry in fs::read_dir("tests/plans/bad").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ext| ext != "toml") {
            continue;
        }
        let loaded = plan::load(&path, KINDS, &Env::new());
        seen.extend(loaded.problems.iter().map(|problem| problem.lint));
        assert!(
            loaded.plan.is_none() && loaded.exit_code() == 2,
            "{} passed",
            path.display()
        );
        let told = plan::human(&loaded.problems, &loaded.sources, false);
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        insta::with_settings!({
            snapshot_path => "../../plans/bad",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!(name, told); });
    }
    // Only what needs a broken disk or a missing variable is not in the files.
    let known: BTreeSet<_> = plan::lints().map(|def| def.id).collect();
    // Every other rule has its pair in `tests/plans/lints`.
    let paired = |id: &str| Path::new(&format!("tests/plans/lints/{id}.toml")).exists();
    let seen: BTreeSet<_> =
        seen.into_iter().chain(known.iter().copied().filter(|id| paired(id))).collect();
    let elsewhere = BTreeSet::from(["P-file", "P-unset-parameter"]);
    assert_eq!(known.difference(&seen).copied().collect::<BTreeSet<_>>(), elsewhere);
    assert_eq!(seen.difference(&known).count(), 0, "a problem of no rule: {seen:?}");
}

#[test]
fn problems_for_programs_carry_the_same_facts() {
    let text = read("tests/plans/good/shop.toml").replace("rpo = \"5m\"", "rpo = \"5\"");
    let loaded = check(&text);
    let json = plan::json(&loaded.problems);
    assert_eq!(
        json,
        serde_json::json!({ "problems": [{
            "lint": "P-bad-duration",
            "level": "error",
            "file": "test/plan.toml",
            "line": 13,
            "column": 7,
            "at": "objectives.rpo",
            "message": "`5` is not a duration",
            "help": "write whole numbers with ms, s, m, h or d: \"90s\", \"1h30m\"",
        }] })
    );
}

#[test]
fn a_missing_plan_is_a_problem_like_any_other() {
    let loaded = plan::load(Path::new("tests/plans/nowhere"), KINDS, &Env::new());
    assert_eq!(loaded.exit_code(), 2);
    assert_eq!(loaded.problems.len(), 1);
    assert_eq!(loaded.problems[0].lint, "P-file");
    assert!(plan::human(&loaded.problems, &loaded.sources, false).contains("nowhere"));
}

#[test]
fn a_directory_and_the_program_hold_the_same_plan() {
    for (name, _) in plan::EMBEDDED {
        let path = Path::new("assets/plans").join(name);
        let on_disk = whole(plan::load(&path, KINDS, &zone()));
        let inside = whole(shipped(name, &zone()));
        assert_eq!(on_disk.digest, inside.digest, "{name}");
        assert_eq!(on_disk.runbooks, inside.runbooks, "{name}");
        let files = fs::read_dir(path.join("runbooks")).unwrap().count();
        assert_eq!(
            files,
            inside.runbooks.len(),
            "{name} has a file that is not embedded"
        );
    }
}

#[test]
fn any_changed_byte_is_another_plan() {
    let text = read("tests/plans/good/shop.toml");
    let digest = |text: &str| check(text).plan.unwrap().digest;
    assert_eq!(digest(&text), digest(&text));
    assert_ne!(digest(&text), digest(&format!("{text}\n")));
}

fn runbook(plan: &Plan, kind: RunbookKind) -> Procedure {
    let runbook = plan.runbooks.iter().find(|one| one.kind == kind).unwrap();
    plan.procedure(&runbook.id).unwrap()
}

#[test]
fn what_is_not_written_is_settled_once() {
    let plan = whole(check(&read("tests/plans/good/shop.toml")));
    let procedure = runbook(&plan, RunbookKind::Failover);
    let needs = |id: &str| -> Vec<String> {
        let step = procedure.runbook.step(&id.into()).unwrap();
        step.needs.iter().map(ToString::to_string).collect()
    };
    // Sequential unless `needs` says otherwise; after a fork, all of its ends.
    assert_eq!(needs("ready"), Vec::<String>::new());
    assert_eq!(needs("go"), ["ready"]);
    assert_eq!(needs("scale"), ["ready"]);
    assert_eq!(needs("repoint"), ["promote", "scale"]);
    assert_eq!(needs("shift"), ["repoint"]);
    let numbers: Vec<u32> = procedure.runbook.steps().map(|step| step.number).collect();
    assert_eq!(numbers, (1..=8).collect::<Vec<u32>>());
    let promote = procedure.runbook.step(&"promote".into()).unwrap();
    assert_eq!(promote.tier, Tier::T4);
    assert_eq!(promote.approval, Some("commander".into()));
    assert_eq!(promote.verify.timeout, Span::mins(15));
    assert_eq!(promote.name.as_str(), "Promote db in west");
    assert_eq!(procedure.objective.rto, Span::mins(30));
    // A runbook's own promise goes before those of its services.
    assert_eq!(runbook(&plan, RunbookKind::Failback).objective.rto, Span::mins(2880));
}

#[test]
fn the_tightest_service_sets_the_pace() {
    let plan = whole(shipped("mycomputer", &zone()));
    let procedure = runbook(&plan, RunbookKind::Failover);
    assert_eq!(procedure.objective.rto, Span::mins(15));
    assert_eq!(procedure.objective.rpo, Span::mins(5));
    assert_eq!(procedure.services.len(), 5);
}

#[test]
fn no_plan_lowers_the_tier_of_an_action() {
    for (name, _) in plan::EMBEDDED {
        for runbook in whole(shipped(name, &zone())).runbooks {
            for step in runbook.steps() {
                assert!(step.tier >= step.action.tier(), "{name}: {}", step.id);
                let commanded = step.tier < Tier::T4 || step.approval.is_some();
                assert!(commanded, "{name}: {} has no second person", step.id);
                assert!(step.estimate.p50 <= step.estimate.p95, "{name}: {}", step.id);
                let moves = matches!(&step.action, Action::Estate { .. });
                assert!(!moves || step.owner.is_some(), "{name}: who does {}?", step.id);
            }
        }
    }
}

/// What may happen to a file: a line lost, a line twice, a character changed.
fn damaged(text: &str, at: usize, how: u8, to: char) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let at = at % lines.len();
    match how % 4 {
        0 => {
            lines.remove(at);
        }
        1 => lines.insert(at, lines[at].clone()),
        2 => lines.swap(at, 0),
        _ => {
            let line: Vec<char> = lines[at].chars().collect();
            let place = usize::from(how) % line.len().max(1);
            lines[at] = line
                .iter()
                .enumerate()
                .map(|(index, c)| if index == place { to } else { *c })
                .collect();
        }
    }
    lines.join("\n")
}

#[test]
fn depth_and_length_are_refused_and_not_fallen_over() {
    for text in [
        "[".repeat(20_000),
        format!("a = {}", "[".repeat(20_000)),
        format!("a = {}", "{ b = ".repeat(20_000)),
        format!("{}x = 1", "a.".repeat(20_000)),
        format!("[{}x]", "a.".repeat(20_000)),
        format!("schema = {}", "9".repeat(20_000)),
        "[[site]]\nid = \"a\"\n".repeat(2_000),
    ] {
        let loaded = check(&text);
        assert!(loaded.plan.is_none());
        assert!(!plan::human(&loaded.problems, &loaded.sources, true).is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_damage_makes_the_reader_fall_over(
        wounds in prop::collection::vec((any::<usize>(), any::<u8>(), any::<char>()), 1..4),
        from in 0_usize..5,
    ) {
        let text = match from {
            0 => plan::EMBEDDED[0].1[0].1.to_owned(),
            1 => read("tests/plans/good/shop.toml"),
            2 => read("tests/plans/good/academy.toml"),
            3 => read("tests/plans/as-written/lecture.toml"),
            _ => read("tests/plans/as-written/ecommerce.toml"),
        };
        let text = wounds
            .iter()
            .fold(text, |text, (at, how, to)| damaged(&text, *at, *how, *to));
        let loaded = check(&text);
        let lines = u32::try_from(text.lines().count()).unwrap() + 1;
        for problem in &loaded.problems {
            prop_assert!((1..=lines).contains(&problem.line), "{problem:?}");
            prop_assert!(!problem.help.is_empty(), "{problem:?}");
        }
        let errors = loaded.problems.iter().any(|one| one.level == Level::Error);
        prop_assert_eq!(loaded.plan.is_none(), errors);
        let told = plan::human(&loaded.problems, &loaded.sources, false);
        let control = |c: char| c != '\n' && warroom::model::text::is_unsafe(c);
        prop_assert!(!told.contains(control), "{}", told);
    }

    #[test]
    fn any_bytes_are_read_or_refused(text in "\\PC{0,200}|[\\[\\]a-z=\"{}.,\n ]{0,200}") {
        let loaded = check(&text);
        prop_assert!(loaded.plan.is_none());
    }
}
