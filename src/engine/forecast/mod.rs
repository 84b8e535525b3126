//! When it will be over: what is left of the run, tried out many times, and GO BY, the
//! last moment at which starting still meets the objective.
//!
//! A run is over when every service it brings back has been seen healthy for its window;
//! what comes after (announcements, days of watching) is no part of the objective. Where
//! nothing says which steps a service waits for, it waits for all of them. Where the plan
//! stops its clock at a step, the run is over with that step.
//!
//! **How the spread of a sum is taken.** Adding the 95th percentiles of steps in a row says
//! far too much (two bad days at once, twenty times over); adding medians says too little
//! where lanes meet, for the slowest decides. So the run is tried out [`curve::ROUNDS`]
//! times with lengths drawn from each step's own curve, and the 5th, 50th and 95th
//! percentile of the results are told. The draws follow from the steps' names alone: the
//! same run has the same forecast, here and on the next machine. See [`curve`] for the
//! curve, its source, and what steps of one run share.
//!
//! **How long a step takes** is what it took before, once that was seen three times in live
//! incidents; in a drill also in drills. Until then what the plan declares. See [`history`].

mod back;
mod basis;
mod curve;
pub mod history;
mod network;

use std::collections::BTreeSet;

use back::Back;
pub use back::waits_for;
pub use basis::{Basis, LEAST_SEEN, Time, range, short, stated};
use curve::{ROUNDS, millis, percentile, span};
use network::Network;

use super::{incident::Incident, marks::makes};
use crate::model::{Moment, Procedure, Service, ServiceId, Span, StepId};

/// From now until something is reached: one time in 20 sooner than `low`, half the time no
/// longer than `p50`, 19 times in 20 no longer than `p95`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    pub low: Span,
    pub p50: Span,
    pub p95: Span,
}

impl Forecast {
    pub const fn spread(&self) -> Spread {
        Spread { low: self.remaining_low, p50: self.remaining, p95: self.remaining_p95 }
    }
}

/// Where the incident is heading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// RTO after its clock started; from now on while it has not.
    pub deadline: Moment,
    /// Time from now until healthy for the stability window; half the time no longer.
    pub remaining: Span,
    /// One time in 20 it is sooner.
    pub remaining_low: Span,
    /// 19 times in 20 no longer.
    pub remaining_p95: Span,
    pub finish: Moment,
    /// Deadline minus finish: negative is a miss.
    pub margin: Span,
    /// The last moment a start of what remains still meets the RTO, half the time.
    pub go_by: Moment,
    /// The last moment it does 19 times in 20.
    pub go_by_sure: Moment,
    /// RTO left on the clock; negative is over.
    pub left: Span,
    /// What the lengths of the steps rest on.
    pub basis: Basis,
}

/// When one service is back, from the start of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    pub service: ServiceId,
    pub spread: Spread,
    /// The step it waits for longest.
    pub by: Option<StepId>,
    /// Nothing says which steps it waits for: it is counted to the end of the run.
    pub whole_run: bool,
}

/// A run that has not begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// Until every service is back.
    pub spread: Spread,
    /// Until the last step and hold are over.
    pub end: Spread,
    pub services: Vec<Reached>,
    /// The chain of steps that decides when every service is back, at medians.
    pub critical: Vec<StepId>,
    pub basis: Basis,
}

/// What trying out the rest of a run came to. It takes long beside everything else of a
/// frame, and holds for as long as the incident does not change: whoever draws often may keep
/// it for a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tried {
    /// From the moment it was tried out; nothing once the clock has stopped.
    spread: Spread,
    basis: Basis,
}

impl Tried {
    pub fn out(incident: &Incident, now: Moment) -> Self {
        let procedure = &incident.procedure;
        let basis = Basis::of(procedure, |id| !incident.lets_go(id));
        if incident.rto_ended().is_some() {
            return Self { spread: Spread::default(), basis };
        }
        let network = Network::of(procedure, Some((incident, now)));
        Self { spread: trial(&network, procedure).spread, basis }
    }

    /// What that makes of the clocks at `now`.
    pub fn at(self, incident: &Incident, now: Moment) -> Forecast {
        let Self { spread, basis } = self;
        let rto = incident.procedure.objective.rto;
        let deadline = incident.rto_began().unwrap_or(now) + rto;
        let ended = incident.rto_ended();
        let finish = ended.unwrap_or(now + spread.p50);
        Forecast {
            deadline,
            remaining: spread.p50,
            remaining_low: spread.low,
            remaining_p95: spread.p95,
            finish,
            margin: deadline - finish,
            go_by: deadline - spread.p50,
            go_by_sure: deadline - spread.p95,
            left: deadline - ended.unwrap_or(now),
            basis,
        }
    }
}

