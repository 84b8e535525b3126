//! Servers the wire tests talk to: started here, ended here, never simulated in Rust. And a
//! store whose appends are watched.

pub(crate) mod api;
pub(crate) mod emulator;
mod http;
pub(crate) mod journal;
mod laws;
mod process;
pub(crate) mod second;
pub(crate) mod stub;
mod venv;
