//! Commands that only look: screens, panes, moving, help, leaving.

use super::{leave, say};
use crate::{
    console::{
        Effect, Model,
        command::{Call, key_of, word_of},
        lane,
        model::{Arming, Asking, Overlay, Pane, Prompt, Screen},
        panel::timeline,
        view,
    },
    engine::story::sentence,
    model::{StepId, Text},
    room::Snapshot,
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
    let (asking, suggested) = (Asking::Filter, String::new());
    let prompt = Prompt { asking, typed, suggested, pressed_at: call.at };
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

pub(in crate::console) fn promises(model: &mut Model, _: Call<'_>) -> Vec<Effect> {
    let pane = model.pane;
    show(model, Screen::Promises, pane)
}

fn show(model: &mut Model, screen: Screen, pane: Pane) -> Vec<Effect> {
    model.screen = screen;
    model.pane = pane;
    model.zoomed = false;
    model.page = 0;
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
    } else if model.selected.is_some() || model.entry.is_some() {
        (model.selected, model.entry) = (None, None);
    } else {
        model.lane = None;
    }
    Vec::new()
}

/// `q` closes what is open; it leaves only when nothing is at stake.
pub(in crate::console) fn quit(model: &mut Model, call: Call<'_>) -> Vec<Effect> {
    if model.zoomed || model.screen != Screen::Main || !model.filter.is_empty() {
        return back(model, call);
    }
    if leave::is_active(model) {
        let (key, leave) = (key_of("close-pane"), word_of("q"));
        say(model, format!("an incident is open: {key} does not leave it, {leave} does"));
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
    if matches!(model.screen, Screen::People | Screen::Promises) {
        // The picture clamps further: nothing but what stands there is counted.
        model.page = model.page.saturating_add_signed(by).min(pages(model));
        return Vec::new();
    }
    match model.pane {
        Pane::Plan => {
            move_cursor(model, by);
            return Vec::new();
        }
        Pane::Timeline => {
            move_entry(model, by);
            return Vec::new();
        }
        Pane::Regions => {}
    }
    let rows = length(model, model.pane);
    let scroll = model.scroll.entry(model.pane).or_insert(0);
    *scroll = scroll.saturating_add_signed(by).min(rows.saturating_sub(1));
    Vec::new()
}

/// An upper bound of the rows of a pane: the picture clamps further.
pub(super) fn length(model: &Model, pane: Pane) -> usize {
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

/// An upper bound of the rows of a screen without a cursor.
fn pages(model: &Model) -> usize {
    let procedure = &model.snapshot.procedure;
    let brief = &procedure.brief;
    let people = procedure.people.len() + 3 * brief.roles.len() + brief.channels.len();
    let outside = 2 * (brief.contacts.len() + brief.escalation.len());
    let promises = 2 * procedure.services.len() + 3 * brief.lanes.len();
    people + outside + promises + 10 * procedure.runbook.phases.len() + 20
}

/// From record to record as they are listed, the newest first.
fn move_entry(model: &mut Model, by: isize) {
    let listed = || timeline::listed(model);
    let here = match model.entry {
        Some(seq) => listed().position(|record| record.seq == seq).unwrap_or(0),
        None => 0,
    };
    let last = listed().count().saturating_sub(1);
    let there = here.saturating_add_signed(by).min(last);
    let entry = listed().nth(there).map(|record| record.seq);
    // At the top the newest is followed again.
    model.entry = entry.filter(|_| there > 0 || by > 0);
    let scrolled = if there == 0 { 0 } else { model.scrolled() };
    model.scroll.insert(Pane::Timeline, scrolled);
}

/// New records push the list down; what somebody looks at stays where it was.
pub(super) fn anchor(model: &mut Model, before: &Snapshot) {
    let newest = before.timeline.last().map_or(0, |record| record.seq);
    if model.entry.is_none() {
        return;
    }
    let new = timeline::listed(model).take_while(|record| record.seq > newest).count();
    let scrolled = model.scrolled() + new;
    model.scroll.insert(Pane::Timeline, scrolled);
}

fn move_cursor(model: &mut Model, by: isize) {
    let incident = model.snapshot.incident.as_ref();
    let procedure = incident.map(|incident| &incident.procedure);
    let runbook = &procedure.unwrap_or(&model.snapshot.procedure).runbook;
    let shown = runbook.steps().filter(|step| lane::shows(model.lane(), step));
    let steps: Vec<StepId> = shown.map(|step| step.id.clone()).collect();
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
            Screen::Main
            | Screen::Regions
            | Screen::Timeline
            | Screen::People
            | Screen::Promises,
            Pane::Plan | Pane::Regions,
        ) => None,
    };
    let text = text.unwrap_or_else(|| view::readout(model).to_string());
    say(model, "copied");
    vec![Effect::Copy { text: Text::clean(text) }]
}

fn step_line(model: &Model) -> Option<String> {
    let step = model.snapshot.procedure.runbook.step(model.cursor()?)?;
    Some(format!("{} {} ({})", step.number, step.title(), step.tier))
}

/// The record under the cursor, else the newest, as the timeline tells it.
fn record_line(model: &Model) -> Option<String> {
    let mut listed = timeline::listed(model);
    let record = match model.entry {
        Some(seq) => listed.find(|record| record.seq == seq),
        None => listed.next(),
    }?;
    let told = sentence(record, model.snapshot.incident.as_deref()?);
    let (at, word) = (record.at.date_time(), record.event.word());
    Some(format!("{at}Z {word} {}: {told} (#{})", record.actor, record.seq))
}
