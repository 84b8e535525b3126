//! Eyes: how a declared probe looks, what is seen after an act, what there is to pick from.
//! What the estate's drivers observe needs no probe.

use std::fmt;

use crate::{
    driver::Answer,
    model::{Listing, Probe, ProbeAnswer, Seen, Span, Text, Unknown, Vigil},
};

mod dns;
pub mod live;

/// Looks at probes.
pub trait Eyes: Send + Sync + fmt::Debug {
    /// One look, ending by itself within the probe's timeout.
    ///
    /// # Errors
    /// [`Unknown`] when looking itself failed (no such program, no route); an unhealthy
    /// answer is an answer.
    fn look<'a>(&'a self, probe: &'a Probe) -> Answer<'a, Result<ProbeAnswer, Unknown>>;

    /// One look at what must be seen after an act, ending by itself within `limit`. Changes
    /// nothing. What is to be healthy is a probe, and looked at as one.
    ///
    /// # Errors
    /// [`Unknown`] when looking itself failed; an answer that is not yet as expected is an
    /// answer.
    fn expect<'a>(
        &'a self,
        vigil: &'a Vigil,
        limit: Span,
    ) -> Answer<'a, Result<Seen, Unknown>>;

    /// What there is to pick from.
    ///
    /// # Errors
    /// [`Unknown`] when it could not be had; then the value is typed.
    fn list<'a>(
        &'a self,
        listing: &'a Listing,
        limit: Span,
    ) -> Answer<'a, Result<Vec<Text>, Unknown>>;
}
