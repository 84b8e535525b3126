//! Clients of the room that are not people: the colleagues of somebody who plays alone,
//! and the automatic commander of a headless drill. They use the door people use.

mod answers;
mod client;
mod colleagues;
mod commander;
mod facilitator;

pub use colleagues::Colleagues;
pub use commander::{Ending, Player};
pub use facilitator::Facilitator;
