//! A table row: cells of given widths, one of which takes what is left.

use super::Row;
use crate::console::theme::Role;

/// A cell of a table row. No width means: what is left.
#[derive(Clone, Debug)]
pub struct Cell {
    row: Row,
    width: Option<usize>,
    right: bool,
}

impl Cell {
    pub const fn fixed(row: Row, width: usize) -> Self {
        Self { row, width: Some(width), right: false }
    }

    /// Fixed, and against its right edge: numbers, ages.
    pub const fn right(row: Row, width: usize) -> Self {
        Self { row, width: Some(width), right: true }
    }

    pub const fn rest(row: Row) -> Self {
        Self { row, width: None, right: false }
    }
}

/// `cells` with one blank between, exactly `width` columns wide. Empty cells of width 0
/// take no blank either.
pub fn columns(cells: Vec<Cell>, width: usize, ascii: bool) -> Row {
    let cells: Vec<Cell> =
        cells.into_iter().filter(|cell| cell.width != Some(0)).collect();
    let gaps = cells.len().saturating_sub(1);
    let fixed: usize = cells.iter().filter_map(|cell| cell.width).sum();
    let rest = width.saturating_sub(fixed + gaps);
    let mut row = Row::new();
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            row = row.with(Role::Text, " ");
        }
        let width = cell.width.unwrap_or(rest);
        let text = cell.row.cut(width, ascii);
        let missing = " ".repeat(width.saturating_sub(text.width()));
        row = if cell.right {
            row.with(Role::Text, missing).then(text)
        } else {
            row.then(text).with(Role::Text, missing)
        };
    }
    row.fit(width, ascii)
}
