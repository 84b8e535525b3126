//! The drill world: a simulated estate behind the same contracts as the real one. It owns
//! everything a drill pretends; it must never reach outside the process, and cannot: it
//! knows the traits of hands and eyes, not one implementation of them.
//!
//! The same plan, engine, room and screen run against it. A [`World`] is built from a
//! procedure, a [`Scenario`], a seed and a clock; the same seed and the same calls at the
//! same times give the same world to the byte.

mod ahead;
mod chance;
pub mod colleague;
pub mod commander;
mod compute;
mod database;
mod errand;
mod eyes;
pub mod facilitator;
mod hands;
mod lag;
pub mod latency;
pub mod ledger;
pub mod past;
pub mod scenario;
mod state;
mod storage;
mod thing;
mod told;
mod traffic;
pub mod world;

pub use colleague::{Act, Cast};
pub use commander::Move;
pub use ledger::{Deed, Effect};
pub use scenario::{Fault, Happening, SCENARIOS, Scenario, Unfit};
pub use world::{World, WorldError};
