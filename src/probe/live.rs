//! Real eyes: declared probes look through the same code errands act through, and so does
//! what is expected after an act. Nothing here may change anything: a call that could is
//! not made.

use std::sync::Arc;

use serde_json::Value;
use tokio::net::TcpStream;

use super::Eyes;
use crate::{
    driver::{
        Answer,
        errands::{Ended, LiveErrands, Lost, Quiet},
    },
    model::{
        Action, CommandSpec, Effect, Errand, Expect, HttpSpec, ListCall, Listing, Look,
        Order, Probe, ProbeAnswer, ProbeKind, Seen, Span, Text, Unknown, Vigil, answer,
        errand::Until,
    },
};

/// Looks from this machine.
#[derive(Clone, Debug)]
pub struct LiveEyes {
    pub(super) errands: Arc<LiveErrands>,
}

fn unknown(why: impl AsRef<str>) -> Unknown {
    Unknown { why: Text::clean(why) }
}

impl LiveEyes {
    pub fn new(errands: Arc<LiveErrands>) -> Self {
        Self { errands }
    }

    /// Whether it can look so at all: what it cannot is unknown in every run.
    pub const fn sees(look: &ProbeKind) -> bool {
        match look {
            ProbeKind::Http(_)
            | ProbeKind::Command(_)
            | ProbeKind::Look(Look::Dns { .. } | Look::Tcp { .. }) => true,
            ProbeKind::Look(
                Look::Aws(_)
                | Look::Metric(_)
                | Look::Sql(_)
                | Look::Ready { .. }
                | Look::Log { .. }
                | Look::Files { .. }
                | Look::Host { .. }
                | Look::HealthCheck { .. },
            ) => false,
        }
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
        let ended = self.run(spec, limit).await?;
        Ok(ProbeAnswer { healthy: ended.success(), value: ended.summary() })
    }

    /// What needs no tool and no key. What stands on another machine, in a database or
    /// behind a service's own interface is not seen from here.
    async fn at(&self, look: &Look, limit: Span) -> Result<ProbeAnswer, Unknown> {
        match look {
            Look::Dns { record } => {
                let seen = super::dns::answers(record, false, &[]).await?;
                Ok(ProbeAnswer { healthy: seen.met, value: seen.value })
            }
            Look::Tcp { host, port } => port_open(host, *port, limit).await,
            Look::Aws(_)
            | Look::Metric(_)
            | Look::Sql(_)
            | Look::Ready { .. }
            | Look::Log { .. }
            | Look::Files { .. }
            | Look::Host { .. }
            | Look::HealthCheck { .. } => {
                Err(unknown(format!("no eye looks at {} yet", look.word())))
            }
        }
    }

    pub(super) async fn run(
        &self,
        spec: &CommandSpec,
        limit: Span,
    ) -> Result<Ended, Unknown> {
        let ended = self.errands.run(spec, limit, &Quiet).await;
        ended.map_err(|failed| Unknown { why: failed.why() })
    }

    /// The end of an errand that only looks.
    async fn errand(
        &self,
        errand: &Errand,
        own: &Order,
        limit: Span,
    ) -> Result<Ended, Unknown> {
        if errand.effect() != Effect::Read {
            return Err(unknown(format!("`{}` could change something", errand.line())));
        }
        let spec = errand.program(own.site.as_ref());
        let spec =
            spec.ok_or_else(|| unknown(format!("no eye for {}", errand.word())))?;
        self.run(&spec, limit).await
    }

    async fn watch(&self, vigil: &Vigil, limit: Span) -> Result<Seen, Unknown> {
        if let Expect::Dns { name, site } = &vigil.expect {
            return super::dns::answers(name, site.is_some(), &vigil.hosts).await;
        }
        if vigil.expect.is_own() {
            return self.again(vigil, limit).await;
        }
        let errand = vigil.expect.errand();
        let errand = errand.ok_or_else(|| unknown("no eye looks for this"))?;
        let waits = matches!(errand, Errand::Until { until: Until::Waiter { .. } });
        // A waiter looks by itself until its own patience ends.
        let limit = if waits { vigil.own.limit.max(limit) } else { limit };
        let ended = self.errand(&errand, &vigil.own, limit).await?;
        if !ended.success() {
            return Ok(Seen { value: ended.summary(), ..Seen::default() });
        }
        let text = ended.answer().ok_or_else(|| unknown("its answer is too long"))?;
        let found = answer::part(&errand.answer(&text), vigil.expect.path());
        let seen = || Seen { met: true, value: ended.summary(), ..Seen::default() };
        Ok(judged(vigil, found.as_ref()).unwrap_or_else(seen))
    }

