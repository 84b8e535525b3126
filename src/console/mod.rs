//! The console: keys in, a picture out. It sees snapshots and asks the room; it knows no
//! driver, no cloud and no file format.
//!
//! `run` owns the `select!` of the screen (`plain` that of lines); `update` is pure (`Model` + [`Msg`] → [`Effect`]s);
//! `view` is pure (`&Model` → frame).

pub mod ahead;
pub mod command;
pub mod effect;
pub mod input;
pub mod keymap;
mod keys;
pub mod lane;
pub mod model;
pub mod msg;
pub mod overlay;
pub mod palette;
pub mod panel;
pub mod plain;
pub mod run;
pub mod screen;
mod table;
pub mod terminal;
pub mod theme;
pub mod update;
pub mod view;
pub mod widget;

pub use effect::Effect;
pub use model::Model;
pub use msg::Msg;
pub use run::{Options, Outcome, Picture, run};
pub use update::update;
