//! The example plans, part of the program so that a drill needs no files.

/// One plan: its name and its files, the plan's own first.
pub type Embedded = (&'static str, &'static [(&'static str, &'static str)]);

/// Every plan that ships with the program.
pub const EMBEDDED: &[Embedded] = &[];
