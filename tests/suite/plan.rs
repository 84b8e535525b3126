//! Plans: the shipped ones are clean, the bad ones say exactly what is wrong, and no text
//! whatever makes the reader fall over.

use std::{fs, path::Path};

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
        &[field("instance", Text, true)],
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
    kind("s3", Noun::Storage, &[Verb::Sync], &[], &[field("bucket", Text, true)]),
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
    ])
}

fn whole(loaded: Loaded) -> Plan {
    let told = plan::human(&loaded.problems, &loaded.sources, false);
    loaded.plan.unwrap_or_else(|| panic!("{told}"))
}

#[test]
fn shipped_plans_are_clean_once_their_parameters_are_set() {
    for (name, _) in plan::EMBEDDED {
        let loaded = shipped(name, &zone());
        let told = plan::human(&loaded.problems, &loaded.sources, false);
        assert_eq!(loaded.exit_code(), 0, "{name}:\n{told}");
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
