//! F. Structure and people: L82 to L92. To add a rule: a `LintDef` and its function in a
//! file here, and a line in [`LINTS`].

mod clock;
mod compose;
mod contact;
mod escalation;
mod events;
mod files;
mod law;
mod lost;
mod platform;
mod standby;
mod telling;
mod tenants;

use super::{LintDef, reading};

pub(super) const LINTS: &[LintDef] = &[
    platform::MIXED_PLATFORM,
    standby::DEPENDS_ON_PRIMARY,
    law::LEAVES_JURISDICTION,
    contact::CONTACT_MISSING,
    escalation::INCOMPLETE,
    telling::GAP,
    files::FILE_MISSING,
    tenants::SCOPE,
    standby::SHARED_COMPONENT,
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
