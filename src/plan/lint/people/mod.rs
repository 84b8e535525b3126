//! F. Structure and people: L82 to L92. To add a rule: a `LintDef` and its function in a
//! file here, and a line in [`LINTS`].

mod clock;
mod contact;

use super::{LintDef, reading};

pub(super) const LINTS: &[LintDef] = &[
    contact::CONTACT_MISSING,
    clock::CLOCK_UNDEFINED,
    LintDef {
        mend: "Declare what is meant, or write the id of something that is there.",
        ..reading(
            "L92",
            "broken-reference",
            "An id names nothing, two things, or itself.",
        )
    },
];
