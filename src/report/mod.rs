//! The same snapshot and the same records for pipes and paper: a line, a page, JSON, CSV,
//! Markdown. Pure; printing is the command line's.

pub mod csv;
pub mod markdown;
pub mod outcome;
pub mod page;
mod scenario;
pub mod status;
pub mod summary;
pub mod timeline;
