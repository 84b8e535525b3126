//! The kinds a plan may name: those with hands, and those only the drill world knows yet.

use super::DRIVERS;
use crate::model::{Field, FieldType, KindSpec, Noun, Verb};

const fn text(
    name: &'static str,
    required: bool,
    doc: &'static str,
    example: &'static str,
) -> Field {
    Field { name, ty: FieldType::Text, required, doc, example }
}

/// Kinds without a driver: a plan with one of them runs in drills, and is refused by name
/// in live mode.
const DRILL_ONLY: &[KindSpec] = &[
    KindSpec {
        kind: "aurora-global",
        noun: Noun::Database,
        doc: "An Amazon Aurora global database: a cluster on each side, one of them the writer.",
        verbs: &[
            Verb::Promote,
            Verb::Switchover,
            Verb::Fence,
            Verb::Unfence,
            Verb::Snapshot,
            Verb::RebuildReplica,
        ],
        shared: &[
            text(
                "global_cluster",
                true,
                "The global cluster's identifier.",
                "shop-global",
            ),
            text("engine", false, "The engine.", "aurora-postgresql"),
            Field {
                name: "backup_retention",
                ty: FieldType::Number,
                required: false,
                doc: "Days of automated backups a promoted cluster keeps.",
                example: "30",
            },
        ],
        side: &[
            text("identifier", true, "The cluster's identifier on this side.", "shop-db"),
            text(
                "fence_group",
                false,
                "A VPC security group that lets nobody in: fencing attaches it alone.",
                "sg-0c1f00d1c1f00d1c1",
            ),
            text(
                "open_groups",
                false,
                "The security groups of normal operation, separated by commas.",
                "sg-0c2f00d2c2f00d2c2",
            ),
        ],
        live: false,
    },
    KindSpec {
        kind: "arc-routing-control",
        noun: Noun::Traffic,
        doc: "Weighted records in Amazon Route 53, each behind a routing control of Application \
              Recovery Controller: 0 and 100 are moved at the cluster's own endpoints, shares in \
              between by weight.",
        verbs: &[Verb::Shift],
        shared: &[
            text(
                "cluster",
                true,
                "The cluster's ARN.",
                "arn:aws:route53-recovery-control::111122223333:cluster/8f9a2b1c",
            ),
            text("zone", true, "The hosted zone's id.", "Z07551303ABQJ2QWN3DCK"),
            text("record", true, "The record's full name.", "shop.example.com"),
            text("type", false, "The record's type; A when not written.", "A"),
        ],
        side: &[
            text(
                "set_identifier",
                true,
                "The set identifier of this side's record.",
                "east",
            ),
            text(
                "routing_control",
                true,
                "The ARN of this side's routing control.",
                "arn:aws:route53-recovery-control::111122223333:controlpanel/0a1b/routingcontrol/east",
            ),
        ],
        live: false,
    },
    KindSpec {
        kind: "eks-nodegroup",
        noun: Noun::Compute,
        doc: "The nodes of an EKS cluster.",
        verbs: &[Verb::Scale, Verb::Stop],
        shared: &[],
        side: &[
            text("cluster", true, "Name of the cluster.", "shop-dr"),
            text("nodegroup", true, "Name of the node group.", "application-nodes"),
        ],
        live: false,
    },
    KindSpec {
        kind: "kubernetes-deployment",
        noun: Noun::Compute,
        doc: "A deployment in a Kubernetes cluster.",
        verbs: &[Verb::Scale, Verb::Stop, Verb::Restart, Verb::Deploy, Verb::Repoint],
        shared: &[],
        side: &[
            text("context", true, "Context of the kubeconfig.", "shop-dr"),
            text("namespace", true, "Namespace.", "production"),
            text("deployment", true, "Name of the deployment.", "order-service"),
        ],
        live: false,
    },
    KindSpec {
        kind: "s3",
        noun: Noun::Storage,
        doc: "A bucket and its replica.",
        verbs: &[Verb::RestoreVersion, Verb::Sync, Verb::Switch],
        shared: &[],
        side: &[text("bucket", true, "Name of the bucket.", "shop-data-us-east-1")],
        live: false,
    },
    KindSpec {
        kind: "elasticache",
        noun: Noun::Storage,
        doc: "A cache that is switched to, and warms up.",
        verbs: &[Verb::Switch],
        shared: &[],
        side: &[text("group", true, "Name of the replication group.", "shop-cache")],
        live: false,
    },
];

/// Every kind a plan may name.
pub fn vocabulary() -> Vec<KindSpec> {
    DRIVERS.iter().map(|def| def.spec).chain(DRILL_ONLY.iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_kind_describes_itself_in_full() {
        let mut seen = BTreeSet::new();
        for spec in vocabulary() {
            let kind = spec.kind;
            assert!(seen.insert(kind), "{kind} is there twice");
            assert!(spec.doc.ends_with('.'), "{kind}: {}", spec.doc);
            assert!(!spec.verbs.is_empty(), "{kind} can do nothing");
            for verb in spec.verbs {
                assert_eq!(verb.def().noun, spec.noun, "{kind} cannot {verb}");
            }
            for field in spec.shared.iter().chain(spec.side) {
                assert!(field.doc.ends_with('.'), "{kind}.{}", field.name);
                assert!(!field.example.is_empty(), "{kind}.{}", field.name);
            }
        }
    }

    #[test]
    fn live_means_that_there_are_hands() {
        let hands: BTreeSet<_> = DRIVERS.iter().map(|def| def.spec.kind).collect();
        for spec in vocabulary() {
            assert_eq!(spec.live, hands.contains(spec.kind), "{}", spec.kind);
        }
    }
}
