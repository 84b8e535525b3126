//! Errands in the drill world: nothing is run and nothing is sent; time passes and the
//! ledger remembers.

use super::{eyes, latency::Timing, world::World};
use crate::{
    driver::{Answer, Errands, Progress, Recalled},
    model::{Attempt, CommandSpec, Evidenced, HttpSpec, Span, Text, Trouble},
};

impl Errands for World {
    fn command<'a>(
        &'a self,
        _: &'a Attempt,
        spec: &'a CommandSpec,
        limit: Span,
        progress: &'a dyn Progress,
    ) -> Answer<'a, Result<Evidenced, Trouble>> {
        Box::pin(async move {
            if spec.argv.is_empty() {
                return Err(Trouble::NotSent("no program is named".into()));
            }
            let line = command_line(spec);
            progress.say(Text::clean(format!("pretending to run {line}")));
            let took = self.with(|state| state.takes(Timing::Command, &[&line]));
            // A program acts from its beginning on; when it is cut short it has acted.
            let lost = self.with(|state| state.run(&line, spec.repeatable));
            self.clock.sleep(took.min(limit)).await;
            if took > limit {
                return Err(Trouble::Unknown(Text::clean(format!(
                    "ended at the limit of {limit}"
                ))));
            }
            if lost {
                return Err(Trouble::Unknown("its end was never heard of".into()));
            }
            Ok(Evidenced {
                summary: Text::clean(format!("{line}: exit status 0 (pretended)")),
                before: None,
                raw: Vec::new(),
            })
        })
    }

    /// Here nobody keeps word of an end: that a person rules is part of what is rehearsed.
    fn recall<'a>(&'a self, _: &'a Attempt) -> Answer<'a, Recalled> {
        Box::pin(async { Recalled::Lost("nobody kept word of its end".into()) })
    }

    fn http<'a>(
        &'a self,
        spec: &'a HttpSpec,
        limit: Span,
    ) -> Answer<'a, Result<Evidenced, Trouble>> {
        Box::pin(async move {
            let line = request_line(spec);
            let reads = matches!(spec.method.as_str(), "GET" | "HEAD" | "OPTIONS");
            let took = self.with(|state| state.takes(Timing::Probe, &[&line]));
            let lost = self.with(|state| !reads && state.run(&line, spec.repeatable));
            self.clock.sleep(took.min(limit)).await;
            if lost {
                return Err(Trouble::Unknown(
                    "connection reset before the answer".into(),
                ));
            }
            if let Some(why) = self.with(|state| eyes::sick_behind(state, &spec.url)) {
                return Err(Trouble::Refused(why));
            }
            Ok(Evidenced {
                summary: Text::clean(format!("{line}: {} (pretended)", spec.status.0)),
                before: None,
                raw: Vec::new(),
            })
        })
    }
}

/// How the ledger names a command.
pub(super) fn command_line(spec: &CommandSpec) -> String {
    spec.argv.join(" ")
}

/// How the ledger names a request.
pub(super) fn request_line(spec: &HttpSpec) -> String {
    format!("{} {}", spec.method, spec.url)
}
