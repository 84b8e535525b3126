//! The picture: pure, from the model to one frame. Rows 0 to 4 and the last two are in
//! the same place on every screen; only what is between them changes.
//!
//! It decides nothing and changes nothing; what it needs to know of commands it is told
//! through [`Look`].

mod approval;
mod footer;
mod header;
mod layout;
pub mod look;
mod loss;
mod next;
pub mod sight;
mod tiny;
mod wall;

use ratatui::{Frame, layout::Rect};

use super::{
    Model,
    model::{Overlay, Screen},
    overlay,
    panel::{card, people, plan, promises, regions, timeline},
    theme::Role,
    widget::{Pen, Row, wrap},
};
use layout::{Places, places};
pub use look::{CommandRow, Hint, Look};
use sight::Sight;

pub(super) use header::{clocks, left, spoken};
pub(super) use next::next;
pub use wall::WALL_HEADER;

pub use super::overlay::{confirm::pages, readout::readout};

/// Draws `model` into the whole of `frame`.
///
/// Where the frame and the model disagree about the size (a resize is on its way), the
/// model's is drawn, and what lies outside of the frame is left out.
pub fn draw(model: &Model, look: &Look, frame: &mut Frame<'_>) {
    let chosen = model.theme.as_ref().map(|theme| theme.shown_in(look.depth));
    let theme = chosen.as_ref().unwrap_or(&look.theme);
    let mut pen = Pen::new(frame.buffer_mut(), theme, look.ascii);
    let screen = Rect::new(0, 0, model.columns, model.rows);
    pen.clear(screen);
    let Some(sight) = Sight::of(model, look) else { return };
    if model.is_tiny() {
        tiny::draw(&mut pen, &sight, screen);
        // Help, palette and leaving work in any window; acting does not.
        if !matches!(model.overlay, Some(Overlay::Confirm(_))) {
            overlay::draw(&mut pen, &sight, screen);
        }
    } else {
        whole(&mut pen, &sight, screen);
    }
    if look.ascii {
        pen.only_ascii();
    }
}

fn whole(pen: &mut Pen<'_>, sight: &Sight<'_>, screen: Rect) {
    let width = usize::from(screen.width);
    let top = if sight.model.is_wall() {
        wall::header(pen, sight, screen)
    } else {
        pen.rows(screen, &header::header(sight, width));
        header::HEIGHT
    };
    let last = usize::from(screen.height);
    pen.row(screen, last - 2, &footer::alarm(sight, width));
    pen.row(screen, last - 1, &footer::keys(sight, width));
    let body = Rect { y: top, height: screen.height - top - 2, ..screen };
    match covered(sight) {
        Some(dialog) => around(pen, sight, body, dialog),
        None => middle(pen, sight, body),
    }
    overlay::draw(pen, sight, body);
}

/// What an open dialog that changes the world covers; none when there is no such.
fn covered(sight: &Sight<'_>) -> Option<Rect> {
    let Some(Overlay::Confirm(confirm)) = &sight.model.overlay else { return None };
    overlay::confirm::covered(sight, confirm)
}

/// What stays in sight around a dialog: the plan and the words to say beside it, what
/// happened, or what is true, below.
fn around(pen: &mut Pen<'_>, sight: &Sight<'_>, body: Rect, dialog: Rect) {
    let left = Rect { width: dialog.x, ..body };
    let logged = left.width > 0 && beside(pen, sight, left);
    let height = body.bottom().saturating_sub(dialog.bottom());
    let below = Rect { y: dialog.bottom(), height, ..dialog };
    if below.height < 4 {
        return;
    }
    if logged {
        regions::draw(pen, sight, below);
    } else {
        timeline::draw(pen, sight, below);
    }
}

/// The plan, and the words to say; whether there was room for what happened as well.
fn beside(pen: &mut Pen<'_>, sight: &Sight<'_>, area: Rect) -> bool {
    let words = overlay::readout::sentences(sight).join(" ");
    let lines: Vec<Row> = wrap(&words, usize::from(area.width.saturating_sub(2)).max(1))
        .into_iter()
        .map(Row::text)
        .collect();
    let said = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
    let steps = u16::try_from(plan::need(sight, 0) + 2).unwrap_or(u16::MAX);
    let plan_height = area.height.saturating_sub(said).min(steps).max(area.height / 2);
    plan::draw(pen, sight, Rect { height: plan_height, ..area });
    let rest =
        Rect { y: area.y + plan_height, height: area.height - plan_height, ..area };
    pen.row(rest, 0, &Row::of(Role::Title, "READ IT OUT"));
    for (at, line) in lines.iter().enumerate() {
        pen.row(rest, at + 1, line);
    }
    let log = Rect {
        y: rest.y + said.min(rest.height),
        height: rest.height.saturating_sub(said),
        ..rest
    };
    let roomy = log.width >= 80 && log.height >= 6;
    if roomy {
        timeline::draw(pen, sight, log);
    }
    roomy
}

fn middle(pen: &mut Pen<'_>, sight: &Sight<'_>, body: Rect) {
    match sight.model.screen {
        Screen::Main if sight.model.zoomed => zoomed(pen, sight, body),
        Screen::Main if body.width < 80 => tiny::pocket(pen, sight, body),
        Screen::Main => main(pen, sight, body),
        Screen::Regions => regions::draw(pen, sight, body),
        Screen::Timeline => timeline::draw(pen, sight, body),
        Screen::People => people::draw(pen, sight, body),
        Screen::Promises => promises::draw(pen, sight, body),
    }
}

/// A card that says less than this says nothing: its frame, and three lines.
const LEAST_CARD: u16 = 5;

fn zoomed(pen: &mut Pen<'_>, sight: &Sight<'_>, body: Rect) {
    use super::model::Pane;

    match sight.model.pane {
        Pane::Plan => {
            // The list, and all there is to say of the step under the cursor.
            let room = body.height * 2 / 5;
            let card = if room < LEAST_CARD {
                0
            } else {
                card::need(sight, body.width).min(room)
            };
            let list = Rect { height: body.height - card, ..body };
            plan::draw(pen, sight, list);
            if card > 0 {
                card::draw(pen, sight, Rect { y: list.bottom(), height: card, ..body });
            }
        }
        Pane::Regions => regions::draw(pen, sight, body),
        Pane::Timeline => timeline::draw(pen, sight, body),
    }
}

fn main(pen: &mut Pen<'_>, sight: &Sight<'_>, body: Rect) {
    let Places { plan, regions, timeline, people, card } = places(sight, body);
    plan::draw(pen, sight, plan);
    regions::draw(pen, sight, regions);
    timeline::draw(pen, sight, timeline);
    if let Some(area) = people {
        people::draw(pen, sight, area);
    }
    if let Some(area) = card {
        card::draw(pen, sight, area);
    }
}
