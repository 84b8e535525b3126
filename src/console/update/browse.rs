//! Commands that only look: screens, panes, moving, help, leaving.

use super::{leave, say};
use crate::{
    console::{
        Effect, Model,
        command::Call,
        model::{Arming, Asking, Overlay, Pane, Prompt, Screen},
        view,
    },
    model::{StepId, Text},
};

/// Rows a page key moves.
const PAGE: isize = 10;

pub(in crate::console) fn help(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    model.overlay = Some(Overlay::Help { scroll: 0, filter: String::new() });
    Vec::new()
}

pub(in crate::console) fn palette(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    model.overlay = Some(Overlay::Palette { typed: String::new(), row: 0 });
    Vec::new()
}

pub(in crate::console) fn readout(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    model.overlay = Some(Overlay::Readout);
    Vec::new()
}

pub(in crate::console) fn filter(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    let typed =
        if call.args.is_empty() { model.filter.clone() } else { call.args.to_owned() };
    model.filter.clone_from(&typed);
    let prompt = Prompt { asking: Asking::Filter, typed, pressed_at: call.at };
    model.overlay = Some(Overlay::Prompt(prompt));
    Vec::new()
}

pub(in crate::console) fn main(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    show(model, Screen::Main, Pane::Plan)
}

pub(in crate::console) fn regions(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    show(model, Screen::Regions, Pane::Regions)
}

pub(in crate::console) fn timeline(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    show(model, Screen::Timeline, Pane::Timeline)
}

pub(in crate::console) fn people(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    let pane = model.pane;
    show(model, Screen::People, pane)
}

fn show(model: &mut Model, screen: Screen, pane: Pane) -> Vec<Effect> {
    model.screen = screen;
    model.pane = pane;
    model.zoomed = false;
    Vec::new()
}

/// Enter opens what the eye is on at full size. It never acts.
pub(in crate::console) fn details(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    match model.pane {
        Pane::Plan => {
            model.zoomed = true;
            Vec::new()
        }
        Pane::Regions => regions(model, call),
        Pane::Timeline => timeline(model, call),
    }
}

/// Esc takes back one thing at a time, and never more than how the screen looks.
pub(in crate::console) fn back(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    if !model.filter.is_empty() {
        model.filter.clear();
    } else if model.zoomed {
        model.zoomed = false;
    } else if model.screen != Screen::Main {
        return main(model, call);
    } else {
        model.selected = None;
    }
    Vec::new()
}

/// `q` closes what is open; it leaves only when nothing is at stake.
pub(in crate::console) fn quit(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    if model.zoomed || model.screen != Screen::Main || !model.filter.is_empty() {
        return back(model, call);
    }
    if leave::is_active(model) {
        say(model, "an incident is open: q does not leave it, :q does");
        return Vec::new();
    }
    leave(model, call)
}

pub(in crate::console) fn leave(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    model.overlay = Some(Overlay::Leave { opened_at: call.at });
    Vec::new()
}

/// To the shell and back: whoever sits down next arms anew.
pub(in crate::console) fn suspend(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    model.arming = Arming::Safe;
    super::confirm::interrupted(model, "back from the shell: the line is cleared");
    vec![Effect::Suspend]
}

pub(in crate::console) fn zoom(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    model.zoomed = !model.zoomed;
    Vec::new()
}

pub(in crate::console) fn fold(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    model.fold_ok = !model.fold_ok;
    Vec::new()
}

pub(in crate::console) fn next_pane(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    model.pane = match model.pane {
        Pane::Plan => Pane::Regions,
        Pane::Regions => Pane::Timeline,
        Pane::Timeline => Pane::Plan,
    };
    Vec::new()
}

pub(in crate::console) fn last_pane(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    model.pane = match model.pane {
        Pane::Plan => Pane::Timeline,
        Pane::Regions => Pane::Plan,
        Pane::Timeline => Pane::Regions,
    };
    Vec::new()
}

pub(in crate::console) fn down(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    go(model, 1)
}

pub(in crate::console) fn up(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    go(model, -1)
}

pub(in crate::console) fn page_down(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    go(model, PAGE)
}

pub(in crate::console) fn page_up(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    go(model, -PAGE)
}

pub(in crate::console) fn top(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    go(model, isize::MIN)
}

pub(in crate::console) fn bottom(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    go(model, isize::MAX)
}

fn go(model: &mut Model, by: isize) -> Vec<Effect> {
    if model.pane == Pane::Plan {
        move_cursor(model, by);
        return Vec::new();
    }
    let rows = length(model, model.pane);
    let scroll = model.scroll.entry(model.pane).or_insert(0);
    *scroll = scroll.saturating_add_signed(by).min(rows.saturating_sub(1));
    Vec::new()
}

/// An upper bound of the rows of a pane: the picture clamps further.
fn length(model: &Model, pane: Pane) -> usize {
    match pane {
        Pane::Plan => model.snapshot.procedure.runbook.steps().count(),
        Pane::Timeline => model.snapshot.timeline.len(),
        Pane::Regions => {
            let procedure = &model.snapshot.procedure;
            let sides: usize =
                procedure.estate.iter().map(|resource| resource.sides.len() + 1).sum();
            sides + procedure.sites.len() + procedure.probes.len()
        }
    }
}

fn move_cursor(model: &mut Model, by: isize) {
    let steps: Vec<StepId> =
        model.snapshot.procedure.runbook.steps().map(|step| step.id.clone()).collect();
    let here = model
        .cursor()
        .and_then(|id| steps.iter().position(|step| step == id))
        .unwrap_or(0);
    let there = here.saturating_add_signed(by).min(steps.len().saturating_sub(1));
    model.selected = steps.get(there).cloned();
}

/// Copies what the eye is on.
pub(in crate::console) fn copy(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    let text = match (model.screen, model.pane) {
        (Screen::Main, Pane::Plan) => step_line(model),
        (_, Pane::Timeline) => record_line(model),
        (
            Screen::Main | Screen::Regions | Screen::Timeline | Screen::People,
            Pane::Plan | Pane::Regions,
        ) => None,
    };
    let text = text.unwrap_or_else(|| view::readout(model).to_string());
    say(model, "copied");
    vec![Effect::Copy { text: Text::clean(text) }]
}

fn step_line(model: &Model) -> Option<String> {
    let step = model.snapshot.procedure.runbook.step(model.cursor()?)?;
    Some(format!("{} {} ({})", step.number, step.name, step.tier))
}

/// The record at the top of the pane; the newest is first on the screen.
fn record_line(model: &Model) -> Option<String> {
    let skip = model.scroll.get(&Pane::Timeline).copied().unwrap_or(0);
    let record = model.snapshot.timeline.iter().rev().nth(skip)?;
    let (at, word) = (record.at.date_time(), record.event.word());
    Some(format!("{at}Z {word} {} #{}", record.actor, record.seq))
}
