//! What all benchmarks share: the table, the clock, and a drill to look at. A figure is
//! printed beside a reference measured in the same run, because these machines are shared
//! and noisy; nothing here fails on a figure.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark measures, prints, and ends when something is not as it should be"
)]
#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each benchmark uses the part of this it needs, and no two the same"
)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use warroom::{
    clock::Clock,
    config::Env,
    drill::{Scenario, World},
    driver,
    journal::{Holder, memory::Memory},
    model::{Actor, Mode, Moment, Procedure},
    plan,
    play::{Colleagues, Ending, Player},
    room::{self, Request, Snapshot, Stance, reach::Reach},
};

pub(crate) const START: Moment = Moment::from_millis(1_788_000_000_000);

/// Whether Cargo asks for figures: `cargo test --all-targets` runs this too, and does not.
pub(crate) fn asked() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// The head of the table, with what tells how far to trust it.
pub(crate) fn head(title: &str) {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<_> = load.split(' ').take(3).collect();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let built = if cfg!(debug_assertions) { "dev, do not quote" } else { "release" };
    println!("\n{title}: {built}, {cores} cores, load {}", load.join(" "));
    let (what, measured, reference, ratio) = ("", "measured", "reference", "ratio");
    println!("{what:<44} {measured:>12} {reference:>12} {ratio:>7}  goal");
}

/// One figure. `unit` stands behind both numbers.
pub(crate) fn row(
    name: &str,
    measured: f64,
    reference: Option<f64>,
    unit: &str,
    goal: &str,
) {
    let shown = |value: f64| format!("{value:.3} {unit}");
    let (reference, ratio) = reference.map_or_else(
        || ("-".to_owned(), "-".to_owned()),
        |reference| (shown(reference), format!("{:.2}", measured / reference)),
    );
    println!("{name:<44} {:>12} {reference:>12} {ratio:>7}  {goal}", shown(measured));
}

/// The value below which `share` (0 to 1) of `values` lie.
pub(crate) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index of a short list"
    )]
    let at = (last as f64 * share).round() as usize;
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

pub(crate) fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

pub(crate) fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1e3
}

/// How long `act` takes, in milliseconds.
pub(crate) fn timed<T>(act: impl FnOnce() -> T) -> f64 {
    let from = Instant::now();
    std::hint::black_box(act());
    millis(from.elapsed())
}

/// Both, `times` times, in turns, so that what disturbs one disturbs the other.
pub(crate) fn in_turns(
    times: usize,
    mut act: impl FnMut(),
    mut reference: impl FnMut(),
) -> (Vec<f64>, Vec<f64>) {
    (0..times).map(|_| (timed(&mut act), timed(&mut reference))).unzip()
}

pub(crate) fn shipped(name: &str, runbook: &str) -> Arc<Procedure> {
    let (_, files) = plan::EMBEDDED.iter().find(|(known, _)| *known == name).unwrap();
    let loaded =
        plan::load_embedded(name, files, &driver::vocabulary(), Env::default().all());
    Arc::new(loaded.plan.unwrap().procedure(&runbook.into()).unwrap())
}

pub(crate) fn holder() -> Holder {
    Holder { name: "bench".into(), token: "bench".to_owned() }
}

pub(crate) fn operator() -> Actor {
    Actor::Person { name: "P.Shah".into(), from: "bench".into() }
}

/// A runtime whose timers jump to the next one due.
pub(crate) fn paused() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().start_paused(true).build().unwrap()
}

/// Plays a drill of `procedure`; what the room knew at `until` after the beginning, or at
/// the end.
pub(crate) async fn drill(
    procedure: &Arc<Procedure>,
    seed: u64,
    until: Option<warroom::model::Span>,
) -> Arc<Snapshot> {
    let clock = Clock::drill(START);
    let runbook = &procedure.runbook;
    let scenario = Scenario::builtin("region-loss", &runbook.from, &runbook.to).unwrap();
    let world = World::new(procedure, &scenario, seed, clock.clone());
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
    let impact_at = world.started();
    let declare = Request::Declare { impact_at, reason: "lost".into() };
    room.handle.ask(operator(), declare).await.unwrap();
    let colleagues = Colleagues::join(&room.handle, &clock, seed);
    let handle = room.handle.clone();
    let player = Player { handle, clock: clock.clone(), world, operator: operator() };
    let limit = until.unwrap_or(warroom::model::Span::mins(600));
    match clock.timeout(limit, player.play()).await {
        Ok(played) => assert_eq!(played.unwrap(), Ending::Verified),
        Err(late) => assert!(until.is_some(), "{late}"),
    }
    let snapshot = room.handle.snapshot();
    colleagues.leave().await;
    room.close().await;
    snapshot
}
