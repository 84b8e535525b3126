//! Clients of the room that are not people: the colleagues of somebody who plays alone,
//! and the automatic commander of a headless drill. They use the door people use.

mod answers;
mod colleagues;
mod commander;

pub use colleagues::Colleagues;
pub use commander::{Ending, Player};
