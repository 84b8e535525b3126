//! Whether anything is kept of what a step destroys.

use super::{
    super::{
        Check, Findings, LintDef, Subject,
        act::{self, What},
        load::loads,
        look,
    },
    follow::owner,
};
use crate::{
    model::{
        Action, AwsCall, Errand, Look, Noun, ProbeKind, Resource, RunbookKind, Step,
        Verb, errand::Until,
    },
    plan::{Level, Plan},
};

pub(super) const WITHOUT_COPY: LintDef = LintDef {
    id: "L16",
    name: "destructive-without-copy",
    level: Level::Error,
    doc: "Something is dropped, deleted or overwritten before a copy of it is kept.",
    mend: "Keep a copy first and see it done; read what it is replaced by before that.",
    check: Check::Runbook(without_copy),
};

fn without_copy(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for step in subject.runbook.steps() {
        let Some(loss) = loss(subject, step) else { continue };
        let before = |one: &&Step| subject.is_before(&one.id, &step.id);
        let own = subject.runbook.steps().filter(before).any(|one| {
            // What a dump is loaded into was just made.
            act::made(one)
                .iter()
                .any(|made| loss.name.as_deref().is_none_or(|name| name == made.name))
        });

        let kept = subject
            .runbook
            .steps()
            .filter(before)
            .any(|one| keeps(subject, one, step, &loss));
        if !own && !kept {
            findings.add(
                &subject.at(&step.id),
                format!(
                    "{}, and no step before it keeps a copy: if what replaces it is bad, \
                     there is neither",
                    loss.what
                ),
                loss.help,
            );
        }
    }
}

/// What a step makes an end of.
struct Loss {
    what: String,
    /// What it is called.
    name: Option<String>,
    help: &'static str,
}

impl Loss {
    fn of(what: String, name: &str, help: &'static str) -> Self {
        Self { what, name: Some(name.to_owned()), help }
    }
}

const DUMP: &str = "let it wait for a copy that is seen done: do = \"snapshot\", or run = \
                    [\"pg_dump\", ...]; and read the backup first: run = [\"pg_restore\", \
                    \"--list\", ...]";
const ASIDE: &str = "move it aside instead (run = [\"mv\", ...]), or copy it first, and read \
                     what replaces it before that";
const VERSIONS: &str = "let it wait for a check of a probe of GetBucketVersioning, or copy \
                        what is overwritten to another prefix first";

fn loss(subject: &Subject<'_>, step: &Step) -> Option<Loss> {
    match &step.action {
        Action::Errand(Errand::Aws(call)) => deleted(call),
        Action::Errand(Errand::Kubectl(call)) => {
            let args = call.args.iter().map(String::as_str);
            unmounted(&std::iter::once("kubectl").chain(args).collect::<Vec<_>>())
        }
        Action::Errand(Errand::Sql(call)) => stated(&call.text),
        Action::Command(_) => {
            let words = act::words(&step.action);
            dropped(&words)
                .or_else(|| unmounted(&words))
                .or_else(|| removed(&words))
                .or_else(|| synced(subject.plan, &words))
                .or_else(|| loaded(subject.runbook.kind, step))
        }
        Action::Estate { resource, side, verb: Verb::Sync, .. } => {
            let known = subject.plan.resource(resource.as_str())?;
            (known.primary == *side).then(|| {
                let what = format!("{resource} in {side} is overwritten from its copy");
                Loss::of(what, resource.as_str(), VERSIONS)
            })
        }
        Action::Manual { text, .. } => by_hand(subject.plan, text.as_str()),
        Action::Errand(_)
        | Action::Estate { .. }
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. } => None,
    }
}

/// Words people say that something is kept with.
const KEEPS: &[&str] = &["snapshot", "dump", "copy", "backup", "rename"];

/// A person who makes an end of a database or a bucket by its name.
fn by_hand(plan: &Plan, text: &str) -> Option<Loss> {
    let lower = text.to_lowercase();
    let ends = ["delete", "drop", "wipe", "erase", "destroy"]
        .iter()
        .any(|word| act::names(&lower, word));
    if !ends || KEEPS.iter().any(|word| lower.contains(word)) {
        return None;
    }
    let stores = plan
        .estate
        .iter()
        .filter(|one| [Noun::Database, Noun::Storage].contains(&one.noun));
    let mut names = stores
        .flat_map(|one| one.sides.values())
        .flat_map(|side| side.params.0.values())
        .filter_map(|value| value.as_str());
    let name = names.find(|name| act::names(text, name))?;
    Some(Loss::of(format!("{name} is deleted by hand"), name, DUMP))
}

