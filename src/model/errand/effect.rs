//! What an errand does to the world, told by its words. What nobody has heard of changes
//! something.

use super::Effect;

/// What AWS names operations that only look; the rest change something.
const LOOKS: &[&str] =
    &["Describe", "List", "Get", "Head", "Search", "Test", "Simulate", "Lookup"];

/// Operations after which something is gone, or a promise is broken for good.
const ENDS: &[&str] = &[
    "Delete",
    "Terminate",
    "Remove",
    "Purge",
    "Destroy",
    "Promote",
    "FailoverGlobal",
    "SwitchoverGlobal",
    "Deregister",
    "Abort",
];

pub(super) fn aws(operation: &str) -> Effect {
    let begins = |words: &[&str]| words.iter().any(|word| operation.starts_with(word));
    if begins(ENDS) {
        Effect::Destroy
    } else if begins(LOOKS) {
        Effect::Read
    } else {
        Effect::Change
    }
}

pub(super) fn kubectl(args: &[String]) -> Effect {
    let mut words = args.iter().map(String::as_str).filter(|word| !word.starts_with('-'));
    match (words.next(), words.next()) {
        (Some("get" | "describe" | "logs" | "top" | "version" | "wait" | "diff"), _)
        | (Some("rollout"), Some("status" | "history")) => Effect::Read,
        (Some("delete"), _) => Effect::Destroy,
        (Some(_) | None, _) => Effect::Change,
    }
}

pub(super) fn sql(text: &str) -> Effect {
    let first = |statement: &str| {
        statement.split_whitespace().next().unwrap_or_default().to_ascii_lowercase()
    };
    let worst =
        text.split(';').map(first).filter(|word| !word.is_empty()).map(|word| match word
            .as_str()
        {
            "select" | "show" | "explain" | "values" | "table" => Effect::Read,
            "drop" | "delete" | "truncate" => Effect::Destroy,
            _ => Effect::Change,
        });
    worst.max().unwrap_or(Effect::Read)
}
