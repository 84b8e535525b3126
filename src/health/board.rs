//! The board: the newest reading of every subject, and the verdicts that follow.

use std::collections::BTreeMap;

use super::Window;
use crate::model::{
    DatabaseView, Evidence, Lag, Moment, Observation, Probe, ProbeAnswer, ProbeId,
    Reading, ResourceId, Service, SiteId, Span, Text, Unknown,
};

/// All readings, with what must be remembered between them.
#[derive(Clone, Debug, Default)]
pub struct Board {
    evidence: Evidence,
    windows: BTreeMap<ProbeId, Window>,
    /// The last good lag of each replica: what a dead source cannot tell any more.
    lags: BTreeMap<(ResourceId, SiteId), (Span, Moment)>,
    revision: u64,
}

impl Board {
    pub const fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// Grows with every change of the evidence.
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// Takes in one look at the estate. `max_age` is how long it may be acted on.
    pub fn saw(
        &mut self,
        subject: (ResourceId, SiteId),
        look: Result<Observation, Unknown>,
        at: Moment,
        max_age: Span,
    ) {
        if overtaken(self.evidence.estate.get(&subject), at) {
            return;
        }
        self.revision += 1;
        let look = look.map(|seen| match seen {
            Observation::Database(view) => {
                Observation::Database(self.remember_lag(&subject, view))
            }
            Observation::Compute(_)
            | Observation::Traffic(_)
            | Observation::Storage(_) => seen,
        });
        let reading =
            self.evidence.estate.entry(subject).or_insert(Reading::none(max_age));
        record(reading, look, at);
    }

    fn remember_lag(
        &mut self,
        subject: &(ResourceId, SiteId),
        view: DatabaseView,
    ) -> DatabaseView {
        if let Lag::Ok { lag, at } = view.lag {
            self.lags.insert(subject.clone(), (lag, at));
            return view;
        }
        let Some((lag, at)) = self.lags.get(subject).copied() else {
            return view;
        };
        let known = match view.lag {
            Lag::NoData => Lag::Stale { lag, at },
            Lag::NotReplicating { reason, last: None } => {
                Lag::NotReplicating { reason, last: Some((lag, at)) }
            }
            Lag::Ok { .. } | Lag::Stale { .. } | Lag::NotReplicating { .. } => view.lag,
        };
        DatabaseView { lag: known, ..view }
    }

    /// A drill's time has leapt by so much: nobody looked meanwhile, and nothing that was
    /// seen has become older by it.
    pub fn leapt(&mut self, by: Span) {
        self.revision += 1;
        for reading in self.evidence.estate.values_mut() {
            reading.delay(by);
            if let Some((Observation::Database(view), _)) = &mut reading.last {
                view.lag = view.lag.clone().later(by);
            }
        }
        for reading in self.evidence.probes.values_mut() {
            reading.delay(by);
        }
        for (_, at) in self.lags.values_mut() {
            *at = *at + by;
        }
    }

    /// Takes in one answer of a probe.
    pub fn probed(
        &mut self,
        probe: &Probe,
        look: Result<ProbeAnswer, Unknown>,
        at: Moment,
    ) {
        if overtaken(self.evidence.probes.get(&probe.id), at) {
            return;
        }
        self.revision += 1;
        // Three missed looks are silence.
        let max_age =
            Span::millis(probe.every.as_millis().saturating_mul(3)) + probe.timeout;
        let look = look.map(|answer| {
            let window = self.windows.entry(probe.id.clone()).or_default();
            let healthy = window.ingest(answer.healthy, probe.fall, probe.rise);
            ProbeAnswer { healthy, value: answer.value }
        });
        let reading = self
            .evidence
            .probes
            .entry(probe.id.clone())
            .or_insert(Reading::none(max_age));
        record(reading, look, at);
    }

    /// Whether `service` is healthy: all its probes say so. None when one of them is
    /// silent, or it has none; a bad probe outweighs a silent one.
    pub fn service(&self, service: &Service, now: Moment) -> (Option<bool>, Text) {
        let mut silent = None;
        for id in &service.probes {
            let answer =
                self.evidence.probes.get(id).and_then(|reading| reading.fresh(now));
            match answer {
                Some(answer) if !answer.healthy => {
                    return (Some(false), Text::clean(format!("{id}: {}", answer.value)));
                }
                Some(_) => {}
                None => silent = Some(Text::clean(format!("{id}: no reading"))),
            }
        }
        match silent {
            Some(why) => (None, why),
            None if service.probes.is_empty() => (None, Text::clean("no probe")),
            None => (Some(true), Text::clean("healthy")),
        }
    }
}

