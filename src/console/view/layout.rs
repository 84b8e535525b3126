//! Where the panes are. Width and height are judged apart: a window may be wide and low.

use ratatui::layout::Rect;

use super::sight::Sight;
use crate::console::panel::{plan, regions};

/// The panes of the main screen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    pub(super) plan: Rect,
    pub(super) regions: Rect,
    pub(super) timeline: Rect,
    pub(super) people: Option<Rect>,
    pub(super) card: Option<Rect>,
}

/// Lays out `body`: plan left, evidence right, log below, people at the far right.
pub(super) fn places(sight: &Sight<'_>, body: Rect) -> Places {
    match (body.width, body.height) {
        (200.., 45..) => wall(sight, body),
        (200.., ..) if body.height < 30 => low(body),
        (120.., 28..) => wide(sight, body),
        (..120, 40..) => tall(sight, body),
        _ => standard(sight, body),
    }
}

/// Three columns above, log and card below.
fn wall(sight: &Sight<'_>, body: Rect) -> Places {
    let third = body.width * 7 / 20;
    let (upper, lower) = halves(sight, body, third);
    let plan = Rect { width: third, ..upper };
    let regions = Rect { x: third, width: third, ..upper };
    let people = Rect { x: third * 2, width: body.width - third * 2, ..upper };
    let log = body.width * 3 / 5;
    let timeline = Rect { width: log, ..lower };
    let card = Rect { x: log, width: body.width - log, ..lower };
    Places { plan, regions, timeline, people: Some(people), card: Some(card) }
}

/// Everything side by side: there are columns, but no rows.
fn low(body: Rect) -> Places {
    let plan = body.width * 6 / 20;
    let regions = body.width * 6 / 20;
    Places {
        plan: Rect { width: plan, ..body },
        regions: Rect { x: plan, width: regions, ..body },
        timeline: Rect { x: plan + regions, width: body.width - plan - regions, ..body },
        people: None,
        card: None,
    }
}

/// Two columns above, log and people below.
fn wide(sight: &Sight<'_>, body: Rect) -> Places {
    let left = body.width * 11 / 20;
    let (upper, lower) = halves(sight, body, left);
    let log = body.width * 13 / 20;
    Places {
        plan: Rect { width: left, ..upper },
        regions: Rect { x: left, width: body.width - left, ..upper },
        timeline: Rect { width: log, ..lower },
        people: Some(Rect { x: log, width: body.width - log, ..lower }),
        card: None,
    }
}

/// Two columns above, the log below.
fn standard(sight: &Sight<'_>, body: Rect) -> Places {
    let left = body.width * 19 / 32;
    let (upper, timeline) = halves(sight, body, left);
    Places {
        plan: Rect { width: left, ..upper },
        regions: Rect { x: left, width: body.width - left, ..upper },
        timeline,
        people: None,
        card: None,
    }
}

/// One below the other: there are rows, but no columns.
fn tall(sight: &Sight<'_>, body: Rect) -> Places {
    let inner = usize::from(body.width.saturating_sub(2));
    let most = (body.height * 2 / 5).max(12);
    let plan = rows(plan::need(sight, inner)).min(most);
    let regions = rows(regions::need(sight)).min(most);
    Places {
        plan: Rect { height: plan, ..body },
        regions: Rect { y: body.y + plan, height: regions, ..body },
        timeline: Rect {
            y: body.y + plan + regions,
            height: body.height - plan - regions,
            ..body
        },
        people: None,
        card: None,
    }
}

/// As high as plan and evidence need, the rest for the log, which keeps a quarter.
fn halves(sight: &Sight<'_>, body: Rect, left: u16) -> (Rect, Rect) {
    let inner = usize::from(left.saturating_sub(2));
    let need = rows(plan::need(sight, inner).max(regions::need(sight)));
    let least = (body.height / 4).max(5).min(body.height);
    let upper = need.min(body.height - least);
    (
        Rect { height: upper, ..body },
        Rect { y: body.y + upper, height: body.height - upper, ..body },
    )
}

/// Lines and their frame.
fn rows(lines: usize) -> u16 {
    u16::try_from(lines + 2).unwrap_or(u16::MAX)
}
