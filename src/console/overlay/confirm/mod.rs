//! The dialog between a key and a change of the world. It says, in this order: what will
//! be done, what cannot be undone, the exact calls, before and after, what is lost, who is
//! hit, the time, the checks, the approval, the words to type.
//!
//! Nothing of it is ever cut: text that does not fit is on a further page, and the typing
//! line opens after the last page was shown.

mod content;
mod foot;

use ratatui::layout::Rect;

use super::WIDEST;
use crate::{
    console::{
        Model,
        model::Confirm,
        theme::Role,
        view::{Look, WALL_HEADER, sight::Sight},
        widget::{Framing, Pen, Row},
    },
    model::{Step, Tier},
};

/// Pages `confirm` takes at the model's size. In a window too small to read no number of
/// pages is enough: `usize::MAX`.
pub fn pages(model: &Model, confirm: &Confirm) -> usize {
    if model.is_tiny() {
        return usize::MAX;
    }
    let look = Look::plain();
    let dialog = Sight::of(model, &look).and_then(|sight| Dialog::of(&sight, confirm));
    dialog.map_or(usize::MAX, |dialog| dialog.pages())
}

/// Columns the dialog leaves to the panes on its left.
pub fn left_over(columns: u16) -> u16 {
    if columns < 120 { 0 } else { columns - (columns - 30).min(WIDEST) }
}

/// Everything the dialog says above its typing line, for those who listen.
pub fn spoken(sight: &Sight<'_>, confirm: &Confirm, width: usize) -> Vec<Row> {
    let Some((step, record)) = sight.incident.step(&confirm.step) else {
        return Vec::new();
    };
    let told = content::Told { sight, confirm, step, record };
    let head = title(sight, confirm, step, false);
    std::iter::once(head).chain(content::full(&told, width).concat()).collect()
}

/// What the open dialog covers, when it is a box; what is below it is free.
pub fn covered(sight: &Sight<'_>, confirm: &Confirm) -> Option<Rect> {
    let dialog = Dialog::of(sight, confirm).filter(|dialog| !dialog.strip)?;
    Some(dialog.area)
}

/// Draws the dialog, or for a reversible step the strip.
pub(super) fn draw(pen: &mut Pen<'_>, sight: &Sight<'_>, confirm: &Confirm) {
    let Some(dialog) = Dialog::of(sight, confirm) else { return };
    let inside = if dialog.strip {
        let page = dialog.page_of(confirm);
        let gap = if page.is_empty() { "" } else { "   " };
        let title = dialog.title.clone().with(Role::Text, gap).then(page);
        super::strip(pen, sight, dialog.area, title, dialog.shown)
    } else {
        let framing = Framing {
            border: sight.danger(),
            focus: true,
            title: dialog.title.clone(),
            foot: dialog.page_of(confirm),
        };
        pen.frame(dialog.area, &framing)
    };
    let inside = inset(inside);
    let page = confirm.page.min(dialog.pages() - 1);
    let from = page.saturating_mul(dialog.capacity);
    let body = dialog.lines.iter().skip(from).take(dialog.capacity);
    for (at, row) in body.enumerate() {
        pen.row(inside, at, row);
    }
    let ends = usize::from(inside.height).saturating_sub(dialog.foot.len());
    for (at, row) in dialog.foot.iter().enumerate() {
        pen.row(inside, ends + at, row);
    }
}

/// The dialog laid out at one size.
struct Dialog {
    strip: bool,
    area: Rect,
    title: Row,
    lines: Vec<Row>,
    /// Lines of text a page holds.
    capacity: usize,
    foot: Vec<Row>,
    /// Lines it shows at once, foot included.
    shown: usize,
}

impl Dialog {
    fn of(sight: &Sight<'_>, confirm: &Confirm) -> Option<Self> {
        let (step, record) = sight.incident.step(&confirm.step)?;
        let strip = step.tier <= Tier::T2;
        let area = if strip { strip_area(sight.model) } else { box_area(sight.model) };
        let edges = if strip { 1 } else { 2 };
        let height = usize::from(area.height.saturating_sub(edges));
        let width =
            usize::from(inset(area).width.saturating_sub(if strip { 0 } else { 2 }));
        let told = content::Told { sight, confirm, step, record };
        let sections = if strip {
            content::short(&told, width)
        } else {
            content::full(&told, width)
        };
        let tight: Vec<Row> = sections.concat();
        let feet = if strip { 1 } else { foot::HEIGHT };
        let capacity = height.saturating_sub(feet).max(1);
        let airy = sections.join(&Row::new());
        let lines = if !strip && airy.len() < capacity {
            [airy, vec![Row::new()]].concat()
        } else {
            tight
        };
        let many = lines.len() > capacity;
        let shown = lines.len().min(capacity) + feet;
        let read = !many || confirm.seen + 1 >= lines.len().div_ceil(capacity);
        let foot = foot::foot(&told, width, foot::Paging { strip, read });
        let title = title(sight, confirm, step, strip);
        let area = if strip { area } else { shrunk(area, shown) };
        Some(Self { strip, area, title, lines, capacity, foot, shown })
    }

    fn pages(&self) -> usize {
        self.lines.len().div_ceil(self.capacity).max(1)
    }

    fn page_of(&self, confirm: &Confirm) -> Row {
        match self.pages() {
            0 | 1 => Row::new(),
            pages => {
                let page = confirm.page.min(pages - 1) + 1;
                Row::text(format!("page {page} of {pages}"))
            }
        }
    }
}

fn title(sight: &Sight<'_>, confirm: &Confirm, step: &Step, strip: bool) -> Row {
    let all = sight.incident.steps().count();
    let what = if confirm.undo { "PUT BACK STEP" } else { "STEP" };
    let meaning = step.tier.meaning().to_uppercase();
    let mode = sight.model.session.mode;
    let lane = step.terms.lane.as_ref().map(|lane| format!("   {lane}"));
    let row = Row::of(Role::Title, format!("{what} {} of {all}", step.number))
        .with(Role::Title, lane.unwrap_or_default())
        .with(Role::Text, format!("   {} {meaning}", step.tier));
    if strip { row } else { row.with(Role::Title, format!("   {mode}")) }
}

/// One column of air at either side.
fn inset(area: Rect) -> Rect {
    if area.width < 4 {
        return area;
    }
    Rect { x: area.x + 1, width: area.width - 2, ..area }
}

/// Over the evidence; over everything but clocks, alarm line and keys where space is
/// short.
fn box_area(model: &Model) -> Rect {
    let (columns, rows) = (model.columns, model.rows);
    let left = left_over(columns);
    let width = (columns - left).min(WIDEST);
    let y = match columns {
        // The clocks are never covered, however big they are.
        _ if model.is_wall() => WALL_HEADER,
        0..120 => 3,
        _ => 5,
    };
    Rect { x: columns - width, y, width, height: rows.saturating_sub(y + 2) }
}

/// Above the alarm line.
fn strip_area(model: &Model) -> Rect {
    let width = model.columns.min(WIDEST);
    Rect { x: 0, y: 5, width, height: model.rows.saturating_sub(7) }
}

/// Fewest rows below a dialog that are worth anything: a frame and two lines.
const WORTH: u16 = 4;

/// No higher than what it says, unless what it left free would be of no use.
fn shrunk(area: Rect, lines: usize) -> Rect {
    let wanted = u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(2);
    if wanted + WORTH > area.height { area } else { Rect { height: wanted, ..area } }
}
