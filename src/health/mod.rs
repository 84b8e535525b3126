//! From readings to verdicts. Pure: a reading and a moment in, a verdict out. Silence
//! expires to unknown; it never stays green.

pub mod board;
pub mod window;

pub use board::Board;
pub use window::Window;
