//! Everything that is tested from outside the crate: one binary, one link.

mod world;
