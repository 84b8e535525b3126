//! One binary for everything that needs the whole crate: linking it is the slow part.

mod laws;
mod plan;
mod support;
mod world;
