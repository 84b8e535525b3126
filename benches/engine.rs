//! P8 and R24: how much longer a whole drill takes than its longest chain of steps, and
//! what an hour of simulated time costs.

#![expect(clippy::unwrap_used, reason = "a benchmark")]

use std::{collections::BTreeMap, sync::Arc};

use warroom::{
    clock::Clock,
    drill::{Scenario, World},
    engine::{Event, Record},
    journal::memory::Memory,
    model::{Mode, Moment, Procedure, Span, StepId},
    room::{self, Request, Snapshot, Stance, reach::Reach},
};

mod common;
use common::{
    START, drill, head, holder, median, operator, paused, quantile, row, shipped, timed,
};

const SEEDS: u64 = 20;

/// When each step began (was asked about, or started) and when it was done.
fn times(records: &[Record]) -> BTreeMap<StepId, (Moment, Moment)> {
    let mut times = BTreeMap::new();
    for record in records {
        let at = record.at;
        match &record.event {
            Event::ApprovalAsked { step } | Event::Intended { step, .. } => {
                times.entry(step.clone()).or_insert((at, at));
            }
            Event::Verified { step, .. }
            | Event::Skipped { step, .. }
            | Event::PassedOver { step, .. } => {
                times.entry(step.clone()).or_insert((at, at)).1 = at;
            }
            Event::Declared { .. }
            | Event::ImpactMoved { .. }
            | Event::SeatTaken { .. }
            | Event::Decided { .. }
            | Event::Noted { .. }
            | Event::Spoken { .. }
            | Event::Held { .. }
            | Event::Resumed
            | Event::Aborted { .. }
            | Event::ApprovalGiven { .. }
            | Event::SoloAsked { .. }
            | Event::Overridden { .. }
            | Event::Acted { .. }
            | Event::Failed { .. }
            | Event::Refused { .. }
            | Event::Doubted { .. }
            | Event::Ruled { .. }
            | Event::PlanAdopted { .. }
            | Event::HealthChanged { .. }
            | Event::ServiceRecovered { .. }
            | Event::OutOfOrder { .. }
            | Event::LeaseTaken { .. }
            | Event::ClockStepped { .. }
            | Event::ValuesGiven { .. }
            | Event::OutputsRead { .. }
            | Event::Watched { .. }
            | Event::Raised { .. }
            | Event::SeveritySet { .. }
            | Event::Closed { .. } => {}
        }
    }
    times
}

/// First start to last end, and the longest chain of steps that need each other, both in
/// seconds.
fn makespan(procedure: &Procedure, snapshot: &Snapshot) -> (f64, f64) {
    let times = times(&snapshot.timeline);
    let first = times.values().map(|(from, _)| *from).min().unwrap();
    let last = times.values().map(|(_, to)| *to).max().unwrap();
    // Plans list steps after what they need.
    let mut chain: BTreeMap<&StepId, f64> = BTreeMap::new();
    for step in procedure.runbook.steps() {
        let before = step.needs.iter().filter_map(|need| chain.get(need));
        let before = before.copied().fold(0.0, f64::max);
        let own =
            times.get(&step.id).map_or(0.0, |(from, to)| (*to - *from).as_secs_f64());
        chain.insert(&step.id, before + own);
    }
    let longest = chain.values().copied().fold(0.0, f64::max);
    ((last - first).as_secs_f64(), longest)
}

/// An hour in which a room watches and nothing happens.
async fn hour(procedure: &Arc<Procedure>) {
    let clock = Clock::drill(START);
    let world = World::new(procedure, &Scenario::quiet(), 1, clock.clone());
    let room = room::open(room::Setup {
        procedure: Arc::clone(procedure),
        reach: Reach::drill(&world),
        journal: Box::new(Memory::new(Mode::Drill)),
        clock: clock.clone(),
        holder: holder(),
        stance: Stance::Executor,
        resume: None,
        gone: |_| false,
    })
    .unwrap();
    let declare = Request::Declare { impact_at: START, reason: "bench".into() };
    room.handle.ask(operator(), declare).await.unwrap();
    clock.sleep(Span::mins(60)).await;
    room.close().await;
}

fn main() {
    if !common::asked() {
        return;
    }
    head("engine (P8, R24; the reference is the longest chain of steps)");
    for (name, runbook) in
        [("ecommerce", "region-failover"), ("mycomputer", "multi-region-failover")]
    {
        let procedure = shipped(name, runbook);
        let (mut whole, mut chain, mut walls) = (Vec::new(), Vec::new(), Vec::new());
        for seed in 1..=SEEDS {
            let mut played = None;
            let play = || played = Some(paused().block_on(drill(&procedure, seed, None)));
            walls.push(timed(play));
            let (makespan, longest) = makespan(&procedure, &played.unwrap());
            whole.push(makespan);
            chain.push(longest);
        }
        let pairs = || whole.iter().zip(&chain);
        let ratios: Vec<f64> = pairs().map(|(whole, chain)| whole / chain).collect();
        let (p50, reference) = (median(&whole), Some(median(&chain)));
        row(&format!("{name}: makespan p50"), p50, reference, "s", "-");
        let (p50, p95) = (median(&ratios), quantile(&ratios, 0.95));
        row(&format!("{name}: makespan / chain p50"), p50, None, "x", "-");
        row(&format!("{name}: makespan / chain p95"), p95, None, "x", "<= 1.02");
        row(&format!("{name}: a whole drill"), median(&walls), None, "ms", "-");
        let hours: Vec<f64> =
            (0..11).map(|_| timed(|| paused().block_on(hour(&procedure)))).collect();
        let goal = "<= 50 ms";
        row(&format!("{name}: an hour of watching"), median(&hours), None, "ms", goal);
    }
}
