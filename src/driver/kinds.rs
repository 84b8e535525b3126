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
