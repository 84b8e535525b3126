//! The reliability goals, each held by a test that fails when its guard is taken away. What
//! a goal needs that another module tests already is named in `ARCHITECTURE.md`.

mod ahead;
mod bench;
mod calls;
mod clocks;
mod disk;
mod forgery;
mod home;
mod injection;
mod programs;
mod replay;
mod secrets;
mod stale;
mod terms;
mod values;
mod walls;