/// Operations after which data is gone, and the key of its name.
const DELETES: &[(&str, &str)] = &[
    ("DeleteDBInstance", "DBInstanceIdentifier"),
    ("DeleteDBCluster", "DBClusterIdentifier"),
    ("DeleteTable", "TableName"),
    ("DeleteBucket", "Bucket"),
    ("DeleteObject", "Bucket"),
    ("DeleteObjects", "Bucket"),
    ("DeleteFileSystem", "FileSystemId"),
    ("DeleteVolume", "VolumeId"),
    ("DeleteReplicationGroup", "ReplicationGroupId"),
];

fn deleted(call: &AwsCall) -> Option<Loss> {
    let (_, key) = DELETES.iter().find(|(operation, _)| *operation == call.operation)?;
    let name = call.params.get(key)?.as_str()?;
    let last = ["FinalDBSnapshotIdentifier", "FinalSnapshotIdentifier"];
    let kept = last.iter().any(|key| call.params.get(key).is_some());
    (!kept).then(|| Loss::of(format!("{name} is deleted"), name, DUMP))
}

/// A namespace, or a claim on a volume, that goes with all it holds.
fn unmounted(words: &[&str]) -> Option<Loss> {
    let after = |word: &str, of: &[&str]| of.iter().position(|one| *one == word);
    let rest = words.get(after("kubectl", words)? + 1..)?;
    let rest = rest.get(after("delete", rest)? + 1..)?;
    let kinds = ["pvc", "pv", "persistentvolume", "namespace", "ns"];
    let (kind, name) = match rest.first()?.split_once('/') {
        Some((kind, name)) => (kind, name),
        None => (*rest.first()?, *rest.iter().skip(1).find(|one| !one.starts_with('-'))?),
    };
    let holds = kinds.contains(&kind) || kind.starts_with("persistentvolume");
    holds
        .then(|| Loss::of(format!("{kind} {name} is deleted with its data"), name, ASIDE))
}

fn stated(text: &str) -> Option<Loss> {
    let lower = text.to_lowercase();
    let statements = lower.split(';').map(|one| {
        one.split_whitespace().map(|word| word.trim_matches('"')).collect::<Vec<_>>()
    });
    for words in statements {
        let name = match words.as_slice() {
            ["drop", "database" | "table" | "schema", "if", "exists", name, ..]
            | ["drop", "database" | "table" | "schema", name, ..]
            | ["delete", "from", name, ..]
            | ["truncate", "table", name, ..]
            | ["truncate", name, ..] => *name,
            _ => continue,
        };
        let what = format!("`{}` ends what {name} holds", words.join(" "));
        return Some(Loss::of(what, name, DUMP));
    }
    None
}

fn dropped(words: &[&str]) -> Option<Loss> {
    let name = words.last().filter(|_| words.contains(&"dropdb"))?;
    Some(Loss::of(format!("the database {name} is dropped"), name, DUMP))
}

fn removed(words: &[&str]) -> Option<Loss> {
    let flag = |word: &str, letters: &[char]| {
        word.starts_with('-') && !word.starts_with("--") && word.contains(letters)
    };
    let after = |program: &str| {
        let at = words.iter().position(|word| *word == program)?;
        words.get(at + 1..)
    };
    if let Some(rest) = after("rm") {
        let deep =
            rest.iter().any(|word| flag(word, &['r', 'R']) || *word == "--recursive");
        let path = rest.iter().find(|word| !word.starts_with('-'))?;
        let passing = ["tmp", "temp", "cache"].iter().any(|word| act::names(path, word));
        let made = words.contains(&"mktemp") && path.starts_with('$');
        let lasting = deep && path.len() > 1 && !passing && !made;
        return lasting.then(|| Loss::of(format!("{path} is removed"), path, ASIDE));
    }
    let told = |what: &str| Loss { what: what.to_owned(), name: None, help: ASIDE };
    let volumes = words.contains(&"down")
        && words.iter().any(|word| ["-v", "--volumes"].contains(word));
    if volumes && words.iter().any(|word| word.starts_with("docker")) {
        return Some(told("the containers' volumes are removed"));
    }
    if after("terraform").is_some_and(|rest| rest.contains(&"destroy")) {
        return Some(told("everything Terraform made is destroyed"));
    }
    words
        .iter()
        .any(|word| word.starts_with("mkfs") || word.eq_ignore_ascii_case("flushall"))
        .then(|| told("everything on it is wiped"))
}

