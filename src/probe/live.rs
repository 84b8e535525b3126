//! Real eyes: declared probes look through the same code errands act through.

use std::sync::Arc;

use super::Eyes;
use crate::{
    driver::{
        Answer,
        errands::{LiveErrands, Lost, Quiet},
    },
    model::{CommandSpec, HttpSpec, Probe, ProbeAnswer, ProbeKind, Span, Text, Unknown},
};

/// Looks from this machine.
#[derive(Clone, Debug)]
pub struct LiveEyes {
    errands: Arc<LiveErrands>,
}

impl LiveEyes {
    pub fn new(errands: Arc<LiveErrands>) -> Self {
        Self { errands }
    }

    /// Any answer tells something, and so does a host that takes no connection or never
    /// answers; no route and no such name are faults of looking.
    async fn web(&self, spec: &HttpSpec, limit: Span) -> Result<ProbeAnswer, Unknown> {
        match self.errands.ask(spec, limit).await {
            Ok(answer) => Ok(ProbeAnswer {
                healthy: answer.as_expected(spec),
                value: answer.summary(spec),
            }),
            Err(Lost::Unconnected(value) | Lost::Unanswered(value)) => {
                Ok(ProbeAnswer { healthy: false, value })
            }
            Err(Lost::Unmade(why)) => Err(Unknown { why }),
        }
    }

    /// Exit 0 is healthy; a program that cannot be started, or does not end, saw nothing.
    async fn program(
        &self,
        spec: &CommandSpec,
        limit: Span,
    ) -> Result<ProbeAnswer, Unknown> {
        match self.errands.run(spec, limit, &Quiet).await {
            Ok(ended) => {
                Ok(ProbeAnswer { healthy: ended.success(), value: ended.summary() })
            }
            Err(failed) => Err(Unknown { why: failed.why() }),
        }
    }
}

impl Eyes for LiveEyes {
    fn look<'a>(&'a self, probe: &'a Probe) -> Answer<'a, Result<ProbeAnswer, Unknown>> {
        Box::pin(async move {
            match &probe.look {
                ProbeKind::Http(spec) => self.web(spec, probe.timeout).await,
                ProbeKind::Command(spec) => self.program(spec, probe.timeout).await,
                ProbeKind::Look(look) => Err(Unknown {
                    why: Text::clean(format!("no eye looks at {} yet", look.word())),
                }),
            }
        })
    }
}
