//! The engine decides what may happen next. It is pure: values in, values out; no tokio,
//! no clock, no files, no randomness.

mod checks;
pub mod command;
pub mod decide;
pub mod due;
pub mod event;
pub mod exposure;
pub mod forecast;
pub mod gate;
pub mod incident;
mod kept;
pub mod refusal;
pub mod story;
pub mod talk;

pub use command::{Command, Report};
pub use decide::{Scene, decide};
pub use due::{Due, Job, Stage, due};
pub use event::{Confirmation, Entry, Event, NoteKind, Record, RpoSeal, Ruling};
pub use exposure::{Exposure, exposures};
pub use forecast::{Forecast, forecast};
pub use gate::{Block, Check, Class, Gate, gate};
pub use incident::{Approval, Clocks, Incident, StepRecord, StepState};
pub use refusal::Refusal;
pub use talk::{Poll, Say, Speech, Talk, Task};

#[cfg(test)]
mod tests;