/// A bucket users write to that is overwritten from another one.
fn synced(plan: &Plan, words: &[&str]) -> Option<Loss> {
    let buckets: Vec<&str> = words
        .iter()
        .filter_map(|word| word.strip_prefix("s3://")?.split('/').next())
        .collect();
    let removes = words.contains(&"rm") && words.contains(&"s3");
    let target = match buckets.as_slice() {
        [one] if removes => *one,
        [_, target] if words.contains(&"sync") || words.contains(&"mv") => *target,
        _ => return None,
    };
    let storage = plan.estate.iter().find(|one| primary_bucket(one) == Some(target))?;
    let how = if removes { "removed" } else { "overwritten" };
    Some(Loss::of(
        format!("what {} keeps in {target} is {how}", storage.id),
        target,
        VERSIONS,
    ))
}

fn primary_bucket(one: &Resource) -> Option<&str> {
    let of = (one.noun == Noun::Storage).then_some(one)?;
    of.sides.get(&of.primary)?.params.text("bucket")
}

/// A dump loaded over what is there.
fn loaded(kind: RunbookKind, step: &Step) -> Option<Loss> {
    let restores = matches!(kind, RunbookKind::Restore | RunbookKind::Failback);
    let load = loads(&step.action).into_iter().next().filter(|_| restores)?;
    let test = load.database.as_ref().is_some_and(|name| name.contains("test"));
    let name = load.database.as_deref();
    let made = act::words(&step.action).contains(&"createdb")
        || act::made(step).iter().any(|made| Some(made.name) == name);
    if test || made {
        return None;
    }
    let named = load.database.as_ref().filter(|name| !name.starts_with('$'));
    let what = named.map_or("the live database", String::as_str);
    Some(Loss {
        what: format!("a dump is loaded over {what}"),
        name: load.database,
        help: DUMP,
    })
}

/// Programs that make a copy.
const COPIES: &[&str] = &[
    "pg_dump",
    "pg_dumpall",
    "pg_basebackup",
    "mysqldump",
    "mariadb-dump",
    "mongodump",
    "xtrabackup",
    "mv",
    "restic",
    "borg",
];

/// Whether `one` keeps what `step` is about to destroy.
fn keeps(subject: &Subject<'_>, one: &Step, step: &Step, loss: &Loss) -> bool {
    match &one.action {
        Action::Estate { resource, verb, .. } => {
            // A snapshot of another database keeps nothing of this one.
            let of = loss.name.as_ref().and_then(|name| owner(subject.plan, name));
            let same = of.is_none_or(|of| of.id == *resource);
            matches!(verb, Verb::Snapshot | Verb::CopySnapshot) && same
        }
        Action::Errand(Errand::Aws(call)) => {
            let snapshot =
                act::by_call(call).is_some_and(|made| made.what == What::Snapshot);
            let backup = ["StartBackupJob", "CreateBackup"].contains(&&*call.operation);
            snapshot && look::seen(subject, one, Noun::Database, Some(&step.id)) || backup
        }
        Action::Command(_) => copied(&act::words(&one.action), loss),
        Action::Manual { text, .. } => {
            // To compare with a backup is not to make one.
            let text = text.as_str().to_lowercase();
            let made = ["take a", "make a", "keep a", "back up"];
            let kept = KEEPS.iter().filter(|word| **word != "backup");
            kept.chain(&made).any(|word| text.contains(word))
        }
        Action::Check { probe }
        | Action::Errand(Errand::Until { until: Until::Probe(probe) }) => {
            let known = subject.plan.probes.iter().find(|known| known.id == *probe);
            known.is_some_and(|known| {
                matches!(&known.look, ProbeKind::Look(Look::Aws(call))
                    if call.operation == "GetBucketVersioning")
            })
        }
        Action::Errand(_)
        | Action::Http(_)
        | Action::Approval { .. }
        | Action::Wait { .. }
        | Action::Notify { .. } => false,
    }
}

fn copied(words: &[&str], loss: &Loss) -> bool {
    let has = |word: &str| words.contains(&word);
    if has("s3") {
        // Only what takes it out of the bucket keeps it.
        let source = words.iter().find_map(|word| word.strip_prefix("s3://"));
        let bucket = source.and_then(|path| path.split('/').next());
        return (has("cp") || has("sync")) && bucket == loss.name.as_deref();
    }
    let packs = has("tar")
        && words.iter().any(|word| {
            let flags = word.trim_start_matches('-');
            flags.len() < 6 && flags.contains('c') && flags.contains('f')
        });
    let copies =
        has("cp") && ["-a", "-r", "-R", "--recursive"].iter().any(|flag| has(flag));
    packs || copies || COPIES.iter().any(|program| has(program))
}
