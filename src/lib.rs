//! `warroom`: a terminal console for disaster recovery.
//!
//! The modules, lowest layer first; a module imports only from layers below its own
//! (`tests/architecture.rs` checks it, `ARCHITECTURE.md` says why):
//!
//! * [`model`]: the words everyone speaks.
//! * [`plan`]: what an organisation wrote, checked and resolved.
//! * [`engine`]: what may happen next. Pure.
//! * [`health`]: from readings to verdicts. Pure.
//! * [`clock`]: steady time.
//! * [`config`]: what this machine and this person say.
//! * [`journal`]: what is remembered, first.
//! * [`driver`][]: hands.
//! * [`probe`][]: eyes.
//! * [`drill`][]: the simulated world.
//! * [`room`][]: the actor that owns an incident.
//! * [`console`][]: keys in, a picture out.
//! * [`play`][]: clients of the room that are not people.
//! * [`cli`][]: the command line.
//! * [`report`][]: the same snapshot for pipes and paper.

pub mod cli;
pub mod clock;
pub mod config;
pub mod console;
pub mod drill;
pub mod driver;
pub mod engine;
pub mod health;
pub mod journal;
pub mod model;
pub mod plan;
pub mod play;
pub mod probe;
pub mod report;
pub mod room;
