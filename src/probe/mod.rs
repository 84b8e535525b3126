//! Eyes: how a declared probe looks. What the estate's drivers observe needs no probe.

use std::fmt;

use crate::{
    driver::Answer,
    model::{Probe, ProbeAnswer, Unknown},
};

pub mod live;

/// Looks at probes.
pub trait Eyes: Send + Sync + fmt::Debug {
    /// One look, ending by itself within the probe's timeout.
    ///
    /// # Errors
    /// [`Unknown`] when looking itself failed (no such program, no route); an unhealthy
    /// answer is an answer.
    fn look<'a>(&'a self, probe: &'a Probe) -> Answer<'a, Result<ProbeAnswer, Unknown>>;
}
