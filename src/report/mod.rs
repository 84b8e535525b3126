//! The same snapshot for pipes and paper: a line, JSON, Markdown. Pure; printing is the
//! command line's.

pub mod outcome;
pub mod status;
