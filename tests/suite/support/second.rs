//! The second, independent AWS emulator: for what it supports, the same test twice.
//!
//! Owns one child process per [`SecondEmulator`]. What it can do and what not is said in
//! `tests/support/second_emulator.py`.

use super::process::Server;
use super::venv::Kind;

/// A running `MiniStack`, empty; ends with this value.
#[derive(Debug)]
pub(crate) struct SecondEmulator(Server);

impl SecondEmulator {
    pub(crate) fn start() -> Self {
        Self(
            Server::start(Kind::Second, &[])
                .unwrap_or_else(|why| panic!("the second AWS emulator: {why}")),
        )
    }

    /// What to give as `AWS_ENDPOINT_URL`, without a trailing slash.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.0.port())
    }
}