/// Looks ahead from `now`; once the clock has stopped, reports what was achieved.
pub fn forecast(incident: &Incident, now: Moment) -> Forecast {
    Tried::out(incident, now).at(incident, now)
}

/// How long the runbook would take if it were started now.
pub fn outlook(procedure: &Procedure) -> Outlook {
    let network = Network::of(procedure, None);
    trial(&network, procedure)
}

/// What is measured in each round.
struct Target {
    nodes: Vec<usize>,
    stable: f64,
    results: Vec<f64>,
}

impl Target {
    fn new(nodes: Vec<usize>, stable: Span) -> Self {
        Self { nodes, stable: millis(stable), results: Vec::new() }
    }

    fn reached(&self, ends: &[f64]) -> f64 {
        let known = self.nodes.iter().filter_map(|node| ends.get(*node));
        known.fold(0.0_f64, |latest, end| latest.max(*end)) + self.stable
    }

    /// The node that decides.
    fn last(&self, ends: &[f64]) -> Option<usize> {
        let known = self.nodes.iter().filter_map(|at| Some((*at, *ends.get(*at)?)));
        known.max_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(at, _)| at)
    }

    fn spread(mut self) -> Spread {
        self.results.sort_by(f64::total_cmp);
        let at = |share| span(percentile(&self.results, share));
        Spread { low: at(0.05), p50: at(0.5), p95: at(0.95) }
    }
}

fn trial(network: &Network<'_>, procedure: &Procedure) -> Outlook {
    let stable = procedure.objective.stable;
    let mut whole = Target::new(network.everything(), Span::ZERO);
    // What nothing brings back is back when all steps are done: counted once for all those.
    let run = Target::new(network.steps(), Span::ZERO);
    let mut services: Vec<(&Service, bool, Target)> = Vec::new();
    let back = Back::of(procedure);
    for service in &procedure.services {
        let waits = back.waits_for(service);
        let none = waits.is_empty();
        let nodes = if none { network.steps() } else { network.places(&waits) };
        services.push((service, none, Target::new(nodes, service.objective.stable)));
    }
    // Without services there is only the run itself; a clock that a step stops stops there.
    let stops = stops(procedure);
    let alone = services.is_empty() || !stops.is_empty();
    let mut all = match (stops.is_empty(), alone) {
        (false, _) => Target::new(network.places(&stops), Span::ZERO),
        (true, true) => Target::new(network.steps(), stable),
        (true, false) => Target::new(Vec::new(), stable),
    };
    let draws = network.draws();
    let rounds = if draws.iter().all(Option::is_none) { 1 } else { ROUNDS };
    let mut ends = Vec::new();
    for round in 0..rounds {
        network.ends(Some((&draws, round)), &mut ends);
        whole.results.push(whole.reached(&ends));
        let mut latest = if alone { all.reached(&ends) } else { 0.0 };
        let over = run.reached(&ends);
        for (_, whole_run, target) in &mut services {
            let reached =
                if *whole_run { over + target.stable } else { target.reached(&ends) };
            target.results.push(reached);
            if stops.is_empty() {
                latest = latest.max(reached);
            }
        }
        all.results.push(latest);
    }
    network.ends(None, &mut ends);
    let slowest = services
        .iter()
        .max_by(|(_, _, a), (_, _, b)| a.reached(&ends).total_cmp(&b.reached(&ends)));
    let last = slowest.map_or_else(|| whole.last(&ends), |(_, _, one)| one.last(&ends));
    let critical = last.map(|last| network.chain(&ends, last)).unwrap_or_default();
    let services = services
        .into_iter()
        .map(|(service, whole_run, target)| Reached {
            service: service.id.clone(),
            by: target.last(&ends).and_then(|at| network.step(at)).cloned(),
            spread: target.spread(),
            whole_run,
        })
        .collect();
    Outlook {
        spread: all.spread(),
        end: whole.spread(),
        services,
        critical,
        basis: Basis::of(procedure, |_| true),
    }
}

/// The steps that stop the clock, where some do.
fn stops(procedure: &Procedure) -> BTreeSet<StepId> {
    let stop = procedure.brief.clock.clone().unwrap_or_default().stop;
    let making = procedure.runbook.steps().filter(|step| makes(step) == Some(&stop));
    making.map(|step| step.id.clone()).collect()
}