/// Whether a newer look has answered already: a late one is no news.
fn overtaken<T>(reading: Option<&Reading<T>>, at: Moment) -> bool {
    let newest = reading.and_then(|reading| reading.last.as_ref());
    newest.is_some_and(|(_, newest)| at < *newest)
}

fn record<T>(reading: &mut Reading<T>, look: Result<T, Unknown>, at: Moment) {
    match look {
        Ok(value) => {
            reading.last = Some((value, at));
            reading.lost = None;
        }
        Err(why) => {
            // Keep the first loss: the age shown is how long nothing was seen.
            reading.lost.get_or_insert((why, at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DatabaseRole, Fence, Objective, ProbeKind, runbook::HttpSpec};

    fn at(secs: i64) -> Moment {
        Moment::from_millis(secs * 1000)
    }

    fn replica(lag: Lag) -> Observation {
        Observation::Database(DatabaseView {
            role: DatabaseRole::Replica { source: "db".into() },
            status: "available".into(),
            available: true,
            lag,
            fence: Fence::Unproven,
            connections: None,
            endpoint: None,
            newest_snapshot: None,
        })
    }

    fn lag_of(board: &Board) -> Lag {
        let (view, ..) = board.evidence().database(&"db".into(), &"west".into()).unwrap();
        view.lag.clone()
    }

    #[test]
    fn the_last_good_lag_outlives_its_source() {
        let subject = || ("db".into(), "west".into());
        let mut board = Board::default();
        let good = Lag::Ok { lag: Span::secs(42), at: at(10) };
        board.saw(subject(), Ok(replica(good)), at(10), Span::secs(60));
        board.saw(subject(), Ok(replica(Lag::NoData)), at(20), Span::secs(60));
        assert_eq!(lag_of(&board), Lag::Stale { lag: Span::secs(42), at: at(10) });
        let dead = Lag::NotReplicating { reason: "source gone".into(), last: None };
        board.saw(subject(), Ok(replica(dead)), at(30), Span::secs(60));
        assert_eq!(lag_of(&board).last_good(), Some((Span::secs(42), at(10))));
    }

    #[test]
    fn a_leap_makes_nothing_seen_older_and_a_late_answer_changes_nothing() {
        let subject = || ("db".into(), "west".into());
        let mut board = Board::default();
        let good = |at| Lag::Ok { lag: Span::secs(42), at };
        board.saw(subject(), Ok(replica(good(at(10)))), at(10), Span::secs(60));
        board.leapt(Span::secs(1000));
        let reading = |board: &Board| {
            board.evidence().of(&"db".into(), &"west".into()).unwrap().clone()
        };
        assert_eq!(lag_of(&board), good(at(1010)));
        assert_eq!(reading(&board).age(at(1020)), Some(Span::secs(10)));
        // An answer from before the leap.
        board.saw(subject(), Ok(replica(good(at(12)))), at(12), Span::secs(60));
        assert_eq!(lag_of(&board), good(at(1010)));
        board.saw(subject(), Ok(replica(Lag::NoData)), at(1030), Span::secs(60));
        assert_eq!(lag_of(&board), Lag::Stale { lag: Span::secs(42), at: at(1010) });
    }

    fn probe() -> Probe {
        Probe {
            terms: crate::model::ProbeTerms::default(),
            id: "api".into(),
            name: "api".into(),
            site: None,
            look: ProbeKind::Http(HttpSpec {
                method: "GET".into(),
                url: "https://example.com".into(),
                headers: BTreeMap::new(),
                body: None,
                status: (200, 299),
                contains: None,
                repeatable: true,
            }),
            every: Span::secs(10),
            timeout: Span::secs(5),
            fall: 2,
            rise: 2,
        }
    }

    #[test]
    fn silence_is_neither_healthy_nor_unhealthy() {
        let service = Service {
            id: "shop".into(),
            name: "shop".into(),
            objective: Objective {
                rto: Span::mins(30),
                rpo: Span::mins(5),
                stable: Span::mins(1),
            },
            depends_on: vec![],
            uses: vec![],
            probes: vec!["api".into()],
        };
        let mut board = Board::default();
        assert_eq!(board.service(&service, at(0)).0, None);
        let yes = ProbeAnswer { healthy: true, value: "200".into() };
        board.probed(&probe(), Ok(yes), at(0));
        assert_eq!(board.service(&service, at(30)).0, Some(true));
        assert_eq!(board.service(&service, at(36)).0, None);
    }
}
