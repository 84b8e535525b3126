//! Looking at a probe until it says what a step waits for. Owns the counting of good and bad
//! answers; must never take silence for either.

use super::executor::Worker;
use crate::{
    driver::Progress,
    engine::Report,
    model::{Failure, Probe, ProbeAnswer, Span, Text},
};

impl Worker {
    pub(super) async fn look(&self, probe: &Probe, every: Span) {
        loop {
            let line = match self.glance(probe).await {
                Ok(answer) if answer.healthy => {
                    return self.report(Report::Reached(answer.value)).await;
                }
                Ok(answer) => answer.value,
                Err(why) => why,
            };
            self.lines().say(line);
            self.clock.sleep(every).await;
        }
    }

    /// So many bad answers in a row are what is wanted, so many good ones the refusal to go
    /// on: as many as the probe itself needs to turn. Silence is neither.
    pub(super) async fn look_for_failure(&self, probe: &Probe, every: Span) {
        let (mut bad, mut good) = (0, 0);
        loop {
            let line = match self.glance(probe).await {
                Ok(answer) if answer.healthy => {
                    (bad, good) = (0, good + 1);
                    if good >= probe.rise.max(1) {
                        let reason = Text::clean(format!("healthy: {}", answer.value));
                        let failure = Failure::Negative;
                        return self.report(Report::Missed { failure, reason }).await;
                    }
                    answer.value
                }
                Ok(answer) => {
                    (bad, good) = (bad + 1, 0);
                    if bad >= probe.fall.max(1) {
                        return self.report(Report::Reached(answer.value)).await;
                    }
                    answer.value
                }
                Err(why) => why,
            };
            self.lines().say(line);
            self.clock.sleep(every).await;
        }
    }

    /// One look, or why it saw nothing.
    pub(super) async fn glance(&self, probe: &Probe) -> Result<ProbeAnswer, Text> {
        let limit = probe.timeout + Span::secs(1);
        match self.clock.timeout(limit, self.reach.eyes.look(probe)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(unknown)) => Err(unknown.why),
            Err(late) => Err(Text::clean(late.to_string())),
        }
    }
}
