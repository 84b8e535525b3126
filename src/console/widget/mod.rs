//! The parts pictures are made of: rows of text, columns, fields that shorten, frames,
//! digits. They know roles and widths; they know no incident.

pub mod bar;
pub mod columns;
pub mod digits;
pub mod fields;
pub mod pen;
pub mod row;

pub use columns::{Cell, columns};
pub use fields::{Field, fields};
pub use pen::{Border, Framing, Pen};
pub use row::{Row, clip, wrap};