    /// The act itself once more: it only looks.
    async fn again(&self, vigil: &Vigil, limit: Span) -> Result<Seen, Unknown> {
        let own = &vigil.own;
        if !own.looks() {
            return Err(unknown("what it answered was its only answer"));
        }
        if let Action::Http(spec) = &own.action {
            return match self.errands.ask(spec, limit).await {
                Ok(answered) => Ok(parts(vigil, &|path| answered.value(path))),
                Err(Lost::Unconnected(value) | Lost::Unanswered(value)) => {
                    Ok(Seen { value, ..Seen::default() })
                }
                Err(Lost::Unmade(why)) => Err(Unknown { why }),
            };
        }
        let spec = own.program().ok_or_else(|| unknown("no eye looks for this"))?;
        let ended = self.run(&spec, limit).await?;
        let met = ended.code() == Some(own.wanted.exit);
        if !met || matches!(vigil.expect, Expect::ExitCode(_)) {
            return Ok(Seen { met, value: ended.summary(), ..Seen::default() });
        }
        let text = ended.answer().ok_or_else(|| unknown("its answer is too long"))?;
        let value = own.action.answer(&text);
        Ok(parts(vigil, &|path| match path {
            "stdout" => Some(Value::from(text.trim_end())),
            path => answer::part(&value, path),
        }))
    }

    async fn choices(
        &self,
        listing: &Listing,
        limit: Span,
    ) -> Result<Vec<Text>, Unknown> {
        let spec = match &listing.ask {
            ListCall::Command(spec) => spec.clone(),
            ListCall::Aws(call) => {
                let errand = Errand::Aws(call.clone());
                if errand.effect() != Effect::Read {
                    return Err(unknown(format!("`{}` is no list", errand.line())));
                }
                errand.program(None).ok_or_else(|| unknown("no list"))?
            }
        };
        let ended = self.run(&spec, limit).await?;
        if !ended.success() {
            return Err(Unknown { why: ended.summary() });
        }
        let text = ended.answer().ok_or_else(|| unknown("the list is too long"))?;
        Ok(listing.offers(&text))
    }
}

/// Whether a port takes a connection.
async fn port_open(host: &str, port: u16, limit: Span) -> Result<ProbeAnswer, Unknown> {
    super::dns::addresses(host).await?;
    let opened = tokio::time::timeout(limit.to_std(), TcpStream::connect((host, port)));
    let (healthy, value) = match opened.await {
        Ok(Ok(_)) => (true, "it takes a connection".to_owned()),
        Ok(Err(why)) => (false, why.to_string()),
        Err(_) => (false, format!("no connection within {limit}")),
    };
    Ok(ProbeAnswer { healthy, value: Text::clean(value) })
}

fn judged(vigil: &Vigil, found: Option<&Value>) -> Option<Seen> {
    vigil.expect.judge(found, vigil.last.as_ref().map(Text::as_str))
}

/// What an answer shows, and the parts of it others want.
fn parts(vigil: &Vigil, part: &dyn Fn(&str) -> Option<Value>) -> Seen {
    let found = part(vigil.expect.path());
    let named = vigil.own.wanted.outputs.iter();
    let outputs =
        named.filter_map(|(name, path)| Some((name.clone(), answer::told(&part(path)?))));
    let outputs = outputs.collect();
    Seen { outputs, ..judged(vigil, found.as_ref()).unwrap_or_default() }
}

impl Eyes for LiveEyes {
    fn look<'a>(&'a self, probe: &'a Probe) -> Answer<'a, Result<ProbeAnswer, Unknown>> {
        Box::pin(async move {
            match &probe.look {
                ProbeKind::Http(spec) => self.web(spec, probe.timeout).await,
                ProbeKind::Command(spec) => self.program(spec, probe.timeout).await,
                ProbeKind::Look(look) => self.at(look, probe.timeout).await,
            }
        })
    }

    fn expect<'a>(
        &'a self,
        vigil: &'a Vigil,
        limit: Span,
    ) -> Answer<'a, Result<Seen, Unknown>> {
        Box::pin(self.watch(vigil, limit))
    }

    fn list<'a>(
        &'a self,
        listing: &'a Listing,
        limit: Span,
    ) -> Answer<'a, Result<Vec<Text>, Unknown>> {
        Box::pin(self.choices(listing, limit))
    }
}
