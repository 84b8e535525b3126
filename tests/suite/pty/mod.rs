//! The whole program by its keys: the real binary in a real terminal.

mod drill;
mod live;
mod player;
mod seat;
