//! One binary for everything that needs the whole crate: linking it is the slow part.

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod view;
