//! What a step makes, ends and asks for, told by the words of its call or script.
//! Rules that no verb can answer ask here; nothing here says what is wrong.

use super::deed::texts;
use crate::model::{
    Action, AwsCall, Effect, Errand, KubectlCall, Noun, Step, Tier, Verb, errand::Until,
};

/// How an action touches the world.
pub(super) fn effect(action: &Action) -> Effect {
    match action {
        Action::Estate { .. } | Action::Command(_) => Effect::Change,
        Action::Http(_) if action.tier() == Tier::T0 => Effect::Read,
        Action::Http(_) => Effect::Change,
        Action::Check { .. } | Action::Wait { .. } => Effect::Read,
        Action::Manual { .. } | Action::Approval { .. } | Action::Notify { .. } => {
            Effect::Note
        }
        Action::Errand(errand) => errand.effect(),
    }
}

/// Whether it changes anything but our own notes.
pub(super) fn changes(action: &Action) -> bool {
    effect(action) >= Effect::Change
}

/// The words of a program or a script, without quotes and separators.
pub(super) fn words(action: &Action) -> Vec<&str> {
    let Action::Command(spec) = action else { return Vec::new() };
    let apart = |c: char| c.is_whitespace() || ";|&()\"'`".contains(c);
    let script = spec.argv.last().filter(|_| spec.shell);
    let lines = script.map_or(spec.argv.as_slice(), std::slice::from_ref);
    let words = lines.iter().flat_map(|line| line.split(apart));
    words.filter(|word| !word.is_empty()).collect()
}

/// Every text an action is given.
pub(super) fn told(action: &Action) -> Vec<&str> {
    match action {
        Action::Estate { args, .. } => args.0.values().flat_map(texts).collect(),
        Action::Command(spec) => {
            spec.argv.iter().chain(spec.env.values()).map(String::as_str).collect()
        }
        Action::Http(spec) => [Some(&spec.url), spec.body.as_ref()]
            .into_iter()
            .flatten()
            .map(|text| &**text)
            .collect(),
        Action::Manual { text, .. } | Action::Notify { text, .. } => vec![text.as_str()],
        Action::Approval { question, .. } => vec![question.as_str()],
        Action::Check { .. } | Action::Wait { .. } => Vec::new(),
        Action::Errand(errand) => of_errand(errand),
    }
}

fn of_errand(errand: &Errand) -> Vec<&str> {
    match errand {
        Errand::Aws(call) => texts(&call.params),
        Errand::Kubectl(call) => call.args.iter().map(String::as_str).collect(),
        Errand::Sql(call) => {
            let database = call.database.iter().map(String::as_str);
            [call.host.as_str(), call.text.as_str()].into_iter().chain(database).collect()
        }
        Errand::Dns(call) => {
            let changes = call.changes.iter();
            changes
                .flat_map(|change| change.values.iter().chain(&change.alias))
                .map(String::as_str)
                .collect()
        }
        Errand::File(file) => vec![&file.path, &file.text],
        Errand::Until { until: Until::Waiter { params, .. } } => texts(params),
        Errand::Call { inputs, .. } => inputs.values().map(String::as_str).collect(),
        Errand::Until { until: Until::Probe(_) }
        | Errand::Prompt { .. }
        | Errand::Mark { .. }
        | Errand::Respond { .. } => Vec::new(),
    }
}

/// Whether `name` stands in `text` as a whole: `shop-db` is not in `shop-db-west`.
pub(super) fn names(text: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    name.len() > 2
        && text.match_indices(name).any(|(at, _)| {
            let before = text.get(..at).and_then(|text| text.chars().next_back());
            let after = text.get(at + name.len()..).and_then(|text| text.chars().next());
            !before.is_some_and(part) && !after.is_some_and(part)
        })
}

/// Whether an action is given `name`.
pub(super) fn mentions(action: &Action, name: &str) -> bool {
    told(action).into_iter().any(|text| names(text, name))
}

/// What is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Snapshot,
    /// A database beside the one it is a copy of.
    Restored,
    Other,
}

/// Something a step makes under a name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Made<'p> {
    pub name: &'p str,
    /// What it is a copy of, where its call says so.
    pub of: Option<&'p str>,
    pub what: What,
}

