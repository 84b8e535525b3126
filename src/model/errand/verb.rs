//! What a call of a cloud's own interface comes to: the verb that would do the same. One
//! table for the check, which reads plans, and for the drill world, which plays them.

use serde_json::Value;

use super::AwsCall;
use crate::model::Verb;

/// Operations that do what a verb does, whatever they are given.
const OPERATIONS: &[(&str, Verb)] = &[
    ("PromoteReadReplica", Verb::Promote),
    ("PromoteReadReplicaDBCluster", Verb::Promote),
    ("FailoverGlobalCluster", Verb::Promote),
    ("SwitchoverGlobalCluster", Verb::Switchover),
    ("SwitchoverReadReplica", Verb::Switchover),
    ("StopDBInstance", Verb::Fence),
    ("StopDBCluster", Verb::Fence),
    ("CreateDBInstanceReadReplica", Verb::RebuildReplica),
    ("CreateDBSnapshot", Verb::Snapshot),
    ("CreateDBClusterSnapshot", Verb::Snapshot),
    ("CopyDBSnapshot", Verb::CopySnapshot),
    ("CopyDBClusterSnapshot", Verb::CopySnapshot),
    ("UpdateNodegroupConfig", Verb::Scale),
    ("SetDesiredCapacity", Verb::Scale),
    ("UpdateDistribution", Verb::Shift),
];

/// Where a call says how many there are to be.
const COUNTS: &[&str] = &["desiredCount", "scalingConfig.desiredSize", "DesiredCapacity"];

impl AwsCall {
    /// The verb that would do the same; none for what no verb does.
    pub fn verb(&self) -> Option<Verb> {
        let is_on =
            || self.at("RoutingControlState").and_then(Value::as_str) == Some("On");
        match (self.service.as_str(), self.operation.as_str()) {
            ("ecs", "UpdateService") if self.count().is_some() => Some(Verb::Scale),
            ("ecs", "UpdateService") if self.at("taskDefinition").is_some() => {
                Some(Verb::Deploy)
            }
            ("ecs", "UpdateService") => Some(Verb::Restart),
            // Off takes users away from a side; where they go says the other control.
            (_, "UpdateRoutingControlState") => is_on().then_some(Verb::Shift),
            (_, operation) => {
                let known = OPERATIONS.iter().find(|(name, _)| *name == operation);
                known.map(|(_, verb)| *verb)
            }
        }
    }

    /// What stands at `path` of its parameters, keys with dots between them.
    pub fn at(&self, path: &str) -> Option<&Value> {
        path.split('.').try_fold(&self.params, |value, key| value.get(key))
    }

    /// How many there are to be.
    pub fn count(&self) -> Option<u64> {
        COUNTS.iter().find_map(|path| self.at(path)?.as_u64())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_call_is_the_verb_that_would_do_the_same() {
        for (service, operation, params, verb) in [
            ("rds", "PromoteReadReplica", json!({}), Some(Verb::Promote)),
            ("ecs", "UpdateService", json!({ "desiredCount": 3 }), Some(Verb::Scale)),
            (
                "ecs",
                "UpdateService",
                json!({ "taskDefinition": "a:2" }),
                Some(Verb::Deploy),
            ),
            (
                "ecs",
                "UpdateService",
                json!({ "forceNewDeployment": true }),
                Some(Verb::Restart),
            ),
            ("apprunner", "UpdateService", json!({}), None),
            (
                "x",
                "UpdateRoutingControlState",
                json!({ "RoutingControlState": "On" }),
                Some(Verb::Shift),
            ),
            (
                "x",
                "UpdateRoutingControlState",
                json!({ "RoutingControlState": "Off" }),
                None,
            ),
            ("rds", "DescribeDBInstances", json!({}), None),
        ] {
            let call = AwsCall {
                service: service.into(),
                operation: operation.into(),
                params,
                ..AwsCall::default()
            };
            assert_eq!(call.verb(), verb, "{service} {operation} {}", call.params);
        }
        let grown = json!({ "scalingConfig": { "desiredSize": 9 } });
        let call = AwsCall { params: grown, ..AwsCall::default() };
        assert_eq!(call.count(), Some(9));
    }
}
