//! Servers the wire tests talk to: started here, ended here, never simulated in Rust.

pub(crate) mod api;
pub(crate) mod emulator;
mod http;
mod laws;
mod process;
pub(crate) mod second;
pub(crate) mod stub;
mod venv;
