//! What covers part of the screen for a while: never the clocks of the header, never the
//! alarm line, never more than 96 columns of text.

pub mod confirm;
pub mod help;
pub mod leave;
pub mod palette;
pub mod prompt;
pub mod readout;

use ratatui::layout::Rect;

use super::{
    model::Overlay,
    view::sight::Sight,
    widget::{Framing, Pen, Row},
};

/// A line is read in one sweep of the eye, or it is read wrongly.
pub const WIDEST: u16 = 96;

/// Draws the overlay into `body`, the rows between header and alarm line.
pub fn draw(pen: &mut Pen<'_>, sight: &Sight<'_>, body: Rect) {
    match &sight.model.overlay {
        Some(Overlay::Confirm(confirm)) => confirm::draw(pen, sight, confirm),
        Some(Overlay::Prompt(prompt)) => prompt::draw(pen, sight, body, prompt),
        Some(Overlay::Help { scroll, filter }) => {
            help::draw(pen, sight, body, (*scroll, filter));
        }
        Some(Overlay::Palette { typed, row }) => {
            palette::draw(pen, sight, body, (typed, *row));
        }
        Some(Overlay::Leave { .. }) => leave::draw(pen, sight, body),
        Some(Overlay::Readout) => readout::draw(pen, sight, body),
        None => {}
    }
}

/// A harmless dialog in the middle of `body`, `rows` high; returns its inside.
fn dialog(
    pen: &mut Pen<'_>,
    sight: &Sight<'_>,
    body: Rect,
    rows: usize,
    title: (Row, Row),
) -> Rect {
    let width = body.width.min(WIDEST);
    let wanted = u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(2);
    let height = body.height.min(wanted);
    let area = Rect {
        x: body.x + (body.width - width) / 2,
        y: body.y + (body.height - height) / 2,
        width,
        height,
    };
    let (title, foot) = title;
    pen.frame(area, &Framing { border: sight.border(), focus: true, title, foot })
}

/// The last `rows` of `body`, blanked, under a line with words in it; returns what is
/// below the line.
fn strip(
    pen: &mut Pen<'_>,
    sight: &Sight<'_>,
    body: Rect,
    title: Row,
    rows: usize,
) -> Rect {
    use super::theme::Role;

    let wanted = u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(1);
    let height = body.height.min(wanted);
    let area = Rect { y: body.bottom() - height, height, ..body };
    pen.clear(area);
    let line = sight.border().line(sight.ascii());
    let width = usize::from(area.width);
    let label = Row::of(Role::FrameFocus, format!("{line}{line} "))
        .then(title)
        .with(Role::FrameFocus, " ");
    let missing = width.saturating_sub(label.width());
    pen.row(area, 0, &label.with(Role::FrameFocus, line.repeat(missing)));
    Rect { y: area.y.saturating_add(1), height: area.height.saturating_sub(1), ..area }
}
