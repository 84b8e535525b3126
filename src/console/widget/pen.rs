//! Puts rows and frames into the buffer, and never outside of it.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::Row;
use crate::console::theme::{Role, Theme};

/// What a frame says before a word of it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Border {
    /// Harmless.
    Plain,
    /// A drill.
    Hatched,
    /// Can change the live world.
    Double,
}

/// Corner by corner, then horizontal and vertical.
struct Glyphs {
    corners: [&'static str; 4],
    across: &'static str,
    down: &'static str,
}

impl Border {
    const fn glyphs(self, ascii: bool) -> Glyphs {
        match (self, ascii) {
            (Self::Plain, false) => {
                Glyphs {
                    corners: ["┌", "┐", "└", "┘"], across: "─", down: "│"
                }
            }
            (Self::Plain, true) => {
                Glyphs { corners: ["+", "+", "+", "+"], across: "-", down: "|" }
            }
            (Self::Hatched, _) => {
                Glyphs { corners: ["+", "+", "+", "+"], across: "~", down: ":" }
            }
            (Self::Double, false) => {
                Glyphs {
                    corners: ["╔", "╗", "╚", "╝"], across: "═", down: "║"
                }
            }
            (Self::Double, true) => {
                Glyphs { corners: ["#", "#", "#", "#"], across: "=", down: "#" }
            }
        }
    }

    /// The horizontal line of this border.
    pub const fn line(self, ascii: bool) -> &'static str {
        self.glyphs(ascii).across
    }
}

/// A buffer, and how its roles look.
#[derive(Debug)]
pub struct Pen<'a> {
    buffer: &'a mut Buffer,
    theme: &'a Theme,
    ascii: bool,
}

impl<'a> Pen<'a> {
    pub const fn new(buffer: &'a mut Buffer, theme: &'a Theme, ascii: bool) -> Self {
        Self { buffer, theme, ascii }
    }

    pub const fn ascii(&self) -> bool {
        self.ascii
    }

    /// Blanks `area` in the style of plain text.
    pub fn clear(&mut self, area: Rect) {
        let area = area.intersection(self.buffer.area);
        let style = self.style(Role::Text);
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.reset();
                    cell.set_style(style);
                }
            }
        }
    }

    /// `row` as line `line` of `area`, cut to its width; nothing below the area.
    pub fn row(&mut self, area: Rect, line: usize, row: &Row) {
        let Ok(line) = u16::try_from(line) else { return };
        let area = area.intersection(self.buffer.area);
        if line >= area.height || area.width == 0 {
            return;
        }
        let (mut x, y) = (area.x, area.y + line);
        let fitted = row.clone().cut(usize::from(area.width), self.ascii);
        for run in fitted.runs() {
            let left = area.right().saturating_sub(x);
            if left == 0 {
                return;
            }
            let style = self.style(run.role());
            let limit = usize::from(left);
            (x, _) = self.buffer.set_stringn(x, y, run.text(), limit, style);
        }
    }

    /// All `rows` from the top of `area`; what does not fit is not drawn.
    pub fn rows(&mut self, area: Rect, rows: &[Row]) {
        for (line, row) in rows.iter().enumerate().take(usize::from(area.height)) {
            self.row(area, line, row);
        }
    }

    /// A frame around `area` with words in its upper and lower edge; returns the inside.
    pub fn frame(&mut self, area: Rect, frame: &Framing) -> Rect {
        let area = area.intersection(self.buffer.area);
        self.clear(area);
        if area.width < 2 || area.height < 2 {
            return Rect::ZERO;
        }
        let role = if frame.focus { Role::FrameFocus } else { Role::Frame };
        let glyphs = frame.border.glyphs(self.ascii);
        let [left_top, right_top, left_bottom, right_bottom] = glyphs.corners;
        let width = usize::from(area.width);
        let across = glyphs.across;
        let edge = |left: &str, words: &Row, right: &str| {
            let label = if words.is_empty() {
                Row::new()
            } else {
                Row::of(role, format!("{across} ")).then(words.clone()).with(role, " ")
            };
            let label = label.cut(width - 2, self.ascii);
            let line = across.repeat(width - 2 - label.width());
            Row::of(role, left).then(label).with(role, line + right)
        };
        let top = edge(left_top, &frame.title, right_top);
        let bottom = edge(left_bottom, &frame.foot, right_bottom);
        let last = usize::from(area.height) - 1;
        self.row(area, 0, &top);
        self.row(area, last, &bottom);
        let side = Row::of(role, glyphs.down);
        let right = Rect { x: area.right() - 1, width: 1, ..area };
        for line in 1..last {
            self.row(area, line, &side);
            self.row(right, line, &side);
        }
        Rect {
            x: area.x + 1,
            y: area.y + 1,
            width: area.width - 2,
            height: area.height - 2,
        }
    }

    /// Every glyph a terminal without UTF-8 cannot show becomes `?`.
    pub fn only_ascii(&mut self) {
        for cell in &mut self.buffer.content {
            if !cell.symbol().is_ascii() {
                cell.set_char('?');
            }
        }
    }

    fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }
}

/// How a frame looks and what stands in its edges.
#[derive(Clone, Debug)]
pub struct Framing {
    pub border: Border,
    pub focus: bool,
    pub title: Row,
    pub foot: Row,
}