/// Operations that make something, the key of its name, and the key of what it is made of.
const MAKERS: &[(&str, &str, &str, What)] = &[
    ("CreateDBSnapshot", "DBSnapshotIdentifier", "DBInstanceIdentifier", What::Snapshot),
    (
        "CreateDBClusterSnapshot",
        "DBClusterSnapshotIdentifier",
        "DBClusterIdentifier",
        What::Snapshot,
    ),
    (
        "CopyDBSnapshot",
        "TargetDBSnapshotIdentifier",
        "SourceDBSnapshotIdentifier",
        What::Snapshot,
    ),
    (
        "CopyDBClusterSnapshot",
        "TargetDBClusterSnapshotIdentifier",
        "SourceDBClusterSnapshotIdentifier",
        What::Snapshot,
    ),
    (
        "RestoreDBInstanceFromDBSnapshot",
        "DBInstanceIdentifier",
        "DBSnapshotIdentifier",
        What::Restored,
    ),
    (
        "RestoreDBInstanceToPointInTime",
        "TargetDBInstanceIdentifier",
        "SourceDBInstanceIdentifier",
        What::Restored,
    ),
    (
        "RestoreDBClusterFromSnapshot",
        "DBClusterIdentifier",
        "SnapshotIdentifier",
        What::Restored,
    ),
    (
        "RestoreDBClusterToPointInTime",
        "DBClusterIdentifier",
        "SourceDBClusterIdentifier",
        What::Restored,
    ),
    (
        "CreateDBInstanceReadReplica",
        "DBInstanceIdentifier",
        "SourceDBInstanceIdentifier",
        What::Other,
    ),
    ("CreateDBInstance", "DBInstanceIdentifier", "", What::Other),
    ("CreateDBCluster", "DBClusterIdentifier", "", What::Other),
    ("CreateReplicationGroup", "ReplicationGroupId", "", What::Other),
    ("CreateCacheCluster", "CacheClusterId", "", What::Other),
    ("CreateTable", "TableName", "", What::Other),
    ("CreateBucket", "Bucket", "", What::Other),
    ("CreateStack", "StackName", "", What::Other),
    ("CreateService", "serviceName", "", What::Other),
    ("CreateCluster", "clusterName", "", What::Other),
    ("CreateNodegroup", "nodegroupName", "", What::Other),
];

/// Everything `step` makes under a name of its own, as far as its words tell.
pub(super) fn made(step: &Step) -> Vec<Made<'_>> {
    let mut made: Vec<Made<'_>> = Vec::new();
    if let Action::Errand(Errand::Aws(call)) = &step.action {
        made.extend(by_call(call));
    }
    let words = words(&step.action);
    let last = words.last().filter(|_| words.contains(&"createdb"));
    made.extend(last.map(|name| Made { name, of: None, what: What::Other }));
    if let Action::Errand(Errand::Kubectl(call)) = &step.action {
        let args: Vec<&str> = call.args.iter().map(String::as_str).collect();
        if let ["create", "namespace" | "ns" | "pvc", name, ..] = args.as_slice() {
            made.push(Made { name, of: None, what: What::Other });
        }
    }
    if let ["kubectl", rest @ ..] = words.as_slice()
        && let Some(at) = rest.iter().position(|word| *word == "create")
        && let Some(["namespace" | "ns" | "pvc", name, ..]) = rest.get(at + 1..)
    {
        made.push(Made { name, of: None, what: What::Other });
    }
    let creates = step.terms.meaning.creates.iter();
    made.extend(creates.map(|name| Made {
        name: name.as_str(),
        of: None,
        what: What::Other,
    }));
    made
}

pub(super) fn by_call(call: &AwsCall) -> Option<Made<'_>> {
    let (_, name, of, what) =
        MAKERS.iter().find(|(operation, ..)| *operation == call.operation)?;
    let text = |key: &str| call.params.get(key).and_then(serde_json::Value::as_str);
    Some(Made { name: text(name)?, of: text(of), what: *what })
}

