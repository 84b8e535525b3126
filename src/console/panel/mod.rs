//! The panes: what we do (plan), what is true (regions), what happened (timeline), who is
//! here (people), what was promised (promises), and the card of one step.

pub mod card;
pub mod fact;
mod hold;
pub mod nouns;
mod outside;
pub mod people;
mod phase;
pub mod plan;
pub mod promises;
pub mod regions;
mod service;
pub mod step;
pub mod talk;
pub mod timeline;

use ratatui::layout::Rect;

use super::{
    model::Pane,
    theme::Role,
    view::sight::Sight,
    widget::{Framing, Pen, Row},
};

/// Draws the frame of a pane and returns its inside.
fn framed(
    pen: &mut Pen<'_>,
    sight: &Sight<'_>,
    area: Rect,
    title: Row,
    state: Edge,
) -> Rect {
    let focus = state.pane.is_some_and(|pane| pane == sight.model.pane)
        && sight.model.overlay.is_none();
    let framing = Framing { border: sight.border(), focus, title, foot: state.foot };
    pen.frame(area, &framing)
}

/// What a pane's frame depends on.
#[derive(Debug)]
struct Edge {
    pane: Option<Pane>,
    foot: Row,
}

/// First row shown, so that `cursor` is on the screen and nothing is scrolled for nothing.
fn first_row(wanted: usize, cursor: Option<usize>, rows: usize, height: usize) -> usize {
    let last = rows.saturating_sub(height);
    let first = wanted.min(last);
    match cursor {
        Some(cursor) if cursor < first => cursor,
        Some(cursor) if cursor >= first + height => (cursor + 1).saturating_sub(height),
        Some(_) | None => first,
    }
}

/// `3 more above, 12 below`: what does not fit is counted, never hidden.
fn hidden(first: usize, rows: usize, height: usize) -> Row {
    let below = rows.saturating_sub(first + height);
    match (first, below) {
        (0, 0) => Row::new(),
        (0, below) => Row::text(format!("{below} more below")),
        (above, 0) => Row::text(format!("{above} more above")),
        (above, below) => Row::text(format!("{above} more above, {below} below")),
    }
}

/// The pane's filter, when it is the pane the filter was typed for.
fn filter<'a>(sight: &'a Sight<'_>, pane: Pane) -> &'a str {
    if sight.model.pane == pane { sight.model.filter.as_str() } else { "" }
}

/// Whether `line` passes `filter`: a part of it in any case, `!` in front for the inverse.
fn passes(filter: &str, line: &str) -> bool {
    let (inverse, wanted) = match filter.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, filter),
    };
    let found = line.to_lowercase().contains(&wanted.to_lowercase());
    wanted.is_empty() || found != inverse
}

/// ` filter: dns` for a title.
fn filtered(filter: &str) -> Row {
    if filter.is_empty() {
        Row::new()
    } else {
        Row::text("   filter: ").with(Role::Input, filter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_is_always_in_sight() {
        for (wanted, cursor, rows, height, first) in [
            (0, Some(0), 10, 4, 0),
            (0, Some(3), 10, 4, 0),
            (0, Some(4), 10, 4, 1),
            (0, Some(9), 10, 4, 6),
            (6, Some(2), 10, 4, 2),
            (99, None, 10, 4, 6),
            (3, None, 2, 4, 0),
        ] {
            assert_eq!(first_row(wanted, cursor, rows, height), first);
        }
    }

    #[test]
    fn a_filter_is_a_part_of_the_line_or_its_inverse() {
        for (filter, line, shown) in [
            ("", "anything", true),
            ("DNS", "shift dns", true),
            ("!dns", "shift DNS", false),
            ("!dns", "promote", true),
            ("!", "promote", true),
        ] {
            assert_eq!(passes(filter, line), shown, "{filter} on {line}");
        }
    }
}
