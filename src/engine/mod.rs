//! The engine decides what may happen next. It is pure: values in, values out; no tokio,
//! no clock, no files, no randomness.

mod checks;
pub mod closing;
pub mod command;
mod condition;
pub mod decide;
pub mod due;
mod ending;
pub mod event;
pub mod exposure;
pub mod forecast;
pub mod gate;
pub mod healthy;
pub mod incident;
mod marks;
pub mod order;
pub mod raise;
pub mod recovery;
pub mod refusal;
pub mod respond;
pub mod story;
pub mod talk;
pub mod undo;
pub mod values;
pub mod waits;
pub mod watch;

pub use command::{Command, Report};
pub use decide::{Scene, decide};
pub use due::{Due, Job, Stage, due};
pub use event::{Confirmation, Entry, Event, NoteKind, Record, RpoSeal, Ruling};
pub use exposure::{Exposure, exposures};
pub use forecast::{Forecast, Outlook, Time, Tried, forecast, outlook};
pub use gate::{Block, Check, Class, Gate, gate};
pub use incident::{Approval, Clocks, Incident, StepRecord, StepState};
pub use refusal::Refusal;
pub use talk::{Poll, Say, Speech, Talk, Task};
pub use watch::{Watch, WatchRecord};

#[cfg(test)]
mod tests;