/// Whether `step` takes away what is called `name`.
pub(super) fn ends(step: &Step, name: &str) -> bool {
    let takes = match &step.action {
        Action::Errand(Errand::Aws(call)) => {
            ["Delete", "Terminate"].iter().any(|word| call.operation.starts_with(word))
        }
        Action::Errand(errand) => errand.effect() == Effect::Destroy,
        Action::Command(_) => {
            let words = words(&step.action);
            ["dropdb", "down", "rm", "delete", "destroy"]
                .iter()
                .any(|word| words.contains(word))
        }
        Action::Estate { .. }
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. } => false,
    };
    takes && mentions(&step.action, name)
        || step.terms.meaning.destroys.iter().any(|one| one.as_str() == name)
}

/// Operations that answer when they are accepted, and are done later.
const LATER: &[(&str, Noun)] = &[
    ("PromoteReadReplica", Noun::Database),
    ("PromoteReadReplicaDBCluster", Noun::Database),
    ("FailoverGlobalCluster", Noun::Database),
    ("SwitchoverGlobalCluster", Noun::Database),
    ("SwitchoverReadReplica", Noun::Database),
    ("ModifyDBInstance", Noun::Database),
    ("ModifyDBCluster", Noun::Database),
    ("StopDBInstance", Noun::Database),
    ("StopDBCluster", Noun::Database),
    ("StartDBInstance", Noun::Database),
    ("StartDBCluster", Noun::Database),
    ("RebootDBInstance", Noun::Database),
    ("UpdateNodegroupConfig", Noun::Compute),
    ("UpdateNodegroupVersion", Noun::Compute),
    ("SetDesiredCapacity", Noun::Compute),
    ("UpdateAutoScalingGroup", Noun::Compute),
    ("UpdateStack", Noun::Compute),
    ("ExecuteChangeSet", Noun::Compute),
    ("RunInstances", Noun::Compute),
    ("StartInstances", Noun::Compute),
    ("CreateStack", Noun::Compute),
    ("CreateService", Noun::Compute),
    ("CreateNodegroup", Noun::Compute),
    ("UpdateDistribution", Noun::Traffic),
];

/// What a call asks for that comes about only after its answer; none when the answer
/// says that it is done.
pub(super) fn pending(action: &Action) -> Option<Noun> {
    match action {
        Action::Errand(Errand::Aws(call)) => pending_aws(call),
        Action::Errand(Errand::Kubectl(call)) => {
            pending_kubectl(call).then_some(Noun::Compute)
        }
        Action::Errand(Errand::Dns(_)) => Some(Noun::Traffic),
        Action::Errand(_)
        | Action::Estate { .. }
        | Action::Command(_)
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. } => None,
    }
}

fn pending_aws(call: &AwsCall) -> Option<Noun> {
    if call.service == "ecs" && call.operation == "UpdateService" {
        return Some(Noun::Compute);
    }
    let known = LATER.iter().find(|(operation, _)| *operation == call.operation);
    let made = || by_call(call).filter(|_| call.service == "rds");
    known.map(|(_, noun)| *noun).or_else(|| made().map(|_| Noun::Database))
}

fn pending_kubectl(call: &KubectlCall) -> bool {
    let args: Vec<&str> = call.args.iter().map(String::as_str).collect();
    let runs = |word: &&str| {
        ["deploy", "statefulset", "daemonset"].iter().any(|kind| word.contains(kind))
    };
    match args.as_slice() {
        ["scale" | "set", ..] | ["rollout", "restart" | "undo", ..] => true,
        ["patch" | "apply" | "create" | "replace", rest @ ..] => rest.iter().any(runs),
        _ => false,
    }
}

/// How many of something a step makes it be, where it says so.
pub(super) fn count(action: &Action) -> Option<u64> {
    match action {
        Action::Estate { verb: Verb::Stop, .. } => Some(0),
        Action::Estate { args, .. } => args.number("count").map(u64::from),
        Action::Errand(Errand::Aws(call)) => {
            let paths =
                ["/desiredCount", "/scalingConfig/desiredSize", "/DesiredCapacity"];
            paths.iter().find_map(|path| call.params.pointer(path)?.as_u64())
        }
        Action::Errand(Errand::Kubectl(call)) => {
            let mut args = call.args.iter().map(String::as_str);
            let found = args.find(|word| word.starts_with("--replicas"))?;
            match found.strip_prefix("--replicas=") {
                Some(number) => number.parse().ok(),
                None => args.next()?.parse().ok(),
            }
        }
        Action::Errand(_)
        | Action::Command(_)
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Manual { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. } => None,
    }
}
