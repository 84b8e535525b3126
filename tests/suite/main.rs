//! Everything that is tested from outside the crate, in one binary.

#[cfg(test)]
mod plan;
