//! The suite: whole parts of `warroom` against their contracts, in one test binary so that
//! it is linked once.

#[cfg(test)]
mod journal;
