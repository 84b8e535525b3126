//! The engine decides what may happen next. It is pure: values in, values out; no tokio,
//! no clock, no files, no randomness.

pub mod command;
pub mod event;
pub mod incident;

pub use command::{Command, Report};
pub use event::{Confirmation, Entry, Event, NoteKind, Record, RpoSeal, Ruling};
pub use incident::{Approval, Clocks, Incident, StepRecord, StepState};
