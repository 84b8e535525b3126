//! What the reader itself finds while it reads: the shape of a plan, and its waivers.

use super::{LintDef, reading};
use crate::plan::Level;

const fn warning(id: &'static str, name: &'static str, doc: &'static str) -> LintDef {
    LintDef { level: Level::Warning, ..reading(id, name, doc) }
}

pub(super) const LINTS: &[LintDef] = &[
    reading("P-file", "file", "A file of the plan cannot be read."),
    reading("P-syntax", "syntax", "A file is not TOML."),
    reading("P-unknown-key", "unknown-key", "A key means nothing where it stands."),
    reading("P-wrong-type", "wrong-type", "A value is of the wrong type."),
    reading("P-missing-key", "missing-key", "A key that must be there is not."),
    reading("P-bad-id", "bad-id", "An id has characters an id cannot have."),
    reading("P-bad-value", "bad-value", "A value is outside what is allowed."),
    reading("P-bad-duration", "bad-duration", "A duration cannot be read."),
    reading("P-two-actions", "two-actions", "A step does two things."),
    reading("P-two-times", "two-times", "A phase has a budget and a window."),
    reading("P-wrong-verb", "wrong-verb", "A verb does not fit what it is done to."),
    reading("P-tier-lowered", "tier-lowered", "A plan can only raise a tier."),
    reading(
        "P-unwatched",
        "unwatched",
        "A service has no probe that says it is healthy.",
    ),
    reading(
        "P-waiver",
        "waiver",
        "A waiver is past its day, or of a rule that has none.",
    ),
    warning(
        "P-waiver-unused",
        "waiver-unused",
        "A waiver accepts nothing that is found.",
    ),
    warning(
        "P-unknown-kind",
        "unknown-kind",
        "A technology has neither hands nor a twin.",
    ),
    warning("P-unset-parameter", "unset-parameter", "A parameter has no value."),
];
