//! The integration suite: one binary, so that the crate is linked once.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod console_accidents;
mod console_random;
mod console_update;
mod desk;
mod terminal;
